"""Compare two releases: which changes of a store are shown, and which are not."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.contract import PUBLISHED, SCHEMA_VERSION
from tests.integration.test_release import judged_store, release
from tests.support import factory
from warehouse.release import diff, parquet, versions
from warehouse.release.diff import Changes, changes, markdown
from warehouse.release.publish import Release
from warehouse.release.rights import Terms

type Edit = Callable[[factory.Rows], None]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return release(judged_store(tmp_path_factory.mktemp("base")), Terms("all"))


def against(base: Release, folder: Path, edit: Edit, rows: Path | None = None) -> Changes:
    """Compare the base with a release of the same rows after the edit."""
    edited = copy.deepcopy(factory.rows())
    edit(edited)
    return changes(base.folder, release(judged_store(folder, edited), Terms("all")).folder, rows)


def nothing(rows: factory.Rows) -> None:
    """Leave the rows as they are."""


def other_words(rows: factory.Rows) -> None:
    rows["quotes"][0]["confidence"] = 0.5


def lost_date(rows: factory.Rows) -> None:
    rows["dates"].pop(0)


def new_refusal(rows: factory.Rows) -> None:
    rows["refusals"].append({**rows["refusals"][0], "source": "more/empty.txt", "path": "more/empty.txt"})


def null_for_a_value(rows: factory.Rows) -> None:
    rows["documents"][0]["publisher"] = None


def another_list(rows: factory.Rows) -> None:
    rows["entities"][0]["aliases"] = ["An Alias"]


@pytest.mark.parametrize(
    ("edit", "table", "expected", "columns"),
    [
        (other_words, "quotes", (0, 0, 1), {"confidence": 1}),
        (lost_date, "dates", (0, 1, 0), {}),
        (new_refusal, "refusals", (1, 0, 0), {}),
        (null_for_a_value, "documents", (0, 0, 1), {"publisher": 1}),
        (another_list, "entities", (0, 0, 1), {"aliases": 1}),
    ],
)
@pytest.mark.usefixtures("bare")
def test_one_change_shows_as_one(
    base: Release,
    tmp_path: Path,
    edit: Edit,
    table: str,
    expected: tuple[int, int, int],
    columns: dict[str, int],
) -> None:
    found = against(base, tmp_path, edit, tmp_path / "rows.parquet")
    for change in found.tables:
        counted = (change.added, change.removed, change.changed)
        assert counted == (expected if change.table == table else (0, 0, 0)), change
        assert change.columns == (columns if change.table == table else {})
    assert not found.empty
    rows = pl.read_parquet(tmp_path / "rows.parquet")
    kind = ("added", "removed", "changed")[expected.index(1)]
    assert rows.select("table", "change").rows() == [(table, kind)]
    assert rows["columns"].to_list() == [list(columns)]


@pytest.mark.usefixtures("bare")
def test_the_same_rows_have_no_changes(base: Release, tmp_path: Path) -> None:
    found = against(base, tmp_path, nothing, tmp_path / "rows.parquet")
    assert found.empty
    assert found.entity_changes == []
    assert "The data are identical." in markdown(found)
    assert pl.read_parquet(tmp_path / "rows.parquet").is_empty()


@pytest.mark.usefixtures("bare")
def test_the_key_of_a_change_is_the_rows_key(base: Release, tmp_path: Path) -> None:
    against(base, tmp_path, lambda rows: rows["edits"].pop(0) and None, tmp_path / "rows.parquet")
    first = factory.rows()["edits"][0]
    assert pl.read_parquet(tmp_path / "rows.parquet")["key"].to_list() == [f"{first['document_id']} 0"]


@pytest.mark.usefixtures("bare")
def test_an_entity_made_of_two_is_named_and_back_again(base: Release, tmp_path: Path) -> None:
    rows = factory.rows()
    kept, gone = (next(e for e in rows["entities"] if e["name"] == name) for name in ("PORTVILLE", "Delta News"))

    def merge(rows: factory.Rows) -> None:
        rows["entities"] = [e for e in rows["entities"] if e["entity_id"] != gone["entity_id"]]
        for row in rows["resolutions"]:
            if row["entity_id"] == gone["entity_id"]:
                row["entity_id"] = kept["entity_id"]

    found = against(base, tmp_path, merge)
    ids = sorted([kept["entity_id"], gone["entity_id"]])
    assert [(m.change, m.entity_id, m.name, m.others) for m in found.entity_changes] == [
        ("merged", kept["entity_id"], "PORTVILLE", ids)
    ]
    assert f"PORTVILLE (`{kept['entity_id']}`) was made of `{ids[0]}`, `{ids[1]}`" in markdown(found)
    back = changes(tmp_path / "releases" / "latest", base.folder)
    assert [(m.change, m.entity_id, m.others) for m in back.entity_changes] == [("split", kept["entity_id"], ids)]


@pytest.mark.usefixtures("bare")
def test_an_entity_that_only_changed_its_id_is_renamed(base: Release, tmp_path: Path) -> None:
    def rename(rows: factory.Rows) -> None:
        old = rows["entities"][0]["entity_id"]
        for table, column in (
            ("entities", "entity_id"),
            ("resolutions", "entity_id"),
            ("statements", "speaker_entity_id"),
        ):
            for row in rows[table]:
                if row[column] == old:
                    row[column] = "0" * 16

    old = factory.rows()["entities"][0]["entity_id"]
    found = against(base, tmp_path, rename)
    assert [(m.change, m.entity_id, m.others) for m in found.entity_changes] == [("renamed", "0" * 16, [old])]
    assert f"(`{'0' * 16}`) was `{old}`" in markdown(found)
    entities = next(t for t in found.tables if t.table == "entities")
    assert (entities.added, entities.removed) == (1, 1)


def test_the_next_release_says_what_changed(tmp_path: Path) -> None:
    store = judged_store(tmp_path)
    first = release(store)
    assert "The first release." in (first.folder / "CHANGES.md").read_text(encoding="utf-8")
    assert pq.read_schema(first.folder / "changes.parquet").names == diff.SCHEMA.names
    second = release(store, Terms("none"), day=date(2026, 12, 1))
    text = (second.folder / "CHANGES.md").read_text(encoding="utf-8")
    assert text.startswith("# Changes: 2026.11.22 → 2026.12.1\n")
    assert "Setting `publish_text`: licensed → **none**." in text
    assert "| documents | 0 | 0 | 1 | 3 |" in text
    rows = pl.read_parquet(second.folder / "changes.parquet")
    assert set(rows["change"].to_list()) == {"changed"}


def test_another_schema_is_compared_by_what_is_shared(base: Release, tmp_path: Path) -> None:
    """One release has a table and a column fewer, as with an older schema."""
    older = tmp_path / "1999.1.1"
    older.mkdir()
    record = versions.record(base.folder)
    for table, (name,) in record.files.items():
        content = pq.read_table(base.folder / name)
        pq.write_table(content.drop_columns("confidence") if table == "quotes" else content, older / name)
    files = {table: names for table, names in record.files.items() if table != "statements"}
    fields = {name: getattr(record, name) for name in record.__slots__}
    versions.write_record(
        older, versions.Record(**{**fields, "version": "1999.1.1", "schema_version": "0.9", "files": files})
    )
    found = changes(older, base.folder)
    statements = [f"statements.{c.name}" for t in PUBLISHED if t.name == "statements" for c in t.published]
    assert found.gained == sorted([*statements, "quotes.confidence"])
    assert found.lost == []
    assert all((t.added, t.removed, t.changed) == (0, 0, 0) for t in found.tables)
    assert f"Schema 0.9 → **{SCHEMA_VERSION}**" in markdown(found)


def test_names_of_merged_entities_are_escaped(base: Release, tmp_path: Path) -> None:
    record = versions.record(base.folder)
    hostile = diff.EntityChange("merged", "0" * 16, "<img src=x> [a](b) | c", ["1" * 16, "2" * 16])
    text = markdown(Changes(record, record, [], [hostile], [], []))
    assert r"&lt;img src\=x&gt; \[a\]\(b\) \| c" in text


def test_what_is_no_release_is_refused(base: Release, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"release\.json cannot be read"):
        changes(tmp_path, base.folder)


def test_a_folder_with_a_strange_name_is_only_a_folder(base: Release, tmp_path: Path) -> None:
    strange = shutil.copytree(base.folder, tmp_path / "it's [a] folder; *.parquet")
    assert changes(base.folder, strange).empty


@pytest.mark.usefixtures("bare")
def test_changes_keep_their_schema(base: Release, tmp_path: Path) -> None:
    against(base, tmp_path, lost_date, tmp_path / "rows.parquet")
    schema = pq.read_schema(tmp_path / "rows.parquet")
    assert schema.field("change").nullable is False
    assert schema.field("columns").type == pa.list_(pa.string())
    assert schema.field("key").metadata[b"description"]
    assert parquet.CODEC["compression"] == "zstd"


@pytest.mark.usefixtures("bare")
def test_a_withdrawal_is_told_without_the_text(base: Release, tmp_path: Path) -> None:
    def withdraw(rows: factory.Rows) -> None:
        rows["refusals"].append(
            {**rows["refusals"][0], "source": "gone.txt", "path": "gone.txt", "reason": "withdrawn"}
        )

    found = against(base, tmp_path, withdraw)
    assert found.withdrawn == 1
    assert "1 record was withdrawn" in markdown(found)
