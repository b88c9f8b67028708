"""A Dagster instance whose steps print only to the terminal.

Dagster copies the output of steps into files, with two processes for each stream of each step. Ctrl-C in a terminal
reaches these as well, and they print tracebacks; starting them takes a part of a small build's time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
from dagster._core.storage.local_compute_log_manager import LocalComputeLogManager

from assets.patches import DAGSTER, PatchMismatch, apply_or_fall_back

if TYPE_CHECKING:
    from dagster._core.instance.ref import InstanceRef
    from dagster._core.storage.compute_log_manager import CapturedLogContext
    from dagster._serdes import ConfigurableClassData


class TerminalOnly(LocalComputeLogManager):
    """Dagster's files of step output: read and deleted as usual, not written."""

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> TerminalOnly:
        """Return the class with the settings of Dagster's own."""
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def capture_logs(self, log_key: Sequence[str]) -> Iterator[CapturedLogContext]:
        """Capture nothing."""
        from dagster._core.storage.compute_log_manager import CapturedLogContext

        yield CapturedLogContext(log_key=log_key)


def in_terminal(folder: Path) -> dg.DagsterInstance:
    """Return the instance of a folder, whose steps print only to the terminal unless dagster.yaml says otherwise.
    Raises as DagsterInstance.from_config does."""
    return apply_or_fall_back(
        "the output of steps on the terminal alone",
        DAGSTER,
        lambda: dg.DagsterInstance.from_ref(_quiet(folder)),
        lambda: dg.DagsterInstance.from_config(str(folder)),
    )


def _quiet(folder: Path) -> InstanceRef:
    from dagster._core.instance.ref import InstanceRef
    from dagster._serdes import ConfigurableClassData

    ref = InstanceRef.from_dir(str(folder))
    logs = ref.compute_logs_data
    if logs.class_name != LocalComputeLogManager.__name__:
        return ref
    ref = ref._replace(compute_logs_data=ConfigurableClassData(__name__, TerminalOnly.__name__, logs.config_yaml))
    if not isinstance(ref.compute_log_manager, TerminalOnly):
        raise PatchMismatch("it takes no other log manager")
    with ref.compute_log_manager.capture_logs(["tried"]):
        return ref
