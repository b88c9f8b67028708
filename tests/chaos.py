"""Builds killed over and over, against one that was left in peace: `uv run python -m tests.chaos`.

A raw folder grows, is corrected and loses articles, round after round. In each round some whole builds, started as a
user starts them, are killed with SIGKILL at a random moment, and some forked children that go the same road without
Dagster around it are killed at named points of the write path; each is started again. After every kill the store is
opened and held against its ledger, and every release that can be seen is verified; meanwhile a watcher looks for
releases that are visible and not whole. At the end the warehouse is held against one that was built from nothing and
left in peace: every stored table, every Parquet file, every file of a release.

The points are put into the child by wrapping functions there: the program knows nothing of them. A kill takes the
process, not the machine: what the disk has not been told to keep is not tried here.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
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
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import wraps
from itertools import islice
from pathlib import Path
from typing import Any

from assets.settings import ROOT, SAMPLE, Settings, to_environment
from assets.stages import CORPUS_STAGES, DOCUMENT_STAGES, STAGES
from benchmarks.articles import articles
from warehouse import shelf

AS_OF = date(2026, 11, 22)
# In an order of the road, so that a kill leaves the later ones something to do.
ROAD = ("raws", *(stage.name for stage in STAGES))
WRITTEN = (*ROAD, "verdicts", "release")
# Where a write can be cut: (what is wrapped, the moments in it). `in` is a moment drawn at random after the start.
INTAKE = {"warehouse.intake.transaction": ("begin", "commit", "in commit", "committed")}
REPLACE = {
    "warehouse.ledger.exchange": ("before", "after"),
    "warehouse.ledger.transaction": ("begin", "commit", "in commit", "committed"),
}
PATCH = {
    "warehouse.ledger._patch": ("before", "after"),
    "warehouse.ledger.transaction": ("begin", "commit", "in commit", "committed"),
}
CORPUS = tuple(stage.name for stage in CORPUS_STAGES)
VERDICTS = {
    "expectations.judge.transaction": ("begin", "commit", "in commit", "committed"),
    "expectations.validation._swap": ("before", "in", "after"),
}
RELEASE = {
    "warehouse.parquet.write": ("before", "in", "after"),
    "warehouse.shelf.write_record": ("before", "after"),
    "warehouse.release.describe_release": ("before", "in", "after"),
    "warehouse.database.write": ("in", "after"),
    "warehouse.page.write": ("in", "after"),
    "warehouse.shelf.write_sums": ("before", "in", "after"),
    "warehouse.shelf.sync": ("before", "after"),
    "warehouse.shelf.point": ("before", "after"),
}
# A chunk in the child: many transactions a stage.
CHUNK = 5
HANGS = 1200.0


@dataclass(frozen=True, slots=True)
class Point:
    """A place to die: in this stage, at the `hit`-th time that this moment of that function comes."""

    stage: str
    target: str
    moment: str
    hit: int
    delay: float

    def __str__(self) -> str:
        return f"{self.target.rpartition('.')[2].lstrip('_')} {self.moment}"


def points(stage: str) -> list[tuple[str, str]]:
    """Every (function, moment) of a stage."""
    corpus = dict.fromkeys(CORPUS, PATCH)
    where = {"raws": INTAKE, "verdicts": VERDICTS, "release": RELEASE, **corpus}.get(stage, REPLACE)
    return [(target, moment) for target, moments in where.items() for moment in moments]


@dataclass
class Bomb:
    """In the child: knows the stage that is written, and kills the process at its point."""

    point: Point
    stage: str = ""
    hits: int = 0

    def at(self, target: str, moment: str) -> None:
        """Called at every moment of every wrapped function."""
        if (self.stage, target, moment) != (self.point.stage, self.point.target, self.point.moment):
            return
        self.hits += 1
        if self.hits < self.point.hit:
            return
        if moment.startswith("in"):
            # The function goes on meanwhile; DuckDB and the disk let go of the interpreter.
            threading.Thread(target=self.later, daemon=True).start()
        else:
            die()

    def later(self) -> None:
        """A moment from now."""
        time.sleep(self.point.delay)
        die()

    def lay(self) -> None:
        """Wrap the functions, in this process."""
        for target in {t for stage in WRITTEN for t, _ in points(stage)}:
            module, name = _resolve(target)
            wrap = self._transaction if name == "transaction" else self._function
            setattr(module, name, wrap(target, getattr(module, name)))
        self._staged("warehouse.intake.take", lambda *_, **__: "raws")
        self._staged("warehouse.ledger.replace", lambda _, step, *__: step.name)
        self._staged("warehouse.ledger.patch_corpus", lambda _, step, *__: step.name)
        self._staged("expectations.judge._save", lambda *_: "verdicts")
        self._staged("expectations.judge.validate", lambda *_: "verdicts")
        self._staged("warehouse.release.publish", lambda *_: "release")

    def _staged(self, target: str, named: Callable[..., str]) -> None:
        module, name = _resolve(target)
        real = getattr(module, name)

        @wraps(real)
        def call(*args: Any, **kwargs: Any) -> Any:
            before, self.stage = self.stage, named(*args, **kwargs)
            try:
                return real(*args, **kwargs)
            finally:
                self.stage = before

        setattr(module, name, call)

    def _function(self, target: str, real: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(real)
        def call(*args: Any, **kwargs: Any) -> Any:
            self.at(target, "before")
            self.at(target, "in")
            out = real(*args, **kwargs)
            self.at(target, "after")
            return out

        return call

    def _transaction(self, target: str, real: Callable[..., Any]) -> Callable[..., Any]:
        @contextlib.contextmanager
        def call(connection: Any) -> Iterator[None]:
            with real(connection):
                self.at(target, "begin")
                yield
                self.at(target, "commit")
                self.at(target, "in commit")
            self.at(target, "committed")

        return call


def _resolve(target: str) -> tuple[Any, str]:
    module, _, name = target.rpartition(".")
    return importlib.import_module(module), name


def die() -> None:
    """As the kernel does it: nothing is closed, flushed or rolled back."""
    os.kill(os.getpid(), signal.SIGKILL)


@dataclass
class Watcher:
    """Looks at the releases folder without pause: what is visible must be whole."""

    releases: Path
    seen: set[str] = field(default_factory=set)
    looks: int = 0

    def look(self) -> None:
        """Raises AssertionError at a release that is visible and not whole."""
        self.looks += 1
        for version in shelf.names(self.releases):
            if version not in self.seen:
                problems = shelf.verify(self.releases / version)
                assert not problems, f"release {version} was visible and not whole: {problems[:3]}"
                self.seen.add(version)
        latest = self.releases / shelf.LATEST
        if latest.is_symlink():
            assert (latest / shelf.SUMS).is_file(), f"latest points at {latest.readlink()}, which is not there"

    def again(self) -> None:
        """Everything anew: a kill may have spoilt what was whole."""
        self.seen.clear()
        self.look()


@dataclass
class Chaos:
    """One warehouse that is built and killed."""

    settings: Settings
    random: random.Random
    watcher: Watcher
    log: Path
    kills: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    missed: int = 0
    whole_seconds: float = 40.0

    def whole(self) -> bool:
        """A build as a user starts it, killed at a random moment. Returns whether the kill came before the end."""
        command = [sys.executable, "-c", "from assets.cli import app; app()", "build"]
        environment = {**os.environ, **to_environment(self.settings), "PYTHONUNBUFFERED": "1"}
        after = self.random.uniform(0.0, self.whole_seconds)
        begin = time.monotonic()
        with self.log.open("wb") as out:
            process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out)
            while process.poll() is None and time.monotonic() - begin < after:
                self.watcher.look()
                time.sleep(0.02)
            killed = process.poll() is None
            if killed:
                process.kill()
            process.wait()
        if killed:
            self.kills["whole build", self._stage_told(), ""] += 1
        else:
            assert process.returncode == 0, self.told()
        return killed

    def _stage_told(self) -> str:
        """The last stage that was done, by its line."""
        done = [line.split()[0] for line in self.told().splitlines() if line.startswith("  ") and line.split()]
        return f"after {done[-1]}" if done else "raws" if "->" in self.told() else "start"

    def told(self) -> str:
        """What the last build said."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def point(self, point: Point) -> bool:
        """A forked child that goes the road and dies at the point. Returns whether it got there."""
        pid = self.fork(lambda: self._die_at(point))
        status = self.wait(pid)
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
            self.kills["point", point.stage, str(point)] += 1
            return True
        assert os.waitstatus_to_exitcode(status) == 0, self.told()
        self.missed += 1
        return False

    def finish(self) -> None:
        """A build that is left in peace, in a forked child."""
        from assets.console import run_build

        begin = time.monotonic()
        status = self.wait(self.fork(lambda: run_build(self.settings)))
        assert os.waitstatus_to_exitcode(status) == 0, self.told()
        # One that starts from nothing imports everything, too.
        self.whole_seconds = 1.3 * (time.monotonic() - begin)

    def _die_at(self, point: Point) -> int:
        from assets import derive

        for name, value in {"CHUNK": CHUNK, "INTAKE_RECORDS": CHUNK, "TURN_SECONDS": 0.0}.items():
            setattr(derive, name, value)
        Bomb(point).lay()
        return road(self.settings)

    def fork(self, work: Callable[[], int]) -> int:
        """Do it in a child that has everything imported. Its words go to the log."""
        pid = os.fork()
        if pid:
            return pid
        code = 1
        try:
            with self.log.open("wb") as out:
                os.dup2(out.fileno(), 1)
                os.dup2(out.fileno(), 2)
                code = work()
                sys.stdout.flush()
                sys.stderr.flush()
        except BaseException:
            import traceback

            traceback.print_exc(file=open(2, "w", closefd=False))  # noqa: SIM115
        os._exit(code)

    def wait(self, pid: int) -> int:
        """Its status, while the releases are watched. A child that hangs is a failure."""
        begin = time.monotonic()
        while True:
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                return status
            self.watcher.look()
            if time.monotonic() - begin > HANGS:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                raise AssertionError(f"a build hangs: {self.told()}")
            time.sleep(0.02)

    def sound(self) -> None:
        """After a kill: the store opens, holds whole documents only, and the releases are what they were."""
        self.watcher.again()
        assert os.waitstatus_to_exitcode(self.wait(self.fork(lambda: half_written(self.settings)))) == 0, self.told()


