"""Articles that the raw folder no longer has: which losses stop a build, what it keeps, what happens then."""

import csv
import errno
import gzip
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from assets.build.incremental import StageSummary, update_from_raw_folder
from assets.cli import app
from assets.settings import Settings
from assets.up_to_date import check_up_to_date
from pipeline import read
from tests.support import factory
from tests.support.property_tests import WITHOUT_SHRINKING
from warehouse import quarantine
from warehouse.change_counts import Tally
from warehouse.intake import staging
from warehouse.intake.losses import SourcesVanished
from warehouse.quarantine import Violation
from warehouse.store import Store
from warehouse.withdrawal import lists
from warehouse.withdrawal.lists import Withdrawal

COUNT = 24
# Further values of parameters, after one of each kind.
SLOW = pytest.mark.slow
GERMAN = (
    "Der Hafen der Stadt wird im kommenden Jahr erweitert, sagte die Bürgermeisterin am Dienstag. Die Arbeiten sollen "
    "im Frühling beginnen und zwei Jahre dauern. Viele Anwohner sind dagegen, weil sie den Lärm fürchten und weil der "
    "Verkehr auf der Straße am Ufer schon heute zu stark ist. "
)


@pytest.fixture
def place(tmp_path: Path) -> Settings:
    return factory.stories(tmp_path, 0)


def take(place: Settings) -> StageSummary:
    return update_from_raw_folder(Store(place.warehouse), place, lambda _: None)


def content(place: Settings) -> dict[str, list[tuple[Any, ...]]]:
    """Return what intake keeps, without times: raws, refusals, the ledger's lines of the records."""
    with Store(place.warehouse).open() as connection:
        return {
            name: connection.execute(f"SELECT {what} FROM stored.{name} ORDER BY ALL").fetchall()  # noqa: S608
            for name, what in (
                ("raws", "*"),
                ("refusals", "*"),
                ("ledger", "*"),
                ("files", "path, bytes, content_sha256, read_version"),
            )
        }


def fresh(place: Settings) -> dict[str, list[tuple[Any, ...]]]:
    """Return the same after a first intake of the folder as it is now."""
    number = len(list(place.warehouse.parent.glob("fresh-*")))
    first = replace(place, warehouse=place.warehouse.with_name(f"fresh-{number}"))
    for name in ("withdrawn.csv",):
        if (place.warehouse / name).exists():
            first.warehouse.mkdir()
            (first.warehouse / name).write_bytes((place.warehouse / name).read_bytes())
    take(first)
    return content(first)


def standing(place: Settings) -> set[str]:
    return set(Store(place.warehouse).read("SELECT text FROM stored.raws WHERE standing")["text"])


def refused(place: Settings) -> dict[str, str]:
    return dict(Store(place.warehouse).read("SELECT source, reason FROM stored.refusals").iter_rows())


def stopped(place: Settings) -> str:
    """Check that the build stops and the tables are unchanged. Return the message."""
    before = content(place)
    with pytest.raises(SourcesVanished) as caught:
        take(place)
    assert content(place) == before
    assert not staging.has_leftover_staging(Store(place.warehouse))
    assert check_up_to_date(place) is None, "the stop is seen at each build"
    told = str(caught.value)
    assert len(told) <= 500 and "\n" not in told
    assert str(place.raw) in told and "--accept-removals" in told and "--keep-removed" in told
    return told


def accepted(place: Settings) -> None:
    take(replace(place, accept_removals=True))
    assert content(place) == fresh(place)
    assert take(place).computed == 0


def story(number: int) -> str:
    return f"Story {number} of the harbour and of the town that it belongs to."


def texts(place: Settings, numbers: range, text: Callable[[int], str] = story) -> None:
    for number in numbers:
        (place.raw / f"{number:02}.txt").write_text(text(number), encoding="utf-8")


def rows(numbers: range, **more: str) -> list[dict[str, str]]:
    return [{"id": f"s{n}", "text": story(n), **{k: v.format(n) for k, v in more.items()}} for n in numbers]


def as_jsonl(numbers: range, **more: str) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows(numbers, **more)).encode()


def without_ids(numbers: range) -> bytes:
    return "".join(json.dumps({"text": story(n)}) + "\n" for n in numbers).encode()


