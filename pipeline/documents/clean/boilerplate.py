"""What raw text has beside the article: the rules of boilerplate.tsv remove whole lines, and initials on the last one.

The lines are walked upwards from the end as long as a rule matches them, and downwards from the beginning, so that
nothing is removed inside the article, except lines that can be nothing else wherever they are and lists of other
articles under a heading that says so. A rule matches a line as a whole, and leaves it in doubt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from pipeline.data import load
from pipeline.documents.clean.lines import Line
from pipeline.documents.clean.notices import grants
from pipeline.sentences.stamps import STAMP

type Removal = tuple[int, int, str]

MOST_LINE = 200
BULLET = r"[•·▪◦‣●■►▶»*-]"

# "• 2021-01-04 17:50", with or without the title that it links to.
DATED_LINK = re.compile(rf"{BULLET} ?{STAMP}(?P<title> .{{1,180}})?")
SENTENCE_END = re.compile(r"[.!?…][\"”’)\]]{0,2}$")
# A line of a list: "3 Storm warning in the west", "• Storm warning".
ITEM = re.compile(rf"(?:\d{{1,2}}[.)]?|{BULLET}) ?\S.{{3,160}}")
SIGN = re.compile(r"\w")
# The name of a site in the head of its page is no longer than this, and one of these follows.
MOST_SITE = 30
SITE_BELOW = re.compile(r"(?:menu|search|sections|subscribe|sign in|log ?in|register|navigation)", re.IGNORECASE)
# A list of other articles has no more items, and without numbers or bullets no longer ones.
MOST_ITEMS, MOST_HEADLINE = 30, 120


@dataclass(frozen=True, slots=True)
class Boilerplate:
    """A line of boilerplate.tsv: the `pattern` of a whole line of text that `rule` removes `where` it is."""

    rule: str
    where: tuple[str, ...]
    pattern: str
    kept: str
    example: str
    source: str


@cache
def patterns(where: str) -> Mapping[str, re.Pattern[str]]:
    """Each rule that removes lines there, in the table's order, and what the whole line matches."""
    found: dict[str, list[str]] = {}
    for line in load("boilerplate.tsv", Boilerplate):
        if where in line.where:
            found.setdefault(line.rule, []).append(line.pattern)
    return {rule: re.compile("|".join(each), re.IGNORECASE) for rule, each in found.items()}


def removals(raw: str, lines: Sequence[Line]) -> list[Removal]:
    """(raw start, raw end, rule) in order, without overlap."""
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
    """What is below the article, and the lines above that."""
    out: list[Removal] = []
    fields: list[Removal] = []
    form = False
    left = list(lines)
    while left:
        line = left[-1]
        # What is left of a line when its licence is gone, "© 2025 Olhao Courier.".
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
            # Held back until another line gives the form away.
            (out if form else fields).append((line.start, line.end, "comment-form"))
        else:
            break
        left.pop()
    # Fields that no form claimed are lines of the article.
    if fields:
        gone = {start for start, _, _ in out}
        left = [line for line in lines if line.start not in gone]
    return out, left


def _rule(text: str) -> str | None:
    if not text or len(text) > MOST_LINE:
        return None
    return _matching("end", text) or ("related-link" if DATED_LINK.fullmatch(text) else None)


def _matching(where: str, text: str) -> str | None:
    """The first rule there that matches the whole line."""
    return next((rule for rule, pattern in patterns(where).items() if pattern.fullmatch(text)), None)


def _link_title(above: Line, line: Line) -> bool:
    """Whether a line is the title below a dated bullet: "• 2021-01-04 17:50", then an indented line or a headline."""
    if len(above.text) > MOST_LINE or len(line.text) > MOST_LINE:
        return False
    dated = DATED_LINK.fullmatch(above.text)
    return bool(dated) and not (dated and dated["title"]) and (line.indented or not SENTENCE_END.search(line.text))


def _above(lines: list[Line]) -> tuple[list[Removal], list[Line]]:
    """What is above the article: labels of menus, signs, what a paper says of itself; and the lines below that."""
    out: list[Removal] = []
    for index, line in enumerate(lines):
        short = len(line.text) <= MOST_LINE
        rule = (_matching("start", line.text) or _matching("anywhere", line.text)) if short else None
        if rule is None and short and not SIGN.search(line.text):
            rule = "navigation"
        below = lines[index + 1].text if index + 1 < len(lines) else ""
        if rule is None and index and short and len(line.text) <= MOST_SITE and SITE_BELOW.fullmatch(below):
            # The site's name, between the furniture of its head.
            rule = "navigation"
        if rule is None or index == len(lines) - 1:
            return out, lines[index:]
        out.append((line.start, line.end, rule))
    return out, []


def _lists(lines: list[Line]) -> tuple[list[Removal], list[Line]]:
    """Lists of other articles: a heading such as "Most read", and the numbered or marked lines below it, or the lines
    of its paragraph where all are headlines."""
    out: list[Removal] = []
    left: list[Line] = []
    index = 0
    while index < len(lines):
        line = lines[index]
        heading = len(line.text) <= MOST_LINE and _matching("list", line.text)
        stop = index + 1
        if heading:
            while stop < min(len(lines), index + 1 + MOST_ITEMS) and ITEM.fullmatch(lines[stop].text):
                stop += 1
            if stop == index + 1:
                stop = _headlines(lines, index)
        if heading and stop > index + 1:
            out.extend((one.start, one.end, heading) for one in lines[index:stop])
        else:
            left.extend(lines[index:stop])
        index = stop
    return out, left


def _headlines(lines: Sequence[Line], index: int) -> int:
    """The end of the headlines right below the heading at `index`; the line behind it where they are none. One line
    alone may be a headline of the article's own."""
    stop = index + 1
    while stop < min(len(lines), index + 1 + MOST_ITEMS) and lines[stop].start - lines[stop - 1].end <= 1:
        if len(lines[stop].text) > MOST_HEADLINE or SENTENCE_END.search(lines[stop].text):
            return index + 1
        stop += 1
    return stop if stop > index + 2 else index + 1


def _anywhere(lines: Sequence[Line]) -> Iterator[Removal]:
    for line in lines:
        if len(line.text) <= MOST_LINE and (rule := _matching("anywhere", line.text)):
            yield line.start, line.end, rule


def _glued_initials(raw: str, last: Line, licences: Sequence[Removal]) -> Iterator[Removal]:
    """ "... will be more.” SM/PA": initials behind the last sentence, on its line."""
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
    """Without overlap: of two that overlap the one that starts first is kept."""
    out: list[Removal] = []
    for start, end, rule in removals:
        if not out or start >= out[-1][1]:
            out.append((start, end, rule))
    return out
