"""Kill builds many times and compare the result with an uninterrupted build: `uv run python -m tests.support.chaos`.

A raw folder grows, is corrected and loses articles, round after round. In each round some whole builds, started as a
user starts them, are killed with SIGKILL at a random moment. Some child processes that run the same steps without
Dagster are killed at named points of the write path. Each is started again. After every kill the store is opened and
compared with its ledger and with its content before, and every visible release is verified; meanwhile a watcher looks
for releases that are visible and incomplete. At the end the warehouse is compared with one that was built from scratch
without kills: every stored table, every Parquet file, every file of a release.

Children are separate programs, not forks: a lock that a thread holds during a fork is never released. Each is started
while the one before it works, imports what its stage needs, and waits for its order.

The points are put into the child by wrapping functions there: the program does not know them. A kill ends the
process, not the machine: loss of writes that the disk has not yet stored is not tested.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from functools import wraps
from itertools import islice, zip_longest
from pathlib import Path
from typing import IO, Any

from assets.settings import ROOT, SAMPLE, Settings, from_environment, to_environment
from benchmarks.articles import articles
from pipeline.stages import CORPUS_STAGES, DOCUMENT_STAGES, STAGES
from warehouse import ledger
from warehouse.release import versions

AS_OF = date(2026, 11, 22)
# In the order of the steps, so that a kill leaves work for the later ones.
STEP_ORDER = ("raws", *(stage.name for stage in STAGES))
WRITTEN = (*STEP_ORDER, "verdicts", "release")
# Where a write can be interrupted: (the wrapped function, its moments). `in` is a random moment after the start.
TRANSACTION = ("begin", "commit", "in commit", "committed")
# Moments after which the written data may stay.
DONE = ("in commit", "committed")
INTAKE = {"warehouse.intake.transaction": TRANSACTION}
REPLACE = {"warehouse.ledger._replace": ("before", "after"), "warehouse.ledger.transaction": TRANSACTION}
PATCH = {"warehouse.ledger._patch": ("before", "after"), "warehouse.ledger.transaction": TRANSACTION}
CORPUS = tuple(stage.name for stage in CORPUS_STAGES)
VERDICTS = {
    "expectations.validation._swap": ("before", "in", "after"),
    "expectations.check_runner.transaction": TRANSACTION,
}
RELEASE = {
    "warehouse.release.parquet.write": ("before", "in", "after"),
    "warehouse.release.versions.write_record": ("before", "after"),
    "warehouse.release.publish.describe_release": ("before", "in", "after"),
    "warehouse.release.formats.duckdb_file.write": ("in", "after"),
    "warehouse.release.site.page.write": ("in", "after"),
    "warehouse.release.versions.write_sums": ("before", "in", "after"),
    "warehouse.release.versions.sync": ("before", "after"),
    "warehouse.release.versions.link_latest": ("before", "after"),
}
# How long the moment `in` may last, if more than a few hundredths of a second.
SECONDS_IN = {
    "warehouse.release.publish.describe_release": 2.0,
    "warehouse.release.formats.duckdb_file.write": 0.5,
    "warehouse.release.site.page.write": 0.5,
}
# Which stage's points a function contains: the functions that are entered with it.
ENTERED = {
    "raws": ("warehouse.intake.replace_records", "warehouse.intake.apply_staged_rows"),
    "verdicts": ("expectations.check_runner._save", "expectations.corpus_task.validate"),
    "release": ("warehouse.release.publish.publish",),
    **dict.fromkeys(
        (stage.name for stage in DOCUMENT_STAGES), ("warehouse.ledger.replace", "warehouse.ledger._replace")
    ),
    **dict.fromkeys(CORPUS, ("warehouse.ledger.apply_corpus_deltas",)),
}
# What a child imports before it gets its order, from that stage on.
WARM = {
    "raws": ("assets.build.incremental",),
    "verdicts": ("great_expectations", "great_expectations.expectations", "warehouse.release.publish"),
    "release": ("assets.release", "warehouse.release.site.page"),
}
# A chunk in the child: many transactions per stage.
CHUNK = 5
HANG_TIMEOUT_SECONDS = 1200.0
LOOK_SECONDS = 0.02
# Workers of a killed build end when they next use its pipe: after the current chunk.
STRAYS_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Point:
    """Where to kill: in this stage, at the `hit`-th time that the function reaches this moment."""

    stage: str
    target: str
    moment: str
    hit: int
    delay: float

    def __str__(self) -> str:
        return f"{self.target.rpartition('.')[2].lstrip('_')} {self.moment}"


def points(stage: str) -> list[tuple[str, str]]:
    """Return every (function, moment) of a stage."""
    corpus = dict.fromkeys(CORPUS, PATCH)
    where = {"raws": INTAKE, "verdicts": VERDICTS, "release": RELEASE, **corpus}.get(stage, REPLACE)
    return [(target, moment) for target, moments in where.items() for moment in moments]


@dataclass
class KillTrigger:
    """Watch in the child whether its stage is written, and kill the process at its point."""

    point: Point
    inside: bool = False
    hits: int = 0
    delayed_kill: threading.Thread | None = None

    def at(self, moment: str) -> None:
        """Handle a moment of the wrapped function."""
        if not self.inside or moment != self.point.moment:
            return
        self.hits += 1
        if self.hits < self.point.hit:
            return
        if not moment.startswith("in"):
            kill_self()
        elif self.delayed_kill is None:
            # The function continues meanwhile; DuckDB and the disk release the interpreter.
            self.delayed_kill = threading.Thread(target=self.later, daemon=True)
            self.delayed_kill.start()

    def later(self) -> None:
        """Kill after a short random time."""
        time.sleep(self.point.delay)
        kill_self()

    def install(self) -> None:
        """Wrap the functions in this process."""
        target = self.point.target
        _wrap(target, self._transaction if target.endswith(".transaction") else self._function)
        for entered in ENTERED[self.point.stage]:
            _wrap(entered, self._entered)

    def _entered(self, real: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(real)
        def call(*args: Any, **kwargs: Any) -> Any:
            before = self.inside
            # All stages share the ledger's functions: their second argument names the stage.
            self.inside = self.point.stage in _stages(args[1]) if real.__module__ == "warehouse.ledger" else True
            try:
                return real(*args, **kwargs)
            finally:
                self.inside = before

        return call

    def _function(self, real: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(real)
        def call(*args: Any, **kwargs: Any) -> Any:
            self.at("before")
            self.at("in")
            out = real(*args, **kwargs)
            self.at("after")
            return out

        return call

    def _transaction(self, real: Callable[..., Any]) -> Callable[..., Any]:
        @contextlib.contextmanager
        def call(connection: Any) -> Iterator[None]:
            with real(connection):
                self.at("begin")
                yield
                self.at("commit")
                self.at("in commit")
            self.at("committed")

        return call


def _stages(given: Any) -> list[str]:
    """Return the names of the stages of a step, of the result of one, or of the results of several."""
    if isinstance(given, ledger.LedgerStage):
        return [given.name]
    return [made.step.name for made in ([given] if isinstance(given, ledger.StageRows) else given)]


def _wrap(target: str, wrapper: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    name, _, function = target.rpartition(".")
    module = importlib.import_module(name)
    setattr(module, function, wrapper(getattr(module, function)))


def kill_self() -> None:
    """Kill the process as the kernel does: nothing is closed, flushed or rolled back."""
    os.kill(os.getpid(), signal.SIGKILL)


@dataclass
class Watcher:
    """Check the releases folder continuously: every visible release is complete, and stays as it was."""

    releases: Path
    seen: dict[str, str] = field(default_factory=dict)
    looks: int = 0

    def look(self) -> None:
        """Raise AssertionError at a release that is visible and incomplete."""
        self.looks += 1
        for version in versions.names(self.releases):
            if version not in self.seen:
                self._verify(version)
        latest = self.releases / versions.LATEST
        if latest.is_symlink():
            assert (latest / versions.SUMS).is_file(), f"latest points at {latest.readlink()}, which is not there"

    def again(self) -> None:
        """Check everything from scratch: a kill may have damaged a complete release."""
        for version in versions.names(self.releases):
            self._verify(version)
        self.look()

    def _verify(self, version: str) -> None:
        problems = versions.verify(self.releases / version)
        assert not problems, f"release {version} is visible and not whole: {problems[:3]}"
        sums = versions.sha256(self.releases / version / versions.SUMS)
        assert self.seen.setdefault(version, sums) == sums, f"release {version} is another than it was"


@dataclass(frozen=True, slots=True)
class Child:
    """A separate program that waits for its order."""

    process: subprocess.Popen[bytes]
    log: Path

    def order(self, point: Point) -> None:
        """Let the child run the steps, and die at the point."""
        assert self.process.stdin is not None
        with self.process.stdin as pipe, contextlib.suppress(BrokenPipeError):
            pipe.write(json.dumps(asdict(point)).encode())

    def end(self) -> None:
        """End a child that is not needed."""
        self.process.kill()
        self.process.wait()
        if self.process.stdin is not None:
            self.process.stdin.close()


# (stage, document) -> the ledger's fingerprint, and for each table the number of rows and their hash.
type Held = Mapping[tuple[str, str], tuple[str, Mapping[str, tuple[int, int]]]]


@dataclass
class Chaos:
    """One warehouse that is built and killed."""

    settings: Settings
    random: random.Random
    folder: Path
    watcher: Watcher
    shards: int = 1
    kills: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    missed: int = 0
    # CPU seconds that a whole build takes; corrected by the first that is not killed.
    whole_seconds: float = 25.0
    held: Held = field(default_factory=dict)

    def start(self, *arguments: str, log: str, order: bool = False) -> Child:
        """Start a Python program in the project's folder, in a separate session. Its output goes to its log."""
        path = self.folder / log
        # The kill points are in this child process, not in its workers.
        settings = replace(self.settings, engine="inline") if order and self.shards > 1 else self.settings
        environment = {**os.environ, **to_environment(settings), "PYTHONUNBUFFERED": "1"}
        with path.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.PIPE if order else subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        return Child(process, path)

    def build(self) -> Child:
        """Start a build as a user starts it."""
        return self.start("-c", "from assets.cli import app; app()", "build", log="build.log")

    def kill_at_fraction(self, moment: float) -> bool:
        """Kill a build at that part of its length (0 to 1). Return whether the kill came before the end."""
        after = moment * self.whole_seconds
        child = self.build()
        begin = time.monotonic()
        used = 0.0
        while child.process.poll() is None and used < after:
            # Measured in CPU time: a busy machine spreads the moments over the steps as an idle one does.
            used = processor_seconds(child.process.pid)
            self._hangs(child, begin)
            self.watcher.look()
            time.sleep(LOOK_SECONDS)
        killed = child.process.poll() is None
        if killed:
            child.process.kill()
        code = child.process.wait()
        self._check_no_orphans(child)
        self.sound(child)
        if killed:
            self.kills["whole build", last_finished_stage(child), ""] += 1
        else:
            assert code == 0, process_output(child)
            self.whole_seconds = max(used, 10.0)
        return killed

    def at_points(self, chosen: Sequence[Point]) -> int:
        """Run children that die at these points, one after the other. Stop at a child that does not reach its point: it
        has finished the steps, so that the others would have nothing to do. Return how many died."""
        dead = 0
        waiting = None
        try:
            for number, (point, following) in enumerate(zip_longest(chosen, chosen[1:])):
                child = waiting or self._waiting(point, number)
                child.order(point)
                waiting = self._waiting(following, number + 1) if following else None
                if not self._dies(child, point):
                    break
                dead += 1
        finally:
            if waiting is not None:
                waiting.end()
        return dead

    def _waiting(self, point: Point, number: int) -> Child:
        return self.start(
            "-m", "tests.support.chaos", "--child", point.stage, log=f"point-{number % 2}.log", order=True
        )

    def _dies(self, child: Child, point: Point) -> bool:
        code = self.wait(child)
        self.sound(child)
        if code == -signal.SIGKILL:
            self.kills["point", point.stage, str(point)] += 1
            return True
        assert code == 0, f"{point}: {process_output(child)}"
        self.missed += 1
        return False

    def finish(self) -> None:
        """Run a build without a kill."""
        child = self.build()
        assert self.wait(child) == 0, process_output(child)
        self.sound(child)

    def wait(self, child: Child) -> int:
        """Return the child's exit code; watch the releases meanwhile. A child that hangs is a failure."""
        begin = time.monotonic()
        while child.process.poll() is None:
            self.watcher.look()
            self._hangs(child, begin)
            time.sleep(LOOK_SECONDS)
        self._check_no_orphans(child)
        return child.process.wait()

    def _hangs(self, child: Child, begin: float) -> None:
        if time.monotonic() - begin > HANG_TIMEOUT_SECONDS:
            child.end()
            raise AssertionError(f"a build hangs: {process_output(child)}")

    def _check_no_orphans(self, child: Child) -> None:
        """Check that no process that the child started lives much longer than it."""
        until = time.monotonic() + STRAYS_SECONDS
        with contextlib.suppress(ProcessLookupError):
            while True:
                os.killpg(child.process.pid, 0)
                assert time.monotonic() < until, f"workers outlive their build: {process_output(child)}"
                time.sleep(LOOK_SECONDS)

    def sound(self, child: Child) -> None:
        """Check after a kill that the store opens, has whole documents and all its earlier rows, and that the releases
        are unchanged."""
        self.watcher.again()
        now, wrong = held(self.settings)
        wrong += lost(self.held, now)
        assert not wrong, "\n".join([*wrong[:10], process_output(child)])
        self.held = now


