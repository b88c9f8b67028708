"""Write the generated parts of README.md and docs/: `uv run python -m benchmarks.docs` (with --check: only compare).

A generated part is between `<!-- generated: NAME -->` and `<!-- end -->`. NAME is a key of PARTS. Settings, tables,
commands and checks come from their declarations, figures from benchmark_scores.json and history.tsv.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path

from assets.checks import asset_check_list as shown_checks
from assets.cli import app
from assets.settings import MACHINE, ROOT, RUN, WAREHOUSE, Settings, flag, variable
from benchmarks import dates, quotes, record
from expectations.check_runner import checks
from pipeline.contract import PUBLISHED
from warehouse.release.formats import benchmark_scores
from warehouse.release.formats.benchmark_scores import Measured

_PART = re.compile(r"(<!-- generated: (?P<name>[a-z_]+) -->\n?)(?P<body>.*?)(<!-- end -->)", re.S)
# The four figures of the README: (score without its unit, its gold, the best peer's score on the same articles).
_SHORT = (
    ("direct quotes of 5 words or more: exact words and right speaker", "PolNeAR dev", "textacy 83.9"),
    ("all attributions: words", "PolNeAR dev", "textacy 48.7"),
    ("dates: value", dates.peer_subset_name("TimeBank"), "recognizers-text 52.9"),
    ("names: span and type", "GUM news", "spaCy's model 47.5"),
)


# The settings by what they belong to, in this order, with the heading of each table.
_SCOPES = {
    WAREHOUSE: "### Of the warehouse (remembered in `onrecord.toml`)",
    RUN: "### Of one run",
    MACHINE: "### Of the machine",
}


def _settings(_: Sequence[Measured]) -> str:
    parts = []
    for scope, heading in _SCOPES.items():
        lines = [heading, "", "| flag | variable | default | what it does |", "|---|---|---|---|"]
        for f in sorted(fields(Settings), key=lambda f: f.name):
            if f.metadata["scope"] == scope:
                cell = _default(f.default)
                lines.append(f"| `{flag(f.name)}` | `{variable(f.name)}` | {cell} | {f.metadata['help']} |")
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def _default(value: object) -> str:
    if value is False:
        return "off"
    shown = f"{value.relative_to(ROOT)}/" if isinstance(value, Path) else value
    return f"`{shown}`" if shown else ""


def _tables(_: Sequence[Measured]) -> str:
    rows = [f"| `{table.name}` | {table.grain} |" for table in PUBLISHED]
    return "\n".join(["| table | one row is |", "|---|---|", *rows])


def _commands(_: Sequence[Measured]) -> str:
    rows = []
    for name, command in sorted(app.commands.items()):
        summary = " ".join((command.help or "").split("\n\n")[0].split())
        rows.append(f"| `onrecord {name}` | {summary.rstrip('.').replace('|', '/')} |")
    return "\n".join(["| command | what it does |", "|---|---|", *rows])


def _checks(_: Sequence[Measured]) -> str:
    known = checks()
    contract = sum(check.contract for check in known)
    kinds = f"{contract} of the contract, {len(known) - contract} in SQL"
    return f"{len(known)} checks ({kinds}; {len(shown_checks())} asset checks in Dagster)"


def _figures(rows: Sequence[Measured]) -> str:
    lines = [f"| {r.what} | {r.gold} | {r.onrecord} | {r.beside} | `{r.command}` |" for r in rows]
    head = ["| what | gold | onrecord | other programs, same protocol | command |", "|---|---|---|---|---|"]
    return "\n".join([*head, *lines])


def _short_figures(_: Sequence[Measured]) -> str:
    newest = record.latest(record.read())
    lines = [
        f"| {what} | {gold} | {newest[f'{what}, F1', gold].score.value:.1f} | {peer} |" for what, gold, peer in _SHORT
    ]
    return "\n".join(["| F1, in percent | gold | onrecord | best peer |", "|---|---|---|---|", *lines])


def _confidences(_: Sequence[Measured]) -> str:
    newest = record.latest(record.read())
    high, less = (newest[what, quotes.GOLD].score.value for what in (quotes.CONFIDENT, quotes.LESS))
    return (
        f"Of the quotes given a confidence of 0.9 or more, {high:.0f} in 100 are right; of those between 0.8 and 0.9, "
        f"{less:.0f} (PolNeAR dev, `benchmarks.quotes`)."
    )


PARTS: Mapping[str, Callable[[Sequence[Measured]], str]] = {
    "settings": _settings,
    "tables": _tables,
    "commands": _commands,
    "checks": _checks,
    "figures": _figures,
    "confidences": _confidences,
    "short_figures": _short_figures,
}


def generated(text: str, rows: Sequence[Measured]) -> str:
    """Return the page with its generated parts updated. Raises KeyError for an unknown part."""

    def part(found: re.Match[str]) -> str:
        body, line = PARTS[found["name"]](rows), "\n" if found[1].endswith("\n") else ""
        return f"{found[1]}{body}{line}{found[4]}"

    return _PART.sub(part, text)


def outdated(rows: Sequence[Measured], root: Path = ROOT) -> dict[Path, str]:
    """Return the pages whose generated parts are out of date, each with its new text."""
    pages = {
        page: page.read_text(encoding="utf-8") for page in (root / "README.md", *sorted((root / "docs").glob("*.md")))
    }
    fresh = {page: generated(text, rows) for page, text in pages.items()}
    return {page: text for page, text in fresh.items() if text != pages[page]}


def write(rows: Sequence[Measured], root: Path = ROOT) -> list[Path]:
    """Update the generated parts. Returns the pages that were written."""
    pages = outdated(rows, root)
    for page, text in pages.items():
        page.write_text(text, encoding="utf-8")
    return list(pages)


def main(arguments: Sequence[str]) -> int:
    """Write the parts, or compare them with --check. Returns 1 if --check finds a page out of date."""
    rows = benchmark_scores.read()
    check = "--check" in arguments
    pages = list(outdated(rows)) if check else write(rows)
    for page in pages:
        print(f"{page.relative_to(ROOT)}: {'out of date; run python -m benchmarks.docs' if check else 'written'}")
    return int(check and bool(pages))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
