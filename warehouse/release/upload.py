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
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warehouse import files, object_store
from warehouse.release import verification, versions
from warehouse.text import one_line

# Files that are sent at once.
WORKERS = 8
# How often `latest` is looked at again if another program changes it at the same time.
LATEST_TRIES = 5


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
        store = object_store.opened(url)
        there = object_store.get(store, f"{version}/{versions.SUMS}")
        if there is not None and there != sums:
            raise PublishError(f"{url}: version {version} exists there with different content, and is not overwritten")
        counts = _send(store, folder, version, found.sums.digests, report)
        place = f"{version}/{versions.SUMS}"
        if (
            there is None
            and not object_store.put_if_unchanged(store, place, sums, None)
            and object_store.get(store, place) != sums
        ):
            raise PublishError(f"{url}: another program has published other content as version {version} meanwhile")
        buried = _replace_by_tombstones(store, folder.parent, tombstones)
        latest = _update_latest(store, version)
    except object_store.AddressError as error:
        raise PublishError(str(error)) from error
    except obstore.exceptions.BaseError as error:
        raise PublishError(f"{url}: {one_line(error, 300)}") from error
    return Published(version, *counts, tuple(buried), latest)


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

    there = object_store.listed(store, version)
    known = _newest_files(store)

    def bring(name: str) -> tuple[str, int, str]:
        place, digest = f"{version}/{name}", digests[name]
        length = (folder / name).lstat().st_size
        if there.get(place) == length and object_store.digest(store, place) == digest:
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
    newest = (object_store.get(store, versions.LATEST) or b"").decode("utf-8", "replace").strip()
    sums = object_store.get(store, f"{newest}/{versions.SUMS}") if versions.order(newest) is not None else None
    listed, _ = versions.listed((sums or b"").decode("utf-8", "replace"))
    return {digest: f"{newest}/{name}" for name, digest in listed.items()}


def _copy(store: Any, source: str, place: str, digest: str) -> bool:
    """Copy an object within the store. Returns whether the copy has the digest. A store may refuse, as S3 does above
    5 GB."""
    import obstore

    try:
        obstore.copy(store, source, place)
        return object_store.digest(store, place) == digest
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
            object_store.put(store, place, file)
    except OSError as error:
        raise PublishError(f"{path}: {error.strerror}") from error
    if object_store.digest(store, place) != digest:
        obstore.delete(store, [place])
        raise PublishError(f"{place}: the uploaded content differs from the file")


def _replace_by_tombstones(store: Any, releases: Path, tombstones: Mapping[str, versions.ChecksumResult]) -> list[str]:
    """Replace releases in the store that were withdrawn here by their tombstones."""
    import obstore

    buried = []
    for version, sums in tombstones.items():
        there = object_store.listed(store, version)
        wanted = {f"{version}/{name}" for name in (*sums.digests, versions.SUMS)}
        if not there or (
            there.keys() == wanted and object_store.get(store, f"{version}/{versions.SUMS}") == sums.content
        ):
            continue
        # Delete the withdrawn files first: they are gone even if a later step fails.
        obstore.delete(store, sorted(there))
        for name, digest in sums.digests.items():
            _send_file(store, f"{version}/{name}", releases / version / name, digest)
        object_store.put(store, f"{version}/{versions.SUMS}", sums.content)
        buried.append(version)
    return buried


def _update_latest(store: Any, version: str) -> str:
    """Point `latest` at the newest version in the store; never back to an older one while the newer exists."""
    for _ in range(LATEST_TRIES):
        content, tag = object_store.get_with_tag(store, versions.LATEST)
        now = content.decode("utf-8", "replace").strip() if content else ""
        before, place = versions.order(now), versions.order(version)
        stands = (
            before is not None
            and not object_store.listed(store, f"{now}/{versions.TOMBSTONE}")
            and object_store.get(store, f"{now}/{versions.SUMS}")
        )
        if before is not None and place is not None and stands and before >= place:
            return now
        if object_store.put_if_unchanged(store, versions.LATEST, f"{version}\n".encode(), tag):
            return version
    raise PublishError(f"{versions.LATEST}: other programs change it all the time; publish again")
