"""The places of offices: a place and its demonym get one sign, by which "Gov. Ana Lume of Ohio" and "the Ohio governor"
are compared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pipeline.document import Document
from pipeline.mentions.chains import LinkedMention
from pipeline.mentions.holders import place_of
from pipeline.mentions.words import OF_A_PARTY
from pipeline.reference import key

# Words between a name and its office's place: "Ana Lume of Ohio", "Ana Lume (R-Ohio)", "Ana Lume, an Ohio lawyer".
_BETWEEN = frozenset((",", "(", "-", "d", "r", "i", "of", "from", "a", "an"))
MAX_BETWEEN = 4
# A demonym shares at least this many first letters with its place: "Lestonian", "Lestonia".
MIN_STEM = 4


class OfficePlaceIndex:
    """The places of an article by token. A sign is `#` and a chain; a country and its demonym share it."""

    def __init__(self, doc: Document, linked: Sequence[LinkedMention]) -> None:
        self.doc = doc
        self._sign_by_token: dict[int, str] = {}
        stems = {
            spelling[:-1]: m.chain
            for m in linked
            if m.label == "GPE" and len(spelling := key(doc.text[m.start : m.end])) > MIN_STEM
        }
        self._sign_by_place = {
            place_of(doc.text[m.start : m.end]): f"#{m.chain}" for m in linked if m.label in ("GPE", "NORP")
        }
        # A place's name without "State" -> its first chain.
        self._chain_by_place: dict[str, int] = {}
        for m in linked:
            if m.label not in ("GPE", "LOC", "NORP") or doc.folded[m.first] in OF_A_PARTY:
                continue
            # "Kano State", "the Kano governor"
            bare = key(doc.text[m.start : m.end]).removesuffix(" state")
            chain = self._chain_by_place.setdefault(bare, m.chain) if m.label == "GPE" else m.chain
            if m.label == "NORP" and m.resolution != "demonym":
                # A demonym of no known country.
                spelling = key(doc.text[m.start : m.end])
                cuts = (spelling[:size] for size in range(len(spelling), MIN_STEM - 1, -1))
                chain = next((stems[cut] for cut in cuts if cut in stems), chain)
            self._sign_by_token.update(dict.fromkeys(range(m.first, m.last), f"#{chain}"))

    def sign(self, place: str) -> str | None:
        """Return the sign of a place by `holders.place_of`, if the article names it."""
        return self._sign_by_place.get(place)

    def word(self, token: int) -> str:
        """Return the token in small letters; for a place, the sign that all its names share."""
        return self._sign_by_token.get(token) or self.doc.folded[token]

    def words(self, tokens: Iterable[int]) -> list[str]:
        """Return the words of these tokens."""
        return [self.word(token) for token in tokens]

    def after(self, last: int) -> list[str]:
        """Return the place right behind a name that ends before token `last`."""
        for token in range(last, min(len(self.doc), last + MAX_BETWEEN + 1)):
            party, _, place = self.doc.words[token].partition("-")
            if party in ("D", "R", "I") and key(place) in self._chain_by_place:
                # "(R-Ohio)"
                return [f"#{self._chain_by_place[key(place)]}"]
            if token in self._sign_by_token:
                return [self._sign_by_token[token]] if token > last else []
            if token > last and key(self.doc.words[token]) in self._chain_by_place:
                # "(R - Ohio)"
                return [f"#{self._chain_by_place[key(self.doc.words[token])]}"]
            if self.doc.folded[token] not in _BETWEEN:
                break
        return []
