"""Compare the texts of all candidates for duplicates, in tasks, and decide which articles repeat which.

Candidates come in groups, whose texts fit into memory, and groups in buckets. A task on each part of the corpus writes
the texts of its articles to a file for each bucket; a task for each bucket compares them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import count, groupby
from operator import itemgetter
from pathlib import Path

import duckdb
import numpy as np
import polars as pl

from pipeline import duplicates
from warehouse.shard_tasks import ShardTasks, ShardWriter, source
from warehouse.sql import query
from warehouse.temp_database import batches

# Tasks of one comparison: enough for the workers of a machine, and few files.
BUCKETS = 64
# Texts per batch.
TEXTS = 2_000

type Candidates = tuple[int, Sequence[int]]
type Pair = tuple[int, int]

_TEXTS = """
SELECT bucket, "group", place, coalesce(text, '') AS text FROM stored.documents JOIN ({}) USING (document_id)
ORDER BY bucket
"""
_PAIRS = 'SELECT "group", earlier, later FROM {} WHERE bucket = $bucket ORDER BY ALL'
_BY_GROUP = 'SELECT "group", place, text FROM {} ORDER BY "group", place'


def decide(
    parts: ShardTasks,
    articles: pl.DataFrame,
    candidates: Iterable[Candidates],
    grouped: Callable[[Iterable[Candidates]], Iterable[Mapping[int, Sequence[int]]]],
    common: np.ndarray,
) -> dict[int, int]:
    """Return article -> the one that it repeats (pipeline.duplicates.decide).

    articles    place and document_id of each
    candidates  each later article with earlier ones, in order
    grouped     makes groups of them
    common      the common marks, sorted
    """
    like: defaultdict[int, set[int]] = defaultdict(set)
    for earlier, later in _like(parts, articles, grouped(candidates), common, 0):
        like[later].add(earlier)
    ordered = {later: sorted(like[later]) for later in sorted(like)}
    # What a candidate repeats is compared, too. It is known only when the articles before are decided on: decide on
    # all, compare what was lacking, and decide again until nothing is.
    known: dict[Pair, bool] = {}
    for number in count(1):
        original, lacking = _originals(ordered, like, known)
        if not lacking:
            return original
        again = ((later, [earlier for earlier, _ in pairs]) for later, pairs in groupby(lacking, key=itemgetter(1)))
        found = set(_like(parts, articles, grouped(again), common, number))
        known |= {pair: pair in found for pair in lacking}
    raise AssertionError


def _originals(
    ordered: Mapping[int, Sequence[int]], like: Mapping[int, Collection[int]], known: Mapping[Pair, bool]
) -> tuple[dict[int, int], Sequence[Pair]]:
    """Return article -> the one that it repeats by what is known so far, and the pairs that are not, in order."""
    original: dict[int, int] = {}
    lacking: set[Pair] = set()

    def repeated(earlier: int, later: int) -> bool:
        if earlier in like[later]:
            return True
        if (earlier, later) not in known:
            lacking.add((earlier, later))
        return known.get((earlier, later), False)

    duplicates.decide(ordered, repeated, original)
    return original, sorted(lacking, key=itemgetter(1, 0))


def _like(
    parts: ShardTasks,
    articles: pl.DataFrame,
    groups: Iterable[Mapping[int, Sequence[int]]],
    common: np.ndarray,
    number: int,
) -> Iterator[Pair]:
    """Yield the pairs (earlier, later) of the groups that are copies. `number`: of this comparison, for its files."""
    pairs = [
        pl.DataFrame(
            [(group, earlier, later) for later, every in one.items() for earlier in every],
            {"group": pl.UInt32, "earlier": pl.UInt32, "later": pl.UInt32},
            orient="row",
        )
        for group, one in enumerate(groups)
    ]
    if not pairs:
        return
    buckets = min(BUCKETS, len(pairs))
    # Neighbours in one bucket: they are of the same days and have the same texts.
    every = pl.concat(pairs).with_columns(bucket=pl.col("group").cast(pl.UInt64) * buckets // len(pairs))
    wanted = pl.concat([every.select("bucket", "group", place=side) for side in ("earlier", "later")]).unique()
    files = {"pairs": every, "wanted": wanted.join(articles, on="place"), "common": pl.DataFrame({"mark": common})}
    places = {name: parts.folder / f"{name}{number}.parquet" for name in files}
    for name, rows in files.items():
        rows.write_parquet(places[name])
    parts.read(read_texts, wanted=places["wanted"], comparison=number)
    parts.match(compare, buckets, pairs=places["pairs"], common=places["common"], comparison=number)
    for path in sorted(parts.folder.glob(f"like{number}-*.parquet")):
        yield from pl.read_parquet(path, hive_partitioning=False).select("earlier", "later").iter_rows()
    for path in parts.folder.glob(f"texts{number}_*.parquet"):
        path.unlink()


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
    write.rows(f"like{comparison}", pl.DataFrame(found, {"earlier": pl.UInt32, "later": pl.UInt32}, orient="row"))
