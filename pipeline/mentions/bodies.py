"""Names of bodies with several parts: ministries of many fields, foundations for a purpose, companies with a form."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from pipeline.data import words as listed
from pipeline.document import Document
from pipeline.mentions.person_context import BUILDINGS
from pipeline.mentions.spans import CONNECTING, Name, capital, named
from pipeline.mentions.words import (
    BODY_HEADS,
    BODY_STARTS,
    LEGAL_FORMS,
    MEMBERS,
    OFFICES,
    TITLES,
    is_given_name,
)
from pipeline.reference import MAX_WORDS

# Fields of which a ministry has several.
FIELDS = listed("bodies.tsv", "field")
# Streets used for the people who work there.
METONYMS = listed("place_words.tsv", "stands for others")
# "Factcheck.org"
WEBSITE = re.compile(r"[A-Z]\w{1,40}\.(?:com|org|net|co|io|info|edu|gov)")
_LAST_WORDS = BUILDINGS | BODY_HEADS
_BEFORE_FIELDS = BODY_STARTS | BODY_HEADS
# Kinds of outlets, and the most words of a name behind one.
OUTLETS = listed("media.tsv", "outlet")
MAX_OF_OUTLET = 3
_COMMITTEES = frozenset(("pac", "pacs"))


def of_fields(doc: Document) -> Iterator[Name]:
    """Yield bodies of several fields: "the Department for Harbours, Rail and Energy"."""
    words = doc.words
    for i, word in enumerate(words):
        if word not in _BEFORE_FIELDS or words[i + 1 : i + 2] not in (("of",), ("for",), ("on",)):
            continue
        last, commas = i + 2, 0
        end = last
        while last < len(doc) and last - i < 4 * MAX_WORDS and doc.sentence_of[last] == doc.sentence_of[i]:
            if words[last] in FIELDS:
                end = last = last + 1
            elif words[last] in (",", "and", "&", "the") and end > i + 2:
                commas += words[last] == ","
                last += 1
            else:
                break
        joined = next((k for k in range(last - 1, i, -1) if words[k] in ("and", "&")), None)
        if not commas or joined is None:
            continue
        end = max(end, joined + 1)
        while joined < end < len(doc) and end - joined < 3 and doc.tag[end].startswith("NNP"):
            # The last field can be an unlisted one: "... and Public Distribution".
            end += 1
        if 1 < end - joined <= 3:
            yield named(doc, i, end, "ORG")


def headed(doc: Document) -> Iterator[Name]:
    """Yield runs of capitalised proper nouns that end in the head of a building's name ("Grand Mosque") or of a body's
    ("Deseret News")."""
    words, tags = doc.words, doc.tag
    for i, word in enumerate(words):
        if word not in _LAST_WORDS or not tags[i].startswith("NNP") or i == 0:
            continue
        label = "FAC" if word in BUILDINGS else "ORG"
        if words[i + 1 : i + 2] and capital(words[i + 1]) and tags[i + 1].startswith("NNP"):
            continue
        first = i
        while first > 0 and i - first < MAX_WORDS:
            # "Tri-County Growers Cooperative"
            before = first - 2 if first > 1 and _hyphened(doc, first - 1) else first - 1
            if not _in_run(doc, before, i, first - before > 1):
                break
            first = before
        if 0 < first < i and doc.tag[first - 1] == "JJ" and _adjoins(doc, first - 1, i):
            # "Italian Episcopal Conference"
            first -= 1
        while first < i and (doc.folded[first] in TITLES or doc.folded[first] in OFFICES):
            first += 1
        if " ".join(words[first : i + 1]) in METONYMS:
            continue
        if first < i and not _cut(doc, first, i):
            yield named(doc, first, i + 1, label)


def _cut(doc: Document, first: int, last: int) -> bool:
    """Whether a run is part of a longer name: "Exchange Commission" of "Securities and Exchange Commission"."""
    words = doc.words
    if doc.text[doc.end[last] : doc.end[last] + 1] in ("-", "/"):
        return True
    if first == 0 or doc.sentence_of[first - 1] != doc.sentence_of[first]:
        return False
    before = words[first - 1]
    joined = before in CONNECTING and first > 1 and capital(words[first - 2])
    return joined or before in ("-", "/") or (len(before) == 2 and before[1] == ".")


def _hyphened(doc: Document, i: int) -> bool:
    """Whether a token is a hyphen between two words without blanks."""
    return doc.words[i] == "-" and doc.end[i - 1] == doc.start[i] and doc.end[i] == doc.start[i + 1]


def _in_run(doc: Document, i: int, head: int, hyphen: bool) -> bool:
    return (doc.tag[i].startswith("NNP") or hyphen) and _adjoins(doc, i, head, "" if hyphen else " ")


def _adjoins(doc: Document, i: int, head: int, blank: str = " ") -> bool:
    return (
        capital(doc.words[i])
        and doc.words[i][0].isalpha()
        and doc.sentence_of[i] == doc.sentence_of[head]
        and doc.text[doc.end[i] : doc.start[i + 1]] == blank
    )


def continued(doc: Document, names: Sequence[Name]) -> list[Name]:
    """Extend bodies by their purpose ("Foundation for the Visual Arts") and companies by their form ("Lume & Co.")."""
    out: list[Name] = []
    for k, name in enumerate(names):
        if out and out[-1].last > name.first:
            continue
        last = name.last
        if name.label in ("ORG", "PERSON", "GPE"):
            last = _with_form(doc, last)
        if name.label == "ORG" and doc.words[name.last - 1] in BODY_HEADS:
            last = max(last, _with_purpose(doc, name.last, names[k + 1 : k + 4]))
        out.append(name if last == name.last else replace(name, end=doc.end[last - 1], last=last, label="ORG"))
    return out


def _with_form(doc: Document, last: int) -> int:
    words = doc.words
    at = last + 1 if words[last : last + 1] in ((",",), ("&",)) else last
    if at >= len(doc) or doc.sentence_of[at] != doc.sentence_of[last - 1]:
        return last
    form = words[at].rstrip(".")
    near = doc.start[at] - doc.end[last - 1] <= (3 if at > last else 1)
    if not near or form not in LEGAL_FORMS or (words[last] == "&" and form != "Co"):
        return last
    return at + 1


def _with_purpose(doc: Document, last: int, others: Sequence[Name]) -> int:
    words = doc.words
    if words[last : last + 1] != ("for",):
        return last
    end = at = last + (2 if words[last + 1 : last + 2] in (("the",), ("a",), ("an",)) else 1)
    first = at
    taken = {k for other in others if other.label in ("PERSON", "GPE") for k in range(other.first, other.last)}
    while at < len(doc) and at - last < MAX_WORDS and doc.sentence_of[at] == doc.sentence_of[last] and at not in taken:
        # "for a Quieter Norfolk"
        if capital(words[at]) and doc.tag[at].startswith(("NNP", "JJ")) and words[at].isalpha():
            end = at = at + 1
        elif words[at] in ("of", "the", "and", "&") and end == at > first:
            at += 1
        else:
            break
    return end if end > first else last


def with_purpose(doc: Document) -> Iterator[Name]:
    """Yield bodies that are named by their purpose: "the Coalition for a Quieter Norfolk"."""
    for i, word in enumerate(doc.words):
        if word not in BODY_STARTS or doc.words[i + 1 : i + 2] != ("for",):
            continue
        last = _with_purpose(doc, i + 1, ())
        begins = i > 0 and doc.folded[i - 1] == "the"
        if begins and last > i + 1:
            yield named(doc, i, last, "ORG")


def of_members(doc: Document) -> Iterator[Name]:
    """Yield bodies that are named by their members and their purpose: "Australians for a Constitutional Monarchy"; not
    "Republicans for Lume"."""
    for i, word in enumerate(doc.words) if not MEMBERS.isdisjoint(doc.vocabulary) else ():
        if word not in MEMBERS or doc.folded[i + 1 : i + 2] not in (("for",), ("against",), ("without",)):
            continue
        first = last = i + 2 + (doc.words[i + 2 : i + 3] in (("a",), ("an",), ("the",)))
        while last < len(doc) and last - first < MAX_WORDS and _in_purpose(doc, i, last):
            last += 1
        longer = doc.entity_at(doc.start[i])
        if longer is not None and longer[2] == "ORG" and longer[1] - longer[0] > doc.end[last - 1] - doc.start[i]:
            # "Concerned Women for Norfolk"
            continue
        inner = (doc.entity_at(doc.start[k]) for k in range(first, last))
        if last > first and not any(each is not None and each[2] in ("PERSON", "GPE", "NORP") for each in inner):
            yield named(doc, i, last, "ORG")


def _in_purpose(doc: Document, first: int, i: int) -> bool:
    proper = doc.tag[i].startswith(("NNP", "JJ"))
    return proper and capital(doc.words[i]) and doc.words[i].isalpha() and doc.sentence_of[i] == doc.sentence_of[first]


def websites(doc: Document) -> Iterator[Name]:
    """Yield websites that are named by their address: "Factcheck.org"."""
    for i, word in enumerate(doc.words):
        if "." in word and WEBSITE.fullmatch(word) and doc.tag[i] in ("NNP", "NN", "ADD"):
            yield named(doc, i, i + 1, "ORG")


def outlets(doc: Document) -> Iterator[Name]:
    """Yield two or three capitalised words right behind a kind of outlet: "the Russian website Norfolk Beyond"."""
    for i, word in enumerate(doc.lower[:-2]):
        if word not in OUTLETS or doc.tag[i] != "NN" or not doc.words[i].islower():
            continue
        last = i + 1
        while last < len(doc) and last - i <= MAX_OF_OUTLET and doc.tag[last].startswith("NNP"):
            if not (capital(doc.words[last]) and doc.words[last].isalpha()):
                break
            last += 1
        if last - i > 2 and not is_given_name(doc.words[i + 1]) and doc.sentence_of[i] == doc.sentence_of[last - 1]:
            yield named(doc, i + 1, last, "ORG")


def is_committee(doc: Document, name: Name) -> bool:
    """Whether a name is only the noun for a political action committee: "a super PAC", "the PAC" in an article that has
    super PACs; elsewhere PAC can be the Public Accounts Committee."""
    words = doc.lower[name.first : name.last]
    if words[-1] not in _COMMITTEES or words[:-1] not in ((), ("super",)):
        return False
    return any(doc.lower[i] in _COMMITTEES and doc.lower[i - 1] == "super" for i in range(1, len(doc)))
