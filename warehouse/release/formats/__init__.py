"""Files beside the Parquet files: data package, Croissant, card, citation, one DuckDB file."""