def processor_seconds(pid: int) -> float:
    """Return the CPU seconds that a process has used."""
    try:
        line = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0.0  # it has ended
    fields = line.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def process_output(child: Child) -> str:
    """Return a program's output."""
    return child.log.read_text(encoding="utf-8", errors="replace")


def last_finished_stage(child: Child) -> str:
    """Return the last stage that a build has finished, from its output."""
    text = process_output(child)
    done = [line.split()[0] for line in text.splitlines() if line.startswith("  ") and line.split()]
    return f"after {done[-1]}" if done else "raws" if "->" in text else "start"


def run_all_steps(settings: Settings) -> None:
    """Run all steps of the job `build` on the warehouse, without Dagster."""
    from assets.build.articles import derive_articles
    from assets.build.engine.shards import runner
    from assets.build.incremental import derive_corpus, update_from_raw_folder
    from assets.patches.great_expectations_modules import before_import
    from assets.release import make_release
    from expectations.check_runner import run_checks
    from warehouse.store import Store

    store = Store(settings.warehouse)
    update_from_raw_folder(store, settings, lambda _: None)
    derive_articles(store, DOCUMENT_STAGES, STAGES, settings, lambda _: None)
    for stage in CORPUS_STAGES:
        derive_corpus(store, stage, settings, lambda _: None)
    with runner(settings) as run:
        run_checks(store, settings.judged_on, run=run, prepare=before_import)
    make_release(settings)


