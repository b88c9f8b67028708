"""What the last release found: the figures that drift is measured against."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from expectations.sql_checks.sql_check import Share
from warehouse.release import versions


def figures(releases: Path, state: str) -> dict[str, Share]:
    """Check -> rows found and judged, from the newest release that was made from another state of the tables: judged
    again after its own release, a state is compared with the same one as before. Empty where there is none, or none
    that can be read: a damaged release is its reader's to report."""
    for version in reversed(versions.versions(releases)):
        try:
            told: Any = json.loads((releases / version / "validation.json").read_text(encoding="utf-8"))
            if told["state"] != state:
                return {str(c["check"]): (int(c["found"]), int(c["judged"])) for c in told["checks"]}
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return {}
