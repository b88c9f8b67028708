"""A warehouse stores its settings in onrecord.toml: precedence, refusals, and what child processes receive."""

import os
import shutil
import tomllib
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import click
import dagster as dg
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from assets.build.incremental import update_from_raw_folder
from assets.cli import app
from assets.runs.instance import child_environment
from assets.settings import SAMPLE, SettingError, Settings, from_environment, to_environment, variable
from assets.settings import file as config_file
from assets.settings.file import NAME, STORED, load, rendered, write
from assets.settings.resolve import notes, prepare_first_build, resolve, validated_settings
from assets.table_assets import intake_asset
from expectations.check_runner import run_checks
from tests.support import factory
from tests.support.dagster_runs import RESOURCES
from warehouse.release import versions
from warehouse.store import Store

# A value other than the default for every stored setting.
OTHERS = {
    "publish_text": "all",
    "languages": "de,en",
    "columns": "published=day,text=body",
    "model": "sm",
    "names": "spacy:sm",
    "parse_sentences": "quoted",
    "issuer": 'Delta "News" \\ Desk',
    "contact": "desk@example.org",
    "title": "Who said what at the harbour",
    "article_seconds": "7",
    "keep_removed": "yes",
    "max_quarantined": "0.05",
    "daily_at": "23:07",
    "keep_releases": "3",
    "keep_runs": "4",
    "release_part_rows": "1000",
}


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("ONRECORD_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def place(tmp_path: Path) -> Settings:
    return factory.stories(tmp_path, 3)


def taken(settings: Settings) -> Settings:
    """Run the first step of a build as Dagster does."""
    prepare_first_build(settings)
    update_from_raw_folder(Store(settings.warehouse), settings, lambda _: None)
    return settings


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def line(out: Result) -> str:
    """Return the one error line of a refused command."""
    assert (out.exit_code, type(out.exception)) == (1, SystemExit), out.output
    assert out.stderr.startswith("Error: ") and out.stderr.count("\n") == 1, out.output
    return out.stderr


def test_every_stored_setting_is_remembered(place: Settings) -> None:
    files = {name: place.raw.parent / name for name in ("aliases", "corrections")}
    for path in files.values():
        path.write_text("", encoding="utf-8")
    flags = {**OTHERS, "raw": str(place.raw), **{name: str(path) for name, path in files.items()}}
    assert flags.keys() == set(STORED)
    built = resolve({**flags, "warehouse": str(place.warehouse)}).settings
    prepare_first_build(built)
    assert resolve({"warehouse": str(place.warehouse)}).settings == built
    assert resolve({}, {"ONRECORD_WAREHOUSE": str(place.warehouse)}).settings == built


def test_what_is_for_one_run_or_of_a_machine_is_not_remembered(place: Settings) -> None:
    taken(replace(place, limit=1, verify=True, accept_removals=True, engine="inline", workers=1, pages_url="http://a"))
    again = resolve({"warehouse": str(place.warehouse)}).settings
    assert again == replace(Settings(), raw=place.raw, warehouse=place.warehouse)


def test_a_flag_comes_before_a_variable_before_the_file_before_the_default(place: Settings) -> None:
    prepare_first_build(replace(place, keep_runs=4, keep_releases=4, daily_at="04:00"))
    found = resolve(
        {"warehouse": str(place.warehouse), "keep_runs": "2"},
        {"ONRECORD_KEEP_RUNS": "3", "ONRECORD_KEEP_RELEASES": "3"},
    )
    names = ("keep_runs", "keep_releases", "daily_at", "workers")
    assert [getattr(found.settings, name) for name in names] == [2, 3, "04:00", None]
    assert [found.origins[name] for name in names] == ["flag", "environment", "file", "default"]


def test_a_later_build_changes_nothing_in_the_file_and_says_how_it_differs(place: Settings) -> None:
    prepare_first_build(place)
    before = (place.warehouse / NAME).read_bytes()
    other = replace(place, publish_text="all", issuer="Delta", keep_removed=True)
    said = prepare_first_build(other)
    assert (place.warehouse / NAME).read_bytes() == before
    assert [text.split()[0] for text in said] == ["--publish-text", "--issuer", "--keep-removed"]
    assert all(str(place.warehouse / NAME) in text and "onrecord config set" in text for text in said)
    assert notes(place) == []


def test_a_first_build_without_its_raw_folder_remembers_nothing(place: Settings) -> None:
    lost = replace(place, raw=place.raw / "lost")
    prepare_first_build(lost)
    assert "does not exist" in line(call("build", "--raw", lost.raw, "--warehouse", lost.warehouse))
    assert not lost.warehouse.exists()


def test_a_run_of_dagster_remembers_and_says_how_it_differs(place: Settings) -> None:
    def run(settings: Settings) -> str:
        assets = [intake_asset(settings, lambda _: None, lambda _: None)]
        with dg.DagsterInstance.ephemeral() as instance:
            selection = ["raws", "refusals", "corrections"]
            done = dg.materialize(assets, selection=selection, instance=instance, resources=RESOURCES)
            return "\n".join(event.user_message for event in instance.all_logs(done.run_id))

    assert "config set" not in run(replace(place, keep_runs=4))
    assert resolve({"warehouse": str(place.warehouse)}).settings.keep_runs == 4
    assert "--keep-runs is 5 for this run" in run(replace(place, keep_runs=5))
    assert resolve({"warehouse": str(place.warehouse)}).settings.keep_runs == 4


def test_a_folder_whose_name_is_no_text_is_built_from_and_not_remembered(place: Settings) -> None:
    odd = Path(os.fsdecode(os.fsencode(place.raw) + b"\xff"))
    place.raw.rename(odd)
    taken(replace(place, raw=odd))
    assert "raw" not in load(place.warehouse).values
    assert "--raw FOLDER" in line(call("build", "--warehouse", place.warehouse))


@given(st.text(), st.text())
def test_any_text_survives_the_file(issuer: str, folder: str) -> None:
    path = Path("/srv") / "".join(ch for ch in folder if ch not in "\0/")
    values = {"issuer": issuer, "raw": path, "keep_removed": True, "keep_runs": 3}
    content = tomllib.loads(rendered(Path("/srv/warehouse"), values, {}))
    assert content["raw"] == str(path)
    assert content.get("issuer", "") == issuer
    assert (content["keep_removed"], content["keep_runs"]) == (True, 3)


# --- a warehouse that was built from elsewhere -----------------------------------------------------------------------

BUILDING: Sequence[tuple[str, ...]] = (
    ("build",),
    ("ui",),
    ("automation", "start", "raw_folder"),
    ("serve", "daemon"),
)


@pytest.mark.parametrize("command", BUILDING, ids=lambda command: command[0])
def test_a_warehouse_of_older_make_never_falls_back_to_the_sample(place: Settings, command: tuple[str, ...]) -> None:
    taken(place)
    (place.warehouse / NAME).unlink()
    assert "--raw FOLDER" in line(call(*command, "--warehouse", place.warehouse))
    with pytest.raises(SettingError, match="--raw"):
        validated_settings(resolve({}, {"ONRECORD_WAREHOUSE": str(place.warehouse)}))
    # One build with --raw stores the folder.
    taken(validated_settings(resolve({"raw": str(place.raw), "warehouse": str(place.warehouse)})))
    assert validated_settings(resolve({"warehouse": str(place.warehouse)})).raw == place.raw


def test_a_warehouse_without_database_but_with_releases_is_not_new(tmp_path: Path) -> None:
    flags = {"warehouse": str(tmp_path)}
    assert validated_settings(resolve(flags)).raw == SAMPLE
    (tmp_path / "releases" / "2026.11.1").mkdir(parents=True)
    with pytest.raises(SettingError, match="--raw"):
        validated_settings(resolve(flags))


def test_the_sample_is_known_by_its_content(tmp_path: Path) -> None:
    shutil.copytree(SAMPLE, tmp_path / "raw")
    place = taken(Settings(raw=tmp_path / "raw", warehouse=tmp_path / "warehouse"))
    (place.warehouse / NAME).unlink()
    flags = {"warehouse": str(place.warehouse)}
    assert validated_settings(resolve(flags)).raw == SAMPLE
    (first, *_) = sorted(place.raw.glob("*.txt"))
    first.write_text("My own words under the same name.", encoding="utf-8")
    taken(place)
    (place.warehouse / NAME).unlink()
    with pytest.raises(SettingError, match="was not built from the sample"):
        validated_settings(resolve(flags))


def test_a_warehouse_of_the_sample_that_was_built_from_elsewhere_since(place: Settings) -> None:
    shutil.copytree(SAMPLE, place.raw.with_name("copy"))
    taken(Settings(raw=place.raw.with_name("copy"), warehouse=place.warehouse))
    file = place.warehouse / NAME
    file.unlink()
    prepare_first_build(validated_settings(resolve({"warehouse": str(place.warehouse)})))
    assert load(place.warehouse).values["raw"] == SAMPLE
    taken(replace(place, accept_removals=True))
    for command in BUILDING:
        said = line(call(*command, "--warehouse", place.warehouse))
        assert all(words in said for words in ("0.txt", str(file), "--raw FOLDER")), command


# --- folders ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", BUILDING, ids=lambda command: command[0])
@pytest.mark.parametrize(
    ("raw", "warehouse"),
    [
        ("news", "news/data"),
        ("news", "news/.data"),
        ("data/news", "data"),
        ("news", "news"),
        ("news", "news/../news/data"),
        ("link", "news/data"),
        ("news", "link/data"),
        ("data/link", "news"),
    ],
)
def test_one_inside_the_other_is_refused_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], raw: str, warehouse: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("news").mkdir()
    (Path("news") / "a.txt").write_text("Story.", encoding="utf-8")
    Path("link").symlink_to("news")
    Path("data/news").mkdir(parents=True)
    Path("data/link").symlink_to("../news")
    before = sorted(tmp_path.rglob("*"))
    assert "side by side" in line(call(*command, "--raw", raw, "--warehouse", warehouse))
    with pytest.raises(SettingError, match="side by side"):
        prepare_first_build(Settings(raw=Path(raw), warehouse=Path(warehouse)))
    assert sorted(tmp_path.rglob("*")) == before


