"""raws -> documents, edits: the clean text, and title, author, publisher, day and licence."""
