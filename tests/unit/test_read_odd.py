"""Odd files and records: each is read, or refused with its reason, and nothing raises."""

from __future__ import annotations

import gzip
import json
import os
import socket
import zlib
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from assets.settings import SAMPLE
from pipeline import read
from pipeline.documents.metadata import RecordMetadata, facts
from pipeline.read import formats, names, rows
from pipeline.read.decoding import Undecodable, decode
from pipeline.read.sidecar import sidecar_path
from pipeline.read.source_file import OpenFile
from tests.unit.test_read_formats import BODY, PAGE, STORY, everything, outcome, pack_gzip, pack_zstd, response


def arrow(values: list[object], kind: pa.DataType) -> pa.Array:
    """Return numbers as days or times, which may be outside Python's range."""
    if pa.types.is_date32(kind):
        return pa.array(values, pa.int32()).view(kind)
    return pa.array(values, pa.int64()).view(kind)


@pytest.mark.parametrize(
    ("column", "published"),
    [
        (arrow([2**31 - 1, 18_000], pa.date32()), [None, "2019-04-14"]),
        (arrow([-(2**31), 18_000], pa.date32()), [None, "2019-04-14"]),
        (arrow([2**60, 0], pa.date64()), [None, "1970-01-01"]),
        (arrow([2**62, 0], pa.timestamp("us")), [None, "1970-01-01T00:00:00"]),
        (arrow([2**40, 0], pa.timestamp("s")), [None, "1970-01-01T00:00:00"]),
        (arrow([-(2**62), 0], pa.timestamp("ms")), [None, "1970-01-01T00:00:00"]),
        (arrow([1, 1_500], pa.timestamp("ns")), ["1970-01-01T00:00:00", "1970-01-01T00:00:00.000001"]),
        (arrow([-62_135_596_800, 0], pa.timestamp("s", "America/New_York")), [None, "1969-12-31T19:00:00-05:00"]),
        (arrow([0, 0], pa.timestamp("us", "Nowhere/City")), [None, None]),
        (arrow([0, 0], pa.timestamp("us", "+99:99")), [None, None]),
        (arrow([0, 0], pa.timestamp("us", "../../etc/passwd")), [None, None]),
        (arrow([2**62, 2**62], pa.duration("s")), [None, None]),
    ],
)
def test_an_impossible_day_in_parquet_costs_itself_alone(
    tmp_path: Path, column: pa.Array, published: list[str | None]
) -> None:
    parquet.write_table(pa.table({"text": [STORY, STORY], "published": column}), tmp_path / "a.parquet")
    found = everything(tmp_path)
    assert [row.known_published if isinstance(row, read.Record) else row.reason for row in found] == published


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=3),
    st.sampled_from(["s", "ms", "us", "ns"]),
    st.sampled_from([None, "UTC", "Asia/Kabul", "+14:00", "-23:59", "+25:00", "Mars/Olympus", "", " "]),
)
def test_any_time_in_parquet_is_read(
    tmp_path_factory: pytest.TempPathFactory, values: list[int], unit: str, zone: str | None
) -> None:
    folder = tmp_path_factory.mktemp("raw")
    table = pa.table({"text": [STORY] * len(values), "published": arrow([*values], pa.timestamp(unit, zone))})
    try:
        parquet.write_table(table, folder / "a.parquet")
    except pa.ArrowInvalid:  # too many seconds for a file
        assume(False)
    assert [outcome(row) for row in everything(folder)] == [STORY] * len(values)


class Odd(Exception):
    """An error class that the readers do not know."""


