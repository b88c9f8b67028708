"""The metadata of a materialization: figures, lineage, previews and pictures, with articles' words as text."""

import base64
import logging
import re
import threading
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import dagster as dg
import pytest

from assets.build.incremental import StageSummary, derive_corpus, update_article_stages, update_from_raw_folder
from assets.lineage import SOURCES, made_from, origin
from assets.metadata import RECORDS_READ, described, materialized
from assets.release import release_metadata
from assets.runs.retries import TERMINAL_RUN_TAG
from assets.runs.run_log import LOGGER
from assets.settings import Settings
from assets.table_assets import article_assets
from assets.table_charts import CHARTS, TableChart, draw, drawn_charts
from pipeline.contract import BY_NAME, QUARANTINE, STORED
from pipeline.stages import STAGES
from tests.integration.test_incremental import DOCUMENTS, DUPLICATES, SENTENCES
from tests.integration.test_release import judged_store, release
from tests.support.dagster_runs import RESOURCES
from tests.support.factory import filled_store, stories
from tests.support.factory import rows as rows_of_all
from warehouse.change_counts import Changes
from warehouse.release.publish import Release
from warehouse.release.rights import Terms
from warehouse.sql import query
from warehouse.store import Store

HOSTILE = '<script>alert(1)</script>![x](http://evil.example/x.png)"onload="y'


def shown(value: object) -> str:
    """Return the SVG in a picture's Markdown."""
    assert isinstance(value, dg.MarkdownMetadataValue)
    text = value.md_str or ""
    head, _, encoded = text.partition("(data:image/svg+xml;base64,")
    assert head.startswith("![") and encoded.endswith(")")
    return base64.b64decode(encoded[:-1], validate=True).decode()


def test_every_column_of_a_table_with_lineage_says_what_it_is_made_from() -> None:
    writers = {table: stage for stage in STAGES for table in stage.writes}
    assert SOURCES.keys() <= writers.keys()
    for name in SOURCES:
        table, stage = BY_NAME[name], writers[name]
        assert SOURCES[name].keys() - {"*"} <= {c.name for c in table.stored}
        for column in table.stored:
            sources = made_from(table, column)
            assert sources, f"{name}.{column.name}"
            for source in sources:
                other, _, of = source.partition(".")
                assert of in {c.name for c in BY_NAME[other].stored}, source
                # A corpus-wide stage declares the stages that it reads, which may write several tables.
                known = {*stage.reads, *stage.writes, *(t for s in STAGES if s.name in stage.reads for t in s.writes)}
                assert other in known, source
                assert other != name
            assert origin(table, column).startswith(" From ")


def test_every_table_is_described_for_a_newcomer() -> None:
    for table in STORED:
        text = described(table, ["raws"])
        assert table.grain in text and table.description in text
        assert (f"{table.name}.parquet" in text) == (table.where != "stored")


def test_a_materialization_tells_what_the_run_did(tmp_path: Path) -> None:
    store = filled_store(tmp_path)
    table = BY_NAME["quotes"]
    outcome = StageSummary("quotes", 200, 1, 2, 5.0, {"quotes": 6}, {"quotes": Changes(4, 3, 2)}, articles=202)
    (result,) = materialized(store, {table: outcome})
    metadata = result.metadata or {}
    assert metadata["dagster/row_count"] == 6
    assert (metadata["rows added"], metadata["rows changed"], metadata["rows removed"]) == (4, 3, 2)
    work = ("articles computed", "articles gone", "articles failed", "seconds", "seconds per 1,000 articles")
    assert tuple(metadata[name] for name in work) == (200, 1, 2, 5.0, 24.752)
    lineage = metadata["dagster/column_lineage"]
    assert isinstance(lineage, dg.TableColumnLineage)
    assert lineage.deps_by_column.keys() == {c.name for c in table.stored}
    assert {dep.asset_key.to_user_string() for dep in lineage.deps_by_column["speaker_chain"]} == {"mentions"}
    preview = metadata["preview"]
    assert isinstance(preview, dg.TableMetadataValue) and len(preview.records) > 1
    columns = [c.name for c in preview.schema.columns]
    assert sorted(columns) == sorted(c.name for c in table.stored)
    assert columns.index("text") < columns.index("speaker") < columns.index("quote_id") < columns.index("start")
    assert all(" " not in str(value) for record in preview.records for value in record.data.values()), "a row is a line"
    assert "svg" in shown(metadata["by speaker"])


