"""The rows that the package makes."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

type Days = tuple[datetime.date, datetime.date]


@dataclass(frozen=True, slots=True)
class Date:
    """One temporal expression, characters [start, end) of the text; columns of the table `dates`. `quote` is an index
    into the document's quotations."""

    start: int
    end: int
    quote: int | None
    relation: str | None
    type: str
    value: str | None
    mod: str | None
    earliest: datetime.date | None
    latest: datetime.date | None
    basis: str
    problem: str | None
