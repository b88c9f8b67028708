"""Find the quoted spans of a text by its quotation marks.

Each paragraph (line) is read by itself, so that a stray mark affects only its own paragraph.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.data import any_of, words
from pipeline.sentences.head import dateline

OPENING = frozenset("“„‟〝")
CLOSING = frozenset("”〞")
GUILLEMETS = frozenset("«»")
EITHER = frozenset(('"', "＂"))
# One match per mark: the doubled single marks of old wire text (``...'' or ''...'') count as one.
MARK = re.compile(r"``|''|‘‘|’’|[“”„‟〝〞«»\"＂]")
SINGLE = re.compile(r"['‘’‚‛‹›`]")
PARAGRAPH = re.compile(r"[^\n\r\u2028\u2029\x0b\x0c\x85]+")
# What can precede the quotation that opens a line: a list marker, the dash of a dialogue, the time of an entry in a
# live blog ("14:05", "[9.15pm]", "10:15 GMT –"). Datelines are in `pipeline.sentences.head`.
_ZONE = rf"(?: ?(?:{any_of(words('sentence_words.tsv', 'zone'))}))?"
_CLOCK = rf"(?:\d{{1,2}}[:.h]\d{{2}}|\d{{1,2}} ?(?=[ap]\.?m))(?: ?[ap]\.?m\.?)?{_ZONE}"
LEAD = re.compile(
    r"(?:[-–—―*•·▪▶▸◦‣●■►→>]{1,3}|\(?\d{1,2}[.)]|\(?[a-z]\)"
    rf"|[(\[]?{_CLOCK}[)\]]?(?: ?[-–—:|])?)[ \t\u00a0]{{0,3}}",
    re.IGNORECASE,
)
# The longest dateline before a quotation.
MAX_LEAD = 110
# Inches, as in 6'2": the mark is not a quotation mark.
INCHES = re.compile(r"\d['’′] ?\d{1,2}\Z")
QUOTATION = re.compile(r"[“\"„«]|``|(?<![^\W_])[‘']")
# Words that begin with an apostrophe in edited English.
ELISIONS = words("elisions.tsv", "elision")
# The end of a sentence, and words of a speaker.
SENTENCE = re.compile(r"[.?!…:] {1,2}[^\W\da-z]")
_SPEAKER = words("function_words.tsv", "first person")
FIRST_PERSON = re.compile(rf"(?<!\w)(?:{any_of({w.capitalize() for w in _SPEAKER} | (_SPEAKER - {'i'}))})(?!\w)")
# An opening mark follows one of these, a blank or the line's start.
BEFORE_OPENING = frozenset("([{<-–—―/:;…‘'“\"")
FIRST_WORD = re.compile(r"\w{1,8}")


@dataclass(frozen=True, slots=True)
class QuotedSpan:
    """Words between marks in one paragraph. `opening` and `closing` are the offsets of the marks' first characters, or
    -1 if a mark is missing. The words are [start, end), trimmed and not empty; with their marks they are [outer_start,
    outer_end). `single`: the marks are single."""

    opening: int
    closing: int
    start: int
    end: int
    outer_start: int
    outer_end: int
    single: bool = False

    @property
    def closed(self) -> bool:
        """Whether it has its closing mark."""
        return self.closing >= 0


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One line of the text, [start, end), with its quoted spans in text order. Quoted spans do not overlap."""

    start: int
    end: int
    quoted_spans: tuple[QuotedSpan, ...]


def paragraphs(text: str) -> list[Paragraph]:
    """Return the lines that are not blank, each with its quoted spans. Linear in the text."""
    lines = [_trimmed(text, *line.span()) for line in PARAGRAPH.finditer(text)]
    lines = [(_after_lead(text, start, end), end) for start, end in lines if start < end]
    found = []
    for (start, end), (following, _) in zip(lines, [*lines[1:], (len(text), 0)], strict=False):
        doubles = _doubles(text, start, end)
        for outer in _outer_singles(text, start, end, doubles):
            apart = (d for d in doubles if d.outer_start >= outer.outer_end or d.outer_end <= outer.outer_start)
            doubles = sorted((outer, *apart), key=lambda s: s.start)
        singles = _singles(text, start, end, doubles, continues=text[following : following + 1] == "‘")
        found.append(Paragraph(start, end, tuple(sorted((*doubles, *singles), key=lambda s: s.start))))
    return found


