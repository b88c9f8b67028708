"""The odd files of `benchmarks.fuzz`: a seed gives the same files; each is read or refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import fuzz, odd_files
from pipeline import read
from warehouse.store import Store

# Two files of each kind.
FILES = 2 * len(odd_files.KINDS)


def contents(root: Path) -> dict[str, bytes | None]:
    """Return path -> bytes; None if it is not a regular file."""
    return {
        str(path.relative_to(root)): path.read_bytes() if path.is_file() and not path.is_symlink() else None
        for path in root.rglob("*")
    }


def test_a_seed_gives_the_same_files_whatever_the_count(tmp_path: Path) -> None:
    for name, seed, count in (("a", 1, FILES), ("b", 1, FILES - 5), ("c", 2, FILES)):
        odd_files.write(tmp_path / name, seed, count)
    a, b, c = (contents(tmp_path / name) for name in "abc")
    assert b.items() < a.items()
    assert a != c


@pytest.mark.parametrize("seed", range(3))
def test_each_odd_file_is_read_or_refused(tmp_path: Path, seed: int) -> None:
    odd_files.write(tmp_path / "raw", seed, FILES)
    entries = read.listing(tmp_path / "raw")
    assert len(entries) > FILES / 2
    found = {entry.path: list(read.read_file(tmp_path / "raw", entry)) for entry in entries}
    assert all(found.values())
    sources = [row.source for rows in found.values() for row in rows if isinstance(row, read.Refusal)]
    assert len(sources) == len(set(sources))


def test_a_file_that_is_not_accounted_for_is_named(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "a.txt").write_text("The owner said that the ferry would stop.")
    Store(tmp_path / "warehouse")
    assert fuzz.lost(tmp_path / "raw", tmp_path / "warehouse") == ["a.txt"]


@pytest.mark.slow
def test_a_build_of_odd_files_accounts_for_each() -> None:
    found = {figure.what: figure for figure in fuzz.fuzz(seed=1, files=FILES)}
    assert found["articles"].value > 0
    assert {what for what, figure in found.items() if figure.met is False} == set()
