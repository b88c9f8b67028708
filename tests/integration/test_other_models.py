"""A build with other language models: what is made again, what a warehouse remembers, and what is refused first."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from assets.build.incremental import update_article_stages, update_from_raw_folder
from assets.cli import app
from assets.settings import SettingError, Settings
from assets.settings.file import NAME, load
from assets.settings.resolve import models, prepare_first_build, resolve
from pipeline.model_files import ModelError
from pipeline.stages import DOCUMENT_STAGES
from tests.support import tiny_models
from warehouse.store import Store

TEXT = "Zorbla Quimbert of the Harbour Board spoke in Lisbon. “The pier is safe,” Zorbla Quimbert said."


@pytest.fixture
def place(tmp_path: Path) -> Settings:
    (tmp_path / "raw").mkdir()
    for number in range(3):
        (tmp_path / "raw" / f"{number}.txt").write_text(f"Story {number}.\n\n{TEXT}\n", encoding="utf-8")
    return Settings(raw=tmp_path / "raw", warehouse=tmp_path / "warehouse", engine="inline")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder like a GLiNER model's, for tests in which its package need not work."""
    return tiny_models.gliner(tmp_path / "models" / "tiny", {"Harbour Board": "organization"})


@pytest.fixture
def gliner(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Choose that model, with a package that reads it."""
    monkeypatch.syspath_prepend(str(tiny_models.gliner_package(folder.parent / "site")))
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        monkeypatch.setenv(name, "")
    monkeypatch.delitem(sys.modules, "gliner", raising=False)
    yield f"gliner:{folder}"
    sys.modules.pop("gliner", None)


def run(place: Settings) -> dict[str, int]:
    """Run the stages; return how many documents each computed."""
    prepare_first_build(place)
    store = Store(place.warehouse)
    out = {"raws": update_from_raw_folder(store, place, lambda _: None).computed}
    outcomes = update_article_stages(store, DOCUMENT_STAGES, DOCUMENT_STAGES, place, lambda _: None)
    return out | {outcome.stage: outcome.computed for outcome in outcomes}


def found(place: Settings) -> set[tuple[str, str]]:
    return set(Store(place.warehouse).read("SELECT text, label FROM stored.mentions").iter_rows())


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_another_model_of_names_makes_mentions_again_and_what_reads_them(place: Settings, gliner: str) -> None:
    assert set(run(place).values()) == {3}
    before = Store(place.warehouse).read("SELECT * FROM stored.parses ORDER BY document_id")
    other = replace(place, names=gliner)
    again = {name: number for name, number in run(other).items() if number}
    assert again == {"mentions": 3, "chains": 3, "quotes": 3, "dates": 3, "events": 3}
    assert Store(place.warehouse).read("SELECT * FROM stored.parses ORDER BY document_id").equals(before)
    assert ("Harbour Board", "ORG") in found(other)
    assert set(run(other).values()) == {0}


def test_a_changed_model_under_the_same_name_is_another(place: Settings, folder: Path, gliner: str) -> None:
    run(replace(place, names=gliner))
    tiny_models.gliner(folder, {"Zorbla Quimbert": "person"})
    assert run(replace(place, names=gliner))["mentions"] == 3


def test_a_warehouse_remembers_that_a_model_is_in_a_folder_and_never_which(place: Settings, gliner: str) -> None:
    prepare_first_build(replace(place, names=gliner))
    assert load(place.warehouse).values["names"] == "gliner:a folder"
    assert str(gliner.partition(":")[2]) not in (place.warehouse / NAME).read_text(encoding="utf-8")
    assert prepare_first_build(replace(place, names=gliner)) == []
    # Without the folder, no names of the small model replace those of this one.
    later = resolve({"warehouse": str(place.warehouse)}).settings
    with pytest.raises(ModelError, match=r"^--names: .*; give --names gliner:FOLDER, or set ONRECORD_NAMES; "):
        prepare_first_build(later)
    found = resolve({"warehouse": str(place.warehouse)}, {"ONRECORD_NAMES": gliner}).settings
    assert found.names == gliner
    assert prepare_first_build(found) == []
    (said,) = prepare_first_build(replace(found, names="sm"))
    assert said.startswith("--names is sm for this run; ")


def test_a_folder_in_place_of_what_a_warehouse_remembers_says_how_to_keep_it(place: Settings, gliner: str) -> None:
    prepare_first_build(place)
    (said,) = prepare_first_build(replace(place, names=gliner))
    assert f"--names is {gliner} for this run" in said
    assert "config set names 'gliner:a folder'" in said
    assert call("config", "set", "names", "gliner:a folder", "--warehouse", place.warehouse).exit_code == 0
    assert prepare_first_build(replace(place, names=gliner)) == []


@pytest.mark.parametrize(
    "content", ["names = 'onnx:/tmp/m'", "names = 'spacy:./m'", "model = './m'", "names = 'onnx:m'"]
)
def test_a_warehouses_file_names_no_folder_of_a_model(place: Settings, content: str) -> None:
    place.warehouse.mkdir()
    (place.warehouse / NAME).write_text(content, encoding="utf-8")
    with pytest.raises(SettingError, match=r"the folder of a model is set with --.* or ONRECORD_.*, never in"):
        resolve({"warehouse": str(place.warehouse)})


def test_a_model_inside_the_warehouse_is_refused(place: Settings, folder: Path) -> None:
    inside = place.warehouse / "models"
    inside.mkdir(parents=True)
    linked = folder.with_name("linked")
    linked.symlink_to(inside)
    for path in (inside / "tiny", linked):
        with pytest.raises(SettingError, match="is inside the warehouse, which is data only; move it"):
            prepare_first_build(replace(place, names=f"gliner:{path}"))


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (
            ("--names", "onnx:/no/such/folder"),
            "onnx:/no/such/folder: the folder /no/such/folder does not exist",
        ),
        (("--names", "spacy:no_such_model"), "no_such_model is not installed"),
        (("--names", "bert"), "not sm, spacy:PACKAGE, spacy:FOLDER, onnx:FOLDER or gliner:FOLDER"),
        (("--model", "no_such_model"), "--model no_such_model: no_such_model is not installed"),
        (("--model", "/no/such/folder"), "--model /no/such/folder: the folder /no/such/folder does not exist"),
    ],
)
def test_a_wrong_model_is_one_line_before_anything_is_made(place: Settings, flags: tuple[str, str], said: str) -> None:
    for command in (("build", "--raw", place.raw, "--warehouse", place.warehouse), ("try", "A text.")):
        out = call(*command, *flags)
        assert out.exit_code == 1, out.output
        assert out.stderr.startswith("Error: ") and out.stderr.count("\n") == 1 and said in out.stderr, out.output
    assert not place.warehouse.exists()


def test_a_model_that_does_not_work_stops_a_build_before_an_article_is_read(
    place: Settings, folder: Path, gliner: str
) -> None:
    (folder / "gliner_config.json").write_text("{}", encoding="utf-8")
    models(replace(place, names=gliner))
    with pytest.raises(ModelError, match="the model does not work"):
        run(replace(place, names=gliner))
    assert not Store(place.warehouse).database.exists()
