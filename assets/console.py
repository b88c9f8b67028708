"""What `onrecord build` does and prints: a line a stage, then a summary.

Belongs here: running the job in this process on the warehouse's instance, and telling a terminal about it. Does not
belong here: the stages (assets.derive), the checks (expectations).
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text
from sqlalchemy.exc import SQLAlchemyError

from assets import history
from assets.alarm import WebhookError, reasons, tell
from assets.definitions import build_definitions
from assets.derive import Outcome
from assets.derive import Progress as StageProgress
from assets.instance import open_instance
from assets.patience import TERMINAL
from assets.settings import SettingError, Settings
from assets.stages import CORPUS_STAGES
from assets.summary import failed_checks, no_room, plain, room, still, totals
from assets.turn import alone, bury
from expectations.judge import Verdict
from warehouse.failures import Failure, failures
from warehouse.store import LOOK_SECONDS, Store, StoreError, first_line

if TYPE_CHECKING:
    from warehouse.release import Release

CORPUS = {stage.name for stage in CORPUS_STAGES}


@dataclass
class Told:
    """What the run has said so far."""

    console: Console
    bar: Progress
    tasks: dict[str, TaskID] = field(default_factory=dict)
    outcomes: list[Outcome] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    release: Release | None = None

    def report(self, progress: StageProgress) -> None:
        """A bar in a terminal; elsewhere the line at the stage's end is enough."""
        if progress.stage not in self.tasks:
            self.tasks[progress.stage] = self.bar.add_task(progress.stage, total=progress.total)
        self.bar.update(self.tasks[progress.stage], completed=progress.done)

    def done(self, outcome: Outcome) -> None:
        """One line a stage."""
        if outcome.stage in self.tasks:
            self.bar.remove_task(self.tasks.pop(outcome.stage))
        self.outcomes.append(outcome)
        counts = ", ".join(f"{name} {count:,}" for name, count in outcome.rows.items())
        unit = "corpus" if outcome.stage in CORPUS else "articles"
        did = f"{outcome.computed:,} {unit}" if outcome.computed else "nothing to do"
        did += f", {outcome.removed:,} removed" if outcome.removed else ""
        failures = {"raws": "refused", "quarantine": "quarantined"}.get(outcome.stage, "failed")
        did += f", {outcome.failed:,} {failures}" if outcome.failed else ""
        self.console.print(Text(f"  {outcome.stage:<11} {did:<34} {outcome.seconds:6.1f} s   {counts}"))

    def judged(self, verdicts: Sequence[Verdict]) -> None:
        """One line for all checks."""
        self.verdicts = list(verdicts)
        passed = sum(v.passed for v in verdicts)
        self.console.print(Text(f"  {'checks':<11} {passed:,} of {len(verdicts):,} passed"))

    def released(self, release: Release) -> None:
        """Kept for the summary."""
        self.release = release


def run_build(settings: Settings) -> int:
    """Run the job `build`; 0 when it ended with a release, new or unchanged, else 1."""
    begin = time.monotonic()
    console = plain()
    bar = Progress(
        TextColumn("  {task.description:<11}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    told = Told(console, bar)
    console.print(Text(f"onrecord: {settings.raw} -> {settings.warehouse}"))
    try:
        with bar, alone(settings, lambda line: console.print(Text(line))):
            success, run_id, failed = _run(settings, told)
    except (StoreError, SettingError, OSError, SQLAlchemyError) as error:
        # A held warehouse, a disk that has no room for Dagster's own notes: there is no run to tell it.
        _refuse([first_line(error), *no_room(settings.warehouse)])
        return 1
    _summary(told, settings, failed, time.monotonic() - begin)
    if not success:
        _alarm(settings, run_id, failed)
    return 0 if success and told.release is not None else 1


def _run(settings: Settings, told: Told) -> tuple[bool, str, tuple[str, ...]]:
    """Run the job in this process. Returns whether it succeeded, its id, and why it did not."""
    with open_instance(settings.warehouse) as instance:
        bury(instance, settings)
        gone = history.forget(instance, settings.warehouse)
        if gone is not None:
            told.console.print(Text(history.said(gone)))
        definitions = build_definitions(
            settings, report=told.report, done=told.done, judged=told.judged, released=told.released
        )
        result = definitions.resolve_job_def("build").execute_in_process(
            instance=instance,
            raise_on_error=False,
            tags={TERMINAL: "true"},
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
        return result.success, result.run_id, tuple(reasons(result.all_events))


def _alarm(settings: Settings, run_id: str, failed: tuple[str, ...]) -> None:
    """What is told of every run that failed; a terminal's run needs no daemon for it."""
    errors = plain(stderr=True)
    try:
        tell(settings.warehouse, run_id, "build", failed or ("the run was stopped",))
    except (WebhookError, OSError) as error:
        errors.print(Text(f"The failure could not be told: {first_line(error)}"))


def _summary(told: Told, settings: Settings, reasons: Sequence[str], seconds: float) -> None:
    counts = {name: count for outcome in told.outcomes for name, count in outcome.rows.items()}
    lines = [
        *failed_checks(told.verdicts),
        *(f"  failed: {failure.line}" for failure in _failures(settings)),
        *(["", totals(counts, told.verdicts, seconds)] if told.outcomes else []),
    ]
    release = told.release
    if release is not None:
        worked = any(o.computed or o.removed for o in told.outcomes)
        nothing = "Nothing that is published has changed." if worked else "Nothing has changed: nothing was computed."
        lines.append(
            f"Release {release.version} is in {release.folder}"
            if release.new
            else f"{nothing} {still(release.version)} {release.folder}"
        )
        lines.append(room(Store(settings.warehouse), release, counts.get("documents", 0)))
    for line in lines:
        told.console.print(Text(line))
    if release is None:
        _refuse([*(reasons or ["the run was stopped"]), *no_room(settings.warehouse)])


def _refuse(reasons: Sequence[str]) -> None:
    sys.stdout.flush()
    errors = plain(stderr=True)
    errors.print(Text("No release was made:"))
    for reason in reasons:
        errors.print(Text(f"  {reason}"))


def _failures(settings: Settings) -> list[Failure]:
    """The first documents that failed."""
    try:
        with Store(settings.warehouse, LOOK_SECONDS).open() as connection:
            return failures(connection, 20)
    except StoreError:
        return []  # why the store cannot be had stands among the run's reasons
