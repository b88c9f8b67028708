"""Names as spans of tokens, and the model's spans mended."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pipeline.contract import LABELS
from pipeline.data import words as listed
from pipeline.document import Document
from pipeline.mentions.words import BODY_HEADS, BODY_STARTS, OFFICES, ROYAL, TITLES
from pipeline.reference import Reference


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
PORTFOLIO_BEHIND = listed("name_words.tsv", "office behind portfolio")
PORTFOLIO_BEFORE = listed("name_words.tsv", "office before portfolio")
# Countries' names that are often a person's.
AMBIGUOUS = listed("ambiguous_names.tsv", "country")
# Characters of a name at most: what the model takes for a longer one is none. The longest of the gold corpora has 62.
LONGEST = 300
# Words of a person's name that are looked for to the left.
MOST_GIVEN = 4
PLACES = frozenset({"GPE", "LOC", "FAC"})

_NUMERAL = re.compile(r"[IVX]+")
_GLUED = re.compile(r"[a-z](?=[A-Z][a-z]{3})")
# A name of two words or more, and what may be a country that owns what follows.
_OWNER = re.compile(r"(?P<person>\S{1,40} \S{1,40}) (?P<land>[A-Z]\w{3,30})(?P<mark>['’]s)?")
_EDGE_MARKS = " \t\r\n\"'“”‘’«»()[]{}.,;:!?-–—*•|/\\@#"
_DOTTED = re.compile(r"(?:[A-Za-z]\.){2,6}|\S{0,3}\.?[A-Z]\.|(?:Jr|Sr|Inc|Ltd|Corp|Co|St)\.")


def named(doc: Document, first: int, last: int, label: str) -> Name:
    """The name that tokens [first, last) make."""
    return Name(doc.start[first], doc.end[last - 1], first, last, label)


def capital(word: str) -> bool:
    """Whether a word starts with a capital, or with a letter of a script that has none."""
    first = word[:1]
    # Most words end the question here.
    if "a" <= first <= "z":
        return False
    return first.isupper() or (first.isalpha() and first.lower() == first.upper())


def mended(doc: Document, known: Reference) -> list[Name]:
    """The model's entities of our labels as names, in text order, without overlap."""
    names: list[Name] = []
    for start, end, label in doc.entities:
        if label not in LABELS or end - start > LONGEST:
            continue
        for piece in _pieces(doc.text, start, end, label, known):
            name = _trimmed(doc, *piece)
            if name is not None and not _part_of_title(doc, name) and (not names or names[-1].last <= name.first):
                names.append(_labelled(doc, name))
    return _joined(doc, _extended(doc, _parted(doc, names, known)), known)


def _parted(doc: Document, names: Sequence[Name], known: Reference) -> list[Name]:
    """A person's name that runs into a body's is cut before it: "Obama White House"."""
    out: list[Name] = []
    for name in names:
        cut = next((k for k in range(name.first + 1, name.last - 1) if _is_body(doc, k, name.last, known)), None)
        if name.label == "PERSON" and cut is not None:
            out += [named(doc, name.first, cut, "PERSON"), named(doc, cut, name.last, "ORG")]
        else:
            out.append(name)
    return out


def _is_body(doc: Document, first: int, last: int, known: Reference) -> bool:
    entry = known.known(doc.text[doc.start[first] : doc.end[last - 1]])
    return entry is not None and entry.label == "ORG"


def _pieces(text: str, start: int, end: int, label: str, known: Reference) -> Iterator[tuple[int, int, str]]:
    """The lines of a span, and the parts of a person's name that is glued to a known name."""
    at = start
    for line in text[start:end].split("\n"):
        glued = _GLUED.search(line) if label == "PERSON" else None
        tail = known.known(line[glued.end() :]) if glued else None
        owner = _OWNER.fullmatch(line) if label == "PERSON" else None
        owns = owner and (owner["mark"] or text[at + len(line) : at + len(line) + 2] in ("'s", "’s"))
        if glued and tail:
            yield at, at + glued.end(), label
            yield at + glued.end(), at + len(line), tail.label
        elif owner and owns and owner["land"].casefold() not in AMBIGUOUS and known.country_of(owner["land"]):
            # "Anna Berg Norway's energy minister": a blank for a lost comma.
            yield at, at + owner.end("person"), label
            yield at + owner.start("land"), at + len(line), "GPE"
        else:
            yield at, at + len(line), label
        at += len(line) + 1


def _trimmed(doc: Document, start: int, end: int, label: str) -> Name | None:
    """The span without articles, marks, possessives and titles; None where no name is left."""
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
        # "Organization (OIC": the bracket's name is its own.
        end = opened
        while end > start and text[end - 1] == " ":
            end -= 1
    tokens = doc.tokens(start, end)
    first, last = tokens.start, tokens.stop
    words = doc.words
    moved_start = moved_end = False
    while first < last and (words[first].casefold() in ARTICLES or _opens(doc, first, last)):
        first, moved_start = first + 1, True
    if label == "PERSON":
        while last - first > 1 and words[first].casefold().rstrip(".") in TITLES:
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
    """Whether a word at the head of a sentence is no part of the name after it: "Although the Second Amendment"."""
    return (
        last - first > 1
        and doc.words[first].casefold() in OPENING
        and (first == 0 or doc.sentence_of[first - 1] != doc.sentence_of[first])
        and doc.tag[first] in ("IN", "RB", "WRB", "CC")
    )


def _closes(text: str, start: int, end: int) -> bool:
    """Whether the last character belongs to the name: the dot of "U.S.", the bracket of one that opens in it."""
    if text[end - 1] == ".":
        return bool(_DOTTED.fullmatch(text[start:end].rsplit(" ", 1)[-1]))
    return text[end - 1] == ")" and "(" in text[start:end]


