"""Run `onrecord build` and print its progress: one line per stage, then a summary."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text
from sqlalchemy.exc import SQLAlchemyError

from assets.build.incremental import Progress as StageProgress
from assets.build.incremental import StageSummary
from assets.cli.build_summary import (
    disk_full_line,
    disk_space_line,
    failed_checks,
    plain_console,
    refused,
    totals,
    unchanged_release_clause,
    understood,
    withheld,
)
from assets.definitions import build_definitions
from assets.partitions import all_shards
from assets.patches.dagster_run_origin import with_run_origin
from assets.runs import purge
from assets.runs.build_lock import fail_killed_runs
from assets.runs.error_messages import TRACEBACK, damaged_history, error_line, write_traceback
from assets.runs.instance import open_instance
from assets.runs.notifications import WebhookError, reasons, report_failure, unexpected_tracebacks
from assets.runs.retries import TERMINAL_RUN_TAG
from assets.settings import SettingError, Settings
from assets.status import JOB
from assets.web.child import LOCATION
from expectations.check_runner import Verdict
from pipeline.stages import CORPUS_STAGES
from warehouse.failures import FailureSummary, failures
from warehouse.raw_overview import Overview, overview
from warehouse.refusals import Reason, by_reason
from warehouse.sql import StoreError
from warehouse.store import READ_LOCK_SECONDS, Store
from warehouse.text import counted, one_line, printable
from warehouse.verdicts import counts
from warehouse.withdrawal.lists import withdrawn

if TYPE_CHECKING:
    from warehouse.release.publish import Release

# A withdrawal removes raw texts at once, even during a build: its checks then fail, or its release still holds the
# article.
WITHDRAWN_MEANWHILE = "articles were withdrawn during this build: build again to make a release without them"
CORPUS = {stage.name for stage in CORPUS_STAGES}


@dataclass
class RunOutput:
    """Output of the run so far. `printed_at`: time of the last line. Each line shows the seconds since the line before,
    so that they add up to the build's wall-clock time."""

    console: Console
    bar: Progress
    printed_at: float
    tasks: dict[str, TaskID] = field(default_factory=dict)
    outcomes: list[StageSummary] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    release: Release | None = None

    def report(self, progress: StageProgress) -> None:
        """Update the stage's progress bar (shown in terminals only)."""
        if progress.stage not in self.tasks:
            self.tasks[progress.stage] = self.bar.add_task(progress.stage, total=progress.total)
        self.bar.update(self.tasks[progress.stage], completed=progress.done)

    def done(self, outcome: StageSummary) -> None:
        """Print one line for a finished stage."""
        if outcome.stage in self.tasks:
            self.bar.remove_task(self.tasks.pop(outcome.stage))
        self.outcomes.append(outcome)
        if len(self.outcomes) == 1:
            # Loading and preparation before the first stage.
            self.line("start", "", before=outcome.seconds)
        rows = ", ".join(f"{name} {count:,}" for name, count in outcome.rows.items())
        worked = f"{outcome.computed:,} corpus" if outcome.stage in CORPUS else counted(outcome.computed, "article")
        did = worked if outcome.computed else "nothing to do"
        did += f", {outcome.removed:,} removed" if outcome.removed else ""
        failures = {"raws": "refused", "quarantine": "quarantined"}.get(outcome.stage, "failed")
        did += f", {outcome.failed:,} {failures}" if outcome.failed else ""
        self.line(outcome.stage, did, rows, before=outcome.waited_seconds)

    def judged(self, verdicts: Sequence[Verdict]) -> None:
        """Print one line for all checks."""
        self.verdicts = list(verdicts)
        self.line("checks", str(counts((v.passed, v.severity) for v in verdicts)))

    def released(self, release: Release) -> None:
        """Keep the release for the summary."""
        self.release = release

    def line(self, name: str, did: str, rows: str = "", before: float = 0.0) -> None:
        """Print a step, what it did, and the seconds since the last line, up to `before` seconds ago."""
        now = time.monotonic() - before
        seconds, self.printed_at = now - self.printed_at, now
        self.console.print(Text(f"  {name:<11} {did:<34} {seconds:6.1f} s   {rows}".rstrip()))


