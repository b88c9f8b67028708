"""Metadata beside a text: `name.json` for `name.txt`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import BinaryIO

from pipeline.read import limits
from pipeline.read.compression import UNPACKERS
from pipeline.read.decoding import Binary, Undecodable, decode
from pipeline.read.formats import SINGLE
from pipeline.read.names import parted
from pipeline.read.records import Fields, parsed

SUFFIX = ".json"


class BadMetadata(ValueError):
    """The metadata cannot be read. The message says why, without any of the content."""


def beside(path: str) -> str | None:
    """Where the metadata of an article's file would stand; None for files that hold many articles, or none."""
    stem, suffix = parted(path)
    if suffix in UNPACKERS:
        stem, suffix = parted(stem)
    return stem + SUFFIX if suffix in SINGLE else None


def metadata(file: BinaryIO) -> Mapping[str, str | None]:
    """Names of `rows.KNOWN` and `url`, as they say. Raises BadMetadata."""
    data = file.read(limits.MOST_BYTES + 1)
    if len(data) > limits.MOST_BYTES:
        raise BadMetadata(f"has more than {limits.MOST_BYTES} bytes")
    try:
        fields = Fields({name: value for name, value in parsed(decode(data).text).items() if name != "text"})
    except (Binary, Undecodable) as error:
        raise BadMetadata(str(error)) from None
    except (TypeError, ValueError) as error:
        raise BadMetadata(str(error)) from None
    return {**fields.known, "url": fields.url}
