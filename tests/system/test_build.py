"""Builds as a user runs them: the command, the release, what changes and what does not."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner, Result
from dagster import AssetKey

from assets.build.incremental import steps
from assets.cli import app
from assets.cli.build_output import run_build
from assets.cli.build_summary import unchanged
from assets.definitions import build_definitions
from assets.release import make_release
from assets.runs.instance import open_instance
from assets.runs.notifications import reasons
from assets.settings import ROOT, SAMPLE, Settings
from assets.up_to_date import check_up_to_date
from expectations.check_runner import checks
from pipeline.contract import BY_NAME, PUBLISHED, VERDICTS
from pipeline.stages import DOCUMENT_STAGES
from tests.integration.test_purge import everything
from warehouse import digests, failures, integrity, ledger, states
from warehouse.pending import pending
from warehouse.release.publish import ReleaseRefused
from warehouse.store import Store


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Copy and build the sample."""
    place = tmp_path_factory.mktemp("sample")
    shutil.copytree(SAMPLE, place / "raw")
    settings = Settings(raw=place / "raw", warehouse=place / "warehouse")
    assert run_build(settings) == 0
    return settings


@pytest.fixture
def copy(built: Settings, tmp_path: Path) -> Iterator[Settings]:
    """Yield a copy of the built sample."""
    shutil.copytree(built.raw, tmp_path / "raw")
    shutil.copytree(built.warehouse, tmp_path / "warehouse", symlinks=True)
    integrity.check(Store(tmp_path / "warehouse"))  # checked once, so that later writes of the test count as onrecord's
    yield Settings(raw=tmp_path / "raw", warehouse=tmp_path / "warehouse")


def latest(settings: Settings) -> Path:
    return (settings.warehouse / "releases" / "latest").resolve()


def test_the_rows_of_the_readme_are_rows_of_the_sample(built: Settings) -> None:
    shown = re.findall(
        r"^\| ([^|]+) \| “([^|]+)” \| ([^|]+) \| ([^|]+) \|$", (ROOT / "README.md").read_text("utf-8"), re.M
    )
    quotes = pl.read_parquet(latest(built) / "quotes.parquet")
    quotes = quotes.join(pl.read_parquet(latest(built) / "documents.parquet"), "document_id", suffix="_of_article")
    assert len(shown) == 3
    for speaker, words, said, outlets in shown:
        rows = quotes.filter(pl.col("speaker_name") == speaker, pl.col("text") == words)
        assert set(rows["publisher"].to_list()) == set(outlets.split(", "))
        year, days = said[-4:], set(re.findall(r"\b\d{1,2}\b", said[:-4]))
        told = rows.select("said_earliest", "said_latest").row(0)
        assert {str(day.day) for day in told if day} == days
        assert {str(day.year) for day in told if day} == {year}


def parquet(settings: Settings) -> dict[str, bytes]:
    return {t.name: (latest(settings) / f"{t.name}.parquet").read_bytes() for t in PUBLISHED}


def table(settings: Settings, name: str) -> pl.DataFrame:
    return pl.read_parquet(latest(settings) / f"{name}.parquet")


def test_every_published_table_of_the_sample_has_rows(built: Settings) -> None:
    empty = [t.name for t in PUBLISHED if table(built, t.name).is_empty()]
    assert set(empty) <= {"refusals", "corrections", "date_conflicts"}


def test_the_sample_says_who_said_what(built: Settings) -> None:
    named = table(built, "quotes").filter(pl.col("speaker_name").is_not_null())
    assert named["speaker_name"].n_unique() >= 5
    told = table(built, "statements").filter(pl.col("documents") > 1)
    assert not told.is_empty(), "no statement travels across the sample's outlets"


def test_nothing_changed_is_seen_at_a_look(built: Settings) -> None:
    found = check_up_to_date(built)
    assert found is not None
    assert found.release.folder == latest(built)
    assert found.rows["documents"] == len(table(built, "documents"))


