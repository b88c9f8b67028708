"""Update only the statements that a change of some articles concerns. The result equals that of a full rebuild.

A statement follows from the pairs of similar utterances that connect its utterances, and from their order. So compare
the marks of changed articles before and after, make new pairs for utterances whose neighbours have changed, and make
the statements connected with any of them again (tests/integration/test_statements.py).
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date
from itertools import chain
from typing import Any

import duckdb
import polars as pl

from pipeline import statements
from pipeline.contract import BY_NAME, LIKENESSES, QUOTE_MARKS, RESOLVED_AGAIN
from pipeline.contract.schema import frame, polars_schema
from pipeline.statements import Utterance
from pipeline.statements.wording_similarity import NEIGHBOURS, marks
from warehouse.ledger import TableDelta
from warehouse.sql import query, set_memory_limit
from warehouse.temp_database import MEMORY

type Opened = Callable[[], AbstractContextManager[duckdb.DuckDBPyConnection]]
type Pair = tuple[str, str]

# The quotations of the articles `wanted`, with their speakers and days.
QUOTES = """
SELECT q.quote_id, q.document_id, q.start, q.kind, q.part_of, q.text, r.entity_id AS speaker_entity_id,
    d.published_earliest, d.published_latest
FROM stored.quotes AS q JOIN wanted USING (document_id) LEFT JOIN stored.documents AS d USING (document_id)
LEFT JOIN stored.resolutions AS r ON r.document_id = q.document_id AND r.chain = q.speaker_chain
"""
# The postings of the marks `wanted`, before (was) and after (now) the change. An utterance of a changed article counts
# as another one although its quotation has the same id: its key ends in "+".
_POSTED = """
CREATE OR REPLACE TEMP TABLE posted AS
SELECT mark, day, quote_id AS key, true AS was, document_id NOT IN (SELECT document_id FROM changed) AS now
FROM stored.quote_marks SEMI JOIN wanted USING (mark)
UNION ALL SELECT mark, day, quote_id || '+', false, true FROM fresh SEMI JOIN wanted USING (mark)
"""
# Pairs each utterance with the first one that has the same mark, and with the NEIGHBOURS right before it.
_NEIGHBOURS = f"""
SELECT mark, key AS later, unnest([
    first_value(key) OVER bucket, {", ".join(f"lag(key, {back}) OVER bucket" for back in range(1, NEIGHBOURS + 1))}
]) AS earlier
FROM posted WHERE {{}} WINDOW bucket AS (PARTITION BY mark ORDER BY day, key)
"""  # noqa: S608
_BEFORE, _AFTER = (_NEIGHBOURS.format(flag) for flag in ("was", "now"))
_MOVED = f"""
SELECT DISTINCT later FROM (
    SELECT * FROM (({_BEFORE}) EXCEPT ({_AFTER})) UNION ALL SELECT * FROM (({_AFTER}) EXCEPT ({_BEFORE}))
) WHERE later IN (SELECT key FROM posted WHERE now)
"""  # noqa: S608
_PAIRS = f"""
SELECT DISTINCT rtrim(earlier, '+') AS earlier, rtrim(later, '+') AS later FROM ({_AFTER})
WHERE earlier <> later AND rtrim(later, '+') IN (SELECT quote_id FROM moved)
"""  # noqa: S608


def deltas(opened: Opened, changed: Sequence[str]) -> Mapping[str, TableDelta]:
    """Return the changes of `statements`, `utterances` and their index tables after a change of these articles."""
    with opened() as connection:
        set_memory_limit(connection, MEMORY)
        again = query(connection, "SELECT document_id FROM stored.resolved_again")
        documents = sorted({*changed, *again["document_id"]})
        found = _IncrementalUpdate(connection, documents).deltas()
        none = pl.DataFrame(schema=polars_schema(RESOLVED_AGAIN.stored))
        return {**found, "resolved_again": TableDelta(none, again)}


class _IncrementalUpdate:
    """One change of some articles. `utterances_by_id`: the utterances read so far, by their first quotation."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, documents: Sequence[str]) -> None:
        self.connection = connection
        self.documents = documents
        self.heard: dict[str, Utterance] = {}

    def deltas(self) -> dict[str, TableDelta]:
        fresh = self._read(self.documents)
        rows = [
            {"document_id": u.document_id, "day": u.earliest or date.max, "quote_id": u.quote_ids[0], "mark": mark}
            for u in fresh
            for mark in sorted(marks(u.words))
        ]
        coming = frame(QUOTE_MARKS.stored, rows)
        self._table("changed", "document_id", self.documents)
        self.connection.register("incoming", coming.to_arrow())
        self.connection.execute("CREATE OR REPLACE TEMP TABLE fresh AS FROM incoming")
        self.connection.unregister("incoming")
        removed = self._column("SELECT DISTINCT quote_id FROM stored.quote_marks SEMI JOIN changed USING (document_id)")
        moved = self._moved() | {u.quote_ids[0] for u in fresh}
        like = self._similar_pairs(moved)
        # Pairs are deleted with their later utterance.
        dropped = moved | removed
        ends = self._edges("quote_id IN (SELECT quote_id FROM named)", dropped, ())
        self._table("named", "quote_id", removed)
        seeds = moved | ({one for pair in ends for one in pair} - (removed - moved))
        pairs = self._connected(seeds, like, dropped)
        nodes = sorted({*seeds, *chain.from_iterable(pairs)})
        self._load(nodes)
        made = _joined([self.heard[name] for name in nodes if name in self.heard], pairs)
        return self._result(made, coming, like, dropped)

    def _result(
        self, made: list[list[Utterance]], coming: pl.DataFrame, like: Iterable[Pair], dropped: Collection[str]
    ) -> dict[str, TableDelta]:
        spoken = [_statement(members) for members in made]
        rows_of_utterances = [
            {"quote_id": quote_id, "document_id": u.document_id, "statement_id": statement["statement_id"]}
            for statement, members in zip(spoken, made, strict=True)
            for u in members
            for quote_id in u.quote_ids
        ]
        self._table("named", "quote_id", [row["quote_id"] for row in rows_of_utterances])
        had = query(
            self.connection,
            "SELECT quote_id, statement_id FROM stored.utterances WHERE quote_id IN (SELECT quote_id FROM named) "
            "OR document_id IN (SELECT document_id FROM changed)",
        )
        return {
            "statements": TableDelta(
                frame(BY_NAME["statements"].stored, sorted(spoken, key=lambda row: str(row["statement_id"]))),
                had.select("statement_id").unique(),
            ),
            "utterances": TableDelta(
                frame(BY_NAME["utterances"].stored, sorted(rows_of_utterances, key=lambda row: row["quote_id"])),
                had.select("quote_id"),
            ),
            "quote_marks": TableDelta(
                coming, pl.DataFrame({"document_id": self.documents}, {"document_id": pl.String})
            ),
            "likenesses": TableDelta(
                frame(LIKENESSES.stored, [{"quote_id": b, "earlier": a} for a, b in sorted(like)]),
                pl.DataFrame({"quote_id": sorted(dropped)}, {"quote_id": pl.String}),
            ),
        }

    def _moved(self) -> set[str]:
        """Return utterances whose neighbours have changed."""
        self._post("SELECT mark FROM stored.quote_marks SEMI JOIN changed USING (document_id)")
        return {key.rstrip("+") for key in self._column(_MOVED)}

    def _similar_pairs(self, moved: Collection[str]) -> set[Pair]:
        """Return the pairs of similar utterances whose later one is among these, the earlier one first."""
        self._table("moved", "quote_id", moved)
        self._post("SELECT mark FROM stored.quote_marks SEMI JOIN moved USING (quote_id)")
        pairs = query(self.connection, _PAIRS).select("earlier", "later").rows()
        self._load(chain.from_iterable(pairs))
        return {(a, b) for a, b in pairs if statements.same(self.heard[a], self.heard[b])}

    def _post(self, marks_of: str) -> None:
        """Fill `posted` for the marks that a query gives, and for those of changed articles."""
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE wanted AS {marks_of} UNION SELECT mark FROM fresh")  # noqa: S608
        self.connection.execute(_POSTED)

    def _connected(self, seeds: Collection[str], like: Iterable[Pair], dropped: Collection[str]) -> set[Pair]:
        """Return all pairs that connect utterances with these."""
        beside: defaultdict[str, set[Pair]] = defaultdict(set)
        for pair in like:
            for one in pair:
                beside[one].add(pair)
        found: set[Pair] = set()
        seen: set[str] = set()
        frontier = set(seeds)
        while frontier:
            seen |= frontier
            known = self._edges(
                "quote_id IN (SELECT quote_id FROM named) OR earlier IN (SELECT quote_id FROM named)", frontier, dropped
            )
            new = known.union(*(beside[one] for one in frontier))
            found |= new
            frontier = {one for pair in new for one in pair} - seen
        return found

    def _edges(self, where: str, some: Collection[str], without: Collection[str]) -> set[Pair]:
        """Return stored pairs, the earlier utterance first, except those whose later one is in `without`."""
        self._table("named", "quote_id", some)
        rows = query(self.connection, f"SELECT earlier, quote_id FROM stored.likenesses WHERE {where}").rows()  # noqa: S608
        return {(a, b) for a, b in rows if b not in without}

    def _load(self, names: Iterable[str]) -> None:
        """Read the utterances of these first quotations that were not read yet."""
        lacking = set(names) - self.heard.keys()
        if lacking:
            self._table("named", "quote_id", lacking)
            self._read(
                sorted(self._column("SELECT DISTINCT document_id FROM stored.quotes SEMI JOIN named USING (quote_id)"))
            )

    def _read(self, documents: Sequence[str]) -> list[Utterance]:
        self._table("wanted", "document_id", documents)
        read = list(statements.utterances(query(self.connection, QUOTES).iter_rows(named=True)))
        self.heard |= {u.quote_ids[0]: u for u in read}
        return read

    def _table(self, name: str, column: str, values: Iterable[str]) -> None:
        self.connection.register("incoming", pl.DataFrame({column: sorted(values)}, {column: pl.String}).to_arrow())
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS FROM incoming")
        self.connection.unregister("incoming")

    def _column(self, sql: str) -> set[str]:
        return {str(value) for (value,) in self.connection.execute(sql).fetchall()}


