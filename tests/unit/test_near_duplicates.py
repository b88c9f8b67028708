"""Copies: the same text, cut or with text added; and texts that only look like copies."""

# ruff: noqa: E501

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.duplicates import copies
from pipeline.duplicates.copies import exact_text_hashes, is_near_duplicate, packed, shingled, sketch, unpacked

KEY = b"a key of this test"
HEADLINE = "Ferry line gets two more boats"
WIRE = (
    "ODDE, May 4 (Fjord Wire) -- The county will buy two electric ferries for the crossing to Halse, its council decided "
    "on Friday after a debate of six hours. The boats are to carry ninety cars each and cost 41 million crowns apiece. "
    "They replace a ship from 1978 whose engine failed eleven times last winter and left drivers stranded on both shores.",
    "“We have waited long enough for this day,” said Councillor Marit Brekke, who leads the transport committee. She "
    "thanked the yard at Stord for an offer that was a fifth below that of its rivals in Gdansk and Izmir.",
    "Opponents said the quay at Halse is too short for the new hulls. A study by the harbour office puts the cost of "
    "longer piers at 7 million crowns, which the budget does not hold. Work could begin in autumn at the earliest.",
    "Hauliers welcomed the vote. Their union had threatened to block the coast road in June unless the old ship was "
    "taken out of service, and it will now put off the protest until the contract has been signed in Bergen.",
)
ARTICLE = "\n\n".join(WIRE)
FOOTER = (
    "The Halse Observer is written by eleven people in a house by the quay and read in forty countries. We take no "
    "money from the state or from parties. If you want to help us, become a friend of the paper for the price of a "
    "coffee a week, or send this page to somebody who should know of it. Our editor answers letters on Sundays."
)
BRIEFS = (
    "A lorry lost its load of salmon on the bridge at Odde on Thursday night. Nobody was hurt, but the road stayed shut "
    "until the fish had been gathered by volunteers with shovels and prams shortly before dawn came.",
    "The school choir of Stord has won the second prize at a festival in Riga. The singers were welcomed by a brass band "
    "at the airport, where their teacher promised that lessons would begin at noon the next day.",
)
REPORT = (
    "{town} prices for cod closed at {a} crowns a kilo on {day}, {b} percent {up} the day before. Some {c} tonnes changed "
    "hands at the auction, dealers said. Haddock stood at {d} crowns and saithe at {e}. The next auction begins at {f} "
    "in the morning and {who} leads it. Prices are those of the first quality, gutted, without head and without tax."
)
MATCH = (
    "{a} beat {b} {x} on Saturday in front of {n} spectators after goals by {p} and {q}. The home side led at half time "
    "and was never in danger after the break. {a} now have {m} points and meet {c} next week, while {b} stay at the foot "
    "of the table and look for a new coach after {k} defeats in a row."
)
REPORTS = (
    REPORT.format(town="Odde", a="41.20", day="Monday", b="2.1", up="above", c=310, d="28.5", e="19.1", f="5.30", who="Ola Lund"),
    REPORT.format(town="Tromso", a="39.75", day="Friday", b="0.8", up="below", c=275, d="27.9", e="18.4", f="6.15", who="Eva Moe"),
)  # fmt: skip
MATCHES = (
    MATCH.format(a="Halse", b="Stord", x="3-1", n=412, p="Ness", q="Lie", m=21, c="Voss", k=4),
    MATCH.format(a="Bryne", b="Moss", x="2-0", n=1873, p="Dahl", q="Strand", m=34, c="Brann", k=7),
)
WEATHER = tuple(
    f"{town} will be cloudy in the morning with {a} degrees and a light wind from the {wind}. By noon the temperature "
    f"rises to {b} degrees. Rain of {c} millimetres is expected after {d} o'clock, and the night will be clear with "
    f"temperatures down to {e} degrees. The outlook for the coming days remains much the same."
    for town, a, wind, b, c, d, e in (("Odde", 7, "west", 12, 4, 3, 5), ("Halse", 9, "north", 14, 2, 6, 8))
)


