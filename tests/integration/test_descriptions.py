"""Descriptions: the validators agree, every snippet runs, and no word of an article becomes markup."""

from __future__ import annotations

import html
import itertools
import json
import logging
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.contract import PUBLISHED
from tests.integration.test_release import judge, judged_store, planted, read, release
from tests.support import factory
from warehouse.release import parquet, versions
from warehouse.release.formats import benchmark_scores
from warehouse.release.formats.changes_table import CHANGES, CHANGES_FILE
from warehouse.release.formats.snippets import NOT_RUN, SNIPPETS
from warehouse.release.publish import Release
from warehouse.release.rights import Terms
from warehouse.release.site import escape
from warehouse.release.site.templates import markdown, render
from warehouse.text import shortened, visible

RSCRIPT = shutil.which("Rscript")

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[click](javascript:alert(1))",
    "![x](https://tracker.example/p.png)",
    "a | b\n| --- | --- |",
    "`code` **bold** ~~gone~~ $x$ # head",
    "=cmd|' /C calc'!A0",
    "https://evil.example www.evil.example",
    "\u202egnp.exe\u0000\x1b[31m",
    "- --- \n\n# Title",
    "';DROP TABLE quotes;--",
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return release(judged_store(tmp_path_factory.mktemp("made"), planted(None)))


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Return a release in which every free text of every article is hostile."""
    rows = factory.rows()
    for number, row in enumerate(rows["documents"]):
        for name in ("title", "author", "publisher", "agency", "dateline", "source", "url", "licence"):
            row[name] = f"{HOSTILE[number]} {HOSTILE[number + 3]} {HOSTILE[number + 6]}"
    for row, words in zip(rows["entities"], HOSTILE, strict=False):
        row["name"] = words
        row["aliases"] = list(HOSTILE)
    for row in rows["quotes"]:
        row["speaker"] = row["speaker_role"] = "".join(HOSTILE[:5])
        row["speaker_role_basis"] = "sentence"
    for row in rows["refusals"]:
        row["source"] += "".join(HOSTILE)
        row["detail"] = "".join(HOSTILE)
    return release(judged_store(tmp_path_factory.mktemp("hostile"), rows), Terms("all"))


def described(made: Release, name: str) -> Any:
    return json.loads((made.folder / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("which", [pytest.param("made", marks=pytest.mark.slow), "hostile"])
def test_frictionless_agrees(which: str, request: pytest.FixtureRequest) -> None:
    from frictionless import Package

    folder = request.getfixturevalue(which).folder
    report = Package(str(folder / "datapackage.json")).validate()
    assert report.flatten(["type", "message"]) == []
    assert report.valid
    assert report.stats["tasks"] == len(PUBLISHED) + 1  # changes


def test_frictionless_would_find_a_broken_reference(made: Release, tmp_path: Path) -> None:
    """The keys are really followed: a table without its rows breaks the tables that refer to it."""
    from frictionless import Package

    copy = shutil.copytree(made.folder, tmp_path / "copy")
    (copy / "sentences.parquet").unlink()
    read(made, "sentences").clear().write_parquet(copy / "sentences.parquet")
    report = Package(str(copy / "datapackage.json")).validate()
    assert "foreign-key" in {kind for (kind,) in report.flatten(["type"])}


def croissant() -> Any:
    """Import mlcroissant. It logs with absl, which keeps the sys.stderr that it finds, here pytest's, and closes it
    when logging is configured again: every later test of the process would fail."""
    import mlcroissant
    from absl import logging as of_absl

    of_absl.get_absl_handler().python_handler.stream = sys.__stderr__
    return mlcroissant


@pytest.mark.parametrize("which", ["made", "hostile"])
def test_mlcroissant_agrees_and_reads_the_records(
    which: str, request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> None:
    mlcroissant = croissant()
    made = request.getfixturevalue(which)
    caplog.set_level(logging.WARNING)
    dataset = mlcroissant.Dataset(str(made.folder / "croissant.json"))
    assert not dataset.metadata.ctx.issues.errors
    assert "context" not in caplog.text
    records = list(dataset.records("quotes"))
    assert len(records) == made.rows["quotes"]
    found = {record["quotes/quote_id"].decode() for record in records}
    assert found == set(read(made, "quotes")["quote_id"].to_list())
    assert list(dataset.records("changes")) == []


def test_the_data_package_says_what_the_files_are(made: Release) -> None:
    package = described(made, "datapackage.json")
    assert package["version"] == made.version
    for resource, table in zip(package["resources"], (*PUBLISHED, CHANGES), strict=True):
        assert resource["hash"] == "sha256:" + versions.sha256(made.folder / resource["path"])
        assert [f["name"] for f in resource["schema"]["fields"]] == [c.name for c in table.published]
        assert all(f["description"] for f in resource["schema"]["fields"])
        assert resource["schema"].get("primaryKey", []) == list(table.key)
        keys = {k["fields"][0] for k in resource["schema"].get("foreignKeys", [])}
        assert keys == {c.name for c in table.published if c.refers_to}
    assert [entry["name"] for entry in package["licenses"]] == ["CC-BY-4.0"]
    (documents,) = [resource for resource in package["resources"] if resource["name"] == "documents"]
    assert documents["licenses"] == package["licenses"]
    assert documents["sources"] == [
        {"title": "Council of Nie\u0301 meets (CC-BY-4.0)", "path": "https://council.example/7"}
    ]
    meant = {field["name"]: field.get("rdfType") for field in documents["schema"]["fields"]}
    assert meant["licence"] == "http://purl.org/dc/terms/license"


def test_validation_has_the_verdicts_without_examples(tmp_path: Path) -> None:
    store = judged_store(tmp_path)
    judge(store, quotes__span_is_text={"severity": "warn", "passed": False, "found": 2})
    made = release(store)
    report = described(made, "validation.json")
    assert (report["judged"], report["passed"], report["failed"], report["warned"], report["stale"]) == (2, 1, 0, 1, 0)
    assert {c["check"]: c["found"] for c in report["checks"]} == {"documents.schema": 0, "quotes.span_is_text": 2}
    assert "examples" not in json.dumps(report)
    assert "`quotes.span_is_text`: 2 of 3 rows" in (made.folder / "README.md").read_text(encoding="utf-8")


# --- the card


def blocks(text: str) -> Iterator[tuple[str, str]]:
    for found in re.finditer(r"^```([a-z]+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        yield found[1], found[2]


def on_the_page(text: str) -> list[tuple[str, str]]:
    """Return (language, code) of the page's snippets, which do not name their language."""
    found = re.findall(r'<code id="code-\d+">(.*?)</code>', text, re.DOTALL)
    return list(zip([s.language for s in SNIPPETS], map(html.unescape, found), strict=True))


