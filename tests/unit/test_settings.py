"""Settings: one declaration for defaults, variables and flags."""

from dataclasses import fields
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from assets.cli import app
from assets.settings import SAMPLE, SettingError, Settings, flag, from_environment, to_environment, with_values
from pipeline.read import language


def test_defaults_point_at_the_sample() -> None:
    assert from_environment({}).raw == SAMPLE
    assert any(SAMPLE.iterdir())


def test_variables_and_flags_give_the_same(tmp_path: Path) -> None:
    by_variable = from_environment({"ONRECORD_RAW": str(tmp_path), "ONRECORD_PUBLISH_TEXT": "none"})
    by_flag = with_values(Settings(), {"raw": str(tmp_path), "publish_text": "none"})
    assert by_variable == by_flag == Settings(raw=tmp_path, publish_text="none")


def test_settings_survive_the_way_to_another_process(tmp_path: Path) -> None:
    settings = Settings(
        raw=tmp_path, warehouse=tmp_path / "w", publish_text="all", limit=3, keep_removed=True, as_of=date(2026, 1, 2)
    )
    assert from_environment(to_environment(settings)) == settings


@pytest.mark.parametrize(
    ("name", "value"),
    [("publish_text", "some"), ("limit", "0"), ("limit", "many"), ("accept_removals", "perhaps"), ("as_of", "today")],
)
def test_a_wrong_value_names_its_flag(name: str, value: str) -> None:
    with pytest.raises(SettingError, match=f"{flag(name)} '{value}'"):
        with_values(Settings(), {name: value})


def test_a_relative_path_without_a_working_directory_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(SettingError, match="--warehouse 'wh': is relative, and the working directory no longer exists"):
        with_values(Settings(), {"warehouse": "wh"})
    assert with_values(Settings(), {"warehouse": str(tmp_path)}).warehouse == tmp_path


def test_every_setting_is_a_flag_of_build() -> None:
    out = CliRunner().invoke(app, ["build", "--help"])
    assert out.exit_code == 0
    assert all(flag(f.name) in out.output for f in fields(Settings))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["build", "--raw", "/no/such/folder"], "Error: the raw folder /no/such/folder does not exist"),
        (["build", "--publish-text", "some"], "Error: --publish-text 'some': not one of licensed, all, none"),
    ],
)
def test_a_wrong_call_is_one_line(arguments: list[str], message: str) -> None:
    out = CliRunner().invoke(app, arguments)
    assert out.exit_code == 1
    assert out.stderr.startswith(message)
    assert out.stderr.count("\n") == 1


@pytest.mark.parametrize("text", ["en,xx", "qq", "EN,zz,de"])
def test_a_code_of_no_language_is_named(text: str) -> None:
    with pytest.raises(SettingError) as caught:
        with_values(Settings(), {"languages": text})
    unknown = next(code for code in text.lower().split(",") if code in ("xx", "qq", "zz"))
    assert f": {unknown}: cannot be identified" in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_the_languages_that_can_be_asked_for_are_those_that_are_told() -> None:
    told = {str(code) for code in language.identifier().nb_classes}
    near = {code for kin in language.CLOSE_LANGUAGES if kin & told for code in kin}
    assert {code for code in told | near if len(code) == 2} == language.KNOWN
    assert with_values(Settings(), {"languages": ",".join(language.KNOWN)}).languages.split(",") == sorted(
        language.KNOWN
    )
