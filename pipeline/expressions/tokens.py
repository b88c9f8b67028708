"""Split a text into words with classes, and compile rules over classes to patterns.

Rules run over one letter per word, so scanning any document is linear in its words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from pipeline.expressions.reading import Expression
from pipeline.expressions.words import CAPITAL_ONLY, CLASSES, FUNCTION_WORD_CLASSES, ORDINALS, WORD, split_words

# Numbers up to 39 count as days, so that "October 32" is found and flagged.
MAX_DAY = 39
_NAME = re.compile(r"[a-z][a-z0-9]*(?:\.[a-z])?|'s")
# The parts of a pattern, to find what every match needs.
_PIECE = re.compile(
    rf"(?P<name>{_NAME.pattern})|(?P<look>\(\?<?[=!])|(?P<open>\((?:\?:|\?P<[A-Z0-9]+>)?)|(?P<close>\))|(?P<bar>\|)"
    r"|(?P<maybe>[?*]|\{0,)"
)
_GROUP = re.compile(r"\(\?P<([A-Z0-9]+)>")
# A group name may occur again in a pattern (in a fragment used twice): X, X_, X__.
_AGAIN = "_"
_NO_CLASS = "_"
# Longest run of words, and number of runs, whose rules are cached: most runs in news recur.
MAX_CACHED_RUN = 12
CACHED_RUNS = 8_192
# Letters for sets of classes: the private use area never collides with pattern syntax.
_FIRST_LETTER = 0xE000
# Kinds of WORD that are classes themselves.
_WRITTEN = frozenset(
    split_words(
        "break iso slash dotted clock clock12 money apoyear tensyear shortdecade code oclock nth dayyear decimal "
        "fraction year4 integer dash mark"
    )
)
_MARKS = {
    **{",": "comma", ".": "dot", "(": "open", "[": "open", "%": "percent", "#": "hash", "/": "stroke", "~": "tilde"},
    **dict.fromkeys("'’‘", "apostrophe"),
}
# Kinds of WORD with classes by spelling.
_SPELLED = frozenset(("word", "initials", "possessive", "blob"))
# Classes computed from the number.
_NUMBER_CLASSES = ("nn", "dd", "hh", "ordinal")


@dataclass(frozen=True, slots=True)
class Tokens:
    """The words of a text as matches of WORD, and one letter for the classes of each."""

    found: Sequence[re.Match[str]]
    letters: str

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Return the characters of the words [first, last)."""
        return self.found[first].start(), self.found[last - 1].end()

    def lowered(self, place: int) -> str:
        """Return a word in the spelling of the word lists."""
        return lowered(self.found[place][0])


class RuleMatch:
    """One match of a rule, for its reader."""

    __slots__ = ("end", "first", "groups", "last", "match", "start", "text", "tokens")

    def __init__(self, text: str, tokens: Tokens, match: re.Match[str], groups: Mapping[str, Sequence[str]]) -> None:
        """`groups`: group name -> its names in the compiled pattern."""
        self.text, self.tokens, self.match, self.groups = text, tokens, match, groups
        self.first, self.last = match.span(self._group("SPAN") or 0)
        self.start, self.end = tokens.span(self.first, self.last)

    def _group(self, name: str) -> str | None:
        """Return the compiled group of this name that matched, if any."""
        for variant in self.groups.get(name, ()):
            if self.match.start(variant) >= 0:
                return variant
        return None

    def has(self, group: str) -> bool:
        return self._group(group) is not None

    def words(self, group: str) -> Sequence[str]:
        """Return the lower-cased words of a group; empty if it did not match."""
        name = self._group(group)
        if name is None:
            return ()
        first, last = self.match.span(name)
        return [self.tokens.lowered(place) for place in range(first, last)]

    def word(self, group: str) -> str | None:
        words = self.words(group)
        return words[0] if words else None

    def kind(self, group: str) -> str | None:
        name = self._group(group)
        return None if name is None else self.tokens.found[self.match.start(name)].lastgroup

    def span(self, group: str) -> tuple[int, int]:
        """Return the characters of a group that matched."""
        return self.tokens.span(*self.match.span(self._group(group) or 0))

    def is_title(self, group: str) -> bool:
        """Whether a group after the match's start is capitalised: a word of a name ("60 Minutes", "This Week")."""
        start, end = self.span(group)
        return self.start < start and self.text[start].isupper() and not self.text[start:end].isupper()

    def word_at(self, step: int) -> str:
        """Return the lower-cased word at a distance before (-1 is the nearest) or after (1) the expression, or ''."""
        place = self.first + step if step < 0 else self.last + step - 1
        return self.tokens.lowered(place) if 0 <= place < len(self.tokens.found) else ""

    def words_around(self, reach: int) -> set[str]:
        """Return the lower-cased words at most `reach` words before or after the expression."""
        return {self.word_at(step) for step in range(-reach, reach + 1) if step}

    def integer(self, group: str) -> int | None:
        """Return the number in a group's first word: digits, or an ordinal in words."""
        word = self.word(group)
        if word is None:
            return None
        if word in ORDINALS:
            return ORDINALS[word]
        digits = re.match(r"\d+", word)
        return int(digits[0]) if digits else None


