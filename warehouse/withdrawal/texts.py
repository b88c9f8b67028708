"""Hashes and sketches of withdrawn articles' texts under a secret key: they find copies, and keep no word.

A record is held back if its name or its text is that of a withdrawn article:

    its document_id is withdrawn    held back; but a *positional* name (`#line-2`, `#row-2`, `#record-2`: no URL, no
                                    id) is that of another article once lines have moved, and holds a record back only
                                    if the text is a copy, too. A path, a URL and a record's own id are stable: what
                                    they name stays withdrawn with any text
    its text is an exact copy       held back
    its text is a near copy         held back until a user decides (`withdraw --also`, `withdraw --allow`)

A record that was allowed is taken in as long as it has the text that it had then.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import astuple, dataclass, replace
from functools import cached_property, lru_cache
from hashlib import blake2b, sha256
from pathlib import Path
from shlex import quote

import numpy as np
import numpy.typing as npt

from pipeline.duplicates import copies
from warehouse.sql import StoreError
from warehouse.text import counted, one_line
from warehouse.withdrawal.lists import ALLOWED_FILE, FILE, Allowed, Withdrawal, allowed, withdrawn

KEY_FILE = "withdrawn.key"
KEY_BYTES = 32
# Most withdrawn articles to look at per shingle: a text that more of them share is a footer, or they are copies of one
# another, and one is enough.
MAX_SHARING = 50
# Soft hyphens, zero-width spaces and joiners, direction and byte order marks: readers do not see them.
_INVISIBLE = dict.fromkeys([0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065), 0xFEFF])
_POSITIONAL = re.compile(r"#(?:line|row|record)-\d+")


@dataclass(frozen=True, slots=True)
class WithdrawalMatch:
    """Why a record is held back. `nearly_same`: only because its text is nearly that of the withdrawn article."""

    withdrawal: Withdrawal
    detail: str
    nearly_same: bool = False


def positional(source: str, url: str | None) -> bool:
    """Whether an article's name is its place in a file: another article may have that name tomorrow."""
    return url is None and _POSITIONAL.fullmatch(source[source.rfind("#") :]) is not None


def key(folder: Path, *, make: bool = False) -> bytes | None:
    """Return the warehouse's key, readable by its owner alone, or None if there is none. With `make`, create it. Raises
    StoreError if it cannot be read or is invalid."""
    path = folder / KEY_FILE
    try:
        if make and not path.exists():
            _make(path)
        found = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(f"{path}: cannot be read or written: {one_line(error)}") from error
    if len(found) != KEY_BYTES:
        raise StoreError(f"{path}: has {len(found)} bytes, not {KEY_BYTES}: restore it from a backup")
    return found


def _make(path: Path) -> None:
    """Create the key atomically, and never replace an existing one."""
    fresh = path.with_name(f".{path.name}.partial-{os.getpid()}")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secrets.token_bytes(KEY_BYTES))
        os.fsync(file.fileno())
    try:
        with suppress(FileExistsError):
            path.hardlink_to(fresh)
    finally:
        fresh.unlink()


def hashes(text: str, secret: bytes) -> frozenset[str]:
    """Return the hashes of an article's text that are kept in the lists."""
    return copies.exact_text_hashes(text.translate(_INVISIBLE), secret)


def marks_version(secret: bytes) -> str:
    """Return the version of the marks and a hash of the key: marks are comparable only if both are equal."""
    return f"{copies.VERSION}-{blake2b(secret, digest_size=4, person=b'onrecord').hexdigest()}"


def text_fingerprints(texts: Collection[str], secret: bytes) -> dict[str, str]:
    """Return the fields `made_with`, `hashes` and `sketches` of a Withdrawal, from an article's texts, one an edition.
    Empty if there is no text."""
    exact = sorted({h for text in texts for h in hashes(text, secret)})
    if not exact:
        return {}
    sketches = sorted({copies.packed(copies.sketch(text.translate(_INVISIBLE), secret)) for text in texts})
    return {"made_with": marks_version(secret), "hashes": " ".join(exact), "sketches": " ".join(sketches)}


def is_exact_copy(withdrawal: Withdrawal, texts: Collection[str], secret: bytes) -> bool:
    """Whether one of the texts is an exact copy of the withdrawn article's."""
    marked = set(withdrawal.hashes.split())
    return any(marked & hashes(text, secret) for text in texts)


def merged(old: Withdrawal, new: Withdrawal) -> Withdrawal:
    """Add the day and the marks of the old withdrawal of a name to the new one, and its reason if the new one has none:
    a positional name may have been withdrawn with another text. Marks that cannot be compared with the new ones are
    lost, unless there are no new ones."""
    new = replace(new, withdrawn_on=old.withdrawn_on, reason=new.reason or old.reason)
    if not new.made_with:
        return replace(new, made_with=old.made_with, hashes=old.hashes, sketches=old.sketches)
    if old.made_with != new.made_with:
        return new
    hashes, sketches = (
        " ".join(sorted({*one.split(), *other.split()}))
        for one, other in ((old.hashes, new.hashes), (old.sketches, new.sketches))
    )
    return replace(new, hashes=hashes, sketches=sketches)


