"""Dates on annotated articles, beside other libraries: `uv run python -m benchmarks.dates [GOLD.jsonl ...]`.

Runs text -> sentences -> parse -> mentions -> quotes -> dates on the gold texts (no cleaning), with the gold's
publication day, and scores them like the gold's own scorer (its pairs, its reading of values). Scores dateparser and
recognizers-text in the same run if they are installed (dependency group `benchmarks`). Then compares the time of
finding and anchoring with spaCy's stock `nlp.pipe` on the same texts. ONRECORD_GOLD names the gold
folder.
"""

from __future__ import annotations

import datetime
import importlib
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.gold import documents, gold_folder, scorer
from benchmarks.scores import Score, f1, share, table
from pipeline.dates import dates
from pipeline.document import Document
from pipeline.mentions import mentions
from pipeline.parses import MODELS
from pipeline.quotes import Quote, quotes

GOLD_FILES = {
    "dates/aquaint.jsonl": "AQUAINT",
    "dates/timebank.jsonl": "TimeBank",
    "seeds/scored_dates.jsonl": "seed articles",
}
COMMAND = "benchmarks.dates"
VALUE = "dates: value, F1"
# dateparser needs minutes for all: enough for a stable figure.
MAX_FOR_PEERS = 60
type Prediction = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Article:
    """A gold article with the results of the stages before `dates`."""

    name: str
    published: datetime.date
    text: str
    gold: list[dict[str, Any]]
    document: Document
    quotes: Sequence[Quote]


def read(path: Path) -> list[Article]:
    """Read the articles of a gold file that have a publication day."""
    with path.open(encoding="utf-8") as lines:
        rows = [row for row in map(json.loads, lines) if row.get("dct")]
    out = []
    for row, document in zip(rows, documents([row["text"] for row in rows]), strict=True):
        said = quotes(document, mentions(document))
        published = datetime.date.fromisoformat(row["dct"][:10])
        out.append(Article(row["doc_id"], published, document.text, row["timex"], document, said))
    return out


def predicted_dates(article: Article) -> list[Prediction]:
    """Return the project's dates in the scorer's form."""
    day = article.published
    return [
        {"start": d.start, "end": d.end, "type": d.type, "value": d.value}
        for d in dates(article.document, article.quotes, day, day)
    ]


def dateparser(article: Article) -> list[Prediction]:
    """Return the dates of dateparser's search_dates, relative to the publication day."""
    search = importlib.import_module("dateparser.search").search_dates
    parser = importlib.import_module("dateparser.date").DateDataParser
    noon = datetime.datetime.combine(article.published, datetime.time(12))
    settings = {"RELATIVE_BASE": noon, "PREFER_DATES_FROM": "past"}
    reader = parser(languages=["en"], settings=settings)
    out: list[Prediction] = []
    place = 0
    for words, day in search(article.text, languages=["en"], settings=settings) or ():
        start = article.text.find(words, place)
        if start < 0:
            continue
        place = start + len(words)
        period = reader.get_date_data(words).period or "day"
        value = day.date().isoformat()[: {"year": 4, "month": 7}.get(period, 10)]
        out.append({"start": start, "end": place, "type": "DATE", "value": value})
    return out


def recognizers(article: Article) -> list[Prediction]:
    """Return recognizers-text's date-times, relative to the publication day."""
    recognize = importlib.import_module("recognizers_date_time").recognize_datetime
    noon = datetime.datetime.combine(article.published, datetime.time(12))
    out: list[Prediction] = []
    for one in recognize(article.text, "en-us", reference=noon):
        values = (one.resolution or {}).get("values") or [{}]
        value = resolved(values[0])
        kind = {"duration": "DURATION", "set": "SET", "time": "TIME"}.get(one.type_name.split(".")[-1], "DATE")
        out.append({"start": one.start, "end": one.end + 1, "type": kind, "value": value})
    return out


def resolved(reading: dict[str, str]) -> str | None:
    """Return a reading's value: for open years recognizers-text gives the day beside its TIMEX, the past one first."""
    timex = reading.get("timex")
    day = reading.get("value") or reading.get("start")
    if timex is None or "XXXX" not in timex or day is None:
        return timex
    return day if "WXX" in timex else day[: len(timex)]