def run(language: str, code: str) -> None:
    """Run it as a reader would, in the release's folder."""
    if language == "sql":
        assert duckdb.connect().sql(code).fetchall()
    elif language == "python":
        exec(compile(code, "<snippet>", "exec"), {})
    else:
        assert language == "r"
        run_r(code)


def run_r(code: str) -> None:
    """Let R parse the code; run it if R has the packages that the code needs."""
    if RSCRIPT is None:
        return
    needed = sorted({*re.findall(r"library\((\w+)\)", code), *re.findall(r"(\w+)::", code)})
    names = ", ".join(f'"{name}"' for name in needed)
    there = f"all(sapply(c({names}), requireNamespace, quietly = TRUE))"
    script = f'if ({there}) {{\n{code}\n}} else parse(text = r"---({code})---")'
    subprocess.run([RSCRIPT, "--vanilla", "-e", script], check=True, capture_output=True, timeout=120)


def test_every_snippet_of_card_and_page_runs(
    made: Release, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    card = list(blocks((made.folder / "README.md").read_text(encoding="utf-8")))
    page = on_the_page((made.folder / "index.html").read_text(encoding="utf-8"))
    assert page == [(language, code.rstrip("\n")) for language, code in card]
    assert [language for language, _ in card] == [s.language for s in SNIPPETS]
    monkeypatch.chdir(made.folder)
    for language, code in page:
        run(language, code)
        assert "Ana Lume" in capsys.readouterr().out or language != "python"


def test_what_is_not_run_is_marked(made: Release) -> None:
    """R's packages are not in Debian: card and page say that those snippets were not run."""
    for name in ("README.md", "index.html"):
        text = (made.folder / name).read_text(encoding="utf-8")
        assert text.count(NOT_RUN) == sum(s.language == "r" for s in SNIPPETS)
    assert {s.note for s in SNIPPETS if s.language != "r"} == {""}


@pytest.mark.skipif(RSCRIPT is None, reason="no R here")
def test_r_would_refuse_a_broken_snippet() -> None:
    run_r("library(arrow)\nopen_dataset(1) |> count(x)")
    with pytest.raises(subprocess.CalledProcessError):
        run_r("library(arrow)\nopen_dataset(1) |> |> count(x")


def test_the_card_counts_what_the_files_hold(made: Release) -> None:
    text = (made.folder / "README.md").read_text(encoding="utf-8")
    quotes, documents = read(made, "quotes"), read(made, "documents")
    assert f"| quotations | {quotes.height} |" in text
    assert f"| articles | {documents.height} |" in text
    assert f"{documents['text'].null_count()} of {documents.height} articles have no open licence" in text
    lost = quotes["text"].null_count()
    assert lost
    assert f"| `quotes.text` | {lost} |" in text
    for table in PUBLISHED:
        assert f"| {made.rows[table.name]:,} |" in next(
            line for line in text.splitlines() if line.startswith(f"| [{table.name}.parquet]")
        )
        for column in table.published:
            assert f"| `{column.name}` |" in text


def test_the_card_says_how_often_the_rules_are_right(made: Release) -> None:
    text = (made.folder / "README.md").read_text(encoding="utf-8")
    assert benchmark_scores.table(benchmark_scores.read()) in text
    assert "## How to report an error" in text


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        ("all", "Nothing is withheld"),
        ("none", "this release was made to hold none"),
        ("licensed", "have no open licence"),
    ],
)
def test_the_card_says_why_something_is_withheld(tmp_path: Path, mode: str, said: str) -> None:
    text = (release(judged_store(tmp_path), Terms(mode)).folder / "README.md").read_text(encoding="utf-8")
    assert said in text


