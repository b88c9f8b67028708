"""Check that the warehouse holds what onrecord wrote, before a build relies on it."""

from __future__ import annotations

import logging

from assets.settings import Settings
from warehouse import integrity, shards
from warehouse.store import Store
from warehouse.text import counted

LOG = logging.getLogger("onrecord")
_NAMED = 3


def verify(store: Store, settings: Settings) -> None:
    """Compare rows with their digests if another program has changed the database, or on request.

    With `--redo`, delete rows that differ, so that the stages make them again. Otherwise raise RowsDiffer.
    """
    with store.open() as connection:
        if store.unverified():  # a shard may also be an older copy, with rows and digests that match
            _open_all(store)
        if not settings.redo:
            integrity.check_in(store, connection, always=settings.verify)
            return
        found = integrity.differences(store, connection, always=True)
        if not found:
            return
        documents = integrity.affected(connection, found)
        if parts := store.parts:
            integrity.redo_corpus(connection)
        _open_all(store)
    LOG.warning("recomputing rows that another program has changed, in %s", ", ".join(found))
    for part in parts:
        with part.writing() as connection:
            integrity.redo_shard(connection, found, documents)
    with store.open() as connection:
        records = integrity.delete_differing_rows(store, connection, found)
    lost = [each.source for each in records if each.kept or not (settings.raw / each.path).exists()]
    if lost:
        LOG.warning(
            "%s changed by another program, without a file in the raw folder to restore from: deleted (%s). A "
            "backup may have the original rows",
            counted(len(lost), "raw record was", "raw records were"),
            ", ".join(lost[:_NAMED]),
        )


def _open_all(store: Store) -> None:
    """Have the next update open all shards. Call it under the store's lock."""
    found = shards.layout(store.folder)
    shards.update(store.folder, found.count, dict.fromkeys(found.prefixes))
