"""The README tells the truth: its tables are the declarations', its query runs, its commands exist."""

import re
from dataclasses import fields
from pathlib import Path

import duckdb

from assets.checks import shown as shown_checks
from assets.cli import app
from assets.settings import ROOT, SAMPLE, WAREHOUSE, Settings, flag, variable
from expectations.judge import checks
from pipeline.contract import PUBLISHED, Table

README = ROOT / "README.md"


def settings_rows() -> list[str]:
    """The README's line for each setting."""
    rows = []
    for f in fields(Settings):
        default = f.default
        if isinstance(default, Path):
            default = default.relative_to(ROOT)
        shown = (
            {None: "", "": "", False: "off"}.get(default, f"`{default}`")
            if not isinstance(default, Path)
            else f"`{default}/`"
        )
        kept = "yes" if f.metadata["scope"] == WAREHOUSE else ""
        rows.append(f"| `{flag(f.name)}` | `{variable(f.name)}` | {shown} | {f.metadata['help']} | {kept} |")
    return rows


def table_row(table: Table) -> str:
    """The README's line for a published table."""
    return f"| `{table.name}` | {table.grain} |"


def test_every_setting_stands_in_the_readme() -> None:
    text = README.read_text(encoding="utf-8")
    assert [row for row in settings_rows() if row not in text] == []


def test_every_table_stands_in_the_readme() -> None:
    text = README.read_text(encoding="utf-8")
    assert [t.name for t in PUBLISHED if table_row(t) not in text] == []


def test_the_number_of_checks_and_of_sample_articles_is_right() -> None:
    text = README.read_text(encoding="utf-8")
    ((told, contract),) = re.findall(r"\*\*Checks\.\*\* (\d+) checks, (\d+) of which follow from the contract", text)
    known = checks()
    assert (int(told), int(contract)) == (len(known), sum(check.contract for check in known))
    # Of the sample: the terminal counts checks, not Dagster's asset checks.
    assert re.findall(r"checks:? +(\d+) passed", text) == [told, told]
    assert re.findall(r"as\s+(\d+) asset checks", text) == [str(len(shown_checks()))]
    lines = sum(len(p.read_text(encoding="utf-8").splitlines()) for p in SAMPLE.glob("*.jsonl"))
    assert "eleven invented articles" in text
    assert lines + len(list(SAMPLE.glob("*.txt"))) == 11


def test_the_commands_of_the_readme_exist() -> None:
    named = set(re.findall(r"uv run onrecord (\w+)", README.read_text(encoding="utf-8")))
    assert named == app.commands.keys()


def test_the_query_of_the_readme_names_columns_of_the_contract() -> None:
    (query,) = re.findall(r"```sql\n(.*?)```", README.read_text(encoding="utf-8"), re.S)
    with duckdb.connect() as connection:
        for table in PUBLISHED:
            columns = ", ".join(f'NULL AS "{c.name}"' for c in table.published)
            query = query.replace(f"'{table.name}.parquet'", f"(SELECT {columns})")
        assert connection.execute(query).fetchall() == []
