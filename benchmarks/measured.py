"""The measured figures: kept in warehouse/measured.json, shown in the README and on every dataset card.

    uv run python -m benchmarks.measured                  # the README's table is written from the file
    uv run python -m benchmarks.measured --from-readme    # figures changed in the README go into the file, dated today

Belongs here: `keep`, which a benchmark calls with what it found, and the README's table. Does not belong here: how the
figures are shown on a card (warehouse.measured).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

from warehouse.measured import FILE, Measured, read

README = Path(__file__).parents[1] / "README.md"


def today() -> str:
    return datetime.now(UTC).date().isoformat()


def keep(what: str, gold: str, onrecord: str, beside: str, command: str, measured: str | None = None) -> None:
    """Put a figure into the file and the README: in place of the one of the same `what` and `gold`, or at the end."""
    new = Measured(what, gold, onrecord, beside, command, measured or today())
    rows = read()
    places = [n for n, row in enumerate(rows) if (row.what, row.gold) == (what, gold)]
    if places:
        rows[places[0]] = new
    else:
        rows.append(new)
    write(rows)


def write(rows: Sequence[Measured], file: Path = FILE, readme: Path = README) -> None:
    """The file, and the README's table."""
    file.write_text(json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    before, _, after = split(readme.read_text(encoding="utf-8"))
    readme.write_text(before + shown(rows) + after, encoding="utf-8")


def shown(rows: Sequence[Measured]) -> str:
    """The README's table. When a figure was measured stands in the file and on the card."""
    lines = [
        f"| {r.what} | {r.gold} | {r.onrecord} | {r.beside + ' ' if r.beside else ''}| `{r.command}` |\n" for r in rows
    ]
    return "".join(
        ["| what | gold | onrecord | beside it, same protocol | command |\n", "|---|---|---|---|---|\n", *lines]
    )


def split(text: str) -> tuple[str, str, str]:
    """The README before its table of figures, the table, and what follows. Raises ValueError when it has none."""
    start = text.find("| what | gold | onrecord |")
    if start < 0:
        raise ValueError("the README has no table of figures: | what | gold | onrecord | ...")
    lines = text[start:].splitlines(keepends=True)
    length = sum(len(line) for line in lines[: next(n for n, line in enumerate([*lines, ""]) if line[:1] != "|")])
    return text[:start], text[start : start + length], text[start + length :]


def parsed(text: str, known: Sequence[Measured], day: str) -> list[Measured]:
    """The README's table as figures: the day of those that are as they were stays, the others are of `day`."""
    rows = []
    for line in split(text)[1].splitlines()[2:]:
        what, gold, onrecord, beside, command = (cell.strip() for cell in line.strip()[1:-1].split("|")[:5])
        row = Measured(what, gold, onrecord, beside, command.strip("`"), day)
        same = [old for old in known if replace(old, measured=day) == row]
        rows.append(same[0] if same else row)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--from-readme", action="store_true", help="take the README's figures into the file")
    given = parser.parse_args()
    if given.from_readme:
        write(parsed(README.read_text(encoding="utf-8"), read(), today()))
    else:
        write(read())


if __name__ == "__main__":
    main()
