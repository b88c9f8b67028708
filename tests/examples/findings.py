"""What onrecord finds in a text, as findings that people can read: one function an area, named as its table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from pipeline.documents.clean import apply, clean
from pipeline.documents.clean.licences import spdx
from pipeline.documents.clean.notices import grants
from pipeline.documents.metadata import Facts, RecordMetadata, facts
from pipeline.expressions import find
from pipeline.marks import paragraphs
from pipeline.sentences import split
from tests.examples import Example, Finding, load
from tests.support.extraction import extracted
from warehouse.release.rights import is_open

type Row = Mapping[str, Any]
type Rows = Mapping[str, Sequence[Row]]

BODY = "The council met on Monday.\nThe mayor said that the bridge would open in May, and left by the back door."
# Where the words of a licence are.
JOINED = {"text": "{}", "line": BODY + "\n\n{}", "glued": BODY + " {}"}
NAMING = ("name", "alias", "acronym", "demonym")


def quotes(rows: Rows) -> list[Finding]:
    """Kind, words, speaker as written and by name, how the speaker was found, the speaker's role and its basis, cue and
    its class, kind of statement, venue, first part."""
    names, words = _names(rows), {row["quote_id"]: row["text"] for row in rows["quotes"]}
    return [
        (
            row["kind"],
            row["text"],
            f"speaker: {row['speaker'] or '-'}",
            f"is: {names.get(row['speaker_chain'], '-')}",
            f"basis: {row['speaker_basis']}",
            f"role: {row['speaker_role'] or '-'}",
            f"role basis: {row['speaker_role_basis'] or '-'}",
            f"cue: {row['cue'] or '-'}",
            f"class: {row['cue_class'] or '-'}",
            f"kind: {row['class']}",
            f"venue: {row['venue'] or '-'}",
            f"part of: {words.get(row['part_of'], '-')}",
        )
        for row in rows["quotes"]
    ]


def names(rows: Rows) -> list[Finding]:
    """Words, kind of name, how it names, and whom or what: the longest name that the text has for it."""
    known = _names(rows)
    return [(row["text"], row["label"], row["resolution"], f"is: {known[row['chain']]}") for row in rows["mentions"]]


def dates(rows: Rows) -> list[Finding]:
    """Words, type, value, what it was counted from, first and last day, problem; the quotation that it belongs to."""
    words = {row["quote_id"]: row["text"] for row in rows["quotes"]}
    return [
        (
            row["text"],
            row["type"],
            row["value"] or "no value",
            f"basis: {row['basis']}",
            f"days: {_days(row['earliest'], row['latest'])}",
            f"problem: {row['problem'] or '-'}",
            f"{row['relation'] or 'not of a quotation'}: {words.get(row['quote_id'], '-')}",
        )
        for row in rows["dates"]
    ]


def said(rows: Rows) -> list[Finding]:
    """Words of a quotation, its kind, on which days it was said as far as its article tells, and how that is known."""
    days = {row["quote_id"]: row for row in rows["said_days"]}
    found = []
    for quote in rows["quotes"]:
        row = days.get(quote["part_of"] or quote["quote_id"], {"earliest": None, "latest": None, "basis": "-"})
        told = f"said: {_days(row['earliest'], row['latest'])}", f"basis: {row['basis']}"
        found.append((quote["text"], quote["kind"], *told))
    return found


def expressions(text: str) -> list[Finding]:
    """Words, type, value and days by the words alone, and what is wrong with them."""
    return [
        (
            text[each.start : each.end],
            each.type,
            each.value or "no value",
            f"days: {_days(*each.interval or (None, None))}",
            f"problem: {each.problem or '-'}",
        )
        for each in find(text)
    ]


def marks(text: str) -> list[Finding]:
    """Words in quotation marks."""
    return [(text[each.start : each.end],) for paragraph in paragraphs(text) for each in paragraph.quoted_spans]


def sentences(text: str) -> list[Finding]:
    """The sentences."""
    return [(text[each.start : each.end],) for each in split(text)]


def titles(text: str) -> list[Finding]:
    """Title, byline and date line above the text."""
    return [(each.role, text[each.start : each.end]) for each in split(text) if each.role != "body"]


def cleaning(text: str) -> list[Finding]:
    """The cleaned text, and the rules that changed it."""
    edits = clean(text)
    return [(apply(text, edits), *(sorted({edit.rule for edit in edits}) or ["unchanged"]))]


def publication(text: str, **known: str) -> list[Finding]:
    """Day of publication, or the days between which it is, and on what grounds; publisher, agency, language."""
    found = article(text, **known)
    place = slice(found.raw_published_start, found.raw_published_end)
    evidence = found.published_text if found.raw_published_start is None else text[place]
    return [
        (
            f"published: {found.published_on or '-'}",
            f"earliest: {found.published_earliest or '-'}",
            f"latest: {found.published_latest or '-'}",
            f"basis: {found.published_basis}",
            f"evidence: {evidence or '-'}",
            f"agency: {found.agency or '-'}",
            f"publisher: {found.publisher or '-'}",
            f"language: {found.language or '-'}",
        )
    ]


def licences(text: str, place: str, **known: str) -> list[Finding]:
    """Whether words open a text, and by which licence; of a name its identifier, of a notice its owner and words."""
    if place == "name":
        return [(spdx(text) or "no licence",)]
    if place == "notice":
        return [
            (each.spdx or "no licence", f"owner: {each.owner or '-'}", f"words: {text[each.start : each.end]}")
            for each in grants(text)
        ]
    found = article(BODY, licence=text) if place == "record" else article(JOINED[place].format(text), **known)
    return [("open" if is_open(found.licence) else "closed", found.licence or "no licence")]


def article(raw: str, **known: str | None) -> Facts:
    """The facts about an article; `known` is what its record says."""
    edits = clean(raw)
    text = apply(raw, edits)
    return facts(RecordMetadata(**known), raw, edits, text, split(text))  # type: ignore[arg-type]


# Areas that need the model, and those that read words alone.
OF_ROWS: dict[str, Callable[[Rows], list[Finding]]] = {"quotes": quotes, "names": names, "dates": dates, "said": said}
OF_TEXT: dict[str, Callable[..., list[Finding]]] = {
    "marks": marks,
    "expressions": expressions,
    "sentences": sentences,
    "titles": titles,
    "cleaning": cleaning,
    "publication": publication,
    "licences": licences,
}
AREAS = (*OF_ROWS, *OF_TEXT)


def findings(area: str, example: Example) -> list[Finding]:
    """What is found in an example's text."""
    if area in OF_TEXT:
        return OF_TEXT[area](example.text, **dict(example.given))
    return OF_ROWS[area](rows_of(example.given)[example.text])


