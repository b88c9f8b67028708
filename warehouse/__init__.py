"""Store the tables in DuckDB, and write releases. No other package opens DuckDB.

Belongs here: the store and its transactions, the SQL of the corpus-wide stages, the release folder and its
descriptions. Does not belong here: rules about text (pipeline), checks (expectations), what runs when (assets).
"""