def held(settings: Settings) -> tuple[Held, list[str]]:
    """Return what the store holds of each article and each stage, and what is incomplete there."""
    from pipeline.contract import STORED
    from warehouse.sql import quoted
    from warehouse.store import Store

    store = Store(settings.warehouse)
    if not store.database.exists():
        return {}, []
    wrong = []
    with store.open() as connection:
        lines = connection.execute("SELECT stage, document_id, fingerprint FROM stored.ledger").fetchall()
        rows: dict[tuple[str, str], dict[str, tuple[int, int]]] = {}
        for stage in STAGES:
            name = "'*'" if stage in CORPUS_STAGES else "document_id"
            for table in stage.writes:
                sql = f"SELECT {name}, count(*), bit_xor(hash(t)) FROM stored.{table} AS t GROUP BY 1"  # noqa: S608
                for document, count, content in connection.execute(sql).fetchall():
                    rows.setdefault((stage.name, document), {})[table] = (count, content)
        for table in STORED:
            key = ", ".join(quoted(name) for name in table.key)
            twice = f"SELECT count(*) - count(DISTINCT ({key})) FROM stored.{table.name}"  # noqa: S608
            if connection.execute(twice).fetchall() != [(0,)]:
                wrong.append(f"{table.name}: rows that stand twice")
        raws = connection.execute("SELECT document_id FROM stored.raws WHERE standing ORDER BY 1").fetchall()
    known = {(stage, document): fingerprint for stage, document, fingerprint in lines}
    if len(known) != len(lines):
        wrong.append("ledger: lines that stand twice")
    # A corpus-wide table may be empty, and then has no line of rows.
    wrong += [f"{stage}: rows of {document} without a ledger line" for stage, document in rows.keys() - known.keys()]
    if [document for (document,) in raws] != sorted(document for stage, document in known if stage == "raws"):
        wrong.append("raws: the records that stand are not those of the ledger")
    return {name: (fingerprint, rows.get(name, {})) for name, fingerprint in known.items()}, wrong


