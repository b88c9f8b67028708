"""The CPU time of a release grows at most linearly with its articles; its memory hardly grows."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from benchmarks import generated
from benchmarks.release import alone, in_parts
from warehouse.store import Store


def test_generated_stores_fit_the_contract(tmp_path: Path) -> None:
    """Spans match their words, and every quotation has a speaker and a statement."""
    small, large = Store(tmp_path / "small"), Store(tmp_path / "large")
    generated.fill(small, 3)
    generated.fill(large, 5)
    for store, articles in ((small, 3), (large, 5)):
        assert store.read("SELECT count(*) AS n FROM published.documents")["n"].item() == articles
        assert store.read("SELECT count(*) AS n FROM published.quotes")["n"].item() == articles * generated.QUOTES
    for table in ("quotes", "mentions", "dates", "sentences"):
        rows = f"FROM published.{table} AS t LEFT JOIN published.documents AS d USING (document_id)"
        moved = 'substr(d.text, t."start" + 1, t."end" - t."start") IS DISTINCT FROM t.text'
        assert large.read(f"SELECT count(*) AS n {rows} WHERE {moved}")["n"].item() == 0
    lost = "SELECT count(*) AS n FROM published.quotes WHERE speaker_name IS NULL OR statement_id IS NULL"
    assert large.read(lost)["n"].item() == 0


def test_a_changed_article_changes_one_file(tmp_path: Path) -> None:
    """All other parts are linked. Tables of one file are written again."""
    generated.fill(Store(tmp_path), 40)
    found = in_parts(tmp_path, 100)
    whole = sum(path.is_file() for path in (tmp_path / "second").glob("*.parquet"))
    assert found["linked"] == found["files"] - whole - 1
    assert found["linked"] > 100


@pytest.mark.apart
def test_a_release_grows_with_its_articles_and_no_faster(tmp_path: Path) -> None:
    """Ten times the articles, at most twelve times the CPU and 1.2 times the memory. Measured: 2.9 and 1.08."""
    found = []
    for articles in (400, 4_000):
        generated.fill(Store(tmp_path / str(articles)), articles)
        found.append(alone(tmp_path / str(articles)))
    small, large = found
    assert large["quotes"] == 10 * small["quotes"]
    assert large["cpu_seconds"] < 12 * small["cpu_seconds"]
    assert large["peak_mb"] < 1.2 * small["peak_mb"]
    assert large["index_html_kb"] < 1.2 * small["index_html_kb"]
    (release,) = (path for path in (tmp_path / "4000" / "releases").iterdir() if not path.is_symlink())
    with duckdb.connect(str(release / "onrecord.duckdb"), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM quotes").fetchall() == [(large["quotes"],)]
