"""Summarise what one article says about each of its chains."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple

from pipeline import reference
from pipeline.data import load
from pipeline.data import words as listed
from pipeline.mentions.chains import STATES_LIKE_CITIES, is_acronym, resolution_number
from pipeline.mentions.person_linking import ends, generation, in_full, middle, written_out
from pipeline.mentions.words import BODY_HEADS, OFFICES
from pipeline.reference import Reference, ReferenceEntity, key

CODE_VERSION = f"7.{reference.CODE_VERSION}"

PLACES = frozenset({"GPE", "LOC", "FAC"})
NAMING = frozenset({"name", "alias", "acronym"})
# A body's name of only these words does not identify it: "Supreme Court", "Foreign Ministry".
GENERIC = frozenset(word.casefold() for word in BODY_HEADS) | listed("general_words.tsv", "body")
# The same for places and buildings: every town has a "City Hall" and a "Main Street".
GENERIC_PLACES = listed("general_words.tsv", "place")
# And for laws: "the Constitution" is that of the country in question.
GENERIC_LAWS = listed("general_words.tsv", "law")
WITH_GENERIC = PLACES | {"ORG", "LAW"}
# Labels whose names can be acronyms.
ACRONYMS = frozenset({"ORG", "LAW"})
# Words before a role that are not part of it.
NON_ROLE_WORDS = listed("name_words.tsv", "no role")
# Groups of offices of a country: the minister is "of Iran", the analyst is "Iranian".
OF_STATE = frozenset({"head", "president", "spokesperson", "diplomat", "lawmaker", "monarch"})
# Words of countries' names that take "the".
WITH_ARTICLE = listed("ambiguous_names.tsv", "with article")
WITH_ARTICLE_INSIDE = listed("ambiguous_names.tsv", "with article inside")


@dataclass(frozen=True, slots=True)
class Transliteration:
    """A line of `transliteration.tsv`."""

    kind: str
    written: str
    read_as: str
    example: str
    source: str


_LETTERS = load("transliteration.tsv", Transliteration)
_PAIRS = [(line.written, line.read_as) for line in _LETTERS if line.kind == "pair"]
_FOLDED = str.maketrans({line.written: line.read_as for line in _LETTERS if line.kind == "letter"})


@dataclass(frozen=True, slots=True)
class Profile:
    """A row of `chains`, whose columns the contract describes."""

    document_id: str
    chain: int
    label: str
    form: str
    facet: str
    sure: bool
    short: bool
    blocks: tuple[str, ...]
    names: tuple[str, ...]
    name_mentions: tuple[int, ...]
    roles: tuple[str, ...]
    role_mentions: tuple[int, ...]
    offices: tuple[str, ...]
    middle: str
    country: str | None
    wikidata: str | None
    he: int | None
    she: int | None
    they: int | None
    mentions: int


class _Mention(NamedTuple):
    start: int
    end: int
    text: str
    label: str
    resolution: str


def chains(document_id: str, mentions: Iterable[Mapping[str, Any]], reference_data: Reference) -> Iterator[Profile]:
    """Yield the profiles of an article's chains by number. Mentions have start, end, text, label, chain, resolution."""
    found: defaultdict[int, list[_Mention]] = defaultdict(list)
    for row in sorted(mentions, key=lambda m: (m["start"], m["end"])):
        found[row["chain"]].append(_Mention(*(row[name] for name in _Mention._fields)))
    every = [m for chain in found.values() for m in chain]
    regions = Counter(reference_data.regions.get(key(m.text)) for m in every if m.label in PLACES)
    facts = _ArticleFacts(
        document_id,
        _owners(every, reference_data),
        {m.start: m.text for m in every if m.label in PLACES},
        frozenset(m.end for m in every if m.label in PLACES),
        _shared(found.values()),
        frozenset(parts[-1] for m in every if m.label == "PERSON" and len(parts := ends(_plain(m.text))) == 2),
        american=regions["US"] > 1,
        of_un=any(m.label == "ORG" and _of_un(m.text, reference_data) for m in every),
    )
    for chain in sorted(found):
        yield _profile(facts, chain, found[chain], reference_data)