def lost(before: Held, now: Held) -> list[str]:
    """Return what the store has lost or changed of articles that are unchanged."""
    wrong = []
    for (stage, document), (fingerprint, rows) in before.items():
        raw = before.get(("raws", document))
        if (stage, document) not in now:
            # Lines of an article that has changed or gone may change; those of the whole corpus if it has changed.
            if raw is not None and now.get(("raws", document)) == raw:
                wrong.append(f"{stage}: {document} is lost")
        elif now[stage, document][0] == fingerprint and now[stage, document][1] != rows:
            wrong.append(f"{stage}: rows of {document} were {rows} and are {now[stage, document][1]}")
    return wrong


def content(settings: Settings) -> dict[str, Any]:
    """Return every stored table's rows, sorted, with the ledger and the verdicts."""
    import polars

    from pipeline.contract import BOOKKEEPING_TABLES, LIKENESSES, STATES, STORED
    from warehouse import states
    from warehouse.sql import query
    from warehouse.store import Store

    with Store(settings.warehouse).open() as connection:
        found = {
            t.name: query(connection, f"FROM stored.{t.name} ORDER BY ALL") for t in (*STORED, *BOOKKEEPING_TABLES)
        }
        # A set of lines in several files has several rows.
        kept = sorted((part, *values) for part, values in states.read(connection).items())
        found[STATES.name] = polars.DataFrame(kept, orient="row")
    # A line of no rows means the same as no line.
    # A rebuild need not have compared every pair that is kept in `likenesses`: other pairs already join the articles.
    del found[LIKENESSES.name]
    found["digests"] = found["digests"].filter((polars.col("rows") > 0) & (polars.col("table") != LIKENESSES.name))
    return found


