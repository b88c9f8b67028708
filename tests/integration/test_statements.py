"""Quotations of many articles that report one utterance."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import statements
from pipeline.contract import BY_NAME, INDEX_TABLES_BY_STAGE
from pipeline.contract.schema import frame
from pipeline.statements.wording_similarity import fingerprints, is_same_wording, words_of
from tests.examples import Example, check, parametrized
from tests.support import factory
from tests.support.property_tests import WITHOUT_SHRINKING
from tests.support.time_limit import cpu_limit
from warehouse.corpus import statements as found_in
from warehouse.ledger import CorpusPending
from warehouse.migration import ddl

SCHEMA = {
    "quote_id": pl.String,
    "document_id": pl.String,
    "start": pl.Int64,
    "kind": pl.String,
    "part_of": pl.String,
    "text": pl.String,
    "speaker_entity_id": pl.String,
}
LONG = "We will rebuild every bridge that the flood has taken from the people of this valley"
Row = tuple[str, str, str, str | None]


def quotes(*rows: Row, kind: str = "direct") -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "quote_id": q,
                "document_id": d,
                "start": i,
                "kind": kind,
                "part_of": None,
                "text": t,
                "speaker_entity_id": s,
            }
            for i, (q, d, t, s) in enumerate(rows)
        ],
        schema=SCHEMA,
    )


def group(quotes: pl.DataFrame, documents: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return statements and utterances of a store that holds these."""
    quotes = quotes.with_row_index("speaker_chain")
    led = quotes.select("document_id", "speaker_entity_id", chain="speaker_chain").drop_nulls()
    with duckdb.connect() as connection, tempfile.TemporaryDirectory() as folder:
        connection.execute("CREATE SCHEMA stored")
        tables = {
            "quotes": quotes,
            "documents": documents,
            "resolutions": led.rename({"speaker_entity_id": "entity_id"}),
        }
        for name, rows in tables.items():
            connection.register("incoming", rows.to_arrow())
            connection.execute(f"CREATE TABLE stored.{name} AS FROM incoming")
        store: Any = factory.store_of(connection, folder)
        with found_in.deltas(store, CorpusPending("", {}, (), True)) as made:
            frames = {
                name: [frame(BY_NAME[name].stored, ()), *made[name].rows] for name in ("statements", "utterances")
            }
        assert not store.scratch.exists()
    return pl.concat(frames["statements"]), pl.concat(frames["utterances"])


def documents(*days: date | None) -> pl.DataFrame:
    return pl.DataFrame(
        {"document_id": [f"d{i}" for i in range(len(days))], "published_earliest": days, "published_latest": days},
        schema={"document_id": pl.String, "published_earliest": pl.Date, "published_latest": pl.Date},
    )


@parametrized("statements")
def test_examples(area: str, example: Example) -> None:
    texts, known = example.text.split(" || "), dict(example.given)
    speakers = known.get("speakers", "x" + ", x" * (len(texts) - 1)).split(", ")
    days = [None if day == "-" else date.fromisoformat(day) for day in known.get("published", "-").split(", ")]
    rows: list[Row] = [
        (f"q{i}", f"d{i}", text, None if speaker == "-" else speaker)
        for i, (text, speaker) in enumerate(zip(texts, speakers, strict=True))
    ]
    statements, utterances = group(quotes(*rows, kind=known.get("kind", "direct")), documents(*days))
    assert utterances.height == len(rows)
    check(example, [(f"{statements.height} statement{'s' * (statements.height != 1)}",)])


def test_fragments_of_one_utterance_share_its_statement() -> None:
    rows = quotes(("a", "d0", "We will rebuild every bridge", "x"), ("b", "d0", "that the flood has taken", "x"))
    rows = rows.with_columns(part_of=pl.Series([None, "a"]))
    statements, led = group(rows, documents(date(2021, 1, 1)))
    assert led["statement_id"].n_unique() == 1
    row = statements.row(0, named=True)
    assert (row["text"], row["quotes"], row["documents"]) == (
        "We will rebuild every bridge that the flood has taken",
        2,
        1,
    )
    assert row["first_published_earliest"] == date(2021, 1, 1)


