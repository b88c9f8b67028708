"""The annotated articles, which are not ours to ship, and how the model reads them here.

ONRECORD_GOLD             the folder
ONRECORD_PARSE_SENTENCES  as for a build: the scores show the effect of the setting
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from assets.settings import from_environment
from pipeline.document import Document
from pipeline.mentions.providers import with_names
from pipeline.parses import parses
from pipeline.quotes.selection import sentences_to_parse
from pipeline.sentences import split

# A file that every such folder has.
_MARKER_FILE = "score_quotes.py"


def gold_folder() -> Path:
    """Return the folder of the annotated articles. Raises FileNotFoundError."""
    named = os.environ.get("ONRECORD_GOLD")
    if not named:
        raise FileNotFoundError("set ONRECORD_GOLD to the folder of the annotated articles")
    if not (Path(named) / _MARKER_FILE).is_file():
        raise FileNotFoundError(f"no {_MARKER_FILE} in {named}: ONRECORD_GOLD must name the annotated articles")
    return Path(named)


def scorer(name: str) -> Any:
    """Return one of the gold's own scorers, as a module."""
    folder = str(gold_folder())
    if folder not in sys.path:
        sys.path.append(folder)
    return importlib.import_module(name)


def documents(texts: Sequence[str]) -> Iterator[Document]:
    """Yield the texts with their sentences and their parses, in order."""
    settings = from_environment()
    cut = [(text, split(text)) for text in texts]
    found = parses(cut, settings.model, sentences_to_parse if settings.parse_sentences == "quoted" else None)
    read = (Document.of(*each, parse) for each, parse in zip(cut, found, strict=True))
    return with_names(read, settings.names)
