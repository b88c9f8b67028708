"""The table of scores by release, benchmarks/history.tsv: read, replace and compare its rows.

The newest version is last; within a version, rows are sorted by command and then in the order measured. If a score is
measured again with the same result, its row keeps its date: the file changes only where results do.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path

from benchmarks.scores import BETTER, DECIMALS, Score

FILE = Path(__file__).with_name("history.tsv")
HEAD = ("version", "date", "what", "gold", "figure", "unit", "better", "tolerance", "machine", "command")
# Two equal figures that are each rounded differ by less than this.
ROUNDING = 1.5 * 10.0**-DECIMALS

type Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Row:
    """A score with its version of onrecord, day (ISO) and machine."""

    version: str
    date: str
    score: Score
    machine: str

    @property
    def key(self) -> Key:
        """The key for comparing versions."""
        return self.score.what, self.score.gold


@dataclass(frozen=True, slots=True)
class Change:
    """A score beside an earlier one (None: there was none), or one that is no longer measured (now None).

    judged   whether the change says something of onrecord: machine-dependent figures do not, across machines
    """

    key: Key
    before: Row | None
    now: Row | None

    @property
    def judged(self) -> bool:
        if self.before is None or self.now is None:
            return self.before is not None
        return not self.now.score.tolerance or self.before.machine == self.now.machine

    @property
    def gain(self) -> float:
        """The improvement; negative if it is worse."""
        if self.before is None or self.now is None:
            return 0.0
        more: float = self.now.score.value - self.before.score.value
        return more if self.now.score.better == "higher" else -more

    @property
    def changed(self) -> bool:
        """Whether the figure differs at all."""
        return self.before is None or self.now is None or abs(self.gain) > ROUNDING

    @property
    def is_regression(self) -> bool:
        """Whether it is a regression: worse by more than the tolerance and the rounding, or no longer measured."""
        if self.before is None or not self.judged:
            return False
        if self.now is None:
            return True
        return -self.gain > ROUNDING + self.now.score.tolerance * abs(self.before.score.value)


def read(path: Path = FILE) -> list[Row]:
    """Return all rows, in the order of the file; none if there is no file. Raises ValueError that names the line."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    if not lines or tuple(lines[0]) != HEAD:
        raise ValueError(f"{path.name}, line 1: the columns are to be {', '.join(HEAD)}")
    rows: list[Row] = []
    seen: set[tuple[str, Key]] = set()
    for number, cells in enumerate(lines[1:], 2):
        try:
            row = _row(cells)
            if (row.version, row.key) in seen:
                raise ValueError("stands there twice")
            if rows and row.version != rows[-1].version and row.version in {version for version, _ in seen}:
                raise ValueError(f"version {row.version} is in two places")
        except ValueError as error:
            raise ValueError(f"{path.name}, line {number}: {error}: {' | '.join(cells)}") from None
        seen.add((row.version, row.key))
        rows.append(row)
    return rows


def _row(cells: Sequence[str]) -> Row:
    """Return a line's cells as a row. Raises ValueError."""
    if len(cells) != len(HEAD):
        raise ValueError(f"{len(cells)} columns where there are to be {len(HEAD)}")
    given = dict(zip(HEAD, cells, strict=True))
    if empty := [name for name, cell in given.items() if not cell.strip()]:
        raise ValueError(f"{', '.join(empty)} is empty")
    better = next((word for word in BETTER if word == given["better"]), None)
    if better is None:
        raise ValueError(f"better is to be one of {', '.join(BETTER)}")
    score = Score(
        what=given["what"],
        gold=given["gold"],
        value=_number("figure", given["figure"]),
        unit=given["unit"],
        better=better,
        command=given["command"],
        tolerance=_number("tolerance", given["tolerance"]),
    )
    return Row(given["version"], date.fromisoformat(given["date"]).isoformat(), score, given["machine"])


def _number(name: str, cell: str) -> float:
    try:
        figure = float(cell)
    except ValueError:
        raise ValueError(f"{name} is no number") from None
    if not abs(figure) < float("inf"):
        raise ValueError(f"{name} is no number")
    return figure


