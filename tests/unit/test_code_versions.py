"""A stage's code_version covers its code: if a rule changes and the version does not, old rows remain.

`code_versions.json` records, for each stage, its version and a hash of its code at that version. After a change that
shows in rows, raise the CODE_VERSION of the package whose rules changed; stages that only read its rows are
recomputed automatically. Then run

    python -m tests.unit.test_code_versions                    # records stages with a new version; names the others
    python -m tests.unit.test_code_versions --rows-unchanged   # records those, too: no row can change

The hash leaves out docstrings, comments, imports and paths: rewording a docstring or moving a function or a file does
not change it. It includes the facts of the `pipeline.data` tables that the code names, but not their examples and
sources.
"""

import ast
import hashlib
import io
import json
import re
import sys
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from pipeline import data, read
from pipeline.stages import STAGES
from tests.support.imports import closure

RECORD = Path(__file__).with_name("code_versions.json")
TABLES = Path(data.__file__).parent
_SKIPPED = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING}
_DOCUMENTED = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def source_hash(modules: list[str]) -> str:
    """Return a SHA-256 of the definitions of the modules and of what they import in pipeline (and, for a corpus-wide
    stage, in warehouse.corpus), and of the facts of the tables that they name, in sorted order."""
    parts: set[bytes] = set()
    for file in closure(modules, ("pipeline", "warehouse.corpus"), ("pipeline.contract", "pipeline.data")):
        source = file.read_text(encoding="utf-8")
        parts.update(definitions(source), facts(source))
        for table in file.parent.glob("*.tsv"):
            parts.update(lines(table))
    return hashlib.sha256(b"\n".join(sorted(parts))).hexdigest()


def lines(file: Path) -> list[bytes]:
    """Return the lines of a data file without comments."""
    return [line for line in file.read_bytes().splitlines() if line and not line.startswith(b"#")]


def facts(source: str) -> Iterator[bytes]:
    """Yield the facts of the `pipeline.data` tables that a module names, without examples and sources."""
    for name in re.findall(r'"(\w+\.tsv)"', source):
        for table in TABLES.glob(f"*/{name}"):
            for line in lines(table):
                yield name.encode() + b"\t" + line.rsplit(b"\t", 2)[0]


@cache
def definitions(source: str) -> tuple[bytes, ...]:
    """Return each top-level statement's tokens, without imports and docstrings. Tokens are the same in every Python
    that we support; a dumped syntax tree is not."""
    return tuple(_definitions(source))


def _definitions(source: str) -> Iterator[bytes]:
    tree = ast.parse(source)
    left_out = {
        (node.body[0].lineno, node.body[0].col_offset)
        for node in ast.walk(tree)
        if isinstance(node, _DOCUMENTED) and ast.get_docstring(node, clean=False) is not None
    }
    tokens = [t for t in tokenize.generate_tokens(io.StringIO(source).readline) if t.type not in _SKIPPED]
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            continue
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
        body = [
            t.string
            for t in tokens
            if first <= t.start[0] <= (node.end_lineno or first)
            and t.start not in left_out
            and not (t.string == "," and t.line[t.end[1] :].strip() == "")  # ruff's trailing comma
        ]
        if body:
            yield "\0".join(body).encode()


@cache
def current() -> dict[str, dict[str, str]]:
    found = {"raws": {"version": read.CODE_VERSION, "sources": source_hash(["pipeline.read"])}}
    for stage in STAGES:
        modules = [f"pipeline.{stage.name}.stage", *([f"warehouse.corpus.{stage.name}"] if stage.corpus_wide else [])]
        found[stage.name] = {"version": stage.rules.version, "sources": source_hash(modules)}
    return dict(sorted(found.items()))


@pytest.mark.parametrize("stage", ["raws", *(stage.name for stage in STAGES)])
def test_the_version_stands_for_the_sources(stage: str) -> None:
    recorded = json.loads(RECORD.read_text(encoding="utf-8"))
    assert recorded.get(stage) == current()[stage], f"{stage}: see the docstring of this file"


def test_the_record_holds_no_stage_that_is_gone() -> None:
    assert json.loads(RECORD.read_text(encoding="utf-8")).keys() == current().keys()


FUNCTION = 'def f(a, b):\n    """Add."""\n    return a + b\n'


@pytest.mark.parametrize(
    ("source", "same"),
    [
        ('def f(a, b):\n    """Add two numbers.\n\n    Of any kind.\n    """\n    return a + b\n', True),
        ('"""A module."""\n\nimport os\n\n\ndef f(\n    a, b,\n):\n    # why\n    return a + b\n', True),
        (FUNCTION.replace("a + b", "a - b"), False),
        (FUNCTION.replace("def f", "@cache\ndef f"), False),
        (FUNCTION + "A = 1\n", False),
    ],
    ids=["docstring", "form", "an operator", "a decorator", "a constant"],
)
def test_what_the_hash_covers(source: str, same: bool) -> None:
    assert (set(definitions(source)) == set(definitions(FUNCTION))) is same


def test_the_hash_covers_the_facts_of_the_tables_that_the_code_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def written(line: str) -> list[bytes]:
        (tmp_path / "en" / "verbs.tsv").write_text(f"# Verbs.\n{line}\n", encoding="utf-8")
        return list(facts('VERBS = load("verbs.tsv", Verb)'))

    (tmp_path / "en").mkdir()
    monkeypatch.setattr("tests.unit.test_code_versions.TABLES", tmp_path)
    fact = written("speech\tsay\tShe says so.\tOED")
    assert written("speech\tsay\tHe says so.\tCollins") == fact
    assert written("speech\ttell\tShe says so.\tOED") != fact


def main(arguments: list[str]) -> int:
    """Record the hashes of the stages' code; return 1 if code changed without its version."""
    recorded = json.loads(RECORD.read_text(encoding="utf-8"))
    found = dict(current())
    same = [name for name, now in found.items() if changed(recorded.get(name), now)]
    if same and "--rows-unchanged" not in arguments:
        for name in same:
            print(f"{name}: its code or tables changed, its version is still {found[name]['version']}")
        print("Where rows change, raise CODE_VERSION of the package that changed; else: --rows-unchanged")
        found |= {name: recorded[name] for name in same}
    RECORD.write_text(json.dumps(dict(sorted(found.items())), indent=2) + "\n", encoding="utf-8")
    return int(found != current())


def changed(before: dict[str, str] | None, now: dict[str, str]) -> bool:
    """Return whether the code changed and the version did not."""
    return before is not None and before["version"] == now["version"] and before["sources"] != now["sources"]


@pytest.mark.parametrize(
    ("before", "now", "found"),
    [(None, ("1", "a"), False), (("1", "a"), ("1", "b"), True), (("1", "a"), ("2", "b"), False)],
)
def test_code_that_changed_without_its_version(
    before: tuple[str, str] | None, now: tuple[str, str], found: bool
) -> None:
    names = ("version", "sources")
    assert changed(before and dict(zip(names, before, strict=True)), dict(zip(names, now, strict=True))) is found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
