"""The raw folder against the store: what is read again, what stays, what may be removed."""

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from assets.build.engine.processes import EngineError
from assets.build.engine.shards import MAX_CONSECUTIVE_DEATHS
from assets.build.incremental import StageSummary, update_from_raw_folder
from assets.build.read_files import ReadTask, in_order, tasks
from assets.settings import Settings
from pipeline import read
from pipeline.contract import LEDGER
from pipeline.contract.schema import frame
from tests.support import factory
from tests.support.deadly_files import DeadlyReadTask
from warehouse import digests
from warehouse.intake import SourcesVanished, clustering
from warehouse.sql import query
from warehouse.store import Store
from warehouse.writes import insert


@pytest.fixture
def place(tmp_path: Path) -> Settings:
    return factory.stories(tmp_path, 0)


def write(place: Settings, name: str, text: str) -> None:
    (place.raw / name).write_text(text, encoding="utf-8")


def take(place: Settings) -> StageSummary:
    return update_from_raw_folder(Store(place.warehouse), place, lambda _: None)


def standing(place: Settings) -> list[tuple[str, str]]:
    sql = "SELECT origin, text FROM stored.raws WHERE standing ORDER BY origin"
    return [tuple(row) for row in Store(place.warehouse).read(sql).iter_rows()]


def refused(place: Settings) -> dict[str, str]:
    frame = Store(place.warehouse).read("SELECT source, reason FROM stored.refusals ORDER BY source")
    return dict(frame.iter_rows())


def test_a_file_is_read_once_and_again_when_it_changes(place: Settings) -> None:
    write(place, "a.txt", "The first edition of a story.")
    write(place, "b.txt", "Another story.")
    assert take(place).computed == 2
    assert take(place).computed == 0
    write(place, "a.txt", "The second edition of the story.")
    assert take(place).computed == 1
    assert ("a.txt", "The second edition of the story.") in standing(place)


def test_a_new_time_with_the_same_bytes_is_not_a_change(place: Settings) -> None:
    write(place, "a.txt", "A story.")
    take(place)
    os.utime(place.raw / "a.txt", ns=(1, 1))
    assert take(place).computed == 0


def test_a_change_that_size_and_time_hide_is_found_by_verifying(place: Settings) -> None:
    write(place, "a.txt", "A story.")
    write(place, "b.txt", "Another.")
    take(place)
    before = (place.raw / "a.txt").stat().st_mtime_ns
    write(place, "a.txt", "A glory.")
    os.utime(place.raw / "a.txt", ns=(before, before))
    assert take(place).computed == 0
    assert take(replace(place, verify=True)).computed == 1
    assert ("a.txt", "A glory.") in standing(place)
    assert take(replace(place, verify=True)).computed == 0


def test_refused_files_are_recorded_beside_the_others(place: Settings) -> None:
    write(place, "a.txt", "A story.")
    write(place, "empty.txt", "")
    write(place, "r.jsonl", '{"id": "1", "text": "One."}\n{broken\n{"id": "2"}\n')
    outcome = take(place)
    assert (outcome.computed, outcome.failed) == (2, 3)
    assert refused(place) == {"empty.txt": "empty", "r.jsonl#line-2": "broken-record", "r.jsonl#line-3": "no-text"}


SAME_URL = '{{"id": "{id}", "url": "https://example.org/s", "text": "{text}"{more}}}\n'


@pytest.mark.parametrize(
    ("lines", "stands", "reason"),
    [
        pytest.param(
            [{"id": "1", "text": "Same.", "more": ""}, {"id": "2", "text": "Same.", "more": ""}],
            "r.jsonl#line-1",
            {"r.jsonl#line-2": "repeated"},
            id="equal text",
        ),
        pytest.param(
            [
                {"id": "1", "text": "Newer.", "more": ', "published": "2026-03-02"'},
                {"id": "2", "text": "Older.", "more": ', "published": "2026-03-01"'},
            ],
            "r.jsonl#line-1",
            {"r.jsonl#line-2": "superseded"},
            id="later date first",
        ),
        pytest.param(
            [
                {"id": "1", "text": "Older.", "more": ', "published": "2026-03-01"'},
                {"id": "2", "text": "Newer.", "more": ', "published": "2026-03-02"'},
            ],
            "r.jsonl#line-2",
            {"r.jsonl#line-1": "superseded"},
            id="later date last",
        ),
    ],
)
def test_a_name_that_comes_twice(
    place: Settings, lines: list[dict[str, str]], stands: str, reason: dict[str, str]
) -> None:
    write(place, "r.jsonl", "".join(SAME_URL.format(**line) for line in lines))
    take(place)
    assert [origin for origin, _ in standing(place)] == [stands]
    assert refused(place) == reason


