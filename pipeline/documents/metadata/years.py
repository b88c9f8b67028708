"""Infer the year of publication from years that a text names: years in progress, and years counted from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise

from pipeline.data import any_of, words
from pipeline.documents.metadata.evidence import DatedSentence, PublicationBound
from pipeline.documents.metadata.publication_date import in_range
from pipeline.expressions import Expression

# "2016 has seen the worst start", "so far in 2016": the current year, or the one that has just ended.
RUNNING_AFTER = re.compile(r" (?:has|have) (?:been|seen|brought|become|already)\b")
RUNNING_BEFORE = re.compile(r"\b(?:so far in|so far this year, in|already in|to date in) $", re.IGNORECASE)
# "The 2016 campaign" in the present tense: an event named by its year is in this year or the next.
NAMED = re.compile(rf" (?:[A-Za-z-]{{2,14}} ){{0,3}}(?:{any_of(words('publication_words.tsv', 'named-by-year'))})\b")
NAMING = re.compile(r"\b(?:the|this|of|in|crowded|fluid|entire|whole) $", re.IGNORECASE)
# "Four years ago, in 2012"; "in 2012, four years ago".
BESIDE = re.compile(r",? ?(?:\(|— ?|– ?)?(?:back )?(?:in|on|since)? ?(?:the )?")
HALF_YEAR = timedelta(days=183)
MAX_YEARS = 60
MAX_BETWEEN = 16


def bounds(sentence: DatedSentence, latest: int) -> Iterator[PublicationBound]:
    """Yield the bounds by the years of one sentence. `latest` is the last year that the article names."""
    for one in sentence.expressions:
        if not one.interval or not in_range(one.interval) or one.end - one.start != 4:
            continue
        year = one.interval[0].year
        if RUNNING_AFTER.match(sentence.text, one.end, sentence.end) or sentence.is_preceded_by(
            RUNNING_BEFORE, one, 24
        ):
            yield PublicationBound(True, date(year, 1, 1), False, "year in progress", one.start, one.end)
            yield PublicationBound(False, date(year + 1, 1, 31), False, "year in progress", one.start, one.end)
        elif (
            year == latest
            and NAMED.match(sentence.text, one.end, sentence.end)
            and sentence.is_preceded_by(NAMING, one, 24)
            and sentence.present
        ):
            yield PublicationBound(True, date(year - 1, 1, 1), False, "named by its year", one.start, one.end)
            yield PublicationBound(False, date(year, 12, 31), False, "named by its year", one.start, one.end)
    yield from _counted(sentence.text, sentence.expressions)


def _counted(text: str, expressions: Sequence[Expression]) -> Iterator[PublicationBound]:
    """Yield the bounds by counted years: "four years ago, in 2012" was written around 2016."""
    for first, second in pairwise(expressions):
        if second.start - first.end > MAX_BETWEEN:
            continue
        for ago, dated in ((first, second), (second, first)):
            if (
                ago.form == "offset"
                and ago.anchor == "speech"
                and ago.unit == "Y"
                and -MAX_YEARS <= (ago.amount or 0) < 0
                and dated.interval
                and in_range(dated.interval)
                and BESIDE.fullmatch(text, first.end, second.start)
            ):
                years = -(ago.amount or 0)
                start, end = first.start, second.end
                yield PublicationBound(
                    True, _later(dated.interval[0], years) - HALF_YEAR, False, "counted years", start, end
                )
                yield PublicationBound(
                    False, _later(dated.interval[1], years) + HALF_YEAR, False, "counted years", start, end
                )


def _later(day: date, years: int) -> date:
    return day.replace(year=day.year + years, day=min(day.day, 28) if day.month == 2 else day.day)