def test_a_run_of_nothing_counts_no_time_an_article(tmp_path: Path) -> None:
    (result,) = materialized(filled_store(tmp_path), {BY_NAME["quotes"]: StageSummary("quotes", 0, 0, 0, 0.1)})
    assert "seconds per 1,000 articles" not in (result.metadata or {})


def test_intake_and_the_corpus_count_what_is_theirs(tmp_path: Path) -> None:
    place = stories(tmp_path, 4)
    (place.raw / "empty.txt").touch()
    store = Store(place.warehouse)
    outcome = update_from_raw_folder(store, place, lambda _: None)
    (raws,) = materialized(store, {BY_NAME["raws"]: outcome}, RECORDS_READ)
    metadata = raws.metadata or {}
    assert tuple(metadata[name] for name in RECORDS_READ) == (4, 0, 1)
    assert metadata["seconds per 1,000 articles"]
    update_article_stages(store, [DOCUMENTS], [DOCUMENTS, DUPLICATES], place, lambda _: None)
    assert [derive_corpus(store, DUPLICATES, place, lambda _: None).articles for _ in range(2)] == [4, 0]


def test_the_log_of_a_run_tells_how_far_it_is_and_how_long_it_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assets.build.incremental.CHUNK", 4)
    monkeypatch.setattr("assets.build.incremental.WRITE_BATCH_SECONDS", 0)
    place = stories(tmp_path, 10)
    update_from_raw_folder(Store(place.warehouse), place, lambda _: None)
    asset = article_assets(place, lambda _: None, lambda _: None, [DOCUMENTS])
    with dg.DagsterInstance.ephemeral() as instance:
        run = dg.materialize([asset], instance=instance, resources=RESOURCES).run_id
        lines = [entry.message for entry in instance.all_logs(run) if not entry.is_dagster_event]
    pattern = r"documents: (\d+) of 10 in [\d.]+ s, about \d+ s left"
    assert [match[1] for line in lines if (match := re.fullmatch(pattern, line))] == ["4", "8"]
    done = r"documents in [\d.]+ s: articles computed 10; rows: documents 10, edits \d+"
    assert [line for line in lines if re.fullmatch(done, line)] == lines[-1:]