@pytest.mark.slow
def test_a_withdrawn_article_is_shown_nowhere(copy: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    """Not in Dagster's history, the data docs, or a release. After the build nothing is left to do."""
    names = {b"Brodin", b"Anneli"}  # in no other article
    assert {name for name in names if name in everything(copy.warehouse)} == names
    given = ["withdraw", "09_records.jsonl#nb-88213", "--warehouse", str(copy.warehouse)]
    assert CliRunner().invoke(app, given).exit_code == 0
    assert check_up_to_date(copy) is None
    assert run_build(copy) == 0
    assert "was deleted, because its previews may have shown them" in capsys.readouterr().out
    assert {name for name in names if name in everything(copy.warehouse)} == set()
    files = [p for folder in ("data_docs", "releases") for p in (copy.warehouse / folder).rglob("*") if p.is_file()]
    assert len(files) > 50
    assert [path for path in files if any(name in path.read_bytes() for name in names)] == []
    assert check_up_to_date(copy) is not None


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda s: (s.raw / "new.txt").write_text("Ana Lume said so."), id="a new file"),
        pytest.param(lambda s: (s.raw / "09_records.jsonl").unlink(), id="a file that has gone"),
        pytest.param(lambda s: _sql(s, "DELETE FROM stored.verdicts"), id="no verdicts"),
        pytest.param(lambda s: _sql(s, "DELETE FROM stored.ledger WHERE stage = 'quotes'"), id="a stage behind"),
        pytest.param(lambda s: shutil.rmtree(s.warehouse / "releases"), id="no release"),
        pytest.param(
            lambda s: _sql(s, "INSERT INTO stored.failures VALUES ('quotes', 'a', 'b', NULL, NULL)"), id="a failure"
        ),
    ],
)
def test_whatever_changed_asks_for_a_run(copy: Settings, change: Callable[[Settings], object]) -> None:
    assert check_up_to_date(copy) is not None
    change(copy)
    assert check_up_to_date(copy) is None


def test_other_settings_ask_for_a_run(built: Settings) -> None:
    assert check_up_to_date(replace(built, publish_text="none")) is None
    assert check_up_to_date(replace(built, warehouse=built.warehouse / "elsewhere")) is None


