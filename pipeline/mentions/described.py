"""Find descriptions and pronouns of the persons of an article.

Titles beside a name ("defense minister Amir Hatami"), descriptions that take them up ("the defense minister",
"the defense chief"), he and she. `office_holders` and `antecedents` resolve the latter.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import partial

from pipeline.contract.values import PRONOUNS
from pipeline.data import words as listed
from pipeline.document import Document
from pipeline.mentions.ages import aged, ages_of
from pipeline.mentions.antecedents import Antecedents
from pipeline.mentions.chains import LinkedMention, person_mention
from pipeline.mentions.holders import TABLED, Days, offices, place_of
from pipeline.mentions.leads import ANNOUNCED, announced
from pipeline.mentions.name_boundaries import DAYS, TIMES
from pipeline.mentions.office_holders import FORMER, OfficeHolderIndex, given_as_former
from pipeline.mentions.office_places import OfficePlaceIndex
from pipeline.mentions.parties import parties_of
from pipeline.mentions.parts import persons_of_parts
from pipeline.mentions.person_linking import gender
from pipeline.mentions.person_patterns import lone_persons
from pipeline.mentions.post_initials import by_initials, persons_by_initials
from pipeline.mentions.relations import owned_nouns, owners_of, related, relations_of
from pipeline.mentions.roles import of_same_work, roles_of
from pipeline.mentions.sentence_ranks import SUBJECTS
from pipeline.mentions.spans import PORTFOLIOS
from pipeline.mentions.topic_descriptions import MAX_MODIFIERS, TopicDescriptions, apposed, named_after
from pipeline.mentions.unnamed_persons import unnamed
from pipeline.mentions.words import (
    OF_A_PARTY,
    OFFICES,
    PRONOUNS_OF,
    TITLES,
    government_verbs,
    is_given_name,
    nouns_of_titles,
    pronoun_of_first_name,
)

# Words that do not help to identify the person.
NON_DISTINCTIVE_MODIFIERS = listed("name_words.tsv", "idle")
# Adjectives that do: the FOREIGN minister.
DISTINCTIVE_MODIFIERS = listed("name_words.tsv", "telling")
# Before a surname of two persons.
OF_TWO = (("the", "elder"), ("the", "older"), ("the", "younger"))
# Words that refer to the subject of their sentence; this many decide whether a person is he or she.
OWN = {"his": "he", "himself": "he", "her": "she", "herself": "she"}
MIN_OWN = 2
# The likely pronoun of a person with this spouse.
SPOUSES = {"husband": "she", "boyfriend": "she", "wife": "he", "girlfriend": "he"}
# Before "attorney": the DISTRICT attorney is a prosecutor.
PROSECUTING = frozenset(("assistant", "county", "deputy", "district", "u.s."))
# Offices remembered of each person.
MAX_OFFICES = 12


@dataclass(slots=True)
class _Person:
    """What the article has shown of a person so far: offices with their modifiers, and he or she."""

    offices: dict[tuple[str, frozenset[str]], None] = field(default_factory=dict)
    gender: str | None = None


def described(doc: Document, linked: Sequence[LinkedMention], published: Days = (None, None)) -> list[LinkedMention]:
    """Return titles beside names, descriptions and pronouns, each with its person's chain; none overlaps a name.
    `published`: the first and last day of publication."""
    held = bytearray(len(doc) + 1)
    for m in linked:
        held[m.first : m.last] = b"\1" * (m.last - m.first)
    persons: dict[int, _Person] = {}
    seats = OfficePlaceIndex(doc, linked)
    titles = list(_titles(doc, linked, seats, held, persons))
    _hold(doc, linked, seats, persons, published)
    _gender_from_possessives(doc, linked, persons)
    _declared(doc, linked, persons)
    for m in titles:
        held[m.first : m.last] = b"\1" * (m.last - m.first)
    return [*titles, *_anaphoric_mentions(doc, linked, titles, seats, held, persons, published)]


def _hold(
    doc: Document,
    linked: Sequence[LinkedMention],
    seats: OfficePlaceIndex,
    persons: Mapping[int, _Person],
    published: Days,
) -> None:
    """Record the public offices of persons named in full, if the article names the office's place or the office has a
    field; not of somebody with a trade, nor a former one that the article gives to another person."""
    given = given_as_former({chain: tuple(person.offices) for chain, person in persons.items()})
    for m in linked:
        if m.label != "PERSON" or m.last - m.first < 2:
            continue
        if any(OFFICES[noun] == "trade" for noun, _ in persons[m.chain].offices):
            # "Robert Gates, a plumber"
            continue
        for held, over in offices(doc.text[m.start : m.end], published):
            others = given.get((held.noun, ""), set()) | given.get((held.noun, held.field), set())
            if over and others - {m.chain}:
                continue
            sign = seats.sign(place_of(held.place))
            words = held.modifiers | {TABLED} | ({FORMER} if over else set())
            # "The secretary of state" needs no country.
            for telling in ({sign} if sign else set(), {held.field} if held.field else set()):
                if telling and held.noun in OFFICES and len(persons[m.chain].offices) < MAX_OFFICES:
                    persons[m.chain].offices[held.noun, words | telling] = None


def _declared(doc: Document, linked: Sequence[LinkedMention], persons: Mapping[int, _Person]) -> None:
    """Record persons who use they, as the article declares: "Ana Lume, who uses they/them pronouns", "who uses the
    pronoun they"; they are named first in that sentence, or last before it."""
    named = [m for m in linked if m.label == "PERSON"]
    starts = [m.first for m in named]
    for i, word in enumerate(doc.folded):
        before = bisect_left(starts, i) if word == "they" and _is_declaration(doc, i) else 0
        if before:
            inside = bisect_left(starts, doc.sentence_tokens[doc.sentence_of[i]].start)
            persons[named[min(inside, before - 1)].chain].gender = "they"


