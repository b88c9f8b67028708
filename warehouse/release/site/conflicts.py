"""The page's section on events and utterances that two articles date differently."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb

from warehouse.release.site.escape import tag
from warehouse.release.site.layout import scroll, tabulate
from warehouse.text import count, shortened, visible

# The page shows so many; all are in date_conflicts.
MOST = 20
# Those next to each other first: they are contradictions rather than two events. Words that are withheld are null.
_SQL = """
SELECT coalesce(s.text, c.event || ': ' || (
        SELECT string_agg(name, ', ' ORDER BY name) FROM entities WHERE list_contains(c.entities, entity_id)
    )) AS what,
    coalesce(a.text, p.text), c.first_earliest, c.first_latest, coalesce(one.publisher, one.title, one.source),
    coalesce(b.text, q.text), c.second_earliest, c.second_latest, coalesce(other.publisher, other.title, other.source),
    c.days_apart
FROM date_conflicts AS c
JOIN documents AS one ON one.document_id = c.first_document_id
JOIN documents AS other ON other.document_id = c.second_document_id
LEFT JOIN statements AS s ON s.statement_id = c.statement_id
LEFT JOIN dates AS a ON a.date_id = c.first_id LEFT JOIN quotes AS p ON p.quote_id = c.first_id
LEFT JOIN dates AS b ON b.date_id = c.second_id LEFT JOIN quotes AS q ON q.quote_id = c.second_id
ORDER BY c.days_apart, c.first_id, c.second_id LIMIT ?
"""
_HEAD = ("event or utterance", "one article", "its days", "the other", "its days")


def section(connection: duckdb.DuckDBPyConnection) -> str:
    """The section's HTML; empty where there is no conflict. The release's tables stand in the connection."""
    ((found,),) = connection.execute("SELECT count(*) FROM date_conflicts").fetchall()
    if not found:
        return ""
    rows = [_row(row) for row in connection.execute(_SQL, [MOST]).fetchall()]
    table = tabulate(None, [*((name, False) for name in _HEAD), ("days apart", True)], rows)
    shown = "" if found <= MOST else f" These are the {MOST} whose days are nearest to each other."
    return (
        '<section id="conflicts"><h2>Days that contradict each other</h2>'
        f"<p>Events and utterances that two articles date differently: {count(found)}.{shown} All are in the table "
        "<code>date_conflicts</code>, with their places in the texts.</p>"
        f"{scroll('Conflicts', table)}</section>"
    )


def _row(row: Sequence[Any]) -> list[str]:
    what, *sides, apart = row
    cells = [_words(what, "words withheld")]
    for words, first, last, source in (sides[:4], sides[4:]):
        cells.append(f'{_words(words, "words withheld")} <span class="soft">({_words(source, "")})</span>')
        cells.append(tag(str(first) if first == last else f"{first} to {last}"))
    return [*cells, count(apart)]


def _words(text: str | None, instead: str) -> str:
    return f"<em>{instead}</em>" if text is None else tag(shortened(visible(text), 120))
