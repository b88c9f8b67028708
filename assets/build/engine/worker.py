"""A worker process: takes chunks from its pipe and sends back what it made of them, until the pipe is closed.

Run as `python -m assets.build.engine.worker FD`.
"""

from __future__ import annotations

import os
import signal
import sys
from multiprocessing.connection import Connection


def main() -> None:
    """Serve until the driver closes the pipe, or is no more."""
    # Ctrl-C in a terminal reaches every process of the group; the driver closes the pipe in its own time.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with Connection(int(sys.argv[1])) as pipe:
        from assets.build.engine.chunk import work

        try:
            pipe.send(os.getpid())  # all that is imported was found
            while True:
                job, chunk = pipe.recv()
                pipe.send(work(job, chunk, deadly=True))
        except (EOFError, BrokenPipeError, ConnectionResetError):
            return


if __name__ == "__main__":
    main()
