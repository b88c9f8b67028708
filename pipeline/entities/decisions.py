"""Decide which facets are the same entity.

A facet groups the chains of one form with the same known attributes (chains.facet). In three rounds:
    1  facets of one form are the same, unless offices and countries both contradict it, or middle names do
    2  full names that are spellings of one another are the same, if a shared office or shared
       co-occurrences support it and countries do not contradict it
    3  a lone surname goes to the only person of that surname with evidence for it; an acronym to the only body that it
       can abbreviate
Links of round 3 are no evidence for others, so full names are decided by full names alone. A decision depends only on
facets connected through shared keys, so a changed article affects no others (warehouse.corpus.entity_candidates).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pipeline.chains.profiles import skeleton
from pipeline.contract.ids import digest
from pipeline.mentions.person_linking import compatible, one_first_name

# Most entities of one form (people of one name) that are distinguished.
MAX_NAMESAKES = 8
# Groups of work (people.tsv): a trade, and offices in public life. A person in the news for one rarely has the other.
TRADES = {"trade"}
PUBLIC = frozenset(
    {"diplomat", "executive", "head", "judge", "lawmaker", "mayor", "monarch", "president", "spokesperson"}
)
# Sport, and callings that take long studies: a bowler is no professor of the same name.
SPORT = {"sport"}
LEARNED = frozenset({"scholar", "clergy", "judge", "doctor"})
# Fewest shared co-occurring people and bodies that are evidence: a single one is often a president or an agency.
MIN_SHARED_COOCCURRENCES = 2


@dataclass(frozen=True, slots=True)
class Facet:
    """The chains of one form with the same known attributes.

    first      the earliest of its articles: its first possible day (date.max if unknown), its id
    documents  some of its articles
    person     whether it is a person who is not in the reference data
    """

    facet: str
    form: str
    person: bool
    country: str | None
    offices: tuple[str, ...]
    middle: str
    first: tuple[date, str]
    documents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Candidates:
    """The input of `decide`.

    facets     all facets of the forms in question
    spellings  pairs of people's full names that share a key: possible spellings of one name
    shorts     pairs of a short name (a lone surname, an acronym) and a full one that has it
    company    article -> the people and bodies in it, by form: for documents of facets that are in a pair
    """

    facets: Sequence[Facet]
    spellings: Sequence[tuple[str, str]]
    shorts: Sequence[tuple[str, str]]
    cooccurring_forms: Mapping[str, frozenset[str]]


@dataclass(slots=True, eq=False)
class _Cluster:
    """Facets decided to be the same, and their attributes."""

    members: list[Facet]
    forms: set[str]
    offices: set[str]
    countries: set[str]
    middles: set[str]

    @classmethod
    def of(cls, facet: Facet) -> _Cluster:
        countries = {facet.country} if facet.country else set()
        return cls([facet], {facet.form}, set(facet.offices), countries, {facet.middle} if facet.middle else set())

    def join(self, other: _Cluster) -> None:
        self.members += other.members
        self.forms |= other.forms
        self.offices |= other.offices
        self.countries |= other.countries
        self.middles |= other.middles

    def has_country_conflict(self, other: _Cluster) -> bool:
        """Whether both have countries, and none in common."""
        return bool(self.countries and other.countries and not self.countries & other.countries)

    def is_different_person(self, other: _Cluster) -> bool:
        """Whether they are two people of one name: incompatible middle names, different offices in different countries,
        a trade and a public office or a learned calling (a plumber and a senator), or sport and a learned calling."""
        if not all(compatible(a, b) for a in self.middles for b in other.middles):
            return True
        if not self.offices or not other.offices or self.offices & other.offices:
            return False
        return (
            self.has_country_conflict(other)
            or self._is_tradesperson_vs_official(other)
            or other._is_tradesperson_vs_official(self)
        )

    def _is_tradesperson_vs_official(self, other: _Cluster) -> bool:
        """Whether this one has only a trade and the other a public office or a learned calling, or this one only sport
        and the other a learned calling."""
        if self.offices == SPORT:
            return bool(other.offices) and other.offices <= LEARNED
        return self.offices == TRADES and bool(other.offices & (PUBLIC | LEARNED))


def decide(candidates: Candidates) -> dict[str, str]:
    """Return the entity id of each facet."""
    clusters: defaultdict[str, list[_Cluster]] = defaultdict(list)
    for facet in sorted(candidates.facets, key=_known_first):
        _assign_to_cluster(clusters[facet.form], facet)
    _spellings(sorted(candidates.spellings), clusters, _MergeEvidence(candidates.cooccurring_forms))
    # From here on clusters do not change, so their co-occurring forms are cached.
    named = _short_names(sorted(candidates.shorts), clusters, _MergeEvidence(candidates.cooccurring_forms, fast=True))
    return _ids(clusters, named)


def _known_first(facet: Facet) -> tuple[bool, bool, tuple[date, str], str]:
    """Sort facets with more attributes first, so that the others find them."""
    return not facet.middle, not (facet.country and facet.offices), facet.first, facet.facet


def _assign_to_cluster(clusters: list[_Cluster], facet: Facet) -> None:
    """Round 1: add a facet to the first cluster of its form that fits, else to a new one (up to MAX_NAMESAKES)."""
    mine = _Cluster.of(facet)
    fits = [cluster for cluster in clusters if not (facet.person and cluster.is_different_person(mine))]
    if len({min(cluster.middles, default="") for cluster in fits}) > 1 and not facet.middle:
        # Plain "George" is neither "George W." nor "George H.W.", unless an office decides.
        held = [cluster for cluster in fits if cluster.offices & mine.offices]
        fits = held if len(held) == 1 else [cluster for cluster in fits if not cluster.middles]
    if not fits and len(clusters) < MAX_NAMESAKES:
        clusters.append(mine)
    else:
        (fits or clusters)[0].join(mine)


class _MergeEvidence:
    """Weigh the evidence that two clusters are one."""

    def __init__(self, company: Mapping[str, frozenset[str]], *, fast: bool = False) -> None:
        self._company = company
        self._known: dict[int, frozenset[str]] | None = {} if fast else None

    def supports_merge(self, a: _Cluster, b: _Cluster, *, named: bool) -> bool:
        """Whether a shared office without a conflict of countries, or shared co-occurrences, support one person.
        `named`: both have full names, so bodies seen with everybody (those in the reference data) count too."""
        if a.has_country_conflict(b):
            return False
        if a.offices & b.offices:
            return True
        shared = (self._seen(a) & self._seen(b)) - a.forms - b.forms
        return len(shared if named else {form for form in shared if " = " not in form}) >= MIN_SHARED_COOCCURRENCES

    def _seen(self, cluster: _Cluster) -> frozenset[str]:
        if self._known is not None and id(cluster) in self._known:
            return self._known[id(cluster)]
        documents = {document for facet in cluster.members for document in facet.documents}
        seen: frozenset[str] = frozenset().union(*(self._company.get(document, frozenset()) for document in documents))
        if self._known is not None:
            self._known[id(cluster)] = seen
        return seen


def _spellings(
    pairs: Sequence[tuple[str, str]], clusters: Mapping[str, list[_Cluster]], evidence: _MergeEvidence
) -> None:
    """Round 2: join clusters of full names that are spellings of one another."""
    for a, b in pairs:
        if not _one_name(a, b):
            continue
        for one in tuple(clusters[a]):
            for other in tuple(clusters[b]):
                if (
                    one is not other
                    and not one.is_different_person(other)
                    and evidence.supports_merge(one, other, named=True)
                ):
                    one.join(other)
                    for form in other.forms:
                        clusters[form][:] = dict.fromkeys(one if c is other else c for c in clusters[form])


def _one_name(a: str, b: str) -> bool:
    """Whether two forms can be spellings of one full name."""
    first_a, last_a = a.removeprefix("PERSON ").split(" ", 1)
    first_b, last_b = b.removeprefix("PERSON ").split(" ", 1)
    same_last = last_a == last_b or skeleton(last_a) == skeleton(last_b)
    return same_last and (one_first_name(first_a, first_b) or skeleton(first_a) == skeleton(first_b))


def _short_names(
    pairs: Sequence[tuple[str, str]], clusters: Mapping[str, list[_Cluster]], evidence: _MergeEvidence
) -> dict[str, _Cluster]:
    """Round 3: return the cluster of full names to which each short form is linked."""
    candidates: defaultdict[str, dict[int, _Cluster]] = defaultdict(dict)
    for short, full in pairs:
        for cluster in clusters[full]:
            candidates[short][id(cluster)] = cluster
    named = {}
    for short, found in candidates.items():
        (mine,) = clusters[short]
        person = mine.members[0].person
        fits = [
            cluster for cluster in found.values() if not person or evidence.supports_merge(mine, cluster, named=False)
        ]
        if len(fits) == 1:
            named[short] = fits[0]
    return named


def _ids(clusters: Mapping[str, list[_Cluster]], named: Mapping[str, _Cluster]) -> dict[str, str]:
    """Make an id from the form under which the entity was first published, so that later articles do not change it. Of
    namesakes, all but the first published also use the article of their own first publication."""
    unique = {id(cluster): cluster for found in clusters.values() for cluster in found}
    anchors = {which: min((f.first, f.facet, f.form) for f in cluster.members) for which, cluster in unique.items()}
    taken: Counter[tuple[str, str]] = Counter()
    holders: set[str] = set()
    ids = {}
    for which, (first, _, form) in sorted(anchors.items(), key=lambda item: item[1]):
        held = form in holders
        holders.add(form)
        # Several entities of one form in one article are counted.
        taken[form, first[1]] += 1
        nth = str(taken[form, first[1]]) if taken[form, first[1]] > 1 else ""
        ids[which] = digest("entity", form, first[1] if held else "", nth)
    assigned = {f.facet: ids[which] for which, cluster in unique.items() for f in cluster.members}
    for short, cluster in named.items():
        assigned |= {f.facet: ids[id(cluster)] for f in clusters[short][0].members}
    return assigned
