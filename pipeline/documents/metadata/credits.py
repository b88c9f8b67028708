"""Find publisher, credited agency, author, title and place of an article."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.data import any_of, words
from pipeline.documents.clean.edits import Edit
from pipeline.documents.clean.notices import Grant
from pipeline.sentences import Sentence, head

# Agencies that articles credit by a bare name. Others are recognized by the words beside them ("news agency").
AGENCIES = words("news_agencies.tsv", "agency")
WORD = r"[A-Z][\w’'&-]{1,24}"
NAME = rf"{WORD}(?: {WORD}){{0,4}}"
KIND = r"(?:[Nn]ews [Aa]gency|[Ww]ire [Ss]ervice|[Pp]ress [Aa]gency|[Nn]ewswire)"
# "the Russian Sputnik news agency", "the Parliament news agency ICANA", "the Islamic Republic News Agency (IRNA)".
BESIDE = re.compile(rf"(?P<before>{NAME})? ?{KIND}(?: \((?P<short>[A-Z]{{2,8}})\)| (?P<after>{WORD}))?")
BARE = re.compile(rf"(?<![\w’'-])(?:{any_of(words('news_agencies.tsv', 'agency'))})(?![\w-])")
# A wire's name in a bare credit: "TASS reported", "told Sputnik", "according to Reuters", "(Reuters)".
CREDIT_BEFORE = re.compile(r"(?:\(|[Aa]ccording to (?:the )?|\btold (?:the )?|\bby (?:the )?|\bto (?:the )?|\bwith )$")
CREDIT_AFTER = re.compile(r"\)|,? (?:has |had |also )?(?:reported|reports|quoted|said|cited|wrote)\b| report\b")
# "Atlas Wire reported": named as a wire, and reporting.
REPORTED = re.compile(
    rf"(?P<name>{WORD}(?: {WORD}){{0,3}} (?:Wire|Newswire))(?: \([A-Z]{{2,8}}\))? (?:has )?(?:reported|quoted)\b"
)
# Each match of BESIDE and REPORTED contains one of these; each match of BARE is one of AGENCIES.
SIGNS = ("gency", "ervice", "ewswire", "Wire")
# "According to Borna, ..." as the first words of the body: one word that does not occur elsewhere in the text.
OPENING = re.compile(rf"According to (?P<name>{WORD}), ")
NATIONALITY = re.compile(r"^(?:The|[A-Z][a-z]+(?:an|ian|ish|ese|i|ch|ic)) (?=[A-Z])")
SOURCE = re.compile(r"source ?: ?(?P<name>.{2,60})", re.IGNORECASE)
COPYRIGHT = re.compile(
    r"(?:©|\(c\)|copyright)(?: ?(?:©|\(c\)))?(?: ?\d{4}(?: ?[-–] ?\d{4})?,?)?(?: by)? "
    r"(?P<name>[^\W\d_][^.,;|\n]{1,60})",
    re.IGNORECASE,
)
MAX_AGENCY_SENTENCES = 400


def publisher(edits: Sequence[Edit], grants: Sequence[Grant]) -> str | None:
    """Return the owner in the licence notice, else the name in the source or copyright line that cleaning removed."""
    for grant in reversed(grants):
        if grant.owner:
            return grant.owner
    for rule, pattern in (("source-line", SOURCE), ("copyright-line", COPYRIGHT)):
        for edit in edits:
            if edit.rule == rule and (found := pattern.match(edit.original)):
                return found["name"].strip(" .\t") or None
    return None


def agency(text: str, sentences: Sequence[Sentence]) -> str | None:
    """Return the first agency that the article credits: in its date line, at the head of its body, then anywhere."""
    for sentence in sentences:
        if sentence.role == "dateline":
            found = head.dateline(text, sentence.start, min(len(text), sentence.end + 1))
            if found and found.groupdict().get("agency"):
                return found["agency"]
    body = [s for s in sentences if s.role == "body"]
    if body:
        opening = OPENING.match(text, body[0].start, body[0].end)
        if opening and text.count(opening["name"]) == 1:
            return opening["name"]
    # Substrings are found faster than patterns; mostly there are none.
    telling = [word for word in (*SIGNS, *AGENCIES) if word in text]
    for sentence in body[:MAX_AGENCY_SENTENCES] if telling else ():
        shown = text[sentence.start : sentence.end]
        credited = _credited(shown) if any(word in shown for word in telling) else None
        if credited:
            return credited
    return None


def _credited(sentence: str) -> str | None:
    found: list[tuple[int, str]] = []
    for match in BESIDE.finditer(sentence):
        name = match["short"] or match["after"]
        if not name and match["before"]:
            name = NATIONALITY.sub("", match["before"])
            if match[0][len(match["before"]) :].strip().istitle():
                # "Mehr News Agency": the kind is part of the name.
                name = f"{name} {match[0][len(match['before']) :].strip()}"
        if name:
            found.append((match.start(), name))
    for match in BARE.finditer(sentence):
        before, after = sentence[max(0, match.start() - 24) : match.start()], sentence[match.end() : match.end() + 24]
        if CREDIT_BEFORE.search(before) or CREDIT_AFTER.match(after):
            found.append((match.start(), match[0]))
    found.extend((match.start(), match["name"]) for match in REPORTED.finditer(sentence))
    return min(found)[1] if found else None


def author(text: str, sentences: Sequence[Sentence]) -> str | None:
    """Return the names of the byline, as written."""
    for sentence in sentences:
        if sentence.role == "byline":
            found = head.BYLINE.fullmatch(text, sentence.start, sentence.end)
            if found:
                return found["names"]
    return None


def title(text: str, sentences: Sequence[Sentence]) -> str | None:
    """Return the headline: the first title line."""
    return next((text[s.start : s.end] for s in sentences if s.role == "title"), None)


def place(text: str, sentences: Sequence[Sentence]) -> str | None:
    """Return the place that the date line names."""
    for sentence in sentences:
        if sentence.role == "dateline":
            found = head.dateline(text, sentence.start, min(len(text), sentence.end + 1))
            if found:
                return found.groupdict().get("place")
    return None
