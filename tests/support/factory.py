"""A small filled store that follows the contract: three articles, every table, every check passed.

The texts hold code points outside the basic plane and combining marks before most spans, so that offsets that do not
count code points are wrong.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import polars as pl

from assets.settings import Settings
from pipeline.contract import BY_NAME, LEDGER, STORED, ids
from pipeline.contract.schema import frame
from warehouse import files, migration
from warehouse.ledger import TableDelta
from warehouse.sql import transaction
from warehouse.store import Store
from warehouse.writes import insert

type Row = dict[str, Any]
type Rows = dict[str, list[Row]]

AS_OF = date(2026, 11, 22)


@dataclass(frozen=True, slots=True)
class Words:
    """Words of a text and which of their occurrences is meant, from 0."""

    text: str
    nth: int = 0

    def span(self, text: str) -> tuple[int, int]:
        """Return their span. Raise ValueError if they are not in the text."""
        at = -1
        for _ in range(self.nth + 1):
            at = text.index(self.text, at + 1)
        return at, at + len(self.text)


@dataclass(frozen=True, slots=True)
class Article:
    """The content of a test article: `edits` as (original, replacement, rule); `mentions` as (words, label, chain,
    resolution); `quotes` and `dates` as the contract's columns, spans given by their words."""

    source: str
    raw: str
    edits: tuple[tuple[str, str, str], ...]
    sentences: tuple[tuple[str, str], ...]
    mentions: tuple[tuple[Words, str, int, str], ...]
    quotes: tuple[Mapping[str, Any], ...]
    dates: tuple[Mapping[str, Any], ...]
    document: Mapping[str, Any]