def _after_lead(text: str, start: int, end: int) -> int:
    """Return where the quotation begins that opens the line [start, end) behind a list marker, time or dateline;
    `start` if other words precede it, or if there is none."""
    mark = QUOTATION.search(text, start, min(end, start + MAX_LEAD))
    at = mark.start() if mark else start
    if at == start:
        return start
    if LEAD.fullmatch(text, start, at):
        return at
    place = dateline(text, start, end)
    return at if place and not text[place.end() : at].strip() else start


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _opens(text: str, at: int, after: int, low: int, high: int) -> bool:
    """Whether a mark over [at, after) can open: nothing or a blank before it, a word after it."""
    free = at == low or text[at - 1].isspace() or text[at - 1] in BEFORE_OPENING
    return free and after < high and not text[after].isspace()


def _closes(text: str, at: int, after: int, low: int, high: int) -> bool:
    """Whether a mark can close: text right before it, no word right after it."""
    return at > low and not text[at - 1].isspace() and (after == high or not text[after].isalnum())


def _role(text: str, at: int, after: int, low: int, high: int, open_with: str) -> str:
    """Return open, close or none for the mark over [at, after). `open_with`: this quoted span's opening mark, or ''."""
    mark = text[at:after]
    opens, closes = _opens(text, at, after, low, high), _closes(text, at, after, low, high)
    if mark in GUILLEMETS:
        if open_with in GUILLEMETS:
            return "close" if mark != open_with or closes else "open"
        return "open" if opens or mark == "«" else "close"
    if mark in OPENING or mark in ("``", "‘‘"):
        # A closing mark turned the wrong way round, and „...“.
        wrong_way = bool(open_with) and closes and not opens
        return "close" if wrong_way else "open"
    if mark in CLOSING or mark == "’’":
        return "open" if opens and not closes and not open_with else "close"
    # A straight mark. Attributes of markup, and feet and inches, are not speech.
    if at > low and (text[at - 1] == "=" or INCHES.search(text, max(low, at - 6), at)):
        return "none"
    if not open_with:
        if opens:
            return "open"
        return "close" if closes else "open" if after < high and at > low and text[at - 1].isspace() else "none"
    if opens and not closes:
        return "open"
    return "close"


def _doubles(text: str, low: int, high: int) -> list[QuotedSpan]:
    """Return the quoted spans in double marks of the paragraph [low, high).

    A lone opening mark runs to the paragraph's end, as in news style, if a sentence begins there. A lone closing one
    closes the paragraph's first sentence if that is in the first person. Others only say where words begin or end, and
    are left out: no words of the narrator are quoted.
    """
    marks = [m.span() for m in MARK.finditer(text, low, high)]
    if not marks:
        return []
    # Count the closing and opening marks from each mark on, to distinguish a nested opening mark from a new quoted
    # span.
    curly_closings, curly_openings = [0] * (len(marks) + 1), [0] * (len(marks) + 1)
    for i in range(len(marks) - 1, -1, -1):
        a, b = marks[i]
        curly_closings[i] = curly_closings[i + 1] + (text[a:b] in CLOSING or text[a:b] in EITHER or text[a:b] == "''")
        # The last quoted span of a paragraph may lack its closing mark.
        curly_openings[i] = curly_openings[i + 1] + (text[a:b] in OPENING and i < len(marks) - 1)
    spans: list[QuotedSpan] = []
    opened: tuple[int, int] | None = None
    depth = 0
    for i, (at, after) in enumerate(marks):
        role = _role(text, at, after, low, high, text[slice(*opened)] if opened else "")
        if role == "none":
            continue
        if opened is None:
            if role == "open":
                opened, depth = (at, after), 1
            elif i == 0 and after < high and _is_own_sentence(text, low, at):
                _add(text, spans, None, (at, after), low, high)
        elif role == "open":
            mark = text[at:after]
            left = curly_closings[i + 1] - (curly_openings[i + 1] if mark in OPENING else 0)
            if mark not in EITHER and mark != "''" and left > depth:
                depth += 1
            else:
                # The quoted span before lacks its closing mark. Its end is unknown, so leave it out.
                opened, depth = (at, after), 1
        else:
            depth -= 1
            if depth == 0:
                _add(text, spans, opened, (at, after), low, high)
                opened = None
    if opened is not None and _begins_sentence(text, *opened, low):
        _add(text, spans, opened, None, low, high)
    return spans


def _begins_sentence(text: str, at: int, after: int, low: int) -> bool:
    """Whether words behind the mark over [at, after) begin a sentence, or a quoted one: said: “It is late."""
    before = text[max(low, at - 8) : at].rstrip()
    return not before or before[-1] in ".?!…:\"”’'" or (before[-1] in ",—–-" and text[after : after + 1].isupper())


