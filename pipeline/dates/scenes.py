"""What a story is about, by its day: the scene, its last dated act, and the sitting that the whole article reports.

"The council shut the bridge on Monday. “It was time,” said Ana Lume." Quotations there without another day were said
between the day of the act and the publication. In a report of a sitting (a trial, a debate, a match, a call with
analysts), this is so to the end of the article.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from pipeline.data import words
from pipeline.dates import tense
from pipeline.dates.rows import Date, Days
from pipeline.document import Document

_WORDS = "saying_words.tsv"
# Days from act to publication -> sentences that the scene reaches: chosen on articles outside the audit
# (benchmarks.audit).
_REACH = {0: 15, 1: 15, 2: 4}
# Nobody speaks after these acts: quotations of the dead are older.
LAST_ACTS = words(_WORDS, "last-act")
# "A judge was killed on Monday" reports no sitting.
_DEATHS = LAST_ACTS | words(_WORDS, "death")
_BODIES, _DECIDING = words(_WORDS, "body"), words(_WORDS, "deciding")
SITTINGS, _OCCASIONS = words(_WORDS, "sitting"), words(_WORDS, "occasion")
# A report says in its first sentences what it reports, and appears within a week.
LEAD_SENTENCES, LEAD_DATES = 4, 12
_MAX_DAYS = 6
# So many words of play make a match report (sport.tsv).
_OF_PLAY = words("sport.tsv", "word of play")
_MIN_OF_PLAY = 8
_MAX_STEPS = 12


@dataclass(frozen=True, slots=True)
class Scene:
    """The row of the act's date, the days from it to the publication, its sentence, and the last sentence reached."""

    date: int
    days: Days
    sentence: int
    last: int


def scene_of(index: int, row: Date, verb: str, sentence: int, latest: datetime.date | None) -> Scene | None:
    """Return the scene that a dated act opens; None if it is not one recent day, or its day depends on another date.

    index     the row of its date
    verb      the word of the act
    sentence  the sentence of the act
    latest    the last day of the publication
    """
    if latest is None or row.earliest is None or row.earliest != row.latest or row.problem is not None:
        return None
    reach = _REACH.get((latest - row.earliest).days)
    if reach is None or row.basis == "context" or verb in LAST_ACTS:
        return None
    return Scene(index, (row.earliest, latest), sentence, sentence + reach)


def sitting_of(doc: Document, index: int, row: Date, latest: datetime.date | None) -> Scene | None:
    """Return the sitting, to the end of the article, whose day a date in its first sentences tells; else None."""
    sentence = doc.sentence_at(row.start)
    if sentence >= LEAD_SENTENCES or latest is None or row.earliest is None:
        return None
    if row.earliest != row.latest or row.problem is not None or row.basis == "context":
        return None
    if not 0 <= (latest - row.earliest).days <= _MAX_DAYS:
        return None
    if not _is_release(doc, row) and not _is_of_sitting(doc, row, sentence):
        return None
    return Scene(index, (row.earliest, latest), sentence, len(doc.sentences))


def _is_release(doc: Document, row: Date) -> bool:
    """Whether a date is the day of a release: "Lume Foods today announced"."""
    verb = tense.governing_verb(doc, row.start, row.end)
    return doc.text[row.start : row.end].lower() == "today" and verb is not None and doc.tag[verb] == "VBD"


def _is_of_sitting(doc: Document, row: Date, sentence: int) -> bool:
    """Whether a date is that of a match in a match report, or is in a sentence that tells of a sitting."""
    if len(_OF_PLAY.intersection(doc.folded)) >= _MIN_OF_PLAY:
        return True
    verb = tense.governing_verb(doc, row.start, row.end)
    if verb is None or tense.word(doc, verb) in _DEATHS:
        return False
    return any(_is_sitting(doc, t, verb) for t in doc.sentence_tokens[sentence])


def _is_sitting(doc: Document, token: int, verb: int) -> bool:
    """Whether a word tells of a sitting on the date of this verb."""
    word = tense.word(doc, token)
    if word in _BODIES:
        return tense.word(doc, verb) in _DECIDING and doc.head[token] == verb
    if word not in SITTINGS or _is_describing(doc, token, verb):
        return False
    # "The senator said on Monday that a hearing was needed" reports no hearing.
    return word not in _OCCASIONS or tense.verb_above(doc, token) == verb


def _is_describing(doc: Document, token: int, verb: int) -> bool:
    """Whether a word is in a relative clause without this verb: "a judge, who scored in the match, spoke on Monday"."""
    for _ in range(_MAX_STEPS):
        if token == verb or doc.head[token] == token:
            return False
        if doc.dep[token] == "relcl":
            return True
        token = doc.head[token]
    return False