def test_a_warehouse_that_moved_with_its_raw_folder_finds_it(place: Settings, tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.mkdir()
    place.raw.rename(old / "raw")
    prepare_first_build(Settings(raw=old / "raw", warehouse=old / "warehouse"))
    new = old.rename(tmp_path / "new")
    found = validated_settings(resolve({"warehouse": str(new / "warehouse")}))
    assert found.raw == new / "raw"
    (said,) = notes(found)
    assert str(new / "raw") in said
    assert call("config", "set", "issuer", "Delta", "--warehouse", new / "warehouse").exit_code == 0
    assert notes(replace(found, issuer="Delta")) == []


def test_a_lost_raw_folder_is_named_with_the_way_out(place: Settings, tmp_path: Path) -> None:
    prepare_first_build(place)
    there = place.raw.rename(tmp_path / "elsewhere")
    said = line(call("build", "--warehouse", place.warehouse))
    assert str(place.raw) in said and str(place.warehouse / NAME) in said and "onrecord config set raw" in said
    assert call("config", "set", "raw", there, "--warehouse", place.warehouse).exit_code == 0
    assert validated_settings(resolve({"warehouse": str(place.warehouse)})).raw == there


# --- settings of child processes -------------------------------------------------------------------------------------


def test_a_process_hands_on_what_it_was_given_and_where_the_warehouse_is(
    place: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare_first_build(replace(place, publish_text="all"))
    monkeypatch.chdir(place.raw.parent)
    monkeypatch.setenv("ONRECORD_ALIASES", "names.tsv")
    monkeypatch.setenv("ONRECORD_DAILY_AT", "04:00")
    found = resolve({"warehouse": "warehouse", "keep_runs": "9"})
    passed = child_environment(found.settings, found.given)
    ours = {name: value for name, value in passed.items() if name in map(variable, Settings.__dataclass_fields__)}
    assert ours == {
        "ONRECORD_WAREHOUSE": str(place.warehouse),
        "ONRECORD_ALIASES": str(place.raw.parent / "names.tsv"),
        "ONRECORD_DAILY_AT": "04:00",
        "ONRECORD_KEEP_RUNS": "9",
    }
    # A change of the file while the process runs reaches its next children.
    assert call("config", "set", "publish_text", "none", "--warehouse", place.warehouse).exit_code == 0
    assert resolve({}, passed).settings == replace(found.settings, publish_text="none")


# --- config ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "value"), OTHERS.items())
def test_set_and_unset(place: Settings, name: str, value: str) -> None:
    prepare_first_build(place)
    out = call("config", "set", name.replace("_", "-"), value, "--warehouse", place.warehouse)
    assert out.exit_code == 0, out.output
    wanted = config_file.parse(name, value)
    assert getattr(resolve({"warehouse": str(place.warehouse)}).settings, name) == wanted
    assert call("config", "--warehouse", place.warehouse, "unset", name).exit_code == 0
    assert resolve({"warehouse": str(place.warehouse)}).settings == place


@pytest.mark.parametrize("name", [f.name for f in fields(Settings) if f.name not in STORED])
def test_what_is_not_stored_cannot_be_set(place: Settings, name: str) -> None:
    prepare_first_build(place)
    before = (place.warehouse / NAME).read_bytes()
    assert "not stored" in line(call("config", "set", name, "1", "--warehouse", place.warehouse))
    assert (place.warehouse / NAME).read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("set", "langauges", "en"), "did you mean languages?"),
        (("set", "zzz", "en"), "there is no setting 'zzz'"),
        (("set", "languages", "English"), "languages 'English': not language codes"),
        (("set", "keep_runs", "0"), "keep_runs '0'"),
        (("set", "raw", "no/such/folder"), "does not exist"),
        (("set", "raw", ""), "not a path"),
        (("set", "raw", "warehouse"), "side by side"),
        (("set", "aliases", "no-such-file"), "no-such-file"),
        (("set", "corrections", "raw/0.txt"), "corrections file"),
        (("unset", "issuer"), "issuer is not set"),
        (("unset", "limit"), "not stored"),
    ],
)
def test_a_wrong_change_is_one_line_and_changes_nothing(
    place: Settings, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
) -> None:
    prepare_first_build(place)
    before = (place.warehouse / NAME).read_bytes()
    monkeypatch.chdir(place.raw.parent)
    assert said in line(call("config", *arguments, "--warehouse", "warehouse"))
    assert (place.warehouse / NAME).read_bytes() == before


