"""The citation file of a release, and the issuer's name and contact in it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from assets.settings import SettingError, Settings, with_values
from tests.integration.test_release import judged_store, release
from warehouse.release.publish import Release
from warehouse.release.rights import Terms

HOSTILE = 'Desk: "A" & <b>Sons</b> [x](javascript:1)\ttype: evil'


@pytest.fixture(scope="module", params=["", "Harbour Archive", HOSTILE])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Release]:
    terms = Terms("all", issuer=request.param, contact=request.param and "desk@harbour.example")
    return request.param, release(judged_store(tmp_path_factory.mktemp("made")), terms)


def cff(made: Release) -> dict[str, Any]:
    return yaml.safe_load((made.folder / "CITATION.cff").read_text(encoding="utf-8"))


def test_the_citation_file_has_what_the_format_asks_for(made: tuple[str, Release]) -> None:
    issuer, release = made
    said = cff(release)
    # https://github.com/citation-file-format/citation-file-format/blob/1.2.0/schema.json: "required".
    assert said.keys() >= {"cff-version", "message", "title", "authors"}
    assert (said["cff-version"], said["type"], said["version"]) == ("1.2.0", "dataset", release.version)
    assert date.fromisoformat(said["date-released"])
    assert said["authors"] == [{"name": " ".join(issuer.split()) or "onrecord"}]


def test_the_card_cites_the_issuer_and_obeys_nothing(made: tuple[str, Release]) -> None:
    issuer, release = made
    card = (release.folder / "README.md").read_text(encoding="utf-8")
    assert "<b>" not in card and "[x](javascript" not in card
    assert ("Harbour Archive\\: " in card) == (issuer == "Harbour Archive")
    assert ("desk\\@harbour\\.example" in card) == bool(issuer)


@pytest.mark.parametrize(("file", "field"), [("datapackage.json", "contributors"), ("croissant.json", "publisher")])
def test_the_descriptions_name_the_issuer(made: tuple[str, Release], file: str, field: str) -> None:
    issuer, release = made
    assert (field in json.loads((release.folder / file).read_text(encoding="utf-8"))) == bool(issuer)


@pytest.mark.parametrize("value", ["two\nlines", "x" * 201, "bell\a"])
def test_an_issuer_is_one_line(value: str) -> None:
    with pytest.raises(SettingError, match="--issuer"):
        with_values(Settings(), {"issuer": value})


def test_another_issuer_makes_another_release(tmp_path: Path) -> None:
    store = judged_store(tmp_path)
    first = release(store, Terms(issuer="A"))
    assert not release(store, Terms(issuer="A")).new
    assert release(store, Terms(issuer="B")).version != first.version
