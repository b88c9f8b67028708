"""Verdicts -> Dagster asset checks: one per table for its contract suite, and one for each SQL check.

Dagster writes three events a check, a millisecond each, and slows down with their number: the expectations of a table's
contract suite are one check, whose result names each of them.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg

from assets.build import engine
from assets.build.engine.shards import runner
from assets.metadata import POOL, page_link, step, table_value
from assets.patches.great_expectations_modules import before_import
from assets.run_settings import RunSettings
from assets.settings import Settings
from assets.status import RELEASE
from expectations.check_runner import DATA_DOCS, Check, Verdict, checks, run_checks
from pipeline.stages import LAST_TABLES, WRITER
from warehouse.store import Store
from warehouse.text import counted
from warehouse.verdicts import blocks, counts

# Only a release comes after these. Their checks block, so that the release of the same run waits for the verdicts; a
# later run of the release alone reads the verdicts itself.
_LAST = {"refusals", *LAST_TABLES}
_COLUMNS = ["expectation", "result", "offending rows", "rows judged", "detail"]
# Dagster's label holds for its graph: only assets downstream of a table wait for its blocking checks.
LABEL = "Other tables do not wait for it, so Dagster shows it as non-blocking."


class ChecksFailed(RuntimeError):
    """Blocking checks failed: one line each. Dagster's own error names the asset check alone, not the expectation."""


@dataclass(frozen=True, slots=True)
class AssetCheck:
    """One Dagster asset check: its name, its table, and the checks whose verdicts it shows. `suite`: whether they are
    the table's contract suite; otherwise it is a single check of the same name."""

    name: str
    table: str
    checks: tuple[Check, ...]
    suite: bool

    @property
    def blocking(self) -> bool:
        """Whether the release waits for it in the same run."""
        return self.table in _LAST and any(check.severity == "error" for check in self.checks)


def asset_check_list() -> tuple[AssetCheck, ...]:
    """Return all asset checks, in the order of the checks."""
    suites: dict[str, list[Check]] = {}
    for check in checks():
        suites.setdefault(f"{check.table}_contract" if check.contract else check.name, []).append(check)
    return tuple(AssetCheck(name, of[0].table, tuple(of), of[0].contract) for name, of in suites.items())


def asset_checks(settings: Settings, judged: Callable[[Sequence[Verdict]], None]) -> dg.AssetChecksDefinition:
    """Return the asset checks, all run by one operation on the finished tables."""
    known = asset_check_list()
    tables = sorted({"raws", "refusals", *WRITER})

    @dg.multi_asset_check(
        name="check_tables", specs=[_spec(check, tables, settings) for check in known], can_subset=True, pool=POOL
    )
    def run(context: dg.AssetCheckExecutionContext, run_settings: RunSettings) -> Iterator[dg.AssetCheckResult]:
        selected = {key.name for key in context.selected_asset_check_keys}
        wanted = [check for check in known if _makes_release(context) or check.name in selected]
        names = {check.name for of in wanted for check in of.checks}
        begin = time.monotonic()
        with step(context, settings):
            # The workers have nothing left to do; each holds the language model (some 350 MB).
            engine.close()
            asked = run_settings.applied(settings)
            store = Store(settings.warehouse)
            with runner(asked) as run_tasks:
                verdicts = run_checks(
                    store,
                    asked.judged_on,
                    only=names,
                    accepted=asked.accepted,
                    run=run_tasks,
                    prepare=before_import,
                )
        totals = counts((verdict.passed, verdict.severity) for verdict in verdicts)
        context.log.info("checks: %s, in %.1f s", totals, time.monotonic() - begin)
        judged(verdicts)
        by_name = {verdict.check: verdict for verdict in verdicts}
        for of in wanted:
            found = result(of, [by_name[check.name] for check in of.checks])
            if of.name in selected:
                yield found
            else:
                context.instance.report_runless_asset_event(_evaluation(found))
        stopping = [
            f"{verdict.check}: {verdict.detail}"
            for verdict in (by_name[check.name] for of in wanted if of.blocking for check in of.checks)
            if blocks(verdict.passed, verdict.severity)
        ]
        if stopping:
            with step(context, settings):
                raise ChecksFailed("\n".join(stopping))

    return run


def _makes_release(context: dg.AssetCheckExecutionContext) -> bool:
    """Return whether the run makes a release, which needs verdicts on all checks. If partitions are materialized
    together with other tables, Dagster makes several runs, and the last one has the checks of its own tables only."""
    return dg.AssetKey(RELEASE) in (context.run.asset_selection or ())