def differing(one: Path, other: Path, name: str) -> str:
    """Return where a released file begins to differ, or an empty string."""
    ours, theirs = ((folder / name).read_bytes() for folder in (one, other))
    if name == "index.html":  # has the checksums of the downloads, and so that of the DuckDB copy
        ours, theirs = (
            page.replace(versions.sha256(folder / "onrecord.duckdb").encode(), b"")
            for page, folder in ((ours, one), (theirs, other))
        )
    if name == versions.RECORD:  # holds the digests of the files, each of which is compared
        ours, theirs = (
            json.dumps({key: value for key, value in json.loads(text).items() if key != "digests"}).encode()
            for text in (ours, theirs)
        )
    if ours == theirs:
        return ""
    at = next((i for i, pair in enumerate(zip(ours, theirs, strict=False)) if pair[0] != pair[1]), 0)
    return f"released {name}: {ours[max(0, at - 60) : at + 60]!r} and {theirs[max(0, at - 60) : at + 60]!r}"


def differences(killed: Settings, reference: Settings) -> list[str]:
    """Return where the two warehouses differ, one table or file per line."""
    from assets.release import make_release
    from expectations.check_runner import run_checks
    from pipeline.contract import PUBLISHED
    from warehouse.store import Store

    wrong = []
    one, other = ((Store(s.warehouse).releases / versions.LATEST).resolve() for s in (killed, reference))
    wrong += [differing(one, other, f"{table.name}.parquet") for table in PUBLISHED]
    # As the first release of its warehouse, the other must be identical in every file. Drift is measured against the
    # previous release, so the killed one is judged once more without any.
    shutil.rmtree(Store(killed.warehouse).releases)
    run_checks(Store(killed.warehouse), killed.judged_on, all_rows=True)
    ours, theirs = content(killed), content(reference)
    for name, rows in ours.items():
        other_rows = theirs[name]
        if not rows.equals(other_rows):
            odd = [r for r in {*rows.rows(), *other_rows.rows()} if (r in rows.rows()) != (r in other_rows.rows())]
            wrong.append(f"stored {name}: {odd[:2]}")
    one = make_release(killed).folder
    wrong += [f"released {name}: only in one" for name in {*versions.contents(one)} ^ {*versions.contents(other)}]
    # DuckDB numbers its blocks in order of writing: its copy is made from the Parquet files, which are compared.
    wrong += [differing(one, other, name) for name in versions.contents(other) if name != "onrecord.duckdb"]
    return [line for line in wrong if line]


