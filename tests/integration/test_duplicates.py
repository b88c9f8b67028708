"""Articles that repeat another."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import duplicates
from pipeline.contract import DUPLICATES, INDEX_TABLES_BY_STAGE, Table
from tests.support import factory
from tests.support.property_tests import WITHOUT_SHRINKING
from tests.unit.test_near_duplicates import ARTICLE as WIRE
from tests.unit.test_near_duplicates import BRIEFS, FOOTER, MATCH, OTHER, REPORT, SAME
from warehouse.corpus import duplicate_texts
from warehouse.corpus import duplicates as repeats
from warehouse.ledger import CorpusPending
from warehouse.migration import ddl

ARTICLE = (
    "the harbour council voted on tuesday to dredge the northern channel before winter so that larger grain ships "
    "can reach the new terminal after years of delay caused by a dispute with the railway over who pays for the bridge "
    "and its repairs while fishermen said that the mud would be dumped too close to the oyster beds"
)
WORDS = ARTICLE.split()


type Row = tuple[str, date | None, str]


KEPT = (DUPLICATES, *INDEX_TABLES_BY_STAGE["duplicates"])


class Kept:
    """A store of articles whose duplicates are kept up to date."""

    def __init__(self, folder: str) -> None:
        self.connection = duckdb.connect()
        self.connection.execute("CREATE SCHEMA stored")
        kinds = "document_id VARCHAR, published_earliest DATE, text VARCHAR, characters BIGINT"
        self.connection.execute(f"CREATE TABLE stored.documents ({kinds})")
        for table in KEPT:
            self.connection.execute(ddl(table))
        self.store: Any = factory.store_of(self.connection, folder)

    def put(self, *rows: Row, gone: tuple[str, ...] = (), whole: bool = False) -> None:
        """Add or change these articles, remove those."""
        names = [*gone, *(name for name, *_ in rows)]
        self.connection.execute("DELETE FROM stored.documents WHERE document_id IN (SELECT unnest(?))", [names])
        for name, day, text in rows:
            self.connection.execute("INSERT INTO stored.documents VALUES (?, ?, ?, ?)", [name, day, text, len(text)])
        due = {name: "" for name, *_ in rows}
        with repeats.deltas(self.store, CorpusPending("", due, gone, whole)) as deltas:
            factory.apply(self.connection, deltas)

    def rows(self, table: Table) -> list[tuple[Any, ...]]:
        """Return all rows of a table, sorted."""
        return self.connection.execute(f"FROM stored.{table.name} ORDER BY ALL").fetchall()


def found(*rows: Row) -> dict[str, str]:
    """Return which articles repeat which, in a store that holds these articles."""
    with tempfile.TemporaryDirectory() as folder:
        kept = Kept(folder)
        kept.put(*rows, whole=True)
        return dict(kept.rows(DUPLICATES))


def test_a_copy_with_another_headline_points_at_the_earliest() -> None:
    copy = "HARBOUR NEWS: " + ARTICLE + "."
    assert found(("a", date(2021, 3, 2), copy), ("b", date(2021, 3, 1), ARTICLE)) == {"a": "b"}


def test_without_days_the_first_id_is_the_original() -> None:
    assert found(("b", None, ARTICLE), ("a", None, ARTICLE), ("c", date(2021, 1, 1), ARTICLE)) == {"a": "c", "b": "c"}


def test_an_article_on_the_same_matter_is_none() -> None:
    other = " ".join(reversed(WORDS))
    assert found(("a", None, ARTICLE), ("b", None, other)) == {}


def test_short_texts_must_be_the_same() -> None:
    assert found(("a", None, "No comment today"), ("b", None, "no comment today!"), ("c", None, "No comment")) == {
        "b": "a"
    }
    assert found(("a", None, ""), ("b", None, "")) == {}


def test_nothing() -> None:
    assert found() == {}


def test_one_that_repeats_a_repetition_points_at_the_first() -> None:
    """Each cut is like the one before; one that is no longer like the first is a separate article."""
    rows = [(f"d{i}", date(2021, 1, 1 + i), " ".join(WORDS[3 * i :])) for i in range(6)]
    names = found(*rows)
    assert names["d1"] == names["d2"] == "d0"
    assert not set(names.values()) & set(names)
    assert "d5" in names or "d5" in names.values()


@settings(max_examples=5, phases=WITHOUT_SHRINKING)
@given(st.permutations(range(8)), st.data())
def test_order_and_batches_do_not_show_and_nothing_is_chained(order: list[int], data: st.DataObject) -> None:
    cuts = data.draw(st.lists(st.integers(0, 12), min_size=8, max_size=8))
    rows = [(f"d{i}", date(2021, 1, 1 + i % 3) if i % 4 else None, " ".join(WORDS[cut:])) for i, cut in enumerate(cuts)]
    one = found(*rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(repeats, "BATCH_CHARACTERS", data.draw(st.integers(1, 2_000)))
        assert one == found(*(rows[i] for i in order))
    assert not set(one.values()) & set(one)


def test_articles_without_words_are_no_batch_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeats, "BATCH_CHARACTERS", 1)
    assert found(("a", None, ""), ("b", None, ARTICLE), ("c", None, "?!"), ("d", None, ARTICLE)) == {"d": "b"}


@pytest.mark.parametrize(("a", "b"), SAME.values(), ids=SAME)
def test_a_copy_is_a_duplicate_whichever_came_first(a: str, b: str) -> None:
    assert found(("a", date(2021, 3, 1), a), ("b", date(2021, 3, 2), b)) == {"b": "a"}
    assert found(("a", date(2021, 3, 2), a), ("b", date(2021, 3, 1), b)) == {"a": "b"}


@pytest.mark.parametrize(("a", "b"), OTHER.values(), ids=OTHER)
def test_what_only_looks_like_one_is_none(a: str, b: str) -> None:
    assert found(("a", date(2021, 3, 1), a), ("b", date(2021, 3, 2), b)) == {}


def words(seed: int, count: int) -> str:
    """Return a sentence of words that no other number gives."""
    return " ".join(f"w{seed}x{i}" for i in range(count)).capitalize() + "."


def corpus(*texts: str) -> dict[int, int]:
    """Return which articles repeat which, by number, earliest first."""
    made = found(*((f"{i:03}", date(2021, 1, 1), text) for i, text in enumerate(texts)))
    return {int(later): int(first) for later, first in made.items()}


@pytest.mark.parametrize("own", [8, 30, 60])
@pytest.mark.parametrize("footer", [1, 4])
def test_a_footer_of_many_is_none_of_theirs(own: int, footer: int) -> None:
    """This holds for any length; an article with a copied text above it still repeats."""
    long = " ".join([FOOTER] * footer)
    below = [f"{words(i, own)}\n\n{long}" for i in range(8)]
    assert corpus(*below) == {}
    assert corpus(*below, f"{words(3, own)} {words(40, 3)}\n\n{long}") == ({8: 3} if own >= 30 else {})


def test_a_heading_of_many_is_none_of_theirs() -> None:
    assert corpus(*(f"{FOOTER}\n\n{words(i, 60)}" for i in range(8))) == {}


def test_copies_of_a_wire_point_at_the_first_where_each_outlet_adds_to_it() -> None:
    outlets = [f"{words(i, 6)[:-1]}\n\n{WIRE}\n\n{words(50 + i, 25)}" for i in range(9)]
    assert corpus(WIRE, *outlets) == dict.fromkeys(range(1, 10), 0)


def test_reports_of_one_template_are_none_and_a_copy_of_one_is() -> None:
    names = ["Lund", "Moe", "Dahl", "Ness", "Lie", "Strand", "Berg", "Vik", "Aas", "Hoel"]
    reports = [
        REPORT.format(town=f"{n}stad", a=f"{30 + i}.{i}", day="Monday" if i % 2 else "Friday", b=f"{i}.{i + 1}",
                      up="above", c=200 + 7 * i, d=f"{20 + i}.5", e=f"1{i}.2", f=f"{i + 1}.30", who=f"Ola {n}")
        for i, n in enumerate(names)
    ]  # fmt: skip
    matches = [
        MATCH.format(a=f"{n}by", b=f"{n}vik", x=f"{i}-{i + 1}", n=300 + 31 * i, p=f"{n}sen", q=f"{n}rud", m=i + 12,
                     c=f"{n}nes", k=i + 2)
        for i, n in enumerate(names)
    ]  # fmt: skip
    assert corpus(*reports, *matches, f"Cod dearer again\n\n{reports[4]}") == {20: 4}


DAYS = [None, date(2021, 1, 1), date(2021, 1, 2), date(2021, 1, 3)]


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Draw an article: a part of a wire story, unique words, one of two footers, or several of these."""
    own = words(draw(st.integers(0, 5)), draw(st.sampled_from([6, 25, 40])))
    cut = " ".join(WORDS[draw(st.integers(0, 30)) :])
    return "\n\n".join(
        part
        for part, there in (
            (own, draw(st.booleans())),
            (cut, draw(st.booleans())),
            (FOOTER, draw(st.booleans())),
            (words(90, 30), draw(st.booleans())),
        )
        if there
    )


