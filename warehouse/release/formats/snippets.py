"""First queries on a release, to copy from the card and the page. A test runs each of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Snippet:
    """Code in a language (the name of a Markdown fence), for a tool. `note`: what a reader has to know first."""

    tool: str
    language: str
    code: str
    note: str = ""


# Debian has no R package for Parquet or DuckDB: a test parses the code, and runs it if the packages are installed.
NOT_RUN = "not run by our tests, which have no R package for Parquet or DuckDB; only its syntax is checked"

SQL = """\
SELECT q.speaker_name, q.text, q.said_latest, d.publisher, d.source
FROM 'quotes.parquet' AS q
JOIN 'documents.parquet' AS d USING (document_id)
WHERE q.speaker_name IS NOT NULL AND q.class = 'statement'
    AND (q.kind <> 'indirect' OR q.confidence >= 0.6)
ORDER BY q.speaker_name, q.said_latest"""

SNIPPETS: tuple[Snippet, ...] = (
    Snippet("DuckDB", "sql", SQL),
    Snippet(
        "DuckDB, on the one file with everything in it",
        "python",
        """\
import duckdb

with duckdb.connect("onrecord.duckdb", read_only=True) as connection:
    print(connection.sql("FROM who_said_what LIMIT 10"))""",
    ),
    Snippet(
        "Polars",
        "python",
        """\
import polars as pl

quotes = pl.scan_parquet("quotes.parquet")
speakers = (
    quotes.filter(
        pl.col("class") == "statement",
        (pl.col("kind") != "indirect") | (pl.col("confidence") >= 0.6),
        pl.col("speaker_name").is_not_null(),
    )
    .group_by("speaker_name")
    .agg(pl.len().alias("quotes"), pl.col("document_id").n_unique().alias("articles"))
    .sort("quotes", "speaker_name", descending=[True, False])
    .collect()
)
print(speakers)""",
    ),
    Snippet(
        "pandas",
        "python",
        """\
import pandas as pd

quotes = pd.read_parquet("quotes.parquet")
documents = pd.read_parquet("documents.parquet", columns=["document_id", "publisher", "published_on"])
print(quotes.merge(documents, on="document_id")[["speaker_name", "text", "publisher", "published_on"]].head())""",
    ),
    Snippet(
        "R, with arrow and dplyr",
        "r",
        """\
library(arrow)
library(dplyr)

open_dataset("quotes.parquet") |>
  filter(!is.na(speaker_name)) |>
  count(speaker_name, sort = TRUE) |>
  collect()""",
        NOT_RUN,
    ),
    Snippet(
        "R, with duckdb",
        "r",
        """\
library(DBI)

connection <- dbConnect(duckdb::duckdb(), dbdir = "onrecord.duckdb", read_only = TRUE)
dbGetQuery(connection, "FROM speakers ORDER BY quotes DESC LIMIT 10")
dbDisconnect(connection, shutdown = TRUE)""",
        NOT_RUN,
    ),
)
