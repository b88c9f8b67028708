"""Intake of the raw folder: which files are read, and when their records replace those of the store.

1. Read files whose articles are in the store into a staging database, with the list of files that are gone.
2. Count what replacing the rows would lose. If it is too much, read the new files into staging as well, since articles
   may have moved there. If it is still too much, the build stops and nothing has changed.
3. Replace the rows in one transaction.
4. Read new files straight into the store, chunk by chunk: they can replace nothing. A first build works like this
   throughout, so a kill costs only the current chunk.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from assets.settings import SettingError, Settings
from pipeline import read
from pipeline.contract import CORRECTIONS, FILES, RAWS, REFUSALS
from pipeline.contract.schema import frame
from pipeline.options import corrections
from pipeline.rows import fields
from warehouse import intake
from warehouse.change_counts import Tally
from warehouse.intake import clustering, losses
from warehouse.intake.staging import Staging, discard, staging
from warehouse.refusals import by_reason
from warehouse.release import versions
from warehouse.sql import fetch_one
from warehouse.store import Store
from warehouse.text import counted, printable
from warehouse.withdrawal import lists
from warehouse.withdrawal.texts import Index, WithdrawalMatch, index

LOG = logging.getLogger("onrecord")
# Lines on how files were read, and unused names in one line.
LAYOUTS, UNUSED = 10, 10


@dataclass(frozen=True, slots=True)
class ReadSettings:
    """How to read files: the settings, the known hashes, the withdrawn articles; maximum records of a chunk, and their
    characters, which bound its memory."""

    settings: Settings
    hashes: Mapping[str, str]
    withdrawn: Index
    most_records: int
    most_characters: int


@dataclass
class Chunk:
    """Rows of some files, as stored; `touched`: lines of files with a new time and the same bytes; `near`: origins of
    records held back as near copies of withdrawn articles."""

    replaced: list[str] = field(default_factory=list)
    records: list[dict[str, Any]] = field(default_factory=list)
    refusals: list[dict[str, Any]] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)
    touched: list[dict[str, Any]] = field(default_factory=list)
    near: list[str] = field(default_factory=list)
    layouts: list[read.Layout] = field(default_factory=list)
    characters: int = 0

    def full(self, reading: ReadSettings) -> bool:
        """Return whether the chunk is at its limit."""
        rows = len(self.records) + len(self.refusals) + len(self.touched)
        return rows >= reading.most_records or self.characters >= reading.most_characters

    @property
    def empty(self) -> bool:
        """Whether it holds nothing."""
        return not (self.replaced or self.records or self.refusals or self.files or self.touched)

    @property
    def frames(self) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
        """Frames of raws (without `standing`), refusals, files."""
        raws = (c for c in RAWS.stored if c.name != "standing")
        return (
            frame(raws, self.records),
            frame(REFUSALS.stored, self.refusals),
            frame(FILES.stored, self.files),
        )


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
        reading = ReadSettings(settings, hashes, withdrawn, most_records, most_characters)
        straight = True
        if plan.at_risk or plan.removed:
            straight = self._replace(plan, reading)
        if straight:
            for chunk in self._chunks(reading, plan.new, len(plan.read)):
                raws, refusals, files = chunk.frames
                with self.store.open() as connection:
                    intake.replace_records(
                        connection,
                        replaced=chunk.replaced,
                        raws=raws,
                        refusals=refusals,
                        files=files,
                        tallies=self.tallies,
                    )
        with self.store.open() as connection:
            clustering.cluster(connection)
        self._warn(withdrawn)

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

    def _replace(self, plan: intake.Plan, reading: ReadSettings) -> bool:
        """Read files at risk, decide, replace their rows. Returns whether the new files are still to be read."""
        total = len(plan.read)
        with staging(self.store) as staged:
            paths = self._stage(staged, reading, plan.at_risk, total)
            moved = bool(plan.new) and self._must_read_new_files(staged, plan, paths)
            if moved:
                paths += self._stage(staged, reading, plan.new, total)
            with self.store.open() as connection, staged.attached(connection):
                decide(
                    losses.measure_losses(
                        connection, plan.removed, paths, self.settings.languages, accept=self._accepted
                    ),
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

    def _stage(self, staged: Staging, reading: ReadSettings, entries: Sequence[read.Entry], total: int) -> list[str]:
        paths: list[str] = []
        for chunk in self._chunks(reading, entries, total):
            if chunk.replaced or chunk.records or chunk.refusals or chunk.files:
                staged.add(*chunk.frames)
            paths += chunk.replaced
        return paths

    def _chunks(self, reading: ReadSettings, entries: Sequence[read.Entry], total: int) -> Iterator[Chunk]:
        """Yield chunks of these files and count them; write new times of files at once."""
        limit = self.settings.limit
        left = None if limit is None else limit - self.taken
        for chunk in file_chunks(reading, entries, left):
            self.near += chunk.near
            self.layouts += chunk.layouts
            if chunk.touched:
                with self.store.open() as connection:
                    intake.update_file_times(connection, frame(FILES.stored, chunk.touched))
            yield chunk
            self.taken += len(chunk.records)
            self.refused += len(chunk.refusals)
            self.done += len(chunk.files) + len(chunk.touched)
            self.report(self.done, total)


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


def file_chunks(reading: ReadSettings, entries: Sequence[read.Entry], left: int | None = None) -> Iterator[Chunk]:
    """Read files into chunks, `left` records at most. A file may fill several chunks; its row of `files` is in the
    chunk of its last record."""
    chunk = Chunk()
    settings = reading.settings
    # Once: it looks up the versions of packages, which takes longer than reading an article.
    read_version = settings.read_version
    languages = settings.languages.split(",")
    for entry in entries:
        if left is not None and left <= 0:
            break
        # A file that is refused by its name or size is not read.
        sha = read.file_sha256(settings.raw, entry) if read.takes(settings.raw, entry) else None
        line = {
            "path": entry.path,
            "bytes": entry.bytes,
            "modified_ns": entry.modified_ns,
            "content_sha256": sha,
            "read_version": read_version,
        }
        if sha is not None and reading.hashes.get(entry.path) == sha:
            chunk.touched.append(line)
        else:
            chunk.replaced.append(entry.path)
            whole = True
            for item in read.read_file(settings.raw, entry, languages, settings.field_names, chunk.layouts.append):
                if isinstance(item, read.Refusal):
                    chunk.refusals.append(fields(item))
                elif held := reading.withdrawn.held(item.origin, item.document_id, item.source, item.url, item.text):
                    chunk.refusals.append(fields(_withdrawn(item, held)))
                    chunk.near += [item.origin] if held.nearly_same else []
                elif left is not None and left <= 0:
                    whole = False  # no row in files: the next build without a limit reads it again
                    break
                else:
                    chunk.records.append(fields(item))
                    chunk.characters += len(item.text)
                    left = None if left is None else left - 1
                if chunk.full(reading):
                    yield chunk
                    chunk = Chunk()
            if whole:
                chunk.files.append(line)
        if chunk.full(reading):
            yield chunk
            chunk = Chunk()
    if not chunk.empty:
        yield chunk


def record_at(settings: Settings, path: str, origin: str) -> read.Record | None:
    """Read the record with this origin again from its file. Returns None if it no longer exists. Raises OSError if the
    raw folder cannot be read."""
    entries = [entry for entry in read.listing(settings.raw) if entry.path == path]
    languages = settings.languages.split(",")
    items = (item for entry in entries for item in read.read_file(settings.raw, entry, languages, settings.field_names))
    return next((item for item in items if isinstance(item, read.Record) and item.origin == origin), None)


def _withdrawn(record: read.Record, why: WithdrawalMatch) -> read.Refusal:
    """Return the refusal of a record that is held back: its text is not kept."""
    return read.Refusal(
        source=record.origin,
        path=record.path,
        content_sha256=None,
        bytes=record.bytes,
        reason="withdrawn",
        detail=f"{record.origin}: {why.detail}",
    )
