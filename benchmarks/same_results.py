"""Compare another checkout's results with this one's: the gate for a change that only moves code.

    git worktree add --detach ../before REVISION && (cd ../before && uv sync --locked)
    python -m benchmarks.same_results ../before
    python -m benchmarks.same_results ../before --articles 20 --keep out    # a quick look; keeps the warehouses

Builds the sample, the seeds (`seeds` beside the gold folder, see benchmarks.gold) and the first articles of each gold
file with both checkouts. Fails if a Parquet file of the release, a line of the ledger, an id or a score differs. Ids
are columns of the Parquet files, and scores follow from them; `python -m benchmarks.history --check` measures the
scores too. Then builds with this checkout on the warehouses that the other one made: nothing may be computed. Each
checkout runs in its own `.venv`, or in this environment if it has none.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from assets.settings import ROOT, SAMPLE
from benchmarks.gold import gold_folder
from warehouse.sql import query
from warehouse.store import Store

# Gold files, and how many of each 300 articles come from it: quotations, dates and names.
GOLD = {
    "quotes/polnear_dev.jsonl": 84,
    "quotes/polnear_train_sample.jsonl": 46,
    "dates/timebank.jsonl": 110,
    "dates/aquaint.jsonl": 40,
    "entities/gum_news.jsonl": 20,
}
ARTICLES = 300
# Part of the output of a build with nothing to do.
UNCHANGED = "nothing was computed"


def raw_folders(folder: Path, articles: int) -> Iterator[Path]:
    """Yield the raw folders: sample, seeds, and one of gold articles."""
    yield Path(shutil.copytree(SAMPLE, folder / "sample"))
    gold = gold_folder()
    if (gold.parent / "seeds").is_dir():
        yield Path(shutil.copytree(gold.parent / "seeds", folder / "seeds"))
    (folder / "gold").mkdir()
    for name, share in GOLD.items():
        lines = (gold / name).read_text(encoding="utf-8").splitlines()[: share * articles // ARTICLES]
        with (folder / "gold" / Path(name).name).open("w", encoding="utf-8") as file:
            for line in lines:
                row = json.loads(line)
                record = {"id": row["doc_id"], "text": row["text"], "published": (row.get("dct") or "")[:10] or None}
                file.write(json.dumps(record, ensure_ascii=False) + "\n")
    yield folder / "gold"


def python_of(checkout: Path) -> str:
    """Return the Python of a checkout: that of its `.venv`, else the current one."""
    own = checkout / ".venv" / "bin" / "python"
    return str(own) if own.exists() else sys.executable


def build(checkout: Path, raw: Path, warehouse: Path) -> str:
    """Build with the code of a checkout. Returns its output. Raises CalledProcessError."""
    command = ["build", "--raw", str(raw), "--warehouse", str(warehouse), "--publish-text", "all"]
    return subprocess.run(
        [python_of(checkout), "-c", "from assets.cli import app; app()", *command],
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": str(checkout), "DAGSTER_DISABLE_TELEMETRY": "yes"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout


def results(warehouse: Path) -> dict[str, str]:
    """Return the results of a build: file of the release or table of the store -> SHA-256."""
    release = warehouse / "releases" / "latest"
    files = [path for path in sorted(release.rglob("*.parquet")) if path.is_file()]
    found = {path.relative_to(release).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    with Store(warehouse).open() as connection:
        # The line of a corpus-wide stage is a hash of the state, whose form may differ.
        rows = query(connection, "FROM stored.ledger WHERE document_id <> '*' ORDER BY ALL").write_csv()
    return {**found, "ledger": hashlib.sha256(rows.encode()).hexdigest(), "release": str(release.readlink())}


def different(before: dict[str, str], now: dict[str, str]) -> list[str]:
    """Return the names whose results differ."""
    return sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare. Returns 0 if everything is the same, else 1."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", type=Path, help="the other checkout")
    parser.add_argument("--articles", type=int, default=ARTICLES, help="how many gold articles (%(default)s)")
    parser.add_argument("--keep", type=Path, help="a new folder for the warehouses (default: a temporary one)")
    given = parser.parse_args(arguments)
    before = given.before.resolve()
    failed = False
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep.resolve() if given.keep else Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for raw in raw_folders(folder, given.articles):
            old, new = folder / f"{raw.name}-before", folder / f"{raw.name}-now"
            build(before, raw, old)
            build(ROOT, raw, new)
            made = results(old)
            wrong = different(made, results(new))
            printed = build(ROOT, raw, old)
            again = different(made, results(old))
            output = next((line for line in printed.splitlines() if UNCHANGED in line), "")
            failed |= bool(wrong or again or not output)
            print(f"{raw.name}: {len(made)} results, different: {', '.join(wrong) or 'none'}", flush=True)
            print(f"    on the former warehouse: {output or 'COMPUTED AGAIN: ' + printed}")
            print(f"    changed by it: {', '.join(again) or 'nothing'}", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
