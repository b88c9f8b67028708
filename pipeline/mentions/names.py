"""Find the names of an article, and label them.

The most certain come first: patterns of laws and bodies; the longer of the model's and the reference data's names;
names found elsewhere in the article.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from pipeline.data import words as listed
from pipeline.document import Document
from pipeline.holidays import tokens_of_holiday
from pipeline.mentions import acting_bodies, bodies, left_out, patterns, person_offices, person_patterns
from pipeline.mentions.chains import is_acronym
from pipeline.mentions.label_rules import PLACE_PREPOSITIONS, assign_labels, is_named_body
from pipeline.mentions.name_boundaries import DAYS, MONTHS, POST_ABBREVIATIONS
from pipeline.mentions.person_context import surnames_alone, without_body
from pipeline.mentions.person_linking import GENERATIONS, surname_end
from pipeline.mentions.run_ons import without_run_on
from pipeline.mentions.signatures import signed
from pipeline.mentions.span_repairs import repair_spans
from pipeline.mentions.spans import AMBIGUOUS, PLACES, Name, capital, is_mistagged_subject, named
from pipeline.mentions.words import ROYAL, TITLES, address_titles, is_given_name, is_honorific, is_rank, places
from pipeline.reference import MAX_WORDS, Reference, key

# Labels whose names are searched for in the rest of the article.
REPEATED = frozenset({"PERSON", "ORG", "GPE", "LAW", "FAC", "LOC", "NORP"})
# Teams that are no countries of ISO 3166.
NATIONS = listed("sport.tsv", "nation")
SPORT = listed("sport.tsv", "word of play")
# "lost TO England"
LOSING = listed("sport.tsv", "losing")
# Capitals that are as often somebody's name.
AMBIGUOUS_CAPITALS = listed("ambiguous_names.tsv", "capital")
# Words before a place, but not before a person called by first name.
_PLACED = PLACE_PREPOSITIONS | {"of", "to"}
# An article with this many different words of play is a match report, in which countries play.
MIN_SPORT_WORDS = 8


def find(doc: Document, reference_data: Reference) -> list[Name]:
    """Return the names of an article in text order, without overlap."""
    chosen = _Chosen(len(doc))
    chosen.take(patterns.resolutions(doc))
    chosen.take(patterns.laws(doc))
    chosen.take(bodies.of_fields(doc))
    chosen.take(bodies.with_purpose(doc))
    chosen.take(bodies.of_members(doc))
    chosen.take(patterns.owned_bodies(doc, reference_data))
    chosen.take(patterns.speaking_bodies(doc, reference_data))
    chosen.take(patterns.courts_of_appeals(doc))
    chosen.take(patterns.bodies_of_persons(doc, reference_data))
    chosen.take(patterns.datelines(doc, reference_data))
    agencies = list(patterns.credited(doc, reference_data))
    chosen.take(agencies)
    chosen.take(patterns.weapons(doc))
    chosen.take(person_patterns.parents(doc))
    chosen.take(person_patterns.lettered(doc))
    chosen.take(signed(doc))
    chosen.take(person_patterns.nicknamed(doc))
    chosen.take(person_patterns.given_as(doc, reference_data))
    chosen.take(person_patterns.numbered(doc))
    chosen.take(bodies.websites(doc))
    chosen.take(bodies.outlets(doc))
    chosen.take(acting_bodies.with_form(doc))
    chosen.take(acting_bodies.joined(doc, reference_data))
    chosen.take(acting_bodies.of_country(doc, reference_data))
    chosen.take(acting_bodies.acting(doc))
    chosen.take(acting_bodies.before_spokesperson(doc))
    chosen.take(acting_bodies.owned_beside_noun(doc))
    chosen.take(person_offices.names_after_office_seat(doc, reference_data))
    chosen.take(person_offices.after_field(doc))
    chosen.take(person_patterns.hyphened(doc))
    chosen.take(person_patterns.with_particles(doc, reference_data))
    full, titled = list(person_patterns.in_full(doc)), list(person_patterns.titled(doc))
    surnames = surnames_alone(doc)
    repaired = [without_body(doc, without_run_on(doc, n), surnames) for n in repair_spans(doc, reference_data)]
    repaired = [acting_bodies.without_noun(doc, name) for name in repaired]
    model = assign_labels(
        doc,
        [_relabelled(doc, name, reference_data) for name in _as_elsewhere(doc, repaired, [*full, *titled])],
        reference_data,
    )
    model = bodies.continued(doc, patterns.extend_names(doc, model))
    chosen.take(_longest(_without_ends(doc, model, full, reference_data), patterns.of_reference(doc, reference_data)))
    chosen.take(full)
    chosen.take(titled)
    _take_left_out(chosen, doc, reference_data)
    chosen.take(patterns.bracketed(doc, chosen.sorted()))
    names = [n for n in chosen.sorted() if not _is_of_holiday(doc, n)]
    names = _unify_labels(doc, names, reference_data, {key(doc.text[n.start : n.end]) for n in agencies})
    names = [without_run_on(doc, name) for name in names]
    chosen = _Chosen(len(doc))
    chosen.take(patterns.extend_names(doc, names))
    # A holiday of one word can be the surname of a person of the article: "Anna Easter".
    chosen.take(n for n in _repeated(doc, names) if len(tokens_of_holiday(doc, n.first)) < 2)
    chosen.take(left_out.short_bodies(doc, names))
    chosen.extend_surnames(doc)
    return _label_countries_as_teams(doc, chosen.sorted(), reference_data)


def _take_left_out(chosen: _Chosen, doc: Document, reference_data: Reference) -> None:
    """Take persons and bodies that neither the model nor a pattern of names found, by the words beside them."""
    chosen.take(person_patterns.beside_noun(doc))
    chosen.take(person_patterns.surname_first(doc))
    chosen.take(_as_bodies(doc, person_patterns.speaking(doc, reference_data), reference_data))
    chosen.take(person_patterns.alone(doc, reference_data))
    chosen.take(person_patterns.taken_up(doc))
    chosen.take(left_out.persons(doc, reference_data))
    chosen.take(left_out.bodies_with_noun(doc, reference_data))
    chosen.take(acting_bodies.beside_noun(doc))
    chosen.take(acting_bodies.with_which(doc))
    chosen.take(acting_bodies.speaking(doc, reference_data))
    chosen.take(bodies.headed(doc))


def _as_bodies(doc: Document, persons: Iterable[Name], reference_data: Reference) -> Iterator[Name]:
    """Yield names that read like persons', as bodies' where a noun beside them says so: "Undeb Cymru, the union,"."""
    return (replace(n, label="ORG") if is_named_body(doc, n, reference_data) else n for n in persons)


def _is_of_holiday(doc: Document, name: Name) -> bool:
    """Whether a name is a listed holiday, or a part of one: "Guy Fawkes" of "Guy Fawkes Night"."""
    holiday = tokens_of_holiday(doc, name.last - 1)
    return name.first in holiday


def _without_ends(doc: Document, model: Iterable[Name], full: Iterable[Name], reference_data: Reference) -> list[Name]:
    """Return the model's names except unknown ones of one word that begin or end a person's name: "Ana" or "Lume" of
    "Ana Lume"."""
    ends = {token for name in full for token in (name.first, name.last - 1)}
    return [
        n
        for n in model
        if n.last - n.first > 1
        or n.first not in ends
        or key(doc.words[n.first]) in places()
        or reference_data.known(doc.words[n.first]) is not None
        or reference_data.country_of(doc.words[n.first]) is not None
    ]


class _Chosen:
    """Names without overlap: the first one taken keeps its tokens."""

    def __init__(self, size: int) -> None:
        self._names: list[Name] = []
        self._held = bytearray(size + 1)

    def take(self, names: Iterable[Name]) -> None:
        for name in names:
            if not any(self._held[name.first : name.last]):
                self._held[name.first : name.last] = b"\1" * (name.last - name.first)
                self._names.append(name)

    def extend_surnames(self, doc: Document) -> None:
        """Extend lone surnames by the given name before, which the parser can attach elsewhere ("Adelaide Lume"), or
        behind ("Horvath Eszter")."""
        for k, name in enumerate(self._names):
            before = name.first - 1
            lone = name.label == "PERSON" and name.last - name.first == 1
            if lone and before >= 0 and not self._held[before] and person_patterns.given_before(doc, before):
                self._held[before] = 1
                self._names[k] = named(doc, before, name.last, "PERSON")
            elif lone and (first := person_patterns.names_before(doc, name.first)) < name.first:
                if not any(self._held[first : name.first]):
                    self._held[first : name.first] = b"\1" * (name.first - first)
                    self._names[k] = named(doc, first, name.last, "PERSON")
            elif lone and not self._held[name.last] and person_patterns.given_after(doc, name.last):
                self._held[name.last] = 1
                self._names[k] = named(doc, name.first, name.last + 1, "PERSON")

    def sorted(self) -> list[Name]:
        return sorted(self._names, key=lambda n: n.start)


def _as_elsewhere(doc: Document, names: Sequence[Name], in_full: Sequence[Name]) -> Iterator[Name]:
    """Cut persons like the article's full names. In a headline, which has capitals everywhere, the end is cut ("Anna
    Berg Wins Vote"); the start is cut everywhere ("Crooked Anna Berg")."""
    loud = _in_capitals(doc)
    persons = [n for n in names if n.label == "PERSON" and 1 < n.last - n.first < MAX_WORDS]
    full = {doc.words[n.first : n.last] for n in persons}
    whole = [n for n in (*persons, *in_full) if n.last - n.first > 1 and not _addresses(doc, n.first, n.first + 1)]
    parts = {doc.words[k] for n in whole for k in (n.first, surname_end(doc, n) - 1)}
    peers = {doc.words[surname_end(doc, n) - 1] for n in whole if n.first and is_rank(doc.words[n.first - 1])}
    spelled = {doc.words[n.first : n.last] for n in persons if doc.sentence_of[n.first] not in loud} if loud else set()
    upper = {tuple(map(str.upper, words)) for words in spelled} | {(words[-1].upper(),) for words in spelled}
    full_names = {(n.first, n.last) for n in in_full if n.last - n.first > 1}
    for n in names:
        sentence = doc.sentence_of[n.first]
        first, last = n.first, n.last
        ranked = is_rank(doc.words[first]) and doc.words[last - 1] not in peers
        addressed = 1 < last - first < MAX_WORDS and doc.words[last - 1] in parts and _addresses(doc, first, last - 1)
        if n.label != "PERSON" and (called := _behind_titles(doc, n, full_names)) is not None:
            # "Sheriff Marcus Lume", which the model takes for a work
            yield called
            continue
        if addressed and not ranked:
            # "Sister Agnes", "DS Lume", if Agnes Lume is named; "Lady Lume" if Baroness Agnes Lume is
            yield named(doc, last - 1, last, "PERSON")
            continue
        if sentence in loud and (known_as := _spelled_out(doc, n, upper)) is not None:
            yield named(doc, *known_as, "PERSON")
            continue
        if n.label == "PERSON" and (sentence == 0 or doc.sentences[sentence].role == "title"):
            lasts = range(min(n.last - 1, n.first + MAX_WORDS), n.first + 1, -1)
            last = next((last for last in lasts if doc.words[n.first : last] in full), n.last)
            last = n.last if all(key(word) in GENERATIONS for word in doc.words[last : n.last]) else last
        if n.label == "PERSON" and last - first > 2 and not is_given_name(doc.words[first]):
            firsts = range(first + 1, min(last - 1, first + MAX_WORDS))
            given = (k for k in firsts if is_given_name(doc.words[k]))
            # "Clerk Agnes Vale Lume", if "Vale Lume" is named
            first = next((k for k in given if not full.isdisjoint((doc.words[k:last], doc.words[k + 1 : last]))), first)
        yield n if (first, last) == (n.first, n.last) else named(doc, first, last, n.label)


