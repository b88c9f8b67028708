"""Two wordings of a statement side by side: which words only one of them has."""

from __future__ import annotations

from difflib import SequenceMatcher

# Words of a wording that are compared; what is longer is shown as it is. The comparison is quadratic.
MOST = 150
# Share of words in common below which marks would say nothing.
ALIKE = 0.4


def compared(first: str, other: str) -> list[tuple[str, str]]:
    """The words of `other` as ("same" or "more", words), with ("less", words) for what only `first` has.

    One part, ("same", other), where the two have little in common or are long. Case and marks beside words do not
    count.
    """
    before, after = first.split(), other.split()
    if max(len(before), len(after)) > MOST:
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
