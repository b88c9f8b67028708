"""A bounded web server on loopback, which a test declares as a table: path -> answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

from assets.settings import Settings


@dataclass
class Reply:
    """An answer. `delay_between_bytes` is the seconds between two bytes; `endless` sends the body again and again,
    `times` times."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = "text/html; charset=utf-8"
    delay_between_bytes: float = 0.0
    times: int = 1
    length: int | None = None


@dataclass
class Site:
    """What the server answers, and its requests: (path, headers) in order, with the bytes that it sent."""

    url: str
    replies: dict[str, Reply | Callable[[Mapping[str, str]], Reply]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    sent: int = 0

    def paths(self) -> list[str]:
        """Return the requested paths, in order, except robots.txt."""
        return [path for path, _ in self.asked if path != "/robots.txt"]

    def feed(self, path: str, *links: str, **headers: str) -> None:
        """Answer with an RSS feed of these links."""
        items = "".join(f"<item><title>T</title><link>{link.replace('&', '&amp;')}</link></item>" for link in links)
        body = f'<?xml version="1.0"?><rss version="2.0"><channel><title>F</title>{items}</channel></rss>'
        self.replies[path] = Reply(body.encode(), headers=headers, media_type="application/rss+xml")

    def article(self, path: str, name: str = "Lume", words: str = "We open every gate") -> None:
        """Answer with a page that holds an article."""
        self.replies[path] = Reply(page(name, words))


def page(name: str = "Lume", words: str = "We open every gate") -> bytes:
    """Return a page with an article of our own."""
    return (
        f"<!doctype html><html><head><title>{name} opens the pier</title></head><body><article>"
        f"<h1>{name} opens the pier</h1><p>PORTVILLE, 14 March 2026 (Delta News) - The pier of Portville is open to "
        f"everybody who wants to see the ships, the council said.</p><p>“{words},” harbour master Ana {name} told "
        "Delta News on Friday. The ferries sail again from Monday, she said, and the café is open.</p></article>"
        "</body></html>"
    ).encode()


def feed_settings(folder: Path) -> Settings:
    """Return settings for an empty raw folder, a new warehouse and a list of feeds, all in `folder`."""
    (folder / "raw").mkdir(parents=True)
    return Settings(
        raw=folder / "raw",
        warehouse=folder / "warehouse",
        feeds=folder / "feeds.toml",
        contact="desk@news.example",
        allow_private=True,
    )


@contextmanager
def serving() -> Iterator[Site]:
    """Run the server during the block."""
    ended = Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30

        def do_GET(self) -> None:
            site.asked.append((self.path, dict(self.headers)))
            found = site.replies.get(self.path, Reply(b"not here", 404))
            reply = found(self.headers) if callable(found) else found
            self.send_response(reply.status)
            headers = {"Content-Type": reply.media_type, **reply.headers}
            length = reply.length if reply.length is not None else len(reply.body) * reply.times
            if length >= 0:
                headers["Content-Length"] = str(length)
            if length != len(reply.body) * reply.times:
                self.close_connection = True
            for name, value in headers.items():
                self.send_header(name, value)
            try:
                self.end_headers()
                self._body(reply)
            except OSError:
                self.close_connection = True

        def _body(self, reply: Reply) -> None:
            for _ in range(reply.times):
                if ended.is_set():
                    return
                if not reply.delay_between_bytes:
                    self.wfile.write(reply.body)
                    site.sent += len(reply.body)
                    continue
                for byte in reply.body:
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
                    if ended.wait(reply.delay_between_bytes):
                        return

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.handle_error = lambda *_: None  # a client that hangs up
        site = Site(f"http://127.0.0.1:{server.server_address[1]}")
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        try:
            yield site
        finally:
            ended.set()
            server.shutdown()
