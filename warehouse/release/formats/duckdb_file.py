"""Write onrecord.duckdb: a release's tables in one file, with comments, views and macros, from its Parquet files.

A table in parts is a view over them, which is read where the release is: DuckDB looks for the files in the working
folder and in its setting `file_search_path`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from pipeline.contract import Table
from warehouse.release import parquet, parts
from warehouse.release.formats.descriptions import required, tables_of
from warehouse.release.statement_filter import is_statement_sql
from warehouse.release.versions import Record
from warehouse.sql import SQL_TYPES, literal, quoted, transaction

FILE = "onrecord.duckdb"

# name -> (comment, query). Who and what come first, the outlet last: a terminal leaves out the middle columns.
VIEWS: dict[str, tuple[str, str]] = {
    "who_said_what": (
        "Who said what, with article and day: direct and mixed quotations, and indirect statements of high confidence.",
        f"""
        SELECT q.speaker_name, q.text, q.kind, q.said_earliest, q.said_latest, q.said_basis, q.speaker_role,
            q.speaker_role_basis, q.speaker, q.cue, q.venue,
            d.title, d.published_on, d.source, d.url, s.text AS sentence, q.confidence, q.speaker_entity_id,
            q.statement_id, q.document_id, q.quote_id, d.publisher, q.said_confidence
        FROM quotes AS q
        JOIN documents AS d ON d.document_id = q.document_id
        LEFT JOIN sentences AS s ON s.sentence_id = q.sentence_id
        WHERE {is_statement_sql("q")}
        """,  # noqa: S608
    ),
    "speakers": (
        "One row a speaker known by name: how often quoted, in how many articles and outlets, between which days.",
        f"""
        SELECT e.entity_id, e.name, e.label, e.country, e.roles, count(*) AS quotes,
            count(DISTINCT q.document_id) AS articles, count(DISTINCT d.publisher) AS outlets,
            count(DISTINCT q.statement_id) AS statements, min(q.said_earliest) AS first_said, max(q.said_latest) AS
            last_said
        FROM quotes AS q
        JOIN entities AS e ON e.entity_id = q.speaker_entity_id
        JOIN documents AS d ON d.document_id = q.document_id
        WHERE {is_statement_sql("q")}
        GROUP BY ALL
        """,  # noqa: S608
    ),
    "statements_across_outlets": (
        "Statements reported by more than one known outlet, with these outlets; copies of articles are "
        "counted separately.",
        """
        SELECT e.name AS speaker_name, s.text, s.quotes, s.documents,
            count(DISTINCT q.document_id) FILTER (d.duplicate_of IS NULL) AS original_documents,
            s.first_published_earliest, s.statement_id,
            list_sort(list(DISTINCT d.publisher) FILTER (d.publisher IS NOT NULL)) AS outlets
        FROM statements AS s
        JOIN quotes AS q ON q.statement_id = s.statement_id
        JOIN documents AS d ON d.document_id = q.document_id
        LEFT JOIN entities AS e ON e.entity_id = s.speaker_entity_id
        WHERE s.documents > 1
        GROUP BY ALL HAVING count(DISTINCT d.publisher) > 1
        """,
    ),
    "dates_in_conflict": (
        "Events and utterances that two articles date differently, with their words as far as they are published.",
        """
        SELECT c.kind, c.event, s.text AS statement, c.days_apart,
            list_sort(list_transform(c.entities, lambda e: names.of[e])) AS entities,
            coalesce(a.text, p.text) AS first_text, c.first_earliest, c.first_latest, one.text AS first_sentence,
            c.first_document_id, c.first_start, c.first_end,
            coalesce(b.text, q.text) AS second_text, c.second_earliest, c.second_latest, other.text AS second_sentence,
            c.second_document_id, c.second_start, c.second_end
        FROM date_conflicts AS c
        CROSS JOIN (SELECT map(list(entity_id), list(name)) AS of FROM entities) AS names
        LEFT JOIN statements AS s ON s.statement_id = c.statement_id
        LEFT JOIN dates AS a ON a.date_id = c.first_id
        LEFT JOIN quotes AS p ON p.quote_id = c.first_id
        LEFT JOIN sentences AS one ON one.sentence_id = coalesce(a.sentence_id, p.sentence_id)
        LEFT JOIN dates AS b ON b.date_id = c.second_id
        LEFT JOIN quotes AS q ON q.quote_id = c.second_id
        LEFT JOIN sentences AS other ON other.sentence_id = coalesce(b.sentence_id, q.sentence_id)
        """,
    ),
    "roles": (
        "One row a role that the articles give a person or an organisation: how often, and between which days.",
        """
        SELECT entity_id, name, unnest(roles) AS role, unnest(roles_mentions) AS mentions,
            unnest(roles_first) AS first_published, unnest(roles_last) AS last_published
        FROM entities
        """,
    ),
    "aliases": (
        "One row another name of a person, an organisation or a place, and how often it is used.",
        """
        SELECT entity_id, name, unnest(aliases) AS alias, unnest(aliases_mentions) AS mentions FROM entities
        """,
    ),
}
# name -> (arguments, query, comment). Words are matched literally, not as patterns.
MACROS: dict[str, tuple[str, str, str]] = {
    "said_by": (
        "who",
        """
        SELECT * FROM who_said_what WHERE speaker_entity_id IN (
            SELECT entity_id FROM entities
            WHERE lower(name) = lower(who) OR list_contains(list_transform(aliases, lambda a: lower(a)), lower(who))
        )
        """,
        "Quotations of the speaker with that name or alias.",
    ),
    "quotes_with": (
        "wanted",
        "SELECT * FROM who_said_what WHERE contains(lower(text), lower(wanted))",
        "Quotations that contain these words.",
    ),
}


def write(folder: Path, alive: Callable[[object], None], release: Path, record: Record) -> None:
    """Write onrecord.duckdb in the folder, from the Parquet files of a release."""
    alive(record)
    file = str(folder / FILE)
    with duckdb.connect(file, config={"memory_limit": parquet.MEMORY}) as connection, TemporaryDirectory() as place:
        # DuckDB looks for relative names there. A link, because a comma in a folder's name would divide the setting.
        (Path(place) / "release").symlink_to(release.resolve())
        connection.execute(f"SET file_search_path = {literal(f'{place}/release')}")
        with transaction(connection):
            _fill(connection, release, record)


def _fill(connection: duckdb.DuckDBPyConnection, release: Path, record: Record) -> None:
    for table in tables_of(record):
        names = ", ".join(quoted(c.name) for c in table.published)
        files = record.files[table.name]
        if parts.in_parts(files):
            read = f"read_parquet({literal(parts.pattern(table.name, files))}, hive_partitioning = false)"
            connection.execute(f"CREATE VIEW {quoted(table.name)} AS SELECT {names} FROM {read}")  # noqa: S608
        else:
            connection.execute(_ddl(table))
            connection.execute(
                f"INSERT INTO {quoted(table.name)} ({names}) "  # noqa: S608
                f"SELECT {names} FROM read_parquet(?, hive_partitioning = false)",
                [parquet.glob_literal(release / files[0])],
            )
        for statement in _comments(table, "VIEW" if parts.in_parts(files) else "TABLE"):
            connection.execute(statement)
    for name, (comment, sql) in VIEWS.items():
        connection.execute(f"CREATE VIEW {name} AS {sql}")
        connection.execute(f"COMMENT ON VIEW {name} IS {literal(comment)}")
    for name, (arguments, sql, comment) in MACROS.items():
        connection.execute(f"CREATE MACRO {name}({arguments}) AS TABLE {sql}")
        connection.execute(f"COMMENT ON MACRO TABLE {name} IS {literal(comment)}")


def _ddl(table: Table) -> str:
    columns = ", ".join(
        f"{quoted(c.name)} {SQL_TYPES[c.kind]}{' NOT NULL' if required(c) else ''}" for c in table.published
    )
    return f"CREATE TABLE {quoted(table.name)} ({columns})"


def _comments(table: Table, kind: str) -> list[str]:
    """Return COMMENT statements. They use only words of the contract: no word of an article becomes SQL."""
    about = f"{table.description} One row is {table.grain}."
    return [
        f"COMMENT ON {kind} {quoted(table.name)} IS {literal(about)}",
        *(
            f"COMMENT ON COLUMN {quoted(table.name)}.{quoted(c.name)} IS {literal(c.description)}"
            for c in table.published
        ),
    ]
