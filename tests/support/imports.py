"""The imports of modules, read from their source."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@cache
def imports(path: Path) -> tuple[str, ...]:
    """Return every name that a file imports, dotted and absolute, also inside functions and for types."""
    return tuple(_imports(path))


def _imports(path: Path) -> Iterator[str]:
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            yield from (f"{module}.{alias.name}" for alias in node.names)


def source(module: str) -> Path | None:
    """Return the file of one of our modules or packages, or None."""
    path = ROOT / module.replace(".", "/")
    return next((file for file in (path / "__init__.py", path.with_suffix(".py")) if file.is_file()), None)


def closure(modules: list[str], packages: tuple[str, ...], without: tuple[str, ...] = ()) -> set[Path]:
    """Return the files of these modules and of all that they import, directly or not, in `packages`, except
    `without`."""
    found: set[Path] = set()
    waiting = list(modules)
    while waiting:
        module = waiting.pop()
        if not f"{module}.".startswith(tuple(f"{room}." for room in packages)) or f"{module}.".startswith(
            tuple(f"{name}." for name in without)
        ):
            continue
        path = source(module) or source(module.rpartition(".")[0])
        if path is not None and path not in found:
            found.add(path)
            waiting += imports(path)
    return found
