"""Settings as command-line flags, for every command."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assets.settings import Settings, flag, from_environment, variable, with_values
from assets.settings.resolve import Resolved, check_not_sample, needs_file, notes, resolve, validated_settings
from warehouse.text import printable

if TYPE_CHECKING:
    from warehouse.store import Store

# Key in a command's context for its warehouse folder.
WAREHOUSE = "onrecord.warehouse"


def options(*names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return a decorator that adds the flags of these settings, as declared there."""

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        for f in reversed([f for f in fields(Settings) if f.name in names]):
            yes_no = f.default is False
            function = click.option(
                flag(f.name),
                f.name,
                default=None,
                is_flag=yes_no,
                flag_value="1" if yes_no else None,
                help=f"{f.metadata['help']} [{variable(f.name)}]",
            )(function)
        return function

    return decorate


def given_settings(given: Mapping[str, Any]) -> Settings:
    """Return the settings of a command that reads no article. Read the warehouse's file only if it may hold one of
    them. Raises SettingError."""
    flags = {name: value for name, value in given.items() if value is not None}
    settings = resolve(flags).settings if needs_file(given) else with_values(from_environment(), flags)
    _note(settings)
    return settings


def existing_store(warehouse: Path) -> Store:
    """Return the store of a warehouse. Raises ClickException if it was never built."""
    from warehouse.store import Store

    store = Store(warehouse)
    if not store.database.exists():
        raise click.ClickException(f"there is no warehouse in {store.folder}; `onrecord build` makes one")
    return store


def resolved(given: Mapping[str, Any]) -> Resolved:
    """Return the settings of a command that builds, or starts builds: raw folder and warehouse fit together. Raises
    SettingError, StoreError."""
    found = resolve({name: value for name, value in given.items() if value is not None})
    _note(found.settings)
    validated_settings(found)
    check_not_sample(found)
    if found.settings.extension:
        from assets.extension import load

        load(found.settings)
    return found


def print_setting_notes(settings: Settings) -> None:
    """Print how this run's settings differ from those that the warehouse remembers."""
    for line in notes(settings):
        click.echo(printable(line))


def _note(settings: Settings) -> None:
    """Store the warehouse in the command's context: tracebacks of the command are written there."""
    context = click.get_current_context(silent=True)
    if context is not None:
        context.meta[WAREHOUSE] = settings.warehouse
