"""Group the quotations of the whole corpus that report one utterance.

Tasks read the utterances of each part of the corpus, find the pairs that share a mark, one task for each partition of
the marks, compare their words, and write the rows of each group. In between, this process puts the utterances into
order and decides which are one statement, by integer numbers.

Memory: some bytes an utterance, and of a task, a batch. Of all pairs, only the words of possible matches are read.
warehouse.corpus.changed_statements updates the groups when articles change.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb
import numpy as np
import polars as pl

from pipeline import statements
from pipeline.contract import BY_NAME, QUOTE_MARKS, RESOLVED_AGAIN
from pipeline.contract.schema import polars_schema
from pipeline.statements import Utterance
from pipeline.statements.wording_similarity import NEIGHBOURS, marks
from warehouse.corpus import changed_statements
from warehouse.ledger import CorpusPending, TableDelta
from warehouse.row_files import row_files, write_rows
from warehouse.shard_tasks import MAX_PARTITIONS, RunTasks, ShardTasks, ShardWriter, run_here, source
from warehouse.sql import fetch_one, query
from warehouse.store import Store
from warehouse.temp_database import batches, insert_rows, temporary_database

# Articles per batch of quotations.
ARTICLES = 2_000
# Pairs per batch of comparisons, and per task if there are few.
PAIRS = 4_000
# Utterances per task that writes their rows, if there are few.
UTTERANCES = 10_000

_ARTICLES = "SELECT DISTINCT document_id FROM stored.quotes ORDER BY document_id"
# The earliest first, those without a day last. Speakers get numbers; 0 is unknown.
_ORDER = """
CREATE TABLE ordered_utterances AS
SELECT (row_number() OVER (ORDER BY coalesce(earliest, DATE '9999-12-31'), quote_ids[1]) - 1)::UINTEGER AS place,
    (CASE WHEN speaker IS NULL THEN 0 ELSE dense_rank() OVER (ORDER BY speaker) END)::UINTEGER AS who,
    number, words, quote_ids[1] AS quote_id
FROM {}
"""
_QUOTE_MARKS = """
SELECT document_id, coalesce(earliest, DATE '9999-12-31') AS day, quote_ids[1] AS quote_id, mark
FROM marks JOIN utterances USING (number)
"""
# Pair each utterance with the first one that has the same mark, and with the NEIGHBOURS right before it. Leave out
# pairs that cannot match, which are most: two speakers, or, if one is unknown, few words or (_COMPARED) words that are
# not in the other's (`statements.same` compares the rest).
_NEIGHBOURS = f"""
WITH marked AS (SELECT place, mark FROM marks JOIN ordered_utterances USING (number)),
shared AS (
    SELECT place AS b, unnest([
        first_value(place) OVER bucket,
        {", ".join(f"lag(place, {back}) OVER bucket" for back in range(1, NEIGHBOURS + 1))}
    ]) AS a
    FROM marked WINDOW bucket AS (PARTITION BY mark ORDER BY place)
)
SELECT DISTINCT a, b, one.who > 0 AND other.who > 0 AS known
FROM shared JOIN ordered_utterances AS one ON one.place = a JOIN ordered_utterances AS other ON other.place = b
WHERE a < b AND CASE WHEN one.who > 0 AND other.who > 0 THEN one.who = other.who
    ELSE least(one.words, other.words) >= {statements.MIN_WORDS_WITHOUT_SPEAKER} END
"""  # noqa: S608
# The pairs of all partitions, for so many tasks.
_PAIRS = """
SELECT a, b, known, one.number AS a_number, other.number AS b_number, (b % {})::UINTEGER AS partition
FROM (SELECT DISTINCT * FROM {}) AS pair
JOIN ordered_utterances AS one ON one.place = a JOIN ordered_utterances AS other ON other.place = b
ORDER BY partition
"""
_WORDINGS = """
CREATE TABLE wordings AS
SELECT number, document_id, wording, indirect, speaker, earliest, latest FROM {}
SEMI JOIN (SELECT DISTINCT unnest([a_number, b_number]) AS number FROM pairs) USING (number)
"""
_COMPARED = """
SELECT a, b, known, a_number, b_number FROM pairs
JOIN wordings AS one ON one.number = a_number JOIN wordings AS other ON other.number = b_number
WHERE known OR contains(' ' || one.wording || ' ', ' ' || other.wording || ' ')
    OR contains(' ' || other.wording || ' ', ' ' || one.wording || ' ')
