"""Five real articles, if they are beside the project: taken in whole, attributed, and no text published."""

import json
from pathlib import Path

import duckdb
import polars as pl
import pytest

from assets.cli.build_output import run_build
from assets.settings import Settings
from tests.support.gold import MISSING, gold_file
from warehouse.store import Store

GOLD = gold_file("seeds/quotes.jsonl")
SEEDS = Path() if GOLD is None else GOLD.parents[2] / "seeds"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(GOLD is None, reason=MISSING),
]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(raw=SEEDS, warehouse=tmp_path_factory.mktemp("seeds"))
    assert run_build(settings) == 0
    return settings


def table(settings: Settings, name: str) -> pl.DataFrame:
    return pl.read_parquet(settings.warehouse / "releases" / "latest" / f"{name}.parquet")


def test_all_five_are_taken_in(built: Settings) -> None:
    assert len(table(built, "documents")) == 5
    assert table(built, "refusals").is_empty()


def test_who_said_what(built: Settings) -> None:
    """Compare exact words and the speaker's surname with the gold; a scare quote is no quotation."""
    quotes = table(built, "quotes").join(table(built, "documents").select("document_id", "source"), on="document_id")
    found = {(row["source"], row["text"]): row for row in quotes.to_dicts() if row["kind"] in ("direct", "mixed")}
    direct, right = 0, []
    assert GOLD is not None
    for line in GOLD.read_text(encoding="utf-8").splitlines():
        gold = json.loads(line)
        raw = (SEEDS / gold["doc"]).read_bytes().decode("utf-8")
        # Our quotation has no comma before the closing mark.
        row = found.get((gold["doc"], raw[gold["start"] + 1 : gold["end"] - 1].rstrip(",")))
        if gold["kind"] == "scare":
            assert row is None
        elif gold["kind"] == "direct":
            direct += 1
            if row and row["speaker_name"] and set(gold["speaker"].split()[-1:]) & set(row["speaker_name"].split()):
                right.append(gold["start"])
    assert direct == 15
    assert len(right) >= 14


def test_no_prose_of_an_article_without_a_licence_is_given_away(built: Settings) -> None:
    documents = table(built, "documents")
    closed = documents.filter(pl.col("licence").is_null())
    assert len(closed) == 3
    assert closed["text"].null_count() == 3
    folder = built.warehouse / "releases" / "latest"
    texts = [p.read_text(encoding="utf-8") for p in folder.rglob("*") if p.suffix in {".md", ".json", ".html", ".js"}]
    for path in folder.glob("*.parquet"):
        frame = pl.read_parquet(path)
        texts += [json.dumps(frame.to_dicts(), ensure_ascii=False, default=str)]
    with duckdb.connect(str(folder / "onrecord.duckdb"), read_only=True) as connection:
        for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall():
            rows = connection.table(name).fetchall()
            texts += [json.dumps(rows, ensure_ascii=False, default=str)]
    given = "\n".join(texts)
    sentences = Store(built.warehouse).read(
        "SELECT s.text FROM stored.sentences AS s JOIN stored.documents AS d USING (document_id) "
        "WHERE d.licence IS NULL AND s.role = 'body' AND NOT EXISTS (FROM stored.quotes AS q "
        "WHERE q.document_id = s.document_id AND q.kind <> 'indirect' AND q.start < s.end AND s.start < q.end) "
        "AND NOT EXISTS (FROM stored.sentences AS o JOIN stored.documents AS f USING (document_id) "
        "WHERE f.licence IS NOT NULL AND o.text = s.text)"
    )["text"]
    prose = [text for text in sentences if len(text.split()) >= 8]
    assert len(prose) > 20
    assert [text for text in prose if text in given or json.dumps(text)[1:-1] in given] == []
