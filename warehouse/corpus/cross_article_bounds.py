"""Compute the bounds of articles from what others that share a key with them say by themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import batched
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipeline import date_bounds
from pipeline.article import Article, Rows
from pipeline.contract import BY_NAME
from pipeline.contract.schema import frame
from pipeline.date_bounds import DayBound, Evidence, Interval, PartialDate, named
from pipeline.dates.article import of_article
from warehouse.published_views import SAID_DAY_COLUMNS_SQL, SAID_DAY_JOINS_SQL, said_joins
from warehouse.shard_tasks import ShardWriter, source
from warehouse.sql import query
from warehouse.store import rows

type Row = dict[str, Any]

# Articles per batch.
ARTICLES = 500

# Publications that evidence of other articles may narrow.
_OPEN = ("inferred", "unknown")
# Values of `said_basis` whose day the article gives for the utterance itself.
_DATED = ("stated", "carried")
_READ = ("documents", "sentences", "parses", "mentions", "quotes")
_DOCUMENTS = """
SELECT document_id, published_earliest, published_latest, published_basis FROM stored.documents
JOIN wanted USING (document_id) ORDER BY document_id
"""
_HEARD = "SELECT heard.* FROM heard JOIN wanted USING (document_id) ORDER BY ALL"
_HAPPENED = "SELECT happened.* FROM happened JOIN wanted USING (document_id) ORDER BY ALL"
_SAID_ON = "SELECT said_on.* FROM said_on JOIN wanted USING (document_id) ORDER BY ALL"
# Quotations of some articles, as their article dates them.
_QUOTES = """
SELECT row.document_id, row.quote_id, {said}
FROM stored.quotes AS row {joins} WHERE row.document_id IN (FROM wanted) ORDER BY row.quote_id
"""
_DOCUMENTS_AGAIN = """(
    SELECT d.* REPLACE (coalesce(n.earliest, d.published_earliest) AS published_earliest,
        coalesce(n.latest, d.published_latest) AS published_latest)
    FROM stored.documents AS d JOIN wanted USING (document_id) LEFT JOIN narrowed_days AS n ON n.id = d.document_id
)"""
# Days of saying from the narrowed expressions, and those that become known only when expressions are read again.
_SAID_AGAIN = """(
    SELECT s.* REPLACE (coalesce(n.earliest, s.earliest) AS earliest, coalesce(n.latest, s.latest) AS latest)
    FROM (
        FROM stored.said_days SEMI JOIN wanted USING (document_id)
        UNION ALL BY NAME FROM said_read_again ANTI JOIN stored.said_days USING (quote_id)
    ) AS s LEFT JOIN narrowed_days AS n ON n.id = s.date_id
)"""


@dataclass(slots=True)
class _ArticleDays:
    """The result for one article: its publication with the bounds that narrow it, its expressions with their days, days
    of a year that it names without the year, and rows of `said_days` if it was read again."""

    published: Interval
    lower: DayBound | None = None
    upper: DayBound | None = None
    days: dict[str, tuple[Interval, str | None, Evidence]] = field(default_factory=dict)
    named: dict[date, Evidence] = field(default_factory=dict)
    said: list[Row] = field(default_factory=list)

    @property
    def is_closed(self) -> bool:
        """Whether the publication has an earliest and a latest day."""
        return self.published.earliest is not None and self.published.latest is not None

    @property
    def why(self) -> Evidence | None:
        """The evidence for what follows from the publication."""
        bound = self.lower or self.upper
        if bound is None:
            return None
        return Evidence("publication", bound.evidence.document_id, bound.evidence.start, bound.evidence.end)


def read_bounds(connection: duckdb.DuckDBPyConnection, write: ShardWriter, evidence: Mapping[str, Path]) -> None:
    """Write the bounds of a part's articles. `evidence`: files with the rows of `concerned`, `heard`, `happened` and
    `said_on` (warehouse.corpus.shared_items) of all parts, ordered by article."""
    for name, path in evidence.items():
        sql = f"FROM {source([path])} WHERE {write.mine} ORDER BY ALL"
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {sql}")
    documents = connection.execute("SELECT document_id FROM concerned ORDER BY document_id").fetchall()
    for number, part in enumerate(batched((str(name) for (name,) in documents), ARTICLES)):
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE wanted AS SELECT unnest($documents)::VARCHAR AS document_id",
            {"documents": list(part)},
        )
        write.rows("bounds", bounds(connection, part), number)


def bounds(connection: duckdb.DuckDBPyConnection, documents: Sequence[str]) -> pl.DataFrame:
    """Return rows of `date_bounds` of these articles, which are in the temporary table `wanted`. What they share with
    others is in `heard`, `happened` and `said_on`."""
    shared_utterances = _grouped(query(connection, _HEARD), "document_id")
    dated = [*query(connection, _HAPPENED).iter_rows(named=True), *query(connection, _SAID_ON).iter_rows(named=True)]
    happened = _by(dated, "document_id")
    found: dict[str, _ArticleDays] = {}
    for row in query(connection, _DOCUMENTS).iter_rows(named=True):
        name = row["document_id"]
        known = Interval(row["published_earliest"], row["published_latest"])
        found[name] = _published(known, row["published_basis"], shared_utterances.get(name, ()), happened.get(name, ()))
    _recompute_expressions(connection, found)
    out = [row for name, one in found.items() for row in _own_rows(name, one)]
    out += _said_rows(connection, found, _grouped(query(connection, _HEARD), "quote_id"))
    return frame(BY_NAME["date_bounds"].stored, out)


def _published(known: Interval, basis: str, shared_utterances: Iterable[Row], happened: Iterable[Row]) -> _ArticleDays:
    """Return the publication of an article as others narrow it, and the events that they date for it."""
    found: list[DayBound] = []
    one = _ArticleDays(known)
    for date_id, same in _by(happened, "date_id").items():
        first = same[0]
        words = _named(first)
        if words is None or (first["spoken"] and words.is_near):
            continue
        dated = [
            (row["earliest"], Evidence(row["kind"], row["other_document"], row["start"], row["end"])) for row in same
        ]
        own = Interval(first["own_earliest"], first["own_latest"])
        anchor = date_bounds.infer_event_day(words, known, dated)
        if anchor is None and own.earliest is None:
            anchor = date_bounds.day_in_reported_year(words, known, dated)
        if anchor is None:
            continue
        day, evidence = anchor
        found += date_bounds.publication_bounds(words, day, evidence)
        if words.is_day and first["own_basis"] != "corrected" and own.day is None and own.has(day):
            one.days[date_id] = Interval(day, day), day.isoformat(), evidence
            if words.day is not None and own.earliest is None:
                one.named[day] = evidence
    for row in shared_utterances:
        if row["said_basis"] in _DATED:
            evidence = Evidence(row["kind"], row["other_document"], row["start"], row["end"])
            found.append(DayBound(True, row["said_earliest"], evidence))
    if basis in _OPEN:
        one.published, one.lower, one.upper = date_bounds.narrowed(known, found)
    return one


def _named(row: Row) -> PartialDate | None:
    """Parse the words of an expression; the rows of its event take precedence."""
    words = named(row["text"], row["direction"])
    if "year" not in row:
        return words
    parts = (row["year"], row["month"], row["month_day"], row["weekday"], row["direction"])
    return PartialDate(*parts) if words is None else PartialDate(*parts, words.unit, words.amount)


def _recompute_expressions(connection: duckdb.DuckDBPyConnection, found: Mapping[str, _ArticleDays]) -> None:
    """Read the expressions of some articles again, and keep the days that became closer. These are articles whose
    publication is now narrowed on both sides, or whose days without a year now have one."""
    again = [name for name, one in found.items() if one.named or (one.why is not None and one.is_closed)]
    tables = {name: rows(connection, BY_NAME[name], again) for name in (*_READ, "dates")} if again else {}
    for name in again:
        one = found[name]
        article = Article({table: tables[table][name] for table in _READ})
        (document,) = article["documents"]
        document |= {"published_earliest": one.published.earliest, "published_latest": one.published.latest}
        had = {row["date_id"]: row for row in tables["dates"][name]}
        made = read_dates(article, tuple(one.named))
        for row in made["dates"]:
            was = had.get(row["date_id"])
            if was is None or row["date_id"] in one.days or row["problem"] is not None:
                continue
            now, own = Interval(row["earliest"], row["latest"]), Interval(was["earliest"], was["latest"])
            why = (one.why if one.is_closed else None) or (None if now.day is None else one.named.get(now.day))
            if why is not None and was["basis"] != "corrected" and was["problem"] is None and _is_closer(now, own):
                one.days[row["date_id"]] = now, row["value"], why
        one.said = [row for row in made["said_days"] if row["date_id"] in one.days]


def read_dates(article: Article, known: Sequence[date] = ()) -> Rows:
    """Return an article's rows of `dates` and `said_days` from its other rows. `known`: days it may name without
    year."""
    return of_article(article, (), known)


def _is_closer(now: Interval, own: Interval) -> bool:
    """Whether an interval is inside another one and smaller."""
    if now.earliest is None or now.latest is None:
        return False
    return now != own and own.has(now.earliest) and own.has(now.latest)


def _own_rows(name: str, one: _ArticleDays) -> Iterator[Row]:
    """Yield the rows of an article's publication and expressions."""
    if one.lower is not None:
        yield _row(name, "publication", name, "earliest", one.lower.day, None, one.lower.evidence)
    if one.upper is not None:
        yield _row(name, "publication", name, "latest", one.upper.day, None, one.upper.evidence)
    for date_id, (days, value, evidence) in one.days.items():
        yield from _both(name, "date", date_id, days, value, evidence)


