"""`atomic_write` writes a file completely or not at all."""

from pathlib import Path

import pytest

from warehouse.files import atomic_write


def test_a_file_is_replaced_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    atomic_write(path, "é\n")
    atomic_write(path, b"\xff\r\n")
    assert path.read_bytes() == b"\xff\r\n"
    assert [p.name for p in tmp_path.iterdir()] == ["x.json"]


def test_a_write_that_is_cut_short_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.json"
    atomic_write(path, "old")

    def dies(*_: object) -> None:
        raise OSError("no room")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="no room"):
        patch.setattr(Path, "replace", dies)
        atomic_write(path, "new")
    assert path.read_text() == "old"
    atomic_write(path, "newer")  # the partial file of the failed write is no obstacle
    assert path.read_text() == "newer"
    assert [p.name for p in tmp_path.iterdir()] == ["x.json"]


def test_a_link_in_the_place_of_the_partial_file_is_not_followed(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("kept")
    (tmp_path / ".x.json.partial").symlink_to(other)
    atomic_write(tmp_path / "x.json", "new")
    assert other.read_text() == "kept"
    assert (tmp_path / "x.json").read_text() == "new"
    assert not (tmp_path / "x.json").is_symlink()
