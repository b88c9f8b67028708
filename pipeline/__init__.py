"""pipeline thinks: pure functions from text to rows, on Python values and Polars frames.

Belongs here: the contract (`tables`), what it becomes in memory (`schema`), the names of rows (`ids`),
what makes two texts copies (`copies`) and one
module a stage of the road, in this order: read, clean, sentences, parse, mentions, expressions, publication,
quotes, dates, entities, statements. A stage may import those before it, never one after it.
Does not belong here: Dagster, DuckDB, Great Expectations, settings, anything that writes.
"""
