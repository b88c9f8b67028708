"""Upload a release to an object store or another folder: completely, verified, with `latest` written last.

    PREFIX/2026.11.22/...            the files of the release; SHA256SUMS last: it marks the version as complete
    PREFIX/latest                    the newest version and a line end

An interrupted upload resumes: a file that is already there with the right bytes is not sent again. A file that the
version that `latest` names there has, such as a part that has not changed, is copied within the store. A version with
SHA256SUMS is not overwritten. `latest` and SHA256SUMS are conditional writes, which fail if another program has written
them meanwhile; the other files are not: two programs must not publish the same version at once.
A release that was withdrawn since is replaced by its tombstone. obstore repeats requests that a store fails to answer.
"""

from __future__ import annotations

import hashlib
import mimetypes
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from warehouse import files
from warehouse.release import verification, versions
from warehouse.text import one_line

# file:// is for trials and mirrors; s3, gs and az for object stores; https for the hosts that obstore recognises.
SCHEMES = ("s3", "s3a", "gs", "az", "azure", "abfs", "abfss", "adl", "https", "file")
# Files that are sent at once, and pieces of 5 MB of each.
WORKERS = 8
PIECES = 4
# How often `latest` is looked at again if another program changes it at the same time.
LATEST_TRIES = 5
_TYPES = {".parquet": "application/vnd.apache.parquet", ".md": "text/markdown", "": "text/plain"}


class PublishError(RuntimeError):
    """A release cannot be published there; the message says why in one line."""


@dataclass(frozen=True, slots=True)
class Published:
    """The result: numbers of files sent, copied there from the latest version, and already there; bytes sent; versions
    replaced by tombstones; the current `latest`."""

    version: str
    sent: int
    copied: int
    kept: int
    bytes: int
    replaced_versions: tuple[str, ...]
    latest: str


type Report = Callable[[str, int], None]
type _Tag = dict[str, str]


def publish(folder: Path, url: str, report: Report = lambda *_: None) -> Published:
    """Upload the release in `folder` below `url`. Calls `report` with the name and bytes of each file that is there.

    Raises PublishError if the release, or a tombstone beside it, is not as it was made (nothing is sent then), the
    version exists with other bytes, the store refuses, or the uploaded bytes differ from those verified.
    """
    import obstore

    found = verification.verify(folder)
    if found.problems or found.record is None:
        problem = found.problems[0] if found.problems else "it is a tombstone"
        raise PublishError(f"{folder} has changed since it was released: {problem}")
    version, sums = found.record.version, found.sums.content
    tombstones = _tombstone_files(folder.parent)
    try:
        store = _open(url)
        there = _get(store, f"{version}/{versions.SUMS}")
        if there is not None and there != sums:
            raise PublishError(f"{url}: version {version} exists there with different content, and is not overwritten")
        counts = _send(store, folder, version, found.sums.digests, report)
        place = f"{version}/{versions.SUMS}"
        if there is None and not _put_if_unchanged(store, place, sums, None) and _get(store, place) != sums:
            raise PublishError(f"{url}: another program has published other content as version {version} meanwhile")
        buried = _replace_by_tombstones(store, folder.parent, tombstones)
        latest = _update_latest(store, version)
    except obstore.exceptions.BaseError as error:
        raise PublishError(f"{url}: {one_line(error, 300)}") from error
    return Published(version, *counts, tuple(buried), latest)


def _open(url: str) -> Any:
    from obstore.store import LocalStore, from_url

    parts = urlsplit(url)
    if parts.scheme not in SCHEMES:
        raise PublishError(f"{parts.scheme or url!r} is not one of {', '.join(SCHEMES)}")
    if parts.username or parts.password or parts.query:
        # They would be in logs and in the shell's history.
        raise PublishError("the address contains credentials: set them in the environment instead")
    try:
        if parts.scheme == "file":
            return LocalStore(Path(parts.path), mkdir=True)
        return from_url(url)
    except Exception as error:
        raise PublishError(f"{url}: {one_line(error, 300)}") from error


def _tombstone_files(releases: Path) -> dict[str, versions.ChecksumResult]:
    """Return version -> the files of its tombstone. Raises PublishError if one is not as it was written."""
    tombstones = {}
    for version in versions.names(releases):
        if not (releases / version / versions.TOMBSTONE).exists():
            continue
        found = verification.verify(releases / version)
        if found.problems:
            raise PublishError(
                f"{releases / version} is not the tombstone that onrecord wrote: {found.problems[0]}; restore "
                "it from a backup"
            )
        tombstones[version] = found.sums
    return tombstones


def _send(
    store: Any, folder: Path, version: str, digests: Mapping[str, str], report: Report
) -> tuple[int, int, int, int]:
    """Send or copy all files except SHA256SUMS, each with the verified digest, and read each back. Returns the numbers
    of files sent, copied and already there, and bytes sent."""
    import obstore

    there = _list(store, version)
    known = _newest_files(store)

    def bring(name: str) -> tuple[str, int, str]:
        place, digest = f"{version}/{name}", digests[name]
        length = (folder / name).lstat().st_size
        if there.get(place) == length and _digest(store, place) == digest:
            return name, length, "kept"
        if known.get(digest, place) != place and _copy(store, known[digest], place, digest):
            return name, length, "copied"
        _send_file(store, place, folder / name, digest)
        return name, length, "sent"

    # Files of an interrupted upload of another build of the same version, of which one may be where a folder is to be.
    strangers = sorted(there.keys() - {f"{version}/{name}" for name in (*digests, versions.SUMS)})
    if strangers:
        obstore.delete(store, strangers)
    counts: Counter[str] = Counter()
    # A page has thousands of small files, of which each takes three answers of the store. After an error, `map` cancels
    # what has not begun.
    with ThreadPoolExecutor(WORKERS) as pool:
        for name, length, how in pool.map(bring, digests):
            counts[how] += 1
            counts["bytes"] += length if how == "sent" else 0
            report(name, length)
    return counts["sent"], counts["copied"], counts["kept"], counts["bytes"]


