"""documents, sentences, parses, mentions -> quotes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pipeline import corrections
from pipeline.chains import profiles
from pipeline.contract import ids
from pipeline.document import Document
from pipeline.mentions import Mention
from pipeline.options import Options, corrections_by_document, known_names, names_digest
from pipeline.quotes import CODE_VERSION, Utterance, quotes
from pipeline.quotes.roles import ChainRoles, roles_of_chain, speaker_role
from pipeline.rows import document, fields
from pipeline.stage import Article, Row, Rows, Rules


def run(articles: Sequence[Article], options: Options) -> Iterator[Rows]:
    """Find the quotations of each article with their speaker, cue and venue."""
    known, names = corrections_by_document(options), known_names(options)
    for article in articles:
        doc, name = article.cached(document), article["documents"][0]["document_id"]
        mentions = [
            Mention(m["start"], m["end"], m["label"], m["chain"], m["resolution"], m["confidence"])
            for m in article["mentions"]
        ]
        rows = _rows(article, doc, quotes(doc, mentions))
        rows = corrections.quotes(rows, known.get(name, ()), article["mentions"], doc.text)
        found = profiles.roles(article["mentions"], names)
        speakers = {row["speaker_chain"] for row in rows}
        roles = {chain: roles_of_chain(found.get(chain, ()), doc) for chain in speakers if chain is not None}
        yield {"quotes": [{**row, **_role(row, doc, roles)} for row in rows]}


def _role(row: Row, doc: Document, roles: Mapping[int, ChainRoles]) -> Row:
    chain, start, end = (row[name] for name in ("speaker_chain", "speaker_start", "speaker_end"))
    speaker = None if start is None else (start, end)
    found = speaker_role(roles[chain], doc, row["start"], speaker) if chain is not None else None
    role, basis = found or (None, None)
    return {"speaker_role": role, "speaker_role_basis": basis}


def _rows(article: Article, doc: Document, found: Sequence[Utterance]) -> list[Row]:
    name, text = article["documents"][0]["document_id"], doc.text
    names = ids.quote_ids(name, [(q.kind, text[q.start : q.end]) for q in found])

    def words(start: int | None, end: int | None) -> str | None:
        return None if start is None or end is None else text[start:end]

    return [
        {
            **{name: value for name, value in fields(q).items() if name != "utterance_class"},
            # A Python keyword, so no field's name.
            "class": q.utterance_class,
            "quote_id": quote_id,
            "document_id": name,
            "sentence_id": article["sentences"][doc.sentence_at(q.start)]["sentence_id"],
            "text": text[q.start : q.end],
            "part_of": None if q.part_of is None else names[q.part_of],
            "speaker": words(q.speaker_start, q.speaker_end),
            "cue": words(q.cue_start, q.cue_end),
            "venue": words(q.venue_start, q.venue_end),
        }
        for q, quote_id in zip(found, names, strict=True)
    ]


RULES = Rules(version=CODE_VERSION, run=run, key=names_digest)
