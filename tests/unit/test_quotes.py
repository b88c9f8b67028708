"""Quotations: who says what, by which cue, to whom; and what must hold for any text."""

from __future__ import annotations

import json
import os
import re
import time
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.contract import CUE_CLASSES, QUOTE_KINDS, SPEAKER_BASES
from pipeline.mentions import Mention, mentions
from pipeline.parses import Parse, parses
from pipeline.quotes import Quote, quotes
from pipeline.quotes.confidence import DIRECT, REPORTED, of_marked, of_reported
from pipeline.quotes.firstnames import FEMALE, MALE
from pipeline.quotes.marks import MARK, paragraphs
from pipeline.quotes.words import BY_FORM
from pipeline.sentences import Sentence, split

GOLD = Path(os.environ.get("ONRECORD_GOLD", Path(__file__).parents[3] / "shared" / "gold"))
NAMING = ("name", "alias", "acronym", "demonym")


class Reading:
    """A text with its quotes, and their parts as words."""

    def __init__(self, text: str) -> None:
        self.text = text
        sentences = split(text)
        parse = next(parses([(text, sentences)]))
        found = mentions(text, sentences, parse)
        self.quotes = quotes(text, sentences, parse, found)
        self.names: dict[int, str] = {}
        for m in found:
            if m.resolution in NAMING and m.end - m.start > len(self.names.get(m.chain, "")):
                self.names[m.chain] = text[m.start : m.end]

    def words(self, start: int | None, end: int | None) -> str | None:
        return None if start is None or end is None else self.text[start:end]

    def said(self, q: Quote) -> str:
        return self.text[q.start : q.end]

    def speaker(self, q: Quote) -> str | None:
        return self.words(q.speaker_start, q.speaker_end)

    def cue(self, q: Quote) -> str | None:
        return self.words(q.cue_start, q.cue_end)

    def venue(self, q: Quote) -> str | None:
        return self.words(q.venue_start, q.venue_end)

    def name(self, q: Quote) -> str | None:
        return self.names.get(-1 if q.speaker_chain is None else q.speaker_chain)

    def of(self, *kinds: str) -> list[Quote]:
        return [q for q in self.quotes if q.kind in kinds]


@cache
def read(text: str) -> Reading:
    return Reading(text)


@pytest.mark.parametrize(
    ("text", "words", "speaker", "cue"),
    [
        # behind, before, in the middle, inverted
        ("“The bridge is safe,” said Maria Keller.", "The bridge is safe,", "Maria Keller", "said"),
        ("“The bridge is safe,” Maria Keller told reporters on Monday.", "The bridge is safe,", "Maria Keller", "told"),
        ("Maria Keller said: “The bridge is safe.”", "The bridge is safe.", "Maria Keller", "said"),
        ("Maria Keller said on Monday, “The bridge is safe.”", "The bridge is safe.", "Maria Keller", "said"),
        ("Maria Keller said that “the bridge is safe and open.”", "the bridge is safe and open.", "Maria Keller",
         "said"),
        ("“Is the bridge safe?” Maria Keller asked.", "Is the bridge safe?", "Maria Keller", "asked"),
        ("“The bridge is safe!” exclaimed Keller.", "The bridge is safe!", "Keller", "exclaimed"),
        ("“The bridge is safe,” Keller pointed out.", "The bridge is safe,", "Keller", "pointed out"),
        # institutions, descriptions, documents
        ("“The bridge is safe,” the State Department said in a statement.", "The bridge is safe,",
         "the State Department", "said"),
        ("“The bridge is safe,” a spokesman for the ministry said.", "The bridge is safe,",
         "a spokesman for the ministry", "said"),
        ("According to Maria Keller, “The bridge is safe.”", "The bridge is safe.", "Maria Keller", "According to"),
        # a verb that is no verb of saying stands where one does
        ("“The bridge is safe,” Keller sputtered.", "The bridge is safe,", "Keller", "sputtered"),
        # labels and signatures
        ("KELLER: “The bridge is safe.”", "The bridge is safe.", "KELLER", ":"),
        ("“The bridge is safe and it will stay safe.” — Maria Keller", "The bridge is safe and it will stay safe.",
         "Maria Keller", "—"),
        # old wire marks
        ("``The bridge is safe,'' said Maria Keller.", "The bridge is safe,", "Maria Keller", "said"),
    ],
)  # fmt: skip
def test_direct_quotations(text: str, words: str, speaker: str, cue: str) -> None:
    r = read(text)
    [q] = r.of("direct", "mixed")
    assert (q.kind, r.said(q), r.speaker(q), r.cue(q)) == ("direct", words, speaker, cue)


