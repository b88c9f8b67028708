"""Days on which something was said, against marks by reading: `python -m benchmarks said`.

Needs the annotated articles (ONRECORD_GOLD). A mark is compared with the current code's quotation that overlaps it
(`articles.MIN_SPAN_OVERLAP`), and its days with stated or carried ones: days bounded only by the publication are null.
Days are right if they lie within the marked ones, or contain them and span no more than a month. If the article does
not give the days, any are wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from benchmarks.audit.articles import Built, Span, built, table
from benchmarks.figures import Figure
from benchmarks.scores import share
from pipeline.article import Row

FILE = Path(__file__).with_name("said_days.tsv")
TOLD, UNTOLD = ("sentence", "near"), ("publication", "not told")
MAX_DAYS = 31


@dataclass(frozen=True, slots=True)
class Mark:
    """A line of said_days.tsv, whose head explains the columns. The span is in the raw text."""

    article: str
    span: Span
    earliest: date | None
    latest: date | None
    told_by: str

    @property
    def is_given_in_article(self) -> bool:
        """Whether the article gives the days, other than by its publication."""
        return self.told_by in TOLD


@dataclass(frozen=True, slots=True)
class Compared:
    """A mark with its quotation's row of `said_days` (None if there is none) and the verdict: right, wrong or null."""

    mark: Mark
    row: Row | None
    result: str


def marks(file: Path = FILE) -> list[Mark]:
    """Return the marked quotations without those that are unsure or no utterances."""
    found = []
    for line in table(file):
        if line["told_by"] in (*TOLD, *UNTOLD):
            first, last = (date.fromisoformat(line[c]) if line[c] else None for c in ("earliest", "latest"))
            found.append(Mark(line["article"], (int(line["start"]), int(line["end"])), first, last, line["told_by"]))
    return found


def judged(mark: Mark, row: Row | None) -> str:
    """Return whether the days of a row of `said_days` are right or wrong; null if there is no row."""
    if row is None:
        return "null"
    if not mark.is_given_in_article or mark.earliest is None or mark.latest is None:
        return "wrong"
    first, last = row["earliest"], row["latest"]
    within = mark.earliest <= first <= last <= mark.latest
    around = first <= mark.earliest <= mark.latest <= last and (last - first).days < MAX_DAYS
    return "right" if within or around else "wrong"


def compare(given: Iterable[Mark], articles: Mapping[str, Built]) -> list[Compared]:
    """Compare each mark with the rows of its article."""
    out = []
    for mark in given:
        article = articles[mark.article]
        quote = article.at(mark.span)
        first = None if quote is None else quote["part_of"] or quote["quote_id"]
        row = next((each for each in article.rows["said_days"] if each["quote_id"] == first), None)
        out.append(Compared(mark, row, judged(mark, row)))
    return out


def figures(rows: Sequence[Compared]) -> list[Figure]:
    """Return the shares of marked quotations with right, wrong and no days."""
    told = [one for one in rows if one.mark.is_given_in_article]
    out = [
        Figure(f"said days, all ({len(rows)}): wrong", share(_count(rows)["wrong"], len(rows)), "%", most=3),
        *_shares("said days that the article tells", told, least=50),
        *_shares("of these by the sentence", [one for one in told if one.mark.told_by == "sentence"]),
        *_shares("of these by another sentence", [one for one in told if one.mark.told_by == "near"]),
        *_shares("said days that it does not tell", [one for one in rows if not one.mark.is_given_in_article]),
    ]
    for basis in ("stated", "carried", "story"):
        given = [one for one in rows if one.row is not None and one.row["basis"] == basis]
        out.append(Figure(f"{basis} ({len(given)}): right", share(_count(given)["right"], len(given)), "%"))
    return out


def measured() -> list[Figure]:
    """Measure on the marked articles. Raises FileNotFoundError if there is no gold."""
    given = marks()
    return figures(compare(given, built({mark.article for mark in given})))


def _count(rows: Iterable[Compared]) -> Counter[str]:
    return Counter(one.result for one in rows)


def _shares(what: str, rows: Sequence[Compared], least: float | None = None) -> list[Figure]:
    counts, head = _count(rows), f"{what} ({len(rows)})"
    return [
        Figure(f"{head}: right", share(counts["right"], len(rows)), "%", least=least),
        *(Figure(f"{head}: {result}", share(counts[result], len(rows)), "%") for result in ("wrong", "null")),
    ]
