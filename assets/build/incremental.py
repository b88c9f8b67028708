"""How tables are updated: pending documents in chunks, the rows written in batches, one transaction each."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from itertools import batched

import polars as pl

from assets.build.engine import (
    Chunk,
    ChunkResult,
    Engine,
    EngineError,
    Inline,
    Job,
    StageResult,
    alone,
    engine,
    packed,
    unpacked,
)
from assets.build.engine.shards import runner
from assets.build.intake import Intake, field_mapping_notes
from assets.build.integrity import verify
from assets.settings import Settings
from pipeline.contract import BY_NAME
from pipeline.stage import Stage
from pipeline.stages import STAGES, without
from warehouse import corpus, failures, ledger, raw_overview
from warehouse.change_counts import Changes
from warehouse.intake import counts as intake_counts
from warehouse.pending import Pending, pending, removed_documents
from warehouse.refusals import REMEDIES, by_reason
from warehouse.store import Store, inputs

# Documents per chunk: a second or two for the model.
CHUNK = 100
# Chunks read each time the store is opened: opening it costs as much as reading one.
PREFETCHED_CHUNKS = 8
# Write results at least this often; a kill loses at most this much work. When the store closes, DuckDB rewrites the
# newest thousands of rows of a changed table: with one write per chunk, that took as long as all inserts.
WRITE_BATCH_SECONDS = 10.0
# Or when this many bytes are waiting: a fast stage makes thousands of articles' rows in that time, each in memory
# several times until it is written.
WRITE_BATCH_BYTES = 8 << 20
# Maximum characters of a line on a page.
PAGE_WIDTH = 120
# Marker file that exists while articles are processed in this process.
UNDER_WAY = ".under-way"
# Records per transaction of intake, and their characters, which bound its memory. A kill loses at most this much work,
# and what workers have read of files that follow a task that is not done: chunks are stored in the order of the files.
INTAKE_RECORDS = 20_000
INTAKE_CHARACTERS = 50_000_000


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress of a stage: documents (or files, or shards) done, of how many, after how many seconds."""

    stage: str
    done: int
    total: int
    seconds: float


type Report = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class StageSummary:
    """What a stage did: documents computed, removed, failed; rows now in each table that it writes, and how many of
    them this run added, changed and removed; `articles` that its seconds went into; `waited_seconds`: the seconds of
    the stages that follow it in the same chunks; `notes` and `understood`: lines for users, on fields and on the raw
    folder."""

    stage: str
    computed: int
    removed: int
    failed: int
    seconds: float
    rows: Mapping[str, int] = field(default_factory=dict)
    changes: Mapping[str, Changes] = field(default_factory=dict)
    articles: int = 0
    waited_seconds: float = 0.0
    notes: tuple[str, ...] = ()
    understood: tuple[str, ...] = ()


def step(stage: Stage, settings: Settings) -> ledger.LedgerStage:
    """Return the stage as a LedgerStage, under these settings."""
    rules = stage.rules
    libraries = [f"{name}=={version(name)}" for name in rules.libraries]
    key = "/".join([stage.name, rules.version, *libraries, rules.key(settings)])
    return ledger.LedgerStage(stage.name, stage.writes, stage.reads, key, settings.article_seconds)


def steps(settings: Settings, stages: Sequence[Stage] = STAGES) -> dict[str, ledger.LedgerStage]:
    """Return all stages as LedgerStages, by name."""
    return {stage.name: step(stage, settings) for stage in stages}


def update_from_raw_folder(store: Store, settings: Settings, report: Report) -> StageSummary:
    """Update raws, refusals and files from the raw folder, and corrections from their file.

    Raises FileNotFoundError or NotADirectoryError if there is no raw folder, SourcesVanished if too many of its
    articles would be lost, RowsDiffer if another program has changed rows.
    """
    begin = time.monotonic()
    verify(store, settings)
    intake = Intake(store, settings, lambda n, of: report(Progress("raws", n, of, time.monotonic() - begin)))
    intake.run(INTAKE_RECORDS, INTAKE_CHARACTERS)
    with store.open() as connection:
        counts = intake_counts(connection)
        seen = tuple(raw_overview.lines(raw_overview.overview(connection), PAGE_WIDTH))
        refused = tuple(
            f"  refused, {of.reason} {of.count:,}: {REMEDIES.get(of.reason) or '-'}" for of in by_reason(connection)
        )
    changes = {name: tally.changes for name, tally in intake.tallies.items()}
    seconds = time.monotonic() - begin
    worked = intake.taken + intake.refused
    notes = tuple(field_mapping_notes(intake.layouts))
    return StageSummary(
        "raws",
        intake.taken,
        intake.removed,
        intake.refused,
        seconds,
        counts,
        changes,
        worked,
        notes=notes,
        understood=(*seen, *refused),
    )


