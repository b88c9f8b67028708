"""Precedence of a setting's values: flag, environment, the warehouse's file, default.

A run's own config in Dagster (assets.run_settings) overrides all of these.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from assets.settings import (
    SAMPLE,
    SettingError,
    Settings,
    flag,
    is_folder,
    is_model,
    scope,
    variable,
    variables,
    with_values,
)
from assets.settings import file as config_file
from assets.settings.file import DEFAULTS, STORED, Stored, set_command
from pipeline.model_files import folder_of, remembered

MODELS = tuple(f.name for f in fields(Settings) if is_model(f.name))
FLAG, ENVIRONMENT, FILE, DEFAULT = "flag", "environment", "file", "default"


@dataclass(frozen=True, slots=True)
class Resolved:
    """Settings, the origin of each value, and the content of the warehouse's file."""

    settings: Settings
    origins: Mapping[str, str]
    stored: Stored

    @property
    def given(self) -> frozenset[str]:
        """The settings given by flags or the environment, which other processes receive."""
        return frozenset(name for name, origin in self.origins.items() if origin in (FLAG, ENVIRONMENT))


def resolve(flags: Mapping[str, str], environment: Mapping[str, str] = os.environ) -> Resolved:
    """Return the settings of a command: flags as text by the setting's name. Raises SettingError."""
    by_variable = variables(environment)
    asked = with_values(Settings(), by_variable | dict(flags))
    stored = config_file.load(asked.warehouse)
    origins = {
        **{f.name: DEFAULT for f in fields(Settings)},
        **dict.fromkeys(stored.values, FILE),
        **dict.fromkeys(by_variable, ENVIRONMENT),
        **dict.fromkeys(flags, FLAG),
    }
    kept = {name: value for name, value in stored.values.items() if origins[name] == FILE}
    return Resolved(replace(asked, **kept), origins, stored)


def needs_file(names: Mapping[str, Any]) -> bool:
    """Return whether one of these settings may be in the warehouse's file."""
    return any(name in STORED for name in names)


def validated_settings(resolved: Resolved) -> Settings:
    """Return the settings if raw folder and warehouse fit together. Raises SettingError; StoreError if an old warehouse
    does not record its raw folder and cannot be read."""
    check_folders_disjoint(resolved.settings)
    if resolved.origins["raw"] == DEFAULT and not _may_be_sample(resolved.settings.warehouse):
        warehouse = resolved.settings.warehouse
        raise SettingError(
            f"{warehouse} was not built from the sample, and its raw folder is not stored; build once with "
            "--raw FOLDER, which is then stored, or run: "
            f"{set_command('raw', warehouse / config_file.NAME, 'FOLDER')}"
        )
    return resolved.settings


def check_not_sample(resolved: Resolved) -> None:
    """Raise SettingError if the file names the sample as the raw folder, but the warehouse was built from another
    folder since, by a flag: a build would replace those articles by the sample. Raises StoreError."""
    settings, file = resolved.settings, resolved.stored.file
    if resolved.origins["raw"] == FILE and settings.raw == SAMPLE:
        strangers = known_files(settings.warehouse).keys() - sample_files().keys()
        if strangers:
            raise SettingError(
                f"{settings.warehouse} contains articles that are not in the sample ({min(strangers)}), but "
                f"{file} names the sample as its raw folder; give --raw FOLDER, or run: "
                f"{set_command('raw', file, 'FOLDER')}"
            )


def known_files(warehouse: Path) -> Mapping[str, str | None]:
    """Return the raw files known to the warehouse, with their hashes. Raises StoreError."""
    from warehouse import intake
    from warehouse.store import READ_LOCK_SECONDS, Store

    store = Store(warehouse, READ_LOCK_SECONDS)
    if not store.database.exists():
        return {}
    with store.open() as connection:
        return intake.recorded_files(connection)


def sample_files() -> Mapping[str, str | None]:
    """Return the files of the sample with their hashes."""
    from pipeline import read

    return {entry.path: read.file_sha256(SAMPLE, entry) for entry in read.listing(SAMPLE)}


def check_folders_disjoint(settings: Settings) -> None:
    """Raise SettingError if raw folder and warehouse are the same or one is inside the other, links followed: a build
    would read its own output. A language model inside the warehouse is refused, too: code that comes with a warehouse
    is never run."""
    raw, warehouse = (Path(os.path.realpath(folder)) for folder in (settings.raw, settings.warehouse))
    if raw == warehouse:
        raise SettingError(f"the raw folder {settings.raw} is the warehouse itself; give two folders side by side")
    for inner, outer, what in (
        (warehouse, raw, f"the warehouse {settings.warehouse} is inside the raw folder {settings.raw}"),
        (raw, warehouse, f"the raw folder {settings.raw} is inside the warehouse {settings.warehouse}"),
    ):
        if inner.is_relative_to(outer):
            raise SettingError(f"{what}; give two folders side by side")
    for name in MODELS:
        folder = folder_of(getattr(settings, name))
        if folder is not None and Path(os.path.realpath(folder)).is_relative_to(warehouse):
            raise SettingError(f"{flag(name)}: the model {folder} is inside the warehouse, which is data only; move it")


