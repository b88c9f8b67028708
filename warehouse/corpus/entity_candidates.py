"""Find the forms across the corpus that need a decision: SQL over `stored.chains`.

Facets and pairs grow no faster than the corpus's names: a key of more than MAX_FORMS full names makes no pairs.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Sequence

import duckdb
import polars as pl

from pipeline.entities import Candidates, Facet
from warehouse.sql import query
from warehouse.text import counted

LOG = logging.getLogger("onrecord")
# Two forms (or numbers of them), and whether they may be spellings of one name.
type Pair[Form] = tuple[Form, Form, bool]

# Skip keys shared by more full names than this ("surname smith"): they make no pairs.
MAX_FORMS = 40
# Forms that share keys, directly or through others, are decided on together. Keys that connect more forms than this are
# ignored: each of these forms becomes a separate entity.
MAX_FORMS_PER_GROUP = 20_000
# Articles of a facet from which the names in the same articles are read.
MAX_DOCUMENTS = 10
# SQL: whether a form is that of a person who is not in the reference data; chains whose names are evidence for others.
SQL_IS_PERSON = "(starts_with({0}, 'PERSON ') AND NOT contains({0}, ' = '))"
SQL_IS_COMPANY = "(sure AND label IN ('PERSON', 'ORG', 'LAW'))"

_SCOPE = """
WITH RECURSIVE changed AS (SELECT unnest($changed) AS document_id),
keyed AS (
    SELECT document_id, form, short, unnest(blocks) AS block FROM stored.chains
    UNION ALL
    SELECT document_id, form, true, unnest(blocks) FROM stored.resolutions SEMI JOIN changed USING (document_id)
),
-- what stands in articles that have not changed stood there before and stands there now
held AS (SELECT * FROM keyed ANTI JOIN changed USING (document_id)),
wide AS (
    SELECT block FROM (SELECT DISTINCT block, form FROM held WHERE NOT short)
    GROUP BY block HAVING count(*) > $most
),
linked AS (SELECT DISTINCT form, block FROM keyed ANTI JOIN wide USING (block)),
reached AS (
    SELECT form FROM stored.chains SEMI JOIN changed USING (document_id)
    UNION
    SELECT form FROM stored.resolutions SEMI JOIN changed USING (document_id)
    UNION
    SELECT other.form FROM reached
    JOIN linked AS mine ON mine.form = reached.form
    JOIN linked AS other ON other.block = mine.block
)
SELECT form FROM reached ORDER BY form
"""
_FACETS = f"""
SELECT facet, min(form), {SQL_IS_PERSON.format("min(form)")}, min(country), min(offices), min(middle),
    min((coalesce(published_earliest, DATE '9999-12-31'), document_id)), list_distinct(min(document_id, $most))
FROM stored.chains JOIN stored.documents USING (document_id) SEMI JOIN scope USING (form)
GROUP BY facet ORDER BY facet
"""  # noqa: S608 - constants
_PAIRS = """
WITH forms AS (SELECT form, bool_and(short) AS short FROM stored.chains GROUP BY form),
every AS (
    SELECT form, short, block
    FROM (SELECT DISTINCT form, unnest(blocks) AS block FROM stored.chains) JOIN forms USING (form)
),
wide AS (SELECT block FROM every WHERE NOT short GROUP BY block HAVING count(*) > $most),
-- whoever is in the scope is there with all that share a key
keyed AS (SELECT * FROM every SEMI JOIN scope USING (form) ANTI JOIN wide USING (block)),
named AS (SELECT form, block FROM keyed WHERE NOT short),
pairs AS (
    SELECT a.form AS one, b.form AS other, true AS spelling
    FROM named AS a JOIN named AS b ON a.block = b.block AND a.form < b.form AND starts_with(a.block, 'spelled ')
    UNION
    SELECT a.form, b.form, false FROM keyed AS a JOIN named AS b ON a.block = b.block AND a.short
)
SELECT one, other, spelling FROM pairs ORDER BY ALL
"""
_COMPANY = f"""
SELECT document_id, list(DISTINCT form)
FROM stored.chains SEMI JOIN seen USING (document_id) WHERE {SQL_IS_COMPANY} GROUP BY document_id
"""  # noqa: S608 - constants


def scope(connection: duckdb.DuckDBPyConnection, changed: Sequence[str]) -> pl.DataFrame:
    """Return the name forms (column form) affected by these articles: in them now, in them when they were last
    resolved, or connected with one of these through shared keys."""
    return query(connection, _SCOPE, {"changed": list(changed), "most": MAX_FORMS})


def forms(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Return all forms: the scope of a full rebuild."""
    return query(connection, "SELECT DISTINCT form FROM stored.chains ORDER BY form")