def _is_declaration(doc: Document, i: int) -> bool:
    """Whether "they" at token `i` is a word that somebody uses: they/them, the pronoun they."""
    return doc.folded[i + 1 : i + 3] == ("/", "them") or doc.folded[i - 1 : i] in (("pronoun",), ("pronouns",))


def _titles(
    doc: Document,
    linked: Sequence[LinkedMention],
    seats: OfficePlaceIndex,
    held: bytearray,
    persons: dict[int, _Person],
) -> Iterator[LinkedMention]:
    """Yield runs of titles right before a name, and appositions behind it."""
    places = {m.first: m for m in linked if m.label == "GPE"}
    before: LinkedMention | None = None
    for m in linked:
        if m.label != "PERSON":
            continue
        person = persons.setdefault(m.chain, _Person())
        if before is not None and before.chain != m.chain:
            _counterpart(doc, m, seats, persons[before.chain], person)
        before = m
        if m.last - m.first > 1 and person.gender is None:
            first_name = doc.words[m.first]
            person.gender = gender(first_name) or pronoun_of_first_name(first_name)
        kin = (PRONOUNS_OF.get(doc.folded[noun]) for noun, _ in owned_nouns(doc, m))
        person.gender = next(filter(None, kin), person.gender) or _gender_from_spouse(doc, m)
        first = m.first
        while first > 0 and m.first - first < MAX_MODIFIERS and _may_be_title(doc, first - 1, m.first, held):
            first -= 1
        words = [word.rstrip(".") for word in seats.words(range(first, m.first))]
        if any(word in OFFICES or word in TITLES for word in words):
            federal = words[:1] == ["attorney"] and doc.lower[first - 1 : first] in (("u.s.",), ("us",))
            words = ["u.s.", *words] if federal else words
            _record_office(person, words, [*_owners(doc, first, seats), *seats.after(m.last)])
            if any(word in OFFICES for word in words):
                yield person_mention(doc, first, m.first, m.chain)
        elif doc.folded[m.first] in OFFICES and m.last - m.first > 1:
            # "Pope Leo"
            _record_office(person, [doc.folded[m.first]], [])
        _learn_before(doc, m, first, seats, person)
        _learn_field(doc, m, seats, person)
        yield from _apposition(doc, m, seats, held, person)
        yield from _owned(doc, m, places, seats, held, person)


