"""Recognise titles of works, slogans and section headings: quoted words that nobody says."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.data import words
from pipeline.document import Document
from pipeline.marks import Paragraph, QuotedSpan
from pipeline.quotes.phrases import FINITE
from pipeline.quotes.words import DOCUMENTS, WORDS_OF, cue_verbs

WORK = words("statement_words.tsv", "work")
NAMING = words("statement_words.tsv", "naming")
SUCH_AS = words("statement_words.tsv", "such as")
PART_OF_WORK = words("statement_words.tsv", "part of a work")
KNOWN_FOR = words("statement_words.tsv", "known for")
MAKING = words("statement_words.tsv", "making")
REVIEWING = words("statement_words.tsv", "reviewing")
CALLING = frozenset(form for form, entry in cue_verbs().items() if "calling" in entry.constructions)
WORD = re.compile(r"[^\W\d_][\w’'-]*")
# Longer words that have no capital in a title.
SMALL = words("function_words.tsv", "small in titles")
# Most words of a title.
MAX_TITLE_WORDS = 9
# The word for a work is within this many tokens of its title.
NEAR = 4
ARTICLES = frozenset(("the", "a", "an", "his", "her", "their", "its", "my"))
OWNING = frozenset(("'s", "’s", "'", "’"))
PROCLAIMING = frozenset(("proclaimed", "proclaiming", "proclaims"))
BE = frozenset(("is", "was", "are", "were"))
# Behind such a form: “Thank God” was HOW Lume put it.
PUT_AS = frozenset(("how", "what", "all"))
# Fewest and most words of a crosshead; this share of the longer ones has capitals.
CROSSHEAD = (3, 14)
CAPITALS = 0.85
ENDED = re.compile(r"[.!?:;,…][\"”’')\]]{0,3}$")


def titled(text: str, quoted_span: QuotedSpan) -> bool:
    """Whether the words are set like a title: each longer one with a capital."""
    found = text[quoted_span.start : min(quoted_span.end, quoted_span.start + 80)].split()
    words = [w for w in found if len(w) > 3 and w not in SMALL]
    return all(w[0].isupper() or not w[0].isalpha() for w in words) and text[quoted_span.start].isupper()


def works(doc: Document, paragraph: Paragraph) -> frozenset[int]:
    """Return the opening offsets of a paragraph's quoted spans that are titles of works or slogans."""
    found: set[int] = set()
    before: QuotedSpan | None = None
    for quoted_span in paragraph.quoted_spans:
        listed = before is not None and before.outer_start in found and _only_joined(doc.text, before, quoted_span)
        if _is_work(doc, quoted_span, paragraph, listed):
            found.add(quoted_span.outer_start)
        before = quoted_span
    return frozenset(found)


def _only_joined(text: str, before: QuotedSpan, quoted_span: QuotedSpan) -> bool:
    """Whether only a comma or "and" is between two quoted spans: the second continues a list of titles."""
    between = text[before.outer_end : quoted_span.outer_start].strip(" ,;")
    return between in ("", "and", "or", "&") and "\n" not in text[before.outer_end : quoted_span.outer_start]


def _is_work(doc: Document, quoted_span: QuotedSpan, paragraph: Paragraph, listed: bool) -> bool:
    text = doc.text
    length = len(WORD.findall(text, quoted_span.start, quoted_span.end))
    if not 0 < length <= MAX_TITLE_WORDS:
        return False
    title = titled(text, quoted_span)
    if listed:
        return title
    before = _words(doc, max(paragraph.start, quoted_span.outer_start - 60), quoted_span.outer_start)
    if title and (not before or before[-1] in (",", ".", "that")) and _is_subject(doc, quoted_span, length):
        return True
    if not before or before[-1] == ":":
        return False
    comma = before[-1] == ","
    near = [word for word in before if word != ","]
    noun = near[-1] if near else ""
    if noun in WORK and _is_verb_before(doc, quoted_span.outer_start):
        # The exam shows “extraordinary” strength.
        return False
    if noun in WORK and not comma and not CALLING.isdisjoint(near[:-1]) and not title:
        # called the show “a quiet triumph”
        return False
    if noun in WORK and not comma:
        # the slogan “Flu, catch us”, her memoir “Low Bridge”
        return title or length <= NEAR + 1
    if near[-3:] == ["for", "the", "line"] and not comma:
        # An agency is praised for the line “Flu, catch us”.
        return True
    if not title:
        return False
    if _introduced(near, comma, length):
        return True
    after = _words(doc, quoted_span.outer_end, min(paragraph.end, quoted_span.outer_end + 60))
    if (
        length <= NEAR
        and noun in ARTICLES
        and not comma
        and after
        and after[0].isalpha()
        and text[quoted_span.end - 1].isalnum()
    ):
        # the “Harbour” actor
        return text[quoted_span.outer_end : quoted_span.outer_end + 2].strip().islower()
    apposed = text[quoted_span.end - 1] == "," or after[:1] == [","]
    if apposed and _apposed(after):
        return True
    inner = WORD.findall(text, quoted_span.start, quoted_span.end)
    long = any(len(w) > 3 and w[0].isupper() for w in inner) or all(w[0].isupper() for w in inner)
    made = noun in MAKING or (len(near) > 1 and near[-2] in MAKING and noun in ("in", "into", "of", "with"))
    if noun in REVIEWING and after[:1] == ["as"]:
        return True
    # What a sign or a post reads was said.
    shown = noun in ("read", "reads") and not DOCUMENTS.isdisjoint(near)
    return not comma and long and length >= 2 and made and not shown


