"""Scores of each version of onrecord, to detect regressions: `uv run python -m benchmarks.history [PART ...]`.

    python -m benchmarks.history                      # measure all parts; write history.tsv, README.md and docs/
    python -m benchmarks.history quotes dates         # some parts
    python -m benchmarks.history --check              # measure and compare; write nothing
    python -m benchmarks parse stages rivals --json FILE
    python -m benchmarks.history --speed FILE         # take speed and memory from the file; measure nothing

quotes, dates, entities, sentences, publication   on annotated articles (ONRECORD_GOLD): fifteen CPU seconds
resolution                                        entities of a growing generated corpus: a CPU minute

New scores replace rows of the same version; rows of older versions do not change. The command prints the figures that
differ from the table and from the version before. It ends with 1 if a score is worse than its newest row by more than
its tolerance, or is no longer measured; with 2 if it cannot measure. Without --check it writes such a score, too:
commit an intended fall with its reason. Scores on annotated articles have no tolerance except the table's rounding: the
same input gives the same rows. Figures of time and memory have their own tolerance, in the table, and are judged only
against figures of the same machine.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from assets.settings import Settings, from_environment
from benchmarks import dates, entities, measured, publication, quotes, record, resolution, sentences
from benchmarks.figures import machine
from benchmarks.record import Row
from benchmarks.scores import Better, Score

# Parts that need annotated articles. The same input gives the same scores.
GOLD: dict[str, Callable[[], list[Score]]] = {
    "quotes": quotes.scores,
    "dates": dates.scores,
    "entities": entities.scores,
    "sentences": sentences.scores,
    "publication": publication.scores,
}
PARTS = GOLD | {"resolution": resolution.scores}
# Tolerances on the same machine: the parse stage against stock spaCy and its memory (two runs differed by 1.5 %), whole
# builds against others, and CPU time.
RATIO, MEMORY, BUILD, TIME = 0.05, 0.05, 0.1, 0.2


@dataclass(frozen=True, slots=True)
class Speed:
    """A figure of `python -m benchmarks` to keep: its part and name there, the better direction, the tolerance."""

    part: str
    what: str
    better: Better
    tolerance: float


SPEED = (
    Speed("parse", "stage against stock nlp(text), all components", "higher", RATIO),
    Speed("parse", "stage against stock nlp(text), the same components", "higher", RATIO),
    Speed("parse", "stage against stock nlp.pipe, the same components", "higher", RATIO),
    Speed("parse", "stage against the same batches by stock components, kernels chosen", "higher", RATIO),
    Speed("parse", "texts with annotations other than stock spaCy's", "lower", 0),
    Speed("parse", "memory of a worker after 6 times as many", "lower", MEMORY),
    Speed("stages", "whole build: each further article", "lower", TIME),
    Speed("stages", "whole build: once", "lower", TIME),
    Speed("stages", "share of Dagster", "lower", TIME),
    Speed("rivals", "build's rate against the model's alone", "higher", BUILD),
    Speed("rivals", "build against stock nlp(text) alone", "higher", BUILD),
    Speed("rivals", "build against textacy's quotations alone", "higher", BUILD),
)


def called(about: dict[str, str]) -> str:
    """Return the machine's name in the table."""
    return f"{about['processor']}, {about['cores']} cores"


def measure(parts: Sequence[str], day: str, about: dict[str, str]) -> list[Row]:
    """Measure these parts. Raises FileNotFoundError if there is no gold."""
    found: list[Row] = []
    for part in parts:
        print(f"{part} ...", file=sys.stderr, flush=True)
        found += [Row(about["onrecord"], day, one, called(about)) for one in PARTS[part]()]
    return found


def from_json(file: Path, version: str) -> list[Row]:
    """Return the figures to keep from a file of `python -m benchmarks --json`. Raises ValueError."""
    try:
        given: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        about, day = given["measured on"], date.fromisoformat(given["measured"]).isoformat()
        was, source = about["onrecord"], about["source"]
        gold = f"{int(about['articles']):,} generated articles of {int(about['words an article'])} words"
        found = {(part, one["what"]): one for part, rows in given["figures"].items() for one in rows}
        kept = [
            Score(each.what, gold, one["value"], one["unit"], each.better, f"benchmarks {each.part}", each.tolerance)
            for each in SPEED
            if (one := found.get((each.part, each.what)))
        ]
        rows = [Row(was, day, score, called(about)) for score in kept]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{file} is not what `python -m benchmarks --json` writes: {error!r}") from None
    if was != version:
        raise ValueError(f"{file} is of onrecord {was}, this is {version}")
    if source != "generated":
        raise ValueError(f"{file} is of articles of your own: figures are kept of generated ones")
    return rows


def report(rows: Sequence[Row], found: Sequence[Row]) -> tuple[list[str], bool]:
    """Return lines on figures that differ from the table and from the version before, and whether a score fell."""
    commands = {row.score.command for row in found}
    changes = record.compared(rows, found, commands)
    lines = record.change_lines(changes) or ["every figure is as in the table"]
    version = found[0].version
    if earlier := record.before(rows, version):
        since = record.change_lines(record.compared(earlier, found, commands))
        lines += [f"since {earlier[0].version}:", *(since or ["every figure is the same"])]
    return lines, any(change.is_regression for change in changes)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, compare, write. Returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.history", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--check", action="store_true", help="write nothing")
    parser.add_argument("--speed", type=Path, metavar="FILE", help="take speed from a file of `benchmarks --json`")
    given = parser.parse_args(arguments)
    if wrong := set(given.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(wrong))}")
    if given.speed and given.parts:
        parser.error("--speed measures no part")
    try:
        return _compare(given.parts, given.speed, given.check)
    except (ValueError, FileNotFoundError) as error:
        print(f"benchmarks.history: {error}", file=sys.stderr)
        return 2


def _compare(parts: Sequence[str], speed: Path | None, check: bool) -> int:
    rows, about = record.read(), machine()
    found = from_json(speed, about["onrecord"]) if speed else _measured(parts, about)
    if not found:
        raise ValueError("none of these figures is kept")
    lines, fell = report(rows, found)
    print("\n".join(lines))
    if not check:
        held = record.with_measured_rows(rows, found, {row.score.command for row in found})
        record.write(held)
        measured.write(measured.published_figures(held))
    return int(fell)


def _measured(parts: Sequence[str], about: dict[str, str]) -> list[Row]:
    """Measure the given parts, or all. Raises ValueError if the settings are not those of a build."""
    asked, usual = from_environment(), Settings()
    for name in ("model", "names", "parse_sentences"):
        if getattr(asked, name) != getattr(usual, name):
            raise ValueError(f"scores are kept of {name} {getattr(usual, name)}, not {getattr(asked, name)}")
    return measure([part for part in PARTS if not parts or part in parts], datetime.now(UTC).date().isoformat(), about)


if __name__ == "__main__":
    sys.exit(main())
