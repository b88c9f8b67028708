"""Map the name, abbreviation or address of a licence to its SPDX identifier.

Only a full match counts: "not CC-BY-4.0" and "photos CC BY 4.0" say more than a licence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from pipeline.data import load

# No name with its abbreviation and address is longer (over twice the longest of the table's examples).
MAX_NAME_LENGTH = 300
# A version has two digits, as 4.0; "v3" and "version 4" mean .0.
VERSION = r"(?P<version>[0-9](?:\.[0-9])?)(?![0-9]|\.[0-9])"
SEPARATOR = r"[\s‐‑–/,-]"
MACROS = {
    " ": r"(?:\s{1,12})",
    "{-}": SEPARATOR + "{1,3}",
    "{~}": SEPARATOR + "{0,3}",
    "{v}": VERSION,
    "{port}": r"(?:/(?P<port>[a-z]{2,3}))?",
}
# Between a name, its abbreviation and its address: "Creative Commons Attribution (CC BY 4.0), https://...".
JOIN = re.compile(r"[\s()|:,–-]{0,6}(?:(?:at|see)\s{1,4})?", re.IGNORECASE)
CLOSE = re.compile(r"[\s)]{0,4}\.?\s{0,4}")
ADDRESS_HEAD = r"(?:(?:https?:)?//)?(?:www\.)?"
# The page of the deed or of the legal code, in a language; the parameter of the licence chooser.
ADDRESS_TAIL = (
    r"(?:/(?:deed|legalcode)(?:\.[a-z]{2,3}(?:[-_][a-z]{2,4})?)?)?/?(?:\?ref=chooser-v1)?(?![^\s).,|]|[.,][^\s])"
)


@dataclass(frozen=True, slots=True)
class Rule:
    """A line of licences.tsv or licence_notices.tsv: `means` is the meaning of a match."""

    kind: str
    pattern: str
    means: str
    example: str
    source: str


@dataclass(frozen=True, slots=True)
class Named:
    """A licence that words name in full. `spdx` is None if they do not say which, or SPDX has no such version."""

    spdx: str | None


@dataclass(frozen=True, slots=True)
class _Piece:
    end: int
    means: str
    version: str | None
    port: str | None


def expanded(pattern: str) -> str:
    """Expand the macros of a table's pattern to a regular expression."""
    for macro, meaning in MACROS.items():
        pattern = pattern.replace(macro, meaning)
    return pattern


def spdx(name: str) -> str | None:
    """Return the SPDX identifier that a name, abbreviation or address means; None if it is not exactly a licence."""
    found = named(name)
    return found.spdx if found else None


def named(words: str) -> Named | None:
    """Return the licence that the words name. Every word must be part of its name, abbreviation or address; None if one
    is not, or two parts contradict each other."""
    words = words.strip()
    if not words or len(words) > MAX_NAME_LENGTH:
        return None
    known = _identifiers()
    if words.casefold() in known:
        return Named(known[words.casefold()])
    pieces: list[_Piece] = []
    at = _end(JOIN.match(words))
    while at < len(words):
        piece = _piece(words, at)
        if piece is None:
            return None
        pieces.append(piece)
        if CLOSE.fullmatch(words, piece.end):
            break
        at = _end(JOIN.match(words, piece.end))
        if at == piece.end:
            return None
    return _together(pieces)


def _together(pieces: list[_Piece]) -> Named | None:
    """Combine the parts of a name."""
    meanings = {piece.means for piece in pieces} - {"-"}
    versions = {piece.version for piece in pieces} - {None}
    ports = {piece.port for piece in pieces} - {None}
    if not pieces or max(len(meanings), len(versions), len(ports)) > 1:
        return None
    version = next(iter(versions), None)
    meaning = next(iter(meanings), None)
    if meaning is None or ("{v}" in meaning and version is None):
        return Named(None)
    identifier = meaning.replace("{v}", version or "")
    if version and not identifier.endswith(version):
        return Named(None)
    identifier = "-".join([identifier, *filter(None, ports)])
    return Named(_identifiers().get(identifier.casefold()))


def _piece(words: str, at: int) -> _Piece | None:
    """Return the longest name or address that starts at words[at], with its version and port."""
    longest: tuple[int, str, re.Match[str]] | None = None
    for means, pattern in _patterns():
        found = pattern.match(words, at)
        if found and (longest is None or found.end() > longest[0]):
            longest = (found.end(), means, found)
    if longest is None:
        return None
    end, means, found = longest
    groups = found.groupdict()
    version = groups.get("version") or groups.get("late")
    port = groups.get("port")
    return _Piece(end, means, _full(version), _port(port) if port else None)


def _full(version: str | None) -> str | None:
    return f"{version}.0" if version and "." not in version else version


def _port(words: str) -> str | None:
    """Return the SPDX suffix of a jurisdiction; None for the international version. An unknown one is returned in upper
    case: SPDX has no such licence."""
    for means, pattern in _ports():
        if pattern.fullmatch(words):
            return None if means == "-" else means
    return words.upper()


def _end(found: re.Match[str] | None) -> int:
    return found.end() if found else 0


@cache
def _identifiers() -> dict[str, str]:
    return {rule.pattern.casefold(): rule.means for rule in load("licences.tsv", Rule) if rule.kind == "id"}


@cache
def _ports() -> tuple[tuple[str, re.Pattern[str]], ...]:
    rules = (rule for rule in load("licences.tsv", Rule) if rule.kind == "port")
    return tuple((rule.means, re.compile(expanded(rule.pattern), re.IGNORECASE)) for rule in rules)


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return (meaning, pattern) of each name and address."""
    rules = load("licences.tsv", Rule)
    ports = "|".join(expanded(rule.pattern) for rule in rules if rule.kind == "port")
    late = VERSION.replace("version", "late")
    tail = expanded(
        rf"\b(?:{{-}}(?:v(?:ersion)?[\s.]{{0,2}})?{VERSION})?(?:{{-}}(?P<port>{ports})\b)?"
        rf"(?: Public(?: Domain)?\b)?(?: (?:Licen[cs]e|Dedication|Deed|Legal Code)\b)?"
        rf"(?:,? (?:v(?:ersion)?[\s.]{{0,2}})?{late})?"
    )
    out = []
    for rule in rules:
        if rule.kind in {"name", "part"}:
            text = f"(?:{expanded(rule.pattern)}){tail}"
        elif rule.kind == "address":
            text = ADDRESS_HEAD + expanded(rule.pattern) + ADDRESS_TAIL
        else:
            continue
        out.append((rule.means, re.compile(text, re.IGNORECASE)))
    return tuple(out)
