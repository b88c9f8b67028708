r"""Structural checks of time: publication, temporal expressions, the days on which quotations were said.

The two checks on written dates read the words again, independently of the stage that flags them. They block a release,
so they only cover words that leave no doubt (month, day and year all written). RE2 (DuckDB's engine) matches in linear
time.
"""

from __future__ import annotations

from expectations.sql_checks.sql_check import BuiltinSqlCheck
from pipeline.data import meanings
from pipeline.expressions.values import VALUES
from warehouse.published_views import SAID_DAY_COLUMNS_SQL, SAID_DAY_JOINS_SQL

_NAMES = "months_and_weekdays.tsv"
_SHORT = {**meanings(_NAMES, "month-short"), **meanings(_NAMES, "month-rare")}
MONTHS = f"(?:{'|'.join([*meanings(_NAMES, 'month'), *_SHORT])})"
WEEKDAYS = f"(?:{'|'.join(meanings(_NAMES, 'weekday'))})"
# "March 14, 2026": the comma excludes "May 31 2000 people". No letter or digit may touch it.
MONTH_DAY_YEAR = rf"\b{MONTHS}\.? \d{{1,2}}(?:st|nd|rd|th)?, [12]\d{{3}}\b"
# "14 March 2026"; only within an expression: in running text "issue 45 June 2026" looks the same.
DAY_MONTH_YEAR = rf"\b\d{{1,2}}(?:st|nd|rd|th)? (?:of )?{MONTHS}\.?,? [12]\d{{3}}\b"
ISO_DAY = r"\b[12]\d{3}-\d{2}-\d{2}\b"
# A weekday right before such a date.
DATED_WEEKDAY = rf"\b{WEEKDAYS},? {MONTH_DAY_YEAR[2:]}"
# In running text such a date is certain only if set off: after a blank, a bracket, a mark or a dash, and before one of
# these or the end of the clause ("2026's" and "2026.5" are not plain years).
SET_OFF = (r"(?:^|[\s(\x22“—–])", r"(?:$|[\s;:!?)\x22”—–]|[.,](?:$|\PN))")
# An expression that is only a weekday.
BARE_WEEKDAY = rf"(?:on |last |next |this )?{WEEKDAYS}"

# The first and the last day that news can name; other days are out-of-range.
FIRST_DAY, LAST_DAY = "1000-01-01", "2999-12-31"
# The words between the ends of a written range, and before its first ("from May 8, 2019 to May 3, 2019").
RANGE_BETWEEN = r" (?:to|until|through) (?:the )?"
RANGE_BEFORE = r"\bfrom (?:the )?"
# "On May 8, 2018, they marked the 5th anniversary of the 2015 deal": from the day's end to the event's year, within one
# sentence and without another number.
ANNIVERSARY = r"[^\d.]{0,60}\b\d{1,2}(?:st|nd|rd|th) anniversary of [^\d.]{0,30}"

_NO_VALUE = " ".join(f"WHEN '{kind}' THEN NOT regexp_full_match(value, '{p}')" for kind, p in VALUES.items())

# The day of a written date, as text that try_cast reads; NULL if no calendar has the day.
_WRITTEN = f"""
    SELECT *, try_cast(CASE WHEN regexp_full_match(words, '{ISO_DAY}') THEN words ELSE printf('%s-%02d-%02d',
        regexp_extract(words, '[12]\\d{{3}}$'),
        list_position({[name[:3].lower() for name in meanings(_NAMES, "month")]},
            lower(left(regexp_extract(words, '{MONTHS}'), 3))),
        try_cast(regexp_extract(words, '\\b(\\d{{1,2}})(?:st|nd|rd|th)?\\b', 1) AS INTEGER)) END AS DATE) AS day
    FROM written
"""  # noqa: S608 - patterns of this module


# Each date resolved by its own words, with the date before it in its sentence and the words around.
_PAIRS = """
    SELECT row.*, substr(article.text, row.left_end + 1, greatest(row."start" - row.left_end, 0)) AS between,
        substr(article.text, greatest(row.left_start - 9, 1), least(row.left_start, 10)) AS before
    FROM (
        SELECT *, lag(text) OVER near AS left_text, lag(earliest) OVER near AS left_earliest,
            lag("start") OVER near AS left_start, lag("end") OVER near AS left_end
        FROM stored.dates WHERE basis = 'absolute' AND earliest IS NOT NULL
        WINDOW near AS (PARTITION BY document_id, sentence_id ORDER BY "start")
    ) AS row JOIN stored.documents AS article USING (document_id)
    WHERE row.left_end IS NOT NULL AND row."start" - row.left_end <= 120
"""


