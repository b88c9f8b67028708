"""`onrecord ui` and `serve web` as processes: when they end, so do all their child processes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from tests.support.processes import ENDS_WITHIN, ONRECORD, STARTS_WITHIN, Running, free_ports, gone, running, wait

pytestmark = pytest.mark.slow


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
