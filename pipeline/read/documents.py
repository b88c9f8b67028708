"""Read PDF and Word files, one article each, in a subprocess (`document_process`).

The extra `documents` installs the parsers: PDFium (pypdfium2) for PDF keeps the order of words in justified columns and
takes a tenth of the time of parsers in Python; mammoth for Word keeps tracked insertions and omits tracked deletions.
File properties are ignored: title and author are mostly those of a template, dates those of the file. A metadata file
can give them.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pipeline.read import document_process, html_text, limits, rows
from pipeline.read.decoding import without_surrogates
from pipeline.read.rows import Record, Refusal, refusal
from pipeline.read.source_file import OpenFile, read_whole_file, visible

INSTALL = "uv sync --extra documents"
PDF, WORD = "pypdfium2", "mammoth"
# CPU time; the wall-clock limit is ten times as long, since the machine may be busy.
MAX_SECONDS, MAX_MEMORY = 60, 2 << 30
WALL_CLOCK_FACTOR = 10
MAX_PAGES = 500


def pdf(opened: OpenFile) -> Iterator[Record | Refusal]:
    """Read `.pdf`: one article, with a form feed between pages."""
    yield from _document(opened, "pdf", PDF, lambda text: text)


def docx(opened: OpenFile) -> Iterator[Record | Refusal]:
    """Read `.docx`: one article."""
    yield from _document(opened, "docx", WORD, html_text.text)


@cache
def installed(name: str) -> str | None:
    """Return the version of a parser; None if it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _document(opened: OpenFile, kind: str, parser: str, text_of: Callable[[str], str]) -> Iterator[Record | Refusal]:
    path = opened.path
    number = installed(parser)
    if number is None:
        yield refusal(path, path, "unsupported", f"needs a reader that is not installed: {INSTALL}", size=opened.size)
        return
    data = read_whole_file(opened, limits.MAX_DOCUMENT_BYTES)
    if isinstance(data, Refusal):
        yield data
        return
    answer = _read(kind, data)
    if "text" not in answer:
        yield refusal(path, path, answer["reason"], answer["why"], data)
        return
    text = without_surrogates(text_of(answer["text"]))[0].replace("\0", "")
    if not visible(text):
        yield refusal(path, path, "no-text", "holds no text", data)
    elif len(text) > limits.MAX_BYTES:
        yield refusal(path, path, "too-large", f"has more than {limits.MAX_BYTES} characters", data)
    else:
        yield rows.record(
            path=path,
            origin=path,
            source=path,
            text=text,
            encoding="utf-8",
            size=len(data),
            extractor=parser,
            version=number,
            url=opened.beside.get("url"),
            known=opened.beside,
        )


def _read(kind: str, data: bytes) -> dict[str, str]:
    """Return the answer of the subprocess: `text`, or `reason` and `why`."""
    bounds = (MAX_PAGES, limits.MAX_BYTES, MAX_MEMORY, MAX_SECONDS)
    command = [sys.executable, "-I", str(Path(document_process.__file__)), kind, *map(str, bounds)]
    slow = {"reason": "too-large", "why": f"takes more than {MAX_SECONDS} seconds to read"}
    try:
        done = subprocess.run(
            command, input=data, capture_output=True, timeout=WALL_CLOCK_FACTOR * MAX_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return slow
    if done.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        return slow
    try:
        answer: dict[str, str] = json.loads(done.stdout)
    except ValueError:
        return {"reason": "broken-record", "why": f"crashed its parser (status {done.returncode})"}
    return answer
