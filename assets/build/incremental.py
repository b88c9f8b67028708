"""How every table is brought up to date: which documents are pending, in chunks, one transaction each."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from itertools import batched

import polars as pl

from assets.build.engine import Chunk, Engine, EngineError, Inline, Job, Made, engine, packed, unpacked
from assets.build.intake import Intake
from assets.build.integrity import verify
from assets.settings import Settings
from pipeline.contract import BY_NAME
from pipeline.stage import Stage
from pipeline.stages import STAGES
from warehouse import corpus, failures, ledger
from warehouse.change_counts import Changes
from warehouse.intake import counts as intake_counts
from warehouse.store import Store, inputs

# Documents that are worked on together: a second or two for the model.
CHUNK = 100
# Chunks that are read in one turn at the store: opening it costs as much as reading one.
AHEAD = 8
# What is made in so many seconds is written together, which is also what a kill may cost. At the end of a turn DuckDB
# writes the newest thousands of rows of a changed table anew: with a turn a chunk that took as long as all inserts.
TURN_SECONDS = 5.0
# So much of it is written sooner: a light stage makes thousands of articles' rows in that time, each in memory several
# times until it is written.
TURN_BYTES = 8 << 20
# The stage that a process works on by itself.
UNDER_WAY = ".under-way"
# Documents that are looked up at a time: what a run knows of them stays flat in the size of the corpus.
PAGE = 20_000
# Records a transaction of intake, and their characters, which bound its memory.
INTAKE_RECORDS = 2_000
INTAKE_CHARACTERS = 20_000_000


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a stage is: documents (or files) done, of how many, after how many seconds."""

    stage: str
    done: int
    total: int
    seconds: float


type Report = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a stage did: documents computed, forgotten, failed; rows now in each table that it writes, and how many of
    them this run added, changed and removed; `articles` that its seconds went into."""

    stage: str
    computed: int
    removed: int
    failed: int
    seconds: float
    rows: Mapping[str, int] = field(default_factory=dict)
    changes: Mapping[str, Changes] = field(default_factory=dict)
    articles: int = 0


def step(stage: Stage, settings: Settings) -> ledger.Step:
    """The stage as the ledger sees it, under these settings."""
    rules = stage.rules
    libraries = [f"{name}=={version(name)}" for name in rules.libraries]
    key = "/".join([stage.name, rules.version, *libraries, rules.key(settings)])
    return ledger.Step(stage.name, stage.writes, stage.reads, key, settings.article_seconds)


def steps(settings: Settings, stages: Sequence[Stage] = STAGES) -> dict[str, ledger.Step]:
    """All stages as the ledger sees them, by name."""
    return {stage.name: step(stage, settings) for stage in stages}


def take_in(store: Store, settings: Settings, report: Report) -> Outcome:
    """Bring raws, refusals and files in line with the raw folder, corrections with their file.

    Raises FileNotFoundError or NotADirectoryError where there is no raw folder, SourcesVanished where too many of its
    articles would be lost, RowsDiffer where another program has changed rows.
    """
    begin = time.monotonic()
    verify(store, settings)
    intake = Intake(store, settings, lambda n, of: report(Progress("raws", n, of, time.monotonic() - begin)))
    intake.run(INTAKE_RECORDS, INTAKE_CHARACTERS)
    with store.open() as connection:
        counts = intake_counts(connection)
    changes = {name: tally.changes for name, tally in intake.tallies.items()}
    seconds = time.monotonic() - begin
    worked = intake.taken + intake.refused
    return Outcome("raws", intake.taken, intake.removed, intake.refused, seconds, counts, changes, worked)


def derive(store: Store, stage: Stage, stages: Sequence[Stage], settings: Settings, report: Report) -> Outcome:
    """Bring a document-wise stage up to date. A document that fails is kept in `failures`, and the others go on; the
    next run tries it again, except one that took too long or ended its worker (warehouse.ledger.due)."""
    begin = time.monotonic()
    known = steps(settings, stages)
    mine = known[stage.name]
    with store.open() as connection:
        gone = ledger.gone(connection, mine)
        changes = ledger.forget(connection, mine, gone)
        if settings.retry_failed:
            failures.retry(connection, mine.name)
        total = ledger.count_due(connection, mine, known)
        counts = ledger.counts(connection, stage.writes)
    done = failed = 0
    if total:
        due: dict[str, str] = {}
        job = Job(stage, settings)
        with _place(store, stage, settings, total) as place:
            for turn in _turns(place.run(job, _chunks(store, stage, known, due))):
                fingerprints = {name: due.pop(name) for made in turn for name in made.names}
                done += len(fingerprints)
                errors = [each for made in turn for each in _failed(made, fingerprints, settings)]
                frames = {table: pl.concat([unpacked(made.outputs[table]) for made in turn]) for table in stage.writes}
                with store.open() as connection:
                    written, broken = ledger.replace(connection, mine, fingerprints, frames, errors)
                    counts = ledger.counts(connection, stage.writes)
                failed += len(errors) + broken
                changes = {name: changes[name] + written[name] for name in changes}
                report(Progress(stage.name, done, total, time.monotonic() - begin))
    stage.rules.close()
    return Outcome(stage.name, done - failed, len(gone), failed, time.monotonic() - begin, counts, changes, done)


def _failed(made: Made, fingerprints: dict[str, str], settings: Settings) -> Iterator[failures.Failed]:
    """A chunk's documents that failed, whose fingerprints are taken out."""
    for name, reason in made.errors.items():
        fingerprint = fingerprints.pop(name)
        if name in made.stuck:
            yield failures.Failed(name, reason, fingerprint, settings.article_seconds)
        else:
            yield failures.Failed(name, reason)


