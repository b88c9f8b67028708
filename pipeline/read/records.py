"""Records: an object or a row with a text and what it says of itself."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, BinaryIO

from pipeline.read import limits, rows
from pipeline.read.decoding import Binary, Undecodable, decode, without_surrogates
from pipeline.read.mixed import REPLACEMENT
from pipeline.read.names import one_line
from pipeline.read.rows import Record, Refusal, attempted, refusal
from pipeline.read.source_file import Opened, visible
from pipeline.read.utf16 import as_utf8

URL = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]{0,30}://\S+")
# What a message of the JSON library ends with before its own words on the place.
_PLACE = re.compile(r"( starting)? at$|:\s*$")
WIDE = ("utf-16", "utf-32")
# What a record says of itself; `text` is the article.
FIELDS = ("id", "text", "url", "title", "author", "publisher", "published", "licence", "license")


def json_lines(opened: Opened) -> Iterator[Record | Refusal]:
    """`.jsonl`: an article a line, an object with `text` and where known `id`, `title`, `published`, `publisher`,
    `licence` (or `license`), `url`, `author`. Read line by line, so the file may be of any size; a line may not."""
    path = opened.path
    found = False
    file, encoding = as_utf8(opened.file)
    for number, line in lines(file):
        origin = f"{path}#line-{number}"
        if number == 1 and (problem := not_records(line or b"")):
            yield refusal(path, path, *problem, size=opened.size)
            return
        if line is None:
            found = True
            yield refusal(origin, path, "too-large", f"has more than {limits.MOST_BYTES} bytes")
        elif line.strip():
            found = True
            yield attempted(origin, path, partial(_line, line, path, origin, encoding), len(line))
    if not found:
        yield refusal(path, path, "empty", "holds no record", size=opened.size)


def not_records(head: bytes) -> tuple[str, str] | None:
    """Reason and words, where the first line of a file shows that it holds no text."""
    if b"\0" in head[: limits.HEAD_BYTES]:
        return "binary", "holds NUL bytes"
    return None


def lines(file: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """(number from 1, line), with None for a line longer than MOST_BYTES, which is skipped without being kept."""
    number = 0
    while line := file.readline(limits.MOST_BYTES + 1):
        number += 1
        if len(line) <= limits.MOST_BYTES:
            yield number, line
            continue
        while line and not line.endswith(b"\n"):
            line = file.readline(limits.MOST_BYTES)
        yield number, None


def record(
    value: Mapping[str, Any], *, path: str, origin: str, size: int, encoding: str = "utf-8", data: bytes | None = None
) -> Record | Refusal:
    """The record of an object or row. `data` are its bytes, where there are any of its own."""
    try:
        fields = Fields(value)
    except TypeError as error:
        return refusal(origin, path, "broken-record", str(error), data)
    if fields.text is None or not visible(fields.text):
        return refusal(origin, path, "no-text", "has no text", data)
    if "\0" in fields.text:
        return refusal(origin, path, "binary", "holds NUL characters in its text", data)
    if len(fields.text) > limits.MOST_BYTES:
        return refusal(origin, path, "too-large", f"has more than {limits.MOST_BYTES} characters", data)
    if fields.replaced:
        encoding += " (half characters replaced)"
    elif encoding.startswith(WIDE) and REPLACEMENT in fields.text:
        encoding += " (broken characters replaced)"
    return rows.record(
        path=path,
        origin=origin,
        source=f"{path}#{fields.id}" if fields.id else origin,
        text=fields.text,
        encoding=encoding,
        size=size,
        extractor="records",
        url=fields.url,
        known=fields.known,
    )


class Fields:
    """What an object says. Raises TypeError, naming the key, where a value is of a kind that it cannot be."""

    def __init__(self, value: Mapping[str, Any]) -> None:
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
            # Cut, and never unknown: a text whose record names no licence that we know is not open.
            "licence": self._line(value, "licence", cut=True) or self._line(value, "license", cut=True),
        }

    def _string(self, value: Mapping[str, Any], key: str, *, numbers: bool = False, lists: bool = False) -> str | None:
        given = value.get(key)
        if numbers and isinstance(given, int) and not isinstance(given, bool):
            given = str(given)
        if lists and isinstance(given, list) and all(isinstance(part, str) for part in given):
            given = ", ".join(given)
        if isinstance(given, datetime.date):
            # Parquet has dates and times of its own.
            given = given.isoformat()
        if given is None:
            return None
        if not isinstance(given, str):
            raise TypeError(f'its "{key}" is not text')
        mended, replaced = without_surrogates(given)
        self.replaced |= replaced
        return mended

    def _line(
        self, value: Mapping[str, Any], key: str, *, numbers: bool = False, lists: bool = False, cut: bool = False
    ) -> str | None:
        """On one line, without control characters; None where nothing is left, or it is too long and not to be cut."""
        given = self._string(value, key, numbers=numbers, lists=lists)
        if given and len(given) > limits.MOST_FIELD:
            # The mark of the cut keeps what is left from naming a licence.
            given = f"{given[: limits.MOST_FIELD]}…" if cut else None
        return one_line(given) or None if given else None


def parsed(content: str) -> Mapping[str, Any]:
    """A JSON object. Raises ValueError that says why it is none, without any of the content."""
    try:
        value = json.loads(content)
    except json.JSONDecodeError as error:
        what = _PLACE.sub("", error.msg)
        raise ValueError(f"is not JSON: {what}, character {error.pos}") from None
    except (ValueError, RecursionError):
        raise ValueError("is JSON that cannot be read: nested or numbered too far") from None
    if not isinstance(value, dict):
        raise ValueError("is JSON, but no object")
    return value


def _line(line: bytes, path: str, origin: str, encoding: str) -> Record | Refusal:
    try:
        content = line.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            content, encoding = (read := decode(line)).text, read.encoding
        except Binary as error:
            return refusal(origin, path, "binary", str(error), line)
        except Undecodable as error:
            return refusal(origin, path, "undecodable", str(error), line)
    try:
        value = parsed(content)
    except ValueError as error:
        return refusal(origin, path, "broken-record", str(error), line)
    return record(value, path=path, origin=origin, size=len(line), encoding=encoding, data=line)
