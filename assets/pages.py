"""The pages of a warehouse folder over HTTP: the data docs and the releases, for links in the UI.

Belongs here: a small server on files for one person beside `onrecord ui`. Does not belong here: the pages
(expectations.validation, warehouse.page), a server for many (docs/running.md: nginx).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path, PurePosixPath
from threading import Thread
from typing import Any

# All else in a warehouse folder (the database, Dagster's instance, failures) is nobody's business.
SERVED = ("data_docs", "releases")
# Pages show words of articles, escaped; should one ever not be, it runs no script of theirs and calls nobody.
POLICY = (
    "default-src 'self' 'unsafe-inline' data:; script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'; "
    "connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
)


class Pages(SimpleHTTPRequestHandler):
    """Files of the served folders; no listings."""

    def translate_path(self, path: str) -> str:
        """A file below a served folder; nothing elsewhere."""
        found = super().translate_path(path)
        try:
            inside = PurePosixPath(found).relative_to(self.directory)
        except ValueError:
            return "/dev/null/none"
        return found if inside.parts[:1] and inside.parts[0] in SERVED else "/dev/null/none"

    def list_directory(self, path: Any) -> None:
        """None: who looks for a page knows its name."""
        self.send_error(404, "no such page")

    def end_headers(self) -> None:
        """Headers of every answer."""
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        super().end_headers()

    def log_message(self, *_: Any) -> None:
        """Quiet."""


def serve(warehouse: Path, host: str, port: int) -> tuple[str, Callable[[], None]]:
    """Serve the folder from a thread of this process: the address, and how to stop. Raises OSError when the port is
    taken."""
    server = ThreadingHTTPServer((host, port), partial(Pages, directory=str(warehouse.resolve())))
    server.daemon_threads = True
    Thread(target=server.serve_forever, name="pages", daemon=True).start()
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{server.server_address[1]}", server.shutdown
