"""A webhook on loopback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

# The path, which nobody else may learn.
SECRET = "/hooks/T0P-s3cret"


class Webhook(HTTPServer):
    """A real server that keeps the posts it receives and answers as configured."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Received)
        self.received: list[tuple[str, dict[str, Any]]] = []
        self.answer, self.location = 200, ""
        # Answers to give before that one.
        self.first: list[int] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}{SECRET}"


class Received(BaseHTTPRequestHandler):
    server: Webhook

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((self.path, json.loads(body)))
        self.send_response(self.server.first.pop(0) if self.server.first else self.server.answer)
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def served() -> Iterator[Webhook]:
    """Run the webhook during the block."""
    with Webhook() as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
