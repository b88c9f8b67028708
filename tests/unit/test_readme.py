"""README.md and docs/ are true: generated parts are up to date, queries run, commands and links exist."""

import re
from pathlib import Path

import duckdb
import pytest

from assets.cli import app
from assets.settings import ROOT, SAMPLE
from benchmarks import docs
from pipeline.contract import PUBLISHED
from warehouse.release.formats import benchmark_scores

README = ROOT / "README.md"
PAGES = (README, ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")))


def test_the_generated_parts_are_up_to_date() -> None:
    """To update them, run `python -m benchmarks.docs`."""
    assert list(docs.outdated(benchmark_scores.read())) == []
    used = {found["name"] for page in PAGES for found in docs._PART.finditer(page.read_text(encoding="utf-8"))}
    assert used == docs.PARTS.keys()


def test_a_part_that_is_out_of_date_is_written_again(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    page = tmp_path / "README.md"
    page.write_text("a <!-- generated: checks -->0 checks<!-- end --> b\n", encoding="utf-8")
    assert docs.write([], tmp_path) == [page]
    assert re.fullmatch(r"a <!-- generated: checks -->[1-9]\d+ checks \(.+\)<!-- end --> b\n", page.read_text("utf-8"))
    assert docs.write([], tmp_path) == []


def test_an_unknown_part_is_named() -> None:
    with pytest.raises(KeyError, match="weather"):
        docs.generated("<!-- generated: weather -->\n<!-- end -->", [])


def test_the_sample_has_as_many_articles_as_the_docs_say() -> None:
    lines = sum(len(p.read_text(encoding="utf-8").splitlines()) for p in SAMPLE.glob("*.jsonl"))
    assert lines + len(list(SAMPLE.glob("*.txt"))) == 11


def test_the_readme_is_short() -> None:
    assert len(README.read_text(encoding="utf-8")) < 6000


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_and_links_of_a_page_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert set(re.findall(r"uv run onrecord (\w+)", text)) - {"COMMAND"} <= app.commands.keys()
    targets = [target for target in re.findall(r"\]\(([^)\s#]+)[^)\s]*\)", text) if "://" not in target]
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_the_tutorial_names_every_table_of_words() -> None:
    page = (ROOT / "docs" / "fix-a-wrong-row.md").read_text(encoding="utf-8")
    known = {path.name for path in (ROOT / "pipeline" / "data" / "en").glob("*.tsv")}
    named = set(re.findall(r"`(\w+\.tsv)`", page))
    examples = {path.name for path in (ROOT / "tests" / "examples").glob("*.tsv")}
    assert known - named == set()
    assert named - known - examples == set()


@pytest.mark.parametrize("page", [README, ROOT / "docs" / "dataset.md"], ids=lambda page: page.name)
def test_a_query_names_columns_of_the_contract(page: Path) -> None:
    queries = re.findall(r"```sql\n(.*?)```", page.read_text(encoding="utf-8"), re.S)
    assert queries
    with duckdb.connect() as connection:
        for query in queries:
            for table in PUBLISHED:
                columns = ", ".join(f'NULL AS "{c.name}"' for c in table.published)
                query = query.replace(f"'{table.name}.parquet'", f"(SELECT {columns})")
            assert connection.execute(query).fetchall() == []