HARBOUR_RAW = (
    "Harbour opens again\n\nPORTVILLE, 14 March 2026 (Delta News) - \U0001f6a2 The cafe\u0301  by the pier is full.\n"
    "\u201cWe open again,\u201d harbour master Ana Lume told Delta News on Friday. \u201cAnd we stay open.\u201d\n"
    "She said that the pier was safe.\n\nLeave a comment\n"
)
HARBOUR = Article(
    source="harbour.txt",
    raw=HARBOUR_RAW,
    edits=(("  by", " by", "blanks"), ("\n\nLeave a comment\n", "", "comment-form")),
    sentences=(
        ("title", "Harbour opens again"),
        ("dateline", "PORTVILLE, 14 March 2026 (Delta News) - \U0001f6a2 The cafe\u0301 by the pier is full."),
        ("body", "\u201cWe open again,\u201d harbour master Ana Lume told Delta News on Friday."),
        ("body", "\u201cAnd we stay open.\u201d"),
        ("body", "She said that the pier was safe."),
    ),
    mentions=(
        (Words("PORTVILLE"), "GPE", 0, "name"),
        (Words("Delta News"), "ORG", 1, "name"),
        (Words("Ana Lume"), "PERSON", 2, "name"),
        (Words("Delta News", 1), "ORG", 1, "name"),
        (Words("She"), "PERSON", 2, "pronoun"),
    ),
    quotes=(
        {
            "words": Words("We open again,"),
            "kind": "direct",
            "speaker": Words("harbour master Ana Lume"),
            "speaker_basis": "name",
            "speaker_chain": 2,
            "cue": Words("told"),
            "cue_class": "speech",
            "venue": Words("Delta News", 1),
            "venue_chain": 1,
            "confidence": 0.95,
        },
        {
            "words": Words("And we stay open."),
            "kind": "direct",
            "part_of": 0,
            "speaker": Words("harbour master Ana Lume"),
            "speaker_basis": "carried",
            "speaker_chain": 2,
            "cue": Words("told"),
            "cue_class": "speech",
            "confidence": 0.8,
        },
        {
            "words": Words("the pier was safe"),
            "kind": "indirect",
            "speaker": Words("She"),
            "speaker_basis": "pronoun",
            "speaker_chain": 2,
            "cue": Words("said"),
            "cue_class": "speech",
            "confidence": 0.7,
        },
    ),
    dates=(
        {
            "words": Words("14 March 2026"),
            "type": "DATE",
            "value": "2026-03-14",
            "earliest": date(2026, 3, 14),
            "latest": date(2026, 3, 14),
            "basis": "absolute",
        },
        {
            "words": Words("Friday"),
            "quote": 0,
            "relation": "when_said",
            "type": "DATE",
            "value": "2026-03-13",
            "earliest": date(2026, 3, 13),
            "latest": date(2026, 3, 13),
            "basis": "publication",
        },
    ),
    document={
        "publisher": "Delta News",
        "title": "Harbour opens again",
        "dateline": "PORTVILLE",
        "language": "en",
        "published_on": date(2026, 3, 14),
        "published_earliest": date(2026, 3, 14),
        "published_latest": date(2026, 3, 14),
        "published_basis": "stated",
        "published_text": Words("14 March 2026"),
        "licence_basis": "unknown",
    },
)
COUNCIL = Article(
    source="council.jsonl#c-7",
    raw=(
        "\U0001f3db Council of Nie\u0301 meets\r\nThe vote was set for February 30, 2026, officials said.\r\n"
        "It was moved to Monday, March 14, 2026, or to the spring of 2027. "
        "A clerk called it \u201ca long night\u201d.\r\n"
        "Licensed under CC BY 4.0"
    ),
    edits=(
        ("\r\nThe", "\nThe", "newline"),
        ("\r\nIt", "\nIt", "newline"),
        ("\r\nLicensed under CC BY 4.0", "", "footer"),
    ),
    sentences=(
        ("title", "\U0001f3db Council of Nie\u0301 meets"),
        ("body", "The vote was set for February 30, 2026, officials said."),
        ("body", "It was moved to Monday, March 14, 2026, or to the spring of 2027."),
        ("body", "A clerk called it \u201ca long night\u201d."),
    ),
    mentions=(
        (Words("Council of Nie\u0301"), "ORG", 0, "name"),
        (Words("A clerk"), "PERSON", 1, "description"),
    ),
    quotes=(
        {
            "words": Words("The vote was set for February 30, 2026"),
            "kind": "indirect",
            "speaker": None,
            "speaker_basis": "none",
            "cue": Words("said"),
            "cue_class": "speech",
            "confidence": 0.6,
        },
        {
            "words": Words("a long night"),
            "kind": "mixed",
            "speaker": Words("A clerk"),
            "speaker_basis": "description",
            "speaker_chain": 1,
            "cue": Words("called"),
            "cue_class": "attitude",
            "confidence": 0.6,
        },
    ),
    dates=(
        {
            "words": Words("February 30, 2026"),
            "quote": 0,
            "relation": "inside",
            "type": "DATE",
            "value": None,
            "basis": "unresolved",
            "problem": "impossible-date",
        },
        {
            "words": Words("Monday, March 14, 2026"),
            "type": "DATE",
            "value": "2026-03-14",
            "earliest": date(2026, 3, 14),
            "latest": date(2026, 3, 14),
            "basis": "absolute",
            "problem": "weekday-mismatch",
        },
        {
            "words": Words("the spring of 2027"),
            "type": "DATE",
            "value": "2027-SP",
            "mod": "APPROX",
            "earliest": date(2027, 3, 1),
            "latest": date(2027, 5, 31),
            "basis": "absolute",
        },
    ),
    document={
        "url": "https://council.example/7",
        "title": "Council of Nie\u0301 meets",
        "language": "en",
        "published_basis": "unknown",
        "licence": "CC-BY-4.0",
        "licence_basis": "stated",
        "licence_words": Words("Licensed under CC BY 4.0"),
    },
)
REPRINT = replace(HARBOUR, source="reprint.txt")
ARTICLES = (HARBOUR, COUNCIL, REPRINT)


