"""Extract the text of a PDF or the HTML of a Word file in a subprocess: `python -I document_process.py KIND LIMITS`.

Reads the file from standard input and writes one JSON object to standard output: `text`, or `reason` and `why`. A file
that crashes a parser, needs too much memory or takes too long ends only this process. The module imports only the
standard library and the parser.

A PDF gives the positions of characters, not their structure. PDFium returns them in drawing order, with line ends.
This module splits lines that run across columns, puts them into reading order and adds a blank line between
paragraphs. Pages end with a form feed. Cleaning does the rest (hyphens, page numbers, running heads).
"""

from __future__ import annotations

import io
import json
import statistics
import sys
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

# The text parts of a Word file are XML; pictures and fonts are never unpacked.
XML_SUFFIXES = (".xml", ".rels")
# Characters: 100 times a long article, in XML of ten times its length.
MAX_XML = 100_000_000
MAX_PARTS = 5_000
# Encrypted Word files, and those of Word 97, are OLE containers.
OLE = b"\xd0\xcf\x11\xe0"
LINE_FEED, CARRIAGE_RETURN = 0x0A, 0x0D
# In units of the font size: least gap between columns, least and most indent of a paragraph, most distance between
# lines of a column.
GUTTER, INDENT, MAX_INDENT, NEAR = 1.2, 0.8, 6.0, 3.0
# A gutter needs this many lines: blanks of justified text are rarely aligned in so many.
GUTTER_LINES = 4
# A paragraph ends at a line distance above LOOSE times the usual one, at a change of font size by this share, or at a
# line that ends a sentence and is shorter than this share of the next one.
LOOSE, OTHER_SIZE, SHORT = 1.4, 0.15, 0.85
SENTENCE_ENDS = ".!?…\"”’')"


class Refused(Exception):
    """The file has no readable text: a reason of the contract and an explanation."""

    def __init__(self, reason: str, why: str) -> None:
        super().__init__(why)
        self.reason = reason
        self.why = why


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page: characters, the left and right edge of each (points from the left), the line's height on the
    page (points from the bottom), its font size."""

    characters: str
    edges: tuple[tuple[float, float], ...]
    height: float
    size: float

    @property
    def left(self) -> float:
        return self.edges[0][0]

    @property
    def right(self) -> float:
        return self.edges[-1][1]

    def gaps(self) -> Iterator[tuple[float, float]]:
        """Yield start and end of each gap wider than GUTTER."""
        ink = [edge for ch, edge in zip(self.characters, self.edges, strict=True) if not ch.isspace()]
        for (_, end), (start, _) in pairwise(ink):
            if start - end > GUTTER * self.size:
                yield end, start

    def part(self, gap: tuple[float, float], *, right: bool) -> Line | None:
        """Return the part on one side of a gap; None if it is empty."""
        middle = sum(gap) / 2
        kept = [at for at, (start, _) in enumerate(self.edges) if (start >= middle) == right]
        text = "".join(self.characters[at] for at in kept)
        blank = len(text) - len(text.lstrip())
        kept = kept[blank : len(text.rstrip())]
        if not kept:
            return None
        characters = "".join(self.characters[at] for at in kept)
        return replace(self, characters=characters, edges=tuple(self.edges[at] for at in kept))


def pdf(data: bytes, most_pages: int, most_characters: int) -> str:
    """Return the text layer of a PDF. Raises Refused."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise Refused("unsupported", "is encrypted: a password is required") from None
        raise Refused("broken-record", "is not a readable PDF") from None
    if len(document) > most_pages:
        raise Refused("too-large", f"has {len(document)} pages, more than {most_pages}")
    pages, count, unread = [], 0, 0
    for number in range(len(document)):
        try:
            text = _page(document[number].get_textpage())
        except pypdfium2.PdfiumError:
            unread += 1
            continue
        count += len(text)
        if count > most_characters:
            raise Refused("too-large", f"has more than {most_characters} characters")
        pages.append(text)
    if len(document) and unread == len(document):
        raise Refused("broken-record", "has no page that can be read")
    if not "".join(pages).strip():
        why = f"is a scan: {len(document)} pages without a text layer; recognize its text first (OCR)"
        raise Refused("no-text", why)
    return "\f".join(pages)


def _page(page: Any) -> str:
    return "".join(_joined(_in_columns(list(_lines(page)))))


def _lines(page: Any) -> Iterator[Line]:
    """Yield the lines of a page in drawing order."""
    from pypdfium2 import raw

    characters: list[str] = []
    edges: list[tuple[float, float]] = []
    sizes: list[float] = []
    bottom: list[float] = []

    def line() -> Iterator[Line]:
        text = "".join(characters)
        blank, end = len(text) - len(text.lstrip()), len(text.rstrip())
        if blank < end:
            yield Line(text[blank:end], tuple(edges[blank:end]), min(bottom[blank:end]), max(sizes[blank:end]))
        for kept in (characters, edges, sizes, bottom):
            kept.clear()

    for index in range(page.count_chars()):
        code = raw.FPDFText_GetUnicode(page, index)
        hyphen = raw.FPDFText_IsHyphen(page, index) == 1
        if code in (CARRIAGE_RETURN, LINE_FEED):
            yield from line()
            continue
        character = "-" if hyphen else chr(code)
        if not hyphen and not character.isprintable() and not character.isspace():
            # A glyph without a character, or a lone surrogate.
            continue
        left, low, right, _ = page.get_charbox(index)
        characters.append(" " if character.isspace() else character)
        edges.append((left, right))
        bottom.append(low)
        sizes.append(raw.FPDFText_GetFontSize(page, index) or 1.0)
        if hyphen:
            # PDFium joins words hyphenated at a line end.
            yield from line()
    yield from line()


