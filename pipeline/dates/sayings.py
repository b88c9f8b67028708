"""The quotations of an article as sayings: their cue, speaker and hearer, and whether they have a time of their own."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from pipeline.data import words
from pipeline.dates import tense
from pipeline.dates.rows import Date, Days, Quotation, tokens_of
from pipeline.dates.scenes import SITTINGS, Scene
from pipeline.document import Document
from pipeline.expressions import posts
from pipeline.quotes.phrases import is_last_named

_WORDS = "saying_words.tsv"
# A longer span is not the day of a continuing occasion.
MAX_DAYS = 31
DOCUMENTS = words(_WORDS, "document")
OCCASIONS = words(_WORDS, "occasion") | DOCUMENTS
# "The interview", "that speech": the occasion already named.
SAME = words(_WORDS, "same-occasion")
# Occasions of the event that the story reports.
_GATHERINGS = words(_WORDS, "gathering")
# "It" takes up a text of this many tokens before.
_TEXT_WITHIN = 60
# Occasions of a sitting that the text need not have named before.
_AT_SITTINGS = SITTINGS | words(_WORDS, "at-sitting")
# Common nouns of those who hear what is said at a sitting.
_PRESENT = SITTINGS | words(_WORDS, "present")
# Modifiers of an occasion before the one of the story; occasions of many days, which have no day of the story.
_OLDER_OCCASIONS, _LONG_OCCASIONS = words(_WORDS, "older-occasion"), words(_WORDS, "long-occasion")
# "When reporters asked her, she said" tells of no other time.
_ASKING = words(_WORDS, "asking") | words(_WORDS, "speaking-verb")
_OUTLETS = words("media.tsv", "outlet") | words(_WORDS, "outlet")
# Speakers who are not where the story happens: sources without a name, and what is written.
_NOT_THERE = words(_WORDS, "not-there") | DOCUMENTS
# Adverbs that put a saying at another time than the one before it.
_OTHER_TIMES = words(_WORDS, "other-time")
# Before the cue in a live report these put a saying before its post.
_OLDER = words(_WORDS, "older")
_HAVE = words("tense_words.tsv", "have")


@dataclass
class Sayings:
    """The quotations and dates of an article."""

    doc: Document
    quotes: Sequence[Quotation]
    rows: Sequence[Date]

    @cached_property
    def by_sentence(self) -> dict[int, list[Date]]:
        """The dates of each sentence."""
        found: dict[int, list[Date]] = {}
        for row in self.rows:
            found.setdefault(self.doc.sentence_at(row.start), []).append(row)
        return found

    def place(self, quote: int) -> int:
        """Return where a quotation's cue starts, else the quotation."""
        each = self.quotes[quote]
        return each.start if each.cue_start is None else each.cue_start

    def key(self, quote: int) -> str | None:
        """Return the key of a speaker: the chain, else the words."""
        each = self.quotes[quote]
        if each.speaker_chain is not None:
            return f"chain {each.speaker_chain}"
        if each.speaker_start is None or each.speaker_end is None:
            return None
        return self.doc.text[each.speaker_start : each.speaker_end].casefold()

    @cached_property
    def named(self) -> dict[str, dict[str, None]]:
        """Last word of a name -> the speakers of that name."""
        found: dict[str, dict[str, None]] = {}
        for quote, each in enumerate(self.quotes):
            key = self.key(quote)
            tokens = tokens_of(self.doc, each.speaker_start, each.speaker_end)
            if key is not None and tokens:
                head = self.doc.head_of(tokens)
                if self.doc.tag[head] != "PRP":
                    found.setdefault(tense.word(self.doc, head), {})[key] = None
        return found

    def venue(self, quote: int) -> str | None:
        """Return the words of a quotation's venue in small letters."""
        each = self.quotes[quote]
        if each.venue_start is None or each.venue_end is None:
            return None
        return self.doc.text[each.venue_start : each.venue_end].casefold()

    def cue(self, quote: int) -> int | None:
        """Return the verb of a quotation's cue."""
        each = self.quotes[quote]
        return next((t for t in tokens_of(self.doc, each.cue_start, each.cue_end) if self.doc.is_verb(t)), None)

    def is_act(self, quote: int) -> bool:
        """Whether the cue is the verb of a clause: in "scolded him for saying" the speaker is not certain."""
        cue = self.cue(quote)
        return cue is not None and self.doc.dep[cue] != "pcomp"

    def is_past(self, verb: int) -> bool:
        """Whether a verb is in the plain past, or a participle without auxiliaries."""
        aux = [c for c in self.doc.children[verb] if self.doc.dep[c] in ("aux", "auxpass", "neg")]
        was = all(self.doc.tag[c] == "VBD" and tense.word(self.doc, c) not in _HAVE for c in aux)
        return self.doc.tag[verb] in ("VBD", "VBN", "VBG") and was

    def is_of_text(self, quote: int) -> bool:
        """Whether words are from a text just named: "it read", "the notice said", not "it said"."""
        each, cue = self.quotes[quote], self.cue(quote)
        speaker = self.doc.text[each.speaker_start : each.speaker_end].casefold()
        if speaker == "it":
            tokens = tokens_of(self.doc, each.speaker_start, each.speaker_end)
            is_read = cue is not None and tense.word(self.doc, cue) == "read"
            return is_read and bool(tokens) and self._takes_up_text(tokens[0])
        opening, _, noun = speaker.partition(" ")
        return opening in SAME and noun in DOCUMENTS

    def _takes_up_text(self, pronoun: int) -> bool:
        """Whether "it" is the text named last before it."""
        nouns = range(pronoun - 1, max(-1, pronoun - _TEXT_WITHIN), -1)
        text = next((t for t in nouns if tense.word(self.doc, t) in DOCUMENTS and not self.doc.in_marks[t]), None)
        return text is not None and is_last_named(self.doc, text, pronoun)

    def continues(self, quote: int) -> bool:
        """Whether words are said in the plain past, without a sign of another time."""
        cue = self.cue(quote)
        if cue is None:
            return self.quotes[quote].cue_start is None
        adverbs = [tense.word(self.doc, c) for c in self.doc.children[cue] if self.doc.dep[c] == "advmod"]
        return self.is_past(cue) and _OTHER_TIMES.isdisjoint(adverbs) and not self._is_of_other_act(quote, cue)

    def _is_of_other_act(self, quote: int, cue: int) -> bool:
        """Whether a clause with "when" dates the cue by another act: "When she took the post, she said"."""
        each = self.quotes[quote]
        for clause in self.doc.children[cue]:
            if self.doc.dep[clause] != "advcl" or each.start <= self.doc.start[clause] < each.end:
                continue
            opening, own = self.doc.child(clause, "advmod"), self.doc.child(clause, "nsubj", "nsubjpass")
            if opening is not None and own is not None and tense.word(self.doc, opening) == "when":
                return tense.word(self.doc, clause) not in _ASKING
        return False

    def _occasions(self, quote: int) -> Iterator[int]:
        """Yield the nouns of occasions that modify the cue."""
        each = self.quotes[quote]
        for cue in tokens_of(self.doc, each.cue_start, each.cue_end):
            for prep in self.doc.children[cue]:
                noun = self.doc.child(prep, "pobj") if self.doc.dep[prep] == "prep" else None
                if noun is None or each.start <= self.doc.start[noun] < each.end:
                    continue
                if tense.word(self.doc, noun) in OCCASIONS:
                    yield noun

    def _is_same(self, noun: int) -> bool:
        """Whether an occasion is one just named: "in the speech", "at his meeting", not "at his first meeting"."""
        opening = self.doc.child(noun, "det", "poss")
        return opening is not None and tense.word(self.doc, opening) in SAME and not self._is_older(noun)

    def _is_older(self, noun: int) -> bool:
        """Whether an occasion is before the one of the story: "an earlier hearing", "during the trial"."""
        modifiers = {tense.word(self.doc, c) for c in self.doc.children[noun] if c < noun}
        return tense.word(self.doc, noun) in _LONG_OCCASIONS or not _OLDER_OCCASIONS.isdisjoint(modifiers)

    def names_occasion(self, quote: int, nouns: frozenset[str] = OCCASIONS) -> bool:
        """Whether a new occasion modifies the cue ("in an interview", not "in the speech")."""
        return any(tense.word(self.doc, n) in nouns and not self._is_same(n) for n in self._occasions(quote))

    def is_at_older_occasion(self, quote: int) -> bool:
        """Whether words were said at an occasion before the one of the story."""
        return any(map(self._is_older, self._occasions(quote)))

    def is_of_sitting(self, quote: int) -> bool:
        """Whether words may have been said at a sitting that the article reports: at no other occasion, to those who
        are there."""
        for noun in self._occasions(quote):
            word = tense.word(self.doc, noun)
            if word not in _AT_SITTINGS | DOCUMENTS and not (word in _GATHERINGS and self._is_same(noun)):
                return False
        cue = self.cue(quote)
        hearer = None if cue is None else self.doc.child(cue, "dative", "dobj")
        if hearer is None or cue is None or tense.word(self.doc, cue) != "told":
            return True
        if self.doc.tag[hearer].startswith("PRP"):
            return tense.word(self.doc, hearer) in _PRESENT or self.key(quote) in self._officers
        return self.doc.tag[hearer].startswith("NNP") or tense.word(self.doc, hearer) in _PRESENT

    @cached_property
    def _officers(self) -> frozenset[str | None]:
        """The speakers called by an office of sittings: "Judge Ana Lume"."""
        return frozenset(
            self.key(n)
            for n, each in enumerate(self.quotes)
            for t in tokens_of(self.doc, each.speaker_start, each.speaker_end)
            if tense.word(self.doc, t) in SITTINGS
        )

    def is_apart(self, quote: int) -> bool:
        """Whether words were said to an outlet, at an older occasion, or in a text or talk of the speaker's own."""
        each = self.quotes[quote]
        if self.names_occasion(quote, OCCASIONS - _GATHERINGS) or self.is_at_older_occasion(quote):
            return True
        hearers = tokens_of(self.doc, each.venue_start, each.venue_end)
        return bool(hearers) and tense.word(self.doc, hearers[-1]) in _OUTLETS

    def is_unnamed(self, quote: int) -> bool:
        """Whether the speaker is a source without a name, or a text: also "it" before "read"."""
        tokens = tokens_of(self.doc, self.quotes[quote].speaker_start, self.quotes[quote].speaker_end)
        word, cue = tense.word(self.doc, self.doc.head_of(tokens)) if tokens else "", self.cue(quote)
        return word in _NOT_THERE or (word == "it" and cue is not None and tense.word(self.doc, cue) == "read")

    def is_dated_otherwise(self, sentence: int, days: Days) -> bool:
        """Whether a sentence names another day outside quotation marks."""
        for row in self.by_sentence.get(sentence, ()):
            # Skip years, which describe, and future days, which are talked about.
            if row.earliest is None or row.latest is None or self.is_in_marks(row):
                continue
            if (row.latest - row.earliest).days > MAX_DAYS:
                continue
            if row.latest < days[0] or (row.relation is None and row.earliest > days[1]):
                return True
        return False

    def is_in_marks(self, row: Date) -> bool:
        """Whether a date is part of quoted words."""
        return row.relation == "inside" and row.quote is not None and self.quotes[row.quote].kind != "indirect"

    def is_reported(self, row: Date, token: int) -> bool:
        """Whether a date modifies a verb or noun within a quotation."""
        quote = None if row.quote is None else self.quotes[row.quote]
        return quote is not None and quote.start <= self.doc.start[token] < quote.end

    @cached_property
    def live_posts(self) -> list[Scene]:
        """The posts of a live report, in text order."""
        times = {each.start for each in posts.openings(self.doc.text)}
        return [
            Scene(n, (row.earliest, row.earliest), self.doc.sentence_at(row.start), len(self.doc.sentences))
            for n, row in enumerate(self.rows)
            if row.start in times and row.earliest is not None and row.earliest == row.latest and row.problem is None
        ]

    def post_of(self, quote: int, sentence: int) -> Scene | None:
        """Return the post of a live report that contains words, if it does not say that they are older."""
        at = bisect_right(self.live_posts, sentence, key=lambda each: each.sentence) - 1
        post = self.live_posts[at] if at >= 0 else None
        if post is None or self.is_dated_otherwise(sentence, post.days):
            return None
        cue = self.cue(quote)
        before = [] if cue is None else [tense.word(self.doc, c) for c in self.doc.children[cue] if c < cue]
        return post if _OLDER.isdisjoint(before) else None
