"""An article whose rows break a structural check is removed from the release; it does not stop the release."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import polars as pl
import pytest

import pipeline.chains.stage
import pipeline.dates.stage
from assets.build import screening
from assets.build.incremental import derive_corpus, update_article_stages, update_from_raw_folder
from assets.build.screening import quarantine_key, release_from_quarantine, screen_and_quarantine
from assets.cli.build_output import run_build
from assets.runs.instance import open_instance
from assets.settings import SAMPLE, SettingError, Settings, with_values
from assets.up_to_date import check_up_to_date
from expectations.screening import CHECKS, screen
from expectations.sql_checks import BUILTIN_SQL_CHECKS
from expectations.suites import CONTRACT_CHECKS, ContractCheck
from pipeline.contract import FILES, STORED
from pipeline.dates import Date
from pipeline.document import Document
from pipeline.stages import CORPUS_STAGES, DOCUMENT_STAGES, STAGES
from tests.integration.test_sql_checks import DEFECTS
from tests.integration.test_suites import TABLES, defect
from tests.support import factory
from warehouse import quarantine
from warehouse.change_counts import Tally
from warehouse.release.diff import changes
from warehouse.sql import query, quoted
from warehouse.store import Store
from warehouse.writes import delete

# A word that makes the patched stage of dates write a value that no check accepts.
ODD = "Quuxington"
ODD_TEXT = f"{ODD} opened on Friday. “The pier is safe,” said Ana Lume on May 8, 2019, beside the harbour wall.\n"
HARBOUR = factory.document_id(factory.HARBOUR)


def break_promise(connection: duckdb.DuckDBPyConnection, promise: ContractCheck) -> None:
    """Break a promise of scope row or document in one row of the factory's store."""
    table = TABLES[promise.table]
    name = f"stored.{quoted(table.name)}"
    assert promise.column is not None
    value = f"{defect(table, promise)[promise.column]} AS {quoted(promise.column)}"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE sound AS FROM {name}")
    connection.execute(
        f"CREATE OR REPLACE TABLE {name} AS (FROM sound ORDER BY ALL OFFSET 1) UNION ALL "  # noqa: S608
        f"SELECT * REPLACE ({value}) FROM (FROM sound ORDER BY ALL LIMIT 1)"
    )


def test_the_valid_store_has_no_breach(connection: duckdb.DuckDBPyConnection) -> None:
    assert screen(connection).violations == ()


@pytest.mark.parametrize("check", CHECKS, ids=lambda c: c.id)
def test_each_check_of_rows_and_documents_finds_its_article(undone: duckdb.DuckDBPyConnection, check: Any) -> None:
    if isinstance(check, ContractCheck):
        break_promise(undone, check)
    else:
        for line in next(d.sql for d in DEFECTS if d.sql_check == check.id):
            undone.execute(line)
    violations = screen(undone, [check]).violations
    known = {name for (name,) in undone.execute("SELECT document_id FROM stored.raws").fetchall()}
    if isinstance(check, ContractCheck) and check.column == "document_id":
        assert violations == (), "a row that names no article stops the release"
    else:
        assert {violation.document_id for violation in violations} <= known
        assert violations


def test_a_structural_check_says_how_far_its_breach_reaches() -> None:
    """A check that reads only tables of single documents has scope row or document; every other has scope corpus."""
    corpus = {"entities", "resolutions", "statements", "utterances", "duplicates", "date_bounds", "date_conflicts"}
    for sql_check in BUILTIN_SQL_CHECKS:
        reads = {table for table in corpus if f"stored.{table}" in sql_check.sql} or "published." in sql_check.sql
        if sql_check.thresholds is not None or sql_check.id == "raws_all_taken_in":
            assert sql_check.scope == "corpus"
        else:
            assert (sql_check.scope == "corpus") == bool(reads), sql_check.id
    assert {p.scope for p in CONTRACT_CHECKS} == {"row", "document", "corpus"}


def test_a_breach_names_its_row_and_its_place(undone: duckdb.DuckDBPyConnection) -> None:
    ((date, start, end),) = undone.execute(
        'SELECT date_id, "start", "end" FROM stored.dates WHERE document_id = ? ORDER BY "start" LIMIT 1', [HARBOUR]
    ).fetchall()
    undone.execute("UPDATE stored.dates SET value = 'P1e+11WE', type = 'DURATION' WHERE date_id = ?", [date])
    (violation,) = screen(undone).violations
    assert (violation.document_id, violation.table, violation.row) == (HARBOUR, "dates", date)
    assert (violation.start, violation.end) == (start, end)
    assert violation.check == "dates_value_is_timex"


