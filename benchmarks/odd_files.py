"""Generate any number of odd raw files, by rules and chance, for `benchmarks.fuzz`.

File number i of a seed does not depend on the count. Its kind is the i-th of KINDS, cyclically; everything else is
drawn. The texts are those of `benchmarks.odd_texts`.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from benchmarks.odd_texts import CONTROLS, HIDDEN, MARKS, REPEATED, SCRIPTS, mutated, quantities, sources, sprinkled

NAMES = (
    b"new\nline",
    b"\xff\xfe",
    b"trailing. ",
    b" leading",
    b"a..b",
    b"~",
    b"-rf",
    b"#?*%00",
    "\u202egpj".encode(),
    "n\u0303".encode(),
    "日本".encode(),
    b"a;b'c\"d$(e)",
)
WRONG: tuple[object, ...] = (
    None,
    True,
    5,
    -1e308,
    [],
    {},
    ["a", 1],
    {"a": {}},
    "",
    "\ud800",
    "\0",
    "9" * 400,
    "x" * 5_000,
)
FACTS = ("id", "title", "author", "publisher", "published", "licence", "url", "text")
DAYS = (
    "2021-02-30",
    "0001-01-01",
    "9999-12-31T23:59:60+14:00",
    "20240516",
    "1715870000",
    "yesterday",
    "",
    "2024-05-16",
)
SUFFIXES = (".txt", ".html", ".jsonl", ".csv", ".parquet", ".warc", ".txt.gz", ".jsonl.zst", ".json", ".pdf", "")
ENCODINGS = ("cp1252", "utf-16", "utf-16-le", "utf-8-sig", "cp1251", "utf-32", "shift_jis", "latin-1")
# Maximum characters of a run of marks or words, and records, in a file.
MAX_RUN_LENGTH = 40_000
MAX_RECORDS = 6


@dataclass(frozen=True, slots=True)
class Place:
    """Where a file is written: the raw folder, the start of its name; the random generator, the source texts."""

    root: Path
    name: str
    rng: Random
    texts: Sequence[str]

    def write(self, suffix: str, content: str | bytes) -> None:
        """Write a file with this name and suffix."""
        data = content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
        (self.root / (self.name + suffix)).write_bytes(data)

    def article(self) -> str:
        """Return one of the texts, with random changes."""
        return mutated(self.rng, self.rng.choice(self.texts))


def write(root: Path, seed: int, count: int) -> None:
    """Write this many odd files into a new folder, with their companions (metadata, targets of links)."""
    root.mkdir(parents=True)
    texts, kinds = sources(), list(KINDS.items())
    for number in range(count):
        kind, make = kinds[number % len(kinds)]
        chance = Random(f"{seed} {number}")
        folder = root / ("" if number % 7 else f"deep/{number % 5}")
        folder.mkdir(parents=True, exist_ok=True)
        make(Place(folder, f"{number:05}-{kind}", chance, texts))


def _text(make: Callable[[Place], str]) -> Callable[[Place], None]:
    """Return what writes a text as `.txt`."""
    return lambda p: p.write(".txt", make(p))


def _run(p: Place) -> None:
    piece, length = p.rng.choice(MARKS + REPEATED), p.rng.randint(10, MAX_RUN_LENGTH)
    run = piece * (length // len(piece) + 1)
    before, after = p.rng.choice((("", ""), (p.article() + "\n\n", ""), ("She said: ", " he said on Monday.")))
    p.write(".txt", before + run + after)


def _bytes(p: Place) -> None:
    head = p.rng.choice(
        (b"", b"PAR1", b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"WARC/1.0\r\n", b"\xff\xfe", b"<html>", b'{"text":')
    )
    p.write(p.rng.choice(SUFFIXES), head + p.rng.randbytes(p.rng.choice((0, 1, 20, 5_000))))


def _encodings(p: Place) -> None:
    data = p.article().encode(p.rng.choice(ENCODINGS), "replace")
    odd = p.rng.choice((b"", b"\x93so\x94", b"caf\xe9", b"\xed\xa0\x80", b"\xf0\x9f", b"\0", b"\xe2\x80"))
    place = p.rng.randrange(len(data) + 1)
    p.write(".txt", data[:place] + odd + data[place:])


def page(p: Place) -> str:
    """Return a page with an article, its tags as odd as its words."""
    r = p.rng
    body = "".join(f"<p>{part}</p>" for part in p.article().split("\n\n"))
    around = r.choice(
        ("{}", "<article>{}</article>", "<table><tr><td>{}", "<div>" * 2_000 + "{}", "<!--{}", "<script>{}")
    )
    day = r.choice(DAYS)
    described = json.dumps({"@type": "NewsArticle", "datePublished": r.choice(WRONG)})
    head = (
        f'<meta charset="{r.choice(("utf-8", "iso-8859-1", "no-such", "utf-16", "shift_jis"))}">'
        f'<meta property="article:published_time" content="{day}"><meta name="author" content="{r.choice(MARKS) * 40}">'
        f'<script type="application/ld+json">{described}</script>'
    )
    return f"<!doctype html><html><head>{head}</head><body>{around.format(body)}</body></html>"


def _page(p: Place) -> None:
    data = page(p).encode("utf-8", "replace")
    p.write(
        ".html", p.rng.choice((data, data[: len(data) // 2], data.replace(b"e", b"\xe9"), data.replace(b"<", b"<<")))
    )


def facts(p: Place) -> dict[str, object]:
    """Return a record's fields, right or wrong."""
    r = p.rng
    known: dict[str, object] = {"text": p.article(), "published": r.choice(DAYS)}
    if r.random() < 0.5:
        known[r.choice(FACTS)] = r.choice(WRONG)
    return known


