"""Metadata files: `name.json` beside `name.txt`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import BinaryIO

from pipeline.read import limits
from pipeline.read.compression import UNPACKERS
from pipeline.read.decoding import decode
from pipeline.read.formats import SINGLE
from pipeline.read.names import split_suffix
from pipeline.read.records import Fields, parsed

SUFFIX = ".json"


class BadMetadata(ValueError):
    """The metadata cannot be read. The message says why and does not quote the content."""


def sidecar_path(path: str) -> str | None:
    """Return the path of an article's metadata file, which may not exist; None for formats without one article per
    file."""
    stem, suffix = split_suffix(path)
    if suffix in UNPACKERS:
        stem, suffix = split_suffix(stem)
    return stem + SUFFIX if suffix in SINGLE else None


def metadata(file: BinaryIO) -> Mapping[str, str | None]:
    """Read a metadata file: the values of `rows.METADATA_FIELDS`, `language` and `url`. Raises BadMetadata."""
    data = file.read(limits.MAX_BYTES + 1)
    if len(data) > limits.MAX_BYTES:
        raise BadMetadata(f"has more than {limits.MAX_BYTES} bytes")
    try:
        fields = Fields({name: value for name, value in parsed(decode(data).text).items() if name != "text"})
    except (TypeError, ValueError) as error:
        raise BadMetadata(str(error)) from None
    return {**fields.known, "url": fields.url}
