"""Find sentence ends inside a line.

Policy on quotations: a sentence that ends inside quotation marks ends there, even if the quotation continues. It does
not end if the attribution follows (“Why?” he asked.).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.data import any_of, words
from pipeline.sentences.words import BEFORE_NAMES, BEFORE_NUMBERS, MAY_END, STARTERS, ZONES

# A picture credit in brackets: the owner and, after a slash, the agency. It ends a sentence.
CREDIT = (
    r"(?P<credit>\[[^\[\]()/\n]{1,60}/(?:[A-Z][\w.’'&-]{0,20} ?){1,4}\]"
    rf"|\([^\[\]()/\n]{{1,60}}/(?:{any_of(words('sentence_words.tsv', 'credit'))})(?: (?:Images|Photo|Pool))?\))"
)
# A mark that may end a sentence, closing marks, blanks, and the next character.
CANDIDATE = re.compile(
    rf"(?:(?P<mark>[.!?…]{{1,8}})(?P<close>[\"”’'»)\]]{{0,4}})|{CREDIT})(?P<blank>[ \t\u00a0]{{1,10}})(?=(?P<next>\S))"
)
LAST_WORD = re.compile(r"[^\s(\[{\"“‘'«/–—]{1,30}\Z")
NEXT_WORD = re.compile(r"[\"“‘'«(\[]{0,3}(?P<word>[^\W\d_][\w’'-]{0,30})")
MAX_WORD = 32
MAX_ATTRIBUTION = 120
NUMBER = re.compile(r"[(\[]?[~$€£]?\d")
OPENING = "\"“‘'«(["
CLOSING = "\"”’'»"

# "U.S", "J": letters with stops between, before the stop in question.
LETTERS = re.compile(r"(?:[^\W\d_]\.){0,5}[^\W\d_]")
# The attribution after a quotation that ends in a mark: "“Why?” Smith asked."
ATTRIBUTION = re.compile(
    r"(?:(?:[A-Z][\w.’'-]{0,25}|the|a|an|his|her|of|for|de|al|bin|van|von|[a-z]{3,20}) ){1,5}?"
    rf"(?:{any_of(words('sentence_words.tsv', 'attribution'))})\b"
)


def ends(text: str, start: int, stop: int) -> Iterator[tuple[int, int]]:
    """Yield (end of a sentence, start of the next) inside a line, text[start:stop]. Linear in its length."""
    begin = start
    for found in CANDIDATE.finditer(text, start, stop):
        if _over(text, begin, found, stop):
            yield found.start("blank"), found.end()
            begin = found.end()


def _over(text: str, begin: int, found: re.Match[str], stop: int) -> bool:
    mark, close, following = found["mark"], found["close"], found["next"]
    if found["credit"]:
        return following.isupper() or following in OPENING
    if following.islower() or following in ",;:)]}%&–—-_":
        return False
    attributed = bool(close) and ATTRIBUTION.match(text, found.end(), min(stop, found.end() + MAX_ATTRIBUTION))
    if "!" in mark or "?" in mark:
        return not attributed
    if "…" in mark or len(mark) > 1:
        return following.isupper() or following in OPENING
    if close and close[0] in CLOSING:
        return not attributed
    return not _abbreviation(text, begin, found, stop)


def _abbreviation(text: str, begin: int, found: re.Match[str], stop: int) -> bool:
    """Whether a single full stop belongs to its word, and the sentence continues."""
    at = found.start()
    last = LAST_WORD.search(text, max(begin, at - MAX_WORD), at)
    if not last:
        return False
    word = last[0]
    if last.start() == begin and (word.isdigit() or len(word) == 1):
        # "1. First", "A. First": a number at the head of its line.
        return True
    bare = word.casefold()
    following = NEXT_WORD.match(text, found.end(), stop)
    after = following["word"] if following else ""
    starts = after[:1].isupper() and after.casefold() in STARTERS
    if bare in BEFORE_NAMES:
        return True
    if bare == "al" and text[max(begin, at - 6) : at].casefold().endswith("et al"):
        return not starts
    if bare in BEFORE_NUMBERS:
        return bool(NUMBER.match(text, found.end(), stop))
    if bare in {"a.m", "p.m"}:
        return after.casefold() in ZONES
    if bare in MAY_END or (word != "I" and LETTERS.fullmatch(word)):
        return not starts and found["next"] not in OPENING
    return False
