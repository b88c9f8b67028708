"""Bounds and conflicts after any history of the corpus equal those of a rebuild from scratch."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.article import Article
from pipeline.contract import BY_NAME, INDEX_TABLES_BY_STAGE, STORED
from pipeline.contract.schema import frame
from tests.support import factory
from tests.support.property_tests import WITHOUT_SHRINKING
from warehouse.corpus import cross_article_bounds, date_bounds
from warehouse.ledger import CorpusPending
from warehouse.migration import ddl

TABLES = (BY_NAME["date_bounds"], BY_NAME["date_conflicts"], *INDEX_TABLES_BY_STAGE["date_bounds"])
INPUTS = (
    "documents",
    "sentences",
    "parses",
    "quotes",
    "utterances",
    "duplicates",
    "resolutions",
    "dates",
    "said_days",
    "events",
)
SUNDAY, MONDAY = date(2020, 10, 18), date(2020, 10, 26)
# Earliest and latest day of publication.
PUBLISHED = [(None, None), (SUNDAY, None), (date(2020, 10, 1), date(2020, 12, 31)), (MONDAY, MONDAY)]
# Days of an expression that dates an event or a saying; None if it stays open.
DAYS = [None, SUNDAY, date(2020, 10, 25), MONDAY]

# The publication; whether it is a copy; of each event its day, entity, noun and direction; of each quotation its
# statement and its stated day.
type Told = tuple[int, bool, list[tuple[int, int, bool, bool]], list[tuple[int, int]]]
TOLD = st.tuples(
    st.integers(0, 3),
    st.booleans(),
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 1), st.booleans(), st.booleans()), max_size=2),
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3)), max_size=2),
)
ARTICLES = st.dictionaries(st.integers(0, 7), TOLD, max_size=6)
TURN = st.tuples(ARTICLES, st.sets(st.integers(0, 7), max_size=2), st.tuples(st.integers(0, 2), st.integers(0, 2)))


def read_again(article: Article, known: Sequence[date] = ()) -> dict[str, list[dict[str, Any]]]:
    """Give every open expression the days of the publication; date no further quotation."""
    (document,) = article["documents"]
    first, last = document["published_earliest"], document["published_latest"]
    ids = [f"{document['document_id']}:d{n}" for n in range(4)]
    days = {"earliest": first, "latest": last, "value": first.isoformat(), "problem": None}
    return {"dates": [{"date_id": name, **days} for name in ids], "said_days": []}


def rows_of(name: str, told: Told) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of one article."""
    published, copied, events, quotes = told
    first, last = PUBLISHED[published]
    facts = {"document_id": name, "published_earliest": first, "published_latest": last, "text": name}
    out: dict[str, list[dict[str, Any]]] = {table: [] for table in INPUTS}
    out["documents"].append(facts | {"published_basis": "stated" if published == 3 else "inferred"})
    if copied and name != "d0":
        out["duplicates"].append({"document_id": name, "duplicate_of": "d0"})
    for n, (day, entity, theme, past) in enumerate(events):
        date_id, days = f"{name}:d{n}", {"earliest": DAYS[day], "latest": DAYS[day]}
        out["dates"].append({"date_id": date_id, "basis": "absolute", "problem": None, "type": "DATE", **days})
        out["events"].append(
            {"date_id": date_id, "event": "end", "themes": ["embargo"] if theme else [], "nouns": ["embargo"]}
            | {"chains": [n], "beside": [], "direction": -2 if past else 2, "weekday": 6}
        )
        out["resolutions"].append({"chain": n, "form": "", "blocks": [], "entity_id": f"e{entity}"})
    for n, (statement, day) in enumerate(quotes):
        quote_id = f"{name}q{n}"
        words = f"{'one two three four five six seven eight'} {statement}"
        out["quotes"].append({"quote_id": quote_id, "kind": "direct", "class": "statement", "text": words})
        out["utterances"].append({"quote_id": quote_id, "statement_id": f"s{statement}"})
        if DAYS[day] is not None:
            out["dates"].append(
                {"date_id": f"{name}:d{n + 2}", "quote_id": quote_id, "relation": "when_said", "basis": "absolute"}
                | {"earliest": DAYS[day], "latest": DAYS[day], "problem": None, "type": "DATE"}
            )
            out["said_days"].append(
                {"quote_id": quote_id, "date_id": f"{name}:d{n + 2}", "basis": "stated", "confidence": 0.95}
                | {"earliest": DAYS[day], "latest": DAYS[day]}
            )
    for table, rows in out.items():
        for n, row in enumerate(rows):
            row |= {"document_id": name, "start": 10 * n, "end": 10 * n + 5} if table != "documents" else {}
    return out


