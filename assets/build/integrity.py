"""Check that the warehouse holds what onrecord wrote, before a build relies on it."""

from __future__ import annotations

import logging

from assets.settings import Settings
from warehouse import integrity
from warehouse.store import Store
from warehouse.text import counted

LOG = logging.getLogger("onrecord")
_NAMED = 3


def verify(store: Store, settings: Settings) -> None:
    """Compare rows with their digests if another program has changed the database, or on request.

    With `--redo`, delete rows that differ, so that the stages make them again. Otherwise raise RowsDiffer.
    """
    with store.open() as connection:
        if not settings.redo:
            integrity.check_in(store, connection, always=settings.verify)
            return
        found = integrity.differences(store, connection, always=True)
        if not found:
            return
        LOG.warning("recomputing rows that another program has changed, in %s", ", ".join(found))
        records = integrity.redo(store, connection, found)
    lost = [each.source for each in records if each.kept or not (settings.raw / each.path).exists()]
    if lost:
        LOG.warning(
            "%s changed by another program, without a file in the raw folder to restore from: deleted (%s). A "
            "backup may have the original rows",
            counted(len(lost), "raw record was", "raw records were"),
            ", ".join(lost[:_NAMED]),
        )