def road(settings: Settings) -> int:
    """All that the job `build` does to the warehouse, step by step, without Dagster around it. 0 at its end."""
    from assets.derive import derive, derive_corpus, take_in
    from assets.release import make_release
    from expectations.judge import judge
    from warehouse.store import Store

    store = Store(settings.warehouse)
    take_in(store, settings, lambda _: None)
    for stage in STAGES:
        if stage in CORPUS_STAGES:
            derive_corpus(store, stage, settings, lambda _: None)
        else:
            derive(store, stage, STAGES, settings, lambda _: None)
    judge(store, settings.judged_on)
    make_release(settings)
    return 0


def half_written(settings: Settings) -> int:
    """0 where every document-wise row has its ledger line and every name has one record that stands."""
    from warehouse.store import Store

    store = Store(settings.warehouse)
    if not store.database.exists():
        return 0
    wrong = []
    with store.open() as connection:
        for stage in DOCUMENT_STAGES:
            for table in stage.writes:
                sql = (
                    f"SELECT count(*) FROM stored.{table} WHERE document_id NOT IN "  # noqa: S608
                    "(SELECT document_id FROM stored.ledger WHERE stage = ?)"
                )
                if connection.execute(sql, [stage.name]).fetchall() != [(0,)]:
                    wrong.append(f"{table}: rows without a ledger line")
        standing = "SELECT count(*) - count(DISTINCT document_id) FROM stored.raws WHERE standing"
        if connection.execute(standing).fetchall() != [(0,)]:
            wrong.append("raws: a name stands twice")
        lines = (
            "SELECT (SELECT count(*) FROM stored.raws WHERE standing) - "
            "(SELECT count(*) FROM stored.ledger WHERE stage = 'raws')"
        )
        if connection.execute(lines).fetchall() != [(0,)]:
            wrong.append("raws: a standing record without a ledger line, or the other way round")
    print("\n".join(wrong))
    return len(wrong)


