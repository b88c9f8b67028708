"""Find the days on which quotations were said, as far as their article gives them.

Stated: a date modifies the saying (rows with relation `when_said`), or the quoted words name their own day (today).
Carried: the speaker goes on at an occasion dated in the sentence or shortly before: "The mayor spoke on Tuesday. “The
bridge is shut,” she said." This ends where the story's time moves on: at another dated clause, another occasion or
hearer, another tense than the plain past, or after a few sentences. Story: only the last dated act of the story gives
days (scenes): from its day to the publication.
"""

from __future__ import annotations

import datetime
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from typing import NamedTuple

from pipeline.data import words
from pipeline.dates import remarks, saying_dates, tense, today
from pipeline.dates.rows import Date, Days, Quotation
from pipeline.dates.sayings import DOCUMENTS, MAX_DAYS, OCCASIONS, SAME, Sayings
from pipeline.dates.scenes import LAST_ACTS, LEAD_DATES, LEAD_SENTENCES, Scene, scene_of, sitting_of
from pipeline.document import Document

_WORDS = "saying_words.tsv"
# How far an occasion reaches, in sentences after the last words said at it.
_MAX_SENTENCES = 20
# A clause without an occasion ("The mayor met the owners on Tuesday.") reaches less far.
_MAX_AFTER_CLAUSE = 4
# A sentence about an earlier day than the one before it is an aside.
_MAX_ASIDE_SENTENCES = 1
# An act within this many days of the publication is news.
_NEWS = 14
# The share of such days that are right, of 141 hand-marked quotations (benchmarks.audit).
_STATED, _CARRIED, _OF_STORY = 0.95, 0.9, 0.8
_MAX_STEPS = 4
# A pronoun refers to a speaker at most this many sentences back.
_NEAR = 2
# The key of a text that somebody has just issued: "it read".
_TEXT = "text"
_PRONOUNS = frozenset(("he", "she", "they", "his", "her", "their"))
_SPEAKING = words(_WORDS, "speaking-verb")
_AUDIENCE = words(_WORDS, "audience")
_TIME_ONLY = re.compile(
    r"(?:\d{1,2}(?:[.:]\d\d)?(?:\s?[ap]\.?m\.?)?|noon|midnight)(?: in the (?:morning|afternoon|evening))?",
    re.IGNORECASE,
)
_SUBJECTS = ("nsubj", "nsubjpass")


@dataclass(frozen=True, slots=True)
class SaidDay:
    """The days on which a quotation was said. `quote` indexes the quotations, `date` the rows of dates."""

    quote: int
    date: int
    basis: str
    earliest: datetime.date
    latest: datetime.date
    confidence: float


@dataclass(frozen=True, slots=True)
class _Occasion:
    """A dated act of a speaker: the row of its date, the last sentence about it, and its reach in sentences after that.
    `is_named`: the text names the occasion or the hearer."""

    date: int
    days: Days
    sentence: int
    is_named: bool
    is_saying: bool = False
    reach: int = _MAX_SENTENCES
    venue: str | None = None


class Named(NamedTuple):
    """A mention: characters [start, end) of the text, and its chain."""

    start: int
    end: int
    chain: int


class _Clause(NamedTuple):
    """A dated clause: the row of its date, its sentence and verb, the possible speakers, and its occasion's noun."""

    date: int
    sentence: int
    verb: int
    speakers: tuple[int, ...]
    occasion: int | None
    is_reported: bool = False


def said_days(
    doc: Document,
    quotes: Sequence[Quotation],
    rows: Sequence[Date],
    published: tuple[datetime.date | None, datetime.date | None],
    mentions: Sequence[Named] = (),
) -> list[SaidDay]:
    """Return the days of saying by quotation, for the first part of each utterance. `published` are the first and last
    day of the publication, or None; no day is after it. `mentions`, in any order, identify the subjects of dated
    clauses."""
    chains = {doc.head_of(tokens): each.chain for each in mentions if (tokens := doc.tokens(each.start, each.end))}
    earliest, latest = published
    story = _NarrativeTimeline(doc, quotes, rows, latest, latest if earliest is None else earliest, chains)
    found = list(story.read())
    return found + list(story.read_back({day.quote for day in found}))


