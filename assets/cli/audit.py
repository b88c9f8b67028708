"""The commands with which users measure the precision of their own dataset: sample, audit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from assets.cli.options import existing_store, given_settings, options
from warehouse.text import counted


@click.command()
@click.argument("number", type=click.IntRange(min=1))
@click.option(
    "--sheet",
    default="sheet.csv",
    show_default=True,
    type=click.Path(path_type=Path),
    help="path of the sheet to write",
)
@click.option("--seed", default="1", show_default=True, help="random seed: another seed draws other quotes")
@options("warehouse")
def sample(number: int, sheet: Path, seed: str, **given: Any) -> None:
    """Write a stratified random sample of about NUMBER quotes to a CSV sheet, to be marked as right or wrong.

    The sheet is a CSV file for a spreadsheet: write y or n under quote_right (the words are a quotation, whole) and
    speaker_right, then hand it to `onrecord audit`.
    """
    from warehouse.release import audit

    store = existing_store(given_settings(given).warehouse)
    if sheet.exists():
        raise click.ClickException(f"{sheet} already exists, perhaps with your marks; choose another file with --sheet")
    drawn = audit.draw(store, number, seed, sheet)
    for name, (chosen, there) in drawn.items():
        click.echo(f"  {name:<14} {chosen:>5,} of {there:,}")
    click.echo(
        f"{counted(sum(chosen for chosen, _ in drawn.values()), 'quote is', 'quotes are')} in {sheet}; mark the sheet, "
        f"then: onrecord audit {sheet}"
    )


@click.command()
@click.argument("sheet", type=click.Path(path_type=Path))
@options("warehouse")
def audit(sheet: Path, **given: Any) -> None:
    """Compute the precision, with confidence intervals, from a marked SHEET; the card of the next release shows it."""
    from warehouse.release import audit as marks

    folder = given_settings(given).warehouse
    found = marks.estimate_from_sheet(sheet)
    for what, right, precision, interval in marks.lines(found):
        click.echo(f"  {what:<52} {right:>12}   {precision:>7}   {interval}")
    click.echo(
        f"{100 * found.covered:.0f} % of {counted(found.quotes, 'quote is', 'quotes are')} in strata that were marked."
    )
    if folder.is_dir():
        marks.write(folder, found)
        click.echo("The next release that `onrecord build` makes shows the figures on its card.")
