"""What people see of a stage: its assets' specs from the contract, and the metadata of a materialization.

Belongs here: the one helper through which every asset returns, previews, column schemas, the factory that makes a
Dagster asset of a stage. Does not belong here: what a stage does (assets.derive).
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import dagster as dg

from assets.derive import Outcome, Progress, Report, Stage, derive, derive_corpus
from assets.settings import Settings
from pipeline.tables import BY_NAME, Column, Table
from warehouse.store import Store, preview

# One writer at a time: DuckDB takes one process, and every asset writes to it.
POOL = "warehouse"
OWNERS = ["team:onrecord"]
KINDS = {"python", "duckdb"}
PREVIEW_ROWS = 5
PREVIEW_CHARACTERS = 120


def spec(table: Table, group: str, deps: Sequence[str], code_version: str, kinds: set[str] = KINDS) -> dg.AssetSpec:
    """The asset of a table: described, typed and owned."""
    return dg.AssetSpec(
        table.name,
        deps=list(deps),
        description=f"One row is {table.grain}. {table.description}",
        group_name=group,
        kinds=kinds,
        owners=OWNERS,
        code_version=code_version,
        metadata={"dagster/column_schema": column_schema(table)},
    )


def column_schema(table: Table) -> dg.TableSchema:
    """The stored columns with their descriptions and promises."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                c.name,
                type=c.kind,
                description=c.description,
                constraints=dg.TableColumnConstraints(nullable=not c.required, unique=c.unique, other=_promises(c)),
            )
            for c in table.stored
        ]
    )


def _promises(column: Column) -> list[str]:
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


def materialized(store: Store, table: Table, outcome: Outcome) -> dg.MaterializeResult[Any]:
    """One table's result: rows, what the run did, and a preview."""
    return dg.MaterializeResult(
        asset_key=table.name,
        metadata={
            "dagster/row_count": outcome.rows.get(table.name, 0),
            "computed": outcome.computed,
            "removed": outcome.removed,
            "failed": outcome.failed,
            "seconds": round(outcome.seconds, 3),
            "preview": table_value(preview(store, table, PREVIEW_ROWS), [c.name for c in table.stored]),
        },
    )


def table_value(rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> dg.TableMetadataValue:
    """Rows as a table that the UI shows as plain text: words of articles are never Markdown or HTML."""
    return dg.MetadataValue.table(
        records=[dg.TableRecord({name: _shown(row[name]) for name in columns}) for row in rows],
        schema=dg.TableSchema(columns=[dg.TableColumn(name, type="string") for name in columns]),
    )


def _shown(value: Any) -> str:
    text = "" if value is None else str(value)
    text = "".join(ch if ch.isprintable() else " " for ch in text)
    return text if len(text) <= PREVIEW_CHARACTERS else text[: PREVIEW_CHARACTERS - 1] + "…"


def logged(context: dg.AssetExecutionContext, report: Report) -> Report:
    """A report that also goes to the run's log."""

    def both(progress: Progress) -> None:
        left = progress.seconds / progress.done * (progress.total - progress.done) if progress.done else 0.0
        context.log.info(
            "%s: %d of %d in %.1f s, about %.0f s left",
            progress.stage,
            progress.done,
            progress.total,
            progress.seconds,
            left,
        )
        report(progress)

    return both


def stage_asset(
    stage: Stage,
    group: str,
    stages: Sequence[Stage],
    settings: Settings,
    report: Report,
    done: Callable[[Outcome], None],
) -> dg.AssetsDefinition:
    """The Dagster asset (or assets, one a table) of a stage."""
    deps = sorted({*stage.inputs, *stage.reads})
    tables = [BY_NAME[name] for name in stage.writes]

    @dg.multi_asset(
        name=f"make_{stage.name}",
        specs=[spec(t, group, deps, stage.code_version) for t in tables],
        pool=POOL,
    )
    def make(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[Any]]:
        store = Store(settings.warehouse)
        if stage.corpus is not None:
            outcome = derive_corpus(store, stage, settings, logged(context, report))
        else:
            outcome = derive(store, stage, stages, settings, logged(context, report))
        done(outcome)
        for table in tables:
            yield materialized(store, table, outcome)

    return make
