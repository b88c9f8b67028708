"""Text -> words with their classes, and rules over classes -> patterns.

Belongs here: cutting a text into words, giving each one a letter that stands for all its classes, and compiling a rule
written over class names into a regular expression over those letters. Does not belong here: the word lists (words),
the rules (absolute, relative, quantities).

Rules run over one letter a word, so a document is scanned in time linear in its words, whatever stands in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from pipeline.expressions.reading import Expression
from pipeline.expressions.words import CAPITAL_ONLY, CLASSES, GLUE, ORDINALS, WORD, listed

# Days up to 39 are taken as days, so that "October 32" is seen and flagged.
GREATEST_DAY = 39
_NAME = re.compile(r"[a-z][a-z0-9]*(?:\.[a-z])?|'s")
_GROUP = re.compile(r"\(\?P<([A-Z0-9]+)>")
# A pattern may use a group's name again (in a fragment that stands in it twice): X, X_, X__.
_AGAIN = "_"
_NO_CLASS = "_"
# Letters for sets of classes: the private use area never collides with the syntax of a pattern.
_FIRST_LETTER = 0xE000
# Kinds of WORD that are classes as they are.
_WRITTEN = frozenset(
    listed(
        "break iso slash dotted clock clock12 money tensyear oclock nth dayyear decimal fraction year4 "
        "integer dash mark"
    )
)
_MARKS = {",": "comma", ".": "dot", "(": "open", "[": "open", "%": "percent", "#": "hash", "/": "stroke", "~": "tilde"}
# Kinds of WORD that are looked up by their spelling.
_SPELLED = frozenset(("word", "initials", "possessive", "blob"))
# Computed from the number itself.
_NUMBER_CLASSES = ("dd", "hh", "ordinal")


@dataclass(frozen=True, slots=True)
class Tokens:
    """A text's words: where each stands, its kind, its form, and one letter for its classes."""

    start: Sequence[int]
    end: Sequence[int]
    kind: Sequence[str]
    word: Sequence[str]
    letters: str


class Hit:
    """One match of a rule, for its reader."""

    __slots__ = ("end", "first", "last", "match", "start", "text", "tokens")

    def __init__(self, text: str, tokens: Tokens, match: re.Match[str]) -> None:
        self.text, self.tokens, self.match = text, tokens, match
        self.first, self.last = match.span(self._group("SPAN") or 0)
        self.start, self.end = tokens.start[self.first], tokens.end[self.last - 1]

    def _group(self, name: str) -> str | None:
        """The group of this name that took part, of those that the rule has."""
        for variant in _variants(name, self.match.re.groupindex):
            if self.match.start(variant) >= 0:
                return variant
        return None

    def has(self, group: str) -> bool:
        return self._group(group) is not None

    def words(self, group: str) -> Sequence[str]:
        """The lower-cased words of a group; none where it did not take part."""
        name = self._group(group)
        if name is None:
            return ()
        first, last = self.match.span(name)
        return [lowered(word) for word in self.tokens.word[first:last]]

    def word(self, group: str) -> str | None:
        words = self.words(group)
        return words[0] if words else None

    def kind(self, group: str) -> str | None:
        name = self._group(group)
        return None if name is None else self.tokens.kind[self.match.start(name)]

    def span(self, group: str) -> tuple[int, int]:
        """The characters of a group that took part."""
        first, last = self.match.span(self._group(group) or 0)
        return self.tokens.start[first], self.tokens.end[last - 1]

    def is_title(self, group: str) -> bool:
        """Whether a group begins with a capital inside the match: a word of a name ("60 Minutes", "This Week")."""
        start, end = self.span(group)
        return self.start < start and self.text[start].isupper() and not self.text[start:end].isupper()

    def beside(self, step: int) -> str:
        """The lower-cased word so many words before (-1 is the nearest) or after (1) the expression."""
        place = self.first + step if step < 0 else self.last + step - 1
        return lowered(self.tokens.word[place]) if 0 <= place < len(self.tokens.word) else ""

    def integer(self, group: str) -> int | None:
        """The number that a group's first word names: digits, or an ordinal in words."""
        word = self.word(group)
        if word is None:
            return None
        if word in ORDINALS:
            return ORDINALS[word]
        digits = re.match(r"\d+", word)
        return int(digits[0]) if digits else None


def lowered(word: str) -> str:
    """As the word lists spell it."""
    return word.lower().replace("’", "'")