def _counterpart(doc: Document, m: LinkedMention, seats: OfficePlaceIndex, other: _Person, person: _Person) -> None:
    """Record the office of the person named before, in another place: "his Omani counterpart, Ana Lume"."""
    noun = m.first - 1 - (m.first > 1 and doc.words[m.first - 1] == ",")
    if noun > 0 and doc.folded[noun] == "counterpart" and doc.sentence_of[noun] == doc.sentence_of[m.first]:
        place = seats.word(noun - 1)
        for office, words in list(other.offices) if place[:1] == "#" else ():
            person.offices[office, frozenset(word for word in words if word[:1] != "#") | {place}] = None


def _gender_from_possessives(doc: Document, linked: Sequence[LinkedMention], persons: Mapping[int, _Person]) -> None:
    """Set he or she for persons without a decisive title or name: by at least two of "his" and "herself" in sentences
    of the narrator that name no other person."""
    alone: dict[int, int | None] = {}
    for m in linked:
        if m.label == "PERSON" and not doc.in_marks[m.first]:
            sentence = doc.sentence_of[m.first]
            alone[sentence] = m.chain if alone.get(sentence, m.chain) == m.chain else None
    votes: Counter[int] = Counter()
    for token, word in enumerate(doc.folded):
        if word in OWN and not doc.in_marks[token]:
            chain = alone.get(doc.sentence_of[token])
            if chain is not None:
                votes[chain] += 1 if OWN[word] == "he" else -1
    for chain, vote in votes.items():
        if abs(vote) >= MIN_OWN and persons[chain].gender is None:
            persons[chain].gender = "he" if vote > 0 else "she"


def _gender_from_spouse(doc: Document, m: LinkedMention) -> str | None:
    """Return he or she by the wife or husband that a clause behind the name mentions: "Ana Lume, a nurse whose husband
    died"."""
    sentence = doc.sentence_of[m.first]
    for token in range(m.last, min(len(doc) - 1, m.last + MAX_MODIFIERS)):
        if doc.sentence_of[token] != sentence:
            return None
        if doc.folded[token] == "whose":
            return SPOUSES.get(doc.folded[token + 1])
    return None


def _may_be_title(doc: Document, i: int, name: int, held: bytearray) -> bool:
    word = doc.words[i]
    return (
        not held[i]
        and doc.sentence_of[i] == doc.sentence_of[name]
        and (word.casefold().rstrip(".") in TITLES or word.casefold() in OFFICES or _modifies(doc, i, name))
    )


def _modifies(doc: Document, i: int, name: int) -> bool:
    """Whether a noun or adjective modifies the words before the name: "defense" in "defense minister X"."""
    head = doc.head[i]
    return (
        doc.dep[i] in ("compound", "amod", "nmod")
        and i < head <= name + 4
        and doc.words[i][:1].isalpha()
        and doc.words[i] not in DAYS
        and doc.folded[i] not in TIMES
        and doc.tag[i][:2] in ("NN", "JJ")
    )


def _learn_before(doc: Document, m: LinkedMention, begin: int, seats: OfficePlaceIndex, person: _Person) -> None:
    """Record the office that a name in commas follows: "Norway's president, Ana Lume,", "the mayor of Kiel, Ana
    Lume,". The titles of the name start at token `begin`."""
    if begin < 2 or doc.words[begin - 1] != ",":
        return
    noun = begin - 2
    place: list[str] = []
    if doc.folded[noun] not in OFFICES:
        head = doc.head[doc.head_of(range(m.first, m.last))]
        noun = doc.head[doc.head[head]] if doc.dep[head] == "pobj" else head
        place = [seats.word(i) for i in range(noun + 1, begin - 1) if doc.words[i][:1].isupper()]
    if doc.folded[noun] not in OFFICES or doc.tag[noun] not in ("NN", "NNP") or not 0 < m.first - noun <= MAX_MODIFIERS:
        return
    if doc.sentence_of[noun] != doc.sentence_of[m.first]:
        return
    first = noun
    while first > 0 and noun - first < MAX_MODIFIERS and _modifies(doc, first - 1, noun):
        first -= 1
    _record_office(person, seats.words(range(first, noun + 1)), [*_owners(doc, first, seats), *place])


