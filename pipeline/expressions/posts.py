"""Find the times that open the posts of a live report: "17:42 The bridge is open.", "5.42 p.m. The mayor speaks."."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

from pipeline.expressions.reading import Expression

_OPENING = re.compile(
    r"^(?P<time>(?P<hours>\d{1,2})[:.](?P<minutes>\d\d)(?:\s?(?P<half>[ap])\.?m\b\.?)?)[:,]?(?=\s)", re.MULTILINE | re.I
)
_MIN_POSTS = 3


def openings(text: str) -> list[Expression]:
    """Return the times that open lines of a live report, in text order; none if they run neither forward nor backward,
    as in a list of races, or are fewer than three."""
    hits = [hit for hit in _OPENING.finditer(text) if int(hit["hours"]) < 24 and int(hit["minutes"]) < 60]
    times = [_minutes(hit) for hit in hits]
    steps = {left < right for left, right in pairwise(times) if left != right}
    if len(hits) < _MIN_POSTS or len(steps) != 1:
        return []
    return [
        Expression(
            *hit.span("time"), type="TIME", form="clock", anchor="context", clock=f"T{time // 60:02d}:{time % 60:02d}"
        )
        for hit, time in zip(hits, times, strict=True)
    ]


def completed(text: str, found: Sequence[Expression]) -> list[Expression]:
    """Return the expressions with the times of posts that are not among them."""
    starts = [each.start for each in found]
    out = list(found)
    for time in openings(text):
        at = bisect_left(starts, time.end)
        if at == 0 or found[at - 1].end <= time.start:
            out.append(time)
    return sorted(out, key=lambda each: each.start)


def _minutes(hit: re.Match[str]) -> int:
    hours = int(hit["hours"])
    if hit["half"]:
        hours = hours % 12 + (12 if hit["half"].lower() == "p" else 0)
    return 60 * hours + int(hit["minutes"])
