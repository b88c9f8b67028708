"""A fetch that kills itself at its n-th step: python -m tests.support.feed_kill N."""

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from assets.feeds import archive, fetching, state
from assets.feeds.limits import LIMITS
from assets.feeds.run import fetch
from assets.settings import from_environment


def main() -> None:
    """Count each write to the archive, the state and the folder, and die before the n-th; print their number."""
    last = int(sys.argv[1])
    count = 0

    def counted(step: Callable[..., Any]) -> Callable[..., Any]:
        def stepped(*given: Any, **named: Any) -> Any:
            nonlocal count
            count += 1
            if count == last:
                os.kill(os.getpid(), signal.SIGKILL)
            return step(*given, **named)

        return stepped

    for owner, name in (
        (state.State, "listed"),
        (state.State, "begin"),
        (state.State, "fetched"),
        (state.State, "complete"),
        (state.State, "record_outcome"),
        (archive.Archive, "__init__"),
        (archive.Archive, "add"),
        (archive.Archive, "close"),
        (archive.os, "fsync"),
        (archive.Path, "rename"),
        (fetching.archives, "finish"),
    ):
        setattr(owner, name, counted(getattr(owner, name)))
    (report,) = fetch(from_environment(), lambda _: None, replace(LIMITS, between_seconds=0.0))
    print(count, report.line)


if __name__ == "__main__":
    main()