def content(settings: Settings) -> dict[str, Any]:
    """Every stored table's rows, sorted, with the ledger and the verdicts."""
    from pipeline.tables import OURS, STORED
    from warehouse.store import Store, query

    with Store(settings.warehouse).open() as connection:
        return {t.name: query(connection, f"FROM stored.{t.name} ORDER BY ALL") for t in (*STORED, *OURS)}


def differing(one: Path, other: Path, name: str) -> str:
    """Where a released file begins to differ, or nothing."""
    ours, theirs = ((folder / name).read_bytes() for folder in (one, other))
    if name == "index.html":  # gives the checksums of the downloads, and so that of the DuckDB copy
        ours, theirs = (
            page.replace(shelf.sha256(folder / "onrecord.duckdb").encode(), b"")
            for page, folder in ((ours, one), (theirs, other))
        )
    if ours == theirs:
        return ""
    at = next((i for i, pair in enumerate(zip(ours, theirs, strict=False)) if pair[0] != pair[1]), 0)
    return f"released {name}: {ours[max(0, at - 60) : at + 60]!r} and {theirs[max(0, at - 60) : at + 60]!r}"


def differences(killed: Settings, peaceful: Settings) -> int:
    """How many tables and files of the two warehouses differ; each in a line."""
    from assets.release import make_release
    from expectations.judge import judge
    from pipeline.tables import PUBLISHED
    from warehouse.release import releases_of
    from warehouse.store import Store

    wrong = []
    one, other = ((releases_of(Store(s.warehouse)) / shelf.LATEST).resolve() for s in (killed, peaceful))
    wrong += [differing(one, other, f"{table.name}.parquet") for table in PUBLISHED]
    # As the first release of its warehouse, the other must be the same to the last file. Drift is measured against the
    # release before, so it is judged once more without one.
    shutil.rmtree(releases_of(Store(killed.warehouse)))
    judge(Store(killed.warehouse), killed.judged_on, anew=True)
    ours, theirs = content(killed), content(peaceful)
    for name, rows in ours.items():
        other_rows = theirs[name]
        if not rows.equals(other_rows):
            odd = [r for r in (*rows.rows(), *other_rows.rows()) if (r in rows.rows()) != (r in other_rows.rows())]
            wrong.append(f"stored {name}: {odd[:2]}")
    one = make_release(killed).folder
    wrong += [f"released {name}: only in one" for name in {*shelf.contents(one)} ^ {*shelf.contents(other)}]
    # DuckDB numbers its blocks as they come: its copy is made from the Parquet files, which are compared.
    wrong += [differing(one, other, name) for name in shelf.contents(other) if name != "onrecord.duckdb"]
    wrong = [line for line in wrong if line]
    print("\n".join(wrong) or "nothing differs")
    return len(wrong)


