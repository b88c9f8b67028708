"""A worker process: receives tasks on shards from its pipe and sends back the results, until the pipe is closed.

Run as `python -m assets.build.engine.shard_worker FD`.
"""

from __future__ import annotations

import signal
import sys
from multiprocessing.connection import Connection


def main() -> None:
    """Serve until the driver closes the pipe or dies. Sends back exceptions, too."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the driver closes the pipe
    with Connection(int(sys.argv[1])) as pipe:
        from assets.runs.gc_threshold import raise_gc_threshold, without_collections

        raise_gc_threshold()
        with without_collections():
            from assets.build.engine.processes import pickled

        def alive(_: object) -> None:
            if pipe.poll():  # the driver sends nothing now, so it closed the pipe or was killed
                raise SystemExit

        try:
            while True:
                task = pipe.recv()
                try:
                    done: object = task.run(alive)
                except Exception as error:
                    done = error
                pipe.send_bytes(pickled(done))
        except (EOFError, BrokenPipeError, ConnectionResetError):
            return


if __name__ == "__main__":
    main()