def document_id(article: Article) -> str:
    """Return the article's id in the store."""
    return ids.document_id(article.source)


def _span(prefix: str, words: Words | None, text: str) -> Row:
    start, end = (None, None) if words is None else words.span(text)
    return {f"{prefix}_start": start, f"{prefix}_end": end}


def rows_of(article: Article) -> Rows:
    """Return the article's rows in every table of single articles, with every stored column."""
    document, raw = document_id(article), article.raw
    edits: list[Row] = []
    text, done = "", 0
    for position, (original, replacement, rule) in enumerate(article.edits):
        start = raw.index(original, done)
        end = start + len(original)
        while original and replacement and original[-1] == replacement[-1]:
            original, replacement, end = original[:-1], replacement[:-1], end - 1
        while original and replacement and original[0] == replacement[0]:
            original, replacement, start = original[1:], replacement[1:], start + 1
        edits.append(
            {
                "document_id": document,
                "position": position,
                "raw_start": start,
                "raw_end": end,
                "original": original,
                "replacement": replacement,
                "rule": rule,
            }
        )
        text += raw[done:start] + replacement
        done = end
    text += raw[done:]

    sentences: list[Row] = []
    for role, words in article.sentences:
        start = text.index(words, sentences[-1]["end"] if sentences else 0)
        end = start + len(words)
        name = ids.sentence_id(document, start, end)
        place: Row = {"document_id": document, "position": len(sentences), "role": role, "start": start, "end": end}
        sentences.append({"sentence_id": name, **place, "text": words})

    def sentence_at(offset: int) -> str:
        return str(next(s["sentence_id"] for s in sentences if s["start"] <= offset < s["end"]))

    def base(words: Words) -> Row:
        start, end = words.span(text)
        return {
            "document_id": document,
            "sentence_id": sentence_at(start),
            "start": start,
            "end": end,
            "text": text[start:end],
        }

    mentions = [
        {"label": label, "chain": chain, "resolution": resolution, "confidence": 1.0, **base(words)}
        for words, label, chain, resolution in article.mentions
    ]
    for row in mentions:
        row["mention_id"] = ids.mention_id(document, row["start"], row["end"])
    names = ids.quote_ids(document, [(str(q["kind"]), q["words"].text) for q in article.quotes])
    quotes = [
        {
            **base(quote["words"]),
            "quote_id": name,
            "kind": quote["kind"],
            "part_of": None if quote.get("part_of") is None else names[quote["part_of"]],
            **{
                key: value
                for part in ("speaker", "cue", "venue")
                for key, value in {
                    part: quote[part].text if quote.get(part) else None,
                    **_span(part, quote.get(part), text),
                }.items()
            },
            **{
                key: quote.get(key)
                for key in (
                    *("speaker_basis", "speaker_chain", "speaker_role", "speaker_role_basis"),
                    *("cue_class", "venue_chain", "confidence"),
                )
            },
            "class": "attitude" if quote.get("cue_class") == "attitude" else "statement",
        }
        for name, quote in zip(names, article.quotes, strict=True)
    ]
    dates = [
        {
            **base(each["words"]),
            "quote_id": None if each.get("quote") is None else names[each["quote"]],
            **{
                key: each.get(key)
                for key in ("relation", "type", "value", "mod", "earliest", "latest", "basis", "problem")
            },
        }
        for each in article.dates
    ]
    for row in dates:
        row["date_id"] = ids.date_id(document, row["start"], row["end"])
    said_days = [
        {
            **{key: row[key] for key in ("quote_id", "document_id", "date_id", "earliest", "latest")},
            "basis": "stated",
            "confidence": 0.95,
        }
        for row in dates
        if row["relation"] == "when_said"
    ]
    tokens = [m.span() for m in re.finditer(r"\w+|[^\w\s]", text)]
    digest = hashlib.sha256(raw.encode()).hexdigest()
    facts = dict(article.document)
    published, licensed = facts.pop("published_text", None), facts.pop("licence_words", None)
    return {
        "raws": [
            {
                **dict.fromkeys(c.name for c in BY_NAME["raws"].stored),
                "origin": article.source,
                "path": article.source.partition("#")[0],
                "document_id": document,
                "source": article.source,
                "url": facts.get("url"),
                "content_sha256": digest,
                "record_sha256": digest,
                "encoding": "utf-8",
                "bytes": len(raw.encode()),
                "extractor": "text",
                "extractor_version": "1",
                "standing": True,
                "text": raw,
            }
        ],
        "documents": [
            {
                **dict.fromkeys(c.name for c in BY_NAME["documents"].stored),
                **facts,
                "document_id": document,
                "source": article.source,
                "content_sha256": digest,
                "encoding": "utf-8",
                "published_text": published.text if published else None,
                **_span("raw_published", published, raw),
                **_span("raw_licence", licensed, raw),
                "characters": len(text),
                "words": len(text.split()),
                "text": text,
            }
        ],
        "edits": edits,
        "sentences": sentences,
        "parses": [
            {
                "document_id": document,
                "token_start": [s for s, _ in tokens],
                "token_end": [e for _, e in tokens],
                "head": list(range(len(tokens))),
                "dep": ["ROOT"] * len(tokens),
                "tag": ["NN"] * len(tokens),
                "entity_start": [row["start"] for row in mentions if row["resolution"] == "name"],
                "entity_end": [row["end"] for row in mentions if row["resolution"] == "name"],
                "entity_label": [row["label"] for row in mentions if row["resolution"] == "name"],
            }
        ],
        "mentions": mentions,
        "quotes": quotes,
        "dates": dates,
        "said_days": said_days,
    }


