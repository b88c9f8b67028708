"""verify and publish: each manipulation of a release is named, whether or not its checksums were written again."""

from __future__ import annotations

import json
import os
import shutil
import socket
from collections.abc import Callable
from contextlib import chdir
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from assets.cli import app
from tests.integration.test_release import judged_store, planted, release
from tests.integration.test_upload import held, successor
from warehouse import object_store
from warehouse.release import verification, versions
from warehouse.release.publish import Release
from warehouse.release.rights import Terms
from warehouse.release.upload import PublishError, publish


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return release(judged_store(tmp_path_factory.mktemp("made"), planted("CC0-1.0")), Terms("all"))


def copied(made: Release, folder: Path) -> Path:
    """Return a copy that its owner can change."""
    copy = folder / "releases" / made.version
    shutil.copytree(made.folder, copy)
    for path in copy.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return copy


@pytest.fixture
def copy(made: Release, tmp_path: Path) -> Path:
    return copied(made, tmp_path)


def lines(folder: Path, change: Callable[[list[str]], list[str]]) -> None:
    """Change the lines of SHA256SUMS."""
    path = folder / versions.SUMS
    path.write_text("".join(f"{line}\n" for line in change(path.read_text().splitlines())))


def without(folder: Path, name: str) -> None:
    """Delete a file and its line."""
    (folder / name).unlink()
    lines(folder, lambda old: [line for line in old if not line.endswith(f"  {name}")])


def edited(folder: Path, name: str, change: Callable[[Any], object]) -> None:
    """Change a JSON file, and the checksums after it."""
    value = json.loads((folder / name).read_text(encoding="utf-8"))
    change(value)
    versions.write_json(folder / name, value)
    versions.write_sums(folder)


def resealed(folder: Path, record: bool = False) -> None:
    """Write SHA256SUMS again, and with `record` the digests in release.json."""
    if record:
        kept = versions.record(folder)
        digests = {n: versions.sha256(folder / n) for n in versions.contents(folder) if n != versions.RECORD}
        versions.write_record(folder, replace(kept, digests=digests))
    versions.write_sums(folder)


def cut(folder: Path, name: str) -> None:
    """Keep the first row of a Parquet file."""
    pq.write_table(pq.read_table(folder / name).slice(0, 1), folder / name)


def swap(folder: Path, one: str, other: str) -> None:
    first, second = (folder / one).read_bytes(), (folder / other).read_bytes()
    (folder / one).write_bytes(second)
    (folder / other).write_bytes(first)


def instead(folder: Path, name: str, make: Callable[[Path], object]) -> None:
    """Replace the file with something else."""
    (folder / name).unlink()
    make(folder / name)


def linked(folder: Path, name: str) -> None:
    """Replace the file with a link to a copy elsewhere, with the same bytes."""
    elsewhere = folder.parent.parent / "elsewhere"
    (folder / name).rename(elsewhere)
    (folder / name).symlink_to(elsewhere)


def linked_folder(folder: Path) -> None:
    elsewhere = folder.parent.parent / "elsewhere"
    (folder / "search").rename(elsewhere)
    (folder / "search").symlink_to(elsewhere)


def unix_socket(path: Path) -> None:
    with chdir(path.parent), socket.socket(socket.AF_UNIX) as bound:  # a socket's path may not be long
        bound.bind(path.name)


