"""Words as the search looks for them: without marks and case, and their stems. `page.js` does the same."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Letters and digits of any script; marks are taken off before.
_WORD = re.compile(r"[^\W_]{1,64}")
_ENGLISH = re.compile(r"[a-z]{4,64}")
_VOWEL = re.compile(r"[aeiouy]")
_LEAST = 3  # letters that are left of a word without -ed or -ing


class _Marks(dict[int, int | None]):
    """For `str.translate`: combining marks go, all else stays. Filled as characters come."""

    def __missing__(self, code: int) -> int | None:
        kept = None if unicodedata.category(chr(code))[0] == "M" else code
        self[code] = kept
        return kept


_MARKS = _Marks()


def words(text: str | None) -> list[str]:
    """The words of a text without marks and case."""
    if not text:
        return []
    if not text.isascii():
        text = unicodedata.normalize("NFD", text).translate(_MARKS)
    return _WORD.findall(text.lower())


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """An English word without -s, -ed, -ing and a final e, and with i for a y behind a consonant; others as they are.

    Step 1 of Porter's stemmer (M. F. Porter, An algorithm for suffix stripping, Program 14(3), 1980), its conditions
    made simpler: "sanction", "sanctions" and "sanctioned" meet, and so do "policy" and "policies".
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
        if root != word and len(root) >= _LEAST and _VOWEL.search(root):
            word = root[:-1] if root[-1] == root[-2] and root[-1] not in "aeiouls" else root
            break
    if len(word) > _LEAST and word[-1] == "y" and word[-2] not in "aeiou":
        word = word[:-1] + "i"
    return word.removesuffix("e") if len(word) > _LEAST else word
