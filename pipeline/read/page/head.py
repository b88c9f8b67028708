"""Find author and day in the lines between a page's headline and its text.

A day counts only if it can only be the article's, and if no other day qualifies.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, takewhile
from typing import Any

from pipeline.data import any_of, meanings, words
from pipeline.read.layout import is_prose
from pipeline.read.page.parts import HEADINGS, Parts, names_page
from pipeline.read.page.words import has_class_word, line_of, of_kind, short_line, tokens
from pipeline.sentences.stamps import WEEKDAY

# A head is short. The first two paragraphs of text are included, since a summary may precede the byline.
MAX_LINES, MAX_PROSE, MAX_LENGTH = 60, 2, 160
MIN_WORDS = 3
MAX_MARKED, MAX_NAMES = 50, 12
# No line of a head is longer; the rest of a longer line is not read.
MAX_READ = 4_000
# Further words in a line with a day and a name, such as "Email Print", "3 min read".
MAX_REST = 6
# The most words of the line of an outlet or an office below a byline.
MAX_OFFICE = 5
INLINE = frozenset(
    {"a", "abbr", "b", "cite", "em", "font", "i", "img", "small", "span", "strong", "sub", "sup", "svg", "time", "u"}
)
# A browser usually shows a gap around these.
SPACED = frozenset({"a", "span", "time"})
TITLES = frozenset({"h1", "h2"})
_NAMES = "months_and_weekdays.tsv"
# Lower-case names of months, and their numbers.
MONTHS = {
    name.lower(): int(number)
    for kind in ("month", "month-short", "month-rare")
    for name, number in meanings(_NAMES, kind).items()
}
MONTH = rf"(?:{'|'.join(sorted(MONTHS, key=len, reverse=True))})\b\.?"
YEAR = r"(?P<{}>(?:19|20)\d\d)(?!\d)"
DAY = r"(?P<{}>\d{{1,2}})(?:st|nd|rd|th)?"
DATE = re.compile(
    rf"\b(?:{YEAR.format('y1')}-(?P<m1>\d\d)-(?P<d1>\d\d)(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{{1,9}})?)?)?"
    r"(?: ?Z\b| ?[+-]\d\d:?\d\d\b)?"
    # With dots the day comes first.
    rf"|(?P<d4>\d\d?)\.(?P<m4>\d\d?)\.{YEAR.format('y4')}"
    rf"|{DAY.format('d2')}(?: of)? (?P<m2>{MONTH}),? {YEAR.format('y2')}"
    rf"|(?P<m3>{MONTH}) {DAY.format('d3')},? {YEAR.format('y3')})",
    re.IGNORECASE,
)
PUBLISHED = re.compile(r"\b(?:first )?(?:published|posted)\b(?: on\b)?:?|\b(?:publication )?date:", re.IGNORECASE)
UPDATED = re.compile(
    rf"\b(?:last )?(?:{any_of(words('page_words.tsv', 'updated-label'))})\b(?: on\b)?(?: ?:)?", re.IGNORECASE
)
CLOCK = re.compile(
    r"\b(?:at )?\d{1,2}[:.]\d\d(?: ?[ap]\.?m\b\.?)?(?: ?(?:GMT|UTC|BST|[CE]E?S?T|[MP][SD]T)\b)?"
    rf"|\b{WEEKDAY}\b",
    re.IGNORECASE,
)
INITIAL = re.compile(r"\b[A-Z]\.(?= ?[A-Z])")
BAR = re.compile(r"[|·•–—/]| - ")
PIECE = re.compile(
    rf"(?P<published>{PUBLISHED.pattern})|(?P<updated>{UPDATED.pattern})|{DATE.pattern}|{BAR.pattern}", re.IGNORECASE
)
# "From our Oslo correspondent, Ann Lee", "By a staff reporter in Oslo, Ann Lee".
OUR = (
    r"(?:by|from) (?:our|an?) (?:[\w-]{2,20} ){0,3}(?:correspondent|reporter|writer)s?"
    r"(?: in (?-i:[A-Z])[\w’'-]{1,20}(?: (?-i:[A-Z])[\w’'-]{1,20})?)?(?:,|:)? "
)
BY = re.compile(
    rf"{OUR}|(?:(?:{any_of(words('page_words.tsv', 'by-label'))}) )?by:? "
    rf"|(?:{any_of(words('page_words.tsv', 'name-label'))}) ?: ",
    re.IGNORECASE,
)
# What may be before the names of a byline: "Thursday, 23 July 2009 at 9:14 am by Ann Lee".
STAMP = re.compile(rf"(?:(?:{PUBLISHED.pattern}|{DATE.pattern}|{CLOCK.pattern}|[,·•–-])\s?){{1,8}}", re.IGNORECASE)
STROKE = re.compile(r"\s*[|•·]\s*")
NAMES_END = re.compile(r"[|·•–—/(\d:;]| - |\b(?:published|posted|updated|for|in|at|on|from)\b", re.IGNORECASE)
# "By Ann Lee and political reporter Bo Berg".
OFFICE = re.compile(r"^(?:[a-z][\w-]{2,20} ){1,3}(?=[A-Z])")
# Joined to a name, in small letters: "d’Arc", "al-Sayed".
PREFIXED = re.compile(rf"(?:d|dell|l|{any_of(words('page_words.tsv', 'particle'))})[’'-](?=[A-ZÀ-Þ])")
BETWEEN = re.compile(r",? and |,? & |, ")


@dataclass(frozen=True, slots=True)
class Day:
    """A day. `words`: as written; `date`: (year, month, day); `label`: "published", "updated" or ""."""

    words: str
    date: tuple[int, int, int]
    label: str


@dataclass(slots=True)
class Line:
    """A line of a page's head. `byline`: an element has a class of bylines; `dated`: one of days, or is a `time`.
    `heading`, `headline`, `title`: part of any heading, of the page's headline, of an `h1` or `h2`. `linked`: has a
    link. `authors`: the names of links with rel=author. `size`: the largest size of its `font` elements, else 0."""

    text: str = ""
    byline: bool = False
    dated: bool = False
    heading: bool = False
    headline: bool = False
    title: bool = False
    linked: bool = False
    authors: list[str] = field(default_factory=list)
    size: int = 0


@dataclass(frozen=True, slots=True)
class Head:
    """The metadata in the head of the article; None if missing or ambiguous. `lines`: the lines of byline and day, also
    of a byline below the text; `headline`: the one line above the byline that can be a headline."""

    author: str | None = None
    byline: str | None = None
    marked_day: str | None = None
    day: str | None = None
    lines: tuple[str, ...] = ()
    headline: str | None = None


def head(tree: Any, parts: Parts, titles: tuple[str, ...]) -> Head:
    """Return the author and the day that the article's head names."""
    if parts.several and parts.headline is None:
        return Head()
    lines = [] if tree.find(".//body") is None else list(_lines(tree, parts))
    bylines = {index: _people(names, titles) for index, line in enumerate(lines) if (names := _byline(line))}
    linked = _distinct(name for line in lines for name in line.authors)
    everywhere = _distinct(
        name for one in tree.iter("a", "span") if _credits(one) and parts.own(one) and (name := _names(line_of(one)))
    )
    authors = linked or (everywhere if len(everywhere) == 1 else [])
    foot = [] if bylines else _foot(tree, parts)
    named = _distinct([*_joined(lines, bylines), *(names for line in foot if (names := _names(line)))])
    trusted = parts.headline is not None and names_page(parts.headline, titles)
    dated = _days(lines, frozenset(bylines), parts.headline is not None or parts.article is not None, trusted)
    over = _over(parts.headline) if trusted else None
    below = [day for found in dated.values() for day in found]
    return Head(
        author=", ".join(authors) or None,
        byline=named[0] if len(named) == 1 else None,
        marked_day=_only([day for one in _marked(tree, parts) for day in days(one)]),
        day=_only(below or [day for line in foot for day in days(line)] or days(over or "")),
        headline=_headline(lines[: min(bylines, default=0)]),
        lines=(
            *(lines[index].text for index in sorted(bylines.keys() | dated.keys())),
            *foot,
            *([over] if over else []),
        ),
    )


