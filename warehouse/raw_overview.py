"""Overview of a raw folder: files by kind, articles by publisher and by day. All lists are bounded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from warehouse.sql import fetch_one
from warehouse.text import counted, printable, shortened

# Limits: names in a list, characters of a name.
MAX_NAMES, MAX_NAME_LENGTH = 5, 40
# A kind is a file name's suffix, with that of its compression.
_FILES = r"""
SELECT regexp_extract(lower(path), '(\.[a-z0-9]{1,8}(?:\.(?:gz|zst))?)$', 1) AS kind, count(*) AS files,
    count(*) FILTER (path IN (SELECT path FROM stored.raws))
FROM (SELECT path FROM stored.files UNION SELECT path FROM stored.raws UNION SELECT path FROM stored.refusals)
GROUP BY kind ORDER BY files DESC, kind LIMIT 50
"""
# Values of the article's record, until the article has been processed.
_ARTICLES = """
SELECT coalesce(documents.publisher, raws.known_publisher) AS publisher,
    coalesce(documents.published_on, try_cast(left(raws.known_published, 10) AS DATE)) AS day
FROM stored.raws LEFT JOIN stored.documents USING (document_id) WHERE raws.standing
"""


@dataclass(frozen=True, slots=True)
class Overview:
    """kinds: (suffix, files, files that hold articles); publishers, days: (name, articles), the most frequent first and
    at most MAX_NAMES, with the number of others and of articles without one; first, last: days."""

    kinds: tuple[tuple[str, int, int], ...]
    publishers: tuple[tuple[str, int], ...]
    other_publishers: int
    without_publisher: int
    days: tuple[tuple[str, int], ...]
    first: str | None
    last: str | None
    without_day: int


def overview(connection: duckdb.DuckDBPyConnection) -> Overview:
    """Return the overview of the current store."""
    kinds = connection.execute(_FILES).fetchall()
    publishers = connection.execute(_top("publisher")).fetchall()
    days = [(str(day), count) for day, count in connection.execute(_top("day")).fetchall()]
    row = fetch_one(
        connection,
        f"SELECT count(DISTINCT publisher), count(*) - count(publisher), min(day)::VARCHAR, max(day)::VARCHAR, "  # noqa: S608
        f"count(*) - count(day) FROM ({_ARTICLES})",
    )
    assert row is not None
    distinct, without_publisher, first, last, without_day = row
    return Overview(
        tuple(kinds),
        tuple(publishers),
        distinct - len(publishers),
        without_publisher,
        tuple(days),
        first,
        last,
        without_day,
    )


def lines(found: Overview, width: int) -> Iterator[str]:
    """Yield the overview in lines of at most `width` characters, unless the first item alone is longer. Items that do
    not fit are counted. Control characters in names are replaced, so that they cannot move a terminal's cursor."""
    # `.pdf 2 of 4`: two of four hold an article.
    files = [
        f"{kind or 'no suffix'} {count:,}" if used == count else f"{kind or 'no suffix'} {used:,} of {count:,}"
        for kind, count, used in found.kinds
    ]
    if files:
        yield _fitted("  files read: ", files, 0, "kind", "", width)
    publishers = [f"{shortened(printable(name, '?'), MAX_NAME_LENGTH)} {count:,}" for name, count in found.publishers]
    if publishers or found.without_publisher:
        unnamed = f"{found.without_publisher:,} without one" if found.without_publisher else ""
        yield _fitted("  publishers: ", publishers, found.other_publishers, "publisher", unnamed, width)
    if found.first or found.without_day:
        one_day = found.first == found.last
        span = [found.first if one_day else f"{found.first} to {found.last}"] if found.first else []
        busy = [] if one_day else [f"{day} {count:,}" for day, count in found.days]
        undated = f"{found.without_day:,} without a day" if found.without_day else ""
        yield _fitted("  published:  ", [*span, *busy], None, "day", undated, width)


def _top(column: str) -> str:
    return (
        f"SELECT {column} AS name, count(*) AS articles FROM ({_ARTICLES}) WHERE {column} IS NOT NULL "  # noqa: S608
        f"GROUP BY {column} ORDER BY articles DESC, name LIMIT {MAX_NAMES}"
    )


def _fitted(label: str, items: list[str], others: int | None, noun: str, end: str, width: int) -> str:
    """Return the label, as many items as fit on a line, the number of the others, then the end. `others` is None if
    omitted items need not be counted."""
    for shown in range(len(items), 0, -1):
        left = None if others is None else others + len(items) - shown
        more = counted(left, f"more {noun}") if left else ""
        line = label + ", ".join(part for part in (*items[:shown], more, end) if part)
        if len(line) <= width or shown == 1:
            return line
    return label + end