@pytest.mark.parametrize(
    "error", [Odd("secret"), KeyError("secret"), OverflowError("secret"), ValueError("secret"), OSError("secret")]
)
def test_whatever_a_library_raises_becomes_a_refusal(
    tmp_path: Path, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reader(opened: OpenFile) -> Iterator[read.Record | read.Refusal]:
        yield rows.record(
            path=opened.path, origin="a", source="a", text=STORY, encoding="utf-8", size=1, extractor="text"
        )
        raise error

    monkeypatch.setattr(read, "READERS", {**formats.READERS, ".txt": reader})
    (tmp_path / "a.txt").write_text(STORY)
    first, second = everything(tmp_path)
    assert outcome(first) == STORY
    assert isinstance(second, read.Refusal) and second.source == "a.txt"
    assert second.reason == "broken-record"
    assert type(error).__name__ in second.detail and "secret" not in second.detail


def test_an_error_on_one_record_costs_that_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline.read import records

    whole = records.parsed

    def parsed(content: str) -> object:
        if "Two" in content:
            raise Odd("secret")
        return whole(content)

    monkeypatch.setattr(records, "parsed", parsed)
    (tmp_path / "a.jsonl").write_text("".join(f'{{"text": "{word}."}}\n' for word in ("One", "Two", "Three")))
    assert [outcome(row) for row in everything(tmp_path)] == ["One.", "broken-record", "Three."]


@pytest.mark.parametrize("error", [MemoryError, KeyboardInterrupt])
def test_what_ends_a_process_is_not_held_against_a_file(
    tmp_path: Path, error: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    def reader(opened: OpenFile) -> Iterator[read.Record | read.Refusal]:
        raise error
        yield

    monkeypatch.setattr(read, "READERS", {".txt": reader})
    (tmp_path / "a.txt").write_text(STORY)
    with pytest.raises(error):
        everything(tmp_path)


PLAIN = PAGE.encode()


def chunked(data: bytes, size: int = 1_000) -> bytes:
    parts = [data[at : at + size] for at in range(0, len(data), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def bare_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def brotli(data: bytes) -> bytes:
    return bytes(pa.Codec("brotli").compress(data, asbytes=True))


def headers(*content: bytes, transfer: bytes = b"") -> bytes:
    lines = [b"Content-Encoding: %s\r\n" % name for name in content]
    return b"".join([*lines, b"Transfer-Encoding: %s\r\n" % transfer if transfer else b""])


@pytest.mark.parametrize(
    ("body", "more"),
    [
        # Wrong headers for a plain page.
        (PLAIN, headers(b"gzip")),
        (PLAIN, headers(b"gzip", transfer=b"chunked")),
        (PLAIN, headers(transfer=b"chunked")),
        (PLAIN, headers(b"br")),
        (PLAIN, headers(b"deflate")),
        (PLAIN, headers(b"zstd")),
        (PLAIN, headers(b"br, gzip", transfer=b"gzip, chunked")),
        (PLAIN, headers(b"no-such-coding")),
        # Half of the headers are right.
        (pack_gzip(PLAIN), headers(b"gzip", transfer=b"chunked")),
        (chunked(PLAIN), headers(b"gzip", transfer=b"chunked")),
        (pack_gzip(PLAIN), headers(b"br")),
        (pack_gzip(pack_gzip(PLAIN)), headers(b"gzip")),
        (pack_gzip(PLAIN), b""),
        # All headers are right.
        (chunked(pack_gzip(PLAIN)), headers(b"GZIP", transfer=b"Chunked")),
        (pack_gzip(pack_gzip(PLAIN)), headers(b"gzip", b"x-gzip")),
        (pack_gzip(brotli(PLAIN)), headers(b"br, gzip")),
        (brotli(PLAIN), headers(b"br")),
        (zlib.compress(PLAIN), headers(b"deflate")),
        (bare_deflate(PLAIN), headers(b"deflate")),
        (pack_zstd(PLAIN), headers(b"zstd")),
        (pack_gzip(PLAIN[:300]) + pack_gzip(PLAIN[300:]), headers(b"gzip")),
        (pack_gzip(PLAIN) + b"more", headers(b"gzip")),
    ],
)
def test_a_page_in_an_archive_is_read_whatever_its_headers_say(tmp_path: Path, body: bytes, more: bytes) -> None:
    (tmp_path / "a.warc").write_bytes(response(b"https://a.example/1", body, more=more))
    (row,) = everything(tmp_path)
    assert all(paragraph in outcome(row) for paragraph in BODY)


@pytest.mark.parametrize(
    ("body", "more", "reason"),
    [
        (pack_gzip(PLAIN)[:-40], headers(b"gzip"), "broken-record"),
        (chunked(PLAIN)[:-60], headers(transfer=b"chunked"), "broken-record"),
        (zlib.compress(PLAIN)[:-40], headers(b"deflate"), "broken-record"),
        (pack_zstd(PLAIN)[:-40], headers(b"zstd"), "broken-record"),
        (pack_gzip(b"\0" * 9_000_000), headers(b"gzip"), "too-large"),
        (brotli(b" " * 9_000_000), headers(b"br"), "too-large"),
        (chunked(pack_gzip(b" " * 9_000_000)), headers(b"gzip", transfer=b"chunked"), "too-large"),
    ],
)
def test_a_page_that_is_cut_off_or_a_bomb_costs_itself_alone(
    tmp_path: Path, body: bytes, more: bytes, reason: str
) -> None:
    good = response(b"https://a.example/good", PLAIN)
    (tmp_path / "a.warc").write_bytes(response(b"https://a.example/1", body, more=more) + good)
    first, second = everything(tmp_path)
    assert outcome(first) == reason and isinstance(second, read.Record)


@pytest.mark.parametrize(
    ("day", "archived"),
    [(b"0001-01-01", None), (b"9999-12-31", None), (b"2025-02-30", None), (b"2025-03-19", "2025-03-19")],
)
def test_an_impossible_day_of_archiving_is_unknown(tmp_path: Path, day: bytes, archived: str | None) -> None:
    whole = response(b"https://a.example/1", PLAIN).replace(b"WARC-Date: 2025-03-19", b"WARC-Date: " + day)
    (tmp_path / "a.warc").write_bytes(whole)
    (row,) = everything(tmp_path)
    assert isinstance(row, read.Record)
    assert (row.known_archived and row.known_archived.isoformat()) == archived


NEWS = "The owner said on Monday that the ferry would stop in May, and that they had tried for two years. " * 4
UMLAUTS = "Der Bürgermeister erklärte, die Brücke müsse für Jahre gesperrt bleiben. " * 4


@pytest.mark.parametrize(
    ("data", "text", "encoding"),
    [
        # Word-processor punctuation in a UTF-8 file.
        (
            f"The café. {NEWS}".encode() + b"\x93Yes,\x94 she said\x85 it\x92s \x80 40.",
            f"The café. {NEWS}“Yes,” she said… it’s € 40.",
            "utf-8 (5 bytes read as cp1252)",
        ),
        # cp1252 letters in a UTF-8 file, two of them adjacent, and a mark after a letter.
        (
            f"Bjørn naïve. {NEWS}".encode()
            + b"The caf\xe9 and a cr\xe9\xe9e, \x93caf\xe9\x94 \xe0 Paris, \xc5str\xf6m.",
            f"Bjørn naïve. {NEWS}The café and a créée, “café” à Paris, Åström.",
            "utf-8 (9 bytes read as cp1252)",
        ),
        # The rest is ASCII, so no letters show the encoding.
        (f"{NEWS}caf".encode() + b"\xe9 owner", f"{NEWS}café owner", "cp1252"),
        (
            b"The caf\xe9 and the quay were shut when the ferry left.",
            "The café and the quay were shut when the ferry left.",
            "cp1252",
        ),
        # A letter cut in half is not read as cp1252, nor are bytes that cp1252 lacks.
        (f"{'é ' * 20}{NEWS}“".encode()[:-1], f"{'é ' * 20}{NEWS}\ufffd", "utf-8 (1 broken characters replaced)"),
        (
            f"{'é ' * 20}{NEWS}caf".encode() + b"\xc3, \x93so\x94",
            f"{'é ' * 20}{NEWS}caf\ufffd, “so”",
            "utf-8 (2 bytes read as cp1252, 1 broken characters replaced)",
        ),
        (NEWS.encode() * 4 + b"\x81", NEWS * 4 + "\ufffd", "cp1252 (1 broken characters replaced)"),
        # German in both encodings.
        (
            UMLAUTS.encode() + b"Die Br\xfccke ist f\xfcr \xd6sterreich gro\xdf.",
            UMLAUTS + "Die Brücke ist für Österreich groß.",
            "utf-8 (4 bytes read as cp1252)",
        ),
        (
            b"\xef\xbb\xbf" + f"The café. {NEWS}".encode() + b"it\x92s",
            f"The café. {NEWS}it’s",
            "utf-8 (1 bytes read as cp1252) with byte-order mark",
        ),
    ],
)
def test_bytes_of_two_encodings(data: bytes, text: str, encoding: str) -> None:
    found = decode(data)
    assert (found.text, found.encoding) == (text, encoding)


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        ("Министр заявил в понедельник, что «мост» через реку будет закрыт на длительное время. " * 4, "cp1251"),
        ("Władze miasta ogłosiły, że most będzie zamknięty. PÓŁNOC dostanie prom, mówi urząd. " * 4, "cp1250"),
        (UMLAUTS, "cp1252"),
    ],
)
def test_a_file_in_one_code_page_is_not_taken_for_a_mixed_one(text: str, codec: str) -> None:
    try:
        assert decode(text.encode(codec)).text == text
    except Undecodable:
        assert codec != "cp1252"


def mixed_page(charset: str) -> bytes:
    page = PAGE.replace("<head>", f'<head><meta charset="{charset}">').encode()
    odd = b"<p>The caf\xe9 owner Bj\xf8rn said it\x92s \x93over\x94 \x96 and that nobody had asked them of it.</p>"
    assert page.count(b"</article>") == 1
    return page.replace(b"</article>", "<p>“Naïve,” the café said: “Überall €.”</p>".encode() + odd + b"</article>")


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "windows-1252", "no-such"])
@pytest.mark.parametrize("archived", [False, True])
def test_pages_of_two_encodings(tmp_path: Path, charset: str, archived: bool) -> None:
    data = mixed_page(charset)
    if archived:
        kind = b"text/html; charset=" + charset.encode()
        (tmp_path / "a.warc").write_bytes(response(b"https://a.example/1", data, kind=kind))
    else:
        (tmp_path / "a.html").write_bytes(data)
    (row,) = everything(tmp_path)
    assert isinstance(row, read.Record)
    assert (
        "The café owner Bjørn said it’s “over” – and" in row.text and "“Naïve,” the café said: “Überall €.”" in row.text
    )
    assert row.encoding == "utf-8 (6 bytes read as cp1252)"


