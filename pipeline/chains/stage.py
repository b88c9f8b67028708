"""mentions -> chains."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.chains.profiles import CODE_VERSION, chains
from pipeline.contract import CHAINS
from pipeline.options import Options, known_names, names_digest
from pipeline.stage import Article, Row, Rows, Rules


def run(articles: Sequence[Article], options: Options) -> Iterator[Rows]:
    """Summarise what each article says about each person, place and body that it names."""
    reference_data = known_names(options)
    columns = [column.name for column in CHAINS.stored]
    for article in articles:
        found: list[Row] = []
        if article["mentions"]:
            profiles = chains(article["mentions"][0]["document_id"], article["mentions"], reference_data)
            found = [{column: getattr(profile, column) for column in columns} for profile in profiles]
        yield {"chains": found}


RULES = Rules(version=CODE_VERSION, run=run, key=names_digest)
