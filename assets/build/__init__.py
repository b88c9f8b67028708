"""How tables are updated: intake, pending documents in chunks, corpus-wide stages, the engines."""
