"""Find names of persons by their own words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.data import words as listed
from pipeline.document import Document
from pipeline.mentions.introductions import introductions
from pipeline.mentions.name_boundaries import (
    AMBIGUOUS_LETTERS,
    DAYS,
    FILIATION_ABBREVIATIONS,
    LETTERS,
    POST_ABBREVIATIONS,
    SURE_OCCUPATION_SUFFIXES,
    TIMES,
    after_time,
    is_calling,
)
from pipeline.mentions.person_context import (
    LIKE_PLACES,
    MAX_OF_PERSON,
    NO_SURNAMES,
    STREETS,
    nouns_of_persons_alone,
    pronouns_after,
    speaking_alone,
)
from pipeline.mentions.person_linking import GENERATIONS
from pipeline.mentions.spans import PARTICLES, RELIGIOUS, Name, capital, named, of_letters
from pipeline.mentions.words import (
    LEGAL_FORMS,
    LIKE_PERSONS,
    OFFICES,
    ROYAL,
    TITLES,
    address_titles,
    first_names,
    government_verbs,
    is_given_name,
    is_honorific,
    is_rank,
    person_nouns,
    places,
)
from pipeline.reference import Reference, key

# "Democrat Ana Lume"
PARTY_MEMBERS = listed("name_words.tsv", "member of a party")
KOREAN = listed("name_words.tsv", "korean surname")
SURE_PARTICLES = listed("name_words.tsv", "particle of any name")
# Numerals behind a name: "II".
NUMERALS = frozenset(word.upper() for word in GENERATIONS if set(word) <= set("iv"))
# Words in small letters that are no given name, words that are in no name, and words right before one.
_NOT_GIVEN = TITLES | ROYAL | OFFICES.keys()
_NOT_IN_NAME = POST_ABBREVIATIONS | DAYS | PARTY_MEMBERS
_BEFORE_NAME = POST_ABBREVIATIONS | LETTERS | RELIGIOUS | PARTY_MEMBERS | DAYS
# Endings of callings, peoples and followers, which no given name before a lone surname may have.
_NOT_GIVEN_ENDINGS = tuple(sorted(listed("name_words.tsv", "ending of a noun for persons")))
# Months that are given names, too, but not among `given_names.tsv`: "August".
GIVEN_MONTHS = listed("ambiguous_names.tsv", "given month")
# Titles that precede another one, and never a name of several words alone.
UNTITLED = frozenset({"deputy", "vice", "former", "acting", "presidential", "prime", "foreign", "finance", "home"})
_OPENING, _CLOSING = frozenset("\"“'‘"), frozenset("\"”'’")
# A lone name is the subject of at least this many verbs.
MIN_LONE = 2


def parents(doc: Document) -> Iterator[Name]:
    """Yield the names on both sides of "s/o" and "d/o", son and daughter of."""
    words = doc.words
    for i in range(2, len(doc) - 2):
        if words[i] != "/" or words[i + 1] != "o" or words[i - 1] not in FILIATION_ABBREVIATIONS:
            continue
        first = i - 1
        while first > 0 and i - 1 - first < MAX_OF_PERSON and proper(doc, first - 1, i):
            first -= 1
        last = i + 2
        while last < len(doc) and last - i - 2 < MAX_OF_PERSON and proper(doc, last, i):
            last += 1
        if first < i - 1 and last > i + 2:
            yield named(doc, first, i - 1, "PERSON")
            yield named(doc, i + 2, last, "PERSON")


def proper(doc: Document, i: int, near: int) -> bool:
    """Whether a token is written like a name (a capital, then small letters) and in the sentence of another one."""
    word = doc.words[i]
    return capital(word) and word[1:].islower() and doc.sentence_of[i] == doc.sentence_of[near]


def in_full(doc: Document) -> Iterator[Name]:
    """Yield a given name with the proper nouns that the tree joins to it: "Insider Jared La Canova". No proper noun may
    be right before or behind, except a title or a post before."""
    words, tags = doc.words, doc.tag
    size = len(doc)
    for i, word in enumerate(words):
        if tags[i] != "NNP":
            continue
        called = i > 0 and doc.folded[i - 1] in person_nouns() and doc.folded[i] in first_names("speakers")
        if not (is_given_name(word) or called) or doc.folded[i] in LIKE_PLACES:
            continue
        head = doc.head[i]
        if doc.dep[i] != "compound" or not i < head < i + MAX_OF_PERSON or not free_before(doc, i):
            continue
        if after_time(doc, i, head + 1) > i:
            # "Last August Ana Lume"
            continue
        last = head + 1
        if not all(of_name(doc, k) or is_hyphen(doc, k) for k in range(i + 1, last)) or words[head] in NO_SURNAMES:
            continue
        if last < size and tags[last].startswith("NNP") and doc.sentence_of[last] == doc.sentence_of[i]:
            continue
        if words[i - 1 : i] and words[i - 1].isdigit() and doc.folded[head] in STREETS:
            continue
        text = doc.text[doc.start[i] : doc.end[head]]
        if "\n" not in text and text.casefold() not in LIKE_PERSONS:
            yield named(doc, i, last, "PERSON")


def lettered(doc: Document) -> Iterator[Name]:
    """Yield two or three proper nouns before letters that only persons have: "Ngaire Lume MNZM"."""
    for i, word in enumerate(doc.words):
        if word not in LETTERS or word in AMBIGUOUS_LETTERS:
            continue
        first = i
        while first > 0 and i - first < MAX_OF_PERSON - 1 and _precedes_letters(doc, first - 1, i):
            first -= 1
        if i - first > 1:
            yield named(doc, first, i, "PERSON")


def nicknamed(doc: Document) -> Iterator[Name]:
    """Yield names around a nickname in marks: 'Rosalinda "Baby" Lume'."""
    words = doc.words
    for i, mark in enumerate(words):
        if mark not in _OPENING or not i or doc.text[doc.end[i] : doc.end[i] + 1] == " ":
            continue
        closing = next((k for k in range(i + 2, min(len(doc) - 1, i + MAX_OF_PERSON + 1)) if words[k] in _CLOSING), 0)
        nickname = all(capital(words[k]) and words[k].isalpha() for k in range(i + 1, closing))
        spaced = doc.text[doc.end[i - 1] : doc.start[i]] == " " == doc.text[doc.end[closing] : doc.start[closing + 1]]
        if not closing or not nickname or not spaced or doc.sentence_of[i - 1] != doc.sentence_of[closing + 1]:
            continue
        first, last = i - 1, closing + 1
        if not is_given_name(words[first]) or not of_name(doc, last, of=("NNP", "NN")) or words[last] in PARTICLES:
            continue
        if is_hyphen(doc, last + 1) and capital(words[last + 2]):
            # "Monroe-Park"
            last += 2
        yield named(doc, first, last + 1, "PERSON")


def numbered(doc: Document) -> Iterator[Name]:
    """Yield a given name, or a month that is one, and one or two surnames before a Roman numeral: "August Lume V"."""
    for i, word in enumerate(doc.words):
        if word not in NUMERALS:
            continue
        first = i
        while first > 0 and i - first < MAX_OF_PERSON - 1 and _precedes_letters(doc, first - 1, i):
            first -= 1
        given = is_given_name(doc.words[first]) or doc.words[first] in GIVEN_MONTHS
        if i - first > 1 and given and free_before(doc, first):
            yield named(doc, first, i + 1, "PERSON")


def _precedes_letters(doc: Document, i: int, letters: int) -> bool:
    small = doc.folded[i]
    return (
        of_name(doc, i)
        and doc.sentence_of[i] == doc.sentence_of[letters]
        and doc.text[doc.end[i] : doc.start[i + 1]] == " "
        and small not in OFFICES
        and small not in TIMES
        and doc.words[i] not in DAYS
        and not is_calling(doc, i)
    )


def titled(doc: Document) -> Iterator[Name]:
    """Yield the proper nouns behind a title: "President Obi", "Mrs. Lume", "Insp Harjit Gill"."""
    for i, tag in enumerate(doc.tag):
        if not tag.startswith("NNP") or i == 0 or not capital(doc.words[i - 1]):
            continue
        title = doc.folded[i - 1].rstrip(".")
        post = doc.words[i - 1] in POST_ABBREVIATIONS
        calling = title.endswith(SURE_OCCUPATION_SUFFIXES)
        entitled = post or calling or title in TITLES or title in address_titles()
        if not entitled or doc.folded[i] in OFFICES or title in UNTITLED:
            continue
        last = i
        while last < len(doc) and last - i < MAX_OF_PERSON and doc.tag[last].startswith("NNP"):
            # "Ana Lume-Berg"
            last += 3 if is_hyphen(doc, last + 1) and doc.tag[last + 2] == "NNP" else 1
        surname = last - i == 1 or is_hyphen(doc, i + 1)
        if surname and (title not in address_titles() or tag != "NNP"):
            continue
        # The parser often takes an abbreviated post ("DCP Ana Lume") for another word.
        joined = (post or doc.head[i - 1] in range(i, last)) and doc.sentence_of[i - 1] == doc.sentence_of[last - 1]
        plain = all(of_name(doc, k, of=("NNP", "NNPS")) or is_hyphen(doc, k) for k in range(i, last))
        plain = plain and LEGAL_FORMS.isdisjoint(doc.words[i:last])
        if joined and plain and not (last < len(doc) and doc.tag[last].startswith("NNP")):
            yield named(doc, i - 1 if title in ROYAL and last - i == 1 else i, last, "PERSON")


def surname_first(doc: Document) -> Iterator[Name]:
    """Yield a surname and the given name behind it, if the surname alone says something: "Horvath Eszter led", "Horvath
    said"."""
    alone = speaking_alone(doc)
    for i in range(1, len(doc)):
        if doc.words[i - 1] in alone and given_after(doc, i) and of_name(doc, i - 1) and free_before(doc, i - 1):
            yield named(doc, i - 1, i + 1, "PERSON")