def _addresses(doc: Document, first: int, last: int) -> bool:
    """Whether the tokens [first, last) are titles and abbreviated posts before one name of a person."""
    titles = address_titles() - ROYAL
    return all(
        is_honorific(word)
        or word in POST_ABBREVIATIONS
        or (capital(word) and (small := word.casefold().rstrip(".")) in TITLES | titles and small not in ROYAL)
        for word in doc.words[first:last]
    )


def _behind_titles(doc: Document, name: Name, full: AbstractSet[tuple[int, int]]) -> Name | None:
    """Return the person whose full name is the rest of a name behind titles."""
    rests = ((first, name.last) for first in range(name.first + 1, name.last - 1))
    rest = next((each for each in rests if each in full), None)
    titled = rest is not None and _addresses(doc, name.first, rest[0])
    return named(doc, *rest, "PERSON") if rest is not None and titled else None


def _in_capitals(doc: Document) -> frozenset[int]:
    """Return the sentences of four or more words in capitals throughout: "OBAMA SAYS DEAL IS DONE"."""
    found = set()
    for sentence, tokens in enumerate(doc.sentence_tokens):
        count = 0
        for word in doc.words[tokens.start : tokens.stop]:
            if word.isalpha():
                if not word.isupper():
                    break
                count += 1
        else:
            if count > 3:
                found.add(sentence)
    return frozenset(found)


