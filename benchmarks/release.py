"""Cost of a release, and how it grows: `uv run python -m benchmarks.release [ARTICLES ...]`.

Each release is made in a new process, from its first import to the last byte, with the terms `all`, so that it includes
every text. CPU seconds hold on a busy machine, seconds only on an idle one.

With `--part-rows ROWS`, the tables alone are written in parts, and again after one title has changed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

SIZES = (1_000, 10_000)


def release(warehouse: Path) -> dict[str, float]:
    """Publish the store of this folder, in this process. Returns the cost and the sizes."""
    import resource
    import time

    from warehouse.release.publish import publish
    from warehouse.release.rights import Terms
    from warehouse.store import Store

    begin = time.perf_counter()
    made = publish(Store(warehouse), Terms("all"), (), date(2026, 11, 22), "0")
    files = [path for path in made.folder.rglob("*") if path.is_file()]
    return {
        "articles": made.rows["documents"],
        "quotes": made.rows["quotes"],
        "cpu_seconds": round(time.process_time(), 1),
        "seconds": round(time.perf_counter() - begin, 1),
        # Linux counts in kilobytes.
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "parquet_mb": round(sum(p.stat().st_size for p in files if p.suffix == ".parquet") / 1e6, 1),
        "search_files": sum(p.parent.name == "search" for p in files),
        "index_html_kb": round((made.folder / "index.html").stat().st_size / 1000),
    }


def alone(warehouse: Path) -> dict[str, float]:
    """Run `release` in a new process."""
    command = [sys.executable, "-m", "benchmarks.release", "--one", str(warehouse)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(answer.stdout.splitlines()[-1])
    return found


def in_parts(warehouse: Path, part_rows: int) -> dict[str, float]:
    """Write the tables of the store in parts, change a title, and write them again. Returns the cost of both, and how
    many parts the second has from the first."""
    import time

    from pipeline.contract import PUBLISHED
    from warehouse import ledger
    from warehouse.release import parquet, parts, rights, versions
    from warehouse.release.parts import Earlier
    from warehouse.store import Store

    def written(folder: Path, earlier: Earlier | None) -> float:
        folder.mkdir()
        begin = time.process_time()
        for table in PUBLISHED:
            prefixes = parts.prefixes(connection, table, rows[table.name], part_rows)
            parquet.write(connection, table, rights.rules(terms)[table.name], folder, prefixes, earlier)
        return round(time.process_time() - begin, 1)

    terms, first, second = rights.Terms("all"), warehouse / "first", warehouse / "second"
    with Store(warehouse).open() as connection:
        rights.prepare(connection, terms)
        rows = ledger.counts(connection, [table.name for table in PUBLISHED])
        cpu = written(first, None)
        files = [path.relative_to(first).as_posix() for path in first.rglob("*.parquet") if path.is_file()]
        digests = {name: versions.sha256(first / name) for name in files}
        change = "SET title = 'Another' WHERE document_id = (SELECT min(document_id) FROM stored.documents)"
        connection.execute(f"UPDATE stored.documents {change}")
        again = written(second, Earlier(first, digests))
    same = sum((first / name).stat().st_ino == (second / name).stat().st_ino for name in files)
    return {"files": len(files), "cpu_seconds": cpu, "linked": same, "cpu_seconds_again": again}


def measure(sizes: tuple[int, ...] = SIZES) -> list[dict[str, float]]:
    """Return one line per size, the smallest first."""
    from benchmarks.generated import fill
    from warehouse.store import Store

    found = []
    for articles in sorted(sizes):
        with tempfile.TemporaryDirectory(prefix="onrecord-") as folder:
            fill(Store(Path(folder)), articles)
            found.append(alone(Path(folder)))
    return found


def main() -> None:
    from benchmarks.generated import fill
    from warehouse.store import Store

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("articles", type=int, nargs="*", default=SIZES)
    parser.add_argument("--part-rows", type=int, help="write tables of more rows in parts, twice")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one is not None:
        print(json.dumps(release(given.one)))
        return
    if given.part_rows is not None:
        with tempfile.TemporaryDirectory(prefix="onrecord-") as folder:
            fill(Store(Path(folder)), given.articles[0])
            print(json.dumps(in_parts(Path(folder), given.part_rows)))
        return
    found = measure(tuple(given.articles))
    for line in found:
        print("  ".join(f"{name} {value:,}" for name, value in line.items()))
    first, last = found[0], found[-1]
    more, cpu, memory = (last[name] / first[name] for name in ("articles", "cpu_seconds", "peak_mb"))
    print(f"{more:.0f} times the articles: {cpu:.1f} times the CPU, {memory:.2f} times the memory")


if __name__ == "__main__":
    main()
