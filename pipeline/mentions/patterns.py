"""Find names by their own words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pipeline.data import any_of
from pipeline.data import words as listed
from pipeline.document import Document
from pipeline.mentions.chains import in_order, is_acronym
from pipeline.mentions.spans import CONNECTING, Name, capital, named
from pipeline.mentions.words import (
    BODY_HEADS,
    GOVERNING,
    OF_PERSONS,
    OWNED_HEADS,
    OWNED_SMALL,
    TITLES,
    government_verbs,
    places,
)
from pipeline.reference import MAX_WORDS, Reference, key

POSSESSIVES = frozenset({"'s", "’s", "'", "’"})
DASHES = frozenset({"–", "—", "-", "--", "―"})
_RESOLUTION_NUMBER = re.compile(r"[1-9]\d{0,3}")
_RESOLUTIONS = listed("laws.tsv", "resolution")
_RESOLUTION_BEGINNINGS = frozenset("123456789").union(word[0] for word in _RESOLUTIONS)
_RESOLUTION_WORD = re.compile(rf"(?:{any_of(_RESOLUTIONS)})-?[1-9]\d{{0,3}}")
# A text with a resolution contains one of these: in the number's own word or before it.
_RESOLUTION_SIGNS = ("esolution", *_RESOLUTIONS)
_NUMBER_WORDS = listed("laws.tsv", "number")
# The document symbol, with the year that the United Nations add.
_SYMBOL = re.compile(r"(?<![\w/])[SA]/RES/(?:\d{1,3}/)?[1-9]\d{0,3}(?: \((?:19|20)\d\d\))?(?![\w/])")
_YEAR = re.compile(r"(?:19|20)\d\d")
BODIES_OF_UN = listed("bodies.tsv", "united nations")


def resolutions(doc: Document) -> Iterator[Name]:
    """Yield resolutions: "(UN) (Security Council) ('s) Resolution (No.) (UNSCR) 2231 (2015)", "resolution 2231 of the
    Security Council", "UNSCR 1929", "UNSCR-1929", "S/RES/2231 (2015)"."""
    words = doc.words
    for found in _SYMBOL.finditer(doc.text) if "/RES/" in doc.text else ():
        tokens = doc.tokens(*found.span())
        yield Name(*found.span(), tokens.start, tokens.stop, "LAW")
    for i, word in enumerate(words) if any(sign in doc.text for sign in _RESOLUTION_SIGNS) else ():
        if word[:1] not in _RESOLUTION_BEGINNINGS:
            continue
        if _RESOLUTION_WORD.fullmatch(word):
            yield named(doc, i, i + 1, "LAW")
        if not _RESOLUTION_NUMBER.fullmatch(word) or i == 0:
            continue
        first = i
        if first > 1 and words[first - 1] in ("-", "–") and words[first - 2] in _RESOLUTIONS:
            first -= 1
        if first > 1 and words[first - 1].casefold() in _NUMBER_WORDS:
            first -= 1
        if first > 2 and words[first - 1] == "." and words[first - 2].casefold() in ("no", "nr"):
            first -= 2
        if first > 3 and words[first - 1] == ")" and words[first - 3] == "(" and words[first - 2].isupper():
            first -= 3
        head = words[first - 1]
        if head in _RESOLUTIONS:
            yield named(doc, first - 1, i + 1, "LAW")
        elif head in ("Resolution", "Resolutions") or (head in ("resolution", "resolutions") and len(word) > 2):
            yield named(doc, _body_before(words, first - 1), _after(words, i + 1), "LAW")


def _body_before(words: Sequence[str], first: int) -> int:
    """Return where the body that passed a resolution starts, if it is right before token `first`; else `first`."""
    start = first - 1 if first > 1 and words[first - 1] in POSSESSIVES else first
    body = start
    if tuple(words[max(0, body - 2) : body]) in (("Security", "Council"), ("General", "Assembly")):
        body -= 2
    if body >= 1 and words[body - 1] in BODIES_OF_UN:
        body -= 1
    elif tuple(words[max(0, body - 2) : body]) == ("United", "Nations"):
        body -= 2
    return first if body == start else body


def _after(words: Sequence[str], last: int) -> int:
    """Return where a resolution's name ends: after its year, or the body that passed it."""
    if words[last : last + 1] == ("(",) and words[last + 2 : last + 3] == (")",) and _YEAR.fullmatch(words[last + 1]):
        last += 3
    if words[last : last + 2] in (("of", "the"), ("by", "the")):
        body = last + 2
        if words[body : body + 1] and words[body] in BODIES_OF_UN:
            body += 1
        elif words[body : body + 2] == ("United", "Nations"):
            body += 2
        if words[body : body + 2] in (("Security", "Council"), ("General", "Assembly")):
            return body + 2
    return last


