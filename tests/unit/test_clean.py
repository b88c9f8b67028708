"""Cleaning loses nothing, makes every change traceable and removes no sentence of the body."""

from __future__ import annotations

import json
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import data
from pipeline.documents.clean import RULES, Edit, Offsets, apply, clean, repairs
from pipeline.documents.clean.boilerplate import Boilerplate
from pipeline.documents.clean.edits import composed, minimal_edit
from tests.examples import load
from tests.support.gold import MISSING, gold_file
from tests.support.time_limit import cpu_limit

REPLACING = {
    "outer-blanks",
    "blank-lines",
    "line-blanks",
    "blank-run",
    "hard-wrap",
    "glued-words",
    "glued-sentences",
    "mojibake",
    "character-reference",
}
LICENCE = "All content by Harbour Gazette is licensed under a Creative Commons Attribution 4.0 International License."


def check(raw: str) -> str:
    """Check the edits of any text; return the cleaned text."""
    edits = clean(raw)
    at = 0
    for edit in edits:
        assert at <= edit.raw_start <= edit.raw_end <= len(raw)
        assert edit.original == raw[edit.raw_start : edit.raw_end]
        assert edit.original or edit.replacement
        assert edit.rule in RULES
        if edit.replacement:
            assert edit.rule in REPLACING
            if edit.original:
                assert edit.original[0] != edit.replacement[0] and edit.original[-1] != edit.replacement[-1]
        at = edit.raw_end
    text = apply(raw, edits)
    if raw.strip():
        assert text == text.strip() and text
    return text


def check_offsets(raw: str) -> None:
    edits = clean(raw)
    text = apply(raw, edits)
    offsets = Offsets(edits)
    replaced = {(edit.raw_start, edit.raw_end) for edit in edits if edit.replacement}
    before = 0
    for start, character in enumerate(text):
        raw_start, raw_end = offsets.to_raw(start, start + 1)
        assert raw[raw_start:raw_end] == character or (raw_start, raw_end) in replaced
        assert raw_start >= before
        before = raw_start


BLANKS = (
    " ",
    "  ",
    "\n",
    "\n\n",
    "\n\n\n\n",
    "\t",
    "\xa0",
    "\r\n",
    "\u200b",
    "\u00ad",
    "\u2028",
    "\x0c",
    "\x1c",
    "\x85",
)
LINES = (
    "SM/PA",
    LICENCE,
    "Leave a Comment",
    "2 + 7 =",
    "• 2021-01-04 17:50",
    "A related headline",
    "Name *",
    "© 2020 X",
)
MORE = ("Advertisement", "Share this article", "source: Radio X", "Page 1 of 2", "He said so.", "“We go.”")
MISREAD = (
    "FranÃ§ois", "FranÃ\x83Â§ois", "FranA\u0303\x83A\u0302§ois", "â€™", "â€œ", "â€\ufffd", "â€‹", "â€¯", "â€¨",
    "Ã\xa0", "Ã ", "Â\xa0", "Â ", "Â©", "Ã", "â€", "Â£", "\x92", "\x85", "вЂњРџСЂ", "‚Äú", "naÃ \u0304ve",
    "&amp;", "&#8217;", "&nbsp;", "&#65;", "<",
)  # fmt: skip
WORDS = ("LavrovRussia", "Lavrov", "Russia", "done.The end", "ایران", "\u200c", "🙂\u200d🙂", "x")
DIRT = st.sampled_from((*BLANKS, *LINES, *MORE, *MISREAD, *WORDS))
DIRTY = st.lists(st.one_of(DIRT, st.text(max_size=5)), max_size=14).map("".join)


@settings(max_examples=400, deadline=None)
@given(DIRTY)
def test_the_promises_hold_for_any_dirt(raw: str) -> None:
    check(raw)
    check_offsets(raw)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80))
def test_the_promises_hold_for_any_text(raw: str) -> None:
    check(raw)
    check_offsets(raw)


def test_the_promises_hold_for_the_examples() -> None:
    for example in load("cleaning"):
        check(example.text)
        check_offsets(example.text)


SENTENCES = [
    "The ferry left the port on Monday.",
    "“We waited for two hours,” the captain said.",
    "Officials gave no reason, and nobody asked for one.",
    "The company, based in Oslo, will share this article of faith with its crews.",
    "Its newsletter says so.",
    "The museum said its pictures are licensed under a Creative Commons Attribution 4.0 licence, and it is glad of it.",
    "Follow us, the guides shouted.",
    "Related companies lost 3 percent.",
    "Copyright law was the reason.",
    "He works for AC/DC.",
]
BOILERPLATE = [
    LICENCE,
    "Leave a Comment",
    "3 + 4 =",
    "Share this article",
    "Page 2 of 3",
    "RK/LB",
    "• 2025-03-18 09:15\n    Crews block the harbour",
    "© 2025 Harbour Gazette. All rights reserved.",
    "Name *\nEmail *\nLeave a Reply",
    "Subscribe to our newsletter",
]


