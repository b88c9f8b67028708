"""One request and its response: bounded in bytes and seconds, without redirects, cookies or proxies.

httpcore, not httpx: it takes the network backend as an argument (`connection.Backend`) and does nothing implicitly.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpcore

from assets.feeds.addresses import AddressError
from assets.feeds.connection import Backend, PrivateAddress
from assets.feeds.limits import Limits
from pipeline.read.http_codings import CutOff, decode_body
from warehouse.text import one_line

REDIRECTS = frozenset({301, 302, 303, 307, 308})


class FetchError(Exception):
    """A request without a usable response; the message says why in a few words. `host`: the fault is the host's, and
    other pages of it would fail, too; `final`: a retry would not help."""

    def __init__(self, why: str, *, host: bool = False, final: bool = False) -> None:
        super().__init__(why)
        self.host = host
        self.final = final


class PrivateHost(FetchError):
    """A host to which connections are not allowed."""


@dataclass(frozen=True, slots=True)
class FetchedResponse:
    """A response. `headers` and `body` are bytes as sent, but without the transfer coding; `request_headers`:
    those of the request; `at`: time of the request (UTC); `peer`: the address connected to."""

    address: str
    status: int
    reason_phrase: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    request_headers: tuple[tuple[bytes, bytes], ...]
    at: datetime
    peer: str

    def header(self, name: str) -> str:
        """Return the value of a header, in one line; empty if it is missing."""
        wanted = name.encode()
        found = next((value for key, value in self.headers if key.lower() == wanted), b"")
        return one_line(found.decode("latin-1"))[:1_000]

    @property
    def media_type(self) -> str:
        """The media type without parameters, in lower case."""
        return self.header("content-type").partition(";")[0].strip().lower()

    def content(self, most: int) -> bytes:
        """Return the body without content codings. Raises FetchError if it is damaged or has more than `most` bytes."""
        try:
            content = decode_body(self.body, reversed(self.header("content-encoding").split(",")), most)
        except CutOff:
            raise FetchError("is compressed, but truncated or damaged") from None
        if len(content) > most:
            raise FetchError(f"decompresses to more than {most:,} bytes", final=True)
        return content


def _any(_: FetchedResponse) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Request:
    """A request: maximum bytes of the response (`most`), its headers. `check_headers` receives the response without
    its body and may raise FetchError. A larger body is an error, or is `cut`."""

    most: int
    headers: Mapping[str, str] = field(default_factory=dict)
    check_headers: Callable[[FetchedResponse], None] = _any
    cut: bool = False


class Client:
    """Makes requests under one user agent. Use as a context manager."""

    def __init__(self, name: str, limits: Limits, *, private: bool = False, tls: ssl.SSLContext | None = None) -> None:
        self.name = name
        self.limits = limits
        self._backend = Backend(private=private)
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls, max_connections=10, keepalive_expiry=30.0, network_backend=self._backend
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.close()

    def get(self, address: str, request: Request) -> FetchedResponse:
        """Return the response to a GET. Only the body of status 200 is read. Raises FetchError; AddressError if the
        address is invalid."""
        asked = {
            "User-Agent": self.name,
            "Accept": "text/html, application/xhtml+xml, application/rss+xml, application/atom+xml, */*;q=0.5",
            "Accept-Encoding": "gzip",
            **request.headers,
        }
        try:
            return self._get(address, request, asked)
        except PrivateAddress as error:
            raise PrivateHost(f"requests to it are not allowed: {error} (--allow-private allows them)") from None
        except httpcore.TimeoutException:
            raise FetchError("takes too long", host=True) from None
        except (httpcore.UnsupportedProtocol, httpcore.LocalProtocolError) as error:
            raise AddressError(one_line(error)) from None
        except (httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError, OSError) as error:
            raise FetchError(f"cannot be reached: {one_line(error) or type(error).__name__}", host=True) from None

    def _get(self, address: str, request: Request, asked: Mapping[str, str]) -> FetchedResponse:
        limits = self.limits
        at = datetime.now(UTC)
        self._backend.deadline = time.monotonic() + limits.request_seconds
        timeout = dict.fromkeys(("connect", "read", "write", "pool"), limits.read_seconds)
        with self._pool.stream("GET", address, headers=list(asked.items()), extensions={"timeout": timeout}) as found:
            peer = found.extensions["network_stream"].get_extra_info("server_addr")
            response = FetchedResponse(
                address,
                found.status,
                found.extensions.get("reason_phrase", b""),
                tuple(found.headers),
                b"",
                tuple((name.encode(), value.encode()) for name, value in asked.items()),
                at,
                str(peer[0]) if peer else "",
            )
            request.check_headers(response)
            return replace(response, body=_body(found, response, request)) if response.status == 200 else response


def _body(found: httpcore.Response, response: FetchedResponse, request: Request) -> bytes:
    most = request.most
    too_large = FetchError(f"has more than {most:,} bytes", final=True)
    length = response.header("content-length")
    if length.isdigit() and len(length) < 20 and int(length) > most and not request.cut:
        raise too_large
    parts = []
    size = 0
    for part in found.iter_stream():
        size += len(part)
        parts.append(part)
        if size > most:
            if request.cut:
                break
            raise too_large
    return b"".join(parts)[:most]


def retry_after(response: FetchedResponse) -> float | None:
    """Return the seconds of Retry-After (RFC 9110, 10.2.3), a number or a date; None if it is missing or unreadable."""
    value = response.header("retry-after")
    if value.isdigit() and len(value) < 10:
        return float(value)
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (until if until.tzinfo else until.replace(tzinfo=UTC)).timestamp() - response.at.timestamp())
