"""Ray: two nodes on this machine make the same rows as this process, also when one dies in the middle.

The release is a function of the rows (tests/test_release.py); `python -m benchmarks ray` compares whole releases.
Needs the extra: `uv run --extra ray pytest -m slow tests/test_ray.py`.
"""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from assets.derive import derive, derive_corpus, take_in
from assets.settings import SAMPLE, Settings
from assets.stages import STAGES
from warehouse.store import Store

# Not imported here: Ray reads its environment when it is.
pytestmark = [
    pytest.mark.apart,
    pytest.mark.skipif(find_spec("ray") is None, reason="the extra `ray` is not installed"),
]


@pytest.fixture(scope="module")
def two_nodes() -> Iterator[Any]:
    from benchmarks.onray import nodes

    with nodes(2) as local:
        yield local


def rows(warehouse: Path, **settings: Any) -> dict[str, list[tuple[Any, ...]]]:
    """Every row that the stages write for the sample, by table."""
    place = Settings(raw=SAMPLE, warehouse=warehouse, **settings)
    store = Store(warehouse)
    take_in(store, place, lambda _: None)
    for stage in STAGES:
        if stage.corpus_wide:
            derive_corpus(store, stage, place, lambda _: None)
        else:
            assert derive(store, stage, STAGES, place, lambda _: None).failed == 0
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

    monkeypatch.setattr("assets.derive.CHUNK", 2)
    expected = rows(tmp_path / "inline", engine="inline")
    assert rows(tmp_path / "ray", engine="ray", ray_address=two_nodes.address) == expected
    with killed_after(1, two_nodes) as killed:
        assert rows(tmp_path / "killed", engine="ray", ray_address=two_nodes.address) == expected
    assert killed == ["parses"]
