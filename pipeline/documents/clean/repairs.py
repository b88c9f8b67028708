"""Repair misread characters (mojibake, with ftfy) and unresolved HTML character references.

ftfy only repairs encodings here: quotation marks, ligatures, widths and line breaks are unchanged. This module also
repairs a few signs and letters that ftfy misses.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from html.entities import html5
from typing import Any

from pipeline.documents.clean.edits import Edit, minimal_edit

# Typographic characters of English beyond ASCII: hard blank, soft hyphen, dashes, quotation marks, bullet, ellipsis,
# primes. ftfy takes no text of these alone for misread (a test checks all pairs and triples).
SET = "\xa0\xad\u2010-\u2015\u2018-\u201d\u2022\u2026\u2032\u2033"
SUSPECT = re.compile(f"[^\x00-\x7f{SET}]")
# A line is repaired as a whole, since the rest of it is evidence; a longer line in pieces.
MAX_LINE = 5_000
# Five times the longest article: the most characters of suspect lines to check, since ftfy is slow (8 seconds per
# million characters in the worst case).
MAX_SUSPECT = 400_000
# Misread text that was decomposed afterwards (NFKD): "A" and a combining tilde for "Ã", a blank and a mark for "¨".
DECOMPOSED = re.compile(r"[A-Za-z ][\u0300-\u036f]")
SPACING = {" \u0301": "\xb4", " \u0304": "\xaf", " \u0308": "\xa8", " \u0327": "\xb8"}
# The rest of "â€\x9d" if its last byte, which Windows' Western page lacks, was dropped or shown as U+FFFD.
CLOSING = re.compile("\u00e2\u20ac(?:\ufffd|(?![^\\s.,;:!?)]))")
OPENING = "\u00e2\u20ac\u0153"
# 0x85 alone is the line break of old mainframes; with other C1 controls in the text it is an ellipsis.
NEXT_LINE = "\x85"
OTHER_CONTROL = re.compile("[\x80-\x84\x86-\x9f]")
# The look of text that is still misread; ftfy misses these.
HALF = re.compile("[\u00c2\u00c3][^\x00-\x7f]")
# Misread signs and letters that ftfy accepts if they are isolated: "PowerHouseâ„¢", "3 âˆ’ 2", "KaczyÅ„ski".
# SIGN is "â" with a mark that follows no letter, LETTERS a capital and a mark between small letters.
MOJIBAKE_SECOND_CHARS = (
    "\u201a\u201e\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u017d\u02dc\u2122\u0161\u0153\u017e\u0178"
)
WESTERN_HIGH = bytes(byte for byte in range(0x80, 0xC0) if byte not in b"\x81\x8d\x8f\x90\x9d").decode("cp1252")
SIGN = re.compile(f"\u00e2[{MOJIBAKE_SECOND_CHARS}][{WESTERN_HIGH}]")
LETTERS = re.compile(f"(?<=[a-z])(?:[\u00c3-\u00c5][{WESTERN_HIGH}])+(?=[a-z])")
ASCII = re.compile("[!-~]")
REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,8}[0-9]{0,2});")
LAST_CODE_POINT = 0x10FFFF


def repairs(raw: str) -> list[Edit]:
    """Return the edits of both rules, in order."""
    edits = list(mojibake(raw))
    references = list(character_references(raw))
    return sorted([*edits, *references], key=lambda edit: edit.raw_start) if references else edits


def mojibake(raw: str) -> Iterator[Edit]:
    """Repair text that was decoded in the wrong encoding: "FranÃ§ois" is "François", "it\\x92s" is "it’s"."""
    if raw.isascii():
        return
    at = checked = 0
    while at < len(raw) and checked < MAX_SUSPECT:
        most = min(len(raw), at + MAX_LINE)
        end = raw.find("\n", at, most) + 1 or (raw.rfind(" ", at, most) + 1 if most < len(raw) else 0) or most
        if SUSPECT.search(raw, at, end):
            checked += end - at
            yield from _line(raw, at, end)
        at = end


def character_references(raw: str) -> Iterator[Edit]:
    """Resolve character references: "Smith &amp; Sons", "it&#8217;s". A text with a tag is about HTML and keeps them.
    References to letters and digits, which nobody writes, are kept too."""
    if "&" not in raw or "<" in raw:
        return
    for found in REFERENCE.finditer(raw):
        character = _referred(found[0])
        if character and not character.isspace() and _plain(character) and not character.isalnum():
            edit = minimal_edit(raw, *found.span(), character, "character-reference")
            if edit:
                yield edit
        elif character == "\xa0":
            yield Edit(*found.span(), found[0], " ", "character-reference")


def _referred(reference: str) -> str | None:
    name = reference[1:]
    if name[0] != "#":
        return html5.get(name)
    number = int(name[2:-1], 16) if name[1] in "xX" else int(name[1:-1])
    return chr(number) if number <= LAST_CODE_POINT else None


def _line(raw: str, start: int, end: int) -> Iterator[Edit]:
    """Repair raw[start:end]. A repair keeps the visible ASCII characters, so each change is located by those around
    it."""
    units = [(start + at, ch) for at, ch in enumerate(raw[start:end])]
    if DECOMPOSED.search(raw, start, end):
        units = list(_composed(raw, start, end))
    line = "".join(ch for _, ch in units)
    fixed = _fixed(line, OPENING in raw)
    if fixed == line or ASCII.findall(fixed) != ASCII.findall(line):
        return
    places = [place for place, _ in units]
    places.append(end)
    befores, afters = _gaps(line), _gaps(fixed)
    for (at, stop), (begin, until) in zip(befores, afters, strict=True):
        was, now = line[at:stop], fixed[begin:until]
        if was == now or not _sure(raw, was, now, line[max(0, at - 1) : at], line[stop : stop + 1]):
            continue
        edit = minimal_edit(raw, places[at], places[stop], now, "mojibake")
        if edit:
            yield edit


def _composed(raw: str, start: int, end: int) -> Iterator[tuple[int, str]]:
    """Yield (offset, character), with a letter and its combining mark as one."""
    at = start
    for found in DECOMPOSED.finditer(raw, start, end):
        character = SPACING.get(found[0]) or unicodedata.normalize("NFC", found[0])
        if len(character) == 1:
            yield from ((place, raw[place]) for place in range(at, found.start()))
            yield found.start(), character
            at = found.end()
    yield from ((place, raw[place]) for place in range(at, end))


def _fixed(line: str, opened: bool) -> str:
    """Repair a line with ftfy, then with SIGN and LETTERS. `opened`: the text has a misread opening quotation mark, so
    it may have closing ones."""
    bad, fix = _ftfy()
    if bad.search(line):
        line = str(fix(CLOSING.sub("\u00e2\u20ac\x9d", line) if opened else line))
    return LETTERS.sub(_read_again, SIGN.sub(_read_again, line))


def _read_again(found: re.Match[str]) -> str:
    """Re-encode characters in Windows' Western page and decode them as UTF-8; return them unchanged if that fails."""
    try:
        return found[0].encode("cp1252").decode("utf-8")
    except UnicodeError:
        return found[0]