def _joined(utterances_by_id: Iterable[Utterance], pairs: Iterable[Pair]) -> list[list[Utterance]]:
    """Return the utterances of each statement, in order."""
    ordered = sorted(utterances_by_id, key=lambda u: (u.earliest or date.max, u.quote_ids[0]))
    place = {u.quote_ids[0]: n for n, u in enumerate(ordered)}
    numbers = {speaker: n for n, speaker in enumerate(sorted({u.speaker for u in ordered if u.speaker is not None}), 1)}
    made = statements.StatementUnionFind(array("I", [numbers.get(u.speaker or "", 0) for u in ordered]))
    # Pairs with two known speakers come first: an unknown speaker must not bridge two people.
    order = sorted(
        (ordered[place[a]].speaker is None or ordered[place[b]].speaker is None, place[a], place[b]) for a, b in pairs
    )
    for _, a, b in order:
        if made.can_join(a, b) and statements.same(ordered[a], ordered[b]):
            made.join(a, b)
    members: defaultdict[int, list[Utterance]] = defaultdict(list)
    for n, u in enumerate(ordered):
        members[made.of(n)].append(u)
    return list(members.values())


def _statement(members: Sequence[Utterance]) -> dict[str, Any]:
    """Return the row of a statement from its utterances in order."""
    return {
        "statement_id": statements.statement_id(members[0].quote_ids[0]),
        "text": min(members, key=lambda u: (u.indirect, -len(u.words), u.text)).text,
        "speaker_entity_id": min((u.speaker for u in members if u.speaker is not None), default=None),
        "quotes": sum(len(u.quote_ids) for u in members),
        "documents": len({u.document_id for u in members}),
        "first_published_earliest": min((u.earliest for u in members if u.earliest is not None), default=None),
    }
