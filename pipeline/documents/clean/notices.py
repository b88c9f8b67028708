"""Find licence notices: sentences of a text that grant a licence for it.

A notice is a whole sentence of one of the table's forms followed by a licence, at the head or the end of the text, and
not revoked by the words beside it. In doubt a sentence is no notice, and the text is not open. Linear in the text:
sentences are matched only in windows at both ends.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import batched

from pipeline.data import load
from pipeline.documents.clean.licences import MAX_NAME_LENGTH, Named, Rule, expanded, named
from pipeline.documents.clean.lines import Line
from pipeline.documents.clean.lines import lines as lines_in

# Footers are at the end, rarely at the head: the size of the window searched at each.
WINDOW = 4_000
# Lines of the head in which a notice is searched: title, byline, date, licence.
HEAD_LINES = 4
# A line with more characters is a paragraph; a shorter one may label the line below it.
LABEL = 120
# Headlines, links and prompts follow a notice; a line with more characters is text.
MAX_AFTER = 160
# Most lines of a notice with hard line breaks.
MAX_LINES = 3
# Cheap tests before any grammar: each hint contains one of these in lower case; then the hint itself.
SIGNS = ("common", "cc by", "cc-by", "ccby", "cc0", "cc 0", "open government", "open data", "odbl", "ogl")
HINT = re.compile(
    r"creative\s?commons|\bcc[\s-]?by\b|\bcc\s?0\b|open government licen|open data(?:base)? commons|\bODbL\b|\bOGL\b",
    re.IGNORECASE,
)
OWNER = r"(?P<owner>[^\W\d_][\w.’'&-]{0,30}(?: [\w.’'&-]{1,30}){0,6}?)"
# Words of a name that need no capital.
SMALL = frozenset({"the", "of", "and", "for", "de", "da", "do", "del", "la", "le", "du", "des", "et", "y", "&"})
ARTICLE = r"(?: (?:the )?terms of)?(?: (?:a|an|the|our)\b)?"
SENTENCE_END = re.compile(r"[.!?…][\"”’)\]]{0,2}\s+")
ENDED = re.compile(r"[.!?…][\"”’)\]]{0,2}$")
FINAL = re.compile(r"[.!?…:;,][\"”’)\]]{0,2}$")
# "SM/PA": initials of writer and editor, before a notice on the same line.
INITIALS = re.compile(r"\(?[A-Z]{2,4}(?:/[A-Z]{2,4}){1,3}\)?\s{1,3}")
# "© 2025 Olhao Courier | CC BY 4.0".
SEPARATED = re.compile(r"[|·•–—]\s{1,3}")
COPYRIGHT = re.compile(
    r"(?:©|\(c\)|copyright)(?: ?(?:©|\(c\)))?(?: ?[0-9]{4}(?: ?[-–] ?[0-9]{4})?,?)?(?: by)?"
    r"(?: (?P<owner>[^\W\d_][^.,;|\n]{0,60}?))?[.,]?\s{0,3}[|·•–—-]?\s{0,3}",
    re.IGNORECASE,
)
# A line of a footer. No notice beside it opens the text.
RESERVED = re.compile(r"(?:(?:©|\(c\)|copyright)[^.,;|\n]{0,80}[.,;|]?\s{1,3})?all rights reserved\.?", re.IGNORECASE)
# A form that names its subject.
ITS = re.compile(r"\b(?:this|our)\b|^\(\?:Text|^\(\?:\(\?:Text", re.IGNORECASE)
QUOTATION = '“”„«»"'
OPENING = re.compile(r"(?:^|[\s(\[—–])[“”„«»\"](?:\S|$)")
RIGHTS = re.compile(r"licen[cs]|copyright|©|\brights\b|\bpermission\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Grant:
    """raw[start:end] grants the licence `spdx` for the text; None if it does not say which, or covers only a part.
    `owner` is the owner of the text."""

    start: int
    end: int
    spdx: str | None
    owner: str | None


@dataclass(frozen=True, slots=True)
class _Notice:
    """A sentence with a notice's form. `place`: end, line or closed; `bare`: it names no subject."""

    start: int
    end: int
    place: str
    bare: bool
    licence: Named
    owner: str | None


