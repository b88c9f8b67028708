"""Trim words at the ends of a name that are not part of it: days, posts and places before, letters and numbers behind.

A span of the model may also hold two names ("Ukraine Kurt Walker"): each is yielded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from pipeline.data import meanings
from pipeline.data import words as listed
from pipeline.document import Document
from pipeline.mentions.spans import AMBIGUOUS, CAPTIONS, PORTFOLIOS, RELIGIOUS, Name, capital, named, of_letters
from pipeline.mentions.words import (
    BODY_HEADS,
    LEGAL_FORMS,
    LIKE_PERSONS,
    OFFICES,
    ROYAL,
    TITLES,
    address_titles,
    government_verbs,
    is_given_name,
    person_nouns,
)
from pipeline.reference import Reference, key

DAYS = frozenset(meanings("months_and_weekdays.tsv", "weekday"))
MONTHS = frozenset(meanings("months_and_weekdays.tsv", "month"))
# Words beside a day: "Last Sunday night".
TIMES = listed("name_words.tsv", "time")
# Words before a month that is no given name: "in May".
BEFORE_MONTH = listed("name_words.tsv", "before a month") | TIMES
# Letters behind a name: "KC".
LETTERS = listed("name_words.tsv", "letters")
# Letters that also mean a state, a club or an hour: "SC", "AM".
AMBIGUOUS_LETTERS = listed("name_words.tsv", "ambiguous letters")
# Abbreviated posts: "QB".
POST_ABBREVIATIONS = listed("name_words.tsv", "post")
# Words that models take for a person's name: "Covid", "Mum".
NO_NAMES_ALONE = listed("ambiguous_names.tsv", "no name alone")
# Titles that are names as well: "Aaron Judge".
ALSO_NAMES = listed("name_words.tsv", "also a name")
# "Pro-Beijing"
STANCE_PREFIXES = listed("name_words.tsv", "stance")
OCCUPATION_SUFFIXES = tuple(sorted(listed("name_words.tsv", "ending of a calling")))
# Endings that no given name and few surnames have: "Geologist".
SURE_OCCUPATION_SUFFIXES = tuple(sorted(listed("name_words.tsv", "sure ending of a calling")))
# Groups of `people.tsv` whose nouns begin no body's name.
WORKS = frozenset({"trade", "sport", "officer", "scholar", "writer", "artist", "lawyer", "lawmaker", "post"})
FILIATION_ABBREVIATIONS = listed("name_words.tsv", "parent")
# Labels under which the model gives a post with a person.
HOLDING_PERSONS = frozenset({"PERSON", "ORG", "GPE", "NORP", "WORK_OF_ART", "PRODUCT", "FAC", "EVENT"})
# Most words of a country's name before a person's.
MAX_OF_COUNTRY = 3

_NUMBER = re.compile(r"[\d.,:–—/-]*\d[\d.,:–—/-]*")
_MARKS = frozenset(",;:-–—/([")


def trim_name(doc: Document, name: Name, reference_data: Reference) -> Iterator[Name]:
    """Yield the name without words that do not belong to it: two if it holds two, none if no word is left."""
    if doc.words[name.first] in LETTERS and name.last - name.first == 1 and _after_name(doc, name.first):
        return
    if doc.words[name.first] in CAPTIONS and doc.words[name.first + 1 : name.first + 2] == ("/",):
        # "Photo/Reuters"
        return
    if name.last - name.first == 1 and (
        doc.folded[name.first] in NO_NAMES_ALONE or _is_office(doc, name) or _is_description(doc, name)
    ):
        return
    if "@" in doc.text[name.start : name.end]:
        # A line of a list: "Mountain View, CA @ Shoreline Amphitheatre".
        return
    first = _after_stance(doc, name.first, name.last, reference_data)
    if first == name.last:
        return
    name = _within(doc, name, first, name.last)
    if (last := _lettered(doc, name)) < name.last:
        name = replace(_within(doc, name, name.first, last), label="PERSON")
    if name.label == "PERSON":
        name = _within(doc, name, _after_verb(doc, name.first, name.last), name.last)
        name = _within(doc, name, after_time(doc, name.first, name.last), name.last)
        name = _within(doc, name, name.first, _without_letters(doc, name.first, name.last))
    elif name.label in ("GPE", "NORP", "LOC"):
        name = _within(doc, name, name.first, _before_numbers(doc, name.first, name.last))
    elif name.last - name.first == 3 and _scored(doc, name):
        name = replace(_within(doc, name, name.first, name.last - 1), label="PERSON")
    elif (last := _before_numbers(doc, name.first, name.last)) < name.last:
        # "Sweden 1", but "Studio 54".
        name = _within(doc, name, name.first, last) if reference_data.country_of(_text(doc, name.first, last)) else name
    for part in _separate_names(doc, name, reference_data):
        several = part.label == "PERSON" and part.last - part.first > 1
        if not several or not any(map(_has_digit, doc.words[part.first : part.last])):
            yield part


def _within(doc: Document, name: Name, first: int, last: int) -> Name:
    """Return the name cut to the tokens [first, last)."""
    if (first, last) == (name.first, name.last):
        return name
    start = doc.start[first] if first > name.first else name.start
    end = doc.end[last - 1] if last < name.last else name.end
    return Name(start, end, first, last, name.label)


def _after_name(doc: Document, i: int) -> bool:
    """Whether the letters follow a person's name: "Alan Reid OBE", "Mary Okafor, PhD"."""
    before = i - 2 if i > 1 and doc.words[i - 1] == "," else i - 1
    return before >= 0 and doc.tag[before] == "NNP" and doc.words[before][1:].islower()


