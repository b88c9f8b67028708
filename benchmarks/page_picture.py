"""Draw the picture of the README: `uv run python -m benchmarks.page_picture RELEASE_FOLDER`. Needs Chromium.

Opens the release page of a release (default: of the sample, warehouse/data/releases/latest) and writes
docs/release-page.png.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from assets.settings import ROOT
from benchmarks.search import browser, look, served

PICTURE = ROOT / "docs" / "release-page.png"
WIDTH, HEIGHT = 1100, 900


def draw(release: Path, picture: Path = PICTURE) -> None:
    """Write a PNG of the first screen of the release page."""
    with served(release) as (address, _), browser(WIDTH, HEIGHT) as driver:
        driver.execute_cdp_cmd("Emulation.setScrollbarsHidden", {"hidden": True})
        look(driver, address)
        picture.write_bytes(driver.get_screenshot_as_png())


def main(arguments: Sequence[str]) -> None:
    """Draw the page of the given release, or of the sample's newest one."""
    draw(Path(arguments[0]) if arguments else ROOT / "warehouse" / "data" / "releases" / "latest")


if __name__ == "__main__":
    main(sys.argv[1:])
