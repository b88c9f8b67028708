"""Unattended operation: the real daemon with schedule and sensors; files are added, edited, deleted and lost."""

import json
from pathlib import Path

import polars as pl
import pytest

from assets.automation import DAILY, RAW_FOLDER, RUN_FAILURES
from assets.runs.instance import open_instance
from assets.settings import WEBHOOK, Settings
from tests.support.processes import daemon
from tests.support.webhook import SECRET, served

pytestmark = pytest.mark.slow


def article(name: str, words: str) -> str:
    return (
        f"{name} opens the new pier\n\nPORTVILLE, 14 March 2026 (Delta News) - The pier is open.\n"
        f'"{words}," harbour master {name} Lume told Delta News on Friday.\n'
    )


def quoted(place: Settings) -> dict[str, str]:
    """Return source -> the quoted words in the newest release."""
    # One release, also if the next is made meanwhile.
    folder = (place.warehouse / "releases" / "latest").resolve()
    try:
        documents = pl.read_parquet(folder / "documents.parquet", columns=["document_id", "source"])
        quotes = pl.read_parquet(folder / "quotes.parquet", columns=["document_id", "text"])
    except FileNotFoundError:
        return {}
    words = pl.col("text").str.strip_chars_end(",")  # the comma before the cue is inside the marks
    return dict(documents.join(quotes, on="document_id").select("source", words).sort("source").iter_rows())


def skipped(place: Settings) -> str:
    """Return the skip reasons of all ticks of the schedule and the sensors."""
    with open_instance(place.warehouse) as instance:
        return " ".join(
            tick.skip_reason or ""
            for state in instance.all_instigator_state()
            for tick in instance.get_ticks(state.instigator_origin_id, state.selector_id)
        )


def started_by(place: Settings) -> set[str | None]:
    """Return the names of the schedule and the sensors that have started a run."""
    with open_instance(place.warehouse) as instance:
        tags = [run.tags for run in instance.get_runs()]
    return {tag.get("dagster/schedule_name") or tag.get("dagster/sensor_name") for tag in tags}


def test_the_daemon_keeps_the_release_right(tmp_path: Path) -> None:
    place = Settings(raw=tmp_path / "raw", warehouse=tmp_path / "warehouse", publish_text="all")
    place.raw.mkdir()
    expected = {}
    for number in range(12):
        name = f"{'ABCDEFGHIJKL'[number]}na"
        (place.raw / f"{number:02}.txt").write_text(article(name, f"We open gate {number}"), encoding="utf-8")
        expected[f"{number:02}.txt"] = f"We open gate {number}"
    started = (DAILY, RAW_FOLDER, RUN_FAILURES)
    with (
        served() as webhook,
        daemon(place, tmp_path, *started, shown=lambda: quoted(place), **{WEBHOOK: webhook.url}) as wait,
    ):
        wait("the first build", lambda: quoted(place) == expected)
        (place.raw / "dropped.txt").write_text(article("Zana", "We drop in"), encoding="utf-8")
        expected["dropped.txt"] = "We drop in"
        wait("a dropped file", lambda: quoted(place) == expected)
        (place.raw / "03.txt").write_text(article("Dna", "We open every gate"), encoding="utf-8")
        expected["03.txt"] = "We open every gate"
        wait("an edited file", lambda: quoted(place) == expected)
        (place.raw / "05.txt").unlink()
        del expected["05.txt"]
        wait("a deleted file", lambda: quoted(place) == expected)
        # The schedule skips ticks while a build of the sensor is running, so its first run may be late.
        wait("a run of the schedule", lambda: DAILY in started_by(place))
        # The mount is lost: the sensor and the schedule's run write and post why; the sensor repeats it at each tick.
        place.raw.rename(tmp_path / "unmounted")
        wait("a lost raw folder", lambda: bool(webhook.received) and "nothing was removed" in skipped(place))
        assert quoted(place) == expected, "the last release stands"
        (_, posted), *_ = webhook.received
        written = [json.loads(path.read_bytes()) for path in (place.warehouse / "failures").glob("*.json")]
        assert posted["reasons"] in [told["reasons"] for told in written]
        assert all("does not exist" in told["reasons"][0] and str(place.raw) in told["reasons"][0] for told in written)
    assert started_by(place) == {DAILY, RAW_FOLDER}
    assert "waiting until it stops changing" in skipped(place)
    # The secret is nowhere in the warehouse: not in Dagster's storage, the run logs or the failure files.
    for path in [*place.warehouse.rglob("*"), tmp_path / "daemon.log"]:
        if path.is_file():
            assert SECRET.encode() not in path.read_bytes(), path