def test_a_later_article_does_not_move_the_id() -> None:
    first, _ = group(quotes(("m", "d0", LONG, "x")), documents(date(2021, 1, 1), date(2021, 1, 2)))
    both = quotes(("m", "d0", LONG, "x"), ("a", "d1", LONG + " and beyond", "x"))
    second, _ = group(both, documents(date(2021, 1, 1), date(2021, 1, 2)))
    assert first["statement_id"].to_list() == second["statement_id"].to_list()
    assert second["text"].to_list() == [LONG + " and beyond"]


def test_nothing() -> None:
    statements, led = group(quotes(), documents())
    assert statements.is_empty()
    assert led.is_empty()


@settings(max_examples=5, phases=WITHOUT_SHRINKING)
@given(st.permutations(range(7)), st.lists(st.sampled_from(["x", "y", None]), min_size=7, max_size=7))
def test_order_of_rows_and_batches_do_not_show(order: list[int], speakers: list[str | None]) -> None:
    words = LONG.split()
    rows = quotes(*((f"q{i}", f"d{i}", " ".join(words[i : i + 9]), s) for i, s in enumerate(speakers)))
    days = documents(*(date(2021, 1, 1 + i % 3) if i % 2 else None for i in range(7)))
    one = group(rows, days)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(found_in, "ARTICLES", 2)
        patch.setattr(found_in, "PAIRS", 1)
        other = group(rows[order], days[order[::-1]])
    assert one[0].equals(other[0])
    assert one[1].equals(other[1])


@given(st.text(alphabet="ab []'’.", max_size=60), st.text(alphabet="ab []'’.", max_size=60))
def test_likeness_is_mutual(a: str, b: str) -> None:
    one, other = words_of(a), words_of(b)
    assert is_same_wording(one, other, part=True) == is_same_wording(other, one, part=True)
    assert is_same_wording(one, one, part=False)


def test_a_fingerprint_is_found_wherever_the_run_stands() -> None:
    run = LONG.split()[:5]
    for before in range(20):
        assert fingerprints(words_of(" ".join([*["well"] * before, *run, "and so on and on"]))) & fingerprints(
            tuple(run)
        )


@pytest.mark.slow
def test_work_grows_with_the_words() -> None:
    text = "the same few words open every quotation number {} and go on in their way"
    rows = quotes(*((f"q{i:05}", f"d{i % 50}", text.format(i), "x") for i in range(10_000)))
    days = documents(*[date(2021, 1, 1)] * 50)
    with cpu_limit():
        group(rows, days)


TABLES = (BY_NAME["statements"], BY_NAME["utterances"], *INDEX_TABLES_BY_STAGE["statements"])
SAYINGS = [
    LONG,
    f"{LONG} and more",
    " ".join(LONG.split()[4:]),
    "We will rebuild every road that the flood has taken from the people of this valley",
    "We will not rebuild every bridge that the flood has taken from the people of this valley",
    "No comment today",
    "No",
    "...",
]
DAYS = [None, date(2021, 1, 1), date(2021, 1, 20), date(2021, 1, 21)]