def _spelled_out(doc: Document, name: Name, upper: AbstractSet[tuple[str, ...]]) -> tuple[int, int] | None:
    """Return the tokens of a name in capitals that are one of `upper`, the article's full names and surnames."""
    sizes = range(min(name.last - name.first, MAX_WORDS), 0, -1)
    found = ((k, k + size) for size in sizes for k in range(name.first, name.last - size + 1))
    return next((at for at in found if doc.words[slice(*at)] in upper), None)


def _relabelled(doc: Document, name: Name, reference_data: Reference) -> Name:
    """Return the name with the label of the reference data if that has the whole name."""
    text = doc.text[name.start : name.end]
    entry = reference_data.known(text)
    if entry is not None:
        person = name.label == "PERSON" and (key(text) in AMBIGUOUS or patterns.is_titled_country_name(doc, name.first))
        return name if person else replace(name, label=entry.label)
    return replace(name, label="NORP") if name.label != "LANGUAGE" and reference_data.country_of(text) else name


def _longest(model: Iterable[Name], reference: Iterable[Name]) -> list[Name]:
    """Return both sources, longest first; equal ones: the reference's first, unless the model's is a person."""
    model = list(model)
    persons = {(n.first, n.last) for n in model if n.label == "PERSON"}
    ranked = [(n.first - n.last, (n.first, n.last) in persons, n.first, n) for n in reference]
    ranked += [(n.first - n.last, n.label != "PERSON", n.first, n) for n in model]
    return [name for *_, name in sorted(ranked, key=lambda r: r[:3])]


