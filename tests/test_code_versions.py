"""A stage's code_version stands for its sources: who changes a rule raises the version, or old rows stay.

`code_versions.json` holds, for each stage, its version and the hash of its sources when that version was given.
After a change that shows in the rows raise the module's CODE_VERSION; then, or after a change that cannot show in
them, write the file anew with `python -m tests.test_code_versions`.
"""

import hashlib
import io
import json
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from assets.stages import STAGES
from pipeline import read

ROOT = Path(__file__).resolve().parent.parent
RECORD = Path(__file__).with_name("code_versions.json")


def source_hash(modules: tuple[str, ...]) -> str:
    """SHA-256 over the modules' tokens, so that comments and blank lines do not count, and over their data."""
    digest = hashlib.sha256()
    for module in sorted(modules):
        path = ROOT / module.replace(".", "/")
        found = sorted(p for p in path.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
        for file in found if path.is_dir() else [path.with_suffix(".py")]:
            data = file.read_bytes()
            digest.update(b"\0".join(tokens(data)) if file.suffix == ".py" else data)
    return digest.hexdigest()


def tokens(source: bytes) -> Iterator[bytes]:
    """The code's tokens; the same under every Python that we run on, which a syntax tree is not."""
    for token in tokenize.tokenize(io.BytesIO(source).readline):
        if token.type not in (tokenize.COMMENT, tokenize.NL):
            yield token.string.encode()


def current() -> dict[str, dict[str, str]]:
    stages = {s.name: (s.code_version, s.modules) for s in STAGES}
    stages["raws"] = (read.CODE_VERSION, ("pipeline.read",))
    return {name: {"version": v, "sources": source_hash(m)} for name, (v, m) in sorted(stages.items())}


@pytest.mark.parametrize("stage", sorted(current()))
def test_the_version_stands_for_the_sources(stage: str) -> None:
    recorded = json.loads(RECORD.read_text(encoding="utf-8"))
    assert recorded.get(stage) == current()[stage], f"{stage}: see the docstring of this file"


def test_the_record_holds_no_stage_that_is_gone() -> None:
    assert json.loads(RECORD.read_text(encoding="utf-8")).keys() == current().keys()


if __name__ == "__main__":
    RECORD.write_text(json.dumps(current(), indent=2) + "\n", encoding="utf-8")
