"""Checks that an operator adds: SQL over the tables, and expectations of Great Expectations.

They are run, shown and stored as the built-in checks are. Their SQL is not trusted: it runs on a read-only connection
that opens no file and no address, and accepts no setting.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from expectations.check import Check, Severity
from pipeline.contract import PUBLISHED

_NAME = re.compile(r"[A-Za-z0-9_]{1,80}")


class ExtensionError(ValueError):
    """Raised for an extension that cannot be used; the message says why in one line."""


class _AddedCheck:
    """What every check of an extension has."""

    __slots__ = ()
    name: str
    table: str
    description: str
    severity: Severity

    @property
    def id(self) -> str:
        """The name."""
        return self.name

    @property
    def check(self) -> Check:
        """The public description."""
        effect = "stops the release" if self.severity == "error" else "is a warning"
        return Check(self.name, self.table, self.description, self.severity, rule=f"One violating row {effect}.")

    @property
    def by_document(self) -> bool:
        """False: it always runs on all rows."""
        return False


@dataclass(frozen=True, slots=True)
class SqlCheck(_AddedCheck):
    """SQL over the views `published.<table>` that returns violating rows; it fails on one row.

    name      unique, letters, digits and underscores; begins with the table's name and an underscore
    severity  error: a row stops the release; warn: a row is a warning
    """

    name: str
    table: str
    description: str
    sql: str
    severity: Severity = "error"


@dataclass(frozen=True, slots=True)
class TableExpectation(_AddedCheck):
    """An expectation of Great Expectations on all rows of a published table.

    expectation   makes it, when Great Expectations is loaded:
                  `lambda gxe: gxe.ExpectColumnValuesToNotBeNull(column="venue")`
    """

    name: str
    table: str
    description: str
    expectation: Callable[[Any], Any]
    severity: Severity = "error"


type Added = SqlCheck | TableExpectation


@dataclass(frozen=True, slots=True)
class Extension:
    """What an operator's module adds: checks, and assets and asset checks of Dagster.

    version   to be raised by the operator when an expectation changes, because its text does not show that
    """

    checks: tuple[Added, ...] = ()
    assets: tuple[Any, ...] = ()
    asset_checks: tuple[Any, ...] = ()
    version: str = "1"
    known: Mapping[str, Added] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Raise ExtensionError if a check does not meet the rules of `SqlCheck`."""
        tables = {table.name for table in PUBLISHED}
        known: dict[str, Added] = {}
        for check in self.checks:
            if check.table not in tables:
                raise ExtensionError(f"check {check.name!r}: there is no published table {check.table!r}")
            if not _NAME.fullmatch(check.name) or not check.name.startswith(f"{check.table}_"):
                raise ExtensionError(
                    f"check {check.name!r}: its name must begin with {check.table}_ and contain only letters, digits "
                    "and underscores"
                )
            if check.name in known:
                raise ExtensionError(f"check {check.name!r}: two checks have this name")
            known[check.name] = check
        object.__setattr__(self, "known", known)


_registered = Extension()


def register(extension: Extension, ours: Iterable[str] = ()) -> None:
    """Use these checks from now on in this process. `ours`: names that are taken. Raises ExtensionError."""
    taken = sorted(extension.known.keys() & set(ours))
    if taken:
        raise ExtensionError(f"check {taken[0]!r}: onrecord already has a check with this name")
    global _registered
    _registered = extension


def registered() -> Extension:
    """Return the extension of this process, empty by default."""
    return _registered
