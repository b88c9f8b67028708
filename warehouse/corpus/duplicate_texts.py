"""Compare the texts of all candidates for duplicates, in tasks, and decide which articles repeat which.

Candidates come in groups, whose texts fit into memory, and groups in buckets. A task on each part of the corpus writes
the texts of its articles to a file for each bucket; a task for each bucket compares them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import batched, count, groupby
from operator import itemgetter
from pathlib import Path

import duckdb
import numpy as np
import polars as pl

from pipeline import duplicates
from warehouse.shard_tasks import ShardTasks, ShardWriter, source
from warehouse.sql import query
from warehouse.temp_database import batches, insert_rows

# Tasks of one comparison: enough for the workers of a machine, and few files.
BUCKETS = 64
# Texts per batch.
TEXTS = 2_000
# Groups of candidates per batch.
GROUPS = 50

type Candidates = tuple[int, Sequence[int]]
type Pair = tuple[int, int]

_TEXTS = """
SELECT bucket, "group", place, coalesce(text, '') AS text FROM stored.documents JOIN ({}) USING (document_id)
ORDER BY bucket
"""
_PAIRS = 'SELECT "group", earlier, later FROM {} WHERE bucket = $bucket ORDER BY ALL'
# The pairs to compare, and the articles in them.
_COMPARED = {
    "pairs": "{}",
    "wanted": """
        SELECT bucket, "group", place, document_id
        FROM (SELECT DISTINCT bucket, "group", unnest([earlier, later]) AS place FROM ({})) JOIN articles USING (place)
    """,
}
_PAIR = {"earlier": pl.UInt32, "later": pl.UInt32}
_BY_GROUP = 'SELECT "group", place, text FROM {} ORDER BY "group", place'


class SimilarPairs(Mapping[int, Sequence[int]]):
    """Later article -> the earlier ones of which it is a copy, sorted. Eight bytes a pair."""

    def __init__(self, pairs: pl.DataFrame) -> None:
        ordered = pairs.sort("later", "earlier")
        self._later, self._earlier = (ordered[side].to_numpy() for side in ("later", "earlier"))

    def __getitem__(self, later: int) -> Sequence[int]:
        first, end = (int(np.searchsorted(self._later, np.uint32(later), side)) for side in ("left", "right"))
        if first == end:
            raise KeyError(later)
        return [int(earlier) for earlier in self._earlier[first:end]]

    def __iter__(self) -> Iterator[int]:
        return map(int, np.unique(self._later))

    def __len__(self) -> int:
        return len(np.unique(self._later))


def decide(
    parts: ShardTasks,
    temp: duckdb.DuckDBPyConnection,
    candidates: Iterable[Candidates],
    grouped: Callable[[Iterable[Candidates]], Iterable[Mapping[int, Sequence[int]]]],
    common: np.ndarray,
) -> dict[int, int]:
    """Return article -> the one that it repeats (pipeline.duplicates.decide).

    temp        a temporary database: its table `articles` has place and document_id of each
    candidates  each later article with earlier ones, in order
    grouped     makes groups of them
    common      the common marks, sorted
    """
    like = SimilarPairs(_like(parts, temp, grouped(candidates), common, 0))
    # What a candidate repeats is compared, too. It is known only when the articles before are decided on: decide on
    # all, compare what was lacking, and decide again until nothing is.
    known: dict[Pair, bool] = {}
    for number in count(1):
        original, lacking = _originals(like, known)
        if not lacking:
            return original
        again = ((later, [earlier for earlier, _ in pairs]) for later, pairs in groupby(lacking, key=itemgetter(1)))
        found = set(_like(parts, temp, grouped(again), common, number).select("earlier", "later").iter_rows())
        known |= {pair: pair in found for pair in lacking}
    raise AssertionError


def _originals(like: SimilarPairs, known: Mapping[Pair, bool]) -> tuple[dict[int, int], Sequence[Pair]]:
    """Return article -> the one that it repeats by what is known so far, and the pairs that are not, in order."""
    original: dict[int, int] = {}
    lacking: set[Pair] = set()

    def repeated(earlier: int, later: int) -> bool:
        if earlier in like[later]:
            return True
        if (earlier, later) not in known:
            lacking.add((earlier, later))
        return known.get((earlier, later), False)

    duplicates.decide(like, repeated, original)
    return original, sorted(lacking, key=itemgetter(1, 0))


def _like(
    parts: ShardTasks,
    temp: duckdb.DuckDBPyConnection,
    groups: Iterable[Mapping[int, Sequence[int]]],
    common: np.ndarray,
    number: int,
) -> pl.DataFrame:
    """Return the pairs (earlier, later) of the groups that are copies. `number`: of this comparison, for its files."""
    temp.execute('CREATE OR REPLACE TABLE compared ("group" UINTEGER, earlier UINTEGER, later UINTEGER)')
    total = 0
    for some in batched(groups, GROUPS):
        pairs = [
            (group, earlier, later)
            for group, one in enumerate(some, total)
            for later, every in one.items()
            for earlier in every
        ]
        schema = {"group": pl.UInt32, "earlier": pl.UInt32, "later": pl.UInt32}
        insert_rows(temp, "compared", pl.DataFrame(pairs, schema, orient="row"))
        total += len(some)
    if not total:
        return pl.DataFrame(schema=_PAIR)
    buckets = min(BUCKETS, total)
    # Neighbours in one bucket: they are of the same days and have the same texts.
    rows = f'SELECT *, ("group"::UBIGINT * {buckets} // {total})::UINTEGER AS bucket FROM compared'  # noqa: S608
    places = {name: parts.write(temp, f"{name}{number}", sql.format(rows)) for name, sql in _COMPARED.items()}
    marks = parts.folder / f"common{number}.parquet"
    pl.DataFrame({"mark": common}).write_parquet(marks)
    parts.read(read_texts, wanted=places["wanted"], comparison=number)
    parts.match(compare, buckets, pairs=places["pairs"], common=marks, comparison=number)
    found = sorted(parts.folder.glob(f"like{number}-*.parquet"))
    for path in parts.folder.glob(f"texts{number}_*.parquet"):
        path.unlink()
    return pl.concat(pl.read_parquet(path, hive_partitioning=False) for path in found)


def read_texts(connection: duckdb.DuckDBPyConnection, write: ShardWriter, wanted: Path, comparison: int) -> None:
    """Write the texts of a part's articles that are in the file `wanted`, by bucket."""
    sql = _TEXTS.format(f"FROM {source([wanted])} WHERE {write.mine}")
    for number, batch in enumerate(batches(connection, sql, rows=TEXTS)):
        for (bucket,), rows in batch.partition_by("bucket", as_dict=True).items():
            write.rows(f"texts{comparison}_{bucket:04}", rows.drop("bucket"), number)


def compare(
    connection: duckdb.DuckDBPyConnection, write: ShardWriter, number: int, pairs: Path, common: Path, comparison: int
) -> None:
    """Write the pairs of a bucket that are copies."""
    marks = pl.read_parquet(common, hive_partitioning=False)["mark"].to_numpy()
    sql = _PAIRS.format(source([pairs]))
    by_group: defaultdict[int, list[Pair]] = defaultdict(list)
    for group, earlier, later in query(connection, sql, {"bucket": number}).iter_rows():
        by_group[group].append((earlier, later))
    found: list[Pair] = []
    paths = sorted(write.folder.glob(f"texts{comparison}_{number:04}-*.parquet"))
    texts = batches(connection, _BY_GROUP.format(source(paths)), rows=TEXTS)
    for group, rows in groupby((row for batch in texts for row in batch.iter_rows()), key=itemgetter(0)):
        known = {place: duplicates.prepare_text(text, marks) for _, place, text in rows}
        found += [(a, b) for a, b in by_group[group] if duplicates.repeats(known[a], known[b])]
    write.rows(f"like{comparison}", pl.DataFrame(found, _PAIR, orient="row"))
