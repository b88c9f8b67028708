"""How much is fetched, how fast, how long."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.read.limits import MOST_BYTES


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one fetch of all feeds. Sizes are bytes, as sent and unpacked alike."""

    # The least time between two requests to a host; its robots.txt may ask for more (Crawl-delay).
    between_seconds: float = 1.0
    # One request with its answer, and the wait for its next bytes. A page takes a second; what drips is given up.
    request_seconds: float = 60.0
    read_seconds: float = 20.0
    # What one host may take of a fetch, with the time between requests, and the fetch as a whole.
    host_seconds: float = 900.0
    run_seconds: float = 3 * 3600.0
    # Errors of a host one after the other after which the rest of its pages waits for the next fetch.
    host_errors: int = 3
    # How long a host is left alone that answers 429 or 503 and does not say how long; what it says, up to the second.
    pause_seconds: float = 3600.0
    most_pause_seconds: float = 86_400.0
    # Of feeds and sitemaps: sitemaps.org allows 50 MB and 50,000 addresses. Beyond depth 3, sitemap indexes point in
    # circles: the protocol has depth 1.
    list_bytes: int = 52_428_800
    depth: int = 3
    lists: int = 200
    entries: int = 50_000
    # RFC 9309, 2.5: at least 500 KiB are read.
    robots_bytes: int = 512_000
    # What the reader takes (pipeline.read.limits).
    page_bytes: int = MOST_BYTES
    # RFC 9309, 2.3.1.2, has five for robots.txt.
    redirects: int = 5
    # New pages of a feed in one fetch; the others come with the next.
    pages: int = 500
    # Fetches in which a page is tried before it is given up.
    attempts: int = 5


LIMITS = Limits()
