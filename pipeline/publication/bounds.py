"""Between which days an article was published, by what it speaks of.

Belongs here: the evidence of the text and the interval that it bounds. Does not belong here: a day that is given or
stated (`when`).

Hard evidence: a day that the article speaks of as past is not after its publication, one that it speaks of as still to
come is not before. Soft evidence: "back in October" is not said in October; the holder of an office who did something
"on Tuesday" held it then; a day past and a day to come, both without a year, are of one season. A side without
evidence is open. A sentence that may be read in two ways proves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from pipeline.expressions import Expression, find
from pipeline.publication.holders import HOLDERS, Term
from pipeline.publication.when import When, in_range
from pipeline.sentences import Sentence

# Present-tense speech of what is to come. "Would" is none: it reports an older future.
FUTURE = re.compile(
    r"\b(?:will|shall|(?:is|are) (?:due|set|expected|scheduled|slated|going) to|(?:is|are) to be)\b", re.IGNORECASE
)
# With one of these in its sentence a day is not surely past.
UNSURE = re.compile(
    r"\b(?:will|shall|won’t|won't|going to|would|could|should|may|might|can|must|[Ii]f|[Uu]ntil|till"
    r"|[Uu]nless|to be|ahead|plans?|planned|planning|hopes?|wants?|expected|expects?|due|scheduled|slated|set for"
    r"|deadline|proposed|proposals?|projected|projects|forecasts?|estimated?|targets?|goals?|upcoming|next|likely|delay(?:ed)?|effective|starting|beginning"
    r"|called|calls|nomination|possible|potential|promised?|vowed|pledged?|runs?|running)\b"
)
PAST = re.compile(
    r"\b(?:was|were|had|did|said|told|came|went|began|met|made|took|held|won(?![’'])|lost|left|fell|rose|led|gave|got|saw"
    r"|wrote|became|found|sent|built|bought|sold|paid|ran|spoke|stood|struck|withdrew|broke|brought|kept|knew|grew|shot|died"
    r"|(?!(?:ne|inde|hundr|spe|se|fe|exce|proce|succe|sacr|kindr|ble|bre|gre|we)ed\b)[a-z]{2,20}ed)\b"
)
# A verb in the past stands so near before a day or year that something happened on; or the sentence begins with it.
NEAR_DAY, NEAR_YEAR = 120, 70
NEAR_AFTER = 160
OPENING = 24
# What leads to a day, month or year that something happened in. A bare year beside a noun ("the 2020 election") says
# nothing about past or future.
HAPPENED_ON = re.compile(
    r"\b(?:on|since|in|of|dated|after|early|late|around|back in|back on)(?: the)? ?$|[,(] ?$", re.IGNORECASE
)
HAPPENED_IN = re.compile(r"\b(?:in|since|during|back in)(?: the)? ?$", re.IGNORECASE)
# So sure that nothing else in the sentence matters: "a report published on January 13, 2020".
CERTAIN = re.compile(
    r"(?<!\bbe )\b(?:published|issued|released|adopted|signed|dated|held|born|died|killed|founded|established|approved"
    r"|launched|withdrew) (?:on|in|since) (?:the )?$"
)
COMES_IN = re.compile(r"\b(?:in|on|by|until|before|through)(?: the)? ?$", re.IGNORECASE)
BACK_IN = re.compile(r"\bback in $", re.IGNORECASE)
QUOTED = re.compile(r"[“”\"]|''|``")
# Evidence is read in so many characters: a hundred times an article. What they prove holds for the rest.
MOST_READ = 200_000
DAY, YEAR = 1, 366
# A day that is past and one to come, without a year, are of one season when they are no farther apart.
MOST_SEASON = 120
MOST_MONTH = timedelta(days=31)
# Holding office is shown by an act on a named day, outside quotations, by someone who is not "former" or only supposed.
NOT_HOLDING = re.compile(
    r"\b(?:former|then|ex|late|ousted|next|future|deputy|vice|assistant|a|an|any|if|under)[ -]$", re.IGNORECASE
)
BEFORE_TITLE = 16
SUPPOSED = re.compile(r"\b(?:if|would|could|might|were to|had been)\b", re.IGNORECASE)
# Present tense right after the name.
IN_OFFICE = re.compile(r"(?:, [^,.]{1,60},)? (?:is|has|says|will|wants|plans|hopes|remains|continues|faces|does)\b")


@dataclass(frozen=True, slots=True)
class _Bound:
    day: date
    start: int
    end: int


def inferred(text: str, sentences: Sequence[Sentence]) -> When | None:
    """The interval that the body bounds, with its strongest evidence: what bounds it from below, else from above.
    None where nothing does, or where the evidence contradicts itself."""
    earliest: _Bound | None = None
    latest: _Bound | None = None
    back: list[tuple[int, Expression]] = []
    body = list(_by_sentence(text, sentences))
    for sentence, expressions in body:
        lower, upper = _sentence_bounds(text, sentence, expressions)
        term = _term(text, sentence, expressions)
        if term:
            lower, upper = [*lower, term[0]], [*upper, term[1]]
        earliest = max([*([earliest] if earliest else []), *lower], key=lambda bound: bound.day, default=None)
        latest = min([*([latest] if latest else []), *upper], key=lambda bound: bound.day, default=None)
        back.extend((one.month, one) for one in expressions if one.month and _back_in(text, one))
    if earliest:
        earliest = _after_months(_in_season(earliest, *_season(text, body)), back)
    if (earliest is None and latest is None) or (earliest and latest and earliest.day > latest.day):
        return None
    evidence = earliest or latest
    assert evidence
    return When(
        earliest.day if earliest else None,
        latest.day if latest else None,
        "inferred",
        text[evidence.start : evidence.end],
        evidence.start,
        evidence.end,
    )


def _back_in(text: str, one: Expression) -> bool:
    return not one.year and not one.day and bool(BACK_IN.search(text, max(0, one.start - 8), one.start))


def _by_sentence(text: str, sentences: Sequence[Sentence]) -> Iterator[tuple[Sentence, list[Expression]]]:
    """The sentences of the body with the expressions that start in them."""
    expressions = find(text[:MOST_READ])
    at = 0
    for sentence in sentences:
        inside = []
        while at < len(expressions) and expressions[at].start < sentence.end:
            if expressions[at].start >= sentence.start:
                inside.append(expressions[at])
            at += 1
        if sentence.role == "body":
            yield sentence, inside


def _sentence_bounds(
    text: str, sentence: Sentence, expressions: Sequence[Expression]
) -> tuple[list[_Bound], list[_Bound]]:
    """Bounds from below and from above, by the full dates of one sentence."""
    dated = [one for one in expressions if one.interval and in_range(one.interval) and not one.problem]
    if not dated:
        return [], []
    words = _without(text, sentence, expressions)
    lower: list[_Bound] = []
    upper: list[_Bound] = []
    lower.extend(
        _Bound(one.interval[0], one.start, one.end)
        for one in dated
        if one.interval and CERTAIN.search(text, max(sentence.start, one.start - 40), one.start)
    )
    if PAST.search(words) and not UNSURE.search(words):
        for one in dated:
            assert one.interval
            length = (one.interval[1] - one.interval[0]).days + 1
            leads = HAPPENED_ON if length <= DAY else HAPPENED_IN
            led = leads.search(text, max(sentence.start, one.start - 12), one.start)
            if length <= YEAR and led and _happened(text, sentence, one, NEAR_YEAR if length > DAY else NEAR_DAY):
                lower.append(_Bound(one.interval[0], one.start, one.end))
    elif len(dated) == 1 and not QUOTED.search(words):
        one = dated[0]
        assert one.interval
        ahead = FUTURE.search(text, sentence.start, one.start)
        comes = COMES_IN.search(text, max(sentence.start, one.start - 12), one.start)
        if ahead and comes and not PAST.search(text, sentence.start, ahead.start()):
            upper.append(_Bound(one.interval[1], one.start, one.end))
    return lower, upper


def _happened(text: str, sentence: Sentence, one: Expression, near: int) -> bool:
    """Whether the verb nearest to a date is in the past: before it, or after it where it opens the sentence."""
    if PAST.search(text, max(sentence.start, one.start - near), one.start):
        return True
    opens = one.start - sentence.start <= OPENING
    return opens and bool(PAST.search(text, one.end, min(sentence.end, one.end + NEAR_AFTER)))


def _without(text: str, sentence: Sentence, expressions: Sequence[Expression]) -> str:
    """The sentence without its temporal expressions: "May" is a month there."""
    pieces = []
    at = sentence.start
    for one in expressions:
        pieces.append(text[at : one.start])
        at = max(at, one.end)
    return " ".join([*pieces, text[at : sentence.end]])


def _term(text: str, sentence: Sentence, expressions: Sequence[Expression]) -> tuple[_Bound, _Bound] | None:
    """The term of someone whom the sentence calls by his office and reports to have acted on a day of this week."""
    if any(one.interval for one in expressions) or SUPPOSED.search(text, sentence.start, sentence.end):
        return None
    recent = any(_recent(one) for one in expressions)
    held = [
        (_Bound(term.first, start, end), _Bound(term.last, start, end))
        for term, start, end in _holders(text, sentence)
        if not NOT_HOLDING.search(text, max(sentence.start, start - BEFORE_TITLE), start)
        and (recent or IN_OFFICE.match(text, end, sentence.end))
    ]
    if not held:
        return None
    return max((first for first, _ in held), key=lambda b: b.day), min((last for _, last in held), key=lambda b: b.day)


def _recent(one: Expression) -> bool:
    """Whether an expression is of the kind that only a report of the same days uses: "on Tuesday", "this week"."""
    if one.form == "weekday":
        return True
    return (
        one.form == "offset" and one.anchor == "speech" and one.unit in {"D", "W", "WE"} and abs(one.amount or 0) <= 1
    )


def _holders(text: str, sentence: Sentence) -> Iterator[tuple[Term, int, int]]:
    for pattern, term in HOLDERS:
        found = pattern.search(text, sentence.start, sentence.end)
        if found:
            yield term, found.start(), found.end()


def _season(text: str, body: Sequence[tuple[Sentence, list[Expression]]]) -> tuple[list[Expression], list[Expression]]:
    """The days and months without a year that the body speaks of as past, and as still to come."""
    past: list[Expression] = []
    ahead: list[Expression] = []
    for sentence, expressions in body:
        words = _without(text, sentence, expressions)
        for one in expressions:
            if one.form != "calendar" or not one.month or one.year or one.unit or one.problem:
                continue
            if FUTURE.search(text, sentence.start, one.start):
                if COMES_IN.search(text, max(sentence.start, one.start - 12), one.start) and not QUOTED.search(words):
                    ahead.append(one)
            elif one.day and not UNSURE.search(words) and _happened(text, sentence, one, NEAR_DAY):
                past.append(one)
    return past, ahead


def _in_season(bound: _Bound, past: Sequence[Expression], ahead: Sequence[Expression]) -> _Bound:
    """Where the text speaks of September 20 as past and of mid-October as to come, it is from the weeks between, in
    the first such season that the bound allows or a later one."""
    best: tuple[int, Expression, Expression] | None = None
    for one in past:
        for other in ahead:
            gap = (_of_year(other, 28) - _of_year(one, 1)) % YEAR
            if gap <= MOST_SEASON and (best is None or gap < best[0]):
                best = (gap, one, other)
    if best is None:
        return bound
    gap, one, _ = best
    for year in (bound.day.year - 1, bound.day.year, bound.day.year + 1):
        try:
            begin = date(year, one.month or 1, one.day or 1)
        except ValueError:
            continue
        if begin + timedelta(days=gap) >= bound.day:
            return bound if begin <= bound.day else _Bound(begin, one.start, one.end)
    return bound


def _of_year(one: Expression, day: int) -> int:
    """Which day of a leap year; of a month without a day its given one."""
    try:
        return date(2000, one.month or 1, one.day or day).timetuple().tm_yday
    except ValueError:
        return 0


def _after_months(bound: _Bound, back: Sequence[tuple[int, Expression]]) -> _Bound:
    """ "Back in October" is not said in October: a bound inside that month moves to the first day after it."""
    months = {month for month, _ in back}
    day = bound.day
    start, end = bound.start, bound.end
    while day.month in months:
        evidence = next(one for month, one in back if month == day.month)
        months.discard(day.month)
        day = (day.replace(day=1) + MOST_MONTH).replace(day=1)
        start, end = evidence.start, evidence.end
    return _Bound(day, start, end)