def _flagged(
    name: str, description: str, patterns: tuple[str, ...], text_pattern: str, wrong: str, flag: str
) -> BuiltinSqlCheck:
    """Check that written dates with something wrong, anywhere in a text, are in an expression with that problem."""
    in_rows = "|".join(patterns)
    alone = f"{SET_OFF[0]}({text_pattern}){SET_OFF[1]}"
    return BuiltinSqlCheck(
        name,
        "dates",
        description,
        f"""
        WITH written AS (
            SELECT document_id, date_id, problem, unnest(regexp_extract_all(text, '{in_rows}')) AS words
            FROM stored.dates
            WHERE regexp_matches(text, '{in_rows}')
        ), in_rows AS ({_WRITTEN}), in_texts AS (
            WITH written AS (
                SELECT document_id, NULL AS date_id, NULL AS problem,
                    unnest(regexp_extract_all(text, '{alone}', 1)) AS words
                FROM stored.documents
                WHERE regexp_matches(text, '{alone}')
            ) {_WRITTEN}
        ), counted AS (
            SELECT document_id, words, count(*) AS times FROM in_texts WHERE {wrong} GROUP BY ALL
        )
        SELECT document_id, date_id, words, problem FROM in_rows WHERE {wrong} AND NOT coalesce({flag}, false)
        UNION ALL BY NAME
        SELECT document_id, NULL AS date_id, words, NULL AS problem FROM counted WHERE times > (
            SELECT count(*) FROM in_rows
            WHERE in_rows.document_id = counted.document_id AND contains(in_rows.words, counted.words) AND {flag}
        )
        """,  # noqa: S608 - patterns of this module
        scope="document",
    )