def candidates(connection: duckdb.DuckDBPyConnection, scope: pl.DataFrame) -> Candidates:
    """Return the facets and pairs of these forms that need a decision."""
    connection.register("scope", scope.to_arrow())
    try:
        facets = [
            Facet(facet, form, person, country, tuple(offices), middle, first, tuple(documents))
            for facet, form, person, country, offices, middle, first, documents in connection.execute(
                _FACETS, {"most": MAX_DOCUMENTS}
            ).fetchall()
        ]
        pairs: list[Pair[str]] = connection.execute(_PAIRS, {"most": MAX_FORMS}).fetchall()
    finally:
        connection.unregister("scope")
    pairs = without_large_groups(pairs)
    spellings = [(one, other) for one, other, spelling in pairs if spelling]
    shorts = [(one, other) for one, other, spelling in pairs if not spelling]
    weighed = {form for one, other, _ in pairs for form in (one, other)}
    seen = {document for facet in facets if facet.person and facet.form in weighed for document in facet.documents}
    return Candidates(facets, spellings, shorts, _cooccurring_forms(connection, seen))


def without_large_groups[Form](pairs: Sequence[Pair[Form]]) -> list[Pair[Form]]:
    """Return the pairs that `limit_groups` keeps, and log how many forms it leaves out."""
    kept, left_out = limit_groups(pairs)
    if left_out:
        LOG.warning(
            "entities: %s are connected through shared keys, more than the %s that are compared in one group: "
            "each becomes an entity of its own",
            counted(left_out, "name", "names"),
            f"{MAX_FORMS_PER_GROUP:,}",
        )
    return kept


def limit_groups[Form](pairs: Sequence[Pair[Form]], most: int | None = None) -> tuple[list[Pair[Form]], int]:
    """Return the pairs whose connected forms number at most `most` (default: MAX_FORMS_PER_GROUP), and how many forms
    are in larger groups. Neither depends on the order of the pairs."""
    most = MAX_FORMS_PER_GROUP if most is None else most
    groups = connected(pairs)
    sizes = Counter(groups.values())
    kept = [pair for pair in pairs if sizes[groups[pair[0]]] <= most]
    return kept, sum(size for size in sizes.values() if size > most)


def connected[Form](pairs: Iterable[Pair[Form]]) -> dict[Form, Form]:
    """Return each form of the pairs with one that represents all forms connected with it."""
    first: dict[Form, Form] = {}

    def of(form: Form) -> Form:
        while (above := first.setdefault(form, form)) != form:
            first[form] = first[above]
            form = above
        return form

    for one, other, _ in pairs:
        first[of(one)] = of(other)
    return {form: of(form) for form in tuple(first)}


def _cooccurring_forms(connection: duckdb.DuckDBPyConnection, documents: Iterable[str]) -> dict[str, frozenset[str]]:
    """Return article -> the people, bodies and laws in it, by form."""
    connection.register(
        "seen", pl.DataFrame({"document_id": sorted(set(documents))}, {"document_id": pl.String}).to_arrow()
    )
    try:
        return {document: frozenset(found) for document, found in connection.execute(_COMPANY).fetchall()}
    finally:
        connection.unregister("seen")
