"""Run texts through the stages of single articles, and find the structural checks that their rows break."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from assets.settings import Settings
from expectations.check_state import Changed
from expectations.findings import BUILTIN_CHECKS, BuiltinCheck, count_violations, document_results
from expectations.suites import ContractCheck
from pipeline.contract import BY_NAME, ids
from pipeline.contract.schema import frame
from pipeline.stages import DOCUMENT_TABLES, run_stages
from warehouse.store import Store
from warehouse.writes import insert

type Rows = dict[str, list[dict[str, Any]]]

_READ = re.compile(r"\b(?:stored|published)\.(\w+)")
# These depend on what the whole corpus gives each row.
_OF_CORPUS = ("mentions_have_entity", "quotes_chains_have_entities", "quotes_have_statement")


def _of_articles(check: BuiltinCheck) -> bool:
    """Return whether a structural check reads only what an article's own stages write."""
    if isinstance(check, ContractCheck):
        return check.by_document
    if check.id in _OF_CORPUS:
        return False
    return (
        check.thresholds is None
        and "document_id" in check.sql
        and set(_READ.findall(check.sql)) <= set(DOCUMENT_TABLES)
    )


CHECKS = tuple(check for check in BUILTIN_CHECKS if _of_articles(check))


def extracted(texts: Mapping[str, str], published: str | None = None) -> Rows:
    """Extract source -> text, as rows of DOCUMENT_TABLES. `published` is the record's field of that name."""
    documents = run_stages([_raw(source, text, published) for source, text in texts.items()], Settings())
    return {name: [row for document in documents for row in document[name]] for name in DOCUMENT_TABLES}


def _raw(source: str, text: str, published: str | None) -> dict[str, Any]:
    digest = hashlib.sha256(text.encode()).hexdigest()
    return {
        **dict.fromkeys(column.name for column in BY_NAME["raws"].stored),
        "origin": source,
        "path": source,
        "document_id": ids.document_id(source),
        "source": source,
        "content_sha256": digest,
        "record_sha256": digest,
        "encoding": "utf-8",
        "bytes": len(text.encode()),
        "extractor": "text",
        "extractor_version": "1",
        "known_published": published,
        "standing": True,
        "text": text,
    }


@contextmanager
def empty(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield an open store without rows."""
    with Store(folder).open() as connection:
        connection.execute("SET threads = 1")
        yield connection


def violations(connection: duckdb.DuckDBPyConnection, found: Rows) -> dict[str, Sequence[Any]]:
    """Return check -> examples of the rows that break it, or why it could not run. The store stays unchanged."""
    connection.execute("BEGIN")
    try:
        for name, content in found.items():
            insert(connection, BY_NAME[name], frame(BY_NAME[name].stored, content))
        due = {row["document_id"]: row["content_sha256"] for row in found["documents"]}
        counted = count_violations(connection, CHECKS, Changed(due, (), len(due)), ())
        looked = document_results(connection, CHECKS, counted)
    finally:
        connection.execute("ROLLBACK")
    return {name: f.examples or (f.broken,) for name, f in looked.found.items() if f.found or f.broken}
