"""Small PDF and Word files, made from code."""

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence

from fpdf import FPDF

type Placed = tuple[float, float, str]

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def pdf(pages: Iterable[Sequence[Placed]], password: str | None = None, size: float = 10) -> bytes:
    """Pages of lines, each with its place in millimetres from the left and the top."""
    document = FPDF()
    document.set_creation_date(datetime.datetime(2024, 5, 16, tzinfo=datetime.UTC))
    if password:
        document.set_encryption(owner_password="owner", user_password=password)
    document.set_font("Helvetica", size=size)
    for page in pages:
        document.add_page()
        for left, top, words in page:
            document.text(left, top, words)
    return bytes(document.output())


def column(left: float, top: float, *lines: str) -> list[Placed]:
    """Lines below one another, 5 mm apart."""
    return [(left, top + 5 * number, words) for number, words in enumerate(lines)]


def many_pages(count: int) -> bytes:
    """A PDF that says it has so many pages, in some hundred bytes a page."""
    kids = " ".join(f"{number} 0 R" for number in range(3, 3 + count))
    objects = ["<</Type/Catalog/Pages 2 0 R>>", f"<</Type/Pages/Count {count}/Kids[{kids}]>>"]
    objects += ["<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"] * count
    out = io.BytesIO(b"%PDF-1.4\n")
    out.seek(0, io.SEEK_END)
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(out.tell())
        out.write(f"{number} 0 obj{content}endobj\n".encode())
    start = out.tell()
    out.write(f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode())
    out.write("".join(f"{place:010d} 00000 n \n" for place in places).encode())
    out.write(f"trailer<</Size {len(objects) + 1}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF".encode())
    return out.getvalue()


def docx(body: str, parts: Mapping[str, str] | None = None) -> bytes:
    """A Word file with this content of `w:body`; `parts` replace or add files in it."""
    office = f"{RELATIONS}/officeDocument"
    files = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="r1" Type="{office}" Target="word/document.xml"/></Relationships>',
        "word/document.xml": f'<w:document xmlns:w="{WORD}" xmlns:r="{RELATIONS}"><w:body>{body}</w:body></w:document>',
        **(parts or {}),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def paragraph(*runs: str) -> str:
    """A paragraph of runs, which are words or markup of their own."""
    words = (run if run[0] == "<" else f'<w:r><w:t xml:space="preserve">{run}</w:t></w:r>' for run in runs)
    return f"<w:p>{''.join(words)}</w:p>"