# Quarantined and all articles, the share allowed, and whether the release is refused.
EXCESS: list[tuple[int, int, float, bool]] = [
    (0, 0, 0.01, False),
    (0, 10, 0.0, False),
    (1, 2, 0.01, False),
    (2, 3, 0.01, True),
    (1, 1, 0.01, True),
    (5, 10, 0.01, False),
    (5, 11, 0.0, False),
    (6, 100, 0.01, True),
    (6, 600, 0.01, False),
    (7, 600, 0.01, True),
    (60, 100, 1.0, True),
    (50, 100, 1.0, False),
    (29, 100, 0.29, False),
    (30, 100, 0.29, True),
]


@pytest.mark.parametrize(("quarantined", "articles", "share", "refused"), EXCESS)
def test_too_many_quarantined_articles_refuse_the_release(
    undone: duckdb.DuckDBPyConnection, quarantined: int, articles: int, share: float, refused: bool
) -> None:
    undone.execute("CREATE OR REPLACE TEMP TABLE one_raw AS FROM stored.raws LIMIT 1")
    undone.execute("DELETE FROM stored.raws")
    undone.execute(
        "INSERT INTO stored.raws SELECT one_raw.* REPLACE (printf('%016x', i) AS document_id, 'r' || i AS origin, "
        "true AS standing) FROM one_raw, range(?) AS n(i)",
        [articles],
    )
    undone.execute(
        "INSERT INTO stored.quarantine SELECT printf('%016x', i), 'dates_in_order', 'dates', 'r', NULL, NULL, 1, "
        "repeat('0', 64), '' FROM range(?) AS n(i)",
        [quarantined],
    )
    assert bool(quarantine.excess_message(undone, share)) == refused


@pytest.mark.parametrize(("given", "share"), [("1%", 0.01), ("0.05", 0.05), ("0", 0.0), ("100%", 1.0)])
def test_the_share_is_read_as_people_write_it(given: str, share: float) -> None:
    assert with_values(Settings(), {"max_quarantined": given}).max_quarantined == share


@pytest.mark.parametrize("given", ["2", "-1%", "101%", "few", "nan"])
def test_another_share_is_refused(given: str) -> None:
    with pytest.raises(SettingError, match="--max-quarantined"):
        with_values(Settings(), {"max_quarantined": given})


# The real stages, on a few articles.


@pytest.fixture
def odd_dates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the stage of dates write an invalid TIMEX3 value for every text with the odd word."""
    find = pipeline.dates.dates

    def broken(document: Document, *rest: Any) -> Sequence[Date]:
        found = find(document, *rest)
        return [replace(d, type="DURATION", value="P1e+11WE") for d in found] if ODD in document.text else found

    monkeypatch.setattr(pipeline.dates, "dates", broken)


def place(folder: Path, *, odd: bool = True) -> Settings:
    raw = folder / "raw"
    raw.mkdir(parents=True)
    for name in ("01_atlas_wire_signing", "02_radio_tejo_signing", "08_manara_agency_brief"):
        shutil.copy(SAMPLE / f"{name}.txt", raw)
    if odd:
        (raw / "odd.txt").write_text(ODD_TEXT, encoding="utf-8")
    return Settings(raw=raw, warehouse=folder / "warehouse", engine="inline")


def run(settings: Settings) -> dict[str, int]:
    """Run the stages of a build in order; return how many articles each computed."""
    store = Store(settings.warehouse)
    release_from_quarantine(store, settings)
    out = {"raws": update_from_raw_folder(store, settings, lambda _: None).computed}
    out |= {
        o.stage: o.computed for o in update_article_stages(store, DOCUMENT_STAGES, STAGES, settings, lambda _: None)
    }
    out["quarantine"] = screen_and_quarantine(store, settings)[0].failed
    for stage in CORPUS_STAGES:
        out[stage.name] = derive_corpus(store, stage, settings, lambda _: None).computed
    return out


def tables(settings: Settings) -> dict[str, list[dict[str, Any]]]:
    """Return every stored table except those that describe the raw folder itself."""
    with Store(settings.warehouse).open() as connection:
        return {
            t.name: query(connection, f"FROM stored.{t.name} ORDER BY ALL").to_dicts()
            for t in STORED
            if t.name not in ("raws", "refusals")
        }


def refused(settings: Settings) -> list[tuple[str, str, str]]:
    with Store(settings.warehouse).open() as connection:
        return connection.execute(
            "SELECT source, reason, \"check\" FROM stored.refusals WHERE reason = 'quarantined'"
        ).fetchall()


@pytest.mark.slow
def test_the_result_is_that_of_a_build_without_the_article(tmp_path: Path, odd_dates: None) -> None:
    odd, without = place(tmp_path / "odd"), place(tmp_path / "without", odd=False)
    assert run(odd)["quarantine"] == 1
    run(without)
    assert tables(odd) == tables(without)
    assert refused(odd) == [("odd.txt", "quarantined", "dates_value_is_timex")]
    with Store(odd.warehouse).open() as connection:
        ((detail,),) = connection.execute("SELECT detail FROM stored.refusals").fetchall()
    assert not any(word.strip(".,“”") in detail for word in ODD_TEXT.split() if len(word) > 5)
    again = run(odd)
    assert sum(again.values()) == 0, again


def _new_text(settings: Settings, _: pytest.MonkeyPatch) -> Settings:
    (settings.raw / "odd.txt").write_text(ODD_TEXT.replace(ODD, "Quarrington"), encoding="utf-8")
    return settings


def _new_code(settings: Settings, patch: pytest.MonkeyPatch) -> Settings:
    patch.undo()
    patch.setattr(pipeline.dates.stage, "RULES", replace(pipeline.dates.stage.RULES, version="newer"))
    return settings


def _gone(settings: Settings, _: pytest.MonkeyPatch) -> Settings:
    (settings.raw / "odd.txt").unlink()
    return replace(settings, accept_removals=True)


@pytest.mark.slow
@pytest.mark.parametrize(("change", "articles"), [(_new_text, 4), (_new_code, 4), (_gone, 3)])
def test_it_is_tried_again_when_its_text_or_code_changes(
    tmp_path: Path,
    odd_dates: None,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Settings, pytest.MonkeyPatch], Settings],
    articles: int,
) -> None:
    settings = place(tmp_path)
    run(settings)
    run(change(settings, monkeypatch))
    found = tables(settings)
    assert len(found["documents"]) == articles
    assert refused(settings) == []


@pytest.mark.slow
def test_a_file_read_again_without_a_change_stays_quarantined(tmp_path: Path, odd_dates: None) -> None:
    settings = place(tmp_path)
    run(settings)
    before = refused(settings)
    with Store(settings.warehouse).open() as connection:
        delete(connection, FILES, "TRUE")
    again = run(replace(settings, verify=True))
    assert (again["documents"], again["quarantine"]) == (0, 0)
    assert refused(settings) == before != []


@pytest.mark.slow
def test_an_article_on_which_a_late_stage_failed_is_tried_by_the_next_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its mentions have no chain, which itself is a breach; the failure may be temporary."""
    settings = place(tmp_path)
    chains = pipeline.chains.stage.chains

    def failing(name: str, mentions: Any, known: Any) -> Any:
        if any(ODD in m["text"] for m in mentions):
            raise MemoryError("no room")
        return chains(name, mentions, known)

    with monkeypatch.context() as patch:
        patch.setattr(pipeline.chains.stage, "chains", failing)
        first = run(settings)
    if first["quarantine"] == 0:
        pytest.fail("the odd article has no mention of its own")
    assert run(settings)["documents"] == 1
    assert len(tables(settings)["documents"]) == 4
    assert refused(settings) == []


