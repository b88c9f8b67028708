"""Decide on the entities of the whole corpus in tasks, which write the entity of each facet.

A decision depends only on facets whose forms share keys, directly or through others (pipeline.entities.decisions).
Tasks on each part of the corpus write its forms with their keys, and its facets. Tasks for each partition of the forms
number them, tasks for each partition of the keys pair them. This process finds the groups of forms that pairs connect,
by integer numbers, and each task decides on the facets of some groups. The result is that of
warehouse.corpus.entity_candidates for all forms.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl

from pipeline import entities
from pipeline.entities import Candidates, Facet
from warehouse.corpus.entity_candidates import (
    MAX_DOCUMENTS,
    MAX_FORMS,
    SQL_IS_COMPANY,
    SQL_IS_PERSON,
    Pair,
    connected,
    without_large_groups,
)
from warehouse.shard_tasks import MAX_PARTITIONS, ShardTasks, ShardWriter, source
from warehouse.sql import fetch_one, query
from warehouse.temp_database import insert_rows

# Forms per task that decides, if there are few. Each reads the facets of all partitions.
FORMS = 5_000

_FORMS = """
SELECT form, bool_and(short) AS short, list_distinct(flatten(list(blocks))) AS blocks FROM {} GROUP BY form
"""
_FACETS = f"""
SELECT facet, min(form) AS form, min(country) AS country, min(offices) AS offices, min(middle) AS middle,
    min(struct_pack(day := coalesce(published_earliest, DATE '9999-12-31'), document_id := document_id)) AS first,
    min(document_id, {MAX_DOCUMENTS}) AS documents
FROM stored.chains JOIN stored.documents USING (document_id) GROUP BY facet
"""  # noqa: S608 - constants
_COMPANY = f"""
SELECT document_id, list(DISTINCT form) AS forms FROM stored.chains WHERE {SQL_IS_COMPANY} GROUP BY document_id
"""  # noqa: S608 - constants
# The facets of a partition of forms, from all parts.
_MERGED = f"""
SELECT number, facet, min(form) AS form, min(country) AS country, min(offices) AS offices, min(middle) AS middle,
    min(first) AS first, list_distinct(list_sort(flatten(list(documents)))[:{MAX_DOCUMENTS}]) AS documents
FROM ({{}}) JOIN forms USING (form) GROUP BY number, facet
"""  # noqa: S608 - constants
# The pairs of a partition of keys (warehouse.corpus.entity_candidates).
_PAIRS = f"""
WITH wide AS (SELECT block FROM keys WHERE NOT short GROUP BY block HAVING count(*) > {MAX_FORMS}),
keyed AS (FROM keys ANTI JOIN wide USING (block)),
named AS (FROM keyed WHERE NOT short)
SELECT a.number AS one, b.number AS other, true AS spelling
FROM named AS a JOIN named AS b ON a.block = b.block AND a.form < b.form AND starts_with(a.block, 'spelled ')
UNION SELECT a.number, b.number, false FROM keyed AS a JOIN named AS b ON a.block = b.block AND a.short
"""  # noqa: S608 - constants
# The facets of a task: those of its groups, and of the forms in no pair.
_THEIRS = """
CREATE TABLE facets AS
SELECT facets.* FROM {} AS facets LEFT JOIN {} AS groups USING (number)
WHERE coalesce("group", number) % {} = {}
"""
_PAIRED = """
CREATE TABLE paired AS
SELECT DISTINCT a.form AS one, b.form AS other, spelling
FROM {} AS pair JOIN facets AS a ON a.number = one JOIN facets AS b ON b.number = other
"""
_FOUND = f"""
SELECT facet, form, {SQL_IS_PERSON.format("form")} AS person, country, offices, middle, (first.day, first.document_id),
    documents
