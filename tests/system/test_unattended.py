"""Unattended operation: the real daemon with schedule and sensors; files are added, edited, deleted and lost."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import polars as pl
import pytest

from assets.automation import DAILY, RAW_FOLDER, RUN_FAILURES
from assets.runs.instance import home, open_instance
from assets.settings import ROOT, WEBHOOK, Settings, to_environment

pytestmark = pytest.mark.slow
# A build takes some 30 s on two cores, after three ticks of the sensor; a loaded machine takes ten times as long.
WITHIN = 600.0
BIN = Path(sys.executable).parent


class Hook(BaseHTTPRequestHandler):
    """A webhook that keeps what it receives."""

    received: list[dict[str, Any]]

    def do_POST(self) -> None:
        self.received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def posted() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    Hook.received = []
    with HTTPServer(("127.0.0.1", 0), Hook) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/s3cret-hook", Hook.received
        server.shutdown()


def article(name: str, words: str) -> str:
    return (
        f"{name} opens the new pier\n\nPORTVILLE, 14 March 2026 (Delta News) - The pier is open.\n"
        f'"{words}," harbour master {name} Lume told Delta News on Friday.\n'
    )


def quoted(place: Settings) -> dict[str, str]:
    """Return source -> the quoted words in the newest release."""
    folder = place.warehouse / "releases" / "latest"
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


def test_the_daemon_keeps_the_release_right(tmp_path: Path, posted: tuple[str, list[dict[str, Any]]]) -> None:
    place = Settings(raw=tmp_path / "raw", warehouse=tmp_path / "warehouse", publish_text="all")
    place.raw.mkdir()
    expected = {}
    for number in range(12):
        name = f"{'ABCDEFGHIJKL'[number]}na"
        (place.raw / f"{number:02}.txt").write_text(article(name, f"We open gate {number}"), encoding="utf-8")
        expected[f"{number:02}.txt"] = f"We open gate {number}"
    url, received = posted
    environment = {
        **os.environ,
        **to_environment(place),
        "DAGSTER_HOME": str(home(place.warehouse)),
        WEBHOOK: url,
    }
    with open_instance(place.warehouse):
        pass  # creates its tables before several processes need them at once
    starts = [
        subprocess.Popen([str(BIN / "onrecord"), "automation", "start", name], env=environment, cwd=tmp_path)
        for name in (DAILY, RAW_FOLDER, RUN_FAILURES)
    ]
    assert [start.wait(WITHIN) for start in starts] == [0, 0, 0]
    workspace = tmp_path / "workspace.yaml"
    workspace.write_text(
        "load_from:\n  - python_module: {module_name: tests.support.unattended, location_name: onrecord, "
        f"working_directory: {json.dumps(str(ROOT))}}}\n",
        encoding="utf-8",
    )
    log = (tmp_path / "daemon.log").open("wb")
    daemon = subprocess.Popen(
        [str(BIN / "dagster-daemon"), "run", "-w", str(workspace)],
        env=environment,
        cwd=ROOT,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )

    def wait(what: str, holds: Callable[[], bool]) -> None:
        until = time.monotonic() + WITHIN
        while not holds():
            assert daemon.poll() is None, "the daemon has ended"
            assert time.monotonic() < until, f"{what}: not within {WITHIN:g} s; the release has {quoted(place)}"
            time.sleep(0.5)

    try:
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
        wait("a lost raw folder", lambda: bool(received) and "nothing was removed" in skipped(place))
        assert quoted(place) == expected, "the last release stands"
        written = [json.loads(path.read_bytes()) for path in (place.warehouse / "failures").glob("*.json")]
        assert received[0]["reasons"] in [told["reasons"] for told in written]
        assert all("does not exist" in told["reasons"][0] and str(place.raw) in told["reasons"][0] for told in written)
    finally:
        os.killpg(daemon.pid, signal.SIGINT)
        try:
            daemon.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(daemon.pid, signal.SIGKILL)
        log.close()
    assert started_by(place) == {DAILY, RAW_FOLDER}
    assert "waiting until it stops changing" in skipped(place)
    # The secret is nowhere in the warehouse: not in Dagster's storage, the run logs or the failure files.
    for path in [*place.warehouse.rglob("*"), tmp_path / "daemon.log"]:
        if path.is_file():
            assert b"s3cret-hook" not in path.read_bytes(), path
