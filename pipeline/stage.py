"""What a stage reads and writes, and the rules that make its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Literal

from pipeline.article import Article, Row, Rows

if TYPE_CHECKING:
    from pipeline.options import Options

__all__ = ["Article", "Group", "Row", "Rows", "Rules", "Run", "Stage"]

# Articles -> the rows that a stage makes of each, in the same order.
type Run = Callable[[Sequence[Article], Options], Iterator[Rows]]
type Group = Literal["articles", "language", "corpus"]


def _no_key(_: Options) -> str:
    return ""


def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of a stage.

    version    changes when a changed rule changes rows (tests/unit/test_code_versions.py checks it against the code)
    run        makes a document's rows; None if the stage works on all articles together (warehouse.corpus)
    key        what else the rows depend on, as text for the ledger. Raises if a user's file cannot be used
    partial    whether a corpus-wide stage updates only what changed articles affect
    libraries  packages whose version affects the rows
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

    name     the name of its first table
    group    `corpus` if it works on all articles together; else it works on one article at a time
    reads    the stages that it depends on; an article-wise stage receives the rows of their first tables
    writes   the stored tables that only it writes
    rules_override
             rules to use instead of those of its folder
    """

    name: str
    group: Group
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    rules_override: Rules | None = None

    @property
    def corpus_wide(self) -> bool:
        """Whether it works on all articles together."""
        return self.group == "corpus"

    @property
    def rules(self) -> Rules:
        """The rules, imported at first access, because importing all of them is slow."""
        rules = self.rules_override or import_module(f"pipeline.{self.name}.stage").RULES
        assert isinstance(rules, Rules)
        return rules

    def run(self, articles: Sequence[Article], options: Options) -> Iterator[Rows]:
        """Make the rows of each article, in order, and add them to the article for later stages."""
        run = self.rules.run
        assert run is not None, f"{self.name} works on all articles together"
        for article, rows in zip(articles, run(articles, options), strict=True):
            article.add(rows)
            yield rows
