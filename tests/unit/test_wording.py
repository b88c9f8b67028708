"""Docs, docstrings, comments and help texts are in plain technical English: no turn of tests/wording.tsv."""

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
LIST = ROOT / "tests" / "wording.tsv"
TURNS = dict(
    line.split("\t")
    for line in LIST.read_text(encoding="utf-8").splitlines()
    if not line.startswith(("#", "pattern\t"))
)
_ANY = re.compile("|".join(f"(?:{turn})" for turn in TURNS), re.IGNORECASE)
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