def _may_be_sample(warehouse: Path) -> bool:
    """Return whether a warehouse without a recorded raw folder is new, or holds only files of the sample."""
    known = known_files(warehouse)
    if known:
        sample = sample_files()
        return all(path in sample and sha in (None, sample[path]) for path, sha in known.items())
    # Without articles, but not new: its database was moved or renamed.
    return not any(warehouse.glob("releases/*")) and not any(warehouse.glob("onrecord.old-*.duckdb"))


def missing_raw(resolved: Resolved) -> str | None:
    """Return why the raw folder is unusable, with a remedy; None if it is usable."""
    raw, file = resolved.settings.raw, resolved.stored.file
    if is_folder(raw):
        return None
    if resolved.origins["raw"] != FILE:
        return f"the raw folder {raw} does not exist or is not a folder"
    return (
        f"the raw folder {raw}, which {file} names, does not exist or is not a folder; mount it again, or where it has "
        f"moved: {set_command('raw', file, 'FOLDER')}"
    )


def store_settings(settings: Settings) -> None:
    """Write onrecord.toml with the settings of the first build if there is none; add the raw folder to a file without
    one. Raises SettingError; OSError if it cannot be written."""
    stored = config_file.load(settings.warehouse)
    names = ("raw",) if stored.exists else STORED
    new = {name: getattr(settings, name) for name in names if name not in stored.values}
    if "raw" in new:
        config_file.write(stored.file, {**stored.values, **_writable(new)}, stored.relative)


def prepare_first_build(settings: Settings) -> list[str]:
    """Refuse folders that do not fit together and models that do not work, and remember the settings of a first build
    whose raw folder exists. Call it before anything is read. Returns notes(settings). Raises SettingError, ModelError
    or OSError."""
    check_folders_disjoint(settings)
    models(settings, load=True)
    if is_folder(settings.raw):
        store_settings(settings)
    return notes(settings)


def models(settings: Settings, *, load: bool = False) -> None:
    """Raise ModelError if a language model cannot be used; with `load`, also if it does not work once loaded."""
    from pipeline.mentions import providers
    from pipeline.parses import model_version

    model_version(settings.model)
    if load:
        providers.check(settings.names)
    else:
        providers.version(settings.names)


@contextmanager
def restore_file_on_error(settings: Settings) -> Iterator[None]:
    """Restore the warehouse's file if the body raises SettingError: an unusable raw folder is not remembered."""
    file = config_file.load(settings.warehouse).file
    before = file.read_bytes() if file.exists() else None
    try:
        yield
    except SettingError:
        if before is None:
            file.unlink(missing_ok=True)
        elif file.read_bytes() != before:
            file.write_bytes(before)
        raise


def _writable(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that TOML can hold, as a path may not be UTF-8; for a model in a folder, that there is one."""
    kept = {name: remembered(value) if is_model(name) else value for name, value in values.items()}
    return {name: value for name, value in kept.items() if str(value).encode(errors="ignore").decode() == str(value)}


def notes(settings: Settings) -> list[str]:
    """Return a line for each setting that differs from the warehouse's file in this run, and for each path that was
    found beside a moved warehouse. Raises SettingError."""
    stored = config_file.load(settings.warehouse)
    if not stored.exists:
        return []
    lines = []
    for name in STORED:
        value, kept = getattr(settings, name), stored.values.get(name, DEFAULTS[name])
        keep = set_command(name, stored.file, shown(value))
        if is_model(name) and folder_of(value) is not None:
            if remembered(value) != kept:
                lines.append(
                    f"{flag(name)} is {value} for this run; {stored.file} says {kept}, and never keeps a model's "
                    f"folder: set {variable(name)}, and: {set_command(name, stored.file, remembered(value))}"
                )
        elif value != kept:
            if value in (None, ""):
                keep = f"onrecord config unset {name} --warehouse {settings.warehouse}"
            lines.append(
                f"{flag(name)} is {shown(value) or 'not set'} for this run; {stored.file} says "
                f"{shown(kept) or 'nothing'}. To keep it: {keep}"
            )
        elif name in stored.moved:
            lines.append(f"{flag(name)}: found at {value}, relative to the moved warehouse. To store it: {keep}")
    return lines


def shown(value: Any) -> str:
    """Return a value as a flag would give it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def stored_only(name: str) -> None:
    """Raise SettingError, with the way to give the setting, if it cannot be stored."""
    from difflib import get_close_matches

    if name in STORED:
        return
    if name not in DEFAULTS:
        close = get_close_matches(name, STORED, 1)
        hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(STORED)}"
        raise SettingError(f"there is no setting {name!r}; {hint}")
    if name == "warehouse":
        raise SettingError("--warehouse names the folder whose settings are stored, and is not stored itself")
    why = "is for one run" if scope(name) == "run" else "is of the machine that works, not of the dataset"
    raise SettingError(f"{name} {why} and is not stored; use {flag(name)} or the variable ONRECORD_{name.upper()}")
