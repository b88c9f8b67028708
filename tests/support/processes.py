"""Programs that tests start: the UI, the daemon, the browser."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from assets.runs.instance import home, open_instance
from assets.settings import ROOT, Settings, to_environment

NEEDS_CHROMIUM = pytest.mark.skipif(
    not (shutil.which("chromium") and shutil.which("chromedriver")), reason="no chromium and chromedriver here"
)
# Arguments of a browser that connects to nothing by itself.
QUIET = ("--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync")
# The UI takes some ten seconds to start on two idle cores.
STARTS_WITHIN = 400.0
ENDS_WITHIN = 90.0
# A build takes some 30 s on two cores, and starts at a full minute or after three ticks of the sensor; a loaded machine
# takes ten times as long.
BUILDS_WITHIN = 600.0
BIN = Path(sys.executable).parent
ONRECORD = (str(BIN / "onrecord"),)


@dataclass(frozen=True)
class Running:
    process: subprocess.Popen[bytes]
    url: str
    log: Path

    def children(self) -> dict[str, int]:
        """Return the ids of the child processes: code-server, daemon."""
        listed = subprocess.run(
            ["ps", "-o", "pid=,args=", "--ppid", str(self.process.pid)], capture_output=True, text=True, check=False
        )
        lines = [line.split() for line in listed.stdout.splitlines() if "assets.web.child" in line]
        return {words[words.index("assets.web.child") + 1]: int(words[0]) for words in lines}


def free_ports() -> int:
    """Return a free port; the next is free, too."""
    while True:
        with socket.socket() as one, socket.socket() as two:
            one.bind(("127.0.0.1", 0))
            try:
                two.bind(("127.0.0.1", one.getsockname()[1] + 1))
            except OSError:
                continue
            return int(one.getsockname()[1])


def wait(what: str, holds: Callable[[], bool], seconds: float) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, f"{what}: not within {seconds:g} s"
        time.sleep(0.2)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/server_info", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def gone(pid: int) -> bool:
    """Return whether a process has ended or is a zombie."""
    found = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return not found.strip() or found.strip().startswith("Z")


@contextmanager
def running(folder: Path, *command: str) -> Iterator[Running]:
    port = free_ports()
    (folder / "raw").mkdir(exist_ok=True)
    places = ["--raw", str(folder / "raw"), "--warehouse", str(folder / "warehouse"), "--port", str(port)]
    log = folder / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*ONRECORD, *command, *places],
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    made = Running(process, f"http://127.0.0.1:{port}", log)
    started: dict[str, int] = {}
    try:
        wait("the UI", lambda: process.poll() is not None or answers(made.url), STARTS_WITHIN)
        assert process.poll() is None, log.read_text(encoding="utf-8")
        started = made.children()
        yield made
    finally:
        process.kill()
        process.wait()
        for pid in started.values():
            if not gone(pid):
                os.killpg(pid, signal.SIGKILL)


@contextmanager
def daemon(
    place: Settings, folder: Path, *started: str, shown: Callable[[], object], **variables: str
) -> Iterator[Callable[[str, Callable[[], bool]], None]]:
    """Run Dagster's daemon with these schedules and sensors started, and with further environment variables. It writes
    to daemon.log in `folder`. Yields a function that waits until a condition holds; `shown` says how far it is."""
    environment = {**os.environ, **to_environment(place), "DAGSTER_HOME": str(home(place.warehouse)), **variables}
    with open_instance(place.warehouse):
        pass  # creates its tables before several processes need them
    for name in started:
        subprocess.run([*ONRECORD, "automation", "start", name], env=environment, cwd=folder, check=True)
    workspace = folder / "workspace.yaml"
    workspace.write_text(
        "load_from:\n  - python_module: {module_name: tests.support.unattended, location_name: onrecord, "
        f"working_directory: {json.dumps(str(ROOT))}}}\n",
        encoding="utf-8",
    )
    with (folder / "daemon.log").open("wb") as log:
        process = subprocess.Popen(
            [str(BIN / "dagster-daemon"), "run", "-w", str(workspace)],
            env=environment,
            cwd=ROOT,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )

        def wait_for(what: str, holds: Callable[[], bool]) -> None:
            until = time.monotonic() + BUILDS_WITHIN
            while not holds():
                assert process.poll() is None, "the daemon has ended"
                assert time.monotonic() < until, f"{what}: not within {BUILDS_WITHIN:g} s; the release has {shown()}"
                time.sleep(0.5)

        try:
            yield wait_for
        finally:
            os.killpg(process.pid, signal.SIGINT)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