def test_the_front_matter_names_every_file(made: Release) -> None:
    import yaml

    _, front, _ = (made.folder / "README.md").read_text(encoding="utf-8").split("---\n", 2)
    card = yaml.safe_load(front)
    files = versions.record(made.folder).files | {"changes": [CHANGES_FILE]}
    assert {c["config_name"]: c["data_files"] for c in card["configs"]} == files
    assert [c["config_name"] for c in card["configs"] if c.get("default")] == ["quotes"]
    assert card["language"] == ["en"]
    assert card["license"] == "other"


def test_articles_under_an_open_licence_are_attributed(made: Release) -> None:
    text = (made.folder / "ATTRIBUTION.md").read_text(encoding="utf-8")
    assert "<https://council.example/7>" in text
    assert r"CC\-BY\-4\.0" in text
    assert "Harbour opens again" not in text


# --- hostile words


# What opens markup unless a backslash precedes it.
LIVE = re.compile(r"(?<!\\)(?:\\\\)*(<(?!https?://[\w./-]+>)|!\[|\]\(|\*\*\w|~~|\$)")


@pytest.mark.parametrize("name", ["README.md", "ATTRIBUTION.md", "CHANGES.md"])
def test_no_word_of_an_article_becomes_markup(hostile: Release, name: str) -> None:
    text = (hostile.folder / name).read_text(encoding="utf-8")
    for line in text.splitlines():
        assert not any(ch in line for ch in "\u202e\x00\x1b")
        if any(word in line for word in ("alert", "evil", "tracker", "calc", "DROP", "gone")):
            assert not LIVE.search(line), line
            assert "https://" not in line
    assert "<script" not in text


