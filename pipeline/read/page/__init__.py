"""Web pages: which part is the article, and what the page says of it."""