def given_after(doc: Document, i: int) -> bool:
    """Whether a token is a given name right behind a surname: "Horvath Eszter led"."""
    return (
        0 < i < len(doc)
        and is_given_name(doc.words[i])
        and not is_given_name(doc.words[i - 1])
        and doc.tag[i] == "NNP"
        and doc.dep[i - 1] == "compound"
        and doc.head[i - 1] == i
        and doc.dep[i] in ("nsubj", "nsubjpass", "dobj", "pobj")
        and doc.text[doc.end[i - 1] : doc.start[i]] == " "
    )


def names_before(doc: Document, surname: int) -> int:
    """Return where a person's name starts of which only the last word was found: "Le Thi Bich" before "Ngoc"."""
    first = surname
    while first > 0 and surname - first < MAX_OF_PERSON - 1 and first - 1 < doc.head[first - 1] <= surname:
        if not _of_one_name(doc, first - 1, doc.head[first - 1]):
            break
        first -= 1
    begins = first == 0 or doc.sentence_of[first - 1] != doc.sentence_of[first]
    if not begins or doc.dep[surname] not in ("nsubj", "nsubjpass"):
        return surname
    return first if surname - first > 1 or _may_be_given(doc, first) else surname


def _may_be_given(doc: Document, i: int) -> bool:
    """Whether one unlisted word before a surname can be a given name: no calling, place, people or other noun."""
    small = doc.folded[i]
    return not (
        small in doc.vocabulary
        or small in person_nouns()
        or key(doc.words[i]) in places()
        or small.endswith(_NOT_GIVEN_ENDINGS)
        or is_calling(doc, i)
    )


