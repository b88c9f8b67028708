"""The condition for rows of `quotes` that count as said, for the views, the page and the counts of speakers."""

from __future__ import annotations

from pipeline.contract.values import SURE_STATEMENT


def is_statement_sql(table: str = "") -> str:
    """Return the SQL condition: direct, mixed, and confident indirect statements. `table`: the alias of `quotes`."""
    prefix = f"{table}." if table else ""
    return f"({prefix}class = 'statement' AND ({prefix}kind <> 'indirect' OR {prefix}confidence >= {SURE_STATEMENT}))"
