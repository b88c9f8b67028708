"""Estimate the precision of this corpus's quotes from a sheet that a user marks.

A stratum is a kind of quote and a band of confidence. Strata get places by the square root of their size (Bankier's
power allocation, 1988), so that rare and common ones are both sampled; the estimate weighs each stratum by its share of
the corpus. The interval is Wilson's (1927) at Kish's (1965) effective size of the weighted sample.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import NormalDist
from typing import Any

from pipeline.contract.ids import digest
from warehouse import files, ledger
from warehouse.release.site.escape import md_code, md_table
from warehouse.sql import query
from warehouse.store import Store
from warehouse.text import count, printable

FILE = "audit.json"
COLUMNS = (
    *("quote_id", "stratum", "of_stratum", "state", "words", "passage", "speaker", "speaker_name", "why", "source"),
    *("quote_right", "speaker_right", "note"),
)
YES = frozenset({"y", "yes", "1", "true", "right", "r"})
NO = frozenset({"n", "no", "0", "false", "wrong", "w"})
# Lower bounds of the bands of confidence.
BANDS = (0.9, 0.7, 0.0)
LEVEL = 0.95


class SheetError(ValueError):
    """A sheet cannot be read; the message names file, line and reason."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """`right` of `marked` rows; precision and its interval, weighted by stratum; 0 to 1, null if nothing is marked.

    of      what was marked: quote, speaker (of the right quotes), both
    stratum null for the whole corpus
    """

    of: str
    stratum: str | None
    right: int
    marked: int
    precision: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True, slots=True)
class Audit:
    """The marks of one sheet. `covered` is the share of the corpus's quotes in strata with a mark."""

    state: str
    quotes: int
    covered: float
    level: float
    estimates: tuple[Estimate, ...]


# Fragments of one interrupted utterance are marked with its first.
_QUOTES = "SELECT quote_id, kind, confidence FROM stored.quotes WHERE part_of IS NULL"
# The sentences of the quote, one before and one after.
_SHOWN = """
    SELECT q.quote_id, any_value(q.text) AS words, any_value(q.speaker) AS speaker,
        any_value(q.speaker_name) AS speaker_name, any_value(q.speaker_basis) AS speaker_basis,
        any_value(q.cue) AS cue, any_value(q.confidence) AS confidence, any_value(d.source) AS source,
        string_agg(s.text, ' ' ORDER BY s.position) AS passage
    FROM published.quotes AS q
    JOIN published.documents AS d ON d.document_id = q.document_id
    JOIN published.sentences AS own ON own.sentence_id = q.sentence_id
    JOIN published.sentences AS s ON s.document_id = q.document_id
        AND (s.position BETWEEN own.position - 1 AND own.position + 1 OR s.start < q."end" AND s."end" > q.start)
    WHERE q.quote_id IN (SELECT unnest(?))
    GROUP BY q.quote_id
"""


def draw(store: Store, number: int, seed: str, sheet: Path) -> dict[str, tuple[int, int]]:
    """Write a sheet of about `number` quotes (fragments of one utterance count as one). The same state and seed give
    the same sheet. Returns stratum -> (number drawn, size of the stratum)."""
    with store.reading() as connection:
        state = ledger.state(connection)
        strata: dict[str, list[str]] = {}
        for quote_id, kind, confidence in query(connection, _QUOTES).iter_rows():
            strata.setdefault(stratum(kind, confidence), []).append(quote_id)
        places = allocate_sample({name: len(ids) for name, ids in strata.items()}, number)
        drawn = {
            name: sorted(strata[name], key=lambda quote_id: digest(seed, quote_id))[: places[name]]
            for name in sorted(strata)
        }
        shown = query(connection, _SHOWN, [[quote_id for ids in drawn.values() for quote_id in ids]])
    rows = {row["quote_id"]: row for row in shown.iter_rows(named=True)}
    with sheet.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for name, ids in drawn.items():
            writer.writerows(_line(name, len(strata[name]), state, rows[quote_id]) for quote_id in ids)
    return {name: (len(ids), len(strata[name])) for name, ids in drawn.items()}


def stratum(kind: str, confidence: float) -> str:
    """Return the stratum's name: `direct 0.9+`, `direct 0.7+`, `direct 0.0+` ..."""
    return f"{kind} {next(band for band in BANDS if confidence >= band)}+"