def test_no_folder_is_made_by_a_wrong_name(tmp_path: Path) -> None:
    assert "there is no warehouse" in line(call("config", "set", "issuer", "D", "--warehouse", tmp_path / "typo"))
    assert not (tmp_path / "typo").exists()
    assert call("config", "--warehouse", tmp_path / "typo").exit_code == 0
    assert not (tmp_path / "typo").exists()


def test_the_list_says_each_value_and_where_it_comes_from(place: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare_first_build(replace(place, keep_runs=7))
    monkeypatch.setenv("ONRECORD_DAILY_AT", "04:00")
    out = call("config", "--warehouse", place.warehouse)
    words = {text.split()[0]: text.split() for text in out.output.splitlines()[1:]}
    assert words.keys() == {f.name for f in fields(Settings)}
    assert words["keep_runs"][1:] == [NAME, "7"]
    assert words["raw"][1:] == [NAME, str(place.raw)]
    assert words["daily_at"][1:3] == ["ONRECORD_DAILY_AT", "04:00"]
    assert words["workers"][1] == "default"
    assert "ONRECORD_DAILY_AT" in call("config", "set", "daily_at", "06:00", "--warehouse", place.warehouse).output
    place.raw.rename(place.raw.with_name("elsewhere"))
    (raw,) = [text for text in call("config", "--warehouse", place.warehouse).output.splitlines() if " raw " in text]
    assert "does not exist" in raw


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b"colour = 'red'", "colour"),
        (b"limit = 3", "limit"),
        (b"engine = 'ray'", "engine"),
        (b"ray_address = 'ray://evil.example'", "ray_address"),
        (b"webhook = 'http://evil.example'", "webhook"),
        (b"model = '/tmp/model'", "model"),
        (b"languages = 'English'", "languages"),
        (b"languages = ['en']", "languages"),
        (b"keep_runs = 0", "keep_runs"),
        (b"keep_runs = 1.5", "keep_runs"),
        (b"keep_runs = true", "keep_runs"),
        (b"keep_removed = 1", "keep_removed"),
        (b"daily_at = 05:00:00", "daily_at"),
        (b"issuer = 2026-11-01", "issuer"),
        (b"raw = ''", "raw"),
        (b"raw = 'a\\u0000b'".replace(b"'", b'"'), "raw"),
        (b"[raw]", "raw"),
        (b"relative = 3", "relative"),
        (b"[relative]\nraw = 3", "relative"),
        (b"issuer = ", "not TOML"),
        (b"keep_runs = " + b"9" * 5000, "too many digits"),
        (b"languages = " + b"[" * 5000, "nested too deep"),
        (b"issuer = '\xff'", "utf-8"),
    ],
)
def test_a_wrong_file_is_one_line_with_file_and_key(place: Settings, content: bytes, key: str) -> None:
    place.warehouse.mkdir()
    (place.warehouse / NAME).write_bytes(content)
    said = line(call("build", "--warehouse", place.warehouse))
    assert said.startswith(f"Error: {place.warehouse / NAME}: ") and key in said
    assert not (place.warehouse / "onrecord.duckdb").exists()


