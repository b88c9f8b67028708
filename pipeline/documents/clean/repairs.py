"""Characters as they were before they were misread: by ftfy, and HTML's character references.

Of ftfy only the repair of encodings is used: quotation marks, ligatures, widths and line breaks stay as they are. A few
signs and letters that it lets pass are repaired here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from html.entities import html5
from typing import Any

from pipeline.documents.clean.edits import Edit, tight

# Beyond ASCII, the characters of well-set English: hard blank, soft hyphen, dashes, quotation marks, bullet, ellipsis,
# primes. Text of these alone is never taken for misread (a test asks ftfy about all pairs and triples of them).
SET = "\xa0\xad\u2010-\u2015\u2018-\u201d\u2022\u2026\u2032\u2033"
SUSPECT = re.compile(f"[^\x00-\x7f{SET}]")
# A line is repaired as a whole, since what else stands in it is evidence; a longer one in pieces.
MOST_LINE = 5_000
# Five times the longest article: of lines that could be misread no more is looked at, since ftfy is dear (a text made
# for it takes 8 seconds a million characters).
MOST_SUSPECT = 400_000
# Misread text that was decomposed afterwards (NFKD): "A" and a combining tilde for "Ã", a blank and a mark for "¨".
DECOMPOSED = re.compile(r"[A-Za-z ][\u0300-\u036f]")
SPACING = {" \u0301": "\xb4", " \u0304": "\xaf", " \u0308": "\xa8", " \u0327": "\xb8"}
# What is left of "â€\x9d" where its last byte, which Windows' Western page has not, was dropped or shown as U+FFFD.
CLOSING = re.compile("\u00e2\u20ac(?:\ufffd|(?![^\\s.,;:!?)]))")
OPENING = "\u00e2\u20ac\u0153"
# 0x85 alone is the line break of old mainframes; among others of its kind it is an ellipsis.
NEXT_LINE = "\x85"
OTHER_CONTROL = re.compile("[\x80-\x84\x86-\x9f]")
# What is still misread looks so; ftfy lets these pass.
HALF = re.compile("[\u00c2\u00c3][^\x00-\x7f]")
# Misread signs and letters that ftfy takes for text where they stand alone: "PowerHouseâ„¢", "3 âˆ’ 2", "KaczyÅ„ski".
# SIGN is "â" with a mark that no letter has behind it, LETTERS a capital and a mark between small letters.
BEHIND = "\u201a\u201e\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u017d\u02dc\u2122\u0161\u0153\u017e\u0178"
WESTERN_HIGH = bytes(byte for byte in range(0x80, 0xC0) if byte not in b"\x81\x8d\x8f\x90\x9d").decode("cp1252")
SIGN = re.compile(f"\u00e2[{BEHIND}][{WESTERN_HIGH}]")
LETTERS = re.compile(f"(?<=[a-z])(?:[\u00c3-\u00c5][{WESTERN_HIGH}])+(?=[a-z])")
ASCII = re.compile("[!-~]")
REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,8}[0-9]{0,2});")
LAST_CODE_POINT = 0x10FFFF


def repairs(raw: str) -> list[Edit]:
    """The edits of both rules, in order."""
    edits = list(mojibake(raw))
    references = list(character_references(raw))
    return sorted([*edits, *references], key=lambda edit: edit.raw_start) if references else edits


def mojibake(raw: str) -> Iterator[Edit]:
    """Text whose bytes were read in the wrong encoding: "FranÃ§ois" is "François", "it\\x92s" is "it’s"."""
    if raw.isascii():
        return
    at = looked = 0
    while at < len(raw) and looked < MOST_SUSPECT:
        most = min(len(raw), at + MOST_LINE)
        end = raw.find("\n", at, most) + 1 or (raw.rfind(" ", at, most) + 1 if most < len(raw) else 0) or most
        if SUSPECT.search(raw, at, end):
            looked += end - at
            yield from _line(raw, at, end)
        at = end


def character_references(raw: str) -> Iterator[Edit]:
    """ "Smith &amp; Sons", "it&#8217;s": references that were never resolved. A text with a tag in it is about HTML and
    keeps them; letters and digits are not written so, and stay."""
    if "&" not in raw or "<" in raw:
        return
    for found in REFERENCE.finditer(raw):
        character = _referred(found[0])
        if character and not character.isspace() and _plain(character) and not character.isalnum():
            edit = tight(raw, *found.span(), character, "character-reference")
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
    """The repairs of raw[start:end]. What is not ASCII stands between the same ASCII characters before and after: a
    change is led back by the characters around it."""
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
        edit = tight(raw, places[at], places[stop], now, "mojibake")
        if edit:
            yield edit


def _composed(raw: str, start: int, end: int) -> Iterator[tuple[int, str]]:
    """(offset, character), with letters and the marks on them as one."""
    at = start
    for found in DECOMPOSED.finditer(raw, start, end):
        character = SPACING.get(found[0]) or unicodedata.normalize("NFC", found[0])
        if len(character) == 1:
            yield from ((place, raw[place]) for place in range(at, found.start()))
            yield found.start(), character
            at = found.end()
    yield from ((place, raw[place]) for place in range(at, end))


def _fixed(line: str, opened: bool) -> str:
    """The line by ftfy, and what it lets pass by SIGN and LETTERS. `opened`: the text has a misread opening quotation
    mark, so it may have closing ones."""
    bad, fix = _ftfy()
    if bad.search(line):
        line = str(fix(CLOSING.sub("\u00e2\u20ac\x9d", line) if opened else line))
    return LETTERS.sub(_read_again, SIGN.sub(_read_again, line))


def _read_again(found: re.Match[str]) -> str:
    """Characters that were read in Windows' Western page, read as UTF-8; as they are where they are none."""
    try:
        return found[0].encode("cp1252").decode("utf-8")
    except UnicodeError:
        return found[0]


@cache
def _ftfy() -> tuple[re.Pattern[str], Any]:
    """What is unlikely in any text, and the repair. Loaded for the few texts that need it."""
    from ftfy import TextFixerConfig, fix_encoding
    from ftfy.badness import BADNESS_RE

    # No sequence becomes U+FFFD: what is lost is not restored.
    config = TextFixerConfig(explain=False, replace_lossy_sequences=False)
    return BADNESS_RE, lambda line: fix_encoding(line, config)


def _gaps(line: str) -> list[tuple[int, int]]:
    """The stretches between the ASCII characters that can be seen, and at both ends."""
    ends = [found.start() for found in ASCII.finditer(line)]
    return list(zip([0, *(end + 1 for end in ends)], [*ends, len(line)], strict=True))


def _sure(raw: str, was: str, now: str, before: str, after: str) -> bool:
    """Whether a repair gives text: characters that there are, and nothing that still looks misread."""
    if set(was) & {NEXT_LINE, "\n"} and not OTHER_CONTROL.search(raw) and was.strip("\x85\n ") == "":
        return False
    return _plain(now) and not _ftfy()[0].search(before + now + after) and not HALF.search(now)


def _plain(text: str) -> bool:
    """Whether all are characters with a meaning: not unassigned, private, half or U+FFFD."""
    return "\ufffd" not in text and all(unicodedata.category(ch) not in {"Cn", "Co", "Cs"} for ch in text)