def _said_rows(
    connection: duckdb.DuckDBPyConnection,
    found: Mapping[str, _ArticleDays],
    shared_utterances: Mapping[str, Sequence[Row]],
) -> Iterator[Row]:
    """Yield the rows of when the quotations of some articles were said."""
    days = [(name, one.published.earliest, one.published.latest) for name, one in found.items() if one.why is not None]
    evidence = {date_id: why for one in found.values() for date_id, (_, _, why) in one.days.items()}
    days += [(date_id, d.earliest, d.latest) for one in found.values() for date_id, (d, _, _) in one.days.items()]
    schema = {"id": pl.String, "earliest": pl.Date, "latest": pl.Date}
    connection.register("narrowed_days", pl.DataFrame(days, schema, orient="row").to_arrow())
    said = frame(BY_NAME["said_days"].stored, [row for one in found.values() for row in one.said])
    connection.register("said_read_again", said.to_arrow())
    before = query(connection, _QUOTES.format(said=SAID_DAY_COLUMNS_SQL, joins=SAID_DAY_JOINS_SQL))
    after = query(
        connection, _QUOTES.format(said=SAID_DAY_COLUMNS_SQL, joins=said_joins(_DOCUMENTS_AGAIN, _SAID_AGAIN))
    )
    connection.unregister("narrowed_days")
    connection.unregister("said_read_again")
    for was, now in zip(before.iter_rows(named=True), after.iter_rows(named=True), strict=True):
        one = found[now["document_id"]]
        why = evidence.get(now["said_date_id"]) or one.why
        alone = Interval(was["said_earliest"], was["said_latest"])
        again = Interval(now["said_earliest"], now["said_latest"])
        known, lower, upper = date_bounds.narrowed(
            again, _shared_utterance_bounds(shared_utterances.get(now["quote_id"], ()))
        )
        for side, day, had, bound in (
            ("earliest", known.earliest, alone.earliest, lower),
            ("latest", known.latest, alone.latest, upper),
        ):
            because = bound.evidence if bound is not None else why
            if day is not None and day != had and because is not None:
                yield _row(now["document_id"], "said", now["quote_id"], side, day, None, because)