type Turn = tuple[dict[int, tuple[str, int]], set[int]]
TURNS = st.lists(
    st.tuples(
        st.dictionaries(st.integers(0, 9), st.tuples(texts(), st.integers(0, 3)), max_size=4),
        st.sets(st.integers(0, 9), max_size=2),
    ),
    min_size=1,
    max_size=5,
)


@pytest.mark.slow
@settings(max_examples=40, phases=WITHOUT_SHRINKING)
@given(TURNS, st.integers(1, 2_000))
def test_any_history_gives_what_a_rebuild_gives(turns: list[Turn], characters: int) -> None:
    """Articles come, change, get another day, and go, in any order and in batches of any size. Every row is the same,
    also in the kept tables."""
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setattr(duplicates, "COMMON_ARTICLES", 3)
        patch.setattr(duplicates, "MAX_CANDIDATES", 2)
        patch.setattr(repeats, "BATCH_CHARACTERS", characters)
        kept = Kept(folder)
        articles: dict[str, Row] = {}
        for nth, (come, leave) in enumerate(turns):
            gone = tuple(sorted({f"d{n}" for n in leave - come.keys()} & articles.keys()))
            rows = [(f"d{n}", DAYS[day], text) for n, (text, day) in sorted(come.items())]
            for name in gone:
                del articles[name]
            articles |= {row[0]: row for row in rows}
            kept.put(*rows, gone=gone, whole=nth == 0)
            fresh = Kept(folder)
            fresh.put(*articles.values(), whole=True)
            for table in KEPT:
                assert kept.rows(table) == fresh.rows(table), table.name


