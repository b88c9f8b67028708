"""The tables of examples, and the errors for a line that fails or is invalid."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.examples import COLUMNS, FOLDER, Example, ExampleError, check, load, parametrized
from tests.examples.findings import AREAS, OF_ROWS, findings, rows_of
from tests.support.extraction import empty, violations

HEADER = "\t".join(COLUMNS)


@parametrized(*AREAS)
def test_examples(area: str, example: Example) -> None:
    check(example, findings(area, example))


@pytest.mark.parametrize("known", sorted({example.given for area in OF_ROWS for example in load(area)}))
def test_no_example_breaks_a_structural_check(known: tuple[tuple[str, str], ...], tmp_path: Path) -> None:
    every = list(rows_of(known).values())
    tables = {name: [row for rows in every for row in rows[name]] for name in every[0]}
    with empty(tmp_path) as store:
        assert violations(store, tables) == {}


def table(folder: Path, *lines: str) -> list[Example]:
    (folder / "quotes.tsv").write_text("\n".join(["# About quotations.", *lines, ""]), encoding="utf-8")
    return load("quotes", folder)


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (["text\tfound"], "line 2: the columns must be text, given"),
        ([HEADER, "“Yes,” he said.\t-\tdirect\t-"], "line 3: 5 tab-separated fields"),
        ([HEADER, "“Yes,” he said.\t-\t\t-\tan answer"], "line 3: 5 tab-separated fields"),
        ([HEADER, "“Yes,” he said.\tMonday\tdirect\t-\tan answer"], "line 3: given must be"),
    ],
)
def test_a_line_that_is_no_example_is_named(tmp_path: Path, lines: list[str], problem: str) -> None:
    with pytest.raises(ExampleError, match=f"^tests/examples/quotes.tsv, {problem}"):
        table(tmp_path, *lines)


@pytest.mark.parametrize(
    ("found", "not_found", "problem"),
    [
        ("direct | Yes, || direct | No.", "others", None),
        ("No.", "-", None),
        ("cue: said | Yes,", "mixed", None),
        ("direct | No. || direct | Yes,", "-", "expected   direct | Yes, after those before it"),
        ("direct | Yes, | cue: added", "-", "expected   direct | Yes, | cue: added"),
        ("Yes,", "others", "expected   nothing but Yes,"),
        ("-", "others", "expected   nothing but -"),
        ("-", "mixed || direct | No.", "not wanted direct | No."),
    ],
)
def test_a_failing_line_prints_what_was_found(tmp_path: Path, found: str, not_found: str, problem: str | None) -> None:
    (example,) = table(tmp_path, HEADER, f"“Yes,”\\nhe said.\t-\t{found}\t{not_found}\tan answer")
    read = [("direct", "Yes,", "cue: said"), ("direct", "No.", "cue: -")]
    if problem is None:
        check(example, read)
        return
    with pytest.raises(pytest.fail.Exception) as failure:
        check(example, read)
    printed = str(failure.value)
    assert printed.startswith("tests/examples/quotes.tsv, line 3\n  text       “Yes,”\\nhe said.\n")
    assert "direct | Yes, | cue: said\n" in printed and f"  {problem}\n" in printed


def test_characters_that_cannot_be_seen_are_written_by_number(tmp_path: Path) -> None:
    (example,) = table(tmp_path, HEADER, r"a\u200bb\tc\\n" + "\t-\t-\t-\tzero width")
    assert example.text == "a\u200bb\tc\\n"


@pytest.mark.parametrize("area", [*AREAS, "entities", "statements"])
def test_a_table_says_what_its_columns_mean(area: str) -> None:
    comments = [
        line for line in (FOLDER / f"{area}.tsv").read_text(encoding="utf-8").splitlines() if line.startswith("# ")
    ]
    assert [column for column in COLUMNS if not any(line.startswith(f"# {column} ") for line in comments)] == []
