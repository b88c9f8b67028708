"""Docs, docstrings, comments, messages, descriptions, help texts and pages are in plain technical English: no turn of
tests/wording.tsv."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from assets.cli import app
from assets.settings import ROOT

ROOMS = ("pipeline", "warehouse", "expectations", "assets", "benchmarks", "tests")
PACKAGES = ("pipeline", "warehouse", "expectations", "assets")
LIST = ROOT / "tests" / "wording.tsv"
TURNS = dict(
    line.split("\t")
    for line in LIST.read_text(encoding="utf-8").splitlines()
    if not line.startswith(("#", "pattern\t"))
)
_ANY = re.compile("|".join(f"(?:{turn})" for turn in TURNS), re.IGNORECASE)
# A literal with one of these is SQL or a regular expression, not prose.
_CODE = re.compile(r"\b(SELECT|FROM|WHERE|CREATE|INSERT|UPDATE|DELETE|ALTER|JOIN)\b|\(\?|\\[bdswW]|\[a-z|\]\+|\|\w+\|")
_PROSE_WORDS = 3
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def prose(file: Path) -> Iterator[tuple[int, str]]:
    """Yield the comments and docstrings of a module, each with its first line."""
    text = file.read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, _DOCUMENTED) and (docstring := ast.get_docstring(node)):
            yield node.body[0].lineno, docstring
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def _words(node: ast.Constant | ast.JoinedStr) -> str:
    """Return the words of a literal, with {} for each value that a formatted one takes."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    return "".join(_words(part) if isinstance(part, ast.Constant) else "{}" for part in node.values)


def literals(source: str) -> Iterator[tuple[int, str]]:
    """Yield the string literals of a module that are prose, each with its first line: three words or more, no SQL, no
    regular expression. Docstrings are among them; adjacent literals and the parts of an f-string are one."""
    inside = set[int]()
    for node in ast.walk(ast.parse(source)):  # an f-string comes before its parts
        if isinstance(node, ast.JoinedStr):
            inside.update(id(part) for part in node.values)
        if isinstance(node, ast.Constant | ast.JoinedStr) and id(node) not in inside:
            text = _words(node)
            if len(re.findall(r"[A-Za-z]{2,}", text)) >= _PROSE_WORDS and " " in text and not _CODE.search(text):
                yield node.lineno, text


def turns(text: str) -> list[str]:
    """Return the turns in a text, over line breaks, too."""
    return [found[0] for found in _ANY.finditer(" ".join(text.split()))]


@pytest.mark.parametrize("room", ROOMS)
def test_docstrings_and_comments_are_plain(room: str) -> None:
    found = [
        f"{file.relative_to(ROOT)}:{line}: {turn}"
        for file in sorted((ROOT / room).rglob("*.py"))
        for line, text in prose(file)
        for turn in turns(text)
    ]
    assert found == []


@pytest.mark.parametrize("package", PACKAGES)
def test_messages_and_descriptions_are_plain(package: str) -> None:
    found = [
        f"{file.relative_to(ROOT)}:{line}: {turn}"
        for file in sorted((ROOT / package).rglob("*.py"))
        for line, text in literals(file.read_text(encoding="utf-8"))
        for turn in turns(text)
    ]
    assert found == []


def test_pages_are_plain() -> None:
    files = [
        file
        for package in PACKAGES
        for file in sorted((ROOT / package).rglob("*"))
        if file.suffix == ".js" or (file.parent.name == "templates" and file.suffix in {".html", ".md"})
    ]
    assert {"page.js", "index.html"} <= {file.name for file in files}
    assert [(file.name, turn) for file in files for turn in turns(file.read_text(encoding="utf-8"))] == []


def test_docs_are_plain() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
    found = [(page.name, turn) for page in sorted(pages) for turn in turns(page.read_text(encoding="utf-8"))]
    assert found == []


def test_help_texts_are_plain() -> None:
    texts = {name: command.get_help(click.Context(command, info_name=name)) for name, command in app.commands.items()}
    assert {name: turns(text) for name, text in texts.items() if turns(text)} == {}


def test_a_turn_is_found_across_lines_and_capitals() -> None:
    assert turns("It is computed\n    ANEW, and what\n stands is kept") == ["ANEW", "what stands"]
    assert turns("a canewood stand") == []


def test_literals_are_prose_not_code() -> None:
    source = """
A = f"{name} was computed " f"anew on {day}"
B = "SELECT kind FROM stored.quotes WHERE text = 'it stands in'"
C = r"\\b(whoever|what stands) in"
D = "anew"
"""
    assert list(literals(source)) == [(2, "{} was computed anew on {}")]
