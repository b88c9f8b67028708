"""The script in docs/identifiers.md that makes an alias file from an extract."""

import json
import re
import runpy
import sys
from pathlib import Path

import pytest

from pipeline.reference import extended

DOCS = Path(__file__).resolve().parents[2] / "docs" / "identifiers.md"


@pytest.fixture
def script(tmp_path: Path) -> Path:
    found = re.search(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    file = tmp_path / "alias_file.py"
    file.write_text(found[1], encoding="utf-8")
    return file


def made(script: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    monkeypatch.setattr(sys, "argv", [str(script), *words])
    runpy.run_path(str(script), run_name="__main__")
    return capsys.readouterr().out.splitlines()


def test_an_extract_of_wikidata(
    script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    extract = tmp_path / "people.csv"
    extract.write_text(
        "item,itemLabel,alias,country\n"
        "http://www.wikidata.org/entity/Q900001,Zorbla Quimbert,Z. A. Quimbert,PT\n"
        "http://www.wikidata.org/entity/Q900001,Zorbla Quimbert,Quimbert,PT\n"
        "http://www.wikidata.org/entity/Q900001,Zorbla Quimbert,,ES\n"
        # Two items with one name.
        "http://www.wikidata.org/entity/Q900002,Ana Vantia,,PT\n"
        "http://www.wikidata.org/entity/Q900003,Ana Vantia,Ana Maria Vantia,PT\n"
        # A known item.
        "http://www.wikidata.org/entity/Q142,France,French Republic,FR\n",
        encoding="utf-8",
    )
    lines = made(script, monkeypatch, capsys, "wikidata", "PERSON", str(extract))
    assert lines == [
        "PERSON\tZorbla Quimbert\tZorbla Quimbert\tPT\tWikidata\tQ900001",
        "PERSON\tZorbla Quimbert\tZ. A. Quimbert\tPT\tWikidata\tQ900001",
    ]
    entry = extended(lines).known("Z. A. Quimbert")
    assert entry is not None and extended(lines).item(entry) == "Q900001"


def test_an_extract_of_opensanctions(
    script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    known = {"name": ["Harbour Pilots", "Port Pilots"], "wikidataId": ["Q900004"], "country": ["pt"]}
    things = [
        {"id": "os-1", "schema": "Organization", "caption": "Harbour Pilots", "properties": known},
        {"id": "os-2", "schema": "Person", "caption": "Zorbla Quimbert", "properties": {"name": ["Zorbla Quimbert"]}},
        {"id": "os-3", "schema": "Vessel", "caption": "Vantia Star", "properties": {"wikidataId": ["Q900005"]}},
    ]
    extract = tmp_path / "entities.ftm.json"
    extract.write_text("".join(json.dumps(thing) + "\n" for thing in things), encoding="utf-8")
    lines = made(script, monkeypatch, capsys, "opensanctions", str(extract))
    assert lines == [
        "ORG\tHarbour Pilots\tHarbour Pilots\tPT\tOpenSanctions os-1\tQ900004",
        "ORG\tHarbour Pilots\tPort Pilots\tPT\tOpenSanctions os-1\tQ900004",
    ]
    entry = extended(lines).known("Port Pilots")
    assert entry is not None and extended(lines).item(entry) == "Q900004"
