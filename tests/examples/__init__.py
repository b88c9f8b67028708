r"""Examples: one line of a table is one test.

A table (`quotes.tsv`, `dates.tsv` ...) has tab-separated fields. Lines with `#` say what it is about; then comes the
line of column names, then the examples:

text        what is read
given       what else is known, `name: value` with ` | ` between them; `-` where nothing is
found       the findings that must be there, in this order, with ` || ` between them; `-` where there is none
not_found   findings none of which may be there; `others`: nothing but those in `found`; `-` where any more may be
note        why it is so

A finding has parts with ` | ` between them. In `found` and `not_found` the parts that matter are enough, in any order:
`direct | speaker: Ana Lume`. In every field `\n` is a line break, `\t` a tab, `\u200b` a character by its number.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
COLUMNS = ["text", "given", "found", "not_found", "note"]
_ESCAPE = re.compile(r"\\(n|t|\\|u[0-9a-f]{4})")

type Finding = tuple[str, ...]


class ExampleError(ValueError):
    """A line that is no example: file, line, and what is wrong."""


@dataclass(frozen=True, slots=True)
class Example:
    """One line of a table."""

    where: str
    text: str
    given: tuple[tuple[str, str], ...]
    found: tuple[Finding, ...]
    not_found: tuple[Finding, ...]
    note: str


def load(area: str, folder: Path = FOLDER) -> list[Example]:
    """The examples of `<area>.tsv`. Raises ExampleError."""
    path = folder / f"{area}.tsv"
    examples, header = [], None
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
        where, cells = f"tests/examples/{path.name}, line {number}", line.split("\t")
        if not line or line.startswith("#"):
            continue
        if header is None:
            header = cells
            if header != COLUMNS:
                raise ExampleError(f"{where}: the columns must be {', '.join(COLUMNS)}")
        elif len(cells) != len(COLUMNS) or not all(cells[1:]):
            raise ExampleError(f"{where}: {len(COLUMNS)} tab-separated fields; `-` where there is nothing")
        else:
            examples.append(_example(where, *cells))
    return examples


def parametrized(*areas: str) -> pytest.MarkDecorator:
    """Runs a test once for each example of these areas, with `area` and `example`."""
    each = [(area, example) for area in areas for example in load(area)]
    ids = [f"{area}.tsv:{example.where.rpartition(' ')[2]}" for area, example in each]
    return pytest.mark.parametrize(("area", "example"), each, ids=ids)


def check(example: Example, findings: Sequence[Finding]) -> None:
    """Fail, with the place and what was found, unless the findings are as the example says."""
    wrong = problems(example, findings)
    if wrong:
        found = "\n".join(f"             {written(finding)}" for finding in findings) or "             nothing"
        lines = [f"  text       {_escaped(example.text)}", f"  found\n{found}", *(f"  {each}" for each in wrong)]
        pytest.fail("\n".join([example.where, *lines, f"  note       {example.note}"]), pytrace=False)


def problems(example: Example, findings: Sequence[Finding]) -> list[str]:
    """What is missing and what must not be there, a line each."""
    left, matched = iter(findings), 0
    for pattern in example.found:
        if not any(_matches(pattern, finding) for finding in left):
            after = " after those before it" if matched else ""
            return [f"expected   {written(pattern)}{after}"]
        matched += 1
    if ("others",) in example.not_found and len(findings) != matched:
        return [f"expected   nothing but {' || '.join(map(written, example.found)) or '-'}"]
    against = [pattern for pattern in example.not_found if any(_matches(pattern, each) for each in findings)]
    return [f"not wanted {written(pattern)}" for pattern in against]


def written(finding: Finding) -> str:
    """A finding as it is written in a table."""
    return " | ".join(map(_escaped, finding))


def _matches(pattern: Finding, finding: Finding) -> bool:
    return set(pattern) <= set(finding)


def _example(where: str, text: str, given: str, found: str, not_found: str, note: str) -> Example:
    known = [tuple(map(_unescaped, part.split(": ", 1))) for part in given.split(" | ") if given != "-"]
    if any(len(pair) != 2 for pair in known):
        raise ExampleError(f"{where}: given must be `name: value`, with ` | ` between them")
    return Example(where, _unescaped(text), tuple(known), _findings(found), _findings(not_found), note)  # type: ignore[arg-type]


def _findings(cell: str) -> tuple[Finding, ...]:
    each = [] if cell == "-" else cell.split(" || ")
    return tuple(tuple(map(_unescaped, finding.split(" | "))) for finding in each)


def _unescaped(cell: str) -> str:
    known = {"n": "\n", "t": "\t", "\\": "\\"}
    return _ESCAPE.sub(lambda found: known.get(found[1]) or chr(int(found[1][1:], 16)), cell)


def _escaped(text: str) -> str:
    known = {"\n": r"\n", "\t": r"\t", "\\": r"\\"}
    return "".join(known.get(ch, ch if ch.isprintable() else f"\\u{ord(ch):04x}") for ch in text)
