"""The annotated articles, which may not be distributed: the folder that ONRECORD_GOLD names, if there is one."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(os.environ["ONRECORD_GOLD"]) if os.environ.get("ONRECORD_GOLD") else None
MISSING = "set ONRECORD_GOLD to the folder of the annotated articles"


def gold_file(name: str) -> Path | None:
    """Return a file of the folder by its path in it, or None if it is not there."""
    found = None if FOLDER is None else FOLDER / name
    return found if found is not None and found.is_file() else None
