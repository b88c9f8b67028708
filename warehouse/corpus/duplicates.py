"""Find the articles that repeat another one. Marks are kept in the store; only texts of candidates are read.

The store keeps each article's marks, which marks are common, and the candidates of each article (pipeline.contract:
MARKS, COMMON_MARKS, CANDIDATES). When articles are added, changed or removed, the postings of their marks are compared
before and after. Articles whose neighbours in a posting have changed get new candidates. If a mark becomes common or
stops being common, the articles that have it are compared again. The result equals that of a full rebuild
(tests/integration/test_duplicates.py).

Memory: a batch of texts, some bytes an article and eight bytes a common mark.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import duckdb
import numpy as np
import polars as pl

from pipeline import duplicates
from pipeline.contract import CANDIDATES, DUPLICATES, MARKS
from pipeline.contract.schema import frame, polars_schema
from warehouse.corpus import duplicate_texts
from warehouse.ledger import CorpusPending, TableDelta
from warehouse.row_files import row_files, write_rows
from warehouse.shard_tasks import RunTasks, ShardTasks, ShardWriter, run_here, source
from warehouse.sql import query, set_memory_limit
from warehouse.store import Store
from warehouse.temp_database import MEMORY, batches, insert_rows, temporary_database

type Opened = Callable[[], AbstractContextManager[duckdb.DuckDBPyConnection]]

# Characters per batch of texts: some three thousand articles.
BATCH_CHARACTERS = 8_000_000
# Parts of a batch that tasks compare: half a second of work, so that there is some for all workers.
TASKS_PER_BATCH = 8

# Every current article, and the former version of each changed or removed one: the earliest first, undated ones last.
_ORDER = """
WITH was AS (
    SELECT DISTINCT document_id, day FROM stored.marks SEMI JOIN changed USING (document_id)
)
SELECT document_id, coalesce(published_earliest, DATE '9999-12-31') AS day, characters,
    document_id NOT IN (SELECT document_id FROM changed) AS was, true AS now
FROM stored.documents
UNION ALL SELECT document_id, day, 0, true, false FROM was
ORDER BY day, document_id, now
"""
_TEXTS = "SELECT place, coalesce(text, '') FROM stored.documents JOIN wanted USING (document_id) ORDER BY place"
_MARKS_OF = "SELECT DISTINCT mark FROM stored.marks SEMI JOIN wanted USING (document_id)"
_POSTINGS = """
SELECT mark, lead, document_id, day FROM stored.marks SEMI JOIN wanted USING (mark)
"""
_TABLES = """
CREATE TABLE marks (mark BIGINT, lead BIGINT, place UINTEGER, was BOOLEAN, now BOOLEAN);
CREATE TABLE articles (place UINTEGER, document_id VARCHAR, day DATE);
"""
# Of a full rebuild: the articles of a part; all articles in order; the postings of a partition of the marks.
_FOUND = """
SELECT document_id, coalesce(published_earliest, DATE '9999-12-31') AS day, characters FROM stored.documents
ORDER BY document_id
"""
_PLACED = """
CREATE TABLE articles AS
SELECT (row_number() OVER (ORDER BY day, document_id) - 1)::UINTEGER AS place, * FROM {}
"""
_PARTITION = """
CREATE TABLE marks AS
SELECT mark, lead, place, false AS was, true AS now FROM ({}) JOIN {} USING (number)
"""
# Marks shared by many articles that begin differently. Few marks are frequent: only their beginnings are counted.
_COMMON = """
WITH frequent AS (SELECT mark FROM marks GROUP BY mark HAVING count(*) >= $articles),
counted AS (
    SELECT mark, count(*) FILTER (was) AS before, count(DISTINCT lead) FILTER (was) AS leads_before,
        count(*) FILTER (now) AS after, count(DISTINCT lead) FILTER (now) AS leads_after
    FROM marks SEMI JOIN frequent USING (mark) GROUP BY mark
), judged AS (
    SELECT mark, leads_before >= $articles AND leads_before > $part * before AS was,
        leads_after >= $articles AND leads_after > $part * after AS now
    FROM counted
)
SELECT mark, now FROM judged WHERE was <> now ORDER BY mark
"""
# The neighbours of an article in the posting of a mark: the first article that has it, and the one before.
_NEIGHBOURS = """
SELECT mark, place, first_value(place) OVER one AS first, lag(place) OVER one AS before
FROM marks WHERE {} WINDOW one AS (PARTITION BY mark ORDER BY place)
"""
_MOVED = f"""
SELECT DISTINCT place FROM ({_NEIGHBOURS.format("now")} EXCEPT {_NEIGHBOURS.format("was")}) ORDER BY place
"""  # noqa: S608 - constants of this module
# Pair each article with its neighbours in each mark's posting, and count the marks that they share. So there are no
# more pairs than marks, however many articles share one.
_SHARED = f"""
WITH pair AS (SELECT place AS later, first, before FROM ({_NEIGHBOURS.format("now")}) {{}})
SELECT later, earlier, count(*) AS shared
FROM (SELECT later, unnest([first, nullif(before, first)]) AS earlier FROM pair WHERE first < later)
WHERE earlier IS NOT NULL GROUP BY ALL
"""  # noqa: S608
# Keep the partners with which an article shares most marks, of all partitions.
_PAIRS = """
CREATE TABLE pairs AS
SELECT later, earlier FROM (SELECT later, earlier, sum(shared) AS shared FROM ({}) GROUP BY ALL)
WHERE shared >= $fewest QUALIFY row_number() OVER (PARTITION BY later ORDER BY shared DESC, earlier) <= $most
"""
_LIMITS = {"fewest": duplicates.MIN_SHARED, "most": duplicates.MAX_CANDIDATES}
_CANDIDATES = "SELECT later, list(earlier ORDER BY earlier) AS earlier FROM pairs GROUP BY later ORDER BY later"
# Articles whose result may change although their candidates are the same: they are `touched`, or a candidate of theirs
# or what it repeats is.
_CONCERNED = """
SELECT document_id FROM touched
UNION SELECT document_id FROM stored.candidates WHERE earlier IN (SELECT document_id FROM touched)
UNION SELECT document_id FROM stored.duplicates WHERE duplicate_of IN (SELECT document_id FROM touched)
UNION SELECT c.document_id FROM stored.candidates AS c JOIN stored.duplicates AS d ON d.document_id = c.earlier
    WHERE d.duplicate_of IN (SELECT document_id FROM touched)