def test_an_article_that_took_too_long_asks_for_no_run(
    copy: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = check_up_to_date(copy)
    assert before is not None
    store, known = Store(copy.warehouse), list(steps(copy, DOCUMENT_STAGES).values())
    with store.open() as connection:
        name = ledger.fetch_one(connection, "SELECT min(document_id) FROM stored.documents")
        assert name is not None
        connection.execute(
            "DELETE FROM stored.ledger WHERE stage IN ('dates', 'events') AND document_id = ?", list(name)
        )
    with pending(store, ["dates"], known) as due:
        (page,) = due.due_batches(10)
    assert page.documents == list(name)
    with store.open() as connection:
        stuck = failures.StageFailure(
            name[0], "took longer than 300 s", *page.fingerprints["dates"], copy.article_seconds
        )
        failures.note(connection, "dates", [stuck])
    # The failure changes the state, so a build would make another release.
    monkeypatch.setattr("assets.up_to_date.reusable_release", lambda *_: before.release)
    monkeypatch.setattr("assets.up_to_date.current_verdicts", lambda *_: before.verdicts)
    assert check_up_to_date(replace(copy, retry_failed=True)) is None
    assert check_up_to_date(replace(copy, article_seconds=301)) is None
    waiting = check_up_to_date(copy)
    assert waiting is not None
    unchanged(waiting, copy.publish_text)
    assert "--retry-failed" in capsys.readouterr().out


def test_another_size_of_parts_is_something_to_do(built: Settings) -> None:
    assert check_up_to_date(built) is not None
    assert check_up_to_date(replace(built, release_part_rows=10)) is None


def _sql(settings: Settings, statement: str) -> None:
    with Store(settings.warehouse).open() as connection:
        connection.execute(statement)
        states.fill(connection)  # the statement bypassed `warehouse.writes`


@pytest.mark.slow
def test_nothing_changed_computes_nothing(built: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    before = latest(built)
    assert run_build(built) == 0
    out = capsys.readouterr().out
    assert "Nothing has changed: nothing was computed." in out
    assert latest(built) == before
    assert len([p for p in before.parent.iterdir() if p.is_dir() and not p.is_symlink()]) == 1


@pytest.mark.slow
def test_a_changed_and_a_deleted_article(copy: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    documents = table(copy, "documents")
    (copy.raw / "05_olhao_courier_fishermen.txt").unlink()
    brief = copy.raw / "08_manara_agency_brief.txt"
    brief.write_text(brief.read_text(encoding="utf-8").replace("three days", "four days"), encoding="utf-8")
    assert run_build(copy) == 0
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines() if line.startswith("  ")}
    assert " 1 article, 1 removed" in lines["parses"]
    gone = documents.filter(pl.col("source") == "05_olhao_courier_fishermen.txt")["document_id"][0]
    for t in PUBLISHED:
        frame = table(copy, t.name)
        if "document_id" in frame.columns:
            assert gone not in frame["document_id"]
    edition = table(copy, "documents").filter(pl.col("source") == brief.name)
    former = documents.filter(pl.col("source") == brief.name)
    assert edition["document_id"][0] == former["document_id"][0]
    assert edition["content_sha256"][0] != former["content_sha256"][0]


def test_a_failed_or_stale_check_stops_the_release_also_alone(copy: Settings) -> None:
    assert not make_release(copy).new
    store = Store(copy.warehouse)
    with store.open() as connection:
        connection.execute(
            "UPDATE stored.verdicts SET passed = false WHERE \"check\" LIKE 'quotes%' AND severity = 'error'"
        )
    with pytest.raises(ReleaseRefused, match="failed"):
        make_release(copy)
    with store.open() as connection:
        connection.execute("UPDATE stored.verdicts SET passed = true, state = repeat('0', 64)")
    with pytest.raises(ReleaseRefused, match="stale"):
        make_release(copy)
    with store.open() as connection:
        connection.execute("DELETE FROM stored.verdicts")
    with pytest.raises(ReleaseRefused, match="missing"):
        make_release(copy)


def released_alone(settings: Settings) -> list[str]:
    """Run the release alone, as the button on the asset in the UI does; return why it failed."""
    with open_instance(settings.warehouse) as instance:
        done = (
            build_definitions(settings)
            .resolve_job_def("build")
            .execute_in_process(
                instance=instance,
                raise_on_error=False,
                asset_selection=[AssetKey("release")],
                run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            )
        )
    assert {e.step_key for e in done.all_events if e.is_step_event} == {"release"}
    return list(reasons(done.all_events))


def test_a_failed_check_stops_a_later_run_of_the_release_alone(copy: Settings) -> None:
    before = latest(copy)
    with Store(copy.warehouse).open() as connection:
        connection.execute(
            "UPDATE stored.verdicts SET passed = false, found = 3 "
            "WHERE \"check\" IN ('quotes_text_at_span', 'quotes_kind_enum')"
        )
    (reason,) = released_alone(copy)
    assert re.fullmatch(
        r"release: ReleaseRefused: quotes_kind_enum: failed \(3 of \d+ rows\); "
        r"quotes_text_at_span: failed \(3 of \d+ rows\)",
        reason,
    )
    assert latest(copy) == before
    with Store(copy.warehouse).open() as connection:
        connection.execute("UPDATE stored.verdicts SET passed = true, found = 0")
    assert released_alone(copy) == []


@pytest.mark.apart
def test_each_check_by_itself_stops_a_later_run_of_the_release_alone(copy: Settings) -> None:
    """One run per check: some minutes. test_guard plants the defects and tests each refusal without Dagster."""
    before = latest(copy)
    for check in checks():
        with Store(copy.warehouse).open() as connection:
            connection.execute(
                'UPDATE stored.verdicts SET passed = "check" <> $check, severity = '
                "CASE \"check\" WHEN $check THEN 'error' ELSE severity END, found = 3",
                {"check": check.name},
            )
        (told,) = released_alone(copy)
        assert told.startswith(f"release: ReleaseRefused: {check.name}: failed (3 of ")
    assert latest(copy) == before


def test_check_tells_what_fails_and_the_terminal_obeys_nothing(
    copy: Settings,
) -> None:
    from click.testing import CliRunner

    from assets.cli import app

    def check(*more: str) -> Result:
        return CliRunner().invoke(app, ["check", "--warehouse", str(copy.warehouse), *more])

    done = check()
    assert done.exit_code == 0, done.output
    assert f"{len(checks())} passed, 0 failed" in done.output
    with Store(copy.warehouse).open() as connection:
        connection.execute("UPDATE stored.quotes SET text = chr(27) || ']0;owned' || chr(7) || '[bold]x' || chr(8238)")
        digests.fill(connection, [BY_NAME["quotes"]])  # as if a stage had written it
    assert check().exit_code == 0, "the ledger knows of no change"
    done = check("--all-rows")
    assert done.exit_code == 1
    assert "error quotes_text_at_span" in done.output
    assert "·]0;owned·[bold]x·" in done.output
    assert not set("\x1b\x07\u202e") & set(done.output)
    assert check("--accept", "quotes_text_at_span").exit_code == 1
    with pytest.raises(ReleaseRefused, match="quotes_text_at_span: failed"):
        make_release(copy)
    assert check("--warehouse", str(copy.warehouse / "nowhere")).exit_code == 1


@pytest.mark.slow
def test_a_planted_defect_ends_the_build_with_its_reason(copy: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    before = latest(copy)
    with Store(copy.warehouse).open() as connection:
        connection.execute("UPDATE stored.quotes SET text = text || '!' WHERE kind = 'direct'")
        # Force a new verdict on the same inputs, as if this state had brought the defect.
        connection.execute("DELETE FROM stored.verdicts")
        digests.fill(connection, [BY_NAME["quotes"], VERDICTS])
    assert run_build(copy) == 1
    captured = capsys.readouterr()
    assert "No release was made" in captured.err
    assert "more than half of them: they violate quotes_text_at_span" in captured.err
    assert latest(copy) == before


def test_a_run_that_fails_after_its_release_says_why(
    copy: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assets.status_asset.status", lambda *_: 1 / 0)
    assert run_build(copy) == 1
    captured = capsys.readouterr()
    assert "status: ZeroDivisionError" in captured.err and "The release was made" in captured.err


@pytest.mark.slow
def test_bad_input_is_refused_and_the_rest_goes_on(built: Settings, tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    shutil.copy(SAMPLE / "01_atlas_wire_signing.txt", raw / "good.txt")
    (raw / "empty.txt").write_bytes(b"")
    (raw / "binary.txt").write_bytes(bytes(range(256)) * 40)
    (raw / "latin.txt").write_bytes("“Ja”, sagte Müller. Größe, Übermut, schön: das ist wahr.".encode("cp1252"))
    (raw / "large.txt").write_bytes(b"word " * 10_000_000)
    (raw / "records.jsonl").write_text(
        '{"id": "1", "text": "Ana Lume said on Friday that the pier was safe."}\n'
        '{"id": "1", "text": "Ana Lume said on Friday that the pier was not safe."}\n'
        '{"id": "2"}\n{broken\n',
        encoding="utf-8",
    )
    (tmp_path / "secret.txt").write_text("Not ours.", encoding="utf-8")
    (raw / "link.txt").symlink_to(tmp_path / "secret.txt")
    (raw / "picture.png").write_bytes(b"\x89PNG")
    settings = Settings(raw=raw, warehouse=tmp_path / "warehouse")
    assert run_build(settings) == 0
    reasons = dict(table(settings, "refusals").select("source", "reason").iter_rows())
    latin = reasons.pop("latin.txt", None)
    assert latin == "language"
    assert reasons == {
        "empty.txt": "empty",
        "binary.txt": "binary",
        "large.txt": "too-large",
        "link.txt": "outside",
        "picture.png": "unsupported",
        "records.jsonl#line-2": "superseded",
        "records.jsonl#line-3": "no-text",
        "records.jsonl#line-4": "broken-record",
    }
    assert len(table(settings, "documents")) == 2


def test_a_lost_mount_stops_the_build_and_keeps_the_rows(copy: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(copy.raw)
    copy.raw.mkdir()
    assert run_build(copy) == 1
    assert "--accept-removals" in capsys.readouterr().err
    assert Store(copy.warehouse).read("SELECT count(*) AS n FROM stored.documents")["n"][0] > 0


@pytest.mark.slow
def test_any_history_gives_the_same_bytes(built: Settings, tmp_path: Path) -> None:
    """Compare two builds from scratch, and one that grew by article, with an edition changed in between."""
    again = Settings(raw=built.raw, warehouse=tmp_path / "again")
    assert run_build(again) == 0
    grown = Settings(raw=tmp_path / "raw", warehouse=tmp_path / "grown")
    grown.raw.mkdir()
    names = sorted(path.name for path in built.raw.iterdir())
    for name in reversed(names):
        (grown.raw / name).write_text("An early edition. “It was short,” Ana Lume said on Friday.", encoding="utf-8")
        shutil.copy(built.raw / name, grown.raw / name) if name != names[0] else None
        assert run_build(grown) == 0
    shutil.copy(built.raw / names[0], grown.raw / names[0])
    assert run_build(grown) == 0
    assert parquet(built) == parquet(again) == parquet(grown)


@pytest.mark.slow
def test_the_command_in_a_process_of_its_own(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "assets.cli", "build", "--warehouse", str(tmp_path), "--publish-text", "none"]
    command[1:3] = ["-c", "from assets.cli import app; app()"]
    out = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert out.returncode == 0, out.stderr
    assert "Release" in out.stdout
    assert out.stderr == ""
    settings = replace(Settings(), warehouse=tmp_path)
    assert table(settings, "documents")["text"].null_count() == len(table(settings, "documents"))
    assert json.loads((latest(settings) / "datapackage.json").read_text(encoding="utf-8"))["resources"]
    shown = subprocess.run(
        [*command[:3], "show", "01_atlas", "--warehouse", str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert "Benhallam" in shown.stdout
