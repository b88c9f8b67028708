"""Characters that should not be there, and blanks that should."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.documents.clean.edits import Edit

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
    r"[.!?](?<=[a-z]{3}.)(?:(?=“[A-Z])|”(?=[A-Z][a-z])"
    r"|(?<=\.)(?=(?:The|This|That|These|There|They|He|She|It|We|In|On|At|But|And|However|According|After|When|While|"
    r"His|Her|Its|Their|For|As|If|An|A)\s))"
)


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
        yield Edit(match.end(), match.end(), "", " ", "glued-sentences")
