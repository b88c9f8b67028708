"""Remove boilerplate around the article: whole lines by the rules of boilerplate.tsv, and initials on the last line.

Lines are removed upwards from the end and downwards from the beginning as long as a rule matches. Inside the article
only unambiguous lines are removed, and lists of other articles under a heading that names them. A rule matches a whole
line; in doubt the line is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from pipeline.data import any_of, load, words
from pipeline.documents.clean.lines import Line
from pipeline.documents.clean.notices import grants
from pipeline.sentences.stamps import STAMP

type Removal = tuple[int, int, str]

MAX_LINE = 400
BULLET = r"[•·▪◦‣●■►▶»*-]"

# "• 2021-01-04 17:50", with or without the title that it links to.
DATED_LINK = re.compile(rf"{BULLET} ?{STAMP}(?P<title> .{{1,180}})?")
SENTENCE_END = re.compile(r"[.!?…][\"”’)\]]{0,2}$")
LISTED = re.compile(rf"{BULLET} (?=\w)")
# A line of a list: "3 Storm warning in the west", "• Storm warning".
ITEM = re.compile(rf"(?:\d{{1,2}}[.)]?|{BULLET}) ?\S.{{3,160}}")
SIGN = re.compile(r"\w")
# A site's name in the head of its page is at most this long and followed by one of these.
MAX_SITE = 30
SITE_BELOW = re.compile(r"(?:menu|search|sections|subscribe|sign in|log ?in|register|navigation)", re.IGNORECASE)
# A paper's name above a headline or a motto: "The Norfolk Post".
SITE = re.compile(rf"The (?:[A-Z][\w’'&-]{{1,20}} ){{1,3}}(?:{any_of(words('media.tsv', 'paper'))})")
# A motto in the head of a page has at most this many words.
MAX_MOTTO = 4
# The most items of a list of other articles, and their greatest length without numbers or bullets.
MAX_ITEMS, MAX_HEADLINE = 30, 120


@dataclass(frozen=True, slots=True)
class Boilerplate:
    """A line of boilerplate.tsv: `rule` removes a line of text that `pattern` matches as a whole, at `where`."""

    rule: str
    where: tuple[str, ...]
    pattern: str
    kept: str
    example: str
    source: str


@cache
def patterns(where: str) -> Mapping[str, re.Pattern[str]]:
    """Return the rules for a place in the table's order, each with the pattern of a whole line."""
    found: dict[str, list[str]] = {}
    for line in load("boilerplate.tsv", Boilerplate):
        if where in line.where:
            found.setdefault(line.rule, []).append(line.pattern)
    return {rule: re.compile("|".join(each), re.IGNORECASE) for rule, each in found.items()}


def removals(raw: str, lines: Sequence[Line]) -> list[Removal]:
    """Return (raw start, raw end, rule) of each removal, in order, without overlap."""
    licences = [(grant.start, grant.end, "licence-footer") for grant in grants(raw)]
    kept = [line for line in lines if not _inside(line, licences)]
    below, kept = _below(kept, licences)
    above, kept = _above(kept)
    listed, kept = _lists(kept)
    out = [*licences, *below, *above, *listed, *_anywhere(kept)]
    if kept:
        out.extend(_glued_initials(raw, kept[-1], licences))
    return _merged(sorted(out))


def _inside(line: Line, spans: Sequence[Removal]) -> bool:
    return any(start <= line.start and line.end <= end for start, end, _ in spans)


def _below(lines: list[Line], licences: Sequence[Removal]) -> tuple[list[Removal], list[Line]]:
    """Return the removals below the article, and the lines above them."""
    out: list[Removal] = []
    fields: list[Removal] = []
    form = False
    left = list(lines)
    while left:
        line = left[-1]
        # The rest of a line without its licence: "© 2025 Olhao Courier.".
        cut = next((start for start, end, _ in licences if line.start < start and end == line.end), line.end)
        shown = line.text[: cut - line.start].rstrip()
        if len(left) > 1 and _link_title(left[-2], line):
            # "• 2021-01-04 17:50" and the title that it links to.
            out.extend((one.start, one.end, "related-link") for one in left[-2:])
            del left[-2:]
            continue
        rule = _rule(shown)
        if rule:
            out.append((line.start, line.start + len(shown), rule))
            if rule in {"comment-form", "captcha"}:
                form = True
                out.extend(fields)
                fields = []
        elif _matching("form", shown):
            # Hold back until another line shows that there is a form.
            (out if form else fields).append((line.start, line.end, "comment-form"))
        else:
            break
        left.pop()
    # Fields without a form are lines of the article.
    if fields:
        removed = {start for start, _, _ in out}
        left = [line for line in lines if line.start not in removed]
    return out, left


def _rule(text: str) -> str | None:
    if not text or len(text) > MAX_LINE:
        return None
    return _matching("end", text) or ("related-link" if DATED_LINK.fullmatch(text) else None)


def _matching(where: str, text: str) -> str | None:
    """Return the first rule for a place that matches the whole line, or all of it behind the mark of a list."""
    item = LISTED.match(text)
    start = item.end() if item else 0
    found = (rule for at in sorted({0, start}) for rule, one in patterns(where).items() if one.fullmatch(text, at))
    return next(found, None)