def test_one_new_article_compares_what_it_touches(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It compares its own candidates, for any number of other articles."""
    kept = Kept(str(tmp_path))
    kept.put(*((f"{i:03}", date(2021, 1, 1), f"{words(i % 40, 60)}\n\n{FOOTER}") for i in range(80)), whole=True)
    read: list[int] = []
    compared = duplicates.prepare_text
    monkeypatch.setattr(duplicates, "prepare_text", lambda *given: read.append(1) or compared(*given))
    kept.put(("new", date(2021, 1, 2), words(7, 60)))
    assert dict(kept.rows(DUPLICATES))["new"] == "007"
    assert len(read) == 3
    read.clear()
    kept.put(("other", date(2021, 1, 2), words(99, 60)))
    assert read == []


def test_a_rebuild_reads_no_text_outside_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeats._Corpus, "texts", pytest.fail)
    monkeypatch.setattr(repeats, "BATCH_CHARACTERS", 1)
    same = [(f"{i}", date(2026, 3, 1), f"{ARTICLE} {words(i, 3)}") for i in range(5)]
    assert found(*same) == {f"{i}": "0" for i in range(1, 5)}


@settings(max_examples=200)
@given(
    st.sets(st.tuples(st.integers(0, 8), st.integers(0, 8)).filter(lambda pair: pair[0] < pair[1])),
    st.dictionaries(st.integers(1, 8), st.sets(st.integers(0, 7), min_size=1)),
)
def test_decisions_in_rounds_are_those_one_after_the_other(
    alike: set[tuple[int, int]], named: dict[int, set[int]]
) -> None:
    candidates = [(later, sorted(a for a in named[later] if a < later)) for later in sorted(named)]
    one_by_one: dict[int, int] = {}
    duplicates.decide(dict(candidates), lambda a, b: (a, b) in alike, one_by_one)

    def like(_: object, __: object, groups: Iterable[Mapping[int, Sequence[int]]], *_more: object) -> pl.DataFrame:
        pairs = [(a, b) for group in groups for b, earlier in group.items() for a in earlier if (a, b) in alike]
        return pl.DataFrame(pairs, {"earlier": pl.UInt32, "later": pl.UInt32}, orient="row")

    none: Any = None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(duplicate_texts, "_like", like)
        in_rounds = duplicate_texts.decide(none, none, candidates, lambda given: [dict(given)], none)
    assert in_rounds == one_by_one


def test_candidates_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """For any number of articles that share a mark, each is compared with a few."""
    compared: list[int] = []

    def decide(_: object, __: object, candidates: Iterable[tuple[int, Sequence[int]]], *_more: object) -> object:
        compared.extend(len(earlier) for _, earlier in candidates)
        return {}

    monkeypatch.setattr(duplicate_texts, "decide", decide)
    corpus(*(f"{BRIEFS[i % 2]} {words(i, 30)} {FOOTER} {WIRE}" for i in range(60)))
    assert len(compared) == 59
    assert max(compared) <= duplicates.MAX_CANDIDATES
