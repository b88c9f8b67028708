"""Does the clause around an expression speak of what was or of what is to come?"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

from pipeline.expressions.words import listed

if TYPE_CHECKING:
    from pipeline.parses import Parse

PAST, UNKNOWN, FUTURE = -1, 0, 1
# Twice that where the expression is the adverbial of the verb itself, not part of a noun phrase somewhere below it.
DIRECT = 2
# How far up the tree a verb is looked for: deeper trees are the parser's errors.
_MOST_STEPS = 40
# Verbs and adjectives that look ahead, whatever their own tense ("scheduled for Sunday", "agreed to meet on Sunday").
AHEAD = frozenset(
    listed(
        "aim aims aimed agree agrees agreed allow allows allowed anticipate anticipated ask asked begin await "
        "awaits delayed demand demanded due expect expects expected forecast forecasts hope hopes hoped "
        "intend intends intended invite invited likely offer offered order ordered pay payable plan plans "
        "planned planning poised postponed predict predicts predicted prepare prepares prepared preparing "
        "pledge pledged promise promises promised propose proposes proposed ready schedule scheduled set seek "
        "seeks sought slated supposed target targets targeted threaten threatened try upcoming urge urged vow "
        "vowed want wants wanted warn warned"
    )
)
# Of these the past participle looks ahead too ("scheduled for Sunday"), and before "for" the past tense.
_SCHEDULED = frozenset(
    listed("anticipated delayed expected planned postponed predicted proposed rescheduled scheduled set slated")
)
_SET_BEFORE = ("for", "to")
_PLANNED = frozenset(("expected", "planned", "scheduled", "slated"))
# Words and phrases right before an expression that only what is to come follows.
_AHEAD_BEFORE = frozenset(("until", "till", "effective", "payable", "due"))
_BOUNDS = (("to",), ("through",), ("until",), ("till",), ("by",))
_AHEAD_PHRASES = frozenset((("early", "as"), ("soon", "as"), ("later", "than"), ("due", "on"), ("due", "by")))
# In the present tense these tell what was said; other verbs beside a day tell what is planned ("they meet on Monday").
_SAYING = frozenset(listed("is are has have says say said tells tell reports report writes write adds add 's 're 've"))
# Their past looks like their present.
_SAME_IN_PAST = frozenset(listed("bet bid burst cast cost cut hit hurt let put quit read set shut split spread"))
_MOST_VERBS = 6
_MODALS_OF_PAST = frozenset(("would", "could", "should", "must", "may", "might", "'d"))
_BE = frozenset(("is", "are", "was", "were", "'s", "'re"))
_HAVE = frozenset(("have", "has", "had", "having", "'ve", "'s", "'d"))


class Clauses:
    """The verbs over the words of one document. Building it is linear in the tokens."""

    def __init__(self, text: str, parse: Parse) -> None:
        self._text, self._parse = text, parse
        self._aux: dict[int, list[int]] = {}
        self._negated: set[int] = set()
        # By verb the conjunction that opens its clause.
        self._opening: dict[int, int] = {}
        for token, dep in enumerate(parse.dep):
            if dep in ("aux", "auxpass"):
                self._aux.setdefault(parse.head[token], []).append(token)
            elif dep == "mark":
                self._opening[parse.head[token]] = token
            elif dep == "neg":
                self._negated.add(parse.head[token])
            elif dep in ("cc", "preconj") and self.word(token) in ("neither", "nor"):
                self._negated.add(parse.head[parse.head[token]])

    def word(self, token: int) -> str:
        """A word as the lists spell it; none past the last."""
        if token >= len(self._parse.start):
            return ""
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

    def tells(self, start: int, end: int) -> bool:
        """Whether the verb that governs these characters is in the plain present and does not look ahead ("argues")."""
        verb = self.verb(start, end)
        if verb is None or self._aux.get(verb):
            return False
        return self._parse.tag[verb] in ("VBZ", "VBP") and self.word(verb) not in AHEAD

    def _verb_above(self, token: int) -> int | None:
        first = token
        for _ in range(_MOST_STEPS):
            head = self._parse.head[token]
            if head == token:
                return token if self._is_verb(token) else None
            token = head
            # Words before "that" are no part of its clause, wherever the parser puts them.
            if self._is_verb(token) and not first < self._opening.get(token, first) < token:
                return token
        return None

    def _is_verb(self, token: int) -> bool:
        return self._parse.tag[token].startswith("VB") or self._parse.tag[token] == "MD"

    def direction(self, start: int, end: int) -> int:
        """Negative for a clause of the past, positive for one that looks ahead, UNKNOWN (0) where nothing tells; times
        DIRECT where it is sure that the tense is about these characters."""
        tokens = self.tokens(start, end)
        before = self._words_before(tokens.start, 3) if tokens else ()
        verb = self.verb(start, end)
        if before and (before[-1] in _AHEAD_BEFORE or before[-2:] in _AHEAD_PHRASES) and not self._is_over(verb):
            return FUTURE * DIRECT
        attribute = self._text[end : end + 2] in ("'s", "’s")
        # What lasts or moves "to" or "through" a day can end after the verb's own time.
        direct = self._hangs_on(tokens, verb) and before[-1:] not in _BOUNDS
        for _ in range(_MOST_VERBS):
            if verb is None:
                break
            found = self._of_verb(verb, before, direct and not attribute)
            if found is not None:
                # "Wednesday's ruling" is no part of what the clause says will be.
                if attribute and found == FUTURE:
                    return UNKNOWN
                return found * DIRECT if direct else found
            verb, direct = self._verb_above(verb) if self._parse.head[verb] != verb else None, False
        return UNKNOWN

    def holder(self, start: int, end: int) -> int | None:
        """The verb or noun that these characters are an adverbial or a modifier of, with or without a preposition."""
        tokens = self.tokens(start, end)
        if not tokens:
            return None
        top = next((t for t in tokens if self._parse.head[t] not in tokens), tokens[-1])
        head = self._parse.head[top]
        return self._parse.head[head] if self._parse.dep[head] == "prep" else head if head != top else None

    def _hangs_on(self, tokens: range, verb: int | None) -> bool:
        """Whether the expression is the verb's own adverbial, with or without a preposition."""
        if not tokens or verb is None:
            return False
        head = self._parse.head[next((t for t in tokens if self._parse.head[t] not in tokens), tokens[-1])]
        return head == verb or (self._parse.dep[head] == "prep" and self._parse.head[head] == verb)

    def _is_over(self, verb: int | None) -> bool:
        """Whether a verb is of the past perfect or denied: "until Thursday they had not ..."."""
        return verb is not None and (
            verb in self._negated or any(self.word(a) == "had" for a in self._aux.get(verb, ()))
        )

    def _words_before(self, token: int, most: int) -> tuple[str, ...]:
        return tuple(self.word(t) for t in range(max(0, token - most), token))

    def _is_plan(self, verb: int, before: tuple[str, ...]) -> bool:
        """Whether a form of a verb of planning is about what is to come: "set for Sunday", not "a record set on"."""
        tag, word = self._parse.tag[verb], self.word(verb)
        if tag == "VBN":
            return word != "set" or self.word(verb + 1) in _SET_BEFORE
        return tag == "VBD" and (word in _PLANNED or before[-1:] == ("for",))

    def _of_verb(self, verb: int, before: tuple[str, ...], direct: bool) -> int | None:
        """The direction that a verb with its auxiliaries gives; None where the verb above decides."""
        tag, word = self._parse.tag[verb], self.word(verb)
        aux = self._aux.get(verb, ())
        words = {self.word(a) for a in aux}
        modals = {self.word(a) for a in aux if self._parse.tag[a] == "MD"}
        was = any(self._parse.tag[a] == "VBD" for a in aux)
        if modals:
            if modals & _MODALS_OF_PAST and (words & _HAVE - modals or verb in self._negated):
                return PAST
            return FUTURE
        if word in _SCHEDULED and self._is_plan(verb, before):
            return PAST if was and words & _HAVE else FUTURE
        if tag == "VBD":
            return PAST
        if tag == "VBN":
            return PAST if words & _HAVE or was or not aux else UNKNOWN
        if tag == "VBG":
            if was or words & _HAVE:
                return PAST
            return FUTURE if aux else None
        if tag in ("VBZ", "VBP"):
            return FUTURE if direct and word not in _SAYING and word not in _SAME_IN_PAST else UNKNOWN
        if tag == "VB" and any(self._parse.tag[a] == "TO" for a in aux):
            head = self._parse.head[verb]
            if self._parse.dep[verb] == "xcomp" and self.word(head) in _BE:
                return FUTURE
            if self.word(head) in AHEAD and self._parse.tag[head] in ("VB", "VBP", "VBZ"):
                return FUTURE
            if self._is_over(head) or self._is_over(self._parse.head[head]):
                return PAST
            return FUTURE if self.word(head) in AHEAD or not self._is_verb(head) else None
        return None
