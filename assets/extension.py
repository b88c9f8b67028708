"""The operator's module with further checks and assets: find, import and register it.

Imports no Dagster. Only a flag or the environment names the module: a warehouse is data, and never names code to
run.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

from assets.settings import SettingError, Settings, flag, variable
from expectations.check_runner import register_extension
from expectations.extension import Extension, ExtensionError
from warehouse.text import one_line

# Name of the Extension object in the module.
NAME = "extension"


def load(settings: Settings) -> Extension:
    """Return the extension of these settings, and register its checks in this process; an empty one if none is named.
    Raises SettingError."""
    found = _extension(settings.extension, settings.warehouse) if settings.extension else Extension()
    try:
        register_extension(found)
    except ExtensionError as error:
        raise SettingError(_error(settings.extension, error)) from None
    return found


@cache
def _extension(name: str, warehouse: Path) -> Extension:
    try:
        found = getattr(_module(name, warehouse), NAME, None)
    except SettingError:
        raise
    except Exception as error:  # the operator's code may raise anything
        raise SettingError(_error(name, error)) from error
    if not isinstance(found, Extension):
        raise SettingError(_error(name, f"has no `{NAME} = Extension(...)` (docs/extending.md)"))
    return found


def _module(name: str, warehouse: Path) -> ModuleType:
    if not name.endswith(".py"):
        module = importlib.import_module(name)
        _outside(name, Path(module.__file__ or os.devnull), warehouse)
        return module
    file = Path(name)
    _outside(name, file, warehouse)
    # Two files with the same name are two modules.
    unique = f"onrecord_extension_{hashlib.sha256(name.encode()).hexdigest()[:16]}"
    spec = importlib.util.spec_from_file_location(unique, file)
    if spec is None or spec.loader is None or not file.is_file():
        raise SettingError(_error(name, "there is no such file"))
    module = importlib.util.module_from_spec(spec)
    sys.modules[unique] = module
    spec.loader.exec_module(module)
    return module


def _outside(name: str, file: Path, warehouse: Path) -> None:
    if Path(os.path.realpath(file)).is_relative_to(os.path.realpath(warehouse)):
        raise SettingError(_error(name, "is inside the warehouse, which may hold data only; move it"))


def _error(name: str, why: object) -> str:
    reason = one_line(why) if isinstance(why, BaseException) else str(why)
    return f"{flag('extension')} {name} ({variable('extension')}): {reason}"
