"""Compare two wordings of a statement: the words that only one of them has."""

from __future__ import annotations

from difflib import SequenceMatcher

# Most words to compare; a longer wording is shown unmarked. The comparison is quadratic.
MAX_WORDS = 150
# Below this share of common words, marks are useless.
ALIKE = 0.4


def compared(first: str, other: str) -> list[tuple[str, str]]:
    """Return the words of `other` as ("same" or "more", words), with ("less", words) for what only `first` has.

    Returns one part, ("same", other), if the two have little in common or are long. Case and punctuation do not count.
    """
    before, after = first.split(), other.split()
    if max(len(before), len(after)) > MAX_WORDS:
        return [("same", other)]
    matcher = SequenceMatcher(None, [_plain(w) for w in before], [_plain(w) for w in after], autojunk=False)
    if matcher.ratio() < ALIKE:
        return [("same", other)]
    parts: list[tuple[str, str]] = []
    for kind, low, high, start, end in matcher.get_opcodes():
        if kind in ("delete", "replace"):
            parts.append(("less", " ".join(before[low:high])))
        if kind != "delete":
            parts.append(("same" if kind == "equal" else "more", " ".join(after[start:end])))
    return parts


def _plain(word: str) -> str:
    return "".join(filter(str.isalnum, word.casefold())) or word
