"""The names that the UI answers to, and the origin of a request."""

from __future__ import annotations

import re

from starlette.requests import HTTPConnection

# Hosts are written as in a Host header without its port: an IPv6 address in brackets.
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
# Addresses to listen on that no browser sends as a server's name.
EVERY_ADDRESS = frozenset({"", "0.0.0.0", "::"})
# A serialised origin (RFC 6454, section 6.2), except `null`.
_ORIGIN = re.compile(r"(https?)://([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?")
_PORTS = {"http": "80", "https": "443"}
# A web socket has the origin of the page that opens it.
_SCHEMES = {"ws": "http", "wss": "https"}


def allowed_host_names(listening: str, named: str) -> list[str]:
    """Return the hosts to answer: loopback, the address listened on, and those of the setting `allowed_hosts`."""
    own = f"[{listening}]" if ":" in listening else listening
    given = [own.lower()] if listening not in EVERY_ADDRESS else []
    return list(dict.fromkeys([*LOOPBACK, *given, *(name for name in named.split(",") if name)]))


def origin(value: str) -> str | None:
    """Return an origin with its port, for comparison; None if it is not an http or https origin."""
    found = _ORIGIN.fullmatch(value.lower())
    if found is None:
        return None
    scheme, host, port = found.groups()
    return f"{scheme}://{host}:{port or _PORTS[scheme]}"


def own_origin(request: HTTPConnection) -> str | None:
    """Return the server's origin as the browser sees it: the scheme of the connection, or of the one to the proxy
    (X-Forwarded-Proto, which uvicorn applies), and the Host, or the one sent to the proxy."""
    scheme = request.scope["scheme"]
    host = request.headers.get("x-forwarded-host") or request.headers.get("host", "")
    return origin(f"{_SCHEMES.get(scheme, scheme)}://{host}")