def _joined(lines: Sequence[Line], bylines: Mapping[int, str]) -> list[str]:
    """Return the names of the bylines, those together whose elements only "and" or a comma separates."""
    out: list[str] = []
    last = -1
    for index, names in sorted(bylines.items()):
        between = lines[last + 1 : index]
        if out and len(between) == 1 and between[0].text.strip(" ,").casefold() in {"", "and", "&"}:
            out[-1] = ", ".join(dict.fromkeys((*out[-1].split(", "), *names.split(", "))))
        else:
            out.append(names)
        last = index
    return out


def _foot(tree: Any, parts: Parts) -> list[str]:
    """Return the lines of bylines outside the head: "Posted by Ann Lee at 9:12", below the text."""
    marked = (one for one in tree.iter("p", "div", "span", "small") if has_class_word(one, "byline"))
    found = (line for one in marked if (line := short_line(one, MAX_LENGTH)) and BY.match(line) and parts.own(one))
    return [line for line in islice(found, MAX_MARKED) if _names(line)]


def _credits(element: Any) -> bool:
    """Whether an element names the author: a link with rel=author, or the name of an hCard marked so (hAtom)."""
    if element.tag == "a":
        return "author" in (element.get("rel") or "").casefold().split()
    return "fn" in tokens(element) and has_class_word(element.getparent(), "byline")


