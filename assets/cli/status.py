"""The command `status`: how a warehouse is, in a dozen lines."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from assets.cli.options import given_settings, options
from warehouse.text import counted, printable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from assets.status import Status


@click.command()
@click.option("--json", "as_json", is_flag=True, help="print a JSON object")
@options("raw", "warehouse")
def status(as_json: bool, **given: Any) -> None:
    """Print the last build and release, what is pending or failed, what runs by itself, and what is wrong.

    Ends with 1 where there is a problem, as monitoring wants it.
    """
    settings = given_settings(given)
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
    """The status for people, a line a subject."""
    build, release = found.build, found.release
    told = {
        "warehouse": f"{found.warehouse}, built from {found.raw}",
        "last build": "none"
        if build is None
        else f"{build.state}, {_minute(build.ended or build.began)} (run {build.run_id[:8]})",
        "release": "none" if release is None else f"{release[0]}, written {_minute(release[1])}",
        "articles": f"{found.articles:,}; {found.quarantined:,} quarantined; failed: {_counts(found.failed)}",
        "refused": _counts(found.refused),
        "raw folder": _files(found),
        "behind": ", ".join(found.behind) or "no stage",
        "automation": ", ".join(found.automation) or "none is started",
        "disk": f"{found.database_bytes / 1e6:,.0f} MB in the database, {found.free_bytes / 1e9:,.1f} GB free",
    }
    out = [f"{name:<11} {value}" for name, value in told.items()]
    return out + [f"{'PROBLEM':<11} {problem}" for problem in found.problems]


def _files(found: Status) -> str:
    if found.files is None:
        return "not compared"
    new, gone = found.files
    if not new and not gone:
        return "as at the last build"
    return f"{counted(new, 'file')} new or changed, {gone:,} gone"


def _counts(of: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in of.items()) or "none"


def _minute(moment: datetime | None) -> str:
    return "not begun" if moment is None else f"{moment:%Y-%m-%d %H:%M} UTC"
