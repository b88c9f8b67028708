"""The commands on what was published: releases, diff, verify, withdraw, publish.

Belongs here: thin calls, and what a terminal is told. Does not belong here: how a release is made or compared
(warehouse).
"""

from __future__ import annotations

import sys
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from assets.cli.options import given_settings, options

# Characters of a line: it is not folded where the output is a file or a pipe.
WIDTH = 160


def folder_of(warehouse: Path, release: str) -> Path:
    """The folder of a release: a version of this warehouse, `latest`, or a path. Raises ClickException."""
    from warehouse import shelf

    for folder in (warehouse / "releases" / release, Path(release)):
        if (folder / shelf.TOMBSTONE).exists():
            successor = shelf.tombstone(folder)["successor"]
            raise click.ClickException(f"release {release} was withdrawn; {successor} took its place")
        if (folder / shelf.RECORD).exists():
            return folder
        if (folder / shelf.SUMS).exists():
            raise click.ClickException(
                f"{folder.resolve()} is damaged: its {shelf.RECORD} is missing; move the folder away and build again"
            )
    raise click.ClickException(f"there is no release {release!r} in {warehouse / 'releases'}, nor a folder of one")


@click.command()
@options("warehouse")
def releases(**given: Any) -> None:
    """List the releases of a warehouse, oldest first."""
    from rich.table import Table
    from rich.text import Text

    from assets.summary import plain
    from warehouse import shelf

    folder = given_settings(given).warehouse / "releases"
    table = Table(box=None, pad_edge=False, header_style="")
    for name in ("version", "made on", "schema", "articles", "quotes", "entities", ""):
        table.add_column(name, no_wrap=True, justify="right" if name in ("articles", "quotes", "entities") else "left")
    versions = shelf.names(folder)
    for version in versions:
        if (folder / version / shelf.TOMBSTONE).exists():
            said = shelf.tombstone(folder / version)
            cells = [said["released_on"], said["schema_version"], "", "", "", f"withdrawn; see {said['successor']}"]
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
    console = plain()
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
    from warehouse import compare, soundness

    warehouse = given_settings(given).warehouse
    before, after = folder_of(warehouse, old), folder_of(warehouse, new)
    try:
        found = compare.changes(before, after, rows)
    except Exception:
        for folder in (before, after):
            problem = soundness.damage(folder)
            if problem is not None:
                raise click.ClickException(f"{folder.resolve()} is damaged: {problem}") from None
        raise
    click.echo(compare.markdown(found), nl=False)


@click.command()
@click.argument("release", default="latest")
@options("warehouse")
def verify(release: str, **given: Any) -> None:
    """Check every file of a release against its SHA256SUMS. RELEASE is a version, `latest`, or a folder."""
    from warehouse import shelf

    folder = folder_of(given_settings(given).warehouse, release)
    problems = shelf.verify(folder)
    for problem in problems:
        click.echo(problem)
    if problems:
        raise click.ClickException(f"{folder} is not as it was released: {len(problems)} problems")
    click.echo(f"{len(shelf.contents(folder))} files of {folder} are as they were released")


@click.command()
@click.argument("source")
@click.option("--reason", default="", help="why, in a few words: published with the next release")
@click.option("--undo", is_flag=True, help="take the article in again")
@options("warehouse")
def withdraw(source: str, reason: str, undo: bool, **given: Any) -> None:
    """Take an article out of the dataset for good.

    SOURCE is its document_id, source or URL. Its raw text leaves the warehouse now; the next build takes it out of
    every table and of Dagster's history, makes a release without it, which says so without the text, and puts a
    tombstone in the place of every earlier release that holds it.
    """
    from assets import history
    from warehouse import staging, withdrawal
    from warehouse.store import Store, StoreError, first_line
    from warehouse.tally import Tally

    settings = given_settings(given)
    store = Store(settings.warehouse)
    if not store.database.exists():
        raise click.ClickException(f"there is no warehouse in {store.folder}; `onrecord build` makes one")
    try:
        known = withdrawal.withdrawn(store.folder)
        if undo:
            named = [w for w in known.values() if source in (w.document_id, w.source)]
            if not named:
                raise click.ClickException(f"{source!r} is not withdrawn")
            withdrawal.note(store.folder, {name: w for name, w in known.items() if w not in named})
            with store.open() as connection:
                for one in named:
                    history.withdrawn(store.folder, one.document_id)
                withdrawal.read_again(connection)
            click.echo(f"{named[0].source} is no longer withdrawn: the next build takes it in again.")
            return
        found = withdrawal.find(store, source)
        if len(found) != 1:
            several = ", ".join(name for _, name in found)
            raise click.ClickException(
                f"{source!r} names several articles: {several}" if found else f"no article is called {source!r}"
            )
        ((document_id, name),) = found
        why = first_line(ValueError(reason)) if reason.strip() else ""
        today = datetime.now(UTC).date().isoformat()
        new = withdrawal.Withdrawal(document_id, name, today, why)
        withdrawal.note(store.folder, {**known, document_id: new})
        staging.discard(store)
        with store.open() as connection:
            history.withdrawn(store.folder, document_id)
            alike = withdrawal.copies(connection, document_id)
            withdrawal.take_out(connection, {document_id: new}, defaultdict(Tally))
            connection.execute("CHECKPOINT")
    except StoreError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{name} ({document_id}) is withdrawn.")
    for other in alike:
        click.echo(f"  {other} holds nearly the same text and is not.")
    click.echo("`onrecord build` makes the release without it and replaces the earlier ones that hold it; it forgets")
    click.echo("Dagster's history of runs, whose previews may show it.")
    sys.stdout.flush()


@click.command()
@click.argument("url")
@click.argument("release", default="latest")
@options("warehouse")
def publish(url: str, release: str, **given: Any) -> None:
    """Put a release into an object store or another folder: whole, checked, `latest` last.

    URL is s3://BUCKET/PREFIX, gs://, az:// or file://; credentials are read from the environment.
    """
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn
    from rich.text import Text

    from assets.summary import plain
    from warehouse import shelf, upload
    from warehouse.markup import size

    folder = folder_of(given_settings(given).warehouse, release).resolve()
    console = plain()
    bar = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    total = sum((folder / name).stat().st_size for name in shelf.contents(folder))
    try:
        with bar:
            task = bar.add_task("uploading", total=total)
            done = upload.publish(folder, url, lambda name, length: bar.update(task, advance=length, description=name))
    except (upload.PublishError, ValueError) as error:
        raise click.ClickException(str(error)) from None
    for line in (
        f"Release {done.version} is in {url}: {done.sent} files sent ({size(done.bytes)}), {done.kept} were there",
        *(f"  {version} was withdrawn: a tombstone took its place" for version in done.buried),
        f"latest is {done.latest}",
    ):
        console.print(Text(line))
