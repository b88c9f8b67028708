"""The command `automation`: start or stop the schedule and the sensors."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import click

from assets.cli.options import options, resolved
from assets.cli.serve import WORKSPACE, ready
from assets.settings import ROOT

# Name -> Dagster's term for it.
STARTED = {"daily_build": "schedule", "raw_folder": "sensor", "run_failures": "sensor", "status": "sensor"}


@click.command()
@click.argument("what", type=click.Choice(["start", "stop"]))
@click.argument("name", type=click.Choice(list(STARTED)))
@options("raw", "warehouse")
def automation(what: str, name: str, **given: Any) -> None:
    """Start or stop the schedule and the sensors, which run while `onrecord ui` or Dagster's daemon is running.

    daily_build: the schedule; raw_folder: builds when files change; run_failures: tells of runs that failed;
    status: tells once of what `onrecord status` calls a problem.
    """
    asked = resolved(given)
    settings = asked.settings
    environment = ready(settings, asked.given)
    command = [str(Path(sys.executable).with_name("dagster")), STARTED[name], what, name, "-w", str(WORKSPACE)]
    # Not Dagster's newer command, which it recommends: that one starts no schedule.
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode:
        last = [line for line in done.stderr.splitlines() if line.strip()] or ["no reason was reported"]
        raise click.ClickException(f"{name} could not be {_past(what)}: {last[-1].strip()}")
    click.echo(f"{name} is {_past(what)} in {settings.warehouse}")


def _past(what: str) -> str:
    return {"start": "started", "stop": "stopped"}[what]
