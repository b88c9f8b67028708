"""Characters that should not be there, and blanks that should.

Belongs here: rules about single characters and glued words. Does not belong here: blanks between words (`blanks`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.clean.edits import Edit, tight

# Soft hyphen, zero-width blanks and joiners, marks of direction, byte-order mark, tag characters, C0 and C1 controls.
INVISIBLE = re.compile(
    "[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb\U000e0001\U000e0020-\U000e007f"
    "\x00-\x08\x0e-\x1b\x7f\x80-\x84\x86-\x9f]+"
)
# Joiners mean something in these scripts (Arabic, Indic ...) and between emoji: beside one of those they stay.
JOINERS = frozenset("\u200c\u200d")
# Direction marks are needed beside right-to-left letters.
DIRECTION = frozenset("\u200e\u200f")
# "LavrovRussia": two capitalised words without a blank; "@MaryLee" is an account.
GLUED = re.compile(r"(?<![@#\w])(?P<first>[A-Z][a-z]{3,20})(?P<second>[A-Z][a-z]{3,20})\b")
CAPITALISED = re.compile(r"\b[A-Z][a-z]{3,20}\b")
# "finished.The", "said.“We": a sentence that ends without its blank. Only before words that begin sentences and are no
# part of a name, so that "Booking.Com" stays.
LOST_BLANK = re.compile(
    r"(?<=[a-z]{3}[.!?])(?=“[A-Z])|(?<=[a-z]{3}[.!?]”)(?=[A-Z][a-z])"
    r"|(?<=[a-z]{3}\.)(?=(?:The|This|That|These|There|They|He|She|It|We|In|On|At|But|And|However|According|After|When|While|"
    r"His|Her|Its|Their|For|As|If|An|A)\s)"
)
# UTF-8 that was once read as a Western code page: "Ã©" for "é", "â€™" for "’". A first byte (0xC2 to 0xF4) and the
# right number of following ones (0x80 to 0xBF), each as that code page or Latin-1 shows it, come together by accident
# in no language; what does not decode is left alone.
FOLLOWING = "\u0080-\u00bf" + "".join(
    ch for byte in range(0x80, 0xA0) if (ch := bytes([byte]).decode("cp1252", "ignore"))
)
MOJIBAKE = re.compile(
    f"(?:[\u00c2-\u00df][{FOLLOWING}]|[\u00e0-\u00ef][{FOLLOWING}]{{2}}|[\u00f0-\u00f4][{FOLLOWING}]{{3}})+"
)
# Windows’ Western page read as Latin-1: curly marks, dashes and the euro come out as C1 controls, which no text has.
# 0x85 is left: it is also the line break of old mainframes.
CONTROLS = re.compile("[\x80\x82-\x84\x86-\x8c\x8e\x91-\x9c\x9e\x9f]")
# Text can be misread more than once on its way.
MOST_MISREADINGS = 3


def mojibake(raw: str) -> Iterator[Edit]:
    """Characters as they were before their bytes were misread: "FranÃ§ois" is "François". A blank that would come out
    is left to the rules about blanks, or the run to itself."""
    for found in MOJIBAKE.finditer(raw):
        edit = tight(raw, *found.span(), _reread(found[0]), "mojibake")
        if edit and not any(ch.isspace() or not ch.isprintable() for ch in edit.replacement):
            yield edit


def misread_controls(raw: str) -> Iterator[Edit]:
    """Curly marks and dashes that were read as controls: "it\x92s" is "it’s"."""
    for found in CONTROLS.finditer(raw):
        yield Edit(found.start(), found.end(), found[0], found[0].encode("latin-1").decode("cp1252"), "mojibake")


def _reread(run: str) -> str:
    for _ in range(MOST_MISREADINGS):
        if not MOJIBAKE.fullmatch(run):
            break
        try:
            run = b"".join(bytes([ord(ch)]) if ord(ch) < 0x100 else ch.encode("cp1252") for ch in run).decode("utf-8")
        except UnicodeDecodeError:
            break
    return run


def invisible(raw: str) -> Iterator[Edit]:
    """Invisible characters and controls: removed, unless a neighbour needs them."""
    for found in INVISIBLE.finditer(raw):
        start, end = found.span()
        beside = raw[max(0, start - 1) : start] + raw[end : end + 1]
        if (
            end - start == 1
            and raw[start] in JOINERS | DIRECTION
            and any(ch >= "\u0590" and not _mark(ch) for ch in beside)
        ):
            continue
        yield Edit(start, end, found[0], "", "invisible-character")


def _mark(ch: str) -> bool:
    """General punctuation and blanks: no letter of any script, and no emoji."""
    return "\u2000" <= ch <= "\u206f"


def glued_words(raw: str) -> Iterator[Edit]:
    """A blank between two words that were glued when a link was lost. Sure only where both halves stand elsewhere in
    the text as words of their own, and the whole does not come twice (a brand would)."""
    found = list(GLUED.finditer(raw))
    if found:
        words = {match[0] for match in CAPITALISED.finditer(raw)}
        counts: dict[str, int] = {}
        for match in found:
            counts[match[0]] = counts.get(match[0], 0) + 1
        for match in found:
            if counts[match[0]] == 1 and match["first"] in words and match["second"] in words:
                at = match.start("second")
                yield Edit(at, at, "", " ", "glued-words")


def lost_blanks(raw: str) -> Iterator[Edit]:
    """A blank after a sentence that the next one is glued to."""
    for match in LOST_BLANK.finditer(raw):
        yield Edit(match.start(), match.start(), "", " ", "glued-sentences")
