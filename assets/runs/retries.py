"""Which errors are transient, and how often a step is retried after one.

A refused release, lost articles, a full disk, a missing folder: these need a person, and are not retried.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from warehouse.sql import StoreLocked
from warehouse.text import one_line

# The tag of a run in a terminal's own process.
TERMINAL_RUN_TAG = "onrecord/terminal"

# Four attempts, 20 s, 1 min and 3 min apart: enough to remount a share, or for a reader to finish.
RETRIES = 3
FIRST_WAIT_SECONDS = 20.0
# Errors of network file systems while a server or the network is down (errno(3), nfs(5), mount.cifs(8)).
TRANSIENT_ERRNOS = frozenset(
    {
        errno.EAGAIN,
        errno.EBUSY,
        errno.ECONNABORTED,
        errno.ECONNREFUSED,
        errno.ECONNRESET,
        errno.EHOSTDOWN,
        errno.EHOSTUNREACH,
        errno.EINTR,
        errno.EIO,
        errno.ENETDOWN,
        errno.ENETRESET,
        errno.ENETUNREACH,
        errno.ENOLCK,
        errno.ESTALE,
        errno.ETIMEDOUT,
    }
)


def is_transient(error: BaseException) -> bool:
    """Return whether the error may be gone in a minute."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, StoreLocked | TimeoutError) or (
            isinstance(seen, OSError) and seen.errno in TRANSIENT_ERRNOS
        ):
            return True
        seen = seen.__cause__
    return False


@contextmanager
def retry_transient(context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> Iterator[None]:
    """Retry a step after a transient error, with three times the wait each time. Not in a run from a terminal: it fails
    fast, so that its user sees the error."""
    try:
        yield
    except Exception as error:
        if TERMINAL_RUN_TAG in context.run.tags or not is_transient(error):
            raise
        wait = FIRST_WAIT_SECONDS * 3**context.retry_number
        context.log.warning("a transient error (%s): retrying in %.0f s", one_line(error), wait)
        raise dg.RetryRequested(max_retries=RETRIES, seconds_to_wait=wait) from error