def allocate_sample(sizes: Mapping[str, int], number: int) -> dict[str, int]:
    """Allocate places to strata by the square root of their size: at least one, at most all; `number` together if
    possible, and never fewer than there are strata."""
    left = max(min(number, sum(sizes.values())), len(sizes))
    places: dict[str, int] = dict.fromkeys(sizes, 0)
    open_ = {name for name, size in sizes.items() if size}
    while left and open_:
        # Give one place at a time to the stratum furthest below its share: few hundred rows, and no rounding to
        # correct.
        name = min(open_, key=lambda n: (places[n] > 0, (places[n] + 1) / math.sqrt(sizes[n]), n))
        places[name] += 1
        left -= 1
        if places[name] == sizes[name]:
            open_.discard(name)
    return places


def _line(name: str, size: int, state: str, row: Mapping[str, Any]) -> list[str]:
    why = f"speaker: {row['speaker_basis']}; cue: {row['cue'] or 'none'}; confidence {row['confidence']:.2f}"
    shown = (row["words"], row["passage"], row["speaker"], row["speaker_name"], why, row["source"])
    return [row["quote_id"], name, str(size), state, *(_cell(value) for value in shown), "", "", ""]


def _cell(value: str | None) -> str:
    """Return text on one line that spreadsheets do not run as a formula
    (https://owasp.org/www-community/attacks/CSV_Injection)."""
    text = printable(" ".join((value or "").split()), "\N{REPLACEMENT CHARACTER}")
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text


def estimate_from_sheet(sheet: Path) -> Audit:
    """Return the estimates of a marked sheet. Raises SheetError."""
    rows = _read(sheet)
    if not any(row["quote"] is not None for row in rows):
        raise SheetError(f"{sheet}: no row is marked: write y or n in the columns quote_right and speaker_right")
    sizes = {row["stratum"]: row["size"] for row in rows}
    # Only right quotes count for `speaker`; a wrong quote counts as wrong in `both`.
    views: dict[str, list[tuple[str, bool | None]]] = {
        "quote": [(row["stratum"], row["quote"]) for row in rows],
        "speaker": [(row["stratum"], row["speaker"]) for row in rows if row["quote"]],
        "both": [
            (row["stratum"], row["quote"] and row["speaker"])
            for row in rows
            if row["quote"] is False or row["speaker"] is not None
        ],
    }
    estimates = [estimate(of, marks, sizes) for of, marks in views.items()]
    for name in sorted(sizes):
        estimates += [
            estimate(of, [m for m in marks if m[0] == name], {name: sizes[name]}, name) for of, marks in views.items()
        ]
    seen = {row["stratum"] for row in rows if row["quote"] is not None}
    total = sum(sizes.values())
    return Audit(rows[0]["state"], total, sum(sizes[name] for name in seen) / total, LEVEL, tuple(estimates))


def estimate(
    of: str, marks: Iterable[tuple[str, bool | None]], sizes: Mapping[str, int], name: str | None = None
) -> Estimate:
    """Estimate from (stratum, mark) pairs and the strata's sizes. Unmarked strata are left out: others weigh more."""
    marks_by_stratum: dict[str, list[bool]] = {}
    for where, mark in marks:
        if mark is not None:
            marks_by_stratum.setdefault(where, []).append(mark)
    right, marked = sum(map(sum, marks_by_stratum.values())), sum(map(len, marks_by_stratum.values()))
    if not marked:
        return Estimate(of, name, 0, 0, None, None, None)
    whole = sum(sizes[where] for where in marks_by_stratum)
    weights = {where: sizes[where] / whole for where in marks_by_stratum}
    precision = math.fsum(weights[where] * sum(m) / len(m) for where, m in marks_by_stratum.items())
    effective = 1 / math.fsum(weights[where] ** 2 / len(m) for where, m in marks_by_stratum.items())
    lower, upper = wilson(precision, effective)
    return Estimate(of, name, right, marked, *(round(value, 4) for value in (precision, lower, upper)))


def wilson(share: float, size: float, level: float = LEVEL) -> tuple[float, float]:
    """Return Wilson's score interval of a share in a sample of that (effective) size."""
    z = NormalDist().inv_cdf((1 + level) / 2)
    middle = (share + z * z / (2 * size)) / (1 + z * z / size)
    half = z / (1 + z * z / size) * math.sqrt(share * (1 - share) / size + z * z / (4 * size * size))
    return max(0.0, middle - half), min(1.0, middle + half)


