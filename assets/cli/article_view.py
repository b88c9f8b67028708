"""Output of `onrecord show`: an article raw and published side by side, its quotes, and why each has its speaker.

Text of articles is printed literally: markup is not interpreted, and control characters do not reach the terminal.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.style import Style
from rich.table import Table
from rich.text import Text

from assets.cli.value_explanations import of_quote
from pipeline.contract import BY_NAME
from pipeline.documents.clean import Edit, Offsets
from warehouse.store import Store, rows
from warehouse.text import printable
from warehouse.withdrawal.lists import find_by_name, withdrawn

# Maximum articles listed in the message for an ambiguous name.
NAMED = 6
# For a file or record that is not published: its origin, its refusal, the stage that failed on it.
_KNOWN = """
SELECT coalesce(refusal.source, raw.origin) AS source, refusal.reason AS refused, refusal.detail,
    failure.stage, failure.reason AS failure
FROM (FROM stored.raws WHERE $name IN (document_id, source, url, origin)) AS raw
FULL JOIN (FROM stored.refusals WHERE $name IN (source, document_id) OR source IN
    (SELECT origin FROM stored.raws WHERE $name IN (document_id, source, url))) AS refusal
    ON refusal.source = raw.origin
LEFT JOIN stored.failures AS failure ON failure.document_id = raw.document_id
ORDER BY raw.standing DESC NULLS LAST, source, failure.stage LIMIT 1
"""

DELETED = Style(color="red", strike=True)
REPLACED = Style(color="yellow", reverse=True)
NAME = Style(color="cyan", underline=True)
QUOTE = Style(color="green")
SPEAKER = Style(color="magenta", bold=True)
DATE = Style(color="blue")


class ArticleNotFound(LookupError):
    """No article, or more than one, has that name, or the command does not apply to it; the message says which."""


def print_article(warehouse: Path, name: str, console: Console | None = None) -> None:
    """Print one article of the warehouse. Raises ArticleNotFound."""
    console = console or Console(highlight=False)
    store = Store(warehouse)
    document_id = find(store, name)
    with store.reading() as connection:
        found = {
            table: rows(connection, BY_NAME[table], [document_id])[document_id]
            for table in ("raws", "documents", "edits", "mentions", "quotes", "dates", "resolutions")
        }
    entities = {
        row["entity_id"]: row["name"]
        for row in store.read(
            "SELECT entity_id, name FROM stored.entities WHERE entity_id IN "
            "(SELECT entity_id FROM stored.resolutions WHERE document_id = ?)",
            [document_id],
        ).to_dicts()
    }
    names = {row["chain"]: entities.get(row["entity_id"]) for row in found["resolutions"]}
    console.print(_head(found["documents"][0]))
    console.print(side_by_side(found))
    for line in _who_said_what(found["quotes"], names):
        console.print(line)


def find(store: Store, name: str) -> str:
    """Return the document_id of the article with this id, source or part of a source. Raises ArticleNotFound."""
    if not store.database.exists():
        raise ArticleNotFound(f"there is no warehouse in {store.folder}; `onrecord build` makes one")
    matches = store.read(
        "SELECT document_id, source FROM stored.documents "
        "WHERE document_id = $name OR source = $name OR contains(source, $name) "
        "ORDER BY (document_id = $name OR source = $name) DESC, source LIMIT $most",
        {"name": name, "most": NAMED + 1},
    ).to_dicts()
    exact = [m for m in matches if name in (m["document_id"], m["source"])]
    if len(exact or matches) == 1:
        (found,) = exact or matches
        if store.read("FROM stored.raws WHERE standing AND document_id = ?", [found["document_id"]]).is_empty():
            raise ArticleNotFound(_missing_source_reason(store, found["document_id"], found["source"]))
        return str(found["document_id"])
    if not matches:
        raise ArticleNotFound(_unpublished_reason(store, name) or f"no article with the id, source or URL {name!r}")
    sources = [_shown(m["source"]) for m in matches]
    more = ["…"] if len(sources) > NAMED else []
    raise ArticleNotFound(f"{name!r} names several articles: {', '.join(sources[:NAMED] + more)}")


def _missing_source_reason(store: Store, document_id: str, source: str) -> str:
    """Return why an article that earlier builds published no longer has a raw text."""
    gone = "withdrawn" if document_id in withdrawn(store.folder) else "no longer in the raw folder"
    return f"{_shown(source)} is {gone}; the next build removes it"


def _unpublished_reason(store: Store, name: str) -> str | None:
    """Return why an article that was read, or withdrawn, is not published; None if the name is unknown."""
    for one in find_by_name(withdrawn(store.folder), name):
        return f"{_shown(one.source)} is withdrawn, since {one.withdrawn_on}"
    known = store.read(_KNOWN, {"name": name}).to_dicts()
    if not known:
        return None
    (found,) = known
    source = _shown(found["source"])
    if found["refused"]:
        why = _shown(found["detail"].removeprefix(f"{found['source']}: "))
        return f"{source} is not published; it is refused as {found['refused']}: {why}"
    if found["stage"]:
        return f"{source} is not published: it failed in {found['stage']}: {_shown(found['failure'])}"
    return f"{source} was read, but not yet processed: run `onrecord build`"


def _head(document: dict[str, Any]) -> Text:
    when = document["published_on"] or " to ".join(
        str(document[bound] or "?") for bound in ("published_earliest", "published_latest")
    )
    facts = [
        document["title"],
        document["publisher"],
        f"{when} ({document['published_basis']})",
        f"document_id {document['document_id']}",
        document["licence"] or "no licence known",
        document["source"],
    ]
    return Text(" · ".join(_shown(str(fact)) for fact in facts if fact), style="bold")


def side_by_side(found: dict[str, list[dict[str, Any]]]) -> Table:
    """Return a table with one row per paragraph: the raw text with its edits on the left, the published text with its
    marks on the right."""
    raw, text = found["raws"][0]["text"], found["documents"][0]["text"]
    edits = [Edit(**{f: e[f] for f in Edit.__dataclass_fields__}) for e in found["edits"]]
    offsets = Offsets(edits)
    table = Table(expand=True, show_lines=False, padding=(0, 1))
    table.add_column("raw", ratio=1)
    table.add_column("published", ratio=1)
    left, right = _mark_raw(raw, edits), _mark_text(text, found)
    raw_from = text_from = 0
    while text_from < len(text):
        line_end = text.find("\n", text_from)
        text_to = len(text) if line_end < 0 else line_end + 1
        raw_to = len(raw) if text_to == len(text) else offsets.to_raw(text_to - 1, text_to)[1]
        table.add_row(_cut(left, raw_from, raw_to), _cut(right, text_from, text_to))
        raw_from, text_from = raw_to, text_to
    return table


def _cut(text: Text, start: int, end: int) -> Text:
    piece = text[start:end]
    piece.rstrip()
    return piece


def _mark_raw(raw: str, edits: Sequence[Edit]) -> Text:
    marked = Text(_shown(raw))
    for edit in edits:
        marked.stylize(REPLACED if edit.replacement else DELETED, edit.raw_start, edit.raw_end)
    return marked


def _mark_text(text: str, found: dict[str, list[dict[str, Any]]]) -> Text:
    marked = Text(_shown(text))
    for quote in found["quotes"]:
        marked.stylize(QUOTE, quote["start"], quote["end"])
    for date in found["dates"]:
        marked.stylize(DATE, date["start"], date["end"])
    for mention in found["mentions"]:
        if mention["resolution"] not in ("pronoun", "description"):
            marked.stylize(NAME, mention["start"], mention["end"])
    for quote in found["quotes"]:
        if quote["speaker_start"] is not None:
            marked.stylize(SPEAKER, quote["speaker_start"], quote["speaker_end"])
    return marked


def _who_said_what(quotes: Sequence[dict[str, Any]], names: dict[int, str | None]) -> list[Text]:
    out = []
    for quote in quotes:
        who = names.get(quote["speaker_chain"]) or quote["speaker"] or "speaker unknown"
        line = Text(f"{quote['kind']:<8} ", style="dim")
        line.append(_shown(who), style=SPEAKER)
        line.append(": ")
        line.append(_shown(" ".join(quote["text"].split())), style=QUOTE)
        sure = f"confidence {quote['confidence']:.2f}; quote_id {quote['quote_id']}"
        line.append(f"\n         {_shown('; '.join(of_quote(quote)))}; {sure}", style="dim")
        out.append(line)
    return out


def _shown(text: str) -> str:
    return printable(text, keep="\n")
