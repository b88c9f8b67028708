"""Write the published tables: which files there are, which task writes which of them, and from which database files.

The tasks open the database read-only, so many can read it at once. A part of a table of articles whose prefix is in a
shard comes from this shard and the main file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from pathlib import Path

from pipeline.contract import BY_NAME, PUBLISHED
from warehouse import ledger, shards
from warehouse.release import parquet, parts, rights, versions
from warehouse.release.parquet import BrokenTable, Written
from warehouse.release.parts import Earlier
from warehouse.release.rights import Terms
from warehouse.release.tasks import Alive, Staged
from warehouse.release.versions import Record
from warehouse.store import Store

# Tables of fewer rows are written by one task: opening all database files takes longer than writing them.
FEW_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class _Work:
    """What one task writes: table -> prefixes of its parts; from these shards, or from all files."""

    name: str
    prefixes: Mapping[str, Sequence[str]]
    shards: Sequence[str] | None = None


def write(store: Store, terms: Terms, staged: Staged, empty: Record, last: Path | None) -> Record:
    """Write every published table as Parquet, and the record. Returns it with rows, files, articles and withheld
    values. Call it under the store's lock. Raises BrokenTable, StoreError, EngineError."""
    names = [table.name for table in PUBLISHED]
    with store.unlocked() as connection:
        closed = rights.count_closed(connection, terms)
        totals = ledger.counts(connection, names)
        prefixes = {t.name: parts.prefixes(connection, t, totals[t.name], empty.part_rows) for t in PUBLISHED}
    work = list(_divided(totals, prefixes, shards.layout(store.folder).prefixes))
    # Large ones first: no worker begins one when the others are done.
    work.sort(key=lambda one: -_rows(one, totals, prefixes))
    shared = {"store": store, "terms": terms, "earlier": _earlier(last, empty.made_by)}
    tasks = [
        staged.task(w.name, write_tables, {**shared, "prefixes": w.prefixes, "shard_prefixes": w.shards}) for w in work
    ]
    written = list(zip(work, staged.write(tasks), strict=True))
    rows: dict[str, int] = {}
    withheld: dict[str, int] = {}
    for name in names:
        # In the order of the parts: the columns come in the order in which one process finds withheld values.
        mine = [(w.prefixes[name], found[name]) for w, found in written if name in w.prefixes]
        mine.sort(key=itemgetter(0))
        rows[name] = sum(one.rows for _, one in mine)
        counted = Counter[str]()
        for _, one in mine:
            counted.update(one.withheld)
        withheld |= {f"{name}.{column}": number for column, number in counted.items()}
        if rows[name] != totals[name]:
            raise BrokenTable(
                f"{name} has {totals[name]} rows, of which {rows[name]} were written: a part holds hexadecimal ids only"
            )
    files = {name: [parts.file_name(name, prefix) for prefix in prefixes[name]] for name in names}
    articles = {"all": rows["documents"], "closed": closed}
    record = replace(empty, rows=rows, files=files, articles=articles, withheld=withheld)
    versions.write_record(staged.folder, record)
    return record


def _divided(
    totals: Mapping[str, int], prefixes: Mapping[str, Sequence[str]], shard_prefixes: Sequence[str]
) -> Iterator[_Work]:
    """Yield the work of each task: the parts of all tables of articles in a shard (of one file: those with the same
    first digit), each large table, and the small ones."""
    few: dict[str, Sequence[str]] = {}
    units = shard_prefixes or shards.prefixes(16)
    beside: dict[tuple[str, ...], dict[str, list[str]]] = {}
    for table in PUBLISHED:
        mine = prefixes[table.name]
        if len(mine) > 1 and table.sort[0] == "document_id":
            for prefix in mine:
                near = tuple(unit for unit in units if unit.startswith(prefix) or prefix.startswith(unit))
                beside.setdefault(near, {}).setdefault(table.name, []).append(prefix)
        elif totals[table.name] * parts.weight(table) < FEW_ROWS:
            few[table.name] = mine
        else:
            yield _Work(f"table {table.name}", {table.name: mine})
    if few:
        yield _Work("small tables", few)
    for near, theirs in beside.items():
        yield _Work(
            f"parts {' to '.join(sorted({*near[:1], *near[-1:]}))}", theirs, near if shard_prefixes and near else None
        )


def _rows(work: _Work, totals: Mapping[str, int], prefixes: Mapping[str, Sequence[str]]) -> float:
    """Return about how many rows a task writes."""
    return sum(
        totals[name] * parts.weight(BY_NAME[name]) * len(mine) / len(prefixes[name])
        for name, mine in work.prefixes.items()
    )


def write_tables(
    folder: Path,
    alive: Alive,
    store: Store,
    terms: Terms,
    earlier: Earlier | None,
    prefixes: Mapping[str, Sequence[str]],
    shard_prefixes: Sequence[str] | None,
) -> dict[str, Written]:
    """Write parts of tables (table -> their prefixes) from these shards, or from all files."""
    found = {}
    rules = rights.rules(terms)
    # Not the system's folder for temporary files: it may be small.
    with store.unlocked(shard_prefixes, folder.parent) as connection:
        rights.prepare(connection, terms, statements="statements" in prefixes)
        for name, mine in prefixes.items():
            found[name] = parquet.write(connection, BY_NAME[name], rules[name], folder, mine, earlier, alive)
            # The next table reads other columns; buffers of all tables would grow with the store.
            parquet.release_buffers(connection)
    return found


def _earlier(last: Path | None, made_by: str) -> Earlier | None:
    """Return the previous release, if this program made it: then a file with the same rows has the same bytes."""
    if last is None:
        return None
    kept = versions.record(last)
    return Earlier(last, kept.digests) if kept.made_by == made_by else None
