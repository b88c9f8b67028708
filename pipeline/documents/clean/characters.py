"""Remove invisible characters, and insert missing blanks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.data import words
from pipeline.documents.clean.edits import Edit

# Soft hyphen, zero-width blanks and joiners, marks of direction, byte-order mark, tag characters, C0 and C1 controls.
INVISIBLE = re.compile(
    "[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb\U000e0001\U000e0020-\U000e007f"
    "\x00-\x08\x0e-\x1b\x7f\x80-\x84\x86-\x9f]+"
)
# Joiners are significant in some scripts (Arabic, Indic ...) and between emoji: kept beside those.
JOINERS = frozenset("\u200c\u200d")
# Direction marks are needed beside right-to-left letters.
DIRECTION = frozenset("\u200e\u200f")
# "LavrovRussia": two capitalised words without a blank; "@MaryLee" is an account.
GLUED = re.compile(r"(?<![@#\w])(?P<first>[A-Z][a-z]{3,20})(?P<second>[A-Z][a-z]{3,20})\b")
CAPITALISED = re.compile(r"\b[A-Z][a-z]{3,20}\b")
# "finished.The", "in 2021.Minister", "said.“We": a sentence end without its blank. The word before is longer than an
# initial; the next one has a capital and small letters.
LOST_BLANK = re.compile(
    r"(?:(?<=[^\W\d_A-Z]{3})|(?<=[A-Z]{3})|(?<=[0-9a-z][0-9%)\]]))[.!?](?:(?P<mark>[\"“”])?(?=(?P<next>[A-Z](?:[a-z][\w’'-]{0,24}|(?=\s)))))"
    r"|(?<=\w)[.!?]”(?=[A-Z][a-z])|\](?=[A-Z][a-z])"
)
# The start or a part of each match. Without lookbehind the search is several times faster.
_MAYBE_LOST = re.compile(r"[.!?](?=[\"“”]?[A-Z])|\](?=[A-Z])")
_MAYBE_GLUED = re.compile(r"[A-Z][a-z]{3,20}[A-Z]")
NAME_END = re.compile(r"[\s,;:.!?’'\"”)]|\Z")
# After the full stop of an address: "Booking.Com", "Node.Js".
DOMAINS = words("sentence_words.tsv", "domain")
ADDRESS = re.compile(r"[/@#_]|www\.", re.IGNORECASE)
MAX_ADDRESS = 60


def invisible(raw: str) -> Iterator[Edit]:
    """Remove invisible characters and controls, unless a neighbour needs them."""
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
    """Whether a character is general punctuation or a blank: no letter and no emoji."""
    return "\u2000" <= ch <= "\u206f"


def glued_words(raw: str) -> Iterator[Edit]:
    """Insert a blank between two words that were glued when a link was lost. Both halves must occur elsewhere in the
    text as words, and the whole must not occur twice (a brand would)."""
    found = list(GLUED.finditer(raw)) if _MAYBE_GLUED.search(raw) else []
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
    """Insert a blank between two glued sentences. A straight quotation mark between them opens the second one if the
    marks before it on its line are paired."""
    line = straight = at = 0
    # No match contains two such places.
    for match in filter(None, (LOST_BLANK.match(raw, maybe.start()) for maybe in _MAYBE_LOST.finditer(raw))):
        if match["next"] is not None and not _begins_sentence(raw, match):
            continue
        begin = raw.rfind("\n", at, match.start()) + 1
        if begin > line:
            line, straight, at = begin, 0, begin
        straight += raw.count('"', at, match.start())
        at = match.start()
        opens = match["mark"] == "“" or (match["mark"] == '"' and straight % 2 == 0)
        place = match.start() + 1 if opens else match.end()
        yield Edit(place, place, "", " ", "glued-sentences")


def _begins_sentence(raw: str, match: re.Match[str]) -> bool:
    """Whether the word after a full stop begins a sentence: it is no part of an address or a name."""
    if match["next"].casefold() in DOMAINS or not NAME_END.match(raw, match.end() + len(match["next"])):
        return False
    before = raw[max(0, match.start() - MAX_ADDRESS) : match.start()].split()
    return not (before and ADDRESS.search(before[-1]))
