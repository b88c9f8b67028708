"""Every SQL check holds on the valid store; a planted defect trips it and the checks that it declares, no others."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expectations.findings import Finding, examine
from expectations.sql_checks import BUILTIN_SQL_CHECKS, BuiltinSqlCheck, ShareThresholds
from expectations.sql_checks import dates as rules
from expectations.sql_checks.texts import BLANKS
from expectations.suites import CONTRACT_CHECKS
from pipeline.contract import INDEXES
from tests.support import factory
from warehouse import migration

STRUCTURE = [b for b in BUILTIN_SQL_CHECKS if b.thresholds is None]
WORLD = [b for b in BUILTIN_SQL_CHECKS if isinstance(b.thresholds, ShareThresholds)]
IDS = {
    "H": f"'{factory.document_id(factory.HARBOUR)}'",
    "C": f"'{factory.document_id(factory.COUNCIL)}'",
    "R": f"'{factory.document_id(factory.REPRINT)}'",
}


@dataclass(frozen=True, slots=True)
class Defect:
    """SQL that breaks a check, and the other checks that necessarily fail with it."""

    sql_check: str
    sql: Sequence[str]
    also: frozenset[str] = frozenset()


def defect(sql_check: str, *sql: str, also: str = "") -> Defect:
    return Defect(
        sql_check, [re.sub(r"@([HCR])\b", lambda m: IDS[m[1]], line) for line in sql], frozenset(also.split())
    )


def beyond_the_end(table: str, letter: str, where: str, also: str = "") -> Defect:
    """Return SQL for a row that extends ten characters beyond the end of its text, and is consistent otherwise."""
    name = f"{table.rstrip('s')}_id"
    place = "" if letter == "q" else f", {name} = document_id || ':{letter}' || \"start\" || '-' || (article.n + 10)"
    return defect(
        f"{table}_inside_document",
        f"""UPDATE stored.{table} AS row SET "end" = article.n + 10, text = substr(article.text, row."start" + 1){place}
        FROM (SELECT document_id AS d, length(text) AS n, text FROM stored.documents) AS article
        WHERE article.d = row.document_id AND {where}""",  # noqa: S608
        also=also,
    )


def rewritten(sentence: str, *rows: tuple[str, str, str, str | None]) -> list[str]:
    """Return SQL that replaces a sentence with one of as many words, in raw text and text, with its dates: words,
    value, day, problem."""
    old = "It was moved to Monday, March 14, 2026, or to the spring of 2027."
    sentence = sentence.ljust(len(old) - 1, "m") + "."
    assert (len(sentence), len(sentence.split())) == (len(old), len(old.split()))
    document = IDS["C"]
    begin = factory.rows_of(factory.COUNCIL)["documents"][0]["text"].index(old)
    lines = [
        f"UPDATE stored.{table} SET text = replace(text, '{old}', '{sentence}') WHERE document_id = {document}"  # noqa: S608
        for table in ("raws", "documents", "sentences")
    ]
    hashed = f"(SELECT sha256(text) FROM stored.raws WHERE document_id = {document})"  # noqa: S608
    lines += [
        f"UPDATE stored.{table} SET content_sha256 = {hashed} WHERE document_id = {document}"  # noqa: S608
        for table in ("raws", "documents")
    ]
    row = f"stored.dates WHERE document_id = {document} AND text = 'Monday, March 14, 2026'"
    for words, value, day, problem in rows:
        start = begin + sentence.index(words)
        lines.append(
            f"""INSERT INTO stored.dates SELECT * REPLACE ({start} AS "start", {start + len(words)} AS "end",
            '{words}' AS text, '{value}' AS value, DATE '{day}' AS earliest, DATE '{day}' AS latest,
            {f"'{problem}'" if problem else "NULL"} AS problem,
            document_id || ':d{start}-{start + len(words)}' AS date_id) FROM {row}"""  # noqa: S608
        )
    kept = ", ".join(f"'{words}'" for words, *_ in rows)
    lines.append(
        f"DELETE FROM stored.dates WHERE document_id = {document} AND text NOT IN ({kept}, 'February 30, 2026')"  # noqa: S608
    )
    return lines


RANGE = "It lasted from May 8, 2019 to May 3, 2019 as all officials hum"
KEPT = "On May 8, 2018 it was the 5th anniversary of the 2015 deal hum"
HAPPENED = "They say it took place on May 8, 2027 as all the long hum"


def ranging(problem: str | None, last: str = "2019-05-03") -> list[str]:
    return rewritten(RANGE, ("May 8, 2019", "2019-05-08", "2019-05-08", None), ("May 3, 2019", last, last, problem))


def keeping(problem: str | None) -> list[str]:
    return rewritten(KEPT, ("May 8, 2018", "2018-05-08", "2018-05-08", None), ("2015", "2015", "2015-01-01", problem))


DEFECTS = [
    defect(
        "raws_hash_is_of_text",
        "UPDATE stored.raws SET content_sha256 = repeat('0', 64) WHERE document_id = @H",
        "UPDATE stored.documents SET content_sha256 = repeat('0', 64) WHERE document_id = @H",
    ),
    defect(
        "raws_all_taken_in",
        "INSERT INTO stored.raws SELECT * REPLACE ('other.txt' AS origin, 'ffffffffffffffff' AS document_id) "
        "FROM stored.raws WHERE document_id = @H",
    ),
    defect("documents_one_raw", "UPDATE stored.documents SET url = 'https://other.example' WHERE document_id = @H"),
    defect("documents_one_raw", "UPDATE stored.documents SET source = 'other' WHERE document_id = @C"),
    defect("documents_conservation", "DELETE FROM stored.edits WHERE document_id = @H AND position = 1"),
    defect(
        "documents_conservation",
        "UPDATE stored.edits SET replacement = '\u2026' WHERE document_id = @C AND position = 2",
    ),
    defect("documents_counts", "UPDATE stored.documents SET characters = characters + 1 WHERE document_id = @H"),
    # Bytes counted instead of characters.
    defect("documents_counts", "UPDATE stored.documents SET characters = strlen(text) WHERE document_id = @C"),
    defect("documents_duplicates_not_chained", "INSERT INTO stored.duplicates VALUES (@H, @C)"),
    defect("documents_duplicates_not_chained", "INSERT INTO stored.duplicates VALUES (@C, @C)"),
    defect("edits_original_is_raw", "UPDATE stored.edits SET original = '#' WHERE document_id = @H AND position = 0"),
    defect("edits_in_order", "UPDATE stored.edits SET position = 7 WHERE document_id = @H AND position = 1"),
    defect(
        "edits_tight",
        """UPDATE stored.edits AS e SET raw_start = raw_start - 1, original = substr(r.text, raw_start, 2),
        replacement = substr(r.text, raw_start, 1)
        FROM stored.raws AS r WHERE r.document_id = e.document_id AND e.document_id = @C AND position = 0""",
    ),
    defect(
        "edits_add_no_letters",
        "UPDATE stored.edits SET replacement = '7' WHERE document_id = @C AND position = 2",
        also="documents_conservation",
    ),
    defect("sentences_in_order", "UPDATE stored.sentences SET position = 9 WHERE document_id = @H AND position = 4"),
    defect("sentences_cover_text", "DELETE FROM stored.sentences WHERE document_id = @C AND position = 3"),
    defect("sentences_cover_text", "DELETE FROM stored.sentences WHERE document_id = @C"),
    defect("parses_every_document", "DELETE FROM stored.parses WHERE document_id = @H"),
    defect("parses_one_each", "INSERT INTO stored.parses FROM stored.parses WHERE document_id = @H"),
    defect("parses_columns_of_equal_length", "UPDATE stored.parses SET tag = tag[2:] WHERE document_id = @H"),
    defect(
        "parses_columns_of_equal_length",
        "UPDATE stored.parses SET head = list_transform(head, lambda x: x + 1) WHERE document_id = @H",
    ),
    defect(
        "parses_inside_document",
        "UPDATE stored.parses SET entity_end = list_transform(entity_end, lambda x: x + 9999) WHERE document_id = @H",
    ),
    defect(
        "sentences_text_at_span",
        "UPDATE stored.sentences SET text = 'X' || substr(text, 2) WHERE document_id = @H AND position = 0",
    ),
    defect(
        "mentions_text_at_span", "UPDATE stored.mentions SET text = lower(text) WHERE document_id = @H AND chain = 1"
    ),
    defect("quotes_text_at_span", "UPDATE stored.quotes SET text = text || '.' WHERE document_id = @C"),
    defect("dates_text_at_span", "UPDATE stored.dates SET text = 'Fryday' WHERE document_id = @H AND text = 'Friday'"),
    # UTF-16 units counted: one too many after each character outside the basic plane.
    defect(
        "mentions_text_at_span",
        """UPDATE stored.mentions SET "start" = "start" + 1, "end" = "end" + 1,
        mention_id = document_id || ':m' || ("start" + 1) || '-' || ("end" + 1)
        WHERE document_id = @H AND resolution = 'pronoun'""",
        also="quotes_speaker_agrees",
    ),
    beyond_the_end("sentences", "s", "row.position = 4"),
    beyond_the_end("mentions", "m", "row.resolution = 'pronoun'", also="quotes_speaker_agrees"),
    beyond_the_end("quotes", "q", "row.kind = 'mixed'"),
    beyond_the_end("dates", "d", "row.text = 'the spring of 2027'"),
    *(
        defect(
            f"{table}_start_in_sentence",
            f"UPDATE stored.{table} AS row SET sentence_id = (SELECT min(sentence_id) FROM stored.sentences AS other "  # noqa: S608
            f"WHERE other.document_id = row.document_id AND other.sentence_id <> row.sentence_id) WHERE {where}",
        )
        for table, where in (
            ("mentions", "text = 'A clerk'"),
            ("quotes", "kind = 'mixed'"),
            ("dates", "text = 'Friday'"),
        )
    ),
    defect(
        "sentences_id_is_place",
        "UPDATE stored.sentences SET sentence_id = 'first' WHERE document_id = @H AND position = 0",
    ),
    defect("mentions_id_is_place", "UPDATE stored.mentions SET mention_id = 'first' WHERE text = 'A clerk'"),
    defect("dates_id_is_place", "UPDATE stored.dates SET date_id = 'first' WHERE text = 'the spring of 2027'"),
    defect(
        "mentions_have_entity",
        "DELETE FROM stored.resolutions WHERE document_id = @H AND chain = 0",
        also="entities_counts",
    ),
    defect("chains_one_each", "INSERT INTO stored.chains FROM stored.chains ORDER BY ALL LIMIT 1"),
    defect("entities_counts", "UPDATE stored.entities SET mentions = mentions + 1 WHERE name = 'Ana Lume'"),
    defect("entities_counts", "UPDATE stored.entities SET documents = documents + 1 WHERE name = 'Ana Lume'"),
    defect("entities_days_in_order", "UPDATE stored.entities SET last_published = DATE '2001-01-01'"),
    *(
        line
        for part in ("speaker", "cue", "venue")
        for line in (
            defect(f"quotes_{part}_at_span", f"UPDATE stored.quotes SET {part} = '#' WHERE {part} IS NOT NULL"),  # noqa: S608
            defect(f"quotes_{part}_at_span", f"UPDATE stored.quotes SET {part}_end = NULL WHERE {part} IS NOT NULL"),  # noqa: S608
        )
    ),
    defect("quotes_speaker_has_basis", "UPDATE stored.quotes SET speaker_basis = 'none' WHERE kind = 'mixed'"),
    defect("quotes_speaker_has_basis", "UPDATE stored.quotes SET speaker_basis = 'name' WHERE speaker IS NULL"),
    # Quotations resolve "she" to another person than the mentions, or to one that has no mention.
    defect(
        "quotes_speaker_agrees",
        "UPDATE stored.quotes SET speaker_chain = 0 WHERE speaker = 'She'",
    ),
    defect(
        "quotes_speaker_agrees",
        "DELETE FROM stored.mentions WHERE resolution = 'pronoun'",
        also="entities_counts",
    ),
    defect("quotes_cue_has_class", "UPDATE stored.quotes SET cue_class = NULL WHERE document_id = @H"),
    defect(
        "quotes_chains_have_entities",
        "UPDATE stored.quotes SET speaker_chain = 99 WHERE kind = 'mixed'",
        also="quotes_chains_are_known quotes_speaker_agrees",
    ),
    defect(
        "quotes_chains_are_known",
        "UPDATE stored.quotes SET venue_chain = 99 WHERE venue IS NOT NULL",
        also="quotes_chains_have_entities",
    ),
    defect("mentions_chain_is_known", "DELETE FROM stored.chains WHERE document_id = @R AND chain = 0"),
    defect("quotes_part_of_earlier", "UPDATE stored.quotes SET part_of = quote_id WHERE kind = 'mixed'"),
    defect(
        "quotes_part_of_earlier",
        "UPDATE stored.quotes SET part_of = (SELECT min(quote_id) FROM stored.quotes WHERE document_id = @H) "
        "WHERE kind = 'mixed'",
    ),
    defect(
        "quotes_have_statement",
        "DELETE FROM stored.utterances WHERE document_id = @H",
        also="statements_counts",
    ),
    defect("statements_counts", "UPDATE stored.statements SET quotes = quotes + 1 WHERE documents = 2"),
    defect("statements_counts", "UPDATE stored.statements SET documents = documents + 1 WHERE documents = 2"),
    defect("documents_published_bounds", "UPDATE stored.documents SET published_on = NULL WHERE document_id = @H"),
    defect(
        "documents_published_bounds",
        "UPDATE stored.documents SET published_latest = DATE '2026-03-13', published_on = NULL WHERE document_id = @R",
    ),
    defect("documents_published_has_basis", "UPDATE stored.documents SET published_basis = 'unknown'"),
    defect(
        "documents_published_has_basis",
        "UPDATE stored.documents SET published_basis = 'inferred' WHERE document_id = @C",
    ),
    defect("documents_published_evidence", "UPDATE stored.documents SET raw_published_end = NULL"),
    defect(
        "documents_published_evidence", "UPDATE stored.documents SET raw_published_end = 9999 WHERE document_id = @H"
    ),
    defect(
        "documents_published_evidence", "UPDATE stored.documents SET published_text = 'then' WHERE document_id = @H"
    ),
    defect("documents_licence_evidence", "UPDATE stored.documents SET licence = 'MIT' WHERE document_id = @H"),
    defect(
        "documents_licence_evidence", "UPDATE stored.documents SET raw_licence_start = 9998, raw_licence_end = 9999"
    ),
    defect(
        "quotes_said_in_order",
        "UPDATE stored.said_days SET earliest = DATE '2027-01-01'",
    ),
    defect("dates_in_order", "UPDATE stored.dates SET earliest = DATE '2028-01-01' WHERE text = 'the spring of 2027'"),
    defect(
        "dates_not_overlapping",
        """INSERT INTO stored.dates SELECT * REPLACE (
            "start" + 4 AS "start", 'spring' AS text, "start" + 10 AS "end",
            document_id || ':d' || ("start" + 4) || '-' || ("start" + 10) AS date_id)
        FROM stored.dates WHERE text = 'the spring of 2027'""",
    ),
    defect("dates_unresolved_without_days", "UPDATE stored.dates SET basis = 'unresolved' WHERE text = 'Friday'"),
    defect("dates_quote_has_relation", "UPDATE stored.dates SET relation = NULL WHERE relation = 'inside'"),
    defect("dates_quote_has_relation", "UPDATE stored.dates SET relation = 'inside' WHERE text = 'Friday'"),
    defect(
        "dates_quote_has_relation",
        "UPDATE stored.dates SET quote_id = (SELECT quote_id FROM stored.quotes WHERE kind = 'mixed') "
        "WHERE text = 'Friday'",
    ),
    defect("dates_value_is_timex", "UPDATE stored.dates SET value = '14.3.2026' WHERE text = '14 March 2026'"),
    defect("dates_value_is_timex", "UPDATE stored.dates SET value = 'P' WHERE text = '14 March 2026'"),
    defect(
        "dates_value_is_timex", "UPDATE stored.dates SET type = 'DURATION', value = 'P1e+11WE' WHERE text = 'Friday'"
    ),
    defect("dates_value_is_timex", "UPDATE stored.dates SET value = '2026-02-30' WHERE text = '14 March 2026'"),
    defect("dates_value_in_days", "UPDATE stored.dates SET value = '2026-03-15' WHERE text = '14 March 2026'"),
    defect("dates_value_in_days", "UPDATE stored.dates SET value = '2026-02' WHERE text = '14 March 2026'"),
    defect("dates_value_in_days", "UPDATE stored.dates SET value = '2025' WHERE text = '14 March 2026'"),
    defect("dates_impossible_flagged", "UPDATE stored.dates SET problem = NULL WHERE problem = 'impossible-date'"),
    defect("dates_impossible_flagged", "DELETE FROM stored.dates WHERE problem = 'impossible-date'"),
    defect("dates_weekday_flagged", "UPDATE stored.dates SET problem = NULL WHERE problem = 'weekday-mismatch'"),
    defect("dates_weekday_flagged", "DELETE FROM stored.dates WHERE problem = 'weekday-mismatch'"),
    defect(
        "dates_weekday_is_value",
        "UPDATE stored.dates SET value = '2026-03-12', earliest = DATE '2026-03-12' WHERE text = 'Friday'",
    ),
    defect(
        "dates_problem_keeps_no_false_day",
        "UPDATE stored.dates SET value = '2026-02-28' WHERE problem = 'impossible-date'",
    ),
    defect(
        "dates_in_calendar",
        "UPDATE stored.dates SET latest = DATE '3000-01-01' WHERE text = 'the spring of 2027'",
    ),
    defect("dates_in_calendar", *rewritten(HAPPENED, ("May 8, 2027", "0987-05-08", "0987-05-08", None))),
    defect("dates_reversed_flagged", *ranging(None)),
    defect("dates_anniversary_flagged", *keeping(None)),
    *(
        defect("dates_problem_is_so", f"UPDATE stored.dates SET problem = '{problem}' WHERE text = 'Friday'")  # noqa: S608
        for problem in (
            "after-publication",
            "out-of-range",
            "weekday-mismatch",
            "anniversary-mismatch",
        )
    ),
    defect(
        "dates_problem_is_so",
        "UPDATE stored.dates SET earliest = DATE '2026-03-01', latest = DATE '2026-03-02', basis = 'absolute' "
        "WHERE problem = 'impossible-date'",
    ),
    defect("dates_problem_is_so", *rewritten(RANGE, ("May 3, 2019", "2019-05-03", "2019-05-03", "reversed-interval"))),
    defect("events_one_each", "INSERT INTO stored.events FROM stored.events"),
    defect("date_bounds_target_known", "UPDATE stored.date_bounds SET target_id = target_id || '0'"),
    defect("date_bounds_target_known", "UPDATE stored.date_bounds SET document_id = @C"),
    defect("date_bounds_not_crossed", "UPDATE stored.date_bounds SET day = '2027-02-01'"),
    defect(
        "date_bounds_narrow",
        "INSERT INTO stored.date_bounds SELECT * REPLACE (@R AS document_id, 'publication' AS target, @R AS target_id, "
        "DATE '2026-03-14' AS day, @H AS evidence_document_id) FROM stored.date_bounds",
    ),
    *(
        defect(
            "date_bounds_narrow",
            "INSERT INTO stored.date_bounds SELECT @C, 'date', date_id, 'latest', DATE '2027-05-01', value, 'event', "
            "@H, 0, 5 FROM stored.dates WHERE text = 'the spring of 2027'",
            change,
        )
        for change in (
            "UPDATE stored.date_bounds SET day = '2027-06-01' WHERE target = 'date'",
            "UPDATE stored.dates SET basis = 'corrected' WHERE text = 'the spring of 2027'",
        )
    ),
    defect("date_bounds_evidence_elsewhere", "UPDATE stored.date_bounds SET evidence_document_id = document_id"),
    defect("date_bounds_evidence_elsewhere", "UPDATE stored.date_bounds SET evidence_end = 100000"),
    defect("date_conflicts_apart", "UPDATE stored.date_conflicts SET days_apart = 2"),
    defect("date_conflicts_apart", "UPDATE stored.date_conflicts SET second_latest = '2026-03-01'"),
    defect("date_conflicts_of_two_articles", "UPDATE stored.date_conflicts SET first_start = first_start + 1"),
    defect("date_conflicts_of_two_articles", "UPDATE stored.date_conflicts SET second_id = first_id"),
    defect("date_conflicts_have_reason", "UPDATE stored.date_conflicts SET entities = []"),
    defect(
        "date_conflicts_have_reason",
        "UPDATE stored.date_conflicts SET entities = (SELECT [entity_id] FROM stored.resolutions "
        "WHERE document_id = @C AND chain = 0)",
    ),
    defect(
        "statements_first_day_is_earliest", "UPDATE stored.statements SET first_published_earliest = DATE '1999-01-01'"
    ),
]


def many(table: str, key: str, number: int, changes: str = "", where: str = "true") -> str:
    """Return SQL that adds `number` copies of one row under new keys."""
    replaced = f"printf('%016x', i + 1000) AS {key}" + (f", {changes}" if changes else "")
    return (
        f"INSERT INTO stored.{table} SELECT * EXCLUDE (i) REPLACE ({replaced}) "  # noqa: S608
        f"FROM (FROM stored.{table} WHERE {where} ORDER BY ALL LIMIT 1), range({number}) AS n(i)"
    )


_RAWS = many("raws", "origin", 30, "printf('%016x', i + 1000) AS document_id")
_FAILURES = (
    _RAWS,
    "INSERT INTO stored.failures SELECT 'parses', document_id, 'too long', NULL, NULL FROM stored.raws",
)
# What moves each share far beyond its threshold.
FLOODS: dict[str, Sequence[str]] = {
    "refusals_quarantined": [
        many("raws", "origin", 40, "printf('%016x', i) AS document_id"),
        many("refusals", "source", 30, "'quarantined' AS reason"),
    ],
    "refusals_share": [many("refusals", "source", 90, "'binary' AS reason")],
    "corrections_without_row": [
        "INSERT INTO stored.corrections SELECT 10 + i AS line, 'date', 'ffffffffffffffff', 'ffffffffffffffff:d0-1', "
        "'2020-12-29', 'the desk' FROM range(30) AS n(i)"
    ],
    "documents_failed": _FAILURES,
    "documents_failed_mostly": _FAILURES,
    "documents_after_as_of": [
        many("documents", "document_id", 30, "DATE '2031-01-01' AS published_earliest", "published_on IS NOT NULL")
    ],
    "documents_undated": [many("documents", "document_id", 600, "'unknown' AS published_basis")],
    "documents_language_unknown": [many("documents", "document_id", 250, "CAST(NULL AS VARCHAR) AS language")],
    "documents_repeated": [
        many("documents", "document_id", 200),
        many("duplicates", "document_id", 200),
    ],
    "documents_cut_down": [many("documents", "document_id", 30, "1 AS characters"), _RAWS],
    "sentences_very_long": [many("sentences", "sentence_id", 600, '"start" + 2000 AS "end"')],
    "mentions_per_thousand_words": ["UPDATE stored.documents SET words = 100000"],
    "quotes_per_thousand_words": ["UPDATE stored.documents SET words = 100000"],
    "quotes_too_many": ["UPDATE stored.documents SET words = 7000", many("quotes", "quote_id", 4_000)],
    "quotes_without_speaker": [many("quotes", "quote_id", 200, "'none' AS speaker_basis", "cue_class = 'speech'")],
    "quotes_speaker_unresolved": [
        many("quotes", "quote_id", 300, "CAST(NULL AS BIGINT) AS speaker_chain", "speaker IS NOT NULL")
    ],
    "quotes_very_long": [many("quotes", "quote_id", 200, '"start" + 2000 AS "end"')],
    "quotes_without_marks": [many("quotes", "quote_id", 200, '"start" + 5 AS "start", "end" - 5 AS "end"')],
    "quotes_said_after_publication": [
        many("quotes", "quote_id", 60, "", f"document_id = {IDS['H']} AND part_of IS NULL"),
        "INSERT INTO stored.said_days SELECT d.* REPLACE (q.document_id AS document_id, q.quote_id AS quote_id, "
        "DATE '2026-04-01' AS earliest, DATE '2026-04-01' AS latest) "
        "FROM (FROM stored.said_days ORDER BY ALL LIMIT 1) AS d, "
        "(FROM stored.quotes WHERE quote_id LIKE '00000000%') AS q",
    ],
    "dates_per_thousand_words": ["UPDATE stored.documents SET words = 100000"],
    "dates_unresolved": [
        many(
            "dates",
            "date_id",
            200,
            "'unresolved' AS basis, CAST(NULL AS VARCHAR) AS value, 'DATE' AS type",
            "text = 'Friday'",
        )
    ],
    "dates_after_publication": [many("dates", "date_id", 200, "'after-publication' AS problem")],
    "dates_past_after_publication": [
        *rewritten(HAPPENED, ("May 8, 2027", "2027-05-08", "2027-05-08", None)),
        f"UPDATE stored.documents SET published_latest = DATE '2026-03-14' WHERE document_id = {IDS['C']}",  # noqa: S608
        many("dates", "date_id", 30, where="text = 'May 8, 2027'"),
    ],
    "dates_with_problem": [many("dates", "date_id", 200, "'out-of-range' AS problem")],
    # Extractors that fail while each of their rows is valid.
    "documents_without_title": [many("documents", "document_id", 1_200, "CAST(NULL AS VARCHAR) AS title")],
    "sentences_per_thousand_words": ["UPDATE stored.documents SET words = 100000"],
    "sentences_too_many": ["UPDATE stored.documents SET words = 7000", many("sentences", "sentence_id", 8_000)],
    "documents_without_mentions": [many("documents", "document_id", 250, "200 AS words")],
    "mentions_of_one_label": [many("mentions", "mention_id", 11_000, "'ORG' AS label")],
    "mentions_alone": [many("mentions", "mention_id", 11_000, "i AS chain")],
    "entities_unmerged": [many("resolutions", "document_id", 21_000), many("entities", "entity_id", 21_000)],
    "entities_one_for_all": [many("resolutions", "document_id", 2_500)],
    "quotes_unread_marks": [
        many("documents", "document_id", 250, "'He said “we will open again tomorrow”, here.' AS text")
    ],
    "quotes_without_cue": [many("quotes", "quote_id", 1_200, "CAST(NULL AS VARCHAR) AS cue")],
    "quotes_of_one_confidence": [many("quotes", "quote_id", 2_500)],
    "statements_one_for_all": [many("utterances", "quote_id", 2_500)],
}
# Found and judged of 250 American articles (190,000 words; test_drift has how far their parts differ): far from every
# threshold.
HEALTHY = {
    "documents_without_title": (87, 250),
    "sentences_per_thousand_words": (9_208, 192_541),
    "sentences_too_many": (9_208, 192_541),
    "documents_without_mentions": (0, 246),
    "mentions_per_thousand_words": (19_071, 192_541),
    "mentions_of_one_label": (10_816, 19_071),
    "mentions_alone": (6_348, 19_071),
    "entities_unmerged": (2_938, 6_348),
    "entities_one_for_all": (169, 6_348),
    "quotes_per_thousand_words": (5_326, 192_541),
    "quotes_too_many": (5_326, 192_541),
    "quotes_unread_marks": (1, 191),
    "quotes_without_cue": (65, 5_326),
    "quotes_of_one_confidence": (1_424, 5_326),
    "statements_one_for_all": (9, 5_326),
    "dates_per_thousand_words": (3_032, 192_541),
}


def examined(connection: duckdb.DuckDBPyConnection, checks: Sequence[BuiltinSqlCheck]) -> dict[str, Finding]:
    return {sql_check.id: examine(connection, sql_check, factory.AS_OF) for sql_check in checks}


def failing(found: dict[str, Finding]) -> set[str]:
    return {name for name, finding in found.items() if finding.found or finding.broken}


def test_names_are_unique_and_fit_dagster() -> None:
    names = [sql_check.id for sql_check in BUILTIN_SQL_CHECKS]
    assert len(set(names)) == len(names)
    assert all(
        re.fullmatch(r"[A-Za-z0-9_]+", sql_check.id) and sql_check.id.startswith(sql_check.table)
        for sql_check in BUILTIN_SQL_CHECKS
    )
    assert all(sql_check.description.endswith(".") for sql_check in BUILTIN_SQL_CHECKS)


def test_every_check_has_its_defect() -> None:
    assert {d.sql_check for d in DEFECTS} == {b.id for b in STRUCTURE}
    assert FLOODS.keys() == {b.id for b in WORLD}


def test_the_valid_store_keeps_every_belief(connection: duckdb.DuckDBPyConnection) -> None:
    found = examined(connection, BUILTIN_SQL_CHECKS)
    assert failing({b.id: found[b.id] for b in STRUCTURE}) == set()
    assert [f.broken for f in found.values() if f.broken] == []
    for sql_check in WORLD:
        assert isinstance(sql_check.thresholds, ShareThresholds)
        assert sql_check.thresholds.grade(found[sql_check.id].found, found[sql_check.id].judged) in ("held", "too few")


@pytest.mark.parametrize("planted", DEFECTS, ids=lambda d: d.sql_check)
def test_a_planted_defect_is_found_and_nothing_else(undone: duckdb.DuckDBPyConnection, planted: Defect) -> None:
    for line in planted.sql:
        undone.execute(line)
    counts = {b.id: undone.execute(f"SELECT count(*) FROM ({b.sql})").fetchall()[0][0] for b in STRUCTURE}  # noqa: S608
    assert {name for name, count in counts.items() if count} == {planted.sql_check} | planted.also
    finding = examine(undone, next(b for b in STRUCTURE if b.id == planted.sql_check), factory.AS_OF)
    assert finding.broken is None
    assert finding.found == counts[planted.sql_check]
    assert finding.examples


# The tests of the corpus-wide stages compare the tables that these keep with a rebuild.
@pytest.mark.parametrize("table", sorted(migration.UNINDEXED - {table.name for table in INDEXES}))
def test_a_key_that_no_index_guards_is_judged(undone: duckdb.DuckDBPyConnection, table: str) -> None:
    """The store accepts a second row of one key in these tables: a check of the table, or of the published table that
    it is joined into, finds it."""
    keys = [p for p in CONTRACT_CHECKS if p.kind == "key"] + [b for b in STRUCTURE if b.id.endswith("_one_each")]
    assert failing({check.id: examine(undone, check, factory.AS_OF) for check in keys}) == set()
    undone.execute(f"INSERT INTO stored.{table} FROM (FROM stored.{table} ORDER BY ALL LIMIT 1)")
    assert failing({check.id: examine(undone, check, factory.AS_OF) for check in keys})


def test_a_date_line_that_was_cleaned_reads_otherwise_in_the_raw_text(undone: duckdb.DuckDBPyConnection) -> None:
    (evidence,) = (b for b in STRUCTURE if b.id == "documents_published_evidence")
    undone.execute(f"UPDATE stored.documents SET published_text = 'then' WHERE document_id = {IDS['H']}")  # noqa: S608
    assert undone.execute(evidence.sql).fetchall()
    undone.execute(
        "INSERT INTO stored.edits SELECT edit.* REPLACE (article.document_id AS document_id, "
        "article.raw_published_start + 1 AS raw_start, article.raw_published_start + 2 AS raw_end, 999 AS position) "
        "FROM (FROM stored.edits LIMIT 1) AS edit, stored.documents AS article "
        "WHERE article.document_id = ?",
        [IDS["H"].strip("'")],
    )
    assert not undone.execute(evidence.sql).fetchall()


@pytest.mark.parametrize("sql_check", WORLD, ids=lambda b: b.id)
def test_a_flood_is_far_beyond(undone: duckdb.DuckDBPyConnection, sql_check: BuiltinSqlCheck) -> None:
    for line in FLOODS[sql_check.id]:
        undone.execute(line)
    finding = examine(undone, sql_check, factory.AS_OF)
    assert isinstance(sql_check.thresholds, ShareThresholds)
    assert finding.broken is None
    assert sql_check.thresholds.grade(finding.found, finding.judged) == "far beyond"


@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_collection_is_held_and_a_folder_of_three_is_not_asked(name: str) -> None:
    (thresholds,) = [b.thresholds for b in WORLD if b.id == name]
    assert isinstance(thresholds, ShareThresholds)
    found, judged = HEALTHY[name]
    assert thresholds.grade(found, judged) == "held"
    assert thresholds.min_rows >= 40
    worst = 0 if thresholds.direction == "fewest" else thresholds.min_rows
    assert thresholds.grade(worst, thresholds.min_rows) == "beyond", "few rows can warn, not block"


def test_a_failed_document_is_excused(undone: duckdb.DuckDBPyConnection) -> None:
    for table in ("sentences", "parses", "mentions", "quotes", "dates"):
        undone.execute(f"DELETE FROM stored.{table} WHERE document_id = {IDS['C']}")  # noqa: S608
    undone.execute(f"INSERT INTO stored.failures VALUES ('sentences', {IDS['C']}, 'too long', NULL, NULL)")  # noqa: S608
    found = examined(undone, [b for b in STRUCTURE if b.table in ("raws", "sentences", "parses")])
    assert failing(found) == set()


def test_a_failed_document_trips_no_bound_but_that_on_failures(undone: duckdb.DuckDBPyConnection) -> None:
    """A long article on which the model hangs has words, and no rows; only this article is checked."""
    undone.execute(
        many("documents", "document_id", 300, "1000 AS words, 'He said “we will open again”, here.' AS text")
    )
    undone.execute(many("raws", "origin", 300, "printf('%016x', i + 1000) AS document_id, 'big.txt' AS source"))
    undone.execute(
        "INSERT INTO stored.failures SELECT 'parses', document_id, 'took longer than 3 s', NULL, NULL "
        "FROM stored.documents WHERE document_id LIKE '00000000%'"
    )
    bounds = {sql_check.id: sql_check for sql_check in WORLD if re.search("words|marks|mentions", sql_check.id)}
    grades = {}
    for name, sql_check in bounds.items():
        finding = examine(undone, sql_check, factory.AS_OF)
        assert finding.broken is None
        assert isinstance(sql_check.thresholds, ShareThresholds)
        grades[name] = sql_check.thresholds.grade(finding.found, finding.judged)
    assert set(grades.values()) == {"too few"} and len(grades) > 6
    failed = examine(undone, next(b for b in WORLD if b.id == "documents_failed"), factory.AS_OF)
    assert failed.found == 300
    assert {(row["source"], row["stages"], row["reason"]) for row in failed.examples} == {
        ("big.txt", "parses", "took longer than 3 s")
    }


@pytest.mark.parametrize("sql_check", WORLD, ids=lambda b: b.id)
def test_thresholds_are_in_order_and_apply_from_their_least(sql_check: BuiltinSqlCheck) -> None:
    thresholds = sql_check.thresholds
    assert isinstance(thresholds, ShareThresholds)
    assert thresholds.reason.endswith(".")
    assert thresholds.fail < thresholds.warn if thresholds.direction == "fewest" else thresholds.warn < thresholds.fail
    worst = 0 if thresholds.direction == "fewest" else thresholds.min_rows * 1000
    assert thresholds.grade(worst, thresholds.min_rows - 1) == "too few"
    assert thresholds.grade(worst, thresholds.min_rows_to_fail or thresholds.min_rows) == "far beyond"


@given(st.integers(0, 2000), st.integers(1, 1000), st.sampled_from(["most", "fewest"]))
def test_more_is_never_better_than_fewer_for_most_and_the_reverse(found: int, judged: int, side: str) -> None:
    order = ["held", "beyond", "far beyond"]
    thresholds = (
        ShareThresholds(0.2, 0.8, 1, "A test.")
        if side == "most"
        else ShareThresholds(0.8, 0.2, 1, "A test.", direction="fewest")
    )
    here, more = thresholds.grade(found, judged), thresholds.grade(found + 1, judged)
    assert order.index(here) <= order.index(more) if side == "most" else order.index(here) >= order.index(more)


@pytest.mark.parametrize(
    ("kind", "value", "valid"),
    [
        ("DATE", "2026", True),
        ("DATE", "2026-03", True),
        ("DATE", "2026-03-14", True),
        ("DATE", "2026-W11", True),
        ("DATE", "2026-W11-WE", True),
        ("DATE", "2026-SP", True),
        ("DATE", "2026-Q2", True),
        ("DATE", "2026-H1", True),
        ("DATE", "199", True),
        ("DATE", "XXXX-12-25", True),
        ("DATE", "PRESENT_REF", True),
        ("DATE", "2026-13", False),
        ("DATE", "2026-3-4", False),
        ("DATE", "14 March", False),
        ("DATE", "", False),
        ("DATE", "P3D", False),
        ("TIME", "2026-03-14T21:21", True),
        ("TIME", "2026-03-14TEV", True),
        ("TIME", "2026-03-14T09:30+03:30", True),
        ("TIME", "T21:21", True),
        ("TIME", "2026-03-14T9", False),
        ("DURATION", "P3D", True),
        ("DURATION", "P1Y6M", True),
        ("DURATION", "PT36H", True),
        ("DURATION", "P2DT4H", True),
        ("DURATION", "PXY", True),
        ("DURATION", "P2.5Y", True),
        ("DURATION", "P4600000000Y", True),
        ("DURATION", "P1234567890123456789Y", False),
        ("DURATION", "P1e+11WE", False),
        ("DURATION", "P.5Y", False),
        ("DURATION", "P", False),
        ("DURATION", "3D", False),
        ("DURATION", "PT", False),
        ("SET", "P1W", True),
        ("SET", "XXXX-WXX-1", True),
        ("SET", "weekly", False),
    ],
)
def test_values_of_timex(connection: duckdb.DuckDBPyConnection, kind: str, value: str, valid: bool) -> None:
    rows = connection.execute("SELECT regexp_full_match(?, ?)", [value, rules.VALUES[kind]]).fetchall()
    assert rows == [(valid,)]


IMPOSSIBLE, MISMATCH = "dates_impossible_flagged", "dates_weekday_flagged"


@pytest.mark.parametrize(
    ("check", "words", "found"),
    [
        (IMPOSSIBLE, "February 30, 2026", 1),
        (IMPOSSIBLE, "Feb. 29, 2023", 1),
        (IMPOSSIBLE, "February 29, 2024", 0),
        (IMPOSSIBLE, "Sept. 31st, 2020", 1),
        (IMPOSSIBLE, "31 June 2021", 1),
        (IMPOSSIBLE, "the 31st of April 2021", 1),
        (IMPOSSIBLE, "2021-02-29", 1),
        (IMPOSSIBLE, "2021-02-28", 0),
        (IMPOSSIBLE, "April 31", 0),
        (IMPOSSIBLE, "May 45 2000 people", 0),
        (IMPOSSIBLE, "March 0, 2020", 1),
        (MISMATCH, "Saturday, March 14, 2026", 0),
        (MISMATCH, "Sunday, March 14, 2026", 1),
        (MISMATCH, "Sunday March 14, 2026", 1),
        (MISMATCH, "Sunday, February 30, 2026", 0),
        (MISMATCH, "Sunday", 0),
    ],
)
def test_written_dates_are_read_again(undone: duckdb.DuckDBPyConnection, check: str, words: str, found: int) -> None:
    undone.execute("UPDATE stored.dates SET text = ?, problem = NULL WHERE text = 'the spring of 2027'", [words])
    sql_check = next(b for b in BUILTIN_SQL_CHECKS if b.id == check)
    assert examine(undone, sql_check, factory.AS_OF).found == found


@pytest.mark.parametrize(
    "lines", [ranging("reversed-interval"), ranging(None, "2019-05-09"), keeping("anniversary-mismatch")]
)
def test_problems_of_two_dates_that_are_told_are_no_defect(
    undone: duckdb.DuckDBPyConnection, lines: Sequence[str]
) -> None:
    for line in lines:
        undone.execute(line)
    names = ("dates_reversed_flagged", "dates_anniversary_flagged", "dates_problem_is_so")
    assert failing(examined(undone, [b for b in BUILTIN_SQL_CHECKS if b.id in names])) == set()


@pytest.mark.parametrize(("published", "problem"), [("2027-05-08", None), ("2026-03-14", "after-publication")])
def test_what_happened_before_or_is_flagged_is_no_defect(
    undone: duckdb.DuckDBPyConnection, published: str, problem: str | None
) -> None:
    for line in rewritten(HAPPENED, ("May 8, 2027", "2027-05-08", "2027-05-08", problem)):
        undone.execute(line)
    undone.execute("UPDATE stored.documents SET published_latest = ? WHERE published_latest IS NULL", [published])
    sql_check = next(b for b in BUILTIN_SQL_CHECKS if b.id == "dates_past_after_publication")
    found = examine(undone, sql_check, factory.AS_OF)
    assert (found.found, found.judged) == (0, 1)


def test_offsets_count_code_points_in_duckdb(connection: duckdb.DuckDBPyConnection) -> None:
    text = "a\U0001f600e\u0301b\U0001f468\u200d\U0001f469\u200d\U0001f467c\u0000d"
    for start in range(len(text)):
        for end in range(start, len(text) + 1):
            rows = connection.execute(
                "SELECT length(?), substr(?, ?, ?)", [text, text, start + 1, end - start]
            ).fetchall()
            assert rows == [(len(text), text[start:end])]


@given(st.text(max_size=40))
def test_what_is_blank_to_python_is_blank_to_the_cover(text: str) -> None:
    rows = duckdb.execute("SELECT regexp_replace(?, ?, '', 'g')", [text, BLANKS]).fetchall()
    assert rows == [("".join(text.split()),)]