@dataclass(frozen=True, slots=True)
class RunResult:
    """How the run ended: whether it succeeded, its id, why it failed, and the tracebacks of unexpected errors."""

    success: bool
    run_id: str
    reasons: tuple[str, ...]
    tracebacks: tuple[str, ...]


def run_build(settings: Settings, began: float | None = None) -> int:
    """Run the job `build`. Returns 0 if it ended with a release, new or unchanged; 128 plus the signal's number if it
    was stopped; otherwise 1. `began`: monotonic time at which the command began (default: now)."""
    begin = time.monotonic() if began is None else began
    console = plain_console()
    bar = Progress(
        TextColumn("  {task.description:<11}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    output = RunOutput(console, bar, begin)
    with signals() as received:
        try:
            console.print(Text(f"onrecord: {settings.raw} -> {settings.warehouse}"))
            before = _withdrawn(settings)
            with bar, Store(settings.warehouse).build_lock():
                ended = _run(settings, output)
        except (StoreError, SettingError, OSError, SQLAlchemyError) as error:
            # A locked warehouse, or no disk space for Dagster's own files: no run exists that could report it.
            damaged = damaged_history(settings.warehouse) if isinstance(error, SQLAlchemyError) else None
            _refuse("No release was made:", [damaged or error_line(error), *disk_full_line(settings.warehouse)])
            return 1
        except KeyboardInterrupt:
            # The signal came before or after the part of Dagster's run that handles it.
            before, ended = _withdrawn(settings), RunResult(False, "", (), ())
        stopped = None if ended.success else received()
    if _withdrawn(settings) - before:
        ended = replace(ended, reasons=(*ended.reasons, WITHDRAWN_MEANWHILE))
    if stopped is not None:
        sys.stdout.flush()
        plain_console(stderr=True).print(Text("Stopped; run the build again to continue."))
    else:
        _summary(output, settings, ended, begin)
    # No notification for Ctrl-C: the user is present.
    if not ended.success and stopped != signal.SIGINT:
        _report_failure(settings, ended)
    if stopped is not None:
        return 128 + stopped
    return 0 if ended.success and output.release is not None else 1


@contextmanager
def signals() -> Iterator[Callable[[], int | None]]:
    """Record signals, even while Dagster or DuckDB handle them and turn them into various errors. Yields a function
    that returns the first of SIGINT and SIGTERM received, or None. SIGTERM raises KeyboardInterrupt."""
    if threading.current_thread() is not threading.main_thread():
        yield lambda: None
        return
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    os.set_blocking(writer, False)
    before = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    terminated = signal.signal(signal.SIGTERM, signal.default_int_handler)
    # A connection that a signal interrupts is closed with the process; its traceback is noise.
    logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL)

    def received() -> int | None:
        try:
            found = os.read(reader, 64)
        except BlockingIOError:
            return None
        return next((number for number in found if number in (signal.SIGINT, signal.SIGTERM)), None)

    try:
        yield received
    finally:
        signal.signal(signal.SIGTERM, terminated)
        signal.set_wakeup_fd(before)
        os.close(reader)
        os.close(writer)


def _run(settings: Settings, output: RunOutput) -> RunResult:
    """Run the job in this process."""
    with open_instance(settings.warehouse, in_terminal=True) as instance:
        fail_killed_runs(instance, settings)
        gone = purge.purge_history(instance, settings.warehouse)
        if gone is not None:
            output.console.print(Text(purge.purge_message(gone)))
        definitions = build_definitions(
            settings, report=output.report, done=output.done, judged=output.judged, released=output.released
        )
        result = definitions.resolve_job_def(JOB).execute_in_process(
            instance=with_run_origin(instance, LOCATION, JOB),
            raise_on_error=False,
            tags={TERMINAL_RUN_TAG: "true", **all_shards(settings.warehouse)},
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
        events = result.all_events
        return RunResult(result.success, result.run_id, tuple(reasons(events)), tuple(unexpected_tracebacks(events)))


def _withdrawn(settings: Settings) -> frozenset[str]:
    """Return the document_ids of withdrawn articles; none if the list cannot be read, which a step reports."""
    with suppress(StoreError):
        return frozenset(withdrawn(settings.warehouse))
    return frozenset()


def _report_failure(settings: Settings, ended: RunResult) -> None:
    """Report a failed run; a run in a terminal needs no daemon for it."""
    errors = plain_console(stderr=True)
    try:
        report_failure(settings.warehouse, ended.run_id, JOB, ended.reasons or ("the run was stopped",))
    except (WebhookError, OSError) as error:
        errors.print(Text(f"The failure could not be reported: {one_line(error)}"))


def _summary(output: RunOutput, settings: Settings, ended: RunResult, begin: float) -> None:
    rows = {name: count for outcome in output.outcomes for name, count in outcome.rows.items()}
    release = output.release
    failed, reasons, found = _not_taken_in(settings)
    taken = next((outcome for outcome in output.outcomes if outcome.stage == "raws"), None)
    if taken is None or not taken.articles:
        found = None
    if output.outcomes:
        made = "none" if release is None else f"{release.version}, {'new' if release.new else 'unchanged'}"
        output.line("release", made)
    lines = [
        *failed_checks(output.verdicts),
        *(f"  failed: {printable(failure.line)}" for failure in failed),
        *(["", totals(rows, output.verdicts, output.printed_at - begin)] if output.outcomes else []),
        *understood(found, taken.notes if taken else (), output.console.width),
        *refused(settings.warehouse, reasons),
    ]
    if release is not None:
        lines += withheld(release, settings.publish_text)
        worked = any(o.computed or o.removed for o in output.outcomes)
        nothing = "Nothing that is published has changed." if worked else "Nothing has changed: nothing was computed."
        lines.append(
            f"Release {release.version} is in {release.folder}"
            if release.new
            else f"{nothing} {unchanged_release_clause(release.version)} {release.folder}"
        )
        lines.append(disk_space_line(Store(settings.warehouse), release, rows.get("documents", 0)))
        lines += [line for line in ended.reasons if ended.success and line == WITHDRAWN_MEANWHILE]
    for line in lines:
        output.console.print(Text(line))
    if release is None or not ended.success:
        _refuse(
            "No release was made:" if release is None else "The release was made, but the run failed:",
            [
                *(ended.reasons or ["the run was stopped"]),
                *disk_full_line(settings.warehouse),
                *_written(settings, ended),
            ],
        )


def _written(settings: Settings, ended: RunResult) -> list[str]:
    """Return a line with the path of the tracebacks, or the tracebacks themselves if ONRECORD_TRACEBACK is set."""
    if not ended.tracebacks:
        return []
    text = "\n".join(ended.tracebacks)
    if os.environ.get(TRACEBACK, "0") not in ("", "0"):
        return [text]
    path = write_traceback(text, settings.warehouse)
    return [f"An error in onrecord; please report it with the traceback in {path}"] if path else []


def _refuse(what: str, reasons: Sequence[str]) -> None:
    sys.stdout.flush()
    errors = plain_console(stderr=True)
    errors.print(Text(what))
    for reason in reasons:
        errors.print(Text(f"  {reason}"))


def _not_taken_in(settings: Settings) -> tuple[list[FailureSummary], list[Reason], Overview | None]:
    """Return the first documents that failed, the refusals by reason, and the overview of the raw folder."""
    try:
        with Store(settings.warehouse, READ_LOCK_SECONDS).open() as connection:
            return failures(connection, 20), by_reason(connection), overview(connection)
    except StoreError:
        return [], [], None  # the run's reasons say why the store cannot be opened
