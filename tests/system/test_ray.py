"""Ray: two nodes on this machine make the same rows as this process, also if one dies during the build.

The release is a function of the rows (tests/integration/test_release.py), and the benchmark compares whole releases.
Needs the extra: `uv run --extra ray pytest -m slow tests/system/test_ray.py`.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from assets.build.incremental import derive_corpus, update_article_stages, update_from_raw_folder
from assets.settings import ROOT, SAMPLE, Settings
from pipeline.stages import CORPUS_STAGES, DOCUMENT_STAGES, STAGES
from warehouse.store import Store

# Ray is not imported here: it reads its environment at import.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("ray") is None, reason="the extra `ray` is not installed"),
]


@pytest.fixture(scope="module")
def two_nodes() -> Iterator[Any]:
    from benchmarks.onray import nodes

    with nodes(2) as local:
        yield local


def rows(warehouse: Path, **settings: Any) -> dict[str, list[tuple[Any, ...]]]:
    """Run all stages on the sample; return every row by table."""
    place = Settings(raw=SAMPLE, warehouse=warehouse, **settings)
    store = Store(warehouse)
    update_from_raw_folder(store, place, lambda _: None)
    assert {
        outcome.failed for outcome in update_article_stages(store, DOCUMENT_STAGES, STAGES, place, lambda _: None)
    } == {0}
    for stage in CORPUS_STAGES:
        derive_corpus(store, stage, place, lambda _: None)
    with store.open() as connection:
        return {
            name: connection.sql(f"FROM stored.{name} ORDER BY ALL").fetchall()
            for stage in STAGES
            for name in stage.writes
        }


def test_two_nodes_make_the_same_rows_also_when_one_dies(
    two_nodes: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from benchmarks.onray import killed_after

    monkeypatch.setattr("assets.build.incremental.CHUNK", 2)
    expected = rows(tmp_path / "inline", engine="inline")
    assert rows(tmp_path / "ray", engine="ray", ray_address=two_nodes.address) == expected
    with killed_after(1, two_nodes) as killed:
        assert rows(tmp_path / "killed", engine="ray", ray_address=two_nodes.address) == expected
    assert killed == [1]


def test_the_benchmark_finds_no_difference(tmp_path: Path) -> None:
    """Compare whole releases: one node, two nodes, two of which one is killed."""
    file = tmp_path / "figures.json"
    command = [sys.executable, "-m", "benchmarks", "ray", "--articles", "24", "--length", "0.3", "--json", str(file)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    figures = json.loads(file.read_text(encoding="utf-8"))["figures"]["ray"]
    assert [row["value"] for row in figures if row["unit"] == "files"] == [0, 0, 0]
    assert all(row["met"] is not False for row in figures)
