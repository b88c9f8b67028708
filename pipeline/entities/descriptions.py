"""Describe each entity: its name, and what the corpus says about it."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from pipeline.chains.profiles import ACRONYMS, ranked_by_count
from pipeline.contract import ENTITIES
from pipeline.contract.schema import frame
from pipeline.contract.values import PRONOUNS
from pipeline.mentions.chains import is_acronym
from pipeline.mentions.person_linking import in_full
from pipeline.reference import key

# Most roles and other names kept in a row; the rarest are dropped.
MAX_LISTED = 30
# At least one chain in this many must have the country.
MIN_COUNTRY_SHARE_DENOMINATOR = 12


@dataclass(frozen=True, slots=True)
class EntityFrames:
    """What the articles say about entities: frames sorted by entity_id and the next column.

    totals     entity_id, mentions, documents, first, last (days of publication), known (the form, if the reference
               data have it), wikidata, he, she, they
    labels     entity_id, label, chains
    countries  entity_id, country, chains
    names      entity_id, name, mentions
    roles      entity_id, role, mentions, first, last
    """

    totals: pl.DataFrame
    labels: pl.DataFrame
    countries: pl.DataFrame
    names: pl.DataFrame
    roles: pl.DataFrame


@dataclass(slots=True)
class _Role:
    """One role, regardless of case: its spellings, and the first and last day of its use."""

    spelled: Counter[str]
    first: date | None
    last: date | None

    def add(self, text: str, mentions: int, first: date | None, last: date | None) -> None:
        self.spelled[text] += mentions
        self.first = min((day for day in (self.first, first) if day), default=None)
        self.last = max((day for day in (self.last, last) if day), default=None)


def describe(frames: EntityFrames) -> pl.DataFrame:
    """Return the rows of `entities`, sorted by id."""
    labels, countries, names = _counts(frames.labels), _counts(frames.countries), _counts(frames.names)
    roles: defaultdict[str, dict[str, _Role]] = defaultdict(dict)
    for entity_id, role, mentions, first, last in frames.roles.iter_rows():
        roles[entity_id].setdefault(role.casefold(), _Role(Counter(), None, None)).add(role, mentions, first, last)
    rows = (
        _entity(total, labels[total[0]], countries.get(total[0], Counter()), names[total[0]], roles.get(total[0], {}))
        for total in frames.totals.sort("entity_id").iter_rows()
    )
    return frame(ENTITIES.stored, rows)


def _counts(rows: pl.DataFrame) -> dict[str, Counter[str]]:
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for entity_id, value, count in rows.iter_rows():
        found[entity_id][value] += count
    return found


def _entity(
    total: tuple[Any, ...],
    labels: Counter[str],
    countries: Counter[str],
    names: Counter[str],
    roles: dict[str, _Role],
) -> dict[str, Any]:
    entity_id, mentions, documents, first, last, known, wikidata, *pronouns = total
    label = ranked_by_count(labels)[0]
    name = known.split(" = ", 1)[1] if known else _name(label, names)
    aliases = [alias for alias in ranked_by_count(names) if alias != name][:MAX_LISTED]
    times = Counter({role: found.spelled.total() for role, found in roles.items()})
    held = [roles[role] for role in ranked_by_count(times)[:MAX_LISTED]]
    return {
        "entity_id": entity_id,
        "name": name,
        "label": label,
        "country": _country(countries, labels.total()),
        "wikidata": wikidata,
        "roles": [ranked_by_count(role.spelled)[0] for role in held],
        "roles_mentions": [role.spelled.total() for role in held],
        "roles_first": [role.first for role in held],
        "roles_last": [role.last for role in held],
        "aliases": aliases,
        "aliases_mentions": [names[alias] for alias in aliases],
        **dict(zip(PRONOUNS, pronouns, strict=True)),
        "mentions": mentions,
        "documents": documents,
        "first_published": first,
        "last_published": last,
    }


def _country(countries: Counter[str], chains: int) -> str | None:
    """Return the most frequent country, unless only few chains have it (MIN_COUNTRY_SHARE_DENOMINATOR), which may be a
    mistake."""
    best = ranked_by_count(countries)[:1]
    return best[0] if best and countries[best[0]] * MIN_COUNTRY_SHARE_DENOMINATOR >= chains else None


def _name(label: str, names: Counter[str]) -> str:
    """Return the fullest usual name: first name and surname of a person, a body's written-out name; of several the most
    frequent."""
    if label == "PERSON":
        full = Counter({name: names[name] for name in in_full(names)})
    else:
        full = Counter({name: n for name, n in names.items() if not is_acronym(name)})
        longest = max((len(key(name).split(" ")) for name in full), default=0)
        if label in ACRONYMS:
            full = Counter({name: n for name, n in full.items() if len(key(name).split(" ")) == longest})
    return ranked_by_count(full or names)[0]
