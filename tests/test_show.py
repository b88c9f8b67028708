"""What people see of a materialization: figures, lineage, previews and pictures, with articles' words as text."""

import base64
from datetime import date, timedelta
from pathlib import Path
from xml.etree import ElementTree

import dagster as dg
import pytest

from assets.derive import Outcome
from assets.lineage import SOURCES, made_from, origin
from assets.pictures import PICTURES, Picture, draw, pictures
from assets.show import described, materialized
from assets.stages import STAGES
from pipeline.tables import BY_NAME, STORED
from tests.factory import filled_store
from warehouse.store import Store
from warehouse.tally import Changes

HOSTILE = '<script>alert(1)</script>![x](http://evil.example/x.png)"onload="y'


def shown(value: object) -> str:
    """The SVG in a picture's Markdown."""
    assert isinstance(value, dg.MarkdownMetadataValue)
    text = value.md_str or ""
    head, _, encoded = text.partition("(data:image/svg+xml;base64,")
    assert head.startswith("![") and encoded.endswith(")")
    return base64.b64decode(encoded[:-1], validate=True).decode()


def test_every_column_says_what_it_is_made_from() -> None:
    writers = {table: stage for stage in STAGES for table in stage.writes}
    assert SOURCES.keys() == writers.keys()
    for name, stage in writers.items():
        table = BY_NAME[name]
        assert SOURCES[name].keys() - {"*"} <= {c.name for c in table.stored}
        for column in table.stored:
            sources = made_from(table, column)
            assert sources, f"{name}.{column.name}"
            for source in sources:
                other, _, of = source.partition(".")
                assert of in {c.name for c in BY_NAME[other].stored}, source
                assert other in {*stage.reads, *stage.inputs}, source
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
    outcome = Outcome("quotes", 200, 1, 2, 5.0, {"quotes": 6}, {"quotes": Changes(4, 3, 2)})
    (result,) = materialized(store, [table], outcome)
    metadata = result.metadata or {}
    assert metadata["dagster/row_count"] == 6
    assert (metadata["rows added"], metadata["rows changed"], metadata["rows removed"]) == (4, 3, 2)
    assert metadata["seconds per 1,000 articles"] == 25.0
    lineage = metadata["dagster/column_lineage"]
    assert isinstance(lineage, dg.TableColumnLineage)
    assert lineage.deps_by_column.keys() == {c.name for c in table.stored}
    assert {dep.asset_key.to_user_string() for dep in lineage.deps_by_column["speaker_chain"]} == {"mentions"}
    preview = metadata["preview"]
    assert isinstance(preview, dg.TableMetadataValue) and len(preview.records) > 1
    assert "svg" in shown(metadata["by speaker"])


def test_every_picture_draws_what_its_sql_finds(tmp_path: Path) -> None:
    store = filled_store(tmp_path)
    drawn = pictures(store, [t.name for t in STORED])
    for picture in PICTURES:
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
    picture = Picture("quotes", "by speaker", "Quotes", "")
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
    root = ElementTree.fromstring(draw(Picture("documents", "by day", "Days", "", "days"), rows))
    assert "2020" in "".join(root.itertext()) or "Feb" in "".join(root.itertext())


def test_a_picture_that_cannot_be_drawn_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> str:
        raise ValueError("no\nfont")

    monkeypatch.setattr("assets.pictures.draw", refuse)
    (reason,) = {
        value.value for found in pictures(filled_store(tmp_path), ["dates"]).values() for value in found.values()
    }
    assert reason == "could not be drawn: no font"


def test_nothing_is_asked_of_a_table_without_pictures(tmp_path: Path) -> None:
    assert pictures(Store(tmp_path), ["resolutions"]) == {}
