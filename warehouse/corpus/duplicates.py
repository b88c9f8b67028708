"""Which articles of the corpus repeat another: their texts in batches, their marks in a database of their own.

Memory is that of a batch, some bytes an article and eight bytes a common mark: texts are read twice, the second time
only of candidates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import duckdb
import numpy as np
import polars as pl

from pipeline import duplicates
from pipeline.contract import DUPLICATES
from pipeline.contract.schema import frame
from warehouse.ledger import CorpusPending, Patch
from warehouse.sql import query
from warehouse.store import Store
from warehouse.temp_database import MEMORY, batches, put, scratch

type Opened = Callable[[], AbstractContextManager[duckdb.DuckDBPyConnection]]

# Characters of a batch of texts: some three thousand articles.
CHARACTERS = 8_000_000

# The earliest first, those without a day last.
_ORDER = """
SELECT document_id, characters FROM stored.documents
ORDER BY coalesce(published_earliest, DATE '9999-12-31'), document_id
"""
_TEXTS = "SELECT place, coalesce(text, '') FROM stored.documents JOIN wanted USING (document_id) ORDER BY place"
# Marks that many articles share which begin otherwise. Few marks are frequent: only their beginnings are counted.
_COMMON = """
WITH frequent AS (SELECT mark FROM marks GROUP BY mark HAVING count(*) >= $articles)
SELECT mark FROM marks SEMI JOIN frequent USING (mark) GROUP BY mark
HAVING count(DISTINCT lead) >= $articles AND count(DISTINCT lead) > $part * count(*) ORDER BY mark
"""
# Of each mark, each article with the first that has it and with the one before; of each article, those that come up
# most often. So pairs are no more than marks, however many articles share one.
_PAIRS = """
CREATE TABLE pairs AS
WITH pair AS (
    SELECT place AS later, first_value(place) OVER one AS first, lag(place) OVER one AS before
    FROM marks WINDOW one AS (PARTITION BY mark ORDER BY place)
), counted AS (
    SELECT later, earlier, count(*) AS shared
    FROM (SELECT later, unnest([first, nullif(before, first)]) AS earlier FROM pair WHERE first < later)
    WHERE earlier IS NOT NULL GROUP BY ALL HAVING count(*) >= $fewest
)
SELECT later, earlier FROM counted
QUALIFY row_number() OVER (PARTITION BY later ORDER BY shared DESC, earlier) <= $most
"""
_CANDIDATES = "SELECT later, list(earlier ORDER BY earlier) AS earlier FROM pairs GROUP BY later ORDER BY later"


@contextmanager
def patches(store: Store, _: CorpusPending) -> Iterator[Mapping[str, Patch]]:
    """All rows of `duplicates`, sorted."""
    yield {"duplicates": Patch(_find(store.open, store.scratch))}


def _find(opened: Opened, folder: Path) -> pl.DataFrame:
    """(document_id, duplicate_of), sorted. `opened` gives a turn at the store; `folder` is for what does not fit into
    memory."""
    with opened() as connection:
        order = query(connection, _ORDER).with_row_index("place")
    sizes = order["characters"].to_numpy()
    original: dict[int, int] = {}
    with scratch(folder) as own:
        own.execute("CREATE TABLE marks (mark UBIGINT, lead UBIGINT, place UINTEGER)")
        for first, last in _spans(sizes):
            texts = _texts(opened, order[first:last])
            put(own, "marks", _mark_rows(list(texts), *duplicates.marks(texts.values())))
        limits = {"articles": duplicates.COMMON_ARTICLES, "part": duplicates.COMMON_OF_ARTICLES}
        common = query(own, _COMMON, limits)["mark"].to_numpy()
        own.execute(_PAIRS, {"fewest": duplicates.FEWEST_SHARED, "most": duplicates.MOST_CANDIDATES})
        own.execute("DROP TABLE marks")
        for group in _groups(own, sizes, original):
            named = {place for later, earlier in group.items() for place in (later, *earlier)}
            named |= {original[place] for place in named & original.keys()}
            texts = _texts(opened, order[sorted(named)])
            known = {place: duplicates.compared(text, common) for place, text in texts.items()}
            duplicates.decide(group, known, original)
    names = order["document_id"]
    rows = ({"document_id": names[later], "duplicate_of": names[first]} for later, first in original.items())
    return frame(DUPLICATES.stored, sorted(rows, key=lambda row: row["document_id"]))


def _texts(opened: Opened, wanted: pl.DataFrame) -> dict[int, str]:
    """Place -> text of these articles, in their order."""
    with opened() as connection:
        connection.execute(f"SET memory_limit = '{MEMORY}'")
        connection.register("wanted", wanted.select("document_id", "place").to_arrow())
        found = query(connection, _TEXTS)
        connection.unregister("wanted")
    return dict(found.iter_rows())


def _mark_rows(
    places: Sequence[int], worded: Sequence[int], found: Sequence[np.ndarray], leads: Sequence[int]
) -> pl.DataFrame:
    counts = [len(one) for one in found]
    return pl.DataFrame(
        {
            "mark": np.concatenate([np.empty(0, dtype="uint64"), *found]),
            "lead": np.repeat(np.array(leads, dtype="uint64"), counts),
            "place": np.repeat(np.array(places, dtype="uint32")[list(worded)], counts),
        }
    )


def _spans(sizes: np.ndarray) -> Iterator[tuple[int, int]]:
    """Articles in a row, of no more characters than a batch has, or one."""
    first = characters = 0
    for place, size in enumerate(sizes.tolist()):
        if characters and characters + size > CHARACTERS:
            yield first, place
            first, characters = place, 0
        characters += size
    if first < len(sizes):
        yield first, len(sizes)


def _groups(
    own: duckdb.DuckDBPyConnection, sizes: np.ndarray, original: Mapping[int, int]
) -> Iterator[dict[int, Sequence[int]]]:
    """Candidates of later articles, in order, of no more characters than a batch has, or of one. What was decided is
    asked when a group is full: what the earlier ones repeat is compared, too."""
    group: dict[int, Sequence[int]] = {}
    named: set[int] = set()
    characters = 0
    for found in batches(own, _CANDIDATES):
        for later, earlier in found.iter_rows():
            more = {later, *earlier, *(original.get(a, a) for a in earlier)}
            size = int(sizes[list(more - named)].sum())
            if group and characters + size > CHARACTERS:
                yield group
                # What was decided just now may name others.
                more = {later, *earlier, *(original.get(a, a) for a in earlier)}
                group, named, characters, size = {}, set(), 0, int(sizes[list(more)].sum())
            group[later] = earlier
            named |= more
            characters += size
    if group:
        yield group
