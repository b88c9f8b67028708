"""Recognize the head of an article: headline, byline, date line."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.data import any_of, words
from pipeline.sentences.stamps import MONTH, STAMP, WEEKDAY

# A line with only a day: "December 29, 2020 - 21:21", "Published: Tuesday, 2 March 2021".
DATE = re.compile(
    rf"(?:(?:first )?(?:{any_of(words('sentence_words.tsv', 'stamp'))})(?: on| at)?[: ]{{1,2}})?"
    rf"(?:{WEEKDAY},? )?(?:\d{{1,2}}[:.]\d{{2}}(?: ?[ap]\.?m\.?)?,? )?{STAMP}"
    r"(?:,? (?:at )?\d{1,2}[:.]\d{2}(?: ?[ap]\.?m\.?)?)?(?: ?\(?(?:[A-Z]{2,4}|[+-]\d{2}:?\d{2})\)?)?\.?",
    re.IGNORECASE,
)
NAME = r"[^\W\d_][\w.’'-]{0,30}"
BYLINE = re.compile(
    rf"(?:{any_of(words('sentence_words.tsv', 'byline'))}) ?"
    rf"(?P<names>{NAME}(?:,? (?:and |& )?{NAME}){{1,12}})"
    r"(?:(?: ?[|•·–—/,] ?|, | )[^.!?]{1,80})?"
)
# A line that only credits the paper's staff or an agency.
DESK = re.compile(rf"(?:{any_of(words('sentence_words.tsv', 'desk'))})[.:]?", re.IGNORECASE)
# "NAIROBI, Kenya (AP) _", "TEHRAN –", "RABAT, March 17 (Manara) --", "LONDON/PARIS (Reuters) -",
# "MOSCOW, May 3. /TASS/."
PLACE = r"[A-ZÀ-ÖØ-Þ][A-ZÀ-ÖØ-Þ.’' -]{1,30}[A-ZÀ-ÖØ-Þ.](?:/[A-ZÀ-ÖØ-Þ][A-ZÀ-ÖØ-Þ ]{2,20}){0,3}"
REGION = rf"(?:, (?!(?i:{WEEKDAY})\b)[A-ZÀ-ÖØ-Þ][\w.’'-]{{1,20}}(?: [A-ZÀ-ÖØ-Þ][\w.’'-]{{1,20}}){{0,3}}){{0,2}}"
# Months and weekdays may be in capitals: "OSLO, JAN. 27, 2017 --".
_MONTH, _WEEKDAY = rf"(?i:{MONTH})", rf"(?i:{WEEKDAY})"
DAYS = (
    rf"(?:,? (?:{_WEEKDAY},? )?(?:(?:{_MONTH} \d{{1,2}}|\d{{1,2}} {_MONTH})(?:,? \d{{4}})?|\d{{4}}-\d{{2}}-\d{{2}}"
    r"|\d{1,2}[/.]\d{1,2}[/.]\d{4}))?"
)
# A day with its year, before the place.
FULL_DAY = (
    rf"(?:{_WEEKDAY},? )?(?:{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}}|\d{{1,2}}(?:st|nd|rd|th)? {_MONTH},? \d{{4}}"
    r"|\d{4}[-/.]\d{2}[-/.]\d{2}|\d{1,2}[/.]\d{1,2}[/.]\d{4})"
)
# Agencies that write their names in small letters: "(dpa)".
_SMALL_AGENCY = any_of(filter(str.islower, words("news_agencies.tsv", "agency")))
_AGENCY_WORD = rf"(?:[A-Z][\w.’'&-]{{0,20}}|(?:{_SMALL_AGENCY})\b)"
AGENCY = rf"(?P<agency>(?=\w{{2}}){_AGENCY_WORD}(?:[ /]{_AGENCY_WORD}){{0,3}})"
# A hyphen only after a blank or bracket: "AFL-CIO" is no place.
DASH = r"(?:\s{0,2}(?:–|—|―|--|_)|(?:(?<=\))|\s{1,2})-)"
BY_AGENCY = rf"(?:,? ?\({AGENCY}\))"
DATELINE = re.compile(rf"(?P<place>{PLACE}{REGION}){DAYS}{BY_AGENCY}?{DAYS}{DASH}(?=\s|[A-Z“\"])")
DATELINE_SLASH = re.compile(rf"(?P<place>{PLACE}{REGION}){DAYS}\. ?/{AGENCY}/\.?(?=\s)")
# A place in small letters needs an agency after it, or "Critics – and there are many" would be one.
DATELINE_SMALL = re.compile(
    rf"(?P<place>[A-ZÀ-ÖØ-Þ][\w’'-]{{2,20}}(?: [A-ZÀ-ÖØ-Þ][\w’'-]{{2,20}}){{0,2}}{REGION}){DAYS}"
    rf"(?:{BY_AGENCY}|,? (?P<bare>[A-Z]{{2,8}})){DAYS}{DASH}(?=\s|[A-Z“\"])"
)
# "February 21, 2015 (ADDIS ABABA) -", "[2016-09-01] ROME.", "12 June 2020, NAIROBI:"; in small letters "May 9, 2018,
# Geneva:".
DATELINE_DAY_FIRST = re.compile(
    rf"[(\[]?{FULL_DAY}(?:[)\]]|,|\.|:)? ?(?:[-–—|/] ?)?[(\[]?(?P<place>{PLACE}{REGION})[)\]]?{BY_AGENCY}?"
    rf"(?:{DASH}|[:.]|(?<=[)\]]))(?=\s)"
)
SMALL_PLACE = r"[A-ZÀ-ÖØ-Þ][\w’'-]{2,20}(?: [A-ZÀ-ÖØ-Þ][\w’'-]{2,20}){0,2}"
DATELINE_DAY_FIRST_SMALL = re.compile(
    rf"[(\[]?{FULL_DAY}(?:[)\]] ?|, ?| ?[-–—|/] ?| (?=\())[(\[]?(?P<place>{SMALL_PLACE}{REGION})[)\]]?{BY_AGENCY}?"
    rf"(?:{DASH}|:)(?=\s)"
)
# "(ROME, 1 September 2016) -", "GENEVA, May 9, 2018:", "Geneva, May 9, 2018 --": the year makes it certain.
DATELINE_YEAR = re.compile(
    rf"[(\[]?(?P<place>(?:{PLACE}|{SMALL_PLACE}){REGION}){BY_AGENCY}?(?:, ?| ?[-–—|/] ?| )[(\[]?{FULL_DAY}[)\]]?"
    rf"(?:{DASH}|:|(?<=[)\]]))(?=\s)"
)
# "(Reuters) -", "Oct 5 (Reuters) -"; without a dash "(CNN) “The ferry"
DATELINE_NO_PLACE = re.compile(rf"(?:{_MONTH} \d{{1,2}} )?\({AGENCY}\)(?:{DASH}(?=\s)|(?=\s?[“\"]))")
DATELINES = (
    *(DATELINE_DAY_FIRST, DATELINE_DAY_FIRST_SMALL),
    *(DATELINE, DATELINE_SLASH, DATELINE_SMALL, DATELINE_NO_PLACE, DATELINE_YEAR),
)

MAX_TITLE = 220
MAX_QUESTION = 90
MAX_STOPPED = 120
# Headline and subheads; a byline and a date.
MAX_TITLES = 3
MAX_HEAD = 8
FULL_STOP = re.compile(r"[^.][.!?…:;,][\"”’')\]]{0,3}$|\.\.\.$")
STOPPED = re.compile(r"\.[\"”’')\]]{0,2}$")
WORD = re.compile(r"[^\W\d_][\w’'-]*")
MIN_CAPITALS = 0.85


# Lines that are no headline: a question or answer of an interview (in Markdown with its label in bold), a picture
# caption, a remark in brackets, a quotation that ends as a sentence does.
NO_TITLE = re.compile(
    rf"(?:{any_of(words('sentence_words.tsv', 'no title'))}):\s|[\[(][^\])]{{1,80}}[\])]$"
    r"|(?:\*\*|__)[^*_:]{1,40}:(?:\*\*|__)\s"
    r"|[\"“„«][^\"“”„«»]{1,250}[.?!,…][\"”“»](?:\s{0,2}[-–—―]{1,2}\s{0,2}.{2,90})?$",
    re.IGNORECASE,
)
# The speaker of a line of an interview: "SEN. LUME: It was cold."
LABEL = re.compile(r"[^\W\d_][\w.’' -]{0,40}:\s")
# A line with only a place: "BAAR, SWITZERLAND".
PLACE_LINE = re.compile(r"[A-ZÀ-ÖØ-Þ][A-ZÀ-ÖØ-Þ.’' -]{1,24}, [A-ZÀ-ÖØ-Þ][A-ZÀ-ÖØ-Þ.’' -]{1,24}")


def dateline(text: str, start: int, stop: int) -> re.Match[str] | None:
    """Match the date line at the head of text[start:stop]. Its group `place` may be missing, `agency` may be None."""
    stop = min(stop, start + 200)
    for pattern in DATELINES:
        found = pattern.match(text, start, stop)
        if found:
            return found
    return None


def roles(text: str, lines: Sequence[tuple[int, int]]) -> list[str]:
    """Return the role of each line: titles, with bylines and dates around them, then the body."""
    out = ["body"] * len(lines)
    titles = 0
    for index, (start, end) in enumerate(lines[:MAX_HEAD]):
        if _byline(text, start, end):
            out[index] = "byline"
        elif _is_spoken(text, lines, index):
            break
        elif titles < MAX_TITLES and index + 1 < len(lines) and _title(text, lines, index, titles):
            out[index] = "title"
            titles += 1
        else:
            break
    # A head needs a body below it.
    return out if "body" in out else ["body"] * len(lines)


def _is_spoken(text: str, lines: Sequence[tuple[int, int]], index: int) -> bool:
    """Whether a line is a turn of an interview: it begins with a label that begins other lines near it."""
    label = LABEL.match(text, *lines[index])
    near = lines[index + 1 : index + 1 + MAX_HEAD]
    return label is not None and any(text.startswith(label[0], start, end) for start, end in near)


def _byline(text: str, start: int, end: int) -> bool:
    if end - start > MAX_TITLE:
        return False
    return any(pattern.fullmatch(text, start, end) for pattern in (DATE, BYLINE, DESK, PLACE_LINE))


def _title(text: str, lines: Sequence[tuple[int, int]], index: int, titles: int) -> bool:
    """Whether a line of the head is a headline or a subhead. It must not be the last line."""
    start, end = lines[index]
    if end - start > MAX_TITLE or dateline(text, start, end):
        return False
    line = text[start:end]
    if NO_TITLE.match(line) or not WORD.search(line):
        return False
    if not FULL_STOP.search(line):
        return True
    if titles:
        # "Senator returns funds; / Money came from abroad."
        return text[lines[index - 1][1] - 1] == ";"
    if line[-1] in ":,":
        return False
    if not STOPPED.search(line):
        # A headline may be a question or exclamation; a long one is body.
        return len(line) <= MAX_QUESTION
    words = [word for word in WORD.findall(line) if len(word) > 3]
    capitals = sum(word[0].isupper() for word in words)
    if len(words) >= 3 and capitals >= MIN_CAPITALS * len(words):
        return True
    # A headline with a full stop is certain only if the byline or date line follows.
    below = lines[index + 1]
    return len(line) <= MAX_STOPPED and (_byline(text, *below) or dateline(text, *below) is not None)
