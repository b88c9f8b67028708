"""The assets that Dagster shows as stale after a change of the raw folder, and after the next build."""

from __future__ import annotations

import os
from pathlib import Path

import dagster as dg
import pytest

from assets.automation import sensor
from assets.definitions import JOB, build_definitions
from assets.settings import Settings
from pipeline.contract import CORRECTIONS, PARSES, REFUSALS
from tests.support.dagster_runs import stale

STORY = "Mayor Ana Lume opened the bridge on Monday.\n\n“It is safe,” Lume said.\n"


@pytest.fixture
def place(tmp_path: Path) -> Settings:
    (tmp_path / "raw").mkdir()
    for name in ("one", "two"):
        (tmp_path / "raw" / f"{name}.txt").write_text(f"Bridge {name}\n\n{STORY}", encoding="utf-8")
    return Settings(raw=tmp_path / "raw", warehouse=tmp_path / "warehouse", engine="inline", publish_text="all")


def versions(instance: dg.DagsterInstance, definitions: dg.Definitions) -> dict[str, str]:
    """Return materialized asset -> data version."""
    out = {}
    for key in definitions.resolve_asset_graph().materializable_asset_keys:
        event = instance.get_latest_materialization_event(key)
        assert event is not None and event.asset_materialization is not None
        out[key.to_user_string()] = (event.asset_materialization.tags or {})["dagster/data_version"]
    return out


@pytest.mark.slow
def test_a_changed_file_makes_raws_stale_and_a_build_ends_that(place: Settings) -> None:
    definitions = build_definitions(place)
    job = definitions.resolve_job_def(JOB)
    with dg.DagsterInstance.ephemeral() as instance:
        assert job.execute_in_process(instance=instance).success
        before = versions(instance, definitions)
        assert stale(definitions, instance) == set()
        file = place.raw / "two.txt"
        file.write_text(file.read_text(encoding="utf-8") + "“It holds,” Lume said.\n", encoding="utf-8")
        os.utime(file, (1, 1))
        # The sensor's tick is enough; nothing is built.
        result = sensor(dg.define_asset_job(JOB), place)(dg.build_sensor_context(instance=instance))
        for event in result.asset_events:
            instance.report_runless_asset_event(event)
        assert stale(definitions, instance) == {"raws", REFUSALS.name, CORRECTIONS.name}
        assert job.execute_in_process(instance=instance).success
        after = versions(instance, definitions)
        assert stale(definitions, instance) == set()
    same = {name for name in before if before[name] == after[name]}
    assert same == {REFUSALS.name, CORRECTIONS.name, "quarantine", "feeds"}
    assert PARSES.name in after.keys() - same
