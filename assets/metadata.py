"""What Dagster shows of a stage: asset specs from the contract, and the metadata of a materialization."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import dagster as dg

from assets.build.incremental import Progress, Report, StageSummary
from assets.lineage import lineage, origin
from assets.patches.dagster_failure import expected
from assets.runs.error_messages import needs_no_traceback
from assets.runs.instance import home
from assets.runs.retries import retry_transient
from assets.runs.run_log import messages_in_run_log
from assets.runs.stale_runs import hold_run_lock
from assets.settings import Settings
from assets.table_charts import drawn_charts
from expectations.check_runner import DATA_DOCS
from pipeline.contract import Column, Table
from pipeline.stage import Stage
from warehouse import shards
from warehouse.change_counts import Changes
from warehouse.data_versions import data_versions
from warehouse.shard_storage import fetch_missing
from warehouse.sql import query
from warehouse.store import Store, preview

# One writer at a time: DuckDB allows one process, and every asset writes to it.
POOL = "warehouse"
OWNERS = ["team:onrecord"]
KINDS = {"python", "duckdb"}
# The UI sorts groups by name: numbers keep them in the order of the data.
_ORDER = ("intake", "articles", "language", "corpus", "release")
GROUPS = {name: f"{place}_{name}" for place, name in enumerate(_ORDER, start=1)}
PREVIEW_ROWS = 5
ARTICLES_WORKED_ON = ("articles computed", "articles gone", "articles failed")
ARTICLES_SCREENED = ("articles screened", "articles gone", "articles quarantined")
RECORDS_READ = ("records taken in", "sources gone", "records refused")
# Dagster's keys for the rows of a table, and of a partition.
ROW_COUNT, SHARD_ROW_COUNT = "dagster/row_count", "dagster/partition_row_count"
# The UI breaks a long cell into a column of single words.
PREVIEW_CHARACTERS = 80
# Maximum characters of a cell in a table with two columns.
LINE_CHARACTERS = 200


def spec(table: Table, group: str, deps: Sequence[str], code_version: str, kinds: set[str] = KINDS) -> dg.AssetSpec:
    """Return the asset of a table, with description, column types and owner. `group` is a key of GROUPS."""
    return dg.AssetSpec(
        table.name,
        deps=list(deps),
        description=described(table, deps),
        group_name=GROUPS[group],
        kinds=kinds,
        owners=OWNERS,
        code_version=code_version,
        metadata={"dagster/column_schema": column_schema(table)},
    )


def described(table: Table, deps: Sequence[str]) -> str:
    """Return an asset's description as Markdown: its rows, inputs and location. Holds no text from articles."""
    origin = f"Made from {', '.join(f'`{name}`' for name in deps)}." if deps else "Read from the raw folder."
    place = "In the warehouse only" if table.where == "stored" else f"Published as `{table.name}.parquet`"
    joined = [f"`{c.name}`" for c in table.published if c not in table.stored]
    if joined:
        place += f", there also with {', '.join(joined)}"
    key = ", ".join(f"`{name}`" for name in table.key)
    return f"One row is {table.grain}. {table.description}\n\n{origin} {place}; key: {key}."