def as_csv(numbers: range) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, ["id", "text"])
    writer.writeheader()
    writer.writerows(rows(numbers))
    return out.getvalue().encode()


def as_parquet(numbers: range) -> bytes:
    out = io.BytesIO()
    pl.DataFrame(rows(numbers)).write_parquet(out)
    return out.getvalue()


def as_warc(numbers: range) -> bytes:
    out = b""
    for n in numbers:
        body = f"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n{story(n)}".encode()
        head = f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://example.org/{n}\r\n"
        head += f"WARC-Date: 2026-01-02T00:00:00Z\r\nContent-Type: application/http\r\nContent-Length: {len(body)}"
        out += head.encode() + b"\r\n\r\n" + body + b"\r\n\r\n"
    return out


MANY: dict[str, Callable[[range], bytes]] = {
    "a.jsonl": as_jsonl,
    "lines.jsonl": without_ids,
    "a.jsonl.gz": lambda numbers: gzip.compress(as_jsonl(numbers), mtime=0),
    "a.csv": as_csv,
    "a.parquet": as_parquet,
    "a.warc": as_warc,
}


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("a.jsonl", range(2)),
        *(pytest.param(name, range(2), marks=SLOW) for name in MANY if name != "a.jsonl"),
        pytest.param("a.jsonl", range(22, 24), marks=SLOW),
        ("lines.jsonl", range(22, 24)),
    ],
)
def test_records_cut_from_a_file_stop_the_build(place: Settings, name: str, left: range) -> None:
    (place.raw / name).write_bytes(MANY[name](range(COUNT)))
    take(place)
    (place.raw / name).write_bytes(MANY[name](left))
    told = stopped(place)
    # Without ids, the last two are on other lines than before: other articles with a known text.
    cut = "20 cut from a file" if name == "lines.jsonl" and left.start else "22 cut from a file"
    assert "22 of 24 articles" in told and cut in told and name in told
    accepted(place)
    assert len(standing(place)) == 2


@pytest.mark.parametrize(
    "name", [pytest.param("a.jsonl", marks=SLOW), "lines.jsonl", pytest.param("a.parquet", marks=SLOW)]
)
def test_keep_removed_holds_inside_files(place: Settings, name: str) -> None:
    (place.raw / name).write_bytes(MANY[name](range(COUNT)))
    take(place)
    keeping = replace(place, keep_removed=True)
    for left in (range(20, 26), range(25, 30)):
        (place.raw / name).write_bytes(MANY[name](left))
        take(keeping)
        assert take(keeping).computed == 0
    # A record without an id is identified by its line.
    assert len(_ids(place)) == (24 if name == "lines.jsonl" else 30)
    assert "cut from a file" in stopped(place), "without the flag they are lost again"
    accepted(place)


def _cut(text: bytes) -> Callable[[Settings], None]:
    def change(place: Settings) -> None:
        for number in range(10):
            (place.raw / f"{number:02}.txt").write_bytes(text)

    return change


def _all_emptied(place: Settings) -> None:
    for path in place.raw.iterdir():
        path.write_bytes(b"")


def _gone(place: Settings) -> None:
    for number in range(10):
        (place.raw / f"{number:02}.txt").unlink()


def _mixed(place: Settings) -> None:
    (place.raw / "00.txt").unlink()
    (place.raw / "01.txt").write_bytes(b"")
    (place.raw / "02.txt").write_bytes(b"\0" * 100)


@pytest.mark.parametrize(
    ("change", "count", "causes"),
    [
        pytest.param(_cut(b""), 10, ["10 now refused as empty"], id="emptied", marks=SLOW),
        pytest.param(_cut(b"x" * 2_000_001), 10, ["10 now refused as too-large"], id="too large", marks=SLOW),
        pytest.param(_all_emptied, 24, ["24 now refused as empty"], id="all emptied", marks=SLOW),
        pytest.param(_gone, 10, ["10 gone"], id="gone", marks=SLOW),
        pytest.param(_mixed, 3, ["1 gone", "1 now refused as empty", "1 now refused as binary"], id="mixed"),
    ],
)
def test_files_that_give_nothing_any_more_stop_the_build(
    place: Settings, change: Callable[[Settings], None], count: int, causes: list[str]
) -> None:
    texts(place, range(COUNT))
    take(place)
    before = standing(place)
    change(place)
    (place.raw / "new.txt").write_text("A new one.")
    told = stopped(place)
    assert f"{count} of 24 articles" in told
    assert all(cause in told for cause in causes)
    take(replace(place, keep_removed=True))
    assert standing(place) == before | {"A new one."}
    accepted(place)


