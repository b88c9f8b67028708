"""Odd texts, made from the project's sample, `benchmarks.articles` and the tables here."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from random import Random

from assets.settings import SAMPLE
from benchmarks.articles import articles

# Sentences with amounts, years and ages that are larger, smaller or odder than in news.
AMOUNTS = (
    "0",
    "-1",
    "1",
    "13",
    "99",
    "1,500",
    "4,600 million",
    "1.5 billion",
    "999,999,999,999",
    "1e9",
    "0.00000001",
    "½",
    "٣",
)
UNITS = (
    "second",
    "minute",
    "hour",
    "day",
    "week",
    "weekend",
    "month",
    "quarter",
    "year",
    "decade",
    "century",
    "millennium",
)
YEARS = (
    "0",
    "7",
    "44 BC",
    "AD 79",
    "476",
    "999",
    "1066",
    "1582",
    "1900",
    "2000",
    "2999",
    "9999",
    "10000",
    "12021",
    "2021/22",
)
TIMES = (
    "It was {amount} {unit}s ago, the geologist said on Monday.",
    "The {amount}-{unit}-old mayor, aged {amount}, said it would take {amount} more {unit}s.",
    "“In {year} it was {amount} {unit}s,” she said. “By {year} it will be {amount}.”",
    "Between {year} and {year}, and from February 30, {year} to 31/31/{year}, nothing was built.",
    "In the {amount}th {unit} of {year}, at 25:61 on {year}-00-99, the court sat for {amount} {unit}s.",
    "The {year}s, the {amount}0s and Q{amount} of {year} were hard, said Ana Brandt, {amount}.",
)
# Words of other scripts; direction marks, width marks, invisible characters.
SCRIPTS = (
    "Министр сказал",
    "大臣は述べた",
    "وقال الوزير",
    "שר אמר",
    "รัฐมนตรี",
    "장관은",
    "मंत्री ने",
    "Ο υπουργός",
    "ﷺ ﬁﬂ ǆ İı ſ",
    "👩‍👩‍👧‍👦🏳️‍🌈",
    "𝒯𝒽ℯ",
    "z\u0351\u036b\u0327l",
)
HIDDEN = "\u202e\u202c\u2066\u2069\u200b\u200d\u2060\ufeff\u00ad\ufe0f\u180e"
CONTROLS = "\0\x01\x07\x08\x0b\x0c\x1b\x1c\x7f\x85\u2028\u2029\ufffd\ufffe\U0010ffff\ue000"
MARKS = ("“", "”", '"', "'", "’", "«", "»", "„", "`", "(", "[", "—", "…", ".", "!", "?", "“”", '("', "“'")
REPEATED = (
    "https://a.example/b?c=d&e=f ",
    "Creative Commons ",
    "said Ana Brandt said ",
    "A. B. ",
    "U.S.",
    "Jr. ",
    "on Monday ",
    "1,000 ",
    "&amp;",
    "â€œ",
    "<b>",
    "e\u0301",
)
BREAKS = ("\n", "\r\n", "\r", "\n\n\n", "\t", "\u2028", " " * 300)


def sources() -> list[str]:
    """Return the project's sample and some generated articles."""
    sample = [path.read_text(encoding="utf-8") for path in sorted(SAMPLE.glob("*.txt"))]
    return sample + list(islice(articles(length=0.5), 60))


def mutated(r: Random, text: str) -> str:
    """Return a text with pieces cut out, repeated or moved, and odd characters and breaks inserted."""
    for _ in range(r.randint(0, 6)):
        start = r.randrange(len(text) + 1)
        end = min(len(text), start + r.randint(0, 200))
        piece = text[start:end]
        odd = r.choice((r.choice(MARKS), r.choice(SCRIPTS), r.choice(HIDDEN), r.choice(BREAKS), r.choice(REPEATED)))
        text = (
            text[:start] + r.choice(("", piece * 2, piece.upper(), piece[::-1], odd + piece, piece + odd)) + text[end:]
        )
    return text


def quantities(r: Random) -> str:
    """Return sentences about amounts of time."""
    return " ".join(
        r.choice(TIMES).format(amount=r.choice(AMOUNTS), unit=r.choice(UNITS), year=r.choice(YEARS)) for _ in range(12)
    )


def sprinkled(r: Random, text: str, odd: Sequence[str], count: int) -> str:
    """Return the text with pieces inserted at random."""
    places = sorted(r.randrange(len(text) + 1) for _ in range(count))
    return "".join(
        text[start:end] + r.choice(odd) for start, end in zip([0, *places], [*places, len(text)], strict=True)
    )