@pytest.mark.parametrize("tags", [{}, {TERMINAL_RUN_TAG: "true"}], ids=["ui", "terminal"])
def test_the_log_of_a_run_tells_what_it_waits_for(
    tmp_path: Path, tags: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("warehouse.lock.LOG_WAIT_AFTER_SECONDS", 0.0)
    place = Settings(raw=tmp_path / "raw", warehouse=tmp_path / "warehouse")
    place.raw.mkdir()
    store = Store(place.warehouse)
    update_from_raw_folder(store, place, lambda _: None)
    asset = article_assets(place, lambda _: None, lambda _: None, [DOCUMENTS])
    held, waits = threading.Event(), threading.Event()

    def hold() -> None:
        with store.locked():
            held.set()
            waits.wait(60)

    class Heard(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            waits.set()

    monkeypatch.setattr(LOGGER, "handlers", [Heard()])
    other = threading.Thread(target=hold)
    other.start()
    held.wait(60)
    with dg.DagsterInstance.ephemeral() as instance:
        run = dg.materialize([asset], instance=instance, resources=RESOURCES, tags=tags).run_id
        lines = [entry.message for entry in instance.all_logs(run) if not entry.is_dagster_event]
    other.join()
    assert bool([line for line in lines if "waiting for up to" in line]) == (not tags)


def test_what_was_understood_of_the_raw_folder_is_a_table_with_a_row_a_line(tmp_path: Path) -> None:
    lines = ("  files read: .txt 1 of 2, .csv 1", "  publishers: News: Daily 1", "  refused, empty 1: -")
    outcome = replace(StageSummary("raws", 1, 0, 1, 0.1), notes=("a.csv: text from body",), understood=lines)
    (result,) = materialized(filled_store(tmp_path), {BY_NAME["raws"]: outcome}, RECORDS_READ)
    rows = [
        {name: str(value).replace("\N{NO-BREAK SPACE}", " ") for name, value in record.data.items()}
        for record in (result.metadata or {})["raw folder"].records
    ]
    assert rows == [
        {"what": "files read", "found": ".txt 1 of 2, .csv 1"},
        {"what": "publishers", "found": "News: Daily 1"},
        {"what": "refused, empty 1", "found": "-"},
    ]
    assert [len(record.data) for record in (result.metadata or {})["fields"].records] == [2]


@pytest.mark.parametrize(
    ("asked", "stages"),
    [
        (["documents", "edits", "sentences"], {"documents", "sentences"}),
        (["documents"], {"documents"}),
        (["edits"], {"documents"}),
        (["sentences"], set()),
    ],
)
def test_a_run_of_some_tables_runs_their_stages_alone(tmp_path: Path, asked: list[str], stages: set[str]) -> None:
    """The tables of a stage are made together; a stage whose inputs are out of date has nothing to do."""
    place = Settings(raw=tmp_path / "raw", warehouse=tmp_path / "warehouse")
    place.raw.mkdir()
    (place.raw / "a.txt").write_text("Story.", encoding="utf-8")
    store = Store(place.warehouse)
    update_from_raw_folder(store, place, lambda _: None)
    outcomes: list[StageSummary] = []
    asset = article_assets(place, lambda _: None, outcomes.append, [DOCUMENTS, SENTENCES])
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize([asset], selection=asked, instance=instance, resources=RESOURCES)
    made = {event.asset_key.to_user_string() for event in result.get_asset_materialization_events() if event.asset_key}
    assert made == set(asked)
    assert {outcome.stage for outcome in outcomes if outcome.computed} == stages
    lines = store.read("SELECT DISTINCT stage FROM stored.ledger WHERE stage <> 'raws'")["stage"]
    assert set(lines) == stages


def test_the_log_of_a_run_names_the_articles_that_failed(tmp_path: Path) -> None:
    place = Settings(raw=tmp_path / "raw", warehouse=tmp_path / "warehouse")
    place.raw.mkdir()
    for name, text in (("good.txt", "Story."), ("bad.txt", "Fail")):
        (place.raw / name).write_text(text, encoding="utf-8")
    update_from_raw_folder(Store(place.warehouse), place, lambda _: None)
    asset = article_assets(place, lambda _: None, lambda _: None, [DOCUMENTS])
    with dg.DagsterInstance.ephemeral() as instance:
        run = dg.materialize([asset], instance=instance, resources=RESOURCES).run_id
        (warning,) = [e.message for e in instance.all_logs(run) if not e.is_dagster_event and e.level == 30]
    assert warning == "failed: documents on bad.txt: ValueError: cannot read this; the next run retries it"


def test_a_release_tells_what_is_different_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assets.metadata.PREVIEW_CHARACTERS", 20)

    def metadata(made: Release) -> dict[str, Any]:
        out = release_metadata(made, 3.0)
        changes = tuple(out[f"rows {kind}"] for kind in ("added", "changed", "removed"))
        tables = {r.data["table"]: r.data for r in out["tables"].records}
        return {**out, "changes": changes, "tables": tables}

    store = judged_store(tmp_path)
    first = metadata(release(store, Terms("all")))
    rows = first["dagster/row_count"]
    assert first["new"] and rows > 20
    assert first["changes"] == (rows, 0, 0)
    assert first["seconds per 1,000 articles"] == 1000.0
    said = [record.data for record in first["preview"].records]
    assert said and all(row["speaker_name"] for row in said)
    assert {len(str(row["text"])) for row in said} <= set(range(21))
    again = metadata(release(store, Terms("all")))
    assert (again["new"], again["changes"]) == (False, (0, 0, 0))
    edited = rows_of_all()
    edited["dates"].pop(0)
    edited["documents"][0]["publisher"] = "Another"
    (tmp_path / "onrecord.duckdb").unlink()
    second = metadata(release(judged_store(tmp_path, edited), Terms("all"), version="0.2.0"))
    assert second["new"] and second["changes"] == (0, 1, 1)
    assert (second["tables"]["dates"]["removed"], second["tables"]["documents"]["changed"]) == ("1", "1")


def test_every_picture_draws_what_its_sql_finds(tmp_path: Path) -> None:
    store = filled_store(tmp_path)
    with store.open() as connection:
        drawn = drawn_charts(partial(query, connection), [t.name for t in STORED])
    for picture in CHARTS:
        rows = store.read(picture.query)
        assert {"name", "rows"} <= set(rows.columns)
        if rows.height:
            root = ElementTree.fromstring(shown(drawn[picture.table][picture.label]))
            assert root.tag.endswith("svg")
            assert picture.title in "".join(root.itertext())
        else:
            assert picture.label not in drawn.get(picture.table, {})
    assert len(drawn) > 5


def test_a_name_is_drawn_as_text() -> None:
    picture = TableChart("quotes", "by speaker", "Quotes", "")
    svg = draw(picture, [{"name": HOSTILE[:38], "rows": 3}, {"name": "Ana\n\x1b[31m\u202eLume", "rows": 1}])
    root = ElementTree.fromstring(svg)
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags <= {"svg", "g", "rect", "path", "text", "line", "defs", "clipPath", "style"}
    assert not [name for e in root.iter() for name in e.attrib if name.startswith("on") or name.endswith("href")]
    assert HOSTILE[:38] in "".join(root.itertext())
    assert "\x1b" not in svg and "\u202e" not in svg


@pytest.mark.parametrize("span", [1, 30, 400, 4000])
def test_days_are_drawn_by_day_month_or_year(span: int) -> None:
    first = date(2020, 2, 28)
    rows = [{"name": first, "rows": 2}, {"name": first + timedelta(span), "rows": 5}]
    root = ElementTree.fromstring(draw(TableChart("documents", "by day", "Days", "", "days"), rows))
    assert "2020" in "".join(root.itertext()) or "Feb" in "".join(root.itertext())


def test_what_is_shown_of_tables_is_read_in_one_turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, turns = filled_store(tmp_path), 0
    connect = Store._connect

    def counted(*given: Any) -> Any:
        nonlocal turns
        turns += 1
        return connect(*given)

    monkeypatch.setattr(Store, "_connect", counted)
    documents, sentences = (
        StageSummary(stage, 1, 0, 0, 0.1, {table: rows})
        for stage, table, rows in (("documents", "edits", 3), ("sentences", "sentences", 5))
    )
    outcomes = {BY_NAME["documents"]: documents, BY_NAME["edits"]: documents, BY_NAME["sentences"]: sentences}
    results = list(materialized(store, {**outcomes, QUARANTINE: documents}))
    assert [(r.metadata or {})["dagster/row_count"] for r in results] == [0, 3, 5, 0]
    assert all(r.metadata and r.metadata["preview"] for r in results)
    assert turns == 1


def test_a_picture_that_cannot_be_drawn_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> str:
        raise ValueError("no\nfont")

    monkeypatch.setattr("assets.table_charts.draw", refuse)
    with filled_store(tmp_path).open() as connection:
        drawn = drawn_charts(partial(query, connection), ["dates"])
    (reason,) = {value.value for found in drawn.values() for value in found.values()}
    assert reason == "could not be drawn: no font"


def test_nothing_is_asked_of_a_table_without_pictures(tmp_path: Path) -> None:
    with Store(tmp_path).open() as connection:
        assert drawn_charts(partial(query, connection), ["resolutions"]) == {}
