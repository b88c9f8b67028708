"""The contract's checks of each published table, and the Great Expectations suite made of them.

Prose columns are judged on the store's views, where nothing is withheld, so they are required here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from expectations.check import Check, Scope, Severity
from pipeline.contract import BY_NAME, PUBLISHED, Column, Table
from pipeline.stages import DOCUMENT_TABLES
from warehouse.sql import SQL_TYPES, literal, quoted

if TYPE_CHECKING:
    from great_expectations import ExpectationSuite

type Kind = Literal[
    "columns", "types", "key", "not_null", "unique", "enum", "minimum", "maximum", "pattern", "refers_to"
]
# Checks of each row by itself, run in one pass over the table.
ROWWISE: frozenset[Kind] = frozenset({"not_null", "enum", "minimum", "maximum", "pattern"})
# Great Expectations has no such expectation on a frame; it receives the violating rows and expects none.
NOT_ON_FRAME: frozenset[Kind] = frozenset({"types", "refers_to"})


@dataclass(frozen=True, slots=True)
class ContractCheck:
    """One check that follows from the contract. `column` is None if it is about the whole table."""

    id: str
    table: str
    description: str
    severity: Severity
    kind: Kind
    column: str | None = None

    @property
    def check(self) -> Check:
        """The public description."""
        return Check(self.id, self.table, self.description, self.severity, self.scope, contract=True)

    @property
    def scope(self) -> Scope:
        """What a violating row depends on: its document alone if the document's own stages write the column."""
        if self.column is None or self.table not in DOCUMENT_TABLES:
            return "corpus"
        column = BY_NAME[self.table].column(self.column)
        if column.where != "both":
            return "corpus"
        if self.kind in ROWWISE:
            return "row"
        return "document" if self.kind == "refers_to" and self.target in DOCUMENT_TABLES else "corpus"

    @property
    def by_document(self) -> bool:
        """Whether it checks single documents."""
        return self.scope != "corpus"

    @property
    def by_shard(self) -> bool:
        """Whether the violating rows of the corpus are those of each shard (BuiltinSqlCheck.by_shard)."""
        if self.by_document or self.table not in DOCUMENT_TABLES:
            return False
        return self.kind in ROWWISE or (self.kind == "refers_to" and self.target not in DOCUMENT_TABLES)

    @property
    def by_key(self) -> bool:
        """Whether it compares keys of rows of all documents."""
        if self.by_document or self.table not in DOCUMENT_TABLES:
            return False
        return self.kind == "key" or (self.kind == "refers_to" and self.target in DOCUMENT_TABLES)

    @property
    def target(self) -> str:
        """The table that its column refers to; empty if none."""
        return (BY_NAME[self.table].column(self.column).refers_to or "").partition(".")[0] if self.column else ""


def contract_checks(table: Table) -> tuple[ContractCheck, ...]:
    """Return the contract's checks of a published table, in its order. One violating row of any blocks a release."""
    names = ", ".join(c.name for c in table.published)
    out = [
        _contract_check(table, "columns", None, f"The columns are exactly {names}, in this order."),
        _contract_check(table, "types", None, "Every column has the type that the contract gives it."),
        _contract_check(table, "key", None, f"No two rows have the same {' and '.join(table.key)}."),
    ]
    for column in table.published:
        out += _of_column(table, column)
    return tuple(out)


def _of_column(table: Table, column: Column) -> list[ContractCheck]:
    name = column.name
    checks: list[tuple[Kind, str]] = []
    if column.required:
        checks.append(("not_null", f"{name} is never null."))
    if column.unique and table.key != (name,):
        checks.append(("unique", f"Values of {name} are unique."))
    if column.enum is not None:
        checks.append(("enum", f"{name} is one of {', '.join(column.enum)}."))
    if column.minimum is not None:
        checks.append(("minimum", f"{name} is at least {column.minimum:g}."))
    if column.maximum is not None:
        checks.append(("maximum", f"{name} is at most {column.maximum:g}."))
    if column.pattern is not None:
        checks.append(("pattern", f"{name} fully matches {column.pattern}."))
    if column.refers_to is not None:
        checks.append(("refers_to", f"Every {name} exists in {column.refers_to}."))
    return [_contract_check(table, kind, name, description) for kind, description in checks]


def _contract_check(table: Table, kind: Kind, column: str | None, description: str) -> ContractCheck:
    name = kind if column is None else f"{column}_{kind}"
    return ContractCheck(f"{table.name}_{name}", table.name, description, "error", kind, column)


CONTRACT_CHECKS: tuple[ContractCheck, ...] = tuple(check for table in PUBLISHED for check in contract_checks(table))


def violation_condition(check: ContractCheck) -> str:
    """Return the SQL condition that is true for a row that violates a check of rows.

    Names and limits come from the contract. Raises ValueError for a check of a table.
    """
    if check.column is None or check.kind not in ROWWISE:
        raise ValueError(f"{check.id} is not about one row")
    column = BY_NAME[check.table].column(check.column)
    name = quoted(column.name)
    match check.kind:
        case "not_null":
            return f"{name} IS NULL"
        case "enum":
            return f"{name} NOT IN ({', '.join(literal(v) for v in column.enum or ())})"
        # DuckDB orders NaN above every number, so NaN breaks a maximum, as it should.
        case "minimum":
            return f"{name} < {column.minimum}"
        case "maximum":
            return f"{name} > {column.maximum}"
        case _:
            return f"NOT regexp_full_match({name}, {literal(column.pattern or '')})"


