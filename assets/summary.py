"""The closing lines of a build.

Belongs here: the words at the end, for a build that did something and for one that had nothing to do. Does not
belong here: finding out which (assets.standing), doing it (assets.console). Imports no Dagster.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from assets.standing import Standing
from expectations.judge import Verdict
from warehouse import housekeeping
from warehouse.release import Release
from warehouse.store import Store

# SQLite, DuckDB and a release of a few articles take as much.
LITTLE = 32_000_000


# Fewer articles than this take less than the empty tables and the page around them: nothing can be foreseen.
FORESEEN = 500


def plain(stderr: bool = False) -> Console:
    """A console that prints text as it is, without folding lines or obeying markup."""
    return Console(stderr=stderr, highlight=False, soft_wrap=True, markup=False)


def totals(rows: Mapping[str, int], verdicts: Sequence[Verdict], seconds: float | None = None) -> str:
    """Articles, quotes, entities, refusals, checks, in one line."""
    passed = sum(v.passed for v in verdicts)
    counted = ", ".join(
        f"{rows.get(table, 0):,} {noun}"
        for table, noun in (("documents", "articles"), ("quotes", "quotes"), ("entities", "entities"))
    )
    checks = f"checks: {passed:,} passed, {len(verdicts) - passed:,} failed"
    took = "" if seconds is None else f"; {seconds:.1f} s"
    return f"{counted}, {rows.get('refusals', 0):,} refusals; {checks}{took}"


def failed_checks(verdicts: Sequence[Verdict]) -> list[str]:
    """A line a check that did not hold."""
    return [f"  {v.severity}: {v.check}: {v.detail}" for v in verdicts if not v.passed]


def unchanged(found: Standing) -> None:
    """What a build says that had nothing to do."""
    console = plain()
    for line in failed_checks(found.verdicts):
        console.print(Text(line))
    console.print(Text(totals(found.rows, found.verdicts)))
    if stuck := found.rows["failures"]:
        console.print(
            Text(
                f"{stuck:,} {'article was' if stuck == 1 else 'articles were'} left alone: too slow, or the end of a "
                "worker, in an earlier build. --retry-failed tries again, also with a longer --article-seconds"
            )
        )
    console.print(
        Text(f"Nothing has changed: nothing was computed. {still(found.release.version)} {found.release.folder}")
    )
    warehouse = found.release.folder.parent.parent
    console.print(Text(room(Store(warehouse), found.release, found.rows.get("documents", 0))))


def room(store: Store, release: Release, articles: int) -> str:
    """What is taken on the disk, what is free, and how many articles still fit where that can be told, in one line."""
    found = housekeeping.space(store, release.folder, articles)
    fits = f"about {found.fits:,} more articles fit" if found.fits else "THE NEXT RELEASE MAY NOT FIT"
    if found.fits and articles < FORESEEN:
        return f"Disk: {(found.database + found.release) / 1e6:,.0f} MB taken, {found.free / 1e9:,.1f} GB free"
    return f"Disk: {found.an_article / 1e3:,.0f} kB an article so far, {found.free / 1e9:,.1f} GB free: {fits}"


def no_room(warehouse: Path) -> list[str]:
    """A line where the disk is as good as full: the errors of a full disk do not always say so."""
    free = shutil.disk_usage(warehouse).free
    if free >= LITTLE:
        return []
    return [f"There is no room on the disk of {warehouse} ({free / 1e6:,.1f} MB free). Make room and build again"]


def still(version: str) -> str:
    """The clause for a release that goes on to be the newest."""
    return f"Release {version} still stands, in"
