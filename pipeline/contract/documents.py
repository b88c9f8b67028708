"""The tables of the articles themselves: raws, documents, edits, refusals, sentences."""

from __future__ import annotations

from pipeline.contract.column import Column, Table
from pipeline.contract.values import (
    DAY_ORDERS,
    HEX16,
    LICENCE_BASES,
    PUBLISHED_BASES,
    REFUSAL_REASONS,
    ROLES,
    SHA256,
    document_id,
    span,
)

RAWS = Table(
    name="raws",
    grain="one record of the raw folder, as read",
    description="The raw text of every readable record, with the metadata of its file or record; standing marks the "
    "current record of each document.",
    key=("origin",),
    sort=("origin",),
    where="stored",
    columns=(
        Column(
            "origin",
            "string",
            "The position of the record: its path in the raw folder, followed by #line-N if the file has "
            "several records.",
            required=True,
            unique=True,
            example="wire/2026-03.jsonl#line-4",
        ),
        Column("path", "string", "The file's path in the raw folder.", required=True, example="wire/2026-03.jsonl"),
        Column(
            "document_id",
            "string",
            "The document_id of the article; an article can have several records (editions).",
            required=True,
            pattern=HEX16,
        ),
        Column("source", "string", "The record's own name: path, then # and its id.", required=True),
        Column("url", "string", "The article's address, where the record gives it."),
        Column("content_sha256", "string", "SHA-256 of the record's text as UTF-8.", required=True, pattern=SHA256),
        Column(
            "record_sha256",
            "string",
            "SHA-256 of the text and all metadata of the record, which documents are computed from.",
            required=True,
            pattern=SHA256,
        ),
        Column("encoding", "string", "The encoding the bytes were read in.", required=True, example="utf-8"),
        Column("bytes", "integer", "Bytes of the record.", required=True, minimum=1),
        Column("extractor", "string", "The program that extracted the text.", required=True, example="text"),
        Column("extractor_version", "string", "The reader's version.", required=True, example="1"),
        Column("known_title", "string", "The title that the record gives."),
        Column("known_author", "string", "The author that the record gives."),
        Column("known_publisher", "string", "The publisher that the record gives."),
        Column("known_published", "string", "The publication date in the record, unchanged."),
        Column("known_licence", "string", "The licence in the record, unchanged."),
        Column("known_archived", "date", "The day on which a web archive took the page (UTC)."),
        Column("known_language", "string", "The language in the record, unchanged.", example="en-GB"),
        Column(
            "known_day_order",
            "string",
            "The order of day and month in numeric dates such as 02/03/2021, if the record's own date does "
            "not show it but other dates of the file do.",
            enum=DAY_ORDERS,
        ),
        Column("standing", "boolean", "Whether this is the current record of its document.", required=True),
        Column("text", "string", "The raw text, as decoded.", required=True, prose=True),
    ),
)

