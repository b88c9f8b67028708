"""How tables are brought up to date: intake, pending documents in chunks, corpus-wide stages, the engines."""
