"""Names by a spaCy pipeline: `spacy:PACKAGE_OR_FOLDER`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

from pipeline.mentions.providers import labels
from pipeline.mentions.providers.source import Find, Source, Span
from pipeline.mentions.providers.windows import parts, together
from pipeline.model_files import ModelError, Pipeline, find_pipeline
from pipeline.parses.columns import flags
from pipeline.parses.model import SHARED, load_pipeline
from pipeline.parses.tokenizer import tokenized
from pipeline.sentences import Sentence

# Components that find names.
FINDERS = frozenset({"ner", "beam_ner", "entity_ruler"})
# Characters read at once, as in `parses`.
PIECE_CHARACTERS = 60_000
# PyTorch loads weights without running code in them from this release on.
SAFE_TORCH = (2, 6)

_FACTORY = re.compile(r'^\[components\.(\w+)\]\s*\n(?:(?!\[).*\n)*?factory\s*=\s*"([\w.]+)"', re.MULTILINE)


def source(which: str) -> Source:
    """Describe the pipeline without loading it. Raises ModelError."""
    found = find_pipeline(which, "--names spacy")
    what = f"--names spacy:{which}"
    names = _finders(found, what)
    own = None if "/" not in which else found.folder
    mapped = labels.mapped(frozenset().union(*(found.labels(name) for name in names)), what, own)
    return Source(f"spacy {found.label} spacy=={version('spacy')}", mapped)


def load(which: str) -> Find:
    """Load the pipeline and return its finder. Takes seconds. Raises ModelError."""
    from spacy.attrs import IDX, SENT_START

    found = find_pipeline(which, "--names spacy")
    nlp = load_pipeline(found, {*_finders(found, f"--names spacy:{which}"), *SHARED})

    def find(text: str, sentences: Sequence[Sentence]) -> list[Span]:
        out: list[Span] = []
        for start, end, starts in together(parts(text, sentences, PIECE_CHARACTERS), PIECE_CHARACTERS):
            with nlp.memory_zone():
                doc = tokenized(nlp, text[start:end])
                if not len(doc):
                    continue
                offsets = doc.to_array(IDX).astype("int64")
                doc.from_array([SENT_START], flags(offsets, [at - start for at in starts]).reshape(-1, 1))
                for _, component in nlp.pipeline:
                    doc = component(doc)
                out += [(start + e.start_char, start + e.end_char, e.label_) for e in doc.ents]
        return out

    return find


def _finders(found: Pipeline, what: str) -> list[str]:
    """Return the pipeline's components that find names. Raises ModelError, also if they would load a pickle."""
    factories = dict(_FACTORY.findall((found.folder / "config.cfg").read_text(encoding="utf-8")))
    names = [name for name in found.meta.get("components", ()) if factories.get(name) in FINDERS]
    if not names:
        raise ModelError(f"{what}: {found.name} has no component that finds names ({', '.join(sorted(FINDERS))})")
    if any("transformer" in factory.casefold() for factory in factories.values()):
        try:
            torch = tuple(int(part) for part in version("torch").split(".")[:2])
        except PackageNotFoundError:
            raise ModelError(f"{what}: {found.name} needs PyTorch, which is not installed") from None
        if torch < SAFE_TORCH:
            raise ModelError(f"{what}: {found.name} needs PyTorch 2.6 or later: earlier ones run code in weights")
    return names
