"""Map models' labels to ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pipeline.contract import LABELS
from pipeline.data import load
from pipeline.model_files import ModelError

# A user's own map, in the model's folder. Each line has a label, a tab, and ours or -.
LABEL_MAP_FILE = "labels.tsv"


@dataclass(frozen=True, slots=True)
class NameLabel:
    """A line of `name_labels.tsv`. `means`: our label, or several if the label does not distinguish them."""

    kind: str
    label: str
    means: tuple[str, ...]
    example: str
    source: str


@cache
def meanings(kind: str) -> Mapping[str, tuple[str, ...]]:
    """Return our labels for the labels of one kind: `label` in small letters with blanks for marks, `prompt` as sent to
    a model."""
    return {line.label: line.means for line in load("name_labels.tsv", NameLabel) if line.kind == kind}


def mapped(labels: Iterable[str], what: str, folder: Path | None = None) -> dict[str, tuple[str, ...]]:
    """Return our labels for each of a model's. Of several of ours, keep those that no other label of the model means
    alone. Raises ModelError, which names every unknown label."""
    own = {} if folder is None else _own(folder / LABEL_MAP_FILE, what)
    found: dict[str, tuple[str, ...]] = {}
    unknown = []
    for label in labels:
        if label in own:
            found[label] = own[label]
        elif (means := meanings("label").get(_plain(label))) is not None:
            found[label] = means
        else:
            unknown.append(label)
    if unknown:
        where = (
            ""
            if folder is None
            else f"; map them in {folder / LABEL_MAP_FILE}, one line each: a label, a tab, and one of ours or -"
        )
        raise ModelError(f"{what}: no mapping for the model's labels {', '.join(sorted(unknown))}{where}")
    single = {means[0] for means in found.values() if len(means) == 1}
    return {
        label: (tuple(m for m in means if m not in single) or means) if len(means) > 1 else means
        for label, means in found.items()
    }


def _plain(label: str) -> str:
    return " ".join(label.casefold().replace("_", " ").replace("-", " ").split())


def _own(file: Path, what: str) -> dict[str, tuple[str, ...]]:
    """Read the user's map. Raises ModelError with the line's number."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"{what}: {file} cannot be read: {error}") from None
    found: dict[str, tuple[str, ...]] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        label, _, means = (part.strip() for part in line.partition("\t"))
        if means != "-" and means not in LABELS:
            raise ModelError(f"{what}: {file}, line {number}: not a label, a tab, and one of {', '.join(LABELS)} or -")
        found[label] = () if means == "-" else (means,)
    return found
