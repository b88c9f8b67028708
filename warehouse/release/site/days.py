"""How the pages write days: intervals, how they are known, which bounds are only likely. `page.js` does the same."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from warehouse.release.site.templates import day

# `quotes.said_basis` in words.
SAID_BY = {
    "stated": "stated in the article",
    "carried": "from the occasion in the article",
    "story": "since the last dated event in the article",
    "corpus": "from another article",
    "publication": "not after its publication",
}
# Bases of days that no words prove: 9 and 8 in 10 of them are right (docs/days.md).
SAID_LIKELY = ("carried", "story")


def published_likely(article: str = "d") -> str:
    """Return the SQL of which bounds of an article's publication are only likely: earliest, latest, both with a space,
    or null. `article`: the alias of `documents`."""

    def bound(side: str, name: str) -> str:
        # An element of `published_evidence`: "not before 2020-10-18 (likely: season): October 18".
        line = f"'{side} ' || {article}.published_{name} || ' (likely'"
        found = f"list_filter({article}.published_evidence, lambda e: starts_with(e, {line}))"
        return f"CASE WHEN len({found}) > 0 THEN '{name}' END"

    return f"nullif(concat_ws(' ', {bound('not before', 'earliest')}, {bound('not after', 'latest')}), '')"


def between(first: date | None, last: date | None, likely: str | None = None) -> str | None:
    """Return an interval of days in words, or None if neither bound is known. `likely` names the bounds that are only
    likely, as `published_likely` does."""
    lower, upper = (
        None if bound is None else f"{'likely ' if name in (likely or '') else ''}{day(bound)}"
        for name, bound in (("earliest", first), ("latest", last))
    )
    if lower is not None and upper is not None:
        return max(lower, upper, key=len) if first == last else f"between {lower} and {upper}"
    if lower is not None:
        return f"{lower} or later"
    return None if upper is None else f"{upper} or earlier"


def published(row: Mapping[str, Any]) -> str:
    """Return when an article was published, with that word: beside a quotation, bare days read as those of saying."""
    return published_between(row["published_earliest"], row["published_latest"], row["published_likely"])


def published_between(first: date | None, last: date | None, likely: str | None) -> str:
    """Return when an article was published, as `published` does."""
    days = between(first, last, likely)
    return "day of publication not known" if days is None else f"published {days}"


def said(quote: Mapping[str, Any]) -> str:
    """Return when a quotation was said, and how that is known; if another article tells, also what its own says."""
    basis = quote["said_basis"]
    likely = quote["published_likely"] if basis == "publication" else "earliest latest" if basis in SAID_LIKELY else ""
    when, known = between(quote["said_earliest"], quote["said_latest"], likely), SAID_BY.get(basis)
    if when is None or known is None:
        return "Day not known"
    own = f"; here “{quote['said_words']}”" if basis == "corpus" and quote["said_words"] else ""
    return f"{when}, {known}{own}"
