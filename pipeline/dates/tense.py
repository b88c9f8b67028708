"""Does the clause around an expression speak of what was or of what is to come?

Belongs here: reading tense from tags and heads. Does not belong here: what follows from it for a date (anchor).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.parse import Parse

PAST, UNKNOWN, FUTURE = -1, 0, 1
# How far up the tree a verb is looked for: deeper trees are the parser's errors.
_MOST_STEPS = 40
# Verbs and adjectives that look ahead, whatever their own tense ("scheduled for Sunday", "agreed to meet on Sunday").
AHEAD = frozenset(
    "aim aims aimed agree agrees agreed allow allows allowed anticipate anticipated ask asked begin await awaits "
    "delayed demand demanded due expect expects expected forecast forecasts hope hopes hoped intend intends intended "
    "invite invited likely offer offered order ordered pay payable plan plans planned planning poised postponed "
    "predict predicts predicted prepare prepares prepared preparing pledge pledged promise promises promised propose "
    "proposes proposed ready schedule scheduled set seek seeks sought slated supposed target targets targeted threaten "
    "threatened try upcoming urge urged vow vowed want wants wanted warn warned".split()
)
_MODALS_OF_PAST = frozenset(("would", "could", "should", "must", "may", "might", "'d"))
_HAVE = frozenset(("have", "has", "had", "having", "'ve", "'s", "'d"))


class Clauses:
    """The verbs over the words of one document. Building it is linear in the tokens."""

    def __init__(self, text: str, parse: Parse) -> None:
        self._text, self._parse = text, parse
        self._aux: dict[int, list[int]] = {}
        for token, dep in enumerate(parse.dep):
            if dep in ("aux", "auxpass"):
                self._aux.setdefault(parse.head[token], []).append(token)

    def word(self, token: int) -> str:
        return self._text[self._parse.start[token] : self._parse.end[token]].lower().replace("’", "'")

    def tokens(self, start: int, end: int) -> range:
        """The tokens that begin inside these characters."""
        return range(bisect_left(self._parse.start, start), bisect_left(self._parse.start, end))

    def verb(self, start: int, end: int) -> int | None:
        """The verb that governs these characters: the first one above them in the tree."""
        tokens = self.tokens(start, end)
        if not tokens:
            token = bisect_right(self._parse.start, start) - 1
            if token < 0:
                return None
        else:
            token = next((t for t in tokens if self._parse.head[t] not in tokens), tokens[-1])
        return self._verb_above(token)

    def _verb_above(self, token: int) -> int | None:
        for _ in range(_MOST_STEPS):
            head = self._parse.head[token]
            if head == token:
                return token if self._is_verb(token) else None
            token = head
            if self._is_verb(token):
                return token
        return None

    def _is_verb(self, token: int) -> bool:
        return self._parse.tag[token].startswith("VB") or self._parse.tag[token] == "MD"

    def direction(self, start: int, end: int) -> int:
        """PAST, FUTURE or UNKNOWN for the clause around these characters."""
        tokens = self.tokens(start, end)
        if tokens and self._looks_ahead_from(tokens):
            return FUTURE
        verb = self.verb(start, end)
        for _ in range(6):
            if verb is None:
                return UNKNOWN
            found = self._of_verb(verb)
            if found is not None:
                return found
            verb = self._verb_above(verb) if self._parse.head[verb] != verb else None
        return UNKNOWN

    def _looks_ahead_from(self, tokens: range) -> bool:
        """The word that the expression hangs on looks ahead by itself: "due Friday", "payable Dec. 15"."""
        token = next((t for t in tokens if self._parse.head[t] not in tokens), tokens[-1])
        for _ in range(3):
            token = self._parse.head[token]
            if self._is_verb(token):
                return False
            if self._parse.tag[token].startswith("JJ") and self.word(token) in AHEAD:
                return True
        return False

    def _of_verb(self, verb: int) -> int | None:
        """The direction that a verb with its auxiliaries gives; None where the verb above decides."""
        tag, word = self._parse.tag[verb], self.word(verb)
        aux = self._aux.get(verb, ())
        words = {self.word(a) for a in aux}
        modals = {self.word(a) for a in aux if self._parse.tag[a] == "MD"}
        if modals:
            return PAST if words & _HAVE - modals and modals & _MODALS_OF_PAST else FUTURE
        if word in AHEAD and tag != "VB":
            return FUTURE
        if tag == "VBD":
            return PAST
        if tag == "VBN":
            if words & _HAVE or any(self._parse.tag[a] == "VBD" for a in aux) or not aux:
                return PAST
            return UNKNOWN
        if tag == "VBG":
            if any(self._parse.tag[a] == "VBD" for a in aux):
                return PAST
            return FUTURE if any(self._parse.tag[a] in ("VBZ", "VBP") for a in aux) else None
        if tag in ("VBZ", "VBP"):
            return UNKNOWN
        if tag == "VB" and any(self._parse.tag[a] == "TO" for a in aux):
            head = self._parse.head[verb]
            return FUTURE if self.word(head) in AHEAD or not self._is_verb(head) else None
        return None
