"""The commands that keep a warehouse safe: backup, restore.

Belongs here: thin calls, and what a terminal is told. Does not belong here: copying (warehouse.backup).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from assets import config_file
from assets.cli.options import given_settings, options
from assets.resolve import shown
from assets.settings import SettingError
from assets.terminal import printable


@click.command()
@click.argument("destination", type=click.Path(path_type=Path))
@options("warehouse")
def backup(destination: Path, **given: Any) -> None:
    """Copy the warehouse, with checksums, to DESTINATION: a folder that does not exist yet or is empty."""
    settings = given_settings(given)
    from warehouse import backup as backups
    from warehouse.sql import StoreError
    from warehouse.store import Store

    try:
        made = backups.backup(Store(settings.warehouse), destination)
    except StoreError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{_counted(made)} are in {destination}")


@click.command()
@click.argument("source", type=click.Path(path_type=Path))
@options("warehouse")
def restore(source: Path, **given: Any) -> None:
    """Check the backup SOURCE and put it in place as the warehouse, whose folder is empty or does not exist."""
    settings = given_settings(given)
    from warehouse import backup as backups
    from warehouse.sql import StoreError

    try:
        kept = backups.restore(source, settings.warehouse)
    except StoreError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{_counted(kept)} are in {settings.warehouse}")
    click.echo("Articles that were withdrawn after this backup are in it: before the next build put withdrawn.csv,")
    click.echo("withdrawn.key and allowed.csv of today in the place of the restored ones.")
    for line in _settings(settings.warehouse):
        click.echo(line)


def _settings(warehouse: Path) -> list[str]:
    """What the restored settings make builds do: those that differ from the defaults."""
    try:
        found = config_file.load(warehouse)
    except SettingError as error:
        return [str(error)]
    told = {name: value for name, value in found.values.items() if value != config_file.DEFAULTS[name]}
    return (
        [f"Its settings, in {found.file}:", *(printable(f"  {n} = {shown(v)}") for n, v in told.items())]
        if told
        else []
    )


def _counted(of: Any) -> str:
    return f"{of.articles:,} articles and {of.releases:,} releases ({of.files:,} files, {of.bytes / 1e6:,.1f} MB)"
