"""Addresses of feeds and articles: absolute http or https URLs, normalised so that one page has one address."""

from __future__ import annotations

import re
from functools import cache
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from pipeline.data import words
from warehouse.text import printable

# RFC 9110, 4.1, recommends to support at least 8,000 octets; articles' addresses are far shorter.
MAX_LENGTH = 2_000
PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9._-]{1,253}|\[[0-9a-f:.]{2,45}\]")
_KEPT = "%/:@!$&'()*+,;=~-._"


class AddressError(ValueError):
    """Not an address of a page; the message says why in a few words, and ends with the address."""


def cleaned(text: str, base: str | None = None) -> str:
    """Normalise an address for requests and archives: absolute, without fragment and tracking parameters, host in lower
    case and ASCII, other characters percent-encoded. Raises AddressError."""
    text = text.strip()
    if not text or len(text) > MAX_LENGTH or not text.isprintable():
        raise AddressError("not an address (one line of at most 2,000 characters)")
    try:
        parts = urlsplit(urljoin(base, text) if base else text)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise AddressError(f"not an address: {_short(text)}") from None
    if parts.scheme not in PORTS:
        raise AddressError(f"not an address of http or https: {_short(text)}")
    if parts.username is not None or parts.password is not None:
        raise AddressError("an address with a user name or password, which would be stored in every archive")
    host = _ascii(host or "")
    place = host if port in (None, PORTS[parts.scheme]) else f"{host}:{port}"
    query = "&".join(part for part in parts.query.split("&") if part and not _tracks(part.partition("=")[0]))
    return urlunsplit((parts.scheme, place, quote(parts.path or "/", safe=_KEPT), quote(query, safe=_KEPT + "?[]"), ""))


def origin(address: str) -> str:
    """Return scheme, host and port: the scope of a robots.txt (RFC 9309, 2.3)."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _ascii(host: str) -> str:
    host = host.rstrip(".").lower()
    if ":" in host:
        host = f"[{host}]"
    elif not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            raise AddressError(f"not a name of a host: {_short(host)}") from None
    if not _HOST.fullmatch(host):
        raise AddressError(f"not a name of a host: {_short(host) or '(none)'}")
    return host


def _tracks(name: str) -> bool:
    names, prefixes = _tracking()
    return name.lower() in names or name.lower().startswith(prefixes)


@cache
def _tracking() -> tuple[frozenset[str], tuple[str, ...]]:
    table = "tracking_parameters.tsv"
    return frozenset(words(table, "name")), tuple(sorted(words(table, "prefix")))


def _short(text: str) -> str:
    return printable(text if len(text) <= 100 else f"{text[:97]}...", "?")
