"""What an entity is called, and what the corpus says of it.

Belongs here: the columns of `entities`, and its id. Does not belong here: which chains it has (decisions).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl

from pipeline.entities.profiles import Profile, family
from pipeline.ids import digest
from pipeline.mentions.chains import ends, is_acronym
from pipeline.reference import key
from pipeline.schema import frame
from pipeline.tables import ENTITIES

# Roles and other names kept in a row; the rarest are left out.
MOST_LISTED = 30


def entities(
    rows: Sequence[Profile], found: Sequence[Sequence[int]], documents: pl.DataFrame
) -> tuple[pl.DataFrame, list[str]]:
    """The rows of `entities`, sorted by id, and the id of each row's entity."""
    published = {
        document: (earliest, latest)
        for document, earliest, latest in documents.select(
            "document_id", "published_earliest", "published_latest"
        ).iter_rows()
    }
    ids = _ids(rows, found)
    out: list[dict[str, Any]] = []
    of_row = [""] * len(rows)
    for members, entity_id in zip(found, ids, strict=True):
        for i in members:
            of_row[i] = entity_id
        out.append(_entity(entity_id, [rows[i] for i in members], published))
    out.sort(key=lambda row: row["entity_id"])
    return frame(ENTITIES.stored, out), of_row


def _ids(rows: Sequence[Profile], found: Sequence[Sequence[int]]) -> list[str]:
    """An id is made of the first form of the entity in the alphabet, sure forms first: more articles seldom change
    it. Of namesakes all but the one with the first document carry that document too."""
    keys = [min((not rows[i].sure, rows[i].form) for i in members)[1] for members in found]
    holders: dict[str, str] = {}
    firsts = [min(rows[i].document_id for i in members) for members in found]
    for form, first in sorted(zip(keys, firsts, strict=True)):
        holders.setdefault(form, first)
    seen: Counter[tuple[str, str]] = Counter()
    ids = []
    for form, first in zip(keys, firsts, strict=True):
        seen[form, first] += 1
        # Several entities of one form in one document are counted.
        nth = str(seen[form, first]) if seen[form, first] > 1 else ""
        ids.append(digest("entity", form, "" if holders[form] == first else first, nth))
    return ids


def _entity(
    entity_id: str, chains: Sequence[Profile], published: dict[str, tuple[date | None, date | None]]
) -> dict[str, Any]:
    names: Counter[str] = Counter()
    roles: Counter[str] = Counter()
    spelled: dict[str, Counter[str]] = {}
    for row in chains:
        names.update(row.names)
        for role in row.roles:
            roles[role.casefold()] += 1
            spelled.setdefault(role.casefold(), Counter())[role] += 1
    labels = Counter(row.label for row in chains)
    label = min(labels, key=lambda x: (-labels[x], x))
    name = _name(chains, label, names)
    countries = Counter(row.country for row in chains if row.country)
    articles = {row.document_id for row in chains}
    days = [day for article in articles for day in published.get(article, (None, None)) if day is not None]
    return {
        "entity_id": entity_id,
        "name": name,
        "label": label,
        "country": min(countries, key=lambda c: (-countries[c], c)) if countries else None,
        "roles": [_first(spelled[role]) for role in _ranked(roles)[:MOST_LISTED]],
        "aliases": [alias for alias in _ranked(names) if alias != name][:MOST_LISTED],
        "mentions": sum(row.mentions for row in chains),
        "documents": len(articles),
        "first_published": min(days, default=None),
        "last_published": max(days, default=None),
    }


def _ranked(counts: Counter[str]) -> list[str]:
    return sorted(counts, key=lambda item: (-counts[item], item))


def _first(counts: Counter[str]) -> str:
    return _ranked(counts)[0]


def _name(chains: Sequence[Profile], label: str, names: Counter[str]) -> str:
    """The reference's name; else the fullest usual one: for persons with first name and surname, for bodies written
    out; of those the most frequent."""
    for row in chains:
        if " = " in row.form:
            return row.form.split(" = ", 1)[1]
    if label == "PERSON":
        full = Counter({name: n for name, n in names.items() if len(ends(name)) > 1})
    else:
        full = Counter({name: n for name, n in names.items() if not is_acronym(name)})
        longest = max((len(key(name).split(" ")) for name in full), default=0)
        if family(label) in ("ORG", "LAW"):
            full = Counter({name: n for name, n in full.items() if len(key(name).split(" ")) == longest})
    return _first(full or names)