def half(text: str) -> str:
    words = text.split()
    return " ".join(words[: len(words) // 2])


SAME = {
    "with a headline": (ARTICLE, f"{HEADLINE}\n\n{ARTICLE}"),
    "under two headlines": (f"{HEADLINE}\n\n{ARTICLE}", f"County council votes for new ships\nBy Ann Lee\n\n{ARTICLE}"),
    "a headline in the first line": (f"{HEADLINE.upper()} {ARTICLE}", f"Council votes: new ships {ARTICLE}"),
    "cut to half": (ARTICLE, half(ARTICLE)),
    "cut at the head": (ARTICLE, "\n\n".join(WIRE[1:])),
    "cut in the middle": (ARTICLE, f"{WIRE[0]}\n\n{WIRE[3]}"),
    "its lead alone": (ARTICLE, WIRE[0]),
    "with a footer": (ARTICLE, f"{ARTICLE}\n\n{FOOTER}"),
    "a brief with a footer": (BRIEFS[0], f"{BRIEFS[0]}\n\n{FOOTER}"),
    "with two footers": (f"{ARTICLE}\n\nSubscribe to the Fjord Wire today and get a tote bag.", f"{ARTICLE}\n\n{FOOTER}"),
    "in another order": (ARTICLE, "\n\n".join(reversed(WIRE))),
    "with a paragraph more": (ARTICLE, f"{WIRE[0]}\n\n{BRIEFS[0]}\n\n" + "\n\n".join(WIRE[1:])),
    "with two figures corrected": (ARTICLE, ARTICLE.replace("ninety", "eighty").replace("41 million", "43 million")),
    "with a word changed here and there": (ARTICLE, ARTICLE.replace("said", "stated").replace("will", "shall")),
    "a later edition": (ARTICLE, ARTICLE.replace(WIRE[3], BRIEFS[1])),
}  # fmt: skip
OTHER = {
    "briefs with a footer": (f"{BRIEFS[0]}\n\n{FOOTER}", f"{BRIEFS[1]}\n\n{FOOTER}"),
    "flashes with a footer": (f"Odde has a new mayor.\n\n{FOOTER}", f"The ferry to Halse is late again.\n\n{FOOTER}"),
    "briefs with two footers": tuple(f"{brief}\n\n{FOOTER} {half(FOOTER)}" for brief in BRIEFS),
    "briefs with a footer under headlines": (f"Salmon\n\n{BRIEFS[0]}\n\n{FOOTER}", f"Choir\n\n{BRIEFS[1]}\n\n{FOOTER}"),
    "briefs below a heading": tuple(f"Good morning from the quay, and here is the news.\n\n{brief}" for brief in BRIEFS),
    "articles with the same background": (f"{BRIEFS[0]} {BRIEFS[0]}\n\n{WIRE[3]}", f"{BRIEFS[1]}\n\n{WIRE[3]}"),
    "market reports": REPORTS,
    "match reports": MATCHES,
    "weather reports": WEATHER,
    "a digest that holds a brief": (BRIEFS[0], f"{ARTICLE}\n\n{BRIEFS[0]}\n\n{BRIEFS[1]}\n\n{FOOTER}"),
    "one that quotes the other": (WIRE[1], f"{BRIEFS[0]} {WIRE[1]} {FOOTER} {BRIEFS[1]} {WIRE[3]} {WIRE[2]}"),
    "others on the same matter": (WIRE[0], "The county's council has decided to buy two electric ferries, which are to "
        "sail to Halse. Each costs 41 million crowns. The ship of 1978 had lain still eleven times in the winter."),
    "short ones that are alike": ("Odde: no trains today.", "Odde: no trains on Sunday."),
}  # fmt: skip


@pytest.mark.parametrize(("a", "b"), SAME.values(), ids=SAME)
def test_copies(a: str, b: str) -> None:
    assert is_near_duplicate(shingled(a), shingled(b)) and is_near_duplicate(shingled(b), shingled(a))
    assert is_near_duplicate(sketch(a, KEY), sketch(b, KEY))


@pytest.mark.parametrize(("a", "b"), OTHER.values(), ids=OTHER)
def test_others(a: str, b: str) -> None:
    assert not is_near_duplicate(shingled(a), shingled(b)) and not is_near_duplicate(shingled(b), shingled(a))
    assert not is_near_duplicate(sketch(a, KEY), sketch(b, KEY))


@pytest.mark.parametrize("size", [5, 15, 60])
def test_long_copies_are_told_by_their_sketches(size: int) -> None:
    """Texts so long that a sketch holds only a part."""
    long = "\n\n".join(f"Part {i}. " + " ".join(f"{word}{i}" for word in ARTICLE.split()) for i in range(size))
    other = "\n\n".join(f"Part {i}. " + " ".join(f"{word}x{i}" for word in ARTICLE.split()) for i in range(size))
    assert is_near_duplicate(sketch(long, KEY), sketch(half(long), KEY))
    assert is_near_duplicate(sketch(long, KEY), sketch(f"{long}\n\n{FOOTER}", KEY))
    assert not is_near_duplicate(sketch(f"{long}\n\n{FOOTER}", KEY), sketch(f"{other}\n\n{FOOTER}", KEY))
    assert len(sketch(long, KEY).hashes) == copies.SKETCH_SIZE


@pytest.mark.parametrize(
    "other",
    [
        ARTICLE.upper(),
        ARTICLE.replace("\n\n", " "),
        "\r\n".join(ARTICLE.split(" ")),
        ARTICLE.replace("“", '"').replace("--", "–"),
        f"{HEADLINE}\n\n{ARTICLE}\n",
        f"{HEADLINE}\nBy Ann Lee\n\n  {ARTICLE}",
    ],
    ids=["capitals", "one line", "a word a line", "marks", "headline", "headline and byline"],
)
def test_exact_copies(other: str) -> None:
    assert exact_text_hashes(ARTICLE, KEY) & exact_text_hashes(other, KEY)


@pytest.mark.parametrize("other", [ARTICLE + " More.", ARTICLE.replace("two", "three"), *BRIEFS, ""])
def test_texts_with_other_words_are_no_exact_copies(other: str) -> None:
    assert not exact_text_hashes(ARTICLE, KEY) & exact_text_hashes(other, KEY)


def test_what_is_short_under_two_headlines_is_no_exact_copy() -> None:
    """For example "No comment." below different headlines."""
    assert not exact_text_hashes("Mayor on the ferry\n\nNo comment.", KEY) & exact_text_hashes(
        "Mayor on the school\n\nNo comment.", KEY
    )
    assert exact_text_hashes("", KEY) == frozenset()


def test_another_key_has_nothing_in_common() -> None:
    assert not exact_text_hashes(ARTICLE, KEY) & exact_text_hashes(ARTICLE, b"another")
    assert not is_near_duplicate(sketch(ARTICLE, KEY), sketch(ARTICLE, b"another"))


@settings(deadline=None)
@given(st.text(max_size=400))
def test_a_sketch_is_kept_as_a_word(text: str) -> None:
    made = sketch(text, KEY)
    line = packed(made)
    assert line.isascii() and not set(line) & set(' ,"\n')
    again = unpacked(line)
    assert packed(again) == line
    assert is_near_duplicate(made, again) == bool(len(made.hashes))


@pytest.mark.parametrize("line", ["", "2:AAAA", "1:", "1:AAAA", packed(sketch(ARTICLE, KEY))[:-8], "1:!", "x" * 20])
def test_a_damaged_sketch_is_an_error(line: str) -> None:
    with pytest.raises(ValueError):
        unpacked(line)


@pytest.mark.parametrize("piece", ["a ", " ", "\n", "A b\n", ". ", "“", "é\u0301", "1"])
def test_odd_texts_are_sketched(piece: str) -> None:
    """Repeat one piece: the sketch is bounded in size, and a text with words is a copy of itself."""
    made = sketch(piece * 20_000, KEY)
    assert len(made.hashes) <= copies.SKETCH_SIZE
    assert is_near_duplicate(made, made) == bool(made.words)