"""
_READ = "FROM wordings WHERE number IN (SELECT unnest($numbers))"
# Pairs with two known speakers come first: an unknown speaker must not bridge two people.
_IN_ORDER = "SELECT a, b, alike FROM compared ORDER BY known DESC, a, b"
_LIKENESSES = """
SELECT later.quote_id, earlier.quote_id AS earlier FROM likenesses AS pair
JOIN ordered_utterances AS later ON later.place = pair.later
JOIN ordered_utterances AS earlier ON earlier.place = pair.earlier
"""
# Each utterance with the first one of its statement, for so many tasks.
_MEMBERS = """
SELECT own.number, named.quote_id AS first, (of.first % {})::UINTEGER AS partition
FROM statement_members AS of JOIN ordered_utterances AS own USING (place)
JOIN ordered_utterances AS named ON named.place = of.first
ORDER BY partition
"""
_SPOKEN = """
CREATE TABLE spoken AS
SELECT statement_id, quote_ids, document_id, text, words, indirect, speaker, earliest
FROM {} JOIN members USING (number) JOIN names USING (first)
"""
_ROWS = {
    "statements": """
        SELECT statement_id, first(text ORDER BY indirect, words DESC, text) AS text, min(speaker) AS speaker_entity_id,
            sum(len(quote_ids))::BIGINT AS quotes, count(DISTINCT document_id) AS documents,
            min(earliest) AS first_published_earliest
        FROM spoken GROUP BY statement_id
    """,
    "utterances": "SELECT unnest(quote_ids) AS quote_id, document_id, statement_id FROM spoken",
}


@contextmanager
def deltas(store: Store, pending: CorpusPending, run: RunTasks = run_here) -> Iterator[Mapping[str, TableDelta]]:
    """Return the changes of `statements`, `utterances` and their index tables, in batches that can be read inside the
    context. Every quotation has a statement, possibly with no other quotation."""
    if not pending.full_rebuild:
        yield changed_statements.deltas(store.open, pending.changed)
        return
    with temporary_database(store.scratch) as temp:
        parts = ShardTasks.make(store, run)
        partitions = max(parts.partitions, 1)
        parts.read(read_utterances, partitions=partitions)
        temp.execute(_ORDER.format(parts.files("utterances")))
        places = parts.write(temp, "places", "SELECT number, place, who, words FROM ordered_utterances")
        parts.match(pair_up, partitions, places=places)
        _compare(temp, parts)
        _write(temp, parts, _joined(temp))
        yield {
            **{
                name: TableDelta(row_files(temp, parts, BY_NAME[name], ", ".join(BY_NAME[name].sort))) for name in _ROWS
            },
            "quote_marks": TableDelta(row_files(temp, parts, QUOTE_MARKS)),
            "likenesses": TableDelta(batches(temp, _LIKENESSES)),
            "resolved_again": TableDelta(pl.DataFrame(schema=polars_schema(RESOLVED_AGAIN.stored))),
        }


def read_utterances(connection: duckdb.DuckDBPyConnection, write: ShardWriter, partitions: int) -> None:
    """Write the utterances of a part's articles, and the marks by which similar words are found: the rows of
    `quote_marks`, and in partitions. Utterances of all parts have different numbers."""
    number = write.number << 32
    articles = query(connection, _ARTICLES)
    for batch, documents in enumerate(articles.iter_slices(ARTICLES) if articles.height else [articles]):
        connection.register("wanted", documents.to_arrow())
        quotes = query(connection, changed_statements.QUOTES)
        connection.unregister("wanted")
        utterances = list(statements.utterances(quotes.iter_rows(named=True)))
        found = {"utterances": _utterance_rows(utterances, number), "marks": _marks(utterances, number)}
        write.rows("utterances", found["utterances"], batch)
        for name, rows in found.items():
            connection.register(name, rows.to_arrow())
        write_rows(connection, write, QUOTE_MARKS, _QUOTE_MARKS, batch)
        write.by_key(connection, "marks", "FROM marks", "mark", partitions, batch)
        for name in found:
            connection.unregister(name)
        number += len(utterances)


def pair_up(connection: duckdb.DuckDBPyConnection, write: ShardWriter, number: int, places: Path) -> None:
    """Write the pairs of utterances that share a mark of a partition. `places`: a file with the order, speaker and
    number of words of all utterances."""
    connection.execute(f"CREATE TABLE marks AS {write.partition('marks', number)}")
    connection.execute(f"CREATE TABLE ordered_utterances AS FROM {source([places])} SEMI JOIN marks USING (number)")
    write.query(connection, "pairs", _NEIGHBOURS)


def compare(connection: duckdb.DuckDBPyConnection, write: ShardWriter, number: int, pairs: Path) -> None:
    """Write which of the pairs of a partition are one statement. `pairs`: a file with all pairs."""
    connection.execute(f"CREATE TABLE pairs AS FROM {source([pairs])} WHERE partition = {number}")
    connection.execute(_WORDINGS.format(write.written("utterances")))
    schema = {"a": pl.UInt32, "b": pl.UInt32, "known": pl.Boolean, "alike": pl.Boolean}
    write.rows("compared", pl.DataFrame(schema=schema))
    for batch, found in enumerate(batches(connection, _COMPARED, rows=PAIRS), 1):
        heard = _read_utterances(connection, {*found["a_number"], *found["b_number"]})
        rows = [(a, b, known, statements.same(heard[one], heard[other])) for a, b, known, one, other in found.rows()]
        write.rows("compared", pl.DataFrame(rows, schema, orient="row"), batch)


def write_statements(connection: duckdb.DuckDBPyConnection, write: ShardWriter, number: int, members: Path) -> None:
    """Write the rows of `statements` and `utterances` of a partition. `members`: a file with the first quotation of
    each utterance's statement."""
    connection.execute(
        f"CREATE TABLE members AS SELECT number, first FROM {source([members])} WHERE partition = {number}"  # noqa: S608
    )
    firsts = query(connection, "SELECT DISTINCT first FROM members")
    ids = pl.Series("statement_id", map(statements.statement_id, firsts["first"]), dtype=pl.String)
    insert_rows(connection, "names", firsts.with_columns(ids))
    connection.execute(_SPOKEN.format(write.written("utterances")))
    for name, sql in _ROWS.items():
        write_rows(connection, write, BY_NAME[name], sql)


