"""Licences: which one a name means, and the sentence of a text that grants it.

Belongs here: SPDX identifiers and the footer's grammar, used by cleaning (the footer is no part of the article) and
by `publication` (the licence is a fact about it). Does not belong here: whether a licence allows publication.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.clean.lines import LINE

# Footers stand at the end, seldom at the head: no more of a text is searched.
WINDOW = 4_000
# Cheap looks before any grammar is tried: plain letters, of which a hint holds some in whatever case, then the hint.
SIGNS = ("common", "cc by", "cc-by", "ccby", "cc0", "open government")
HINT = re.compile(r"creative\s?commons|\bcc[ -]?by\b|\bcc0\b|open government licen", re.IGNORECASE)

ELEMENT = r"(?:Non-?[ ]?Commercial|Share-?[ ]?Alike|No-?[ ]?Deriv(?:ative)?s?)"
NAME = re.compile(
    r"(?:"
    rf"Creative Commons,?(?: Attribution| Zero| Public Domain)?(?:[ ,/–-]{{1,3}}{ELEMENT}(?: Works)?){{0,3}}"
    r"|CC[ -]?BY(?:[ -](?:NC|SA|ND)){0,2}"
    r"|CC0"
    r"|Open Government Licen[cs]e"
    r")\b"
    r"(?:[ ,-]{1,2}(?:\(?CC[ -]?BY(?:[ -](?:NC|SA|ND)){0,2}\)?[ ,]?)?(?:v(?:ersion)?[ .]{0,2})?(?P<version>\d\.\d)\b)?"
    r"(?: (?P<place>International|Unported|Generic|Universal|IGO)\b)?"
    r"(?: Public(?: Domain)?)?(?: Licen[cs]e\b| Dedication\b)?(?: v?(?P<late>\d\.\d)\b)?",
    re.IGNORECASE,
)
ADDRESS = re.compile(
    r"creativecommons\.org/(?:licenses/(?P<kind>by(?:-(?:nc|sa|nd)){0,2})|publicdomain/(?P<zero>zero))/(?P<version>\d\.\d)",
    re.IGNORECASE,
)
# Licences by their SPDX names that records of news and public texts carry, beside Creative Commons.
OTHERS = ("OGL-UK-3.0", "OGL-UK-2.0", "OGL-UK-1.0", "ODC-By-1.0", "ODbL-1.0", "PDDL-1.0", "GFDL-1.3-only", "MIT")
VERSIONS = frozenset({"1.0", "2.0", "2.5", "3.0", "4.0"})

# What a footer speaks of: the text. A licence of the pictures is none of the article's.
SUBJECT = re.compile(
    r"(?:[A-Z]{2,4}(?:/[A-Z]{2,4}){1,3}\s{1,3})?(?P<grant>"
    r"(?:(?:All|Our|The|This|These|Most)\s)?(?:[Oo]riginal\s)?(?:[Cc]ontents?|[Ww]orks?|[Aa]rticles?|[Ss]tory|[Ss]tories|"
    r"[Tt]exts?|[Mm]aterials?|[Rr]eports?|[Pp]osts?|[Pp]iece|[Pp]age|[Ss]ite|[Ww]ebsite|[Nn]ews)\b"
    r"|Except where|Unless otherwise|Where not otherwise|Licen[cs]e[:d]|Republished|Published|Released|Available|Shared"
    r"|You (?:may|can|are free)|Feel free|©|Copyright"
    r"|Creative Commons|CC[ -]?BY|CC0|Contains public sector)"
)
GRANTING = re.compile(
    r"licen[cs]ed?\b|released|published|available|distributed|shared|offered|reus|republish|shar[ei]|permitted|copyright|©",
    re.IGNORECASE,
)
AFTER = re.compile(
    r"(?:\s?\([^()\n]{1,80}\))?(?:[,:]?\s(?:at\s)?https?://[^\s]{1,200})?(?:\s?\([^()\n]{1,80}\))?[.!]?[)\"”]?"
)
SENTENCE_END = re.compile(r"[.!?…][\"”’)\]]{0,2}\s+")
# Farther before its licence no sentence of a footer begins.
MOST_BEFORE = 300
OWNER = re.compile(
    r"(?:\b(?:by|of|from)|©(?:\s?\d{4}(?:\s?[-–]\s?\d{4})?,?)?)\s(?P<owner>[^\W\d_][^.,;:|\n]{1,60}?)"
    r"(?=\s(?:is|are|may|can|has|under)\b|[.,;:|]|$)"
)


@dataclass(frozen=True, slots=True)
class Grant:
    """raw[start:end] grants the licence `spdx` (None where its version is not said); `owner` is whose the text is."""

    start: int
    end: int
    spdx: str | None
    owner: str | None


def spdx(name: str) -> str | None:
    """The SPDX identifier that a name, an abbreviation or an address means; None where it does not say which."""
    name = " ".join(name[:500].split())
    for other in OTHERS:
        if name.casefold() == other.casefold():
            return other
    address = ADDRESS.search(name)
    if address:
        if address["zero"]:
            return "CC0-1.0"
        return _creative(address["kind"].upper().split("-")[1:], address["version"], None)
    known = (_identifier(found) for found in NAME.finditer(name))
    return next((identifier for identifier in known if identifier), None)


def grants(raw: str) -> list[Grant]:
    """The sentences that grant a licence for the text, in order, at its head and at its end. Linear in its length."""
    if not _hinted(raw, 0, WINDOW) and not _hinted(raw, max(0, len(raw) - WINDOW), len(raw)):
        return []
    windows = [(0, len(raw))] if len(raw) <= 2 * WINDOW else [(0, WINDOW), (len(raw) - WINDOW, len(raw))]
    out: list[Grant] = []
    for begin, stop in windows:
        for line in LINE.finditer(raw, begin, stop):
            for name in NAME.finditer(raw, line.start(), line.end()):
                grant = _grant(raw, line.start(), line.end(), name)
                if grant and (not out or grant.start >= out[-1].end):
                    out.append(grant)
    return out


def _hinted(raw: str, begin: int, stop: int) -> bool:
    small = raw[begin:stop].lower()
    return any(sign in small for sign in SIGNS) and bool(HINT.search(raw, begin, stop))


def _grant(raw: str, begin: int, stop: int, name: re.Match[str]) -> Grant | None:
    """The sentence around a licence's name, where it is one of a footer: about the text, granting, and over with it."""
    begin = max(begin, name.start() - MOST_BEFORE)
    starts = [begin, *(found.end() for found in SENTENCE_END.finditer(raw, begin, name.start()))]
    sentence = starts[-1]
    while sentence < name.start() and raw[sentence].isspace():
        sentence += 1
    subject = SUBJECT.match(raw, sentence)
    if not subject or subject.start("grant") > name.start():
        return None
    start = subject.start("grant")
    before = raw[start : name.start()]
    alone = start == name.start()
    after = AFTER.match(raw, name.end(), stop)
    end = after.end() if after else name.end()
    whole = not raw[begin:start].strip() and not raw[end:stop].strip()
    if (alone and not whole) or (not alone and not GRANTING.search(before)):
        return None
    over = not raw[end:stop].strip() or (raw[end - 1] in '.!)”"' and raw[end].isspace())
    if not over:
        return None
    # "© 2025 Olhao Courier. Published under ...": the owner stands in the sentence before, on the same line.
    owner = OWNER.search(before) or OWNER.search(raw[begin:start] if "©" in raw[begin:start] else "")
    return Grant(start, end, spdx(raw[name.start() : end]), owner["owner"].strip() if owner else None)