def write(rows: Iterable[Row], path: Path = FILE) -> None:
    """Write the file, which `read` reads back. Raises ValueError for a cell with a tab or a line break."""
    lines = [_cells(row) for row in rows]
    for cells in lines:
        if wrong := [cell for cell in cells if not cell or set(cell) & set("\t\r\n")]:
            raise ValueError(f"no cell of a table: {wrong[0]!r}")
    path.write_text("".join("\t".join(cells) + "\n" for cells in (HEAD, *lines)), encoding="utf-8", newline="\n")


def _cells(row: Row) -> tuple[str, ...]:
    given = asdict(row.score) | {"version": row.version, "date": row.date, "machine": row.machine}
    given |= {"figure": shown(row.score.value), "tolerance": shown(row.score.tolerance)}
    return tuple(given[name] for name in HEAD)


def shown(figure: float) -> str:
    """Return a figure without trailing zeros."""
    return f"{figure:.{DECIMALS}f}".rstrip("0").rstrip(".")


def with_measured_rows(rows: Sequence[Row], measured: Sequence[Row], commands: Collection[str]) -> list[Row]:
    """Return the table with the newly measured rows of one version instead of its earlier rows of these commands. Rows
    of other versions and other commands do not change."""
    if not measured:
        return list(rows)
    (version,) = {row.version for row in measured}
    held = {row.key: row for row in rows if row.version == version}
    new = {row.key: _dated(row, held.get(row.key)) for row in measured}
    others = [row for key, row in held.items() if key not in new and row.score.command not in commands]
    # By command, so that the order does not depend on which was run first.
    both = sorted([*others, *new.values()], key=lambda row: row.score.command)
    at = next((n for n, row in enumerate(rows) if row.version == version), len(rows))
    rest = [row for row in rows if row.version != version]
    return [*rest[:at], *both, *rest[at:]]


def _dated(row: Row, before: Row | None) -> Row:
    """Return the row, with the day of the earlier one if they are equal."""
    return row if before is None or replace(row, date=before.date) != before else before


def latest(rows: Iterable[Row]) -> dict[Key, Row]:
    """Return the newest row of each score."""
    return {row.key: row for row in rows}


def before(rows: Sequence[Row], version: str) -> list[Row]:
    """Return the rows of the version before this one; none if it is the first."""
    names = list(dict.fromkeys(row.version for row in rows))
    at = names.index(version) if version in names else len(names)
    return [row for row in rows if at and row.version == names[at - 1]]


def compared(earlier: Sequence[Row], measured: Sequence[Row], commands: Collection[str]) -> list[Change]:
    """Compare each measured score with the newest earlier one, then list those of the newest version that these
    commands no longer measure."""
    known, now = latest(earlier), {row.key: row for row in measured}
    newest = [row for row in earlier if row.version == earlier[-1].version and row.score.command in commands]
    return [
        *(Change(key, known.get(key), row) for key, row in now.items()),
        *(Change(row.key, row, None) for row in newest if row.key not in now),
    ]


def change_lines(
    changes: Iterable[Change], choose: Callable[[Change], bool] = lambda change: change.changed
) -> list[str]:
    """Return a line for each chosen change."""
    return [_line(change) for change in changes if choose(change)]


def _line(change: Change) -> str:
    what, gold = change.key
    if change.now is None:
        return f"{what} ({gold}): measured no more"
    now = f"{what} ({gold}): {shown(change.now.score.value)} {change.now.score.unit}"
    if change.before is None:
        return f"{now}, new"
    way = "better" if change.gain > 0 else "WORSE" if change.is_regression else "worse"
    why = "" if change.judged else ", on another machine"
    if not change.is_regression and change.judged and change.gain < 0:
        why = f", within {100 * change.now.score.tolerance:.0f} %"
    return f"{now}, {way} by {shown(abs(change.gain))} than {change.before.version}'s of {change.before.date}{why}"
