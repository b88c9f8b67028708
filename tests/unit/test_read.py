"""Reading: everything in a folder becomes a record, or a refusal with its reason."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import read
from pipeline.contract import RAWS, REFUSAL_REASONS, REFUSALS, ids
from pipeline.read import limits, names
from pipeline.read.decoding import Binary, Undecodable, decode

ENGLISH = "“The bridge stays shut,” the minister said – and the café owners agreed. It’s late.\n" * 6
GERMAN = "Der Minister erklärte, die Brücke über die Elbe müsse gesperrt werden. Die Bürger fürchten Staus.\n" * 6
RUSSIAN = "Министр заявил в понедельник, что мост через реку будет закрыт на длительное время.\n" * 6
JAPANESE = "大臣は月曜日、橋が長期間閉鎖されると述べた。住民は渋滞を恐れている。\n" * 6


LANGUAGES = ("en", "de", "ru")


def everything(root: Path) -> list[read.Record | read.Refusal]:
    return [row for entry in read.listing(root) for row in read.read_file(root, entry, LANGUAGES)]


def only(root: Path) -> read.Record | read.Refusal:
    (row,) = everything(root)
    return row


def refused(root: Path) -> dict[str, str]:
    rows = everything(root)
    for row in rows:
        if isinstance(row, read.Refusal):
            assert row.reason in REFUSAL_REASONS
            assert "\n" not in row.detail and row.detail.isprintable()
            assert row.detail.startswith(row.source)
            row.source.encode("utf-8")
    return {row.source: row.reason for row in rows if isinstance(row, read.Refusal)}


def test_rows_have_the_contracts_columns() -> None:
    assert {f.name for f in fields(read.Record)} == {c.name for c in RAWS.columns} - {"standing"}
    assert {f.name for f in fields(read.Refusal)} == {c.name for c in REFUSALS.stored}


@pytest.mark.parametrize(
    ("data", "text", "encoding"),
    [
        ("Für wahr.\n".encode(), "Für wahr.\n", "utf-8"),
        (b"\xef\xbb\xbfPlain.", "Plain.", "utf-8 with byte-order mark"),
        (b"a\r\nb\rc", "a\r\nb\rc", "utf-8"),
        ("“Yes.”".encode("utf-16"), "“Yes.”", "utf-16"),
        ("\ufeff“Yes.”".encode("utf-16-be"), "“Yes.”", "utf-16"),
        ("“Yes,” he said.".encode("utf-16-le"), "“Yes,” he said.", "utf-16-le without byte-order mark"),
        (RUSSIAN.encode("utf-16-be"), RUSSIAN, "utf-16-be without byte-order mark"),
        (ENGLISH.encode("cp1252"), ENGLISH, "cp1252"),
        (GERMAN.encode("latin-1"), GERMAN, "cp1252"),
        (RUSSIAN.encode("cp1251"), RUSSIAN, "cp1251"),
        (RUSSIAN.encode("koi8-r"), RUSSIAN, "koi8_r"),
        (
            ENGLISH.encode("utf-8") + "é".encode()[:1],
            ENGLISH + "\ufffd",
            "utf-8 (1 broken characters replaced)",
        ),
    ],
)
def test_encodings(tmp_path: Path, data: bytes, text: str, encoding: str) -> None:
    (tmp_path / "a.txt").write_bytes(data)
    row = only(tmp_path)
    assert isinstance(row, read.Record)
    assert (row.text, row.encoding, row.bytes) == (text, encoding, len(data))
    assert row.content_sha256 == hashlib.sha256(text.encode()).hexdigest()
    assert row.origin == row.source == row.path == "a.txt"
    assert row.document_id == ids.document_id("a.txt")


def test_bad_files_are_refused_each_with_its_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_BYTES", 1_000)
    raw = tmp_path / "raw"
    raw.mkdir()
    outside = tmp_path / "secret.txt"
    outside.write_text("Not yours.")
    (tmp_path / "elsewhere").mkdir()
    files = {
        "empty.txt": b"",
        "blank.txt": b" \n\t\n",
        "invisible.txt": "\u200b\u200b\n".encode(),
        "binary.txt": b"\x89PNG\r\n\x1a\n\0\0\0",
        "half.txt": "“Yes,” he said.".encode("utf-16-le")[:-1],
        "numbers.txt": b"\1\0\2\0\3\0\4\0",
        "controls.txt": bytes(range(1, 32)) * 10,
        "japanese.txt": JAPANESE.encode("shift_jis")[:900],
        "half-marked.txt": b"\xff\xfea",
        "large.txt": b"x" * 1_001,
        "paper.odt": b"PK Hello",
        "noname": b"text",
        "empty.jsonl": b"\n\n",
        "marked.jsonl": b"\xff\xfea",
        "packed.jsonl": b"\x1f\x8b\0\0",
    }
    for name, data in files.items():
        (raw / name).write_bytes(data)
    (raw / "leads-out.txt").symlink_to(outside)
    (raw / "folder-out").symlink_to(tmp_path / "elsewhere")
    (raw / "dangling.txt").symlink_to(raw / "nowhere.txt")
    (raw / "circle.txt").symlink_to(raw / "circle.txt")
    os.mkfifo(raw / "pipe.txt")
    assert refused(raw) == {
        "binary.txt": "binary",
        "blank.txt": "empty",
        "circle.txt": "unreadable",
        "controls.txt": "binary",
        "dangling.txt": "unreadable",
        "empty.jsonl": "empty",
        "empty.txt": "empty",
        "folder-out": "outside",
        "half-marked.txt": "undecodable",
        "half.txt": "binary",
        "numbers.txt": "binary",
        "invisible.txt": "empty",
        "japanese.txt": "undecodable",
        "large.txt": "too-large",
        "leads-out.txt": "outside",
        "marked.jsonl#line-1": "broken-record",
        "noname": "unsupported",
        "packed.jsonl": "binary",
        "paper.odt": "unsupported",
        "pipe.txt": "unreadable",
    }
    assert not any(isinstance(row, read.Record) for row in everything(raw))


@contextmanager
def somebody_else() -> Iterator[None]:
    """Run the block as nobody: permissions do not bind root."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