def _is_office(doc: Document, name: Name) -> bool:
    """Whether a lone word is an office with its body or article before, and no name: "the hospital's Dean"."""
    before = doc.folded[name.first - 1] if name.first else ""
    noun = name.label == "PERSON" and doc.folded[name.first] in person_nouns()
    return noun and before in ("the", "a", "an", "'s", "’s")


def _is_description(doc: Document, name: Name) -> bool:
    """Whether a lone word with "the" is a person's description: "the SP", "the Ulsterman"."""
    word = doc.words[name.first]
    alone = doc.folded[name.first - 1 : name.first] == ("the",) and doc.head[name.first - 1] == name.first
    man = word.endswith(("man", "woman")) and name.label == "PERSON" and not is_given_name(word)
    return alone and (word in POST_ABBREVIATIONS or man)


def _has_digit(word: str) -> bool:
    return any(ch.isdigit() for ch in word)


def after_time(doc: Document, first: int, last: int) -> int:
    """Return where a person's name starts behind a day or a month: "On Tuesday Farid Anwar". May, June and the like
    are given names unless a word like "in" or "last" is before or a given name behind."""
    words = doc.words
    at = first
    while last - at > 1:
        word = words[at]
        before = words[at - 1].casefold() if at else ""
        month = word in MONTHS and (not is_given_name(word) or before in BEFORE_MONTH or is_given_name(words[at + 1]))
        after = words[at + 1]
        beside = at > first or after in DAYS or after in MONTHS or after.casefold() in TIMES
        timed = word.casefold() in TIMES and (beside or (at > 0 and words[at - 1] in DAYS))
        if word not in DAYS and not month and not timed:
            break
        at += 1
    return at


def _after_verb(doc: Document, first: int, last: int) -> int:
    """Return where a name starts behind a verb of speech at the head of a sentence: "Said Kwabena Lume:"."""
    begins = first == 0 or doc.sentence_of[first - 1] != doc.sentence_of[first]
    inverted = (
        begins and last - first > 2 and doc.folded[first] in ("said", "says") and is_given_name(doc.words[first + 1])
    )
    return first + 1 if inverted else first


def _without_letters(doc: Document, first: int, last: int) -> int:
    """Return where a person's name ends before letters, numbers and days: "Richard Fletcher KC", "Dana Portman 11"."""
    words = doc.words
    while last - first > 1:
        word = words[last - 1]
        if word in LETTERS or word in DAYS or word in _MARKS or _apart(doc, last - 1):
            last -= 1
        elif word.casefold() in ("al", "al.") and words[last - 2] == "et":
            last -= 2
        elif word in FILIATION_ABBREVIATIONS and words[last : last + 1] == ("/",):
            last -= 1
        else:
            break
    return max(last, first + 1)


