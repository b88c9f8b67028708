"""Structural checks of texts: conservation, editions, spans, sentences, parses, duplicates.

DuckDB's `length` and `substr` count code points, as the contract does; `length_grapheme` and `substr_grapheme` do not.
"""

from __future__ import annotations

from expectations.sql_checks.sql_check import BuiltinSqlCheck

# Table -> (its id, the letter in the id). The SQL of this module holds only names of the contract.
TABLES_WITH_SPANS = {
    "sentences": ("sentence_id", "s"),
    "mentions": ("mention_id", "m"),
    "quotes": ("quote_id", None),
    "dates": ("date_id", "d"),
}
# What Python's str.isspace() counts as blank, for RE2, whose \s is ASCII.
BLANKS = r"[\s\x0B\x1C-\x1F\x{85}\pZ]"


def _text_at_span(table: str) -> BuiltinSqlCheck:
    return BuiltinSqlCheck(
        f"{table}_text_at_span",
        table,
        "documents.text[start:end] is the row's text.",
        f"""
        SELECT row.document_id, row.{TABLES_WITH_SPANS[table][0]}, row."start", row."end", row.text,
            substr(article.text, row."start" + 1, greatest(row."end" - row."start", 0)) AS at_span
        FROM stored.{table} AS row JOIN stored.documents AS article USING (document_id)
        WHERE substr(article.text, row."start" + 1, greatest(row."end" - row."start", 0)) IS DISTINCT FROM row.text
        """,  # noqa: S608
        scope="row",
    )


def _inside(table: str) -> BuiltinSqlCheck:
    return BuiltinSqlCheck(
        f"{table}_inside_document",
        table,
        "start is before end, and end is within the text.",
        f"""
        SELECT row.document_id, row.{TABLES_WITH_SPANS[table][0]}, row."start", row."end", article.characters
        FROM stored.{table} AS row JOIN stored.documents AS article USING (document_id)
        WHERE row."start" >= row."end" OR row."end" > article.characters
        """,  # noqa: S608
        scope="row",
    )


def _in_sentence(table: str) -> BuiltinSqlCheck:
    return BuiltinSqlCheck(
        f"{table}_start_in_sentence",
        table,
        "The row starts in the sentence given by its sentence_id.",
        f"""
        SELECT row.document_id, row.{TABLES_WITH_SPANS[table][0]}, row.sentence_id, row."start"
        FROM stored.{table} AS row JOIN stored.sentences AS sentence USING (document_id, sentence_id)
        WHERE row."start" NOT BETWEEN sentence."start" AND sentence."end" - 1
        """,  # noqa: S608
        scope="row",
    )


def _id_is_place(table: str) -> BuiltinSqlCheck:
    name, letter = TABLES_WITH_SPANS[table]
    return BuiltinSqlCheck(
        f"{table}_id_is_place",
        table,
        "The id consists of the document_id and the offsets.",
        f"""
        SELECT document_id, {name}, "start", "end" FROM stored.{table}
        WHERE {name} IS DISTINCT FROM document_id || ':{letter}' || "start" || '-' || "end"
        """,  # noqa: S608
        scope="row",
    )


_FOLLOWING = """
    lag({end}) OVER (PARTITION BY document_id ORDER BY position) AS before,
    row_number() OVER (PARTITION BY document_id ORDER BY position) - 1 AS place
"""