def _records(p: Place) -> None:
    lines = [json.dumps(facts(p)) for _ in range(p.rng.randint(1, MAX_RECORDS))]
    broken = (
        "",
        "{",
        "[" * 20_000,
        '{"text": "open',
        "null",
        '{"text": ' + "9" * 5_000 + "}",
        '{"text": 1e999}',
        "\0",
        '{"text": "' + "a" * 2_100_000,
    )
    lines.insert(p.rng.randrange(len(lines) + 1), p.rng.choice(broken))
    p.write(".jsonl", p.rng.choice(("\n", "\r\n", "\n\n")).join(lines))


def _table(p: Place) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=p.rng.choice(",;\t|"))
    writer.writerow(("id", "text", "published"))
    for number in range(p.rng.randint(1, MAX_RECORDS)):
        writer.writerow((p.rng.choice((number, 10**30, "")), p.article(), p.rng.choice(DAYS)))
    odd = p.rng.choice(("", '"open', "a,b,c,d,e,f\n", "\0", "1," + "9" * 3_000))
    p.write(".csv", (out.getvalue() + odd).encode("utf-8", "replace"))


def _parquet(p: Place) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    r = p.rng
    kinds = (
        pa.date32(),
        pa.timestamp("us"),
        pa.timestamp("ms", "Nowhere/City"),
        pa.timestamp("ns", "+99:99"),
        pa.timestamp("us", "America/New_York"),
    )
    kind = r.choice(kinds)
    width = 31 if pa.types.is_date32(kind) else 62
    numbers = [r.choice((0, 1, -1, 2**width - 1, -(2**width), r.randrange(-(2**width), 2**width))) for _ in range(3)]
    days = pa.array(numbers, pa.int32() if width == 31 else pa.int64()).view(kind)
    out = io.BytesIO()
    parquet.write_table(pa.table({"text": [p.article() for _ in numbers], "published": days}), out)
    data = out.getvalue()
    p.write(".parquet", r.choice((data, data, data, data[:-30], data[:100] + r.randbytes(40) + data[140:])))