def _lettered(doc: Document, name: Name) -> int:
    """Return where a person's name ends that has another label because of the letters behind it: "Rajan Lume IAS"."""
    last = name.last
    while last - name.first > 1 and doc.words[last - 1] in LETTERS:
        last -= 1
    words = doc.words[name.first : last]
    if name.label == "PERSON" or name.label not in HOLDING_PERSONS or last == name.last or not all(map(_plain, words)):
        return name.last
    head = name.last - 1
    speaks = doc.dep[head] == "nsubj" and doc.folded[doc.head[head]] in government_verbs()
    if len(words) > 3 or _text(doc, name.first, last).casefold() in LIKE_PERSONS:
        return name.last
    # "Its barrister, Ana Lume SC,"
    described = name.first > 1 and doc.words[name.first - 1] == "," and doc.lower[name.first - 2] in person_nouns()
    sure = (doc.words[last] not in AMBIGUOUS_LETTERS or described) and (len(words) > 1 or speaks)
    return last if sure or (len(words) > 1 and is_given_name(words[0])) else name.last


def _before_numbers(doc: Document, first: int, last: int) -> int:
    """Return where a place's name ends before a score: "Sweden 1"."""
    while last - first > 1 and _apart(doc, last - 1):
        last -= 1
    return last


def _scored(doc: Document, name: Name) -> bool:
    """Whether a name of two words and a number is in a list of persons with scores: "Ana Lume 44, Ida Berg 9"."""
    beside = (name.first - 2, name.last + 3)
    near = doc.words[name.first - 1 : name.first] == (",",) or doc.words[name.last : name.last + 1] == (",",)
    return (
        near
        and _apart(doc, name.last - 1)
        and all(map(_plain, doc.words[name.first : name.last - 1]))
        and any(0 <= k < len(doc) and _apart(doc, k) for k in beside)
    )


def _apart(doc: Document, i: int) -> bool:
    """Whether a token is a number behind a blank: not the one of "Bavar-373"."""
    return doc.end[i - 1] < doc.start[i] and _NUMBER.fullmatch(doc.words[i]) is not None


def _after_stance(doc: Document, first: int, last: int, reference_data: Reference) -> int:
    """Return where a name starts behind a stance: "Pro-Beijing DAB", "Pan-democrat Gary Fan"."""
    if last - first < 3 or doc.folded[first] not in STANCE_PREFIXES or doc.words[first + 1] != "-":
        return first
    # "Pro-Life Action League" is a name.
    against = doc.words[first + 2]
    return (
        first + 3
        if not capital(against) or reference_data.country_of(against) or key(against) in reference_data.capitals
        else first
    )


def _separate_names(doc: Document, name: Name, reference_data: Reference) -> Iterator[Name]:
    """Yield the names that a span holds."""
    if name.last - name.first == 1:
        yield name
        return
    after_post = _after_posts(doc, name)
    if after_post is not None:
        before, first = after_post
        if before > name.first and name.label != "PERSON":
            yield _within(doc, name, name.first, before)
        name = replace(_within(doc, name, first, name.last), label="PERSON")
    country = _after_country(doc, name, reference_data)
    if country is not None:
        label = "GPE" if reference_data.known(_text(doc, name.first, country)) else "NORP"
        yield named(doc, name.first, country, label)
        name = replace(_within(doc, name, country, name.last), label="PERSON")
    cut = _before_body(doc, name, reference_data) if name.label == "PERSON" else None
    if cut is not None:
        yield named(doc, name.first, cut, "PERSON")
        yield named(doc, cut, name.last, "ORG")
        return
    university = _university(doc, name)
    if university is not None:
        yield _within(doc, name, name.first, university - 1)
        name = _within(doc, name, university, name.last)
    belongs = _of_body(doc, name)
    if belongs is not None:
        yield named(doc, name.first, belongs, "PERSON")
        name = _within(doc, name, belongs + 1, name.last)
    after = _after_comma(doc, name)
    if after is not None:
        yield _within(doc, name, name.first, after - 1)
        name = named(doc, after, name.last, "PERSON")
    person = _after_body(doc, name)
    if person is not None:
        yield _within(doc, name, name.first, person)
        name = named(doc, person, name.last, "PERSON")
    yield name


def _text(doc: Document, first: int, last: int) -> str:
    return doc.text[doc.start[first] : doc.end[last - 1]]


def _post(word: str) -> bool:
    small = word.casefold().rstrip(".")
    return word in POST_ABBREVIATIONS or ((small in TITLES or small in OFFICES) and small not in ALSO_NAMES)