_ORDINAL = re.compile(r"\d{1,2}(?:st|nd|rd|th)")
# Persons' bodies that are named only where they say something.
_SAYING_ONLY = frozenset({"camp", "team"})
# The FIRST Circuit.
_CIRCUITS = listed("bodies.tsv", "circuit")
_DESIGNATION = re.compile(r"[A-Z][A-Za-z]{0,11}-\d{1,4}[A-Za-z]{0,3}(?:-[A-Z0-9]{1,3})?|[A-Z]{2,6}\d{1,3}")
# Other things written like a designation: viruses, roads, sections of laws.
_NO_WEAPON = re.compile(rf"(?:{any_of(listed('weapons.tsv', 'no weapon'))})-?\d.*")
ARMS = listed("weapons.tsv", "weapon")
ARMS_KINDS = listed("weapons.tsv", "type")


def weapons(doc: Document) -> Iterator[Name]:
    """Yield weapons: a name right before a noun of war ("Patriot batteries", "Javelin anti-tank missiles", "Leopard 2
    tanks"), and a designation ("S-400", "Su-35") if the sentence has such a noun or the article named it so."""
    words = doc.words
    found = list(_armed(doc)) if not ARMS.isdisjoint(doc.vocabulary) else []
    yield from found
    known = {words[n.first : n.last] for n in found}
    small = () if ARMS.isdisjoint(doc.folded) else enumerate(doc.folded)
    arms = {doc.sentence_of[i] for i, word in small if word in ARMS}
    for start, end, first, last in _designations(doc) if known or arms else ():
        if words[first:last] in known or doc.sentence_of[first] in arms:
            yield Name(start, end, first, last, "PRODUCT")


def _armed(doc: Document) -> Iterator[Name]:
    words = doc.words
    for i, word in enumerate(words):
        if word not in ARMS or i == 0:
            continue
        last = i
        while (
            last > 1
            and i - last < MAX_WORDS
            and (
                words[last - 1].casefold() in ARMS_KINDS or words[last - 1].casefold() in ARMS or words[last - 1] == "-"
            )
        ):
            last -= 1
        first = last
        while (
            first > 0
            and last - first < 4
            and doc.sentence_of[first - 1] == doc.sentence_of[i]
            and (
                _of_weapon(doc, first - 1)
                or (first == last and first > 1 and words[first - 1].isdigit())
                or (words[first - 1] == "-" and first < last and doc.end[first - 1] == doc.start[first])
            )
        ):
            first -= 1
        if first < last and not words[first].isdigit() and (last - first > 1 or _alone(doc, first, i)):
            yield named(doc, first, last, "PRODUCT")


def _of_weapon(doc: Document, i: int) -> bool:
    """Whether a word can be part of a weapon's name: a proper noun or a designation, but no head of a body."""
    word = doc.words[i]
    if not capital(word) or word in ("The", "A", "An", "Its", "Their", "Two", "Three") or word in BODY_HEADS:
        return False
    return doc.tag[i] == "NNP" or bool(re.search(r"\d", word)) or (word.isupper() and len(word) > 1)


def _alone(doc: Document, i: int, noun: int) -> bool:
    """Whether the one word before the noun names the weapon, not its owner: it must modify the noun in the tree."""
    return doc.head[i] in range(i + 1, noun + 1) and doc.dep[i] in ("compound", "nmod", "amod")


def _designations(doc: Document) -> Iterator[tuple[int, int, int, int]]:
    size = len(doc)
    for i, word in enumerate(doc.words):
        if not word[:1].isupper():
            continue
        # "Su-35" is one token or three.
        for last in (i + 3, i + 1):
            if last > size:
                continue
            start, end = doc.start[i], doc.end[last - 1]
            text = doc.text[start:end]
            if _DESIGNATION.fullmatch(text) and not _NO_WEAPON.fullmatch(text):
                yield start, end, i, last
                break


def laws(doc: Document) -> Iterator[Name]:
    """Yield runs of capitalised words that end in a law's head word: "the Clean Water Act"."""
    for i, word in enumerate(doc.words) if not LAW_HEADS.isdisjoint(doc.vocabulary) else ():
        if word in LAW_HEADS and doc.tag[i].startswith("NNP"):
            first = _run_start(doc, i)
            if first < i:
                label = "EVENT" if PARTISAN & set(doc.words[first:i]) else "LAW"
                yield named(doc, first, i + 1, label)
            elif word in NAMED_AFTER and doc.words[i + 1 : i + 2] == ("of",):
                last = i + 2
                while last < len(doc) and capital(doc.words[last]) and doc.sentence_of[last] == doc.sentence_of[i]:
                    last += 1
                if last > i + 2:
                    yield named(doc, i, last, "LAW")