# Cached: cleaning and metadata both ask for the same text.
@lru_cache(maxsize=1)
def grants(raw: str) -> tuple[Grant, ...]:
    """Return the notices at the head and at the end of a text, in order. Linear in its length."""
    if not _hinted(raw[:WINDOW]) and not _hinted(raw[-WINDOW:]):
        return ()
    head, tail = lines_in(raw, stop=WINDOW), lines_in(raw, begin=max(0, len(raw) - WINDOW))
    at_end, at_head = _at_end(raw, tail), _at_head(raw, head)
    taken = {notice.start for notice in at_end}
    found = sorted([*at_end, *(n for n in at_head if n.start not in taken)], key=lambda notice: notice.start)
    rest = _rest(raw, found)
    if any(map(_hinted, rest)):
        # A story about licences: its head and last paragraph may be about another text.
        found = [notice for notice in at_end if not _glued(raw, notice)]
    denied = any(map(_denies, rest)) or any(RESERVED.fullmatch(line.text) for line in (*head, *tail))
    return tuple(_grant(raw, notice, denied=denied) for notice in found)


def licence_of_record(words: str) -> str | None:
    """Return the SPDX identifier that a record's licence field means: a licence's name or address, or a whole notice.
    None for anything else."""
    licence = named(words)
    if licence is None:
        notice = _notice(words.strip(), 0, len(words.strip()))
        licence = notice.licence if notice and notice.place != "closed" else None
    return licence.spdx if licence else None


def _hinted(part: str) -> bool:
    small = part.lower()
    return any(sign in small for sign in SIGNS) and bool(HINT.search(part))


def _at_end(raw: str, lines: Sequence[Line]) -> list[_Notice]:
    """Return the notices at the end, in order: only lines that may follow a notice are below them."""
    accepted = [
        (notice, last)
        for notice, index, last in _all(raw, lines)
        if _is_in_notice_position(raw, lines, index, last, notice)
    ]
    covered = {i for notice, last in accepted for i in range(len(lines)) if _shares(notice, lines[i]) and i <= last}
    first = len(lines)
    while first and (first - 1 in covered or _is_below(lines[first - 1].text)):
        first -= 1
    return [notice for notice, _ in accepted if first < len(lines) and notice.start >= lines[first].start]


def _is_below(text: str) -> bool:
    """Whether a line may be below a notice."""
    return _after_all(text) or (_may_follow(text) and not _hinted(text))


def _at_head(raw: str, lines: Sequence[Line]) -> list[_Notice]:
    """Return the notices that are whole lines of the head, above the first sentence."""
    out: list[_Notice] = []
    for notice, index, last in _all(raw, lines[:HEAD_LINES]):
        above = [line for line in lines[:index] if not any(_shares(other, line) for other in out)]
        whole = notice.start == lines[index].start and notice.end == lines[last].end
        if (
            whole
            and not any(ENDED.search(line.text) for line in above)
            and _is_in_notice_position(raw, lines, index, last, notice)
        ):
            out.append(notice)
    return out


def _all(raw: str, lines: Sequence[Line]) -> Iterator[tuple[_Notice, int, int]]:
    """Yield the sentences with a notice's form, without overlap, and the lines on which each begins and ends."""
    reached = 0
    for index in range(len(lines)):
        for notice in _in(raw, lines, index):
            if notice.start >= reached:
                reached = notice.end
                yield notice, index, next(i for i in range(index, len(lines)) if lines[i].end >= notice.end)


def _shares(notice: _Notice, line: Line) -> bool:
    return notice.start < line.end and line.start < notice.end


def _in(raw: str, lines: Sequence[Line], index: int) -> Iterator[_Notice]:
    """Yield the sentences of a line with a notice's form; one may end on a line right below."""
    line = lines[index]
    last = index
    while last + 1 < len(lines) and last - index + 1 < MAX_LINES and _adjacent(raw, lines[last], lines[last + 1]):
        last += 1
    starts = {line.start, *(found.end() for found in SENTENCE_END.finditer(raw, line.start, line.end))}
    starts |= {found.end() for start in starts if (found := INITIALS.match(raw, start))}
    parted = (found.end() for found in SEPARATED.finditer(raw, line.start, line.end))
    starts |= {at for at in parted if _is_preface(raw[line.start : at])}
    ends = [e.start() + 1 for e in SENTENCE_END.finditer(raw, line.start, lines[last].end)]
    ends = sorted({*ends, *(one.end for one in lines[index : last + 1])})
    done = 0
    for start in sorted(starts):
        if start < done:
            continue
        for end in reversed(ends[bisect_left(ends, start) :][:12]):
            notice = _notice(raw, start, end)
            if notice:
                done = end
                yield notice
                break


