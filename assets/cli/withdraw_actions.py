"""The four forms of `onrecord withdraw`: withdraw an article, another one too, allow a copy, undo.

The list is written before the tables change: if a command is interrupted in between, the next build completes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from assets.build.intake import record_at
from assets.cli.article_view import NAMED, ArticleNotFound
from assets.runs import purge
from assets.settings import Settings
from pipeline import read
from warehouse.intake import staging
from warehouse.store import Store
from warehouse.text import one_line
from warehouse.withdrawal import lists
from warehouse.withdrawal import texts as withdrawn_texts
from warehouse.withdrawal.lists import Allowed, Withdrawal

NEXT = (
    "`onrecord build` makes the next release without it, replaces earlier releases that contain it, and rewrites",
    "the database without its words; it also deletes Dagster's run history, whose previews may show them.",
)


def withdraw(settings: Settings, source: str, reason: str) -> list[str]:
    """Withdraw the article with this document_id, source or URL, and those that the last build found to have the same
    text. If it is withdrawn already, change only the reason. Raises ArticleNotFound, StoreError."""
    store = Store(settings.warehouse)
    releases = store.releases
    staging.discard(store)
    with store.open() as connection:
        found = lists.stored(connection, source)
        if not found and (again := lists.find_by_name(lists.withdrawn(store.folder), source)):
            lines = [_changed(settings, one, reason) for one in again]
            lists.read_again(connection)
            return lines
        found = found or lists.released(releases, source)
        if len(found) != 1:
            several = ", ".join([*(name for _, name, _ in found[:NAMED]), *(["…"] if len(found) > NAMED else [])])
            raise ArticleNotFound(
                f"{source!r} names several articles: {several}"
                if found
                else f"no article with the id, source or URL {source!r}"
            )
        ((document_id, name, texts),) = found
        new = _note(settings, document_id, name, reason, texts)
        lines = [f"{name} ({document_id}) is withdrawn."]
        gone = [new]
        for other in lists.copies(connection, document_id):
            ((_, name, others),) = lists.stored(connection, other)
            if withdrawn_texts.is_exact_copy(new, others, withdrawn_texts.key(store.folder) or b""):
                gone.append(_note(settings, other, name, reason, others))
                lines.append(f"  {name} ({other}) has the same text and is withdrawn with it.")
            else:
                lines.append(f"  {name} has nearly the same text: the next build does not take it in until you decide.")
        lists.take_out_at_once(connection, gone)
    return [*lines, *([] if texts else ["  Its text is not available: copies cannot be found."]), *NEXT]


def withdraw_near_copy(settings: Settings, source: str, reason: str) -> list[str]:
    """Withdraw an article that was held back as a copy; any other as `withdraw` does. Raises ArticleNotFound,
    StoreError, OSError."""
    store = Store(settings.warehouse)
    with store.open() as connection:
        path = lists.refused_path(connection, source)
        if path is not None:
            record = _record(settings, path, source)
            _note(settings, record.document_id, record.source, reason, (record.text,))
            lists.read_again(connection)
            return [f"{record.source} ({record.document_id}) is withdrawn.", *NEXT]
    return withdraw(settings, source, reason)


def allow(settings: Settings, source: str, _: str = "") -> list[str]:
    """Admit an article that was held back as a copy, as long as its text does not change. Raises
    ArticleNotFound, StoreError, OSError."""
    store = Store(settings.warehouse)
    with store.open() as connection:
        path = lists.refused_path(connection, source)
        if path is None:
            raise ArticleNotFound(
                f"{source!r} was not refused as a copy; `onrecord refusals --reason withdrawn` lists those that were"
            )
        record = _record(settings, path, source)
        if record.document_id in lists.withdrawn(store.folder):
            raise ArticleNotFound(
                f"{source!r} itself is withdrawn: `onrecord withdraw {source} --undo` takes it in again"
            )
        secret = withdrawn_texts.key(store.folder) or b""
        new = Allowed(
            record.document_id, record.source, _today(), " ".join(sorted(withdrawn_texts.hashes(record.text, secret)))
        )
        lists.note_allowed(store.folder, {**lists.allowed(store.folder), new.document_id: new})
        lists.read_again(connection)
    return [f"{record.source} is allowed: the next build takes it in, unless its text changes."]


def undo(settings: Settings, source: str, _: str = "") -> list[str]:
    """Cancel a withdrawal: the next build takes in the article, and what was held back as a copy of it. Raises
    ArticleNotFound, StoreError."""
    store = Store(settings.warehouse)
    with store.open() as connection:
        known = lists.withdrawn(store.folder)
        named = lists.find_by_name(known, source)
        if not named:
            raise ArticleNotFound(f"{source!r} is not withdrawn")
        lists.write_withdrawn_list(store.folder, {name: w for name, w in known.items() if w not in named})
        for one in named:
            purge.mark_history_dirty(store.folder, one.document_id)
        lists.read_again(connection)
    texts = {mark for one in named for mark in one.hashes.split()}
    alike = [w.source for w in known.values() if w not in named and texts & set(w.hashes.split())]
    if alike:
        return [
            f"{named[0].source} is no longer withdrawn, but has the text of {', '.join(alike)}, still "
            "withdrawn: it is not taken in until that withdrawal is undone, too."
        ]
    return [f"{named[0].source} is no longer withdrawn: the next build takes it in again."]


WITHDRAW_ACTIONS: Mapping[str | None, Callable[[Settings, str, str], list[str]]] = {
    None: withdraw,
    "also": withdraw_near_copy,
    "allow": allow,
    "undo": undo,
}


def _note(settings: Settings, document_id: str, source: str, reason: str, texts: tuple[str, ...]) -> Withdrawal:
    """Add an article to the list of withdrawn ones, and remove it from the list of allowed ones."""
    folder = settings.warehouse
    secret = withdrawn_texts.key(folder, make=True)
    assert secret is not None
    known = lists.withdrawn(folder)
    new = Withdrawal(document_id, source, _today(), _why(reason), **withdrawn_texts.text_fingerprints(texts, secret))
    if document_id in known:
        new = withdrawn_texts.merged(known[document_id], new)
    lists.write_withdrawn_list(folder, {**known, document_id: new})
    permitted = lists.allowed(folder)
    if permitted.pop(document_id, None):
        lists.note_allowed(folder, permitted)
    purge.mark_history_dirty(folder, document_id)
    return new


def _changed(settings: Settings, one: Withdrawal, reason: str) -> str:
    """Change the reason of a withdrawn article; its day and the hashes of its text stay. Returns the line to print."""
    line = f"{one.source} ({one.document_id}) was already withdrawn on {one.withdrawn_on}"
    why = _why(reason)
    if why in ("", one.reason):
        return f"{line}; nothing was changed."
    folder = settings.warehouse
    lists.write_withdrawn_list(folder, {**lists.withdrawn(folder), one.document_id: replace(one, reason=why)})
    return f"{line}; the reason was changed, and is published with the next release."


def _why(reason: str) -> str:
    return one_line(ValueError(reason)) if reason.strip() else ""


def _record(settings: Settings, path: str, origin: str) -> read.Record:
    record = record_at(settings, path, origin)
    if record is None:
        raise ArticleNotFound(f"{origin!r} is no longer in {settings.raw}: nothing to decide")
    return record


def _today() -> str:
    return datetime.now(UTC).date().isoformat()
