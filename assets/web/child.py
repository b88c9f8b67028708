"""A child process of the UI: Dagster's code server or its daemon, until its parent is gone.

    python -m assets.web.child code-server FOLDER
    python -m assets.web.child daemon FOLDER

FOLDER holds the socket of the code server and the workspace file that names it.

The parent holds the other end of this process's standard input. The parent closes it to end the child; the system
closes it if the parent dies, however that happens.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from threading import Thread

SOCKET, WORKSPACE, LOCATION = "code-server", "workspace.yaml", "onrecord"
# An interrupted run ends its step or loses the current chunk.
ENDS_WITHIN_SECONDS = 60.0


def end_with_parent(seconds: float = ENDS_WITHIN_SECONDS) -> None:
    """Wait until standard input ends; then interrupt this process group, and kill it after this many seconds."""
    while os.read(0, 1 << 10):
        pass
    os.killpg(0, signal.SIGINT)
    time.sleep(seconds)
    os.killpg(0, signal.SIGKILL)


def code_server(folder: Path, root: Path) -> None:
    """Serve onrecord's definitions, and start the runs. The server's own child loads the definitions; "Reload
    definitions" in the UI replaces this child once its runs have ended."""
    from dagster._cli.code_server import start_command

    where = ["--socket", str(folder / SOCKET), "--location-name", LOCATION]
    what = ["--module-name", "assets.definitions", "--working-directory", str(root)]
    start_command.main([*where, *what, "--log-level", "warning"], prog_name="code-server")


def daemon(folder: Path) -> None:
    """Run schedules, sensors and the queue of runs, once the code server answers."""
    from dagster._daemon.cli import run_command

    while not is_code_server_up(folder):
        time.sleep(0.1)
    # Otherwise it logs every five seconds during a run that one is running.
    run_command.main(["--workspace", str(folder / WORKSPACE), "--log-level", "warning"], prog_name="daemon")


def is_code_server_up(folder: Path) -> bool:
    """Return whether the code server answers on its socket."""
    from dagster._core.errors import DagsterUserCodeUnreachableError
    from dagster._grpc.client import DagsterGrpcClient

    socket = folder / SOCKET
    if not socket.exists():
        return False
    try:
        DagsterGrpcClient(socket=str(socket)).ping("")
    except DagsterUserCodeUnreachableError:
        return False
    return True


def main(part: str, folder: Path) -> None:
    """Run the part until it ends or the parent is gone."""
    Thread(target=end_with_parent, name="parent", daemon=True).start()
    try:
        if part == "daemon":
            daemon(folder)
        else:
            code_server(folder, Path(__file__).resolve().parents[2])
    except KeyboardInterrupt:
        sys.exit(0)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
