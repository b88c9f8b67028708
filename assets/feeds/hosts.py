"""Hosts: what each allows, when it may be asked next, and when it gets no more requests."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from assets.feeds.addresses import cleaned, origin
from assets.feeds.client import REDIRECTS, Client, FetchedResponse, FetchError, Request, retry_after
from assets.feeds.limits import Limits
from assets.feeds.robots import Rules, rules
from assets.feeds.state import State

# Statuses that ask for a pause, with Retry-After or without (RFC 9110, 15.6.4; RFC 6585, 4).
PAUSES = frozenset({429, 503})


class HostDeferred(Exception):
    """The host gets no requests for now; the message says why. The page waits for the next fetch."""


@dataclass(slots=True)
class Host:
    """State of a host in this fetch: its rules, when it may be asked next (monotonic seconds), the seconds used,
    consecutive errors, whether it has answered at all, and why it gets no more requests (empty if it does)."""

    origin: str
    rules: Rules | None = None
    ready: float = 0.0
    seconds_used: float = 0.0
    errors: int = 0
    answered: bool = False
    closed_reason: str = ""


class Hosts:
    """Makes requests within the limits of each host."""

    def __init__(self, client: Client, state: State, limits: Limits) -> None:
        self.client = client
        self.state = state
        self.limits = limits
        self._hosts: dict[str, Host] = {}

    def of(self, address: str) -> Host:
        """Return the host of an address."""
        name = origin(address)
        return self._hosts.setdefault(name, Host(name))

    def ask(self, address: str, request: Request) -> FetchedResponse:
        """Return the response to one request, made when the host may be asked. Raises FetchError, also if robots.txt
        forbids it; HostDeferred; AddressError."""
        host = self.of(address)
        self._open(host)
        if host.rules is None:
            host.rules = rules(address, self._ask_robots, self.limits.robots_bytes)
        if host.rules.problem:
            raise HostDeferred(host.rules.problem)
        if not host.rules.allows(address):
            raise FetchError("is forbidden by robots.txt")
        return self._asked(host, address, request)

    def follow(
        self,
        address: str,
        request: Request,
        step: Callable[[str], bool] = lambda _: True,
        *,
        robots: bool = True,
    ) -> FetchedResponse:
        """Return the response at the end of the redirects. `step` receives the address of each redirect, and returns
        False to stop there: the response is then the redirect. Raises FetchError, HostDeferred, AddressError."""
        seen = {address}
        for _ in range(self.limits.redirects + 1):
            asked = self.ask(address, request) if robots else self._asked(self.of(address), address, request)
            if asked.status not in REDIRECTS:
                return asked
            address = cleaned(asked.header("location"), asked.address)
            if address in seen:
                raise FetchError("redirects in a circle")
            seen.add(address)
            if not step(address):
                return asked
        raise FetchError(f"redirects more than {self.limits.redirects} times")

    def _ask_robots(self, address: str) -> FetchedResponse:
        return self.follow(address, Request(self.limits.robots_bytes, cut=True), robots=False)

    def _open(self, host: Host) -> None:
        """Raise HostDeferred if the host gets no requests for now."""
        if host.closed_reason:
            raise HostDeferred(host.closed_reason)
        until = self.state.paused(host.origin)
        if until > time.time():
            raise HostDeferred(f"{host.origin} asks for no requests until {_shown(until)}")

    def _asked(self, host: Host, address: str, request: Request) -> FetchedResponse:
        self._wait(host)
        began = time.monotonic()
        try:
            response = self.client.get(address, request)
            host.errors, host.answered = 0, True
        except FetchError as error:
            host.errors = host.errors + 1 if error.host else 0
            if host.errors >= self.limits.host_errors:
                host.closed_reason = f"{host.origin} has failed {host.errors} times in a row"
            if error.host and not host.answered:
                # If a host or network is down, the page itself may be fine.
                raise HostDeferred(f"{host.origin} {error}") from None
            raise
        finally:
            host.seconds_used += time.monotonic() - began
            host.ready = time.monotonic() + self._delay(host)
        if response.status in PAUSES:
            asked = retry_after(response)
            seconds = self.limits.pause_seconds if asked is None else min(asked, self.limits.most_pause_seconds)
            self.state.pause(host.origin, time.time() + seconds)
            raise HostDeferred(
                f"{host.origin} answers {response.status}; no requests until {_shown(time.time() + seconds)}"
            )
        return response

    def _delay(self, host: Host) -> float:
        return max(self.limits.between_seconds, host.rules.delay if host.rules is not None else 0.0)

    def _wait(self, host: Host) -> None:
        """Sleep until the host may be asked. Raises HostDeferred if its time is used up."""
        host.seconds_used += self._delay(host) if host.ready else 0.0
        if host.seconds_used > self.limits.host_seconds:
            host.closed_reason = f"{host.origin} has used its {self.limits.host_seconds:g} seconds of this fetch"
            raise HostDeferred(host.closed_reason)
        time.sleep(max(0.0, host.ready - time.monotonic()))


def _shown(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")
