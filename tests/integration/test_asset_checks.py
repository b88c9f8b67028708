"""Dagster's asset checks: one per table for its contract suite, one for each SQL check; failures are named."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg

from assets.checks import AssetCheck, ChecksFailed, asset_check_list, asset_checks, result
from assets.runs.notifications import reasons, unexpected_tracebacks
from assets.settings import Settings
from expectations.check_runner import Verdict, checks
from expectations.findings import EXAMPLES
from tests.support import factory
from tests.support.dagster_runs import RESOURCES
from warehouse.store import Store

IMAGE = "<img src=x onerror=alert(1)>"
BY_NAME = {of.name: of for of in asset_check_list()}
ACCEPTABLE = "quotes_without_speaker"


def run(store: Store, *names: str, accept: str = "") -> tuple[dg.ExecuteInProcessResult, list[Verdict]]:
    """Run these asset checks alone, as from the UI."""
    heard: list[Verdict] = []
    settings = Settings(warehouse=store.folder, as_of=factory.AS_OF, accept=accept)
    keys = [dg.AssetCheckKey(dg.AssetKey(BY_NAME[name].table), name) for name in names]
    job = dg.define_asset_job("some", dg.AssetSelection.checks(*keys))
    checks = [asset_checks(settings, heard.extend)]
    definitions = dg.Definitions(asset_checks=checks, jobs=[job], resources=RESOURCES)
    done = definitions.resolve_job_def("some").execute_in_process(
        instance=dg.DagsterInstance.ephemeral(), raise_on_error=False
    )
    return done, heard


def verdict(
    name: str, *, passed: bool = True, severity: str = "error", examples: Sequence[dict[str, object]] = ()
) -> Verdict:
    check = next(check for check in checks() if check.name == name)
    found = 0 if passed else 3
    return Verdict(name, check.table, check.description, severity, passed, found, 47, "", tuple(examples), "s", "d")  # type: ignore[arg-type]


def suite(*failed: tuple[str, str]) -> tuple[AssetCheck, dg.AssetCheckResult]:
    """Return the contract suite of quotes with these expectations failed, each with a severity."""
    severities = dict(failed)
    of = BY_NAME["quotes_contract"]
    verdicts = [
        verdict(check.name, passed=check.name not in severities, severity=severities.get(check.name, "error"))
        for check in of.checks
    ]
    return of, result(of, verdicts)


def test_each_expectation_that_fails_is_named_with_rows(tmp_path: Path) -> None:
    store = factory.filled_store(tmp_path)
    with store.open() as connection:
        connection.execute("UPDATE stored.quotes SET kind = ?", [IMAGE])
        connection.execute(
            "UPDATE stored.quotes SET confidence = 7 WHERE quote_id = (SELECT min(quote_id) FROM stored.quotes)"
        )
    done, heard = run(store, "quotes_contract")
    assert done.success, "only checks of tables before the release's block"
    (found,) = done.get_asset_check_evaluations()
    assert (found.check_name, found.passed, found.severity) == ("quotes_contract", False, dg.AssetCheckSeverity.ERROR)
    failed = {v.check: v for v in heard if not v.passed}
    assert {"quotes_kind_enum", "quotes_confidence_maximum"} <= failed.keys()
    lines = (found.description or "").splitlines()
    total = len(BY_NAME["quotes_contract"].checks)
    assert lines[0] == f"{total - len(failed)} of {total} expectations passed"
    assert lines[1:] == [f"error: {v.check}: {v.detail}" for v in failed.values()]
    data = {name: value.value for name, value in found.metadata.items()}
    assert (data["expectations"], data["failed"]) == (total, len(failed))
    results = [dict(record.data) for record in found.metadata["results"].records]  # type: ignore[union-attr]
    assert [row["expectation"] for row in results[: len(failed)]] == list(failed)
    assert [(row["result"], row["offending rows"]) for row in results[: len(failed)]] == [
        ("error", str(v.found)) for v in failed.values()
    ]
    assert {row["result"] for row in results[len(failed) :]} == {"holds"}
    for name, of in failed.items():
        rows = found.metadata[f"examples: {name}"].records  # type: ignore[union-attr]
        assert 0 < len(rows) == min(of.found, EXAMPLES)
    # Words of articles are cells of a table, which the UI shows as text: no key, description or Markdown has them.
    shown_kind = found.metadata["examples: quotes_kind_enum"].records[0].data["kind"]  # type: ignore[union-attr]
    assert str(shown_kind).replace("\N{NO-BREAK SPACE}", " ") == IMAGE
    assert IMAGE not in (found.description or "") and not any(IMAGE in name for name in found.metadata)


def test_a_check_can_be_run_alone_and_judges_nothing_else(tmp_path: Path) -> None:
    store = factory.filled_store(tmp_path)
    done, heard = run(store, "quotes_text_at_span", "edits_contract")
    assert done.success
    assert {found.check_name for found in done.get_asset_check_evaluations()} == {
        "quotes_text_at_span",
        "edits_contract",
    }
    named = {c.name for name in ("quotes_text_at_span", "edits_contract") for c in BY_NAME[name].checks}
    assert {v.check for v in heard} == named
    assert set(store.read('SELECT "check" FROM stored.verdicts')["check"]) == named


def test_a_blocking_suite_stops_the_run_and_names_the_expectation(tmp_path: Path) -> None:
    store = factory.filled_store(tmp_path)
    assert BY_NAME["date_conflicts_contract"].blocking and not BY_NAME["quotes_contract"].blocking
    with store.open() as connection:
        connection.execute("UPDATE stored.date_conflicts SET days_apart = -1")
    done, heard = run(store, "date_conflicts_contract")
    assert not done.success
    failed = [v for v in heard if not v.passed]
    (line,) = reasons(done.all_events)
    assert failed and line.startswith(f"check_tables: {ChecksFailed.__name__}: ")
    assert [v.check for v in failed if f"{v.check}: {v.detail}" not in line] == []
    assert list(unexpected_tracebacks(done.all_events)) == [], "the line is enough: no traceback is written"
    assert len(done.get_asset_check_evaluations()) == 1


def test_a_suite_is_an_error_where_one_expectation_is_and_warns_where_all_warn() -> None:
    a, b = (check.name for check in BY_NAME["quotes_contract"].checks[3:5])
    for failed, severity in (
        ([(a, "error"), (b, "warn")], dg.AssetCheckSeverity.ERROR),
        ([(a, "warn"), (b, "error")], dg.AssetCheckSeverity.ERROR),
        ([(a, "warn"), (b, "warn")], dg.AssetCheckSeverity.WARN),
    ):
        _, found = suite(*failed)
        assert (found.passed, found.severity) == (False, severity)
        assert [line.split(": ")[1] for line in (found.description or "").splitlines()[1:]] == [
            name for name, _ in failed
        ]
    of, found = suite()
    assert (found.passed, found.severity) == (True, dg.AssetCheckSeverity.ERROR)
    assert found.description == f"{len(of.checks)} of {len(of.checks)} expectations passed"


def test_a_single_check_is_shown_by_its_own_name_with_its_rows() -> None:
    of = BY_NAME["quotes_text_at_span"]
    found = result(of, [verdict(of.name, passed=False, severity="warn", examples=[{"quote_id": "a", "text": IMAGE}])])
    assert (found.check_name, found.passed, found.severity) == (of.name, False, dg.AssetCheckSeverity.WARN)
    assert found.metadata["offending rows"].value == 3
    assert len(found.metadata["examples"].records) == 1  # type: ignore[union-attr]


def test_a_bound_is_accepted_by_its_name_and_an_expectation_of_the_contract_is_not(tmp_path: Path) -> None:
    store = factory.filled_store(tmp_path)
    done, heard = run(store, ACCEPTABLE, "quotes_contract", accept=ACCEPTABLE)
    assert done.success and len(heard) == 1 + len(BY_NAME["quotes_contract"].checks)
    done, heard = run(store, "quotes_contract", accept="quotes_kind_enum")
    assert not done.success and not heard
    assert "only threshold checks can be accepted, not quotes_kind_enum" in reasons(done.all_events)[0]


def test_an_accepted_bound_warns_where_it_would_be_an_error() -> None:
    of = BY_NAME[ACCEPTABLE]
    failed = verdict(of.name, passed=False, severity="error")
    assert result(of, [failed]).severity == dg.AssetCheckSeverity.ERROR
    assert result(of, [replace(failed, severity="warn")]).severity == dg.AssetCheckSeverity.WARN


def test_a_run_that_makes_a_release_judges_all_checks(tmp_path: Path) -> None:
    """Of shards and other tables together, Dagster makes several runs: the last one has only the checks of its own
    tables, and is the first in which all tables are finished."""
    store = factory.filled_store(tmp_path)
    heard: list[Verdict] = []
    others = [dg.AssetSpec("quotes"), dg.AssetSpec("date_bounds")]

    @dg.multi_asset(specs=[dg.AssetSpec("release", deps=["date_bounds"])])
    def make() -> None: ...

    @dg.multi_asset(specs=others, can_subset=True)
    def tables(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[Any]]:
        yield from (dg.MaterializeResult(asset_key=key) for key in context.selected_asset_keys)

    settings = Settings(warehouse=store.folder, as_of=factory.AS_OF)
    definitions = dg.Definitions(
        assets=[tables, make], asset_checks=[asset_checks(settings, heard.extend)], resources=RESOURCES
    )
    job = definitions.resolve_implicit_global_asset_job_def()
    made: dict[bool, set[str]] = {}
    for released in (False, True):
        names = ["date_bounds", "release"] if released else ["date_bounds"]
        with dg.DagsterInstance.ephemeral() as instance:
            heard.clear()
            result = job.execute_in_process(instance=instance, asset_selection=[dg.AssetKey(name) for name in names])
            made[released] = {found.check_name for found in result.get_asset_check_evaluations()}
            keys = [dg.AssetCheckKey(dg.AssetKey(of.table), of.name) for of in asset_check_list()]
            storage = instance.event_log_storage
            shown = {key.name for key in keys if storage.get_asset_check_execution_history(key, limit=1)}
        assert {BY_NAME[name].table for name in made[released]} == {"date_bounds"}
        assert shown == ({of.name for of in asset_check_list()} if released else made[released])
        assert len(heard) == (len(checks()) if released else sum(len(BY_NAME[name].checks) for name in made[released]))
    assert made[False] == made[True]