def test_records_of_two_encodings(tmp_path: Path) -> None:
    odd = f"The café. {NEWS}".strip().encode() + b" It\x92s na\xefve."
    (tmp_path / "a.jsonl").write_bytes(b'{"text": "' + odd + b'"}\n{"text": "One."}\n')
    (tmp_path / "b.csv").write_bytes(b"id,text\n1," + odd.replace(b",", b" ") + b"\n2,One.\n")
    found = everything(tmp_path)
    assert [outcome(row)[-11:] for row in found] == ["It’s naïve.", "One."] * 2
    encodings = [row.encoding for row in found if isinstance(row, read.Record)]
    assert encodings == ["utf-8 (2 bytes read as cp1252)", "utf-8"] * 2


@pytest.mark.parametrize(
    ("path", "stem", "suffix"),
    [
        ("a.txt", "a", ".txt"),
        ("a.TXT.GZ", "a.TXT", ".gz"),
        ("..gz", "..gz", ""),
        ("...json", "...json", ""),
        (".gz", ".gz", ""),
        (".", ".", ""),
        ("..", "..", ""),
        ("a.", "a", "."),
        ("a..gz", "a.", ".gz"),
        ("a.txt ", "a", ".txt "),
        ("b.c/a", "b.c/a", ""),
        ("b/..zst", "b/..zst", ""),
        ("\n.txt", "\n", ".txt"),
    ],
)
def test_suffixes(path: str, stem: str, suffix: str) -> None:
    assert names.split_suffix(path) == (stem, suffix)