def _notice(raw: str, start: int, end: int) -> _Notice | None:
    """Parse raw[start:end] as a notice: a form of the table, then a licence and nothing else."""
    if end - start > 2 * MAX_NAME_LENGTH or not (raw[start : start + 1].isupper()):
        return None
    bare = named(raw[start:end])
    if bare:
        return _Notice(start, end, "line", True, bare, None)
    for means, subject, pattern in _forms():
        found = pattern.match(raw, start, end)
        if not found:
            continue
        owner = found.groupdict().get("owner")
        if owner and not _is_outlet(owner):
            continue
        licence = named(raw[found.end() : end])
        if licence:
            return _Notice(start, end, means, not subject, licence, owner)
    return None


def _is_in_notice_position(raw: str, lines: Sequence[Line], index: int, last: int, notice: _Notice) -> bool:
    """Whether a sentence with a notice's form, on the lines from `index` to `last`, is in a place of notices, and
    nothing beside it revokes it."""
    line = lines[index]
    before, after = raw[line.start : notice.start], raw[notice.end : lines[last].end].strip()
    glued = bool(before.strip()) and not _is_preface(before)
    if glued and (notice.place != "end" or _open_quotation(before)):
        return False
    if after and not _may_follow(after, close=True):
        return False
    above = lines[index - 1] if index else None
    below = lines[last + 1] if last + 1 < len(lines) else None
    if below and _adjacent(raw, lines[last], below) and below.text[:1].islower() and raw[notice.end - 1] not in ".!":
        return False
    if not glued and above and not _may_precede(above, notice, preface=bool(before.strip())):
        return False
    if above and not before.strip() and _adjacent(raw, above, line) and _is_caption(above.text, notice, raw):
        return False
    if any(_against("any").search(text) for text in ("" if glued else before, after)):
        return False
    return below is None or _line_below_allows(below.text, notice)


def _line_below_allows(below: str, notice: _Notice) -> bool:
    """Whether the line below a notice does not change its meaning."""
    if _after_all(below) or RESERVED.fullmatch(below):
        return True
    if _against("any").search(below):
        return False
    against = "label", *(("other",) if notice.bare else ())
    return len(below) > LABEL or not any(_against(where).search(below) for where in against)


def _may_precede(above: Line, notice: _Notice, *, preface: bool) -> bool:
    """Whether the line above a notice does not change its meaning: it is no label and does not continue into it.
    `preface`: a copyright line precedes the notice on its line, so that the notice begins a sentence."""
    text = above.text
    if _after_all(text) or RESERVED.fullmatch(text):
        return True
    if text.endswith(":") or _open_quotation(text):
        return False
    ended = bool(FINAL.search(text) or _is_preface(text) or named(text))
    # "This article is not licensed under a Creative Commons / Attribution 4.0 ...": the sentence began above.
    last = text.split()[-1]
    # A headline may end with a small letter, a sentence of a paragraph may not.
    strict = notice.bare or len(text) > LABEL or SENTENCE_END.search(text)
    runs_on = last[0].islower() if strict else bool(_against("open").fullmatch(last))
    runs_on = runs_on or text[0].islower() or last[-1] in "([-–—"
    if not ended and not preface and (runs_on or RIGHTS.search(text) or HINT.search(text)):
        return False
    if len(text) > LABEL:
        return True
    if _against("any").search(text) and (not ended or RIGHTS.search(text) or HINT.search(text)):
        return False
    # A caption above a bare name: it is the picture's licence.
    if notice.bare and not preface and not ended:
        return False
    if not ended and _against("label").search(text):
        return False
    return (ended and not notice.bare) or not _against("other").search(text)


def _is_caption(above: str, notice: _Notice, raw: str) -> bool:
    """Whether a bare licence name is right below a short line, as for a picture below its caption."""
    alone = named(raw[notice.start : notice.end]) is not None
    return alone and len(above) <= LABEL and not (_is_preface(above) or named(above) or _after_all(above))


def _may_follow(text: str, *, close: bool = False) -> bool:
    """Whether a line can follow a notice: an owner's line, a prompt, a headline; no sentence, nothing about rights.
    `close`: on the same line, where no headline can be."""
    if _after_all(text) or RESERVED.fullmatch(text):
        return True
    if len(text) > MAX_AFTER or _against("any").search(text):
        return False
    plain = not ENDED.search(text) and text[-1] not in ":;" and not RIGHTS.search(text)
    return _is_preface(text) or (plain and not close)


def _after_all(text: str) -> bool:
    """Whether the table allows each sentence after a notice."""
    return all(_after().fullmatch(part) for part in SENTENCE_END.sub("\n", text).split("\n"))


