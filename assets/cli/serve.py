"""The command `serve`: Dagster's webserver or daemon alone, for systemd and containers."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from assets.cli.options import options, print_setting_notes, resolved
from assets.runs.error_messages import damaged_history
from assets.settings import ROOT, Settings
from assets.settings.resolve import Resolved

WORKSPACE = ROOT / "deploy" / "workspace.yaml"


@click.command()
@click.argument("what", type=click.Choice(["web", "daemon"]))
@options("raw", "warehouse", "allowed_hosts")
@click.option("--host", default="127.0.0.1", show_default=True, help="the address that the UI listens on")
@click.option("--port", default=3000, show_default=True, help="the port that the UI listens on")
def serve(what: str, host: str, port: int, **given: Any) -> None:
    """Run Dagster's webserver (web) or its daemon, each in a process of its own, on a server."""
    asked = resolved(given)
    print_setting_notes(asked.settings)
    if what == "web":
        serve_ui(asked, host, port, alone=True)
        return
    environment = ready(asked.settings, asked.given)
    programme, *arguments = daemon_command()
    os.chdir(ROOT)
    os.execve(programme, [programme, *arguments], environment)


def serve_ui(asked: Resolved, host: str, port: int, *, alone: bool) -> None:
    """Serve the UI until it is stopped: `alone`, or with the daemon and the warehouse's pages on the next port. Raises
    ClickException."""
    from assets.web.server import ListenAddress, listen, run

    settings, names = asked.settings, asked.given
    with ExitStack() as stack:
        try:
            listener = stack.enter_context(closing(listen(host, port)))
        except OSError as error:
            raise click.ClickException(f"--host {host} --port {port}: {_reason(error)}") from None
        pages = None
        if not alone and settings.pages_url is None:
            try:
                pages = stack.enter_context(closing(listen(host, port + 1)))
                shown = address(host, pages.getsockname()[1])
                settings, names = replace(settings, pages_url=shown), names | {"pages_url"}
            except OSError as error:
                click.echo(f"Data docs and releases are not served: port {port + 1}: {_reason(error)}", err=True)
        environment = ready(settings, names)
        shown = address(host, listener.getsockname()[1])
        click.echo(f"The UI starts at {shown} ...")
        # The UI's first page lists only what the UI and its daemon ran: after a build in a terminal it is empty.
        up = f"The UI is at {shown}: the tables under Lineage, all builds under Runs. Stop it with Ctrl-C."
        from assets.web.processes import ChildEnded

        try:
            run(
                settings,
                environment,
                ListenAddress(host, listener, pages),
                with_daemon=not alone,
                up=lambda: click.echo(up),
            )
        except KeyboardInterrupt:
            pass
        except ChildEnded as error:
            raise click.ClickException(f"{error}; the UI was stopped") from None
    click.echo("The UI has ended.")


def _reason(error: OSError) -> str:
    # socket.create_server adds the address.
    return (error.strerror or str(error)).partition(" (while")[0]


def address(host: str, port: int) -> str:
    """Return the address to open in a browser."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def ready(settings: Settings, given: Collection[str]) -> dict[str, str]:
    """Prepare the warehouse's instance: fail runs whose process is gone, reset schedule ticks dated in the future.
    Returns the environment for Dagster's processes, with the `given` settings; they read the others themselves. Raises
    ClickException."""
    from sqlalchemy.exc import SQLAlchemyError

    from assets.runs.instance import child_environment, home, open_instance
    from assets.runs.stale_runs import end_dead_runs, reset_future_ticks
    from warehouse.text import one_line

    try:
        with open_instance(settings.warehouse) as instance:
            end_dead_runs(instance, home(settings.warehouse))
            for name in reset_future_ticks(instance):
                click.echo(f"{name}: its last tick is in the future, because the clock was wrong; it was reset to now.")
        return child_environment(settings, given)
    except SQLAlchemyError as error:
        damaged = damaged_history(settings.warehouse)
        folder = settings.warehouse / "dagster"
        raise click.ClickException(
            damaged or f"Dagster's files in {folder} cannot be used: {one_line(getattr(error, 'orig', None) or error)}"
        ) from None


def daemon_command() -> list[str]:
    """Return Dagster's own command for its daemon."""
    return [str(Path(sys.executable).with_name("dagster-daemon")), "run", "-w", str(WORKSPACE)]
