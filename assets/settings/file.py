"""onrecord.toml: the settings that a warehouse remembers, in its own folder.

A path is stored absolute and, in the table `relative`, from the warehouse folder: if the absolute one no longer exists,
for example after both folders moved, the relative one is tried. The file holds no secret, no command, and no address to
connect to. For a language model in a folder it records that there is one, never which folder.
"""

from __future__ import annotations

import json
import os
import shlex
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from assets.settings import (
    RUN,
    WAREHOUSE,
    SettingError,
    Settings,
    absolute,
    flag,
    is_model,
    is_path,
    is_there,
    parse,
    scope,
    variable,
)
from pipeline import model_files
from warehouse import files

NAME = "onrecord.toml"
RELATIVE = "relative"
STORED = tuple(f.name for f in fields(Settings) if f.metadata["scope"] == WAREHOUSE)
DEFAULTS = {f.name: f.default for f in fields(Settings)}
HEAD = """\
# How this warehouse is built. Written by its first build, read by every later one, by `onrecord ui` and by the daemon.
# To list the settings: onrecord config; to change one: onrecord config set NAME VALUE (both with --warehouse FOLDER).
# A flag or an ONRECORD_ variable comes before what is written here, and is not kept.
"""
RELATIVE_HEAD = """\
# The paths above relative to this folder: used if a path above no longer exists.
"""


@dataclass(frozen=True, slots=True)
class Stored:
    """Content of the file: values by setting; relative paths; the settings found at their relative path."""

    file: Path
    exists: bool = False
    values: Mapping[str, Any] = field(default_factory=dict)
    relative: Mapping[str, str] = field(default_factory=dict)
    moved: frozenset[str] = frozenset()


def load(warehouse: Path) -> Stored:
    """Return what the warehouse remembers; empty without a file. Raises SettingError that names file and setting."""
    file = warehouse / NAME
    content = _content(file)
    return Stored(file) if content is None else _stored(file, content)


def changed(warehouse: Path, name: str, text: str | None) -> Stored:
    """Return the content of the file with one setting set or, with None, removed; write nothing. Raises SettingError if
    it would be invalid."""
    file = warehouse / NAME
    content = _content(file) or {}
    relative = content.get(RELATIVE)
    kept = {key: value for key, value in relative.items() if key != name} if isinstance(relative, dict) else {}
    others = {key: value for key, value in content.items() if key not in (name, RELATIVE)}
    new = {} if text is None else {name: text}
    return _stored(file, {**others, **new, RELATIVE: kept})


def write(file: Path, values: Mapping[str, Any], relative: Mapping[str, str]) -> None:
    """Write the file atomically. Raises OSError."""
    files.make_private_folder(file.parent)
    files.atomic_write(file, rendered(file.parent, values, relative))


def rendered(warehouse: Path, values: Mapping[str, Any], relative: Mapping[str, str]) -> str:
    """Return the text of the file: a comment and a line for each setting, commented out if it has no value. `relative`
    holds paths to keep unchanged; the others are computed."""
    lines = [HEAD]
    beside = dict(relative)
    for name in STORED:
        value = values.get(name)
        unset = value is None or value == ""
        lines += [f"# {Settings.__dataclass_fields__[name].metadata['help']}"]
        lines += [f"# {name} =" if unset else f"{name} = {_literal(value)}", ""]
        if isinstance(value, Path) and name not in beside and _share_parent(warehouse, value):
            beside[name] = os.path.relpath(value, warehouse)
    if beside:
        lines += [f"{RELATIVE_HEAD}[{RELATIVE}]", *(f"{n} = {_literal(beside[n])}" for n in STORED if n in beside), ""]
    return "\n".join(lines)


def _share_parent(warehouse: Path, path: Path) -> bool:
    """Return whether both could be moved together: they share more than the root."""
    common = Path(os.path.commonpath([warehouse, path]))
    return common != Path(common.anchor)


def _literal(value: Any) -> str:
    """Return a value as TOML. A JSON string is a basic TOML string except for DEL, which TOML wants escaped."""
    if isinstance(value, bool | int):
        return json.dumps(value)
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def _content(file: Path) -> dict[str, Any] | None:
    """Return the file as TOML, or None if there is none."""
    if not is_there(file):
        return None
    try:
        if not file.is_file():
            raise SettingError(f"{file}: is not a regular file; move it away and give the settings once more as flags")
        return tomllib.loads(file.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise SettingError(f"{file}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        # Besides errors of syntax and encoding: numbers with too many digits for int(), arrays nested too deep.
        known = isinstance(error, tomllib.TOMLDecodeError | UnicodeDecodeError)
        why = f"is not TOML: {error}" if known else "cannot be read: nested too deep, or a number has too many digits"
        raise SettingError(
            f"{file}: {why}; correct it, or move it away and give the settings again as flags, once"
        ) from None


def _stored(file: Path, content: Mapping[str, Any]) -> Stored:
    """Return the content with every value checked. Raises SettingError."""
    relative = content.get(RELATIVE, {})
    if not isinstance(relative, dict) or not all(isinstance(value, str) for value in relative.values()):
        raise SettingError(f"{file}: [{RELATIVE}] contains a value that is not a path; delete it")
    values: dict[str, Any] = {}
    moved = set()
    for name, value in content.items():
        if name == RELATIVE:
            continue
        if name not in STORED:
            raise SettingError(f"{file}: {_unknown_key_reason(name)}; delete the line")
        try:
            values[name] = _parsed(name, _text(name, value, file.parent))
            there = absolute(file.parent / relative[name]) if name in relative and is_path(name) else None
        except ValueError as error:
            raise SettingError(f"{file}: {name} = {value!r}: {error}; correct it: {set_command(name, file)}") from None
        if there is not None and not is_there(values[name]) and is_there(there):
            values[name] = there
            moved.add(name)
    kept = {name: path for name, path in relative.items() if name in values and name not in moved}
    return Stored(file, True, values, kept, frozenset(moved))


def _parsed(name: str, text: str) -> Any:
    """Return the value of a setting from the file, which never names a model's folder. Raises ValueError."""
    if is_model(name) and model_files.is_unnamed(text):
        return text
    value = parse(name, text)
    if is_model(name) and model_files.folder_of(value) is not None:
        raise ValueError(f"the folder of a model is set with {flag(name)} or {variable(name)}, never in this file")
    return value


def _unknown_key_reason(name: str) -> str:
    """Return why a key does not belong in the file."""
    if name not in DEFAULTS:
        return f"there is no setting {name!r}"
    if scope(name) == RUN:
        return f"{name!r} applies to one run and is never stored (use the flag {flag(name)})"
    return f"{name!r} depends on the machine and is never stored (use the flag {flag(name)})"


def _text(name: str, value: Any, folder: Path) -> str:
    """Return a TOML value as the text of a flag; relative paths start from the warehouse folder."""
    default = DEFAULTS[name]
    if isinstance(value, bool):
        fits = isinstance(default, bool)
    elif isinstance(value, int):
        fits = isinstance(default, int) and not isinstance(default, bool)
    else:
        fits = isinstance(value, str)
    if not fits:
        raise ValueError("write it in quotation marks" if not isinstance(default, bool) else "not true or false")
    text = str(value)
    return str(folder / text) if is_path(name) and text and not text.startswith("~") else text


def set_command(name: str, file: Path, value: str = "VALUE") -> str:
    """Return the command that sets a stored setting, for messages."""
    return f"onrecord config set {name} {shlex.quote(value)} --warehouse {shlex.quote(str(file.parent))}"