"""
_KNOWN_CANDIDATES = """
SELECT document_id, earlier FROM stored.candidates SEMI JOIN wanted USING (document_id)
"""
_DEPENDENTS = "SELECT DISTINCT document_id FROM stored.candidates WHERE earlier IN (SELECT document_id FROM wanted)"


@dataclass
class _Corpus:
    """Articles in the order of publication. `original`: article -> the one that it repeats; `common`: common marks."""

    opened: Opened
    temp: duckdb.DuckDBPyConnection
    order: pl.DataFrame
    original: dict[int, int] = field(default_factory=dict)
    common: np.ndarray = field(default_factory=lambda: np.empty(0, dtype="uint64"))

    def __post_init__(self) -> None:
        self.sizes = self.order["characters"].to_numpy()
        self.names = self.order["document_id"]

    def rows(
        self, sql: str, wanted: pl.DataFrame, name: str = "wanted", parameters: Mapping[str, object] | None = None
    ) -> pl.DataFrame:
        """Run a query on the store, with a frame as a table."""
        with self.opened() as connection:
            set_memory_limit(connection, MEMORY)
            connection.register(name, wanted.to_arrow())
            try:
                return query(connection, sql, dict(parameters or {}))
            finally:
                connection.unregister(name)

    def places(self, documents: pl.Series) -> list[int]:
        """Return the places of current articles, sorted."""
        now = self.order.lazy().filter("now").select("document_id", "place")
        found = documents.unique().to_frame("document_id").lazy().join(now, on="document_id", how="inner").collect()
        return sorted(found["place"].to_list())

    def documents(self, places: Iterable[int]) -> pl.DataFrame:
        """Return the articles at these places, by id."""
        return pl.DataFrame({"document_id": self.names[sorted(places)]}, {"document_id": pl.String})

    def texts(self, places: Sequence[int]) -> dict[int, str]:
        """Return place -> text, in their order."""
        return dict(self.rows(_TEXTS, self.order[list(places)].select("document_id", "place")).iter_rows())

    def decide(self, candidates: Iterator[tuple[int, Sequence[int]]]) -> None:
        """Decide which articles repeat one of their candidates, in order."""
        for group in self.groups(candidates):
            named = {place for later, earlier in group.items() for place in (later, *earlier)}
            named |= {self.original[place] for place in named & self.original.keys()}
            known = {
                place: duplicates.prepare_text(text, self.common) for place, text in self.texts(sorted(named)).items()
            }
            duplicates.decide(group, partial(_repeated, known), self.original)

    def groups(
        self, candidates: Iterable[tuple[int, Sequence[int]]], most: int | None = None
    ) -> Iterator[dict[int, Sequence[int]]]:
        """Group candidates of later articles: at most `most` characters (default: BATCH_CHARACTERS), or one article.
        Earlier decisions are read when a group is full, because what the candidates repeat is compared, too."""
        most = BATCH_CHARACTERS if most is None else most
        group: dict[int, Sequence[int]] = {}
        named: set[int] = set()
        characters = 0
        for later, earlier in candidates:
            more = {later, *earlier, *(self.original.get(a, a) for a in earlier)}
            size = int(self.sizes[list(more - named)].sum())
            if group and characters + size > most:
                yield group
                # The decisions on this group may add other texts.
                more = {later, *earlier, *(self.original.get(a, a) for a in earlier)}
                group, named, characters, size = {}, set(), 0, int(self.sizes[list(more)].sum())
            group[later] = earlier
            named |= more
            characters += size
        if group:
            yield group


@contextmanager
def deltas(store: Store, pending: CorpusPending, run: RunTasks = run_here) -> Iterator[Mapping[str, TableDelta]]:
    """Return the changes of `duplicates` and of its index tables."""
    with temporary_database(store.scratch) as temp:
        if pending.full_rebuild:
            yield _whole(store.open, temp, ShardTasks.make(store, run))
            return
        changed = pl.DataFrame({"document_id": list(pending.changed)}, {"document_id": pl.String})
        corpus = _opened(store.open, temp, changed)
        temp.execute(_TABLES)
        insert_rows(temp, "articles", corpus.order.select("place", "document_id", "day"))
        due = corpus.order.filter(pl.col("now") & ~pl.col("was"))
        for part in _parts(due):
            texts = corpus.texts(part["place"].to_list())
            found = _mark_rows(list(texts), *duplicates.marks(texts.values()))
            insert_rows(temp, "marks", found.with_columns(was=False, now=True))
        temp.execute("CREATE TABLE new_marks AS SELECT place, * FROM marks JOIN articles USING (place)")
        yield _changed(corpus, changed)


def read_marks(connection: duckdb.DuckDBPyConnection, write: ShardWriter, partitions: int) -> None:
    """Write a part's articles and their marks: the rows of `marks`, and postings in partitions by mark. Articles of all
    parts have different numbers."""
    articles = query(connection, _FOUND).with_row_index("place")
    articles = articles.with_columns(number=pl.col("place").cast(pl.Int64) + (write.number << 32))
    write.rows("articles", articles.select("number", "document_id", "day", "characters"))
    for batch, part in enumerate(list(_parts(articles)) or [articles]):
        connection.register("wanted", part.to_arrow())
        texts = dict(query(connection, _TEXTS).iter_rows())
        connection.unregister("wanted")
        found = _mark_rows(list(texts), *duplicates.marks(texts.values())).join(part, on="place")
        connection.register("found", found.to_arrow())
        write_rows(connection, write, MARKS, "FROM found", batch)
        write.by_key(connection, "postings", "SELECT number, mark, lead FROM found", "mark", partitions, batch)
        connection.unregister("found")


def match_marks(connection: duckdb.DuckDBPyConnection, write: ShardWriter, number: int, places: Path) -> None:
    """Write the common marks of a partition, and the pairs of articles that share marks, with their number. `places`: a
    file with the place of each article."""
    connection.execute(_PARTITION.format(write.partition("postings", number), source([places])))
    write.rows("common", _marks_with_changed_status(connection).select("mark"))
    write.query(connection, "shared", _SHARED.format(""))


def _repeated(known: Mapping[int, duplicates.ComparableText], earlier: int, later: int) -> bool:
    return duplicates.repeats(known[earlier], known[later])


def _opened(opened: Opened, temp: duckdb.DuckDBPyConnection, changed: pl.DataFrame) -> _Corpus:
    corpus = _Corpus(opened, temp, pl.DataFrame({"document_id": [], "characters": []}))
    order = corpus.rows(_ORDER, changed, "changed").with_row_index("place")
    return _Corpus(opened, temp, order)


def _whole(opened: Opened, temp: duckdb.DuckDBPyConnection, parts: ShardTasks) -> Mapping[str, TableDelta]:
    partitions = max(parts.partitions, 1)
    parts.read(read_marks, partitions=partitions)
    temp.execute(_PLACED.format(parts.files("articles")))
    places = parts.write(temp, "places", "SELECT number, place FROM articles")
    parts.match(match_marks, partitions, places=places)
    corpus = _Corpus(opened, temp, query(temp, "SELECT document_id, characters FROM articles ORDER BY place"))
    corpus.common = _unsigned(query(temp, f"FROM {parts.files('common')}")["mark"])
    temp.execute(_PAIRS.format(f"FROM {parts.files('shared')}"), _LIMITS)
    corpus.original = duplicate_texts.decide(
        parts,
        temp,
        (row for part in batches(temp, _CANDIDATES) for row in part.iter_rows()),
        partial(corpus.groups, most=BATCH_CHARACTERS // TASKS_PER_BATCH),
        corpus.common,
    )
    pairs = (
        "SELECT a.document_id, b.document_id AS earlier FROM pairs JOIN articles AS a ON a.place = later "
        "JOIN articles AS b ON b.place = pairs.earlier"
    )
    return {
        "duplicates": TableDelta(_repeats(corpus, corpus.original)),
        "marks": TableDelta(row_files(temp, parts, MARKS)),
        "common_marks": TableDelta(pl.DataFrame({"mark": corpus.common.view("int64")})),
        "candidates": TableDelta(batches(temp, pairs)),
    }


def _changed(corpus: _Corpus, changed: pl.DataFrame) -> Mapping[str, TableDelta]:
    temp = corpus.temp
    # The postings of all marks that changed articles had or have.
    temp.execute("DELETE FROM marks")
    added = query(temp, "SELECT DISTINCT mark FROM new_marks")
    _post(corpus, pl.concat([corpus.rows(_MARKS_OF, changed), added]))
    flips = _marks_with_changed_status(temp)
    corpus.common = _common(corpus, flips)
    moved = set(query(temp, _MOVED)["place"].to_list())
    insert_rows(temp, "flips", flips)
    flipped = query(temp, "SELECT DISTINCT place FROM marks SEMI JOIN flips USING (mark) WHERE now")["place"].to_list()
    # New candidates depend on all marks of an article, not only on those that changed articles share.
    kept = corpus.documents(place for place in moved if corpus.order["was"][place])
    if kept.height:
        temp.execute("DELETE FROM marks")
        _post(corpus, pl.concat([corpus.rows(_MARKS_OF, kept), added]))
    insert_rows(temp, "moved", pl.DataFrame({"place": sorted(moved)}, {"place": pl.UInt32}))
    temp.execute(_PAIRS.format(_SHARED.format("SEMI JOIN moved USING (place)")), _LIMITS)
    new_candidates = {later: list(earlier) for later, earlier in query(temp, _CANDIDATES).iter_rows()}

    corpus.original = _originals(corpus)
    touched = pl.concat([changed, corpus.documents(flipped)]).unique()
    dirty = {*moved, *flipped, *corpus.places(corpus.rows(_CONCERNED, touched, "touched")["document_id"])}
    again: set[int] = set()
    while dirty:
        batch_places = sorted(dirty)
        again |= dirty
        before = {place: corpus.original.pop(place, None) for place in batch_places}
        corpus.decide(_candidates(corpus, batch_places, new_candidates, moved))
        other = {place for place in batch_places if corpus.original.get(place) != before[place]}
        dirty = _dependents(corpus, other, new_candidates, moved) - set(batch_places) if other else set()
    removed = pl.concat([changed, corpus.documents(again)]).unique()
    names = corpus.names
    pairs = [(names[later], names[one]) for later, earlier in new_candidates.items() for one in earlier]
    return {
        "duplicates": TableDelta(_repeats(corpus, again & corpus.original.keys()), removed),
        "marks": TableDelta(query(temp, "SELECT document_id, day, mark, lead FROM new_marks"), changed),
        "common_marks": TableDelta(flips.filter("now").select("mark"), flips.select("mark")),
        "candidates": TableDelta(
            pl.DataFrame(pairs, polars_schema(CANDIDATES.stored), orient="row"),
            pl.concat([changed, corpus.documents(moved)]).unique(),
        ),
    }


def _post(corpus: _Corpus, marks: pl.DataFrame) -> None:
    """Insert the postings of these marks and of those in `new_marks` into `marks`, before and after the change."""
    known = corpus.rows(_POSTINGS, marks.unique())
    was = corpus.order.filter("was").select("document_id", "place", "now")
    rows = known.join(was, on="document_id").with_columns(was=True)
    insert_rows(corpus.temp, "marks", rows.select("mark", "lead", "place", "was", "now"))
    corpus.temp.execute("INSERT INTO marks BY NAME SELECT mark, lead, place, false AS was, true AS now FROM new_marks")


def _marks_with_changed_status(temp: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Return the marks that became common (`now`) or stopped being common."""
    return query(temp, _COMMON, {"articles": duplicates.COMMON_ARTICLES, "part": duplicates.COMMON_OF_ARTICLES})


