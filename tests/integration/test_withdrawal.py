"""Articles withdrawn on request: removed from the warehouse at once, and from every release with the next one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from assets.build.incremental import update_from_raw_folder
from assets.cli import app, build_output
from assets.runs import purge
from assets.settings import Settings
from pipeline.contract import ids
from tests.integration.test_release import DAY, SECRET, judge, judged_store, planted, release
from tests.support import factory
from tests.support.contents import contents
from warehouse.release import versions
from warehouse.release.rights import Terms
from warehouse.sql import StoreError
from warehouse.store import Store
from warehouse.withdrawal import lists
from warehouse.withdrawal.lists import FILE, Withdrawal

ASKED = Withdrawal("0123456789abcdef", 'wire/"a", b.txt', "2026-11-22", "asked by the desk, twice")
HEAD = "document_id,source,withdrawn_on,reason\n"


def run(*words: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(word) for word in words])
    return result.exit_code, result.output


def test_the_list_is_read_as_it_was_written(tmp_path: Path) -> None:
    lists.write_withdrawn_list(tmp_path, {ASKED.document_id: ASKED})
    assert lists.withdrawn(tmp_path) == {ASKED.document_id: ASKED}


def test_no_list_is_an_empty_one(tmp_path: Path) -> None:
    assert lists.withdrawn(tmp_path) == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1 is not"),
        ("document_id,source\n", "line 1 is not"),
        (HEAD + "a,b\n", "record 2 has 2 fields"),
        (HEAD + 'a,"b,c,d\n', "cannot be read"),
    ],
)
def test_a_broken_list_stops_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(StoreError, match=said):
        lists.withdrawn(tmp_path)


@pytest.fixture
def taken(tmp_path: Path) -> Settings:
    """Return a warehouse whose raw folder holds a text and two records."""
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "one.txt").write_text("The tide clerk said it would rain, and it did.", encoding="utf-8")
    records = [{"id": "a", "text": SECRET + " in the harbour."}, {"id": "b", "text": "Nothing else was said here."}]
    (raw / "two.jsonl").write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")
    settings = Settings(raw=raw, warehouse=tmp_path / "warehouse")
    update_from_raw_folder(Store(settings.warehouse), settings, lambda _: None)
    return settings


def standing(settings: Settings) -> list[str]:
    return Store(settings.warehouse).read("SELECT source FROM stored.raws ORDER BY 1")["source"].to_list()


def refused(settings: Settings) -> list[tuple[str, str]]:
    return Store(settings.warehouse).read("SELECT source, reason FROM stored.refusals ORDER BY 1").rows()


def test_a_withdrawn_article_is_a_refusal_and_no_text(taken: Settings) -> None:
    code, said = run("withdraw", "two.jsonl#a", "--warehouse", taken.warehouse, "--reason", "asked")
    assert (code, standing(taken)) == (0, ["one.txt", "two.jsonl#b"]), said
    assert refused(taken) == [("two.jsonl#line-1", "withdrawn")]


def test_it_stays_out_when_its_file_is_read_again(taken: Settings) -> None:
    run("withdraw", "two.jsonl#a", "--warehouse", taken.warehouse)
    path = taken.raw / "two.jsonl"
    path.write_text(path.read_text(encoding="utf-8").replace("rain", "snow") + "\n", encoding="utf-8")
    shutil.copy(path, taken.raw / "copied.jsonl")
    update_from_raw_folder(Store(taken.warehouse), taken, lambda _: None)
    assert "two.jsonl#a" not in standing(taken)
    assert ("two.jsonl#line-1", "withdrawn") in refused(taken)


def test_it_stays_out_of_a_warehouse_made_anew(taken: Settings) -> None:
    run("withdraw", "two.jsonl#a", "--warehouse", taken.warehouse)
    Store(taken.warehouse).database.unlink()
    update_from_raw_folder(Store(taken.warehouse), taken, lambda _: None)
    assert standing(taken) == ["one.txt", "two.jsonl#b"]


def test_a_withdrawal_can_be_taken_back(taken: Settings) -> None:
    run("withdraw", "two.jsonl#a", "--warehouse", taken.warehouse)
    code, said = run("withdraw", "two.jsonl#a", "--undo", "--warehouse", taken.warehouse)
    update_from_raw_folder(Store(taken.warehouse), taken, lambda _: None)
    assert (code, standing(taken), refused(taken)) == (0, ["one.txt", "two.jsonl#a", "two.jsonl#b"], []), said


@pytest.mark.parametrize("words", [(), ("--undo",)])
def test_the_history_of_runs_is_not_known_to_be_clean_of_it(taken: Settings, words: tuple[str, ...]) -> None:
    name = ids.document_id("two.jsonl#a")
    lists.write_withdrawn_list(taken.warehouse, {name: Withdrawal(name, "two.jsonl#a", "2026-11-22", "")})
    (taken.warehouse / purge.FILE).write_text(json.dumps({"clean": [name, "b"], "forgotten": [name]}))
    assert not purge.purge_needed(taken.warehouse)
    assert run("withdraw", "two.jsonl#a", *words, "--warehouse", taken.warehouse)[0] == 0
    assert json.loads((taken.warehouse / purge.FILE).read_text()) == {"clean": ["b"], "forgotten": []}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nobody.txt",), "no article with the id, source or URL 'nobody.txt'"),
        (("nobody.txt", "--undo"), "'nobody.txt' is not withdrawn"),
    ],
)
def test_an_unknown_article_is_said_to_be_unknown(taken: Settings, words: tuple[str, ...], said: str) -> None:
    code, output = run("withdraw", *words, "--warehouse", taken.warehouse)
    assert (code, said in output) == (1, True), output


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """Return a warehouse with a release that holds the secret, and the one after its withdrawal, and their versions."""
    folder = tmp_path_factory.mktemp("followed")
    store = judged_store(folder, planted("CC0-1.0"))
    first = release(store, Terms("all"))
    (article,) = [d for d in planted("CC0-1.0")["documents"] if str(d["source"]).startswith("secret")]
    name = str(article["document_id"])
    lists.write_withdrawn_list(folder, {name: Withdrawal(name, str(article["source"]), "2026-11-22", "asked")})
    store.database.unlink()
    factory.fill(store)
    judge(store)
    second = release(store, Terms("all"))
    return folder, first.version, second.version


def test_a_tombstone_names_the_successor(followed: tuple[Path, str, str]) -> None:
    folder, first, second = followed
    said = versions.tombstone(folder / "releases" / first)
    assert (said["version"], said["successor"], len(said["withdrawn"])) == (first, second, 1)
    assert versions.versions(folder / "releases") == [second]
    assert versions.names(folder / "releases") == [first, second]


def test_no_file_of_any_release_has_the_text_any_more(followed: tuple[Path, str, str]) -> None:
    files = list(contents(followed[0] / "releases"))
    assert len(files) > 20
    assert [name for name, content in files if SECRET.encode() in content] == []


def test_a_tombstone_keeps_its_version(followed: tuple[Path, str, str]) -> None:
    folder, first, second = followed
    known = versions.names(folder / "releases")
    assert versions.next_version(known[:1], DAY) == second != first


def test_a_tombstone_that_died_half_way_is_made_again(tmp_path: Path) -> None:
    store = judged_store(tmp_path, planted("CC0-1.0"))
    made = release(store, Terms("all"))
    going = made.folder.with_name(f".{made.version}.going.partial-1")
    made.folder.rename(going)
    versions.remove_leftovers(tmp_path / "releases")
    assert versions.versions(tmp_path / "releases") == [made.version]
    assert versions.verify(made.folder) == []


def test_releases_are_listed_with_what_became_of_them(followed: tuple[Path, str, str]) -> None:
    folder, first, second = followed
    code, said = run("releases", "--warehouse", folder)
    lines = [line.split() for line in said.splitlines()]
    assert code == 0
    assert [(line[0], line[-1]) for line in lines[1:]] == [(first, second), (second, "latest")]


@pytest.mark.parametrize(("command", "expected"), [("verify", 0), ("diff", 1)])
def test_a_withdrawn_release_is_said_to_be_withdrawn(
    followed: tuple[Path, str, str], command: str, expected: int
) -> None:
    folder, first, second = followed
    code, said = run(command, first, "--warehouse", folder)
    assert (code, f"{second} replaces it" in said) == (expected, True), said


def test_a_changed_byte_is_found(followed: tuple[Path, str, str], tmp_path: Path) -> None:
    folder, _, second = followed
    copy = tmp_path / "copy"
    shutil.copytree(folder / "releases" / second, copy)
    assert run("verify", copy)[0] == 0
    path = copy / "quotes.parquet"
    path.chmod(0o644)
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(content)
    code, said = run("verify", copy)
    assert (code, "quotes.parquet: changed since the release" in said) == (1, True), said


def test_two_releases_are_compared_by_name(followed: tuple[Path, str, str]) -> None:
    folder, _, second = followed
    code, said = run("diff", second, "latest", "--warehouse", folder)
    assert (code, "The data are identical." in said) == (0, True), said


def test_names_are_hashes_of_sources(taken: Settings) -> None:
    code, said = run("withdraw", ids.document_id("one.txt"), "--warehouse", taken.warehouse)
    assert (code, standing(taken)) == (0, ["two.jsonl#a", "two.jsonl#b"]), said


def test_an_article_of_the_same_text_is_withdrawn_with_it(tmp_path: Path) -> None:
    store = factory.filled_store(tmp_path)
    settings = Settings(warehouse=tmp_path)
    code, said = run("withdraw", factory.HARBOUR.source, "--warehouse", tmp_path)
    assert (code, standing(settings)) == (0, [factory.COUNCIL.source]), said
    ids_of = {factory.document_id(article) for article in (factory.HARBOUR, factory.REPRINT)}
    assert lists.withdrawn(store.folder).keys() == ids_of
    assert {reason for _, reason in refused(settings)} >= {"withdrawn"}


def test_a_text_that_is_withdrawn_twice_is_taken_back_twice(tmp_path: Path) -> None:
    factory.filled_store(tmp_path)
    run("withdraw", factory.HARBOUR.source, "--warehouse", tmp_path)
    _, said = run("withdraw", factory.HARBOUR.source, "--undo", "--warehouse", tmp_path)
    assert factory.REPRINT.source in said
    _, said = run("withdraw", factory.REPRINT.source, "--undo", "--warehouse", tmp_path)
    assert factory.HARBOUR.source not in said
    assert lists.withdrawn(tmp_path) == {}


@pytest.mark.parametrize("released", [False, True], ids=["the build failed", "the build made a release"])
@pytest.mark.parametrize(
    "during",
    [pytest.param(False, id="withdrawn before", marks=pytest.mark.slow), pytest.param(True, id="withdrawn during")],
)
def test_a_build_says_that_articles_were_withdrawn_while_it_ran(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    released: bool,
    during: bool,
) -> None:
    made = release(judged_store(tmp_path), Terms("all"))
    settings = Settings(raw=tmp_path, warehouse=tmp_path)

    def withdraw_one() -> None:
        assert run("withdraw", factory.HARBOUR.source, "--warehouse", tmp_path)[0] == 0

    def build(_: Settings, told: build_output.RunOutput) -> build_output.RunResult:
        told.release = made if released else None
        if during:
            withdraw_one()
        return build_output.RunResult(released, "run", () if released else ("judge: documents_one_raw failed",), ())

    monkeypatch.setattr(build_output, "_run", build)
    if not during:
        withdraw_one()
    assert build_output.run_build(settings) == (0 if released else 1)
    captured = capsys.readouterr()
    said = captured.out if released else captured.err
    assert ("withdrawn during this build: build again" in said) == during


def test_articles_of_one_name_are_listed_with_an_end_that_says_that_there_are_more(tmp_path: Path) -> None:
    store = factory.filled_store(tmp_path)
    with store.open() as connection:
        connection.execute(
            "INSERT INTO stored.raws BY NAME SELECT r.* REPLACE (r.document_id || n AS document_id, 'many' AS url, "
            "'many-' || n AS source, 'many-' || n AS origin) FROM stored.raws AS r, range(7) AS t(n) "
            "WHERE r.source = 'harbour.txt'"
        )
    code, said = run("withdraw", "many", "--warehouse", tmp_path)
    assert (code, said.rstrip().endswith("many-5, …")) == (1, True), said