def _starts_name(text: str) -> bool:
    """Whether a name starts here: a capital, a digit before one, or a small particle before one."""
    words = re.split(r"[\s\-'’]", text)
    head = words[0]
    if capital(text) or head.casefold() in PARTICLES or text[0].isdigit():
        return any(map(capital, words))
    # "iPhone", "eBay"
    return any(ch.isupper() for ch in head[1:3])


def _part_of_title(doc: Document, name: Name) -> bool:
    """Whether a "name" is a word of an office: "Education" in "Minister of Education", "Home" in "Home Secretary"."""
    words = doc.words
    if all(word.casefold().rstrip(".") in TITLES for word in words[name.first : name.last]):
        return name.label != "PERSON" or name.last - name.first == 1
    if name.label == "PERSON" or name.last - name.first > 1:
        return False
    before = words[max(0, name.first - 2) : name.first]
    if len(before) == 2 and before[1] in ("of", "for") and before[0].casefold() in PORTFOLIO_BEFORE:
        return name.label not in PLACES
    return (
        words[name.first].casefold() in PORTFOLIOS and name.last < len(words) and words[name.last] in PORTFOLIO_BEHIND
    )


def _labelled(doc: Document, name: Name) -> Name:
    """The label that the words of the name are sure of: "... Council" is a body, "DAB" is no person, "IE6" no place."""
    words = doc.words[name.first : name.last]
    if name.label in ("GPE", "LOC", "PERSON", "NORP", "FAC", "LAW", "PRODUCT", "WORK_OF_ART"):
        if len(words) > 1 and (words[-1] in BODY_HEADS or (words[0] in BODY_STARTS and words[1] == "of")):
            return replace(name, label="ORG")
        if name.label == "PERSON" and len(words) == 1 and words[0].isupper() and 2 <= len(words[0]) <= 5:
            return replace(name, label="ORG")
    if name.label in ("GPE", "LOC", "PERSON", "ORG") and len(words) == 1 and re.search(r"[A-Za-z]\d", words[0]):
        return replace(name, label="PRODUCT")
    return name


def _extended(doc: Document, names: Sequence[Name]) -> list[Name]:
    """Persons cut short: the capitalised word that the tree hangs the name on is taken in, and a given name that the
    tree hangs on a surname."""
    out: list[Name] = []
    for k, name in enumerate(names):
        if out and out[-1].last > name.first:
            continue
        if name.label == "PERSON":
            before = out[-1].last if out else 0
            after = names[k + 1].first if k + 1 < len(names) else len(doc)
            first, last = name.first, name.last
            while before < first and last - first < MOST_GIVEN and _belongs(doc, first - 1, first, name.last):
                first -= 1
            while last < len(doc) and _particled(doc, name.first, last, names, k):
                last += 1
            if last < after and _belongs(doc, name.last - 1, last, last + 1) and doc.words[last] not in CAPTIONS:
                last += 1
            if (first, last) != (name.first, name.last):
                start = doc.start[first] if first < name.first else name.start
                end = doc.end[last - 1] if last > name.last else name.end
                name = Name(start, end, first, last, "PERSON")
        out.append(name)
    return out


def _particled(doc: Document, first: int, last: int, names: Sequence[Name], k: int) -> bool:
    """Whether a person's name that ends in a particle goes on: "Ursula von der" with "Leyen"."""
    word = doc.words[last]
    joined = doc.text[doc.end[last - 1] : doc.start[last]] == " "
    taken = names[k + 1].last - names[k + 1].first if k + 1 < len(names) and names[k + 1].first == last else 1
    return (
        joined
        and doc.words[last - 1] in PARTICLES
        and last - first > 1
        and taken == 1
        and (word in PARTICLES or _surname(word))
        and doc.sentence_of[last] == doc.sentence_of[first]
    )


def _surname(word: str) -> bool:
    return capital(word) and word[1:].isalpha() and word[1:].islower()


def _belongs(doc: Document, i: int, first: int, last: int) -> bool:
    """Whether token i is a compound of one of the tokens [first, last) that follow it, and a word as people's names
    have them."""
    return (
        first <= doc.head[i] < last
        and doc.dep[i] == "compound"
        and doc.sentence_of[i] == doc.sentence_of[first]
        and _of_person(doc, i)
        and _of_person(doc, first)
        and doc.text[doc.end[i] : doc.start[first]] == " "
    )


def _of_person(doc: Document, i: int) -> bool:
    word = doc.words[i]
    small = word.casefold()
    return (
        doc.tag[i] == "NNP"
        and capital(word)
        and word[1:].isalpha()
        and word[1:].islower()
        and small not in TITLES
        and small not in OFFICES
        and word not in BODY_HEADS
    )


def _joined(doc: Document, names: Sequence[Name], known: Reference) -> list[Name]:
    """A person's two names that the model gave two labels, where the tree hangs one on the other."""
    out: list[Name] = []
    for name in names:
        before = out[-1] if out else None
        if (
            before is not None
            and before.last == name.first
            and before.last - before.first == name.last - name.first == 1
            and (name.label == "PERSON" or before.label in ("GPE", "PERSON"))
            and name.label in ("PERSON", "GPE")
            and doc.dep[before.first] == "compound"
            and doc.head[before.first] == name.first
            and all(word[1:].islower() for word in doc.words[before.first : name.last])
            and known.known(doc.words[before.first]) is None
            and known.country_of(doc.words[before.first]) is None
            and doc.text[before.end : name.start] == " "
        ):
            out[-1] = Name(before.start, name.end, before.first, name.last, "PERSON")
        else:
            out.append(name)
    return out
