"""documents -> sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.contract import ids
from pipeline.options import Options
from pipeline.rows import fields
from pipeline.sentences import CODE_VERSION, split
from pipeline.stage import Rows, Rules


def run(documents: Sequence[Rows], _: Options) -> Iterator[Rows]:
    """Split each text into sentences with their roles."""
    for document in documents:
        (article,) = document["documents"]
        name, text = article["document_id"], article["text"]
        rows = [
            {
                "sentence_id": ids.sentence_id(name, s.start, s.end),
                "document_id": name,
                **fields(s),
                "text": text[s.start : s.end],
            }
            for s in split(text)
        ]
        yield {"sentences": rows}


RULES = Rules(version=CODE_VERSION, run=run)