def _unify_labels(
    doc: Document, names: Sequence[Name], reference_data: Reference, agencies: AbstractSet[str]
) -> list[Name]:
    """Give all mentions of a name one label: the reference's, else the most frequent in the article (ties: the first).
    A lone surname or given name follows the full name. A capital is a place unless a person of the article has its
    name. An agency credited by the dateline is an ORG everywhere."""
    # A Counter takes ten times as long to make as a dict, for each name.
    votes: defaultdict[str, dict[str, int]] = defaultdict(dict)
    of_persons: set[str] = set()
    surnames: set[tuple[str, ...]] = set()
    for name in names:
        counts = votes[key(doc.text[name.start : name.end])]
        counts[name.label] = counts.get(name.label, 0) + 1
        if name.label == "PERSON" and name.last - name.first > 1:
            last = surname_end(doc, name)
            ends = (doc.words[name.first], doc.words[last - 1])
            of_persons |= {key(word) for word in ends if not is_acronym(word)}
            # "Ortega Vidal" of "Lucia Ortega Vidal"
            firsts = range(name.first + 1, min(last - 1, name.first + MAX_WORDS))
            surnames.update(doc.folded[first:last] for first in firsts)
    called = _called_like_places(doc, names)
    out = []
    for name in names:
        text = doc.text[name.start : name.end]
        spelling = key(text)
        if name.label in PLACES and doc.words[name.first] in called and name.last - name.first == 1:
            out.append(replace(name, label="PERSON"))
            continue
        surname = name.last - name.first == 1 and spelling in of_persons
        if (surname or doc.folded[name.first : name.last] in surnames) and not reference_data.known(text):
            name = name if name.label == "PERSON" else replace(name, label="PERSON")
        elif spelling in agencies and not reference_data.known(text):
            name = replace(name, label="ORG")
        elif (
            name.label in ("PERSON", "LANGUAGE")
            and _is_capital(spelling, reference_data)
            and spelling not in of_persons
        ):
            name = replace(name, label="GPE")
        elif not reference_data.known(text) and not reference_data.country_of(text):
            counts = votes[spelling]
            best = max(counts, key=counts.__getitem__)
            more = counts[best] > counts[name.label]
            if name.label in REPEATED or (more and best in REPEATED):
                name = replace(name, label=best)
        out.append(name)
    return out


def _called_like_places(doc: Document, names: Sequence[Name]) -> set[str]:
    """Return given names of the article's persons that are also place names, if they are subjects and never follow
    "in", "from" or "of": "Georgia Milton ... Georgia said"."""
    firsts: dict[str, int] = {}
    for n in names:
        if n.label == "PERSON" and n.last - n.first > 1:
            firsts.setdefault(doc.words[n.first], n.first)
    lone = [
        n
        for n in names
        if n.label in PLACES and n.last - n.first == 1 and n.first > firsts.get(doc.words[n.first], n.first)
    ]
    acting = {doc.words[n.first] for n in lone if doc.dep[n.first] == "nsubj"}
    placed = {
        doc.words[n.first]
        for n in names
        if n.label in PLACES and doc.words[n.first] in acting and n.first and doc.folded[n.first - 1] in _PLACED
    }
    return acting - placed