class Kept:
    """A store whose bounds are kept up to date."""

    def __init__(self, folder: str) -> None:
        self.connection = duckdb.connect()
        self.connection.execute("CREATE SCHEMA stored")
        for table in (*STORED, *INDEX_TABLES_BY_STAGE["date_bounds"]):
            # Only the columns that are read here are filled.
            columns = ddl(table).replace(" NOT NULL", "").partition(", PRIMARY KEY")[0].rstrip(")")
            self.connection.execute(f"{columns})")
        self.store: Any = factory.store_of(self.connection, folder)

    def put(self, articles: dict[str, Told], *, removed: tuple[str, ...] = (), whole: bool = False) -> None:
        """Add or change these articles, remove those."""
        for table in INPUTS:
            where = "document_id IN (SELECT unnest(?))"
            self.connection.execute(f"DELETE FROM stored.{table} WHERE {where}", [[*articles, *removed]])  # noqa: S608
        for name, told in articles.items():
            for table, rows in rows_of(name, told).items():
                known = [dict.fromkeys(c.name for c in BY_NAME[table].stored) | row for row in rows]
                self.connection.register("coming", frame(BY_NAME[table].stored, known).to_arrow())
                self.connection.execute(f"INSERT INTO stored.{table} BY NAME FROM coming")
        self.patch(tuple(articles), removed, whole=whole)

    def regroup(self, come: int, now: int) -> None:
        """Change one statement and one entity, without a change of any article."""
        for table, column, letter in (("utterances", "statement_id", "s"), ("resolutions", "entity_id", "e")):
            sql = f"UPDATE stored.{table} SET {column} = ? WHERE {column} = ?"  # noqa: S608
            self.connection.execute(sql, [f"{letter}{now}", f"{letter}{come}"])
        self.patch((), ())

    def patch(self, due: tuple[str, ...], gone: tuple[str, ...], *, whole: bool = False) -> None:
        with date_bounds.deltas(self.store, CorpusPending("", dict.fromkeys(due, ""), gone, whole)) as made:
            factory.apply(self.connection, made)

    def rebuilt(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return the rows of all tables, made from scratch of the same inputs."""
        self.patch((), (), whole=True)
        return self.rows()

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return all rows of all tables, sorted."""
        return {t.name: self.connection.execute(f"FROM stored.{t.name} ORDER BY ALL").fetchall() for t in TABLES}


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cross_article_bounds, "ARTICLES", 2)
    monkeypatch.setattr(cross_article_bounds, "read_dates", read_again)


@pytest.mark.slow
@settings(max_examples=10, phases=WITHOUT_SHRINKING)
@given(ARTICLES, st.lists(TURN, min_size=1, max_size=3))
def test_any_history_gives_what_a_rebuild_gives(first: dict[int, Told], turns: list[Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        kept = Kept(folder)
        kept.put({f"d{n}": told for n, told in first.items()}, whole=True)
        names = {f"d{n}" for n in first}
        for come, leave, (one, other) in turns:
            gone = tuple(sorted({f"d{n}" for n in leave - come.keys()} & names))
            kept.put({f"d{n}": told for n, told in come.items()}, removed=gone)
            kept.regroup(one, other)
            names = (names - {*gone}) | {f"d{n}" for n in come}
            found = kept.rows()
            assert found == kept.rebuilt()


def test_the_order_of_articles_does_not_show(tmp_path: Path) -> None:
    told: dict[str, Told] = {
        "d0": (0, False, [(1, 0, True, True)], [(0, 1)]),
        "d1": (0, False, [(0, 0, False, True)], [(0, 0)]),
        "d2": (1, True, [(2, 0, True, False)], [(0, 3)]),
        "d3": (3, False, [(3, 0, True, True), (0, 0, True, True)], []),
    }
    found = []
    for order in (list(told), list(reversed(told))):
        kept = Kept(str(tmp_path))
        kept.put({order[0]: told[order[0]]}, whole=True)
        for name in order[1:]:
            kept.put({name: told[name]})
        found.append(kept.rows())
    assert found[0] == found[1]
    assert found[0]["date_bounds"] and found[0]["date_conflicts"]


def test_one_new_article_concerns_those_that_share_a_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The number of other articles does not matter."""
    kept = Kept(str(tmp_path))
    many: dict[str, Told] = {f"d{n:02}": (0, False, [(1, 0, True, True)], []) for n in range(20)}
    kept.put(many | {"one": (0, False, [], [(1, 1)])}, whole=True)
    worked: list[str] = []
    bounds = cross_article_bounds.bounds
    monkeypatch.setattr(cross_article_bounds, "bounds", lambda c, names: worked.extend(names) or bounds(c, names))
    kept.put({"new": (0, False, [], [(1, 0)])})
    assert sorted(worked) == ["new", "one"]