def update_article_stages(
    store: Store, selected: Sequence[Stage], stages: Sequence[Stage], settings: Settings, report: Report
) -> list[StageSummary]:
    """Update article-wise stages, all of them in one pass of a worker over a document. Returns what each did, in order;
    their seconds add up to those of this call.

    If a stage fails on a document, `failures` records it, the rows of the stages before are kept, and the others
    continue; the next run tries it again, except one that took too long or ended its worker (warehouse.pending).
    """
    begin = time.monotonic()
    ledger_stages = steps(settings, stages)
    if settings.retry_failed or settings.force:
        with store.writing() as connection:
            for stage in selected:
                if settings.retry_failed:
                    failures.retry(connection, stage.name)
                if settings.force:
                    ledger.mark_stale(connection, stage.name)
    job = Job(tuple(selected), settings)
    every = [ledger_stages[stage.name] for stage in stages if not stage.corpus_wide]
    with pending(store, [stage.name for stage in selected], every) as due:
        tallies = {stage.name: _Tally(stage, due.counts[stage.name]) for stage in selected}
        in_flight: dict[str, dict[str, str]] = {stage.name: {} for stage in selected}
        if due.documents:
            with _engine_for(store, settings, due.documents) as place:
                for batch in _write_batches(place.run(job, _chunks(store, job, due, in_flight))):
                    _write(store, ledger_stages, batch, in_flight, tallies)
                    for name, tally in tallies.items():
                        if tally.total:
                            report(Progress(name, tally.done, tally.total, time.monotonic() - begin))
    for stage in selected:
        stage.rules.close()
    with store.open() as connection:
        for stage in selected:
            tally, lost = tallies[stage.name], removed_documents(connection, ledger_stages[stage.name])
            tally.removed = len(lost)
            tally.add(ledger.forget(connection, ledger_stages[stage.name], lost))
            tally.rows = ledger.counts(connection, stage.writes)
    return _outcomes(list(tallies.values()), time.monotonic() - begin)


@dataclass
class _Tally:
    """Progress of a stage: `total` documents are pending, `done` of them were processed in `seconds`."""

    stage: Stage
    total: int
    done: int = 0
    failed: int = 0
    removed: int = 0
    seconds: float = 0.0
    changes: dict[str, Changes] = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)

    def add(self, changes: Mapping[str, Changes]) -> None:
        self.changes = {name: self.changes.get(name, Changes()) + changes[name] for name in self.stage.writes}


def _outcomes(tallies: Sequence[_Tally], seconds: float) -> list[StageSummary]:
    """Return what each stage did. Time for reading, writing and waiting is divided in proportion to their work."""
    worked = sum(tally.seconds for tally in tallies)
    out: list[StageSummary] = []
    left = seconds
    for tally in tallies:
        mine = seconds * tally.seconds / worked if worked else seconds / len(tallies)
        left -= mine
        computed = tally.done - tally.failed
        found = (tally.stage.name, computed, tally.removed, tally.failed, mine, tally.rows, tally.changes, tally.done)
        out.append(StageSummary(*found, waited_seconds=max(0.0, left)))
    return out


def _write(
    store: Store,
    ledger_stages: Mapping[str, ledger.LedgerStage],
    batch: Sequence[ChunkResult],
    in_flight: Mapping[str, dict[str, str]],
    tallies: Mapping[str, _Tally],
) -> None:
    """Write the results of some chunks: the rows of all stages in one transaction."""
    by_stage: dict[str, list[StageResult]] = {name: [] for name in tallies}
    for chunk_result in batch:
        for made in chunk_result.made:
            by_stage[made.stage].append(made)
    results = [_result(ledger_stages[name], found, in_flight[name]) for name, found in by_stage.items() if found]
    with store.writing() as connection:
        written = ledger.replace(connection, results)
    for result in results:
        name = result.step.name
        tally, found = tallies[name], written[name]
        failed = {each.document_id for each in result.failed} - found.left_out | found.broken
        tally.done += len({*result.fingerprints, *failed} - found.left_out)
        tally.failed += len(failed)
        tally.seconds += sum(made.seconds for made in by_stage[name])
        tally.add(found.changes)
        tally.total -= len(found.left_out)
        # Stages that read the rows of this one skip the documents on which it failed.
        kept = without((each.stage for each in tallies.values()), [name])
        for other in tallies.values():
            if other.stage not in kept:
                left = in_flight[other.stage.name]
                other.total -= sum(left.pop(document, None) is not None for document in failed)