def _after_posts(doc: Document, name: Name) -> tuple[int, int] | None:
    """Return where the posts in a span start, and the person's name behind them: "Russian Presidential Spokesman X",
    "Browns DL X", "NFL Insider X". In a body's name the words behind must look like a person's."""
    words = doc.words
    if name.last - name.first < 2 or name.label not in HOLDING_PERSONS:
        return None
    religious = words[name.first] in RELIGIOUS and name.last - name.first > 2 and is_given_name(words[name.first + 1])
    if _calling(doc, name) or religious or _abbreviated(doc, name):
        return name.first, name.first + 1
    posts = (k for k in range(name.last - 2, name.first - 1, -1) if _post(words[k]))
    last_post = next((k for k in posts if k == name.first or not _trade_as_surname(doc, k)), None)
    if last_post is None:
        if name.label == "PERSON" and name.last - name.first > 2 and words[name.first].casefold() in PORTFOLIOS:
            return name.first, name.first + 1
        return None
    first = last_post + 1
    if not LEGAL_FORMS.isdisjoint(words[first : name.last]):
        # "Canon Inc"
        return None
    if not all(_like_name(word) for word in words[first : name.last]):
        return None
    if name.label != "PERSON" and not (
        (1 < len(_text(doc, first, name.last).split()) < 4 and is_given_name(words[first]))
        or (
            name.last - first == 2
            and words[last_post] in POST_ABBREVIATIONS
            and all(map(_plain, words[first : name.last]))
        )
        or _is_person_after_trade(doc, name, first)
        or _is_addressed(doc, name, first)
    ):
        return None
    alone = name.label == "PERSON" and name.last - first < 2 and words[last_post] not in POST_ABBREVIATIONS
    if alone and not all(_post(word) or word.casefold() in PORTFOLIOS for word in words[name.first : last_post]):
        # "Karen Senator Lume": a lone surname is cut off only behind "Defense Minister" and the like.
        return None
    before = last_post
    while before > name.first and (_post(words[before - 1]) or words[before - 1].casefold() in PORTFOLIOS):
        before -= 1
    return before, first


def _trade_as_surname(doc: Document, i: int) -> bool:
    """Whether a trade behind a given name and before another word is part of a surname: "Rosalind Baker Lume"."""
    return OFFICES.get(doc.folded[i]) in WORKS and is_given_name(doc.words[i - 1])


def _is_person_after_trade(doc: Document, name: Name, first: int) -> bool:
    """Whether a span labelled as a body is a person behind a trade or ranks: "Nurse Abena Osei", "Det Supt Keane"."""
    words = doc.words
    if not all(map(_plain, words[first : name.last])) or not all(map(_post, words[name.first : first])):
        return False
    if name.last - first == 1:
        return first - name.first > 1
    return name.last - first == 2 and OFFICES.get(words[first - 1].casefold()) in WORKS


def _is_addressed(doc: Document, name: Name, first: int) -> bool:
    """Whether a span labelled as a body is a title of persons and a full name: "Dame Olive Lume"."""
    words = doc.words
    title = words[first - 1].casefold().rstrip(".")
    persons = title in address_titles() and title not in ROYAL and title not in OFFICES
    return persons and first == name.first + 1 and name.last - first == 2 and all(map(_plain, words[first : name.last]))


def is_calling(doc: Document, i: int) -> bool:
    """Whether a token is an occupation before a name: "Geologist" before any name; "Guitarist" at the start of a
    sentence before a given name."""
    word = doc.words[i]
    if not capital(word) or not word[1:].islower() or is_given_name(word):
        return False
    begins = i == 0 or doc.sentence_of[i - 1] != doc.sentence_of[i] or not doc.words[i - 1][-1].isalnum()
    guessed = begins and word.endswith(OCCUPATION_SUFFIXES) and is_given_name(doc.words[i + 1])
    return word.endswith(SURE_OCCUPATION_SUFFIXES) or guessed


def _calling(doc: Document, name: Name) -> bool:
    """Whether the first word of a name is an occupation, and a person's name follows: "Guitarist Sam Holloway"."""
    first, *behind = doc.words[name.first : name.last]
    if not behind or not is_calling(doc, name.first):
        return False
    sure = first.endswith(SURE_OCCUPATION_SUFFIXES) and all(map(_plain, behind))
    return (len(behind) > 1 and (name.label == "PERSON" or sure)) or (name.label == "PERSON" and sure)


