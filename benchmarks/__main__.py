"""All benchmarks of speed and growth: `uv run --group benchmarks python -m benchmarks [PART ...]`.

    python -m benchmarks                                  # all but some (see below); 1,000 articles
    python -m benchmarks stages rivals --articles 200     # some parts, on fewer articles
    python -m benchmarks parse workers --raw FOLDER       # on your own .txt files
    python -m benchmarks growth --sizes 1000 10000 100000 --length 0.1
    uv run --extra ray python -m benchmarks ray

parse     the parse stage against stock spaCy: speed, annotations, memory
stages    each stage's share of a build; cost per article and fixed cost
rivals    the whole build against the model alone, stock spaCy, textacy, datatrove
versions  the whole build against that of another checkout (--before FOLDER)
workers   two workers against one
corpus    duplicates and statements: CPU time and memory on a growing corpus
store     queries of a build with nothing to do, on stores of many articles
writer    rows per second of the one writer
shards    eight workers on shards against one, with a stand-in for the model
driver    CPU time of the driver and of its workers in each step of a build with 16 shards
growth    builds of more and more articles: memory, time, a build with nothing to do
ray       the build on Ray: one node, two, one of two killed
fuzz      a build of 500 odd files: each accounted for, time, memory (benchmarks.fuzz has its own command, with a seed)
audit     names and statements against hand-marked quotations (needs the annotated articles)
said      days of saying against hand-marked quotations (needs the annotated articles)

Quality has its own commands (benchmarks.quotes, benchmarks.dates ...), which need annotated articles.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import corpus, fuzz, growth, onray, parse, shards, speed, store, versions, writer
from benchmarks.articles import articles, given, write
from benchmarks.audit import said_days, speakers
from benchmarks.figures import Figure, machine, table

type Part = Callable[[Path, argparse.Namespace], list[Figure]]

PARTS: dict[str, Part] = {
    "parse": lambda raw, asked: parse.figures(parse.sample(given(raw), parse.WORDS), 2 * asked.repeats - 1),
    "stages": lambda raw, asked: speed.stages(raw, asked.repeats),
    "rivals": lambda raw, asked: speed.rivals(raw, asked.repeats),
    "versions": lambda raw, asked: versions.versions(raw, asked.before, asked.repeats),
    "workers": lambda raw, asked: speed.workers(raw, asked.repeats),
    "corpus": lambda _, asked: corpus.corpus(asked.sizes, asked.length),
    "store": lambda _, asked: store.store(asked.sizes),
    "writer": lambda raw, _: writer.writer(raw),
    "shards": lambda raw, _: shards.shards(raw),
    "driver": lambda raw, _: shards.driver(raw),
    "growth": lambda _, asked: growth.growth(asked.sizes, asked.length),
    "ray": lambda raw, _: onray.measure_ray(raw),
    "fuzz": lambda *_: fuzz.fuzz(),
    "audit": lambda *_: speakers.measured(),
    "said": lambda *_: said_days.measured(),
}
# They need another checkout, an extra, annotated articles or many articles, or measure no speed.
OPT_IN_PARTS = ("versions", "driver", "ray", "fuzz", "audit", "said")


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--articles", type=int, default=1_000, help="how many are generated (default: 1,000)")
    parser.add_argument("--length", type=float, default=1, help="their length, of some 400 words (default: 1)")
    parser.add_argument("--raw", type=Path, help="a folder of .txt files to measure on instead")
    parser.add_argument(
        "--sizes", type=int, nargs="+", default=list(growth.SIZES), help="numbers of articles of growth and corpus"
    )
    parser.add_argument("--before", type=Path, help="another checkout, for the part `versions`")
    parser.add_argument("--repeats", type=int, default=3, help="how often each pair is measured (default: 3)")
    parser.add_argument("--json", type=Path, help="a file for the figures")
    asked = parser.parse_args(arguments)
    if wrong := set(asked.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(wrong))}")
    if "versions" in asked.parts and not (asked.before and (asked.before / "assets").is_dir()):
        parser.error("versions needs --before FOLDER, another checkout of onrecord")
    about = machine()
    print(", ".join(f"{name} {value}" for name, value in about.items() if value), flush=True)
    found: dict[str, list[Figure]] = {}
    with tempfile.TemporaryDirectory() as place:
        raw = asked.raw or Path(place)
        if asked.raw is None:
            write(raw, articles(length=asked.length), asked.articles)
        texts = [len(text.split()) for text in given(raw)]
        if not texts:
            parser.error(f"no .txt in {raw}")
        about["source"] = "generated" if asked.raw is None else "given"
        about |= {"articles": str(len(texts)), "words an article": str(sum(texts) // len(texts))}
        print(f"{len(texts):,} articles of {sum(texts) // len(texts)} words", flush=True)
        for part in asked.parts or [name for name in PARTS if name not in OPT_IN_PARTS]:
            found[part] = PARTS[part](raw, asked)
            print(table(part, found[part]), flush=True)
            if asked.json:
                write_json(asked.json, about, found)


def write_json(file: Path, about: dict[str, str], found: dict[str, list[Figure]]) -> None:
    """Write the day, the machine and all figures so far: if a part fails, those before it are not lost."""
    figures = {part: [one.as_dict() for one in rows] for part, rows in found.items()}
    written = {"measured": datetime.now(UTC).date().isoformat(), "measured on": about, "figures": figures}
    file.write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
