"""Read Markdown files, one article each. The front matter (between lines of `---` at the head) is its metadata."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pipeline.read import html_text, rows
from pipeline.read.decoding import NotText, decode
from pipeline.read.records import Fields
from pipeline.read.rows import Record, Refusal, refusal
from pipeline.read.source_file import OpenFile, visible

FRONT = re.compile(r"\ufeff?---[ \t]*\r?\n((?:[^\n]*\n){0,200}?)(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)")
# `key: value`, with or without quotation marks; lists and indented lines are ignored.
PAIR = re.compile(r"([A-Za-z][\w.-]{0,40}):[ \t]+(\S[^\r\n]*)")
# markdown-it takes quadratic time on some paragraphs (only brackets: a second for 20,000 characters). Paragraphs of
# news have a thousand.
MAX_PARAGRAPH = 5_000
PARAGRAPHS = re.compile(r"\n[ \t\r]*\n")


def article(opened: OpenFile, data: bytes) -> Record | Refusal:
    """Read `.md`."""
    path = opened.path
    try:
        read = decode(data)
    except NotText as error:
        return refusal(path, path, error.reason, str(error), data)
    head = FRONT.match(read.text)
    text = _text(read.text[head.end() :] if head else read.text)
    if not visible(text):
        return refusal(path, path, "no-text", "holds no text", data)
    fields = Fields(_pairs(head[1]) if head else {})
    known = {**fields.known, "url": fields.url, **{k: value for k, value in opened.beside.items() if value}}
    return rows.record(
        path=path,
        origin=path,
        source=path,
        text=text,
        encoding=read.encoding,
        size=len(data),
        extractor="markdown",
        url=known["url"],
        known=known,
    )


def _text(content: str) -> str:
    """Return the paragraphs without Markdown syntax. A text with a paragraph above MAX_PARAGRAPH is unchanged."""
    from markdown_it import MarkdownIt

    if any(len(paragraph) > MAX_PARAGRAPH for paragraph in PARAGRAPHS.split(content)):
        return content
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    return html_text.text(parser.render(content))


def _pairs(head: str) -> Mapping[str, str]:
    found = (PAIR.match(line) for line in head.splitlines())
    return {pair[1]: pair[2].strip().strip("\"'") for pair in found if pair}