def test_tables_keep_their_columns(hostile: Release) -> None:
    lines = (hostile.folder / "README.md").read_text(encoding="utf-8").splitlines()
    for above, line in itertools.pairwise(lines):
        if above.startswith("|") and line.startswith("|"):
            assert len(re.findall(r"(?<!\\)\|", above)) == len(re.findall(r"(?<!\\)\|", line)), line


@given(st.text())
def test_escaped_markdown_is_one_line_of_literal_characters(text: str) -> None:
    escaped = escape.md(text)
    assert "\n" not in escaped
    assert not LIVE.search(escaped)
    assert not re.search(r"(?<!\\)(?:\\\\)*[|`\[\]<>]", escaped)
    assert html.unescape(re.sub(r"\\(.)", r"\1", escaped)) == visible(text)


@given(st.text())
def test_templates_escape_values(text: str) -> None:
    before, after = render("withdrawn.html", text="·").split("·")
    shown = render("withdrawn.html", text=text).removeprefix(before).removesuffix(after)
    assert not set("<>\"'") & set(shown)
    assert html.unescape(shown) == visible(text)
    listed = markdown("attribution.md", articles=[(text, None, None, None, "source", "CC0-1.0")])
    assert escape.md(shortened(text, 200)) in listed


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://a.example/b?c=d&e=f", True),
        ("http://a.example:8080/", True),
        ("javascript:alert(1)", False),
        ("https://a.example/<script>", False),
        ("https://a.example/ x", False),
        ("https://a.example/)[", False),
        ("", False),
        (None, False),
    ],
)
def test_only_ordinary_addresses_become_links(url: str | None, kept: bool) -> None:
    assert (escape.plain_url(url) == url) == (kept or url is None)


# --- the DuckDB copy


def test_the_copy_holds_the_same_rows_with_comments(made: Release) -> None:
    with duckdb.connect(str(made.folder / "onrecord.duckdb"), read_only=True) as connection:
        for table in PUBLISHED:
            ordered = ", ".join(f'"{name}"' for name in table.key)
            copied = pl.from_arrow(connection.sql(f"FROM {table.name} ORDER BY {ordered}").to_arrow_table())
            assert isinstance(copied, pl.DataFrame)
            assert copied.equals(read(made, table.name).sort(table.key))
        comments = dict(
            connection.execute("SELECT table_name || '.' || column_name, comment FROM duckdb_columns()").fetchall()
        )
        for table in PUBLISHED:
            for column in table.published:
                assert comments[f"{table.name}.{column.name}"] == column.description


def test_the_views_answer_their_questions(made: Release) -> None:
    with duckdb.connect(str(made.folder / "onrecord.duckdb"), read_only=True) as connection:
        said = connection.execute("SELECT speaker_name, text, publisher FROM who_said_what").fetchall()
        assert ("Ana Lume", "We open again,", "Delta News") in said
        assert all(text != "a long night" for _, text, _ in said)
        assert connection.execute("SELECT name, quotes, articles, outlets FROM speakers").fetchall() == [
            ("Ana Lume", 6, 2, 1)
        ]
        # Two articles of one outlet report it.
        assert connection.execute("FROM statements_across_outlets").fetchall() == []
        by = connection.execute("SELECT count(*) FROM said_by('ana lume')").fetchall()
        assert by == [(6,)]
        assert connection.execute("SELECT count(*) FROM quotes_with('open%')").fetchall() == [(0,)]
        assert connection.execute("SELECT count(*) FROM quotes_with('OPEN')").fetchall() == [(4,)]


def test_statements_across_outlets_are_those_of_several_known_outlets(tmp_path: Path) -> None:
    rows = factory.rows()
    for number, row in enumerate(rows["documents"]):
        row["publisher"] = f"Outlet {number}"
    folder = release(judged_store(tmp_path, rows)).folder
    with duckdb.connect(str(folder / "onrecord.duckdb"), read_only=True) as connection:
        across = connection.execute("SELECT text, documents, outlets FROM statements_across_outlets").fetchall()
    assert [len(outlets) for text, documents, outlets in across if (text, documents) == ("We open again,", 2)] == [2]


