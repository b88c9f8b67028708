"""The closing lines of a build. Imports no Dagster."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from assets.up_to_date import UpToDateWarehouse
from expectations.check_runner import Verdict
from warehouse.raw_overview import Overview
from warehouse.raw_overview import lines as overview_lines
from warehouse.refusals import REMEDIES, Reason
from warehouse.release import retention
from warehouse.release.publish import Release
from warehouse.store import Store
from warehouse.text import counted, printable, shortened
from warehouse.verdicts import counts

# Bytes that SQLite, DuckDB and a release of a few articles need.
LOW_DISK_BYTES = 32_000_000
# Maximum characters of an example's name and reason: they fit in a line or two.
SOURCE, DETAIL = 80, 160


# Fewer articles than this take less space than empty tables and pages: no forecast is possible.
FORESEEN = 500


def plain_console(stderr: bool = False) -> Console:
    """Return a console that prints text literally, without folding lines or interpreting markup."""
    return Console(stderr=stderr, highlight=False, soft_wrap=True, markup=False)


def totals(rows: Mapping[str, int], verdicts: Sequence[Verdict], seconds: float | None = None) -> str:
    """Return the counts of articles, quotes, entities, refusals and checks in one line."""
    nouns = {"documents": "article", "quotes": "quote", "entities": "entity", "refusals": "refusal"}
    found = ", ".join(
        counted(rows.get(table, 0), noun, "entities" if noun == "entity" else None) for table, noun in nouns.items()
    )
    checks = counts((v.passed, v.severity) for v in verdicts)
    took = "" if seconds is None else f"; {seconds:.1f} s"
    return f"{found}; checks: {checks}{took}"


def failed_checks(verdicts: Sequence[Verdict]) -> list[str]:
    """Return one line per failed check."""
    return [f"  {v.severity}: {v.check}: {v.detail}" for v in verdicts if not v.passed]


def refused(warehouse: Path, reasons: Sequence[Reason]) -> list[str]:
    """Return one line per reason for refusals, with the number and an example, and the command that lists all."""
    if not reasons:
        return []
    number = sum(of.count for of in reasons)
    lines = [f"Refused: {counted(number, 'file or record', 'files or records')}"]
    for of in reasons:
        detail = of.detail.removeprefix(f"{of.source}: ")
        example = f"{shortened(of.source, SOURCE)}: {shortened(detail, DETAIL)}"
        lines.append(f"  {of.reason:<14} {of.count:>6,}   {'as ' if of.count > 1 else ''}{printable(example)}")
        if way := REMEDIES.get(of.reason):
            lines.append(f"{'':<25} {way}")
    return [*lines, f"  all of them: onrecord refusals --warehouse {shlex.quote(str(warehouse))}"]


def understood(found: Overview | None, notes: Sequence[str], width: int) -> list[str]:
    """Return what was recognised in the raw folder, and the names under which fields were found."""
    if found is None:
        return []
    fields = [f"  fields:     {note}" for note in notes]
    return ["Understood:", *overview_lines(found, width), *fields]


def withheld(release: Release, publish_text: str) -> list[str]:
    """Return how many texts the release withholds, why, and how to get them; nothing if it withholds none."""
    closed, articles = release.articles["closed"], release.articles["all"]
    if not closed:
        return []
    quotes = release.withheld.get("quotes.text", 0)
    why = "as set by --publish-text none" if publish_text == "none" else "because there is no open licence"
    return [
        f"Withheld {why}: the text of {closed:,} of {counted(articles, 'article')}, the words of {quotes:,} of "
        f"{counted(release.rows.get('quotes', 0), 'quote')}; for your own use: --publish-text all"
    ]


def skipped_articles_line(articles: int) -> list[str]:
    """Return a line on articles that failed in an earlier build, with the flag that retries them."""
    if not articles:
        return []
    what = counted(articles, "article was", "articles were")
    return [
        f"{what} skipped, because they were too slow or crashed a worker in an earlier build. --retry-failed "
        "retries them; --article-seconds sets a longer limit"
    ]


def unchanged(found: UpToDateWarehouse, publish_text: str) -> None:
    """Print the closing lines of a build that had nothing to do."""
    console = plain_console()
    for line in failed_checks(found.verdicts):
        console.print(Text(line))
    warehouse = found.release.folder.parent.parent
    for line in (
        totals(found.rows, found.verdicts),
        *skipped_articles_line(found.rows["failures"]),
        *refused(warehouse, found.refused),
        *withheld(found.release, publish_text),
        f"Nothing has changed: nothing was computed. {unchanged_release_clause(found.release.version)} "
        f"{found.release.folder}",
        disk_space_line(Store(warehouse), found.release, found.rows.get("documents", 0)),
    ):
        console.print(Text(line))


def disk_space_line(store: Store, release: Release, articles: int) -> str:
    """Return one line on disk space: used, free, and how many more articles fit if that can be estimated."""
    found = retention.space(store, release.folder, articles)
    fits = (
        f"room for about {counted(found.fits, 'more article', 'more articles')}"
        if found.fits
        else "THE NEXT RELEASE MAY NOT FIT"
    )
    if found.fits and articles < FORESEEN:
        return f"Disk: {(found.database + found.release) / 1e6:,.0f} MB taken, {found.free / 1e9:,.1f} GB free"
    return f"Disk: {found.an_article / 1e3:,.0f} kB an article so far, {found.free / 1e9:,.1f} GB free: {fits}"


def disk_full_line(warehouse: Path) -> list[str]:
    """Return a line if the disk is nearly full: the errors of a full disk do not always say so."""
    try:
        free = shutil.disk_usage(warehouse).free
    except OSError:  # no such folder: another line says why
        return []
    if free >= LOW_DISK_BYTES:
        return []
    return [f"There is no room on the disk of {warehouse} ({free / 1e6:,.1f} MB free). Make room and build again"]


def unchanged_release_clause(version: str) -> str:
    """Return the clause for a release that is still the newest."""
    return f"Release {version} is still current, in"