def grow(raw: Path, texts: Iterator[str], number: int, count: int, r: random.Random) -> None:
    """New articles, and from the second time on one that is corrected and one that is deleted."""
    for i, text in enumerate(islice(texts, count)):
        (raw / f"{number:03}-{i:03}.txt").write_text(text, encoding="utf-8")
    if number > 1:
        names = sorted(raw.glob("*.txt"))
        r.choice(names).unlink()
        corrected = r.choice(sorted(raw.glob("*.txt")))
        corrected.write_text(corrected.read_text(encoding="utf-8") + "\n“It is so,” Ana Lume said on Friday.\n")


def drawn(r: random.Random, pool: list[tuple[str, str, str]], count: int) -> list[Point]:
    """The next points of the pool, in the order of the road. A pool that is used up is filled again."""
    chosen = []
    for _ in range(count):
        if not pool:
            pool += [(stage, *point) for stage in WRITTEN for point in points(stage)]
            r.shuffle(pool)
        stage, target, moment = pool.pop()
        many = target in ("warehouse.parquet.write", "warehouse.shelf.sync")
        chunks = stage in ROAD and stage not in CORPUS
        hit = r.randint(1, 6 if many else 2 if chunks else 1)
        chosen.append(Point(stage, target, moment, hit, r.uniform(0.0, 0.01 if moment == "in commit" else 0.3)))
    # What leaves its stage nothing to do comes last in it.
    return sorted(chosen, key=lambda p: (WRITTEN.index(p.stage), p.moment in ("after", "committed")))


