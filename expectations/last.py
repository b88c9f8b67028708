"""What the last release found: the figures that drift is measured against.

Belongs here: which release is the last one before this state, and reading its validation.json. Does not belong here:
how far a figure may move (beliefs.drift), writing the file (warehouse.describe).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from expectations.beliefs.belief import Share
from warehouse import shelf


def figures(releases: Path, state: str) -> dict[str, Share]:
    """Check -> rows found and judged, from the newest release that was made from another state of the tables: judged
    again after its own release, a state is compared with the same one as before. Empty where there is none, or none
    that can be read: a damaged release is its reader's to report."""
    for version in reversed(shelf.versions(releases)):
        try:
            told: Any = json.loads((releases / version / "validation.json").read_text(encoding="utf-8"))
            if told["state"] != state:
                return {str(c["check"]): (int(c["found"]), int(c["judged"])) for c in told["checks"]}
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return {}
