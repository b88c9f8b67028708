"""Infer bounds from full dates: a past date is not after publication, a future date is not before it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from pipeline.data import any_of, words
from pipeline.documents.metadata.evidence import (
    COMES_IN,
    NEAR_DAY,
    NEAR_YEAR,
    PAST,
    UNSURE,
    DatedSentence,
    PublicationBound,
)
from pipeline.documents.metadata.publication_date import in_range
from pipeline.expressions import Expression

# The words before a day, month or year in which something happened. A bare year beside a noun ("the 2020 election") is
# neither past nor future.
HAPPENED_ON = re.compile(
    r"\b(?:on|since|in|of|dated|after|early|late|around|back in|back on)(?: the)? ?$|[,(] ?$", re.IGNORECASE
)
HAPPENED_IN = re.compile(r"\b(?:in|since|during|from|back in)(?: the)? ?$", re.IGNORECASE)
SINCE = re.compile(r"\b(?:ever since|since|as in|back in) $", re.IGNORECASE)
# In a sentence that also mentions plans, a date is past only if its verb is within so many characters before it.
MAX_FROM_VERB = 36
# Certain, regardless of the rest of the sentence: "a report published on January 13, 2020".
CERTAIN = re.compile(rf"(?<!\bbe )\b(?:{any_of(words('publication_words.tsv', 'certain'))}) (?:on|in|since) (?:the )?$")
# Days of an interval: a season or business year reaches over two years of the calendar.
ONE_DAY, TWO_YEARS = 1, 731
# How many characters before a date are read for these patterns.
BEFORE_POST, BEFORE_CERTAIN = 48, 40
# "— Ann Lee (@annlee) June 21, 2016", <... datetime="2016-06-21">: a post shown in the article.
POSTED = re.compile(r"\(@\w{1,30}\)\s{1,2}$|\b(?:datetime|tweet-date)=[\"“]$")
# Articles show current posts. In the articles examined, the newest post was of the same week.
MAX_AFTER_POST = timedelta(days=92)
# A post's day may be in another time zone than the article's.
ZONE_DIFFERENCE = timedelta(days=1)


def bounds(sentence: DatedSentence) -> Iterator[PublicationBound]:
    """Yield the bounds by the full dates of one sentence."""
    dated = [
        (one, one.interval)
        for one in sentence.expressions
        if one.interval and in_range(one.interval) and not one.problem
    ]
    for one, days in dated:
        if days[0] == days[1] and sentence.is_preceded_by(POSTED, one, BEFORE_POST):
            yield PublicationBound(
                lower=True, day=days[0] - ZONE_DIFFERENCE, hard=True, kind="post", start=one.start, end=one.end
            )
            yield PublicationBound(
                lower=False, day=days[0] + MAX_AFTER_POST, hard=False, kind="post", start=one.start, end=one.end
            )
        if sentence.is_preceded_by(CERTAIN, one, BEFORE_CERTAIN) or _past(sentence, one, days):
            yield PublicationBound(lower=True, day=days[0], hard=True, kind="past", start=one.start, end=one.end)
    if len(dated) == 1 and not sentence.quoted and (sentence.unsure or not sentence.past):
        one, days = dated[0]
        if (
            sentence.future is not None
            and sentence.ahead(one)
            and sentence.is_preceded_by(COMES_IN, one)
            and not PAST.search(sentence.text, sentence.start, sentence.future)
        ):
            yield PublicationBound(
                lower=False, day=days[1], hard=True, kind="still to come", start=one.start, end=one.end
            )


def _past(sentence: DatedSentence, one: Expression, days: tuple[date, date]) -> bool:
    """Whether something happened on or in those days."""
    length = (days[1] - days[0]).days + 1
    if not sentence.past or length > TWO_YEARS or (sentence.unsure and not _is_certainly_past(sentence, one)):
        return False
    return sentence.is_preceded_by(HAPPENED_ON if length <= ONE_DAY else HAPPENED_IN, one) and sentence.happened(
        one, NEAR_YEAR if length > ONE_DAY else NEAR_DAY
    )


def _is_certainly_past(sentence: DatedSentence, one: Expression) -> bool:
    if sentence.is_preceded_by(SINCE, one):
        return True
    before = sentence.text[max(sentence.start, one.start - MAX_FROM_VERB) : one.start]
    return bool(PAST.search(before)) and not UNSURE.search(before)
