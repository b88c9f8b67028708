"""Normalise words for the search: without diacritics and case, and stemmed. `page.js` does the same."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Letters and digits of any script; diacritics are removed before.
_WORD = re.compile(r"[^\W_]{1,64}")
_ENGLISH = re.compile(r"[a-z]{4,64}")
_VOWEL = re.compile(r"[aeiouy]")
_MIN_STEM = 3  # fewest letters left without -ed or -ing


class _Marks(dict[int, int | None]):
    """A table for `str.translate` that removes combining marks, filled on demand."""

    def __missing__(self, code: int) -> int | None:
        kept = None if unicodedata.category(chr(code))[0] == "M" else code
        self[code] = kept
        return kept


_MARKS = _Marks()


def words(text: str | None) -> list[str]:
    """Return the words of a text without diacritics and case."""
    if not text:
        return []
    if not text.isascii():
        text = unicodedata.normalize("NFD", text).translate(_MARKS)
    return _WORD.findall(text.lower())


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """Return an English word without -s, -ed, -ing and final e, with i for y after a consonant; other words unchanged.

    Step 1 of Porter's stemmer (M. F. Porter, An algorithm for suffix stripping, Program 14(3), 1980) with simpler
    conditions: "sanction", "sanctions" and "sanctioned" have one stem, and so do "policy" and "policies".
    """
    if not _ENGLISH.fullmatch(word):
        return word
    if word.endswith("sses") or (word.endswith("ies") and len(word) > 4):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    if word.endswith("eed"):
        word = word[:-1]
    for suffix in ("ed", "ing"):
        root = word.removesuffix(suffix)
        if root != word and len(root) >= _MIN_STEM and _VOWEL.search(root):
            word = root[:-1] if root[-1] == root[-2] and root[-1] not in "aeiouls" else root
            break
    if len(word) > _MIN_STEM and word[-1] == "y" and word[-2] not in "aeiou":
        word = word[:-1] + "i"
    return word.removesuffix("e") if len(word) > _MIN_STEM else word
