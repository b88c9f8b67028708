"""The temporary memory limit of large queries."""

import duckdb
import pytest

from warehouse.temp_database import limit_memory

_LARGE = "SELECT count(*) FROM (SELECT n::VARCHAR AS name, max(n) FROM range(2_000_000) AS r(n) GROUP BY ALL)"


def _settings(connection: duckdb.DuckDBPyConnection) -> tuple[object, ...] | None:
    return connection.execute(
        "SELECT current_setting('memory_limit'), current_setting('preserve_insertion_order')"
    ).fetchone()


def test_a_bounded_query_leaves_the_database_as_it_was() -> None:
    with duckdb.connect() as connection:
        before = _settings(connection)
        with limit_memory(connection):
            assert connection.execute(_LARGE).fetchone() == (2_000_000,)
            assert _settings(connection) == ("122.0 MiB", False)
        assert _settings(connection) == before


def test_the_bound_goes_where_the_query_fails() -> None:
    with duckdb.connect() as connection:
        before = _settings(connection)
        with pytest.raises(duckdb.Error), limit_memory(connection):
            connection.execute("SELECT no_such_column")
        assert _settings(connection) == before
