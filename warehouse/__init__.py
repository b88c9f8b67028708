"""warehouse keeps: the only code that opens DuckDB, and the release that it hands out.

Belongs here: the store and its transactions, which pairs across the corpus are worth deciding on (SQL), the
release folder and its descriptions. Does not belong here: rules about text (pipeline), verdicts (expectations),
what runs when (assets).
"""
