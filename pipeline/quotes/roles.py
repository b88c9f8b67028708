"""Find the role in which a person speaks, from the quotation's article.

A role is that of the day of publication: "former President" for an ex-President. A role with a word for another time
("once", "soon") is not used; "then" marks a role at the time of the events.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

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


def speaker_role(
    found: Sequence[tuple[int, str]], doc: Document, quote: int, speaker: tuple[int, int] | None
) -> tuple[str, str] | None:
    """Return the role of a speaker and its basis: `then` or `sentence` if the quotation's sentence gives it, else
    `article`; None if there is no role.

    found    start and role of each description of the speaker (pipeline.chains.profiles.roles)
    quote    start of the quotation
    speaker  start and end of the speaker's words, which can be in another sentence
    """
    timed = [(start, _whole(doc.text, start, role), _before(doc.text, start)) for start, role in found]
    timed = [(start, role, word) for start, role, word in timed if word not in OTHER_TIME]
    sentences = {doc.sentence_at(quote), *([doc.sentence_at(speaker[0])] if speaker else ())}
    here = [(start, role, word) for start, role, word in timed if doc.sentence_at(start) in sentences]
    # Roles in the speaker's words come before others in the sentence, longer ones before shorter ones.
    here.sort(key=lambda one: (not (speaker and speaker[0] <= one[0] < speaker[1]), -len(one[1].split()), one[0]))
    if here:
        _, role, word = here[0]
        return role, "then" if word == THEN else "sentence"
    counted = Counter(role for _, role, word in timed if word != THEN)
    counted = Counter({role: n for role, n in counted.items() if not _is_over(role, counted)})
    if not counted:
        return None
    role = min(counted, key=lambda role: (-counted[role], -len(role.split()), role))
    return _fuller(role, counted), "article"


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


def _is_over(role: str, others: Mapping[str, int]) -> bool:
    """Whether the article also calls the role a former one."""
    return any(_plain(other) == _plain(role) != () and other != role and _over(other) and not _over(role)
               for other in others)  # fmt: skip


def _over(role: str) -> bool:
    return _words(role)[:1] != () and _words(role)[0] in OVER


def _plain(role: str) -> tuple[str, ...]:
    return tuple(word for word in _words(role) if word not in OVER)


def _words(role: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(role.casefold()))


def _fuller(role: str, counted: Mapping[str, int]) -> str:
    """Return the commonest role with all words of this one and more: "Deputy Foreign Minister" for "deputy"."""
    own = set(_words(role))
    fuller = [other for other in counted if own < set(_words(other)) and not _over(other)]
    return min(fuller, key=lambda other: (-counted[other], -len(other.split()), other), default=role)