def roles(mentions: Iterable[Mapping[str, Any]], reference_data: Reference) -> dict[int, list[tuple[int, str]]]:
    """Return, per chain, the start of each description with a role, and the role (`chains.roles`), in order."""
    every = [
        (m["chain"], _Mention(*(m[name] for name in _Mention._fields)))
        for m in sorted(mentions, key=itemgetter("start"))
    ]
    owners = _owners([m for _, m in every], reference_data)
    found: defaultdict[int, list[tuple[int, str]]] = defaultdict(list)
    for chain, m in every:
        if m.resolution == "description" and (role := _role(m.text, *owners.of(m), reference_data)):
            found[chain].append((m.start, role))
    return dict(found)


@dataclass(frozen=True, slots=True)
class _CountryPossessors:
    """Countries that an article names, to which titles beside them belong.

    before  end of a country's name or demonym -> the country, and the demonym
    behind  start of a country's name -> the country
    """

    before: Mapping[int, tuple[str, str | None]]
    after: Mapping[int, str]

    def of(self, m: _Mention) -> tuple[str | None, str | None]:
        """Return the country right before a title ("Iranian", "Iran's") or behind it ("of Iran"), and its demonym. At
        any other distance there is a comma or the end of a sentence between."""
        for gap in (len(" "), len("'s ")):
            owner = self.before.get(m.start - gap)
            if owner and (gap == 1 or owner[1] is None):
                return owner
        for gap in (len(" of "), len(" of the ")):
            if m.end + gap in self.after:
                return self.after[m.end + gap], None
        return None, None


def _owners(every: Iterable[_Mention], reference_data: Reference) -> _CountryPossessors:
    named = [(m, code) for m in every if m.label in ("NORP", "GPE") and (code := reference_data.country_of(m.text))]
    return _CountryPossessors(
        {m.end: (code, m.text if m.label == "NORP" else None) for m, code in named},
        {m.start: code for m, code in named if m.label == "GPE"},
    )


@dataclass(frozen=True, slots=True)
class _ArticleFacts:
    """What the whole article says.

    owners      countries of the titles beside them
    place_at    start of a place's name -> the name
    place_ends  ends of places' names
    shared      names that several of its universities have
    surnames    surnames of persons named in full
    american    whether it names several American states
    of_un       whether it names the United Nations
    """

    document_id: str
    owners: _CountryPossessors
    place_at: Mapping[int, str]
    place_ends: AbstractSet[int]
    shared: AbstractSet[str]
    surnames: AbstractSet[str]
    american: bool
    of_un: bool


def _shared(chains: Iterable[Sequence[_Mention]]) -> frozenset[str]:
    """Return names of universities that several chains have."""
    held = Counter(
        name
        for chain in chains
        for name in {_plain(m.text) for m in chain if m.label == "ORG" and "University of " in m.text}
    )
    return frozenset(name for name, times in held.items() if times > 1)


def _of_un(text: str, reference_data: Reference) -> bool:
    entry = reference_data.known(text)
    return entry is not None and entry.name.startswith("United Nations")