def lowered(word: str) -> str:
    """Return a word in the spelling of the word lists."""
    return word.lower().replace("’", "'")


type Reader = Callable[[RuleMatch], Expression | Sequence[Expression] | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern over classes of words, and the reader of its matches.

    In a pattern a lower-case name is a word of that class or, if there is no such class, that word; groups have capital
    names. The group SPAN, if present, is the expression; else the whole match is. A reader returns None, or no
    expression, if the words turn out to mean something else.
    """

    name: str
    pattern: str
    read: Reader


class Grammar:
    """Rules compiled together, with one alphabet of classes."""

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
        self._groups = [_groups(pattern) for pattern in self._patterns]
        # A rule is tried only if a word is present that it needs, or else any of its words that is no function word.
        needed = [_needed(rule.pattern) for rule in rules]
        self._rules_of: dict[str, frozenset[int]] = {
            letter: frozenset(
                n
                for n, pattern in enumerate(self._patterns)
                if (
                    letter in pattern.pattern
                    if needed[n] & FUNCTION_WORD_CLASSES or not needed[n]
                    else classes & needed[n]
                )
            )
            for classes, letter in self._letters.items()
            if not classes <= FUNCTION_WORD_CLASSES
        }
        self._telling = re.compile(f"[{''.join(self._rules_of)}]")
        self._cached_rules = lru_cache(CACHED_RUNS)(self._matching_rules)

    def hits(self, text: str) -> Iterator[tuple[int, RuleMatch]]:
        """Yield the matches of every rule with the rule's index, in no order."""
        tokens = self.tokens(text)
        letters = tokens.letters
        end = 0
        while telling := self._telling.search(letters, end):
            # Words with classes between words without.
            start = letters.rfind(_NO_CLASS, end, telling.start()) + 1
            end = letters.find(_NO_CLASS, telling.end())
            end = len(letters) if end < 0 else end
            # One letter more, so that a rule sees an ordinary word after it.
            run = letters[start : end + 1]
            for rule in (self._cached_rules if len(run) <= MAX_CACHED_RUN else self._matching_rules)(run, start > 0):
                for match in self._patterns[rule].finditer(letters, start, end + 1):
                    yield rule, RuleMatch(text, tokens, match, self._groups[rule])

    def _matching_rules(self, run: str, inside: bool) -> tuple[int, ...]:
        """Return the rules that match anywhere in a run of classes; `inside`: a word without class precedes it."""
        rules_of = self._rules_of
        tried = frozenset().union(*(rules_of[letter] for letter in set(run) & rules_of.keys()))
        seen = f"{_NO_CLASS}{run}" if inside else run
        return tuple(rule for rule in tried if self._patterns[rule].search(seen, int(inside)))

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
        """Return the words of a text with their classes."""
        found = list(WORD.finditer(text))
        lexicon = self._lexicon
        letters = [
            lexicon.get(word := match[0]) or (_NO_CLASS if word.islower() else self._capitalised(word))
            if match.lastgroup in _SPELLED
            else self._written(match)
            for match in found
        ]
        return Tokens(found, "".join(letters))

    def _written(self, match: re.Match[str]) -> str:
        """Return the letter of a number or a mark."""
        kind, word = match.lastgroup or "mark", match[0]
        if kind == "integer":
            return self._small[int(word)] if len(word) <= 2 else self._numbers["integer"]
        if kind == "nth":
            return self._nth[int(word[:-2])]
        if kind == "mark":
            return self._marks.get(word, self._numbers["mark"])
        return self._numbers.get(kind, _NO_CLASS)


def _groups(pattern: re.Pattern[str]) -> Mapping[str, Sequence[str]]:
    """Return a rule's group names -> their names in the compiled pattern."""
    names: dict[str, list[str]] = {}
    for name in pattern.groupindex:
        names.setdefault(name.rstrip(_AGAIN), []).append(name)
    return names


def _needed(pattern: str) -> frozenset[str]:
    """Return class names of which every match contains one, or an empty set. Among several such sets choose the rarest:
    no function words, few words, long ones."""
    pieces = list(_PIECE.finditer(pattern))[::-1]

    def rarity(names: frozenset[str]) -> tuple[bool, int, int]:
        return (
            bool(names & FUNCTION_WORD_CLASSES),
            sum(len(CLASSES.get(name, name[:1])) for name in names),
            -min(map(len, names)),
        )

    def alternatives() -> frozenset[str]:
        """Return what is needed up to the closing bracket."""
        branches: list[list[frozenset[str]]] = [[]]
        while pieces and (piece := pieces.pop()).lastgroup != "close":
            if piece.lastgroup == "bar":
                branches.append([])
                continue
            names = frozenset((piece[0],)) if piece.lastgroup == "name" else alternatives()
            if pieces and pieces[-1].lastgroup == "maybe":
                pieces.pop()
            elif names and piece.lastgroup != "look":
                branches[-1].append(names)
        return frozenset().union(*(min(branch, key=rarity) for branch in branches)) if all(branches) else frozenset()

    return alternatives()


def _number_classes(number: int) -> set[str]:
    classes = {"integer", "nn"}
    if number <= MAX_DAY:
        classes.add("dd")
    if number <= 24:
        classes.add("hh")
    return classes
