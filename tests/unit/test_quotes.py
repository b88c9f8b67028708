"""Quotations: speaker, words, cue and venue; and properties that hold for any text."""

from __future__ import annotations

import json
import re
import shutil
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pipeline.data as data
from pipeline.contract import CUE_CLASSES, QUOTE_KINDS, SPEAKER_BASES, UTTERANCE_CLASSES
from pipeline.document import Document
from pipeline.marks import MARK, paragraphs
from pipeline.mentions import Mention, mentions
from pipeline.mentions.words import FirstName
from pipeline.parses import Parse, parses
from pipeline.quotes import Quote, quotes
from pipeline.quotes.confidence import DIRECT, REPORTED, of_marked, of_reported
from pipeline.quotes.words import Noun, Verb, cue_nouns, cue_verbs, cues
from pipeline.sentences import split
from tests.examples.findings import NAMING
from tests.support import documents
from tests.support.gold import MISSING, gold_file
from tests.support.time_limit import cpu_limit

SEEDS = gold_file("seeds/quotes.jsonl")
CONSTRUCTIONS = {"quotation", "clause", "infinitive", "object", "name", "calling"}


def sketch(text: str) -> tuple[Document, list[Mention]]:
    """Parse any text without the model, quickly: each word's head is the latest sentence start or cue verb."""
    sentences = split(text)
    spans = [m.span() for m in re.finditer(r"\w+|[^\w\s]", text)]
    tags, deps, heads = [], [], []
    root = 0
    bounds = {s.start for s in sentences}
    for i, (start, end) in enumerate(spans):
        word = text[start:end]
        root = i if start in bounds else root
        verb = word.lower() in cue_verbs()
        tags.append("VBD" if verb else "NNP" if word[:1].isupper() else "NN" if word.isalpha() else ",")
        deps.append("ROOT" if i == root else "conj" if verb else "nsubj" if word[:1].isupper() else "ccomp")
        heads.append(root)
    parse = Parse(tuple(s for s, _ in spans), tuple(e for _, e in spans), tuple(heads), tuple(deps), tuple(tags), ())
    names = [m.span() for m in re.finditer(r"\b[A-Z]\w+\b", text)]
    found = [Mention(s, e, "PERSON", i % 3, "name") for i, (s, e) in enumerate(names)]
    return Document.of(text, sentences, parse), found


PIECES = st.sampled_from(
    ["“", "”", '"', "''", "‘", "’", "«", "»", " ", ", ", ". ", ": ", "\n\n", " said ", " Ann ", "Tom added ", "she ",
     "We will go there soon", "that it is so", "according to Ann", " told Ann ", "(", "[", "—", "?", "!", "the letter "]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=40).map("".join)


@settings(deadline=None)
@given(TEXTS)
def test_promises_hold_for_any_text(text: str) -> None:
    found = quotes(*sketch(text))
    assert found == sorted(found, key=lambda q: (q.start, -q.end))
    end: dict[str, int] = {}
    for i, q in enumerate(found):
        words = text[q.start : q.end]
        assert words and words == words.strip()
        assert q.kind in QUOTE_KINDS and q.speaker_basis in SPEAKER_BASES
        assert q.cue_class is None or q.cue_class in CUE_CLASSES
        assert q.utterance_class in UTTERANCE_CLASSES
        assert (q.cue_start is None) == (q.cue_class is None)
        assert (q.speaker_start is None) == (q.speaker_basis == "none")
        assert q.speaker_chain is None or q.speaker_start is not None
        assert 0 <= q.confidence <= 1
        assert q.part_of is None or (q.part_of < i and found[q.part_of].part_of is None)
        for a, b in ((q.speaker_start, q.speaker_end), (q.cue_start, q.cue_end), (q.venue_start, q.venue_end)):
            assert (a is None) == (b is None)
            assert a is None or b is None or 0 <= a < b <= len(text)
        assert q.start >= end.get(q.kind, 0), "two quotes of one kind overlap"
        end[q.kind] = q.end
    spans = {(s.start, s.end) for p in paragraphs(text) for s in p.quoted_spans}
    for q in found:
        if q.kind != "indirect":
            assert any(a <= q.start and q.end == a + len(text[a:b].rstrip(", ") or text[a:b]) for a, b in spans)


