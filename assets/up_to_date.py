"""Find out whether a build has anything to do, before anything slow is imported. Imports no Dagster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from assets.build.incremental import steps
from assets.build.screening import quarantine_key
from assets.runs import purge
from assets.settings import Settings
from expectations.check_runner import Verdict, current_verdicts
from pipeline import read
from pipeline.options import corrections
from pipeline.stages import CORPUS_STAGES
from warehouse import intake, integrity, ledger, pending, quarantine, shards
from warehouse.intake.staging import has_leftover_staging
from warehouse.refusals import Reason, by_reason
from warehouse.release.publish import Release, reusable_release, verified_newest
from warehouse.sql import StoreError
from warehouse.store import READ_LOCK_SECONDS, Store
from warehouse.verdicts import blocks
from warehouse.withdrawal import erasure, lists
from warehouse.withdrawal.texts import index


@dataclass(frozen=True, slots=True)
class UpToDateWarehouse:
    """A warehouse that needs no build: its release, verdicts, rows per table, refusals."""

    release: Release
    verdicts: Sequence[Verdict]
    rows: Mapping[str, int]
    refused: Sequence[Reason]


def check_up_to_date(settings: Settings) -> UpToDateWarehouse | None:
    """Return the warehouse's state, or None if the raw folder, a rule, a setting or a failed document that is to be
    retried requires a run.

    Raises ReleaseRefused if the newest release is damaged: a run would do all its work and then refuse.
    """
    store = Store(settings.warehouse, READ_LOCK_SECONDS)
    verified_newest(store)
    asked = settings.verify or settings.force or settings.redo or settings.retry_failed
    if asked or not store.database.exists() or has_leftover_staging(store):
        return None
    try:
        found = shards.layout(store.folder)
        if settings.shard_storage and found.count > 1 and (found.stored is None or found.stored.tag is None):
            return None
        integrity.check(store)
        entries = read.listing(settings.raw)
        with store.open() as connection:
            plan = intake.plan(connection, entries, settings.read_version, keep_removed=settings.keep_removed)
            rows = intake.summary(connection)
            refused = by_reason(connection)
            state = ledger.state(connection)
            withdrawn = index(settings.warehouse)
            kept = lists.corrections_kept(corrections(settings), withdrawn.withdrawals)
            if not intake.corrections_are_current(connection, kept):
                return None
            if intake.withdrawals_changed(connection, withdrawn) or erasure.erasure_needed(connection, withdrawn):
                return None
            if purge.purge_needed(settings.warehouse):
                return None
            if quarantine.has_articles_to_retry(connection, quarantine_key(settings)):
                return None
            if plan.read or plan.removed:
                return None
            if pending.stages_with_work(
                connection, steps(settings), {stage.name for stage in CORPUS_STAGES}, tried=True
            ):
                return None
        release = reusable_release(store, state, settings.terms, version("onrecord"), settings.release_part_rows)
        verdicts = current_verdicts(store, settings.judged_on, settings.accepted) if release else None
    except (OSError, ValueError, StoreError):
        return None  # the run reports the reason
    if release is None or verdicts is None or any(blocks(v.passed, v.severity) for v in verdicts):
        return None
    return UpToDateWarehouse(release, verdicts, rows, refused)