PLACES = {
    "end": "The council met on Monday.\n\n{}",
    "form": "The council met on Monday.\n\n{}\nLeave a reply",
    "anywhere": "The council met on Monday.\n\n{}\n\nThe mayor left by the back door.",
    "start": "{}\n\nCouncil meets\n\nThe council met on Monday.",
    "list": "The council met on Monday.\n\n{}\n1 Storm in the west\n2 Gale in the east\n\nThe mayor left.",
}


FIRST = (
    "The mill will close in June, its owner Lena Moser said on Monday, after three summers without enough water in it."
)
ANSWER = "“We waited for rain until we could wait no more,” she says. “Nobody is to blame for that.”"


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("“We waited for rain until we could wait no more”", "pull-quote"),
        ("We waited for rain until we could wait no more. Nobody is to blame for that.", "pull-quote"),
        ("“We waited for rain until we could wait …", "teaser"),
        (
            "“We waited for rain until we could wait no more,” she says. “Nobody is to blame for that.”",
            "repeated-paragraph",
        ),
        ("“We waited for rain.”", None),
        ("rain until we could wait no more", None),
        ("“We waited for rain until we could not sleep”", None),
        ("Nobody is to blame for that. We will never pay for it.", None),
        ("“We waited for rain”, she says …", None),
    ],
)
def test_a_page_shows_each_sentence_once(line: str, rule: str | None) -> None:
    raw = f"{FIRST}\n{line}\n{ANSWER}\nIt has ground the valley’s rye since 1874."
    assert [edit.rule for edit in clean(raw, "trafilatura")] == [rule] * (rule is not None)
    assert {edit.rule for edit in clean(raw)}.isdisjoint({"pull-quote", "teaser", "repeated-paragraph"})


def test_a_title_that_the_text_repeats_stays() -> None:
    raw = f"We waited for rain until we could wait\n{FIRST}\n{ANSWER}"
    assert apply(raw, clean(raw, "trafilatura")) == raw


@pytest.mark.parametrize(
    "line", data.load("boilerplate.tsv", Boilerplate), ids=lambda line: f"{line.rule} {line.example}"
)
def test_each_line_of_the_table_removes_its_example_and_keeps_the_other(line: Boilerplate) -> None:
    for where in line.where:
        edits, raw = clean(PLACES[where].format(line.example)), PLACES[where].format(line.kept)
        assert (line.rule, line.example) in {(edit.rule, edit.original.strip()) for edit in edits}
        assert line.kept in apply(raw, clean(raw))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=8, unique=True),
    st.lists(st.sampled_from(BOILERPLATE), max_size=5, unique=True),
    st.sampled_from(["\n", "\n\n", "\n\n\n", " \n \n"]),
)
def test_no_sentence_of_the_body_is_removed_and_all_boilerplate_is(
    body: list[str], below: list[str], between: str
) -> None:
    text = check(between.join([*body, *below]))
    for sentence in body:
        assert sentence in text
    assert " ".join(text.split()) == " ".join(body)


def test_hard_wrapped_text_is_joined_and_paragraphs_stay() -> None:
    raw = (
        "The ministers of the two countries met in the old customs\n"
        "house on Monday and signed the agreement that their aides\n"
        "had been working on since the spring of the year before,\n"
        "when the first draft was thrown out by both parliaments.\n"
        "\n"
        "Nobody in the room expected the ceremony to take as long\n"
        "as it did, since the pens had been left in the hotel, and\n"
        "the only one at hand was dry.\n"
    )
    text = check(raw)
    first, second = text.split("\n\n")
    assert "\n" not in first and "\n" not in second
    assert text.split() == raw.split()


def test_well_set_text_is_never_suspected() -> None:
    """ftfy would repair no pair or triple of the characters that we do not pass to it."""
    unlikely, _ = repairs._ftfy()
    through = [chr(code) for code in range(0x80, 0x3000) if not repairs.SUSPECT.match(chr(code))]
    assert len(through) > 15
    ordinary = [*through, *" aZ5.,$)(\"'"]
    for length in (2, 3):
        assert not [group for group in product(ordinary, repeat=length) if unlikely.search("".join(group))]


def _changes(text: str, places: list[tuple[int, int]], with_what: list[str]) -> list[Edit]:
    """Return edits of these stretches of a text, in order and without overlap."""
    out: list[Edit] = []
    at = 0
    for (start, length), replacement in zip(sorted(places), with_what, strict=False):
        start = max(at, start % (len(text) + 1))
        if start > len(text):
            break
        end = min(len(text), start + length)
        edit = minimal_edit(text, start, end, replacement, "x")
        if edit:
            out.append(edit)
            at = max(end, start + 1)
    return out


