"""The annotated articles, which are not ours to ship, and how the model reads them here.

ONRECORD_GOLD             the folder; by default ../shared/gold beside the project
ONRECORD_PARSE_SENTENCES  as for a build: what a setting costs shows in the scores
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from assets.settings import from_environment
from pipeline.parses import Parse, parses
from pipeline.quotes.selection import telling
from pipeline.sentences import Sentence

# What stands in each such folder.
_SIGN = "score_quotes.py"


def gold_folder() -> Path:
    """Where the annotated articles are. Raises FileNotFoundError."""
    folder = Path(os.environ.get("ONRECORD_GOLD", Path(__file__).parents[2] / "shared" / "gold"))
    if not (folder / _SIGN).is_file():
        raise FileNotFoundError(f"no gold in {folder}: set ONRECORD_GOLD")
    return folder


def scorer(name: str) -> Any:
    """One of the gold's own scorers, as a module."""
    folder = str(gold_folder())
    if folder not in sys.path:
        sys.path.append(folder)
    return importlib.import_module(name)


def parsed(texts: Iterable[tuple[str, Sequence[Sentence]]]) -> Iterator[Parse]:
    """(text, its sentences) -> its parse."""
    settings = from_environment()
    return parses(texts, settings.model, telling if settings.parse_sentences == "quoted" else None)
