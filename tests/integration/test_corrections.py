"""A user's corrections override the rules, survive every rebuild, and are published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner

from assets.build.incremental import derive_corpus, update_article_stages, update_from_raw_folder
from assets.cli import app
from assets.settings import Settings
from pipeline.contract import ids
from pipeline.corrections import CorrectionError, aliases, parse
from pipeline.stages import CORPUS_STAGES, DOCUMENT_STAGES, STAGES
from warehouse.store import Store

DOC = ids.document_id("harbour.txt")
OTHER = ids.document_id("council.txt")
HARBOUR = (
    "Harbour reopens after the storm\n\n"
    "The harbour will reopen on Monday, Marta Quell said. “The cranes are safe,” she told the Gazette. "
    "Ilan Brandt disagreed. “Nothing there is safe at all,” Quell said.\n\n"
    "The so-called “iron gate” was closed in March 2021, and the clerk said that it would stay shut.\n"
)
COUNCIL = "“We shall pay for the cranes,” M. Quell said on Friday. The council meets again in May.\n"


def line(*fields: str) -> str:
    return "\t".join(fields)


def quote_id(words: str, kind: str = "direct", document: str = DOC) -> str:
    (name,) = ids.quote_ids(document, [(kind, words)])
    return name


NOT_SAFE = quote_id("Nothing there is safe at all,")
NOTE = "the desk, heard it"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("speaker\tx", "line 1: expected five tab-separated fields"),
        (line("speaker", DOC, NOT_SAFE, "", NOTE), "line 1: expected five tab-separated fields"),
        (line("spoken", DOC, NOT_SAFE, "A", NOTE), "line 1: spoken is not one of"),
        (line("speaker", "harbour.txt", NOT_SAFE, "A", NOTE), r"harbour\.txt is not a document_id"),
        (line("speaker", DOC, "12", "A", NOTE), "12 is not a quote_id"),
        (line("speaker", DOC, NOT_SAFE, "A\x1b[0m", NOTE), "a control character"),
        (line("not-a-quote", DOC, NOT_SAFE, "other words", NOTE), "the words do not match the quote_id"),
        (line("date", DOC, f"{OTHER}:d1-2", "2020-12-29", NOTE), "is not a date_id of this document"),
        (line("date", DOC, f"{DOC}:d1-2", "29/12/2020", NOTE), "neither a day"),
        (line("published", DOC, "-", "2020-02-30", NOTE), "neither a day"),
        (line("published", DOC, "-", "2020-12-29/2020-12-01", NOTE), "neither a day"),
        (line("published", DOC, "x", "2020-12-29", NOTE), "the third field must be - for a publication date"),
        (line("same", "PEOPLE", "Q", "Marta Quell", NOTE), "PEOPLE is not one of"),
        ("\n# x\n" + line("speaker", DOC, NOT_SAFE, "A", NOTE) + "\n" + line("speaker", DOC, NOT_SAFE, "B", NOTE),
         "line 4: line 3 already corrects the same"),
        (line("not-a-quote", DOC, NOT_SAFE, "Nothing there is safe at all", NOTE) + "\n"
         + line("speaker", DOC, NOT_SAFE, "B", NOTE), "line 2: line 1 already corrects the same"),
    ],
)  # fmt: skip
def test_a_wrong_line_is_refused_by_its_number(text: str, said: str) -> None:
    with pytest.raises(CorrectionError, match=said):
        parse(text.splitlines())


def test_names_that_are_the_same_keep_their_line() -> None:
    lines = parse(["# names", "", line("same", "PERSON", "M. Quell", "Marta Quell", NOTE)])
    assert aliases(lines) == ["", "", line("PERSON", "Marta Quell", "M. Quell", "-", NOTE)]


def built(settings: Settings) -> Store:
    """Run every stage, without Dagster."""
    store = Store(settings.warehouse)
    update_from_raw_folder(store, settings, lambda _: None)
    update_article_stages(store, DOCUMENT_STAGES, STAGES, settings, lambda _: None)
    for stage in CORPUS_STAGES:
        derive_corpus(store, stage, settings, lambda _: None)
    return store


def tables(store: Store) -> dict[str, pl.DataFrame]:
    names = ("documents", "quotes", "dates", "entities", "statements", "corrections", "mentions")
    return {name: store.read(f"SELECT * FROM published.{name} ORDER BY ALL") for name in names}  # noqa: S608


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, dict[str, pl.DataFrame]]:
    """Return a warehouse of two articles, uncorrected."""
    folder = tmp_path_factory.mktemp("plain")
    raw = folder / "raw"
    raw.mkdir()
    (raw / "harbour.txt").write_text(HARBOUR, encoding="utf-8")
    (raw / "council.txt").write_text(COUNCIL, encoding="utf-8")
    settings = Settings(raw=raw, warehouse=folder / "warehouse", engine="inline")
    return settings, tables(built(settings))


@pytest.fixture(scope="module")
def corrected(plain: tuple[Settings, Mapping[str, Any]]) -> tuple[Settings, dict[str, pl.DataFrame]]:
    """Return the same warehouse with its user's corrections."""
    settings, before = plain
    day = before["dates"].filter(pl.col("text").str.contains("March 2021"))["date_id"][0]
    clause = before["quotes"].filter(pl.col("kind") == "indirect", pl.col("speaker") == "the clerk")
    words = [
        line("speaker", DOC, NOT_SAFE, "Ilan Brandt", NOTE),
        line("not-a-quote", DOC, clause["quote_id"][0], clause["text"][0], NOTE),
        line("date", DOC, day, "2021-03-04", NOTE),
        line("published", OTHER, "-", "2026-10-05/2026-10-07", NOTE),
        line("same", "PERSON", "M. Quell", "Marta Quell", NOTE),
        line("date", DOC, f"{DOC}:d0-1", "2021-03-04", "a row that is not there"),
    ]
    file = settings.raw.parent / "corrections.tsv"
    file.write_text("# what the desk knows\n" + "\n".join(words) + "\n", encoding="utf-8")
    after = replace(settings, corrections=file)
    return after, tables(built(after))


