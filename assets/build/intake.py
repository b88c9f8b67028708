"""Intake of the raw folder: which files are read, and when their records replace those of the store.

1. Read files whose articles are in the store into staging, with the list of files that are gone.
2. Count what replacing the rows would lose. If it is too much, read the new files into staging as well, since articles
   may have moved there. If it is still too much, the build stops and nothing has changed.
3. Replace the rows in one transaction.
4. Read new files and store them in order, so many records at a time: they can replace nothing. A first build works like
   this throughout. A kill costs what is not stored: the current records, and those that workers have read of files that
   follow a task that is not done.

Many files are read by the engine's workers (assets.build.read_files), few in this process. Rows go from Parquet files
to the store in SQL.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from assets.build.engine.shards import Here, workplace
from assets.build.read_files import CHUNK_RECORDS, ReadFiles, ReadTask, in_order, tasks, work
from assets.settings import SettingError, Settings
from pipeline import read
from pipeline.contract import CORRECTIONS, RAWS, REFUSALS
from pipeline.options import corrections
from warehouse import intake
from warehouse.change_counts import Tally
from warehouse.intake import clustering, losses
from warehouse.intake.staging import TOUCHED, StagedChunk, Staging, discard, relations, staging
from warehouse.refusals import by_reason
from warehouse.release import versions
from warehouse.shard_tasks import run_here
from warehouse.sql import fetch_one, transaction
from warehouse.store import Store
from warehouse.text import counted, printable
from warehouse.withdrawal import lists
from warehouse.withdrawal.texts import Index, index

LOG = logging.getLogger("onrecord")
# Lines on how files were read, and unused names in one line.
LAYOUTS, UNUSED = 10, 10
# From so much work on (`read_files.work`), workers read the files: a second, which is what their start takes.
MIN_WORK = 5_000


@dataclass(frozen=True, slots=True)
class Reading:
    """How files are read: see the fields of assets.build.read_files.ReadTask."""

    settings: Settings
    hashes: Mapping[str, str]
    read_version: str
    folder: Path
    most_records: int

    def results(self, entries: Sequence[read.Entry], limit: int | None) -> Iterator[ReadFiles]:
        """Read files, in order, `limit` records at most. Raises EngineError, StoreError."""
        if limit is not None:
            yield from self._limited(entries, limit)
            return
        found = list(self._tasks(entries))
        with closing(workplace(self.settings, len(found), work(entries), MIN_WORK)) as place:
            if not isinstance(place, Here):
                found = [replace(task, elsewhere=True) for task in found]
            yield from in_order(place.run(found))

    def _limited(self, entries: Sequence[read.Entry], left: int) -> Iterator[ReadFiles]:
        for task in self._tasks(entries):
            if left <= 0:
                return
            for found in in_order(run_here([replace(task, first=0, limit=left)])):
                left -= sum(chunk.rows.get("raws", 0) for chunk in found.chunks)
                yield found

    def _tasks(self, entries: Sequence[read.Entry]) -> Iterator[ReadTask]:
        shared = {item.name: getattr(self, item.name) for item in dataclasses.fields(self) if item.name != "hashes"}
        return tasks(entries, self.hashes, partial(ReadTask, **shared))


@dataclass
class Intake:
    """One intake of the raw folder into the store. `report` receives files done and files to read; the counts are of
    records and refusals read, and of paths removed."""

    store: Store
    settings: Settings
    report: Callable[[int, int], None]
    tallies: dict[str, Tally] = field(
        default_factory=lambda: {table.name: Tally() for table in (RAWS, REFUSALS, CORRECTIONS)}
    )
    taken: int = 0
    refused: int = 0
    removed: int = 0
    done: int = 0
    near: list[str] = field(default_factory=list)
    layouts: list[read.Layout] = field(default_factory=list)

    @property
    def _accepted(self) -> bool:
        """Whether lost articles are removed. keep_removed takes precedence."""
        return self.settings.accept_removals and not self.settings.keep_removed

    def run(self, most_records: int, most_characters: int) -> None:
        """Update the store from the folder. Raises FileNotFoundError or NotADirectoryError if there is no folder,
        SourcesVanished if too many articles would be lost."""
        settings = self.settings
        discard(self.store)
        entries = read.listing(settings.raw)
        withdrawn = index(settings.warehouse)
        version = settings.read_version
        with self.store.open() as connection:
            self.near += intake.refuse_withdrawn_records(connection, withdrawn, self.tallies)
            kept = lists.corrections_kept(corrections(settings), withdrawn.withdrawals)
            intake.store_corrections(connection, kept, self.tallies["corrections"], self.tallies["refusals"])
            plan = intake.plan(connection, entries, version, keep_removed=settings.keep_removed, verify=settings.verify)
            hashes = intake.known_hashes(connection, version)
        hashes = {path: sha for path, sha in hashes.items() if path not in plan.kept}
        if plan.read or plan.removed:
            with staging(self.store) as folder:
                reading = Reading(settings, hashes, version, folder, min(most_records, CHUNK_RECORDS))
                straight = True
                if plan.at_risk or plan.removed:
                    straight = self._replace(plan, reading)
                if straight:
                    for batch in _batches(
                        self._chunks(reading, plan.new, len(plan.read)), most_records, most_characters
                    ):
                        self._store_new(batch)
        with self.store.open() as connection:
            clustering.cluster(connection)
        self._warn(withdrawn)

    def _store_new(self, batch: Sequence[StagedChunk]) -> None:
        """Store the rows of new files, in one transaction."""
        with self.store.writing() as connection:
            paths = [path for chunk in batch for path in chunk.replaced]
            intake.replace_records(connection, replaced=paths, rows=relations(batch), tallies=self.tallies)
        for chunk in batch:
            chunk.delete()

    def _warn(self, withdrawn: Index) -> None:
        """Log what is held back although it was not itself withdrawn, or by its name alone."""
        if self.near:
            LOG.warning(
                "%s nearly the text of a withdrawn article, so not taken in (the first is %s): `onrecord "
                "refusals --reason withdrawn` lists them, `onrecord withdraw --also SOURCE` withdraws one, "
                "too, and `onrecord withdraw --allow SOURCE` takes it in",
                counted(len(self.near), "record has", "records have"),
                min(self.near),
            )
        if withdrawn.by_name_only:
            LOG.warning(
                "%s matched by name only: the text was not available, or its hash was made by another version "
                "or with another key",
                counted(withdrawn.by_name_only, "withdrawn article is", "withdrawn articles are"),
            )

    def _replace(self, plan: intake.Plan, reading: Reading) -> bool:
        """Read files at risk, decide, replace their rows. Returns whether the new files are still to be read."""
        total, staged = len(plan.read), Staging()
        paths = self._stage(staged, reading, plan.at_risk, total)
        moved = bool(plan.new) and self._must_read_new_files(staged, plan, paths)
        if moved:
            paths += self._stage(staged, reading, plan.new, total)
        with self.store.open() as connection, staged.attached(connection):
            decide(
                losses.measure_losses(connection, plan.removed, paths, self.settings.languages, accept=self._accepted),
                self.settings,
            )
            self.removed = intake.apply_staged_rows(
                connection, keep_removed=self.settings.keep_removed, tallies=self.tallies
            )
        return not moved

    def _must_read_new_files(self, staged: Staging, plan: intake.Plan, paths: Sequence[str]) -> bool:
        """Return whether it matters if lost articles are in the new files."""
        with self.store.open() as connection, staged.attached(connection):
            found = losses.measure_losses(
                connection, plan.removed, paths, self.settings.languages, accept=self._accepted
            )
        return found.count > 0 and (self.settings.keep_removed or (found.too_many and not self._accepted))

    def _stage(self, staged: Staging, reading: Reading, entries: Sequence[read.Entry], total: int) -> list[str]:
        paths: list[str] = []
        for chunk in self._chunks(reading, entries, total):
            staged.add(chunk)
            paths += chunk.replaced
        return paths

    def _chunks(self, reading: Reading, entries: Sequence[read.Entry], total: int) -> Iterator[StagedChunk]:
        """Yield chunks of these files and count them; write new times of files at once."""
        limit = self.settings.limit
        for result in reading.results(entries, None if limit is None else limit - self.taken):
            for chunk in result.chunks:
                self.near += chunk.near
                self.layouts += chunk.layouts
                if TOUCHED in chunk.rows:
                    with self.store.writing() as connection, transaction(connection):
                        intake.update_file_lines(connection, relations([chunk])[TOUCHED])
                yield chunk
                self.taken += chunk.rows.get("raws", 0)
                self.refused += chunk.rows.get("refusals", 0)
                self.done += chunk.rows.get("files", 0) + chunk.rows.get(TOUCHED, 0)
                self.report(self.done, total)


def _batches(chunks: Iterator[StagedChunk], most_records: int, most_characters: int) -> Iterator[Sequence[StagedChunk]]:
    """Yield chunks that together reach one of the limits, and the rest."""
    batch: list[StagedChunk] = []
    for chunk in chunks:
        batch.append(chunk)
        rows = sum(each.rows.get("raws", 0) + each.rows.get("refusals", 0) for each in batch)
        if rows >= most_records or sum(each.characters for each in batch) >= most_characters:
            yield batch
            batch = []
    if batch:
        yield batch


def decide(found: losses.Losses, settings: Settings) -> None:
    """Raise SourcesVanished if too many articles are lost and the settings do not allow it; log those that are kept
    because their files cannot be read."""
    if found.too_many and not (settings.accept_removals or settings.keep_removed):
        raise losses.SourcesVanished(losses.message(found, settings.raw, settings.languages))
    for loss in found.by_cause:
        if loss.cause == losses.UNREADABLE:
            LOG.warning(
                "%s kept although the files cannot be read (the first is %s): the next build reads them again",
                counted(loss.count, "article is", "articles are"),
                loss.first[0],
            )


def field_mapping_notes(layouts: Sequence[read.Layout]) -> Iterator[str]:
    """Yield how files with foreign field names were read: one line for all files read alike, LAYOUTS lines at most."""
    alike: dict[read.Layout, list[str]] = {}
    for layout in layouts:
        alike.setdefault(replace(layout, path=""), []).append(layout.path)
    for layout, paths in list(alike.items())[:LAYOUTS]:
        files = min(paths) if len(paths) == 1 else f"{len(paths):,} files ({min(paths)} first)"
        parts = [f"{name} from {column}" for name, column in layout.mapped]
        if layout.unused:
            more = ", …" if len(layout.unused) > UNUSED else ""
            parts.append(f"not used: {', '.join(layout.unused[:UNUSED])}{more}")
        yield printable(f"{files}: {'; '.join(parts)}", "?")
    if len(alike) > LAYOUTS:
        yield f"{len(alike) - LAYOUTS:,} more groups of files have other field names"


def require_articles(store: Store, settings: Settings) -> None:
    """Raise SettingError if a warehouse that has never had an article gets none from its raw folder either: an empty
    release is never meant."""
    with store.open() as connection:
        there = fetch_one(connection, "SELECT EXISTS (FROM stored.raws) OR EXISTS (FROM stored.documents)") == (True,)
        reasons = by_reason(connection)
    if there or versions.names(store.releases):
        return
    refused = counted(sum(of.count for of in reasons), "file or record was", "files or records were")
    named = ", ".join(f"{of.reason} ({of.count:,})" for of in reasons)
    why = f"{refused} refused: {named}; `onrecord refusals` lists them" if reasons else "it is empty"
    raise SettingError(f"the raw folder {settings.raw} has no readable article: {why}")


def raise_if_stopped(store: Store, settings: Settings, plan: intake.Plan) -> None:
    """Raise SourcesVanished if the plan alone, without reading a file, shows that a build would stop."""
    if plan.removed and not plan.read:
        with store.open() as connection, Staging().attached(connection):
            decide(losses.measure_losses(connection, plan.removed, (), settings.languages), settings)


def record_at(settings: Settings, path: str, origin: str) -> read.Record | None:
    """Read the record with this origin again from its file. Returns None if it no longer exists. Raises OSError if the
    raw folder cannot be read."""
    entries = [entry for entry in read.listing(settings.raw) if entry.path == path]
    languages = settings.languages.split(",")
    items = (item for entry in entries for item in read.read_file(settings.raw, entry, languages, settings.field_names))
    return next((item for item in items if isinstance(item, read.Record) and item.origin == origin), None)
