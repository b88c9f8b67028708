"""Find the article of a web page and its metadata."""