def _in_columns(lines: Sequence[Line]) -> list[Line]:
    """Split lines that run across columns; the left column comes before the right one."""
    out: list[Line] = []
    at = 0
    while at < len(lines):
        found = next(filter(None, (_run(lines, at, gap) for gap in lines[at].gaps())), None)
        if found is None:
            out.append(lines[at])
            at += 1
            continue
        end, gap = found
        run = lines[at:end]
        out += [part for line in run if (part := line.part(gap, right=False))]
        out += _in_columns([part for line in run if (part := line.part(gap, right=True))])
        at = end
    return out


def _run(lines: Sequence[Line], start: int, gap: tuple[float, float]) -> tuple[int, tuple[float, float]] | None:
    """Return the end of the lines that share a gutter, and the gutter; None if too few share it."""
    shared = 1
    end = start + 1
    while end < len(lines):
        line, above = lines[end], lines[end - 1]
        if not 0 < above.height - line.height < NEAR * max(line.size, above.size):
            break
        beside = line.right <= gap[1] or line.left >= gap[0]
        narrowed = next(
            (both for left, right in line.gaps() if (both := (max(gap[0], left), min(gap[1], right)))[1] - both[0] > 0),
            None,
        )
        if narrowed is None and not beside:
            break
        if narrowed is not None and narrowed[1] - narrowed[0] > line.size / 2:
            gap = narrowed
            shared += 1
        end += 1
    return (end, gap) if shared >= GUTTER_LINES else None


def _joined(lines: Sequence[Line]) -> Iterator[str]:
    """Yield the text of the lines, with a line end between lines and a blank line between paragraphs."""
    distances = [a.height - b.height for a, b in pairwise(lines) if 0 < a.height - b.height < 100]
    usual = statistics.median(distances) if distances else 0.0
    for at, line in enumerate(lines):
        if at:
            yield "\n\n" if _parted(lines[at - 1], line, usual) else "\n"
        yield line.characters


def _parted(above: Line, below: Line, usual: float) -> bool:
    """Whether a paragraph ends between two lines."""
    distance = above.height - below.height
    ended = above.characters[-1] in SENTENCE_ENDS
    if abs(above.size - below.size) > OTHER_SIZE * max(above.size, below.size) or distance > LOOSE * usual:
        return True
    if distance <= 0:
        # The next column: its first line may continue the sentence.
        return ended
    indented = INDENT * below.size < below.left - above.left < MAX_INDENT * below.size
    short = above.right - above.left < SHORT * (below.right - above.left)
    return ended and (indented or short)


def docx(data: bytes) -> str:
    """Return the HTML of a Word file, with tracked insertions, without tracked deletions, comments and pictures. Raises
    Refused."""
    import mammoth

    if data.startswith(OLE):
        raise Refused("unsupported", "is encrypted, or a file of Word 97: save it as .docx without a password")
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        parts = [part for part in archive.infolist() if part.filename.endswith(XML_SUFFIXES)]
        if len(archive.infolist()) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_XML:
            raise Refused("too-large", "decompresses to far more data than a text has")
        for part in parts:
            # Word declares no entities. Remove NULs, so that UTF-16 cannot hide a declaration.
            if b"<!DOCTYPE" in archive.read(part).replace(b"\0", b""):
                raise Refused("broken-record", f"declares entities in {part.filename[:100]}")
        pictures = mammoth.images.img_element(lambda _: {"src": ""})
        return str(mammoth.convert_to_html(io.BytesIO(data), convert_image=pictures).value)
    except (zipfile.BadZipFile, KeyError, OSError, ValueError, NotImplementedError):
        raise Refused("broken-record", "is not a readable Word file") from None


def main() -> None:
    """Parse standard input within the limits: pages, characters, bytes of memory, seconds of processing."""
    kind = sys.argv[1]
    pages, characters, memory, seconds = map(int, sys.argv[2:6])
    try:
        import resource
    except ImportError:  # Windows has no such limits; the caller's timeout remains
        pass
    else:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    data = sys.stdin.buffer.read()
    answer: dict[str, str]
    try:
        answer = {"text": pdf(data, pages, characters) if kind == "pdf" else docx(data)}
    except Refused as refused:
        answer = {"reason": refused.reason, "why": refused.why}
    except MemoryError:
        answer = {"reason": "too-large", "why": f"takes more than {memory >> 20} MB of memory to read"}
    except Exception as error:  # a parser fed with anything can raise anything
        answer = {"reason": "broken-record", "why": f"cannot be read ({type(error).__name__})"}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