def _abbreviated(doc: Document, name: Name) -> bool:
    """Whether a person's name begins with an unlisted abbreviated post: three to five capitals before two words."""
    first, *after = doc.words[name.first : name.last]
    head = name.last - 1
    speaks = doc.dep[head] == "nsubj" and doc.folded[doc.head[head]] in government_verbs()
    return (
        (name.label == "PERSON" or (speaks and name.label in ("WORK_OF_ART", "PRODUCT", "FAC")))
        and 2 <= len(after) <= 3
        and 3 <= len(first) <= 5
        and first.isalpha()
        and first.isupper()
        and all(map(_plain, after))
    )


def _like_name(word: str) -> bool:
    return word[:1].isalpha() or word in ("-", "'", "’", ".", ",")


def _after_country(doc: Document, name: Name, reference_data: Reference) -> int | None:
    """Return where a person's name starts behind a country: "Ukraine Kurt Walker". Behind a demonym, and in a name with
    another label, it must start with a given name."""
    words = doc.words
    if name.label not in ("PERSON", "ORG", "GPE"):
        return None
    for cut in range(min(name.first + MAX_OF_COUNTRY, name.last - 2), name.first, -1):
        if not 1 < name.last - cut < 4 or words[cut] in BODY_HEADS or words[name.last - 1] in BODY_HEADS:
            continue
        text = _text(doc, name.first, cut)
        if (
            text.casefold() in AMBIGUOUS
            or not reference_data.country_of(text)
            or not all(map(capital, words[cut : name.last]))
        ):
            continue
        sent = (
            doc.folded[name.first - 1] in ("to", "of", "for") and _post(words[name.first - 2])
            if name.first > 1
            else False
        )
        sure = (
            (name.label == "PERSON" or sent)
            and reference_data.known(text) is not None
            and not is_given_name(words[name.first])
        )
        if (sure or is_given_name(words[cut])) and reference_data.known(_text(doc, cut, name.last)) is None:
            return cut
    return None


def _before_body(doc: Document, name: Name, reference_data: Reference) -> int | None:
    """Return where a body's name starts in a person's: "Obama White House"."""
    for cut in range(name.first + 1, name.last - 1):
        entry = reference_data.known(_text(doc, cut, name.last))
        if entry is not None and entry.label == "ORG":
            return cut
    return None


def _after_comma(doc: Document, name: Name) -> int | None:
    """Return where a person's name starts behind a town: "(the archbishop of) Lund, Eva Dahl"."""
    words = doc.words
    first = name.last - 2
    if name.label not in ("ORG", "GPE") or first - name.first < 2 or words[first - 1] != ",":
        return None
    return first if is_given_name(words[first]) and _plain(words[first]) and _plain(words[first + 1]) else None


def _of_body(doc: Document, name: Name) -> int | None:
    """Return where a person's name ends in a body's: "Meena Lume of Harbour Watch". A given name must come first."""
    words = doc.words
    if name.label != "ORG" or name.last - name.first < 4 or not is_given_name(words[name.first]):
        return None
    of = next((k for k in range(name.first + 2, name.first + 4) if words[k] in ("of", "from", "at")), None)
    if of is None or of + 1 >= name.last or not all(map(_plain, words[name.first : of])):
        return None
    # "Ana Lume School of Art"
    return of if capital(words[of + 1]) and words[of - 1] not in BODY_HEADS else None


def _after_body(doc: Document, name: Name) -> int | None:
    """Return where a person's name starts in a body's: "Council on Harbour Relations Alia Salem". The body must be
    whole without it, and a given name must come first."""
    words = doc.words
    first = name.last - 2
    if name.label != "ORG" or first - name.first < 2 or not is_given_name(words[first]):
        return None
    whole = words[first - 1] in BODY_HEADS or words[first - 1] == "Relations"
    return first if whole and _plain(words[first]) and _plain(words[first + 1]) else None


def _university(doc: Document, name: Name) -> int | None:
    """Return where the university starts in the name of a body at it: "Museum of Art at Norfolk University"."""
    words = doc.words
    if name.label != "ORG" or words[name.last - 1] not in ("University", "College"):
        return None
    return next((k + 1 for k in range(name.first + 1, name.last - 2) if words[k] == "at"), None)


def _plain(word: str) -> bool:
    """Whether a word is written like a person's name, and heads no body."""
    return capital(word) and of_letters(word) and word[1:].islower() and word not in BODY_HEADS
