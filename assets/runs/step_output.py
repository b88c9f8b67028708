"""What steps print, in a run of a terminal's own process.

Dagster copies what a step prints into files, by two processes for each stream of each step. In a terminal Ctrl-C
reaches those as well, and they print tracebacks; starting them takes a part of a small build's time. So a terminal's
run prints to the terminal alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from dagster._core.storage.compute_log_manager import CapturedLogContext
from dagster._core.storage.local_compute_log_manager import LocalComputeLogManager
from dagster._serdes import ConfigurableClassData


class TerminalOnly(LocalComputeLogManager):
    """Dagster's files of what steps printed: read and deleted as ever, not written."""

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> TerminalOnly:
        """The class with the settings of Dagster's own."""
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def capture_logs(self, log_key: Sequence[str]) -> Iterator[CapturedLogContext]:
        """Nothing is captured."""
        yield CapturedLogContext(log_key=log_key)
