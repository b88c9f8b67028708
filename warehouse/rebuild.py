"""Copy only the rows of our tables into a new database. Everything else that a backup may hold is left behind.

DuckDB runs a database's own SQL when its objects are used: views instead of tables, macros named like functions,
generated columns, defaults. Any of them may read a file or an address. So no object is copied, only rows of tables in
`stored`, and the mark. Meanwhile DuckDB may open no file and no address, and load no extension.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from pipeline.contract import BOOKKEEPING_TABLES, STORED
from warehouse.migration import ddl
from warehouse.sql import SQL_TYPES, StoreError, literal, quoted
from warehouse.text import one_line

_TABLES = {table.name: table for table in (*STORED, *BOOKKEEPING_TABLES)}
_MARK = ("main", "onrecord")
_CLOSED: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}


def copy_rows_only(given: Path, fresh: Path) -> list[str]:
    """Write a database `fresh` with the rows of `given`. Returns what was not copied, as `schema.name`, sorted.

    Tables of another shape than the contract's are copied unchanged: opening the store migrates them. Raises StoreError
    if `given` is no database, is damaged, or has none of our tables.
    """
    with given.open("rb") as file:
        if file.read(12)[8:] != b"DUCK":  # DuckDB would look for an extension to read another kind of database
            raise StoreError(f"{given.name}: not a DuckDB database")
    try:
        with duckdb.connect(str(fresh), config=_CLOSED) as connection:
            connection.execute(f"ATTACH {literal(given)} AS given (READ_ONLY)")
            connection.execute("SET enable_external_access = false")
            connection.execute("SET lock_configuration = true")
            wanted = [one for one in _objects(connection, "tables", "table") if one == _MARK or one[0] == "stored"]
            if not any(schema == "stored" for schema, _ in wanted):
                raise StoreError(f"{given.name}: has no table of onrecord's")
            connection.execute("CREATE SCHEMA stored")
            for schema, name in wanted:
                _copy(connection, schema, name)
            left = {*_objects(connection, "tables", "table"), *_objects(connection, "views", "view")} - {*wanted}
            left = {one for one in left if one[0] != "published"}
            left |= {*_objects(connection, "functions", "function"), *_objects(connection, "sequences", "sequence")}
            connection.execute("DETACH given")
    except duckdb.Error as error:
        raise StoreError(f"{given.name}: its rows cannot be read: {one_line(error)}") from error
    return sorted(f"{schema}.{name}" for schema, name in left)


def _objects(connection: duckdb.DuckDBPyConnection, many: str, one: str) -> list[tuple[str, str]]:
    """Return schema and name of the given database's own objects of a kind."""
    sql = (
        f"SELECT DISTINCT schema_name, {one}_name FROM duckdb_{many}() "  # noqa: S608 - words of ours
        f"WHERE database_name = 'given' {'' if many == 'sequences' else 'AND NOT internal'} ORDER BY ALL"
    )
    return [(str(schema), str(name)) for schema, name in connection.execute(sql).fetchall()]


def _copy(connection: duckdb.DuckDBPyConnection, schema: str, name: str) -> None:
    place = f"{quoted(schema)}.{quoted(name)}"
    table = _TABLES.get(name) if schema == "stored" else None
    if table is not None:
        columns = dict(
            connection.execute(
                "SELECT column_name, data_type FROM duckdb_columns() "
                "WHERE database_name = 'given' AND schema_name = 'stored' AND table_name = ?",
                [name],
            ).fetchall()
        )
        if columns == {column.name: SQL_TYPES[column.kind] for column in table.stored}:
            names = ", ".join(quoted(column.name) for column in table.stored)
            connection.execute(ddl(table))
            try:
                connection.execute(f"INSERT INTO {place} ({names}) SELECT {names} FROM given.{place}")  # noqa: S608
                return
            except duckdb.ConstraintException:  # an older table with fewer constraints
                connection.execute(f"DROP TABLE {place}")
    connection.execute(f"CREATE TABLE {place} AS FROM given.{place}")