def given_before(doc: Document, i: int) -> bool:
    """Whether a token is a given name right before a surname, also one that places share ("Adelaide Lume"), or an
    unlisted one that the tree joins to the surname of one of two persons ("Isla Lume and Morag Lume")."""
    word = doc.words[i]
    given = is_given_name(word) or doc.folded[i] in first_names("speakers") or doc.folded[i] in LIKE_PLACES
    joined = doc.dep[i] == "compound" and doc.head[i] == i + 1
    joined = joined and (doc.dep[i + 1] == "conj" or any(doc.dep[c] == "cc" for c in doc.children[i + 1]))
    given = given or (joined and _of_one_name(doc, i, i + 1) and not is_calling(doc, i))
    return (
        given
        and word.istitle()
        and doc.tag[i] == "NNP"
        and doc.sentence_of[i] == doc.sentence_of[i + 1]
        and doc.text[doc.end[i] : doc.start[i + 1]] == " "
        and doc.folded[i] not in _NOT_GIVEN
        # "In May Lume said"
        and after_time(doc, i, i + 2) == i
        and free_before(doc, i)
    )


def speaking(doc: Document, reference_data: Reference) -> Iterator[Name]:
    """Yield two to four proper nouns that are the subject of a verb of speech and that the model did not find: "Mercy
    Atieno said"; also before letters ("Anil Lume MD said"). No title of a body or place may end them."""
    for token, dep in enumerate(doc.dep):
        verb = doc.head[token]
        if dep != "nsubj" or doc.tag[token] != "NNP" or doc.folded[verb] not in government_verbs():
            continue
        last = token - (doc.words[token] in LETTERS)
        if _is_surname_after(doc, token):
            last = token + 1
        first = min(last, token)
        while first > 0 and last - first < MAX_OF_PERSON - 1:
            # "Nadia Akhtar-Bligh"
            before = first - 2 if is_hyphen(doc, first - 1) else first - 1
            if before < 0 or doc.head[before] not in (last, token) or not _of_one_name(doc, before, doc.head[before]):
                break
            first = before
        free = free_before(doc, first)
        first = after_time(doc, first, last + 1)
        text = doc.text[doc.start[first] : doc.end[last]]
        # "Hamilton East MP said"
        lone = (
            first == last
            or not free
            or not of_name(doc, last)
            or (last < token and not is_given_name(doc.words[first]))
        )
        land = doc.words[first] in PARTICLES or reference_data.country_of(doc.words[first])
        behind = max(last, token) + 1
        if lone or land or text.casefold() in LIKE_PERSONS or doc.tag[behind : behind + 1] == ("NNP",):
            continue
        if "\n" not in text and reference_data.known(text) is None:
            yield named(doc, first, last + 1, "PERSON")


