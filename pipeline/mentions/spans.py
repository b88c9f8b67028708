"""Names as spans of tokens, and the rules for their ends."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from pipeline.data import words as listed
from pipeline.document import Document
from pipeline.mentions.words import LEGAL_FORMS, OFFICES, ROYAL, TITLES, government_verbs


@dataclass(frozen=True, slots=True)
class Name:
    """A name: code points [start, end), tokens [first, last), OntoNotes label."""

    start: int
    end: int
    first: int
    last: int
    label: str


CONNECTING = listed("name_words.tsv", "connecting")
ARTICLES = listed("name_words.tsv", "article")
PARTICLES = listed("name_words.tsv", "particle")
OPENING = listed("name_words.tsv", "opening")
CAPTIONS = listed("name_words.tsv", "caption")
PORTFOLIOS = listed("name_words.tsv", "portfolio")
PORTFOLIO_AFTER = listed("name_words.tsv", "office behind portfolio")
PORTFOLIO_BEFORE = listed("name_words.tsv", "office before portfolio")
# FATHER Luis Ochoa; "Mother Teresa" has no other name.
RELIGIOUS = listed("name_words.tsv", "religious")
# Countries' names that are often a person's.
AMBIGUOUS = listed("ambiguous_names.tsv", "country")
# Most characters of a name: the model's longer spans are dropped. The longest name of the gold corpora has 62.
MAX_NAME_LENGTH = 300
PLACES = frozenset({"GPE", "LOC", "FAC"})

_INNER_MARKS = frozenset("'’‘ʻʼ")
_NUMERAL = re.compile(r"[IVX]+")
_EDGE_MARKS = " \t\r\n\"'“”‘’«»()[]{}.,;:!?-–—*•|/\\@#"
_DOTTED = re.compile(r"(?:[A-Za-z]\.){2,6}|\S{0,3}\.?[A-Z]\.|(?:Jr|Sr|Inc|Ltd|Corp|Co|St)\.")


def named(doc: Document, first: int, last: int, label: str) -> Name:
    """Return the tokens [first, last) as a name."""
    return Name(doc.start[first], doc.end[last - 1], first, last, label)


def is_mistagged_subject(doc: Document, i: int) -> bool:
    """Whether the last word `i` of a name may be a subject although the parser takes it and the verb behind it for a
    phrase: at the head of a sentence ("Dawlish disputes that", "Ana Lume sighs"), else before a verb of speech or will
    or before "that" ("while Lume charges that")."""
    verb = i + 1
    if verb >= len(doc) or doc.head[i] != verb or doc.head[verb] != verb or not doc.words[verb].islower():
        return False
    first = doc.left[i]
    if first == 0 or doc.sentence_of[first - 1] != doc.sentence_of[first]:
        return True
    says = doc.lower[verb] in government_verbs() or doc.lower[verb + 1 : verb + 2] == ("that",)
    return doc.tag[verb] == "NNS" and says


def capital(word: str) -> bool:
    """Whether a word starts with a capital, or with a letter of a script that has none."""
    first = word[:1]
    # Fast path: most words start with a small letter.
    if "a" <= first <= "z":
        return False
    return first.isupper() or (first.isalpha() and first.lower() == first.upper())


def of_letters(word: str) -> bool:
    """Whether a word has only letters, accents that are characters of their own ("Adébáyọ̀") and marks inside:
    "Fa‘alogo"."""
    # Fast path: most words have neither.
    return word.isalpha() or (
        word[:1].isalpha()
        and (word[-1:].isalpha() or unicodedata.combining(word[-1]) > 0)
        and all(ch.isalpha() or unicodedata.combining(ch) or ch in _INNER_MARKS for ch in word)
    )


def trimmed(doc: Document, start: int, end: int, label: str) -> Name | None:
    """Return the span without articles, marks, possessives and titles; None if no name is left."""
    text = doc.text
    while start < end and text[start] in _EDGE_MARKS:
        start += 1
    while start < end and text[end - 1] in _EDGE_MARKS and not _closes(text, start, end):
        end -= 1
    if text[max(start, end - 2) : end] in ("'s", "’s"):
        end -= 2
    elif text[max(start, end - 1) : end] in ("'", "’"):
        end -= 1
    opened = text.rfind("(", start, end)
    if opened > start and ")" not in text[opened:end]:
        # "Organization (OIC": the name in brackets is another one.
        end = opened
        while end > start and text[end - 1] == " ":
            end -= 1
    tokens = doc.tokens(start, end)
    first, last = tokens.start, tokens.stop
    words = doc.words
    moved_start = moved_end = False
    while first < last and (words[first].casefold() in ARTICLES or _opens(doc, first, last)):
        first, moved_start = first + 1, True
    if label == "PERSON" and words[last - 1] not in LEGAL_FORMS:
        # "Canon Inc" is a firm.
        while last - first > 1 and words[first].casefold().rstrip(".") in TITLES:
            first, moved_start = first + 1, True
        while last - first > 2 and words[first] in RELIGIOUS:
            first, moved_start = first + 1, True
        while last - first > 2 and words[first].casefold() in ROYAL and not _NUMERAL.fullmatch(words[last - 1]):
            first, moved_start = first + 1, True
    elif label == "ORG":
        while last - first > 1 and words[last - 1].casefold() in OFFICES and words[last - 2] not in CONNECTING:
            last, moved_end = last - 1, True
    while last - first > 1 and words[last - 1] in CAPTIONS and words[last : last + 1] == (":",):
        last, moved_end = last - 1, True
    for k in range(first + 1, last - 1):
        # "Miller the Council": two names, of which the first is kept.
        if words[k] == "the" and words[k - 1] not in CONNECTING and words[k - 1] != ",":
            last, moved_end = k, True
            break
    if first >= last:
        return None
    start = doc.start[first] if moved_start else start
    end = doc.end[last - 1] if moved_end else end
    if start >= end or not _starts_name(text[start:end]):
        return None
    return Name(start, end, first, last, label)


def _opens(doc: Document, first: int, last: int) -> bool:
    """Whether a word at the head of a sentence is not part of the name behind: "Although the Second Amendment"."""
    return (
        last - first > 1
        and doc.words[first].casefold() in OPENING
        and (first == 0 or doc.sentence_of[first - 1] != doc.sentence_of[first])
        and doc.tag[first] in ("IN", "RB", "WRB", "CC")
    )


def _closes(text: str, start: int, end: int) -> bool:
    """Whether the last character belongs to the name: the dot of "U.S.", the bracket that closes one in the name."""
    if text[end - 1] == ".":
        return bool(_DOTTED.fullmatch(text[start:end].rsplit(" ", 1)[-1]))
    return text[end - 1] == ")" and "(" in text[start:end]


def _starts_name(text: str) -> bool:
    """Whether a name starts here: with a capital, or with a digit or a small particle before one."""
    words = re.split(r"[\s\-'’]", text)
    head = words[0]
    if capital(text) or head.casefold() in PARTICLES or text[0].isdigit():
        return any(map(capital, words))
    # "iPhone", "eBay"
    return any(ch.isupper() for ch in head[1:3])


def part_of_title(doc: Document, name: Name) -> bool:
    """Whether a "name" is part of an office: "Education" in "Minister of Education", "Home" in "Home Secretary"."""
    words = doc.words
    if all(word.casefold().rstrip(".") in TITLES for word in words[name.first : name.last]):
        return name.label != "PERSON" or name.last - name.first == 1
    if name.label == "PERSON" or name.last - name.first > 1:
        return False
    before = words[max(0, name.first - 2) : name.first]
    if len(before) == 2 and before[1] in ("of", "for") and before[0].casefold() in PORTFOLIO_BEFORE:
        return name.label not in PLACES
    return words[name.first].casefold() in PORTFOLIOS and name.last < len(words) and words[name.last] in PORTFOLIO_AFTER