def _profile(facts: _ArticleFacts, chain: int, mentions: list[_Mention], reference_data: Reference) -> Profile:
    names = Counter(_plain(m.text) for m in mentions if m.resolution in NAMING)
    names = names or Counter(_plain(m.text) for m in mentions if m.resolution == "demonym")
    ranked = ranked_by_count(names)
    labels = Counter(m.label for m in mentions if m.resolution in NAMING)
    entry = _entry(ranked, mentions, reference_data, facts.american)
    team = next((found for name in ranked if (found := reference_data.known(name))), None) if "ORG" in labels else None
    label = entry.label if entry else min(labels, key=lambda x: (-labels[x], x)) if labels else mentions[0].label
    titles = [(m.text, *facts.owners.of(m)) for m in mentions if m.resolution == "description"]
    roles = Counter(role for text, code, demonym in titles if (role := _role(text, code, demonym, reference_data)))
    country = entry.country if entry else _country(label, ranked, Counter(c for _, c, _ in titles if c), reference_data)
    form, sure = _form(facts, label, ranked, entry)
    form += _disambiguating_suffix(facts, label, mentions)
    if label == "ORG" and entry is None and team is not None and team.label == "GPE":
        # A country's team (mentions.names) is a separate body.
        form, country = f"TEAM {team.name}", team.country
    # The article names persons of the surname in full but does not decide: no other article can.
    undecided = label == "PERSON" and not sure and not facts.surnames.isdisjoint(key(name) for name in ranked)
    held = offices(text for text, *_ in titles)
    pronouns = Counter(m.text.casefold() for m in mentions if m.resolution == "pronoun")
    apart = sure and label == "PERSON" and " = " not in form
    between = next((m for name in ranked if (m := middle(name))), "") if apart else ""
    return Profile(
        document_id=facts.document_id,
        chain=chain,
        label=label,
        form=form,
        facet="\t".join((form, between, country or "", *held)) if apart else form,
        sure=sure,
        short=not sure if label == "PERSON" else entry is None and label in ACRONYMS and all(map(is_acronym, ranked)),
        blocks=() if undecided else tuple(sorted(set(_blocks(label, ranked, entry)))),
        names=ranked,
        name_mentions=tuple(names[name] for name in ranked),
        roles=ranked_by_count(roles),
        role_mentions=tuple(roles[role] for role in ranked_by_count(roles)),
        offices=held,
        middle=between,
        country=country,
        wikidata=reference_data.item(entry) if entry else None,
        he=pronouns["he"] or None,
        she=pronouns["she"] or None,
        they=pronouns["they"] or None,
        mentions=len(mentions),
    )


def ranked_by_count(counts: Counter[str]) -> tuple[str, ...]:
    """Return the items, the most frequent first, equals in alphabetical order."""
    return tuple(sorted(counts, key=lambda item: (-counts[item], item)))


def _plain(text: str) -> str:
    """Return the name on one line, without article and possessive."""
    words = " ".join(text.split())
    for article in ("The ", "the "):
        words = words.removeprefix(article)
    return words.removesuffix("'s").removesuffix("’s") or text


def _entry(
    names: tuple[str, ...], mentions: list[_Mention], reference_data: Reference, american: bool
) -> ReferenceEntity | None:
    """Return the chain's entry in the reference data. "Georgia" among American states is the state."""
    labels = {m.label for m in mentions}
    for name in names:
        if any(m.resolution == "demonym" for m in mentions) and (code := reference_data.country_of(name)):
            return reference_data.countries.get(code)
        entry = reference_data.known(name)
        if entry and entry.label in labels and not (american and key(name) in reference_data.regions):
            return entry
    return None


def _role(text: str, code: str | None, demonym: str | None, reference_data: Reference) -> str:
    """Return a title with its country in one form: "Defense Minister of Iran"; "Iranian analyst"."""
    words = text.split()
    if "not" in words:
        return ""
    while len(words) > 1 and words[0].casefold() in NON_ROLE_WORDS:
        del words[0]
    role = " ".join(words)
    if code is None:
        return role
    if OFFICES.get(role.split(" ")[-1].casefold()) in OF_STATE:
        return f"{role} of {_with_article(reference_data.countries[code].name)}"
    return f"{demonym} {role}" if demonym else role


def _with_article(country: str) -> str:
    words = country.split(" ")
    takes = words[0] in WITH_ARTICLE or not WITH_ARTICLE_INSIDE.isdisjoint(words)
    return f"the {country}" if takes else country


def _country(label: str, names: tuple[str, ...], owners: Counter[str], reference_data: Reference) -> str | None:
    if label in PLACES:
        codes = {reference_data.capitals.get(key(name)) or reference_data.regions.get(key(name)) for name in names} - {
            None
        }
        return min(code for code in codes if code) if len(codes) == 1 else None
    if label == "PERSON":
        ranked = owners.most_common(2)
        return ranked[0][0] if ranked and (len(ranked) == 1 or ranked[0][1] > ranked[1][1]) else None
    codes = {reference_data.country_of(name.split(" ")[0]) for name in names} - {None}
    return min(code for code in codes if code) if len(codes) == 1 else None


