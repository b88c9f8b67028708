"""Shares of what is odd but possible in news, with thresholds and reasons.

The figures are wide, because news differs. Beyond `warn` somebody should look; hardly any collection of news is beyond
`fail`, so that only a broken stage gets there. Each applies from a number of rows (`min_rows`) at which one odd article
no longer trips it.
"""

from __future__ import annotations

from expectations.sql_checks.sql_check import BuiltinSqlCheck, ShareThresholds

# An article on which a stage failed has words, but no rows of that stage.
HAS_NO_FAILURE_SQL = "NOT EXISTS (FROM stored.failures AS f WHERE f.document_id = article.document_id)"
WORDS = f"SELECT coalesce(sum(words), 0)::BIGINT FROM stored.documents AS article WHERE {HAS_NO_FAILURE_SQL}"  # noqa: S608
# Marks that open or close quotations in news: straight and curly, single and double.
_MARKS = r"[\x22\x27`´\x{2018}-\x{201F}\x{2039}\x{203A}\x{AB}\x{BB}\x{300C}-\x{300F}]"
# Days that their own words date, right after words that report something that happened on them.
_HAPPENED = r"""
    FROM stored.dates AS row JOIN stored.documents AS article USING (document_id)
    WHERE row.basis = 'absolute' AND row.earliest IS NOT NULL AND article.published_latest IS NOT NULL
        AND regexp_matches(substr(article.text, greatest(row."start" - 29, 1), least(row."start", 30)),
            '\b(?:(?:was|were) (?:born|killed|shot|arrested|signed|held)|died|happened|occurred|took place) on $')
"""

# Refusals that do not point to a fault of pipeline.read, e.g. pictures beside the articles, or a feed in two languages.
_EXPECTED = "('repeated', 'superseded', 'unsupported', 'language', 'outside', 'withdrawn', 'quarantined')"

# Articles on which a stage failed.
_FAILED = """
    SELECT document_id, any_value(raw.source) AS source, string_agg(stage, ', ' ORDER BY stage) AS stages,
        min(reason) AS reason
    FROM stored.failures LEFT JOIN (FROM stored.raws WHERE standing) AS raw USING (document_id) GROUP BY document_id
"""