def _learn_field(doc: Document, m: LinkedMention, seats: OfficePlaceIndex, person: _Person) -> None:
    """Record the office whose field is right before the name: "former Secretary of State Ana Lume"."""
    of = m.first - 1
    while of > 1 and m.first - of < MAX_MODIFIERS and _capital(doc, of):
        of -= 1
    noun = of - 1
    if of < m.first - 1 and noun >= 0 and doc.words[of] == "of" and _capital(doc, noun) and doc.folded[noun] in OFFICES:
        former = [FORMER] if noun and doc.folded[noun - 1] == FORMER else []
        _record_office(person, [*former, doc.folded[noun]], seats.words(range(of + 1, m.first)))


def _capital(doc: Document, i: int) -> bool:
    return doc.words[i][:1].isupper()


def _owners(doc: Document, first: int, seats: OfficePlaceIndex) -> list[str]:
    """Return the words whose office it is: "Iran's" or "Iranian" right before the title."""
    owner = first - 1
    if owner >= 1 and doc.words[owner] in ("'s", "’s", "'", "’"):
        owner -= 1
    return [seats.word(owner)] if owner >= 0 and doc.words[owner][:1].isupper() else []


def _apposition(
    doc: Document, m: LinkedMention, seats: OfficePlaceIndex, held: bytearray, person: _Person
) -> Iterator[LinkedMention]:
    """Yield the words up to the office of "X, the chairman of Y,"."""
    i = m.last
    if i + 1 >= len(doc) or doc.words[i] != ",":
        return
    first = begin = i + 1
    if doc.tag[first] == "CC":
        # "the foreign secretary, Ana Lume, and the home secretary, Ida Berg"
        return
    for last in range(first, min(len(doc), first + MAX_MODIFIERS)):
        word = doc.words[last].casefold()
        if held[last] and seats.word(last)[:1] == "#":
            # "X, a German pianist"
            begin = last + 1
            continue
        if held[last] or doc.sentence_of[last] != doc.sentence_of[i] or word in (",", ".", ";"):
            return
        if word in OFFICES and doc.dep[last] in ("appos", "conj") and doc.head[last] in range(m.first, m.last):
            after = range(last + 1, min(len(doc), last + 4))
            owners = [seats.word(i) for i in after if doc.words[i][:1].isupper()]
            _record_office(person, seats.words(range(first, last + 1)), owners)
            if doc.lower[last + 1 : last + 2] == ("and",) and doc.dep[after[-1]] != "nsubj":
                # "the film's writer and DIRECTOR"
                joined = [i for i in after if doc.dep[i] == "conj" and doc.head[i] == last and doc.tag[i] == "NN"]
                _record_office(person, seats.words(joined), [])
            yield person_mention(doc, begin, last + 1, m.chain)
            return


def _owned(
    doc: Document,
    m: LinkedMention,
    places: Mapping[int, LinkedMention],
    seats: OfficePlaceIndex,
    held: bytearray,
    person: _Person,
) -> Iterator[LinkedMention]:
    """Yield the words up to the office of "X, Russia's foreign minister". Translations lack the comma."""
    comma = m.last < len(doc) and doc.words[m.last] == ","
    place = places.get(m.last + comma)
    if place is None or place.last + 1 >= len(doc) or doc.words[place.last] not in ("'s", "’s"):
        return
    first = place.last + 1
    for last in range(first, min(len(doc), first + MAX_MODIFIERS)):
        if held[last] or doc.sentence_of[last] != doc.sentence_of[m.first] or doc.tag[last][:2] not in ("NN", "JJ"):
            return
        if doc.words[last].casefold() in OFFICES and not _continues(doc, last) and not held[last + 1]:
            beside = doc.dep[last] in ("appos", "conj") and doc.head[last] in range(m.first, m.last)
            if not comma or beside:
                _record_office(person, seats.words(range(first, last + 1)), seats.words(range(place.first, place.last)))
                yield person_mention(doc, first, last + 1, m.chain)
            return


def _continues(doc: Document, i: int) -> bool:
    """Whether the noun modifies one behind it: "the defense secretary post"."""
    return doc.dep[i] == "compound" and doc.head[i] > i


