"""Quotes across all documents -> the same utterance, reported by several.

Belongs here: what is one utterance of an article, and which utterances are one statement.
Does not belong here: candidates across a corpus, and the rows (warehouse.corpus.statements), finding quotations
(quotes), who is who (entities).

Two quotations are one statement if one person said them and their words are the same, nearly the same, or one's are
part of the other's. If a speaker is unknown, long identical words are enough. Words that differ in a number, a negation
or much else are another utterance. Candidates share a fingerprint of their words (`wording_similarity`).
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from pipeline.contract.ids import digest
from pipeline.statements.wording_similarity import MIN_WORDS, is_same_wording, same_words, words_of

CODE_VERSION = "1"
# Words that must be shared if a speaker is unknown.
MIN_WORDS_WITHOUT_SPEAKER = 8
# The same few words of one person are one utterance only within this many days: people repeat themselves.
NEARBY_DAYS = 14


@dataclass(frozen=True, slots=True)
class Utterance:
    """One utterance as an article reports it: a quotation with the fragments that belong to it."""

    quote_ids: tuple[str, ...]
    document_id: str
    text: str
    words: tuple[str, ...]
    indirect: bool
    speaker: str | None
    earliest: date | None
    latest: date | None


def utterances(quotes: Iterable[dict[str, Any]]) -> Iterator[Utterance]:
    """Yield the utterances of some articles. `quotes` has all their quotations: quote_id, document_id, start, kind,
    part_of, text, speaker_entity_id, and the article's published_earliest and published_latest."""
    fragments: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in quotes:
        fragments[row["part_of"] or row["quote_id"]].append(row)
    for parts in fragments.values():
        # The first fragment names the utterance, even if it is not the first in the text.
        parts.sort(key=lambda row: (row["part_of"] is not None, row["start"], row["quote_id"]))
        text = " ".join(row["text"] for row in sorted(parts, key=lambda row: (row["start"], row["quote_id"])))
        yield Utterance(
            tuple(row["quote_id"] for row in parts),
            parts[0]["document_id"],
            text,
            words_of(text),
            all(row["kind"] == "indirect" for row in parts),
            next((row["speaker_entity_id"] for row in parts if row["speaker_entity_id"] is not None), None),
            parts[0]["published_earliest"],
            parts[0]["published_latest"],
        )


def statement_id(quote_id: str) -> str:
    """Return the id of the statement that this quotation reported first: later articles do not change it."""
    return digest("statement", quote_id)


def same(a: Utterance, b: Utterance) -> bool:
    """Whether two utterances are one statement."""
    shortest = min(len(a.words), len(b.words))
    if a.speaker is None or b.speaker is None:
        return shortest >= MIN_WORDS_WITHOUT_SPEAKER and same_words(a.words, b.words)
    if a.speaker != b.speaker:
        return False
    if shortest < MIN_WORDS:
        return a.words == b.words and bool(a.words) and _nearby(a, b)
    # Reported speech is the reporter's wording: a part of it proves nothing.
    return is_same_wording(a.words, b.words, part=not (a.indirect or b.indirect))


def _nearby(a: Utterance, b: Utterance) -> bool:
    if a.document_id == b.document_id:
        return True
    if a.earliest is None or a.latest is None or b.earliest is None or b.latest is None:
        return False
    gap = max(a.earliest - b.latest, b.earliest - a.latest)
    return gap.days <= NEARBY_DAYS


class StatementUnionFind:
    """Union-find of utterances by index: each has the first utterance of its statement. A statement never has two
    speakers (`speakers`: a number for each utterance, 0 if unknown)."""

    def __init__(self, speakers: array[int]) -> None:
        self.first = array("q", range(len(speakers)))
        self._speakers = speakers

    def of(self, place: int) -> int:
        """Return the first utterance of its statement."""
        first = self.first
        while first[place] != place:
            first[place] = first[first[place]]
            place = first[place]
        return place

    def can_join(self, a: int, b: int) -> bool:
        """Whether two utterances could still become one statement."""
        first, second = self.of(a), self.of(b)
        one, other = self._speakers[first], self._speakers[second]
        return first != second and (one == other or not one or not other)

    def join(self, a: int, b: int) -> None:
        """Join two utterances into one statement."""
        first, second = sorted((self.of(a), self.of(b)))
        self._speakers[first] = self._speakers[first] or self._speakers[second]
        self.first[second] = first