def _is_preface(text: str) -> bool:
    """Whether a text may precede a notice on its line: initials or a copyright line."""
    text = f"{text.strip()} "
    found = COPYRIGHT.fullmatch(text)
    owned = found is not None and (not found["owner"] or _is_outlet(found["owner"]))
    return owned or bool(INITIALS.fullmatch(text))


def _is_outlet(owner: str) -> bool:
    """Whether a name can be that of the article's outlet or author."""
    words = owner.removeprefix("the ").split()
    capitals = all(word[0].isupper() or word[0].isdigit() or word in SMALL for word in words)
    return bool(words) and capitals and words[0][0].isupper() and not _elsewhere().search(owner)


def _open_quotation(text: str) -> bool:
    """Whether a text ends within a quotation: its last mark opens one. Marks are not paired: styles are mixed."""
    last = max(map(text.rfind, QUOTATION))
    return last >= 0 and bool(OPENING.match(text, max(0, last - 1)))


def _adjacent(raw: str, above: Line, below: Line) -> bool:
    """Whether no blank line separates two lines."""
    return raw[above.end : below.start].replace("\r\n", "\n").count("\n") <= 1


def _before(raw: str, notice: _Notice) -> str:
    """Return what is before a notice on its line, without blanks around."""
    begin = max(raw.rfind("\n", 0, notice.start), raw.rfind("\r", 0, notice.start)) + 1
    return raw[begin : notice.start].strip()


def _glued(raw: str, notice: _Notice) -> bool:
    """Whether a notice follows other text on its line."""
    before = _before(raw, notice)
    return bool(before) and not _is_preface(before)


def _rest(raw: str, notices: Sequence[_Notice]) -> list[str]:
    """Return the text between the notices."""
    bounds = [0, *(at for notice in notices for at in (notice.start, notice.end)), len(raw)]
    return [_after().sub("", raw[start:end]) for start, end in batched(bounds, 2)]


def _denies(part: str) -> bool:
    """Whether a licence is named beside words that revoke one, at either end of a text."""
    windows = (part,) if len(part) <= 2 * WINDOW else (part[:WINDOW], part[-WINDOW:])
    return any(
        _against("any").search(window, max(0, found.start() - LABEL), found.end() + LABEL)
        for window in windows
        for found in HINT.finditer(window)
    )


def _grant(raw: str, notice: _Notice, *, denied: bool) -> Grant:
    owner = notice.owner
    if not owner:
        # "© 2025 Olhao Courier. Published under ...": the owner precedes the notice on its line.
        found = COPYRIGHT.fullmatch(f"{_before(raw, notice)} ")
        owner = found["owner"] if found else None
    return Grant(notice.start, notice.end, None if denied or notice.place == "closed" else notice.licence.spdx, owner)


def _rules(kind: str) -> list[Rule]:
    return [rule for rule in load("licence_notices.tsv", Rule) if rule.kind == kind]


@cache
def _forms() -> tuple[tuple[str, bool, re.Pattern[str]], ...]:
    """Return (place, whether it names its subject, pattern up to the licence) of each form."""
    predicate = "|".join(rule.pattern for rule in _rules("predicate"))
    subjects = [(rule.pattern, rule.means) for rule in _rules("subject")]
    out = []
    for rule in _rules("notice"):
        parts = subjects if "{subject}" in rule.pattern else [("", rule.means)]
        for subject, place in parts:
            text = rule.pattern.replace("{subject}", subject).replace("{predicate}", f"(?:{predicate})")
            if not text.endswith(":"):
                text += ARTICLE
            pattern = re.compile(expanded(text.replace("{owner}", OWNER)) + r"\s{1,12}", re.IGNORECASE)
            place = place if rule.means == "-" else rule.means
            out.append((place, bool(subject) or bool(ITS.search(rule.pattern)), pattern))
    # Forms that may be glued to a paragraph (place "end") come after "closed" and before "line".
    return tuple(sorted(out, key=lambda form: form[0]))


@cache
def _against(where: str) -> re.Pattern[str]:
    return _words(rule.pattern for rule in _rules("against") if rule.means == where)


@cache
def _elsewhere() -> re.Pattern[str]:
    return _words(rule.pattern for rule in _rules("not-outlet"))


@cache
def _after() -> re.Pattern[str]:
    return re.compile(rf"(?:{'|'.join(expanded(rule.pattern) for rule in _rules('after'))})[.!]?", re.IGNORECASE)


def _words(patterns: Iterator[str]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(map(expanded, patterns))})\b", re.IGNORECASE)