def test_the_other_edition_stands_when_the_first_has_gone(place: Settings) -> None:
    write(place, "a.jsonl", SAME_URL.format(id="1", text="First.", more=""))
    write(place, "b.jsonl", SAME_URL.format(id="1", text="Second.", more=""))
    take(place)
    assert [text for _, text in standing(place)] == ["First."]
    (place.raw / "a.jsonl").unlink()
    take(place)
    assert [text for _, text in standing(place)] == ["Second."]
    assert refused(place) == {}


def _empty(place: Settings) -> None:
    for path in place.raw.iterdir():
        path.unlink()


def _a_third(place: Settings) -> None:
    for i in range(10):
        (place.raw / f"{i:02}.txt").unlink()


@pytest.mark.parametrize("vanish", [_empty, _a_third])
def test_a_lost_mount_removes_nothing(place: Settings, vanish: Callable[[Settings], None]) -> None:
    for i in range(30):
        write(place, f"{i:02}.txt", f"Story {i}.")
    take(place)
    vanish(place)
    with pytest.raises(SourcesVanished, match="accept-removals"):
        take(place)
    assert len(standing(place)) == 30
    assert take(replace(place, keep_removed=True)).removed == 0
    assert len(standing(place)) == 30
    left = len(list(place.raw.iterdir()))
    take(replace(place, accept_removals=True))
    assert len(standing(place)) == left


def test_a_few_deleted_articles_go(place: Settings) -> None:
    for i in range(30):
        write(place, f"{i:02}.txt", f"Story {i}.")
    take(place)
    for i in range(3):
        (place.raw / f"{i:02}.txt").unlink()
    assert take(place).removed == 3
    assert len(standing(place)) == 27


def test_a_raw_folder_that_is_not_there(place: Settings) -> None:
    place.raw.rmdir()
    with pytest.raises(FileNotFoundError, match=str(place.raw)):
        take(place)


def test_a_limit_is_a_first_look(place: Settings) -> None:
    write(place, "a.jsonl", "".join(f'{{"id": "{i}", "text": "Story {i}."}}\n' for i in range(5)))
    write(place, "b.txt", "Another.")
    take(replace(place, limit=3))
    assert len(standing(place)) == 3
    take(place)
    assert len(standing(place)) == 6


