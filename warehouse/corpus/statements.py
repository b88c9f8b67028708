"""Group the quotations of the whole corpus that report one utterance, in batches, with a temporary database.

With shards, tasks find the pairs: one for each partition of the marks. This process compares them, by integer numbers.

Memory: a batch and some bytes an utterance. Of all pairs, only the words of possible matches are read.
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
from pipeline.contract import BY_NAME, RESOLVED_AGAIN
from pipeline.contract.schema import polars_schema
from pipeline.statements import Utterance
from pipeline.statements.wording_similarity import NEIGHBOURS, marks
from warehouse.corpus import changed_statements
from warehouse.ledger import CorpusPending, TableDelta
from warehouse.shard_tasks import RunTasks, ShardTasks, ShardWriter, run_here, source
from warehouse.sql import query
from warehouse.store import Store
from warehouse.temp_database import batches, insert_rows, temporary_database

# Articles per batch of quotations.
ARTICLES = 2_000
# Pairs per batch of comparisons.
PAIRS = 4_000

_ARTICLES = "SELECT DISTINCT document_id FROM stored.quotes ORDER BY document_id"
_TABLES = """
CREATE TABLE utterance_rows (number BIGINT, quote_ids VARCHAR[], document_id VARCHAR, text VARCHAR, words UINTEGER,
    wording VARCHAR, indirect BOOLEAN, speaker VARCHAR, earliest DATE, latest DATE);
CREATE TABLE likenesses (later UINTEGER, earlier UINTEGER);
"""
# The earliest first, those without a day last. Speakers get numbers; 0 is unknown.
_ORDER = """
CREATE TABLE ordered_utterances AS
SELECT (row_number() OVER (ORDER BY coalesce(earliest, DATE '9999-12-31'), quote_ids[1]) - 1)::UINTEGER AS place, *,
    (CASE WHEN speaker IS NULL THEN 0 ELSE dense_rank() OVER (ORDER BY speaker) END)::UINTEGER AS who
FROM utterance_rows;
DROP TABLE utterance_rows;
"""
# Pair each utterance with the first one that has the same mark, and with the NEIGHBOURS right before it. Leave out
# pairs that cannot match, which are most: two speakers, or, if one is unknown, few words or (_PAIRS) words that are not
# in the other's (`statements.same` compares the rest).
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
_PAIRS = """
CREATE TABLE pairs AS
SELECT a, b, known FROM ({}) AS pair
JOIN ordered_utterances AS one ON one.place = a JOIN ordered_utterances AS other ON other.place = b
WHERE known OR contains(' ' || one.wording || ' ', ' ' || other.wording || ' ')
    OR contains(' ' || other.wording || ' ', ' ' || one.wording || ' ');
