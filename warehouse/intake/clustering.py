"""Sort raw records in the order of their documents.

Stages read documents in the order of their ids, which are hashes. Unsorted, the records of 800 documents are spread
over the whole table, and DuckDB reads all of it.
"""

from __future__ import annotations

import duckdb

from warehouse.sql import fetch_one, transaction

# Fewer new records take at most 25 queries: scanning the table so often costs less than sorting it.
MIN_RECORDS = 20_000
# One in so many neighbours may be out of order: sorted records to which a few others were added.
OUT_OF_ORDER = 100

# Memory for the sort; the rest spills to disk. It includes the index of the records' origins, some 80 bytes a record.
MEMORY = "512MB"

# Records that have no document yet.
_NEW = """
FROM stored.raws ANTI JOIN (FROM stored.ledger WHERE stage = 'documents') USING (document_id)
"""
_ORDER = f"""
SELECT count(*), count(*) FILTER (document_id < before)
FROM (SELECT document_id, lag(document_id) OVER (ORDER BY rowid) AS before {_NEW})
"""  # noqa: S608 - a constant of this module


def cluster(connection: duckdb.DuckDBPyConnection, fewest: int = MIN_RECORDS) -> int:
    """Sort the new raw records by document, if they are many and unsorted, in one transaction. Returns how many were
    moved. Digests and counts of changes do not depend on the order of rows."""
    row = fetch_one(connection, _ORDER)
    assert row is not None
    new, descents = map(int, row)
    if new < fewest or descents * OUT_OF_ORDER <= new:
        return 0
    connection.execute(f"SET memory_limit = '{MEMORY}'")
    try:
        with transaction(connection):
            connection.execute(f"CREATE OR REPLACE TEMP TABLE moved AS SELECT * {_NEW}")
            connection.execute("DELETE FROM stored.raws WHERE document_id IN (SELECT document_id FROM moved)")
            connection.execute("INSERT INTO stored.raws BY NAME FROM moved ORDER BY document_id, origin")
            connection.execute("DROP TABLE moved")
    finally:
        connection.execute("RESET memory_limit")
    return new