TEXT_CHECKS: tuple[BuiltinSqlCheck, ...] = (
    BuiltinSqlCheck(
        "raws_hash_is_of_text",
        "raws",
        "content_sha256 is the SHA-256 of the raw text.",
        "SELECT document_id, origin, content_sha256 FROM stored.raws "
        "WHERE sha256(text) IS DISTINCT FROM content_sha256",
        scope="row",
    ),
    BuiltinSqlCheck(
        "raws_all_taken_in",
        "raws",
        "Every current raw record has a document, or a failure or quarantine that explains why not.",
        """
        SELECT origin, document_id FROM stored.raws AS raw
        WHERE standing AND NOT EXISTS (FROM stored.documents AS d WHERE d.document_id = raw.document_id)
            AND NOT EXISTS (FROM stored.failures AS f WHERE f.document_id = raw.document_id)
            AND NOT EXISTS (FROM stored.quarantine AS q WHERE q.document_id = raw.document_id)
        """,
        by_shard=True,
    ),
    BuiltinSqlCheck(
        "documents_one_raw",
        "documents",
        "Exactly one raw record is the current one of each document, with the same source, address and edition.",
        """
        SELECT article.document_id, article.source, count(raw.origin) AS standing
        FROM stored.documents AS article LEFT JOIN stored.raws AS raw
            ON raw.document_id = article.document_id AND raw.standing AND raw.source = article.source
            AND raw.content_sha256 = article.content_sha256 AND raw.url IS NOT DISTINCT FROM article.url
        GROUP BY ALL HAVING count(raw.origin) <> 1
        """,
        scope="document",
    ),
    # Implements the rule of pipeline.documents.clean.apply independently, so that one mistake cannot hide in both.
    BuiltinSqlCheck(
        "documents_conservation",
        "documents",
        "The raw text with its edits applied is exactly documents.text.",
        """
        WITH spans AS (
            SELECT document_id, position, raw_start, raw_end, replacement,
                lag(raw_end, 1, 0) OVER (PARTITION BY document_id ORDER BY position) AS before
            FROM stored.edits
        ), edited AS (
            SELECT document_id, max(raw_end) AS done, string_agg(
                substr(raw.text, before + 1, greatest(raw_start - before, 0)) || replacement, '' ORDER BY position
            ) AS text
            FROM spans JOIN (FROM stored.raws WHERE standing) AS raw USING (document_id) GROUP BY document_id
        )
        SELECT article.document_id, article.source,
            length(coalesce(edited.text, '') || substr(raw.text, coalesce(edited.done, 0) + 1)) AS characters_by_edits,
            length(article.text) AS characters
        FROM stored.documents AS article JOIN (FROM stored.raws WHERE standing) AS raw USING (document_id)
            LEFT JOIN edited USING (document_id)
        WHERE coalesce(edited.text, '') || substr(raw.text, coalesce(edited.done, 0) + 1) <> article.text
        """,
        scope="document",
    ),
    BuiltinSqlCheck(
        "documents_counts",
        "documents",
        "characters equals the number of code points of the text, and words is not greater.",
        """
        SELECT document_id, characters, words, length(text) AS counted FROM stored.documents
        WHERE characters <> length(text) OR words > characters
        """,
        scope="row",
    ),
    BuiltinSqlCheck(
        "documents_duplicates_not_chained",
        "documents",
        "duplicate_of names an article that is not itself a duplicate, nor the same article.",
        """
        SELECT later.document_id, later.duplicate_of, earlier.duplicate_of AS which_repeats
        FROM stored.duplicates AS later LEFT JOIN stored.duplicates AS earlier
            ON earlier.document_id = later.duplicate_of
        WHERE earlier.document_id IS NOT NULL OR later.document_id = later.duplicate_of
        """,
    ),
    BuiltinSqlCheck(
        "edits_original_is_raw",
        "edits",
        "The raw text between raw_start and raw_end is `original`.",
        """
        SELECT edit.document_id, edit.position, edit.raw_start, edit.raw_end, edit.original,
            substr(raw.text, raw_start + 1, greatest(raw_end - raw_start, 0)) AS at_span
        FROM stored.edits AS edit JOIN (FROM stored.raws WHERE standing) AS raw USING (document_id)
        WHERE substr(raw.text, raw_start + 1, greatest(raw_end - raw_start, 0)) IS DISTINCT FROM edit.original
        """,
        scope="row",
    ),
    BuiltinSqlCheck(
        "edits_in_order",
        "edits",
        "A document's edits are numbered from 0, in the order of the raw text, and do not overlap.",
        f"""
        SELECT document_id, position, raw_start, raw_end, before
        FROM (SELECT *, {_FOLLOWING.format(end="raw_end")} FROM stored.edits)
        WHERE position <> place OR raw_start > raw_end OR raw_start < before
        """,  # noqa: S608
        scope="document",
    ),
    BuiltinSqlCheck(
        "edits_tight",
        "edits",
        "An edit changes something, and shares no first or last character with its replacement.",
        """
        SELECT document_id, position, original, replacement FROM stored.edits
        WHERE original = replacement OR (original <> '' AND replacement <> ''
            AND (left(original, 1) = left(replacement, 1) OR right(original, 1) = right(replacement, 1)))
        """,
        scope="row",
    ),
    BuiltinSqlCheck(
        "edits_add_no_letters",
        "edits",
        "A replacement contains no Latin letter or digit that the replaced text does not contain: cleaning "
        "adds no words.",
        """
        SELECT document_id, position, original, replacement, rule FROM stored.edits
        WHERE len(list_filter(regexp_extract_all(replacement, '[A-Za-z0-9]'),
            lambda letter: NOT contains(original, letter))) > 0
        """,
        scope="row",
    ),
    BuiltinSqlCheck(
        "sentences_in_order",
        "sentences",
        "A document's sentences are numbered from 0, in the order of the text, and do not overlap.",
        f"""
        SELECT document_id, sentence_id, position, "start", "end", before
        FROM (SELECT *, {_FOLLOWING.format(end='"end"')} FROM stored.sentences)
        WHERE position <> place OR "start" < before
        """,  # noqa: S608
        scope="document",
    ),
    BuiltinSqlCheck(
        "sentences_cover_text",
        "sentences",
        "Every document has sentences, and only blanks are outside them (documents with a failure excepted).",
        f"""
        SELECT * FROM (
            SELECT article.document_id, article.source,
                length(regexp_replace(article.text, '{BLANKS}', '', 'g')) AS characters,
                coalesce(covered.characters, 0) AS covered
            FROM stored.documents AS article LEFT JOIN (
                SELECT document_id, sum(length(regexp_replace(text, '{BLANKS}', '', 'g')))::BIGINT AS characters
                FROM stored.sentences GROUP BY document_id
            ) AS covered USING (document_id)
            WHERE NOT EXISTS (FROM stored.failures AS f WHERE f.document_id = article.document_id)
        ) WHERE characters <> covered
        """,  # noqa: S608
        judged="SELECT count(*) FROM stored.documents",
        scope="document",
    ),
    BuiltinSqlCheck(
        "parses_every_document",
        "parses",
        "Every document with sentences is parsed (documents with a failure excepted).",
        """
        SELECT DISTINCT document_id FROM stored.sentences AS s
        WHERE NOT EXISTS (FROM stored.parses AS p WHERE p.document_id = s.document_id)
            AND NOT EXISTS (FROM stored.failures AS f WHERE f.document_id = s.document_id)
        """,
        judged="SELECT count(*) FROM stored.documents",
        scope="document",
    ),
    BuiltinSqlCheck(
        "parses_one_each",
        "parses",
        "A document has one parse.",
        "SELECT document_id, count(*) AS times FROM stored.parses GROUP BY document_id HAVING count(*) > 1",
        scope="document",
    ),
    BuiltinSqlCheck(
        "parses_columns_of_equal_length",
        "parses",
        "All token columns of a document have one length, all entity columns another, and heads are indices of tokens.",
        """
        SELECT document_id, len(token_start) AS tokens, len(entity_start) AS entities FROM stored.parses
        WHERE len(token_end) <> len(token_start) OR len(head) <> len(token_start) OR len(dep) <> len(token_start)
            OR len(tag) <> len(token_start) OR len(entity_end) <> len(entity_start)
            OR len(entity_label) <> len(entity_start)
            OR list_min(head) < 0 OR list_max(head) >= len(token_start)
        """,
        scope="row",
    ),
    BuiltinSqlCheck(
        "parses_inside_document",
        "parses",
        "Tokens and entities are within their document, and tokens are in order.",
        """
        SELECT parse.document_id, len(token_start) AS tokens, length(article.text) AS characters
        FROM stored.parses AS parse JOIN stored.documents AS article USING (document_id)
        WHERE list_min(token_start) < 0 OR list_max(token_end) > length(article.text)
            OR list_min(entity_start) < 0 OR list_max(entity_end) > length(article.text)
            OR token_start <> list_sort(token_start)
        """,
        scope="row",
    ),
    *(_text_at_span(table) for table in TABLES_WITH_SPANS),
    *(_inside(table) for table in TABLES_WITH_SPANS),
    *(_in_sentence(table) for table in ("mentions", "quotes", "dates")),
    *(_id_is_place(table) for table in ("sentences", "mentions", "dates")),
)