@settings(max_examples=200, deadline=None)
@given(
    st.text(st.sampled_from(list(". ag/\n\udcff")), max_size=8), st.sampled_from(["", ".gz", ".zst", ".txt", ".txt.gz"])
)
def test_any_name_has_its_place_for_metadata_or_none(name: str, end: str) -> None:
    found = sidecar_path(name + end)
    assert found is None or (found.endswith(".json") and (name + end).startswith(found.removesuffix(".json")))


def test_hidden_files_are_left_out_whatever_their_names(tmp_path: Path) -> None:
    for name in ("..gz", "..zst", ".gz", "...json", "..txt", ".txt.gz", "...", ".json"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "a.txt").write_text(STORY)
    assert [entry.path for entry in read.listing(tmp_path)] == ["a.txt"]


LONGEST = "n" * 251


def test_odd_names_and_kinds_of_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    odd = [
        b"new\nline.txt",
        b"\xff\xfe.txt",
        b"trailing.txt.",
        b"blank.txt ",
        b" .txt",
        b"a..gz",
        b"a.txt..gz",
        b"-",
        b"~",
    ]
    odd += [LONGEST.encode() + b".txt", "n\u0303 \u202e.txt".encode(), b"#?*%00.txt", b"a\\U0000000ab.txt"]
    for name in odd:
        Path(os.fsdecode(os.fsencode(raw) + b"/" + name)).write_text(STORY)
    os.mkfifo(raw / "pipe.jsonl")
    os.mkfifo(raw / "-.json")
    (raw / "beside.txt").write_text(STORY)
    os.mkfifo(raw / "beside.json")
    (raw / "folder.txt").mkdir()
    (raw / "folder.txt" / "in.txt").write_text(STORY)
    (raw / "round").symlink_to(raw)
    (raw / "one.txt").symlink_to("two.txt")
    (raw / "two.txt").symlink_to("one.txt")
    (raw / "null.txt").symlink_to("/dev/null")
    (raw / "zero.jsonl").symlink_to("/dev/zero")
    monkeypatch.chdir(raw)  # a socket's path must be short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.txt")
        found = everything(raw)
    of = {row.path: outcome(row) for row in found}
    assert of.keys() == {entry.path for entry in read.listing(raw)}
    taken = {path for path, said in of.items() if said == STORY}
    assert taken == {
        "new\\U0000000aline.txt",
        "\\U0000dcff\\U0000dcfe.txt",
        " .txt",
        f"{LONGEST}.txt",
        "n\u0303 \\U0000202e.txt",
        "\\U00000023?*%00.txt",
        "a\\U0000005cU0000000ab.txt",
        "beside.txt",
        "folder.txt/in.txt",
    }
    assert {path: said for path, said in of.items() if path not in taken} == {
        "trailing.txt.": "unsupported",
        "blank.txt ": "unsupported",
        "a..gz": "unsupported",
        "a.txt..gz": "unsupported",
        "-": "unsupported",
        "~": "unsupported",
        "-.json": "unreadable",
        "pipe.jsonl": "unreadable",
        "socket.txt": "unreadable",
        "one.txt": "unreadable",
        "two.txt": "unreadable",
        "null.txt": "outside",
        "zero.jsonl": "outside",
    }
    assert [row.source for row in found if isinstance(row, read.Refusal) and row.path == "beside.txt"] == [
        "beside.txt#metadata"
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 10,
        b"null",
        b"[]",
        b'"text"',
        b"1e999",
        b"[" * 100_000,
        b'{"title": ["a", 1]}',
        b'{"author": {"age": 5}}',
        b'{"published": true}',
        b'{"url": 5}',
        b'{"title": ' + b"9" * 5_000 + b"}",
        b'{"title": "' + b"x" * 2_100_000 + b'"}',
        b"\xff\xfe\x00",
        b"\xed\xa0\x80",
        pack_gzip(b"{}"),
    ],
    ids=range(16),
)
def test_any_metadata_leave_the_text(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.txt").write_text(STORY)
    (tmp_path / "a.json").write_bytes(content)
    first, second = everything(tmp_path)
    assert isinstance(first, read.Refusal) and (first.source, first.reason) == ("a.txt#metadata", "broken-record")
    assert outcome(second) == STORY


@pytest.mark.parametrize("key", ["id", "url", "title", "author", "publisher", "published", "licence", "license"])
@pytest.mark.parametrize("value", ['"\\ud800"', '"\\u0000"', '"\\u202e\\n"', '""', "null", '"' + "x" * 100_000 + '"'])
def test_any_words_in_a_record_leave_the_text(tmp_path: Path, key: str, value: str) -> None:
    (tmp_path / "a.jsonl").write_text(f'{{"text": {json.dumps(STORY)}, "{key}": {value}}}')
    (row,) = everything(tmp_path)
    assert outcome(row) == STORY and isinstance(row, read.Record)
    assert row.source.isprintable() and row.source.encode()


def test_a_line_of_fifty_megabytes_costs_itself_alone(tmp_path: Path) -> None:
    long, short = '{"text": "' + "a " * 25_000_000 + '"}\n', '{"text": "One."}\n'
    (tmp_path / "a.jsonl").write_text(short + long + short)
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress((short + long + short).encode(), 1))
    (tmp_path / "c.txt").write_text(long)
    (tmp_path / "d.csv").write_text("text\nOne.\n" + long)
    assert [outcome(row) for row in everything(tmp_path)] == [
        *["One.", "too-large", "One."],
        *["One.", "too-large"],
        "too-large",
        *["One.", "too-large"],
    ]


