"""The command `refusals`: list what was not taken in."""

from __future__ import annotations

import json
from typing import Any

import click

from assets.cli.options import existing_store, given_settings, options
from pipeline.contract import REFUSAL_REASONS
from warehouse.text import printable


@click.command()
@click.option("--reason", help="only refusals with this reason")
@click.option("--json", "as_json", is_flag=True, help="print a JSON array with one object per refusal")
@options("warehouse")
def refusals(reason: str | None, as_json: bool, **given: Any) -> None:
    """List the files and records that were not taken in, and why.

    Works on a warehouse that cannot be written.
    """
    from warehouse.refusals import by_reason, listed

    store = existing_store(given_settings(given).warehouse)
    with store.reading() as connection:
        counted = by_reason(connection)
        known = [of.reason for of in counted]
        if reason is not None and reason not in known and reason not in REFUSAL_REASONS:
            raise click.ClickException(f"unknown reason {reason!r}; reasons are {', '.join(REFUSAL_REASONS)}")
        rows = listed(connection, known if reason is None else [reason])
    if as_json:
        click.echo("[" + ",\n ".join(json.dumps(row, ensure_ascii=False) for row in rows) + "]")
        return
    for row in rows:
        detail = row["detail"].removeprefix(f"{row['source']}: ")
        click.echo(printable(f"{row['reason']:<14} {row['source']}: {detail}"))
    if not rows:
        click.echo("Nothing was refused" + (f" as {reason}." if reason else "."), err=True)