def _is_capital(spelling: str, reference_data: Reference) -> bool:
    return spelling in reference_data.capitals and spelling not in AMBIGUOUS_CAPITALS


def _repeated(doc: Document, names: Sequence[Name]) -> Iterator[Name]:
    """Yield other mentions of the names found: whole names; persons also by surname, and by a first name that no other
    person of the article has. A lone word must be tagged as a proper noun (a surname as a noun), and must not occur in
    small letters."""
    labels: dict[tuple[str, ...], str] = {}
    firsts: defaultdict[str, set[str]] = defaultdict(set)
    for name in names:
        words = doc.words[name.first : name.last]
        if name.label not in REPEATED or len(words) > MAX_WORDS or len("".join(words)) < 2:
            continue
        labels.setdefault(words, name.label)
        if name.label == "PERSON" and len(words) > 1:
            words = doc.words[name.first : surname_end(doc, name)]
            for begin in range(1, len(words)):
                if not (words[begin][0].isalpha() and words[-1][0].isalpha()):
                    continue
                labels.setdefault(words[begin:], "PERSON")
                # "Van der Berg" at the head of a sentence.
                labels.setdefault((words[begin].capitalize(), *words[begin + 1 :]), "PERSON")
            firsts[words[0]].add(words[-1])
    for first, lasts in firsts.items():
        if len(lasts) == 1 and len(first) > 2:
            labels.setdefault((first,), "PERSON")
    found: defaultdict[str, set[int]] = defaultdict(set)
    for words in labels:
        found[words[0]].add(len(words))
    sizes = {word: sorted(lengths, reverse=True) for word, lengths in found.items()}
    for i, word in enumerate(doc.words):
        for size in sizes.get(word, ()):
            words = doc.words[i : i + size]
            label = labels.get(words)
            if label is None or len(words) < size or doc.sentence_of[i] != doc.sentence_of[i + size - 1]:
                continue
            if size > 1 or (
                capital(word)
                and word not in DAYS
                and word not in MONTHS
                and (
                    doc.tag[i].startswith("NNP" if label != "PERSON" else "NN")
                    or word[1:2] in ("'", "’")
                    or (label == "PERSON" and is_mistagged_subject(doc, i))
                )
                and not (word.lower() in doc.vocabulary and word.lower().islower())
                and not _hyphened(doc, i)
            ):
                yield named(doc, i, i + size, label)
                break


def _hyphened(doc: Document, i: int) -> bool:
    """Whether the word is part of a longer one: "Mayer" in "Metro-Goldwyn-Mayer"."""
    start, end = doc.start[i], doc.end[i]
    return doc.text[max(0, start - 1) : start] == "-" or doc.text[end : end + 1] == "-"


def _label_countries_as_teams(doc: Document, names: Sequence[Name], reference_data: Reference) -> list[Name]:
    """In a match report, label a country as its team (ORG), unless it is the place of something ("in Russia")."""
    if len(SPORT.intersection(doc.folded)) < MIN_SPORT_WORDS:
        return list(names)
    return [
        replace(name, label="ORG")
        if (name.label in PLACES and _plays(doc, name) and _is_country(doc, name, reference_data))
        or _players(doc, name)
        else name
        for name in names
    ]


def _players(doc: Document, name: Name) -> bool:
    """Whether a demonym means a team: "the Belgians"."""
    before = doc.folded[name.first - 1] if name.first else ""
    return name.label == "NORP" and before == "the" and doc.tag[name.last - 1] == "NNPS"


def _is_country(doc: Document, name: Name, reference_data: Reference) -> bool:
    text = doc.text[name.start : name.end]
    return bool(reference_data.country_of(text)) or key(text) in NATIONS


def _plays(doc: Document, name: Name) -> bool:
    token = doc.head_of(range(name.first, name.last))
    head = doc.folded[doc.head[token]]
    if doc.dep[token] != "pobj" or head not in ("in", "from", "to", "across", "near", "at", "into"):
        return True
    # "lost 2-1 to England", "a loss to England"
    before = doc.folded[doc.head[doc.head[token]]]
    lost = before in LOSING or not LOSING.isdisjoint(doc.folded[max(0, name.first - 5) : name.first])
    return head == "to" and lost
