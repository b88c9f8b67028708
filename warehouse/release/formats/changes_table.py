"""The columns of changes.parquet. Not a table of the contract: it describes two releases, not articles."""

from __future__ import annotations

from pipeline.contract import Column, Table

CHANGES_FILE = "changes.parquet"
CHANGES = Table(
    name="changes",
    grain="one row that was added, removed or changed since the previous release",
    description="Rows that differ from the previous release; empty in the first release.",
    # A row can be changed and renamed.
    key=(),
    sort=("table", "key"),
    columns=(
        Column("table", "string", "The table.", required=True, example="quotes"),
        Column(
            "change",
            "string",
            "added, removed or changed; quarantined if the row was removed because its article violated a "
            "check; for entities also merged, split or renamed.",
            required=True,
            enum=("added", "removed", "changed", "quarantined", "merged", "split", "renamed"),
        ),
        Column("key", "string", "The row's key, its parts separated by a space.", required=True),
        Column(
            "columns",
            "strings",
            "For a changed row, the columns that differ; for a merged entity, the ids merged into it; for a "
            "renamed one, its former id; for a split one, the ids of its parts.",
            required=True,
        ),
    ),
    where="published",
)