def _over(headline: Any) -> str | None:
    """Return the line right above the headline or its block, if it holds nothing but a day, as in weblogs."""
    for one in islice((headline, *headline.iterancestors()), 3):
        for before in islice(one.itersiblings(preceding=True), 3):
            line = short_line(before, MAX_LENGTH)
            if line or (before.tail or "").strip() or len(before):
                return line if days(line) and not _rest(line) else None
    return None


def _headline(lines: Sequence[Line]) -> str | None:
    """Return the one line of several words that is no link, no day and no sentence; of several lines, the one in the
    largest letters."""
    long = [line for line in lines if line.text.count(" ") + 1 >= MIN_WORDS and len(line.text) <= MAX_LENGTH]
    largest = max((line.size for line in long), default=0)
    found = [
        line
        for line in long
        if line.size == largest and not (line.linked or days(line.text) or _is_sentence(line.text))
    ]
    return found[0].text if len(found) == 1 else None


def days(text: str) -> list[Day]:
    """Return the days with a year in a line, each with the label before it. A label ends at a bar or after its day."""
    out: list[Day] = []
    label = ""
    for found in PIECE.finditer(text):
        date = _date(found)
        if date:
            out.append(Day(found[0].strip(), date, label))
        label = "published" if found["published"] else "updated" if found["updated"] else ""
    return out


def _date(found: re.Match[str]) -> tuple[int, int, int] | None:
    year = found["y1"] or found["y2"] or found["y3"] or found["y4"]
    if not year:
        return None
    name = found["m2"] or found["m3"]
    month = MONTHS[name[:3].casefold()] if name else int(found["m1"] or found["m4"])
    try:
        day = datetime.date(int(year), month, int(found["d1"] or found["d2"] or found["d3"] or found["d4"]))
    except ValueError:
        return None
    return day.year, day.month, day.day


def _only(found: Sequence[Day]) -> str | None:
    """Return the words of the one day of publication: labelled so, else without a label."""
    days_ = [day for day in found if day.label == "published"] or [day for day in found if not day.label]
    return days_[0].words if len({day.date for day in days_}) == 1 else None


def _marked(tree: Any, parts: Parts) -> Iterator[str]:
    """Yield the article's elements of a time that are marked as its publication, each as a labelled line."""
    marked = (one for one in tree.iter("time", "abbr") if _label(one) == "Published" and parts.own(one))
    for one in islice(marked, MAX_MARKED):
        yield f"Published {_time(one) or line_of(one)[:MAX_LENGTH]}"


def _label(element: Any) -> str | None:
    """Return the label of an element for its day: "Published", "Updated" or None."""
    if has_class_word(element, "published") or (element.tag == "time" and element.get("pubdate") is not None):
        return "Published"
    return "Updated" if has_class_word(element, "updated") else None


def _time(element: Any) -> str | None:
    """Return the `datetime` of a `time` element, or the `title` of an `abbr` (hAtom), if it names a day."""
    value = (element.get("datetime" if element.tag == "time" else "title") or "").strip()
    return value if len(value) <= MAX_LENGTH and DATE.match(value) else None


