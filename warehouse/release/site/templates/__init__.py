"""Jinja templates of a release's pages. Every value is escaped, on one line and without control characters."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from warehouse.release.site.escape import plain_url
from warehouse.text import count, counted, shortened, visible

__all__ = ["Markup", "day", "render"]

_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


def day(value: date) -> str:
    """Format a day: 14 March 2026"""
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def _clean(value: Any) -> Any:
    """Return a value for a page: empty for None, and without control characters in words of articles."""
    if isinstance(value, Markup):
        return value
    return "" if value is None else visible(str(value))


_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    finalize=_clean,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_PAGES.filters |= {"count": count, "counted": counted, "day": day, "shortened": shortened, "plain_url": plain_url}


def render(name: str, **values: object) -> str:
    """Render the template `name` with these values. Raises jinja2.UndefinedError if one is missing."""
    return _PAGES.get_template(name).render(**values)
