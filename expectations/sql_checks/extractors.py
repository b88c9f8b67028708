r"""Shares that no collection of news comes near to: signs of a broken extractor when every row is valid by itself.

Beyond `warn`, look at the rows; beyond `fail`, the release is refused: hardly any collection is so. A threshold applies
from `min_rows` on, so that one odd article cannot exceed it. The figures in the reasons were counted on 250 American
articles (six outlets and agencies, 190,000 words) and on the sample.
"""

from __future__ import annotations

from expectations.sql_checks.sql_check import BuiltinSqlCheck, ShareThresholds
from expectations.sql_checks.thresholds import HAS_NO_FAILURE_SQL, WORDS

_CHAINS = "SELECT count(*) FROM stored.resolutions"
# A passage of 20 to 300 characters in quotation marks: longer than a nickname or the title of a song.
_PASSAGE = r"[“„][^“”„\n]{20,300}”|«[^«»\n]{20,300}»|\x22[^\x22\n]{20,300}\x22"

EXTRACTORS: tuple[BuiltinSqlCheck, ...] = (
    BuiltinSqlCheck(
        "documents_without_title",
        "documents",
        "Share of articles without a headline.",
        "SELECT document_id, source FROM stored.documents WHERE title IS NULL",
        ShareThresholds(
            warn=0.8,
            fail=0.995,
            min_rows=40,
            reason="A third of bare texts have none (35 % of 250); if no article has one, headlines are no "
            "longer recognised.",
            min_rows_to_fail=1_000,
        ),
        by_shard=True,
    ),
    BuiltinSqlCheck(
        "sentences_per_thousand_words",
        "sentences",
        "Sentences per 1,000 words (lower limit).",
        "SELECT sentence_id FROM stored.sentences",
        ShareThresholds(
            warn=20,
            fail=8,
            min_rows=5_000,
            reason="News has 45 to 65; sentences of a hundred words or more mean that the sentence splitter "
            "does not split.",
            direction="fewest",
            per=1000,
            min_rows_to_fail=20_000,
        ),
        WORDS,
        by_shard=True,
    ),
    BuiltinSqlCheck(
        "sentences_too_many",
        "sentences",
        "Sentences per 1,000 words (upper limit).",
        "SELECT sentence_id FROM stored.sentences",
        ShareThresholds(
            warn=150,
            fail=350,
            min_rows=5_000,
            reason="News has 45 to 65, lists of results twice as many; three words per sentence mean a split at "
            "every full stop.",
            per=1000,
            min_rows_to_fail=20_000,
        ),
        WORDS,
        by_shard=True,
    ),
    BuiltinSqlCheck(
        "documents_without_mentions",
        "documents",
        "Share of articles of at least 100 words without any mention.",
        f"""
        SELECT document_id, source FROM stored.documents AS article
        WHERE words >= 100 AND {HAS_NO_FAILURE_SQL}
            AND NOT EXISTS (FROM stored.mentions AS m WHERE m.document_id = article.document_id)
        """,  # noqa: S608 - a condition of this folder
        ShareThresholds(
            warn=0.2,
            fail=0.8,
            min_rows=40,
            reason="None of 250 has no mention; if some have none, the model was not run on all articles.",
            min_rows_to_fail=200,
        ),
        f"SELECT count(*) FROM stored.documents AS article WHERE words >= 100 AND {HAS_NO_FAILURE_SQL}",  # noqa: S608
        by_shard=True,
    ),
    BuiltinSqlCheck(
        "mentions_of_one_label",
        "mentions",
        "Share of the most frequent label among mentions.",
        """
        SELECT document_id, mention_id, label FROM stored.mentions WHERE label = (
            SELECT label FROM stored.mentions GROUP BY label ORDER BY count(*) DESC, label LIMIT 1
        )
        """,
        ShareThresholds(
            warn=0.9,
            fail=0.99,
            min_rows=1_000,
            reason="Persons are half of all (57 % of 19,000 mentions); if all mentions have one label, labels carry "
            "no information.",
            min_rows_to_fail=10_000,
        ),
    ),
    BuiltinSqlCheck(
        "mentions_alone",
        "mentions",
        "Chains per mention: high if mentions of one entity in an article are rarely linked.",
        "SELECT DISTINCT document_id, chain FROM stored.mentions",
        ShareThresholds(
            warn=0.85,
            fail=0.99,
            min_rows=1_000,
            reason="A name occurs three times in an article (33 chains per 100 mentions; 55 in short ones); one "
            "chain per mention means that names and pronouns are not linked.",
            min_rows_to_fail=10_000,
        ),
        by_shard=True,
    ),
    BuiltinSqlCheck(
        "entities_unmerged",
        "entities",
        "Entities per chain: high if chains of different articles are rarely linked.",
        "SELECT entity_id FROM stored.entities",
        ShareThresholds(
            warn=0.9,
            fail=0.98,
            min_rows=2_000,
            reason="Countries and leaders recur in every other article (46 entities per 100 chains of 250 articles); "
            "one entity per chain means that nothing is linked across articles.",
            min_rows_to_fail=20_000,
        ),
        _CHAINS,
    ),
    BuiltinSqlCheck(
        "entities_one_for_all",
        "entities",
        "Share of chains that belong to the most frequent entity.",
        """
        SELECT document_id, chain, entity_id FROM stored.resolutions WHERE entity_id = (
            SELECT entity_id FROM stored.resolutions GROUP BY entity_id ORDER BY count(*) DESC, entity_id LIMIT 1
        )
        """,
        ShareThresholds(
            warn=0.25,
            fail=0.6,
            min_rows=500,
            reason="The main subject of a collection is in each of its articles, beside ten other entities (3 % of "
            "6,300 chains); more than half means that different names are merged.",
            min_rows_to_fail=2_000,
        ),
        _CHAINS,
    ),
    BuiltinSqlCheck(
        "quotes_unread_marks",
        "quotes",
        "Share of articles with a passage between quotation marks in which no direct or mixed quotation was found.",
        f"""
        SELECT document_id, source FROM stored.documents AS article
        WHERE regexp_matches(text, '{_PASSAGE}') AND {HAS_NO_FAILURE_SQL} AND NOT EXISTS (
            FROM stored.quotes AS q WHERE q.document_id = article.document_id AND q.kind <> 'indirect'
        )
        """,  # noqa: S608 - a pattern of this module
        ShareThresholds(
            warn=0.25,
            fail=0.8,
            min_rows=40,
            reason="Titles and terms are in quotation marks, too, but rarely the only ones in an article (1 of 191); "
            "if this is true of most articles, quotation marks are no longer recognised.",
            min_rows_to_fail=200,
        ),
        f"SELECT count(*) FROM stored.documents AS article WHERE regexp_matches(text, '{_PASSAGE}') "  # noqa: S608
        f"AND {HAS_NO_FAILURE_SQL}",
        by_shard=True,
    ),
    BuiltinSqlCheck(
        "quotes_without_cue",
        "quotes",
        'Share of quotations without a cue (a word such as "said").',
        "SELECT document_id, quote_id, kind FROM stored.quotes WHERE cue IS NULL",
        ShareThresholds(
            warn=0.4,
            fail=0.95,
            min_rows=100,
            reason="Interviews and lists of opinions have none (1 % in 250 articles); if all quotations have none, "
            "cues are no longer found.",
            min_rows_to_fail=1_000,
        ),
        by_shard=True,
    ),
    BuiltinSqlCheck(
        "quotes_of_one_confidence",
        "quotes",
        "Share of the most frequent confidence among quotations.",
        """
        SELECT document_id, quote_id, confidence FROM stored.quotes WHERE confidence = (
            SELECT confidence FROM stored.quotes GROUP BY confidence ORDER BY count(*) DESC, confidence LIMIT 1
        )
        """,
        ShareThresholds(
            warn=0.8,
            fail=0.99,
            min_rows=500,
            reason="A third at most (27 % of 5,300 quotations); if all have the same confidence, it carries "
            "no information.",
            min_rows_to_fail=2_000,
        ),
    ),
    BuiltinSqlCheck(
        "statements_one_for_all",
        "statements",
        "Share of quotations that report the most reported statement.",
        """
        SELECT quote_id, document_id, statement_id FROM stored.utterances WHERE statement_id = (
            SELECT statement_id FROM stored.utterances GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1
        )
        """,
        ShareThresholds(
            warn=0.2,
            fail=0.6,
            min_rows=300,
            reason="One in hundreds (0.2 % of 5,300 quotations); more than half means that different wordings are "
            "merged. A folder of reprints of one article has few statements.",
            min_rows_to_fail=2_000,
        ),
        "SELECT count(*) FROM stored.utterances",
    ),
)
