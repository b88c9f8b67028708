"""The rules of date_bounds and date_conflicts over all articles, from documents, quotes, dates, events, duplicates,
entities and statements; see warehouse/corpus/date_bounds.py."""

from pipeline import dates, expressions
from pipeline.date_bounds import CODE_VERSION
from pipeline.stage import Rules

RULES = Rules(version=f"{expressions.CODE_VERSION}.{dates.CODE_VERSION}.{CODE_VERSION}", partial=True)