def _link_title(above: Line, line: Line) -> bool:
    """Whether a line is the title below a dated bullet: "• 2021-01-04 17:50", then an indented line or a headline."""
    if len(above.text) > MAX_LINE or len(line.text) > MAX_LINE:
        return False
    dated = DATED_LINK.fullmatch(above.text)
    return bool(dated) and not (dated and dated["title"]) and (line.indented or not SENTENCE_END.search(line.text))


def _above(lines: list[Line]) -> tuple[list[Removal], list[Line]]:
    """Return the removals above the article (menu labels, signs, a paper's self-description), and the lines below."""
    out: list[Removal] = []
    for index, line in enumerate(lines):
        short = len(line.text) <= MAX_LINE
        rule = (_matching("start", line.text) or _matching("anywhere", line.text)) if short else None
        if rule is None and short and not SIGN.search(line.text):
            rule = "navigation"
        below = lines[index + 1].text if index + 1 < len(lines) else ""
        if rule is None and index and short and len(line.text) <= MAX_SITE and SITE_BELOW.fullmatch(below):
            # The site's name in the head of its page.
            rule = "navigation"
        head = below and (not SENTENCE_END.search(below) or _matching("start", below))
        site = head and SITE.fullmatch(line.text)
        if rule is None and short and (site or (out and _is_motto(line.text, below))):
            rule = "navigation"
        items = ITEM.fullmatch(below) is not None or _headlines(lines, index) > index + 1
        listed = items and short and _matching("list", line.text) is not None
        if rule is None or listed or index == len(lines) - 1:
            return out, lines[index:]
        out.append((line.start, line.end, rule))
    return out, []


def _is_motto(text: str, below: str) -> bool:
    """Whether a line in the head of a page is the site's motto or a section ("Truth Without Fear", "Delhi"): a few
    words with capitals and no form in -s or -ed that may be a verb, above a longer headline that is not set so."""
    motto, under = text.split(), below.split()
    if not len(motto) <= MAX_MOTTO < len(under) or SENTENCE_END.search(text) or SENTENCE_END.search(below):
        return False
    capitals = all(word[0].isupper() for word in motto if len(word) > 3)
    verb = any(len(word) > 3 and word.endswith(("s", "ed")) for word in motto)
    plain = any(word.islower() for word in under if len(word) > 4)
    return capitals and not verb and plain and all(word.replace("’", "").isalpha() for word in motto)


def _lists(lines: list[Line]) -> tuple[list[Removal], list[Line]]:
    """Return the removals of lists of other articles, and the lines left: a heading such as "Most read" with the
    numbered or bulleted lines below it, or with the lines of its paragraph if all are headlines."""
    out: list[Removal] = []
    left: list[Line] = []
    index = 0
    while index < len(lines):
        line = lines[index]
        heading = len(line.text) <= MAX_LINE and _matching("list", line.text)
        stop = index + 1
        if heading:
            while stop < min(len(lines), index + 1 + MAX_ITEMS) and ITEM.fullmatch(lines[stop].text):
                stop += 1
            if stop == index + 1:
                stop = _headlines(lines, index)
            if stop == index + 1 and index and all(map(_is_headline, lines[stop : stop + MAX_ITEMS])):
                # The list ends the text, with blank lines between.
                stop = max(stop, len(lines)) if len(lines) <= stop + MAX_ITEMS else stop
        if heading and stop > index + 1:
            out.extend((one.start, one.end, heading) for one in lines[index:stop])
        else:
            left.extend(lines[index:stop])
        index = stop
    return out, left


def _is_headline(line: Line) -> bool:
    return len(line.text) <= MAX_HEADLINE and not SENTENCE_END.search(line.text)


def _headlines(lines: Sequence[Line], index: int) -> int:
    """Return the end of the headlines right below the heading at `index`; index + 1 if there are none. A single line
    does not count: it may be a headline of the article."""
    stop = index + 1
    while stop < min(len(lines), index + 1 + MAX_ITEMS) and lines[stop].start - lines[stop - 1].end <= 1:
        if not _is_headline(lines[stop]):
            return index + 1
        stop += 1
    return stop if stop > index + 2 else index + 1


def _anywhere(lines: Sequence[Line]) -> Iterator[Removal]:
    for line in lines:
        if len(line.text) <= MAX_LINE and (rule := _matching("anywhere", line.text)):
            yield line.start, line.end, rule


def _glued_initials(raw: str, last: Line, licences: Sequence[Removal]) -> Iterator[Removal]:
    """Remove initials after the last sentence, on its line: "... will be more.” SM/PA"."""
    stop = next((start for start, end, _ in licences if last.start < start and end <= last.end), last.end)
    shown = raw[last.start : stop].rstrip()
    begin = shown.rfind(" ") + 1
    if (
        begin
        and patterns("end")["author-initials"].fullmatch(shown, begin)
        and SENTENCE_END.search(shown[:begin].rstrip()[-4:])
    ):
        yield last.start + begin, last.start + len(shown), "author-initials"


def _merged(removals: Sequence[Removal]) -> list[Removal]:
    """Drop overlaps: keep the removal that starts first."""
    out: list[Removal] = []
    for start, end, rule in removals:
        if not out or start >= out[-1][1]:
            out.append((start, end, rule))
    return out
