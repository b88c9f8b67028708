"""Verdicts -> Dagster asset checks."""

from collections.abc import Callable, Iterator, Sequence

import dagster as dg

from assets.build import engine
from assets.metadata import POOL, page, step, table_value
from assets.patches import scipy_stats
from assets.settings import Settings
from expectations.judge import DATA_DOCS, Check, Verdict, checks, judge
from pipeline.stages import LAST_TABLES, WRITER
from warehouse.store import Store

# Only a release comes after these. Their checks block, so that in one run the release waits for the judging; a later
# run of the release alone reads the verdicts itself.
_LAST = {"refusals", *LAST_TABLES}


def asset_checks(settings: Settings, judged: Callable[[Sequence[Verdict]], None]) -> dg.AssetChecksDefinition:
    """One Dagster check for each promise and belief, all judged by one operation on the finished tables."""
    known = checks()
    tables = sorted({"raws", "refusals", *WRITER})

    @dg.multi_asset_check(
        name="judge", specs=[_spec(check, tables, settings) for check in known], can_subset=True, pool=POOL
    )
    def run(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        wanted = {key.name for key in context.selected_asset_check_keys}
        with step(context, settings):
            # Nothing is left for the workers to do; each holds the language model (some 350 MB).
            engine.close()
            scipy_stats.put_off()
            verdicts = judge(Store(settings.warehouse), settings.judged_on, only=wanted, accepted=settings.accepted)
        judged(verdicts)
        for verdict in verdicts:
            yield result(verdict)

    return run


def _spec(check: Check, tables: Sequence[str], settings: Settings) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(
        check.name,
        asset=check.table,
        description=_described(check, settings),
        additional_deps=[name for name in tables if name != check.table],
        metadata={"data docs": page(settings, f"{DATA_DOCS}/index.html#{check.table}")},
        blocking=check.severity == "error" and check.table in _LAST,
    )


def _described(check: Check, settings: Settings) -> str:
    """What is promised, what a breach does, and a link to all that was found. Markdown, ours."""
    told = f"{check.description} {check.rule}"
    if settings.pages_url is None:
        return told
    return f"{told} ([data docs]({settings.pages_url}/{DATA_DOCS}/index.html#{check.table}))"


def result(verdict: Verdict) -> dg.AssetCheckResult:
    """A verdict as Dagster shows it, with a few offending rows."""
    examples = [dict(row) for row in verdict.examples]
    columns = sorted({name for row in examples for name in row})
    rows = [{name: row.get(name) for name in columns} for row in examples]
    return dg.AssetCheckResult(
        asset_key=verdict.table,
        check_name=verdict.check,
        passed=verdict.passed,
        severity=dg.AssetCheckSeverity.ERROR if verdict.severity == "error" else dg.AssetCheckSeverity.WARN,
        description=verdict.detail,
        metadata={
            "found": verdict.found,
            "judged": verdict.judged,
            "state": verdict.state,
            **({"examples": table_value(rows, columns)} if rows else {}),
        },
    )
