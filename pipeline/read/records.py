"""Read records (objects or rows with a text and metadata), and JSON lines."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, BinaryIO

from pipeline.read import limits, rows
from pipeline.read.decoding import NotText, decode, without_surrogates
from pipeline.read.field_names import FieldNames, flat
from pipeline.read.mixed_encoding import REPLACEMENT
from pipeline.read.names import one_line
from pipeline.read.rows import Record, Refusal, read_or_refuse, refusal
from pipeline.read.source_file import OpenFile, visible
from pipeline.read.utf16 import as_utf8

URL = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]{0,30}://\S+")
# The end of a JSON error message, before the place that the library adds.
_PLACE = re.compile(r"( starting)? at$|:\s*$")
WIDE = ("utf-16", "utf-32")
OURS = FieldNames()
# Fields that other tools give as numbers: seconds, row numbers.
NUMBERS = ("id", "published")
# Columns that a refusal lists, and characters of a name.
MAX_NAMES, MAX_NAME = 10, 40


def json_lines(opened: OpenFile) -> Iterator[Record | Refusal]:
    """Read `.jsonl` line by line: one object per line, with the fields of `field_names`. A file may have any size; a
    line may not."""
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
            yield refusal(origin, path, "too-large", f"has more than {limits.MAX_BYTES} bytes")
        elif line.strip():
            found = True
            yield read_or_refuse(origin, path, partial(_line, line, opened, origin, encoding), len(line))
    if not found:
        yield refusal(path, path, "empty", "holds no record", size=opened.size)


def not_records(head: bytes) -> tuple[str, str] | None:
    """Return reason and words if the first line of a file shows that it holds no text."""
    if b"\0" in head[: limits.HEAD_BYTES]:
        return "binary", "holds NUL bytes"
    return None


def lines(file: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """Yield (number from 1, line); None for a line longer than MAX_BYTES, which is skipped in parts."""
    number = 0
    while line := file.readline(limits.MAX_BYTES + 1):
        number += 1
        if len(line) <= limits.MAX_BYTES:
            yield number, line
            continue
        while line and not line.endswith(b"\n"):
            line = file.readline(limits.MAX_BYTES)
        yield number, None


def record(
    value: Mapping[str, Any],
    opened: OpenFile,
    *,
    origin: str,
    size: int | None = None,
    encoding: str = "utf-8",
    data: bytes | None = None,
) -> Record | Refusal:
    """Return the record of an object or row. `data` are its bytes, if it has any; `size` is their number (default: that
    of the text)."""
    path = opened.path
    try:
        fields = Fields(value, opened.names)
    except TypeError as error:
        return refusal(origin, path, "broken-record", str(error), data)
    opened.usage.add(fields.used.items(), value)
    if fields.text is None or not visible(fields.text):
        return refusal(origin, path, "no-text", no_text(value, opened.names), data)
    if "\0" in fields.text:
        return refusal(origin, path, "binary", "holds NUL characters in its text", data)
    if len(fields.text) > limits.MAX_BYTES:
        return refusal(origin, path, "too-large", f"has more than {limits.MAX_BYTES} characters", data)
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
        size=max(1, len(fields.text.encode())) if size is None else size,
        extractor="records",
        url=fields.url,
        known=fields.known,
    )


def no_text(names: Iterable[str], known: FieldNames) -> str:
    """Return the message for a table or record without a text: its columns, and the option that helps. Names come from
    the file: they are put on one line and cut."""
    given = [name for name in names if isinstance(name, str)]
    shown = [one_line(name[:MAX_NAME]) + ("…" if len(name) > MAX_NAME else "") for name in given[:MAX_NAMES]]
    listed = ", ".join(name for name in shown if name) + (", …" if len(given) > MAX_NAMES else "")
    asked = dict(known.given).get("text")
    what = f"has no text in a column named {asked}" if asked else "has no text"
    has = f"it has {listed}" if any(shown) else "it has no names"
    return f"{what}; {has}. Name the column with the text: --columns text=NAME"


class Fields:
    """The fields of an object; `used` maps a field to the name that gave it.

    Raises TypeError, naming the key, if a value under one of our names or the user's has a wrong type. Under other
    tools' names such a value is skipped.
    """

    def __init__(self, value: Mapping[str, Any], names: FieldNames = OURS) -> None:
        self.replaced = False
        self.used: dict[str, str] = {}
        self._names = names
        folded = {name.casefold(): given for name, given in value.items()}
        self._record = {**folded, **{name: given for name, given in value.items() if name in folded}}
        self.id = self._line("id")
        self.text = self._first("text", visible)
        # A url identifies the document: "n/a" in every record would merge them all.
        self.url = self._line("url", lambda text: URL.fullmatch(text.strip()) is not None)
        self.known = {
            "title": self._line("title"),
            "author": self._line("author"),
            # `source` is the address of the page in trafilatura, the name of the outlet in other tools.
            "publisher": self._line("publisher", lambda text: URL.fullmatch(text.strip()) is None),
            "published": self._line("published"),
            # Cut if too long, never dropped: a text whose record names an unknown licence is not open.
            "licence": self._line("licence", cut=True),
            "language": self._line("language"),
        }

    def _first(self, field: str, fits: Callable[[str], bool] = bool) -> str | None:
        """Return the first value of a field that fits, without surrogates."""
        strict = {field, field.replace("licence", "license"), *(name for _, name in self._names.given)}
        # Tools give a language as a code, a name or an object: ignore one that is not understood.
        strict -= {"language"}
        for name, given in self._names.values(self._record, field):
            text = _text(given, field, name)
            if text is None and name in strict:
                raise TypeError(f'its "{name}" is not text')
            if text is not None and fits(text):
                self.used[field] = name
                mended, replaced = without_surrogates(text)
                self.replaced |= replaced
                return mended
        return None

    def _line(self, field: str, fits: Callable[[str], bool] = bool, *, cut: bool = False) -> str | None:
        """Return a value on one line, without control characters; None if empty, or too long and not `cut`."""
        given = self._first(field, fits)
        if given and len(given) > limits.MAX_FIELD:
            # The ellipsis keeps the cut value from naming a licence.
            given = f"{given[: limits.MAX_FIELD]}…" if cut else None
        return one_line(given) or None if given else None


def _text(given: object, field: str, name: str) -> str | None:
    """Return a value as text; None if its type is another."""
    if isinstance(given, datetime.date):
        # Parquet has types for dates and times.
        return given.isoformat()
    if field in NUMBERS and isinstance(given, int | float) and not isinstance(given, bool):
        return str(given)
    if name != "text":
        given = flat(given)
        if isinstance(given, list) and given and all(isinstance(part, str) for part in given):
            return ("\n\n" if field == "text" else ", ").join(given)
    return given if isinstance(given, str) else None


def parsed(content: str) -> Mapping[str, Any]:
    """Parse a JSON object. Raises ValueError that says why it is none and does not quote the content."""
    try:
        value = json.loads(content)
    except json.JSONDecodeError as error:
        what = _PLACE.sub("", error.msg)
        raise ValueError(f"is not JSON: {what}, character {error.pos}") from None
    except (ValueError, RecursionError):
        raise ValueError("is JSON that cannot be read: nested too deeply, or a number has too many digits") from None
    if not isinstance(value, dict):
        raise ValueError("is JSON, but not an object")
    return value


def _line(line: bytes, opened: OpenFile, origin: str, encoding: str) -> Record | Refusal:
    path = opened.path
    try:
        content = line.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            content, encoding = (read := decode(line)).text, read.encoding
        except NotText as error:
            return refusal(origin, path, error.reason, str(error), line)
    try:
        value = parsed(content)
    except ValueError as error:
        return refusal(origin, path, "broken-record", str(error), line)
    return record(value, opened, origin=origin, size=len(line), encoding=encoding, data=line)
