"""Compare onrecord with marks made by reading: `speakers.tsv` (who said it, is it a statement) and `said_days.tsv`
(when it was said). The articles are not ours: the marks hold positions in them, no words."""