@cache
def rows_of(given: tuple[tuple[str, str], ...]) -> dict[str, Rows]:
    """The rows of every text that the model must read with this record, in one pass, by text."""
    texts = [each.text for area in OF_ROWS for each in load(area) if each.given == given]
    by_source = {str(number): text for number, text in enumerate(dict.fromkeys(texts))}
    tables = extracted(by_source, **dict(given))
    source_of = {row["document_id"]: row["source"] for row in tables["documents"]}
    found: dict[str, dict[str, list[Row]]] = {text: {name: [] for name in tables} for text in by_source.values()}
    for name, rows in tables.items():
        for row in rows:
            found[by_source[source_of[row["document_id"]]]][name].append(row)
    return found


def _names(rows: Rows) -> dict[int, str]:
    """Chain -> its name: one given as such before an alias, the longest of them. Another of that name gets a number."""
    longest: dict[int, tuple[bool, int, str]] = {}
    for row in rows["mentions"]:
        if row["resolution"] in NAMING:
            this = (row["resolution"] == "name", len(row["text"]), row["text"])
            longest[row["chain"]] = max(this, longest.get(row["chain"], this))
    seen: Counter[str] = Counter()
    named = {}
    for row in rows["mentions"]:
        chain = row["chain"]
        if chain not in named:
            name = longest[chain][2] if chain in longest else "-"
            seen[name] += 1
            named[chain] = name if seen[name] == 1 else f"{name} ({seen[name]})"
    return named


def _days(earliest: object, latest: object) -> str:
    if earliest is None and latest is None:
        return "-"
    return str(earliest) if earliest == latest else f"{earliest or '?'} to {latest or '?'}"