def _common(corpus: _Corpus, flips: pl.DataFrame) -> np.ndarray:
    """Return the current common marks, sorted."""
    known = corpus.rows("SELECT mark FROM stored.common_marks ANTI JOIN flips USING (mark)", flips, "flips")
    return _unsigned(pl.concat([known, flips.filter("now").select("mark")])["mark"])


def _unsigned(marks: pl.Series) -> np.ndarray:
    return np.sort(marks.to_numpy().astype("int64").view("uint64"))


def _originals(corpus: _Corpus) -> dict[int, int]:
    """Return the stored repeats, article -> the one that it repeats. -1: one that is gone."""
    had = corpus.rows("SELECT document_id, duplicate_of FROM stored.duplicates", pl.DataFrame({"x": [0]}))
    now = corpus.order.filter("now").select("document_id", "place")
    firsts = now.rename({"document_id": "duplicate_of", "place": "first"})
    found = had.join(now, on="document_id").join(firsts, on="duplicate_of", how="left")
    return dict(found.select("place", pl.col("first").cast(pl.Int64).fill_null(-1)).iter_rows())


def _candidates(
    corpus: _Corpus, batch_places: Sequence[int], new_candidates: Mapping[int, Sequence[int]], moved: Collection[int]
) -> Iterator[tuple[int, Sequence[int]]]:
    """Yield the candidates of these articles, in order: new ones of articles that moved, stored ones of the others."""
    known: defaultdict[int, list[int]] = defaultdict(list)
    rows = corpus.rows(_KNOWN_CANDIDATES, corpus.documents(place for place in batch_places if place not in moved))
    now = corpus.order.filter("now").select("document_id", "place")
    found = rows.join(now, on="document_id").join(
        now.rename({"document_id": "earlier", "place": "first"}), on="earlier"
    )
    for later, earlier in found.select("place", "first").sort("place", "first").iter_rows():
        known[later].append(earlier)
    for place in batch_places:
        earlier = new_candidates.get(place, ()) if place in moved else known.get(place, ())
        if earlier:
            yield place, earlier


