"""A document's rows <-> the values that the stages work on.

A document's rows are a mapping from table name to its rows in the table's order, each row a mapping by column name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pipeline import corrections
from pipeline.contract import CHAINS, PARSES, ids
from pipeline.corrections import Correction
from pipeline.dates import dates as find_dates
from pipeline.document import Document
from pipeline.documents import clean, metadata
from pipeline.entities import chains as find_chains
from pipeline.mentions import Mention
from pipeline.mentions import mentions as find_mentions
from pipeline.parses import parses as parse_texts
from pipeline.quotes import Quote
from pipeline.quotes import quotes as find_quotes
from pipeline.quotes.selection import telling
from pipeline.reference import Reference, builtin
from pipeline.sentences import Sentence, split

type Row = dict[str, Any]
type Rows = Mapping[str, Sequence[Row]]

_WORD = re.compile(r"\w+")


def fields(item: Any) -> Row:
    """A dataclass's fields by name, as they are: `asdict` copies all that they hold."""
    return {name: getattr(item, name) for name in item.__dataclass_fields__}


def articles(document: Rows, corrected: Sequence[Correction] = ()) -> dict[str, list[Row]]:
    """raws -> documents, edits."""
    (raw,) = document["raws"]
    edits = clean.clean(raw["text"])
    text = clean.apply(raw["text"], edits)
    known = metadata.Known(
        title=raw["known_title"],
        author=raw["known_author"],
        publisher=raw["known_publisher"],
        published=raw["known_published"],
        licence=raw["known_licence"],
        archived=raw["known_archived"],
        url=raw["url"],
    )
    facts = metadata.facts(known, raw["text"], edits, text, split(text))
    row = {
        **{name: raw[name] for name in ("document_id", "source", "url", "content_sha256", "encoding")},
        **fields(facts),
        "characters": len(text),
        "words": sum(1 for _ in _WORD.finditer(text)),
        "text": text,
    }
    numbered = [
        {"document_id": raw["document_id"], "position": position, **fields(edit)} for position, edit in enumerate(edits)
    ]
    return {"documents": [corrections.article(row, corrected)], "edits": numbered}


def sentences(document: Rows) -> dict[str, list[Row]]:
    """documents -> sentences."""
    (article,) = document["documents"]
    text = article["text"]
    rows = [
        {
            "sentence_id": ids.sentence_id(article["document_id"], s.start, s.end),
            "document_id": article["document_id"],
            **fields(s),
            "text": text[s.start : s.end],
        }
        for s in split(text)
    ]
    return {"sentences": rows}


def parses(documents: Iterable[Rows], model: str, *, quoted: bool = False) -> Iterator[dict[str, list[Row]]]:
    """documents, sentences -> parses, for many documents at a time: the model works in batches. With `quoted`, trees
    only where quotations and dates are told."""
    documents = list(documents)
    items = ((d["documents"][0]["text"], _sentences(d)) for d in documents)
    for document, parse in zip(documents, parse_texts(items, model, telling if quoted else None), strict=True):
        starts, ends, labels = zip(*parse.entities, strict=True) if parse.entities else ((), (), ())
        row = {
            "document_id": document["documents"][0]["document_id"],
            "token_start": list(parse.start),
            "token_end": list(parse.end),
            "head": list(parse.head),
            "dep": list(parse.dep),
            "tag": list(parse.tag),
            "entity_start": list(starts),
            "entity_end": list(ends),
            "entity_label": list(labels),
        }
        assert row.keys() == {c.name for c in PARSES.columns}
        yield {"parses": [row]}


def mentions(document: Rows, known: Reference | None = None) -> dict[str, list[Row]]:
    """documents, sentences, parses -> mentions; `known` is the reference data (ours where None)."""
    (article,) = document["documents"]
    doc, name = _document(document), article["document_id"]
    found = find_mentions(doc, known)
    sentence_ids = [s["sentence_id"] for s in document["sentences"]]
    rows = [
        {
            "mention_id": ids.mention_id(name, m.start, m.end),
            "document_id": name,
            "sentence_id": sentence_ids[doc.sentence_at(m.start)],
            **fields(m),
            "text": doc.text[m.start : m.end],
        }
        for m in found
    ]
    return {"mentions": rows}