def test_a_broken_utterance_is_joined() -> None:
    r = read("“The bridge,” Maria Keller said, “is safe.” She left. “It will stay safe,” said Tom Okoye. “I know it.”")
    first, second, third, fourth = r.of("direct")
    at = r.quotes.index
    assert second.part_of == at(first) and first.part_of is None
    assert fourth.part_of == at(third) and third.part_of is None
    assert [r.name(q) for q in (first, second, third, fourth)] == ["Maria Keller"] * 2 + ["Tom Okoye"] * 2


def test_a_quotation_over_paragraphs_opens_each_anew() -> None:
    r = read("“The bridge is safe,” Maria Keller said. “It was built well.\n\n“It will stay safe for many years.”")
    found = r.of("direct")
    assert [r.said(q) for q in found][-1] == "It will stay safe for many years."
    assert {r.name(q) for q in found} == {"Maria Keller"}
    assert [q.part_of for q in found] == [None, 0, 0]


def test_a_quotation_without_a_cue_carries_the_speaker_on() -> None:
    r = read("“The bridge is safe,” Maria Keller said.\n\n“I walk over it each day with my children.”")
    last = r.of("direct")[-1]
    assert (last.speaker_basis, r.name(last)) == ("carried", "Maria Keller")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Maria Keller called the plan “a gift to gamblers” on Monday.", "a gift to gamblers"),
        ("Maria Keller said that the town was “in no hurry” to sell the bridge.", "in no hurry"),
        ("Maria Keller accused the council of “sleeping at the wheel” last year.", "sleeping at the wheel"),
    ],
)
def test_mixed_quotations(text: str, words: str) -> None:
    r = read(text)
    [q] = r.of("mixed")
    assert (r.said(q), r.name(q)) == (words, "Maria Keller")
    whole = r.quotes[q.part_of] if q.part_of is not None else q
    assert whole.start <= q.start and q.end <= whole.end


@pytest.mark.parametrize(
    "text",
    [
        "The so-called “snapback” entered into force in May.",
        "Her film “The Long Way Home” opened in June.",
        "Robert “Bobby” Lane grew up near the harbour.",
        "The “green belt” around Lund is older than the town hall.",
        "Nobody has seen the ‘ghost train’ since.",
    ],
)
def test_what_nobody_says_is_no_quote(text: str) -> None:
    assert read(text).of("direct", "mixed") == []


@pytest.mark.parametrize(
    ("text", "words", "speaker", "cue_class"),
    [
        ("Maria Keller said that the bridge is safe.", "that the bridge is safe", "Maria Keller", "speech"),
        ("The bridge is safe, Maria Keller said on Monday.", "The bridge is safe", "Maria Keller", "speech"),
        ("According to Maria Keller, the bridge is safe.", "the bridge is safe", "Maria Keller", "speech"),
        ("Maria Keller wrote that the bridge is safe.", "that the bridge is safe", "Maria Keller", "writing"),
        ("Maria Keller believes that the bridge is safe.", "that the bridge is safe", "Maria Keller", "attitude"),
        ("Maria Keller promised to repair the bridge.", "to repair the bridge", "Maria Keller", "speech"),
    ],
)
def test_reported_speech(text: str, words: str, speaker: str, cue_class: str) -> None:
    r = read(text)
    [q] = r.of("indirect")
    assert (r.said(q), r.speaker(q), q.cue_class) == (words, speaker, cue_class)