def _form(facts: _ArticleFacts, label: str, names: tuple[str, ...], entry: ReferenceEntity | None) -> tuple[str, bool]:
    if entry is not None:
        return f"{label_group(entry.label)} = {entry.name}", True
    if label == "PERSON":
        full = sorted(map(ends, in_full(names)), key=lambda p: (-len(p[0]), p))
        if full:
            # Father and son have different forms.
            born = next((g for name in names if (g := generation(name))), "")
            return " ".join(filter(None, ("PERSON", *full[0], born))), True
        return f"PERSON {key(names[0])} in {facts.document_id}", False
    number = next((n for name in names if (n := resolution_number(name))), None) if label == "LAW" else None
    if number:
        of_un = facts.of_un or any({"un", "unscr", "nations"} & set(key(name).split(" ")) for name in names)
        return (f"LAW UNSCR {number}", True) if of_un else (f"LAW resolution {number} in {facts.document_id}", False)
    long = [name for name in names if not is_acronym(name)] or list(names)
    spelling = key(max(long, key=lambda n: (len(n), n)) if label in ("ORG", "LAW") else long[0])
    generic = GENERIC if label == "ORG" else GENERIC_PLACES if label in PLACES else GENERIC_LAWS
    if not spelling or (label in WITH_GENERIC and set(spelling.split(" ")) <= generic):
        return f"{label_group(label)} {spelling} in {facts.document_id}", False
    return f"{label_group(label)} {spelling}", True


def _disambiguating_suffix(facts: _ArticleFacts, label: str, mentions: Sequence[_Mention]) -> str:
    """Return a suffix of the form that distinguishes a state from its namesake city, or namesake universities."""
    named = [m for m in mentions if m.resolution in NAMING]
    if label in PLACES and named and key(named[0].text) in STATES_LIKE_CITIES:
        return " (state)" if all(m.start - len(", ") in facts.place_ends for m in named) else ""
    if label == "ORG" and any(_plain(m.text) in facts.shared for m in named):
        # Skip " at ".
        towns = {key(facts.place_at[m.end + 4]) for m in named if m.end + 4 in facts.place_at}
        return f" at {min(towns)}" if len(towns) == 1 else ""
    return ""


def label_group(label: str) -> str:
    """Return one label for those that vary for one thing."""
    return "PLACE" if label in PLACES else label


def _blocks(label: str, names: tuple[str, ...], entry: ReferenceEntity | None) -> Iterator[str]:
    """Yield keys of candidates: shared by spellings of a full name; the surname, and the acronym, as written. A name in
    the reference data needs none."""
    if entry is not None:
        return
    for name in names:
        if label == "PERSON":
            parts = ends(name)
            if parts:
                yield f"surname {parts[-1]}"
            if len(parts) == 2:
                for first in written_out(parts[0]):
                    yield f"spelled {skeleton(parts[1])} {skeleton(first)[:1]}"
        elif label in ACRONYMS and is_acronym(name):
            yield f"{label} acronym {key(name).upper()}"


@lru_cache(maxsize=65536)
def skeleton(word: str) -> str:
    """Return what transliterations of one name share: vowels and consonants folded, repeated letters once.

    "sergey" and "sergei", "zelensky" and "zelenskyy" have one skeleton.
    """
    for written, read_as in _PAIRS:
        word = word.replace(written, read_as)
    out = ""
    for ch in word.translate(_FOLDED):
        if not out or out[-1] != ch:
            out += ch
    return out


def offices(roles: Iterable[str]) -> tuple[str, ...]:
    """Return the groups of offices among roles: ("head", "spokesperson")."""
    return tuple(sorted({OFFICES[word] for role in roles for word in role.casefold().split() if word in OFFICES}))
