"""Find the day of publication that the record gives or the text states."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.documents.metadata.labelled import label, labelled
from pipeline.expressions import calendar, find
from pipeline.read.day_order import numbers
from pipeline.sentences import Sentence

type Date = datetime.date

ISO_DAY = re.compile(r"(\d{4})[-.](\d{2})[-.](\d{2})(?!\d)")
# 16-05-2024
DASHED_DAY = re.compile(r"\d{1,2}-\d{1,2}-\d{4}(?!\d)")
# 20240516, 20240516T1030, 20240516103000
COMPACT_DAY = re.compile(
    r"((?:19|20)\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?:[T ]?\d{4}(?:\d{2})?(?:Z|[+-]\d{2}:?\d{2})?)?"
)
# Seconds since 1970 (from September 2001 on ten digits), or milliseconds, microseconds, nanoseconds.
EPOCH = re.compile(r"[1-3]\d{9}(?:\d{3}|\d{6}|\d{9})?(?:\.\d{1,9})?")
# 2024-05
ISO_MONTH = re.compile(r"((?:19|20)\d{2})-(0[1-9]|1[0-2])")
# 2024-W20, 2024-W20-4
ISO_WEEK = re.compile(r"(?:19|20)\d{2}-W\d{2}(?:-[1-7])?")
# 2024-137, the day of the year
ISO_ORDINAL = re.compile(r"(?:19|20)\d{2}-[0-3]\d{2}")
# Thu May 16 08:00:00 UTC 2024 (C's ctime)
CTIME = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) {1,2}(\d{1,2}) \d\d:\d\d:\d\d (?:[A-Z]{2,5} |[+-]\d{4} )?(\d{4})")
# May-16-2024
MONTH_FIRST = re.compile(r"([A-Za-z]{3,9})-(\d{1,2})-(\d{4})(?!\d)")
# 16. May 2024
DOTTED_NUMBER = re.compile(r"(?<!\d)(\d{1,2})\. (?=[A-Z])")
# 2024年5月16日
CHINESE_DAY = re.compile(r"(\d{4})\s?年\s?(\d{1,2})\s?月\s?(\d{1,2})\s?日")
# D:20240516103000+02'00' (PDF), /Date(1715870000000)/ (JSON of .NET)
WRAPPED = re.compile(r"D:(\d{8})\d{0,6}(?:Z|[+-]\d\d'?\d\d'?)?|/?Date\((\d{10,13})[^)]{0,6}\)/?")
# The words before and after the day of a date line that is not a separate sentence: "NEW DELHI: May 16, 2024 (PTI)",
# "(ANSA) - May 16, 2024 -".
BEFORE_DAY = re.compile(
    r"(?!(?:On|In|At|By|Since|From|After|Before|Until|When|As)\b)(?:[(\[]|\([A-Z][\w .&-]{1,30}\)\s?[|–—-]{1,2}\s"
    r"|(?:[^\W\d_][\w.’'/-]{0,20}[ ,]{1,2}){0,5}"
    r"(?:[^\W\d_][\w.’'/-]{0,20})(?:,|:|\s?[|–—-]{1,2})\s?)?"
)
AFTER_DAY = re.compile(
    r"(?:,\s[A-Z][\w ]{1,20})?[)\]]|\s?/[A-Z][\w .-]{1,30}/|\s\([A-Z][\w .&-]{1,30}\)|:\s|\s?(?:\||--|[–—])|\s-\s"
)
MAX_DATELINE = 90
# Sentences of the body searched for such a date line.
MAX_BODY = 2
# Values that pages and programs write for an unknown date.
PLACEHOLDERS = frozenset((datetime.date(1970, 1, 1), datetime.date(1969, 12, 31), datetime.date(1900, 1, 1)))
URL_DAY = re.compile(r"/((?:19|20)\d{2})[/-](0?[1-9]|1[0-2])[/-](0?[1-9]|[12]\d|3[01])(?=[/-]|$)")
# News is from after 1900; a later number is no year.
FIRST_YEAR, LAST_YEAR = 1900, 2099
MAX_GIVEN = 200


@dataclass(frozen=True, slots=True)
class PublicationInterval:
    """A closed interval of days; a side without a bound is None. `basis`: as in the contract; `start`, `end`: the span
    of the statement or evidence, if in the text; `stated`: its words; `evidence`: for an inferred interval, each bound
    with what proved or suggested it, proved ones first."""

    earliest: Date | None
    latest: Date | None
    basis: str
    stated: str | None = None
    start: int | None = None
    end: int | None = None
    evidence: tuple[str, ...] = ()


UNKNOWN = PublicationInterval(None, None, "unknown")


def date_from_record(
    published: str | None, url: str | None, day_order: str | None = None
) -> PublicationInterval | None:
    """Return the record's date, else the day in its address. `day_order` is that of its file's dates (one of
    DAY_ORDERS); without it an ambiguous day becomes the interval of both readings."""
    if published:
        days = (day_order and _ordered(published[:MAX_GIVEN], day_order)) or _read(published[:MAX_GIVEN])
        if days:
            return PublicationInterval(*days, "metadata", published)
    if url and (found := URL_DAY.search(url[:2_000])):
        day = _day(*map(int, found.groups()))
        if day:
            return PublicationInterval(day, day, "metadata", found[0].strip("/"))
    return None


def date_from_text(text: str, sentences: Sequence[Sentence]) -> PublicationInterval | None:
    """Return the day, with its year, in a labelled line, the byline or the date line. Dates elsewhere do not count."""
    line = labelled(text)
    if line is not None and line.day.interval and in_range(line.day.interval):
        end = line.start + line.day.end - line.day.start
        return PublicationInterval(*line.day.interval, "stated", text[line.start : end], line.start, end)
    for role in ("byline", "dateline"):
        for sentence in sentences:
            if sentence.role == role:
                for found in find(text[sentence.start : sentence.end]):
                    if found.interval and found.interval[0] == found.interval[1] and in_range(found.interval):
                        start, end = sentence.start + found.start, sentence.start + found.end
                        return PublicationInterval(*found.interval, "stated", text[start:end], start, end)
    return _at_the_head(text, sentences)


def _at_the_head(text: str, sentences: Sequence[Sentence]) -> PublicationInterval | None:
    """Return the day at the beginning of the first sentences of the body, with a place before it, and an agency or a
    dash after it: "TOKYO (Kyodo) -- May 16, 2024 --", "NEW DELHI: May 16, 2024 (PTI)"."""
    for sentence in [each for each in sentences if each.role == "body"][:MAX_BODY]:
        head = text[sentence.start : sentence.end][:MAX_DATELINE]
        for found in find(head):
            days = found.interval
            if days is None or days[0] != days[1] or found.year is None or not in_range(days):
                continue
            before, after = head[: found.start], head[found.end :]
            is_alone = not before and any(each.role == "dateline" for each in sentences)
            if AFTER_DAY.match(after) and BEFORE_DAY.fullmatch(before) and (before or is_alone):
                start, end = sentence.start + found.start, sentence.start + found.end
                return PublicationInterval(*days, "stated", text[start:end], start, end)
    return None


def _read(field: str) -> tuple[Date, Date] | None:
    """Parse a given date, ISO or in words: the day, or the first and last day of its month or year."""
    bare = field.strip()
    if wrapped := WRAPPED.fullmatch(bare):
        bare = wrapped[1] or wrapped[2]
    if spans := _in_another_form(bare):
        return spans
    if iso := ISO_DAY.match(bare) or COMPACT_DAY.fullmatch(bare):
        day = _day(*map(int, iso.groups()[:3]))
    elif EPOCH.fullmatch(bare):
        day = _of_epoch(bare.partition(".")[0])
    else:
        plain = CTIME.sub(r"\2 \1 \3", DOTTED_NUMBER.sub(r"\1 ", MONTH_FIRST.sub(r"\1 \2, \3", field)))
        return _in_words(plain.replace("-", "/") if DASHED_DAY.match(bare) else plain)
    return (day, day) if day and day not in PLACEHOLDERS else None


def _in_another_form(bare: str) -> tuple[Date, Date] | None:
    """Parse the month, week or ordinal day of ISO 8601, and the Chinese and Japanese form."""
    if month := ISO_MONTH.fullmatch(bare):
        return calendar.interval(month[0])
    if ISO_WEEK.fullmatch(bare) or ISO_ORDINAL.fullmatch(bare):
        try:
            if "W" not in bare:
                day = datetime.datetime.strptime(bare, "%Y-%j").date()
                return day, day
            first = datetime.date.fromisoformat(bare)
        except ValueError:
            return None
        return first, first + datetime.timedelta(0 if bare.count("-") > 1 else 6)
    if found := CHINESE_DAY.match(bare):
        of = _day(*map(int, found.groups()))
        return (of, of) if of else None
    return None


def _ordered(field: str, day_order: str) -> tuple[Date, Date] | None:
    """Parse a numeric date of known order."""
    found = numbers(field)
    if found is None:
        return None
    first, second, year = found
    day = _day(year, second, first) if day_order == "day-month" else _day(year, first, second)
    return (day, day) if day else None


def _of_epoch(digits: str) -> Date | None:
    """Return the day, in UTC, of a Unix time in seconds. Of thirteen or more digits (milliseconds, microseconds,
    nanoseconds) the first ten count."""
    return datetime.datetime.fromtimestamp(int(digits[:10]), datetime.UTC).date()


def _in_words(field: str) -> tuple[Date, Date] | None:
    """Return the day labelled as first publication, else an unlabelled one, else a change. The most exact wins ties."""
    known = [
        (label(field[: found.start]), found.interval[1] - found.interval[0], found.interval)
        for found in find(field)
        if found.interval and in_range(found.interval) and found.interval[0] not in PLACEHOLDERS
    ]
    return min(known, key=lambda one: one[:2])[2] if known else None


def _day(year: int, month: int, day: int) -> Date | None:
    try:
        return datetime.date(year, month, day) if FIRST_YEAR <= year <= LAST_YEAR else None
    except ValueError:
        return None


def in_range(days: tuple[Date, Date]) -> bool:
    """Whether the days are within FIRST_YEAR and LAST_YEAR."""
    return days[0].year >= FIRST_YEAR and days[1].year <= LAST_YEAR