def chains(document: Rows, known: Reference | None = None) -> dict[str, list[Row]]:
    """mentions -> chains."""
    if not document["mentions"]:
        return {"chains": []}
    name = document["mentions"][0]["document_id"]
    found = find_chains(name, document["mentions"], known or builtin())
    columns = [column.name for column in CHAINS.stored]
    return {"chains": [{column: getattr(profile, column) for column in columns} for profile in found]}


def quotes(document: Rows, corrected: Sequence[Correction] = ()) -> dict[str, list[Row]]:
    """documents, sentences, parses, mentions -> quotes."""
    (article,) = document["documents"]
    text, name = article["text"], article["document_id"]
    known = [
        Mention(start=m["start"], end=m["end"], label=m["label"], chain=m["chain"], resolution=m["resolution"])
        for m in document["mentions"]
    ]
    doc = _document(document)
    found = find_quotes(doc, known)
    names = ids.quote_ids(name, [(q.kind, text[q.start : q.end]) for q in found])
    sentence_ids = [s["sentence_id"] for s in document["sentences"]]

    def words(start: int | None, end: int | None) -> str | None:
        return None if start is None or end is None else text[start:end]

    rows = [
        {
            **fields(q),
            "quote_id": quote_id,
            "document_id": name,
            "sentence_id": sentence_ids[doc.sentence_at(q.start)],
            "text": text[q.start : q.end],
            "part_of": None if q.part_of is None else names[q.part_of],
            "speaker": words(q.speaker_start, q.speaker_end),
            "cue": words(q.cue_start, q.cue_end),
            "venue": words(q.venue_start, q.venue_end),
        }
        for q, quote_id in zip(found, names, strict=True)
    ]
    return {"quotes": corrections.quotes(rows, corrected, document["mentions"], text)}


def dates(document: Rows, corrected: Sequence[Correction] = ()) -> dict[str, list[Row]]:
    """documents, sentences, parses, quotes -> dates."""
    (article,) = document["documents"]
    doc, name = _document(document), article["document_id"]
    found = find_dates(doc, _quotes(document), article["published_earliest"], article["published_latest"])
    sentence_ids = [s["sentence_id"] for s in document["sentences"]]
    rows = []
    for date in found:
        row = fields(date)
        quote = row.pop("quote")
        rows.append(
            {
                **row,
                "date_id": ids.date_id(name, date.start, date.end),
                "document_id": name,
                "sentence_id": sentence_ids[doc.sentence_at(date.start)],
                "quote_id": None if quote is None else document["quotes"][quote]["quote_id"],
                "text": doc.text[date.start : date.end],
            }
        )
    return {"dates": corrections.dates(rows, corrected)}


def _sentences(document: Rows) -> list[Sentence]:
    return [Sentence(s["position"], s["role"], s["start"], s["end"]) for s in document["sentences"]]


def _document(document: Rows) -> Document:
    """documents, sentences, parses -> what the rules read."""
    (row,) = document["parses"]
    return Document(
        start=tuple(row["token_start"]),
        end=tuple(row["token_end"]),
        head=tuple(row["head"]),
        dep=tuple(row["dep"]),
        tag=tuple(row["tag"]),
        entities=tuple(zip(row["entity_start"], row["entity_end"], row["entity_label"], strict=True)),
        text=document["documents"][0]["text"],
        sentences=tuple(_sentences(document)),
    )


def _quotes(document: Rows) -> list[Quote]:
    places = {row["quote_id"]: i for i, row in enumerate(document["quotes"])}
    fields = Quote.__dataclass_fields__.keys() - {"part_of"}
    return [
        Quote(part_of=None if row["part_of"] is None else places[row["part_of"]], **{f: row[f] for f in fields})
        for row in document["quotes"]
    ]
