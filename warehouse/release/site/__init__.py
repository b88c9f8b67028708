"""The pages of a release: index, dictionary, charts, search."""
