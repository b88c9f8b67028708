"""documents, quotes, dates, events, duplicates, entities, statements -> date_bounds, date_conflicts, over all articles:
see warehouse/corpus/date_bounds.py."""

from pipeline import dates, expressions
from pipeline.date_bounds import CODE_VERSION
from pipeline.stage import Rules

RULES = Rules(version=f"{expressions.CODE_VERSION}.{dates.CODE_VERSION}.{CODE_VERSION}", partial=True)
