"""Speakers and statements, against marks by reading: `python -m benchmarks audit`.

Needs the annotated articles (ONRECORD_GOLD). A mark is compared with the current code's quotation that overlaps it
(`articles.MIN_SPAN_OVERLAP`). A row's resolved name is right if its chain has a mention on the marked name, or if the
words of the chain's longest name and the marked name are equal or one set contains the other ("Moe", "Ann Moe";
casefolded).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.audit.articles import Built, Span, built, table
from benchmarks.figures import Figure
from benchmarks.scores import share
from pipeline.article import Row

FILE = Path(__file__).with_name("speakers.tsv")
BANDS = (("0.9 and more", 0.9, 1.01), ("0.6 to 0.9", 0.6, 0.9), ("below 0.6", 0.0, 0.6))
# The draws of direct and mixed quotations (speakers.tsv): the later ones were marked by other readers.
DRAWS = ((("all",), "first draw"), (("more", "third"), "later draws"))
# From this confidence on, a quotation counts in `statements`.
SURE = 0.6
WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Mark:
    """A line of speakers.tsv, whose head explains the columns. Spans are in the raw text."""

    article: str
    span: Span
    indirect: bool
    drawn: str
    statement: str
    speaker: str
    name: Span | None

    @property
    def named(self) -> bool:
        """Whether the article names the speaker."""
        return self.statement == "yes" and self.speaker in ("person", "body")


@dataclass(frozen=True, slots=True)
class Compared:
    """A mark compared with the row found.

    row     the row of `quotes`; None if no quotation is found there
    result  the name that the row resolves to: right, wrong or null
    """

    mark: Mark
    row: Row | None
    result: str


def read(file: Path = FILE) -> list[Mark]:
    """Return the marks of a table."""
    return [
        Mark(
            line["article"],
            (int(line["start"]), int(line["end"])),
            line["kind"] == "indirect",
            line["drawn"],
            line["statement"],
            line["speaker"],
            (int(line["name_start"]), int(line["name_end"])) if line["name_start"] else None,
        )
        for line in table(file)
    ]


def same_name(one: str, other: str) -> bool:
    """Return whether the words of one name are all in the other."""
    a, b = (frozenset(word.casefold() for word in WORD.findall(name)) for name in (one, other))
    return bool(a and b) and (a <= b or b <= a)


def compared(mark: Mark, article: Built) -> Compared:
    """Compare a mark with the rows of its article. If no name is marked, any name is wrong and none is null."""
    row = article.at(mark.span)
    chain = None if row is None else row["speaker_chain"]
    names = next((one["names"] for one in article.rows["chains"] if one["chain"] == chain), ())
    if not names:
        return Compared(mark, row, "null")
    if mark.name is None:
        return Compared(mark, row, "wrong")
    raw: str = article.rows["raws"][0]["text"]
    marked = raw[slice(*mark.name)]
    spans = (article.offsets.to_raw(m["start"], m["end"]) for m in article.rows["mentions"] if m["chain"] == chain)
    on_it = any(start < mark.name[1] and mark.name[0] < end for start, end in spans)
    return Compared(mark, row, "right" if on_it or same_name(marked, max(names, key=len)) else "wrong")


def compare(marks: Sequence[Mark], articles: Mapping[str, Built]) -> list[Compared]:
    """Compare all marks with their articles."""
    return [compared(mark, articles[mark.article]) for mark in marks]


def unmarked(found: Iterable[Compared], articles: Mapping[str, Built]) -> int:
    """Count the quotations of the marked articles without a mark: first parts only."""
    marked = {one.row["quote_id"] for one in found if one.row is not None}
    rows = (row for article in articles.values() for _, row in article.quotes)
    return sum(row["part_of"] is None and row["quote_id"] not in marked for row in rows)


def figures(marks: Sequence[Mark], articles: Mapping[str, Built]) -> list[Figure]:
    """Return all figures of the marks: names of direct and mixed quotations, then indirect statements."""
    found = compare(marks, articles)
    quoted = [one for one in found if not one.mark.indirect and one.row is not None]
    told = [one for one in quoted if one.mark.named]
    out = _names("named speaker", told)
    for draw, about in DRAWS:
        out += _names(f"named speaker, {about}", [one for one in told if one.mark.drawn in draw])
    for band, low, high in BANDS:
        out += _names(f"confidence {band}", [one for one in told if one.row and low <= one.row["confidence"] < high])
    for basis in sorted({one.row["speaker_basis"] for one in told if one.row}):
        out += _names(f"speaker by {basis}", [one for one in told if one.row and one.row["speaker_basis"] == basis])
    for kind in ("person", "body"):
        out += _names(f"said by a {kind}", [one for one in told if one.mark.speaker == kind])
    nameless = [one for one in quoted if one.mark.speaker == "unnamed"]
    out.append(Figure(f"speaker unnamed ({len(nameless)}): led to a name", _count(nameless)["wrong"], "rows"))
    said = [one for one in quoted if one.mark.statement != "unsure"]
    out.append(_statements("direct and mixed", said))
    reported = [one for one in found if one.mark.indirect and one.row]
    indirect = [one for one in reported if one.mark.statement != "unsure"]
    sure = [one for one in indirect if one.row and one.row["class"] == "statement" and one.row["confidence"] >= SURE]
    out.append(_statements(f"indirect, class statement, {SURE} and more", sure))
    out.append(_statements("indirect, all", [one for one in indirect if one.mark.drawn == "all"]))
    out.append(Figure("indirect, unsure and left out", len(reported) - len(indirect), "rows"))
    out += _names("indirect statement, named speaker", [one for one in indirect if one.mark.named])
    lost = [one for one in found if one.row is None and one.mark.statement == "yes"]
    out.append(Figure("marks that are said and not found", len(lost), "rows"))
    return [*out, Figure("quotations of these articles without a mark", unmarked(found, articles), "rows")]


def measured() -> list[Figure]:
    """Measure all marks with the current code. Raises FileNotFoundError if there is no gold."""
    marks = read()
    return figures(marks, built({mark.article for mark in marks}))


def _count(rows: Iterable[Compared]) -> Counter[str]:
    return Counter(one.result for one in rows)


def _names(what: str, rows: Sequence[Compared]) -> list[Figure]:
    """Return the shares of rows resolved to the right name, a wrong one, none; and of the resolved the share right."""
    counts = _count(rows)
    if not rows:
        return []
    head = f"{what} ({len(rows)})"
    shares = [
        Figure(f"{head}: {result}", share(counts[result], len(rows)), "%") for result in ("right", "wrong", "null")
    ]
    given = counts["right"] + counts["wrong"]
    return [*shares, Figure(f"{what} ({given} led to a name): right", share(counts["right"], given), "%")]


def _statements(what: str, rows: Sequence[Compared]) -> Figure:
    kept = sum(one.mark.statement == "yes" for one in rows)
    return Figure(f"{what} ({len(rows)}): a statement", share(kept, len(rows)), "%")
