"""Dates on annotated articles, beside other libraries: `uv run python -m benchmarks.dates [GOLD.jsonl ...]`.

Runs text -> sentences -> parse -> mentions -> quotes -> dates on the gold texts (no cleaning), with the gold's
publication day, and calls the gold's own scorer on it and, in the same run, on dateparser and recognizers-text where
they are installed (dependency group `benchmarks`). Then the time that finding and anchoring take, against spaCy's
stock `nlp.pipe` on the same texts. The gold folder is ONRECORD_GOLD, by
default ../shared/gold beside the project.
"""

from __future__ import annotations

import datetime
import importlib
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.gold import gold_folder, parsed
from pipeline.dates import dates
from pipeline.mentions import mentions
from pipeline.parse import MODELS, Parse
from pipeline.quotes import Quote, quotes
from pipeline.sentences import Sentence, split

GOLD_FILES = ("dates/aquaint.jsonl", "dates/timebank.jsonl", "seeds/scored_dates.jsonl")
# dateparser needs minutes for all: enough for a figure that stands.
MOST_FOR_PEERS = 60
type Prediction = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Article:
    """One article of the gold with what the stages before `dates` make of it."""

    name: str
    published: datetime.date
    text: str
    sentences: Sequence[Sentence]
    parse: Parse
    quotes: Sequence[Quote]


def read(path: Path) -> list[Article]:
    """The articles of a gold file that have a publication day."""
    with path.open(encoding="utf-8") as lines:
        rows = [row for row in map(json.loads, lines) if row.get("dct")]
    texts = [(row["text"], split(row["text"])) for row in rows]
    out = []
    for row, (text, sentences), parse in zip(rows, texts, parsed(texts), strict=True):
        said = quotes(text, sentences, parse, mentions(text, sentences, parse))
        published = datetime.date.fromisoformat(row["dct"][:10])
        out.append(Article(row["doc_id"], published, text, sentences, parse, said))
    return out


def ours(article: Article) -> list[Prediction]:
    """The project's dates in the scorer's form."""
    day = article.published
    return [
        {"start": d.start, "end": d.end, "type": d.type, "value": d.value}
        for d in dates(article.text, article.sentences, article.parse, article.quotes, day, day)
    ]


def dateparser(article: Article) -> list[Prediction]:
    """dateparser's search_dates, counted from the publication day."""
    search = importlib.import_module("dateparser.search").search_dates
    parser = importlib.import_module("dateparser.date").DateDataParser
    noon = datetime.datetime.combine(article.published, datetime.time(12))
    settings = {"RELATIVE_BASE": noon, "PREFER_DATES_FROM": "past"}
    reader = parser(languages=["en"], settings=settings)
    out: list[Prediction] = []
    place = 0
    for words, found in search(article.text, languages=["en"], settings=settings) or ():
        start = article.text.find(words, place)
        if start < 0:
            continue
        place = start + len(words)
        period = reader.get_date_data(words).period or "day"
        value = found.date().isoformat()[: {"year": 4, "month": 7}.get(period, 10)]
        out.append({"start": start, "end": place, "type": "DATE", "value": value})
    return out


def recognizers(article: Article) -> list[Prediction]:
    """recognizers-text's date-times, counted from the publication day."""
    recognize = importlib.import_module("recognizers_date_time").recognize_datetime
    noon = datetime.datetime.combine(article.published, datetime.time(12))
    out: list[Prediction] = []
    for found in recognize(article.text, "en-us", reference=noon):
        values = (found.resolution or {}).get("values") or [{}]
        value = resolved(values[0])
        kind = {"duration": "DURATION", "set": "SET", "time": "TIME"}.get(found.type_name.split(".")[-1], "DATE")
        out.append({"start": found.start, "end": found.end + 1, "type": kind, "value": value})
    return out


def resolved(reading: dict[str, str]) -> str | None:
    """recognizers-text leaves open years in its TIMEX and gives the day beside it, the past one first."""
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


def score(gold: Path, names: Sequence[str], found: Iterator[list[Prediction]]) -> tuple[str, float]:
    """The scorer's last two lines on these articles, and the seconds that finding took."""
    begin = time.perf_counter()
    predicted = [{"doc_id": name, "dates": dates_} for name, dates_ in zip(names, found, strict=True)]
    seconds = time.perf_counter() - begin
    with tempfile.TemporaryDirectory() as folder:
        wanted, path = set(names), Path(folder) / "predicted.jsonl"
        part = Path(folder) / "gold.jsonl"
        with gold.open(encoding="utf-8") as lines:
            part.write_text("".join(x for x in lines if json.loads(x)["doc_id"] in wanted), encoding="utf-8")
        path.write_text("".join(json.dumps(row) + "\n" for row in predicted), encoding="utf-8")
        command = [sys.executable, str(gold_folder() / "score_dates.py"), str(part), str(path)]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return " ".join(re.sub(r"\s+", " ", line) for line in printed.splitlines()[-2:]), seconds


def compare(gold: Path, articles: Sequence[Article]) -> None:
    """Prints the scores of one gold file: ours on all, then everybody's on the articles that the peers are given."""
    print(f"\n{gold.name}")
    line, seconds = score(gold, [a.name for a in articles], map(ours, articles))
    print(f"  onrecord          {line}  ({seconds:.2f} s)")
    few = articles[:MOST_FOR_PEERS]
    rows: list[tuple[str, Callable[[Article], list[Prediction]]]] = [("onrecord", ours)]
    rows += [(name, run) for name, (module, run) in PEERS.items() if installed(module)]
    if len(few) < len(articles) and len(rows) > 1:
        print(f"  the first {len(few)} articles:")
    for name, run in rows if len(few) < len(articles) else rows[1:]:
        line, seconds = score(gold, [a.name for a in few], map(run, few))
        print(f"  {name:<17} {line}  ({seconds:.2f} s)")
    for name, (module, _) in PEERS.items():
        if not installed(module):
            print(f"  {name:<17} not installed")


def cost(articles: Sequence[Article]) -> None:
    """Prints what finding and anchoring take against stock spaCy."""
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

    mine = best(lambda: [ours(a) for a in articles], 3)
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