@pytest.mark.parametrize("query", ["FROM who_said_what", "FROM said_by('ana lume')"])
def test_a_terminal_shows_speaker_and_words(made: Release, query: str) -> None:
    with duckdb.connect(str(made.folder / "onrecord.duckdb"), read_only=True) as connection:
        shown = connection.sql(query)
        assert shown.columns[:2] == ["speaker_name", "text"]
        box = str(shown)
    assert "Ana Lume" in box
    assert "We open again," in box


def test_roles_and_aliases_stand_one_a_row(tmp_path: Path) -> None:
    rows = factory.rows()
    day = date(2026, 3, 14)
    given = {
        "roles": ["mayor", "poet"],
        "roles_mentions": [2, 1],
        "roles_first": [day, None],
        "roles_last": [day, None],
    }
    rows["entities"][0] |= given | {"aliases": ["A. L."], "aliases_mentions": [3]}
    who = rows["entities"][0]["entity_id"]
    folder = release(judged_store(tmp_path, rows)).folder
    with duckdb.connect(str(folder / "onrecord.duckdb"), read_only=True) as connection:
        roles = connection.execute("SELECT * EXCLUDE (name) FROM roles ORDER BY role").fetchall()
        assert roles == [(who, "mayor", 2, day, day), (who, "poet", 1, None, None)]
        assert connection.execute("SELECT * EXCLUDE (name) FROM aliases").fetchall() == [(who, "A. L.", 3)]


def test_hostile_words_are_words_in_the_copy(hostile: Release) -> None:
    with duckdb.connect(str(hostile.folder / "onrecord.duckdb"), read_only=True) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM entities").fetchall()]
        assert sorted(names) == sorted(HOSTILE[: len(names)])
        assert connection.execute("SELECT count(*) FROM said_by(?)", [HOSTILE[2]]).fetchall()


@pytest.mark.parametrize("name", ["plain", "a*b", "a[c]d", "a?x", 'it\'s "q"', "{a,b}", "[!a]", "new\nline", "a=1"])
def test_a_folder_s_name_is_no_pattern(tmp_path: Path, name: str) -> None:
    for folder in (name, "aXb", "acd", "aZx"):
        (tmp_path / folder).mkdir()
        pl.DataFrame({"folder": [folder]}).write_parquet(tmp_path / folder / "seen.parquet")
    with parquet.reader() as connection:
        parquet.attach(connection, tmp_path / name, {"seen": ["seen.parquet"]})
        assert connection.execute("FROM seen").fetchall() == [(name,)]


# --- readers


def rows_of(reader: str, path: Path) -> list[tuple[Any, ...]]:
    """Return a file's rows as Python values, as this reader gives them."""
    if reader == "polars":
        return pl.read_parquet(path).rows()
    if reader == "polars, lazily":
        return pl.scan_parquet(path).collect().rows()
    if reader == "duckdb":
        return duckdb.execute("FROM read_parquet(?)", [str(path)]).fetchall()
    if reader == "pandas":
        import pandas as pd

        frame = pd.read_parquet(path, dtype_backend="pyarrow")
        columns = [frame[name].array.__arrow_array__().to_pylist() for name in frame.columns]
        return list(zip(*columns, strict=True))
    from pyspark.sql import SparkSession

    settings = {"spark.ui.enabled": "false", "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    builder = SparkSession.builder.master("local[1]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    return [tuple(row) for row in builder.getOrCreate().read.parquet(str(path)).collect()]


@pytest.mark.parametrize("reader", ["polars", "polars, lazily", "duckdb", "pandas", "spark"])
def test_every_reader_has_the_same_values(made: Release, reader: str) -> None:
    """R's arrow is Arrow's own reader, the reference for the others. Spark is no dependency of ours."""
    import pyarrow.parquet as pq

    if reader == "spark":
        pytest.importorskip("pyspark")
    for table in PUBLISHED:
        path = made.folder / f"{table.name}.parquet"
        expected = [tuple(row.values()) for row in pq.read_table(path).to_pylist()]
        assert rows_of(reader, path) == expected