@contextmanager
def _place(store: Store, stage: Stage, settings: Settings, total: int) -> Iterator[Engine]:
    """Where the stage is worked on. Work in this process leaves a note, which stays only where the process dies of it:
    the next run works apart, so that an article that kills fails alone."""
    note = store.folder / UNDER_WAY
    died = note.exists() and note.read_text(encoding="utf-8") == stage.name
    place = engine(settings, total, apart=died)
    if isinstance(place, Inline):
        with suppress(OSError):  # a full disk keeps the note back, not the work
            note.write_text(stage.name, encoding="utf-8")
    try:
        yield place
    finally:
        note.unlink(missing_ok=True)


def _turns(made: Iterable[Made]) -> Iterator[list[Made]]:
    """What comes within TURN_SECONDS, or TURN_BYTES of it, for one turn at the store and one transaction. What has come
    is kept, too, when the engine fails."""
    waiting: list[Made] = []
    size, since = 0, time.monotonic()
    try:
        for one in made:
            waiting.append(one)
            size += sum(map(len, one.outputs.values()))
            if size >= TURN_BYTES or time.monotonic() - since >= TURN_SECONDS:
                yield waiting
                waiting, size, since = [], 0, time.monotonic()
    except EngineError:
        if waiting:
            yield waiting
        raise
    if waiting:
        yield waiting


def _chunks(store: Store, stage: Stage, known: Mapping[str, ledger.Step], due: dict[str, str]) -> Iterator[Chunk]:
    """The documents that are due, in chunks with the rows that the stage reads, a few chunks read at a turn. `due`
    hears the fingerprints that the documents under way will have."""
    tables = [BY_NAME[name] for name in stage.reads]
    after: str | None = ""
    page: list[str] = []
    while page or after is not None:
        with store.open() as connection:
            if not page and after is not None:
                found = ledger.due(connection, known[stage.name], known, after, PAGE)
                due |= found
                page = list(found)
                after = page[-1] if len(page) == PAGE else None
            names, page = page[: CHUNK * AHEAD], page[CHUNK * AHEAD :]
            frames = inputs(connection, tables, names)
        for part in batched(names, CHUNK):
            theirs = pl.col("document_id").is_in(part)
            yield Chunk(part, {name: packed(rows.filter(theirs)) for name, rows in frames.items()})


def derive_corpus(store: Store, stage: Stage, settings: Settings, report: Report) -> Outcome:
    """Bring a corpus-wide stage up to date: made anew when anything that it stands on has changed, or, where it can,
    for the articles that have changed and whom they concern."""
    begin = time.monotonic()
    mine = step(stage, settings)
    with store.open() as connection:
        pending = ledger.corpus_changes(connection, mine, by_document=stage.rules.partial)
        counts = ledger.counts(connection, ("documents", *stage.writes))
    changes = {name: Changes() for name in stage.writes}
    if pending is not None:
        with corpus.patches(stage, store, pending) as patches, store.open() as connection:
            changes = ledger.patch_corpus(connection, mine, pending, patches)
            counts = ledger.counts(connection, ("documents", *stage.writes))
    report(Progress(stage.name, 1, 1, time.monotonic() - begin))
    computed = 0 if pending is None else 1
    articles = computed * counts.pop("documents")
    return Outcome(stage.name, computed, 0, 0, time.monotonic() - begin, counts, changes, articles)
