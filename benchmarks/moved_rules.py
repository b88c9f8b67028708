"""Rules that moved from Python into tables: the values of two checkouts, compared.

RULES is the table: where the value was in the other checkout, and where it is now. Both are `module:expression`; the
expression is evaluated inside the module. Sets and mappings are compared without regard to order.

    python -m benchmarks.same_results ../before --rules

Runs as a script too, under the code of a checkout: prints the values of the expressions that it gets on stdin.
"""

from __future__ import annotations

import dataclasses
import importlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

RULES: tuple[tuple[str, str], ...] = (("pipeline.mentions.words:TITLES", "pipeline.mentions.words:TITLES"),)


def different_rules(before: Path, now: Path) -> list[str]:
    """The rules whose values differ, as lines that say how. Raises CalledProcessError."""
    old = _evaluated(before, [rule for rule, _ in RULES])
    new = _evaluated(now, [rule for _, rule in RULES])
    return [
        f"{was} -> {is_now}: {_difference(a, b)}" for (was, is_now), a, b in zip(RULES, old, new, strict=True) if a != b
    ]


def _evaluated(checkout: Path, rules: Sequence[str]) -> list[Any]:
    # -P: this folder's modules must not hide those of the checkout or of the standard library.
    done = subprocess.run(
        [sys.executable, "-P", __file__],
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": str(checkout)},
        input=json.dumps(rules),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    values: list[Any] = json.loads(done.stdout)
    return values


def evaluate(rule: str) -> Any:
    """The value of a rule `module:expression` in a form that JSON can hold and that two checkouts share."""
    module, expression = rule.split(":", 1)
    return plain(eval(expression, dict(vars(importlib.import_module(module)))))


def plain(value: Any) -> Any:
    """A value without order where it has none, and without the names of classes."""
    if dataclasses.is_dataclass(value):
        return [plain(getattr(value, field.name)) for field in dataclasses.fields(value)]
    if isinstance(value, Mapping):
        return sorted(([plain(key), plain(item)] for key, item in value.items()), key=json.dumps)
    if isinstance(value, AbstractSet):
        return sorted(map(plain, value), key=json.dumps)
    if isinstance(value, list | tuple):
        return list(map(plain, value))
    return value if value is None or isinstance(value, bool | int | float | str) else repr(value)


def _difference(old: Any, new: Any) -> str:
    if not (isinstance(old, list) and isinstance(new, list)):
        return f"{old!r} was, {new!r} is"
    gone, come = [item for item in old if item not in new], [item for item in new if item not in old]
    return f"only before: {gone[:5]}, only now: {come[:5]}" if gone or come else "another order"


if __name__ == "__main__":
    print(json.dumps([evaluate(rule) for rule in json.load(sys.stdin)]))
