"""Stream JSON files: a list of articles, an object that holds such a list, or one article."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline.read import limits
from pipeline.read.field_names import lists
from pipeline.read.records import not_records, record
from pipeline.read.rows import Record, Refusal, read_or_refuse, refusal
from pipeline.read.source_file import OpenFile, RecordSizeLimiter, RecordTooLarge
from pipeline.read.utf16 import as_utf8

# Nested lists and objects; articles have about four levels.
MAX_DEPTH = 50


def articles(opened: OpenFile) -> Iterator[Record | Refusal]:
    """Read `.json`: one object per article, with the fields of `field_names`."""
    import ijson

    path = opened.path
    file, encoding = as_utf8(opened.file)
    head = file.read(limits.HEAD_BYTES).removeprefix(b"\xef\xbb\xbf")
    if problem := not_records(head) or (None if head.strip() else ("empty", "holds no record")):
        yield refusal(path, path, *problem, size=opened.size)
        return
    counted = RecordSizeLimiter(file, head)
    number = 0
    origin = path
    try:
        for value in _objects(counted):
            number += 1
            origin = f"{path}#item-{number}"
            yield read_or_refuse(origin, path, lambda: _record(value, opened, origin, encoding))  # noqa: B023 - called at once
            counted.begin()
    except RecordTooLarge:
        yield refusal(f"{path}#item-{number + 1}", path, "too-large", f"has more than {limits.MAX_BYTES} bytes")
    except (ijson.JSONError, UnicodeDecodeError, ValueError) as error:
        why = "is not JSON in UTF-8" if isinstance(error, UnicodeDecodeError) else "is not JSON"
        where = path if not number else f"{path}#item-{number + 1}"
        yield refusal(where, path, "broken-record", f"{why}; what follows was not read", size=opened.size)
    else:
        if not number:
            yield refusal(path, path, "empty", "holds no record", size=opened.size)


def _objects(file: RecordSizeLimiter) -> Iterator[Any]:
    """Yield the articles, in order. Raises JSONError, ValueError, RecordTooLarge."""
    import ijson
    from ijson.common import ObjectBuilder

    builder: Any = None
    keys: list[str] = []  # of the enclosing objects
    depth = 0  # open lists and objects
    items: int | None = None  # the depth around each article; None: the file is an object so far
    for event, value in ijson.basic_parse(file, use_float=True):
        if event in ("end_map", "end_array"):
            depth -= 1
            keys[depth:] = []
        if event == "map_key":
            keys[depth - 1 :] = [value]
        if event == "start_array" and (depth == 0 or (items is None and ".".join(keys) in lists())):
            builder, items = None, depth + 1
        elif items is None or depth > items or (depth == items and (builder or event != "end_array")):
            builder = builder or ObjectBuilder()
            builder.event(event, value)
        if event in ("start_map", "start_array"):
            depth += 1
            keys += [""] * (depth - len(keys) - 1)
            if depth > MAX_DEPTH:
                raise ValueError
        elif builder and depth == (items or 0):
            yield builder.value
            builder = None
        if items is not None and depth < items:
            return


def _record(value: Any, opened: OpenFile, origin: str, encoding: str) -> Record | Refusal:
    if not isinstance(value, dict):
        return refusal(origin, opened.path, "broken-record", "is JSON, but not an object")
    return record(value, opened, origin=origin, encoding=encoding)