@pytest.mark.parametrize(
    ("text", "basis", "name"),
    [
        ("Maria Keller runs the port. “The bridge is safe,” she said.", "pronoun", "Maria Keller"),
        # Names inside marks are not whom "she" takes up; nor is a man.
        ("Maria Keller spoke. “Anna Lund built it,” she said.", "pronoun", "Maria Keller"),
        ("Maria Keller spoke after John Okoye left. “The bridge is safe,” she said.", "pronoun", "Maria Keller"),
        ("Norwegian Defense Minister Tom Okoye spoke. “The bridge is safe,” the defense minister said.",
         "description", "Tom Okoye"),
        ("Norway issued a statement on Monday. “The bridge is safe,” the statement said.", "description", "Norway"),
    ],
)  # fmt: skip
def test_speakers_are_led_to_their_names(text: str, basis: str, name: str) -> None:
    r = read(text)
    [q] = r.of("direct")
    assert (q.speaker_basis, r.name(q)) == (basis, name)


@pytest.mark.parametrize(
    ("text", "venue"),
    [
        ("“The bridge is safe,” Maria Keller told Reuters.", "Reuters"),
        ("“The bridge is safe,” Maria Keller said in an interview with Reuters on Monday.", "Reuters"),
        ("“The bridge is safe,” Maria Keller said in a statement.", "a statement"),
        ("“The bridge is safe,” Maria Keller said on Monday, Reuters reported.", "Reuters"),
        ("“The bridge is safe,” Maria Keller said, according to Reuters.", "Reuters"),
        (
            "“The bridge is safe,” Maria Keller said.\n\nKeller made the remarks in an interview with Reuters.",
            "Reuters",
        ),
        ("“The bridge is safe,” Maria Keller said on Monday.", None),
    ],
)
def test_venues(text: str, venue: str | None) -> None:
    r = read(text)
    [q] = r.of("direct")
    assert (r.name(q), r.venue(q)) == ("Maria Keller", venue)


def test_the_outlet_that_quotes_is_not_the_speaker() -> None:
    r = read("“The bridge is safe,” Reuters quoted Maria Keller as saying on Monday.")
    [q] = r.of("direct")
    assert (r.speaker(q), r.venue(q)) == ("Maria Keller", "Reuters")


def test_two_speakers_keep_their_words() -> None:
    r = read("“The bridge is safe,” said Maria Keller. “It is not,” said Tom Okoye. Keller added: “We tested it.”")
    assert [(r.said(q), r.name(q)) for q in r.of("direct")] == [
        ("The bridge is safe,", "Maria Keller"),
        ("It is not,", "Tom Okoye"),
        ("We tested it.", "Maria Keller"),
    ]


def sketch(text: str) -> tuple[list[Sentence], Parse, list[Mention]]:
    """A quick stand-in for the model, for any text: words hang on the sentence's first verb of saying."""
    sentences = split(text)
    spans = [m.span() for m in re.finditer(r"\w+|[^\w\s]", text)]
    tags, deps, heads = [], [], []
    root = 0
    bounds = {s.start for s in sentences}
    for i, (start, end) in enumerate(spans):
        word = text[start:end]
        root = i if start in bounds else root
        verb = word.lower() in BY_FORM
        tags.append("VBD" if verb else "NNP" if word[:1].isupper() else "NN" if word.isalpha() else ",")
        deps.append("ROOT" if i == root else "conj" if verb else "nsubj" if word[:1].isupper() else "ccomp")
        heads.append(root)
    parse = Parse(tuple(s for s, _ in spans), tuple(e for _, e in spans), tuple(heads), tuple(deps), tuple(tags), ())
    names = [m.span() for m in re.finditer(r"\b[A-Z]\w+\b", text)]
    return sentences, parse, [Mention(s, e, "PERSON", i % 3, "name") for i, (s, e) in enumerate(names)]


PIECES = st.sampled_from(
    ["“", "”", '"', "''", "‘", "’", "«", "»", " ", ", ", ". ", ": ", "\n\n", " said ", " Ann ", "Tom added ", "she ",
     "We will go there soon", "that it is so", "according to Ann", " told Ann ", "(", "[", "—", "?", "!", "the letter "]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=40).map("".join)


@settings(deadline=None)
@given(TEXTS)
def test_promises_hold_for_any_text(text: str) -> None:
    found = quotes(text, *sketch(text))
    assert found == sorted(found, key=lambda q: (q.start, -q.end))
    end: dict[str, int] = {}
    for i, q in enumerate(found):
        words = text[q.start : q.end]
        assert words and words == words.strip()
        assert q.kind in QUOTE_KINDS and q.speaker_basis in SPEAKER_BASES
        assert q.cue_class is None or q.cue_class in CUE_CLASSES
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
    spans = {(s.start, s.end) for p in paragraphs(text) for s in p.stretches}
    for q in found:
        if q.kind != "indirect":
            assert any(a <= q.start and q.end == b for a, b in spans)


