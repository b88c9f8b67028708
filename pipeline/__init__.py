"""Text to rows: pure functions on Python values and Polars frames.

    stages      every stage, in the order of the data
    contract    every table and column; schemas, ids
    data        words, names and patterns as tables
    read        files to raw records
    documents, sentences, parses, mentions, chains, quotes, dates, duplicates, entities, statements   the stages
    document, expressions, reference, corrections   what several stages use

Does not belong here: Dagster, DuckDB, Great Expectations, anything that writes.
"""