def grow(raw: Path, texts: Iterator[str], name: str, count: int, r: random.Random) -> None:
    """Add new articles, half of them records of one file; correct one and delete one."""
    known = sorted(raw.glob("*.txt"))
    new = list(islice(texts, count))
    for i, text in enumerate(new[count // 2 :]):
        (raw / f"{name}-{i:03}.txt").write_text(text, encoding="utf-8")
    lines = [json.dumps({"id": str(i), "text": text}) + "\n" for i, text in enumerate(new[: count // 2])]
    if lines:
        (raw / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8")
    deleted, corrected = r.sample(known, 2)
    deleted.unlink()
    corrected.write_text(corrected.read_text(encoding="utf-8") + "\n“It is so,” Ana Lume said on Friday.\n")


def shuffled(r: random.Random, stages: Sequence[str]) -> list[tuple[str, str, str]]:
    """Return every point of the stages in random order, such that any few taken from the end are of as many stages."""
    of = {stage: r.sample(points(stage), len(points(stage))) for stage in stages}
    rounds = [
        [(stage, *of[stage][number]) for stage in stages if number < len(of[stage])]
        for number in range(max(map(len, of.values())))
    ]
    return [point for one in reversed(rounds) for point in r.sample(one, len(one))]


def drawn(r: random.Random, pool: list[tuple[str, str, str]], count: int, stages: Sequence[str]) -> list[Point]:
    """Return the next points of the pool, in the order of the steps. Refill a pool that is used up."""
    chosen: list[Point] = []
    later: list[tuple[str, str, str]] = []
    single = {stage.name for stage in DOCUMENT_STAGES}
    while len(chosen) < count:
        if not pool:
            pool += shuffled(r, stages)
        stage, target, moment = pool.pop()
        # One transaction writes all stages of single articles: after a second one there is nothing to do, and a child
        # that does not reach its point finishes the steps for those after it. Another moment of the stage is taken.
        if stage in single and moment in DONE and any(p.stage in single and p.moment in DONE for p in chosen):
            later.append((stage, target, moment))
            others = [n for n, (of, _, when) in enumerate(pool) if of == stage and when not in DONE]
            if not others:
                continue
            stage, target, moment = pool.pop(others[-1])
        many = target in ("warehouse.release.parquet.write", "warehouse.release.versions.sync")
        hit = r.randint(1, 6 if many else 1)
        chosen.append(Point(stage, target, moment, hit, r.uniform(0.0, SECONDS_IN.get(target, 0.01))))
    pool[:0] = later
    # A point that leaves its stage nothing to do comes last in it.
    return sorted(
        chosen,
        key=lambda p: (
            1 if p.stage in single else WRITTEN.index(p.stage),
            p.moment in DONE or p.target == "warehouse.release.versions.link_latest",
            WRITTEN.index(p.stage),
        ),
    )


def moments(r: random.Random, count: int) -> list[float]:
    """Return random parts of a whole, in random order, one in each of equally long intervals."""
    return [(stretch + r.random()) / count for stretch in r.sample(range(count), count)]


def chaos(
    folder: Path,
    builds: int,
    at_points: int,
    rounds: int,
    new: int,
    first: int,
    seed: int,
    shards: int = 1,
    stages: Sequence[str] = WRITTEN,
) -> Chaos:
    """Run the whole experiment in that folder, with `first` articles at the start and `new` ones per round, in a
    warehouse of `shards` shards; the warehouse that is not killed is one file. The points are in the writes of these
    `stages`. Raise AssertionError when anything was lost, duplicated or incomplete."""
    from warehouse.reshard import reshard
    from warehouse.store import Store

    r = random.Random(seed)
    # A separate generator: how many builds end before their kill depends on time, the choice of points must not.
    of_points = random.Random(seed)
    raw = folder / "raw"
    shutil.copytree(SAMPLE, raw)
    settings = Settings(raw=raw, warehouse=folder / "killed", publish_text="all", as_of=AS_OF, accept_removals=True)
    reshard(Store(settings.warehouse), shards)
    running = Chaos(settings, r, folder, Watcher(settings.warehouse / "releases"), shards)
    texts = articles(seed)
    grow(raw, texts, "first", first, r)
    pool: list[tuple[str, str, str]] = []
    number = whole = dead = 0
    while whole < builds or dead < at_points:
        number += 1
        assert number < 4 * rounds + 12, "the points are not reached"
        for attempt, moment in enumerate(moments(r, min(-(-builds // rounds), builds - whole))):
            grow(raw, texts, f"{number:03}-{attempt:03}", max(2, new // 4), r)
            whole += running.kill_at_fraction(moment)
        grow(raw, texts, f"{number:03}", new, r)
        chosen = drawn(of_points, pool, min(-(-at_points // rounds), at_points - dead), stages)
        reached = running.at_points(chosen)
        dead += reached
        pool += [(point.stage, point.target, point.moment) for point in reversed(chosen[reached:])]
        running.finish()
        print(
            f"round {number}: {whole} whole builds and {dead} at points killed, {running.missed} not reached",
            flush=True,
        )
    peaceful = replace(settings, warehouse=folder / "peaceful")
    Chaos(peaceful, r, folder, Watcher(peaceful.warehouse / "releases")).finish()
    child = running.start("-m", "tests.support.chaos", "--against", str(peaceful.warehouse), log="differences.log")
    assert running.wait(child) == 0, process_output(child)
    return running


def report(running: Chaos) -> str:
    """Return the number of kills by stage."""
    lines = [f"{sum(running.kills.values())} kills, {running.watcher.looks:,} looks at the releases"]
    order = ("start", *(name for stage in WRITTEN for name in (stage, f"after {stage}")), "after checks")
    for how in ("whole build", "point"):
        for stage in order:
            found = {k[2]: n for k, n in running.kills.items() if k[:2] == (how, stage)}
            if found:
                detail = ", ".join(f"{name} {n}" for name, n in sorted(found.items()) if name)
                lines.append(f"  {how:<12} {stage:<17} {sum(found.values()):>3}  {detail}".rstrip())
    return "\n".join(lines)


def run_child(stage: str, orders: IO[str]) -> None:
    """Run the child process."""
    for name in WRITTEN[: WRITTEN.index(stage) + 1]:
        for module in WARM.get(name, ()):
            importlib.import_module(module)
    order = orders.read()
    if not order:
        return  # the parent has ended
    from assets.build import incremental

    for name, value in {"CHUNK": CHUNK, "INTAKE_RECORDS": CHUNK, "WRITE_BATCH_SECONDS": 0.0}.items():
        setattr(incremental, name, value)
    trigger = KillTrigger(Point(**json.loads(order)))
    trigger.install()
    run_all_steps(from_environment())
    if trigger.delayed_kill is not None:
        trigger.delayed_kill.join()  # the point was reached, and the kill comes after the last step


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--builds", type=int, default=20, help="whole builds killed at a random moment")
    parser.add_argument("--points", type=int, default=80, help="builds killed at named points")
    parser.add_argument("--rounds", type=int, default=6, help="how often the points are gone to")
    parser.add_argument("--articles", type=int, default=12, help="new articles each time")
    parser.add_argument("--first", type=int, default=110, help="articles to begin with: from 100 on, workers make them")
    parser.add_argument("--shards", type=int, default=1, help="database files of the articles' rows")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="work in this folder, which must not exist, and leave it")
    parser.add_argument("--child", choices=WRITTEN, help=argparse.SUPPRESS)
    parser.add_argument("--against", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.child:
        run_child(given.child, sys.stdin)
        return
    if given.against:
        settings = from_environment()
        found = differences(settings, replace(settings, warehouse=given.against))
        print("\n".join(found) or "nothing differs")
        sys.exit(bool(found))
    with contextlib.ExitStack() as stack:
        if given.folder is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="onrecord-chaos-")))
        else:
            folder = given.folder.resolve()
            folder.mkdir(parents=True)
        begin = time.monotonic()
        running = chaos(
            folder, given.builds, given.points, given.rounds, given.articles, given.first, given.seed, given.shards
        )
        print(report(running))
        print(f"warehouse and release are those of a build left in peace; {time.monotonic() - begin:.0f} s")


if __name__ == "__main__":
    main()
