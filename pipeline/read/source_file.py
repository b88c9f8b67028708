"""What a reader is handed, and what every reader asks of a text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from pipeline.read.field_names import FieldNames, Usage
from pipeline.read.rows import Record, Refusal


@dataclass(frozen=True, slots=True)
class Opened:
    """A file, open for reading (unpacked where it was packed).

    path    its name, as the tables hold it
    size    its bytes; None where only reading tells (it was packed)
    beside  what the metadata beside it say: names of `rows.KNOWN` and `url`
    names   under which names its records give their fields
    usage   which of them they used so far
    """

    file: BinaryIO
    path: str
    size: int | None
    beside: Mapping[str, str | None] = field(default_factory=dict)
    names: FieldNames = field(default_factory=FieldNames)
    usage: Usage = field(default_factory=Usage)


type Reader = Callable[[Opened], Iterator[Record | Refusal]]


def visible(content: str) -> bool:
    """Whether there is anything to see: not only blanks, controls and invisible characters."""
    return any(ch.isprintable() and not ch.isspace() for ch in content)