def test_a_folder_in_the_place_of_the_file_is_one_line(place: Settings) -> None:
    (place.warehouse / NAME).mkdir(parents=True)
    assert str(place.warehouse / NAME) in line(call("build", "--raw", place.raw, "--warehouse", place.warehouse))


def test_a_wrong_value_is_mended_by_the_command_that_it_names(place: Settings) -> None:
    prepare_first_build(place)
    file = place.warehouse / NAME
    file.write_text(file.read_text(encoding="utf-8").replace('"en"', '"English"'), encoding="utf-8")
    assert "onrecord config set languages" in line(call("build", "--warehouse", place.warehouse))
    assert call("config", "set", "languages", "en", "--warehouse", place.warehouse).exit_code == 0
    assert resolve({"warehouse": str(place.warehouse)}).settings == place


def test_a_file_written_by_hand_may_hold_paths_from_its_own_folder(place: Settings) -> None:
    place.warehouse.mkdir()
    (place.warehouse / NAME).write_text("\ufeffraw = '../raw'\n", encoding="utf-8")
    assert resolve({"warehouse": str(place.warehouse)}).settings == place


# --- paths -----------------------------------------------------------------------------------------------------------

FOLDERS = [f.name for f in fields(Settings) if config_file.is_path(f.name)]


@pytest.mark.parametrize("name", FOLDERS)
@pytest.mark.parametrize(
    ("given_as", "leads_to"),
    [
        ("x", "here/x"),
        ("./x/", "here/x"),
        ("../x", "x"),
        ("link/x", "here/link/x"),
        ("link/../x", "elsewhere/x"),
        ("~/x", "home/x"),
        ("{tmp}/x", "x"),
    ],
)
@pytest.mark.parametrize("by", ["flag", "variable", "python"])
def test_a_path_is_absolute_from_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, given_as: str, leads_to: str, by: str
) -> None:
    for folder in ("here", "home", "elsewhere/deep"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "here" / "link").symlink_to(tmp_path / "elsewhere" / "deep")
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    text = given_as.format(tmp=tmp_path)
    values: dict[str, Any] = {name: Path(text).expanduser()}
    found = {
        "flag": lambda: resolve({name: text}, {}).settings,
        "variable": lambda: resolve({}, {variable(name): text}).settings,
        "python": lambda: Settings(**values),
    }[by]()
    monkeypatch.chdir(tmp_path)
    assert getattr(found, name) == tmp_path / leads_to
    assert from_environment(to_environment(found)) == found


