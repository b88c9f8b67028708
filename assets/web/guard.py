"""The guard in front of Dagster's webserver and the pages: it admits the UI's own pages and programs other than
browsers, but no page of another site that is open in the same browser.

Dagster accepts GraphQL mutations by GET and as text/plain, and its report endpoints accept a POST without a body: a
browser sends each of these from any page without asking. Browsers state a request's origin in `Origin` (every POST,
every web socket) and in `Sec-Fetch-Site` (every request to https and to loopback); other programs send neither.
"""

from __future__ import annotations

import re

from starlette.datastructures import MutableHeaders
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from assets.web.hosts import origin, own_origin

GRAPHQL = "/graphql"
# Paths that no page of ours links to and that a router may read differently: control characters (Starlette's patterns
# end in `$`, which a newline may follow), backslashes, dot segments, empty segments.
_ODD_PATH = re.compile(r"[\x00-\x1f\x7f\\]|//|(?:^|/)\.{1,2}(?:/|$)")
_JSON = re.compile(r"application/json(?:\s*;.*)?")
# Fetch Metadata (w3.org/TR/fetch-metadata): `none` means typed, or opened from a bookmark.
_OWN_SITES = frozenset({"same-origin", "none"})
_HEADERS = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# Added to the policy that Dagster gives its pages: browsers enforce both.
UI_POLICY = "frame-ancestors 'none'; form-action 'none'; object-src 'none'; base-uri 'none'"


def refusal(request: HTTPConnection, graphql: bool) -> tuple[int, str] | None:
    """Return why a request is refused: the status and one line; None if it is not. `graphql`: whether the application
    has Dagster's endpoint; otherwise it is read-only."""
    path = request.scope["path"]
    if not path.startswith("/") or _ODD_PATH.search(path):
        return 404, "no such page"
    if len(request.headers.getlist("host")) != 1:
        return 400, "a request must have exactly one Host header"
    origins = request.headers.getlist("origin")
    if origins and (len(origins) > 1 or origin(origins[0]) is None or origin(origins[0]) != own_origin(request)):
        return 403, "refused: the request comes from another origin"
    if request.scope["type"] == "websocket":
        # Browsers send the origin of every web socket; without one it is refused, as no program of ours opens any.
        opens = graphql and path == GRAPHQL and bool(origins)
        return None if opens else (403, "refused: web sockets may only be opened by the UI's own pages")
    if not _is_from_own_page_or_link(request):
        return 403, "refused: the request comes from another site"
    return _by_method(request, path, graphql)


def _is_from_own_page_or_link(request: HTTPConnection) -> bool:
    """Return whether the browser states that the request comes from the UI itself, or from a link that was clicked."""
    site = ",".join(request.headers.getlist("sec-fetch-site"))
    followed = (request.headers.get("sec-fetch-mode"), request.headers.get("sec-fetch-dest")) == (
        "navigate",
        "document",
    )
    return not site or site in _OWN_SITES or (request.scope["method"] == "GET" and followed)


def _by_method(request: HTTPConnection, path: str, graphql: bool) -> tuple[int, str] | None:
    method = request.scope["method"]
    if method == "POST" and graphql and path == GRAPHQL:
        kinds = request.headers.getlist("content-type")
        # Dagster looks for application/json anywhere in the header; a browser, at the media type before the `;`.
        if len(kinds) != 1 or not _JSON.fullmatch(kinds[0]):
            return 403, "refused: GraphQL requests must be application/json"
        return None
    if method not in ("GET", "HEAD"):
        return 403, f"refused: {path} does not take {method}"
    # Dagster answers a GET that accepts HTML with an editor page, and runs the query of any other.
    if graphql and path == GRAPHQL and "text/html" not in request.headers.get("accept", ""):
        return 403, "refused: GraphQL is taken by POST, as application/json"
    return None


class Guard:
    """Refuses what `refusal` names, in one plain line."""

    def __init__(self, app: ASGIApp, graphql: bool) -> None:
        self.app, self.graphql = app, graphql

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused = None
        if scope["type"] in ("http", "websocket"):
            refused = refusal(HTTPConnection(scope), self.graphql)
        if refused is None:
            await self.app(scope, receive, send)
        else:
            status, reason = refused
            await PlainTextResponse(f"{reason}\n", status_code=status)(scope, receive, send)


class Headers:
    """Adds headers to every answer: no frames, no type sniffing, no embedding elsewhere, and a policy beside the
    application's own."""

    def __init__(self, app: ASGIApp, policy: str) -> None:
        self.app, self.policy = app, policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                headers = MutableHeaders(scope=message)
                headers.append("Content-Security-Policy", self.policy)
                for name, value in _HEADERS.items():
                    headers[name] = value
            await send(message)

        await self.app(scope, receive, with_headers)


class Forwarded(ProxyHeadersMiddleware):
    """Applies a proxy's headers about the client's connection; ignores them from untrusted addresses."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # type: ignore[override]
        client = scope.get("client")
        if scope["type"] != "lifespan" and (client[0] if client else None) not in self.trusted_hosts:
            kept = [(name, value) for name, value in scope["headers"] if not name.startswith(b"x-forwarded-")]
            scope = {**scope, "headers": kept}
        await super().__call__(scope, receive, send)  # type: ignore[arg-type]


def guarded(app: ASGIApp, hosts: list[str], proxies: str, *, graphql: bool, policy: str = UI_POLICY) -> ASGIApp:
    """Return the application wrapped to answer only these hosts and its own origin. `proxies`: trusted proxies'
    addresses and networks, comma-separated, as uvicorn's `forwarded_allow_ips`."""
    inside = TrustedHostMiddleware(Guard(app, graphql), allowed_hosts=hosts, www_redirect=False)
    return Forwarded(Headers(inside, policy), trusted_hosts=proxies)  # type: ignore[arg-type]
