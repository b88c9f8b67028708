"""The command `status`: the state of a warehouse in a dozen lines."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from assets.cli.options import given_settings, options
from assets.settings.resolve import resolve, validated_settings
from warehouse.text import printable

if TYPE_CHECKING:
    from assets.status import Status


@click.command()
@click.option("--json", "as_json", is_flag=True, help="print a JSON object")
@options("raw", "warehouse", "feeds")
def status(as_json: bool, **given: Any) -> None:
    """Print the last build and release, what is pending or failed, what runs by itself, and what is wrong.

    Ends with 1 where there is a problem, as monitoring wants it.
    """
    from warehouse.sql import StoreError

    settings = given_settings(given)
    with suppress(StoreError):  # a build holds the store: reported below
        validated_settings(resolve({name: value for name, value in given.items() if value is not None}))
    from assets import status as state
    from assets.runs.instance import open_instance

    if (settings.warehouse / "dagster").is_dir():
        with open_instance(settings.warehouse) as instance:
            found = state.status(settings, instance)
    else:
        found = state.status(settings, None)
    if as_json:
        click.echo(json.dumps(found.as_dict(), ensure_ascii=False, indent=1))
    else:
        for line in lines(found):
            click.echo(printable(line))
    click.get_current_context().exit(1 if found.problems else 0)


def lines(found: Status) -> list[str]:
    """Return the status for users, one line per subject."""
    from assets.status import subjects

    out = [f"{name:<11} {value}" for name, value in subjects(found).items()]
    return out + [f"{'PROBLEM':<11} {problem}" for problem in found.problems]