def _archive(p: Place) -> None:
    r = p.rng
    parts = []
    for number in range(r.randint(1, MAX_RECORDS)):
        body = page(p).encode("utf-8", "replace")
        coding = r.choice(
            (b"", b"Content-Encoding: gzip\r\n", b"Content-Encoding: br\r\n", b"Transfer-Encoding: chunked\r\n")
        )
        body = r.choice((body, body, gzip.compress(body, mtime=0), gzip.compress(body, mtime=0)[:-50], r.randbytes(50)))
        http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" + coding + b"\r\n" + body
        length = len(http) + r.choice((0, 0, 0, 0, 7, -7, 10**9))
        head = f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://a.example/{p.name}/{number}\r\n"
        head += f"WARC-Date: {r.choice(DAYS)}T00:00:00Z\r\nContent-Type: application/http; msgtype=response\r\n"
        parts.append(f"{head}Content-Length: {length}\r\n\r\n".encode() + http + b"\r\n\r\n")
    whole = r.random() < 0.5
    p.write(
        *(".warc", b"".join(parts)) if whole else (".warc.gz", b"".join(gzip.compress(part, mtime=0) for part in parts))
    )


def _packed(p: Place) -> None:
    import pyarrow as pa

    r = p.rng
    text = p.article().encode("utf-8", "replace")
    data = r.choice(
        (text, text, gzip.compress(text, mtime=0), b"PK\x03\x04" + text, b"\0" * 20_000_000, b" " * 20_000_000)
    )
    suffix = r.choice((".gz", ".zst"))
    packed = gzip.compress(data, mtime=0) if suffix == ".gz" else bytes(pa.Codec("zstd").compress(data, asbytes=True))
    p.write(
        r.choice((".txt", ".jsonl", "")) + suffix,
        r.choice((packed, packed, packed[:-20], packed + b"more", b"no" + packed)),
    )


def _links(p: Place) -> None:
    place = p.root / f"{p.name}.txt"
    match p.rng.randrange(6):
        case 0:
            place.symlink_to(place.name)
        case 1:
            place.symlink_to("/etc/passwd")
        case 2:
            place.symlink_to("nowhere.txt")
        case 3:
            os.mkfifo(place)
        case 4:
            place.symlink_to("..")
        case _:
            _socket(place)


def _socket(place: Path) -> None:
    """Create a socket. Its path may have at most 107 bytes: bind it by a short name through the open folder."""
    folder = os.open(place.parent, os.O_DIRECTORY)
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(f"/proc/self/fd/{folder}/{place.name}")
    finally:
        os.close(folder)


def _names(p: Place) -> None:
    odd = p.rng.choice(NAMES) + p.rng.choice((b"", b"n" * 150))
    suffix = p.rng.choice((b".txt", b".TXT", b".txt.", b"..txt", b".txt ", b"..gz"))
    place = os.fsencode(p.root / p.name) + odd + suffix
    Path(os.fsdecode(place)).write_bytes(p.article().encode("utf-8", "replace"))


def _beside(p: Place) -> None:
    p.write(".txt", p.article())
    known = {name: p.rng.choice((*WRONG, p.rng.choice(DAYS))) for name in FACTS}
    texts = (
        json.dumps(known),
        "",
        "{",
        "[1]",
        '"' + "x" * 2_100_000 + '"',
        json.dumps({"title": "One", "published": "2024-05-16"}),
    )
    match p.rng.randrange(8):
        case 0:
            (p.root / f"{p.name}.json").mkdir()
        case 1:
            os.mkfifo(p.root / f"{p.name}.json")
        case _:
            p.write(".json", p.rng.choice(texts))


KINDS: Mapping[str, Callable[[Place], None]] = {
    "mutated": _text(Place.article),
    "quantities": _text(lambda p: p.article() + "\n\n" + quantities(p.rng)),
    "scripts": _text(lambda p: sprinkled(p.rng, p.article(), [f" {one} " for one in SCRIPTS], 40)),
    "records": _records,
    "hidden": _text(lambda p: sprinkled(p.rng, p.article(), HIDDEN, p.rng.choice((3, 300)))),
    "controls": _text(lambda p: sprinkled(p.rng, p.article(), CONTROLS, p.rng.choice((1, 100)))),
    "table": _table,
    "line": _text(lambda p: " ".join(" ".join(p.article().split()) for _ in range(p.rng.randint(2, 20)))),
    "run": _run,
    "parquet": _parquet,
    "bytes": _bytes,
    "encodings": _encodings,
    "page": _page,
    "archive": _archive,
    "packed": _packed,
    "links": _links,
    "names": _names,
    "beside": _beside,
}