def warm() -> None:
    """Import what a build imports, and load the model, so that a forked child starts at once."""
    import great_expectations
    import great_expectations.expectations

    import assets.console
    import warehouse.release  # noqa: F401
    from pipeline import parse

    assert assets.console
    assert great_expectations.expectations
    parse.load()


def chaos(folder: Path, builds: int, at_points: int, rounds: int, articles_a_round: int, seed: int) -> Chaos:
    """The whole experiment in that folder. Raises AssertionError when anything was lost, doubled or half there."""
    r = random.Random(seed)
    raw = folder / "raw"
    shutil.copytree(SAMPLE, raw)
    settings = Settings(raw=raw, warehouse=folder / "killed", publish_text="all", as_of=AS_OF, accept_removals=True)
    told = Chaos(settings, r, Watcher(settings.warehouse / "releases"), folder / "log.txt")
    warm()
    texts = articles(seed)
    pool: list[tuple[str, str, str]] = []
    number = whole = dead = 0
    while whole < builds or dead < at_points:
        number += 1
        grow(raw, texts, number, articles_a_round, r)
        for _ in range(min(-(-builds // rounds), builds - whole)):
            whole += told.whole()
            told.sound()
        grow(raw, texts, number + 500, articles_a_round, r)
        for point in drawn(r, pool, min(-(-at_points // rounds), at_points - dead)):
            dead += told.point(point)
            told.sound()
        told.finish()
        told.sound()
        print(
            f"round {number}: {whole} whole builds and {dead} at points killed, {told.missed} not reached", flush=True
        )
        assert number < 4 * rounds + 12, "the points are not reached"
    peaceful = replace(settings, warehouse=folder / "peaceful")
    Chaos(peaceful, r, Watcher(peaceful.warehouse / "releases"), folder / "log.txt").finish()
    code = os.waitstatus_to_exitcode(told.wait(told.fork(lambda: differences(settings, peaceful))))
    assert code == 0, told.told()
    return told


def report(told: Chaos) -> str:
    """Kills by stage."""
    lines = [f"{sum(told.kills.values())} kills, {told.watcher.looks:,} looks at the releases"]
    order = ("start", *(name for stage in WRITTEN for name in (stage, f"after {stage}")), "after checks")
    for how in ("whole build", "point"):
        for stage in order:
            found = {k[2]: n for k, n in told.kills.items() if k[:2] == (how, stage)}
            if found:
                detail = ", ".join(f"{name} {n}" for name, n in sorted(found.items()) if name)
                lines.append(f"  {how:<12} {stage:<17} {sum(found.values()):>3}  {detail}".rstrip())
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--builds", type=int, default=20, help="whole builds killed at a random moment")
    parser.add_argument("--points", type=int, default=80, help="builds killed at named points")
    parser.add_argument("--rounds", type=int, default=6, help="how often the raw folder changes")
    parser.add_argument("--articles", type=int, default=12, help="new articles each time")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="onrecord-chaos-") as folder:
        begin = time.monotonic()
        told = chaos(Path(folder), given.builds, given.points, given.rounds, given.articles, given.seed)
        print(report(told))
        print(f"warehouse and release are those of a build left in peace; {time.monotonic() - begin:.0f} s")


if __name__ == "__main__":
    main()