def _evaluation(found: dg.AssetCheckResult) -> dg.AssetCheckEvaluation:
    """Return a result as an event outside of the run."""
    if found.asset_key is None or found.check_name is None:
        raise ValueError("a result names its check")
    return dg.AssetCheckEvaluation(
        asset_key=found.asset_key,
        check_name=found.check_name,
        passed=bool(found.passed),
        metadata=found.metadata,
        severity=found.severity,
        description=found.description,
    )


def _spec(check: AssetCheck, tables: Sequence[str], settings: Settings) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(
        check.name,
        asset=check.table,
        description=_described(check, settings),
        additional_deps=[name for name in tables if name != check.table],
        metadata={"data docs": page_link(settings, f"{DATA_DOCS}/index.html#{check.table}")},
        blocking=check.blocking,
    )


def _described(check: AssetCheck, settings: Settings) -> str:
    """Return, as Markdown, what is checked, what a failure does, and a link to the data docs; for a suite, one line per
    expectation. Holds no text from articles."""
    if check.suite:
        number = counted(len(check.checks), "expectation")
        what = (
            f"The contract checks of `{check.table}` (columns, types, keys, nulls, values, references): "
            f"{number}, run by Great Expectations. {_failure_effect(check.checks)}"
        )
    else:
        what = f"{check.checks[0].description} {_failure_effect(check.checks)}"
    if not check.blocking and any(of.severity == "error" for of in check.checks):
        what += f" {LABEL}"
    if settings.pages_url is not None:
        what += f" ([data docs]({settings.pages_url}/{DATA_DOCS}/index.html#{check.table}))"
    if not check.suite:
        return what
    return "\n".join([what, "", *(f"- `{of.name}`: {of.description}" for of in check.checks)])


def _failure_effect(of: Sequence[Check]) -> str:
    """Return what a build does with a row that breaks one of the checks, or the thresholds of a share."""
    if not any(check.quarantines for check in of):
        return of[0].rule
    article = "A build quarantines the article of a row that breaks"
    return (
        f"{article} {'one of them' if len(of) > 1 else 'it'}; a violating row that is found here nevertheless "
        "stops the release."
    )


def result(check: AssetCheck, verdicts: Sequence[Verdict]) -> dg.AssetCheckResult:
    """Return the result of a check as Dagster shows it: what failed, with a few offending rows each. Its severity is
    ERROR if any failure stops a release, otherwise WARN."""
    failed = [verdict for verdict in verdicts if not verdict.passed]
    meant = failed or verdicts
    severe = any(blocks(passed=False, severity=verdict.severity) for verdict in meant)
    return dg.AssetCheckResult(
        asset_key=check.table,
        check_name=check.name,
        passed=not failed,
        severity=dg.AssetCheckSeverity.ERROR if severe else dg.AssetCheckSeverity.WARN,
        description=_suite_summary(verdicts, failed) if check.suite else verdicts[0].detail,
        metadata={
            "offending rows": sum(verdict.found for verdict in (failed if check.suite else verdicts)),
            "rows judged": max(verdict.judged for verdict in verdicts),
            **(_of_suite(verdicts, failed) if check.suite else {}),
            **{_label(check, verdict): _examples(verdict) for verdict in failed if verdict.examples},
        },
    )


def _suite_summary(verdicts: Sequence[Verdict], failed: Sequence[Verdict]) -> str:
    """Return how many expectations of a suite hold, then a line for each that does not."""
    holding = f"{len(verdicts) - len(failed)} of {counted(len(verdicts), 'expectation')} passed"
    return "\n".join([holding, *(f"{v.severity}: {v.check}: {v.detail}" for v in failed)])


def _of_suite(verdicts: Sequence[Verdict], failed: Sequence[Verdict]) -> Mapping[str, Any]:
    """Return the result of each expectation of a suite, failures first."""
    rows = [
        dict(zip(_COLUMNS, (v.check, "holds" if v.passed else v.severity, v.found, v.judged, v.detail), strict=True))
        for v in sorted(verdicts, key=lambda verdict: verdict.passed)
    ]
    return {"expectations": len(verdicts), "failed": len(failed), "results": table_value(rows, _COLUMNS)}


def _label(check: AssetCheck, verdict: Verdict) -> str:
    return f"examples: {verdict.check}" if check.suite else "examples"


def _examples(verdict: Verdict) -> dg.TableMetadataValue:
    columns = sorted({name for row in verdict.examples for name in row})
    return table_value([{name: row.get(name) for name in columns} for row in verdict.examples], columns)
