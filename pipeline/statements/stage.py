"""documents, quotes, entities -> statements, utterances, over all articles: see warehouse/corpus/statements.py."""

from pipeline.stage import Rules
from pipeline.statements import CODE_VERSION

RULES = Rules(version=CODE_VERSION, partial=True)