@settings(deadline=None)
@given(st.lists(st.lists(PIECES, max_size=12).map("".join), min_size=2, max_size=4), st.data())
def test_a_deleted_mark_leaves_other_paragraphs_quotes(parts: list[str], data: st.DataObject) -> None:
    """Words and kinds; who carries on speaking into a paragraph may change with the paragraph before, and with that
    whether a line in single marks is said at all or a subheading."""
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
        single = {stretch.end for p in paragraphs(text) for stretch in p.stretches if stretch.single}
        marked = [q for q in quotes(text, *sketch(text)) if q.kind != "indirect" and q.end not in single]
        return [(q.kind, text[q.start : q.end]) for q in marked if q.end <= low or q.start >= high]

    assert elsewhere(parts) == elsewhere(changed)


@pytest.mark.parametrize(
    "piece",
    ['"', "“", "“a” ", "“aa bb cc,” Tom said x ", "Tom said x y, ", "Tom said he said she said the letter said ",
     "“Aa bb cc dd ee.”\n", "“Aa bb.\n", "Tom “aa bb” ", "``a'' said Tom ", "Tom: “aa bb cc dd.” "],
)  # fmt: skip
def test_time_is_linear_in_hostile_text(piece: str) -> None:
    text = piece * 5_000
    read_as = sketch(text)
    begin = time.process_time()
    assert all(q.end <= len(text) for q in quotes(text, *read_as))
    assert time.process_time() - begin < 15


def test_a_megabyte_of_words_in_marks() -> None:
    text = "Tom Okoye said, “" + "We will go there soon. " * 50_000 + "”"
    begin = time.process_time()
    assert [q.kind for q in quotes(text, *sketch(text))] == ["direct"]
    assert time.process_time() - begin < 15


def test_nothing_comes_of_nothing() -> None:
    assert quotes("", [], Parse((), (), (), (), (), ()), []) == []


def test_confidence_falls_with_what_is_missing() -> None:
    for how in DIRECT:
        assert 0 < of_marked(how, whole=False, speaker=False) < of_marked(how, whole=True, speaker=True) <= 1
    for how in REPORTED:
        sure = of_reported(how, attitude=False, speaker=True)
        assert 0 < of_reported(how, attitude=True, speaker=False) < sure <= 1


def test_words_as_data_agree() -> None:
    assert not MALE & FEMALE
    for form, lemma in (("said", "say"), ("denied", "deny"), ("admitted", "admit"), ("tweets", "tweet")):
        assert BY_FORM[form].lemma == lemma
    assert BY_FORM["found"].cue_class == "writing" and BY_FORM["wrote"].cue_class == "writing"


@pytest.mark.skipif(not (GOLD / "seeds" / "quotes.jsonl").is_file(), reason="the annotated articles are not here")
def test_the_annotated_sample_articles() -> None:
    """Every direct quotation with exact words and the right full name; no scare quote; venues where there are."""
    with (GOLD / "seeds" / "quotes.jsonl").open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    articles = {name: (GOLD.parent / "seeds" / name).read_bytes().decode() for name in {row["doc"] for row in rows}}
    direct = 0
    for row in rows:
        r = read(articles[row["doc"]])
        found = {(q.start, q.end): q for q in r.of("direct", "mixed")}
        q = found.get((row["start"] + 1, row["end"] - 1))
        if row["kind"] == "scare":
            assert q is None, row["text"]
        elif row["kind"] == "direct":
            direct += 1
            assert q is not None, row["text"]
            assert (r.name(q) or "").split()[-1] == row["speaker"].split()[-1], row["text"]
            assert not row["medium"] or r.venue(q), row["text"]
    assert direct == 15


def test_whether_words_are_whole_does_not_hang_on_the_paragraph_before() -> None:
    for before in ("", "The bridge\n", "“\n", "Nothing is known.\n"):
        text = f"{before} said ?”according to Ann"
        (found,) = quotes(text, *sketch(text))
        assert (found.kind, text[found.start : found.end]) == ("direct", "said ?")
