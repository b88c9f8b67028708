"""The figures of the last release, which drift is measured against."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from expectations.sql_checks.sql_check import Share
from warehouse.release import versions


def figures(releases: Path, state: str) -> dict[str, Share]:
    """Return check -> rows found and judged, from the newest release made from another state of the tables. So a check
    of a released state compares with the same release as before. Empty if there is no readable release; a damaged
    release is reported where it is read."""
    for version in reversed(versions.versions(releases)):
        try:
            validation: Any = json.loads((releases / version / "validation.json").read_text(encoding="utf-8"))
            if validation["state"] != state:
                return {str(c["check"]): (int(c["found"]), int(c["judged"])) for c in validation["checks"]}
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return {}
