"""robots.txt (RFC 9309): what a host allows, and how long to wait between two requests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from assets.feeds.addresses import AddressError, origin
from assets.feeds.client import Answer, FetchError, PrivateHost

# The name under which robots.txt speaks of us (its product token).
TOKEN = "onrecord"


@dataclass(frozen=True, slots=True)
class Rules:
    """What a robots.txt says to us. `parser` is protego's, None where there are no rules; `problem` is why they cannot
    be had, and nothing may be asked for."""

    parser: Any = None
    problem: str = ""

    def allows(self, address: str) -> bool:
        """Whether the address may be asked for."""
        return self.parser is None or bool(self.parser.can_fetch(address, TOKEN))

    @property
    def delay(self) -> float:
        """The seconds between two requests that it asks for; 0 where it asks for none."""
        if self.parser is None:
            return 0.0
        delay = self.parser.crawl_delay(TOKEN)
        rate = self.parser.request_rate(TOKEN)
        return max(float(delay or 0.0), rate.seconds / rate.requests if rate is not None and rate.requests else 0.0)


def rules(address: str, ask: Callable[[str], Answer], most: int) -> Rules:
    """The rules for the address's host. `ask` gives the answer to an address, redirects followed. Without a robots.txt
    (4xx) all is allowed, with one that cannot be had (5xx, no answer) nothing is (RFC 9309, 2.3.1). Raises
    PrivateHost, and what `ask` raises besides FetchError and AddressError."""
    from protego import Protego

    try:
        answer = ask(f"{origin(address)}/robots.txt")
        if answer.status != 200:
            if 400 <= answer.status < 500 and answer.status != 429:
                return Rules()
            return Rules(problem=f"{answer.address} answers {answer.status}")
        return Rules(Protego.parse(answer.content(most).decode("utf-8", "replace")))
    except PrivateHost:
        raise
    except FetchError as error:
        return Rules(problem=f"{origin(address)}/robots.txt {error}")
    except AddressError:
        return Rules()
