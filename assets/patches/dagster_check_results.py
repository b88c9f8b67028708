"""Results of Dagster's asset checks, which Dagster never deletes: half a megabyte per build."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from assets.patches import DAGSTER, apply_or_fall_back

if TYPE_CHECKING:
    import dagster as dg


def forget(instance: dg.DagsterInstance, runs: Sequence[str]) -> None:
    """Delete the check results of these runs. Keep the last result of each check, which the UI shows."""
    apply_or_fall_back("the deletion of old results of checks", DAGSTER, lambda: _forget(instance, runs), lambda: None)


def _forget(instance: dg.DagsterInstance, runs: Sequence[str]) -> None:
    from dagster._core.storage.event_log import SqlEventLogStorage
    from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable
    from sqlalchemy import func, select

    storage = instance.event_log_storage
    if not isinstance(storage, SqlEventLogStorage):
        return
    of = AssetCheckExecutionsTable.c
    last = select(func.max(of.id)).group_by(of.asset_key, of.check_name)
    old = AssetCheckExecutionsTable.delete().where(of.run_id.in_(runs), of.id.not_in(last))
    with storage.index_connection() as connection:
        connection.execute(old)