@cache
def _ftfy() -> tuple[re.Pattern[str], Any]:
    """Return ftfy's pattern of unlikely text and its repair. Imported only for the few texts that need it."""
    from ftfy import TextFixerConfig, fix_encoding
    from ftfy.badness import BADNESS_RE

    # Replace no lossy sequence by U+FFFD: lost characters cannot be restored.
    config = TextFixerConfig(explain=False, replace_lossy_sequences=False)
    return BADNESS_RE, lambda line: fix_encoding(line, config)


def _gaps(line: str) -> list[tuple[int, int]]:
    """Return the spans between the visible ASCII characters, and at both ends."""
    ends = [found.start() for found in ASCII.finditer(line)]
    return list(zip([0, *(end + 1 for end in ends)], [*ends, len(line)], strict=True))


def _sure(raw: str, was: str, now: str, before: str, after: str) -> bool:
    """Whether a repair gives text: only assigned characters, and none that look misread."""
    if set(was) & {NEXT_LINE, "\n"} and not OTHER_CONTROL.search(raw) and was.strip("\x85\n ") == "":
        return False
    return _plain(now) and not _ftfy()[0].search(before + now + after) and not HALF.search(now)


def _plain(text: str) -> bool:
    """Whether no character is unassigned, private-use, a surrogate or U+FFFD."""
    return "\ufffd" not in text and all(unicodedata.category(ch) not in {"Cn", "Co", "Cs"} for ch in text)