FROM facets
"""  # noqa: S608 - constants
_SEEN = f"""
SELECT document_id, forms FROM {{}} WHERE document_id IN (
    SELECT unnest(documents) FROM facets
    WHERE {SQL_IS_PERSON.format("form")} AND form IN (SELECT unnest([one, other]) FROM paired)
)
"""  # noqa: S608 - constants


def decide(parts: ShardTasks, temp: duckdb.DuckDBPyConnection) -> None:
    """Write the files `reassigned`: the entity of each facet."""
    parts.read(read_forms, partitions=parts.partitions)
    parts.match(number_forms, parts.partitions, partitions=parts.partitions)
    parts.match(pair_forms, parts.partitions)
    found = fetch_one(temp, f"SELECT count(DISTINCT number) FROM {parts.files('merged')}")  # noqa: S608
    assert found is not None
    pairs: list[Pair[int]] = query(temp, f"SELECT DISTINCT * FROM {parts.files('pairs')}").rows()  # noqa: S608
    kept = without_large_groups(pairs)
    schema = {"one": pl.Int64, "other": pl.Int64, "spelling": pl.Boolean}
    insert_rows(temp, "kept", pl.DataFrame(kept, schema, orient="row"))
    groups = pl.DataFrame(list(connected(kept).items()), {"number": pl.Int64, "group": pl.Int64}, orient="row")
    insert_rows(temp, "groups", groups)
    files = {name: parts.write(temp, name, f"FROM {name}") for name in ("kept", "groups")}
    tasks = min(max(-(-int(found[0]) // FORMS), 1), MAX_PARTITIONS)
    parts.match(decide_groups, tasks, tasks=tasks, **files)


def read_forms(connection: duckdb.DuckDBPyConnection, write: ShardWriter, partitions: int) -> None:
    """Write the forms of a part's chains with their keys, and its facets, both by form; and the forms in each of its
    articles that are evidence."""
    write.by_key(connection, "forms", _FORMS.format("stored.chains"), "form", partitions)
    write.by_key(connection, "facets", _FACETS, "form", partitions)
    write.query(connection, "company", _COMPANY)


def number_forms(connection: duckdb.DuckDBPyConnection, write: ShardWriter, number: int, partitions: int) -> None:
    """Number the forms of a partition; write them by key, and their facets."""
    forms = _FORMS.format(f"({write.partition('forms', number)})")
    connection.execute(
        f"CREATE TABLE forms AS SELECT {number << 32} + row_number() OVER (ORDER BY form) AS number, * FROM ({forms})"  # noqa: S608
    )
    keys = "SELECT number, form, short, unnest(blocks) AS block FROM forms"
    write.by_key(connection, "keys", keys, "block", partitions)
    write.query(connection, "merged", _MERGED.format(write.partition("facets", number)))


def pair_forms(connection: duckdb.DuckDBPyConnection, write: ShardWriter, number: int) -> None:
    """Write the pairs of forms that share a key of a partition."""
    connection.execute(f"CREATE TABLE keys AS {write.partition('keys', number)}")
    write.query(connection, "pairs", _PAIRS)


def decide_groups(
    connection: duckdb.DuckDBPyConnection, write: ShardWriter, number: int, tasks: int, kept: Path, groups: Path
) -> None:
    """Write the entities of some groups of forms. `kept`: a file with all pairs, `groups`: with the group of each form
    in a pair."""
    connection.execute(_THEIRS.format(write.written("merged"), source([groups]), tasks, number))
    connection.execute(_PAIRED.format(source([kept])))
    facets = [
        Facet(facet, form, person, country, tuple(offices), middle, first, tuple(documents))
        for facet, form, person, country, offices, middle, first, documents in connection.execute(_FOUND).fetchall()
    ]
    pairs = query(connection, "FROM paired").rows()
    company = connection.execute(_SEEN.format(write.written("company"))).fetchall()
    found = entities.decide(
        Candidates(
            facets,
            [(one, other) for one, other, spelling in pairs if spelling],
            [(one, other) for one, other, spelling in pairs if not spelling],
            {document: frozenset(forms) for document, forms in company},
        )
    )
    schema = {"facet": pl.String, "entity_id": pl.String}
    write.rows("reassigned", pl.DataFrame(list(found.items()), schema, orient="row"))