FOREIGN = {
    "de": "Der Stadtrat hat am Montag beschlossen, die alte Brücke zu sperren.\nDie Anwohner sind nicht glücklich.",
    "nl": "De burgemeester was in de stad en had het over de brug. Of er in de winter een pont is, wist hij niet.",
    "fr": "Le conseil municipal a décidé lundi de fermer le vieux pont.\nLes habitants ne sont pas contents.",
    "es": "El ayuntamiento decidió el lunes cerrar el viejo puente. Los vecinos no están contentos.",
    "it": "Il consiglio comunale ha deciso lunedì di chiudere il vecchio ponte.",
    "pl": "Rada miasta postanowiła w poniedziałek zamknąć stary most.",
    "sv": "Kommunfullmäktige beslutade i måndags att stänga den gamla bron.",
    "ru": "Городской совет в понедельник решил закрыть старый мост через реку.",
    "no": "Kommunestyret vedtok mandag å stenge den gamle broen. Naboene er ikke fornøyd.",
    "id": "Dewan kota memutuskan pada hari Senin untuk menutup jembatan lama. Warga tidak senang.",
    "ar": "قرر مجلس المدينة يوم الاثنين إغلاق الجسر القديم حتى نهاية الشتاء.",
}


@pytest.mark.parametrize("code", FOREIGN)
@pytest.mark.parametrize("times", [1, 40])
def test_a_few_lines_in_another_language_are_refused(tmp_path: Path, code: str, times: int) -> None:
    (tmp_path / "a.txt").write_text("\n".join([FOREIGN[code]] * times), encoding="utf-8")
    (row,) = everything(tmp_path)
    assert isinstance(row, read.Refusal) and row.reason == "language" and row.detail.endswith(f": {code}")
    (row,) = everything(tmp_path, (code,))
    assert isinstance(row, read.Record)