def test_the_fingerprint_counts_code_settings_and_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    known = quarantine_key(Settings())
    assert quarantine_key(Settings(parse_sentences="quoted")) != known
    monkeypatch.setattr(screening, "checks_digest", lambda: "other checks")
    assert quarantine_key(Settings()) != known


@pytest.mark.slow
def test_a_lost_list_lets_every_article_be_tried_again(tmp_path: Path, odd_dates: None) -> None:
    settings = place(tmp_path)
    run(settings)
    with Store(settings.warehouse).open() as connection:
        connection.execute("DELETE FROM stored.quarantine")
        quarantine.release_outdated(connection, quarantine_key(settings), Tally())
    assert run(settings)["quarantine"] == 1


@pytest.mark.slow
def test_a_build_with_an_odd_article_ends_with_a_release(
    tmp_path: Path, odd_dates: None, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = place(tmp_path)
    (settings.raw / "odd.txt").write_text(ODD_TEXT.replace(ODD, "Quarrington"), encoding="utf-8")
    assert run_build(settings) == 0
    first = (settings.warehouse / "releases" / "latest").resolve()
    (settings.raw / "odd.txt").write_text(ODD_TEXT, encoding="utf-8")
    assert run_build(settings) == 0
    assert "1 quarantined" in capsys.readouterr().out
    with open_instance(settings.warehouse) as instance:
        (seen,) = instance.fetch_observations(dg.AssetKey("refusals"), limit=5).records
    assert seen.asset_observation is not None and seen.asset_observation.metadata["dagster/row_count"].value == 1
    folder = (settings.warehouse / "releases" / "latest").resolve()
    (gone,) = pl.read_parquet(folder / "refusals.parquet").filter(reason="quarantined").to_dicts()
    assert gone["source"] == "odd.txt"
    for table in ("documents", "edits", "sentences", "mentions", "quotes", "dates"):
        rows = pl.read_parquet(folder / f"{table}.parquet")
        assert gone["document_id"] not in set(rows["document_id"])
    said = json.loads((folder / "validation.json").read_text(encoding="utf-8"))
    assert "refusals_quarantined" in json.dumps(said)
    different = changes(first, folder)
    assert different.quarantined == 1
    assert all(t.removed == 0 for t in different.tables if t.table in ("documents", "sentences", "quotes", "dates"))
    assert check_up_to_date(settings) is not None, "nothing is left to do"