DOCUMENTS = listed("media.tsv", "document")
LAW_HEADS = listed("laws.tsv", "last word")
# A party's convention is no law; a treaty is named after its place.
PARTISAN = listed("laws.tsv", "party")
NAMED_AFTER = listed("laws.tsv", "before of")


def _run_start(doc: Document, i: int) -> int:
    """Return the first token of the run of capitalised words, with "of" and the like inside, that ends before i."""
    first = j = i
    words = doc.words
    while j > 0 and i - j < MAX_WORDS and doc.sentence_of[j - 1] == doc.sentence_of[i]:
        j -= 1
        if capital(words[j]) and words[j] not in ("The", "A", "This"):
            first = j
        elif not (words[j] in CONNECTING or re.fullmatch(r"\d(?:\.\d)?", words[j])):
            break
    return first


def owned_bodies(doc: Document, reference_data: Reference) -> Iterator[Name]:
    """Yield a country's ministry or parliament, with its country: "Iran's Foreign Ministry", "the Russian Defense
    Ministry"; also "Parliament" alone."""
    words = doc.words
    for i, word in enumerate(words) if not OWNED_HEADS.isdisjoint(doc.vocabulary) else ():
        if word not in OWNED_HEADS or i == 0:
            continue
        first = i
        while first > 0 and i - first < 4 and _titled(words[first - 1]):
            if doc.sentence_of[first - 1] != doc.sentence_of[i] or reference_data.country_of(words[first - 1]):
                break
            first -= 1
        last = _field(doc, i + 1) if word == "Ministry" else i + 1
        owner = first - 1
        if owner >= 1 and words[owner] in POSSESSIVES:
            owner -= 1
        if owner >= 0 and reference_data.country_of(words[owner]) and doc.sentence_of[owner] == doc.sentence_of[i]:
            yield named(doc, owner, last, "ORG")
        elif first < i or last > i + 1 or word == "Parliament":
            yield named(doc, first, last, "ORG")


def speaking_bodies(doc: Document, reference_data: Reference) -> Iterator[Name]:
    """Yield a country's ministry or forces in small letters if they say or want something: "the Norwegian foreign
    ministry said". Elsewhere only the country is a name."""
    for i, word in enumerate(doc.words) if not OWNED_SMALL.isdisjoint(doc.vocabulary) else ():
        if word not in OWNED_SMALL or not _speaks(doc, i):
            continue
        first = i
        while first > 0 and i - first < 3 and doc.words[first - 1].islower() and doc.tag[first - 1][:2] in ("NN", "JJ"):
            first -= 1
        owner = first - 1
        if owner >= 1 and doc.words[owner] in POSSESSIVES:
            owner -= 1
        if owner < 0 or doc.sentence_of[owner] != doc.sentence_of[i]:
            continue
        for begin in (owner - 1, owner):
            if (
                begin >= 0
                and doc.words[begin][:1].isupper()
                and doc.folded[begin] != "the"
                and reference_data.country_of(doc.text[doc.start[begin] : doc.end[owner]])
            ):
                yield named(doc, begin, _small_field(doc, i + 1), "ORG")
                break


def courts_of_appeals(doc: Document) -> Iterator[Name]:
    """Yield federal courts of appeals of the United States: "the 3rd U.S. Circuit Court of Appeals", "the Ninth
    Circuit"."""
    words = doc.words
    for i, word in enumerate(words) if "Circuit" in doc.vocabulary else ():
        if word != "Circuit" or i == 0:
            continue
        first = i - 1 - (words[i - 1] in ("U.S.", "US"))
        if first < 0 or not (_ORDINAL.fullmatch(words[first]) or words[first] in _CIRCUITS):
            continue
        last = i + 1
        if words[last : last + 2] == ("Court", "of") and words[last + 2 : last + 3] in (("Appeals",), ("Appeal",)):
            last += 3
        yield named(doc, first, last, "ORG")


