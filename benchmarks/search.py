"""Bytes loaded by the page of a release: `uv run python -m benchmarks.search [--quotes N | RELEASE]`.

Each search is the first one of a new reader: nothing is cached, and the page itself is counted.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import http.server
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

QUOTES = 1_000_000
# Limits in bytes: the first view of the page, and a search by speaker or word.
FIRST_SIGHT = 300_000
A_SEARCH = 2_000_000


class Counting(http.server.SimpleHTTPRequestHandler):
    """Serves a folder as `python -m http.server` does, and records (path, bytes) of each answer."""

    def __init__(self, *given: Any, seen: list[tuple[str, int]], **more: Any) -> None:
        self.seen = seen
        super().__init__(*given, **more)

    def copyfile(self, source: Any, outputfile: Any) -> None:
        content = source.read()
        self.seen.append((self.path, len(content)))
        outputfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        return None


@contextlib.contextmanager
def served(
    folder: Path, handler: Callable[..., http.server.SimpleHTTPRequestHandler] = Counting
) -> Iterator[tuple[str, list[tuple[str, int]]]]:
    """Serve the folder on loopback. Yields its address, and the requests so far."""
    seen: list[tuple[str, int]] = []
    make = functools.partial(handler, directory=str(folder), seen=seen)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), make)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/", seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextlib.contextmanager
def chromium(*arguments: str) -> Iterator[Chrome]:
    """Yield headless Chromium, started with these arguments."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    chosen = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", *arguments):
        chosen.add_argument(argument)
    chosen.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=chosen, service=Service(shutil.which("chromedriver")))
    try:
        yield driver
    finally:
        driver.quit()


@contextlib.contextmanager
def browser(width: int = 1280, height: int = 900, dark: bool = False) -> Iterator[Chrome]:
    """Yield headless Chromium with a window of this size, without a cache, in light or dark mode."""
    with chromium() as driver:
        phone = width < 600
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": phone}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": scheme})
        driver.execute_cdp_cmd("Network.enable", {})
        driver.execute_cdp_cmd("Network.setCacheDisabled", {"cacheDisabled": True})
        yield driver


def look(driver: Chrome, address: str, asked: dict[str, str] | None = None, seconds: float = 60) -> str:
    """Load the page from scratch with a search, and wait for the result. Returns the line above the results."""
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import WebDriverWait

    driver.get("about:blank")
    driver.get(f"{address}#{urlencode(asked or {})}")

    def there(driver: Chrome) -> str:
        note = driver.find_element(By.ID, "note").text
        return "" if note.startswith("Searching") else note

    return str(WebDriverWait(driver, seconds, poll_frequency=0.05).until(there))


def common(release: Path) -> dict[str, dict[str, str]]:
    """Return searches to measure: common and rare values in this release."""
    import duckdb

    def first(sql: str, table: str = "quotes") -> str:
        return str(duckdb.execute(sql, [str(release / f"{table}.parquet")]).fetchall()[0][0])

    speakers = "SELECT speaker_name FROM read_parquet(?) WHERE speaker_name IS NOT NULL GROUP BY 1 ORDER BY count(*)"
    said = (
        "SELECT word FROM (SELECT unnest(regexp_extract_all(lower(text), '[a-z]+')) AS word FROM read_parquet(?) "
        "USING SAMPLE 20000 ROWS (reservoir, 1)) GROUP BY 1 ORDER BY count(*)"
    )
    often, seldom = f"{speakers} DESC, 1 LIMIT 1", f"{speakers}, 1 LIMIT 1"
    years = (
        "SELECT year(published_latest) FROM read_parquet(?) GROUP BY 1 ORDER BY count(published_latest) DESC, 1 LIMIT 1"
    )
    year = first(years, "documents")
    word, rare = first(f"{said} DESC, 1 LIMIT 1"), first(f"{said}, 1 LIMIT 1")
    return {
        "a common speaker": {"speaker": first(often)},
        "a rare speaker": {"speaker": first(seldom)},
        "a common word": {"words": word},
        "a rare word": {"words": rare},
        "a speaker and a word": {"speaker": first(often), "words": word},
        "a word in a year": {"words": word, "from": f"{year}-01-01", "to": f"{year}-12-31"},
    }


def measure(quotes: int = QUOTES, release: Path | None = None) -> dict[str, dict[str, float]]:
    """Measure searches -> bytes loaded, files and seconds, in a generated release or the given one."""
    with contextlib.ExitStack() as stack:
        if release is None:
            release = generated(Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="onrecord-"))), quotes)
        address, seen = stack.enter_context(served(release))
        driver = stack.enter_context(browser())
        found = {}
        for name, asked in {"first sight": {}, **common(release)}.items():
            seen.clear()
            begin = time.perf_counter()
            note = look(driver, address, asked)
            seconds = time.perf_counter() - begin
            if "could not" in note or (asked and note.startswith("No ")):
                raise RuntimeError(f"{name}: {note}")
            found[name] = {"bytes": sum(n for _, n in seen), "files": len(seen), "seconds": round(seconds, 2)}
        return found


def generated(folder: Path, quotes: int) -> Path:
    """Publish a release of generated articles with at least this many quotations."""
    from benchmarks.generated import QUOTES as EACH
    from benchmarks.generated import fill
    from warehouse.release.publish import publish
    from warehouse.release.rights import Terms
    from warehouse.store import Store

    store = Store(folder)
    fill(store, -(-quotes // EACH))
    return publish(store, Terms("all"), (), date(2026, 11, 22), "0").folder


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("release", type=Path, nargs="?")
    parser.add_argument("--quotes", type=int, default=QUOTES)
    given = parser.parse_args()
    for name, figures in measure(given.quotes, given.release).items():
        print(f"{name:22} " + "  ".join(f"{key} {value:>12,}" for key, value in figures.items()))


if __name__ == "__main__":
    main()