def test_the_only_article_emptied_stops_the_build_and_renamed_does_not(place: Settings) -> None:
    texts(place, range(1))
    take(place)
    (place.raw / "00.txt").write_bytes(b"")
    assert "1 of 1 article " in stopped(place)
    (place.raw / "00.txt").unlink()
    texts(place, range(1, 2))
    take(place)
    assert content(place) == fresh(place)


def test_an_editor_may_take_away_a_few(place: Settings) -> None:
    (place.raw / "a.jsonl").write_bytes(as_jsonl(range(COUNT)))
    take(place)
    (place.raw / "a.jsonl").write_bytes(as_jsonl(range(2, COUNT)))
    take(place)
    assert content(place) == fresh(place)


def test_what_has_moved_is_not_lost(place: Settings) -> None:
    (place.raw / "a.jsonl").write_bytes(as_jsonl(range(COUNT), url="https://example.org/{}"))
    take(place)
    (place.raw / "a.jsonl").rename(place.raw / "moved.jsonl")
    take(place)
    assert content(place) == fresh(place)
    (place.raw / "moved.jsonl").write_bytes(as_jsonl(range(2), url="https://example.org/{}"))
    (place.raw / "b.jsonl").write_bytes(as_jsonl(range(2, COUNT), url="https://example.org/{}"))
    take(replace(place, keep_removed=True))
    assert content(place) == fresh(place)
    assert len(standing(place)) == COUNT


def test_renamed_files_are_other_articles_and_the_message_says_so(place: Settings) -> None:
    texts(place, range(COUNT))
    take(place)
    for path in place.raw.iterdir():
        path.rename(path.with_name(f"renamed-{path.name}"))
    assert "24 under another name or id, with the same text" in stopped(place)
    accepted(place)


def test_what_is_withdrawn_is_not_lost(place: Settings) -> None:
    (place.raw / "a.jsonl").write_bytes(as_jsonl(range(4)))
    take(place)
    names = Store(place.warehouse).read("SELECT document_id, source FROM stored.raws WHERE origin LIKE '%-1'").row(0)
    lists.write_withdrawn_list(place.warehouse, {names[0]: Withdrawal(*names, "2026-11-22", "asked")})
    (place.raw / "a.jsonl").write_bytes(as_jsonl(range(3)))
    take(place)
    assert content(place) == fresh(place)
    assert len(standing(place)) == 2


def test_a_limit_loses_nothing(place: Settings) -> None:
    (place.raw / "a.jsonl").write_bytes(as_jsonl(range(COUNT)))
    take(place)
    (place.raw / "a.jsonl").write_bytes(as_jsonl(range(10, COUNT + 10)))
    take(replace(place, limit=3))
    assert len(standing(place)) == COUNT
    assert "10 of 24 articles" in stopped(place)
    accepted(place)


def test_fewer_languages_have_a_message_of_their_own(place: Settings) -> None:
    both = replace(place, languages="de,en")
    texts(place, range(6))
    texts(place, range(6, 10), lambda n: GERMAN + str(n))
    take(both)
    told = stopped(place)
    assert told.startswith("--languages en excludes 4 of 10 articles that were read under de,en")
    assert "--languages de,en," in told
    take(replace(place, keep_removed=True))
    assert len(standing(place)) == 10
    accepted(place)


