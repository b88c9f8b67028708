"""The command `reshard`: divide a warehouse into several database files."""

from __future__ import annotations

from typing import Any

import click

from assets.cli.options import given_settings, options


@click.command()
@click.argument("count", type=click.Choice(["1", "16", "256"]))
@options("warehouse", "shard_storage")
def reshard(count: str, **given: Any) -> None:
    """Spread the articles' rows over COUNT database files, so that as many workers write at once.

    One file, the default, is right up to a million articles. Rows and releases stay as they are.
    """
    settings = given_settings(given)
    from warehouse.reshard import reshard as spread
    from warehouse.store import Store

    done = spread(Store(settings.warehouse), int(count), settings.shard_storage)
    files = "one database file" if count == "1" else f"{count} shards"
    click.echo(f"{settings.warehouse} {'is now' if done else 'was already'} {files}")
    if done:
        click.echo("A running UI shows the new partitions after Reload definitions; restart serve daemon.")