def column_schema(table: Table) -> dg.TableSchema:
    """Return the stored columns with their descriptions, constraints and sources."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                c.name,
                type=c.kind,
                description=f"{c.description}{origin(table, c)}",
                constraints=dg.TableColumnConstraints(nullable=not c.required, unique=c.unique, other=_constraints(c)),
            )
            for c in table.stored
        ]
    )


def _constraints(column: Column) -> list[str]:
    found = []
    if column.enum:
        found.append(f"one of {', '.join(column.enum)}")
    if column.minimum is not None:
        found.append(f">= {column.minimum:g}")
    if column.maximum is not None:
        found.append(f"<= {column.maximum:g}")
    if column.pattern:
        found.append(f"matches {column.pattern}")
    if column.refers_to:
        found.append(f"in {column.refers_to}")
    return found


def materialized(
    store: Store, outcomes: Mapping[Table, StageSummary], counted: Sequence[str] = ARTICLES_WORKED_ON
) -> Iterator[dg.MaterializeResult[Any]]:
    """Yield one result per table: its rows, what this run did to them, their lineage, a preview and charts.

    outcomes  table -> what its stage did
    counted   labels for a summary's `computed`, `removed` and `failed`
    """
    tables = list(outcomes)
    with store.open() as connection:
        drawn = drawn_charts(partial(query, connection), [table.name for table in tables])
        previews = {table.name: preview(connection, table, PREVIEW_ROWS) for table in tables}
        versions = data_versions(connection, tables)
    for table, outcome in outcomes.items():
        made_from = lineage(table)
        yield dg.MaterializeResult(
            asset_key=table.name,
            data_version=dg.DataVersion(versions[table.name]),
            metadata={
                ROW_COUNT: outcome.rows.get(table.name, 0),
                **_changes(outcome, table.name),
                **_work(outcome, counted),
                **({"fields": _lines(outcome.notes, "files", "fields")} if outcome.notes else {}),
                **({"raw folder": _lines(outcome.understood, "what", "found")} if outcome.understood else {}),
                **drawn.get(table.name, {}),
                "preview": table_value(previews[table.name], in_reading_order(table)),
                **({"dagster/column_lineage": made_from} if made_from else {}),
            },
        )


def shard_metadata(
    store: Store,
    selected: Sequence[Stage],
    tables: Collection[str],
    prefixes: Sequence[str],
    done_in: Mapping[str, Sequence[StageSummary]],
) -> Iterator[tuple[str, str, Mapping[str, int | float]]]:
    """Yield table, prefix, and the metadata of that partition: its rows, and what the selected stages did in the shard
    if `done_in` has it; they had nothing to do in the others."""
    parts = shards.layout(store.folder).parts
    for prefix in prefixes:
        outcomes = done_in.get(prefix)
        for place, stage in enumerate(selected):
            for table in (name for name in stage.writes if name in tables):
                rows = {SHARD_ROW_COUNT: parts[prefix].rows.get(table, 0)}
                if outcomes is None:
                    yield table, prefix, rows
                else:
                    outcome = outcomes[place]
                    yield table, prefix, {**rows, **_changes(outcome, table), **_work(outcome, ARTICLES_WORKED_ON)}


def _changes(outcome: StageSummary, table: str) -> dict[str, int]:
    changes = outcome.changes.get(table, Changes())
    return {"rows added": changes.added, "rows changed": changes.changed, "rows removed": changes.removed}


def _work(outcome: StageSummary, counted: Sequence[str]) -> dict[str, int | float]:
    """Return what the stage did, as numbers, so that the UI plots them over the runs."""
    work: dict[str, int | float] = dict(zip(counted, (outcome.computed, outcome.removed, outcome.failed), strict=False))
    work["seconds"] = round(outcome.seconds, 3)
    if outcome.articles:
        work["seconds per 1,000 articles"] = round(1000 * outcome.seconds / outcome.articles, 3)
    return work


def in_reading_order(table: Table) -> list[str]:
    """Return the stored columns, with ids, hashes and offsets last."""
    return sorted((c.name for c in table.stored), key=lambda name: name.endswith(("_id", "_sha256", "start", "end")))


def table_value(
    rows: Sequence[Mapping[str, Any]], columns: Sequence[str], characters: int = PREVIEW_CHARACTERS
) -> dg.TableMetadataValue:
    """Return rows as a table that the UI shows as plain text: words of articles are never Markdown or HTML. Cells are
    cut at `characters`."""
    return dg.MetadataValue.table(
        records=[dg.TableRecord({name: _shown(row[name], characters) for name in columns}) for row in rows],
        schema=dg.TableSchema(columns=[dg.TableColumn(name, type="string") for name in columns]),
    )


def _lines(lines: Sequence[str], label: str, rest: str) -> dg.TableMetadataValue:
    """Return lines as a table, split at their first colon: the UI joins the lines of a text."""
    parts = [line.strip().partition(": ") for line in lines]
    return table_value([{label: name, rest: value.strip()} for name, _, value in parts], [label, rest], LINE_CHARACTERS)


def _shown(value: Any, characters: int) -> str:
    text = "" if value is None else str(value)
    # No-break spaces keep a row on one line in the UI.
    text = "".join(ch if ch.isprintable() and ch != " " else "\N{NO-BREAK SPACE}" for ch in text)
    return text if len(text) <= characters else text[: characters - 1] + "…"


def with_logging(context: dg.AssetExecutionContext, report: Report) -> Report:
    """Return a report that also writes to the run's log, until a stage is done (`finished` logs the rest)."""

    def both(progress: Progress) -> None:
        if 0 < progress.done < progress.total:
            left = progress.seconds / progress.done * (progress.total - progress.done)
            numbers = (progress.stage, progress.done, progress.total, progress.seconds, left)
            context.log.info("%s: %d of %d in %.1f s, about %.0f s left", *numbers)
        report(progress)

    return both


def finished(
    context: dg.AssetExecutionContext, outcome: StageSummary, counted: Sequence[str] = ARTICLES_WORKED_ON
) -> None:
    """Log what a stage did, the rows of its tables, and how long it took."""
    work = zip(counted, (outcome.computed, outcome.removed, outcome.failed), strict=False)
    parts = [f"{name} {number:,}" for name, number in work if number]
    rows = ", ".join(f"{name} {number:,}" for name, number in outcome.rows.items())
    summary = "; ".join([", ".join(parts) or "nothing to do", f"rows: {rows}"])
    context.log.info("%s in %.1f s: %s", outcome.stage, outcome.seconds, summary)


@contextmanager
def step(context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext, settings: Settings) -> Iterator[None]:
    """Run the body as a step: hold the run's lock, log what it waits for, and retry after transient errors. Raises
    dagster.Failure, which the UI shows without a traceback, for an error whose message is written for users."""
    hold_run_lock(home(settings.warehouse), context.run.run_id)
    try:
        with messages_in_run_log(context), retry_transient(context):
            if settings.shard_storage:
                fetch_missing(Store(settings.warehouse), settings.shard_storage)
            yield
    except Exception as error:
        if not needs_no_traceback(error):
            raise
        raise expected(error, _causes(error, settings)) from None


# A line of ReleaseRefused or ChecksFailed on a check: its name and what is wrong.
_CHECK = re.compile(r"(\w+): (.+)")


def _causes(error: BaseException, settings: Settings) -> dict[str, Any]:
    """Return metadata of a failure: the checks that stopped the step, if checks did, and where to look at them."""
    found = [_CHECK.fullmatch(line) for line in str(error).splitlines()]
    rows = [{"check": match[1], "why": match[2]} for match in found if match]
    if not rows or len(rows) < len(found):
        return {}
    return {
        "checks": table_value(rows, ["check", "why"], LINE_CHARACTERS),
        "data docs": page_link(settings, f"{DATA_DOCS}/index.html"),
    }


def page_link(settings: Settings, path: str) -> dg.MetadataValue[Any]:
    """Return a link to a page of the warehouse folder if pages are served, otherwise its path."""
    if settings.pages_url is None:
        return dg.MetadataValue.path(settings.warehouse.resolve() / path.partition("#")[0])
    return dg.MetadataValue.url(f"{settings.pages_url}/{path}")