def _corpus(rows: Rows, articles: Sequence[Article]) -> None:
    """Add the rows that depend on all documents: same name, same entity; same words, same statement."""
    published = {row["document_id"]: row["published_on"] for row in rows["documents"]}
    chains: dict[tuple[str, int], Row] = {}
    for row in rows["mentions"]:
        chains.setdefault((row["document_id"], row["chain"]), row)
    entities: dict[str, Row] = {}
    for (document, chain), first in chains.items():
        entity = ids.digest("entity", ids.letters(first["text"]))
        form = f"{first['label']} {first['text'].casefold()}"
        rows["resolutions"].append(
            {"document_id": document, "chain": chain, "form": form, "blocks": [], "entity_id": entity}
        )
        row = entities.setdefault(
            entity,
            {
                **dict.fromkeys(c.name for c in BY_NAME["entities"].stored),
                "entity_id": entity,
                "name": first["text"],
                "label": first["label"],
                "roles": [],
                "roles_mentions": [],
                "roles_first": [],
                "roles_last": [],
                "aliases": [],
                "aliases_mentions": [],
                "mentions": 0,
                "documents": 0,
                "first_published": published[document],
                "last_published": published[document],
            },
        )
        row["documents"] += 1
        mentions = sum(m["document_id"] == document and m["chain"] == chain for m in rows["mentions"])
        row["mentions"] += mentions
        rows["chains"].append(_chain(document, chain, first, form, mentions))
    rows["entities"] = list(entities.values())
    entity_of = {(r["document_id"], r["chain"]): r["entity_id"] for r in rows["resolutions"]}
    statements: dict[str, Row] = {}
    for quote in rows["quotes"]:
        statement = ids.digest("statement", ids.letters(quote["text"]))
        rows["utterances"].append(
            {"quote_id": quote["quote_id"], "document_id": quote["document_id"], "statement_id": statement}
        )
        row = statements.setdefault(
            statement,
            {
                "statement_id": statement,
                "text": quote["text"],
                "speaker_entity_id": entity_of.get((quote["document_id"], quote["speaker_chain"])),
                "quotes": 0,
                "documents": 0,
                "first_published_earliest": published[quote["document_id"]],
            },
        )
        row["quotes"] += 1
        row["documents"] += 1
    rows["statements"] = list(statements.values())
    first: dict[str, str] = {}
    for article in articles:
        original = first.setdefault(article.raw, document_id(article))
        if original != document_id(article):
            rows["duplicates"].append({"document_id": document_id(article), "duplicate_of": original})
    if tuple(articles) == ARTICLES:
        _days(rows)


