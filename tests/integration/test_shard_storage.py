"""Shards in an object store: workers that have no other folder than their cache give the rows of one file."""

import hashlib
import os
import pickle
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from obstore.store import MemoryStore

from assets.build.articles import forget_quarantined
from assets.build.engine.shards import Apart, Here, OnError, stop, workplace
from assets.build.shard import Done, StoredShardUpdate
from assets.cli import app
from assets.runs import retention
from assets.settings import Settings
from pipeline.contract.ids import document_id
from tests.integration.test_shards import NAMES, STAGES, build, built, change, place, rows, same, spread, state
from tests.integration.test_upload import bucket, server
from tests.support.factory import copy
from warehouse import object_store, quarantine, shard_cache, shard_storage, shards
from warehouse.backup import backup, restore
from warehouse.change_counts import Tally
from warehouse.reshard import reshard
from warehouse.sql import StoreError
from warehouse.store import Store

__all__ = ["place", "server"]  # fixtures
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the cache folder of this test's workers."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(params=[*(pytest.param(kind, marks=pytest.mark.slow) for kind in ("memory", "file")), "s3"])
def address(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the address of an empty object store."""
    if request.param == "s3":
        return bucket(request.getfixturevalue("server"), tmp_path, monkeypatch)
    if request.param == "memory":
        in_memory(monkeypatch)
        return "s3://memory"
    return (tmp_path / "objects").as_uri()


def in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    stores: dict[str, MemoryStore] = {}
    monkeypatch.setattr(object_store, "opened", lambda url: stores.setdefault(url, MemoryStore()))


def objects(address: str) -> dict[str, bytes]:
    """Return all objects, without the lock of a folder."""
    there = object_store.opened(address)
    found = object_store.listed(there, "")
    return {
        name: object_store.get(there, name) or b""
        for name in found
        if not name.startswith("manifest.") or ".json" in name
    }


def as_named(settings: Settings, address: str) -> bool:
    """Whether the object store has the files of the warehouse folder, and nothing else."""
    found = shards.layout(settings.warehouse)
    there = objects(address)
    assert found.stored is not None
    remote = shards.parsed(there.pop("manifest.json"))
    files = {prefix: shards.file(settings.warehouse, prefix).read_bytes() for prefix in found.prefixes}
    named = {shard_storage.object_name(p, hashlib.sha256(content).hexdigest()): content for p, content in files.items()}
    return there == named and remote.stored == replace(found.stored, tag=None) and remote.count == found.count


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[Settings], None]:
    """Return a function that has workers run where the warehouse folder does not exist, by turns on two machines with
    different caches."""

    def away(settings: Settings) -> None:
        hidden = settings.warehouse.with_name("hidden")

        def run(_: Here, tasks: Sequence[StoredShardUpdate], failed: OnError = stop) -> Iterator[Done]:
            for number, task in enumerate(tasks):
                sent = pickle.dumps(task)
                monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / f"machine-{number % 2}"))
                settings.warehouse.rename(hidden)
                try:
                    done = pickle.loads(sent).run(lambda _: None)
                finally:
                    assert not settings.warehouse.exists()
                    hidden.rename(settings.warehouse)
                yield done

        monkeypatch.setattr(Here, "run", run)
        read = "assets.build.intake.workplace"
        monkeypatch.setattr(read, lambda *_: type("Plain", (), {"run": staticmethod(here), "close": lambda _: None})())

    here = partial(Here.run, Here())
    return away


def stored(settings: Settings, address: str) -> Settings:
    return replace(settings, shard_storage=address)


def test_workers_without_the_warehouse_folder_give_the_rows_of_one_file(
    place: Settings, address: str, elsewhere: Callable[[Settings], None]
) -> None:
    one, many = place, stored(spread(place), address)
    elsewhere(many)
    assert build(many) == build(one) == {"documents": (10, 0, 0, 10), "sentences": (10, 0, 0, 10)}
    assert same(rows(Store(one.warehouse)), rows(Store(many.warehouse))) == []
    assert as_named(many, address)
    assert build(many) == {"documents": (0, 0, 0, 10), "sentences": (0, 0, 0, 10)}
    change(place)
    assert build(many) == build(one) == {"documents": (3, 1, 1, 9), "sentences": (3, 2, 0, 9)}
    assert same(rows(Store(one.warehouse)), rows(Store(many.warehouse))) == []
    assert state(Store(one.warehouse)) == state(Store(many.warehouse))
    assert as_named(many, address)
    assert not Store(many.warehouse).unverified()


@pytest.mark.slow
def test_worker_processes_exchange_shards_and_one_that_dies_costs_one_article(
    place: Settings, server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assets.build.engine.shards.MAX_INLINE_DOCUMENTS", 1)
    (place.raw / "deadly.txt").write_text("Die", encoding="utf-8")
    address = bucket(server, tmp_path, monkeypatch)
    many = stored(replace(spread(place), workers=2), address)
    assert build(many) == {"documents": (10, 0, 1, 10), "sentences": (10, 0, 0, 10)}
    failed = Store(many.warehouse).read("SELECT document_id, reason FROM stored.failures")
    assert failed["document_id"].to_list() == [document_id("deadly.txt")]
    assert as_named(many, address)


# Where a build is killed: module, function, and how many calls come before.
STEPS = {
    "before the manifest": (shard_storage, "_written", 0),
    "before copies are recorded": (shard_storage, "_record", 3),
    "before the main file is sent": (shard_storage, "send_main", 0),
    "before a worker has its copy": (shard_cache.StoredShard, "_copy", 1),
    "before a shard is sent": (shard_cache.StoredShard, "send", 1),
    "before a shard is committed": (shard_storage, "commit", 1),
    "between the two manifests": (shard_storage, "_replace", 1),
    "before old objects are deleted": (shard_storage, "clean", 0),
}
# Those of the first build with an object store, and of a later one, which has no copies to record.
QUICK = ("before a shard is committed", "between the two manifests")
KILLS = [
    pytest.param(*step, first, id=f"{name}, {'first' if first else 'later'}", marks=[pytest.mark.slow] * slow)
    for name, step in STEPS.items()
    for first in (True, False)
    if first or step[1] != "_record"
    for slow in [name not in QUICK or first]
]


@pytest.mark.parametrize(("module", "function", "after", "first"), KILLS)
def test_a_killed_build_is_continued(
    place: Settings,
    monkeypatch: pytest.MonkeyPatch,
    module: Any,
    function: str,
    after: int,
    first: bool,
) -> None:
    in_memory(monkeypatch)
    one, many = place, stored(spread(place), "s3://memory")
    if not first:
        build(many)
        build(one)
        change(place)
    calls = 0
    whole = getattr(module, function)

    def killed(*given: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls > after:
            raise KeyboardInterrupt
        return whole(*given, **named)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(module, function, killed)
        build(many)
    build(many)
    build(one)
    assert same(rows(Store(one.warehouse)), rows(Store(many.warehouse))) == []
    assert state(Store(one.warehouse)) == state(Store(many.warehouse))
    assert as_named(many, "s3://memory")


def test_a_worker_continues_with_what_a_killed_one_has_written(
    place: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_memory(monkeypatch)
    many = stored(spread(place), "s3://memory")

    def killed(*_: Any) -> str:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(shard_cache.StoredShard, "send", killed)
        build(many)
    first = max((sum(document_id(n)[0] == p for n in NAMES), p) for p in "369c")[0]
    assert build(many)["documents"] == (10 - first, 0, 0, 10)


def killed_driver(raw: str, warehouse: str, address: str, calls: str) -> None:
    """Build, and end this process at a commit."""
    commit, left = shard_storage._written, int(calls)

    def written(*given: Any) -> Any:
        nonlocal left
        left -= 1
        done = commit(*given)
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    shard_storage._written = written
    build(Settings(raw=Path(raw), warehouse=Path(warehouse), accept_removals=True, shard_storage=address))


@pytest.mark.slow
@pytest.mark.parametrize("calls", [1, 2, 4])
def test_a_driver_killed_by_the_system_loses_and_doubles_nothing(
    place: Settings, server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, calls: int
) -> None:
    address = bucket(server, tmp_path, monkeypatch)
    many = stored(spread(place), address)
    code = f"import sys; from {__name__} import killed_driver; killed_driver(*sys.argv[1:])"
    given = [str(many.raw), str(many.warehouse), address, str(calls)]
    ended = subprocess.run([sys.executable, "-c", code, *given], cwd=ROOT, check=False)
    assert ended.returncode == -signal.SIGKILL
    build(many)
    build(place)
    assert same(rows(Store(place.warehouse)), rows(Store(many.warehouse))) == []
    assert as_named(many, address)


@pytest.mark.slow
def test_a_second_driver_stops_the_first(
    place: Settings, address: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    many = stored(built(place), address)
    shard_storage.synchronise(Store(many.warehouse), address)
    other = replace(many, warehouse=tmp_path / "second")
    copy(Store(many.warehouse), Store(other.warehouse))
    change(place)
    commit = shard_storage.commit

    def overtaken(*given: Any) -> Any:
        monkeypatch.setattr(shard_storage, "commit", commit)
        build(other)
        return commit(*given)

    monkeypatch.setattr(shard_storage, "commit", overtaken)
    with pytest.raises(StoreError, match="another process has changed the shards there"):
        build(many)
    assert as_named(other, address)
    # The next build takes over what the second driver has written, and has nothing to compute.
    assert build(many)["documents"] == (0, 0, 1, 9)
    assert same(rows(Store(other.warehouse)), rows(Store(many.warehouse))) == []


def test_what_was_changed_in_the_folder_is_sent_and_what_it_replaces_is_deleted(place: Settings, address: str) -> None:
    many = stored(built(place), address)
    store, name = Store(many.warehouse), document_id(NAMES[3])
    shard_storage.synchronise(store, address)
    before = objects(address)
    with store.open() as connection:
        violation = quarantine.Violation(name, "a_check", "documents", name, None, None, 1)
        stages = [(stage.name, stage.writes) for stage in STAGES]
        quarantine.quarantine_articles(connection, [violation], stages, "these checks", Tally())
    forget_quarantined(store, many)
    shard_storage.synchronise(store, address)
    assert as_named(many, address)
    lost = before.keys() - objects(address).keys()
    assert [key.split("/")[1] for key in lost] == [name[0]]


def test_a_folder_that_lost_its_copies_gets_them_again(place: Settings, address: str) -> None:
    many = stored(built(place), address)
    store = Store(many.warehouse)
    shard_storage.synchronise(store, address)
    before = rows(store)
    for part in store.parts:
        part.database.unlink()
    with pytest.raises(StoreError, match="A build with --shard-storage fetches it"):
        rows(store)
    shard_storage.fetch_missing(store, address)
    assert same(before, rows(store)) == []


def test_a_damaged_copy_does_not_replace_its_object(place: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    in_memory(monkeypatch)
    many = stored(built(place), "s3://memory")
    store = Store(many.warehouse)
    shard_storage.synchronise(store, "s3://memory")
    before = objects("s3://memory")
    store.shard("3").database.write_bytes(b"damaged")
    with pytest.raises(StoreError, match=r"3/onrecord\.duckdb: not a DuckDB database"):
        shard_storage.synchronise(store, "s3://memory")
    assert objects("s3://memory") == before


def damaged(address: str, prefix: str, content: bytes | None) -> None:
    """Change or delete the object of a shard."""
    import obstore

    there = object_store.opened(address)
    (name,) = object_store.listed(there, f"shards/{prefix}")
    if content is None:
        obstore.delete(there, [name])
    else:
        obstore.put(there, name, content)


@pytest.mark.parametrize(
    ("content", "said"), [(None, "does not have it"), (b"other", "has other bytes")], ids=["missing", "changed"]
)
def test_an_object_that_is_not_what_was_sent_is_named(
    place: Settings, monkeypatch: pytest.MonkeyPatch, content: bytes | None, said: str
) -> None:
    in_memory(monkeypatch)
    many = stored(built(place), "s3://memory")
    shard_storage.synchronise(Store(many.warehouse), "s3://memory")
    damaged("s3://memory", document_id(NAMES[3])[0], content)
    (place.raw / NAMES[3]).write_text("Another story.", encoding="utf-8")
    with pytest.raises(RuntimeError, match=said):
        build(many)


def test_the_place_of_another_warehouse_is_refused(place: Settings, address: str, tmp_path: Path) -> None:
    many = built(place)
    other = Store(tmp_path / "other")
    shutil.copytree(many.warehouse, other.folder)
    shard_storage.synchronise(Store(many.warehouse), address)
    before = objects(address)
    with pytest.raises(StoreError, match="another warehouse"):
        shard_storage.synchronise(other, address)
    assert objects(address) == before


def test_a_restored_warehouse_needs_an_empty_place(
    place: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    in_memory(monkeypatch)
    many = stored(built(place), "s3://memory")
    shard_storage.synchronise(Store(many.warehouse), "s3://memory")
    backup(Store(many.warehouse), tmp_path / "backup")
    restore(tmp_path / "backup", tmp_path / "restored")
    restored = replace(many, warehouse=tmp_path / "restored")
    with pytest.raises(StoreError, match="another warehouse"):
        build(restored)
    build(stored(restored, "s3://empty"))
    assert as_named(restored, "s3://empty")


def test_an_empty_place_gets_all_shards(place: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    in_memory(monkeypatch)
    many = stored(built(place), "s3://memory")
    for address in ("s3://memory", "s3://other"):
        shard_storage.synchronise(Store(many.warehouse), address)
        assert as_named(many, address)


@pytest.mark.parametrize("count", [1, pytest.param(256, marks=pytest.mark.slow)])
def test_reshard_replaces_the_objects(place: Settings, address: str, count: int) -> None:
    many = stored(built(place), address)
    store = Store(many.warehouse)
    shard_storage.synchronise(store, address)
    before = rows(store)
    with pytest.raises(StoreError, match="--shard-storage"):
        reshard(store, count)
    assert reshard(store, count, address)
    assert same(before, rows(store)) == []
    assert objects(address) == {} if count == 1 else as_named(many, address)


def test_a_machine_keeps_the_newest_main_file_only(
    place: Settings, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_memory(monkeypatch)
    many = stored(spread(place), "s3://memory")
    build(many)
    (place.raw / NAMES[3]).write_text("Another story.", encoding="utf-8")
    build(many)
    (kept,) = cache.rglob("*.duckdb")
    with Store(many.warehouse).file_locked_after_checkpoint():
        assert kept.name == f"main-{hashlib.sha256(Store(many.warehouse).database.read_bytes()).hexdigest()}.duckdb"


@pytest.mark.parametrize(("fewest", "engine"), [(1, Apart), (2000, Here)])
def test_tasks_on_the_warehouse_folder_do_not_go_to_ray(fewest: int, engine: type) -> None:
    settings = Settings(engine="ray", workers=2, shard_storage="s3://bucket")
    assert isinstance(workplace(settings, 2, 1000, fewest), engine)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("ftp://host/x", "not one of s3"),
        ("s3://user:s3cret@bucket/x", "in the environment instead"),
        ("https://account.blob.core.windows.net/x?sig=s3cret", "in the environment instead"),
    ],
)
@pytest.mark.parametrize("by", ["flag", "variable"])
def test_an_address_that_cannot_be_is_refused_without_its_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str, said: str, by: str
) -> None:
    command = ["reshard", "16", "--warehouse", str(tmp_path / "w")]
    if by == "flag":
        command += ["--shard-storage", given]
    else:
        monkeypatch.setenv("ONRECORD_SHARD_STORAGE", given)
    result = CliRunner().invoke(app, command)
    assert (result.exit_code, said in result.output, "s3cret" in result.output) == (1, True, False), result.output


def test_a_build_without_the_address_says_that_the_object_store_is_behind(
    place: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_memory(monkeypatch)
    many = stored(built(place), "s3://memory")
    shard_storage.synchronise(Store(many.warehouse), "s3://memory")
    with pytest.raises(StoreError, match="--shard-storage is missing"):
        retention.synchronise_shards(replace(many, shard_storage=""))
    with Store(many.warehouse).shard("3").writing() as connection:
        connection.execute("UPDATE stored.documents SET source = source || '.'")
    retention.synchronise_shards(many)
    assert as_named(many, "s3://memory")
