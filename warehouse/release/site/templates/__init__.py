"""Jinja templates of a release's pages (HTML) and of its card (Markdown).

Every value is escaped, on one line and without control characters; `safe` marks our own words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from warehouse.release.site.escape import md, md_code, plain_url
from warehouse.text import count, counted, share, shortened, visible

__all__ = ["Markup", "day", "markdown", "render"]

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


def _markdown(value: Any) -> Markup:
    """Return a value for Markdown: a number with its separators, words literally."""
    if isinstance(value, Markup):
        return value
    if isinstance(value, int):
        return Markup(count(value))
    return Markup("" if value is None else md(value))


def _environment(finalize: Callable[[Any], Any], **filters: Callable[..., Any]) -> Environment:
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        finalize=finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=finalize is _markdown,
    )
    made.filters |= {"count": count, "counted": counted, "day": day, "shortened": shortened, "plain_url": plain_url}
    made.filters |= filters
    return made


_PAGES = _environment(_clean)
# `code`: our names as code. `of`: a number, with its share of another.
_CARDS = _environment(
    _markdown,
    code=lambda name: Markup(md_code(name)),
    of=lambda part, whole: Markup(f"{count(part)} ({share(part, whole)})"),
)
# Shown where pages mark a bound as likely.
_PAGES.globals["likely_means"] = "“Likely” before a day: the words suggest it, but do not prove it."


def render(name: str, **values: object) -> str:
    """Render the template of a page with these values. Raises jinja2.UndefinedError if one is missing."""
    return _PAGES.get_template(name).render(**values)


def markdown(name: str, **values: object) -> str:
    """Render the template of a Markdown file with these values. Raises jinja2.UndefinedError if one is missing."""
    return _CARDS.get_template(name).render(**values)