def bodies_of_persons(doc: Document, reference_data: Reference) -> Iterator[Name]:
    """Yield a person's campaign or office if it acts ("the Lume campaign closed") or, with an owner, if it says or
    publishes something ("Lume's office sent out a letter", "a letter from Lume's office", "Lume's government")."""
    if OF_PERSONS.isdisjoint(doc.vocabulary):
        return
    proper_nouns = {word for word, tag in zip(doc.words, doc.tag, strict=True) if tag == "NNP"}
    persons = {w for start, end, label in doc.entities if label == "PERSON" for w in doc.text[start:end].split()}
    for i, word in enumerate(doc.words):
        if word not in OF_PERSONS or not (_acts(doc, i) or _publishes(doc, i) or _is_issuer(doc, i)):
            continue
        owner = i - 1
        if owner >= 1 and doc.words[owner] in POSSESSIVES:
            owner -= 1
        first = owner
        while first > 0 and owner - first < 2 and doc.tag[first - 1] == "NNP" and doc.head[first - 1] == owner:
            first -= 1
        # The tagger reads some names before "'s" as nouns.
        elsewhere = owner < i - 1 and doc.words[owner] in proper_nouns
        proper = owner >= 0 and (doc.tag[owner] == "NNP" or elsewhere)
        joined = proper and doc.head[owner] == i and doc.words[owner][1:2].islower()
        if joined and word in _SAYING_ONLY and not (_speaks(doc, i) and doc.words[owner] in persons):
            # "Norfolk's team" plays.
            continue
        if joined and word == "government" and (owner == i - 1 or _is_land(doc, first, owner + 1, reference_data)):
            # "Denmark's government" is the country's.
            continue
        if joined and doc.sentence_of[first] == doc.sentence_of[i]:
            yield named(doc, first, i + 1, "ORG")


def _small_field(doc: Document, last: int) -> int:
    """Return where a ministry's name in small letters ends: "(the Danish ministry) of culture and sport"."""
    if doc.words[last : last + 1] not in (("of",), ("for",)) or doc.head[last] != last - 1:
        return last
    end = at = last + 1
    while at < len(doc) and at - last < 6 and doc.words[at].islower():
        if doc.tag[at][:2] in ("NN", "JJ"):
            end = at + 1
        elif doc.words[at] not in ("and", "the"):
            break
        at += 1
    return end


def _is_land(doc: Document, first: int, last: int, reference_data: Reference) -> bool:
    text = doc.text[doc.start[first] : doc.end[last - 1]]
    known = reference_data.country_of(text) is not None or reference_data.known(text) is not None
    return known or key(text) in places() or key(text) in reference_data.capitals or key(text) in reference_data.regions


def _speaks(doc: Document, token: int) -> bool:
    """Whether a noun says or wants something: as the subject, or behind "according to"."""
    head = doc.head[token]
    if doc.dep[token] == "nsubj":
        return doc.folded[head] in government_verbs()
    return doc.dep[token] == "pobj" and doc.folded[head] == "to" and doc.folded[doc.head[head]] == "according"


def _acts(doc: Document, token: int) -> bool:
    """Whether a campaign or office is a subject or an owner; an office with an owner only if it says something."""
    named = doc.dep[token - 1] == "compound" or doc.words[token] == "campaign"
    return _speaks(doc, token) or (named and doc.dep[token] in ("nsubj", "poss"))


def _publishes(doc: Document, token: int) -> bool:
    """Whether a noun is the subject of a verb whose object is a document: sent a letter."""
    released = doc.child(doc.head[token], "dobj") if doc.dep[token] == "nsubj" else None
    return released is not None and doc.lower[released] in DOCUMENTS


def _is_issuer(doc: Document, token: int) -> bool:
    """Whether a document comes from a noun: a letter FROM the Lume campaign."""
    source = doc.head[token]
    return doc.dep[token] == "pobj" and doc.lower[source] in ("from", "by") and doc.lower[doc.head[source]] in DOCUMENTS


def _titled(word: str) -> bool:
    return word[:1].isupper() and word[1:].islower() and word not in ("The", "A", "This")


def _field(doc: Document, last: int) -> int:
    """Return where a ministry's name ends: "(Ministry) of Foreign Affairs and Trade (of Norway)"."""
    words = doc.words
    end = last
    while end < len(doc) - 1 and end - last < MAX_WORDS and doc.sentence_of[end + 1] == doc.sentence_of[last - 1]:
        step = 1 if words[end] in ("of", "for", "and", "&") else 0
        if words[end : end + 2] == ("of", "the") or words[end : end + 2] == ("for", "the"):
            step = 2
        if end == last and not step:
            break
        at = end + step
        if at >= len(doc) or not capital(words[at]) or (words[end] == "and" and words[at] in OWNED_HEADS):
            break
        end = at + 1
    return end


