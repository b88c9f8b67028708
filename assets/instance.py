"""Dagster's instance of a warehouse folder: DAGSTER_HOME, so that the UI shows the runs that `build` made.

Belongs here: where the instance stands and how it is opened. Does not belong here: what its settings are
(dagster.yaml beside this file).
"""

from __future__ import annotations

import shutil
from pathlib import Path

import dagster as dg

TEMPLATE = Path(__file__).with_name("dagster.yaml")


def home(warehouse: Path) -> Path:
    """The instance's folder, made ready. A dagster.yaml that somebody has written there stays."""
    folder = warehouse.resolve() / "dagster"
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / TEMPLATE.name).exists():
        shutil.copyfile(TEMPLATE, folder / TEMPLATE.name)
    return folder


def open_instance(warehouse: Path) -> dg.DagsterInstance:
    """The instance, for runs in this process."""
    return dg.DagsterInstance.from_config(str(home(warehouse)))