def _introduced(near: list[str], comma: bool, length: int) -> bool:
    """Whether the words before a title say that it is one. `comma`: one is right before the mark; `length` in words."""
    noun = near[-1] if near else ""
    if noun in WORK or (noun in NAMING and len(near) > 1 and doc_noun(near[-2])):
        return True
    if noun == "for" and len(near) > 1 and near[-2] in KNOWN_FOR:
        return True
    if noun in ("to", "of", "in", "from", "on") and len(near) > 1 and near[-2] in PART_OF_WORK | WORK:
        # an afterword to “Low Bridge”, a chapter of “Low Bridge”
        return True
    if noun in SUCH_AS or near[-2:] == ["such", "as"]:
        return True
    if comma or length < 2:
        return False
    if noun == "on" or (noun in OWNING and "on" in near[-NEAR - 1 :]):
        # on “Meet the Press”, on Lund Radio's “This Week”; not: insisted on “No Deal”
        return near[-2:-1] == [] or near[-2] not in cue_verbs()
    # proclaimed May 2 “Ferry Day”
    return not PROCLAIMING.isdisjoint(near[-NEAR:])


def _is_verb_before(doc: Document, mark: int) -> bool:
    """Whether the word right before a mark is a verb."""
    before = doc.whole_tokens(max(0, mark - 40), mark)
    return bool(before) and doc.is_verb(before[-1])


def _is_subject(doc: Document, quoted_span: QuotedSpan, length: int) -> bool:
    """Whether a title is the subject of the narrator's verb: “Salt and Iron” opens on Friday; not “Total Disaster” was
    the verdict of one reader."""
    if length < 2 or not doc.text[quoted_span.end - 1].isalnum():
        return False
    behind = list(doc.tokens(quoted_span.outer_end + 1, min(len(doc.text), quoted_span.outer_end + 60)))
    if not behind or doc.tag[behind[0]] not in FINITE or doc.lower[behind[0]] in cue_verbs():
        return False
    near = [doc.lower[t] for t in behind[: NEAR + 2]]
    if near[0] in BE and (not PUT_AS.isdisjoint(near[1:3]) or _said(near[1:])):
        # “Thank God” was how Lume put it; “No Way” was the first thing she said.
        return False
    return WORDS_OF.isdisjoint(near)


def _said(words: Sequence[str]) -> bool:
    """Whether a verb of saying is in the words up to the next comma or stop, without a word for a work before it."""
    end = next((i for i, word in enumerate(words) if word in (",", ".", ";", ":")), len(words))
    cue = next((i for i, word in enumerate(words[:end]) if word in cue_verbs()), None)
    return cue is not None and WORK.isdisjoint(words[:cue])


def doc_noun(word: str) -> bool:
    """Whether a word can be the noun before "called": no pronoun ("he called")."""
    return word not in ("he", "she", "they", "it", "who", "i", "we", "you", "has", "have", "had", "also", "and")


def _words(doc: Document, start: int, end: int) -> list[str]:
    return [
        doc.lower[t]
        for t in doc.tokens(start, end)
        if start <= doc.start[t] and doc.end[t] <= end and not doc.lower[t].isspace()
    ]


def _apposed(after: Sequence[str]) -> bool:
    """Whether an apposition with a noun of works follows: “Low Bridge,” his memoir"""
    words = [w for w in after if w != ","][: NEAR + 1]
    return bool(words) and words[0] in ARTICLES and not WORK.isdisjoint(words[1:])


def crosshead(text: str, paragraph: Paragraph) -> bool:
    """Whether a line between paragraphs is a heading: no end mark and most longer words with capitals, or only a few
    quoted words."""
    if (
        ENDED.search(text, max(paragraph.start, paragraph.end - 5), paragraph.end)
        or paragraph.end - paragraph.start > 120
    ):
        return False
    words = WORD.findall(text, paragraph.start, paragraph.end)
    longer = [w for w in words if len(w) > 3]
    low, high = CROSSHEAD
    if [(s.outer_start, s.outer_end) for s in paragraph.quoted_spans] == [(paragraph.start, paragraph.end)]:
        return len(words) <= MAX_TITLE_WORDS
    return (
        low <= len(words) <= high and len(longer) >= 2 and sum(w[0].isupper() for w in longer) >= CAPITALS * len(longer)
    )