def stated(rows: Sequence[Date], latest: datetime.date | None) -> dict[int, tuple[int, Days]]:
    """Return quotation -> row of the date of its saying, and days: from its first to its last date, up to `latest`."""
    found: dict[int, tuple[int, Days]] = {}
    for index, row in enumerate(rows):
        if row.relation != "when_said" or row.quote is None or row.problem is not None:
            continue
        if row.earliest is None or row.latest is None:
            continue
        first, (earliest, last) = found.get(row.quote, (index, (row.earliest, row.latest)))
        found[row.quote] = first, (min(earliest, row.earliest), max(last, row.latest))
    if latest is None:
        return found
    return {
        quote: (index, (days[0], min(days[1], latest))) for quote, (index, days) in found.items() if days[0] <= latest
    }


@dataclass
class _NarrativeTimeline(Sayings):
    """The state of reading an article from top to bottom. `open`: the last dated occasion of each speaker; `scene`: the
    last dated act of anybody; `latest`: the last possible day of publication; `news`: acts long before this day are not
    news."""

    latest: datetime.date | None
    news: datetime.date | None
    chains: Mapping[int, int]
    open: dict[str, _Occasion] = field(default_factory=dict)
    scene: Scene | None = None
    away: dict[str, int] = field(default_factory=dict)
    speaker: str | None = None
    spoken: int = -1

    @cached_property
    def sitting(self) -> Scene | None:
        """The sitting that the article reports."""
        first = enumerate(self.rows[:LEAD_DATES])
        told = (sitting_of(self.doc, n, row, self.latest) for n, row in first if not self.is_in_marks(row))
        return next((each for each in told if each is not None), None)

    def read(self) -> Iterator[SaidDay]:
        """Yield the days of all quotations, in text order."""
        known = {**self._called_today(), **stated(self.rows, self.latest)}
        undated = {row.quote for row in self.rows if row.relation == "when_said"} - known.keys()
        acts = self.acts
        done = 0
        for quote in sorted((q for q, each in enumerate(self.quotes) if each.part_of is None), key=self.place):
            sentence = self.doc.sentence_at(self.place(quote))
            while done < len(acts) and acts[done].sentence <= sentence:
                self._move_on(acts[done])
                done += 1
            key = self.key(quote)
            if key in _PRONOUNS:
                key = self._last_speaker(sentence)
            elif key == "it" and sentence - self.spoken <= _NEAR:
                key = self.speaker
            if self.is_of_text(quote):
                key = _TEXT
            self.spoken = max(sentence, self.doc.sentence_at(self.quotes[quote].end))
            self.speaker = key if key is not None else self.speaker
            if self.speaker is not None and self.is_apart(quote):
                self.away[self.speaker] = sentence
            if quote in known:
                date, days = known[quote]
                yield SaidDay(quote, date, "stated", *days, _STATED)
                if self.scene is not None and days[1] < self.scene.days[0]:
                    self.scene = None
                if key is not None and self.is_act(quote):
                    venue = self.venue(quote)
                    is_named = (
                        venue is not None or self._occasion(self.rows[date]) is not None or self.names_occasion(quote)
                    )
                    begun = _Occasion(date, days, sentence, is_named, is_saying=True, venue=venue)
                    self._begin(key, begun, self.open.get(key))
                    if days[0] == days[1] and self.names_occasion(quote, DOCUMENTS):
                        self.open[_TEXT] = replace(begun, reach=_MAX_AFTER_CLAUSE)
                continue
            occasion = self.open.get(key) if key is not None else None
            if occasion is None:
                if quote not in undated and (scene := self._scene_of(quote, sentence)) is not None:
                    yield SaidDay(quote, scene.date, "story", *scene.days, _OF_STORY)
                continue
            assert key is not None
            far = sentence - occasion.sentence > occasion.reach
            other, older = self._is_elsewhere(quote, occasion), self.is_at_older_occasion(quote)
            near = sentence - occasion.sentence <= _MAX_AFTER_CLAUSE
            if self.is_dated_otherwise(sentence, occasion.days):
                continue
            if far or older or quote in undated or (other and (occasion.is_named or not near)):
                del self.open[key]
            elif self.continues(quote):
                yield SaidDay(quote, occasion.date, "carried", *occasion.days, _CARRIED)
                last = max(sentence, self.doc.sentence_at(self.quotes[quote].end))
                venue = occasion.venue or self.venue(quote)
                named = occasion.is_named or other
                reach = occasion.reach if occasion.reach == _MAX_ASIDE_SENTENCES else _MAX_SENTENCES
                self.open[key] = replace(occasion, sentence=last, is_named=named, reach=reach, venue=venue)

    def _called_today(self) -> dict[int, tuple[int, Days]]:
        """Return quotation -> row and day that its own words call today, if the article was published no earlier."""
        named = today.named_days(self.doc.text, self.rows, self.quotes)
        return {q: each for q, each in named.items() if self.latest is None or each[1][0] <= self.latest}

    def read_back(self, done: set[int]) -> Iterator[SaidDay]:
        """Yield the days of quotations that a later clause dates ("She made the remarks on Monday"), unless somebody
        else speaks in between. `done`: quotations that already have days."""
        dated = done | {row.quote for row in self.rows if row.relation == "when_said"}
        order = sorted((q for q, each in enumerate(self.quotes) if each.part_of is None), key=self.place)
        for act in self.acts:
            days = _until(self.rows[act.date], self.latest)
            if days is None or not self.is_past(act.verb) or not remarks.dates_preceding_words(self.doc, act.verb):
                continue
            start = self.doc.sentences[act.sentence].start
            last = bisect_left(order, start, key=self.place)
            before = (q for k in range(last - 1, -1, -1) if self.quotes[q := order[k]].start < start)
            latest = next(before, None)
            own = {key for token in remarks.speakers(self.doc, act.speakers) for key in self._keys(token)}
            if latest is not None and own <= _PRONOUNS:
                own = {key} if (key := self.key(latest)) is not None else set()
            for quote in () if latest is None else chain((latest,), before):
                far = act.sentence - self.doc.sentence_at(self.place(quote)) > _MAX_SENTENCES
                if far or quote in dated or self.key(quote) not in own:
                    break
                dated.add(quote)
                yield SaidDay(quote, act.date, "carried", *days, _CARRIED)

    @cached_property
    def narrated(self) -> frozenset[int]:
        """Where the dates of clauses are that tell the story, and do not describe a noun."""
        return frozenset(self.rows[act.date].start for act in self.acts if not self._is_describing(act.verb))

    @cached_property
    def acts(self) -> list[_Clause]:
        """The dated clauses, in text order."""
        return list(self._acts())

    def _acts(self) -> Iterator[_Clause]:
        for index, row in enumerate(self.rows):
            if row.relation == "when_said" or self.is_in_marks(row) or row.type not in ("DATE", "TIME"):
                continue
            act = saying_dates.act_of(self.doc, row.start, row.end)
            if (
                act is None
                or (row.value or "").endswith("_REF")
                or not saying_dates.is_when(self.doc, row.start, row.end)
            ):
                continue
            verb, occasion = act.verb, self._occasion(row)
            if self.is_reported(row, verb) or (occasion is not None and self.is_reported(row, occasion)):
                if self._is_report_of_story(row):
                    yield _Clause(index, self.doc.sentence_at(row.start), verb, (), None, is_reported=True)
                continue
            if act.occasion is not None and (
                remarks.dates_preceding_words(self.doc, act.saying_verb)
                or saying_dates.is_led_to(self.doc, act.occasion, act.saying_verb)
            ):
                # "made the remarks in an interview published on Monday"
                verb, occasion = act.saying_verb, act.occasion
            if occasion is not None or tense.modifies_verb(self.doc, row.start, row.end, verb):
                speakers = tuple(self._speakers(verb, occasion))
                yield _Clause(index, self.doc.sentence_at(row.start), verb, speakers, occasion)

    def _is_report_of_story(self, row: Date) -> bool:
        """Whether a date is in reported words before their cue: "The bridge fell on Monday, police said"."""
        cue = None if row.quote is None else self.quotes[row.quote].cue_start
        return cue is not None and row.quote is not None and self.quotes[row.quote].end <= cue

    def _occasion(self, row: Date) -> int | None:
        """Return the noun or verb of an occasion of speaking that a date modifies ("at a rally on Monday")."""
        head = tense.modified_head(self.doc, row.start, row.end)
        if head is None or tense.word(self.doc, head) not in OCCASIONS | _SPEAKING:
            return None
        return head

    def _speakers(self, verb: int, occasion: int | None) -> Iterator[int]:
        """Yield the tokens that name possible speakers: the subject and its conjuncts, and the owner of the occasion
        ("the mayor's speech", "an interview with the mayor")."""
        subject = self._subject(verb)
        if subject is not None:
            yield subject
            yield from (t for t in self.doc.children[subject] if self.doc.dep[t] == "conj")
        if occasion is None:
            return
        for child in self.doc.children[occasion]:
            if self.doc.dep[child] == "poss":
                yield child
            elif self.doc.dep[child] in ("prep", "agent") and tense.word(self.doc, child) in ("by", "with", "from"):
                yield from (t for t in self.doc.children[child] if self.doc.dep[t] == "pobj")

    def _subject(self, verb: int) -> int | None:
        """Return the subject of a verb, or of the verb above it that it shares one with; None in a relative clause
        ("who campaigned on Monday")."""
        for _ in range(_MAX_STEPS):
            found = self.doc.child(verb, *_SUBJECTS)
            if found is not None:
                return None if self.doc.tag[found].startswith("W") else found
            if self.doc.dep[verb] not in ("conj", "advcl", "xcomp") or self.doc.head[verb] == verb:
                return None
            verb = self.doc.head[verb]
        return None

    def _move_on(self, act: _Clause) -> None:
        """Move the story to the time of a dated clause. Only its subject is then known to speak."""
        row, before = self.rows[act.date], self.open
        if not self.is_past(act.verb) or _is_time_only(self.doc, row):
            return
        if act.is_reported:
            if self.scene is None and act.sentence < LEAD_SENTENCES:
                self._change_scene(act, row)
            return
        self._change_scene(act, row)
        own = dict.fromkeys(key for token in act.speakers for key in self._keys(token))
        if self._is_background(row) and not self._is_describing(act.verb):
            # "In March, Kell inspected the piers": Kell's next words may be of March.
            self.away.update(dict.fromkeys(own, act.sentence))
        self.open = {
            key: each
            for key, each in self.open.items()
            if each.sentence == act.sentence
            # An earlier or equal day is background.
            or (row.latest is not None and row.latest <= each.days[1])
            or (each.is_saying and key not in own)
        }
        days, is_named = _until(row, self.latest), act.occasion is not None
        last = tense.word(self.doc, act.verb) in LAST_ACTS
        if days is None or last or (not is_named and not self._is_news(days)):
            return
        begun = _Occasion(act.date, days, act.sentence, is_named)
        for key in own:
            self._begin(key, begun, before.get(key))
        if any(tense.word(self.doc, c) in DOCUMENTS for c in self.doc.children[act.verb] if self.doc.dep[c] == "dobj"):
            self.open[_TEXT] = replace(begun, reach=_MAX_AFTER_CLAUSE)

    def _change_scene(self, act: _Clause, row: Date) -> None:
        """Begin the scene of a dated clause, or end the scene if it begins none. A clause that describes a noun ("a
        letter dated May 8") ends no scene."""
        scene = scene_of(act.date, row, tense.word(self.doc, act.verb), act.sentence, self.latest)
        if self.doc.dep[act.verb] == "relcl" or (scene is None and self._is_describing(act.verb)):
            return
        if self.scene is None or not self._is_background(row):
            self.scene = scene

    def _is_background(self, row: Date) -> bool:
        """Whether a date is long before the publication: its acts are no news."""
        return row.latest is not None and self.latest is not None and (self.latest - row.latest).days > _NEWS

    def _is_describing(self, verb: int) -> bool:
        """Whether a verb is in a clause that describes a noun."""
        for _ in range(_MAX_STEPS):
            if self.doc.dep[verb] in ("relcl", "acl"):
                return True
            verb = self.doc.head[verb]
        return False

    def _is_news(self, days: Days) -> bool:
        """Whether days are one day in the news: people comment on older days later."""
        return days[0] == days[1] and (self.news is None or (self.news - days[0]).days <= _NEWS)

    def _keys(self, token: int) -> Iterator[str]:
        """Yield the speakers that a token names: by its chain, else by the last word of their names."""
        if token in self.chains:
            yield f"chain {self.chains[token]}"
        else:
            yield from self.named.get(tense.word(self.doc, token), ())
            left, right = self.doc.left[token], self.doc.right[token]
            if right - left <= _MAX_STEPS:
                yield self.doc.text[self.doc.start[left] : self.doc.end[right]].casefold()

    def _begin(self, key: str, occasion: _Occasion, before: _Occasion | None) -> None:
        """Open an occasion of a speaker. One on an earlier day than the one before it is an aside."""
        first, last = occasion.days
        reach = _MAX_SENTENCES if occasion.is_named or occasion.is_saying else _MAX_AFTER_CLAUSE
        old = self.news is not None and (self.news - last).days > _NEWS
        if old or (before is not None and last < before.days[0]):
            reach = _MAX_ASIDE_SENTENCES
        if (last - first).days < MAX_DAYS:
            self.open[key] = replace(occasion, reach=reach)
        else:
            self.open.pop(key, None)

    def _is_elsewhere(self, quote: int, occasion: _Occasion) -> bool:
        """Whether words are said at an occasion, or to hearers, that the text has not named before."""
        venue = self.venue(quote)
        each = self.quotes[quote]
        known = _names_in(occasion.venue)
        if venue is not None and each.venue_end is not None and known.isdisjoint(_names_in(venue)):
            # "Reporters" or "the crowd" are the audience of the occasion.
            hearers = self.doc.tokens(each.venue_end - 1, each.venue_end)
            other = occasion.venue is not None or not all(tense.word(self.doc, t) in _AUDIENCE for t in hearers)
            if other and not (hearers and remarks.is_reporter(self.doc, hearers)):
                return True
        return self.names_occasion(quote)

    def _is_away(self, sentence: int) -> bool:
        """Whether the speaker goes on in a text or talk of the speaker's own, or was the subject of a clause about an
        earlier time just before."""
        since = self.away.get(self.speaker or "")
        return since is not None and sentence - since <= _MAX_AFTER_CLAUSE

    def _scene_of(self, quote: int, sentence: int) -> Scene | None:
        """Return the scene or sitting in which words may have been said."""
        if self.live_posts:
            return self.post_of(quote, sentence)
        for scene in (self.scene, self.sitting):
            if scene is not None and scene.sentence <= sentence <= scene.last:
                return scene if self._is_of_scene(quote, sentence, scene) else None
        return None

    def _is_of_scene(self, quote: int, sentence: int, scene: Scene) -> bool:
        """Whether words may have been said in a scene: in reach, at no other occasion, not where the story looks
        back."""
        if not self.continues(quote) or self._is_away(sentence) or self.is_unnamed(quote):
            return False
        if self.is_dated_otherwise(sentence, scene.days):
            return False
        if self.sitting is not None and not self.is_of_sitting(quote):
            return False
        near = (row for n in (sentence - 1, sentence) if n > scene.sentence for row in self.by_sentence.get(n, ()))
        return not any(self._looks_back(row, scene) for row in near if not self.is_in_marks(row))

    def _looks_back(self, row: Date, scene: Scene) -> bool:
        """Whether a date of a saying or an act is before a scene."""
        if row.latest is None or row.latest >= scene.days[0]:
            return False
        return row.relation is not None or row.start in self.narrated

    def _last_speaker(self, sentence: int) -> str | None:
        """Resolve a pronoun without a chain to the only speaker of the sentences just before."""
        near = [key for key, each in self.open.items() if 0 <= sentence - each.sentence <= _NEAR]
        return near[0] if len(near) == 1 else None


def _is_time_only(doc: Document, row: Date) -> bool:
    """Whether an expression is a time without its day ("at 4.30 p.m."): it is of the day of the story."""
    return row.type == "TIME" and _TIME_ONLY.fullmatch(doc.text[row.start : row.end]) is not None


def _names_in(venue: str | None) -> set[str]:
    """Return the words of a venue that identify it under another name."""
    return {word for word in re.findall(r"\w+", venue or "") if len(word) > 2 and word not in SAME}


def _until(row: Date, latest: datetime.date | None) -> Days | None:
    """Return the days of a date up to the publication; None if unknown, too many, or after it."""
    if row.problem is not None or row.earliest is None or row.latest is None:
        return None
    if (row.latest - row.earliest).days >= MAX_DAYS or (latest is not None and row.earliest > latest):
        return None
    return row.earliest, row.latest if latest is None else min(row.latest, latest)
