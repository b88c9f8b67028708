"""Dagster's event log with its connections kept: the files stay Dagster's own, and few connections are open at once."""

from pathlib import Path

import dagster as dg
from dagster import AssetKey, DagsterRun
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage

from assets.patches.dagster_event_log import MAX_ENGINES, PooledEventLog
from assets.runs.instance import open_instance


@dg.asset
def table() -> dg.MaterializeResult:
    return dg.MaterializeResult(metadata={"rows": 3})


def test_dagsters_own_storage_reads_what_was_logged(tmp_path: Path) -> None:
    with open_instance(tmp_path) as instance:
        assert isinstance(instance.event_log_storage, PooledEventLog)
        run = dg.materialize([table], instance=instance).run_id
        logged = [(e.message, e.dagster_event_type) for e in instance.all_logs(run)]
    stock = SqliteEventLogStorage(str(tmp_path / "dagster" / "history" / "runs"))
    with dg.DagsterInstance.ephemeral() as other:
        stock.register_instance(other)
        assert [(e.message, e.dagster_event_type) for e in stock.get_logs_for_run(run)] == logged and logged
        (kept,) = stock.fetch_materializations(AssetKey("table"), limit=9).records
    assert kept.run_id == run


def test_few_files_are_open_and_none_is_lost(tmp_path: Path) -> None:
    with open_instance(tmp_path) as instance:
        log = instance.event_log_storage
        assert isinstance(log, PooledEventLog)
        runs = [instance.add_run(DagsterRun("build")) for _ in range(2 * MAX_ENGINES)]
        for run in runs:
            instance.report_engine_event("something", run)
        assert len(log._engines) == MAX_ENGINES
        assert all([e.message for e in instance.all_logs(run.run_id)] == ["something"] for run in runs)
        instance.delete_run(runs[-1].run_id)
        assert runs[-1].run_id not in log._engines