PEERS: dict[str, tuple[str, Callable[[Article], list[Prediction]]]] = {
    "dateparser": ("dateparser.search", dateparser),
    "recognizers-text": ("recognizers_date_time", recognizers),
}


def installed(module: str) -> bool:
    try:
        importlib.import_module(module)
    except ImportError:
        return False
    return True


def scored(articles: Sequence[Article], run: Callable[[Article], list[Prediction]], gold: str) -> list[Score]:
    """Score the dates found on these articles; pairs, values and equality are the scorer's."""
    gold_scorer = scorer("score_dates")
    true = predicted = exact = kinds = values = matched = 0
    for article in articles:
        mine = run(article)
        pairs = gold_scorer.pairs(article.gold, mine)
        true, predicted, matched = true + len(article.gold), predicted + len(mine), matched + len(pairs)
        exact += sum((g["start"], g["end"]) == (p["start"], p["end"]) for g, p in pairs)
        kinds += sum(g["type"] == p["type"] for g, p in pairs)
        values += sum(gold_scorer.norm(g["value"]) == gold_scorer.norm(p["value"]) for g, p in pairs)
    figures = {
        VALUE: f1(values, predicted, true),
        "dates: exact span, F1": f1(exact, predicted, true),
        "dates: found, F1": f1(matched, predicted, true),
        "dates: right value of those found": share(values, matched),
        "dates: right type of those found": share(kinds, matched),
    }
    return [Score(what, gold, figure, "%", "higher", COMMAND) for what, figure in figures.items()]


def peer_subset_name(gold: str) -> str:
    """Return the name of the subset of articles for the peers."""
    return f"{gold}, {MAX_FOR_PEERS} articles"


def scores() -> list[Score]:
    """Return all scores of the project's dates, and on the peers' articles the one for comparison. Raises
    FileNotFoundError if there is no gold."""
    folder, out = gold_folder(), []
    for name, gold in GOLD_FILES.items():
        articles = read(folder / name)
        out += scored(articles, predicted_dates, gold)
        if len(articles) > MAX_FOR_PEERS:
            out += scored(articles[:MAX_FOR_PEERS], predicted_dates, peer_subset_name(gold))[:1]
    return out


def compare(path: Path, articles: Sequence[Article]) -> None:
    """Print the scores of one gold file: ours on all articles, then everybody's on the peers' subset."""
    gold = GOLD_FILES.get(f"{path.parent.name}/{path.name}", path.stem)
    print(f"\n{gold}: {len(articles)} articles")
    print(table({"onrecord": scored(articles, predicted_dates, gold)}))
    part = articles[:MAX_FOR_PEERS]
    columns = {"onrecord": scored(part, predicted_dates, peer_subset_name(gold))}
    for name, (module, run) in PEERS.items():
        if installed(module):
            begin = time.perf_counter()
            columns[name] = scored(part, run, peer_subset_name(gold))
            print(f"  {name}: {time.perf_counter() - begin:.2f} s")
        else:
            print(f"  {name}: not installed")
    if len(columns) > 1:
        print(f"the first {len(part)} articles:\n{table(columns)}")


def cost(articles: Sequence[Article]) -> None:
    """Print the time of finding and anchoring against stock spaCy."""
    nlp = importlib.import_module(MODELS["sm"]).load()
    texts = [a.text for a in articles]
    words = sum(len(t.split()) for t in texts)

    def best(run: Callable[[], object], times: int) -> float:
        seconds = []
        for _ in range(times):
            begin = time.process_time()
            run()
            seconds.append(time.process_time() - begin)
        return min(seconds)

    mine = best(lambda: [predicted_dates(a) for a in articles], 3)
    stock = best(lambda: list(nlp.pipe(texts)), 1)
    print(f"\ncost on {len(articles)} articles, {words} words")
    print(f"  CPU: dates {mine:.2f} s ({words / mine:,.0f} words/s), stock {stock:.2f} s ({words / stock:,.0f})")
    print(f"  share of stock {100 * mine / stock:.1f} %")


def main(arguments: Sequence[str]) -> None:
    paths = [Path(a) for a in arguments] or [gold_folder() / name for name in GOLD_FILES]
    everything: list[Article] = []
    for path in paths:
        articles = read(path)
        compare(path, articles)
        everything += articles
    cost(everything)


if __name__ == "__main__":
    main(sys.argv[1:])
