"""entities.ftm.json: who is quoted where, in the model of FollowTheMoney (https://followthemoney.tech), for Aleph,
OpenAleph and yente.

A quoted person or organisation is an entity; an article is an `Article`; a `Documentation` joins the two with the role
"quoted" and the number of quotations.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import duckdb

from warehouse.release.formats.exports.rows import fetched, without_nulls, write_lines
from warehouse.release.site.escape import plain_url
from warehouse.release.statement_filter import is_statement_sql

FILE = "entities.ftm.json"
_SCHEMATA = {"PERSON": "Person", "ORG": "Organization"}
_LABELS = ", ".join(f"'{label}'" for label in _SCHEMATA)
_QUOTED = (
    "FROM quotes AS q JOIN entities AS e ON e.entity_id = q.speaker_entity_id "
    f"WHERE {is_statement_sql('q')} AND e.label IN ({_LABELS})"
)
_WIKIDATA = re.compile(r"Q[1-9][0-9]{0,11}")


def write(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Write one entity a line: entities, articles, then the joins, each in the order of their ids."""
    write_lines(path, chain(_entities(connection), _articles(connection), _documentation(connection)))


def _entity(kind: str, name: str, schema: str, properties: dict[str, Any]) -> dict[str, Any]:
    """Return an entity of FollowTheMoney: every property is a list of strings."""
    known = without_nulls(properties)
    lists = {key: [str(v) for v in value] if isinstance(value, list) else [str(value)] for key, value in known.items()}
    return {"id": f"onrecord-{kind}-{name}", "schema": schema, "properties": lists}


def _entities(connection: duckdb.DuckDBPyConnection) -> Iterator[dict[str, Any]]:
    sql = f"FROM entities WHERE entity_id IN (SELECT q.speaker_entity_id {_QUOTED}) ORDER BY entity_id"
    for row in fetched(connection, sql):
        roles = "position" if row["label"] == "PERSON" else "summary"
        country = row["country"]
        yield _entity(
            "entity",
            row["entity_id"],
            _SCHEMATA[row["label"]],
            {
                "name": row["name"],
                "alias": row["aliases"],
                roles: row["roles"],
                "country": country.lower() if country else None,
                "wikidataId": row["wikidata"] if _WIKIDATA.fullmatch(row["wikidata"] or "") else None,
            },
        )


def _articles(connection: duckdb.DuckDBPyConnection) -> Iterator[dict[str, Any]]:
    sql = f"FROM documents WHERE document_id IN (SELECT q.document_id {_QUOTED}) ORDER BY document_id"
    for row in fetched(connection, sql):
        yield _entity(
            "document",
            row["document_id"],
            "Article",
            {
                "title": row["title"] or row["source"],
                "publisher": row["publisher"],
                "sourceUrl": plain_url(row["url"]),
                "publishedAt": row["published_on"],
            },
        )


def _documentation(connection: duckdb.DuckDBPyConnection) -> Iterator[dict[str, Any]]:
    sql = f"SELECT q.document_id, q.speaker_entity_id, count(*) AS quotes {_QUOTED} GROUP BY ALL ORDER BY ALL"
    for row in fetched(connection, sql):
        document, entity = row["document_id"], row["speaker_entity_id"]
        yield _entity(
            "quoted",
            f"{document}-{entity}",
            "Documentation",
            {
                "document": f"onrecord-document-{document}",
                "entity": f"onrecord-entity-{entity}",
                "role": "quoted",
                "summary": f"{row['quotes']} quotations",
            },
        )
