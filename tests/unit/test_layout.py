"""Which top-level package and which stage may import which, without circles; sizes of modules."""

import ast
import re
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from pipeline.contract import BOOKKEEPING_TABLES, BY_NAME, STORED, TABLES
from pipeline.stages import STAGES
from tests.support.imports import ROOT, imports, source

ROOMS = ("pipeline", "warehouse", "expectations", "assets")  # each may import itself and those before it
MAX_MODULE_LINES, MAX_FUNCTION_LINES = 400, 60
# Expectations receive a connection: they name its type and its errors, and open none.
ONLY_IN = {"dagster": {"assets"}, "duckdb": {"warehouse", "expectations"}, "great_expectations": {"expectations"}}


def package(module: str) -> str:
    """Return the first two parts of the name: pipeline.quotes for pipeline.quotes.words. A stage's `stage` module
    counts as a package: it may import what the stage's rules may not."""
    parts = module.split(".")
    return ".".join(parts if parts[2:3] == ["stage"] else parts[:2])


def code_lines(path: Path) -> int:
    """Count the lines that are not blank, comments or docstrings."""
    text = path.read_text(encoding="utf-8")
    prose: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            prose |= set(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    lines = enumerate(text.splitlines(), 1)
    return sum(bool(line.strip()) and not line.lstrip().startswith("#") for n, line in lines if n not in prose)


def files(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_itself_and_those_before_it(room: str) -> None:
    allowed = set(ROOMS[: ROOMS.index(room) + 1])
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files(room)
        for name in imports(path)
        if name.split(".")[0] in set(ROOMS) - allowed
    ]
    assert not wrong


@pytest.mark.parametrize(("library", "homes"), ONLY_IN.items())
def test_a_heavy_library_has_its_home(library: str, homes: set[str]) -> None:
    wrong = [
        str(path.relative_to(ROOT))
        for room in ROOMS
        if room not in homes
        for path in files(room)
        if any(name.split(".")[0].startswith(library) for name in imports(path))
    ]
    assert not wrong


def test_only_the_warehouse_opens_duckdb() -> None:
    wrong = [
        str(path.relative_to(ROOT))
        for room in ROOMS
        if room != "warehouse"
        for path in files(room)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and ast.unparse(node) == "duckdb.connect"
    ]
    assert not wrong


def test_packages_import_one_another_in_one_direction() -> None:
    graph: dict[str, set[str]] = {}
    for room in ("pipeline",):
        for path in files(room):
            own = package(".".join(path.relative_to(ROOT).with_suffix("").parts))
            graph.setdefault(own, set()).update({package(n) for n in imports(path) if n.split(".")[0] in ROOMS} - {own})
    tuple(TopologicalSorter(graph).static_order())  # raises CycleError, which names the circle


def test_no_module_imports_itself_by_way_of_others() -> None:
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for room in ROOMS for path in files(room)]
    modules = {name.removesuffix(".__init__"): ROOT / f"{name.replace('.', '/')}.py" for name in names}

    def module(name: str) -> str:
        return name if name in modules or not name else module(name.rpartition(".")[0])

    graph = {name: {module(found) for found in imports(path)} - {name, ""} for name, path in modules.items()}
    tuple(TopologicalSorter(graph).static_order())  # raises CycleError, which names the circle


def test_modules_are_short() -> None:
    found = {path.relative_to(ROOT).as_posix(): code_lines(path) for room in ROOMS for path in files(room)}
    long = {name for name, lines in found.items() if lines > MAX_MODULE_LINES and "/contract/" not in name}
    assert not long


def test_functions_are_short() -> None:
    long = {
        f"{path.relative_to(ROOT).as_posix()} {node.name}"
        for room in ROOMS
        for path in files(room)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno >= MAX_FUNCTION_LINES
    }
    assert not long


def test_every_module_opens_with_what_belongs_in_it() -> None:
    bare = [
        str(path.relative_to(ROOT))
        for room in ROOMS
        for path in files(room)
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not bare


def test_stages_are_listed_in_the_order_of_the_data() -> None:
    known = {"raws"}
    for stage in STAGES:
        assert known >= set(stage.reads), stage.name
        assert stage.name == stage.writes[0] and source(f"pipeline.{stage.name}.stage"), stage.name
        known |= set(stage.writes)


def test_nobody_imports_a_stage_but_the_registry() -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for room in ROOMS
        for path in files(room)
        for name in imports(path)
        if re.fullmatch(r"pipeline\.\w+\.stage", name) and path.name != "stage.py"
    ]
    assert not wrong


def test_each_stored_table_has_one_writer() -> None:
    written = ["raws", "refusals", "corrections", *(table for stage in STAGES for table in stage.writes)]
    assert sorted(written) == sorted(t.name for t in STORED)


def test_names_in_the_contract_resolve() -> None:
    for table in (*TABLES, *BOOKKEEPING_TABLES):
        names = [c.name for c in table.columns]
        assert len(names) == len(set(names)), table.name
        assert {*table.key, *table.sort} <= set(names), table.name
        for column in table.columns:
            if column.refers_to:
                other, name = column.refers_to.split(".")
                assert BY_NAME[other].column(name), column.refers_to


def test_the_same_quantity_has_the_same_kind() -> None:
    kinds: dict[str, set[str]] = {}
    for table in TABLES:
        for column in table.columns:
            kinds.setdefault(column.name, set()).add(column.kind)
    # As columns, `quotes`, `documents` and `mentions` count rows.
    assert {name for name, found in kinds.items() if len(found) > 1} == set()


def test_definitions_load_without_the_heavy_libraries() -> None:
    code = (
        "import sys; import assets.definitions; "
        "print([m for m in ('great_expectations', 'spacy', 'ray', 'assets.feeds.client') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