def _read(sheet: Path) -> list[dict[str, Any]]:
    try:
        text = sheet.read_text(encoding="utf-8-sig")
        # Spreadsheets write semicolons if the comma is the decimal sign.
        delimiter = ";" if text.partition("\n")[0].count(";") > text.partition("\n")[0].count(",") else ","
        lines = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SheetError(f"{sheet}: cannot be read: {error}") from error
    rows = []
    for number, line in enumerate(lines, 2):
        missing = [name for name in COLUMNS[:-1] if line.get(name) is None]
        if missing:
            raise SheetError(f"{sheet}: line {number}: column {', '.join(missing)} is missing")
        try:
            size = int(line["of_stratum"])
        except ValueError:
            raise SheetError(f"{sheet}: line {number}: of_stratum is {line['of_stratum']!r}, not a number") from None
        quote = _mark(sheet, number, "quote_right", line["quote_right"])
        speaker = _mark(sheet, number, "speaker_right", line["speaker_right"])
        if speaker and quote is False:
            raise SheetError(f"{sheet}: line {number}: the speaker of a wrong quote cannot be right")
        rows.append(
            {"stratum": line["stratum"], "size": size, "state": line["state"], "quote": quote, "speaker": speaker}
        )
    if not rows:
        raise SheetError(f"{sheet}: holds no rows")
    if len({row["state"] for row in rows}) > 1:
        raise SheetError(f"{sheet}: its rows were drawn from different states of the corpus")
    if len({(row["stratum"], row["size"]) for row in rows}) > len({row["stratum"] for row in rows}):
        raise SheetError(f"{sheet}: one stratum has several sizes")
    return rows


def _mark(sheet: Path, number: int, column: str, value: str) -> bool | None:
    word = value.strip().casefold()
    if not word:
        return None
    if word in YES | NO:
        return word in YES
    raise SheetError(f"{sheet}: line {number}: {column} is {value!r}: write y or n, or leave it empty")


def write(folder: Path, found: Audit) -> None:
    """Store the figures in the warehouse, for the card of the next release."""
    text = json.dumps(asdict(found), ensure_ascii=False, indent=2) + "\n"
    files.atomic_write(folder / FILE, text)


def read(folder: Path) -> Audit | None:
    """Return the figures of a warehouse or a release, or None if there are none. Raises SheetError."""
    path = folder / FILE
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Audit(**{**content, "estimates": tuple(Estimate(**e) for e in content["estimates"])})
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise SheetError(f"{path}: cannot be read: {error}") from error


def lines(found: Audit) -> list[tuple[str, str, str, str]]:
    """Return rows for people: what, right of marked, precision, interval; the whole corpus first."""
    names = {"quote": "the words are a quotation, whole", "speaker": "its speaker is right", "both": "both are right"}
    out = []
    for e in found.estimates:
        if e.precision is not None and e.lower is not None and e.upper is not None:
            where = f" ({e.stratum})" if e.stratum else ""
            shares = (f"{100 * e.precision:.1f} %", f"{100 * e.lower:.1f} to {100 * e.upper:.1f} %")
            out.append((names[e.of] + where, f"{count(e.right)} of {count(e.marked)}", *shares))
    return out


def section(found: Audit, state: str) -> str:
    """Return the card's section as Markdown."""
    whole = lines(Audit(found.state, found.quotes, found.covered, found.level, tuple(_whole(found))))
    parts: Sequence[str] = [
        f"The maker of this release drew a sample of quotes, stratified by kind and confidence, and marked each as "
        f"right or wrong. The figures are weighted by the size of each stratum ({count(found.quotes)} quotes in all, "
        f"{100 * found.covered:.0f} % of them in strata with a mark), with intervals at {100 * found.level:.0f} %:"
        "\n",
        md_table(("what", "right of marked", "precision", "interval"), whole, numbers=(1, 2, 3)),
        "" if found.state == state else "The sheet was drawn from an earlier state of the corpus.\n",
        f"Each stratum is in {md_code(FILE)}.\n",
    ]
    return "\n".join(part for part in parts if part)


def _whole(found: Audit) -> list[Estimate]:
    return [e for e in found.estimates if e.stratum is None]
