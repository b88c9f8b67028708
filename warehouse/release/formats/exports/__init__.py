"""Exports of a release in other formats: the folder `exports/`, one module a format.

Made from the released Parquet files: what these withhold is withheld here, too.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from warehouse.release.formats.exports import csv_file, follow_the_money, json_ld

FOLDER = "exports"
# File -> description, for the card and the page.
FILES = {
    csv_file.FILE: "the view `who_said_what` for spreadsheets: UTF-8 with a byte order mark, formulas made harmless",
    json_ld.QUOTATIONS_FILE: "one schema.org `Quotation` per line (JSON-LD): words, speaker, day, article",
    json_ld.ANNOTATIONS: "one W3C Web Annotation per line (JSON-LD): the quotation's position in the article's text",
    follow_the_money.FILE: "FollowTheMoney entities, one per line: persons, organisations, articles and quotations",
}


_WRITERS = {
    csv_file.FILE: csv_file.write,
    json_ld.QUOTATIONS_FILE: json_ld.write_quotations,
    json_ld.ANNOTATIONS: json_ld.write_annotations,
    follow_the_money.FILE: follow_the_money.write,
}


def write(connection: duckdb.DuckDBPyConnection, folder: Path, file: str) -> None:
    """Write one of FILES to `exports/` below a folder. `connection` has the release's tables as views."""
    place = folder / FOLDER
    place.mkdir(exist_ok=True)
    _WRITERS[file](connection, place / file)
