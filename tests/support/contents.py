"""What a reader of a folder's files can find in them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow.parquet as pq


def contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the name of every file below a folder with its bytes, and with the rows of Parquet and DuckDB files."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield path.name, path.read_bytes()
            if path.suffix == ".parquet":
                yield path.name, repr(pq.read_table(path).to_pylist()).encode()
            if path.suffix == ".duckdb":
                with duckdb.connect(str(path), read_only=True) as connection:
                    for schema, name in connection.execute(
                        "SELECT schema_name, table_name FROM duckdb_tables()"
                    ).fetchall():
                        yield path.name, repr(connection.table(f'{schema}."{name}"').fetchall()).encode()