def _dependents(
    corpus: _Corpus, other: set[int], new_candidates: Mapping[int, Sequence[int]], moved: Collection[int]
) -> set[int]:
    """Return the articles that have one of these as a candidate."""
    known = corpus.places(corpus.rows(_DEPENDENTS, corpus.documents(other))["document_id"])
    return {place for place in known if place not in moved} | {
        later for later, earlier in new_candidates.items() if not other.isdisjoint(earlier)
    }


def _repeats(corpus: _Corpus, places: Iterable[int]) -> pl.DataFrame:
    """Return the rows of `duplicates` of these articles, sorted."""
    names = corpus.names
    rows = ({"document_id": names[place], "duplicate_of": names[corpus.original[place]]} for place in places)
    return frame(DUPLICATES.stored, sorted(rows, key=lambda row: row["document_id"]))


def _mark_rows(
    places: Sequence[int], worded: Sequence[int], found: Sequence[np.ndarray], leads: Sequence[int]
) -> pl.DataFrame:
    """Return marks with the places of their articles. Hashes are stored as signed numbers of the same bits."""
    counts = [len(one) for one in found]
    marks = np.concatenate([np.empty(0, dtype="uint64"), *found]).view("int64")
    return pl.DataFrame(
        {
            "mark": marks,
            "lead": np.repeat(np.array(leads, dtype="uint64").view("int64"), counts),
            "place": np.repeat(np.array(places, dtype="uint32")[list(worded)], counts),
        }
    )


def _parts(order: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Split articles into batches of at most BATCH_CHARACTERS characters, or one article."""
    first = characters = 0
    for row, size in enumerate(order["characters"].to_list()):
        if characters and characters + size > BATCH_CHARACTERS:
            yield order[first:row]
            first, characters = row, 0
        characters += size
    if first < order.height:
        yield order[first:]
