"""Whole builds of warehouses of several database files: the release is that of one file, byte for byte."""

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from assets.build.articles import derive_articles
from assets.build.engine.shards import Apart, OnRay
from assets.build.incremental import derive_corpus, update_from_raw_folder
from assets.release import make_release
from assets.settings import SAMPLE, Settings
from benchmarks.articles import articles, write
from pipeline.stages import CORPUS_STAGES, DOCUMENT_STAGES, STAGES
from tests.integration.test_release import judged_store
from tests.support import chaos
from tests.support.factory import filled_store
from warehouse import shards
from warehouse.release import versions
from warehouse.release.publish import publish
from warehouse.release.rights import Terms
from warehouse.reshard import reshard
from warehouse.shard_tasks import Task
from warehouse.store import Store

pytestmark = pytest.mark.slow


def built(settings: Settings, count: int, name: str) -> Settings:
    """Build a warehouse with `count` shards."""
    found = replace(settings, warehouse=settings.warehouse / name)
    reshard(Store(found.warehouse), count)
    chaos.run_all_steps(found)
    return found


def released(settings: Settings) -> Mapping[str, str]:
    """Return file of the newest release -> SHA-256, of those whose bytes depend on the rows alone: DuckDB numbers its
    blocks in order of writing, and the others have the checksum of its file."""
    folder = settings.warehouse / "releases" / "latest"
    names = [
        name for name in versions.contents(folder) if name not in ("onrecord.duckdb", "index.html", "release.json")
    ]
    return {name: versions.sha256(folder / name) for name in names}


def parquet(settings: Settings) -> Mapping[str, str]:
    """Return Parquet file of the newest release -> SHA-256."""
    return {name: sha for name, sha in released(settings).items() if name.endswith(".parquet")}


