"""The commands build, ui and show."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import fields
from typing import Any

import click

from assets import STARTED
from assets.cli.options import given_settings, options, print_setting_notes, resolved
from assets.cli.serve import serve_ui
from assets.runs.gc_threshold import raise_gc_threshold, without_collections
from assets.settings import Settings
from assets.settings.file import DEFAULTS
from assets.settings.resolve import DEFAULT, missing_raw, models, store_settings


@click.command()
@options(*(f.name for f in fields(Settings)))
def build(**given: Any) -> None:
    """Update all tables, run the checks, and publish a release."""
    raise_gc_threshold()
    asked = resolved(given)
    settings = asked.settings
    missing = missing_raw(asked)
    if missing:
        raise click.ClickException(missing)
    own_files(settings)
    print_setting_notes(settings)
    if asked.origins["raw"] == DEFAULT:
        click.echo("using the sample articles, because no --raw was given")
    # Dagster takes seconds to import: help, wrong settings, and builds with nothing to do avoid it.
    with without_collections():
        from assets.up_to_date import check_up_to_date

    found = check_up_to_date(settings)
    if found is not None:
        from assets.cli.build_summary import unchanged

        with suppress(OSError):  # works on a read-only warehouse, too
            store_settings(settings)
        unchanged(found, settings.publish_text)
        return
    with without_collections():
        from assets.cli.build_output import run_build

    sys.exit(run_build(settings, STARTED))


def own_files(settings: Settings) -> None:
    """Read the user's files and check the models, so that a wrong line or folder is reported before any work is done.
    Raises ClickException, ModelError."""
    if settings.model != DEFAULTS["model"] or settings.names != DEFAULTS["names"]:
        models(settings)
    if settings.corrections is None and settings.aliases is None:
        return
    from pipeline.options import corrections, known_names

    try:
        corrections(settings)
    except (OSError, ValueError) as error:
        raise click.ClickException(f"the corrections file {settings.corrections}: {error}") from None
    try:
        known_names(settings)
    except (OSError, ValueError) as error:
        named = " or ".join(str(path) for path in (settings.aliases, settings.corrections) if path is not None)
        raise click.ClickException(f"the alias file {named}: {error}") from None


@click.command()
@options(*(f.name for f in fields(Settings) if f.name not in ("limit", "force", "redo")))
@click.option("--host", default="127.0.0.1", show_default=True, help="the address the UI listens on")
@click.option("--port", default=3000, show_default=True, type=click.IntRange(0, 65535), help="the UI's port")
def ui(host: str, port: int, **given: Any) -> None:
    """Start Dagster's UI and daemon on the warehouse's instance."""
    asked = resolved(given)
    print_setting_notes(asked.settings)
    serve_ui(asked, host, port, alone=False)


@click.command()
@click.argument("article")
@options("warehouse")
def show(article: str, **given: Any) -> None:
    """Print an article's raw and published text side by side, with its edits, names and quotes.

    ARTICLE is a document_id, a source, or a part of a source that only one article has.
    """
    settings = given_settings(given)
    from assets.cli.article_view import print_article

    print_article(settings.warehouse, article)
