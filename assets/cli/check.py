"""The command `check`: run the checks and nothing else."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

from assets.cli.options import existing_store, given_settings, options
from warehouse.text import counted, printable
from warehouse.verdicts import blocks, counts

if TYPE_CHECKING:
    from expectations.check_runner import Verdict


@click.command()
@options("warehouse", "as_of", "accept", "extension")
@click.option(
    "--all-rows",
    is_flag=True,
    help="check every row, not only those of changed articles, and compare all rows with their digests",
)
@click.option("--anew", "all_rows", is_flag=True, hidden=True)  # the name of --all-rows before
def check(all_rows: bool, **given: Any) -> None:
    """Run the checks on the warehouse and print what failed, with examples.

    Nothing else is brought up to date. Ends with 1 if something blocks a release, or if another program has changed
    stored rows. If the warehouse cannot be written, the checks are run, and neither verdicts nor data docs are kept.
    """
    settings = given_settings(given)
    from assets.extension import load

    load(settings)
    from assets.build.engine.shards import runner
    from assets.cli.build_summary import plain_console
    from assets.patches.great_expectations_modules import before_import
    from expectations.check_runner import run_checks
    from warehouse import integrity

    store = existing_store(settings.warehouse)
    keep = store.writable()
    with plain_console(stderr=True).status("judging", spinner="line"):
        # Rows that another program has changed end the command here: no verdicts on them are kept.
        integrity.check(store, always=all_rows)
        with runner(settings) as run:
            verdicts = run_checks(
                store,
                settings.judged_on,
                all_rows=all_rows,
                accepted=settings.accepted,
                keep=keep,
                run=run,
                prepare=before_import,
            )
    console = plain_console()
    for line in report(verdicts):
        console.print(line)
    details = store.folder / "data_docs" / "index.html"
    console.print(
        Text(f"Details: {details}" if keep else f"{store.folder} is not writable: the results were not stored.")
    )
    sys.exit(1 if any(blocks(v.passed, v.severity) for v in verdicts) else 0)


def report(verdicts: Sequence[Verdict]) -> list[Text]:
    """Return what failed, errors first, each with its description, what was found and a few rows; then the counts."""
    failed = sorted((v for v in verdicts if not v.passed), key=lambda v: not blocks(v.passed, v.severity))
    lines = []
    for verdict in failed:
        style = "bold red" if blocks(verdict.passed, verdict.severity) else "bold yellow"
        lines += [
            Text.assemble((f"{verdict.severity:<6}", style), printable(verdict.check)),
            Text(f"      {printable(verdict.promise)}", style="dim"),
            Text(f"      {printable(verdict.detail)}"),
            *(Text(f"        {_row(row)}") for row in verdict.examples),
        ]
    tables = len({v.table for v in verdicts})
    found = counts((v.passed, v.severity) for v in verdicts)
    lines.append(Text(f"{counted(len(verdicts), 'check')} of {counted(tables, 'table')}: {found}", style="bold"))
    return lines


def _row(row: Mapping[str, Any]) -> str:
    return printable(", ".join(f"{name} = {value}" for name, value in row.items()))