def _variants(name: str, groups: Mapping[str, int]) -> Iterator[str]:
    while name in groups:
        yield name
        name += _AGAIN


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern over classes of words, and what reads its matches.

    In a pattern a lower-case name is a word of that class or, where there is no such class, that very word; groups are
    named in capitals. The group SPAN, where there is one, is the expression; else the whole match is.
    A reader returns no expression where the words turn out to mean something else.
    """

    name: str
    pattern: str
    read: Callable[[Hit], Sequence[Expression]]


class Grammar:
    """Rules compiled together: they share one alphabet of classes."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = rules
        names = {name for rule in rules for name in _NAME.findall(rule.pattern)}
        known = _WRITTEN | set(CLASSES) | set(_NUMBER_CLASSES) | set(_MARKS.values())
        self._literals = frozenset(names - known)
        self._letters: dict[frozenset[str], str] = {frozenset(): _NO_CLASS}
        words = self._words()
        self._lexicon = {word: letter for word, letter in words.items() if word not in CAPITAL_ONLY}
        self._capitals = {word: letter for word, letter in words.items() if word in CAPITAL_ONLY}
        self._numbers = {kind: self._letter({kind}) for kind in sorted(_WRITTEN)}
        self._marks = {mark: self._letter({"mark", name}) for mark, name in _MARKS.items()}
        self._small = [self._letter(_number_classes(n)) for n in range(100)]
        self._nth = [self._letter({"nth", "ordinal"} | (_number_classes(n) - {"integer"})) for n in range(100)]
        self._patterns = [self._compiled(rule.pattern) for rule in rules]
        # Words with classes between words without.
        self._stretch = re.compile(f"[^{_NO_CLASS}]+")
        # A rule is tried where one of its words stands that is not glue.
        self._rules_of: dict[str, frozenset[int]] = {
            letter: frozenset(n for n, pattern in enumerate(self._patterns) if letter in pattern.pattern)
            for classes, letter in self._letters.items()
            if not classes <= GLUE
        }

    def hits(self, text: str) -> Iterator[tuple[int, Hit]]:
        """The matches of every rule, by the rule's place, in no order."""
        tokens, rules_of = self.tokens(text), self._rules_of
        for stretch in self._stretch.finditer(tokens.letters):
            start, end = stretch.span()
            places = {n for letter in set(stretch[0]) if letter in rules_of for n in rules_of[letter]}
            for place in places:
                pattern = self._patterns[place]
                # One letter beyond, so that a rule sees that an ordinary word follows.
                for match in pattern.finditer(tokens.letters, start, end + 1):
                    yield place, Hit(text, tokens, match)

    def _words(self) -> dict[str, str]:
        classes: dict[str, set[str]] = {}
        for name, members in CLASSES.items():
            for word in members:
                classes.setdefault(word, set()).add(name)
        for word in self._literals:
            classes.setdefault(word, set()).add(word)
        return {word: self._letter(names) for word, names in sorted(classes.items())}

    def _capitalised(self, word: str) -> str:
        lower = word.lower().replace("’", "'")
        return self._lexicon.get(lower) or self._capitals.get(lower, _NO_CLASS)

    def _letter(self, classes: Iterable[str]) -> str:
        return self._letters.setdefault(frozenset(classes), chr(_FIRST_LETTER + len(self._letters)))

    def _compiled(self, pattern: str) -> re.Pattern[str]:
        @cache
        def letters(name: str) -> str:
            members = sorted(letter for classes, letter in self._letters.items() if name in classes)
            return "[" + "".join(members) + "]"

        def numbered(match: re.Match[str]) -> str:
            uses[match[1]] = uses.get(match[1], 0) + 1
            return f"(?P<{match[1]}{_AGAIN * (uses[match[1]] - 1)}>"

        uses: dict[str, int] = {}
        lettered = "".join(_NAME.sub(lambda m: letters(m[0]), pattern).split())
        return re.compile(_GROUP.sub(numbered, lettered))

    def tokens(self, text: str) -> Tokens:
        """The words of a text with their classes."""
        start: list[int] = []
        end: list[int] = []
        kinds: list[str] = []
        words: list[str] = []
        letters: list[str] = []
        lexicon, numbers, marks = self._lexicon, self._numbers, self._marks
        for match in WORD.finditer(text):
            kind = match.lastgroup or "mark"
            word = match[0]
            if kind in _SPELLED:
                letter = lexicon.get(word) or (_NO_CLASS if word.islower() else self._capitalised(word))
            elif kind == "integer":
                letter = self._small[int(word)] if len(word) <= 2 else numbers["integer"]
            elif kind == "nth":
                letter = self._nth[int(word[:-2])]
            elif kind == "mark":
                letter = marks.get(word, numbers["mark"])
            else:
                letter = numbers.get(kind, _NO_CLASS)
            start.append(match.start())
            end.append(match.end())
            kinds.append(kind)
            words.append(word)
            letters.append(letter)
        return Tokens(start, end, kinds, words, "".join(letters))


def _number_classes(number: int) -> set[str]:
    classes = {"integer"}
    if number <= GREATEST_DAY:
        classes.add("dd")
    if number <= 24:
        classes.add("hh")
    return classes