WITH_WAREHOUSE = sorted(
    name for name, command in app.commands.items() if any(p.name == "warehouse" for p in command.params)
)


def test_every_command_knows_the_warehouse() -> None:
    groups = {name for name, command in app.commands.items() if isinstance(command, click.Group)}
    assert set(WITH_WAREHOUSE) == set(app.commands) - {"try"} - (groups - {"config"})
    for command in (app.commands[name] for name in groups):
        assert isinstance(command, click.Group)
        assert [n for n, c in command.commands.items() if "warehouse" not in {p.name for p in c.params}] == []


@pytest.mark.parametrize(
    "command",
    [
        ("check",),
        ("config",),
        ("show", "0.txt"),
        ("releases",),
        ("diff", "2026.11.1"),
        ("verify",),
        ("withdraw", "no-such-article"),
        ("publish", "file:///nowhere"),
        ("sample", "3"),
        ("audit", "no-such-sheet.csv"),
        ("backup", "../copy"),
        ("restore", "no-such-backup"),
    ],
    ids=lambda command: command[0],
)
def test_a_relative_warehouse_is_the_same_as_an_absolute_one(
    place: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    taken(place)
    (tmp_path / "deep" / "er").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "deep" / "er")
    by_absolute = call(*command, "--warehouse", place.warehouse)
    shutil.rmtree("../copy", ignore_errors=True)
    Path("sheet.csv").unlink(missing_ok=True)
    by_relative = call(*command, "--warehouse", "../../warehouse")
    assert (by_relative.exit_code, by_relative.output) == (by_absolute.exit_code, by_absolute.output)


