"""Sockets for httpcore: allowed addresses, and deadlines.

The address is checked at the connection: a name is resolved once, and the socket connects to the address that was
checked, so that a second answer of the name server (DNS rebinding) has no effect. Each redirect connects and is checked
again. No proxy is used: behind one, the target of a request could not be checked.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Iterable
from typing import Any

import httpcore

type Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# RFC 6052: the well-known prefix for IPv4 addresses reached through NAT64.
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# Services of cloud providers that only their machines can reach, under addresses that look public: Azure's virtual
# public IP (learn.microsoft.com, "What is IP address 168.63.129.16").
_METADATA = frozenset({ipaddress.ip_address("168.63.129.16")})


class PrivateAddress(Exception):
    """The host's addresses are not public."""


def is_public(address: Address) -> bool:
    """Return whether an address is on the public internet: not private, local, shared, reserved, multicast or metadata,
    nor an IPv6 address that leads to such an IPv4 address."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = _embedded(address)
        if inner is not None:
            return is_public(inner)
        if address.scope_id is not None or address.is_site_local:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved and address not in _METADATA


def _embedded(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address embedded in an IPv6 address: mapped, compatible, 6to4, Teredo, NAT64."""
    if address.ipv4_mapped is not None or address.sixtofour is not None:
        return address.ipv4_mapped or address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if address in _NAT64 or int(address) >> 32 == 0:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None


class Backend(httpcore.NetworkBackend):
    """Connects only to public addresses, unless `private` ones are allowed, and ends every operation at `deadline`
    (monotonic seconds)."""

    def __init__(self, *, private: bool = False) -> None:
        self.private = private
        self.deadline = 0.0

    def seconds_left(self, timeout: float | None, error: type[httpcore.TimeoutException]) -> float:
        """Return the seconds that an operation may take. Raises `error` if none are left."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise error("took too long")
        return left if timeout is None else min(left, timeout)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to an allowed address. Raises PrivateAddress, httpcore.ConnectError, httpcore.ConnectTimeout."""
        allowed = self._allowed(host, port)
        error: httpcore.ConnectError | httpcore.ConnectTimeout | None = None
        for place in allowed:
            try:
                stream = httpcore.SyncBackend().connect_tcp(
                    place, port, self.seconds_left(timeout, httpcore.ConnectTimeout), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as failed:
                error = failed
                continue
            peer = stream.get_extra_info("server_addr")
            if not self._is_allowed(str(peer[0])):
                stream.close()
                raise PrivateAddress(f"{host} has the address {peer[0]}, which is not public")
            return Stream(stream, self)
        raise error or httpcore.ConnectError("no address")

    def _allowed(self, host: str, port: int) -> list[str]:
        """Return the host's allowed addresses. Raises PrivateAddress if it has only others."""
        try:
            found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise httpcore.ConnectError("host not found") from None
        places = list(dict.fromkeys(str(place[4][0]) for place in found))
        allowed = [place for place in places if self._is_allowed(place)]
        if places and not allowed:
            raise PrivateAddress(f"{host} has the address {places[0]}, which is not public")
        return allowed

    def _is_allowed(self, place: str) -> bool:
        return self.private or is_public(ipaddress.ip_address(place))


class Stream(httpcore.NetworkStream):
    """A connection whose operations all end at its backend's deadline."""

    def __init__(self, inner: httpcore.NetworkStream, backend: Backend) -> None:
        self.inner = inner
        self.backend = backend

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.inner.read(max_bytes, self.backend.seconds_left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.inner.write(buffer, self.backend.seconds_left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self.inner.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = self.backend.seconds_left(timeout, httpcore.ConnectTimeout)
        return Stream(self.inner.start_tls(ssl_context, server_hostname, left), self.backend)

    def get_extra_info(self, info: str) -> Any:
        return self.inner.get_extra_info(info)