type Built = tuple[Settings, dict[str, pl.DataFrame]]


def test_the_rules_gave_it_to_another(plain: Built) -> None:
    (speaker,) = plain[1]["quotes"].filter(pl.col("quote_id") == NOT_SAFE)["speaker"]
    assert speaker == "Quell"


def test_a_corrected_speaker_stands_where_the_article_names_them(corrected: Built) -> None:
    (row,) = corrected[1]["quotes"].filter(pl.col("quote_id") == NOT_SAFE).to_dicts()
    assert (row["speaker"], row["speaker_basis"], row["confidence"]) == ("Ilan Brandt", "corrected", 1.0)
    (text,) = corrected[1]["documents"].filter(pl.col("document_id") == DOC)["text"]
    assert text[row["speaker_start"] : row["speaker_end"]] == "Ilan Brandt"
    assert row["speaker_name"] == "Ilan Brandt"


def test_what_is_no_quote_is_gone(plain: Built, corrected: Built) -> None:
    gone = set(plain[1]["quotes"]["quote_id"]) - set(corrected[1]["quotes"]["quote_id"])
    assert len(gone) == 1
    assert corrected[1]["statements"]["text"].str.contains("stay shut").sum() == 0


def test_a_corrected_day_is_the_day(corrected: Built) -> None:
    (row,) = corrected[1]["dates"].filter(pl.col("basis") == "corrected").to_dicts()
    assert (row["value"], row["earliest"], row["latest"]) == ("2021-03-04", date(2021, 3, 4), date(2021, 3, 4))


def test_a_corrected_publication_moves_what_stands_on_it(plain: Built, corrected: Built) -> None:
    article = corrected[1]["documents"].filter(pl.col("document_id") == OTHER).to_dicts()[0]
    assert article["published_basis"] == "corrected"
    assert (article["published_earliest"], article["published_latest"]) == (date(2026, 10, 5), date(2026, 10, 7))
    friday = pl.col("text").str.contains("Friday") & (pl.col("document_id") == OTHER)
    days = [of[1]["dates"].filter(friday)["earliest"][0] for of in (plain, corrected)]
    assert days == [None, date(2026, 10, 2)]


def test_two_names_become_one(plain: Built, corrected: Built) -> None:
    def speakers(of: Built) -> int:
        quell = pl.col("speaker_name").str.contains("Quell")
        return of[1]["quotes"].filter(quell)["speaker_entity_id"].n_unique()

    assert (speakers(plain), speakers(corrected)) == (2, 1)


def test_each_correction_says_whether_its_row_was_there(corrected: Built) -> None:
    assert corrected[1]["corrections"]["applied"].to_list() == [True, True, True, True, True, False]


def test_a_rebuild_from_nothing_gives_the_same(corrected: Built, tmp_path: Path) -> None:
    again = tables(built(replace(corrected[0], warehouse=tmp_path / "again")))
    assert all(again[name].equals(frame) for name, frame in corrected[1].items())


def test_only_the_corrected_articles_are_made_again(plain: Built, tmp_path: Path) -> None:
    settings = replace(plain[0], warehouse=tmp_path / "warehouse")
    built(settings)
    file = tmp_path / "c.tsv"
    file.write_text(line("speaker", DOC, NOT_SAFE, "-", NOTE), encoding="utf-8")
    settings = replace(settings, corrections=file)
    store = Store(settings.warehouse)
    update_from_raw_folder(store, settings, lambda _: None)
    computed = [
        outcome.computed for outcome in update_article_stages(store, DOCUMENT_STAGES, STAGES, settings, lambda _: None)
    ]
    assert computed == [1] * len(DOCUMENT_STAGES)
    speakers = store.read("SELECT speaker, speaker_basis FROM stored.quotes WHERE quote_id = ?", [NOT_SAFE]).rows()
    assert speakers == [(None, "none")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("speaker", "line 1: expected five tab-separated fields"),
        (line("same", "GPE", "France", "Spain", NOTE), "line 1: France names Spain"),
    ],
)
def test_a_build_refuses_a_wrong_file_before_it_begins(plain: Built, tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "wrong.tsv"
    file.write_text(text, encoding="utf-8")
    words = ["build", "--raw", plain[0].raw, "--warehouse", tmp_path / "w", "--corrections", file]
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert (result.exit_code, said in result.output, str(file) in result.output) == (1, True, True), result.output
    assert not (tmp_path / "w").exists()
