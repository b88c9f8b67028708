"""Run Great Expectations: frames and suites in, a result per expectation and HTML data docs out.

Like expectations.suites it imports great_expectations inside functions: the import takes seconds.
"""

from __future__ import annotations

import gc
import logging
import os
import shutil
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from expectations.data_docs import make_offline
from expectations.extension import SqlCheck
from expectations.extension_checks import AddedSuite
from expectations.findings import EXAMPLES, BuiltinCheck, Finding
from expectations.frames import findings_frame
from expectations.sql_checks import BuiltinSqlCheck
from expectations.suites import ContractCheck, suite
from pipeline.contract import Table
from warehouse import files
from warehouse.text import one_line

if TYPE_CHECKING:
    from great_expectations import ExpectationSuite

# The suite of a table's results in DuckDB, between columns, rows and tables: no violating row, no share beyond its
# threshold.
RESULTS_SUITE_NAME = "{table}_facts"
# The suite of an extension's expectations on a table.
ADDED = "{table}_added"


@dataclass(frozen=True, slots=True)
class SuiteInput:
    """A published table, the contract checks to run on its rows, and those rows."""

    table: Table
    contract_checks: tuple[ContractCheck, ...]
    frame: pl.DataFrame


@dataclass(frozen=True, slots=True)
class ExpectationResult:
    """Great Expectations' result of one expectation: whether it holds, how many values break it, or its error."""

    success: bool
    unexpected: int
    broken: str | None = None


def validate(
    subjects: Sequence[SuiteInput],
    outside: Sequence[BuiltinCheck | SqlCheck],
    found: Mapping[str, Finding],
    docs: Path | None,
    added: Sequence[AddedSuite] = (),
) -> dict[str, ExpectationResult]:
    """Run the contract checks on each subject, the checks `outside`, and the suites that an extension has added. Return
    check -> result.

    `outside` are the checks of which Great Expectations sees no rows, only what DuckDB found.
    With `docs`, replace that folder by the data docs of this run.
    """
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    docs = docs.absolute() if docs else None  # Great Expectations requires an absolute folder
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.getLogger("great_expectations").setLevel(logging.ERROR)
        gx = _imported()
        with _scratch(docs) as scratch:
            context = _context(gx, scratch / "site" if scratch else None)
            results: dict[str, ExpectationResult] = {}
            for subject in subjects:
                wanted = suite(subject.table, {p.id for p in subject.contract_checks})
                results |= _check(gx, context, wanted, subject.frame)
            for table in dict.fromkeys(check.table for check in outside):
                checks = [check for check in outside if check.table == table]
                results |= _check(gx, context, results_suite(table, checks), findings_frame(checks, found))
            for one in added:
                results |= _added(gx, context, one)
            if docs and scratch:
                # Once for all suites: an UpdateDataDocsAction per checkpoint reads every template again, and takes
                # longer than the checks.
                # Without the index, which ours replaces.
                context.build_data_docs(build_index=False)
                make_offline(scratch / "site")
                _swap(scratch, docs)
    return results


def _imported() -> Any:
    """Import great_expectations with the garbage collector off, which takes three quarters of the time: the collector
    would scan its thousands of modules again and again."""
    was = gc.isenabled()
    gc.disable()
    try:
        import great_expectations
    finally:
        if was:
            gc.enable()
    return great_expectations


@contextmanager
def _scratch(docs: Path | None) -> Iterator[Path | None]:
    """Make a folder beside the data docs, to rename the new site into place. Remove what a killed run left."""
    if docs is None:
        yield None
        return
    scratch = docs.with_name(f".{docs.name}.new")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _swap(scratch: Path, docs: Path) -> None:
    """Replace the old site by the new one; a reader sees one or the other."""
    shared, group = files.is_shared(docs), docs.stat().st_gid if docs.exists() else None
    if docs.exists():
        docs.rename(scratch / "old")
    (scratch / "site").rename(docs)
    files.restrict_to_owner(docs, shared=shared, group=group)


def _context(gx: Any, site: Path | None) -> Any:
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    for name, config in dict(context.variables.data_docs_sites or {}).items():
        # A temporary folder that nothing else removes.
        shutil.rmtree(config["store_backend"]["base_directory"], ignore_errors=True)
        context.delete_data_docs_site(name)
    if site is not None:
        context.add_data_docs_site(
            "data_docs",
            {
                "class_name": "SiteBuilder",
                "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(site)},
            },
        )
    context.data_sources.add_pandas("warehouse")
    return context


def results_suite(table: str, checks: Sequence[BuiltinCheck | SqlCheck]) -> ExpectationSuite:
    """Return the suite over a table's frame of findings: no violating row, or a share within its threshold."""
    from great_expectations import ExpectationSuite

    return ExpectationSuite(
        name=RESULTS_SUITE_NAME.format(table=table), expectations=[_expectation(check) for check in checks]
    )


def _expectation(check: BuiltinCheck | SqlCheck) -> Any:
    import great_expectations.expectations as gxe

    given: dict[str, Any] = {"column": check.id, "meta": {"id": check.id}, "description": check.description}
    thresholds = check.thresholds if isinstance(check, BuiltinSqlCheck) else None
    if thresholds is None:
        return gxe.ExpectColumnValuesToBeNull(severity="critical", **given)
    given |= {"severity": "warning", "notes": thresholds.reason}
    if thresholds.direction == "fewest":
        return gxe.ExpectColumnValuesToBeBetween(min_value=thresholds.warn, **given)
    return gxe.ExpectColumnValuesToBeBetween(max_value=thresholds.warn, **given)


def _added(gx: Any, context: Any, one: AddedSuite) -> dict[str, ExpectationResult]:
    """Validate an extension's suite of a table. An expectation that cannot be made gets a failed result."""
    import great_expectations.expectations as gxe
    from great_expectations import ExpectationSuite

    made, results = [], {}
    for check in one.checks:
        try:
            expectation = check.expectation(gxe)
            expectation.meta = {"id": check.id}
            expectation.description = check.description
            made.append(expectation)
        except Exception as error:  # the operator's code: its error fails only this check
            results[check.id] = ExpectationResult(False, 0, one_line(error))
    if made:
        wanted = ExpectationSuite(name=ADDED.format(table=one.table), expectations=made)
        results |= _check(gx, context, wanted, one.frame)
    return results


def _check(gx: Any, context: Any, wanted: Any, frame: pl.DataFrame) -> dict[str, ExpectationResult]:
    asset = context.data_sources.get("warehouse").add_dataframe_asset(wanted.name)
    whole = asset.add_batch_definition_whole_dataframe("whole")
    definition = gx.ValidationDefinition(name=wanted.name, data=whole, suite=context.suites.add(wanted))
    # No checkpoint, which copies all its input, and no counts of each unexpected value, which read every column again.
    # This halves the time, and the data docs show the same.
    validated = context.validation_definitions.add(definition).run(
        batch_parameters={"dataframe": frame.to_pandas()},
        result_format={"result_format": "BASIC", "partial_unexpected_count": EXAMPLES},
    )
    return {str(r.expectation_config.meta["id"]): _result(r) for r in validated.results}


def _result(result: Any) -> ExpectationResult:
    raised = result.exception_info or {}
    # Either one record, or one per metric.
    records = [raised] if "raised_exception" in raised else [r for r in raised.values() if isinstance(r, Mapping)]
    broken = next((str(r.get("exception_message")) for r in records if r.get("raised_exception")), None)
    return ExpectationResult(bool(result.success), int((result.result or {}).get("unexpected_count") or 0), broken)