def _days(lines: Sequence[Line], bylines: frozenset[int], known: bool, trusted: bool) -> dict[int, list[Day]]:
    """Return the days of the lines that can be the article's, by the lines' index. `known`: its headline or element is
    known; `trusted`: the headline agrees with the page's title, so that a day right below it is the article's."""
    out: dict[int, list[Day]] = {}
    for index, line in enumerate(lines):
        found = (
            []
            if (line.heading and index not in bylines) or len(line.text) > MAX_LENGTH or _is_sentence(line.text)
            else days(line.text)
        )
        rest = _rest(line.text) if found else 0
        named = line.byline or line.dated or any(day.label == "published" for day in found)
        # Of "Published: 12 April 2016 | Reading time: two minutes", only the first part is about the day.
        near = max((_rest(part) for part in STROKE.split(line.text) if days(part)), default=rest) if found else 0
        # Between byline and day there may be the line of an outlet or an office.
        office = index - 2 in bylines and index - 1 not in bylines and _is_office(lines[index - 1])
        under = trusted and index > 0 and lines[index - 1].headline
        beside = office or under or index - 1 in bylines or index + 1 in bylines
        if index in bylines or (known and named and near <= MAX_REST) or (beside and not rest):
            out |= {index: found} if found else {}
    return out


def _is_office(line: Line) -> bool:
    """Whether a line can be the outlet or the office of an author: "Valley Courier", "Staff Writer"."""
    parts = line.text.split()
    capitals = all(one[0].isupper() or one in {"of", "the", "for", "and"} for one in parts)
    return len(parts) <= MAX_OFFICE and capitals and not (line.heading or line.linked or _is_sentence(line.text))


def _rest(text: str) -> int:
    """Count the words of a line without days, labels and times of day."""
    for pattern in (DATE, PUBLISHED, UPDATED, CLOCK, BAR):
        text = pattern.sub(" ", text)
    return len(re.findall(r"\w+", text))


def _is_sentence(text: str) -> bool:
    """Whether a line holds a sentence. The stops of "Jan. 14, 2021 at 9:30 a.m." and "R. J. Lee" end none."""
    return is_prose(INITIAL.sub(" ", CLOCK.sub(" ", DATE.sub(" ", text))))


def _byline(line: Line) -> str | None:
    """Return the names of a line that is a byline: "By Ann Lee and Bo Berg | 13 November 2014"."""
    if (line.title and not line.byline) or len(line.text) > MAX_LENGTH or _is_sentence(line.text):
        return None
    text = _from_byline(line.text)
    by = BY.match(text)
    # "Author: Ann Lee" without a day may name the author of a book.
    if not line.byline and (not by or (by[0].endswith(": ") and "by" not in by[0].casefold() and not days(line.text))):
        return None
    names = _names(text)
    # "By Ann Lee on 13 November 2014 in News | No Comments | Print": what is behind the bar is not counted.
    bar = BAR.search(text)
    return names if names and _rest(text[: bar.start()] if bar else text) <= len(names.split()) + MAX_REST + 1 else None


def _from_byline(text: str) -> str:
    """Return a line from where it names its authors: behind the day ("24 June 2009 by Ann Lee"), or behind a stroke
    ("Published: 24 June 2009 | Words: Ann Lee")."""
    first = STAMP.match(text)
    if first and days(first[0]) and BY.match(behind := text[first.end() :].strip()):
        return behind
    parts = STROKE.split(text) if days(text) else []
    return next((part for part in parts if BY.match(part)), text)


def _names(text: str) -> str | None:
    """Return the names at the start of a byline, joined with commas. A name has two to five capitalised words."""
    rest = BY.sub("", text[:MAX_LENGTH].strip(), count=1) if BY.match(text.strip()) else text[:MAX_LENGTH].strip()
    for pattern in (DATE, NAMES_END):
        found = pattern.search(rest)
        rest = rest[: found.start()] if found else rest
        if found and found[0] == ":":
            # "Words: Ann Lee Photos: Bo Berg".
            rest = rest.rpartition(" ")[0]
    pieces = (OFFICE.sub("", one.strip(" ,.")) for one in BETWEEN.split(rest)[:MAX_NAMES])
    names = list(takewhile(_is_name, pieces))
    return ", ".join(names) or None


