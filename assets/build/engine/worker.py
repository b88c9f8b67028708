"""A worker process: receives chunks through its pipe and sends back the results, until the pipe is closed.

Run as `python -m assets.build.engine.worker FD`.
"""

from __future__ import annotations

import os
import signal
import sys
from multiprocessing.connection import Connection


def main() -> None:
    """Serve until the driver closes the pipe or dies."""
    # Ctrl-C in a terminal reaches every process of the group; the driver decides when to close the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with Connection(int(sys.argv[1])) as pipe:
        from assets.runs.gc_threshold import raise_gc_threshold, without_collections

        raise_gc_threshold()
        with without_collections():
            from assets.build.engine.chunk import run_chunk

        try:
            pipe.send(os.getpid())  # ready: all imports succeeded
            while True:
                job, chunk = pipe.recv()
                pipe.send(run_chunk(job, chunk, kill_process=True))
        except (EOFError, BrokenPipeError, ConnectionResetError):
            return


if __name__ == "__main__":
    main()
