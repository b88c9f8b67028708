"""Build a folder of odd files with the command line: `uv run python -m benchmarks.fuzz [--seed N] [--files 500]`.

The aims: exit code 0 and a release; each listed file is in `raws` or `refusals`; no article fails in a stage; 500 files
take less than three minutes of CPU time, all processes counted, and less than one GB of memory (PSS: shared pages count
once). The exit code is 1 if an aim is missed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import odd_files
from benchmarks.figures import Figure, table
from pipeline import read
from warehouse.store import Store

FILES = 500
# For FILES files.
MAX_CPU_SECONDS = 180
MAX_MB = 1024
# Interval between two measurements of memory.
LOOK_SECONDS = 0.5
SHOWN = 10


@dataclass(frozen=True, slots=True)
class Built:
    """Cost of a build: its exit code, wall-clock seconds, CPU seconds of all processes, their maximum total memory in
    MB."""

    code: int
    seconds: float
    cpu: float
    mb: float


def tree_memory(process: int) -> int:
    """Return the bytes of a process and its children, shared pages counted once (PSS); 0 for one that ended."""
    children: dict[int, list[int]] = {}
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(place.read_text(encoding="utf-8", errors="replace").rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(place.parent.name))
    whole, left = 0, [process]
    while left:
        one = left.pop()
        left += children.get(one, [])
        try:
            lines = Path(f"/proc/{one}/smaps_rollup").read_text(encoding="ascii").splitlines()
        except OSError:
            continue
        whole += sum(1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return whole


def build(raw: Path, warehouse: Path, log: Path) -> Built:
    """Run `onrecord build` in a child process, with its output in `log`."""
    command = [sys.executable, "-c", "from assets.cli import app; app()", "build", "--publish-text", "all"]
    begin, peak = time.monotonic(), 0
    with log.open("w", encoding="utf-8") as out:
        child = subprocess.Popen(
            [*command, "--raw", str(raw), "--warehouse", str(warehouse)], stdout=out, stderr=subprocess.STDOUT
        )
        while True:
            ended, status, used = os.wait4(child.pid, os.WNOHANG)
            if ended:
                break
            peak = max(peak, tree_memory(child.pid))
            time.sleep(LOOK_SECONDS)
    child.returncode = os.waitstatus_to_exitcode(status)
    return Built(child.returncode, time.monotonic() - begin, used.ru_utime + used.ru_stime, peak / (1 << 20))


def lost(raw: Path, warehouse: Path) -> list[str]:
    """Return the listed files that are neither in `raws` nor in `refusals`."""
    store = Store(warehouse)
    known = {
        path
        for name in ("raws", "refusals")
        for path in store.read(f"SELECT DISTINCT path FROM stored.{name}")["path"]  # noqa: S608
    }
    return [entry.path for entry in read.listing(raw) if entry.path not in known]


def fuzz(seed: int = 0, files: int = FILES, folder: Path | None = None) -> list[Figure]:
    """Make the files, build, account for each. `folder`: a new folder to keep, with the files in `raw`, the build's
    output in `log`, and the warehouse."""
    with tempfile.TemporaryDirectory() as temporary:
        place = folder or Path(temporary)
        raw, warehouse, log = place / "raw", place / "warehouse", place / "log"
        odd_files.write(raw, seed, files)
        built = build(raw, warehouse, log)
        print(log.read_text(encoding="utf-8"), flush=True)
        return _figures(raw, warehouse, built, files)


def _figures(raw: Path, warehouse: Path, built: Built, files: int) -> list[Figure]:
    gone = lost(raw, warehouse)
    store = Store(warehouse)
    failed = store.read("SELECT document_id, stage, reason FROM stored.failures")
    reasons = store.read("SELECT reason, count(*) AS n FROM stored.refusals GROUP BY reason ORDER BY reason")
    for path in gone[:SHOWN]:
        print(f"lost: {path}")
    for row in failed.head(SHOWN).iter_rows():
        print("failed: " + " ".join(map(repr, row)))
    only = "" if files == FILES else f"of {FILES} files"
    return [
        Figure("exit code", built.code, "", most=0),
        Figure("no release", float(not (warehouse / "releases" / "latest").exists()), "", most=0),
        Figure("listed files", len(read.listing(raw)), "files"),
        Figure("neither read nor refused", len(gone), "files", most=0),
        Figure("articles", _count(store, "raws"), "articles"),
        *(Figure(f"refused: {reason}", count, "files or records") for reason, count in reasons.iter_rows()),
        Figure("failed in a stage", len(failed), "articles", most=0),
        Figure("CPU time of all processes", built.cpu, "CPU s", most=MAX_CPU_SECONDS, only=only),
        Figure("by the clock", built.seconds, "s"),
        Figure("memory of all processes, at most", built.mb, "MB", most=MAX_MB),
    ]


def _count(store: Store, name: str) -> int:
    return int(store.read(f"SELECT count(*) AS n FROM stored.{name}")["n"][0])  # noqa: S608


def main(given: Sequence[str] | None = None) -> None:
    """Build and print the table; exit code 1 if an aim is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0, help="another seed, other files (default: 0)")
    parser.add_argument("--files", type=int, default=FILES, help=f"how many (default: {FILES})")
    parser.add_argument("--folder", type=Path, help="a new folder in which files, log and warehouse are kept")
    asked = parser.parse_args(given)
    found = fuzz(asked.seed, asked.files, asked.folder)
    print(table(f"fuzz, seed {asked.seed}", found))
    sys.exit(any(figure.met is False for figure in found))


if __name__ == "__main__":
    main()
