"""documents, sentences, parses -> mentions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.contract import ids
from pipeline.mentions import CODE_VERSION, mentions, providers
from pipeline.options import Options, known_names, names_digest
from pipeline.rows import document, fields
from pipeline.stage import Article, Rows, Rules


def run(articles: Sequence[Article], options: Options) -> Iterator[Rows]:
    """Find the names of people, places and bodies in each article, and link those of one thing."""
    reference_data = known_names(options)
    docs = providers.with_names((article.cached(document) for article in articles), options.names)
    for article, doc in zip(articles, docs, strict=True):
        name = article["documents"][0]["document_id"]
        facts = article["documents"][0]
        found = mentions(doc, reference_data, (facts["published_earliest"], facts["published_latest"]))
        rows = [
            {
                "mention_id": ids.mention_id(name, m.start, m.end),
                "document_id": name,
                "sentence_id": article["sentences"][doc.sentence_at(m.start)]["sentence_id"],
                **fields(m),
                "text": doc.text[m.start : m.end],
            }
            for m in found
        ]
        yield {"mentions": rows}


def key(options: Options) -> str:
    """Return a digest of the user's own names, and the version of the model that finds names if it is not `parses`'."""
    return "\n".join(filter(None, (names_digest(options), providers.version(options.names))))


RULES = Rules(version=CODE_VERSION, run=run, key=key)