def _is_surname_after(doc: Document, i: int) -> bool:
    """Whether the parser hangs a surname on the given name before it: "said Olúfẹ́mi Adébáyọ̀,"."""
    after = i + 1
    return (
        after < len(doc) - 1
        and doc.head[after] == i
        and of_name(doc, i)
        and of_name(doc, after)
        and doc.dep[after] != "conj"
        and doc.text[doc.end[i] : doc.start[after]] == " "
        and doc.sentence_of[i] == doc.sentence_of[after]
    )


def given_as(doc: Document, reference_data: Reference) -> Iterator[Name]:
    """Yield names that a phrase gives an unnamed person: "a trader who gave her name only as Iya Lume"."""
    for _, first in introductions(doc):
        last = first
        while last < len(doc) and last - first < MAX_OF_PERSON and of_name(doc, last) and last <= doc.head[first]:
            last += 1
        last = max(last, first + 1) if of_name(doc, first, of=("NNP", "NN")) else first
        if last > first and reference_data.country_of(doc.text[doc.start[first] : doc.end[last - 1]]) is None:
            yield named(doc, first, last, "PERSON")


def taken_up(doc: Document) -> Iterator[Name]:
    """Yield two to four proper nouns that are a subject of the narrator and that the model did not find, if he or she
    is the next subject: "Hinemoa Te Lume works next door. She heard it"."""
    found: dict[int, int] = {}
    for token, dep in enumerate(doc.dep):
        if dep != "nsubj" or doc.tag[token] != "NNP" or doc.in_marks[token] or not of_name(doc, token):
            continue
        first = name_start(doc, token)
        if first < token and free_before(doc, first) and after_time(doc, first, token + 1) == first:
            found[token] = first
    after = pronouns_after(doc, found.keys())
    for token, first in found.items():
        if after[token] and "it" not in after[token]:
            yield named(doc, first, token + 1, "PERSON")