def test_many_records_in_one_file_fill_several_transactions(place: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assets.build.incremental.INTAKE_RECORDS", 4)
    write(place, "a.jsonl", "".join(f'{{"id": "{i}", "text": "Story {i}."}}\n' for i in range(10)))
    assert take(place).computed == 10
    assert len(standing(place)) == 10
    assert take(place).computed == 0


def test_many_new_records_are_sorted_by_document_once(place: Settings) -> None:
    for n in range(40):
        write(place, f"{n:02}.txt", f"Story {n}.")
    take(place)
    with Store(place.warehouse).open() as connection:
        before = query(connection, "FROM stored.raws ORDER BY origin")
        made = before["document_id"].to_list()[:10]
        lines = [{"stage": "documents", "document_id": name, "fingerprint": "0" * 64} for name in made]
        insert(connection, LEDGER, frame(LEDGER.stored, lines))
        assert clustering.cluster(connection, fewest=31) == 0
        assert clustering.cluster(connection, fewest=30) == 30
        found = query(connection, "SELECT document_id FROM stored.raws ORDER BY rowid")["document_id"]
        assert sorted(found[:10]) == sorted(made), "records of which documents were made stay where they are"
        assert found[10:].is_sorted()
        assert query(connection, "FROM stored.raws ORDER BY origin").equals(before)
        assert digests.differing(connection) == {}
        assert clustering.cluster(connection, fewest=30) == 0


@pytest.fixture
def many(place: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings with two workers, and a folder that they read in several tasks."""
    monkeypatch.setattr("assets.build.intake.MIN_WORK", 0)
    monkeypatch.setattr("assets.build.read_files.FILES", 2)
    for i in range(4):
        write(place, f"{i}.txt", f"Story {i}.")
    write(place, "1.json", '{"url": "https://example.org/s", "published": "2026-03-01"}')
    write(place, "a.jsonl", "".join(SAME_URL.format(id=i, text=f"Edition {i}.", more="") for i in range(5)) + "{broken")
    write(place, "body.jsonl", '{"body": "A story.", "mood": "glad"}\n')
    write(place, "empty.txt", "")
    return replace(place, engine="process", workers=2)


def content(place: Settings) -> list[list[tuple[object, ...]]]:
    """Return all rows that intake writes, in the order in which they are stored, and the state."""
    with Store(place.warehouse).open() as connection:
        tables = ("raws", "refusals", "files", "digests", "states", "ledger")
        return [connection.execute(f"FROM stored.{name} ORDER BY rowid").fetchall() for name in tables]


def test_workers_read_what_this_process_reads(many: Settings, tmp_path: Path) -> None:
    here = replace(many, engine="inline", warehouse=tmp_path / "here")
    assert replace(take(many), seconds=0) == replace(take(here), seconds=0)
    assert content(many) == content(here)
    os.utime(many.raw / "0.txt", ns=(1, 1))
    write(many, "2.txt", "A second edition.")
    (many.raw / "3.txt").unlink()
    for settings in (many, here):
        assert take(replace(settings, accept_removals=True)).computed == 1
    assert content(many) == content(here)


def test_a_file_that_ends_its_readers_is_refused_alone(many: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assets.build.intake.ReadTask", DeadlyReadTask)
    for name in ("deadly.txt", "unlucky.txt"):
        write(many, name, "A story.")
    take(many)
    sound = [origin for origin, _ in standing(many)]
    assert {"0.txt", "1.txt", "2.txt", "3.txt", "unlucky.txt"} <= set(sound)
    assert "deadly.txt" not in sound and refused(many)["deadly.txt"] == "broken-record"
    assert take(many).failed == 0, "it is not read again"


@pytest.mark.parametrize(
    ("name", "files", "count", "most"),
    [
        ("deadly-{}.txt", 8, 4, 3),
        pytest.param("deadly-{}.txt", 27, 14, MAX_CONSECUTIVE_DEATHS, marks=pytest.mark.slow),
        pytest.param("{}-deadly.txt", 4, 14, MAX_CONSECUTIVE_DEATHS, marks=pytest.mark.slow),
    ],
    ids=["few", "neighbours", "in all tasks"],
)
def test_many_deadly_files_are_refused_alone(
    place: Settings, monkeypatch: pytest.MonkeyPatch, name: str, files: int, count: int, most: int
) -> None:
    monkeypatch.setattr("assets.build.engine.shards.MAX_CONSECUTIVE_DEATHS", most)
    monkeypatch.setattr("assets.build.intake.MIN_WORK", 0)
    monkeypatch.setattr("assets.build.read_files.FILES", files)
    monkeypatch.setattr("assets.build.intake.ReadTask", DeadlyReadTask)
    deadly = {name.format(f"{number * 3:02}") for number in range(count)}
    sound = {f"{number:02}-sound.txt" for number in range(count * 3 - 2)}
    for path in deadly | sound:
        write(place, path, f"Story {path}.")
    take(replace(place, engine="process", workers=2))
    assert {origin for origin, _ in standing(place)} == sound
    assert refused(place) == dict.fromkeys(deadly, "broken-record")


def test_workers_that_do_nothing_but_die_end_the_intake(many: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assets.build.intake.ReadTask", DeadlyReadTask)
    monkeypatch.setattr("assets.build.engine.shards.MAX_CONSECUTIVE_DEATHS", 1)
    for path in many.raw.iterdir():
        path.rename(path.with_name(f"deadly-{path.name}"))
    with pytest.raises(EngineError, match="all workers die"):
        take(many)


def test_a_worker_that_sees_another_folder_leaves_the_files_to_the_driver(many: Settings, tmp_path: Path) -> None:
    entries = read.listing(many.raw)
    shared = {"settings": many, "read_version": "1", "folder": tmp_path, "most_records": 9, "elsewhere": True}
    found = list(tasks(entries, {}, lambda **own: ReadTask(**own, **shared)))
    assert [len(task.entries) for task in found] == [2, 2, 2, 1]
    shutil.copytree(many.raw, tmp_path / "other", copy_function=shutil.copyfile)
    other = [replace(task, settings=replace(many, raw=tmp_path / "other")).run(lambda _: None) for task in found]
    assert all(isinstance(result, ReadTask) and not result.elsewhere for result in other)
    results = list(in_order(iter(reversed(other))))
    assert [(result.first, result.files) for result in results] == [(0, 2), (2, 2), (4, 2), (6, 1)]
    assert sum(chunk.rows.get("files", 0) for result in results for chunk in result.chunks) == len(entries)
