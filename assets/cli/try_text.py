"""The command `try`: the rows that a text gives, and why, without a warehouse.

The text is processed as in a build: read like a file of a raw folder, then run through the article-wise stages.
Entities and statements need a corpus and are not computed.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

import pipeline
from assets.cli import value_explanations
from assets.cli.options import options
from assets.settings import Settings, flag, from_environment, with_values
from assets.settings.resolve import models
from pipeline.contract import BY_NAME
from pipeline.read import MAX_BYTES, Entry, Record, read_file
from pipeline.read.names import safe
from pipeline.stages import DOCUMENT_TABLES

if TYPE_CHECKING:
    from pipeline.stage import Row, Rows

# Name of a text that comes from the command line or standard input.
NAME = "text.txt"
# The folder that holds the tables of words and rules.
TABLES = Path(pipeline.__file__).parent
# Seconds between two looks of --watch at the tables.
LOOK_SECONDS = 0.5


@click.command("try")
@click.argument("text")
@click.option("--published", metavar="DATE", help="day of publication (2025-03-17), to which relative dates refer")
@click.option("--sentences", is_flag=True, help="print the sentences, too")
@click.option("--json", "as_json", is_flag=True, help="print the rows of the tables as JSON")
@click.option("--watch", is_flag=True, help="run again when a table in pipeline/ changes")
@options("model", "names", "aliases")
def try_command(
    text: str, published: str | None, sentences: bool, as_json: bool, watch: bool, **given: str | None
) -> None:
    """Print the rows extracted from TEXT (a text, a file, or - for standard input), with the reasons.

    It needs no warehouse and changes nothing. Of a file with several articles, the first one is shown.
    """
    values = {name: value for name, value in given.items() if value is not None}
    if watch:
        named = {"--published": published, **{flag(name): value for name, value in values.items()}}
        arguments = [f"{name}={value}" for name, value in named.items() if value is not None]
        arguments += ["--sentences"] * sentences + ["--json"] * as_json
        _watch(text, arguments)
    settings = with_values(from_environment(), values)
    models(settings)
    with tempfile.TemporaryDirectory() as folder:
        record = _record(_file(text, Path(folder)), _day(published), settings.languages.split(","))
    rows = rows_of(record, settings)
    if as_json:
        click.echo(json.dumps({name: _columns(name, rows) for name in DOCUMENT_TABLES[1:]}, default=str, indent=1))
    else:
        Console(highlight=False).print(report(rows, sentences=sentences))


def rows_of(record: Record, settings: Settings) -> Rows:
    """Return the rows that a build makes of an article, by table."""
    from pipeline.stages import run_stages

    raw = {field.name: getattr(record, field.name) for field in fields(record)}
    (rows,) = run_stages([{**raw, "standing": True}], settings)
    return rows


def _file(text: str, folder: Path) -> Path:
    """Return the file to read: the named one, or a new one in `folder` with the text. Raises ClickException."""
    path = Path(text)
    if text == "-":
        content = sys.stdin.buffer.read(MAX_BYTES + 1)
    elif _is_file(path):
        return path.resolve()
    elif (path.suffix or "/" in text or text == ".") and not any(ch.isspace() for ch in text):
        raise click.ClickException(f"{_shown(text)} is not a file")
    else:
        content = text.encode("utf-8", "surrogateescape")
    if not content.strip():
        raise click.ClickException("the text is empty")
    file = folder / NAME
    file.write_bytes(content)
    return file


def _record(file: Path, published: str | None, languages: Sequence[str]) -> Record:
    """Return the first article of a file, as a build reads it, with the given day of publication. Raises
    ClickException."""
    entry = Entry(safe(file.name), file.stat().st_size, 0)
    first = next(iter(read_file(file.parent.resolve(), entry, languages)), None)
    if first is None:
        raise click.ClickException(f"{_shown(file.name)} contains no article")
    if not isinstance(first, Record):
        raise click.ClickException(f"a build would refuse it as {first.reason}: {_shown(first.detail)}")
    return first if published is None else replace(first, known_published=published)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # the text is too long for a file name
        return False


def _day(published: str | None) -> str | None:
    """Return the day given with --published. Raises ClickException."""
    if published is None:
        return None
    try:
        return date.fromisoformat(published).isoformat()
    except ValueError:
        raise click.ClickException(f"--published must be a day such as 2025-03-17, not {_shown(published)}") from None


def _columns(table: str, rows: Rows) -> list[dict[str, Any]]:
    return [{column.name: row[column.name] for column in BY_NAME[table].stored} for row in rows[table]]


def report(rows: Rows, *, sentences: bool) -> Group:
    """Return the rows as tables, each with its reasons. Text is printed literally: markup is not interpreted."""
    (article,) = rows["documents"]
    names = {chain["chain"]: chain["names"][0] for chain in rows["chains"] if chain["names"]}
    words = {quote["quote_id"]: quote["text"] for quote in rows["quotes"]}
    tables = [
        _table("Article", ("what", "value", "why"), _facts(article)),
        _table("Removed or repaired", ("words", "became", "rule"), map(_edit, rows["edits"])),
        _table("Sentences", ("role", "words"), ((s["role"], s["text"]) for s in rows["sentences"] if sentences)),
        _table("Names", ("words", "label", "who or what", "why"), (_mention(m, names) for m in rows["mentions"])),
        _table(
            "Quotations",
            ("kind", "words", "speaker", "confidence", "why"),
            (_quote(quote, names) for quote in rows["quotes"]),
        ),
        _table(
            "Dates", ("words", "value", "days", "why", "quotation"), (_date(found, words) for found in rows["dates"])
        ),
    ]
    if not any(rows[name] for name in ("mentions", "quotes", "dates")):
        return Group(*(table for table in tables if table.row_count), "No names, quotations or dates were found.")
    return Group(*(table for table in tables if table.row_count))


def _facts(article: Row) -> Iterable[tuple[object, ...]]:
    days = " to ".join(str(article[f"published_{bound}"] or "?") for bound in ("earliest", "latest"))
    published = article["published_on"] or (days if article["published_basis"] != "unknown" else None)
    why = [value_explanations.PUBLISHED[article["published_basis"]], *(article["published_evidence"] or ())]
    facts = [(name, article[name], "") for name in ("title", "author", "publisher", "agency", "dateline", "language")]
    facts += [
        ("published", published, "\n".join(why)),
        ("licence", article["licence"], value_explanations.LICENCE[article["licence_basis"]]),
    ]
    return [fact for fact in facts if fact[1] is not None]


def _edit(edit: Row) -> tuple[object, ...]:
    words = (_shown(edit[column]) for column in ("original", "replacement"))
    return *(f"'{each}'" if each.isspace() else each for each in words), edit["rule"]


def _mention(mention: Row, names: Mapping[int, str]) -> tuple[object, ...]:
    return (
        mention["text"],
        mention["label"],
        names.get(mention["chain"], "-"),
        value_explanations.RESOLUTION[mention["resolution"]],
    )


def _quote(quote: Row, names: Mapping[int, str]) -> tuple[object, ...]:
    speaker = names.get(quote["speaker_chain"]) or quote["speaker"] or "-"
    return (
        quote["kind"],
        quote["text"],
        speaker,
        f"{quote['confidence']:.2f}",
        "\n".join(value_explanations.of_quote(quote)),
    )


def _date(found: Row, words: Mapping[str, str]) -> tuple[object, ...]:
    days = {str(day) for day in (found["earliest"], found["latest"]) if day is not None}
    why = [value_explanations.DATE[found["basis"]], found["problem"] or ""]
    relation = {"inside": "inside ", "when_said": "when it was said: "}.get(found["relation"], "")
    quotation = relation + words.get(found["quote_id"], "")
    value = " ".join(filter(None, (found["value"] or "-", found["mod"])))
    return found["text"], value, " to ".join(sorted(days)) or "-", "\n".join(filter(None, why)), quotation


def _table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    table = Table(*columns, title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD)
    for row in rows:
        table.add_row(*(Text("\n".join(_shown(line) for line in str(cell).split("\n"))) for cell in row))
    return table


def _shown(text: str) -> str:
    """Escape control characters, direction marks and the like, so that the terminal does not interpret them."""
    return "".join(ch if ch.isprintable() else ch.encode("unicode_escape").decode() for ch in text)


def _watch(text: str, arguments: Sequence[str]) -> None:
    """Run the command again when a table or the file changes, each time in a new process, which reads the current
    tables. Ends with Ctrl-C."""
    command = [sys.executable, "-c", "from assets.cli import app; app()", "try", *arguments, "--", text]
    content = sys.stdin.buffer.read(MAX_BYTES + 1) if text == "-" else None
    last: Mapping[Path, int] = {}
    while True:
        times = {path: path.stat().st_mtime_ns for path in (*TABLES.rglob("*.tsv"), Path(text)) if _is_file(path)}
        if times != last:
            last = times
            subprocess.run(command, input=content, check=False)
            click.echo("Waiting for a change of a table in pipeline/; Ctrl-C ends.", err=True)
        time.sleep(LOOK_SECONDS)
