"""What a stage is: what it reads and writes, and the rules that make its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Literal

from pipeline.article import Article, Row, Rows

if TYPE_CHECKING:
    from pipeline.options import Options

__all__ = ["Article", "Group", "Row", "Rows", "Rules", "Run", "Stage"]

# Articles -> the rows that a stage makes of them, one mapping an article, in order.
type Run = Callable[[Sequence[Article], Options], Iterator[Rows]]
type Group = Literal["articles", "language", "corpus"]


def _no_key(_: Options) -> str:
    return ""


def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of a stage.

    version    changes when a changed rule shows in rows (tests/unit/test_code_versions.py holds it against the code)
    run        makes a document's rows; None where the stage works on all articles together (warehouse.corpus)
    key        what else the rows depend on, as text for the ledger. Raises where a user's file cannot be used
    partial    a corpus-wide stage that changes only what changed articles concern, and makes no row again
    libraries  packages whose version shows in the rows
    close      frees what `run` has loaded and no other stage needs
    """

    version: str
    run: Run | None = None
    key: Callable[[Options], str] = _no_key
    partial: bool = False
    libraries: tuple[str, ...] = ()
    close: Callable[[], None] = _nothing


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage: a line of pipeline.stages, and a folder `pipeline/<name>/` with its rules.

    name     that of its first table
    group    `corpus`: it works on all articles together; else on one after the other
    reads    the stages that it depends on; a stage of single articles is handed the rows of their first tables
    writes   the stored tables whose only writer it is
    given    rules in place of those of its folder
    """

    name: str
    group: Group
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    given: Rules | None = None

    @property
    def corpus_wide(self) -> bool:
        """Whether it works on all articles together."""
        return self.group == "corpus"

    @property
    def rules(self) -> Rules:
        """The rules, imported when they are asked for: who only needs the map does not wait for them."""
        rules = self.given or import_module(f"pipeline.{self.name}.stage").RULES
        assert isinstance(rules, Rules)
        return rules

    def run(self, articles: Sequence[Article], options: Options) -> Iterator[Rows]:
        """Make the rows of each article, in order; an article then has them for the stages to come."""
        run = self.rules.run
        assert run is not None, f"{self.name} works on all articles together"
        for article, rows in zip(articles, run(articles, options), strict=True):
            article.add(rows)
            yield rows