def _shared_utterance_bounds(shared_utterances: Iterable[Row]) -> Iterator[DayBound]:
    """Yield the bounds that articles reporting the same utterance give for its day."""
    for row in shared_utterances:
        evidence = Evidence(row["kind"], row["other_document"], row["start"], row["end"])
        if row["said_basis"] in _DATED:
            yield DayBound(True, row["said_earliest"], evidence)
            yield DayBound(False, row["said_latest"], evidence)
        elif row["published_latest"] is not None:
            yield DayBound(False, row["published_latest"], evidence)


def _both(
    document: str, target: str, target_id: str, days: Interval, value: str | None, evidence: Evidence
) -> Iterator[Row]:
    for side, day in (("earliest", days.earliest), ("latest", days.latest)):
        assert day is not None
        yield _row(document, target, target_id, side, day, value, evidence)


def _row(
    document: str, target: str, target_id: str, side: str, day: date, value: str | None, evidence: Evidence
) -> Row:
    return {
        "document_id": document,
        "target": target,
        "target_id": target_id,
        "side": side,
        "day": day,
        "value": value,
        "evidence": evidence.kind,
        "evidence_document_id": evidence.document_id,
        "evidence_start": evidence.start,
        "evidence_end": evidence.end,
    }


def _grouped(found: pl.DataFrame, column: str) -> dict[str, list[Row]]:
    return _by(found.iter_rows(named=True), column)


def _by(found: Iterable[Row], column: str) -> dict[str, list[Row]]:
    out: defaultdict[str, list[Row]] = defaultdict(list)
    for row in found:
        out[row[column]].append(row)
    return dict(out)
