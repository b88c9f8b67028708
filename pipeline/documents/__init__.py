"""raws -> documents, edits: clean text, title, author, publisher, day of publication and licence."""