def everything_but_the_record(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != versions.RECORD:
            path.unlink()
    versions.write_sums(folder)


def cut_and_resealed(folder: Path) -> None:
    cut(folder, "quotes.parquet")
    resealed(folder)


def cut_and_all_digests_rewritten(folder: Path) -> None:
    """Cut the release as an attacker would who knows each digest, but not the count of rows."""
    cut(folder, "quotes.parquet")
    digest, size = versions.sha256(folder / "quotes.parquet"), (folder / "quotes.parquet").stat().st_size

    def package(said: Any) -> None:
        for resource in said["resources"]:
            if resource["path"] == "quotes.parquet":
                resource["hash"] = f"sha256:{digest}"

    def croissant(said: Any) -> None:
        for described in said["distribution"]:
            if described["contentUrl"] == "quotes.parquet":
                described |= {"sha256": digest, "contentSize": f"{size} B"}

    edited(folder, "datapackage.json", package)
    edited(folder, "croissant.json", croissant)
    resealed(folder, record=True)


def older(folder: Path) -> None:
    """Make it a release of form 2, without digests in release.json."""
    edited(
        folder, versions.RECORD, lambda said: (said.pop("digests", None), said.update(made_by="onrecord 0.1.0, form 2"))
    )


def of_older(tamper: Callable[[Path], object]) -> Callable[[Path], object]:
    return lambda folder: (older(folder), tamper(folder))


# Manipulation -> a part of the line that names it.
TAMPERINGS: dict[str, tuple[Callable[[Path], object], str]] = {
    "a byte changed": (
        lambda f: (f / "README.md").write_bytes((f / "README.md").read_bytes() + b" "),
        "README.md: changed since the release",
    ),
    "a file gone": (lambda f: (f / "quotes.parquet").unlink(), "quotes.parquet: missing"),
    "a table and its line gone": (lambda f: without(f, "quotes.parquet"), "quotes.parquet: a release has this file"),
    "the same, of an older release": (
        of_older(lambda f: without(f, "quotes.parquet")),
        "quotes.parquet: a release has this file",
    ),
    "the database and its line gone": (lambda f: without(f, "onrecord.duckdb"), "onrecord.duckdb: a release has this"),
    "the changes and their line gone": (of_older(lambda f: without(f, "CHANGES.md")), "CHANGES.md: a release has this"),
    "a page of the search and its line gone": (
        lambda f: without(f, next(n for n in versions.contents(f) if n.startswith("search/"))),
        "in release.json, and not listed in SHA256SUMS",
    ),
    "a file more": (lambda f: (f / "more.txt").write_text("more"), "more.txt: not listed in SHA256SUMS"),
    "a file more, with a line": (
        lambda f: ((f / "more.txt").write_text("more"), resealed(f)),
        "more.txt: not in release.json",
    ),
    "a hidden file more": (lambda f: (f / ".more").write_text("more"), ".more: not listed in SHA256SUMS"),
    "an empty folder more": (lambda f: (f / "more").mkdir(), "more: a folder, not listed in SHA256SUMS"),
    "cut to a row, with a new line": (cut_and_resealed, "datapackage.json: has another digest of quotes.parquet"),
    "the same, by Croissant": (cut_and_resealed, "croissant.json: has another digest of quotes.parquet"),
    "the same, its size": (cut_and_resealed, "croissant.json: has another size of quotes.parquet"),
    "the same, its rows": (cut_and_resealed, "quotes: has 1 row, and release.json says"),
    "cut to a row, of an older release": (
        of_older(cut_and_resealed),
        "datapackage.json: has another digest of quotes.parquet",
    ),
    "cut to a row, with all digests": (cut_and_all_digests_rewritten, "quotes: has 1 row, and release.json says"),
    "truncated": (
        lambda f: (os.truncate(f / "quotes.parquet", 100), resealed(f)),
        "quotes.parquet: its rows cannot be counted",
    ),
    "emptied": (lambda f: (os.truncate(f / "dates.parquet", 0), resealed(f)), "dates.parquet: its rows cannot be"),
    "two tables swapped": (lambda f: swap(f, "quotes.parquet", "dates.parquet"), "dates.parquet: changed since"),
    "two tables swapped, with new lines": (
        lambda f: (swap(f, "quotes.parquet", "dates.parquet"), resealed(f, record=True)),
        "datapackage.json: describes other columns than dates.parquet has",
    ),
    "the card of another": (
        lambda f: ((f / "README.md").write_text("Another card.\n"), resealed(f)),
        "README.md: its digest in release.json differs from that in SHA256SUMS",
    ),
    "all gone but release.json": (everything_but_the_record, "quotes.parquet: a release has this file"),
    "all gone but release.json, of an older release": (
        of_older(everything_but_the_record),
        "quotes.parquet: a release has this file",
    ),
    "a line twice": (lambda f: lines(f, lambda old: [*old, old[-1]]), "a second time"),
    "a line twice, the first wrong": (
        lambda f: lines(f, lambda old: [f"{'0' * 64}  quotes.parquet", *old]),
        "names quotes.parquet a second time",
    ),
    "a line that is none": (lambda f: lines(f, lambda old: [*old, "quotes.parquet"]), "is not a checksum and a name"),
    "no end of the last line": (
        lambda f: (f / versions.SUMS).write_bytes((f / versions.SUMS).read_bytes()[:-1]),
        "its last line does not end",
    ),
    "a line for a file outside": (
        lambda f: lines(f, lambda old: [*old, f"{versions.sha256(f / 'README.md')}  ../{f.name}/README.md"]),
        "which is no file of the folder",
    ),
    "a line for an absolute name": (
        lambda f: lines(f, lambda old: [*old, f"{versions.sha256(Path('/etc/passwd'))}  /etc/passwd"]),
        "names /etc/passwd, which is no file of the folder",
    ),
    "a line for the checksums": (
        lambda f: lines(f, lambda old: [*old, f"{'0' * 64}  {versions.SUMS}"]),
        "names SHA256SUMS, which is no file of the folder",
    ),
    "no checksums": (lambda f: (f / versions.SUMS).unlink(), "SHA256SUMS: cannot be read"),
    "a link": (lambda f: linked(f, "quotes.parquet"), "quotes.parquet: a link, not a file"),
    "a link to the outside": (
        lambda f: instead(f, "README.md", lambda p: p.symlink_to("/etc/passwd")),
        "README.md: a link, not a file",
    ),
    "a link more": (lambda f: (f / "more").symlink_to("/etc/passwd"), "more: a link, not listed"),
    "a dangling link": (lambda f: (f / "more").symlink_to("nothing"), "more: a link, not listed"),
    "a folder that is a link": (linked_folder, "search: a link, not listed"),
    "the checksums are a link": (lambda f: linked(f, versions.SUMS), "SHA256SUMS: cannot be read: a link, not a file"),
    "release.json is a link": (lambda f: linked(f, versions.RECORD), "release.json cannot be read: a link, not a file"),
    "a named pipe": (lambda f: instead(f, "quotes.parquet", os.mkfifo), "quotes.parquet: a named pipe, not a file"),
    "the checksums are a named pipe": (lambda f: instead(f, versions.SUMS, os.mkfifo), "cannot be read: a named pipe"),
    "release.json is a named pipe": (lambda f: instead(f, versions.RECORD, os.mkfifo), "cannot be read: a named pipe"),
    "the data package is a named pipe": (
        lambda f: instead(f, "datapackage.json", os.mkfifo),
        "datapackage.json: cannot be read: a named pipe",
    ),
    "a socket": (lambda f: instead(f, "README.md", unix_socket), "README.md: a socket, not a file"),
    "a folder in the place of a file": (
        lambda f: instead(f, "quotes.parquet", Path.mkdir),
        "quotes.parquet: a folder, not a file",
    ),
    "release.json: another version": (
        lambda f: edited(f, versions.RECORD, lambda said: said.update(version="2020.1.1")),
        "release.json: belongs to release 2020.1.1, but is in the folder",
    ),
    "release.json: a version that is a path": (
        lambda f: edited(f, versions.RECORD, lambda said: said.update(version="../../elsewhere")),
        "is not a version",
    ),
    "release.json: other rows": (
        lambda f: edited(f, versions.RECORD, lambda said: said["rows"].update(quotes=10**6)),
        "and release.json says 1000000",
    ),
    "release.json: a table less": (
        lambda f: edited(f, versions.RECORD, lambda said: (said["rows"].pop("quotes"), said["files"].pop("quotes"))),
        "release.json: has no table quotes",
    ),
    "release.json: a table more": (
        lambda f: edited(f, versions.RECORD, lambda said: (said["rows"].update(x=0), said["files"].update(x=[]))),
        "release.json: has a table x",
    ),
    "release.json: a file outside": (
        lambda f: edited(f, versions.RECORD, lambda said: said["files"].update(quotes=["../quotes.parquet"])),
        "release.json: the files of quotes are not named as a release names them",
    ),
    "release.json: no digests": (
        lambda f: edited(f, versions.RECORD, lambda said: said.pop("digests")),
        "release.json: has no digests",
    ),
    "release.json: a key twice": (
        lambda f: (
            (f / versions.RECORD).write_text(
                (f / versions.RECORD).read_text().replace("{", '{"version": "2020.1.1",', 1)
            ),
            resealed(f),
        ),
        "a key occurs twice",
    ),
    "release.json: too deep": (
        lambda f: ((f / versions.RECORD).write_text("[" * 100_000), resealed(f)),
        "release.json cannot be read",
    ),
    "datapackage.json: a resource less": (
        lambda f: edited(f, "datapackage.json", lambda said: said["resources"].pop(0)),
        "datapackage.json: does not name the same files as release.json",
    ),
    "datapackage.json: a resource twice": (
        lambda f: edited(f, "datapackage.json", lambda said: said["resources"].append(said["resources"][0])),
        "datapackage.json: does not name the same files as release.json",
    ),
    "datapackage.json: of another release": (
        lambda f: edited(f, "datapackage.json", lambda said: said.update(version="2020.1.1")),
        "datapackage.json: is that of another release",
    ),
    "croissant.json: a file elsewhere": (
        lambda f: edited(f, "croissant.json", lambda s: s["distribution"][0].update(contentUrl="https://evil.example")),
        "croissant.json: does not name the same files as release.json",
    ),
    "croissant.json: of another form": (
        lambda f: ((f / "croissant.json").write_text("[]\n"), resealed(f)),
        "croissant.json: is not the description of a release",
    ),
    "validation.json: of another state": (
        lambda f: edited(f, "validation.json", lambda said: said.update(state="0" * 64)),
        "validation.json: is that of another release",
    ),
    "called a tombstone": (
        lambda f: ((f / versions.TOMBSTONE).write_text("{}"), resealed(f)),
        "quotes.parquet: not a file of a tombstone",
    ),
}


def test_a_release_is_as_it_was_made(made: Release, copy: Path) -> None:
    assert verification.verify(made.folder).problems == ()
    assert verification.verify(copy).problems == ()


def test_an_older_release_is_verified_by_what_it_has(copy: Path) -> None:
    older(copy)
    assert verification.verify(copy).problems == ()


def test_a_release_may_stand_under_a_name_that_is_no_version(copy: Path) -> None:
    renamed = copy.rename(copy.parent / "downloaded")
    assert verification.verify(renamed).problems == ()


@pytest.mark.parametrize("name", TAMPERINGS)
def test_a_tampering_is_named_and_not_published(copy: Path, tmp_path: Path, name: str) -> None:
    tamper, said = TAMPERINGS[name]
    tamper(copy)
    problems = verification.verify(copy).problems
    assert any(said in problem for problem in problems), problems
    assert all(problem.isprintable() for problem in problems)
    with pytest.raises((PublishError, versions.DamagedRelease)):
        publish(copy, (tmp_path / "mirror").as_uri())
    assert not (tmp_path / "mirror").exists()


def test_a_file_name_does_not_write_to_the_terminal(copy: Path) -> None:
    (copy / "more\x1b[2J\n.txt").write_text("more")
    assert verification.verify(copy).problems == ("more·[2J·.txt: not listed in SHA256SUMS",)


def test_the_command_names_the_problems(copy: Path) -> None:
    cut_and_resealed(copy)
    out = CliRunner().invoke(app, ["verify", str(copy)])
    assert out.exit_code == 1 and "quotes: has 1 row, and release.json says" in out.output


# --- tombstones


@pytest.fixture
def buried(made: Release, tmp_path: Path) -> tuple[Path, Release]:
    """Return a tombstone, and the release that replaced it."""
    after = successor(made, tmp_path / "after")
    return after.folder.parent / made.version, after


def test_a_tombstone_is_verified_as_one(buried: tuple[Path, Release]) -> None:
    found = verification.verify(buried[0])
    assert (found.problems, found.tombstone) == ((), True)


def test_a_tombstone_with_words_added_is_not_sent(buried: tuple[Path, Release], tmp_path: Path) -> None:
    tomb, after = buried
    tomb.chmod(0o755)
    (tomb / "quotes.parquet").write_bytes(b"words")
    versions.write_sums(tomb)
    assert "quotes.parquet: not a file of a tombstone" in verification.verify(tomb).problems
    with pytest.raises(PublishError, match="not a file of a tombstone"):
        publish(after.folder, (tmp_path / "mirror").as_uri())
    assert not (tmp_path / "mirror").exists()


# --- what is sent is what was verified


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda path: path.write_bytes(b"other"), id="other bytes"),
        pytest.param(lambda path: instead(path.parent, path.name, os.mkfifo), id="a named pipe"),
        pytest.param(lambda path: instead(path.parent, path.name, lambda p: p.symlink_to("/etc/passwd")), id="a link"),
    ],
)
def test_what_changes_after_it_was_verified_is_not_sent(
    copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], object]
) -> None:
    opening = object_store.opened

    def later(url: str) -> Any:
        change(copy / "quotes.parquet")
        return opening(url)

    mirror = (tmp_path / "mirror").as_uri()
    monkeypatch.setattr(object_store, "opened", later)
    with pytest.raises(PublishError, match=r"quotes\.parquet"):
        publish(copy, mirror)
    monkeypatch.setattr(object_store, "opened", opening)
    there = held(mirror)
    assert f"{copy.name}/{versions.SUMS}" not in there and f"{copy.name}/quotes.parquet" not in there
