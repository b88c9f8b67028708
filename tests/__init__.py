"""tests prove: one file a module, table-driven, one reason to fail each."""
