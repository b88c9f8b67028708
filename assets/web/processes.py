"""The code server and the daemon as children of the UI's process.

Each child leads its own process group, which includes the runs that it starts: Ctrl-C in a terminal reaches only this
process, which then ends them in order.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from assets.settings import ROOT
from assets.web.child import ENDS_WITHIN_SECONDS, LOCATION, SOCKET, WORKSPACE, is_code_server_up

CODE_SERVER, DAEMON = "code-server", "daemon"


class ChildEnded(RuntimeError):
    """A process that the UI needs has ended; the message names it and how."""


class Children:
    """The child processes by name, and the folder of their socket."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def workspace(self) -> Path:
        """The workspace file that names the code server."""
        return self.folder / WORKSPACE

    def start(self, name: str, environment: Mapping[str, str]) -> None:
        """Start a child."""
        command = [sys.executable, "-m", "assets.web.child", name, str(self.folder)]
        self._processes[name] = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, start_new_session=True
        )

    def check(self) -> None:
        """Raise ChildEnded if a child has ended."""
        for name, process in self._processes.items():
            code = process.poll()
            if code is not None:
                how = f"by signal {-code}" if code < 0 else f"with code {code}"
                raise ChildEnded(f"the {name.replace('-', ' ')} (process {process.pid}) has ended {how}")

    def wait_for_code_server(self) -> None:
        """Wait until the code server answers. Raises ChildEnded if it ends first."""
        while not is_code_server_up(self.folder):
            self.check()
            time.sleep(0.1)

    def end(self) -> None:
        """Interrupt every child with the processes that it started, and kill those that do not end in time."""
        for process in self._processes.values():
            if process.poll() is None and process.stdin is not None:
                process.stdin.close()  # the child interrupts its group (child.end_with_parent)
            else:
                _signal_group(process, signal.SIGINT)
        for process in self._processes.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(ENDS_WITHIN_SECONDS)
            _signal_group(process, signal.SIGKILL)
            process.wait()


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


@contextmanager
def children(environment: Mapping[str, str], names: Sequence[str]) -> Iterator[Children]:
    """Yield running children, and end them on exit. The socket is in a folder that only this user can access."""
    with tempfile.TemporaryDirectory(prefix="onrecord-") as made:
        folder = Path(made)
        socket = json.dumps(str(folder / SOCKET))
        (folder / WORKSPACE).write_text(
            f"load_from:\n  - grpc_server: {{location_name: {LOCATION}, socket: {socket}}}\n", encoding="utf-8"
        )
        family = Children(folder)
        try:
            for name in names:
                family.start(name, environment)
            yield family
        finally:
            family.end()