def _record_office(person: _Person, words: Sequence[str], owners: Sequence[str]) -> None:
    for k, word in enumerate(words):
        person.gender = PRONOUNS_OF.get(word, person.gender)
        prosecutes = word == "attorney" and not PROSECUTING.isdisjoint(words[:k])
        for noun in (word, *nouns_of_titles().get(word, ()), *(("prosecutor",) if prosecutes else ())):
            if noun in OFFICES and len(person.offices) < MAX_OFFICES:
                person.offices[noun, frozenset((*words[:k], *owners)) - (NON_DISTINCTIVE_MODIFIERS - {FORMER})] = None


def _anaphoric_mentions(
    doc: Document,
    linked: Sequence[LinkedMention],
    titles: Sequence[LinkedMention],
    seats: OfficePlaceIndex,
    held: bytearray,
    persons: dict[int, _Person],
    published: Days,
) -> Iterator[LinkedMention]:
    """Yield descriptions and pronouns in text order: each can be the antecedent of the next."""
    names = {m.first: m for m in linked if m.label == "PERSON"}
    every = list(names.values())
    pronouns = {chain: person.gender for chain, person in persons.items() if person.gender}
    ages, relations = ages_of(doc, every), relations_of(doc, every, pronouns)
    owners, relatives = owners_of(doc, every), frozenset().union(*relations.values())
    antecedents = Antecedents(doc, pronouns, _vague(doc, every, persons))
    offices_of = {chain: tuple(person.offices) for chain, person in persons.items()}
    leads, roles = announced(doc, every, offices_of, pronouns), roles_of(doc, every, published)
    holders = OfficeHolderIndex(doc, linked, titles, offices_of, seats, pronouns, roles.tokens)
    parties, parts = parties_of(doc, every), persons_of_parts(doc, every)
    posts = persons_by_initials(doc, every)
    topics = TopicDescriptions(doc, seats, held, names.keys(), ages, parties, parts, roles, holders, antecedents)
    i, size = 0, len(doc)
    while i < size:
        name = names.get(i)
        if name is not None:
            head = doc.head_of(range(name.first, name.last))
            fits = pronouns.get(name.chain)
            antecedents.add_mention(_chain(doc, name), _office_of(doc, name, head), name.confidence, fits)
            holders.see(name.chain, head)
            i = name.last
            continue
        word, found = doc.folded[i], None
        if word in PRONOUNS and not held[i] and (doc.dep[i] in SUBJECTS or word != "they"):
            answer = antecedents.pronoun(i, word)
            if answer is not None:
                found = person_mention(doc, i, i + 1, answer.chain, "pronoun", answer.confidence)
        elif doc.tag[i] == "PRP$" and relations:
            owner = antecedents.owner(i, OWN[word], relatives) if word in OWN else None
            owners.tell(i, word, owner)
            found = related(doc, i, held, relations, partial(owners.may_own, word=word, owner=owner))
        elif i in leads and not any(held[doc.left[i] : i + 1]):
            found = person_mention(doc, doc.left[i], i + 1, leads[i], "description", ANNOUNCED)
        elif word == "the" and not held[i]:
            found = _description(doc, i, seats, held, names.keys(), holders)
            if found is not None and _is_rivalled(doc, found, antecedents, persons):
                found = None
            found = of_same_work(doc, roles, found or aged(doc, i, held, ages) or topics.of(i))
            found = found or related(doc, i, held, relations) or by_initials(doc, i, held, posts)
        if found is not None:
            head = doc.head_of(range(found.first, found.last))
            antecedents.add_mention(found.chain, head, found.confidence)
            holders.see(found.chain, head)
            yield found
            i = found.last
            continue
        if (doc.tag[i] == "NN" and unnamed(doc, i)) or (word in PRONOUNS and word != "they"):
            # An unknown person can be the antecedent, too: "he" behind is then unknown.
            antecedents.add_mention(None, i, pronoun=word if word in PRONOUNS else PRONOUNS_OF.get(word))
        i += 1


def _is_rivalled(doc: Document, found: LinkedMention, antecedents: Antecedents, persons: Mapping[int, _Person]) -> bool:
    """Whether the main person of the sentence before is another one, to whom the article gives no office: of the
    coaches of two teams, it may give the office of only one."""
    if OFFICES.get(doc.lower[found.last - 1]) != "sport":
        return False
    topic = antecedents.description(found.last - 1)
    return topic is not None and topic.chain != found.chain and not persons[topic.chain].offices