def _is_own_sentence(text: str, low: int, at: int) -> bool:
    """Whether a speaker's own sentence ends at a mark: We left early,” she said."""
    return text[at - 1] in ",.?!…" and not SENTENCE.search(text, low, at) and bool(FIRST_PERSON.search(text, low, at))


def _add(
    text: str,
    spans: list[QuotedSpan],
    opening: tuple[int, int] | None,
    closing: tuple[int, int] | None,
    low: int,
    high: int,
) -> None:
    """Append the quoted span between two marks, one of which may be missing, if it contains words."""
    start, end = _trimmed(text, opening[1] if opening else low, closing[0] if closing else high)
    if any(text[i].isalnum() for i in range(start, min(end, start + 40))) or any(
        text[i].isalnum() for i in range(start, end)
    ):
        spans.append(
            QuotedSpan(
                opening=opening[0] if opening else -1,
                closing=closing[0] if closing else -1,
                start=start,
                end=end,
                outer_start=opening[0] if opening else start,
                outer_end=closing[1] if closing else end,
            )
        )


def _outer_singles(text: str, low: int, high: int, doubles: list[QuotedSpan]) -> list[QuotedSpan]:
    """Find quoted spans in British style: single marks around double ones (‘He said “no”,’ she said). Straight ones
    must open the paragraph.

    A comma or a full stop precedes the closing mark; it never precedes an apostrophe.
    """
    found: list[QuotedSpan] = []
    opened = -1
    inside = False  # whether double marks came since
    after_gap = low
    for start, end in _gaps(low, high, doubles):
        inside = inside or (opened >= 0 and start > after_gap)
        after_gap = end
        for m in SINGLE.finditer(text, start, end):
            at, after = m.span()
            if opened < 0:
                curly = text[at] == "‘" or at == low
                opened, inside = (at if curly and _opens_single(text, at, low, high) else -1), False
            elif _closes(text, at, after, low, high) and text[at] not in "‘‚‛`":
                sure = text[at - 1] in ",.?!…"
                if sure and inside:
                    _add_single(text, found, opened, at)
                if sure or not inside:
                    opened = -1
    return found


def _singles(text: str, low: int, high: int, doubles: list[QuotedSpan], *, continues: bool) -> list[QuotedSpan]:
    """Return the quoted spans in single marks outside the double ones. Apostrophes do not count as marks. `continues`:
    the next paragraph opens with a single mark, so that the last one here may lack its closing mark."""
    found: list[QuotedSpan] = []
    for start, end in _gaps(low, high, doubles):
        opened = -1
        maybe = -1  # a plural's apostrophe that may have been the closing mark
        for m in SINGLE.finditer(text, start, end):
            at, after = m.span()
            if opened < 0:
                if _opens_single(text, at, start, end):
                    opened, maybe = at, -1
            elif _closes(text, at, after, start, end) and text[at] not in "‘‚‛`":
                plural = text[at - 1] in "sSzZxX" and after < end and text[after].isspace()
                if plural and text[after + 1 : after + 2].isalpha():
                    maybe = at if maybe < 0 else maybe
                    continue
                _add_single(text, found, opened, at)
                opened = -1
            elif _opens_single(text, at, start, end) and maybe >= 0:
                _add_single(text, found, opened, maybe)
                opened, maybe = at, -1
        if opened >= 0 and maybe >= 0:
            _add_single(text, found, opened, maybe)
        elif opened >= 0 and continues and end == high and text[opened] == "‘" and text[high - 1] in ".?!…":
            _add_single(text, found, opened, -1, high)
    return found


def _opens_single(text: str, at: int, low: int, high: int) -> bool:
    if text[at] == "’" or not _opens(text, at, at + 1, low, high):
        return False
    if text[at + 1].isdigit():
        return False
    word = FIRST_WORD.match(text, at + 1, high)
    return word is None or word.group().lower() not in ELISIONS


def _add_single(text: str, found: list[QuotedSpan], opening: int, closing: int, high: int = -1) -> None:
    """Append the span between two single marks; without a closing one it ends at `high`."""
    start, end = _trimmed(text, opening + 1, high if closing < 0 else closing)
    if start < end and text[start].isalnum():
        found.append(
            QuotedSpan(opening, closing, start, end, opening, end if closing < 0 else closing + 1, single=True)
        )


def _gaps(low: int, high: int, spans: list[QuotedSpan]) -> Iterator[tuple[int, int]]:
    at = low
    for quoted_span in spans:
        if at < quoted_span.outer_start:
            yield at, quoted_span.outer_start
        at = max(at, quoted_span.outer_end)
    if at < high:
        yield at, high
