"""Fixtures that several modules share."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from tests.support import factory
from tests.support.feed_server import Site, serving


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection to a valid store."""
    store = factory.filled_store(tmp_path_factory.mktemp("valid"))
    with store.open() as opened:
        opened.execute("SET threads = 1")
        yield opened


@pytest.fixture
def undone(connection: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """Roll back what a test changes."""
    connection.execute("BEGIN")
    yield connection
    connection.execute("ROLLBACK")


@pytest.fixture
def site() -> Iterator[Site]:
    """Run a web server on loopback."""
    with serving() as found:
        yield found


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reduce releases to Parquet files and checksums, for tests that do not need the descriptions."""
    monkeypatch.setattr("warehouse.release.publish.describe_release", lambda *_: None)
