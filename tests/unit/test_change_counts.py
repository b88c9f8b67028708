"""Rows added, changed and removed, counted in the transactions that replace them."""

from pathlib import Path

import polars as pl
import pytest

from assets.build.incremental import StageSummary, derive_corpus, update_article_stages, update_from_raw_folder
from assets.settings import Settings
from pipeline.contract.ids import document_id
from tests.integration.test_incremental import DOCUMENTS, DUPLICATES, SENTENCES, STAGES
from tests.support import factory
from warehouse.change_counts import Changes, Tally
from warehouse.store import Store
from warehouse.withdrawal import lists


def rows(*pairs: tuple[int, int]) -> pl.DataFrame:
    return pl.DataFrame(
        {"row": [row for row, _ in pairs], "content": [content for _, content in pairs]},
        schema={"row": pl.UInt64, "content": pl.UInt64},
    )


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([("in", rows((1, 10), (2, 20)))], Changes(added=2)),
        ([("out", rows((1, 10)))], Changes(removed=1)),
        ([("out", rows((1, 10))), ("in", rows((1, 10)))], Changes()),
        ([("out", rows((1, 10))), ("in", rows((1, 11)))], Changes(changed=1)),
        # Several calls replace a file of many records.
        ([("out", rows((1, 10), (2, 20))), ("in", rows((1, 10))), ("in", rows((2, 21), (3, 30)))], Changes(1, 1, 0)),
        # A row that one run inserts and deletes does not count.
        ([("in", rows((1, 10))), ("out", rows((1, 10)))], Changes()),
        ([("in", rows((1, 10))), ("out", rows((1, 10))), ("in", rows((1, 11)))], Changes(added=1)),
    ],
)
def test_what_it_comes_to(steps: list[tuple[str, pl.DataFrame]], expected: Changes) -> None:
    tally = Tally()
    for way, frame in steps:
        (tally.count_inserted if way == "in" else tally.count_deleted)(frame)
    assert tally.changes == expected


@pytest.fixture
def place(tmp_path: Path) -> Settings:
    return factory.stories(tmp_path, 20)


def run(place: Settings) -> dict[str, Changes]:
    """Run some stages; return the changes by table."""
    store = Store(place.warehouse)
    outcomes: list[StageSummary] = [update_from_raw_folder(store, place, lambda _: None)]
    outcomes += update_article_stages(store, (DOCUMENTS, SENTENCES), STAGES, place, lambda _: None)
    outcomes.append(derive_corpus(store, DUPLICATES, place, lambda _: None))
    return {table: changes for outcome in outcomes for table, changes in outcome.changes.items()}


def test_a_run_counts_what_it_changed(place: Settings) -> None:
    first = run(place)
    assert {first[name] for name in ("raws", "documents", "sentences")} == {Changes(added=20)}
    assert set(run(place).values()) == {Changes()}
    (place.raw / "03.txt").write_text("Story 3, corrected.", encoding="utf-8")
    (place.raw / "04.txt").unlink()
    (place.raw / "20.txt").write_text("Story 20.", encoding="utf-8")
    (place.raw / "empty.txt").write_text("", encoding="utf-8")
    after = run(place)
    assert after["raws"] == Changes(added=1, changed=1, removed=1)
    assert after["refusals"] == Changes(added=1)
    assert after["documents"] == Changes(added=1, changed=1, removed=1)
    (place.raw / "empty.txt").write_text("Not any more.", encoding="utf-8")
    last = run(place)
    assert (last["raws"], last["refusals"]) == (Changes(added=1), Changes(removed=1))


def test_withdrawn_records_are_counted(place: Settings) -> None:
    run(place)
    line = '{"id": "1", "url": "https://news.example/a", "text": "The same."}\n'
    for name in ("a.jsonl", "b.jsonl"):
        (place.raw / name).write_text(line, encoding="utf-8")
    run(place)
    names = [document_id("03.txt"), document_id("https://news.example/a")]
    lists.write_withdrawn_list(place.warehouse, {n: lists.Withdrawal(n, n, "2026-11-22", "asked") for n in names})
    after = run(place)
    # Of the two copies, one was taken in and one already refused.
    assert (after["raws"], after["refusals"]) == (Changes(removed=3), Changes(added=2, changed=1))
    assert after["documents"] == Changes(removed=2)
    assert set(run(place).values()) == {Changes()}


def test_records_told_twice_are_counted_once(place: Settings) -> None:
    run(place)
    line = '{"id": "1", "url": "https://news.example/a", "text": "The same."}\n'
    (place.raw / "a.jsonl").write_text(line, encoding="utf-8")
    (place.raw / "b.jsonl").write_text(line, encoding="utf-8")
    assert run(place)["refusals"] == Changes(added=1)
    # With another text, the refusal changes, and there is still one.
    (place.raw / "b.jsonl").write_text(line.replace("same", "other"), encoding="utf-8")
    assert run(place)["refusals"] == Changes(changed=1)
