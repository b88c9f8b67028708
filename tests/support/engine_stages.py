"""Stages for tests of engines, which do what the text of an article says. Worker processes import this module, so that
it imports nothing large."""

from __future__ import annotations

import gc
import os
import pickle
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.contract import BY_NAME
from pipeline.stage import Article, Rows

if TYPE_CHECKING:
    from assets.settings import Settings
    from warehouse.shard_tasks import Task


def _row(raw: dict[str, str]) -> Rows:
    row = dict.fromkeys(c.name for c in BY_NAME["documents"].stored) | {
        **{name: raw[name] for name in ("document_id", "source", "content_sha256", "encoding", "text")},
        **{"published_basis": "unknown", "licence_basis": "unknown", "words": 1, "characters": len(raw["text"])},
    }
    return {"documents": [row], "edits": []}


def told(documents: Sequence[Rows], settings: Settings) -> Iterator[Rows]:
    """A stage that does what the text tells it to."""
    for document in documents:
        (raw,) = document["raws"]
        match raw["text"].split():
            case ["Fail", *_]:
                raise ValueError("cannot\nread this")
            case ["Die", *_]:
                os.kill(os.getpid(), signal.SIGKILL)
            case ["Die-once", *_] if not (settings.warehouse / raw["document_id"]).exists():
                (settings.warehouse / raw["document_id"]).touch()
                os.kill(os.getpid(), signal.SIGKILL)
            case ["Hang", *_]:
                time.sleep(60)
            case ["Extra", *_]:
                yield {"documents": [_row(raw)["documents"][0] | {"mood": "glad"}], "edits": []}
                continue
            case ["Tableless", *_]:
                yield {"documents": []}
                continue
            case ["Odd", *_]:
                yield {"documents": [{**_row(raw)["documents"][0], "words": "many"}], "edits": []}
                continue
        yield _row(raw)


def other(documents: Sequence[Rows], _: Settings) -> Iterator[Rows]:
    """A stage that works, for the next run."""
    yield from (_row(document["raws"][0]) for document in documents)


def later(articles: Sequence[Article], settings: Settings) -> Iterator[Rows]:
    """A second stage, which does what the text tells it to from its second word on."""
    for article in articles:
        (row,) = article["documents"]
        match row["text"].split():
            case [_, "fails", *_]:
                raise ValueError("no sentence")
            case [_, "dies", *_]:
                os.kill(os.getpid(), signal.SIGKILL)
            case [_, "hangs", *_]:
                time.sleep(60)
            case [_, "twice", *_]:
                yield {"sentences": [_sentence(row)] * 2}
                continue
            case [_, "textless", *_]:
                yield {"sentences": [_sentence(row) | {"text": None}]}
                continue
        yield {"sentences": [_sentence(row)]}


def _sentence(row: dict[str, str]) -> dict[str, object]:
    name, text = row["document_id"], row["text"]
    place = {"sentence_id": f"{name}:s0-{len(text)}", "document_id": name, "position": 0, "role": "body"}
    return {**place, "start": 0, "end": len(text), "text": text}


def last(articles: Sequence[Article], _: Settings) -> Iterator[Rows]:
    """A third stage, which reads the second."""
    for article in articles:
        assert article["sentences"]
        yield {"parses": []}


def beside(articles: Sequence[Article], _: Settings) -> Iterator[Rows]:
    """A fourth stage, which does not read the second."""
    yield from ({"chains": []} for _ in articles)


def whole(articles: Sequence[Article], _: Settings) -> Iterator[Rows]:
    """The second stage without its faults."""
    yield from ({"sentences": [_sentence(article["documents"][0])]} for article in articles)


class Unreadable(Exception):
    """An error that can be pickled and not unpickled."""

    def __init__(self, what: str, where: str) -> None:
        super().__init__(f"{what} in {where}")


@dataclass(frozen=True, slots=True)
class Collections:
    """A task that returns how often its process collects garbage, and whether imports are exempt; or raises."""

    name: str
    raises: bool = False

    def run(self, _: Callable[[object], None]) -> tuple[int, bool]:
        if self.raises:
            raise Unreadable("no room", self.name)
        return gc.get_threshold()[0], gc.get_freeze_count() > 0


def sent(names: list[str], tasks: Sequence[Task]) -> Iterator[Any]:
    """Run tasks as another process does, and note their names."""
    for task in tasks:
        names.append(task.name)
        yield pickle.loads(pickle.dumps(pickle.loads(pickle.dumps(task)).run(lambda _: None)))


@dataclass(frozen=True, slots=True)
class DyingOnce:
    """A task whose worker dies at the first try, when its work is done."""

    task: Task
    flag: Path

    @property
    def name(self) -> str:
        return self.task.name

    def run(self, alive: Callable[[object], None]) -> object:
        done = self.task.run(alive)
        if not self.flag.exists():
            self.flag.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return done


def write_file(folder: Path, alive: Callable[[object], None], flag: Path) -> str:
    """A task of a release. Its worker dies at the first try, or the first try returns a half."""
    alive(flag)
    if flag.exists():
        (folder / "whole.txt").write_text("whole", encoding="utf-8")
        return "the second try"
    flag.touch()
    (folder / "whole.txt").write_text("wh", encoding="utf-8")
    (folder / "more.txt").write_text("more", encoding="utf-8")
    if "shard_worker" in sys.argv[0]:
        os.kill(os.getpid(), signal.SIGKILL)
    return "the first try"