def _chain(doc: Document, name: LinkedMention) -> int | None:
    """Return the chain of a name; None for "the elder Lume", who is another one."""
    return None if doc.lower[max(0, name.first - 2) : name.first] in OF_TWO else name.chain


def _office_of(doc: Document, name: LinkedMention, head: int) -> int:
    """Return the noun of the office if its seat separates it from the name ("MP for Harbour East Ana Lume"), else the
    name's head."""
    noun = doc.head[doc.head[head]]
    before = doc.words[name.first - 1] if name.first else ""
    if doc.dep[head] == "pobj" and before[:1].isupper() and doc.head[name.first - 1] in range(name.first, name.last):
        return noun if doc.lower[noun] in OFFICES and noun < name.first else head
    return head


def _vague(doc: Document, names: Iterable[LinkedMention], persons: Mapping[int, _Person]) -> set[int]:
    """Return the chains that may be no persons: all their names are one word without title or office, and no verb of
    will or speech has them as its subject, and no he or she follows them (`lone_persons`)."""
    found, sure = set(), set()
    lone = lone_persons(doc)
    for m in names:
        person = persons[m.chain]
        verb = doc.head[m.last - 1]
        speaks = doc.dep[m.last - 1] in SUBJECTS and doc.folded[verb] in government_verbs()
        given = is_given_name(doc.words[m.first]) or doc.words[m.first] in lone
        who = doc.folded[m.last : m.last + 2] == (",", "who")
        if (
            m.last - m.first > 1
            or person.gender
            or person.offices
            or speaks
            or given
            or who
            or any(owned_nouns(doc, m))
        ):
            sure.add(m.chain)
        found.add(m.chain)
    return found - sure


def _description(
    doc: Document, i: int, seats: OfficePlaceIndex, held: bytearray, named: AbstractSet[int], holders: OfficeHolderIndex
) -> LinkedMention | None:
    """Resolve "the (senior Russian) defense chief" to the person of that office; of two, to the one named last."""
    j = i + 1
    while j < len(doc) and j - i <= MAX_MODIFIERS and doc.sentence_of[j] == doc.sentence_of[i]:
        word = doc.folded[j]
        ends = word in OFFICES and (doc.dep[j] != "compound" or doc.head[j] <= j)
        if not (word[:1].isalpha() or word in ("'s", "’s", "-")) or (held[j] and ends):
            return None
        if ends and doc.tag[j] in ("NN", "NNP"):
            break
        j += 1
    else:
        return None
    inside = range(i + 1, j)
    if apposed(doc, j) or any(k in named for k in inside) or named_after(doc, j, named):
        return None
    words = (
        {seats.word(k) for k in inside if not _hyphened(doc, k)} - (NON_DISTINCTIVE_MODIFIERS - {FORMER}) - {"'s", "’s"}
    )
    if j + 2 < len(doc) and doc.words[j + 1] == "of" and (_capital(doc, j + 2) or doc.lower[j + 2] in PORTFOLIOS):
        # "the president of Norway" is not the one of Sweden.
        words.add(seats.word(j + 2))
    # "The outspoken mayor" is the mayor, if there is one.
    idle = {
        doc.folded[k] for k in inside if doc.tag[k] in ("JJ", "VBN") and doc.words[k].islower()
    } - DISTINCTIVE_MODIFIERS | (OF_A_PARTY & words)
    answer = holders.of(j, doc.folded[j], frozenset(words), idle)
    if answer is None:
        return None
    first = i
    while any(held[first : j + 1]):
        first += 1
    return person_mention(doc, first, j + 1, answer.chain, "description", answer.confidence)


def _hyphened(doc: Document, i: int) -> bool:
    """Whether a word in small letters is part of a hyphenated one: "two-term"."""
    return doc.words[i] == "-" or (
        doc.words[i].islower() and "-" in (doc.text[doc.start[i] - 1], doc.text[doc.end[i] : doc.end[i] + 1])
    )
