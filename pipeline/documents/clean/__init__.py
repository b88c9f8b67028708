"""Clean raw text: compute the list of edits that makes it readable.

Belongs here: the order of the rules. Their modules: `repairs` (misread characters), `pages` (of PDFs), `boilerplate`,
`licences`, `notices`, `repeats` (of web pages), `characters`, `blanks`, `edits` (edits and offsets), `lines`. Does not
belong here: what the text says (metadata), and reading files (read).

The raw text with its edits applied is the text. Edits are in order, do not overlap and are minimal. Only rules about
blanks, glued words and misread characters replace or insert; all others remove. Title, byline, date line and foreign
scripts are kept. A rule that is not sure changes nothing.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from pipeline.documents.clean import blanks, boilerplate, characters, pages, repairs, repeats
from pipeline.documents.clean.edits import Edit, Offsets, apply, composed, minimal_edit
from pipeline.documents.clean.lines import lines

__all__ = ["CODE_VERSION", "RULES", "Edit", "Offsets", "apply", "clean"]

CODE_VERSION = "26"
# Each rule with an example of what it removes or changes.
RULES = {
    "advertisement": "Advertisement",
    "author-initials": "SM/PA",
    "author-note": "Ann Lee writes about film.",
    "captcha": "2 + 7 =",
    "comment-form": "Leave a Comment",
    "cookie-notice": "We use cookies to improve your experience.",
    "correction-note": "This article was amended on 23 May 2021.",
    "copyright-line": "© 2025 Olhao Courier. All rights reserved.",
    "divider": "___",
    "end-mark": "-30-",
    "licence-footer": "All content by ... is licensed under a Creative Commons Attribution 4.0 International License.",
    "live-blog": "Updated at 14.05 BST",
    "media-pointer": "Watch the full interview below:",
    "navigation": "Home > News > Politics",
    "newsletter-prompt": "Subscribe to our newsletter",
    "page-counter": "Page 1 of 3",
    "picture-credit": "Ann Lee via Getty Images.",
    "pull-quote": "“Nobody asked me,” in large letters, beside the paragraph that has it",
    "repeated-paragraph": "a paragraph that a page shows twice",
    "related-link": "• 2021-01-04 17:50, and the headline below",
    "related-list": "Most read, and the headlines below",
    "section-label": "FULL TEXT.",
    "share-prompt": "Share this article",
    "source-line": "Source: Radio Tejo",
    "teaser": "the first words of a paragraph and “…”, above the whole paragraph",
    "page-number": "3, at the foot of the third page",
    "running-head": "Harbour Gazette, 16 May 2024, on most pages",
    "invisible-character": "a soft hyphen, a zero-width blank, a control character",
    "character-reference": "&ldquo; is “",
    "mojibake": "FranÃ§ois is François",
    "glued-sentences": "ended.The is ended. The",
    "glued-words": "LavrovRussia is Lavrov Russia",
    "blank-lines": "three line breaks and more are two",
    "blank-run": "two blanks and more, or another one than the space, are a space",
    "hard-wrap": "a line break inside a sentence of hard-wrapped text, or inside a paragraph of a PDF, is a space",
    "hyphenation": "govern-/ment, at the end of a line of a PDF, is government",
    "line-blanks": "blanks around a line break go",
    "outer-blanks": "blanks at both ends go",
}


def clean(raw: str, reader: str = "text") -> list[Edit]:
    """Return the edits of a raw text, in order; `reader` extracted it (raws.extractor). The text is never empty if the
    raw text is not blank: if the rules would remove everything (a page of boilerplate), only blanks are edited."""
    # Repair first, so that the other rules recognize a misread "•" or "©".
    mended = repairs.repairs(raw)
    if reader in pages.READERS:
        mended = composed(raw, mended, pages.edits(apply(raw, mended)))
    for repaired in (mended, []) if mended else ([],):
        text = apply(raw, repaired)
        boiler = [Edit(s, e, text[s:e], "", rule) for s, e, rule in boilerplate.removals(text, lines(text))]
        if reader in repeats.READERS:
            shown = [Edit(s, e, text[s:e], "", rule) for s, e, rule in repeats.removals(lines(text))]
            boiler = _together(boiler, shown)
        hidden = list(characters.invisible(text))
        inserted = [*characters.glued_words(text), *characters.lost_blanks(text)]
        for first in (_together(boiler, hidden, inserted), _together(hidden, inserted), []):
            edits = _with_blanks(text, first)
            if apply(text, edits).strip():
                return composed(raw, repaired, edits)
    return []


def _together(*lists: Sequence[Edit]) -> list[Edit]:
    """Return all edits in order; of each list, only those that overlap nothing in the lists before it."""
    out: list[Edit] = []
    for more in lists:
        starts = [edit.raw_start for edit in out]
        fitting = []
        for edit in more:
            index = bisect_right(starts, edit.raw_start) - 1
            before = out[index] if index >= 0 else None
            after = out[index + 1] if index + 1 < len(out) else None
            # An insertion beside a removal would separate nothing.
            room = 0 if edit.original else 1
            if (before is None or before.raw_end + room <= edit.raw_start) and (
                after is None or edit.raw_end + room <= after.raw_start
            ):
                fitting.append(edit)
        out = sorted([*out, *fitting], key=lambda edit: (edit.raw_start, edit.raw_end))
    return out


def _with_blanks(raw: str, edits: Sequence[Edit]) -> list[Edit]:
    """Add the edits that normalize the blanks of the remaining text."""
    gaps = [edit for edit in edits if edit.original and not edit.replacement]
    kept = apply(raw, gaps)
    # Where each kept piece starts, in the kept text and in the raw text.
    here, there = [0], [0]
    for gap in gaps:
        here.append(here[-1] + gap.raw_start - there[-1])
        there.append(gap.raw_end)
    out = list(edits)
    for start, end, wanted, rule in _changes(kept):
        out.extend(_mapped(raw, _stretches(here, there, start, end), wanted, rule))
    return sorted(out, key=lambda edit: (edit.raw_start, edit.raw_end))


def _changes(kept: str) -> Iterable[blanks.Change]:
    """Return the changes that normalize blanks, then those that join lines in the result. Offsets are those of the kept
    text."""
    evened = list(blanks.normalize_blanks(kept))
    steps = [edit for s, e, wanted, rule in evened if (edit := minimal_edit(kept, s, e, wanted, rule))]
    text = apply(kept, steps)
    joined = list(blanks.unwrapped(text)) or list(blanks.within_marks(text))
    if not joined:
        return evened
    offsets = Offsets(steps)
    spans = [(*offsets.to_raw(start, end), wanted, rule) for start, end, wanted, rule in joined]
    starts = [start for start, _, _, _ in spans]

    def free(start: int, end: int) -> bool:
        index = bisect_right(starts, end) - 1
        return index < 0 or spans[index][1] < start

    # A joined break replaces the whole run of blanks around it.
    whole = [_run(kept, start, end, wanted, rule) for start, end, wanted, rule in spans]
    return [*(change for change in evened if free(change[0], change[1])), *whole]


def _run(kept: str, start: int, end: int, wanted: str, rule: str) -> blanks.Change:
    while start > 0 and kept[start - 1].isspace():
        start -= 1
    while end < len(kept) and kept[end].isspace():
        end += 1
    return start, end, wanted, rule


def _stretches(here: Sequence[int], there: Sequence[int], start: int, end: int) -> list[tuple[int, int]]:
    """Map kept[start:end] to the raw text: one piece, or several with removed characters between them."""
    out = []
    while start < end:
        index = bisect_right(here, start) - 1
        stop = min(end, here[index + 1]) if index + 1 < len(here) else end
        out.append((there[index] + start - here[index], there[index] + stop - here[index]))
        start = stop
    return out


def _mapped(raw: str, pieces: Sequence[tuple[int, int]], wanted: str, rule: str) -> list[Edit]:
    """Map a change of one run of blanks to edits: replace one piece, remove the others."""
    if len(pieces) == 1:
        edit = minimal_edit(raw, *pieces[0], wanted, rule)
        return [edit] if edit else []
    # Usually one piece already holds the wanted blanks.
    holding = (index for index, (start, end) in enumerate(pieces) if wanted in raw[start:end])
    keep = next(holding, 0)
    edits = [
        minimal_edit(raw, start, end, wanted if index == keep else "", rule)
        for index, (start, end) in enumerate(pieces)
    ]
    return [edit for edit in edits if edit]