@settings(deadline=None)
@given(st.lists(st.lists(PIECES, max_size=12).map("".join), min_size=2, max_size=4), st.data())
def test_a_deleted_mark_leaves_other_paragraphs_quotes(parts: list[str], data: st.DataObject) -> None:
    """Compare words and kinds only. The speaker carried into a paragraph depends on the paragraph before, and so does
    whether a line in single marks, or only a few words in marks, is a quotation or a subheading."""
    parts = [part.replace("\n", " ") for part in parts]
    which = data.draw(st.integers(0, len(parts) - 1))
    marks = [m.span() for m in MARK.finditer(parts[which])]
    if not marks:
        return
    start, end = data.draw(st.sampled_from(marks))
    changed = [*parts]
    changed[which] = parts[which][:start] + parts[which][end:]

    def elsewhere(lines: list[str]) -> list[tuple[str, str]]:
        text = "\n".join(lines)
        low = sum(len(line) + 1 for line in lines[:which])
        high = low + len(lines[which])
        single = {
            span.end
            for p in paragraphs(text)
            for span in p.quoted_spans
            if span.single or (span.outer_start, span.outer_end) == (p.start, p.end)
        }
        marked = [q for q in quotes(*sketch(text)) if q.kind != "indirect" and q.end not in single]
        return [(q.kind, text[q.start : q.end]) for q in marked if q.end <= low or q.start >= high]

    assert elsewhere(parts) == elsewhere(changed)


@pytest.mark.parametrize(
    "piece",
    ['"', "“", "“a” ", "“aa bb cc,” Tom said x ", "Tom said x y, ", "Tom said he said she said the letter said ",
     "“Aa bb cc dd ee.”\n", "“Aa bb.\n", "Tom “aa bb” ", "``a'' said Tom ", "Tom: “aa bb cc dd.” ",
     "Tom “E” Okoye Tom “E” Okoye "],
)  # fmt: skip
@pytest.mark.slow
def test_time_is_linear_in_hostile_text(piece: str) -> None:
    text = piece * 5_000
    read_as = sketch(text)
    with cpu_limit():
        assert all(q.end <= len(text) for q in quotes(*read_as))


@pytest.mark.slow
def test_a_megabyte_of_words_in_marks() -> None:
    text = "Tom Okoye said, “" + "We will go there soon. " * 50_000 + "”"
    with cpu_limit():
        assert [q.kind for q in quotes(*sketch(text))] == ["direct"]


def test_nothing_comes_of_nothing() -> None:
    assert quotes(Document.of("", [], Parse((), (), (), (), (), ())), []) == []


@pytest.mark.parametrize(
    "text",
    [
        "The mayor declined to comment on the loss",
        "Ana Lund hopes to win and wanted to know why the council promised to build",
        "The crew asked not to be named, and Ana Lund, Russia's foreign minister, refused to be drawn",
        "“It is late,” Unity MLA for Quarry Shore Rhodri Bevan said, according to Lund Radio's Tom Berg, 34",
        "“No,” was the mayor's reply; “Salt and Iron” opens on Friday, said Lance Cpl. Ana Lume of Harbour Watch",
        "Lume to Lund Radio: “Why now?” the 34-year-old asked. The judge, addressing the dock: “Go”",
    ],
)
def test_a_text_can_end_anywhere(text: str) -> None:
    """A feed's summary is often cut off."""
    words = text.split()
    texts = [" ".join(words[:n]) for n in range(1, len(words) + 1)]
    split_texts = [(cut, split(cut)) for cut in texts]
    for (cut, sentences), parse in zip(split_texts, parses(split_texts), strict=True):
        doc = Document.of(cut, sentences, parse)
        assert all(q.end <= len(cut) for q in quotes(doc, mentions(doc)))


def test_confidence_falls_with_what_is_missing() -> None:
    for how in DIRECT:
        assert 0 < of_marked(how, whole=False, named=None) < of_marked(how, whole=True, named=1.0) <= 1
        assert of_marked(how, whole=True, named=0.1) == 0.1
    for how in REPORTED:
        sure = of_reported(how, attitude=False, named=1.0)
        assert 0 < of_reported(how, attitude=True, named=None) < sure <= 1