def violating_rows_sql(check: ContractCheck) -> str:
    """Return SQL for the rows that violate the check: the table's key and the wrong value."""
    table = BY_NAME[check.table]
    source = published(table.name)
    key = ", ".join(quoted(k) for k in table.key)
    match check.kind:
        case "columns" | "types":
            return _shape(table, check.kind)
        case "key":
            return f"SELECT {key}, count(*) AS times FROM {source} GROUP BY {key} HAVING count(*) > 1"  # noqa: S608
        case "unique":
            name = quoted(check.column or "")
            return f"SELECT {name}, count(*) AS times FROM {source} GROUP BY {name} HAVING count(*) > 1"  # noqa: S608
        case _:
            return violating_rows_of_sql(check, published)


def published(table: str) -> str:
    """Return the view of a published table."""
    return f"published.{quoted(table)}"


def violating_rows_of_sql(check: ContractCheck, place: Callable[[str], str]) -> str:
    """Return SQL for the rows that violate a check of rows or references: document, key and the wrong value. `place`
    maps a table to the SQL name of the relation to read."""
    table = BY_NAME[check.table]
    column = table.column(check.column or "")
    document = ["document_id"] if any(c.name == "document_id" for c in table.published) else []
    shown = ", ".join(f"row.{quoted(name)}" for name in dict.fromkeys((*document, *table.key, column.name)))
    source = f"SELECT {shown} FROM {place(table.name)} AS row"  # noqa: S608
    if check.kind != "refers_to":
        return f"{source} WHERE {violation_condition(check)}"
    target, _, target_column = (column.refers_to or "").partition(".")
    # A reference within a document must find its row in the same document.
    same = " AND target.document_id = row.document_id" if check.scope == "document" else ""
    return (
        f"{source} WHERE row.{quoted(column.name)} IS NOT NULL AND NOT EXISTS (FROM {place(target)} AS target "
        f"WHERE target.{quoted(target_column)} = row.{quoted(column.name)}{same})"
    )


def _shape(table: Table, kind: Kind) -> str:
    """Return SQL for columns that the view or the contract lacks at that place, or that have another type."""
    rows = ", ".join(
        f"({n}, {literal(c.name)}, {literal(SQL_TYPES[c.kind])})" for n, c in enumerate(table.published, 1)
    )
    wrong = "has.name IS NULL OR meant.name IS NULL" if kind == "columns" else "has.type <> meant.type"
    on = "has.place = meant.place AND has.name = meant.name" if kind == "columns" else "has.name = meant.name"
    return (
        f'SELECT coalesce(has.name, meant.name) AS "column", has.type AS found, meant.type AS expected FROM ('  # noqa: S608
        "SELECT ordinal_position AS place, column_name AS name, data_type AS type FROM information_schema.columns "
        "WHERE table_catalog = current_database() AND table_schema = 'published' "
        f"AND table_name = {literal(table.name)}) AS has "
        f"FULL JOIN (VALUES {rows}) AS meant(place, name, type) ON {on} WHERE {wrong}"
    )


def suite(table: Table, only: Collection[str] | None = None) -> ExpectationSuite:
    """Return the contract checks of a table that can run on a frame of its rows (`only` these ids), as a Great
    Expectations suite named after it. Each expectation has `meta={"id": check.id}`. Requires an existing data
    context."""
    from great_expectations import ExpectationSuite

    inside = [
        check
        for check in contract_checks(table)
        if check.kind not in NOT_ON_FRAME and (only is None or check.id in only)
    ]
    return ExpectationSuite(name=table.name, expectations=[_expectation(table, check) for check in inside])


def _expectation(table: Table, check: ContractCheck) -> Any:
    import great_expectations.expectations as gxe

    given: dict[str, Any] = {
        "meta": {"id": check.id},
        "description": check.description,
        "severity": "critical",
    }
    if check.kind == "columns":
        return gxe.ExpectTableColumnsToMatchOrderedList(column_list=[c.name for c in table.published], **given)
    if check.kind == "key" and len(table.key) > 1:
        return gxe.ExpectCompoundColumnsToBeUnique(column_list=list(table.key), **given)
    column = table.column(check.column or table.key[0])
    match check.kind:
        case "not_null":
            return gxe.ExpectColumnValuesToNotBeNull(column=column.name, **given)
        case "key" | "unique":
            return gxe.ExpectColumnValuesToBeUnique(column=column.name, **given)
        case "enum":
            return gxe.ExpectColumnValuesToBeInSet(column=column.name, value_set=list(column.enum or ()), **given)
        case "minimum":
            return gxe.ExpectColumnValuesToBeBetween(column=column.name, min_value=column.minimum, **given)
        case "maximum":
            return gxe.ExpectColumnValuesToBeBetween(column=column.name, max_value=column.maximum, **given)
        case _:
            # `$` would accept a line break at the end; DuckDB's full match does not.
            return gxe.ExpectColumnValuesToMatchRegex(column=column.name, regex=f"^(?:{column.pattern})$", **given)