DOCUMENTS = Table(
    name="documents",
    grain="one article in its current edition",
    description="The articles: their cleaned text, where they come from, when and by whom they were published, and "
    "under which licence.",
    key=("document_id",),
    sort=("document_id",),
    columns=(
        document_id(unique=True),
        Column(
            "source",
            "string",
            "The path in the raw folder, followed by # and the record's id where a file holds many.",
            required=True,
            example="wire/2026-03.jsonl#story-17",
        ),
        Column("url", "string", "The article's address, where the raw record gives it."),
        Column(
            "content_sha256",
            "string",
            "SHA-256 of the raw text as UTF-8; it identifies the edition of the article.",
            required=True,
            pattern=SHA256,
        ),
        Column("encoding", "string", "The encoding the raw bytes were read in.", required=True, example="utf-8"),
        Column("publisher", "string", "Who published the article.", example="Harbour Gazette"),
        Column("agency", "string", "The news agency credited in the article.", example="Reuters"),
        Column("author", "string", "The author, from the record or the byline."),
        Column("title", "string", "The headline."),
        Column("dateline", "string", "The place named at the head of the text.", example="TEHRAN"),
        Column("language", "string", "The language of the text (ISO 639-1).", pattern=r"[a-z]{2}", example="en"),
        Column("published_on", "date", "The day of publication, where one day is known.", example="2026-03-14"),
        Column("published_earliest", "date", "The first day on which it can have been published."),
        Column("published_latest", "date", "The last day on which it can have been published."),
        Column(
            "published_basis",
            "string",
            "How the day is known: given in the record, stated in the text, inferred from dates in the text, "
            "or unknown.",
            required=True,
            enum=PUBLISHED_BASES,
        ),
        Column(
            "published_text",
            "string",
            "The publication date as the record or the text states it; null where it is inferred.",
        ),
        Column("raw_published_start", "integer", "Where the statement or evidence starts in the raw text.", minimum=0),
        Column("raw_published_end", "integer", "Where it ends in the raw text, exclusive.", minimum=1),
        Column(
            "published_evidence",
            "strings",
            "For an inferred interval, each bound with the words that support it. Proved bounds come first; "
            "likely ones only narrow what those leave open.",
        ),
        Column("licence", "string", "The licence, as an SPDX identifier.", example="CC-BY-4.0"),
        Column(
            "licence_basis",
            "string",
            "How the licence is known: given with the record, stated in the text, or not known.",
            required=True,
            enum=LICENCE_BASES,
        ),
        Column("raw_licence_start", "integer", "Where the licence is granted in the raw text.", minimum=0),
        Column("raw_licence_end", "integer", "Where the grant ends in the raw text, exclusive.", minimum=1),
        Column(
            "duplicate_of",
            "string",
            "The earliest article that this one repeats, wholly or nearly.",
            refers_to="documents.document_id",
            where="published",
        ),
        Column("characters", "integer", "Code points in text.", required=True, minimum=1),
        Column("words", "integer", "Words in text.", required=True, minimum=0),
        Column("text", "string", "The cleaned text of the article.", required=True, prose=True),
    ),
)

EDITS = Table(
    name="edits",
    grain="one change made to a raw text on its way to documents.text",
    description="The raw text with its edits applied is exactly documents.text, so every character of the raw text is "
    "either published or in an edit.",
    key=("document_id", "position"),
    sort=("document_id", "position"),
    columns=(
        document_id(),
        Column("position", "integer", "Which edit of its document, from 0.", required=True, minimum=0),
        Column("raw_start", "integer", "Where the changed characters start in the raw text.", required=True, minimum=0),
        Column("raw_end", "integer", "Where they end in the raw text, exclusive.", required=True, minimum=0),
        Column("original", "string", "The characters before the edit.", required=True, prose=True),
        Column("replacement", "string", "The characters after it; empty where they were removed.", required=True),
        Column("rule", "string", "The cleaning rule that made it.", required=True, example="comment-form"),
    ),
)

REFUSALS = Table(
    name="refusals",
    grain="one refused file or record, with the reason",
    description="Files and records that were not taken in, each with its reason.",
    key=("source",),
    sort=("source",),
    columns=(
        Column(
            "source",
            "string",
            "The path in the raw folder, followed by #line-N where a file holds many records.",
            required=True,
            unique=True,
            example="wire/2026-03.jsonl#line-9",
        ),
        Column("content_sha256", "string", "SHA-256 of the bytes, where they could be read.", pattern=SHA256),
        Column("bytes", "integer", "Bytes of the file or record, where known.", minimum=0),
        Column("reason", "string", "Why it was refused.", required=True, enum=REFUSAL_REASONS),
        Column("detail", "string", "The reason in one line, in plain words.", required=True),
        Column(
            "document_id",
            "string",
            "The document_id of the quarantined article; null for all other reasons.",
            pattern=HEX16,
            example="9f2c4b1a7d3e8056",
        ),
        Column("check", "string", "The check that the quarantined article broke; null for every other reason."),
        Column("path", "string", "The file's path in the raw folder.", required=True, where="stored"),
    ),
)

SENTENCES = Table(
    name="sentences",
    grain="one sentence",
    description="The text cut into sentences, with what each is: headline, byline, dateline or body.",
    key=("sentence_id",),
    sort=("document_id", "position"),
    columns=(
        Column(
            "sentence_id",
            "string",
            "The sentence: its document and its place.",
            required=True,
            unique=True,
            example="9f2c4b1a7d3e8056:s0-48",
        ),
        document_id(),
        Column("position", "integer", "Which sentence of its document, from 0.", required=True, minimum=0),
        Column("role", "string", "What the sentence is.", required=True, enum=ROLES),
        *span("the sentence"),
        Column("text", "string", "The words of the sentence.", required=True, prose=True),
    ),
)