def _result(step: ledger.LedgerStage, found: Sequence[StageResult], in_flight: dict[str, str]) -> ledger.StageRows:
    """Return a stage's results for some chunks, with the fingerprints of their documents. Leave out a document that is
    no longer in flight: an earlier batch failed on rows of a stage before."""
    lost = [name for made in found for name in made.names if name not in in_flight]
    fingerprints = {name: in_flight.pop(name) for made in found for name in made.names if name in in_flight}
    failed = []
    for made in found:
        for name, reason in made.errors.items():
            if name in lost:
                continue
            fingerprint = fingerprints.pop(name)
            killed_documents = (fingerprint, step.seconds) if name in made.killed_documents else (None, None)
            failed.append(failures.StageFailure(name, reason, *killed_documents))
    frames = {table: pl.concat([unpacked(made.outputs[table]) for made in found]) for table in step.writes}
    if lost:
        frames = {table: rows.filter(~pl.col("document_id").is_in(lost)) for table, rows in frames.items()}
    return ledger.StageRows(step, fingerprints, frames, failed)


@contextmanager
def _engine_for(store: Store, settings: Settings, documents: int) -> Iterator[Engine]:
    """Yield the engine for these documents. Work in this process creates a marker file. If it survives, the process was
    killed, so the next run uses workers and only the article at fault fails."""
    note = store.folder / UNDER_WAY
    if store.main is None:
        place = engine(settings, documents, apart=note.exists())
    else:  # a shard is one process's work
        place = alone() if note.exists() else Inline()
    if isinstance(place, Inline):
        with suppress(OSError):  # the work goes on without the marker if the disk is full
            note.touch()
    try:
        yield place
    finally:
        note.unlink(missing_ok=True)


def _write_batches(results: Iterable[ChunkResult]) -> Iterator[list[ChunkResult]]:
    """Yield batches of the results of WRITE_BATCH_SECONDS, or of WRITE_BATCH_BYTES if that is reached first: one
    opening of the store and one transaction each. If the engine fails, yield the results so far first."""
    waiting: list[ChunkResult] = []
    size, since = 0, time.monotonic()
    try:
        for result in results:
            waiting.append(result)
            size += result.size
            if size >= WRITE_BATCH_BYTES or time.monotonic() - since >= WRITE_BATCH_SECONDS:
                yield waiting
                waiting, size, since = [], 0, time.monotonic()
    except EngineError:
        if waiting:
            yield waiting
        raise
    if waiting:
        yield waiting


def _chunks(store: Store, job: Job, due: Pending, in_flight: Mapping[str, dict[str, str]]) -> Iterator[Chunk]:
    """Yield the pending documents in chunks of the same stages, with the stored rows that these read; a few chunks are
    read at once. `in_flight` receives, by stage, the fingerprints of these documents."""
    for batch in due.due_batches(CHUNK * PREFETCHED_CHUNKS):
        planned = job.of(tuple(batch.fingerprints))
        read = {name: None for stage in planned for name in stage.reads if name not in batch.fingerprints}
        with store.open() as connection:
            frames = inputs(connection, [BY_NAME[name] for name in read], batch.documents)
        for name, fingerprints in batch.fingerprints.items():
            in_flight[name].update(zip(batch.documents, fingerprints, strict=True))
        for part in batched(batch.documents, CHUNK):
            theirs = pl.col("document_id").is_in(part)
            rows = {name: packed(found.filter(theirs)) for name, found in frames.items()}
            yield Chunk(part, tuple(batch.fingerprints), rows)


def derive_corpus(store: Store, stage: Stage, settings: Settings, report: Report) -> StageSummary:
    """Update a corpus-wide stage: for the changed articles and those that they affect if the stage supports it;
    otherwise from scratch if any input has changed."""
    begin = time.monotonic()
    mine = step(stage, settings)
    with store.open() as connection:
        if settings.force:
            ledger.mark_stale(connection, stage.name)
        pending = ledger.corpus_changes(connection, mine, by_document=stage.rules.partial)
        counts = ledger.counts(connection, ("documents", *stage.writes))
    changes = {name: Changes() for name in stage.writes}
    if pending is not None:
        with (
            runner(settings) as run,
            corpus.deltas(stage, store, pending, run) as deltas,
            store.writing() as connection,
        ):
            changes = ledger.apply_corpus_deltas(connection, mine, pending, deltas)
            counts |= ledger.counts(connection, stage.writes)
    report(Progress(stage.name, 1, 1, time.monotonic() - begin))
    computed = 0 if pending is None else 1
    articles = computed * counts.pop("documents")
    return StageSummary(stage.name, computed, 0, 0, time.monotonic() - begin, counts, changes, articles)
