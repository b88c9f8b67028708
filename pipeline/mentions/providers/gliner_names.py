"""Names by GLiNER, if its package is installed: `gliner:FOLDER`."""

from __future__ import annotations

import importlib
import importlib.util
import os
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pipeline.mentions.providers import labels
from pipeline.mentions.providers.source import Find, Source, Span
from pipeline.mentions.providers.windows import parts
from pipeline.model_files import ModelError, digest, read_json, refuse_pickled
from pipeline.sentences import Sentence

CONFIG = "gliner_config.json"
WEIGHTS = ("model.safetensors", "model.onnx")
# The least score of a name: GLiNER's default.
THRESHOLD = 0.5
# Characters of a part: GLiNER drops words beyond 384.
PART_CHARACTERS = 1_200
# Parts of one text that are read at once.
TOGETHER = 8


def source(which: str) -> Source:
    """Describe the model without loading it. Raises ModelError."""
    folder, what = Path(which), f"--names gliner:{which}"
    read_json(folder / CONFIG, what, "a GLiNER model has one")
    # PyTorch weights outside safetensors are pickles, and GLiNER prefers them.
    refuse_pickled(folder, what, also={".bin"})
    if not any((folder / name).is_file() for name in WEIGHTS):
        raise ModelError(f"{what}: the folder has neither {' nor '.join(WEIGHTS)}")
    if importlib.util.find_spec("gliner") is None:
        raise ModelError(f"{what}: the package gliner is not installed; docs/models.md says how to get it")
    return Source(
        f"gliner {folder.name} sha256={digest(folder)[:16]} gliner=={version('gliner')}", labels.meanings("prompt")
    )


def load(which: str) -> Find:
    """Load the model and return its finder. Takes seconds."""
    # Download nothing: a missing file is an error.
    os.environ.update({"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"})
    gliner = importlib.import_module("gliner")
    only_onnx = not (Path(which) / WEIGHTS[0]).is_file()
    arguments = {"load_onnx_model": True, "onnx_model_file": WEIGHTS[1]} if only_onnx else {}
    model: Any = gliner.GLiNER.from_pretrained(which, local_files_only=True, **arguments)
    asked = list(labels.meanings("prompt"))

    def find(text: str, sentences: Sequence[Sentence]) -> list[Span]:
        spans = list(parts(text, sentences, PART_CHARACTERS))
        out: list[Span] = []
        for first in range(0, len(spans), TOGETHER):
            some = spans[first : first + TOGETHER]
            read = model.batch_predict_entities([text[a:b] for a, b in some], asked, threshold=THRESHOLD)
            for (start, _), entities in zip(some, read, strict=True):
                out += [(start + e["start"], start + e["end"], e["label"]) for e in entities]
        return out

    return find
