"""The command `serve`: Dagster's webserver or daemon alone, for systemd and containers.

Belongs here: making the instance ready, for every command that starts Dagster's processes, and becoming one. Does
not belong here: who may reach it (a proxy: docs/running.md), the UI for one person (assets.cli.work).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any

import click

from assets.cli.options import options, resolved
from assets.settings import ROOT, SettingError, Settings

WORKSPACE = ROOT / "deploy" / "workspace.yaml"


@click.command()
@click.argument("what", type=click.Choice(["web", "daemon"]))
@options("raw", "warehouse")
@click.option("--host", default="127.0.0.1", show_default=True, help="the address that the UI listens on")
@click.option("--port", default=3000, show_default=True, help="the port that the UI listens on")
def serve(what: str, host: str, port: int, **given: Any) -> None:
    """Run Dagster's webserver (web) or its daemon, each in a process of its own, on a server."""
    asked = resolved(given)
    environment = ready(asked.settings, asked.given)
    programme, *arguments = command(what, host, port)
    os.chdir(ROOT)
    os.execve(programme, [programme, *arguments], environment)


def ready(settings: Settings, given: Collection[str]) -> dict[str, str]:
    """Make the warehouse's instance ready: end runs whose process is gone, wake what a wrong clock has put to sleep.
    Returns the environment for Dagster's processes, with the settings that were `given`; the others they read
    themselves. Raises ClickException."""
    from sqlalchemy.exc import SQLAlchemyError

    from assets.alive import end_dead_runs, wake
    from assets.instance import home, open_instance, surroundings
    from warehouse.sql import first_line

    try:
        with open_instance(settings.warehouse) as instance:
            end_dead_runs(instance, home(settings.warehouse))
            for name in wake(instance):
                click.echo(f"{name}: its last tick lies ahead of the clock, which has been wrong; it goes on from now.")
        return surroundings(settings, given)
    except (SettingError, OSError) as error:
        raise click.ClickException(str(error)) from None
    except SQLAlchemyError as error:
        raise click.ClickException(f"Dagster's instance cannot be used: {first_line(error)}") from None


def command(what: str, host: str, port: int) -> list[str]:
    """Dagster's own command."""
    of = Path(sys.executable).parent
    if what == "daemon":
        return [str(of / "dagster-daemon"), "run", "-w", str(WORKSPACE)]
    return [str(of / "dagster-webserver"), "-h", host, "-p", str(port), "-w", str(WORKSPACE)]
