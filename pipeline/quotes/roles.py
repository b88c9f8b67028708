"""Find the role in which a person speaks, from the quotation's article.

A role is that of the day of publication: "former President" for an ex-President. A role with a word for another time
("once", "soon") is not used; "then" marks a role at the time of the events.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.data import any_of, words
from pipeline.document import Document

# Before a role that is over: FORMER minister, EX-minister.
OVER = words("name_words.tsv", "role that is over")
# Before a role of another day than the article's: ONCE minister.
OTHER_TIME = words("name_words.tsv", "role of another time")
# Before a role at the time of the events: THEN-minister.
THEN = "then"
_WORD = re.compile(r"[^\W_]+")
# A word between can name the role's place: former U.S. President.
_OVER_BEFORE = re.compile(rf"\b({any_of(OVER)})[ -](?:[\w.’']{{1,20}} ){{0,2}}\Z", re.IGNORECASE)
# Characters before a role that are read.
_NEAR = 48


@dataclass(frozen=True, slots=True)
class ChainRoles:
    """The roles that an article gives one person: start, role and the word that dates it, in text order.

    timed       all but those of another time
    starts      the starts of `timed`
    first       by sentence, the role to use for a quotation in it
    in_article  the role for other sentences, None if there is none
    """

    timed: Sequence[tuple[int, str, str]]
    starts: Sequence[int]
    first: Mapping[int, tuple[int, str, str]]
    in_article: str | None


def roles_of_chain(found: Sequence[tuple[int, str]], doc: Document) -> ChainRoles:
    """Return the roles of a person. `found`: start and role of each description (pipeline.chains.profiles.roles)."""
    dated = ((start, _whole(doc.text, start, role), _before(doc.text, start)) for start, role in sorted(found))
    timed = [(start, role, word) for start, role, word in dated if word not in OTHER_TIME]
    first: dict[int, tuple[int, str, str]] = {}
    for one in timed:
        sentence = doc.sentence_at(one[0])
        first[sentence] = min(first.get(sentence, one), one, key=_longest_first)
    return ChainRoles(timed, [start for start, _, _ in timed], first, _in_article(timed))


def speaker_role(
    roles: ChainRoles, doc: Document, quote: int, speaker: tuple[int, int] | None
) -> tuple[str, str] | None:
    """Return the role of a speaker and its basis: `then` or `sentence` if the quotation's sentence gives it, else
    `article`; None if there is no role.

    quote    start of the quotation
    speaker  start and end of the speaker's words, which can be in another sentence
    """
    sentences = {doc.sentence_at(quote), *([doc.sentence_at(speaker[0])] if speaker else ())}
    # Roles in the speaker's words come before others in the sentence, longer ones before shorter ones.
    inside = slice(*(bisect_left(roles.starts, at) for at in speaker)) if speaker else slice(0)
    here = [one for one in roles.timed[inside] if doc.sentence_at(one[0]) in sentences]
    here = here or [roles.first[sentence] for sentence in sentences if sentence in roles.first]
    if here:
        _, role, word = min(here, key=_longest_first)
        return role, "then" if word == THEN else "sentence"
    return None if roles.in_article is None else (roles.in_article, "article")


def _longest_first(one: tuple[int, str, str]) -> tuple[int, int]:
    start, role, _ = one
    return -len(role.split()), start


def _in_article(timed: Sequence[tuple[int, str, str]]) -> str | None:
    """Return the commonest role, but none that the article also calls a former one."""
    counted = Counter(role for _, role, word in timed if word != THEN)
    over = {_plain(role) for role in counted if _over(role)} - {()}
    counted = Counter({role: n for role, n in counted.items() if _over(role) or _plain(role) not in over})
    if not counted:
        return None
    role = min(counted, key=lambda role: (-counted[role], -len(role.split()), role))
    return _fuller(role, counted)


def _before(text: str, start: int) -> str:
    """Return the word that dates the role at `start`: the word before, or the role's first one."""
    own = _WORD.match(text, start)
    if own and own[0].casefold() in (THEN, *OTHER_TIME):
        return own[0].casefold()
    found = _WORD.findall(text[max(0, start - 12) : start])
    return found[-1].casefold() if found and text[start - 1] in " -" else ""


def _whole(text: str, start: int, role: str) -> str:
    """Return the role, with "former" if a word before means that it is over."""
    before = _OVER_BEFORE.search(text[max(0, start - _NEAR) : start])
    return f"former {role}" if before and not _over(role) else role


def _over(role: str) -> bool:
    return not OVER.isdisjoint(_words(role)[:1])


def _plain(role: str) -> tuple[str, ...]:
    return tuple(word for word in _words(role) if word not in OVER)


def _words(role: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(role.casefold()))


def _fuller(role: str, counted: Mapping[str, int]) -> str:
    """Return the commonest role with all words of this one and more: "Deputy Foreign Minister" for "deputy"."""
    own = set(_words(role))
    fuller = [other for other in counted if own < set(_words(other)) and not _over(other)]
    return min(fuller, key=lambda other: (-counted[other], -len(other.split()), other), default=role)
