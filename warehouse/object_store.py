"""Object stores: S3 and the like, or a folder, by an address. Credentials come from the environment only."""

from __future__ import annotations

import hashlib
import mimetypes
import os
from io import BufferedReader
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from warehouse.text import one_line

# file:// is for trials and mirrors; s3, gs and az for object stores; https for the hosts that obstore recognises.
SCHEMES = ("s3", "s3a", "gs", "az", "azure", "abfs", "abfss", "adl", "https", "file")
# Pieces of a file that are sent at once, their least size, and the most of one object in S3 ("Amazon S3 multipart
# upload limits").
PIECES = 4
PIECE_BYTES = 5 << 20
MAX_PIECES = 10_000
# Bytes that are read at once.
STEP = 4_000_000
_TYPES = {".parquet": "application/vnd.apache.parquet", ".md": "text/markdown", "": "text/plain"}

# What identifies the content of an object.
type Tag = dict[str, str]


class AddressError(ValueError):
    """An address is of no object store, or contains credentials; the message says why in one line."""


def check_address(url: str) -> str:
    """Return the address. Raises AddressError."""
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES:
        raise AddressError(f"{parts.scheme or url!r} is not one of {', '.join(SCHEMES)}")
    if parts.username or parts.password or parts.query:
        # They would be in logs and in the shell's history.
        raise AddressError("the address contains credentials: set them in the environment instead")
    return url


def opened(url: str) -> Any:
    """Open an object store; a folder is created. Raises AddressError."""
    from obstore.store import LocalStore, from_url

    check_address(url)
    try:
        if url.startswith("file:"):
            return LocalStore(Path(urlsplit(url).path), mkdir=True)
        return from_url(url)
    except Exception as error:
        raise AddressError(f"{url}: {one_line(error, 300)}") from error


def put_if_unchanged(store: Any, place: str, content: bytes, tag: Tag | None) -> bool:
    """Write an object if it still has this tag (None: if it does not exist). Returns whether it was written. Raises
    obstore's errors.

    A folder, and a store in which conditional writes are disabled (`AWS_CONDITIONAL_PUT=disabled`), are written in any
    case.
    """
    import obstore

    try:
        put(store, place, content, "create" if tag is None else tag)
    except (obstore.exceptions.AlreadyExistsError, obstore.exceptions.PreconditionError):
        return False
    except NotImplementedError:
        put(store, place, content)
    return True


def put(store: Any, place: str, content: BufferedReader | bytes, mode: Any = "overwrite") -> None:
    """Write an object. `mode`: obstore's PutMode; a tag is one. Raises obstore's errors."""
    import obstore
    from obstore.store import LocalStore

    suffix = Path(place).suffix
    kind = _TYPES.get(suffix) or mimetypes.guess_type(place)[0] or "application/octet-stream"
    # A folder cannot store a content type.
    attributes = None if isinstance(store, LocalStore) else {"Content-Type": kind}
    length = len(content) if isinstance(content, bytes) else os.fstat(content.fileno()).st_size
    obstore.put(
        store, place, content, attributes=attributes, mode=mode, chunk_size=piece(length), max_concurrency=PIECES
    )


def piece(length: int) -> int:
    """Return the bytes of the pieces in which an object of this length is sent."""
    return max(PIECE_BYTES, -(-length // MAX_PIECES))


def get(store: Any, place: str) -> bytes | None:
    """Return an object's content; None if there is none. Raises obstore's errors."""
    return get_with_tag(store, place)[0]


def get_with_tag(store: Any, place: str) -> tuple[bytes | None, Tag | None]:
    """Return an object's content, and what identifies this content for a conditional write; None if there is none.
    Raises obstore's errors."""
    import obstore

    try:
        found = obstore.get(store, place)
        tag = {name: value for name in ("e_tag", "version") if (value := found.meta[name]) is not None}
        return bytes(found.bytes()), tag
    except FileNotFoundError:
        return None, None


def listed(store: Any, prefix: str) -> dict[str, int]:
    """Return the objects below a prefix, a whole name or several, with their bytes. Raises obstore's errors."""
    import obstore

    return {item["path"]: item["size"] for page in obstore.list(store, prefix) for item in page}


def digest(store: Any, place: str) -> str:
    """Return the SHA-256 of an object's content, as hex. Raises FileNotFoundError, and obstore's errors."""
    import obstore

    found = hashlib.sha256()
    for part in obstore.get(store, place).stream(min_chunk_size=STEP):
        found.update(part)
    return found.hexdigest()