DATE_CHECKS: tuple[BuiltinSqlCheck, ...] = (
    BuiltinSqlCheck(
        "documents_published_bounds",
        "documents",
        "published_earliest is not after published_latest; published_on is set if and only if both are the same day.",
        """
        SELECT document_id, published_on, published_earliest, published_latest FROM stored.documents
        WHERE published_earliest > published_latest
            OR published_on IS DISTINCT FROM
                CASE WHEN published_earliest = published_latest THEN published_earliest END
        """,
        scope="row",
    ),
    BuiltinSqlCheck(
        "documents_published_has_basis",
        "documents",
        "published_basis is unknown if and only if both bounds are null.",
        """
        SELECT document_id, published_earliest, published_latest, published_basis FROM stored.documents
        WHERE (published_basis = 'unknown') <> (published_earliest IS NULL AND published_latest IS NULL)
        """,
        scope="row",
    ),
    BuiltinSqlCheck(
        "documents_published_evidence",
        "documents",
        "The offsets of the evidence for the publication date are both set or both null, in order and inside "
        "the raw text; they are set if the basis is stated. published_text equals the raw text there, if no "
        "edit changes it; it is null if the date is inferred.",
        """
        SELECT article.document_id, published_basis, published_text, raw_published_start, raw_published_end
        FROM stored.documents AS article LEFT JOIN (FROM stored.raws WHERE standing) AS raw USING (document_id)
        WHERE (raw_published_start IS NULL) <> (raw_published_end IS NULL)
            OR raw_published_start >= raw_published_end OR raw_published_end > length(raw.text)
            OR (published_basis = 'stated' AND raw_published_start IS NULL)
            OR (published_basis = 'inferred' AND published_text IS NOT NULL)
            OR (published_basis = 'stated' AND raw_published_start IS NOT NULL
                AND published_text IS DISTINCT FROM substr(raw.text, raw_published_start + 1,
                    greatest(raw_published_end - raw_published_start, 0))
                AND NOT EXISTS (FROM stored.edits AS edit WHERE edit.document_id = article.document_id
                    AND edit.raw_start < raw_published_end AND edit.raw_end > raw_published_start))
        """,
        scope="row",
    ),
    BuiltinSqlCheck(
        "documents_licence_evidence",
        "documents",
        "licence_basis is unknown if and only if licence is null; the offsets of the grant are in order and "
        "inside the raw text, and set if the basis is stated.",
        """
        SELECT article.document_id, licence, licence_basis, raw_licence_start, raw_licence_end
        FROM stored.documents AS article LEFT JOIN (FROM stored.raws WHERE standing) AS raw USING (document_id)
        WHERE (licence IS NULL) <> (licence_basis = 'unknown')
            OR (raw_licence_start IS NULL) <> (raw_licence_end IS NULL)
            OR raw_licence_start >= raw_licence_end OR raw_licence_end > length(raw.text)
            OR (licence_basis = 'stated' AND raw_licence_start IS NULL)
        """,
        scope="row",
    ),
    BuiltinSqlCheck(
        "quotes_said_in_order",
        "quotes",
        "said_earliest is not after said_latest; said_basis is unknown exactly where neither is known, and stated, "
        "carried or story exactly where the first is.",
        f"""
        SELECT document_id, quote_id, said_earliest, said_latest, said_basis FROM (
            SELECT row.document_id, row.quote_id, {SAID_DAY_COLUMNS_SQL} FROM stored.quotes AS row {SAID_DAY_JOINS_SQL}
        ) WHERE said_earliest > said_latest
            OR (said_basis = 'unknown') <> (said_earliest IS NULL AND said_latest IS NULL)
            OR (said_basis IN ('stated', 'carried', 'story')) <> (said_earliest IS NOT NULL)
        """,  # noqa: S608 - SQL of the published view
        scope="document",
    ),
    BuiltinSqlCheck(
        "dates_in_order",
        "dates",
        "earliest is not after latest.",
        "SELECT document_id, date_id, earliest, latest FROM stored.dates WHERE earliest > latest",
        scope="row",
    ),
    BuiltinSqlCheck(
        "dates_not_overlapping",
        "dates",
        "Two expressions of a document do not share a character.",
        """
        SELECT document_id, date_id, "start", "end", before FROM (
            SELECT *, max("end") OVER (
                PARTITION BY document_id ORDER BY "start", "end" ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ) AS before FROM stored.dates
        ) WHERE "start" < before
        """,
        scope="document",
    ),
    BuiltinSqlCheck(
        "dates_unresolved_without_days",
        "dates",
        "An unresolved expression has no days.",
        """
        SELECT document_id, date_id, text, earliest, latest FROM stored.dates
        WHERE basis = 'unresolved' AND (earliest IS NOT NULL OR latest IS NOT NULL)
        """,
        scope="row",
    ),
    BuiltinSqlCheck(
        "dates_quote_has_relation",
        "dates",
        "quote_id and relation are either both set or both null; the quotation is in the same document, and "
        "contains the expression if the relation is inside.",
        """
        SELECT row.document_id, row.date_id, row.quote_id, row.relation
        FROM stored.dates AS row LEFT JOIN stored.quotes AS quote
            ON quote.quote_id = row.quote_id AND quote.document_id = row.document_id
        WHERE (row.quote_id IS NULL) <> (row.relation IS NULL)
            OR (row.quote_id IS NOT NULL AND quote.quote_id IS NULL)
            OR (row.relation = 'inside' AND (row."start" < quote."start" OR row."end" > quote."end"))
        """,
        scope="row",
    ),
    BuiltinSqlCheck(
        "dates_value_is_timex",
        "dates",
        "value is a TIMEX3 value of its type, and where it holds a whole day, a day of the calendar.",
        f"""
        SELECT document_id, date_id, text, type, value FROM stored.dates
        WHERE CASE type {_NO_VALUE} END
            OR (regexp_matches(value, '^\\d{{4}}-\\d{{2}}-\\d{{2}}') AND try_cast(left(value, 10) AS DATE) IS NULL)
        """,  # noqa: S608 - patterns of this module
        scope="row",
    ),
    BuiltinSqlCheck(
        "dates_value_in_days",
        "dates",
        "A value that is a whole day, month or year (without a modifier) is within earliest to latest, or overlaps it.",
        """
        WITH valued AS (
            SELECT *, try_cast(CASE WHEN regexp_full_match(value, '\\d{4}') THEN value || '-01-01'
                WHEN regexp_full_match(value, '\\d{4}-\\d{2}') THEN value || '-01' ELSE left(value, 10) END AS DATE)
                AS first_day
            FROM stored.dates
            WHERE type IN ('DATE', 'TIME') AND mod IS NULL
                AND regexp_matches(value, '^\\d{4}(?:$|-\\d{2}(?:$|-\\d{2}))')
        )
        SELECT document_id, date_id, text, value, earliest, latest FROM valued
        WHERE earliest > (CASE length(value) WHEN 4 THEN last_day(first_day + INTERVAL 11 MONTH)
                WHEN 7 THEN last_day(first_day) ELSE first_day END)
            OR latest < first_day
        """,
        scope="row",
    ),
    _flagged(
        "dates_impossible_flagged",
        "A written date that does not exist in the calendar is in a row with the problem impossible-date.",
        (MONTH_DAY_YEAR, DAY_MONTH_YEAR, ISO_DAY),
        MONTH_DAY_YEAR,
        "day IS NULL",
        "problem = 'impossible-date'",
    ),
    _flagged(
        "dates_weekday_flagged",
        "A written date with a wrong weekday is in a row with a problem.",
        (DATED_WEEKDAY,),
        DATED_WEEKDAY,
        f"day IS NOT NULL AND dayname(day) <> regexp_extract(words, '{WEEKDAYS}')",
        "problem IS NOT NULL",
    ),
    BuiltinSqlCheck(
        "dates_weekday_is_value",
        "dates",
        "The value of an expression that is only a weekday is a day with that weekday, or the row has a problem.",
        f"""
        SELECT document_id, date_id, text, value FROM stored.dates
        WHERE type = 'DATE' AND problem IS NULL AND regexp_full_match(text, '{BARE_WEEKDAY}')
            AND regexp_full_match(value, '\\d{{4}}-\\d{{2}}-\\d{{2}}')
            AND dayname(try_cast(value AS DATE)) <> regexp_extract(text, '{WEEKDAYS}')
        """,  # noqa: S608 - patterns of this module
        scope="row",
    ),
    BuiltinSqlCheck(
        "dates_problem_keeps_no_false_day",
        "dates",
        "A date that does not exist in the calendar has no whole day as its value.",
        """
        SELECT document_id, date_id, text, value FROM stored.dates
        WHERE problem = 'impossible-date' AND regexp_matches(value, '^\\d{4}-\\d{2}-\\d{2}')
        """,
        scope="row",
    ),
    BuiltinSqlCheck(
        "dates_in_calendar",
        "dates",
        "Days lie between the years 1000 and 2999.",
        f"""
        SELECT document_id, date_id, text, earliest, latest FROM stored.dates
        WHERE earliest < DATE '{FIRST_DAY}' OR latest > DATE '{LAST_DAY}'
        """,  # noqa: S608 - constants of this module
        scope="row",
    ),
    BuiltinSqlCheck(
        "dates_reversed_flagged",
        "dates",
        'In a range "from ... to ...", a second day that is before the first has a problem.',
        f"""
        SELECT document_id, date_id, left_text, text FROM ({_PAIRS})
        WHERE latest < left_earliest AND problem IS NULL
            AND regexp_full_match(between, '{RANGE_BETWEEN}') AND regexp_matches(before, '{RANGE_BEFORE}$')
        """,  # noqa: S608 - patterns of this module
        scope="document",
    ),
    BuiltinSqlCheck(
        "dates_anniversary_flagged",
        "dates",
        "If an anniversary number does not fit the year of the event and the day named just before it, the "
        "year has a problem.",
        f"""
        SELECT document_id, date_id, left_text, between, text FROM ({_PAIRS})
        WHERE problem IS NULL AND regexp_full_match(between, '{ANNIVERSARY}')
            AND regexp_matches(left_text, '\\b[12]\\d{{3}}$') AND regexp_matches(text, '\\b[12]\\d{{3}}$')
            AND year(earliest) + try_cast(regexp_extract(between, '\\d+') AS INTEGER) <> year(left_earliest)
        """,  # noqa: S608 - patterns of this module
        scope="document",
    ),
    BuiltinSqlCheck(
        "dates_problem_is_so",
        "dates",
        "A problem is consistent with its row: impossible-date and out-of-range have no days; after-publication "
        "is after the publication; weekday-mismatch has another weekday than written; reversed-interval ends "
        "before an earlier date of the text; anniversary-mismatch is in a sentence about an anniversary.",
        f"""
        SELECT row.document_id, row.date_id, row.text, row.problem, row.earliest, row.latest
        FROM stored.dates AS row
            JOIN stored.documents AS article USING (document_id)
            JOIN stored.sentences AS sentence USING (sentence_id)
        WHERE CASE row.problem
            WHEN 'impossible-date' THEN row.earliest IS NOT NULL
            WHEN 'out-of-range' THEN row.earliest IS NOT NULL
            WHEN 'after-publication' THEN NOT coalesce(row.earliest > article.published_latest, false)
            WHEN 'weekday-mismatch' THEN row.earliest IS NULL
                OR regexp_extract(row.text, '{WEEKDAYS}') = dayname(row.earliest)
            WHEN 'reversed-interval' THEN row.basis = 'absolute' AND NOT EXISTS (
                SELECT 1 FROM stored.dates AS first WHERE first.document_id = row.document_id
                    AND first."end" <= row."start" AND first.earliest > row.latest)
            WHEN 'anniversary-mismatch' THEN NOT regexp_matches(sentence.text, '(?i)anniversary')
            END
        """,  # noqa: S608 - patterns of this module
        scope="document",
    ),
    BuiltinSqlCheck(
        "statements_first_day_is_earliest",
        "statements",
        "first_published_earliest is the earliest such day of the articles that report the statement.",
        """
        SELECT statement_id, first_published_earliest, counted.earliest
        FROM stored.statements LEFT JOIN (
            SELECT statement_id, min(published_earliest) AS earliest
            FROM stored.utterances JOIN stored.documents USING (document_id) GROUP BY statement_id
        ) AS counted USING (statement_id)
        WHERE first_published_earliest IS DISTINCT FROM counted.earliest
        """,
    ),
)
