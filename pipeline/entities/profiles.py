"""What one article says of each of its chains.

Belongs here: the columns of the chains' frame, and how they follow from the mentions.
Does not belong here: comparing chains (decisions).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

import polars as pl

from pipeline.mentions.chains import ends, is_acronym, resolution_number
from pipeline.mentions.words import BODY_HEADS, OFFICES, words
from pipeline.reference import Known, Reference, key

COLUMNS: dict[str, pl.DataType] = {
    "document_id": pl.String(),
    "chain": pl.Int64(),
    "label": pl.String(),
    "form": pl.String(),
    "sure": pl.Boolean(),
    "blocks": pl.List(pl.String()),
    "names": pl.List(pl.String()),
    "roles": pl.List(pl.String()),
    "country": pl.String(),
    "mentions": pl.Int64(),
}
PLACES = frozenset({"GPE", "LOC", "FAC"})
NAMING = frozenset({"name", "alias", "acronym"})
# Words of which the name of a body can consist without saying which body it is: "Supreme Court", "Foreign Ministry".
GENERIC = frozenset(word.casefold() for word in BODY_HEADS) | words(
    """
    supreme foreign defense defence interior finance health justice education national federal state city county
    district high central local of the and for public general constitutional appeals security intelligence election
    elections human rights affairs trade energy treasury labour labor culture environment transport planning town
    village municipality government legislative executive special joint air military armed house republic fire
    sheriff sheriffs attorney generals
    """
)
# The letters of a name that spellings of one foreign name differ in.
_FOLDED = str.maketrans({"y": "i", "j": "i", "w": "v", "q": "k", "c": "k", "z": "s", "e": "i", "u": "o"})


@dataclass(frozen=True, slots=True)
class Profile:
    """A row of the chains' frame.

    label      what it is, in most of its names
    form       what names of one thing share on their own ("PERSON sergey lavrov"); two chains of one form are the
               same unless something speaks against it
    sure       whether the form names one thing by itself; a lone surname or "the Supreme Court" does not
    blocks     keys by which candidates are found
    names      its names as written, the most frequent first
    roles      descriptions and titles as written, without article, the most frequent first
    country    ISO 3166-1 alpha-2, where the article says whose it is
    mentions   how many mentions the chain has
    """

    document_id: str
    chain: int
    label: str
    form: str
    sure: bool
    blocks: tuple[str, ...]
    names: tuple[str, ...]
    roles: tuple[str, ...]
    country: str | None
    mentions: int

    @classmethod
    def of(cls, row: tuple[Any, ...]) -> Profile:
        """A row of the frame in the order of COLUMNS."""
        document_id, chain, label, form, sure, blocks, names, roles, country, mentions = row
        return cls(document_id, chain, label, form, sure, tuple(blocks), tuple(names), tuple(roles), country, mentions)


class _Mention(NamedTuple):
    start: int
    end: int
    text: str
    label: str
    resolution: str


def profiles(mentions: pl.DataFrame, known: Reference) -> Iterator[Profile]:
    """The profiles of all chains, sorted by document and chain."""
    columns = ["document_id", "chain", "start", "end", "text", "label", "resolution"]
    rows = mentions.select(columns).sort("document_id", "start", "end").iter_rows()
    for document_id, found in groupby(rows, key=itemgetter(0)):
        chains: defaultdict[int, list[_Mention]] = defaultdict(list)
        for _, chain, *rest in found:
            chains[chain].append(_Mention(*rest))
        owners = {m.end: code for ms in chains.values() for m in ms if (code := _owner(m, known))}
        of_un = any(m.label == "ORG" and _of_un(m.text, known) for ms in chains.values() for m in ms)
        regions = Counter(known.regions.get(key(m.text)) for ms in chains.values() for m in ms if m.label in PLACES)
        said = _Said(document_id, owners, american=regions["US"] > 1, of_un=of_un)
        for chain in sorted(chains):
            yield _profile(said, chain, chains[chain], known)


@dataclass(frozen=True, slots=True)
class _Said:
    """What the whole article says: where a country's name or demonym ends, whether it speaks of several American
    states, whether of the United Nations."""

    document_id: str
    owners: dict[int, str]
    american: bool
    of_un: bool


def _of_un(text: str, known: Reference) -> bool:
    entry = known.known(text)
    return entry is not None and entry.name.startswith("United Nations")


def _owner(m: _Mention, known: Reference) -> str | None:
    return known.country_of(m.text) if m.label in ("NORP", "GPE") else None


def _profile(said: _Said, chain: int, mentions: list[_Mention], known: Reference) -> Profile:
    names = Counter(_plain(m.text) for m in mentions if m.resolution in NAMING)
    demonyms = Counter(_plain(m.text) for m in mentions if m.resolution == "demonym")
    ranked = tuple(sorted(names or demonyms, key=lambda n: (-(names or demonyms)[n], n)))
    labels = Counter(m.label for m in mentions if m.resolution in NAMING)
    entry = _entry(ranked, mentions, known, said.american)
    team = next((found for name in ranked if (found := known.known(name))), None) if "ORG" in labels else None
    label = entry.label if entry else min(labels, key=lambda x: (-labels[x], x)) if labels else mentions[0].label
    titles = [m for m in mentions if m.resolution == "description"]
    roles = Counter(role for m in titles if (role := _role(m.text)))
    countries = Counter(code for m in titles for gap in (1, 2, 3) if (code := said.owners.get(m.start - gap)))
    country = entry.country if entry else _country(label, ranked, countries, known)
    form, sure = _form(said, label, ranked, entry)
    if label == "ORG" and entry is None and team is not None and team.label == "GPE":
        # A country that plays (mentions.names) is a body of its own.
        form, country = f"TEAM {team.name}", team.country
    return Profile(
        said.document_id,
        chain,
        label,
        form,
        sure,
        tuple(sorted(set(_blocks(label, ranked, form, entry)))),
        ranked,
        tuple(sorted(roles, key=lambda r: (-roles[r], r))),
        country,
        len(mentions),
    )


def _plain(text: str) -> str:
    """The name on one line, without article and possessive."""
    words = " ".join(text.split())
    for article in ("The ", "the "):
        words = words.removeprefix(article)
    return words.removesuffix("'s").removesuffix("’s") or text


def _entry(names: tuple[str, ...], mentions: list[_Mention], known: Reference, american: bool) -> Known | None:
    """What the reference data know the chain as. "Georgia" among American states is the state."""
    labels = {m.label for m in mentions}
    for name in names:
        if any(m.resolution == "demonym" for m in mentions) and (code := known.country_of(name)):
            return known.countries.get(code)
        entry = known.known(name)
        if entry and entry.label in labels and not (american and key(name) in known.regions):
            return entry
    return None


def _role(text: str) -> str:
    words = " ".join(text.split())
    return words[4:] if words[:4].casefold() == "the " else words


def _country(label: str, names: tuple[str, ...], owners: Counter[str], known: Reference) -> str | None:
    if label in PLACES:
        codes = {known.capitals.get(key(name)) or known.regions.get(key(name)) for name in names} - {None}
        return min(code for code in codes if code) if len(codes) == 1 else None
    if label == "PERSON":
        ranked = owners.most_common(2)
        return ranked[0][0] if ranked and (len(ranked) == 1 or ranked[0][1] > ranked[1][1]) else None
    codes = {known.country_of(name.split(" ")[0]) for name in names} - {None}
    return min(code for code in codes if code) if len(codes) == 1 else None


def _form(said: _Said, label: str, names: tuple[str, ...], entry: Known | None) -> tuple[str, bool]:
    if entry is not None:
        return f"{family(entry.label)} = {entry.name}", True
    if label == "PERSON":
        full = sorted((parts for name in names if len(parts := ends(name)) == 2), key=lambda p: (-len(p[0]), p))
        if full:
            return "PERSON " + " ".join(full[0]), True
        return f"PERSON {key(names[0])} in {said.document_id}", False
    number = next((n for name in names if (n := resolution_number(name))), None) if label == "LAW" else None
    if number:
        of_un = said.of_un or any({"un", "unscr", "nations"} & set(key(name).split(" ")) for name in names)
        return (f"LAW UNSCR {number}", True) if of_un else (f"LAW resolution {number} in {said.document_id}", False)
    long = [name for name in names if not is_acronym(name)] or list(names)
    spelling = key(max(long, key=lambda n: (len(n), n)) if label in ("ORG", "LAW") else long[0])
    if not spelling or (label == "ORG" and set(spelling.split(" ")) <= GENERIC):
        return f"{family(label)} {spelling} in {said.document_id}", False
    return f"{family(label)} {spelling}", True


def family(label: str) -> str:
    """Labels that one thing may be given by turns."""
    return "PLACE" if label in PLACES else label


def _blocks(label: str, names: tuple[str, ...], form: str, entry: Known | None) -> Iterator[str]:
    yield f"form {form}"
    if entry is not None:
        return
    for name in names:
        if label == "PERSON":
            parts = ends(name)
            if parts:
                yield f"surname {skeleton(parts[-1])}"
        elif label in ("ORG", "LAW") and is_acronym(name):
            yield f"acronym {key(name).upper()}"


@lru_cache(maxsize=65536)
def skeleton(word: str) -> str:
    """What transliterations of one name share: vowels and consonants folded, repeated letters once.

    "sergey" and "sergei", "zelensky" and "zelenskyy" have one skeleton.
    """
    folded = word.replace("kh", "k").replace("ph", "f").replace("ck", "k").translate(_FOLDED)
    out = ""
    for ch in folded:
        if not out or out[-1] != ch:
            out += ch
    return out


def offices(roles: tuple[str, ...]) -> frozenset[str]:
    """The groups of offices among roles: {"head", "spokesperson"}."""
    return frozenset(OFFICES[word] for role in roles for word in role.casefold().split() if word in OFFICES)
