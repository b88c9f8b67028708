"""The settings that Dagster's Launchpad offers for one run."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from assets.definitions import build_definitions
from assets.run_settings import RESOURCE, RunSettings
from assets.settings import RUN, Settings

# `redo` deletes rows that another program has changed: only a user at a terminal may ask for it.
TERMINAL_ONLY = {"redo", "keep_removed"}


@pytest.fixture
def place(tmp_path: Path) -> Settings:
    return Settings(raw=tmp_path / "raw", warehouse=tmp_path / "warehouse", workers=3, accept_removals=True)


def test_every_setting_of_a_run_is_in_the_launchpad_with_its_help_text(place: Settings) -> None:
    of_a_run = {f.name for f in fields(Settings) if f.metadata["scope"] == RUN} - TERMINAL_ONLY
    shown = build_definitions(place).resolve_job_def("build").run_config_schema.config_type.fields["resources"]
    config = shown.config_type.fields[RESOURCE].config_type.fields["config"].config_type.fields  # type: ignore[attr-defined]
    assert of_a_run | {"raw", "engine", "ray_address", "workers"} == set(config)
    for name, field in config.items():
        assert field.description == Settings.__dataclass_fields__[name].metadata["help"]
        assert not field.is_required


def test_the_launchpad_opens_with_every_setting(place: Settings) -> None:
    """Except settings whose default is None."""
    job = build_definitions(place).resolve_job_def("build")
    opened = job.run_config_schema.config_type.fields["resources"].default_value[RESOURCE]["config"]  # type: ignore[attr-defined]
    assert opened.keys() == RunSettings.model_fields.keys() & Settings.__dataclass_fields__.keys()
    assert None not in opened.values()
    assert RunSettings(**opened).applied(place) == place


@pytest.mark.parametrize(
    ("given", "changed"),
    [
        ({}, {}),
        ({"limit": 0, "workers": 0, "raw": "", "as_of": ""}, {}),
        ({"limit": None, "workers": None, "raw": None, "force": False}, {}),
        ({"limit": 5, "verify": True}, {"limit": 5, "verify": True}),
        ({"accept_removals": False, "workers": 1}, {"workers": 1}),
        ({"as_of": "2026-11-28", "force": True}, {"as_of": date(2026, 11, 28), "force": True}),
        ({"engine": "inline", "raw": "/elsewhere"}, {"engine": "inline", "raw": Path("/elsewhere")}),
    ],
)
def test_what_a_run_says_comes_before_what_the_process_was_started_with(
    given: dict[str, object], changed: dict[str, object], place: Settings
) -> None:
    assert RunSettings(**given).applied(place) == replace(place, **changed)  # type: ignore[arg-type]


@pytest.mark.parametrize("given", [{"as_of": "tomorrow"}, {"engine": "cloud"}, {"limit": -1}, {"accept": "no_check"}])
def test_a_wrong_value_stops_the_run_and_is_named(given: dict[str, object], place: Settings) -> None:
    with pytest.raises(dg.Failure, match=f"resources.{RESOURCE}: --{next(iter(given)).replace('_', '-')} ") as failure:
        RunSettings(**given).applied(place)  # type: ignore[arg-type]
    assert not failure.value.allow_retries