def _days(rows: Rows) -> None:
    """Add the evidence of the articles for each other's days: an event, the bound of a day of saying, a conflict."""
    harbour, reprint = document_id(HARBOUR), document_id(REPRINT)
    dates = {(row["document_id"], row["text"]): row for row in rows["dates"]}
    day, friday = dates[harbour, "14 March 2026"], dates[reprint, "Friday"]
    rows["events"].append(
        {
            **{key: day[key] for key in ("date_id", "document_id", "start", "end")},
            **{"event": "return", "themes": [], "nouns": ["pier"], "chains": [0], "beside": [], "direction": -1},
            **{"year": 2026, "month": 3, "month_day": 14, "weekday": 5},
        }
    )
    quote = next(row for row in rows["quotes"] if row["document_id"] == harbour and row["kind"] == "indirect")
    rows["date_bounds"].append(
        {
            **{"document_id": harbour, "target": "said", "target_id": quote["quote_id"], "side": "earliest"},
            **{"day": date(2026, 3, 13), "value": None, "evidence": "utterance"},
            **{f"evidence_{key}": friday[key] for key in ("document_id", "start", "end")},
        }
    )
    entity = next(row["entity_id"] for row in rows["resolutions"] if (row["document_id"], row["chain"]) == (harbour, 2))
    rows["date_conflicts"].append(
        {
            "kind": "event",
            **{"first_id": friday["date_id"], "second_id": day["date_id"]},
            **{
                f"{side}_{key}": row[key]
                for side, row in (("first", friday), ("second", day))
                for key in ("document_id", "start", "end", "earliest", "latest")
            },
            **{"days_apart": 1, "event": "return", "entities": [entity], "statement_id": None},
        }
    )


def _chain(document: str, chain: int, first: Row, form: str, mentions: int) -> Row:
    return {
        "document_id": document,
        "chain": chain,
        "label": first["label"],
        "form": form,
        "facet": form,
        "sure": True,
        "short": False,
        "blocks": [],
        "names": [first["text"]],
        "name_mentions": [1],
        "roles": [],
        "role_mentions": [],
        "offices": [],
        "middle": "",
        "he": None,
        "she": None,
        "they": None,
        "country": None,
        "wikidata": None,
        "mentions": mentions,
    }


def rows(articles: Sequence[Article] = ARTICLES) -> Rows:
    """Return valid rows of every stored table of the contract, by its name, with two refusals and a correction."""
    out: Rows = {table.name: [] for table in STORED}
    for article in articles:
        for name, own in rows_of(article).items():
            out[name].extend(own)
    _corpus(out, articles)
    out["refusals"] = [
        {
            "source": "notes/empty.txt",
            "content_sha256": hashlib.sha256(b"").hexdigest(),
            "bytes": 0,
            "reason": "empty",
            "detail": "The file is empty.",
            "document_id": None,
            "check": None,
            "path": "notes/empty.txt",
        },
        {
            "source": "feed.jsonl#line-3",
            "content_sha256": None,
            "bytes": None,
            "reason": "broken-record",
            "detail": "Line 3 is not JSON.",
            "document_id": None,
            "check": None,
            "path": "feed.jsonl",
        },
    ]
    out["corrections"] = [
        {
            "line": 2,
            "kind": "published",
            "document_id": document_id(articles[0]),
            "target": "-",
            "value": "2026-03-14",
            "note": "The desk, from the printed edition.",
        }
    ]
    return out


def frames(filled: Rows | None = None) -> dict[str, pl.DataFrame]:
    """Return the rows as frames of the contract's stored columns."""
    filled = rows() if filled is None else filled
    return {table.name: frame(table.stored, filled[table.name]) for table in STORED}