def people(names: str) -> list[str]:
    """Return the names that a text lists ("Ann Lee and Bo Berg, Court Reporter"), without offices behind a name; or the
    whole text if it lists anything else."""
    first, *others = (one.strip() for one in BETWEEN.split(names)[:MAX_NAMES])
    kept = [first, *(one for one in others if not one or one.split()[-1].casefold() not in of_kind("role"))]
    return kept if all(map(_is_name, kept)) else [names]


def _is_name(words: str) -> bool:
    parts = words.split()
    return (
        2 <= len(parts) <= 5
        and all(one[0].isupper() or one in of_kind("particle") or PREFIXED.match(one) for one in parts)
        and parts[0][0].isupper()
        and parts[-1].casefold() not in of_kind("role")
    )


def _people(names: str, titles: Sequence[str]) -> str:
    """Return the names of a byline without that of the outlet, which ends the page's title."""
    first, *others = names.split(", ")
    return ", ".join([first, *(one for one in others if not any(title.endswith(one) for title in titles))])


def _distinct(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _lines(tree: Any, parts: Parts) -> Iterator[Line]:
    """Yield the lines from the headline, or the start of the article or page, to the text."""
    seen = prose = 0
    titled = False
    pending = ""
    for line in _all_lines(tree, parts):
        if line.heading and (prose or (titled and line.linked)) and not line.headline and not _byline(line):
            # The heading of other articles, or of a part of the text.
            return
        titled |= line.heading
        if line.text.casefold().rstrip(":") == "by":
            pending = "By "
            continue
        line.text, pending = pending + line.text, ""
        yield line
        seen += 1
        prose += not line.heading and _is_sentence(line.text)
        if seen >= MAX_LINES or prose >= MAX_PROSE:
            return


def _all_lines(tree: Any, parts: Parts) -> Iterator[Line]:
    """Yield the lines from there to the end of the page, without those outside the article."""
    from lxml import etree

    inside = parts.article is not None and (parts.headline is None or parts.article in parts.headline.iterancestors())
    start = parts.article if inside else parts.headline if parts.headline is not None else tree.find(".//body")
    walker = etree.iterwalk(tree, events=("start", "end"))
    line, bylines, headings, begun = Line(), 0, 0, False
    for event, one in walker:
        begun = begun or one is start
        if not begun:
            continue
        closed = parts.outside(one)
        marked = one not in parts.around
        # An inline byline is a separate line: "Posted on 13 November 2014 by Chris Austen".
        byline = marked and has_class_word(one, "byline")
        bylines -= event == "end" and byline
        if closed or one.tag not in INLINE or (byline and not bylines):
            if line.text.strip():
                yield _finished(line)
            line = Line()
        if event == "start":
            bylines += byline
            headings += one.tag in HEADINGS
            line.headline |= one is parts.headline
            line.title |= one.tag in TITLES
            line.dated |= marked and has_class_word(one, "dated")
            if _opened(line, one, closed, _label(one) if marked else None):
                walker.skip_subtree()
        else:
            headings -= one.tag in HEADINGS
        line.byline |= bylines > 0
        line.heading |= headings > 0
        if event == "end":
            _add(line, one, one.tail)
    if line.text.strip():
        yield _finished(line)


def _opened(line: Line, element: Any, outside: bool, label: str | None) -> bool:
    """Add the start of an element to the line. Return True if its content is to be skipped."""
    if outside:
        return True
    _add(line, element, f"{label} " if label else "")
    if element.tag == "a":
        line.linked = True
        if "author" in (element.get("rel") or "").casefold().split() and (names := _names(line_of(element))):
            line.authors.append(names)
    if element.tag == "font" and (element.get("size") or "").isdecimal():
        line.size = max(line.size, int(element.get("size")[:2]))
    if element.tag == "time":
        line.dated = True
        if value := _time(element):
            line.text += value
            return True
    _add(line, element, element.text)
    return False


def _add(line: Line, element: Any, text: str | None) -> None:
    """Add text to a line, unless the line is already too long for a head."""
    if len(line.text) < MAX_READ:
        line.text += (" " if element.tag in SPACED else "") + (text or "")


def _finished(line: Line) -> Line:
    line.text = " ".join(line.text.split()).replace(" ,", ",")
    return line