def test_words_as_data_agree() -> None:
    names = data.load("first_names.tsv", FirstName)
    assert len({line.name for line in names}) == len(names)
    assert {(line.pronoun, line.used_for) for line in names} == set(
        product(("he", "she"), ("mentions", "speakers", "both", "pronoun"))
    )
    verbs = data.load("cue_verbs.tsv", Verb)
    assert {word for line in verbs for word in line.constructions} == CONSTRUCTIONS
    assert {line.cue_class for line in (*verbs, *data.load("cue_nouns.tsv", Noun))} == set(CUE_CLASSES)
    for form, lemma in (("said", "say"), ("denied", "deny"), ("admitted", "admit"), ("tweets", "tweet")):
        assert cue_verbs()[form].lemma == lemma
    assert cue_verbs()["found"].cue_class == "writing" and cue_verbs()["wrote"].cue_class == "writing"


def test_a_line_in_the_table_adds_a_verb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "Maria Keller mithered that the bridge was closed."
    line = "mither\tspeech\tclause\t-\t-\tLume mithered that the bridge was closed.\tdictionaries of dialect"
    assert reported(text) == []
    shutil.copytree(data.FOLDER / "en", tmp_path / "en")
    with (tmp_path / "en" / "cue_verbs.tsv").open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    with monkeypatch.context() as patched:
        patched.setattr(data, "FOLDER", tmp_path)
        forget_tables()
        found = reported(text)
    forget_tables()
    assert found == [("that the bridge was closed", "Maria Keller", "mithered", "speech")]


def reported(text: str) -> list[tuple[str, str, str, str | None]]:
    """Return the reported clauses of a text: words, speaker, cue, class of the cue."""
    doc = documents.read(text)
    return [
        (text[q.start : q.end], text[q.speaker_start : q.speaker_end], text[q.cue_start : q.cue_end], q.cue_class)
        for q in quotes(doc, mentions(doc))
        if q.kind == "indirect"
    ]


def forget_tables() -> None:
    for cached in (data.load, cue_verbs, cue_nouns, cues):
        cached.cache_clear()


def extracted_from(text: str) -> tuple[dict[int | None, str], list[Quote]]:
    """Return each chain's longest name, and the quotations, of an uncleaned text."""
    document = documents.read(text)
    found = mentions(document)
    named = sorted((m for m in found if m.resolution in NAMING), key=lambda m: m.end - m.start)
    return {m.chain: text[m.start : m.end] for m in named}, quotes(document, found)


@pytest.mark.skipif(SEEDS is None, reason=MISSING)
def test_the_annotated_sample_articles() -> None:
    """Check each direct quotation's exact words, speaker's surname and venue, and that no scare quote is found."""
    assert SEEDS is not None
    with SEEDS.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    articles = {
        name: (SEEDS.parents[2] / "seeds" / name).read_bytes().decode() for name in {row["doc"] for row in rows}
    }
    direct = 0
    read = {name: extracted_from(text) for name, text in articles.items()}
    for row in rows:
        names, known = read[row["doc"]]
        found = {(q.start, q.end): q for q in known if q.kind != "indirect"}
        q = found.get((row["start"] + 1, row["end"] - 1), found.get((row["start"] + 1, row["end"] - 2)))
        if row["kind"] == "scare":
            assert q is None, row["text"]
        elif row["kind"] == "direct":
            direct += 1
            assert q is not None, row["text"]
            assert names[q.speaker_chain].split()[-1] == row["speaker"].split()[-1], row["text"]
            assert not row["medium"] or q.venue_start is not None, row["text"]
    assert direct == 15


def test_whether_words_are_whole_does_not_hang_on_the_paragraph_before() -> None:
    for before in ("", "The bridge\n", "“\n", "Nothing is known.\n"):
        text = f"{before} “said ?”according to Ann"
        (found,) = quotes(*sketch(text))
        assert (found.kind, text[found.start : found.end]) == ("direct", "said ?")