def test_what_may_not_be_read_is_refused() -> None:
    # Not in tmp_path: if root runs the tests, only root can enter its parents.
    with tempfile.TemporaryDirectory() as name:
        raw = Path(name)
        raw.chmod(0o755)
        (raw / "closed.txt").write_text("No.")
        (raw / "closed.txt").chmod(0)
        (raw / "folder").mkdir()
        (raw / "folder").chmod(0)
        try:
            with somebody_else():
                assert refused(raw) == {"closed.txt": "unreadable", "folder": "unreadable"}
        finally:
            (raw / "folder").chmod(0o700)


def test_a_file_that_disappears_after_the_listing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Here.")
    (entry,) = read.listing(tmp_path)
    (tmp_path / "a.txt").unlink()
    (row,) = read.read_file(tmp_path, entry)
    assert isinstance(row, read.Refusal) and row.reason == "unreadable"
    assert read.file_sha256(tmp_path, entry) is None


def test_a_large_file_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "large.txt").open("wb") as file:
        file.truncate(50_000_000)
    row = only(tmp_path)
    assert isinstance(row, read.Refusal)
    assert (row.reason, row.bytes, row.content_sha256) == ("too-large", 50_000_000, None)


LINES: list[tuple[bytes, str]] = [
    (b'{"id": "a", "text": "One."}', "a"),
    (b'{"id": 7, "text": "Seven."}', "7"),
    (b'{"text": "No id."}', "line-3"),
    (b'{"id": "b", "text": "Cut', "broken-record"),
    (b"[1, 2]", "broken-record"),
    (b'{"id": "c"}', "no-text"),
    (b'{"id": "d", "text": "  "}', "no-text"),
    (b'{"id": "e", "text": ["x"]}', "broken-record"),
    (b'{"id": "f", "text": "x", "title": 5}', "broken-record"),
    (b'{"id": true, "text": "x"}', "broken-record"),
    (b'{"id": "g", "text": "a\\u0000b"}', "binary"),
    (b'{"id": "h", "text": "caf\xe9"}', "undecodable"),
    (b"[" * 100_000, "broken-record"),
    (b'{"id": "i", "text": "x", "n": ' + b"9" * 5_000 + b"}", "broken-record"),
    (b'{"id": "j", "text": "half \\ud83d here"}', "j"),
]


def test_records(tmp_path: Path) -> None:
    (tmp_path / "many.jsonl").write_bytes(b"\n".join(line for line, _ in LINES))
    rows = everything(tmp_path)
    assert len(rows) == len(LINES)
    for number, ((line, expected), row) in enumerate(zip(LINES, rows, strict=True), start=1):
        origin = f"many.jsonl#line-{number}"
        if isinstance(row, read.Record):
            assert (row.source, row.origin) == (f"many.jsonl#{expected}", origin)
            assert row.document_id == ids.document_id(row.source)
        else:
            assert (row.source, row.reason) == (origin, expected)
            assert row.content_sha256 == hashlib.sha256(line + b"\n" * (number < len(LINES))).hexdigest()
    refused(tmp_path)
    last = rows[-1]
    assert isinstance(last, read.Record)
    assert last.text == "half \ufffd here" and last.encoding == "utf-8 (half characters replaced)"