def test_a_release_is_the_same_for_any_number_of_shards_engine_and_history(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assets.build.engine.shards.MIN_CORPUS_DOCUMENTS", 1)
    monkeypatch.setattr("warehouse.release.publish.FEW_ARTICLES", 1)
    monkeypatch.setattr("warehouse.release.tables.FEW_ROWS", 1)
    monkeypatch.setattr("assets.build.engine.shards.MAX_INLINE_DOCUMENTS", 1)
    run, kinds = Apart.run, set()
    monkeypatch.setattr(
        Apart, "run", lambda self, tasks, *more: kinds.update(map(type, tasks)) or run(self, tasks, *more)
    )
    raw = tmp_path / "raw"
    shutil.copytree(SAMPLE, raw)
    for number, text in enumerate(islice(articles(1), 30)):
        (raw / f"{number}.txt").write_text(text, encoding="utf-8")
    settings = Settings(
        raw=raw, warehouse=tmp_path, publish_text="all", as_of=date(2026, 11, 22), accept_removals=True, engine="inline"
    )
    grown = replace(settings, warehouse=tmp_path / "grown", limit=10)
    reshard(Store(grown.warehouse), 16)
    chaos.run_all_steps(grown)
    grown = replace(grown, limit=None)
    chaos.run_all_steps(grown)
    one = built(settings, 1, "one")
    expected = released(one)
    assert expected
    processes = built(replace(settings, engine="process", workers=2), 16, "processes")
    assert released(processes) == expected
    assert {kind.__name__ for kind in kinds} == {"ShardUpdate", "ShardTask", "MatchTask", "CorpusTask", "ReleaseTask"}
    assert {name: sha for name, sha in parquet(grown).items() if name != "changes.parquet"} == {
        name: sha for name, sha in parquet(one).items() if name != "changes.parquet"
    }
    # The same in parts.
    copied = replace(one, warehouse=tmp_path / "copied", engine="process", workers=2)
    shutil.copytree(one.warehouse, copied.warehouse, symlinks=True)
    in_parts = []
    for found in (copied, processes):
        assert make_release(replace(found, release_part_rows=100)).new
        in_parts.append(parquet(found))
    assert len(in_parts[0]) > 100 and in_parts == [in_parts[0]] * 2
    assert chaos.differences(grown, one) == []
    # Verdicts and releases stay valid: no new release.
    assert reshard(Store(one.warehouse), 16)
    chaos.run_all_steps(one)
    assert [path.name for path in (one.warehouse / "releases").iterdir()].count("latest") == 1
    assert len(versions.versions(one.warehouse / "releases")) == 1


# With 600 articles, queries over all 16 files at once need more than the memory limit.
@pytest.mark.parametrize(("shards_", "number", "length"), [(256, 24, 1), (16, 600, 0.1)])
def test_shards_have_the_rows_of_one_file(tmp_path: Path, shards_: int, number: int, length: float) -> None:
    raw = tmp_path / "raw"
    write(raw, articles(length=length), number)
    found = {}
    for count in (1, shards_):
        settings = Settings(raw=raw, warehouse=tmp_path / str(count), engine="inline", accept_removals=True)
        store = Store(settings.warehouse)
        reshard(store, count)
        update_from_raw_folder(store, settings, lambda _: None)
        derive_articles(store, DOCUMENT_STAGES, STAGES, settings, lambda _: None)
        for stage in CORPUS_STAGES:
            derive_corpus(store, stage, settings, lambda _: None)
        assert shards.layout(store.folder).count == count
        found[count] = chaos.content(settings)
    assert found[1]["documents"].height == number and not found[1]["statements"].is_empty()
    assert [name for name, rows in found[1].items() if not rows.equals(found[shards_][name])] == []


# Reshards a warehouse, and is killed at the step of that number. Copies between the first and the last are no steps.
_KILLED = """
import os, shutil, sys
from pathlib import Path
from warehouse.reshard import reshard
from warehouse.shard_tasks import Task
from warehouse.store import Store

folder, count, last = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
steps = 0

def counted(name, step):
    def run(*arguments, **given):
        global steps
        if name != "copyfile" or Path(arguments[1]).parent.name in ("0", "f"):
            steps += 1
            if steps == last:
                os.kill(os.getpid(), 9)
        return step(*arguments, **given)
    return run

for place, name in ((Path, "rename"), (Path, "replace"), (Path, "rmdir"), (shutil, "rmtree"), (shutil, "copyfile")):
    setattr(place, name, counted(name, getattr(place, name)))
reshard(Store(folder), count)
"""


def test_a_reshard_that_is_killed_at_any_step_leaves_the_old_files_or_the_new_ones(tmp_path: Path) -> None:
    filled = {1: filled_store(tmp_path / "1"), 16: filled_store(tmp_path / "16")}
    reshard(filled[16], 16)
    before = chaos.content(Settings(warehouse=filled[1].folder))
    ends = set()
    for count, other in ((1, 16), (16, 1)):
        for last in range(1, 100):
            folder = tmp_path / "copy"
            shutil.copytree(filled[count].folder, folder)
            ended = subprocess.run(
                [sys.executable, "-c", _KILLED, str(folder), str(other), str(last)], cwd=chaos.ROOT, check=False
            ).returncode
            now = chaos.content(Settings(warehouse=folder))
            assert all(rows.equals(now[name]) for name, rows in before.items()), (count, last)
            found = shards.layout(folder).count
            assert not list(folder.glob("reshard.*"))
            shutil.rmtree(folder)
            ends.add((count, found))
            if ended == 0:
                assert found == other
                break
            assert ended == -signal.SIGKILL
        else:
            pytest.fail("never done")
    assert ends == {(1, 1), (1, 16), (16, 16), (16, 1)}


# Releases a warehouse with two workers, and is killed when so many tasks are done.
_KILLED_RELEASE = """
import os, sys
from datetime import date
from pathlib import Path
from assets.build.engine.shards import Apart
from warehouse.release import publish as publishing, tables
from warehouse.release.publish import publish
from warehouse.release.rights import Terms
from warehouse.store import Store

# As many tasks as a large release has.
publishing.FEW_ARTICLES = tables.FEW_ROWS = 1
left, place = int(sys.argv[2]), Apart(2)

def dying(tasks):
    global left
    for done in place.run(tasks):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), 9)
        yield done

publish(Store(Path(sys.argv[1])), Terms("all"), (), date(2026, 11, 23), "0.1.0", part_rows=1, run=dying)
"""


def test_a_release_that_is_killed_while_workers_write_it_leaves_the_former_one(tmp_path: Path) -> None:
    store, alone = judged_store(tmp_path / "killed"), judged_store(tmp_path / "alone")
    reshard(store, 16)
    former = publish(store, Terms("all"), (), date(2026, 11, 22), "0.1.0", part_rows=2)
    for last in (1, 3, 10):
        command = [sys.executable, "-c", _KILLED_RELEASE, str(store.folder), str(last)]
        assert subprocess.run(command, cwd=chaos.ROOT, check=False).returncode == -signal.SIGKILL
        assert versions.versions(store.releases) == [former.version]
        assert (store.releases / "latest").readlink() == Path(former.version)
        assert versions.verify(former.folder) == []
    # Workers of the killed programs may still be at work.
    new, expected = (
        publish(one, Terms("all"), (), date(2026, 11, 23), "0.1.0", part_rows=1).folder for one in (store, alone)
    )
    assert versions.verify(new) == []
    assert sorted(path.name for path in store.releases.iterdir()) == sorted((former.version, new.name, "latest"))
    # The other has no former release.
    tables = [name for name in versions.contents(expected) if ".parquet" in name and name != "changes.parquet"]
    assert tables and [name for name in tables if versions.sha256(new / name) != versions.sha256(expected / name)] == []


@pytest.mark.skipif(find_spec("ray") is None, reason="the extra `ray` is not installed")
@pytest.mark.parametrize("stored", [False, True], ids=["a shared folder", "an object store"])
def test_ray_makes_the_same_rows_when_one_of_two_nodes_dies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stored: bool
) -> None:
    from benchmarks.onray import nodes

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    monkeypatch.setattr("assets.build.engine.shards.MIN_CORPUS_DOCUMENTS", 1)
    monkeypatch.setattr("warehouse.release.publish.FEW_ARTICLES", 1)
    monkeypatch.setattr("warehouse.release.tables.FEW_ROWS", 1)
    settings = Settings(raw=SAMPLE, warehouse=tmp_path, publish_text="all", as_of=date(2026, 11, 22), engine="inline")
    expected = parquet(built(settings, 1, "one"))
    run, killed, kinds = OnRay.run, [], set()

    with nodes(2) as local:

        def dying(self: OnRay, tasks: Sequence[Task], *more: Any) -> Iterator[Any]:
            kinds.update(map(type, tasks))
            for done in run(self, tasks, *more):
                yield done
                if not killed:
                    killed.append(local.worker_nodes.copy().pop())
                    local.remove_node(killed[0], allow_graceful=False)

        monkeypatch.setattr(OnRay, "run", dying)
        address = (tmp_path / "objects").as_uri() if stored else ""
        on_ray = replace(settings, engine="ray", ray_address=local.address, shard_storage=address)
        assert parquet(built(on_ray, 16, "ray")) == expected
    assert killed
    # With an object store, nodes do not have the warehouse folder.
    assert ({kind.__name__ for kind in kinds} == {"StoredShardUpdate"}) == stored
