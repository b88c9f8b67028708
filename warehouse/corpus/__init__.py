"""The corpus-wide stages in SQL, with one module per stage of pipeline.stages: duplicates, entities, statements,
date_bounds.

Each has `deltas(store, pending, run)`: a context manager that gives the changes of the stage's tables, in batches.
`run` runs tasks on the shards (warehouse.shard_tasks).
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from importlib import import_module
from typing import Any

from pipeline.stage import Stage


def deltas(stage: Stage, store: Any, pending: Any, run: Any) -> AbstractContextManager[Mapping[str, Any]]:
    """Return the changes of the tables of a corpus-wide stage: table -> warehouse.ledger.TableDelta."""
    found: AbstractContextManager[Mapping[str, Any]] = import_module(f"{__name__}.{stage.name}").deltas(
        store, pending, run
    )
    return found
