"""Quotations of many articles that report one utterance."""

from __future__ import annotations

import tempfile
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.contract import BY_NAME
from pipeline.contract.schema import frame
from pipeline.statements.likeness import fingerprints, like, words_of
from tests.examples import Example, check, parametrized
from tests.support.time_limit import cpu_limit
from warehouse.corpus import statements as found_in
from warehouse.ledger import CorpusPending

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
    """Statements and utterances of a store that holds these."""
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
        store: Any = SimpleNamespace(open=lambda: nullcontext(connection), scratch=Path(folder, "scratch"))
        with found_in.patches(store, CorpusPending("", {}, (), True)) as made:
            frames = {name: [frame(BY_NAME[name].stored, ()), *patch.rows] for name, patch in made.items()}
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


@settings(max_examples=15, deadline=None)
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
    assert like(one, other, part=True) == like(other, one, part=True)
    assert like(one, one, part=False)


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