def test_what_a_record_says_of_itself(tmp_path: Path) -> None:
    record = {
        "id": "x",
        "text": " Body.\n",
        "title": "A\ntitle",
        "published": "2025-03-14",
        "publisher": "Gazette",
        "license": "CC-BY-4.0",
        "url": "https://gazette.example/x",
        "author": ["Ann", "Bo"],
    }
    (tmp_path / "r.jsonl").write_text("\ufeff" + json.dumps(record) + "\r\n", encoding="utf-8")
    row = only(tmp_path)
    assert isinstance(row, read.Record)
    assert row.text == " Body.\n"
    assert (row.known_title, row.known_published, row.known_publisher) == ("A title", "2025-03-14", "Gazette")
    assert (row.known_licence, row.known_author) == ("CC-BY-4.0", "Ann, Bo")
    assert row.document_id == ids.document_id("https://gazette.example/x")


def test_an_address_that_is_none_names_no_document(tmp_path: Path) -> None:
    (tmp_path / "r.jsonl").write_text('{"id": 1, "text": "x", "url": "n/a"}\n{"id": 2, "text": "y", "url": ""}\n')
    rows = everything(tmp_path)
    assert [row.document_id for row in rows if isinstance(row, read.Record)] == [
        ids.document_id("r.jsonl#1"),
        ids.document_id("r.jsonl#2"),
    ]


def test_the_records_hash_tells_every_change(tmp_path: Path) -> None:
    base = {"id": "x", "text": "Body."}
    variants = [base, {**base, "text": "Body!"}, {**base, "url": "http://a.example/"}]
    variants += [{**base, key: "v"} for key in ("title", "published", "publisher", "licence", "author")]
    seen = set()
    for variant in variants:
        (tmp_path / "r.jsonl").write_text(json.dumps(variant))
        row = only(tmp_path)
        assert isinstance(row, read.Record)
        seen.add(row.record_sha256)
    assert len(seen) == len(variants)


def test_a_record_that_is_too_long_does_not_stop_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_BYTES", 100)
    long = json.dumps({"id": "long", "text": "x" * 1_000})
    (tmp_path / "r.jsonl").write_text(f'{long}\n{{"id": "short", "text": "x"}}\n')
    first, second = everything(tmp_path)
    assert isinstance(first, read.Refusal) and first.reason == "too-large"
    assert isinstance(second, read.Record) and second.origin == "r.jsonl#line-2"


def test_listing_is_sorted_and_leaves_out_what_is_hidden(tmp_path: Path) -> None:
    for name in ("b.txt", "a/z.txt", "a/.hidden.txt", ".git/x.txt", "A.TXT"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "inside").symlink_to(tmp_path / "a")
    assert [entry.path for entry in read.listing(tmp_path)] == ["A.TXT", "a/z.txt", "b.txt"]
    assert {row.path for row in everything(tmp_path)} == {"A.TXT", "a/z.txt", "b.txt"}


def test_a_folder_that_is_none_is_named_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere"):
        read.listing(tmp_path / "nowhere")
    (tmp_path / "file").write_text("x")
    with pytest.raises(NotADirectoryError, match="file"):
        read.listing(tmp_path / "file")


def test_hostile_names_are_read_and_written_safely(tmp_path: Path) -> None:
    for name in (b"new\nline.txt", b"caf\xe9.txt", b"a#b.txt", b"back\\slash.txt", "\u202etxt.a.txt".encode()):
        (Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))).write_text("x")
    rows = everything(tmp_path)
    assert len(rows) == 5 and all(isinstance(row, read.Record) for row in rows)
    for row in rows:
        row.path.encode("utf-8")
        assert row.path.isprintable() and "#" not in row.path
    assert len({row.path for row in rows}) == 5


@given(st.text(st.characters(), max_size=30), st.text(st.characters(), max_size=30))
def test_names_can_be_led_back_and_stay_different(one: str, other: str) -> None:
    assert names.original(names.safe(one)) == one
    assert (names.safe(one) == names.safe(other)) == (one == other)
    names.safe(one).encode("utf-8")


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_decoded_or_refused(data: bytes) -> None:
    try:
        found = decode(data)
    except (Binary, Undecodable) as error:
        assert str(error).isprintable()
    else:
        found.text.encode("utf-8")


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_any_line_is_a_record_or_a_refusal(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.mktemp("raw")
    (folder / "any.jsonl").write_bytes(data)
    rows = everything(folder)
    assert rows
    refused(folder)
