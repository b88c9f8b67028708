"""Corrections made by hand. They override the rules, and every rebuild applies them again.

A line has five fields, separated by tabs: kind, document, row, value, note. Ids are those of a release.

    not-a-quote  document_id  quote_id  the quoted words             nobody said this; checked against the id
    speaker      document_id  quote_id  a name as the article has it the speaker; - if nobody is named
    date         document_id  date_id   2020-12-29 or DAY/DAY        what a temporal expression means
    published    document_id  -         2020-12-29 or DAY/DAY        when the article was published
    same         a label      a name    the canonical name           two names of one person, organisation, place ...
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pipeline.contract import CORRECTION_KINDS, HEX16, LABELS, QUOTE_KINDS, ids

type Row = dict[str, Any]

NO_VALUE = "-"
# The most quotes with the same words that `_ids` tries in one article: more than any article has.
MAX_OCCURRENCES = 1_000
_INTERVAL = re.compile(r"(\d{4}-\d{2}-\d{2})(?:/(\d{4}-\d{2}-\d{2}))?")


class CorrectionError(ValueError):
    """Raised for an invalid corrections file; the message names the line and the reason."""


@dataclass(frozen=True, slots=True)
class Correction:
    """One line of a corrections file, with the stored columns of `corrections`."""

    line: int
    kind: str
    document_id: str
    target: str
    value: str
    note: str


def parse(lines: Iterable[str]) -> list[Correction]:
    """Parse the lines of a corrections file. Skip empty lines and lines that start with #.

    Raises CorrectionError with the line number if a line is malformed, if two lines correct the same thing, or if the
    words of a `not-a-quote` do not give its id.
    """
    found: list[Correction] = []
    taken: dict[tuple[str, ...], int] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        fields = [field.strip() for field in line.rstrip("\r\n").split("\t")]
        if len(fields) != 5 or not all(fields):
            raise CorrectionError(f"line {number}: expected five tab-separated fields, found {len(fields)}")
        correction = Correction(number, *fields)
        problem = _problem(correction)
        if problem:
            raise CorrectionError(f"line {number}: {problem}")
        thing = ("quote", fields[2]) if fields[0] in ("not-a-quote", "speaker") else (fields[0], *fields[1:3])
        if thing in taken:
            raise CorrectionError(f"line {number}: line {taken[thing]} already corrects the same value")
        taken[thing] = number
        found.append(correction)
    return found


def _problem(given: Correction) -> str | None:
    if not all(field.isprintable() for field in (given.kind, given.target, given.value, given.note)):
        return "contains a control character"
    if given.kind not in CORRECTION_KINDS:
        return f"{given.kind} is not one of {', '.join(CORRECTION_KINDS)}"
    if given.kind == "same":
        return None if given.document_id in LABELS else f"{given.document_id} is not one of {', '.join(LABELS)}"
    if not re.fullmatch(HEX16, given.document_id):
        return f"{given.document_id} is not a document_id"
    match given.kind:
        case "not-a-quote" if given.target not in _ids(given.document_id, given.value):
            return f"the words do not match the quote_id {given.target} in this document"
        case "speaker" if not re.fullmatch(HEX16, given.target):
            return f"{given.target} is not a quote_id"
        case "date" if not given.target.startswith(f"{given.document_id}:d"):
            return f"{given.target} is not a date_id of this document"
        case "published" if given.target != NO_VALUE:
            return "the third field must be - for a publication date"
    if given.kind in ("date", "published"):
        try:
            interval(given.value)
        except ValueError:
            return f"{given.value} is neither a day (2020-12-29) nor two days in order, separated by /"
    return None


def _ids(document: str, words: str) -> set[str]:
    return {name for kind in QUOTE_KINDS for name in ids.quote_ids(document, [(kind, words)] * MAX_OCCURRENCES)}


def interval(value: str) -> tuple[date, date]:
    """Return the first and the last day. Raises ValueError."""
    match = _INTERVAL.fullmatch(value)
    if match is None:
        raise ValueError(value)
    first = date.fromisoformat(match[1])
    last = date.fromisoformat(match[2] or match[1])
    if first > last:
        raise ValueError(value)
    return first, last


def by_document(corrections: Iterable[Correction]) -> dict[str, list[Correction]]:
    """Group corrections by document_id; leave out `same`."""
    found: dict[str, list[Correction]] = {}
    for correction in corrections:
        if correction.kind != "same":
            found.setdefault(correction.document_id, []).append(correction)
    return found


def aliases(corrections: Iterable[Correction]) -> list[str]:
    """Return the lines of an alias file (pipeline.reference) for the `same` corrections, at the same line numbers."""
    lines: list[str] = []
    for c in corrections:
        if c.kind == "same":
            lines += [""] * (c.line - 1 - len(lines))
            lines.append("\t".join((c.document_id, c.value, c.target, "-", c.note)))
    return lines


def article(row: Row, corrections: Sequence[Correction]) -> Row:
    """Return a row of documents with its corrected publication date."""
    for c in corrections:
        if c.kind == "published":
            first, last = interval(c.value)
            row = {
                **row,
                "published_on": first if first == last else None,
                "published_earliest": first,
                "published_latest": last,
                "published_basis": "corrected",
                "published_text": None,
                "raw_published_start": None,
                "raw_published_end": None,
            }
    return row


def quotes(
    rows: Sequence[Row], corrections: Sequence[Correction], mentions: Sequence[Mapping[str, Any]], text: str
) -> list[Row]:
    """Apply corrections to rows of quotes: drop what is not a quote, with its fragments, and change speakers."""
    removed = {c.target for c in corrections if c.kind == "not-a-quote"}
    kept = [row for row in rows if row["quote_id"] not in removed and row["part_of"] not in removed]
    for c in corrections:
        if c.kind == "speaker":
            meant = [c.target in (row["quote_id"], row["part_of"]) for row in kept]
            kept = [
                {**row, **_speaker(row, c.value, mentions, text)} if this else row
                for row, this in zip(kept, meant, strict=True)
            ]
    return kept


def _speaker(row: Row, name: str, mentions: Sequence[Mapping[str, Any]], text: str) -> Row:
    """Return the speaker's columns: from the nearest mention with that name, else from the first occurrence of the
    words; empty if the article does not contain them."""
    if name == NO_VALUE:
        return _said_by(None, None, None, None, "none")
    wanted = " ".join(name.split()).casefold()
    named = [m for m in mentions if " ".join(str(m["text"]).split()).casefold() == wanted]
    if named:
        nearest = min(named, key=lambda m: (abs(m["start"] - row["start"]), m["start"]))
        start, end = int(nearest["start"]), int(nearest["end"])
        return _said_by(text[start:end], start, end, nearest["chain"], "corrected")
    start = text.find(name)
    return {} if start < 0 else _said_by(name, start, start + len(name), None, "corrected")


def _said_by(words: str | None, start: int | None, end: int | None, chain: int | None, basis: str) -> Row:
    return {
        "speaker": words,
        "speaker_start": start,
        "speaker_end": end,
        "speaker_chain": chain,
        "speaker_basis": basis,
        "confidence": 1.0,
    }


def dates(rows: Sequence[Row], corrections: Sequence[Correction]) -> list[Row]:
    """Return rows of dates as corrected."""
    known = {c.target: interval(c.value) for c in corrections if c.kind == "date"}
    return [{**row, **_meaning(*known[row["date_id"]])} if row["date_id"] in known else row for row in rows]


def _meaning(first: date, last: date) -> Row:
    day = {"value": first.isoformat(), "type": "DATE", "mod": None} if first == last else {}
    return {"earliest": first, "latest": last, "basis": "corrected", "problem": None, **day}
