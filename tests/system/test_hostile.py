"""Hostile and broken files: each becomes a document or a refusal, and nothing crashes, hangs or uses much memory."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pytest

from assets.settings import Settings
from benchmarks.fuzz import tree_memory
from expectations.sql_checks import BUILTIN_SQL_CHECKS
from pipeline import read
from pipeline.contract import REFUSAL_REASONS
from pipeline.documents.clean import Offsets, apply, clean
from pipeline.documents.metadata import RecordMetadata, facts
from pipeline.expressions import find
from pipeline.sentences import split
from tests.support.time_limit import cpu_limit
from tests.unit.test_read_formats import BROKEN, GOOD
from warehouse.store import Store

SENTENCE = "The minister told the Harbour Gazette on Monday that the bridge would stay shut. "

# Strings that break programs, collected for this test: markup, code, formats, paths, numbers, scripts, marks.
NAUGHTY = (
    "undefined",
    "NaN",
    "-0",
    "1e309",
    "0x7fffffff",
    "9" * 400,
    "1/0",
    "００１２",
    "\\",
    "\\\\0",
    "%s%n%x%d",
    "{0.__class__.__mro__}",
    "${7*7}#{7*7}{{7*7}}",
    "'; DROP TABLE documents; --",
    '" OR 1=1 /*',
    "Robert'); DELETE FROM stored.raws;--",
    "<script>alert(document.cookie)</script>",
    "<img src=x onerror=alert(1)>",
    "</textarea></title><svg/onload=confirm`1`>",
    "&lt;b&gt;&amp;amp;&#x27;&#0;",
    "<![CDATA[<!ENTITY x SYSTEM 'file:///etc/hostname'>]]>",
    "../../../../etc/passwd",
    "..\\..\\windows\\win.ini",
    "file:///dev/zero",
    "CON.txt",
    "`uname`$(uname)|uname;uname&",
    "(a+)+$" + "a" * 60 + "!",
    "[[[[[[[[((((((((",
    "]]]]))))}}}}",
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)*2",
    "\u202eright to left\u202c and \u2066isolated\u2069",
    "z\u0351\u036b\u0343\u036aa\u0327\u0315l\u0334g\u0353o\u0321",
    "👩‍👩‍👧‍👦🏳️‍🌈🇳🇴🇳" + "\ufe0f" * 5,
    "ﷺﷻ ﬁﬂ ǆ ß İı ſ K Å",
    "קָמֶץ עִבְרִית و عربي ١٢٣",
    "ประเทศไทย 日本語。「はい」と言った",
    "𝒯𝒽ℯ 𝓆𝓊𝒾𝒸𝓀 \U0010fffd\ue000",
    "\u200b\u200c\u200d\u2060\ufeff",
    "\u0000\u0001\u001b[31mred\u001b[0m\u0007\u0008",
    "\x85\u2028\u2029\x0b\x0c\x1c\x1d\x1e\x1f",
    "\xa0\u1680\u2003\u202f\u3000",
    "““““””””‘‘’’«»„‟'\"`´",
    "“She said “he said “they said””” said.",
    "February 30, 2021 and 31/31/31 and 25:61 and 0000-00-00",
    "on Monday Tuesday Wednesday the 99th of Juneuary 12021",
    "a" * 5_000,
    "A." * 2_000,
    "said " * 1_000,
    "U.S.A.F.B.I.C.I.A." * 50,
    "FranÃ\x83Â§ois â€œsaidâ€\ufffd Ã¢â‚¬â„¢ вЂњРџСЂ \x93\x94\x85",
    "&amp;amp;&#x110000;&#55296;&#0;&nosuch;&ldquo;&quot;",
    "A\u0303\x83A\u0302 \u0308\u0304" * 40,
    "President Obama said on Sunday, October 18, four years ago, in 2012, so far in 1901",
    '(@a) May 8, 2018 datetime="2099-12-31" status/99999999999999999999',
)


def hostile(root: Path) -> None:
    """Write the files to `root`. Each name must be read or refused."""
    root.mkdir()
    pieces = {
        "million.txt": "word " * 200_000,
        "letters.txt": "a" * 1_000_000,
        "marks.txt": "“" * 10_000,
        "pairs.txt": "“x” " * 10_000,
        "controls.txt": SENTENCE + "\x07\x1b[2J\u202e" + SENTENCE,
        "bidi.txt": SENTENCE + "\u2066\u202d\u2069" * 1_000,
        "blanks.txt": " " * 100_000,
        "lines.txt": "\n" * 100_000 + "x",
        "combined.txt": "e" + "\u0301" * 50_000,
        "page.html": "<html><body>" + "<script>while(1){}</script>" * 1_000 + "</body></html>",
        "deep.html": "<div>" * 50_000,
        "entities.html": "<!DOCTYPE x [<!ENTITY a 'aa'><!ENTITY b '&a;&a;'>]><p>&b;</p>",
        "deep.jsonl": '{"text": ' + "[" * 50_000,
        "surrogates.jsonl": '{"id": "\\ud800", "text": "'
        + SENTENCE
        + '\\udfff\\ud83d"}\n{"text": "\\ud83d\\ude00 seen"}',
        "many.csv": 'id,text\n1,"' + SENTENCE * 3 + '"\n2,"open',
        "beside.txt": SENTENCE * 3,
        "beside.json": '{"title": "../\\u0000<script>", "url": "javascript:alert(1)", "published": "99999-99-99"}',
    }
    for name, text in pieces.items():
        (root / name).write_text(text, encoding="utf-8", newline="")
    packed = gzip.compress(SENTENCE.encode() * 100, mtime=0)
    data = {
        "utf16.txt": (SENTENCE * 3).encode("utf-16-le"),
        "odd.txt": (SENTENCE * 3).encode("utf-16-be")[:-1],
        "surrogates.txt": SENTENCE.encode() + b"\xed\xa0\x80\xed\xbf\xbf",
        "random.txt": bytes(number * 7919 % 251 for number in range(5_000)),
        "cut.txt.gz": packed[:-20],
        "bomb.txt.gz": gzip.compress(b"\0" * 100_000_000, mtime=0),
        "bomb.jsonl.zst": bytes(pa.Codec("zstd").compress(b" " * 100_000_000, asbytes=True)),
        "nested.txt.gz": gzip.compress(packed, mtime=0),
        "nested.zip": b"PK\x03\x04" + packed,
        "none.parquet": b"PAR1" + packed + b"\xff\xff\xff\x7fPAR1",
        "broken.warc": GOOD + b"".join(BROKEN.values()) + GOOD[:-100],
    }
    for name, content in data.items():
        (root / name).write_bytes(content)
    for name in (b"new\nline.txt", b"..txt..txt", b"\xff\xfe.txt", b"a;b'c\"d.txt", "\u202egpj.txt".encode()):
        Path(os.fsdecode(os.fsencode(root) + b"/" + name)).write_text(SENTENCE * 2)
    (root / "leads-out.txt").symlink_to("../../../etc/passwd")
    (root / "loop.txt").symlink_to("loop.txt")
    os.mkfifo(root / "pipe.txt")
    (root / "nowhere").mkdir()
    (root / "naughty").mkdir()
    for number, string in enumerate(NAUGHTY):
        text = f"{SENTENCE}{string}\n\n“{string},” he said on Monday. {SENTENCE}"
        (root / "naughty" / f"{number:02}.txt").write_text(text, encoding="utf-8", newline="")


def test_every_file_is_read_or_refused_and_every_text_goes_through(tmp_path: Path) -> None:
    hostile(tmp_path / "raw")
    entries = read.listing(tmp_path / "raw")
    assert len(entries) > 80
    taken = 0
    for entry in entries:
        rows = list(read.read_file(tmp_path / "raw", entry))
        assert rows, entry.path
        for row in rows:
            for value in (row.source, row.path):
                assert value.isprintable() and value.encode()
            if isinstance(row, read.Refusal):
                assert row.reason in REFUSAL_REASONS and row.detail.isprintable()
                continue
            taken += 1
            edits = clean(row.text)
            text = apply(row.text, edits)
            assert text
            sentences = split(text)
            assert all(0 <= s.start < s.end <= len(text) for s in sentences)
            offsets = Offsets(edits)
            for sentence in sentences[:50]:
                start, end = offsets.to_raw(sentence.start, sentence.end)
                assert 0 <= start <= end <= len(row.text)
            found = facts(
                RecordMetadata(row.known_title, published=row.known_published), row.text, edits, text, sentences
            )
            assert found.published_basis in {"metadata", "stated", "inferred", "unknown"}
    assert taken >= len(NAUGHTY)


def test_a_file_that_disappears_while_it_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "One."}\n{"text": "Two."}\n')
    (tmp_path / "b.txt").write_text(SENTENCE)
    first, second = read.listing(tmp_path)
    rows = read.read_file(tmp_path, first)
    assert isinstance(next(rows), read.Record)
    (tmp_path / "a.jsonl").unlink()
    (tmp_path / "b.txt").unlink()
    # An open file can be read to its end.
    assert len(list(rows)) == 1
    (gone,) = read.read_file(tmp_path, second)
    assert isinstance(gone, read.Refusal) and gone.reason == "unreadable"


@pytest.mark.parametrize("string", NAUGHTY, ids=[str(number) for number in range(len(NAUGHTY))])
@pytest.mark.slow
def test_time_is_linear_in_the_length(string: str) -> None:
    raw = string * (100_000 // len(string) + 1) + "x"
    with cpu_limit():
        edits = clean(raw)
        text = apply(raw, edits)
        facts(RecordMetadata(), raw, edits, text, split(text))


@pytest.mark.slow
@pytest.mark.parametrize("piece", ["1 ", "2021-", "May ", "12:", "on Monday ", "the 1st of ", "1,000 "])
def test_dates_are_found_in_linear_time_in_what_looks_like_them(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    with cpu_limit():
        assert all(found.end <= len(text) for found in find(text))


def test_the_largest_article_there_can_be_stays_under_a_gigabyte(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b" \n\t" * (read.MAX_BYTES // 3 - 1) + b"x")
    code = (
        "import re, sys; from pathlib import Path\n"
        "from pipeline import read; from pipeline.documents.clean import apply, clean\n"
        "root = Path(sys.argv[1])\n"
        "(row,) = read.read_file(root, read.listing(root)[0])\n"
        "assert apply(row.text, clean(row.text)) == 'x'\n"
        # Not ru_maxrss, which includes the memory of the process before exec.
        "print(re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1])"
    )
    out = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert int(out.stdout) < 1_000_000


@pytest.mark.slow
def test_a_build_of_it_ends_normally_in_a_gigabyte(tmp_path: Path) -> None:
    hostile(tmp_path / "raw")
    settings = Settings(raw=tmp_path / "raw", warehouse=tmp_path / "warehouse")
    command = [sys.executable, "-c", "from assets.cli import app; app()", "build"]
    with (tmp_path / "error").open("w") as error_file:
        build = subprocess.Popen(
            [*command, "--raw", str(settings.raw), "--warehouse", str(settings.warehouse)],
            stdout=subprocess.DEVNULL,
            stderr=error_file,
        )
        peak = 0
        while build.poll() is None:
            peak = max(peak, tree_memory(build.pid))
            time.sleep(0.25)
    assert 0 < peak < 1 << 30
    # Threshold checks may fail: few articles have a day or a speaker. Structural checks pass, all stages end, and no
    # document fails.
    error = (tmp_path / "error").read_text()
    store = Store(settings.warehouse)
    failed = set(store.read("SELECT \"check\" FROM stored.verdicts WHERE NOT passed AND severity = 'error'")["check"])
    assert failed <= {sql_check.id for sql_check in BUILTIN_SQL_CHECKS if sql_check.thresholds is not None}, error
    assert store.read("SELECT count(*) AS n FROM stored.verdicts")["n"][0] > len(BUILTIN_SQL_CHECKS)
    of = {
        table: set(store.read(f"SELECT DISTINCT path FROM stored.{table}")["path"])  # noqa: S608
        for table in ("raws", "refusals", "files")
    }
    paths = {entry.path for entry in read.listing(settings.raw)}
    assert of["raws"] | of["refusals"] == paths
    assert store.read("SELECT count(*) AS n FROM stored.failures")["n"][0] == 0