def of_reference(doc: Document, reference_data: Reference) -> Iterator[Name]:
    """Yield names of the reference data and demonyms: the longest at each word, capitalised like a name."""
    words, text = doc.words, doc.text
    taken = 0
    for i, word in enumerate(words):
        if i < taken or not capital(word) or not (size := reference_data.sizes.get(key(word).casefold(), 0)):
            continue
        # Hyphens, dots and possessives are separate tokens.
        longest = min(MAX_WORDS, 2 * size)
        for last in range(min(len(words), i + longest), i, -1):
            start, end = doc.start[i], doc.end[last - 1]
            if words[last - 1] in POSSESSIVES or not any(ch.isalnum() for ch in words[last - 1]):
                continue
            entry = reference_data.known(text[start:end])
            label = entry.label if entry else "NORP" if reference_data.country_of(text[start:end]) else None
            if label == "GPE" and last == i + 1 and is_titled_country_name(doc, i):
                break
            if label and _written(text[start:end]) and doc.sentence_of[i] == doc.sentence_of[last - 1]:
                yield Name(start, end, i, last, label)
                taken = last
                break


def is_titled_country_name(doc: Document, i: int) -> bool:
    """Whether a country's name is a titled person's: "Captain America"."""
    before = doc.words[i - 1] if i and doc.sentence_of[i - 1] == doc.sentence_of[i] else ""
    return before.casefold() in TITLES and capital(before)


def _written(name: str) -> bool:
    """Whether the words are capitalised like a name: "Security Council", not "Security council"."""
    words = re.split(r"[ -]", name)
    return "\n" not in name and all(capital(w) or w in CONNECTING or not w[:1].isalpha() for w in words if w)


def extend_names(doc: Document, names: Sequence[Name]) -> list[Name]:
    """Extend names by a small word behind that changes their meaning: "the Trump administration" is a body, "the United
    Nations' charter" a law."""
    out = []
    words = doc.words
    for name in names:
        last = name.last
        if name.label in ("PERSON", "ORG") and words[last : last + 1] and words[last] in GOVERNING:
            name = named(doc, name.first, last + 1, "ORG")
        elif name.label == "ORG" and words[last + 1 : last + 2] == ("charter",) and words[last] in POSSESSIVES:
            name = named(doc, name.first, last + 2, "LAW")
        out.append(name)
    return out


def bracketed(doc: Document, names: Sequence[Name]) -> Iterator[Name]:
    """Yield the acronym in brackets right after its name."""
    words = doc.words
    for name in names:
        opening = name.last + (1 if words[name.last : name.last + 1] and words[name.last] in POSSESSIVES else 0)
        if words[opening : opening + 1] != ("(",) or words[opening + 2 : opening + 3] not in ((")",), (";",), (",",)):
            continue
        short = words[opening + 1]
        long = doc.text[name.start : name.end]
        if name.label not in ("PERSON", "GPE", "NORP") and is_acronym(short) and in_order(short, long):
            yield named(doc, opening + 1, opening + 2, name.label)


def datelines(doc: Document, reference_data: Reference) -> Iterator[Name]:
    """Yield the place in capitals that opens a report: "TEHRAN – ", "LONDON (Reuters) -", "CHICO, Calif. -". If only
    the dash follows, it must be a capital or a state."""
    words = doc.words
    for i in (tokens.start for tokens in doc.sentence_tokens if tokens and tokens.start < len(doc) - 1):
        if not (words[i].isupper() and len(words[i]) > 2):
            continue
        last = i + 1
        while last < len(doc) - 1 and last - i < 4 and words[last].isupper() and words[last].isalpha():
            last += 1
        place = key(" ".join(words[i:last]))
        followed = words[last] in ("(", ",") and not DASHES.isdisjoint(words[last + 1 : last + 8])
        if followed or (
            words[last] in DASHES and (place in reference_data.capitals or place in reference_data.regions)
        ):
            yield named(doc, i, last, "GPE")


def credited(doc: Document, reference_data: Reference) -> Iterator[Name]:
    """Yield the agency that a dateline credits in brackets: "RABAT, March 17 (Manara) --"."""
    words = doc.words
    for place in datelines(doc, reference_data):
        # The brackets are before the dash, behind the place and possibly the day.
        span = range(place.last, min(place.last + 10, len(doc)))
        opened = next((k for k in span if words[k] == "("), None)
        if opened is None or not DASHES.isdisjoint(words[place.last : opened]):
            continue
        closed = next((k for k in range(opened + 1, min(opened + 6, len(doc) - 1)) if words[k] == ")"), None)
        if closed is not None and closed > opened + 1 and words[closed + 1] in DASHES:
            inside = words[opened + 1 : closed]
            if all(word[:1].isupper() for word in inside):
                yield named(doc, opened + 1, closed, "ORG")
