"""Repair the model's spans."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from pipeline.contract import LABELS
from pipeline.document import Document
from pipeline.mentions.name_boundaries import (
    DAYS,
    LETTERS,
    MONTHS,
    POST_ABBREVIATIONS,
    TIMES,
    after_time,
    is_calling,
    trim_name,
)
from pipeline.mentions.person_linking import GENERATIONS
from pipeline.mentions.spans import (
    AMBIGUOUS,
    CAPTIONS,
    MAX_NAME_LENGTH,
    PARTICLES,
    RELIGIOUS,
    Name,
    capital,
    named,
    of_letters,
    part_of_title,
    trimmed,
)
from pipeline.mentions.words import BODY_HEADS, BODY_STARTS, OFFICES, TITLES, is_given_name
from pipeline.reference import Reference, key

# Words beside a person's name that are not part of it.
NO_NAMES = DAYS | POST_ABBREVIATIONS | LETTERS | {month for month in MONTHS if not is_given_name(month)}
# Most words of a person's name that are added on the left.
MAX_GIVEN = 4
_GLUED = re.compile(r"[a-z](?=[A-Z][a-z]{3})")
# A label and quoted words: "Charity: ‘no".
_LEADS_IN = re.compile(r": [“‘\"']\w")
_BREAKS = re.compile(r"\n|(?<=\w)\](?=[A-Z])")
# A name of two or more words, and a possible country that owns the words behind.
_OWNER = re.compile(r"(?P<person>\S{1,40} \S{1,40}) (?P<land>[A-Z]\w{3,30})(?P<mark>['’]s)?")


def repair_spans(doc: Document, reference_data: Reference) -> list[Name]:
    """Return the model's entities with our labels as names, in text order, without overlap."""
    names: list[Name] = []
    for start, end, label in doc.entities:
        if label not in LABELS or end - start > MAX_NAME_LENGTH or _LEADS_IN.search(doc.text, start, end):
            continue
        for piece in _pieces(doc.text, start, end, label, reference_data):
            whole = trimmed(doc, *piece)
            for name in trim_name(doc, whole, reference_data) if whole is not None else ():
                if not part_of_title(doc, name) and (not names or names[-1].last <= name.first):
                    names.append(_labelled(doc, name))
    return _joined(doc, _extended(doc, _hyphened(doc, names)), reference_data)


def _hyphened(doc: Document, names: Sequence[Name]) -> list[Name]:
    """Extend names that the model cut at a hyphen inside a surname: "Ana Lume" of "Ana Lume-Berg", then "Lume"."""
    taken = {name.first for name in names}
    surnames: set[tuple[str, ...]] = set()
    out = []
    for name in names:
        end = name.last + 2
        cut = (
            end <= len(doc)
            and end - 1 not in taken
            and doc.words[name.last] == "-"
            and _part_of_surname(doc.words[end - 1])
        )
        joined = cut and doc.end[end - 1] - doc.start[name.last - 1] == sum(map(len, doc.words[name.last - 1 : end]))
        if joined and doc.head[name.last - 1] == end - 1 and doc.tag[end - 1] == "NNP":
            whole = name.label == "PERSON" and name.last - name.first > 1
            surname = doc.words[name.last - 1 : end]
            if whole or (name.last - name.first == 1 and surname in surnames):
                surnames.add(surname)
                name = named(doc, name.first, end, "PERSON")
        elif name.label == "PERSON" and name.last - name.first > 3 and doc.words[name.last - 2] == "-":
            surnames.add(doc.words[name.last - 3 : name.last])
        out.append(name)
    return out


def _part_of_surname(word: str) -> bool:
    """Whether a word can be a part of a surname: "MacIsaac"."""
    return capital(word) and of_letters(word) and word[1:2].islower()


def _pieces(text: str, start: int, end: int, label: str, reference_data: Reference) -> Iterator[tuple[int, int, str]]:
    """Yield the lines of a span, and the parts of a person's name that is glued to a known name."""
    at = start
    # "[Photo/Reuters]The Kremlin"
    for line in _BREAKS.split(text[start:end]):
        glued = _GLUED.search(line) if label == "PERSON" else None
        tail = reference_data.known(line[glued.end() :]) if glued else None
        owner = _OWNER.fullmatch(line) if label == "PERSON" else None
        owns = owner and (owner["mark"] or text[at + len(line) : at + len(line) + 2] in ("'s", "’s"))
        if glued and tail:
            yield at, at + glued.end(), label
            yield at + glued.end(), at + len(line), tail.label
        elif owner and owns and owner["land"].casefold() not in AMBIGUOUS and reference_data.country_of(owner["land"]):
            # "Anna Berg Norway's energy minister": a blank for a lost comma.
            yield at, at + owner.end("person"), label
            yield at + owner.start("land"), at + len(line), "GPE"
        else:
            yield at, at + len(line), label
        at += len(line) + 1


def _labelled(doc: Document, name: Name) -> Name:
    """Correct a label that the words make certain: "... Council" is a body, "DAB" no person, "IE6" no place."""
    words = doc.words[name.first : name.last]
    if name.label in ("GPE", "LOC", "PERSON", "NORP", "FAC", "LAW", "PRODUCT", "WORK_OF_ART"):
        starts = words[0] in BODY_STARTS and words[1:2] in (("of",), ("for",))
        if len(words) > 1 and (words[-1].rstrip(".") in BODY_HEADS or starts):
            return replace(name, label="ORG")
        if name.label == "PERSON" and len(words) == 1 and words[0].isupper() and 2 <= len(words[0]) <= 5:
            return replace(name, label="ORG")
    if name.label in ("GPE", "LOC", "PERSON", "ORG") and len(words) == 1 and re.search(r"[A-Za-z]\d", words[0]):
        return replace(name, label="PRODUCT")
    return name


