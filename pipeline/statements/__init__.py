"""Quotes across all documents -> the same utterance, reported by several.

Belongs here: which quotations report one utterance, and what a statement says of them.
Does not belong here: finding quotations (quotes), who is who (entities).

Two quotations are one statement when one person said them and their words are the same, nearly the same, or those of
one are a part of the other's. Where a speaker is unknown, long identical words are enough. Words that differ in a
number, a negation or much else are another utterance. Candidates share a fingerprint of their words (`likeness`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from pipeline.ids import digest
from pipeline.schema import frame
from pipeline.statements.likeness import FEWEST_WORDS, candidates, like, same_words, words_of
from pipeline.tables import STATEMENTS, UTTERANCES

CODE_VERSION = "1"
# Where one speaker is unknown, so many words must be shared.
LONG = 8
# A few words of one person are one utterance only within this many days: people repeat themselves.
NEARBY_DAYS = 14


@dataclass(frozen=True, slots=True)
class Utterance:
    """What one article reports as said in one breath: a quotation with the fragments that belong to it."""

    quote_ids: tuple[str, ...]
    document_id: str
    text: str
    words: tuple[str, ...]
    indirect: bool
    speaker: str | None
    earliest: date | None
    latest: date | None


def group(quotes: pl.DataFrame, documents: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(rows of `statements`, rows of `utterances`). Every quotation has a statement, if only its own.

    `quotes`: quote_id, document_id, start, kind, part_of, text, speaker_entity_id; `documents`: document_id,
    published_earliest, published_latest.
    """
    utterances = sorted(_utterances(quotes, documents), key=lambda u: (u.earliest or date.max, u.quote_ids[0]))
    clusters = _clusters(utterances)
    statements: list[dict[str, Any]] = []
    led: list[dict[str, Any]] = []
    for members in clusters:
        found = [utterances[i] for i in members]
        # The first article's quotation gives the id: later articles do not move it.
        statement_id = digest("statement", found[0].quote_ids[0])
        statements.append(_statement(statement_id, found))
        led += [
            {"quote_id": quote, "document_id": u.document_id, "statement_id": statement_id}
            for u in found
            for quote in u.quote_ids
        ]
    statements.sort(key=lambda row: row["statement_id"])
    led.sort(key=lambda row: row["quote_id"])
    return frame(STATEMENTS.stored, statements), frame(UTTERANCES.stored, led)


def _utterances(quotes: pl.DataFrame, documents: pl.DataFrame) -> Iterator[Utterance]:
    published = {
        document: (earliest, latest)
        for document, earliest, latest in documents.select(
            "document_id", "published_earliest", "published_latest"
        ).iter_rows()
    }
    columns = ["quote_id", "document_id", "start", "kind", "part_of", "text", "speaker_entity_id"]
    fragments: defaultdict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for row in quotes.select(columns).sort("document_id", "start", "quote_id").iter_rows():
        fragments[row[4] or row[0]].append(row)
    for parts in fragments.values():
        # The first fragment names the utterance, wherever it stands.
        parts.sort(key=lambda row: (row[4] is not None, row[2], row[0]))
        speakers = [row[6] for row in parts if row[6] is not None]
        text = " ".join(row[5] for row in sorted(parts, key=lambda row: (row[2], row[0])))
        yield Utterance(
            tuple(row[0] for row in parts),
            parts[0][1],
            text,
            words_of(text),
            all(row[3] == "indirect" for row in parts),
            speakers[0] if speakers else None,
            *published.get(parts[0][1], (None, None)),
        )


def _clusters(utterances: Sequence[Utterance]) -> list[list[int]]:
    """Indices of utterances that are one statement, each list in order. A cluster never holds two speakers."""
    lead = list(range(len(utterances)))
    speakers: dict[int, str | None] = {i: u.speaker for i, u in enumerate(utterances)}

    def find(i: int) -> int:
        while lead[i] != i:
            lead[i] = lead[lead[i]]
            i = lead[i]
        return i

    pairs = sorted(set(candidates([u.words for u in utterances])))
    # Pairs with both speakers known come first: an unknown one must not bridge two people.
    for a, b in sorted(pairs, key=lambda p: (utterances[p[0]].speaker is None or utterances[p[1]].speaker is None, p)):
        first, second = sorted((find(a), find(b)))
        known = {speakers[first], speakers[second]} - {None}
        if first != second and len(known) < 2 and _same(utterances[a], utterances[b]):
            lead[second] = first
            speakers[first] = next(iter(known), None)
    groups: defaultdict[int, list[int]] = defaultdict(list)
    for i in range(len(utterances)):
        groups[find(i)].append(i)
    return [groups[first] for first in sorted(groups)]


def _same(a: Utterance, b: Utterance) -> bool:
    shortest = min(len(a.words), len(b.words))
    if a.speaker is None or b.speaker is None:
        return shortest >= LONG and same_words(a.words, b.words)
    if a.speaker != b.speaker:
        return False
    if shortest < FEWEST_WORDS:
        return a.words == b.words and bool(a.words) and _nearby(a, b)
    # Reported speech is the reporter's wording: a part of it proves nothing.
    return like(a.words, b.words, part=not (a.indirect or b.indirect))


def _nearby(a: Utterance, b: Utterance) -> bool:
    if a.document_id == b.document_id:
        return True
    if a.earliest is None or a.latest is None or b.earliest is None or b.latest is None:
        return False
    gap = max(a.earliest - b.latest, b.earliest - a.latest)
    return gap.days <= NEARBY_DAYS


def _statement(statement_id: str, found: Sequence[Utterance]) -> dict[str, Any]:
    speakers = Counter(u.speaker for u in found if u.speaker is not None)
    fullest = min(found, key=lambda u: (u.indirect, -len(u.words), u.text))
    return {
        "statement_id": statement_id,
        "text": fullest.text,
        "speaker_entity_id": min(speakers, key=lambda s: (-speakers[s], s)) if speakers else None,
        "quotes": sum(len(u.quote_ids) for u in found),
        "documents": len({u.document_id for u in found}),
        "first_published_earliest": min((u.earliest for u in found if u.earliest), default=None),
    }