def test_a_new_reader_has_a_message_of_its_own(place: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    texts(place, range(COUNT))
    take(place)
    monkeypatch.setattr(read, "CODE_VERSION", "next")
    monkeypatch.setattr(read.limits, "MAX_BYTES", len(story(1)))
    told = stopped(place)
    assert told.startswith("this version excludes 14 of 24 articles")
    accepted(place)


class Broken:
    """Files that raise an error when they are opened or read."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, code: int, reading: bool) -> None:
        self.code, self.reading, self.names = code, reading, set[str]()
        self.real = Path.open
        monkeypatch.setattr(Path, "open", self.open)

    @property
    def open(self) -> Callable[..., Any]:
        def opened(path: Path, *args: Any, **kwargs: Any) -> Any:
            file = self.real(path, *args, **kwargs)
            if path.name not in self.names:
                return file
            if self.reading:
                return _Failing(file, self.code)
            file.close()
            raise OSError(self.code, os.strerror(self.code))

        return opened


class _Failing(io.BufferedReader):
    def __init__(self, file: Any, code: int) -> None:
        super().__init__(file.raw)
        self.kept, self.code = file, code

    def read(self, size: int | None = -1, /) -> bytes:
        raise OSError(self.code, os.strerror(self.code))

    readline = read1 = readinto = peek = read  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("code", "reading"),
    [
        (errno.EIO, True),
        pytest.param(errno.EACCES, False, marks=SLOW),
        pytest.param(errno.ESTALE, False, marks=SLOW),
        pytest.param(errno.ESTALE, True, marks=SLOW),
    ],
)
def test_files_that_cannot_be_read_stop_the_build(
    place: Settings, monkeypatch: pytest.MonkeyPatch, code: int, reading: bool
) -> None:
    texts(place, range(COUNT))
    take(place)
    whole = content(place)
    broken = Broken(monkeypatch, code, reading)
    broken.names = {f"{n:02}.txt" for n in range(10)}
    for name in broken.names:
        os.utime(place.raw / name, ns=(1, 1))
    told = stopped(place)
    assert "10 of 24 articles" in told and "10 unreadable" in told
    take(replace(place, keep_removed=True))
    assert len(standing(place)) == COUNT
    accepted(place)
    broken.names = set()
    take(place)
    assert content(place) == whole


@pytest.mark.parametrize(
    ("name", "code", "reading"),
    [
        ("a.warc", errno.EIO, True),
        *(pytest.param(name, errno.EIO, True, marks=SLOW) for name in ("a.jsonl", "a.jsonl.gz", "a.parquet")),
        ("a.jsonl", errno.EACCES, False),
        *(pytest.param(name, errno.EACCES, False, marks=SLOW) for name in ("a.jsonl.gz", "a.parquet", "a.warc")),
    ],
)
def test_a_file_that_cannot_be_read_for_a_moment_keeps_its_articles(
    place: Settings, monkeypatch: pytest.MonkeyPatch, code: int, reading: bool, name: str
) -> None:
    texts(place, range(COUNT, 3 * COUNT))
    (place.raw / name).write_bytes(MANY[name](range(2)))
    take(place)
    whole = content(place)
    broken = Broken(monkeypatch, code, reading)
    broken.names = {name}
    os.utime(place.raw / name, ns=(1, 1))
    take(place)
    assert (content(place)["raws"], refused(place)) == (whole["raws"], {name: "unreadable"})
    assert take(place).failed == 1, "it is tried again"
    broken.names = set()
    take(place)
    assert content(place) == whole


def test_metadata_that_cannot_be_read_for_a_moment_cost_nothing(
    place: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts(place, range(COUNT))
    (place.raw / "00.json").write_text('{"url": "https://example.org/0", "licence": "CC-BY-4.0"}')
    take(place)
    whole = content(place)
    broken = Broken(monkeypatch, errno.EIO, False)
    broken.names = {"00.json"}
    os.utime(place.raw / "00.txt", ns=(1, 1))
    take(place)
    assert (content(place)["raws"], refused(place)) == (whole["raws"], {"00.txt#metadata": "unreadable"})
    broken.names = set()
    take(place)
    assert content(place) == whole


def test_a_folder_with_the_name_of_metadata_is_none(place: Settings) -> None:
    texts(place, range(COUNT))
    (place.raw / "00.json").mkdir()
    (place.raw / "00.json" / "other.txt").write_text(story(COUNT))
    take(place)
    assert refused(place) == {}
    (place.raw / "00.txt").write_text(story(100))
    take(place)
    assert standing(place) == {story(number) for number in (*range(1, COUNT + 1), 100)}
    assert take(place).computed == 0


def test_a_quarantined_article_is_repeated_or_unreadable_like_others(
    place: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts(place, range(2))
    (place.raw / "a.jsonl").write_bytes(as_jsonl(range(2, 3), url="https://example.org/{}", published="2026-01-01"))
    take(place)
    with Store(place.warehouse).open() as connection:
        names = connection.execute("SELECT document_id FROM stored.raws WHERE path <> '01.txt'").fetchall()
        violations = [Violation(name, "quotes_text_at_span", "quotes", "q", 0, 1, 1) for (name,) in names]
        quarantine.quarantine_articles(connection, violations, [], "code", Tally())
    assert refused(place) == {"00.txt": "quarantined", "a.jsonl#line-1": "quarantined"}
    (place.raw / "b.jsonl").write_bytes(as_jsonl(range(2, 3), url="https://example.org/{}", published="2026-01-02"))
    broken = Broken(monkeypatch, errno.EIO, False)
    broken.names = {"00.txt"}
    os.utime(place.raw / "00.txt", ns=(1, 1))
    take(place)
    assert refused(place) == {"00.txt": "unreadable", "a.jsonl#line-1": "repeated"}


def test_a_folder_that_cannot_be_listed_is_not_gone(place: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    texts(place, range(COUNT))
    (place.raw / "below").mkdir()
    (place.raw / "below" / "a.jsonl").write_bytes(as_jsonl(range(2)))
    take(place)
    whole = content(place)
    real = os.scandir

    def scandir(path: Any) -> Any:
        if str(path).endswith("below"):
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))
        return real(path)

    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", scandir)
        take(place)
        assert (content(place)["raws"], refused(place)) == (whole["raws"], {"below": "unreadable"})
    take(place)
    assert content(place) == whole


KILLED = """
import os, sys
from pathlib import Path
from assets.build import incremental
from assets.build.incremental import update_from_raw_folder
from assets.settings import Settings
from warehouse import intake, store
from warehouse.intake import losses, staging

target, when = sys.argv[3], sys.argv[4]
incremental.INTAKE_RECORDS = 4
place, name = target.split(".")
module = {"staging": staging.Staging, "losses": losses, "intake": intake}[place]
real = getattr(module, name)

def dies(*args, **kwargs):
    if when == "before":
        os._exit(9)
    out = real(*args, **kwargs)
    if when == "after":
        os._exit(9)
    return out

setattr(module, name, dies)
place = Settings(raw=Path(sys.argv[1]), warehouse=Path(sys.argv[2]), accept_removals=True)
update_from_raw_folder(store.Store(place.warehouse), place, lambda _: None)
"""


@pytest.mark.parametrize(
    ("target", "when", "swapped"),
    [
        pytest.param("staging.add", "before", False, marks=SLOW),
        pytest.param("staging.add", "after", False, marks=SLOW),
        pytest.param("losses.measure_losses", "after", False, marks=SLOW),
        pytest.param("intake.apply_staged_rows", "before", False, marks=SLOW),
        pytest.param("intake._mark_current_records", "before", False, marks=SLOW),
        ("intake._mark_current_records", "after", False),
        ("intake.apply_staged_rows", "after", True),
    ],
)
def test_a_killed_intake_leaves_all_or_nothing(place: Settings, target: str, when: str, swapped: bool) -> None:
    (place.raw / "a.jsonl").write_bytes(as_jsonl(range(COUNT)))
    texts(place, range(3))
    take(place)
    before = content(place)
    (place.raw / "a.jsonl").write_bytes(as_jsonl(range(10, 20)))
    (place.raw / "01.txt").unlink()
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(place.raw), str(place.warehouse), target, when],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        check=False,
    )
    assert done.returncode == 9
    if not swapped:
        assert content(place) == before
        assert check_up_to_date(place) is None
        stopped(place)
    accepted(place)
    assert not staging.has_leftover_staging(Store(place.warehouse))


def test_what_a_killed_intake_has_left_goes_with_a_withdrawal(place: Settings) -> None:
    texts(place, range(2))
    take(place)
    with pytest.raises(KeyboardInterrupt), staging.staging(Store(place.warehouse)) as folder:
        shutil.copytree(folder.parent, place.warehouse / "copy")
        raise KeyboardInterrupt
    (place.warehouse / "copy").rename(place.warehouse / "intake.tmp")
    assert staging.has_leftover_staging(Store(place.warehouse))
    done = CliRunner().invoke(app, ["withdraw", "00.txt", "--warehouse", str(place.warehouse)])
    assert done.exit_code == 0, done.output
    assert not staging.has_leftover_staging(Store(place.warehouse))


def test_a_link_that_leads_outside_is_refused_once(place: Settings, tmp_path: Path) -> None:
    texts(place, range(2))
    outside = tmp_path / "elsewhere.txt"
    outside.write_text(story(3))
    (place.raw / "link.txt").symlink_to(outside)
    take(place)
    assert refused(place) == {"link.txt": "outside"}
    again = take(place)
    assert (again.computed, again.failed) == (0, 0)
    (place.raw / "link.txt").unlink()
    (place.raw / "inside").mkdir()
    (place.raw / "inside" / "story.md").write_text(story(44))
    (place.raw / "link.txt").symlink_to("inside/story.md")
    take(place)
    assert story(44) in standing(place)


def test_a_file_over_the_size_limit_is_not_read(place: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with (place.raw / "huge.txt").open("wb") as file:
        file.truncate(6_000_000_000)
    (place.raw / "film.mp4").write_bytes(b"x" * 100)
    texts(place, range(2))
    seen = list[int]()
    real = read.ErrorRecordingFile.read

    def counting(file: Any, size: int | None = -1, /) -> bytes:
        data = real(file, size)
        seen.append(len(data))
        return data

    monkeypatch.setattr(read.ErrorRecordingFile, "read", counting)
    hashed = list[str]()
    hashing = read.file_sha256
    monkeypatch.setattr(read, "file_sha256", lambda root, e: (hashed.append(e.path), hashing(root, e))[1])
    take(place)
    assert refused(place) == {"huge.txt": "too-large", "film.mp4": "unsupported"}
    assert hashed == ["00.txt", "01.txt"] and sum(seen) < 1_000
    outcome = take(place)
    assert (outcome.computed, outcome.failed) == (0, 0), "nothing has changed"
    (place.raw / "huge.txt").write_text(story(2))
    take(place)
    assert len(standing(place)) == 3
    assert refused(place) == {"film.mp4": "unsupported"}


FOLDERS = st.dictionaries(
    st.sampled_from(["a.jsonl", "b.jsonl", "c.txt"]), st.lists(st.integers(0, 30), unique=True, max_size=30), max_size=3
)


@hypothesis(max_examples=6, phases=WITHOUT_SHRINKING)
@given(st.lists(FOLDERS, min_size=2, max_size=3), st.booleans())
@pytest.mark.slow
def test_any_folder_after_any_other(tmp_path_factory: pytest.TempPathFactory, states: Any, urls: bool) -> None:
    """A build loses at most a tenth unasked, nothing with --keep-removed; once accepted, it equals a first one."""
    folder = tmp_path_factory.mktemp("any")
    place = Settings(raw=folder / "raw", warehouse=folder / "warehouse")
    kept = replace(place, warehouse=folder / "kept")
    held = set[str]()
    place.raw.mkdir()
    for state in states:
        _write(place.raw, state, urls)
        before = _ids(place)
        try:
            take(place)
        except SourcesVanished:
            assert _ids(place) == before
        lost = before - _ids(place)
        assert len(lost) <= max(1, len(before) / 10)
        take(replace(kept, keep_removed=True))
        assert held <= _ids(kept)
        held = _ids(kept)
    take(replace(place, accept_removals=True))
    take(replace(kept, accept_removals=True))
    assert content(place) == content(kept) == fresh(place)
    shutil.rmtree(folder)


def _write(raw: Path, state: dict[str, list[int]], urls: bool) -> None:
    for path in raw.iterdir():
        path.unlink()
    for name, numbers in state.items():
        if name.endswith(".txt"):
            (raw / name).write_text("".join(map(str, numbers)))
        else:
            more = {"url": "https://example.org/{}"} if urls else {}
            lines = [as_jsonl(range(n, n + 1), **more) for n in numbers]
            (raw / name).write_bytes(b"".join(lines))


def _ids(place: Settings) -> set[str]:
    return set(Store(place.warehouse).read("SELECT document_id FROM stored.raws WHERE standing")["document_id"])
