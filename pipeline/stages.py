"""Every stage in the order in which data flows, from raw articles (`raws`) to the tables of a release.

To add a stage, make a folder `pipeline/<name>/` with a `stage.py` that has `RULES`, declare its tables in
pipeline.contract, and add a line here. A corpus-wide stage also has its SQL in `warehouse/corpus/<name>.py`. Asset,
group, lineage, checks, order of migration and code hash follow.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from pipeline.stage import Article, Row, Stage

if TYPE_CHECKING:
    from pipeline.options import Options

# fmt: off
STAGES: tuple[Stage, ...] = (
    #     stage         group       reads                                             writes
    Stage("documents",  "articles", ("raws",),                                       ("documents", "edits")),
    Stage("sentences",  "articles", ("documents",),                                  ("sentences",)),
    Stage("parses",     "language", ("documents", "sentences"),                      ("parses",)),
    Stage("mentions",   "language", ("documents", "sentences", "parses"),            ("mentions",)),
    Stage("chains",     "language", ("mentions",),                                   ("chains",)),
    Stage("quotes",     "language", ("documents", "sentences", "parses", "mentions"), ("quotes",)),
    Stage("dates",      "language", ("documents", "sentences", "parses", "mentions", "quotes"), ("dates", "said_days")),
    Stage("events",     "language", ("documents", "sentences", "parses", "mentions", "dates"), ("events",)),
    Stage("duplicates", "corpus",   ("documents",),                                  ("duplicates",)),
    Stage("entities",   "corpus",   ("documents", "chains"),                         ("entities", "resolutions")),
    Stage("statements", "corpus",   ("documents", "quotes", "entities"),             ("statements", "utterances")),
    Stage("date_bounds", "corpus",  ("documents", "quotes", "dates", "events", "duplicates", "entities", "statements"),
          ("date_bounds", "date_conflicts")),
)
# fmt: on
BY_NAME = {stage.name: stage for stage in STAGES}
DOCUMENT_STAGES = tuple(stage for stage in STAGES if not stage.corpus_wide)
CORPUS_STAGES = tuple(stage for stage in STAGES if stage.corpus_wide)
# Stored table -> its stage.
WRITER = {table: stage for stage in STAGES for table in stage.writes}
# Tables in which each row belongs to one document.
DOCUMENT_TABLES = ("raws", *(table for stage in DOCUMENT_STAGES for table in stage.writes))
# Tables of stages that no other stage reads; only a release reads them.
LAST_TABLES = tuple(
    table for stage in CORPUS_STAGES if all(stage.name not in s.reads for s in STAGES) for table in stage.writes
)


def dependents(names: Iterable[str]) -> list[Stage]:
    """Return the stages of these names and all that depend on them, in order."""
    found = set(names)
    for stage in STAGES:
        if not found.isdisjoint(stage.reads):
            found.add(stage.name)
    return [stage for stage in STAGES if stage.name in found]


def without(stages: Iterable[Stage], failed: Iterable[str]) -> list[Stage]:
    """Return the stages that can run on an article on which the stages named in `failed` failed, in order."""
    lost, kept = set(failed), []
    for stage in stages:
        if stage.name not in lost and lost.isdisjoint(stage.reads):
            kept.append(stage)
        else:
            lost.add(stage.name)
    return kept


def run_stages(raws: Sequence[Row], options: Options) -> list[Article]:
    """Run the article-wise stages in memory: rows of `raws` -> articles with their rows in DOCUMENT_TABLES."""
    articles = [Article({"raws": [raw]}) for raw in raws]
    for stage in DOCUMENT_STAGES:
        for _ in stage.run(articles, options):
            pass
    return articles
