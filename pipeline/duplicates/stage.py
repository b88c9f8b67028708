"""documents -> duplicates, over all articles: see warehouse/corpus/duplicates.py."""

from pipeline.duplicates import CODE_VERSION
from pipeline.stage import Rules

RULES = Rules(version=CODE_VERSION, partial=True)
