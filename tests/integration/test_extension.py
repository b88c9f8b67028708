"""An operator's own checks and assets: judged, shown and able to stop a release like ours."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from assets import extension as loading
from assets.checks import asset_check_list
from assets.cli import app
from assets.definitions import build_definitions
from assets.extension import load
from assets.settings import ROOT, SettingError, Settings
from expectations import extension
from expectations.check_runner import checks, definitions, register_extension, run_checks
from expectations.extension import Extension, ExtensionError, SqlCheck, TableExpectation, registered
from tests.support import factory
from tests.support.engine_stages import sent
from warehouse.release.publish import ReleaseRefused, require_passed
from warehouse.reshard import reshard
from warehouse.store import Store

BROKEN = SqlCheck("quotes_none_is_direct", "quotes", "None is direct.", "FROM published.quotes WHERE kind = 'direct'")
NEVER = SqlCheck("quotes_none_is_long", "quotes", "None is long.", "FROM published.quotes WHERE length(text) > 99999")


@pytest.fixture(autouse=True)
def nothing_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extension, "_registered", Extension())
    loading._extension.cache_clear()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return factory.filled_store(tmp_path)


def written(folder: Path, text: str) -> Path:
    file = folder / "newsroom.py"
    file.write_text(text, encoding="utf-8")
    return file


def expectation(name: str, most: int, severity: str = "error") -> TableExpectation:
    return TableExpectation(
        name,
        "documents",
        "Titles are short.",
        lambda gxe: gxe.ExpectColumnValueLengthsToBeBetween(column="title", max_value=most),
        severity,  # type: ignore[arg-type]
    )


def test_added_checks_are_judged_with_ours(store: Store) -> None:
    ours = len(checks())
    warning = SqlCheck("quotes_some_are_indirect", "quotes", "?", BROKEN.sql, "warn")
    register_extension(
        Extension((BROKEN, NEVER, warning, expectation("documents_short", 1), expectation("documents_fit", 9999)))
    )
    names = [check.name for check in checks()]
    assert len(names) == ours + 5
    verdicts = {verdict.check: verdict for verdict in run_checks(store, factory.AS_OF)}
    assert list(verdicts) == names
    found = {check.id: (verdicts[check.id].passed, verdicts[check.id].severity) for check in registered().checks}
    assert found["quotes_none_is_direct"] == (False, "error")
    assert found["quotes_some_are_indirect"] == (False, "warn")
    assert found["quotes_none_is_long"] == (True, "error")
    assert found["documents_short"] == (False, "error")
    assert found["documents_fit"] == (True, "error")
    assert verdicts["quotes_none_is_direct"].examples and verdicts["documents_short"].found > 0
    text = (store.folder / "data_docs" / "index.html").read_text(encoding="utf-8")
    assert [name for name in found if f"<code>{name}</code>" not in text] == []


def test_an_added_expectation_is_not_sent_to_a_worker(store: Store) -> None:
    assert reshard(store, 16)
    register_extension(Extension((expectation("documents_short", 1),)))
    names: list[str] = []
    (verdict,) = run_checks(store, factory.AS_OF, only=["documents_short"], run=partial(sent, names))
    assert not verdict.passed
    assert names and "the corpus" not in names


def test_an_added_check_stops_the_release_until_it_holds(store: Store) -> None:
    register_extension(Extension((BROKEN,)))
    verdicts = [
        {"check": v.check, "state": v.state, "passed": v.passed, "severity": v.severity, "found": v.found}
        | {"judged": v.judged, "made_from": v.made_from}
        for v in run_checks(store, factory.AS_OF)
    ]
    with pytest.raises(ReleaseRefused, match="quotes_none_is_direct: failed"):
        require_passed(verdicts, definitions(), verdicts[0]["state"])
    register_extension(Extension((NEVER,)))
    with pytest.raises(ReleaseRefused, match="quotes_none_is_long: missing"):
        require_passed(verdicts, definitions(), verdicts[0]["state"])


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("FROM read_csv('/etc/passwd')", "(?i)disabled|permission|not allowed|external"),
        ("SELECT 1; DELETE FROM stored.quotes", "(?i)syntax|parser"),
        ("DELETE FROM stored.quotes RETURNING *", "(?i)syntax|parser|read-only"),
        ("FROM published.nothing", "nothing"),
        ("FROM published.quotes WHERE $1", "(?i)parameter|value"),
    ],
)
def test_what_an_added_check_may_not_do_is_its_failure_and_changes_nothing(store: Store, sql: str, why: str) -> None:
    before = store.read("SELECT count(*) AS n FROM stored.quotes")["n"][0]
    register_extension(Extension((SqlCheck("quotes_mine", "quotes", "Mine.", sql),)))
    (verdict,) = run_checks(store, factory.AS_OF, only=["quotes_mine"])
    assert (verdict.passed, verdict.severity) == (False, "error")
    assert re.search(why, verdict.detail), verdict.detail
    assert store.read("SELECT count(*) AS n FROM stored.quotes")["n"][0] == before


def test_settings_cannot_be_changed_back(store: Store) -> None:
    with store.sandboxed() as connection:
        for sql in ("SET enable_external_access = true", "SET memory_limit = '1GB'", "INSTALL httpfs"):
            with pytest.raises(duckdb.Error):
                connection.execute(sql)


def test_an_expectation_that_cannot_be_made_is_its_own_failure(store: Store) -> None:
    wrong = TableExpectation("quotes_odd", "quotes", "Odd.", lambda gxe: gxe.ExpectNothingOfTheKind())
    register_extension(Extension((wrong, expectation("documents_fit", 9999))))
    broken, fits = run_checks(store, factory.AS_OF, only=["quotes_odd", "documents_fit"])[::-1]
    assert (broken.passed, broken.severity) == (False, "error")
    assert "ExpectNothingOfTheKind" in broken.detail
    assert fits.passed


@pytest.mark.parametrize(
    ("added", "why"),
    [
        ((SqlCheck("mine", "quotes", "", "FROM x"),), "must begin with quotes_"),
        ((SqlCheck("quotes_my check", "quotes", "", "FROM x"),), "letters, digits and underscores"),
        ((SqlCheck("raws_mine", "raws", "", "FROM x"),), "no published table 'raws'"),
        ((NEVER, NEVER), "two checks have this name"),
    ],
)
def test_a_check_that_is_not_one_is_refused(added: tuple[SqlCheck, ...], why: str) -> None:
    with pytest.raises(ExtensionError, match=re.escape(why)):
        Extension(added)


def test_a_name_of_a_built_in_check_is_refused() -> None:
    name = next(check.name for check in checks() if check.table == "quotes")
    with pytest.raises(ExtensionError, match="onrecord already has a check with this name"):
        register_extension(Extension((SqlCheck(name, "quotes", "", "FROM x"),)))


def test_the_example_of_the_docs_is_loaded_and_shown_in_dagster(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.S)
    file = written(tmp_path, code)
    place = Settings(raw=tmp_path / "raw", warehouse=tmp_path / "warehouse", extension=str(file))
    graph = build_definitions(place).resolve_asset_graph()
    assert "newsletter" in {key.to_user_string() for key in graph.get_all_asset_keys()}
    assert {"quotes_desk_has_a_speaker", "documents_title_is_short"} <= {of.name for of in asset_check_list()}
    assert {"quotes_desk_has_a_speaker"} <= {key.name for key in graph.asset_check_keys}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("raise RuntimeError('no')", "no"),
        ("import nothing_of_the_kind", "nothing_of_the_kind"),
        ("x = 1", "has no `extension = Extension"),
        ("from expectations.extension import *\nextension = Extension((SqlCheck('a', 'b', '', ''),))", "'b'"),
    ],
)
def test_a_module_that_cannot_be_used_is_named_in_one_line(tmp_path: Path, text: str, why: str) -> None:
    file = written(tmp_path, text)
    given = ["build", "--raw", str(tmp_path / "raw"), "--warehouse", str(tmp_path / "w"), "--extension", str(file)]
    (tmp_path / "raw").mkdir()
    done = CliRunner().invoke(app, given)
    assert done.exit_code == 1
    assert len(done.output.splitlines()) == 1
    assert f"--extension {file}" in done.output and why in done.output


def test_a_module_inside_the_warehouse_is_never_run(tmp_path: Path) -> None:
    file = written(tmp_path, "raise SystemExit('it ran')")
    with pytest.raises(SettingError, match="inside the warehouse"):
        load(Settings(raw=tmp_path / "raw", warehouse=tmp_path, extension=str(file)))
