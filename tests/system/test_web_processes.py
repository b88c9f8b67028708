"""`onrecord ui` and `serve web` as processes: when they end, so do all their child processes."""

from __future__ import annotations

import os
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

pytestmark = pytest.mark.slow
# It takes some ten seconds on two idle cores.
STARTS_WITHIN = 400.0
ENDS_WITHIN = 90.0
ONRECORD = (str(Path(sys.executable).with_name("onrecord")),)


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
    (folder / "raw").mkdir()
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


UI, WEB = ("ui",), ("serve", "web")


@pytest.mark.parametrize(
    ("command", "number"),
    [(UI, signal.SIGINT), (UI, signal.SIGTERM), (UI, signal.SIGKILL), (WEB, signal.SIGINT)],
    ids=["ui-int", "ui-term", "ui-kill", "web-int"],
)
def test_nothing_is_left_of_a_ui_that_was_ended(
    tmp_path: Path, command: tuple[str, ...], number: signal.Signals
) -> None:
    with running(tmp_path, *command) as ui:
        started = ui.children()
        assert started.keys() == ({"code-server", "daemon"} if command == UI else {"code-server"})
        ui.process.send_signal(number)
        code = ui.process.wait(ENDS_WITHIN)
        assert code == (-number if number == signal.SIGKILL else 0)
        wait("the end of the children", lambda: all(gone(pid) for pid in started.values()), ENDS_WITHIN)
        assert "Traceback" not in ui.log.read_text(encoding="utf-8")


@pytest.mark.parametrize("part", ["code-server", "daemon"])
def test_a_part_that_dies_ends_the_ui_with_a_line(tmp_path: Path, part: str) -> None:
    with running(tmp_path, "ui") as ui:
        started = ui.children()
        os.kill(started[part], signal.SIGKILL)
        assert ui.process.wait(ENDS_WITHIN) == 1
        wait("the end of the other", lambda: all(gone(pid) for pid in started.values()), ENDS_WITHIN)
        last = ui.log.read_text(encoding="utf-8").rstrip().splitlines()[-1]
        assert last.startswith(f"Error: the {part.replace('-', ' ')} (process {started[part]}) has ended by signal 9")


def test_a_ui_that_is_ended_while_it_starts_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    command = [*ONRECORD, "ui", "--port", str(free_ports())]
    command += ["--raw", str(tmp_path / "raw"), "--warehouse", str(tmp_path / "warehouse")]
    process = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL)
    ui = Running(process, "", tmp_path / "log")
    try:
        wait("the children", lambda: len(ui.children()) == 2, STARTS_WITHIN)
        started = ui.children()
        process.send_signal(signal.SIGTERM)
        assert process.wait(ENDS_WITHIN) == 0
        wait("the end of the children", lambda: all(gone(pid) for pid in started.values()), ENDS_WITHIN)
    finally:
        process.kill()
        process.wait()


def test_a_port_that_is_taken_is_said_at_once(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [*ONRECORD, "serve", "web", "--port", str(port), "--warehouse", str(tmp_path / "warehouse")],
            capture_output=True,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (1, f"Error: --host 127.0.0.1 --port {port}: Address already in use\n")