def _newest_files(store: Any) -> dict[str, str]:
    """Return digest -> object of the version that `latest` names in the store."""
    newest = (_get(store, versions.LATEST) or b"").decode("utf-8", "replace").strip()
    sums = _get(store, f"{newest}/{versions.SUMS}") if versions.order(newest) is not None else None
    listed, _ = versions.listed((sums or b"").decode("utf-8", "replace"))
    return {digest: f"{newest}/{name}" for name, digest in listed.items()}


def _copy(store: Any, source: str, place: str, digest: str) -> bool:
    """Copy an object within the store. Returns whether the copy has the digest. A store may refuse, as S3 does above
    5 GB."""
    import obstore

    try:
        obstore.copy(store, source, place)
        return _digest(store, place) == digest
    except (obstore.exceptions.BaseError, FileNotFoundError, NotImplementedError):
        return False


def _send_file(store: Any, place: str, path: Path, digest: str) -> None:
    """Send exactly the verified bytes: hash and send the file through one handle, and read it back."""
    import obstore

    try:
        with files.open_regular(path) as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != digest:
                raise PublishError(f"{path}: changed since it was verified")
            file.seek(0)
            _put(store, place, file)
    except OSError as error:
        raise PublishError(f"{path}: {error.strerror}") from error
    if _digest(store, place) != digest:
        obstore.delete(store, [place])
        raise PublishError(f"{place}: the uploaded content differs from the file")


def _replace_by_tombstones(store: Any, releases: Path, tombstones: Mapping[str, versions.ChecksumResult]) -> list[str]:
    """Replace releases in the store that were withdrawn here by their tombstones."""
    import obstore

    buried = []
    for version, sums in tombstones.items():
        there = _list(store, version)
        wanted = {f"{version}/{name}" for name in (*sums.digests, versions.SUMS)}
        if not there or (there.keys() == wanted and _get(store, f"{version}/{versions.SUMS}") == sums.content):
            continue
        # Delete the withdrawn files first: they are gone even if a later step fails.
        obstore.delete(store, sorted(there))
        for name, digest in sums.digests.items():
            _send_file(store, f"{version}/{name}", releases / version / name, digest)
        _put(store, f"{version}/{versions.SUMS}", sums.content)
        buried.append(version)
    return buried


def _update_latest(store: Any, version: str) -> str:
    """Point `latest` at the newest version in the store; never back to an older one while the newer exists."""
    for _ in range(LATEST_TRIES):
        content, tag = _get_with_tag(store, versions.LATEST)
        now = content.decode("utf-8", "replace").strip() if content else ""
        before, place = versions.order(now), versions.order(version)
        stands = (
            before is not None
            and not _list(store, f"{now}/{versions.TOMBSTONE}")
            and _get(store, f"{now}/{versions.SUMS}")
        )
        if before is not None and place is not None and stands and before >= place:
            return now
        if _put_if_unchanged(store, versions.LATEST, f"{version}\n".encode(), tag):
            return version
    raise PublishError(f"{versions.LATEST}: other programs change it all the time; publish again")


def _put_if_unchanged(store: Any, place: str, content: bytes, tag: _Tag | None) -> bool:
    """Write an object if it still has this tag (None: if it does not exist). Returns whether it was written.

    A folder, and a store in which conditional writes are disabled (`AWS_CONDITIONAL_PUT=disabled`), are written in any
    case.
    """
    import obstore

    try:
        _put(store, place, content, "create" if tag is None else tag)
    except (obstore.exceptions.AlreadyExistsError, obstore.exceptions.PreconditionError):
        return False
    except NotImplementedError:
        _put(store, place, content)
    return True


def _put(store: Any, place: str, content: BufferedReader | bytes, mode: Any = "overwrite") -> None:
    """Write an object. `mode`: obstore's PutMode; a tag is one."""
    import obstore
    from obstore.store import LocalStore

    suffix = Path(place).suffix
    kind = _TYPES.get(suffix) or mimetypes.guess_type(place)[0] or "application/octet-stream"
    # A folder cannot store a content type.
    attributes = None if isinstance(store, LocalStore) else {"Content-Type": kind}
    obstore.put(store, place, content, attributes=attributes, mode=mode, max_concurrency=PIECES)


def _get(store: Any, place: str) -> bytes | None:
    return _get_with_tag(store, place)[0]


def _get_with_tag(store: Any, place: str) -> tuple[bytes | None, _Tag | None]:
    """Return an object's content, and what identifies this content for a conditional write; None if there is none."""
    import obstore

    try:
        found = obstore.get(store, place)
        tag = {name: value for name in ("e_tag", "version") if (value := found.meta[name]) is not None}
        return bytes(found.bytes()), tag
    except FileNotFoundError:
        return None, None


def _list(store: Any, prefix: str) -> dict[str, int]:
    import obstore

    return {item["path"]: item["size"] for page in obstore.list(store, prefix) for item in page}


def _digest(store: Any, place: str) -> str:
    import obstore

    found = hashlib.sha256()
    for part in obstore.get(store, place).stream(min_chunk_size=4_000_000):
        found.update(part)
    return found.hexdigest()
