"""The build's summary of what it understood of a raw folder."""

from __future__ import annotations

import json
from pathlib import Path

from assets.build.incremental import update_from_raw_folder
from assets.cli.build_summary import refused
from assets.settings import Settings
from pipeline.contract import REFUSAL_REASONS
from warehouse.raw_overview import MAX_NAME_LENGTH, MAX_NAMES, Overview, lines, overview
from warehouse.refusals import REMEDIES, by_reason
from warehouse.store import Store

TEXT = "The ferry line will close in May, the operator said on Monday, and nobody was surprised by that."


def taken_in(folder: Path, files: dict[str, str]) -> tuple[Store, tuple[str, ...]]:
    raw = folder / "raw"
    raw.mkdir()
    for name, content in files.items():
        (raw / name).write_text(content)
    settings = Settings(raw=raw, warehouse=folder / "warehouse")
    store = Store(settings.warehouse)
    return store, update_from_raw_folder(store, settings, lambda _: None).understood


def test_a_mixed_folder_is_described(tmp_path: Path) -> None:
    days = ["2024-05-16", "2024-05-16", "2024-05-18"]
    records = [{"body": f"{TEXT} {n}", "date": day, "publisher": "Gazette"} for n, day in enumerate(days)]
    store, said = taken_in(
        tmp_path,
        {
            "a.txt": TEXT,
            "b.txt": "",
            "c.jsonl": "".join(json.dumps(record) + "\n" for record in records),
            "d.csv": "words,day\nA,2024\n",
            "e.xyz": "?",
            "f": "?",
        },
    )
    with store.open() as connection:
        found = overview(connection)
    assert found.kinds == ((".txt", 2, 1), ("", 1, 0), (".csv", 1, 0), (".jsonl", 1, 1), (".xyz", 1, 0))
    assert (found.publishers, found.other_publishers, found.without_publisher) == ((("Gazette", 3),), 0, 1)
    assert found.days == (("2024-05-16", 2), ("2024-05-18", 1))
    assert (found.first, found.last, found.without_day) == ("2024-05-16", "2024-05-18", 1)
    assert said[:3] == (
        "  files read: .txt 1 of 2, no suffix 0 of 1, .csv 0 of 1, .jsonl 1, .xyz 0 of 1",
        "  publishers: Gazette 3, 1 without one",
        "  published:  2024-05-16 to 2024-05-18, 2024-05-16 2, 2024-05-18 1, 1 without a day",
    )
    assert "  refused, no-text 1: say which column holds the article: --columns text=NAME; scans need OCR" in said


def test_lists_are_bounded_and_lines_fit(tmp_path: Path) -> None:
    records = [{"text": f"{TEXT} {n}", "publisher": f"Paper {n}\x1b[31m" + "x" * 100} for n in range(9)]
    store, _ = taken_in(tmp_path, {"a.jsonl": "".join(json.dumps(record) + "\n" for record in records)})
    with store.open() as connection:
        found = overview(connection)
    assert len(found.publishers) == MAX_NAMES and found.other_publishers == 4
    for width in (60, 80, 120, 400):
        (_, publishers, _) = lines(found, width)
        assert len(publishers) <= max(width, 80) and publishers.isprintable()
        assert "more publishers" in publishers


def test_a_line_has_its_first_item_however_narrow_the_terminal_is() -> None:
    found = Overview(((".txt", 3, 3), (".csv", 2, 2)), (("x" * 200, 5),), 0, 0, (), None, None, 5)
    files, publishers, published = lines(found, 20)
    assert files == "  files read: .txt 3, 1 more kind"
    assert len(publishers) == len("  publishers: ") + MAX_NAME_LENGTH + 2
    assert published == "  published:  5 without a day"


def test_each_reason_of_a_refusal_has_its_way_out(tmp_path: Path) -> None:
    assert REMEDIES.keys() == set(REFUSAL_REASONS)
    store, _ = taken_in(tmp_path, {"a.csv": "words,day\nA,2024\n"})
    with store.open() as connection:
        reasons = by_reason(connection)
    assert any(str(REMEDIES["no-text"]) in line for line in refused(tmp_path, reasons))
