"""Limits of a fetch: amounts, rates, times."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.read.limits import MAX_BYTES


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one fetch of all feeds. Sizes in bytes hold for the sent and for the unpacked data."""

    # Minimum time between two requests to a host; its robots.txt may ask for more (Crawl-delay).
    between_seconds: float = 1.0
    # One request with its response, and the wait for its next bytes. A page takes a second; slower ones are given up.
    request_seconds: float = 60.0
    read_seconds: float = 20.0
    # Per host, including the time between requests; and for the whole fetch.
    host_seconds: float = 900.0
    run_seconds: float = 3 * 3600.0
    # Consecutive errors of a host after which its other pages wait for the next fetch.
    host_errors: int = 3
    # Pause after 429 or 503 without a stated time; maximum of a stated time.
    pause_seconds: float = 3600.0
    most_pause_seconds: float = 86_400.0
    # Feeds and sitemaps: sitemaps.org allows 50 MB and 50,000 addresses. Its protocol has depth 1; beyond 3, sitemap
    # indexes point in circles.
    list_bytes: int = 52_428_800
    depth: int = 3
    lists: int = 200
    entries: int = 50_000
    # RFC 9309, 2.5: at least 500 KiB must be read.
    robots_bytes: int = 512_000
    # The maximum of the reader (pipeline.read.limits).
    page_bytes: int = MAX_BYTES
    # RFC 9309, 2.3.1.2, requires five for robots.txt.
    redirects: int = 5
    # New pages per feed and fetch; the others wait for the next.
    pages: int = 500
    # Fetches in which a page is tried before it is given up.
    attempts: int = 5


LIMITS = Limits()
