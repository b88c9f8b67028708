"""Which rows of `quotes` count as said: the views, the page and the counts of speakers rest on them."""

from __future__ import annotations

from pipeline.contract.values import SURE_STATEMENT


def said(table: str = "") -> str:
    """A condition in SQL: statements in marks, and reported ones that are sure. `table`: the alias of `quotes`."""
    prefix = f"{table}." if table else ""
    return f"({prefix}class = 'statement' AND ({prefix}kind <> 'indirect' OR {prefix}confidence >= {SURE_STATEMENT}))"