STRETCHES = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 3)), max_size=5)
REPLACEMENTS = st.lists(st.text("xyz", max_size=3), min_size=5, max_size=5)


@settings(max_examples=500, deadline=None)
@given(st.text("abc", max_size=12), STRETCHES, REPLACEMENTS, STRETCHES, REPLACEMENTS)
def test_edits_of_edited_text_are_edits_of_the_raw_text(
    raw: str, once: list[tuple[int, int]], what: list[str], again: list[tuple[int, int]], that: list[str]
) -> None:
    first = _changes(raw, once, what)
    text = apply(raw, first)
    second = _changes(text, again, that)
    both = composed(raw, first, second)
    assert apply(raw, both) == apply(text, second)
    at = 0
    for edit in both:
        assert at <= edit.raw_start and edit.original == raw[edit.raw_start : edit.raw_end]
        assert edit == minimal_edit(raw, edit.raw_start, edit.raw_end, edit.replacement, edit.rule)
        at = edit.raw_end


def test_lines_of_their_own_length_are_not_joined() -> None:
    raw = "A short one\nA line that is a good deal longer than that\nAnd a third\nFour\nFive is here too\nSix"
    assert clean(raw) == []


def test_a_text_that_is_all_boilerplate_is_kept() -> None:
    assert check("\nLeave a Comment\n\n2 + 7 =\n") == "Leave a Comment\n\n2 + 7 ="
    assert check(LICENCE) == LICENCE
    assert clean("") == []


def test_spans_lead_to_the_raw_text() -> None:
    edits = [
        Edit(0, 2, "  ", "", "outer-blanks"),
        Edit(5, 8, "\r\n\n", "\n", "line-blanks"),
        Edit(10, 10, "", " ", "x"),
    ]
    raw = "  abc\r\n\ndefgh"
    text = apply(raw, edits)
    assert text == "abc\nde fgh"
    offsets = Offsets(edits)
    assert offsets.to_raw(0, 3) == (2, 5)
    assert offsets.to_raw(3, 4) == (5, 8)
    assert offsets.to_raw(4, 10) == (8, 13)


HOSTILE = {
    "blanks": " ",
    "breaks": "\n",
    "mixed blanks": " \n\t",
    "marks": "“",
    "bullets": "• ",
    "capitals": "Ab",
    "glued": "LavrovRussia ",
    "sums": "2 + 7 = ",
    "licences": "Content CC BY 4.0 ",
    "commons": "Creative Commons ",
    "share": "share this on ",
    "short lines": "ab\n",
    "hyphens": "-" ,
    "controls": "\x01a",
    "misread twice": "Ã\x83Â©",
    "misread first bytes": "Ã",
    "misread marks": "â€œaâ€",
    "half misread": "â€",
    "misread apart": "FranÃ§ois et François ",
    "misread Cyrillic": "РџСЂРё",
    "decomposed": "A\u0303\x83",
    "references": "&amp;",
    "no references": "&#1",
}  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.slow
def test_time_is_linear_in_the_length(piece: str) -> None:
    raw = (piece * (400_000 // len(piece))) + "x"
    with cpu_limit():
        apply(raw, clean(raw))


TWICE = {
    "lines": "We waited for rain until we could wait no more.\n" * 8_000,
    "one line": "We waited for rain all year. " * 14_000,
    "sentences in every line": "".join(f"a a a a a a a a a a a. b{n} b c\n" for n in range(3_000)) + "a " * 150_000,
}


@pytest.mark.parametrize("text", TWICE.values(), ids=TWICE.keys())
@pytest.mark.slow
def test_time_to_find_what_a_page_shows_twice_is_linear(text: str) -> None:
    raw = f"{FIRST}\n{text}\nWe waited for rain all year. We never slept.\n"
    with cpu_limit():
        apply(raw, clean(raw, "trafilatura"))


SEEDS = gold_file("seeds/documents.jsonl")


@pytest.mark.skipif(SEEDS is None, reason=MISSING)
def test_all_boilerplate_of_the_annotated_articles_goes_and_nothing_else() -> None:
    assert SEEDS is not None
    for line in SEEDS.read_text(encoding="utf-8").splitlines():
        document = json.loads(line)
        raw = (SEEDS.parents[2] / "seeds" / document["file"]).read_bytes().decode("utf-8")
        text = check(raw)
        boilerplate = sorted((span["start"], span["end"]) for span in document["boilerplate"])
        body = []
        at = 0
        for start, end in boilerplate:
            body.append(raw[at:start])
            at = end
        body.append(raw[at:])
        assert "".join(text.split()) == "".join("".join(body).split()), document["file"]
