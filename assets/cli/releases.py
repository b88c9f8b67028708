"""The commands on releases: releases, diff, verify, withdraw, publish."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from assets.cli.options import existing_store, given_settings, options
from warehouse.text import counted

# Minimum width of a line: tables are not folded if the output is a file or a pipe.
WIDTH = 160


def folder_of(warehouse: Path, release: str, *, tombstones: bool = False) -> Path:
    """Return the folder of a release: a version of this warehouse, `latest`, or a path. Raises ClickException, also for
    a tombstone unless `tombstones`."""
    from warehouse.release import versions as shelf

    for folder in (warehouse / "releases" / release, Path(release)):
        if (folder / shelf.TOMBSTONE).exists():
            if tombstones:
                return folder
            successor = shelf.tombstone(folder)["successor"]
            raise click.ClickException(f"release {release} was withdrawn; {successor} replaces it")
        if (folder / shelf.RECORD).exists():
            return folder
        if (folder / shelf.SUMS).exists():
            raise click.ClickException(
                f"{folder.resolve()} is damaged: its {shelf.RECORD} is missing; move the folder away and build again"
            )
    raise click.ClickException(f"{release!r} is neither a release in {warehouse / 'releases'} nor the folder of one")


@click.command()
@options("warehouse")
def releases(**given: Any) -> None:
    """List the releases of a warehouse, oldest first."""
    from rich.table import Table
    from rich.text import Text

    from assets.cli.build_summary import plain_console
    from warehouse.release import versions as shelf

    folder = given_settings(given).warehouse / "releases"
    table = Table(box=None, pad_edge=False, header_style="")
    for name in ("version", "made on", "schema", "articles", "quotes", "entities", ""):
        table.add_column(name, no_wrap=True, justify="right" if name in ("articles", "quotes", "entities") else "left")
    versions = shelf.names(folder)
    for version in versions:
        if (folder / version / shelf.TOMBSTONE).exists():
            entry = shelf.tombstone(folder / version)
            cells = [entry["released_on"], entry["schema_version"], "", "", "", f"withdrawn; see {entry['successor']}"]
        else:
            try:
                kept = shelf.record(folder / version)
            except ValueError as error:
                cells = ["", "", "", "", "", f"damaged: {error}"]
            else:
                counts = [f"{kept.rows.get(name, 0):,}" for name in ("documents", "quotes", "entities")]
                cells = [kept.released_on, kept.schema_version, *counts, "latest" if version == versions[-1] else ""]
        table.add_row(*(Text(cell) for cell in (version, *cells)))
    if not versions:
        raise click.ClickException(f"{folder} holds no release; `onrecord build` makes one")
    console = plain_console()
    console.width = max(console.width, WIDTH)
    console.print(table)


@click.command()
@click.argument("old")
@click.argument("new", default="latest")
@options("warehouse")
@click.option("--rows", type=click.Path(path_type=Path), help="also write each changed row to this Parquet file")
def diff(old: str, new: str, rows: Path | None, **given: Any) -> None:
    """Compare two releases: rows added, removed and changed, entities merged and split.

    OLD and NEW are versions of the warehouse, `latest`, or folders of releases.
    """
    from warehouse.release import damage_check
    from warehouse.release import diff as compare

    warehouse = given_settings(given).warehouse
    before, after = folder_of(warehouse, old), folder_of(warehouse, new)
    try:
        found = compare.changes(before, after, rows)
    except Exception:
        for folder in (before, after):
            problem = damage_check.first_damage(folder)
            if problem is not None:
                raise click.ClickException(f"{folder.resolve()} is damaged: {problem}") from None
        raise
    click.echo(compare.markdown(found), nl=False)


@click.command()
@click.argument("release", default="latest")
@options("warehouse")
def verify(release: str, **given: Any) -> None:
    """Check every file of a release against its SHA256SUMS, and these against release.json and the data package.

    RELEASE is a version, `latest`, or a folder.
    """
    from warehouse.release import verification
    from warehouse.release import versions as shelf

    folder = folder_of(given_settings(given).warehouse, release, tombstones=True)
    found = verification.verify(folder)
    for problem in found.problems:
        click.echo(problem)
    if found.problems:
        raise click.ClickException(f"{folder} differs from what was released: {len(found.problems)} problems")
    if found.tombstone:
        successor = shelf.tombstone(folder)["successor"]
        click.echo(f"{folder} is an unchanged tombstone: the release was withdrawn, {successor} replaces it")
        return
    click.echo(f"{counted(len(found.sums.digests), 'file')} of {folder}: unchanged since the release")


@click.command()
@click.argument("source")
@click.option("--reason", default="", help="the reason, in a few words; it is published with the next release")
@click.option("--also", "action", flag_value="also", help="also withdraw an article that was refused as a near copy")
@click.option(
    "--allow", "action", flag_value="allow", help="take in an article that was refused as a copy, with its current text"
)
@click.option("--undo", "action", flag_value="undo", help="undo the withdrawal of the article")
@options("raw", "warehouse")
def withdraw(source: str, reason: str, action: str | None, **given: Any) -> None:
    """Withdraw an article from the dataset permanently.

    SOURCE is its document_id, source or URL. Its raw text leaves the warehouse now; the next build takes it out of
    every table and of Dagster's history, makes a release without it, which says so without the text, replaces every
    earlier release that holds it with a tombstone, and rewrites the database without the words. Copies of its
    text under other names are refused, too.
    """
    from assets.cli import withdraw_actions

    settings = given_settings(given)
    existing_store(settings.warehouse)
    lines = withdraw_actions.WITHDRAW_ACTIONS[action](settings, source, reason)
    for line in lines:
        click.echo(line)
    sys.stdout.flush()


@click.command()
@click.argument("url")
@click.argument("release", default="latest")
@options("warehouse")
def publish(url: str, release: str, **given: Any) -> None:
    """Upload a release to an object store, or copy it to another folder; files are verified, `latest` changes last.

    URL is s3://BUCKET/PREFIX, gs://, az:// or file://; credentials are read from the environment.
    """
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn
    from rich.text import Text

    from assets.cli.build_summary import plain_console
    from warehouse.release import upload
    from warehouse.release import versions as shelf
    from warehouse.text import size

    folder = folder_of(given_settings(given).warehouse, release).resolve()
    console = plain_console()
    bar = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    total = sum((folder / name).lstat().st_size for name in shelf.contents(folder))
    try:
        with bar:
            task = bar.add_task("uploading", total=total)
            done = upload.publish(folder, url, lambda name, length: bar.update(task, advance=length, description=name))
    except (upload.PublishError, ValueError) as error:
        raise click.ClickException(str(error)) from None
    for line in (
        f"Release {done.version} is in {url}: {counted(done.sent, 'file')} sent ({size(done.bytes)}), "
        f"{done.copied} copied there from the latest version, {done.kept} already present",
        *(f"  {version} was withdrawn: a tombstone replaces it" for version in done.replaced_versions),
        f"latest is {done.latest}",
    ):
        console.print(Text(line))