def _identifier(found: re.Match[str]) -> str | None:
    words = found[0].casefold()
    version = found["version"] or found["late"]
    if words.startswith("open government"):
        return f"OGL-UK-{version}" if version in {"1.0", "2.0", "3.0"} else None
    if "cc0" in words or "zero" in words:
        return "CC0-1.0"
    elements = [
        short
        for short, marks in (
            ("NC", ("commercial", "-nc", " nc")),
            ("ND", ("deriv", "-nd", " nd")),
            ("SA", ("alike", "-sa", " sa")),
        )
        if any(mark in words for mark in marks)
    ]
    if "attribution" not in words and not re.search(r"cc[ -]?by", words):
        return None
    return _creative(elements, version, found["place"])


def _creative(elements: list[str], version: str | None, place: str | None) -> str | None:
    """Creative Commons: elements in SPDX's order NC, ND, SA; no identifier without a version."""
    if version not in VERSIONS:
        return None
    ordered = [element for element in ("NC", "ND", "SA") if element in elements]
    # SPDX writes CC-BY-NC-SA and CC-BY-NC-ND; both orders agree with this one, as SA and ND never meet.
    suffix = "-IGO" if place and place.upper() == "IGO" else ""
    return "-".join(["CC-BY", *ordered, version]) + suffix
