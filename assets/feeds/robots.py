"""robots.txt (RFC 9309): what a host allows, and the delay between two requests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from assets.feeds.addresses import AddressError, origin
from assets.feeds.client import FetchedResponse, FetchError, PrivateHost

# Our product token in robots.txt.
TOKEN = "onrecord"


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules of a robots.txt for us. `parser`: protego's, None if there are no rules; `problem`: why they cannot be
    read, so that nothing may be requested."""

    parser: Any = None
    problem: str = ""

    def allows(self, address: str) -> bool:
        """Return whether the address may be requested."""
        return not self.problem and (self.parser is None or bool(self.parser.can_fetch(address, TOKEN)))

    @property
    def delay(self) -> float:
        """Seconds between two requests that it asks for; 0 if none."""
        if self.parser is None:
            return 0.0
        delay = self.parser.crawl_delay(TOKEN)
        rate = self.parser.request_rate(TOKEN)
        return max(float(delay or 0.0), rate.seconds / rate.requests if rate is not None and rate.requests else 0.0)


def rules(address: str, ask: Callable[[str], FetchedResponse], most: int) -> Rules:
    """Return the rules for the address's host. `ask` requests an address and follows redirects. Without a robots.txt
    (4xx except 429, or a redirect to no valid address) everything is allowed; if it is unreachable (5xx, 429, no
    answer), nothing is (RFC 9309, 2.3.1). Raises PrivateHost, and what `ask` raises besides FetchError and
    AddressError."""
    from protego import Protego

    try:
        response = ask(f"{origin(address)}/robots.txt")
        if response.status != 200:
            if 400 <= response.status < 500 and response.status != 429:
                return Rules()
            return Rules(problem=f"{response.address} answers {response.status}")
        return Rules(Protego.parse(response.content(most).decode("utf-8", "replace")))
    except PrivateHost:
        raise
    except FetchError as error:
        return Rules(problem=f"{origin(address)}/robots.txt {error}")
    except AddressError:
        return Rules()