def test_a_damaged_file_stops_no_command_that_does_without(place: Settings) -> None:
    taken(place)
    write(place.warehouse / NAME, {}, {})
    (place.warehouse / NAME).write_text("colour = 'red'", encoding="utf-8")
    assert call("show", "0.txt", "--warehouse", place.warehouse).exit_code != 0
    assert "colour" not in call("releases", "--warehouse", place.warehouse).output
    with pytest.raises(SettingError, match="colour"):
        load(place.warehouse)


@pytest.mark.slow
def test_a_whole_build_by_relative_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "work").mkdir()
    text = '"We open again," harbour master Ana Lume told Delta News on Friday.\n'
    (tmp_path / "raw" / "a.txt").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path / "work")
    out = call("build", "--raw", "../raw", "--warehouse", "../built", "--publish-text", "all")
    assert out.exit_code == 0, out.output
    assert (tmp_path / "built" / "data_docs" / "index.html").is_file()
    monkeypatch.chdir(tmp_path)
    for command in (("check",), ("show", "a.txt"), ("releases",), ("verify",), ("sample", "1"), ("backup", "copy")):
        out = call(*command, "--warehouse", "built")
        assert out.exit_code == 0, out.output
    (released,) = versions.names(tmp_path / "built" / "releases")
    # Without flags nothing has changed, also for a copy in another place.
    assert call("restore", "copy", "--warehouse", "again").exit_code == 0
    for warehouse in ("built", "again"):
        out = call("build", "--warehouse", warehouse)
        assert out.exit_code == 0 and f"Release {released} is still current" in out.output, out.output
    # In Python, too, a store may have a relative folder.
    assert all(verdict.passed for verdict in run_checks(Store(Path("built")), Settings().judged_on, all_rows=True))


@pytest.mark.parametrize("given", [False, True])
def test_a_first_build_without_a_raw_folder_says_that_it_takes_the_sample(
    place: Settings, monkeypatch: pytest.MonkeyPatch, given: bool
) -> None:
    monkeypatch.setattr("assets.cli.build_output.run_build", lambda *_: 0)
    flags = ["--raw", place.raw] if given else []
    said = call("build", "--warehouse", place.warehouse, *flags).output
    assert ("sample" in said) != given