class Kept:
    """A store of quotations whose statements are kept up to date."""

    def __init__(self, folder: str) -> None:
        self.connection = duckdb.connect()
        self.connection.execute("CREATE SCHEMA stored")
        for name, columns in {
            "documents": "document_id VARCHAR, published_earliest DATE, published_latest DATE",
            "quotes": "quote_id VARCHAR, document_id VARCHAR, start BIGINT, kind VARCHAR, part_of VARCHAR, "
            "text VARCHAR, speaker_chain BIGINT",
            "resolutions": "document_id VARCHAR, chain BIGINT, entity_id VARCHAR",
        }.items():
            self.connection.execute(f"CREATE TABLE stored.{name} ({columns})")
        for table in TABLES:
            self.connection.execute(ddl(table))
        self.store: Any = factory.store_of(self.connection, folder)

    def put(self, articles: dict[str, Article], *, gone: tuple[str, ...] = (), whole: bool = False) -> None:
        """Add or change these articles, remove those."""
        for table in ("documents", "quotes", "resolutions"):
            self.connection.execute(
                f"DELETE FROM stored.{table} WHERE document_id IN (SELECT unnest(?))",  # noqa: S608
                [[*articles, *gone]],
            )
        for name, (day, said) in articles.items():
            self.connection.execute("INSERT INTO stored.documents VALUES (?, ?, ?)", [name, DAYS[day], DAYS[day]])
            for n, (saying, speaker, part) in enumerate(said):
                row = [f"{name}q{n}", name, n, "indirect" if n == 2 else "direct", f"{name}q0" if part and n else None]
                self.connection.execute(
                    "INSERT INTO stored.quotes VALUES (?, ?, ?, ?, ?, ?, ?)", [*row, SAYINGS[saying], n]
                )
                if speaker:
                    self.connection.execute("INSERT INTO stored.resolutions VALUES (?, ?, ?)", [name, n, f"e{speaker}"])
        self.patch(tuple(articles), gone, whole=whole)

    def lead(self, names: set[str], come: int, now: int) -> None:
        """Change one entity in these articles; nothing else changes."""
        sql = "UPDATE stored.resolutions SET entity_id = ? WHERE entity_id = ? AND document_id IN (SELECT unnest(?))"
        self.connection.execute(sql, [f"e{now}", f"e{come}", sorted(names)])
        self.connection.execute("INSERT INTO stored.resolved_again SELECT unnest(?)", [sorted(names)])
        self.patch((), ())

    def patch(self, due: tuple[str, ...], gone: tuple[str, ...], *, whole: bool = False) -> None:
        with found_in.deltas(self.store, CorpusPending("", dict.fromkeys(due, ""), gone, whole)) as made:
            factory.apply(self.connection, made)

    def rows(self, name: str) -> list[tuple[Any, ...]]:
        """Return all rows of a table, sorted."""
        return self.connection.execute(f"FROM stored.{name} ORDER BY ALL").fetchall()


# A day, and the utterances: a saying, a speaker (0: unknown), whether it is a fragment of the first.
type Article = tuple[int, list[tuple[int, int, bool]]]
ARTICLE = st.tuples(
    st.integers(0, 3),
    st.lists(st.tuples(st.integers(0, len(SAYINGS) - 1), st.integers(0, 2), st.booleans()), max_size=3),
)
TURN = st.tuples(
    st.dictionaries(st.integers(0, 11), ARTICLE, max_size=4),
    st.sets(st.integers(0, 11), max_size=2),
    st.tuples(st.sets(st.integers(0, 11), max_size=3), st.integers(1, 2), st.integers(1, 2)),
)
type Turn = tuple[dict[int, Article], set[int], tuple[set[int], int, int]]


@pytest.mark.slow
@settings(max_examples=40, phases=WITHOUT_SHRINKING)
@given(st.dictionaries(st.integers(0, 11), ARTICLE, max_size=9), st.lists(TURN, min_size=1, max_size=4))
def test_any_history_gives_what_a_rebuild_gives(first: dict[int, Article], turns: list[Turn]) -> None:
    """Articles come, change, get another day, and go, and speakers get other entities: every row is the same."""
    with tempfile.TemporaryDirectory() as folder:
        kept = Kept(folder)
        articles = {f"d{n}": article for n, article in first.items()}
        kept.put(articles, whole=True)
        for come, leave, (led, one, other) in turns:
            gone = tuple(sorted({f"d{n}" for n in leave - come.keys()} & articles.keys()))
            rows = {f"d{n}": article for n, article in come.items()}
            articles = {name: article for name, article in articles.items() if name not in gone} | rows
            kept.put(rows, gone=gone)
            names = {f"d{n}" for n in led} & articles.keys()
            kept.lead(names, one, other)
            for name in names:
                day, said = articles[name]
                articles[name] = day, [(what, other if who == one else who, part) for what, who, part in said]
            fresh = Kept(folder)
            fresh.put(articles, whole=True)
            for table in ("statements", "utterances", "quote_marks", "resolved_again"):
                assert kept.rows(table) == fresh.rows(table), table


def test_one_new_article_reads_what_it_touches(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It reads the same rows for any number of other articles."""
    kept = Kept(str(tmp_path))
    kept.put({f"d{n:02}": (1, [(n % 2 and 5, 1 + n % 2, False)]) for n in range(60)}, whole=True)
    read: list[int] = []
    utterances = statements.utterances
    monkeypatch.setattr(statements, "utterances", lambda rows: (read.append(1) or row for row in utterances(rows)))
    kept.put({"new": (2, [(7, 0, False)])})
    assert len(read) == 1