class Index:
    """All withdrawn articles of a warehouse, by name and by text. A lookup takes as long as hashing the text, for any
    number of withdrawn articles."""

    def __init__(
        self, withdrawals: Mapping[str, Withdrawal], allowances: Mapping[str, Allowed], secret: bytes | None
    ) -> None:
        """Index these lists. Raises StoreError if marks are damaged, or if there are marks and no key."""
        self.withdrawals = withdrawals
        self._allowed = allowances
        self._key = secret or b""
        current = marks_version(secret) if secret else ""
        marked = [w for w in withdrawals.values() if w.made_with]
        if marked and secret is None:
            articles = counted(len(marked), "withdrawn article")
            raise StoreError(
                f"{KEY_FILE} is missing: without it, copies of {articles} cannot be found. Restore it from a "
                "backup of the warehouse"
            )
        comparable = [w for w in marked if w.made_with == current]
        self.by_name_only = len(withdrawals) - len(comparable)
        self._comparable = {w.document_id for w in comparable}
        self._by_hash = {h: w for w in comparable for h in w.hashes.split()}

    @cached_property
    def _sketches(self) -> list[tuple[Withdrawal, copies.ShingledText]]:
        try:
            marked = [w for w in self.withdrawals.values() if w.document_id in self._comparable]
            return [(w, copies.unpacked(line)) for w in marked for line in w.sketches.split()]
        except ValueError as error:
            raise StoreError(f"{FILE}: a {error}") from error

    @cached_property
    def _inverted(self) -> tuple[copies.Hashes, npt.NDArray[np.uint32]]:
        """The shingles of all sketches, sorted, and the number of each one's sketch."""
        every = [sketch.hashes for _, sketch in self._sketches]
        shingles = np.concatenate([np.zeros(0, "uint64"), *every])
        owners = np.repeat(np.arange(len(every), dtype="uint32"), [len(one) for one in every])
        order = np.argsort(shingles, kind="stable")
        return shingles[order], owners[order]

    def __bool__(self) -> bool:
        return bool(self.withdrawals)

    @property
    def digest(self) -> str:
        """A hash that changes when other records may be held back."""
        lists = [astuple(one[name]) for one in (self.withdrawals, self._allowed) for name in sorted(one)]
        return sha256(repr((copies.VERSION, marks_version(self._key), lists)).encode()).hexdigest()

    def held(self, origin: str, document_id: str, source: str, url: str | None, text: str) -> WithdrawalMatch | None:
        """Return why this record is held back, or None. The arguments are columns of `raws`."""
        if not self.withdrawals:
            return None
        named = self.withdrawals.get(document_id)
        if named and not (document_id in self._comparable and positional(source, url)):
            return WithdrawalMatch(named, named.detail)
        if not self._comparable:
            return None
        exact = hashes(text, self._key)
        permitted = self._allowed.get(document_id)
        if permitted and exact & set(permitted.hashes.split()):
            return None
        found = next((self._by_hash[h] for h in sorted(exact) if h in self._by_hash), None)
        near = None if found else self._near(text)
        if named and (found or near):
            return WithdrawalMatch(named, named.detail)
        if found:
            return WithdrawalMatch(found, f"has the text of an article that was withdrawn on {found.withdrawn_on}")
        if near is None:
            return None
        return WithdrawalMatch(
            near,
            f"has nearly the text of an article that was withdrawn on {near.withdrawn_on}; not taken in until "
            f"you decide: `onrecord withdraw --also {quote(origin)}` withdraws it, too; --allow takes it in",
            nearly_same=True,
        )

    def _near(self, text: str) -> Withdrawal | None:
        sketch = copies.sketch(text.translate(_INVISIBLE), self._key)
        shingles, every = self._inverted
        left = np.searchsorted(shingles, sketch.hashes, "left")
        right = np.minimum(np.searchsorted(shingles, sketch.hashes, "right"), left + MAX_SHARING)
        sharing = [every[a:b] for a, b in zip(left, right, strict=True) if b > a]
        if not sharing:
            return None
        owners, counts = np.unique(np.concatenate(sharing), return_counts=True)
        likeliest = owners[np.argsort(-counts, kind="stable")][:MAX_SHARING]
        return next(
            (w for w, other in map(self._sketches.__getitem__, likeliest) if copies.is_near_duplicate(sketch, other)),
            None,
        )


def index(folder: Path) -> Index:
    """Return the withdrawn articles of the warehouse in `folder`. Raises StoreError for an unreadable list, key or
    mark."""
    stamp = tuple(_stamp(folder / name) for name in (FILE, ALLOWED_FILE, KEY_FILE))
    return _index(folder, stamp)


@lru_cache(maxsize=1)
def _index(folder: Path, _: tuple[object, ...]) -> Index:
    known = withdrawn(folder)
    return Index(known, allowed(folder), key(folder) if known else None)


def _stamp(file: Path) -> tuple[int, ...] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
