"""The commands backup and restore."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assets.cli.options import given_settings, options
from assets.settings import SettingError, file
from assets.settings.resolve import shown
from warehouse.text import counted, printable

if TYPE_CHECKING:
    from warehouse.backup import Restored


@click.command()
@click.argument("destination", type=click.Path(path_type=Path))
@options("warehouse")
def backup(destination: Path, **given: Any) -> None:
    """Copy the warehouse, with checksums, to DESTINATION: a folder that does not exist yet or is empty."""
    settings = given_settings(given)
    from warehouse import backup as backups
    from warehouse.store import Store

    made = backups.backup(Store(settings.warehouse), destination)
    click.echo(f"{_counted(made)} are in {destination}")
    strange = backups.unknown_files(settings.warehouse)
    if strange:
        click.echo(printable(f"Not backed up, because onrecord does not know these files: {', '.join(strange)}"))


@click.command()
@click.argument("source", type=click.Path(path_type=Path))
@options("warehouse")
def restore(source: Path, **given: Any) -> None:
    """Verify the backup SOURCE and restore it to the warehouse folder, which must be empty or not exist yet."""
    settings = given_settings(given)
    from warehouse import backup as backups

    done = backups.restore(source, settings.warehouse)
    click.echo(f"{_counted(done.backup)} are in {settings.warehouse}")
    click.echo("Articles that were withdrawn after this backup are in it: before the next build, replace the restored")
    click.echo("withdrawn.csv, withdrawn.key and allowed.csv with the current files.")
    for line in (*_restored_lines(done), *_settings(settings.warehouse)):
        click.echo(printable(line))


def _restored_lines(done: Restored) -> list[str]:
    """Return lines on what was restored, by kind, and what was not."""
    lines = [f"Restored: {', '.join(f'{kind} ({count:,})' for kind, count in done.files.items())}"]
    if done.skipped:
        more = f" and {len(done.skipped) - 3:,} more" if len(done.skipped) > 3 else ""
        lines.append(f"Skipped, not needed: {', '.join(done.skipped[:3])}{more}")
    if done.uncopied_objects:
        lines.append(f"Not restored, because they are not tables of onrecord: {', '.join(done.uncopied_objects)}")
    return lines


def _settings(warehouse: Path) -> list[str]:
    """Return the restored settings that differ from the defaults, and where a path is looked for if it no longer
    exists. Builds read these paths, and publish some of the content."""
    try:
        found = file.load(warehouse)
    except SettingError as error:
        return [str(error)]
    changed = {name: value for name, value in found.values.items() if value != file.DEFAULTS[name]}
    return (
        [
            f"Its settings, in {found.file}:",
            *(f"  {n} = {shown(v)}{_fallback_path(found, n)}" for n, v in changed.items()),
        ]
        if changed
        else []
    )


def _fallback_path(found: file.Stored, name: str) -> str:
    relative = found.relative.get(name)
    return f" (or, where that is missing, {found.file.parent / relative})" if relative else ""


def _counted(of: Any) -> str:
    return (
        f"{counted(of.articles, 'article')} and {counted(of.releases, 'release')} ({counted(of.files, 'file')}, "
        f"{of.bytes / 1e6:,.1f} MB)"
    )
