"""Marks by reading, and what onrecord finds beside them: `speakers.tsv` (who said it, is it a statement) and
`said_days.tsv` (when it was said). The articles are not ours: the marks hold places in them, no words."""
