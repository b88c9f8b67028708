"""The columns of changes.parquet. Not a table of the contract: it describes two releases, not articles."""

from __future__ import annotations

from pipeline.contract import Column, Table

CHANGES_FILE = "changes.parquet"
CHANGES = Table(
    name="changes",
    grain="one row that was added, removed or changed since the release before",
    description="What changed since the release before; empty in the first release.",
    # A row can be changed and renamed.
    key=(),
    sort=("table", "key"),
    columns=(
        Column("table", "string", "The table.", required=True, example="quotes"),
        Column(
            "change",
            "string",
            "added, removed or changed; quarantined where the row left because its article broke a check; of entities "
            "also merged, split or renamed.",
            required=True,
            enum=("added", "removed", "changed", "quarantined", "merged", "split", "renamed"),
        ),
        Column("key", "string", "The row's key, its parts separated by a space.", required=True),
        Column(
            "columns",
            "strings",
            "Of a changed row, the columns that differ; of a merged entity, those it was made of; of a renamed one, "
            "the id that it had; of a split one, those that came of it.",
            required=True,
        ),
    ),
    where="published",
)
