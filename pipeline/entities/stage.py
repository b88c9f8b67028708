"""documents, chains -> entities, resolutions, over all articles: see warehouse/corpus/entities.py."""

from pipeline.entities import CODE_VERSION
from pipeline.stage import Rules

RULES = Rules(version=CODE_VERSION, partial=True)