def _utterance_rows(utterances: list[Utterance], number: int) -> pl.DataFrame:
    kinds: dict[str, pl.DataType] = {"document_id": pl.String(), "text": pl.String(), "indirect": pl.Boolean()}
    kinds |= {"speaker": pl.String(), "earliest": pl.Date(), "latest": pl.Date(), "quote_ids": pl.List(pl.String)}
    columns = {name: pl.Series([getattr(u, name) for u in utterances], dtype=kind) for name, kind in kinds.items()}
    columns["wording"] = pl.Series([" ".join(u.words) for u in utterances], dtype=pl.String)
    columns["words"] = pl.Series([len(u.words) for u in utterances], dtype=pl.UInt32)
    columns["number"] = pl.Series(range(number, number + len(utterances)), dtype=pl.Int64)
    return pl.DataFrame(columns)


def _marks(utterances: list[Utterance], number: int) -> pl.DataFrame:
    rows = [(n, mark) for n, u in enumerate(utterances, number) for mark in marks(u.words)]
    return pl.DataFrame(rows, {"number": pl.Int64, "mark": pl.Int64}, orient="row")


def _compare(temp: duckdb.DuckDBPyConnection, parts: ShardTasks) -> None:
    """Insert the pairs whose words may match into the table `compared`."""
    found = fetch_one(temp, f"SELECT count(DISTINCT (a, b)) FROM {parts.files('pairs')}")  # noqa: S608
    assert found is not None
    tasks = _tasks(int(found[0]), PAIRS)
    parts.match(compare, tasks, pairs=parts.write(temp, "pairs_by_task", _PAIRS.format(tasks, parts.files("pairs"))))
    parts.load(temp, "compared")


def _write(temp: duckdb.DuckDBPyConnection, parts: ShardTasks, made: statements.StatementUnionFind) -> None:
    """Write the rows of all statements to files."""
    count = len(made.first)
    firsts = np.fromiter(map(made.of, range(count)), dtype="uint32", count=count)
    insert_rows(temp, "statement_members", pl.DataFrame({"place": np.arange(count, dtype="uint32"), "first": firsts}))
    tasks = _tasks(count, UTTERANCES)
    members = parts.write(temp, "members", _MEMBERS.format(tasks))
    parts.match(write_statements, tasks, members=members)


def _tasks(items: int, each: int) -> int:
    """Return the number of tasks for so many items. Each reads the utterances of all parts."""
    return min(max(-(-items // each), 1), MAX_PARTITIONS)


def _joined(temp: duckdb.DuckDBPyConnection) -> statements.StatementUnionFind:
    """Decide which utterances are one statement, and insert the pairs that are alike into the table `likenesses`."""
    speakers = array("I")
    for part in batches(temp, "SELECT who FROM ordered_utterances ORDER BY place"):
        speakers.frombytes(part["who"].to_numpy().tobytes())
    made = statements.StatementUnionFind(speakers)
    schema = {"later": pl.UInt32, "earlier": pl.UInt32}
    insert_rows(temp, "likenesses", pl.DataFrame(schema=schema))
    for pairs in batches(temp, _IN_ORDER):
        like = []
        for a, b, alike in pairs.iter_rows():
            # Those that are joined already, or have two speakers, count as alike.
            if made.can_join(a, b):
                if not alike:
                    continue
                made.join(a, b)
            like.append((b, a))
        insert_rows(temp, "likenesses", pl.DataFrame(like, schema, orient="row"))
    return made


def _read_utterances(temp: duckdb.DuckDBPyConnection, numbers: set[int]) -> dict[int, Utterance]:
    found = query(temp, _READ, {"numbers": sorted(numbers)})
    return {
        number: Utterance((), document, "", tuple(wording.split()), indirect, speaker, earliest, latest)
        for number, document, wording, indirect, speaker, earliest, latest in found.iter_rows()
    }