def name_start(doc: Document, last: int) -> int:
    """Return the first of the proper nouns that the tree joins to a person's last name: "Nadia Akhtar-Bligh"."""
    first = last
    while first > 0 and last - first < MAX_OF_PERSON - 1:
        before = first - 2 if is_hyphen(doc, first - 1) else first - 1
        if before < 0 or not _of_one_name(doc, before, last):
            break
        first = before
    return first


def is_hyphen(doc: Document, i: int) -> bool:
    """Whether the token joins two words without blanks."""
    return (
        0 < i < len(doc) - 1
        and doc.words[i] == "-"
        and doc.end[i + 1] - doc.start[i - 1] == sum(len(word) for word in doc.words[i - 1 : i + 2])
    )


def alone(doc: Document, reference_data: Reference) -> Iterator[Name]:
    """Yield names of one word of persons that the model did not find: see `lone_persons`."""
    for word, tokens in lone_persons(doc).items():
        known = reference_data.known(word) is not None or reference_data.country_of(word)
        if not known and of_name(doc, tokens[0]) and word not in DAYS and word.casefold() not in LIKE_PERSONS:
            yield from (named(doc, token, token + 1, "PERSON") for token in tokens)


def lone_persons(doc: Document) -> dict[str, list[int]]:
    """Return the proper nouns that are at least twice alone the subject of the narrator's verbs, once with he or she
    right behind ("Hepworth says he learned it"), never with "it", which takes up a firm; with these tokens."""
    found: dict[str, list[int]] = {}
    for token, dep in enumerate(doc.dep):
        proper = dep == "nsubj" and doc.tag[token] in ("NNP", "NN") and doc.words[token].istitle()
        if proper and not doc.in_marks[token] and not doc.children[token]:
            found.setdefault(doc.words[token], []).append(token)
    several = {word: tokens for word, tokens in found.items() if len(tokens) >= MIN_LONE}
    after = pronouns_after(doc, {token for tokens in several.values() for token in tokens})
    return {
        word: tokens
        for word, tokens in several.items()
        if any(after[token] for token in tokens)
        and not any("it" in after[token] for token in tokens)
        and any(doc.tag[token] == "NNP" for token in tokens)
    }


def beside_noun(doc: Document) -> Iterator[Name]:
    """Yield two or three proper nouns that a person's work or office introduces, and that the model did not find: "the
    water minister, Moses Lume,", "archaeologist Wilf Lume"."""
    nouns = nouns_of_persons_alone()
    for token, tag in enumerate(doc.tag):
        if tag != "NNP" or not of_name(doc, token):
            continue
        first = token
        while first > 0 and token - first < MAX_OF_PERSON - 2 and _of_one_name(doc, first - 1, token):
            first -= 1
        noun = first - 1 - (first > 1 and doc.words[first - 1] == ",")
        if first == token or noun < 0 or doc.lower[noun] not in nouns or not doc.words[noun].islower():
            continue
        apposed = doc.dep[token] == "appos" and doc.head[token] == noun < first - 1
        joined = doc.head[noun] == token and noun == first - 1
        ends = doc.tag[token + 1 : token + 2] not in (("NNP",), ("NNPS",), ("POS",), ("HYPH",))
        if (apposed or joined) and ends and doc.tag[noun] == "NN" and doc.sentence_of[noun] == doc.sentence_of[token]:
            yield named(doc, first, token + 1, "PERSON")


