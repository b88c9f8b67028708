"""Changes to the internals of Dagster and Great Expectations, one a module."""
