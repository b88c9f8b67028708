"""`onrecord try`: the rows that a build makes of the same text, without escape sequences that a terminal would run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from assets.build.incremental import update_article_stages, update_from_raw_folder
from assets.cli import app, try_text, value_explanations
from assets.settings import Settings
from pipeline.contract import BY_NAME, DATE_BASES, LICENCE_BASES, PUBLISHED_BASES, RESOLUTIONS, SPEAKER_BASES
from pipeline.stages import DOCUMENT_STAGES, DOCUMENT_TABLES, STAGES
from warehouse.store import Store

TEXT = (
    "Harbour opens\n\nMinister Ana Lume visited Oslo on Monday. “We open on Friday,” Lume told Reuters. She said that "
    "the port is safe.  It ended.&nbsp;\n\nShare on Facebook"
)
HOSTILE = (
    "Ana \x1b]0;owned\x07Lume said: “[bold red]We open\u202e now[/], \x9b31m all of us.” " + "It rained in Oslo. " * 20
)


def run(*arguments: str, given: bytes | None = None) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["try", *arguments], input=given)
    return result.exit_code, result.output


def rows(*arguments: str, given: bytes | None = None) -> dict[str, list[dict[str, Any]]]:
    code, output = run("--json", *arguments, given=given)
    assert code == 0, output
    return json.loads(output)


def test_the_rows_are_those_of_a_build(tmp_path: Path) -> None:
    settings = Settings(raw=tmp_path / "raw", warehouse=tmp_path / "warehouse")
    settings.raw.mkdir()
    (settings.raw / "text.txt").write_text(TEXT, encoding="utf-8")
    (settings.raw / "text.json").write_text('{"published": "2025-03-17"}', encoding="utf-8")
    store = Store(settings.warehouse)
    update_from_raw_folder(store, settings, lambda _: None)
    update_article_stages(store, DOCUMENT_STAGES, STAGES, settings, lambda _: None)
    built = {
        name: store.read(f"FROM stored.{name}").sort(BY_NAME[name].sort).to_dicts() for name in DOCUMENT_TABLES[1:]
    }
    assert len(built["quotes"]) == 2 and built["edits"] and built["dates"] and built["chains"]
    expected = json.loads(json.dumps(built, default=str))
    assert rows(TEXT, "--published", "2025-03-17") == expected
    assert rows("-", "--published", "2025-03-17", given=TEXT.encode()) == expected
    assert rows(str(settings.raw / "text.txt")) == expected


def test_each_row_is_printed_with_its_reasons() -> None:
    code, output = run(TEXT, "--published", "2025-03-17", "--sentences")
    words = " ".join(output.split())
    assert code == 0
    assert "published 2025-03-17 given with the article" in words
    assert "Share on Facebook share-prompt" in words
    assert "title Harbour opens" in words and "body The port" not in words
    assert "She PERSON Ana Lume a pronoun" in words
    assert "direct We open on Friday Ana Lume 0.95 by name, next to the" in words
    assert "cue: told (speech)" in words and "to or through: Reuters" in words
    assert "Friday 2025-03-21 2025-03-21 relative to the" in words
    assert "Sentences" not in run("It rained.")[1]


def test_hostile_text_is_not_obeyed() -> None:
    code, output = run(HOSTILE)
    assert code == 0
    assert all(ch.isprintable() or ch == "\n" for ch in output)
    assert "[bold red] We open" in output


@pytest.mark.parametrize(
    ("arguments", "given", "message"),
    [
        (("missing.txt",), None, "missing.txt is not a file"),
        (("no/such/\x1b[1m",), None, r"no/such/\x1b[1m is not a file"),
        ((".",), None, ". is not a file"),
        (("",), None, "the text is empty"),
        ((" \n ",), None, "the text is empty"),
        (("-",), b"", "the text is empty"),
        (("-",), b"\0\1\2\3" * 50, "a build would refuse it as binary: text.txt:"),
        (("It rained.", "--published", "Monday"), None, "--published must be a day such as 2025-03-17, not Monday"),
        (("It rained.", "--aliases", "missing.tsv"), None, "missing.tsv"),
    ],
)
def test_an_error_is_one_line(arguments: tuple[str, ...], given: bytes | None, message: str) -> None:
    code, output = run(*arguments, given=given)
    assert code == 1
    assert output.startswith("Error: ") and message in output and output.count("\n") == 1


def test_a_text_that_looks_like_no_name_is_a_text() -> None:
    long = "It rained in Oslo. " * 300
    assert len(rows(long)["sentences"]) == 300


def test_the_first_article_of_a_file_is_shown(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "It rained.", "title": "Rain"}\n{"text": "It snowed."}\n')
    (article,) = rows(str(tmp_path / "a.jsonl"))["documents"]
    assert (article["title"], article["text"]) == ("Rain", "It rained.")


def test_it_loads_neither_dagster_nor_a_database() -> None:
    code = (
        "import sys\nfrom assets.cli import app\n"
        "app(['try', 'Ana Lume said so on Monday.'], standalone_mode=False)\n"
        "print([name for name in ('dagster', 'duckdb', 'polars', 'great_expectations') if name in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.splitlines()[-1] == "[]"


def test_a_changed_table_runs_it_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table, runs, looks = tmp_path / "en" / "cues.tsv", [], []
    table.parent.mkdir()
    table.write_text("quipped\n")

    def sleep(_: float) -> None:
        looks.append(len(runs))
        if len(looks) == 2:
            table.unlink()
            (tmp_path / "en" / "verbs.tsv").write_text("quipped\n")
        if len(looks) == 4:
            raise KeyboardInterrupt

    monkeypatch.setattr(try_text, "TABLES", tmp_path)
    monkeypatch.setattr(try_text.subprocess, "run", lambda command, **_: runs.append(command))
    monkeypatch.setattr(try_text.time, "sleep", sleep)
    code, output = run("It rained.", "--watch", "--json", "--published", "2025-03-17")
    assert (code, looks) == (130, [1, 1, 2, 2])
    assert runs[0][3:] == ["try", "--published=2025-03-17", "--json", "--", "It rained."]
    assert "Waiting for a change" in output and "Stopped." in output


def test_each_value_of_the_contract_has_its_reason() -> None:
    assert tuple(value_explanations.SPEAKER) == SPEAKER_BASES
    assert tuple(value_explanations.RESOLUTION) == RESOLUTIONS
    assert tuple(value_explanations.DATE) == DATE_BASES
    assert tuple(value_explanations.PUBLISHED) == PUBLISHED_BASES
    assert tuple(value_explanations.LICENCE) == LICENCE_BASES