def _extended(doc: Document, names: Sequence[Name]) -> list[Name]:
    """Extend persons that were cut short: by the capitalised word that the name modifies in the tree, and by a given
    name that modifies the surname."""
    lone = {doc.words[n.first] for n in names if n.label == "PERSON" and n.last - n.first == 1}
    out: list[Name] = []
    for k, name in enumerate(names):
        if out and out[-1].last > name.first:
            continue
        if name.last - name.first == 1 and name.label in ("ORG", "GPE") and _surname_after(doc, name, lone):
            name = named(doc, name.first, name.last + 1, "PERSON")
        if name.label == "PERSON":
            name = _with_generation(doc, name)
            before = out[-1].last if out else 0
            after = names[k + 1].first if k + 1 < len(names) else len(doc)
            first, last = name.first, name.last
            # In "Ana Lume OBE" the letters are the head of both names.
            end = name.last + (doc.words[name.last : name.last + 1] != () and doc.words[name.last] in LETTERS)
            while before < first and last - first < MAX_GIVEN and _belongs(doc, first - 1, first, end):
                first -= 1
            first = _with_particles(doc, before, first)
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


def _with_particles(doc: Document, before: int, first: int) -> int:
    """Return where a person's name starts with the particles before it, the first one capitalised: "Van der Berg"."""
    at = first
    while at > before and first - at < MAX_GIVEN and doc.folded[at - 1] in PARTICLES:
        if doc.sentence_of[at - 1] != doc.sentence_of[first] or doc.text[doc.end[at - 1] : doc.start[at]] != " ":
            break
        at -= 1
    return at if at < first and capital(doc.words[at]) and doc.tag[at].startswith("NNP") else first


def _with_generation(doc: Document, name: Name) -> Name:
    """Return a person's name with the generation behind it: "Donald Hart, Jr."."""
    at = name.last + (doc.words[name.last : name.last + 1] == (",",))
    word = doc.words[at] if at < len(doc) else ""
    if not capital(word) or key(word) not in GENERATIONS or doc.sentence_of[at] != doc.sentence_of[name.first]:
        return name
    if len(word) > 3 and at > name.last:
        return name
    return Name(name.start, doc.end[at], name.first, at + 1, "PERSON")


def _surname_after(doc: Document, name: Name, lone: AbstractSet[str]) -> bool:
    """Whether a name modifies the next word in the tree, and the article names a person by that word elsewhere:
    "Dries" before "Mertens"."""
    head = doc.head[name.first]
    return (
        head == name.last
        and doc.words[head : head + 1] != ()
        and doc.words[head] in lone
        and doc.dep[name.first] == "compound"
        and doc.words[name.first][1:].islower()
        and doc.sentence_of[head] == doc.sentence_of[name.first]
    )


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
    return capital(word) and of_letters(word) and word[1:].islower()


def _belongs(doc: Document, i: int, first: int, last: int) -> bool:
    """Whether token i is a compound of one of the tokens [first, last) behind it, and looks like a person's name."""
    return (
        first <= doc.head[i] < last
        and doc.dep[i] == "compound"
        and doc.sentence_of[i] == doc.sentence_of[first]
        and _is_person_name_token(doc, i)
        and _is_person_name_token(doc, first)
        and doc.tag[first] == "NNP"
        and doc.text[doc.end[i] : doc.start[first]] == " "
        and not is_calling(doc, i)
        and after_time(doc, i, last) == i
    )


def _is_person_name_token(doc: Document, i: int) -> bool:
    word = doc.words[i]
    small = word.casefold()
    return (
        doc.tag[i] in ("NNP", "NNPS")
        and capital(word)
        and of_letters(word)
        and word[1:].islower()
        and small not in TITLES
        and small.removesuffix("s") not in TITLES
        and word not in NO_NAMES
        and small not in TIMES
        and small not in OFFICES
        and word not in BODY_HEADS
        and word not in RELIGIOUS
    )


def _joined(doc: Document, names: Sequence[Name], reference_data: Reference) -> list[Name]:
    """Join the parts of a person's name that the model labelled as two names, if one modifies the other in the tree:
    "Dries" and "Mertens", "Nguyen Thi Minh" and "Khai"."""
    out: list[Name] = []
    for name in names:
        if out and _one_person(doc, out[-1], name, reference_data):
            before = out.pop()
            name = Name(before.start, name.end, before.first, name.last, "PERSON")
        out.append(name)
    return out


def _one_person(doc: Document, before: Name, name: Name, reference_data: Reference) -> bool:
    surname = range(name.first, name.last)
    if before.last != name.first or len(surname) > 2 or doc.text[before.end : name.start] != " ":
        return False
    if doc.dep[before.last - 1] != "compound" or doc.head[before.last - 1] not in surname:
        return False
    if len(surname) == 2:
        # "Penelope" and "Vaughan Lume"
        single = before.last - before.first == 1 and is_given_name(doc.words[before.first])
        return single and name.label == "PERSON" and before.label in ("GPE", "PERSON", "ORG")
    text = doc.text[before.start : before.end]
    if not all(word[1:].islower() for word in doc.words[before.first : name.last]) or reference_data.country_of(text):
        return False
    if reference_data.known(text) is not None:
        return False
    if before.last - before.first == 1:
        usual = name.label in ("PERSON", "GPE") and before.label in ("GPE", "PERSON")
        return usual or (name.label == "PERSON" and before.label in ("ORG", "LOC"))
    mine = name.label in ("PERSON", "GPE", "ORG") and reference_data.known(doc.words[name.first]) is None
    return before.label == "PERSON" and mine and _is_person_name_token(doc, name.first)
