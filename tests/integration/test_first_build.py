"""A first build that gets no article makes no release, says why, and does not remember the raw folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import dagster as dg
import pytest

from assets.build.incremental import update_from_raw_folder
from assets.build.intake import require_articles
from assets.runs.notifications import reasons
from assets.settings import SettingError, Settings
from assets.settings import file as config_file
from assets.table_assets import intake_asset
from tests.support import factory
from tests.support.dagster_runs import RESOURCES
from warehouse.store import Store
from warehouse.withdrawal import lists


@pytest.fixture
def place(tmp_path: Path) -> Settings:
    return factory.stories(tmp_path, 0)


def run(settings: Settings) -> list[str]:
    """Run the first step of a build as Dagster does; return why it failed."""
    assets = [intake_asset(settings, lambda _: None, lambda _: None)]
    with dg.DagsterInstance.ephemeral() as instance:
        selection = ["raws", "refusals", "corrections"]
        done = dg.materialize(assets, selection=selection, instance=instance, resources=RESOURCES, raise_on_error=False)
    return list(reasons(done.all_events))


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, ["is empty"]),
        ({"a.png": b"\x89PNG"}, ["1 file or record was refused", "unsupported (1)", "onrecord refusals"]),
        ({"a.png": b"\x89PNG", "b.txt": b"", "c.txt": b""}, ["3 files or records were", "empty (2), unsupported (1)"]),
    ],
    ids=["empty", "one refused", "several refused"],
)
def test_a_first_build_without_an_article_stops(place: Settings, files: dict[str, bytes], said: list[str]) -> None:
    for name, content in files.items():
        (place.raw / name).write_bytes(content)
    for _ in range(2):
        (line,) = run(place)
        assert [words for words in (*said, str(place.raw)) if words not in line] == []
        assert not config_file.load(place.warehouse).exists
    refused = Store(place.warehouse).read("SELECT source FROM stored.refusals ORDER BY 1")["source"].to_list()
    assert refused == sorted(files)


def test_settings_that_were_stored_before_stay_as_they_were(place: Settings) -> None:
    file = place.warehouse / config_file.NAME
    config_file.write(file, {"keep_runs": 4}, {})
    before = file.read_bytes()
    assert len(run(place)) == 1
    assert file.read_bytes() == before


def test_one_article_is_enough_and_its_folder_is_remembered(place: Settings) -> None:
    (place.raw / "a.png").write_bytes(b"\x89PNG")
    (place.raw / "b.txt").write_text("The pier is safe, it was said.", encoding="utf-8")
    assert run(place) == []
    assert config_file.load(place.warehouse).values["raw"] == place.raw


def test_a_warehouse_whose_articles_were_all_withdrawn_goes_on_without_them(tmp_path: Path) -> None:
    store = factory.filled_store(tmp_path)
    settings = Settings(raw=tmp_path, warehouse=tmp_path)
    with store.open() as connection:
        connection.execute("DELETE FROM stored.raws")
    require_articles(store, settings)


def test_a_warehouse_made_again_goes_on_where_releases_hold_what_has_to_be_withdrawn(place: Settings) -> None:
    (place.warehouse / "releases" / "2026.11.1").mkdir(parents=True)
    lists.write_withdrawn_list(place.warehouse, {})
    update_from_raw_folder(Store(place.warehouse), replace(place, accept_removals=True), lambda _: None)
    require_articles(Store(place.warehouse), place)
    (place.warehouse / "releases" / "2026.11.1").rmdir()
    with pytest.raises(SettingError):
        require_articles(Store(place.warehouse), place)
