"""Which articles of the corpus repeat another: their texts in batches, their bands in a database of their own.

Belongs here: the order of the articles, batches by characters, and the SQL that finds those that share a band. Does
not belong here: what is compared and what a repetition is (pipeline.duplicates), writing (warehouse.ledger).

Memory is that of a batch and some bytes an article: texts are read twice, the second time only of candidates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import duckdb
import numpy as np
import polars as pl

from pipeline import duplicates
from pipeline.schema import frame
from pipeline.tables import DUPLICATES
from warehouse.scratch import MEMORY, batches, put, scratch
from warehouse.store import query

type Opened = Callable[[], AbstractContextManager[duckdb.DuckDBPyConnection]]

# Characters of a batch of texts: some three thousand articles.
CHARACTERS = 8_000_000

# The earliest first, those without a day last.
_ORDER = """
SELECT document_id, characters FROM stored.documents
ORDER BY coalesce(published_earliest, DATE '9999-12-31'), document_id
"""
_TEXTS = "SELECT place, coalesce(text, '') FROM stored.documents JOIN wanted USING (document_id) ORDER BY place"
# In each bucket, each article with the first and with the one before.
_PAIRS = """
CREATE TABLE pairs AS
WITH pair AS (
    SELECT place AS later, unnest([first_value(place) OVER bucket, lag(place) OVER bucket]) AS earlier
    FROM bands WINDOW bucket AS (PARTITION BY band, one, two ORDER BY place)
)
SELECT DISTINCT later, earlier FROM pair WHERE earlier < later
"""
_CANDIDATES = "SELECT later, list(earlier ORDER BY earlier) AS earlier FROM pairs GROUP BY later ORDER BY later"


def find(opened: Opened, folder: Path) -> pl.DataFrame:
    """(document_id, duplicate_of), sorted. `opened` gives a turn at the store; `folder` is for what does not fit into
    memory."""
    with opened() as connection:
        order = query(connection, _ORDER).with_row_index("place")
    sizes = order["characters"].to_numpy()
    original: dict[int, int] = {}
    with scratch(folder) as own:
        own.execute("CREATE TABLE bands (band UTINYINT, one UBIGINT, two UBIGINT, place UINTEGER)")
        for first, last in _spans(sizes):
            texts = _texts(opened, order[first:last])
            worded, found = duplicates.bands(texts.values())
            put(own, "bands", _band_rows(np.array(list(texts), dtype="uint32")[worded], found))
        own.execute(_PAIRS)
        own.execute("DROP TABLE bands")
        for group in _groups(own, sizes, original):
            named = {place for later, earlier in group.items() for place in (later, *earlier)}
            named |= {original[place] for place in named & original.keys()}
            texts = _texts(opened, order[sorted(named)])
            compared = dict(zip(texts, duplicates.shingles(texts.values()), strict=True))
            duplicates.decide(group, compared, original)
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


def _band_rows(places: np.ndarray, found: np.ndarray) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "band": np.tile(np.arange(duplicates.BANDS, dtype="uint8"), len(places)),
            "one": found[:, :, 0].reshape(-1),
            "two": found[:, :, 1].reshape(-1),
            "place": np.repeat(places, duplicates.BANDS),
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