"""
# Pairs with two known speakers come first: an unknown speaker must not bridge two people.
_COMPARED = "SELECT a, b FROM pairs WHERE known = $known ORDER BY a, b"
_KEPT = {
    "quote_marks": """
        SELECT document_id, coalesce(earliest, DATE '9999-12-31') AS day, quote_ids[1] AS quote_id, mark
        FROM marks JOIN ordered_utterances USING (number)
    """,
    "likenesses": """
        SELECT later.quote_ids[1] AS quote_id, earlier.quote_ids[1] AS earlier FROM likenesses AS pair
        JOIN ordered_utterances AS later ON later.place = pair.later
        JOIN ordered_utterances AS earlier ON earlier.place = pair.earlier
    """,
}
_UTTERANCES = """
SELECT place, document_id, wording, indirect, speaker, earliest, latest FROM ordered_utterances
WHERE place IN (SELECT unnest($places))
"""
_FIRSTS = """
SELECT place AS first, quote_ids[1] AS quote_id
FROM ordered_utterances JOIN statement_members USING (place) WHERE place = first
"""
_ROWS = {
    "statements": """
        SELECT statement_id, first(text ORDER BY indirect, words DESC, text) AS text, min(speaker) AS speaker_entity_id,
            sum(len(quote_ids))::BIGINT AS quotes, count(DISTINCT document_id) AS documents,
            min(earliest) AS first_published_earliest
        FROM ordered_utterances JOIN statement_members USING (place) JOIN statement_names USING (first)
        GROUP BY statement_id ORDER BY statement_id
    """,
    "utterances": """
        SELECT unnest(quote_ids) AS quote_id, document_id, statement_id
        FROM ordered_utterances JOIN statement_members USING (place) JOIN statement_names USING (first)
        ORDER BY quote_id
    """,
}


@contextmanager
def deltas(store: Store, pending: CorpusPending, run: RunTasks = run_here) -> Iterator[Mapping[str, TableDelta]]:
    """Return the changes of `statements`, `utterances` and their index tables, in batches that can be read inside the
    context. Every quotation has a statement, possibly with no other quotation."""
    if not pending.full_rebuild:
        yield changed_statements.deltas(store.open, pending.changed)
        return
    with temporary_database(store.scratch) as temp:
        temp.execute(_TABLES)
        parts = ShardTasks.make(store, run)
        parts.read(read_utterances, partitions=parts.partitions)
        parts.load(temp, "utterance_rows")
        temp.execute(_ORDER)
        if parts.partitions:
            places = parts.write(temp, "places", "SELECT number, place, who, words FROM ordered_utterances")
            parts.match(pair_up, parts.partitions, places=places)
            temp.execute(f"CREATE VIEW marks AS SELECT number, mark FROM {parts.files('marks')}")  # noqa: S608
            temp.execute(_PAIRS.format(f"SELECT DISTINCT * FROM {parts.files('pairs')}"))  # noqa: S608
        else:
            parts.load(temp, "marks")
            temp.execute(_PAIRS.format(_NEIGHBOURS))
        _name(temp, _joined(temp))
        none = pl.DataFrame(schema=polars_schema(RESOLVED_AGAIN.stored))
        kept = {name: TableDelta(batches(temp, sql)) for name, sql in _KEPT.items()}
        yield {table: TableDelta(_rows(temp, table)) for table in _ROWS} | kept | {"resolved_again": TableDelta(none)}


def read_utterances(connection: duckdb.DuckDBPyConnection, write: ShardWriter, partitions: int) -> None:
    """Write the utterances of a part's articles, and the marks by which similar words are found, in partitions if there
    are any. Utterances of all parts have different numbers."""
    number = write.number << 32
    articles = query(connection, _ARTICLES)
    for batch, documents in enumerate(articles.iter_slices(ARTICLES) if articles.height else [articles]):
        connection.register("wanted", documents.to_arrow())
        quotes = query(connection, changed_statements.QUOTES)
        connection.unregister("wanted")
        utterances = list(statements.utterances(quotes.iter_rows(named=True)))
        write.rows("utterance_rows", _utterance_rows(utterances, number), batch)
        if partitions:
            connection.register("marks", _marks(utterances, number).to_arrow())
            write.by_key(connection, "marks", "FROM marks", "mark", partitions, batch)
            connection.unregister("marks")
        else:
            write.rows("marks", _marks(utterances, number), batch)
        number += len(utterances)


def pair_up(connection: duckdb.DuckDBPyConnection, write: ShardWriter, number: int, places: Path) -> None:
    """Write the pairs of utterances that share a mark of a partition. `places`: a file with the order, speaker and
    number of words of all utterances."""
    connection.execute(f"CREATE TABLE marks AS {write.partition('marks', number)}")
    connection.execute(f"CREATE TABLE ordered_utterances AS FROM {source([places])} SEMI JOIN marks USING (number)")
    write.query(connection, "pairs", _NEIGHBOURS)


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


def _joined(temp: duckdb.DuckDBPyConnection) -> statements.StatementUnionFind:
    speakers = array("I")
    for part in batches(temp, "SELECT who FROM ordered_utterances ORDER BY place"):
        speakers.frombytes(part["who"].to_numpy().tobytes())
    made = statements.StatementUnionFind(speakers)
    for known in (True, False):
        for pairs in batches(temp, _COMPARED, {"known": known}, PAIRS):
            open_ = [(a, b) for a, b in pairs.iter_rows() if made.can_join(a, b)]
            utterances = _read_utterances(temp, {place for pair in open_ for place in pair})
            other = set()
            for a, b in open_:
                if made.can_join(a, b):
                    if statements.same(utterances[a], utterances[b]):
                        made.join(a, b)
                    else:
                        other.add((a, b))
            like = [(b, a) for a, b in pairs.iter_rows() if (a, b) not in other]
            insert_rows(
                temp, "likenesses", pl.DataFrame(like, {"later": pl.UInt32, "earlier": pl.UInt32}, orient="row")
            )
    return made


def _read_utterances(temp: duckdb.DuckDBPyConnection, places: set[int]) -> dict[int, Utterance]:
    found = query(temp, _UTTERANCES, {"places": sorted(places)}) if places else pl.DataFrame()
    return {
        place: Utterance((), document, "", tuple(wording.split()), indirect, speaker, earliest, latest)
        for place, document, wording, indirect, speaker, earliest, latest in found.iter_rows()
    }


def _name(temp: duckdb.DuckDBPyConnection, made: statements.StatementUnionFind) -> None:
    """Store the statement of each utterance, and the statement's id."""
    count = len(made.first)
    firsts = np.fromiter(map(made.of, range(count)), dtype="uint32", count=count)
    insert_rows(temp, "statement_members", pl.DataFrame({"place": np.arange(count, dtype="uint32"), "first": firsts}))
    temp.execute("CREATE TABLE statement_names (first UINTEGER, statement_id VARCHAR)")
    for part in batches(temp, _FIRSTS):
        names = pl.Series(map(statements.statement_id, part["quote_id"]), dtype=pl.String)
        insert_rows(temp, "statement_names", part.select("first", statement_id=names))


def _rows(temp: duckdb.DuckDBPyConnection, table: str) -> Iterator[pl.DataFrame]:
    for part in batches(temp, _ROWS[table]):
        yield part.cast(pl.Schema(polars_schema(BY_NAME[table].stored)))