def _of_one_name(doc: Document, i: int, head: int) -> bool:
    word, small = doc.words[i], doc.folded[i]
    return (
        doc.head[i] == head
        and doc.dep[i] == "compound"
        and doc.sentence_of[i] == doc.sentence_of[head]
        and of_name(doc, i)
        and small not in OFFICES
        and small not in TIMES
        and (is_rank(word) or not is_honorific(word))
        and word not in _NOT_IN_NAME
    )


def with_particles(doc: Document, reference_data: Reference) -> Iterator[Name]:
    """Yield a given name, particles and a surname: "Giulia dalla Costa"; also an unlisted name before a particle that
    no other words have: "Tomos ap Rhys"."""
    words = doc.words
    for i in range(1, len(doc) - 1):
        if words[i] not in PARTICLES:
            continue
        first = i - 1
        sure = words[i] in SURE_PARTICLES and of_name(doc, first, of=("NNP", "NN", "NNS"))
        while sure and first > 0 and i - first < MAX_OF_PERSON and _of_one_name(doc, first - 1, doc.head[first - 1]):
            first -= 1
        if not (sure or is_given_name(words[i - 1])) or not free_before(doc, first):
            continue
        last = i
        while last < len(doc) - 1 and words[last] in PARTICLES and doc.sentence_of[last + 1] == doc.sentence_of[i]:
            last += 1
        text = doc.text[doc.start[first] : doc.end[last]]
        if of_name(doc, last) and words[last] not in PARTICLES and "\n" not in text and "," not in text:
            if last + 1 < len(doc) and of_name(doc, last + 1) and doc.head[last] == last + 1:
                last += 1
            # "Khalid bin Salman Al Thani" is left to the model.
            if reference_data.known(text) is None and not doc.tag[min(last + 1, len(doc) - 1)].startswith("NNP"):
                yield named(doc, first, last + 1, "PERSON")


def hyphened(doc: Document) -> Iterator[Name]:
    """Yield Korean names, of which models find only the surname: "Kim Do-yeon"."""
    for i, surname in enumerate(doc.words[:-3]):
        if surname not in KOREAN:
            continue
        first, hyphen, second = doc.words[i + 1 : i + 4]
        whole = hyphen == "-" and first.isalpha() and first.istitle() and second.islower()
        if whole and doc.end[i + 3] - doc.start[i + 1] == len(first) + len(hyphen) + len(second):
            yield named(doc, i, i + 4, "PERSON")


def of_name(doc: Document, i: int, of: Sequence[str] = ("NNP",)) -> bool:
    """Whether a token can be part of a person's name: a particle, or an initial or a word with one of the tags `of`
    that is no title and ends no name of another kind."""
    word = doc.words[i]
    initial = len(word) == 2 and word[1] == "." and word[0].isupper()
    plain = capital(word) and of_letters(word) and word[1:2].islower() and word not in NO_SURNAMES
    return (doc.tag[i] in of and (initial or plain) and doc.folded[i] not in TITLES) or word in PARTICLES


def free_before(doc: Document, i: int) -> bool:
    """Whether a name may start here: not behind another proper noun."""
    if i == 0 or doc.sentence_of[i - 1] != doc.sentence_of[i] or not doc.tag[i - 1].startswith("NNP"):
        return doc.folded[i - 1 : i] not in (("the",), ("a",), ("an",)) and doc.words[i - 1 : i] != ("-",)
    word = doc.words[i - 1]
    small = word.casefold().rstrip(".")
    # "Norfolk's Ana Lume": the tagger can take the mark for a proper noun.
    return small in TITLES or small in OFFICES or word in _BEFORE_NAME or word in ("'s", "’s")
