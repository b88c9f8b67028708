"""Upload a release to an object store: complete, verified, `latest` last. The store is a real S3 server on loopback,
and a folder.
"""

from __future__ import annotations

import random
import shutil
import threading
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from obstore.store import MemoryStore

from assets.cli import app
from tests.integration import test_release_parts as in_parts
from tests.integration.test_release import SECRET, judge, judged_store, planted, release
from tests.support import factory
from warehouse import object_store
from warehouse.release import upload, versions
from warehouse.release.publish import Release
from warehouse.release.rights import Terms
from warehouse.release.upload import PublishError, publish
from warehouse.store import Store
from warehouse.withdrawal import lists
from warehouse.withdrawal.lists import Withdrawal

BUCKET = "news"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return release(judged_store(tmp_path_factory.mktemp("made"), planted("CC0-1.0")), Terms("all"))


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Yield an S3 server's address."""
    from moto.server import ThreadedMotoServer

    running = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture(params=["s3", "file", "memory"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return an empty place to publish to."""
    if request.param == "file":
        return (tmp_path / "mirror").as_uri()
    if request.param == "memory":
        store = MemoryStore()
        monkeypatch.setattr(object_store, "opened", lambda _: store)
        return "memory:///"
    return bucket(request.getfixturevalue("server"), tmp_path, monkeypatch)


def bucket(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return an address in an empty bucket of the server."""
    for name, value in {
        "AWS_ENDPOINT_URL": server,
        "AWS_ALLOW_HTTP": "true",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    name = f"{BUCKET}-{abs(hash(tmp_path)) % 10**9}"
    urllib.request.urlopen(urllib.request.Request(f"{server}/{name}", method="PUT")).close()
    return f"s3://{name}/archive"


def held(place: str) -> dict[str, bytes]:
    """Return every object there."""
    store = object_store.opened(place)
    return {name: object_store.get(store, name) or b"" for name in object_store.listed(store, "")}


def files(folder: Path) -> dict[str, bytes]:
    return {f"{folder.name}/{p.name}": p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def successor(made: Release, folder: Path) -> Release:
    """Return the release after the withdrawal of the secret, in a copy of `made`'s warehouse."""
    shutil.copytree(made.folder.parent, folder / "releases", symlinks=True)
    (article,) = [d for d in planted("CC0-1.0")["documents"] if str(d["source"]).startswith("secret")]
    name = str(article["document_id"])
    lists.write_withdrawn_list(folder, {name: Withdrawal(name, str(article["source"]), "2026-11-22", "asked")})
    store = factory.filled_store(folder)
    judge(store)
    return release(store, Terms("all"))


def test_every_byte_arrives_and_latest_names_it(made: Release, place: str) -> None:
    done = publish(made.folder, place)
    there = held(place)
    assert there.pop("latest") == f"{made.version}\n".encode()
    assert there.keys() == {f"{made.version}/{name}" for name in (*versions.contents(made.folder), versions.SUMS)}
    assert all(there[f"{made.version}/{n}"] == (made.folder / n).read_bytes() for n in versions.contents(made.folder))
    assert (done.kept, done.sent, done.latest) == (0, len(versions.contents(made.folder)), made.version)


def test_a_second_time_sends_nothing(made: Release, place: str) -> None:
    publish(made.folder, place)
    done = publish(made.folder, place)
    assert (done.sent, done.bytes) == (0, 0)


def test_latest_comes_last(made: Release, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    put = object_store.put

    def noted(store: Any, name: str, content: Any, *mode: Any) -> None:
        order.append(name)
        put(store, name, content, *mode)

    monkeypatch.setattr(object_store, "put", noted)
    publish(made.folder, place)
    assert order[-2:] == [f"{made.version}/{versions.SUMS}", "latest"]


def test_an_interrupted_upload_goes_on(made: Release, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    put, calls = object_store.put, 0
    monkeypatch.setattr(upload, "WORKERS", 1)

    def dying(store: Any, name: str, content: Any, *mode: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == 5:
            put(store, name, b"half")
        if calls >= 5:
            raise KeyboardInterrupt
        put(store, name, content, *mode)

    monkeypatch.setattr(object_store, "put", dying)
    with pytest.raises(KeyboardInterrupt):
        publish(made.folder, place)
    assert not any(name.endswith((versions.SUMS, "latest")) for name in held(place))
    monkeypatch.setattr(object_store, "put", put)
    done = publish(made.folder, place)
    assert done.kept == 4
    assert held(place)[f"{made.version}/quotes.parquet"] == (made.folder / "quotes.parquet").read_bytes()


def test_files_are_sent_at_once(made: Release, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two files are being sent at the same time: each waits for the other."""
    put, both = object_store.put, threading.Barrier(2, timeout=60)

    def waiting(store: Any, name: str, *rest: Any) -> None:
        if name.endswith(("/README.md", "/index.html")):
            both.wait()
        put(store, name, *rest)

    monkeypatch.setattr(object_store, "put", waiting)
    monkeypatch.setattr(upload, "WORKERS", 64)
    reported: list[tuple[str, int]] = []
    publish(made.folder, place, lambda *of: reported.append(of))
    assert sorted(reported) == [(n, (made.folder / n).stat().st_size) for n in versions.contents(made.folder)]


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return a file that is sent in three pieces, and its digest."""
    path = tmp_path_factory.mktemp("large") / "large.parquet"
    path.write_bytes(random.Random(1).randbytes(11_000_000))
    return path, versions.sha256(path)


def test_a_large_file_is_sent_in_pieces_and_copied_whole(large: tuple[Path, str], place: str) -> None:
    store, (path, digest) = object_store.opened(place), large
    upload._send_file(store, "1/large.parquet", path, digest)
    assert upload._copy(store, "1/large.parquet", "2/large.parquet", digest)
    assert [object_store.digest(store, f"{number}/large.parquet") for number in (1, 2)] == [digest, digest]
    assert not upload._copy(store, "1/large.parquet", "3/large.parquet", "0" * 64)


@pytest.mark.parametrize(("length", "piece"), [(0, 5 << 20), (50_000 << 20, 5 << 20), (100_001 << 20, 10_485_865)])
def test_an_object_has_at_most_the_pieces_that_a_store_accepts(length: int, piece: int) -> None:
    assert object_store.piece(length) == piece
    assert -(-length // piece) <= 10_000


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Return another release of the version of `made`."""
    return release(judged_store(tmp_path_factory.mktemp("other")), Terms("all"))


def test_a_damaged_file_of_the_latest_version_is_sent_again(made: Release, tmp_path: Path) -> None:
    place = (tmp_path / "mirror").as_uri()
    publish(made.folder, place)
    (tmp_path / "mirror" / made.version / "README.md").write_bytes(b"damaged")
    publish(made.folder, place)
    assert not [path for path in (tmp_path / "mirror").rglob("*") if "#" in path.name]
    assert held(place)[f"{made.version}/README.md"] == (made.folder / "README.md").read_bytes()


def test_a_version_is_never_overwritten(made: Release, other: Release, place: str) -> None:
    publish(made.folder, place)
    assert other.version == made.version
    with pytest.raises(PublishError, match="exists there with different content"):
        publish(other.folder, place)
    assert held(place)[f"{made.version}/quotes.parquet"] == (made.folder / "quotes.parquet").read_bytes()


def test_what_arrives_wrong_is_not_published(made: Release, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    put = object_store.put
    monkeypatch.setattr(
        object_store, "put", lambda s, name, c, *m: put(s, name, b"other" if name.endswith("quotes.parquet") else c, *m)
    )
    with pytest.raises(PublishError, match=r"quotes\.parquet: the uploaded content differs from the file"):
        publish(made.folder, place)
    assert "latest" not in held(place)


def test_a_changed_release_is_not_published(made: Release, place: str, tmp_path: Path) -> None:
    copy = tmp_path / made.version
    shutil.copytree(made.folder, copy)
    (copy / "quotes.parquet").chmod(0o644)
    (copy / "quotes.parquet").write_bytes(b"PAR1")
    with pytest.raises(PublishError, match=r"quotes\.parquet: changed"):
        publish(copy, place)


@pytest.fixture(scope="module")
def after(made: Release, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Return the release after a withdrawal from `made`."""
    return successor(made, tmp_path_factory.mktemp("after") / "copy")


def test_a_withdrawn_release_becomes_a_tombstone_there(made: Release, after: Release, place: str) -> None:
    publish(made.folder, place)
    assert any(SECRET.encode() in content for content in held(place).values())
    done = publish(after.folder, place)
    there = held(place)
    assert done.replaced_versions == (made.version,)
    assert not any(SECRET.encode() in content for content in there.values())
    assert f"{made.version}/{versions.TOMBSTONE}" in there
    assert there["latest"] == f"{after.version}\n".encode()
    assert publish(after.folder, place).replaced_versions == ()


@pytest.fixture(scope="module")
def newer(other: Release) -> Release:
    """Return the release after `other`."""
    return release(Store(other.folder.parents[1]), Terms("none"))


def test_latest_does_not_go_back(other: Release, newer: Release, place: str) -> None:
    publish(newer.folder, place)
    assert publish(other.folder, place).latest == newer.version


# --- parts that releases share


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> tuple[Release, Release]:
    """Return two releases in parts, of which the second has a changed title."""
    store = judged_store(tmp_path_factory.mktemp("two"))
    old = in_parts.release(store, 1)
    in_parts.retitled(store)
    return old, in_parts.release(store, 1, in_parts.NEXT_DAY)


def test_files_of_the_version_before_are_copied_there(
    two: tuple[Release, Release], place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = two
    publish(old.folder, place)
    sent: list[str] = []
    put = object_store.put
    monkeypatch.setattr(object_store, "put", lambda s, name, *rest: (sent.append(name), put(s, name, *rest)))
    done = publish(new.folder, place)
    same = {f"{new.version}/{name}" for name in in_parts.shared(new, old)}
    assert len(same) > 10
    assert not same & {*sent}
    assert (done.sent + done.copied, done.kept) == (len(versions.contents(new.folder)), 0)
    assert done.copied >= len(same)
    there = held(place)
    for made in two:
        names = (*versions.contents(made.folder), versions.SUMS)
        assert all(there[f"{made.version}/{name}"] == (made.folder / name).read_bytes() for name in names)


def test_a_copy_has_its_content_type(
    two: tuple[Release, Release], server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import obstore

    place = bucket(server, tmp_path, monkeypatch)
    for made in two:
        publish(made.folder, place)
    name = f"{two[1].version}/{min(in_parts.shared(*reversed(two)))}"
    assert obstore.get(object_store.opened(place), name).attributes["Content-Type"] == "application/vnd.apache.parquet"


@pytest.mark.parametrize("spoiled", ["changed", "gone", "a wrong checksum"])
def test_what_is_damaged_there_is_sent(two: tuple[Release, Release], place: str, spoiled: str) -> None:
    import obstore

    old, new = two
    publish(old.folder, place)
    store, name = object_store.opened(place), min(in_parts.shared(new, old))
    if spoiled == "changed":
        obstore.put(store, f"{old.version}/{name}", b"other")
    elif spoiled == "gone":
        obstore.delete(store, [f"{old.version}/{name}"])
    else:
        obstore.put(store, f"{old.version}/{versions.SUMS}", b"\xff not checksums\n")
    done = publish(new.folder, place)
    assert held(place)[f"{new.version}/{name}"] == (new.folder / name).read_bytes()
    assert bool(done.copied) is (spoiled != "a wrong checksum")


# --- other programs that publish at the same time, and servers that fail


@pytest.fixture(params=["s3", "memory"])
def shared_place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return an empty place that has conditional writes; a folder has none."""
    if request.param == "s3":
        return bucket(request.getfixturevalue("server"), tmp_path, monkeypatch)
    store = MemoryStore()
    monkeypatch.setattr(object_store, "opened", lambda _: store)
    return "memory:///"


@pytest.mark.parametrize("before", [True, False], ids=["another version before", "the first"])
def test_latest_of_another_program_is_not_overwritten(
    two: tuple[Release, Release], shared_place: str, monkeypatch: pytest.MonkeyPatch, before: bool
) -> None:
    """A newer version is completed between reading and writing `latest`."""
    old, new = two
    store, look = object_store.opened(shared_place), object_store.get_with_tag
    if before:
        publish(old.folder, shared_place)

    def overtaken(store: Any, name: str) -> Any:
        found = look(store, name)
        monkeypatch.setattr(object_store, "get_with_tag", look)
        publish(new.folder, shared_place)
        return found

    monkeypatch.setattr(object_store, "get_with_tag", overtaken)
    assert upload._update_latest(store, f"{old.version}.1" if before else old.version) == new.version
    assert held(shared_place)["latest"] == f"{new.version}\n".encode()


def test_a_version_that_another_program_completes_meanwhile_is_not_overwritten(
    made: Release, shared_place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = upload._send

    def overtaken(store: Any, folder: Path, version: str, *rest: Any) -> Any:
        counts = send(store, folder, version, *rest)
        object_store.put(store, f"{version}/{versions.SUMS}", b"other")
        return counts

    monkeypatch.setattr(upload, "_send", overtaken)
    with pytest.raises(PublishError, match="another program has published other content"):
        publish(made.folder, shared_place)
    assert held(shared_place)[f"{made.version}/{versions.SUMS}"] == b"other"
    assert "latest" not in held(shared_place)


def test_a_server_without_conditional_writes_is_written(
    two: tuple[Release, Release], server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = bucket(server, tmp_path, monkeypatch)
    monkeypatch.setenv("AWS_CONDITIONAL_PUT", "disabled")
    for made in two:
        assert publish(made.folder, place).latest == made.version
    assert held(place)["latest"] == f"{two[1].version}\n".encode()


@contextmanager
def failing_server(every: int) -> Iterator[tuple[str, list[str]]]:
    """Yield the address of an S3 server that answers every n-th request with an error, and the requests that failed."""
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Quiet(WSGIRequestHandler):
        def log(self, *_: Any) -> None: ...

    good, count, failed = DomainDispatcherApplication(create_backend_app), 0, []

    def answer(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        nonlocal count
        count += 1
        if count % every == 0:
            failed.append(environ["REQUEST_METHOD"])
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            start("503 Slow Down", [("Content-Length", "0")])
            return [b""]
        return good(environ, start)

    running = make_server("127.0.0.1", 0, answer, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{running.server_port}", failed
    running.shutdown()
    thread.join()


@pytest.mark.slow
def test_requests_that_a_server_fails_are_repeated(
    two: tuple[Release, Release], large: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with failing_server(every=7) as (server, failed):
        place = bucket(server, tmp_path, monkeypatch)
        upload._send_file(object_store.opened(place), "large.parquet", *large)
        for made in two:
            assert publish(made.folder, place).latest == made.version
        there = held(place)
    assert {"GET", "PUT"} <= {*failed}
    assert there["large.parquet"] == large[0].read_bytes()
    for made in two:
        names = (*versions.contents(made.folder), versions.SUMS)
        assert all(there[f"{made.version}/{name}"] == (made.folder / name).read_bytes() for name in names)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("ftp://host/place", "not one of s3"),
        ("nowhere", "not one of s3"),
        ("https://account.blob.core.windows.net/x?sig=s3cret", "set them in the environment"),
        ("s3://user:s3cret@bucket/x", "set them in the environment"),
    ],
)
def test_a_wrong_address_is_refused_in_one_line(made: Release, url: str, said: str) -> None:
    result = CliRunner().invoke(app, ["publish", url, str(made.folder)])
    assert (result.exit_code, said in result.output, "s3cret" in result.output) == (1, True, False), result.output


def test_a_store_that_refuses_is_said_in_one_line(made: Release, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"AWS_ENDPOINT_URL": server, "AWS_ALLOW_HTTP": "true", "AWS_REGION": "us-east-1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3cret")
    result = CliRunner().invoke(app, ["publish", "s3://no-such-bucket/x", str(made.folder)])
    assert result.exit_code == 1
    assert result.output.count("\n") <= 2, result.output
    assert "s3cret" not in result.output