def fill(store: Store, filled: Rows | None = None, finish: Callable[[Store], None] = lambda _: None) -> Store:
    """Put the rows into an empty store, with a ledger line per table and document, and `finish` it. A new store is a
    copy of one that this process filled with the same rows before."""
    filled = rows() if filled is None else filled
    if store.main is not None or (store.folder.exists() and any(store.folder.iterdir())):
        finish(_fill(store, filled))
        return store
    os.umask(umask := os.umask(0o077))  # modes of files are copied, too
    made = f"{migration.shape_digest()} {umask} {finish.__module__}.{finish.__qualname__} {filled!r}"
    template = Store(templates() / hashlib.sha256(made.encode()).hexdigest())
    if not template.folder.exists():
        finish(_fill(template, filled))
    return copy(template, store)


def copy(template: Store, store: Store) -> Store:
    """Copy a closed store to a new folder, as if onrecord had written it there."""
    files.make_private_folder(store.folder)
    shutil.copytree(template.folder, store.folder, symlinks=True, dirs_exist_ok=True)
    for part in (store, *store.parts):
        part._record_stamp()
    return store


@cache
def templates() -> Path:
    """Return the folder of stores to copy; it is deleted when this process ends."""
    folder = Path(tempfile.mkdtemp(prefix="onrecord-templates-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _fill(store: Store, filled: Rows) -> Store:
    with store.open() as connection, transaction(connection):
        for name, content in frames(filled).items():
            insert(connection, BY_NAME[name], content)
        insert(connection, LEDGER, frame(LEDGER.stored, _ledger(filled)))
    return store


def _ledger(filled: Rows) -> Iterable[Row]:
    for stage in ("raws", "documents", "sentences", "parses", "mentions", "quotes", "dates", "events"):
        for row in filled["documents"]:
            made = hashlib.sha256(f"{stage} {row['content_sha256']}".encode()).hexdigest()
            yield {"stage": stage, "document_id": row["document_id"], "fingerprint": made}
    for stage in ("resolutions", "utterances", "duplicates", "date_bounds"):
        yield {"stage": stage, "document_id": "*", "fingerprint": hashlib.sha256(stage.encode()).hexdigest()}


def filled_store(folder: Path) -> Store:
    """Return a store of the three articles in that folder."""
    return fill(Store(folder))


def apply(connection: duckdb.DuckDBPyConnection, deltas: Mapping[str, TableDelta]) -> None:
    """Change stored tables as corpus-wide stages say; `deltas` by table."""
    for name, delta in deltas.items():
        where = "true"
        if delta.removed is not None:
            connection.register("going", delta.removed.to_arrow())
            columns = ", ".join(delta.removed.columns)
            where = f"({columns}) IN (SELECT ({columns}) FROM going)"  # noqa: S608
        connection.execute(f"DELETE FROM stored.{name} WHERE {where}")  # noqa: S608
        for batch in [delta.rows] if isinstance(delta.rows, pl.DataFrame) else list(delta.rows):
            connection.register("coming", batch.to_arrow())
            connection.execute(f"INSERT INTO stored.{name} BY NAME FROM coming")


def stories(folder: Path, count: int) -> Settings:
    """Return settings for a raw folder of short articles, 00.txt and so on, and a new warehouse, both in `folder`."""
    raw = folder / "raw"
    raw.mkdir(parents=True)
    for number in range(count):
        (raw / f"{number:02}.txt").write_text(f"Story {number}.", encoding="utf-8")
    return Settings(raw=raw, warehouse=folder / "warehouse")


def store_of(connection: Any, folder: str) -> Any:
    """Return what a corpus-wide stage needs of a store of one file; its tables are in this connection."""
    return SimpleNamespace(open=lambda: nullcontext(connection), scratch=Path(folder, "scratch"), parts=(), main=None)
