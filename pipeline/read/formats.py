"""One reader a format: an open file -> records and refusals. Adding a format is one function and its line in READERS.

Belongs here: what a format's bytes mean. Does not belong here: which files there are, and whether they may be opened
(`pipeline.read`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO

from pipeline.read import rows
from pipeline.read.decoding import BOMS, Binary, Decoded, Undecodable, decode, without_surrogates
from pipeline.read.names import one_line
from pipeline.read.rows import Record, Refusal, refusal

# 4 MB: sixty times a long article, and four times what the language model takes. What is larger is no article and
# would cost memory in every stage (measured: 4 MB of nothing but blanks take cleaning 0.45 GB).
MOST_BYTES = 4_000_000
# Enough to tell a binary file from records.
HEAD_BYTES = 4_096
URL = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]{0,30}://\S+")

type Reader = Callable[[BinaryIO, str, int], Iterator[Record | Refusal]]


def text(file: BinaryIO, path: str, size: int) -> Iterator[Record | Refusal]:
    """`.txt`: the file is one article."""
    if size > MOST_BYTES:
        yield refusal(path, path, "too-large", f"has {size} bytes, more than {MOST_BYTES}", size=size)
        return
    data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        yield refusal(path, path, "too-large", f"has more than {MOST_BYTES} bytes")
    elif not data.strip():
        yield refusal(path, path, "empty", "is empty" if not data else "holds only blanks", data)
    else:
        read = _decoded(data, path, path)
        if isinstance(read, Refusal):
            yield read
        elif not visible(read.text):
            yield refusal(path, path, "empty", "holds nothing that can be seen", data)
        else:
            yield rows.record(
                path=path,
                origin=path,
                source=path,
                text=read.text,
                encoding=read.encoding,
                size=len(data),
                extractor="text",
            )


def records(file: BinaryIO, path: str, size: int) -> Iterator[Record | Refusal]:
    """`.jsonl`: an article a line, an object with `text` and where known `id`, `title`, `published`, `publisher`,
    `licence` (or `license`), `url`, `author`. Read line by line, so the file may be of any size; a line may not."""
    head = file.read(HEAD_BYTES)
    file.seek(0)
    problem = _not_records(head)
    if problem:
        yield refusal(path, path, *problem, size=size)
        return
    found = False
    for number, line in _lines(file):
        origin = f"{path}#line-{number}"
        if line is None:
            found = True
            yield refusal(origin, path, "too-large", f"has more than {MOST_BYTES} bytes")
        elif line.strip():
            found = True
            yield _record(line, path, origin)
    if not found:
        yield refusal(path, path, "empty", "holds no record", size=size)


READERS: Mapping[str, Reader] = {".txt": text, ".jsonl": records}


def visible(content: str) -> bool:
    """Whether there is anything to see: not only blanks, controls and invisible characters."""
    return any(ch.isprintable() and not ch.isspace() for ch in content)


def _not_records(head: bytes) -> tuple[str, str] | None:
    """Reason and words, where the head of a file shows that it holds no lines of UTF-8."""
    if any(head.startswith(bom) for bom, encoding in BOMS if encoding != "utf-8-sig"):
        return "undecodable", "holds records in another encoding than UTF-8"
    if b"\0" in head:
        return "binary", "holds NUL bytes"
    return None


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """(number from 1, line), with None for a line longer than MOST_BYTES, which is skipped without being kept."""
    number = 0
    while line := file.readline(MOST_BYTES + 1):
        number += 1
        if len(line) <= MOST_BYTES:
            yield number, line
            continue
        while line and not line.endswith(b"\n"):
            line = file.readline(MOST_BYTES)
        yield number, None


def _decoded(data: bytes, source: str, path: str) -> Decoded | Refusal:
    try:
        return decode(data)
    except Binary as error:
        return refusal(source, path, "binary", str(error), data)
    except Undecodable as error:
        return refusal(source, path, "undecodable", str(error), data)


def _record(line: bytes, path: str, origin: str) -> Record | Refusal:
    try:
        content = line.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return refusal(origin, path, "undecodable", f"is not UTF-8: byte {error.start} of the line", line)
    try:
        value = json.loads(content)
    except json.JSONDecodeError as error:
        return refusal(origin, path, "broken-record", f"is not JSON: {error.msg}, character {error.pos}", line)
    except (ValueError, RecursionError):
        return refusal(origin, path, "broken-record", "is JSON that cannot be read: nested or numbered too far", line)
    if not isinstance(value, dict):
        return refusal(origin, path, "broken-record", "is JSON, but no object", line)
    try:
        fields = _Fields(value)
    except TypeError as error:
        return refusal(origin, path, "broken-record", str(error), line)
    if fields.text is None or not visible(fields.text):
        return refusal(origin, path, "no-text", "has no text", line)
    if "\0" in fields.text:
        return refusal(origin, path, "binary", "holds NUL characters in its text", line)
    return rows.record(
        path=path,
        origin=origin,
        source=f"{path}#{fields.id}" if fields.id else origin,
        text=fields.text,
        encoding="utf-8 (half characters replaced)" if fields.replaced else "utf-8",
        size=len(line),
        extractor="records",
        url=fields.url,
        known=fields.known,
    )


class _Fields:
    """What an object says. Raises TypeError, naming the key, where a value is of a kind that it cannot be."""

    def __init__(self, value: dict[str, Any]) -> None:
        self.replaced = False
        self.id = self._line(value, "id", numbers=True)
        self.text = self._string(value, "text")
        url = self._line(value, "url")
        # A url names the document: "n/a" in every record would make them all one.
        self.url = url if url and URL.fullmatch(url) else None
        self.known = {
            "title": self._line(value, "title"),
            "author": self._line(value, "author", lists=True),
            "publisher": self._line(value, "publisher"),
            "published": self._line(value, "published"),
            "licence": self._line(value, "licence") or self._line(value, "license"),
        }

    def _string(self, value: dict[str, Any], key: str, *, numbers: bool = False, lists: bool = False) -> str | None:
        given = value.get(key)
        if numbers and isinstance(given, int) and not isinstance(given, bool):
            given = str(given)
        if lists and isinstance(given, list) and all(isinstance(part, str) for part in given):
            given = ", ".join(given)
        if given is None:
            return None
        if not isinstance(given, str):
            raise TypeError(f'its "{key}" is not text')
        mended, replaced = without_surrogates(given)
        self.replaced |= replaced
        return mended

    def _line(self, value: dict[str, Any], key: str, *, numbers: bool = False, lists: bool = False) -> str | None:
        """On one line, without control characters; None where nothing is left."""
        given = self._string(value, key, numbers=numbers, lists=lists)
        return one_line(given) or None if given else None