@pytest.mark.parametrize(
    "text",
    [
        "FC Bayern München 3, Borussia Dortmund 1: Müller, Lewandowski (2); Reus (p)",
        "“Ich bin ein Berliner,” said Kennedy in West Berlin on June 26, 1963.",
        "Jean-Luc Mélenchon, Marine Le Pen, François Hollande, Emmanuel Macron",
        "Results: Rio de Janeiro 3 Buenos Aires 0; São Paulo 2 Montevideo 2; Bogotá 1 Quito 1",
        "Obituaries: Kjell Aukrust, Odd Børretzen, Wenche Foss, Arne Næss",
        "Tanzania: Dar es Salaam port reopens; Zanzibar ferry resumes service Monday",
        "https://a.example/der-die-das/und-nicht-mehr?ist=1 https://b.example/von-der-leyen/",
        "1. Djokovic 2. Nadal 3. Federer 4. Medvedev 5. Thiem 6. Tsitsipas 7. Zverev 8. Berrettini",
        STORY + "\n" + FOREIGN["de"],
    ],
)
def test_english_and_what_is_in_no_language_is_taken(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    (row,) = everything(tmp_path)
    assert outcome(row) == text


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from([*FOREIGN.values(), *BODY, "Oslo 3 Bergen 2", "Ã¼ber", "<b>", "", "Ja."]),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from([("en",), ("de",), ("de", "en"), ("fr", "ru")]),
)
def test_no_document_is_in_a_language_that_is_refused(parts: list[str], languages: tuple[str, ...]) -> None:
    from pipeline.documents.clean import apply, clean
    from pipeline.read.language import check_language

    raw = "\n".join(parts)
    record = rows.record(path="a", origin="a", source="a", text=raw, encoding="utf-8", size=1, extractor="text")
    if isinstance(check_language(record, languages), read.Record):
        edits = clean(raw)
        found = facts(RecordMetadata(), raw, edits, apply(raw, edits), []).language
        assert found is None or found in languages


def test_the_sample_is_english() -> None:
    found = everything(SAMPLE)
    assert found and all(isinstance(row, read.Record) for row in found)
