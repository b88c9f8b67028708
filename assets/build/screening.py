"""When articles are screened, quarantined and tried again. Imports no Dagster."""

from __future__ import annotations

import hashlib
import time
from collections import defaultdict

from assets.build.articles import forget_quarantined
from assets.build.engine.shards import runner
from assets.build.incremental import StageSummary, step
from assets.settings import Settings
from expectations.screening import checks_digest, screen_store
from pipeline.stages import DOCUMENT_STAGES
from warehouse import ledger, quarantine
from warehouse.change_counts import Changes, Tally
from warehouse.store import Store

# Tables whose rows a build's last line counts.
COUNTED = ("documents", "quotes", "refusals")


def quarantine_key(settings: Settings) -> str:
    """Return a SHA-256 of what decides, beside an article's record, whether it is quarantined: code and settings of the
    article-wise stages, and the checks."""
    keys = [step(stage, settings).key for stage in DOCUMENT_STAGES]
    return hashlib.sha256("\n".join([*keys, checks_digest()]).encode()).hexdigest()


def release_from_quarantine(store: Store, settings: Settings) -> int:
    """Release articles that were quarantined under other code, settings or checks. Returns how many."""
    with store.open() as connection:
        return quarantine.release_outdated(connection, quarantine_key(settings), Tally())


def screen_and_quarantine(store: Store, settings: Settings) -> tuple[StageSummary, tuple[quarantine.Violation, ...]]:
    """Screen changed articles and quarantine those that break a check. Returns what was done, and each violation."""
    begin = time.monotonic()
    with runner(settings) as run:
        screened = screen_store(store, run)
    with store.open() as connection:
        before = quarantine.count(connection)
        tallies: defaultdict[str, Tally] = defaultdict(Tally)
        if screened.violations:
            stages = [(stage.name, stage.writes) for stage in DOCUMENT_STAGES]
            quarantine.quarantine_articles(
                connection, screened.violations, stages, quarantine_key(settings), tallies["refusals"]
            )
        now = quarantine.count(connection)
        rows = {"quarantine": now}
        if screened.violations:
            rows |= ledger.counts(connection, COUNTED)
    if screened.violations and store.parts:
        forget_quarantined(store, settings)
        with store.open() as connection:
            rows |= ledger.counts(connection, COUNTED)
    outcome = StageSummary(
        "quarantine",
        screened.articles,
        0,
        len(screened.violations),
        time.monotonic() - begin,
        rows,
        {"quarantine": Changes(added=max(now - before, 0))},
        screened.articles,
    )
    return outcome, screened.violations