NEWS_SHARE_CHECKS: tuple[BuiltinSqlCheck, ...] = (
    BuiltinSqlCheck(
        "refusals_share",
        "refusals",
        "Share of records that were refused, without duplicates, unsupported file types and other languages.",
        f"SELECT source, reason FROM stored.refusals WHERE reason NOT IN {_EXPECTED}",  # noqa: S608
        ShareThresholds(0.1, 0.5, 20, "Few articles are empty or broken; if half are refused, the reader is broken."),
        "SELECT (SELECT count(*) FROM stored.raws) "  # noqa: S608
        f"+ (SELECT count(*) FROM stored.refusals WHERE reason NOT IN {_EXPECTED})",
    ),
    BuiltinSqlCheck(
        "refusals_quarantined",
        "refusals",
        "Share of articles that are quarantined, because a row of theirs breaks a structural check.",
        "SELECT source, \"check\", detail FROM stored.refusals WHERE reason = 'quarantined'",
        ShareThresholds(
            warn=0.0,
            fail=0.5,
            min_rows=1,
            reason="Review each one; the setting --max-quarantined limits how many a release may leave out.",
            min_rows_to_fail=20,
        ),
        "SELECT count(DISTINCT document_id) FROM stored.raws WHERE standing",
    ),
    BuiltinSqlCheck(
        "documents_failed",
        "documents",
        "Share of articles on which a stage failed.",
        _FAILED,
        ShareThresholds(0.0, 0.1, 1, "Review each failure; one in ten means a broken stage.", min_rows_to_fail=20),
        "SELECT count(DISTINCT document_id) FROM stored.raws WHERE standing",
        by_shard=True,
    ),
    BuiltinSqlCheck(
        "documents_failed_mostly",
        "documents",
        "Share of articles on which a stage failed, for collections of any size.",
        _FAILED,
        ShareThresholds(
            0.3, 0.5, 3, "Where a stage fails on most articles, the stage is broken, however few they are."
        ),
        "SELECT count(DISTINCT document_id) FROM stored.raws WHERE standing",
        by_shard=True,
    ),
    BuiltinSqlCheck(
        "corrections_without_row",
        "corrections",
        "Share of manual corrections whose row does not exist (any more).",
        "SELECT line, kind, document_id, target, note FROM published.corrections WHERE NOT applied",
        ShareThresholds(
            warn=0.0,
            fail=0.9,
            min_rows=1,
            reason="A row can disappear with its article; if nearly all have no row, the corrections file belongs to "
            "another corpus.",
            min_rows_to_fail=20,
        ),
    ),
    BuiltinSqlCheck(
        "documents_after_as_of",
        "documents",
        "Share of articles published after the as-of date (plus one day for time zones).",
        """
        SELECT document_id, source, published_earliest FROM stored.documents
        WHERE published_earliest > CAST($as_of AS DATE) + 1
        """,
        ShareThresholds(
            warn=0.0,
            fail=0.05,
            min_rows=1,
            reason="Nothing can be published in the future; many cases mean a misread date format.",
            min_rows_to_fail=20,
        ),
        by_shard=True,
    ),
    BuiltinSqlCheck(
        "documents_undated",
        "documents",
        "Share of articles without a day of publication or a bound of it.",
        "SELECT document_id, source FROM stored.documents WHERE published_basis = 'unknown'",
        ShareThresholds(
            warn=0.4,
            fail=0.95,
            min_rows=40,
            reason="Bare texts often state none (58 % of 334 American articles); records of feeds nearly always do. "
            "In a small folder it is possible that none does.",
            min_rows_to_fail=500,
        ),
        by_shard=True,
    ),
    BuiltinSqlCheck(
        "documents_language_unknown",
        "documents",
        "Share of articles of unknown language.",
        "SELECT document_id, source FROM stored.documents WHERE language IS NULL",
        ShareThresholds(
            warn=0.1,
            fail=0.5,
            min_rows=20,
            reason="A text of a few lines can be too short to decide; a text of normal length is not.",
            min_rows_to_fail=200,
        ),
        by_shard=True,
    ),
    BuiltinSqlCheck(
        "documents_repeated",
        "documents",
        "Share of articles that repeat another.",
        "SELECT document_id, duplicate_of FROM stored.duplicates",
        ShareThresholds(
            warn=0.5,
            fail=0.95,
            min_rows=100,
            reason="Agency copy is reprinted widely; if nearly all articles are duplicates, different texts are "
            "being matched.",
        ),
    ),
    BuiltinSqlCheck(
        "documents_cut_down",
        "documents",
        "Share of articles of which cleaning removed more than half of the characters.",
        """
        SELECT article.document_id, article.source, length(raw.text) AS raw_characters, article.characters
        FROM stored.documents AS article JOIN (FROM stored.raws WHERE standing) AS raw USING (document_id)
        WHERE article.characters * 2 < length(raw.text)
        """,
        ShareThresholds(
            warn=0.05,
            fail=0.3,
            min_rows=20,
            reason="Boilerplate is rarely longer than the article; many such articles mean a rule that "
            "removes article text.",
        ),
        by_shard=True,
    ),
    BuiltinSqlCheck(
        "sentences_very_long",
        "sentences",
        "Share of sentences of more than 1,000 characters.",
        'SELECT document_id, sentence_id, "end" - "start" AS characters FROM stored.sentences '
        'WHERE "end" - "start" > 1000',
        ShareThresholds(
            warn=0.01,
            fail=0.1,
            min_rows=500,
            reason="News sentences have 100 to 200 characters; long ones are lists, or a splitter that is broken.",
        ),
        by_shard=True,
    ),
    BuiltinSqlCheck(
        "mentions_per_thousand_words",
        "mentions",
        "Mentions for each thousand words.",
        "SELECT mention_id FROM stored.mentions",
        ShareThresholds(
            warn=15,
            fail=2,
            min_rows=5_000,
            reason="News has 50 to 130; a model that did not load finds none. A few texts may really contain no names.",
            direction="fewest",
            per=1000,
            min_rows_to_fail=50_000,
        ),
        WORDS,
        by_shard=True,
    ),
    BuiltinSqlCheck(
        "quotes_per_thousand_words",
        "quotes",
        "Quotations for each thousand words.",
        "SELECT quote_id FROM stored.quotes",
        ShareThresholds(
            warn=2,
            fail=0.2,
            min_rows=20_000,
            reason="News has 10 to 50 (500 American articles: 27); columns and reports of results far fewer.",
            direction="fewest",
            per=1000,
            min_rows_to_fail=200_000,
        ),
        WORDS,
        by_shard=True,
    ),
    BuiltinSqlCheck(
        "quotes_too_many",
        "quotes",
        "Quotations for each thousand words, from above.",
        "SELECT quote_id FROM stored.quotes",
        ShareThresholds(
            warn=60,
            fail=150,
            min_rows=5_000,
            reason="One quotation in every seven words leaves no other text: quotation marks are paired wrongly, or "
            "every clause is taken for speech.",
            per=1000,
            min_rows_to_fail=20_000,
        ),
        WORDS,
        by_shard=True,
    ),
    BuiltinSqlCheck(
        "quotes_without_speaker",
        "quotes",
        "Share of quotations without a speaker, not counting attitudes.",
        "SELECT document_id, quote_id, cue FROM stored.quotes "
        "WHERE speaker_basis = 'none' AND cue_class IS DISTINCT FROM 'attitude'",
        ShareThresholds(
            0.3, 0.7, 100, "A quotation is attributed by definition; passives and headlines leave some open."
        ),
        "SELECT count(*) FROM stored.quotes WHERE cue_class IS DISTINCT FROM 'attitude'",
        by_shard=True,
    ),
    BuiltinSqlCheck(
        "quotes_speaker_unresolved",
        "quotes",
        "Share of speakers with words in the text but without an entity.",
        "SELECT document_id, quote_id, speaker FROM stored.quotes "
        "WHERE speaker_basis <> 'none' AND speaker_chain IS NULL",
        ShareThresholds(
            0.6, 0.95, 200, '"officials", "residents" have no name; if no speaker has an entity, linking is broken.'
        ),
        "SELECT count(*) FROM stored.quotes WHERE speaker_basis <> 'none'",
        by_shard=True,
    ),
    BuiltinSqlCheck(
        "quotes_very_long",
        "quotes",
        "Share of quotations of more than 1,500 characters.",
        'SELECT document_id, quote_id, "end" - "start" AS characters FROM stored.quotes WHERE "end" - "start" > 1500',
        ShareThresholds(
            0.02, 0.15, 100, "Speeches are rarely quoted at length; a missed closing mark has the same effect."
        ),
        by_shard=True,
    ),
    BuiltinSqlCheck(
        "quotes_without_marks",
        "quotes",
        "Share of direct and mixed quotations with a quotation mark on neither side.",
        f"""
        SELECT row.document_id, row.quote_id, row.text
        FROM stored.quotes AS row JOIN stored.documents AS article USING (document_id)
        WHERE row.kind <> 'indirect' AND NOT regexp_matches(
            trim(substr(article.text, greatest(row."start" - 1, 1), least(row."start", 2)))
            || trim(substr(article.text, row."end" + 1, 2)), '{_MARKS}')
        """,  # noqa: S608 - a pattern of this module
        ShareThresholds(
            warn=0.02,
            fail=0.2,
            min_rows=100,
            reason="A mark may be missing on one side, rarely on both (none of 2,900 quotations); shifted "
            "spans miss both.",
        ),
        "SELECT count(*) FROM stored.quotes WHERE kind <> 'indirect'",
        by_shard=True,
    ),
    BuiltinSqlCheck(
        "quotes_said_after_publication",
        "quotes",
        "Share of dated quotations said after their article was published.",
        """
        SELECT document_id, quote_id, said_earliest, published_latest
        FROM published.quotes JOIN stored.documents USING (document_id)
        WHERE said_earliest > published_latest
        """,
        ShareThresholds(
            warn=0.02,
            fail=0.2,
            min_rows=50,
            reason="News does not report what is still to be said (1 % in 500 articles, misread); many cases mean "
            "wrong anchors.",
        ),
        "SELECT count(*) FROM published.quotes WHERE said_earliest IS NOT NULL",
        by_shard=True,
    ),
    BuiltinSqlCheck(
        "dates_per_thousand_words",
        "dates",
        "Temporal expressions for each thousand words.",
        "SELECT date_id FROM stored.dates",
        ShareThresholds(
            warn=4,
            fail=0.5,
            min_rows=5_000,
            reason="News has 10 to 40 (500 American articles: 17); essays and tales may have none.",
            direction="fewest",
            per=1000,
            min_rows_to_fail=200_000,
        ),
        WORDS,
        by_shard=True,
    ),
    BuiltinSqlCheck(
        "dates_unresolved",
        "dates",
        "Share of unresolved days and times of day in articles with a known day of publication.",
        """
        SELECT row.document_id, row.date_id, row.text
        FROM stored.dates AS row JOIN stored.documents AS article USING (document_id)
        WHERE row.type IN ('DATE', 'TIME') AND row.basis = 'unresolved' AND row.value IS NULL
            AND article.published_latest IS NOT NULL
        """,
        ShareThresholds(
            warn=0.1,
            fail=0.5,
            min_rows=100,
            reason="With a known day of publication nearly all can be resolved (0.1 % remain unresolved in "
            "250 articles).",
        ),
        """
        SELECT count(*) FROM stored.dates AS row JOIN stored.documents AS article USING (document_id)
        WHERE row.type IN ('DATE', 'TIME') AND article.published_latest IS NOT NULL
        """,
        by_shard=True,
    ),
    BuiltinSqlCheck(
        "dates_after_publication",
        "dates",
        "Share of expressions flagged as impossible because they are after the publication.",
        "SELECT document_id, date_id, text, earliest FROM stored.dates WHERE problem = 'after-publication'",
        ShareThresholds(
            0.03, 0.15, 100, "Writers' errors are rare; many cases mean that articles are dated too early."
        ),
        by_shard=True,
    ),
    BuiltinSqlCheck(
        "dates_past_after_publication",
        "dates",
        "Share of complete written dates of past events that are after the publication and not flagged.",
        f"""
        SELECT row.document_id, row.date_id, row.text, article.published_latest {_HAPPENED}
            AND row.earliest > article.published_latest AND row.problem IS NULL
        """,
        ShareThresholds(
            warn=0.0,
            fail=0.2,
            min_rows=1,
            reason="A past event cannot be after the article that reports it: review each one.",
            min_rows_to_fail=20,
        ),
        f"SELECT count(*) {_HAPPENED}",
        by_shard=True,
    ),
    BuiltinSqlCheck(
        "dates_with_problem",
        "dates",
        "Share of expressions with a date problem.",
        "SELECT document_id, date_id, text, problem FROM stored.dates WHERE problem IS NOT NULL",
        ShareThresholds(0.05, 0.25, 100, "Slips are rare; many mean an anchor or a calendar that is wrong."),
        by_shard=True,
    ),
)
