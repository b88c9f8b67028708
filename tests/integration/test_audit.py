"""Draw quotes onto a sheet, mark them, and compute precision with its interval."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from assets.cli import app
from tests.integration.test_release import judged_store, planted, release
from tests.support import factory
from warehouse.release import audit
from warehouse.release.audit import SheetError, allocate_sample, draw, estimate, stratum, wilson
from warehouse.release.rights import Terms
from warehouse.store import Store

type Row = dict[str, str]


def rows_of(sheet: Path) -> list[Row]:
    return list(csv.DictReader(io.StringIO(sheet.read_text(encoding="utf-8-sig"), newline="")))


def marked(sheet: Path, mark: Callable[[int, Row], None], delimiter: str = ",") -> Path:
    """Save the sheet as a spreadsheet does, each row changed by `mark`."""
    rows = rows_of(sheet)
    for number, row in enumerate(rows):
        mark(number, row)
    with sheet.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, audit.COLUMNS, delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return sheet


def right(_: int, row: Row) -> None:
    row.update(quote_right="y", speaker_right="Y")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return factory.filled_store(tmp_path / "warehouse")


@pytest.fixture
def sheet(store: Store, tmp_path: Path) -> Path:
    draw(store, 100, "1", tmp_path / "sheet.csv")
    return tmp_path / "sheet.csv"


def test_each_row_shows_the_words_in_their_passage(sheet: Path) -> None:
    rows = rows_of(sheet)
    quotes = [q for q in factory.rows()["quotes"] if q["part_of"] is None]
    assert sorted(r["quote_id"] for r in rows) == sorted(q["quote_id"] for q in quotes)
    flat = [(" ".join(row["words"].split()), row["passage"]) for row in rows]
    assert [words for words, passage in flat if words.split()[0] not in passage] == []


def test_the_same_seed_draws_the_same_sheet(store: Store, tmp_path: Path) -> None:
    sheets = []
    for number, seed in enumerate(("1", "1", "2")):
        draw(store, 2, seed, tmp_path / f"{number}.csv")
        sheets.append((tmp_path / f"{number}.csv").read_bytes())
    assert sheets[0] == sheets[1]


@pytest.mark.parametrize("words", ["=1+1", "+cmd", "-2", "@SUM(A1)", "\t=1"])
def test_no_cell_is_a_formula(tmp_path: Path, words: str) -> None:
    secret = f"{words} and so on they said"
    store = factory.fill(Store(tmp_path), planted("CC0-1.0", "direct", secret.strip()))
    draw(store, 100, "1", tmp_path / "sheet.csv")
    cells = [cell for row in rows_of(tmp_path / "sheet.csv") for cell in row.values()]
    assert any("and so on" in cell for cell in cells)
    assert [cell for cell in cells if cell[:1] in tuple("=+-@\t\r")] == []


@given(st.dictionaries(st.text(min_size=1, max_size=3), st.integers(0, 500), max_size=9), st.integers(1, 300))
def test_places_are_within_what_there_is(sizes: dict[str, int], number: int) -> None:
    places = allocate_sample(sizes, number)
    filled = [name for name, size in sizes.items() if size]
    assert all(places[name] <= size for name, size in sizes.items())
    assert all(places[name] >= 1 for name in filled) or len(filled) > number
    assert sum(places.values()) <= max(number, len(sizes))
    assert sum(places.values()) >= min(number, sum(sizes.values()))


def test_rare_strata_are_seen_and_common_ones_get_more() -> None:
    places = allocate_sample({"common": 10_000, "middling": 100, "rare": 2}, 60)
    assert places["common"] > places["middling"] > places["rare"] > 0


@pytest.mark.parametrize(
    ("kind", "confidence", "name"),
    [("direct", 0.95, "direct 0.9+"), ("direct", 0.9, "direct 0.9+"), ("mixed", 0.89, "mixed 0.7+"),
     ("indirect", 0.0, "indirect 0.0+")],
)  # fmt: skip
def test_a_stratum_is_kind_and_band(kind: str, confidence: float, name: str) -> None:
    assert stratum(kind, confidence) == name


@pytest.mark.parametrize(
    # Brown, Cai, DasGupta 2001, and R's binom.confint(method = "wilson").
    ("share", "size", "lower", "upper"),
    [(1.0, 10, 0.7225, 1.0), (0.9, 100, 0.8256, 0.9448), (0.5, 20, 0.2993, 0.7007), (0.0, 5, 0.0, 0.4345)],
)
def test_the_interval_is_wilsons(share: float, size: float, lower: float, upper: float) -> None:
    assert wilson(share, size) == pytest.approx((lower, upper), abs=1e-4)


def test_strata_weigh_by_their_size() -> None:
    marks = [("common", True)] * 10 + [("rare", False)] * 10
    found = estimate("quote", marks, {"common": 900, "rare": 100})
    assert (found.right, found.marked, found.precision) == (10, 20, 0.9)


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    dice = random.Random(1)
    sizes, truth = {"a": 5_000, "b": 500, "c": 50}, {"a": 0.95, "b": 0.7, "c": 0.5}
    real = sum(sizes[n] * truth[n] for n in sizes) / sum(sizes.values())
    held = 0
    for _ in range(400):
        places = allocate_sample(sizes, 100)
        marks = [(n, dice.random() < truth[n]) for n in sizes for _ in range(places[n])]
        found = estimate("quote", marks, sizes)
        held += found.lower is not None and found.upper is not None and found.lower <= real <= found.upper
    assert held >= 0.93 * 400


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_marks_become_precision(sheet: Path, delimiter: str) -> None:
    def first_wrong(number: int, row: Row) -> None:
        right(number, row)
        if number == 0:
            row.update(quote_right="n", speaker_right="")

    found = audit.estimate_from_sheet(marked(sheet, first_wrong, delimiter))
    total = len(rows_of(sheet)) if delimiter == "," else found.quotes
    whole = {e.of: (e.right, e.marked) for e in found.estimates if e.stratum is None}
    assert whole == {"quote": (total - 1, total), "speaker": (total - 1, total - 1), "both": (total - 1, total)}
    assert found.covered == 1.0


@pytest.mark.parametrize(
    ("mark", "said"),
    [
        (lambda n, row: None, "no row is marked"),
        (lambda n, row: row.update(quote_right="maybe"), "line 2: quote_right is 'maybe'"),
        (lambda n, row: row.update(quote_right="n", speaker_right="y"), "line 2: the speaker of a wrong quote"),
        (lambda n, row: row.update(of_stratum="many"), "line 2: of_stratum is 'many'"),
        (lambda n, row: row.update(state=str(n)), "different states"),
        (lambda n, row: row.update(stratum="one", of_stratum=str(n)), "several sizes"),
    ],
)
def test_a_wrong_sheet_is_refused_with_its_line(sheet: Path, mark: Callable[[int, Row], None], said: str) -> None:
    with pytest.raises(SheetError, match=said):
        audit.estimate_from_sheet(marked(sheet, mark))


@pytest.mark.parametrize("text", ["", "quote_id,stratum\na,b\n", "\xff\xfe"])
def test_another_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "sheet.csv").write_text(text, encoding="latin-1")
    with pytest.raises(SheetError, match=r"sheet\.csv: "):
        audit.estimate_from_sheet(tmp_path / "sheet.csv")


def test_the_figures_go_onto_the_next_card_and_make_a_release(tmp_path: Path) -> None:
    store = judged_store(tmp_path / "warehouse")
    first = release(store, Terms("all"))
    run = CliRunner().invoke
    where = ["--warehouse", str(store.folder)]
    sheet = tmp_path / "sheet.csv"
    assert run(app, ["sample", "50", "--sheet", str(sheet), *where]).exit_code == 0
    result = run(app, ["audit", str(marked(sheet, right)), *where])
    assert (result.exit_code, "100.0 %" in result.output) == (0, True), result.output
    second = release(store, Terms("all"))
    assert second.version != first.version
    assert "## Marked by hand on this corpus" in (second.folder / "README.md").read_text(encoding="utf-8")
    assert json.loads((second.folder / "audit.json").read_text(encoding="utf-8"))["covered"] == 1.0
    assert not release(store, Terms("all")).new


def test_a_sheet_with_marks_is_not_written_over(sheet: Path, store: Store) -> None:
    result = CliRunner().invoke(app, ["sample", "5", "--sheet", str(sheet), "--warehouse", str(store.folder)])
    assert (result.exit_code, "already exists" in result.output) == (1, True)
