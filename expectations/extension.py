"""Checks that an operator adds to ours: SQL over the tables, and expectations of Great Expectations.

They are judged, shown and kept as ours are. Their SQL is not trusted with the store: it runs on a connection that reads
only, opens no file and no address, and takes no setting.
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
    """An extension that cannot be used; the message says why in one line."""


@dataclass(frozen=True, slots=True)
class SqlCheck:
    """SQL that returns offending rows, over the views `published.<table>`; one row breaks it.

    name      unique, letters, digits and underscores; begins with the table's name and an underscore
    severity  error: a row stops the release; warn: a row is a warning
    """

    name: str
    table: str
    description: str
    sql: str
    severity: Severity = "error"

    @property
    def id(self) -> str:
        """Its name."""
        return self.name

    @property
    def check(self) -> Check:
        """What orchestration and store see of it."""
        effect = "stops the release" if self.severity == "error" else "is a warning"
        return Check(self.name, self.table, self.description, self.severity, rule=f"One row that breaks it {effect}.")

    @property
    def by_document(self) -> bool:
        """It is run over the whole, always."""
        return False


@dataclass(frozen=True, slots=True)
class TableExpectation:
    """An expectation of Great Expectations on all rows of a published table.

    expectation   makes it, when Great Expectations is loaded:
                  `lambda gxe: gxe.ExpectColumnValuesToNotBeNull(column="venue")`
    """

    name: str
    table: str
    description: str
    expectation: Callable[[Any], Any]
    severity: Severity = "error"

    @property
    def id(self) -> str:
        """Its name."""
        return self.name

    @property
    def check(self) -> Check:
        """What orchestration and store see of it."""
        return SqlCheck(self.name, self.table, self.description, "", self.severity).check

    @property
    def by_document(self) -> bool:
        """It is run over the whole, always."""
        return False


type Added = SqlCheck | TableExpectation


@dataclass(frozen=True, slots=True)
class Extension:
    """What a module of the operator adds: checks, and assets and asset checks of Dagster.

    version   raised by the operator when an expectation changes, which its text does not show
    """

    checks: tuple[Added, ...] = ()
    assets: tuple[Any, ...] = ()
    asset_checks: tuple[Any, ...] = ()
    version: str = "1"
    known: Mapping[str, Added] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Raise ExtensionError where a check is not as `SqlCheck` says."""
        tables = {table.name for table in PUBLISHED}
        known: dict[str, Added] = {}
        for check in self.checks:
            if check.table not in tables:
                raise ExtensionError(f"check {check.name!r}: there is no published table {check.table!r}")
            if not _NAME.fullmatch(check.name) or not check.name.startswith(f"{check.table}_"):
                raise ExtensionError(
                    f"check {check.name!r}: its name has to begin with {check.table}_, and to hold letters, digits and "
                    "underscores only"
                )
            if check.name in known:
                raise ExtensionError(f"check {check.name!r}: two checks have this name")
            known[check.name] = check
        object.__setattr__(self, "known", known)


_registered = Extension()


def register(extension: Extension, ours: Iterable[str] = ()) -> None:
    """Judge with these checks from now on, in this process. `ours`: names that are taken. Raises ExtensionError."""
    taken = sorted(extension.known.keys() & set(ours))
    if taken:
        raise ExtensionError(f"check {taken[0]!r}: a check of onrecord has this name")
    global _registered
    _registered = extension


def registered() -> Extension:
    """The extension of this process; an empty one where there is none."""
    return _registered
