"""Which chains are the same entity.

Belongs here: evidence for and against, and the rule that weighs it. Does not belong here: how candidates are found
(warehouse.candidates), what an entity is called (descriptions).

In three rounds, each on what the one before has brought together:
    1  chains of one sure form are the same, unless offices and countries both speak against it
    2  full names that are spellings of one another are the same, if an office, a country or company says so too
    3  a lone surname goes to the one person of that surname for whom there is evidence; an acronym to the one body
       that it stands for
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from pipeline.entities.profiles import Profile, offices, skeleton
from pipeline.mentions.chains import ends, is_acronym, near
from pipeline.reference import key

# Entities of one form that are kept apart (two people of one name): more are not told apart.
MOST_NAMESAKES = 8
# Company counts from this many shared names of people and bodies on: one is often a president or an agency.
MUCH_COMPANY = 2


@dataclass(slots=True)
class _Cluster:
    """What is known of chains that are taken to be the same."""

    members: list[int]
    forms: set[str] = field(default_factory=set)
    offices: set[str] = field(default_factory=set)
    countries: set[str] = field(default_factory=set)
    documents: set[str] = field(default_factory=set)

    def add(self, i: int, row: Profile) -> None:
        self.members.append(i)
        self.forms.add(row.form)
        if row.roles:
            self.offices |= offices(row.roles)
        self.documents.add(row.document_id)
        if row.country:
            self.countries.add(row.country)

    def join(self, other: _Cluster) -> None:
        self.members += other.members
        self.forms |= other.forms
        self.offices |= other.offices
        self.countries |= other.countries
        self.documents |= other.documents


def decide(rows: Sequence[Profile], pairs: Iterable[tuple[str, int, str, int]]) -> list[list[int]]:
    """The entities: lists of indices into rows, each in order, the lists by their first index."""
    index = {(row.document_id, row.chain): i for i, row in enumerate(rows)}
    linked = [(index[a, b], index[c, d]) for a, b, c, d in pairs if (a, b) in index and (c, d) in index]
    company = _Company(rows)
    clusters = _same_form(rows, linked)
    of = {i: cluster for cluster in clusters for i in cluster.members}
    variants = [(a, b) for a, b in linked if rows[a].form != rows[b].form]
    _spellings(rows, variants, of, company)
    _short_names(rows, variants, of, company)
    unique = {id(cluster): cluster for cluster in of.values()}
    return sorted(sorted(cluster.members) for cluster in unique.values())


class _Company:
    """Which people and bodies stand in an article: those of sure form, countries and places left out."""

    def __init__(self, rows: Sequence[Profile]) -> None:
        self._of: defaultdict[str, set[str]] = defaultdict(set)
        for row in rows:
            if row.sure and row.label in ("PERSON", "ORG", "LAW"):
                self._of[row.document_id].add(row.form)

    def shared(self, a: _Cluster, b: _Cluster) -> int:
        """How many people and bodies both are seen with, themselves left out. Ten articles of each are enough."""
        return len((self._seen(a) & self._seen(b)) - a.forms - b.forms)

    def _seen(self, cluster: _Cluster) -> set[str]:
        return {form for document in sorted(cluster.documents)[:10] for form in self._of[document]}


def _same_form(rows: Sequence[Profile], linked: Iterable[tuple[int, int]]) -> list[_Cluster]:
    """Round 1. Chains of one form, linked by candidates, in clusters; namesakes with other offices in another country
    apart."""
    lead = list(range(len(rows)))

    def find(i: int) -> int:
        while lead[i] != i:
            lead[i] = lead[lead[i]]
            i = lead[i]
        return i

    for a, b in linked:
        if rows[a].form == rows[b].form:
            low, high = sorted((find(a), find(b)))
            lead[high] = low
    groups: defaultdict[int, list[int]] = defaultdict(list)
    for i in range(len(rows)):
        groups[find(i)].append(i)
    return [cluster for first in sorted(groups) for cluster in _namesakes(rows, groups[first])]


def _namesakes(rows: Sequence[Profile], members: Sequence[int]) -> Iterator[_Cluster]:
    clusters: list[_Cluster] = []
    # Chains of which more is known come first, so that the others find them.
    for i in sorted(members, key=lambda i: (not (rows[i].country and rows[i].roles), i)):
        row = rows[i]
        fits = [cluster for cluster in clusters if not _against(cluster, row)]
        if not fits and len(clusters) < MOST_NAMESAKES:
            fits = [_Cluster([])]
            clusters += fits
        (fits or clusters)[0].add(i, row)
    yield from clusters


def _against(cluster: _Cluster, row: Profile) -> bool:
    """People of one name in other offices and other countries are two."""
    if row.label != "PERSON" or " = " in row.form:
        return False
    held = offices(row.roles)
    return bool(
        held
        and cluster.offices
        and row.country
        and cluster.countries
        and not held & cluster.offices
        and row.country not in cluster.countries
    )


def _spellings(
    rows: Sequence[Profile], variants: Iterable[tuple[int, int]], of: dict[int, _Cluster], company: _Company
) -> None:
    """Round 2."""
    for a, b in variants:
        if not (rows[a].sure and rows[b].sure and rows[a].label == rows[b].label == "PERSON") or of[a] is of[b]:
            continue
        if _one_name(rows[a].form, rows[b].form) and _for(of[a], of[b], company) and not _against(of[a], rows[b]):
            _join(of, a, b)


def _one_name(a: str, b: str) -> bool:
    """Whether two forms can be spellings of one full name."""
    first_a, last_a = a.removeprefix("PERSON ").split(" ", 1)
    first_b, last_b = b.removeprefix("PERSON ").split(" ", 1)
    same_last = last_a == last_b or skeleton(last_a) == skeleton(last_b)
    return same_last and (first_a == first_b or near(first_a, first_b) or skeleton(first_a) == skeleton(first_b))


def _for(a: _Cluster, b: _Cluster, company: _Company) -> bool:
    """Whether offices held in no contrary country, or company, speak for one person."""
    contrary = bool(a.countries and b.countries and not a.countries & b.countries)
    if contrary:
        return False
    return bool(a.offices & b.offices) or company.shared(a, b) >= MUCH_COMPANY


def _join(of: dict[int, _Cluster], a: int, b: int) -> None:
    first, second = sorted((of[a], of[b]), key=lambda cluster: min(cluster.members))
    first.join(second)
    for i in second.members:
        of[i] = first


def _short_names(
    rows: Sequence[Profile], variants: Iterable[tuple[int, int]], of: dict[int, _Cluster], company: _Company
) -> None:
    """Round 3."""
    candidates: defaultdict[int, set[int]] = defaultdict(set)
    for a, b in variants:
        for short, full in ((a, b), (b, a)):
            if _is_short(rows[short]) and not _is_short(rows[full]) and _fits(rows[short], rows[full]):
                candidates[short].add(full)
    for short in sorted(candidates):
        clusters = {id(of[full]): of[full] for full in sorted(candidates[short])}
        fits = [c for c in clusters.values() if rows[short].label != "PERSON" or _for(of[short], c, company)]
        if len(fits) == 1 and fits[0] is not of[short]:
            _join(of, short, min(fits[0].members))


def _is_short(row: Profile) -> bool:
    """A person known by one word, a body known by its acronym alone."""
    if row.label == "PERSON":
        return not row.sure
    return row.label in ("ORG", "LAW") and " = " not in row.form and all(is_acronym(name) for name in row.names)


def _fits(short: Profile, full: Profile) -> bool:
    if short.label != full.label:
        return False
    if short.label == "PERSON":
        surnames = {ends(name)[-1] for name in full.names if len(ends(name)) == 2}
        return bool(short.names) and key(short.names[0]) in surnames
    return bool({key(name) for name in short.names} & {key(name) for name in full.names})
