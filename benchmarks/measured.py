"""Write measured figures from benchmarks/history.tsv to warehouse/release/formats/benchmark_scores.json, README.md,
docs/ and every dataset card.

    uv run python -m benchmarks.history     # measures, and calls this module
    uv run python -m benchmarks.measured    # only the file and the docs, from history.tsv

onrecord's own figures, also those in the column of other tools, come from the newest row of their score in
history.tsv, and are never written by hand. The figures of other tools are text in ROWS, as measured when they were
added: those tools are not installed everywhere. If you measure them again, change ROWS.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from assets.settings import ROOT
from benchmarks import dates, docs, entities, publication, quotes, record, resolution, sentences
from benchmarks.record import Key, Row
from warehouse.release.formats.benchmark_scores import FILE, Measured

POLNEAR = "PolNeAR, 334 articles"


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A line of the table of figures.

    scores    its scores, in the order of `onrecord`'s arguments
    onrecord  figures -> the cell
    beside    the cell of other tools, with a placeholder for each figure of `ours`
    """

    what: str
    gold: str
    command: str
    scores: tuple[str, ...]
    onrecord: Callable[..., str] = "{:.1f}".format
    beside: str = ""
    ours: tuple[Key, ...] = ()


def _grown(times: float, chains: float, alone: float, differ: float, later: float, any_: float) -> str:
    same = "the same rows" if not differ else "NOT the same rows"
    return (
        f"{times:.1f} times the time; {chains:.1f} % of a rebuild with its chains ({alone:.1f} % without), {same}; "
        f"{later:.1f} % by later articles, {any_:.1f} % by any"
    )


def _inferred(held: float, inferred: float, unknown: float, closed: float, width: float) -> str:
    return (
        f"{held:.0f} of {inferred:.0f}; {unknown:.0f} stay unknown; the {closed:.0f} closed ones are {width:,.0f} days "
        "wide (median)"
    )


def _one(what: str, gold: str, command: str, beside: str = "", ours: tuple[Key, ...] = ()) -> FigureRow:
    """Return a line of one score, under the score's name."""
    return FigureRow(what, gold, command, (what,), beside=beside, ours=ours)


ROWS = (
    _one(
        f"{quotes.FIVE}: exact words and right speaker, F1",
        quotes.GOLD,
        quotes.COMMAND,
        "textacy 83.9 (fed by paragraph); regex and nearest person 46.1",
    ),
    _one("all attributions: words, F1", quotes.GOLD, quotes.COMMAND, "textacy 48.7"),
    _one("all attributions with the right speaker, F1", quotes.GOLD, quotes.COMMAND, "textacy 25.4"),
    _one(
        dates.VALUE,
        "AQUAINT",
        dates.COMMAND,
        "60 articles: dateparser 29.1, recognizers-text 43.0, ours {:.1f}",
        ((dates.VALUE, dates.peer_subset_name("AQUAINT")),),
    ),
    _one(
        dates.VALUE,
        "TimeBank",
        dates.COMMAND,
        "60 articles: dateparser 27.5, recognizers-text 52.9, ours {:.1f}",
        ((dates.VALUE, dates.peer_subset_name("TimeBank")),),
    ),
    _one(entities.TYPED, "GUM news", entities.COMMAND, "the bare model 47.5"),
    FigureRow(
        "who is who: B-cubed precision / recall / F1",
        "GUM news",
        entities.COMMAND,
        tuple(f"{entities.CUBED} {part}" for part in ("precision", "recall", "F1")),
        "{:.1f} / {:.1f} / {:.1f}".format,
        "the bare model 99.4 / 66.5 / 79.7",
    ),
    FigureRow(
        "entities of a growing corpus: 1,000 to 10,000 articles; 100 more; ids lost when it doubles",
        resolution.GOLD,
        resolution.COMMAND,
        (
            resolution.TIMES,
            resolution.WITH_CHAINS,
            resolution.ALONE,
            resolution.DIFFER,
            resolution.LATER,
            resolution.ANY,
        ),
        _grown,
        "a rebuild",
    ),
    _one(sentences.BOUNDARIES, "GUM news", sentences.COMMAND),
    FigureRow(
        "inferred publication intervals that hold the true day",
        POLNEAR,
        publication.COMMAND,
        (
            publication.HELD,
            publication.INFERRED,
            publication.UNKNOWN,
            publication.CLOSED,
            publication.WIDTH,
        ),
        _inferred,
    ),
)


def published_figures(rows: Sequence[Row], shown: Sequence[FigureRow] = ROWS) -> list[Measured]:
    """Return the figures for docs/quality.md and the cards, from the newest rows of history.tsv. A figure of several
    scores has the day of the last of them. Raises ValueError if a score is missing."""
    newest = record.latest(rows)
    return [_published_figure(one, newest) for one in shown]


def _published_figure(one: FigureRow, newest: Mapping[Key, Row]) -> Measured:
    try:
        own = [newest[what, one.gold] for what in one.scores]
        beside = [newest[key] for key in one.ours]
    except KeyError as error:
        raise ValueError(f"no score {error}: measure it with `python -m benchmarks.history`") from None
    return Measured(
        what=one.what,
        gold=one.gold,
        onrecord=one.onrecord(*(row.score.value for row in own)),
        beside=one.beside.format(*(row.score.value for row in beside)),
        command=one.command,
        measured=max(row.date for row in (*own, *beside)),
    )


def write(rows: Sequence[Measured], file: Path = FILE, root: Path = ROOT) -> None:
    """Write the file, and the figures in README.md and docs/ below `root`."""
    file.write_text(json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    docs.write(rows, root)


def main() -> None:
    """Write the file and the docs from history.tsv."""
    write(published_figures(record.read()))


if __name__ == "__main__":
    main()
