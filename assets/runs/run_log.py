"""Messages of onrecord's logger in the log of a Dagster run, such as what a step waits for."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from assets.runs.retries import TERMINAL_RUN_TAG

LOGGER = logging.getLogger("onrecord")


class _Forward(logging.Handler):
    def __init__(self, log: logging.Logger) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        self._log.log(record.levelno, "%s", record.getMessage())


@contextmanager
def messages_in_run_log(context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> Iterator[None]:
    """Write messages of the logger to the run's log, too. Not in a run from a terminal, whose user reads them there."""
    if TERMINAL_RUN_TAG in context.run.tags:
        yield
        return
    handler = _Forward(context.log)
    LOGGER.addHandler(handler)
    try:
        yield
    finally:
        LOGGER.removeHandler(handler)
