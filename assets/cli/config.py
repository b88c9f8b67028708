"""The command `config`: the settings of a warehouse, listed and changed."""

from __future__ import annotations

import os
from dataclasses import fields, replace
from pathlib import Path

import click

from assets.cli.build import own_files
from assets.cli.options import options
from assets.settings import (
    SettingError,
    Settings,
    flag,
    is_folder,
    is_model,
    is_path,
    is_there,
    parse,
    variable,
    variables,
    with_values,
)
from assets.settings import file as config_file
from assets.settings.resolve import (
    DEFAULT,
    ENVIRONMENT,
    FILE,
    Resolved,
    check_folders_disjoint,
    resolve,
    shown,
    stored_only,
)
from pipeline.model_files import is_unnamed
from warehouse.text import printable


@click.group(invoke_without_command=True)
@options("warehouse")
@click.pass_context
def config(context: click.Context, warehouse: str | None) -> None:
    """List the settings of a warehouse, each with where its value comes from; `set` and `unset` change them.

    They are kept in onrecord.toml in the warehouse folder. A flag comes first, then the environment, that file, the
    default.
    """
    context.obj = warehouse
    if context.invoked_subcommand is None:
        for line in listed(_resolved(warehouse)):
            click.echo(line)


@config.command("set")
@click.argument("name")
@click.argument("value")
@options("warehouse")
@click.pass_obj
def set_(outer: str | None, name: str, value: str, warehouse: str | None) -> None:
    """Store a setting with the warehouse: the next build uses it."""
    name = name.replace("-", "_")
    text = _checked(name, value)
    found = _change(warehouse or outer, name, text)
    click.echo(f"{name} = {printable(shown(found.stored.values[name]))} was written to {found.stored.file}")
    _print_overrides(found, name)


@config.command()
@click.argument("name")
@options("warehouse")
@click.pass_obj
def unset(outer: str | None, name: str, warehouse: str | None) -> None:
    """Remove a setting from the warehouse's file; its default applies again."""
    name = name.replace("-", "_")
    before = _resolved(warehouse or outer)
    if name not in before.stored.values:
        stored_only(name)
        raise click.ClickException(f"{name} is not set in {before.stored.file}")
    found = _change(warehouse or outer, name, None)
    click.echo(f"{name} was removed from {found.stored.file}; its default applies")
    _print_overrides(found, name)


def listed(found: Resolved) -> list[str]:
    """Return one line per setting: its name, where its value comes from, the value."""
    file = found.stored.file
    lines = [f"{file}" if found.stored.exists else f"{file} does not exist: the first build writes it"]
    origins = {FILE: file.name, DEFAULT: "default"}
    for f in fields(Settings):
        origin = found.origins[f.name]
        path = getattr(found.settings, f.name) if is_path(f.name) and f.name != "warehouse" else None
        missing = " (does not exist)" if path is not None and not is_there(path) else ""
        value = (shown(getattr(found.settings, f.name)) or "(none)") + missing
        where = variable(f.name) if origin == ENVIRONMENT else origins.get(origin, flag(f.name))
        hidden = found.stored.values.get(f.name) if origin == ENVIRONMENT else None
        beside = "" if hidden is None else f"   ({file.name}: {shown(hidden)})"
        lines.append(printable(f"  {f.name:<16} {where:<25} {value}{beside}"))
    return lines


def _resolved(warehouse: str | None) -> Resolved:
    return resolve({} if warehouse is None else {"warehouse": warehouse})


def _checked(name: str, value: str) -> str:
    """Return the value as stored: a path is made absolute, and must exist. Raises ClickException, SettingError."""
    stored_only(name)
    try:
        parsed = parse(name, value)
    except ValueError as error:
        raise click.ClickException(f"{name} {value!r}: {error}") from None
    if name == "raw" and not is_folder(parsed):
        raise click.ClickException(f"the raw folder {parsed} does not exist or is not a folder")
    return str(parsed) if is_path(name) else value


def _change(warehouse: str | None, name: str, text: str | None) -> Resolved:
    """Write the changed file if the resulting settings are valid. Raises ClickException, SettingError, ModelError."""
    folder = _folder(warehouse)
    after = config_file.changed(folder, name, text)
    settings = replace(Settings(warehouse=folder), **after.values)
    if text is not None and name == "raw":
        check_folders_disjoint(settings)
    if text is not None and (name in ("aliases", "corrections") or (is_model(name) and not is_unnamed(text))):
        own_files(settings)
    try:
        config_file.write(after.file, after.values, after.relative)
    except OSError as error:
        raise click.ClickException(f"{folder / config_file.NAME} cannot be written: {error.strerror}") from None
    return _resolved(warehouse)


def _folder(warehouse: str | None) -> Path:
    """Return the warehouse folder, which must have been built once. Raises SettingError."""
    given = {"warehouse": warehouse or variables(os.environ).get("warehouse")}
    folder = with_values(Settings(), {name: text for name, text in given.items() if text}).warehouse
    if not any((folder / name).exists() for name in ("onrecord.duckdb", config_file.NAME)):
        raise SettingError(f"there is no warehouse in {folder}; `onrecord build` makes one and stores the flags given")
    return folder


def _print_overrides(found: Resolved, name: str) -> None:
    """Print what overrides the file, and when the new value takes effect."""
    if found.origins[name] == ENVIRONMENT:
        value = shown(getattr(found.settings, name))
        click.echo(f"the environment variable {variable(name)} overrides it here: {printable(value)}")
    click.echo("The next build uses it; restart a running UI or daemon to apply it there.")
