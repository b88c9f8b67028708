"""The corpus-wide stages in SQL: duplicates, entities, statements."""
