"""Structural checks of mentions, chains, entities, quotations with their speakers, and statements."""

from __future__ import annotations

from expectations.sql_checks.sql_check import BuiltinSqlCheck


def _part_at_span(part: str) -> BuiltinSqlCheck:
    return BuiltinSqlCheck(
        f"quotes_{part}_at_span",
        "quotes",
        f"{part} and its offsets are either all set or all null, and documents.text[{part}_start:{part}_end] "
        f"equals {part}.",
        f"""
        SELECT row.document_id, row.quote_id, row.{part}, row.{part}_start, row.{part}_end
        FROM stored.quotes AS row JOIN stored.documents AS article USING (document_id)
        WHERE CASE WHEN row.{part} IS NULL OR row.{part}_start IS NULL OR row.{part}_end IS NULL
            THEN row.{part} IS NOT NULL OR row.{part}_start IS NOT NULL OR row.{part}_end IS NOT NULL
            ELSE row.{part}_start >= row.{part}_end OR row.{part}_end > article.characters
                OR substr(article.text, row.{part}_start + 1, greatest(row.{part}_end - row.{part}_start, 0))
                    <> row.{part} END
        """,  # noqa: S608 - names of the contract
        scope="row",
    )


MENTION_AND_QUOTE_CHECKS: tuple[BuiltinSqlCheck, ...] = (
    BuiltinSqlCheck(
        "mentions_have_entity",
        "mentions",
        "The chain of every mention has an entity.",
        "SELECT document_id, mention_id, chain FROM published.mentions WHERE entity_id IS NULL",
        by_shard=True,
    ),
    BuiltinSqlCheck(
        "entities_counts",
        "entities",
        "mentions and documents equal the number of mentions of the entity and of the articles that contain them.",
        """
        SELECT entity_id, entity.mentions, entity.documents, coalesce(counted.mentions, 0) AS counted_mentions,
            coalesce(counted.documents, 0) AS counted_documents
        FROM stored.entities AS entity LEFT JOIN (
            SELECT entity_id, count(*) AS mentions, count(DISTINCT document_id) AS documents
            FROM published.mentions GROUP BY entity_id
        ) AS counted USING (entity_id)
        WHERE entity.mentions IS DISTINCT FROM counted.mentions OR entity.documents IS DISTINCT FROM counted.documents
        """,
    ),
    BuiltinSqlCheck(
        "entities_days_in_order",
        "entities",
        "first_published is not after last_published.",
        "SELECT entity_id, first_published, last_published FROM stored.entities WHERE first_published > last_published",
    ),
    *(_part_at_span(part) for part in ("speaker", "cue", "venue")),
    BuiltinSqlCheck(
        "quotes_speaker_has_basis",
        "quotes",
        "speaker_basis is none if and only if there is no speaker.",
        """
        SELECT document_id, quote_id, speaker, speaker_basis FROM stored.quotes
        WHERE (speaker_basis = 'none') <> (speaker_start IS NULL)
        """,
        scope="row",
    ),
    BuiltinSqlCheck(
        "quotes_speaker_agrees",
        "quotes",
        "A speaker given by a pronoun or description has the chain of the mention at its position; he and she "
        "have no chain if there is no mention.",
        """
        SELECT row.document_id, row.quote_id, row.speaker, row.speaker_chain, mention.chain AS mentioned_chain
        FROM stored.quotes AS row LEFT JOIN stored.mentions AS mention
            ON mention.document_id = row.document_id AND mention."start" = row.speaker_start
                AND mention."end" = row.speaker_end
        WHERE row.speaker_basis <> 'corrected' AND row.speaker_chain IS DISTINCT FROM mention.chain
            AND (mention.resolution IN ('pronoun', 'description')
                OR (lower(row.speaker) IN ('he', 'she') AND row.speaker_end IS NOT NULL))
        """,
        scope="document",
    ),
    BuiltinSqlCheck(
        "quotes_cue_has_class",
        "quotes",
        "Every cue has a cue_class.",
        "SELECT document_id, quote_id, cue FROM stored.quotes WHERE cue IS NOT NULL AND cue_class IS NULL",
        scope="row",
    ),
    BuiltinSqlCheck(
        "chains_one_each",
        "chains",
        "No two chains of a document have the same number.",
        "SELECT document_id, chain, count(*) AS times FROM stored.chains GROUP BY document_id, chain "
        "HAVING count(*) > 1",
        scope="document",
    ),
    BuiltinSqlCheck(
        "mentions_chain_is_known",
        "mentions",
        "Every mention's chain is one of the chains of its document.",
        """
        SELECT document_id, mention_id, chain, "start", "end" FROM stored.mentions AS row
        WHERE NOT EXISTS (FROM stored.chains AS c WHERE c.document_id = row.document_id AND c.chain = row.chain)
        """,
        scope="document",
    ),
    BuiltinSqlCheck(
        "quotes_chains_are_known",
        "quotes",
        "The chain of a speaker or a venue is one of the chains of its document.",
        """
        SELECT document_id, quote_id, speaker_chain, venue_chain FROM stored.quotes AS row
        WHERE (speaker_chain IS NOT NULL AND NOT EXISTS (FROM stored.chains AS c
                WHERE c.document_id = row.document_id AND c.chain = row.speaker_chain))
            OR (venue_chain IS NOT NULL AND NOT EXISTS (FROM stored.chains AS c
                WHERE c.document_id = row.document_id AND c.chain = row.venue_chain))
        """,
        scope="document",
    ),
    BuiltinSqlCheck(
        "quotes_chains_have_entities",
        "quotes",
        "A speaker or venue with a chain has an entity, and the speaker has a name.",
        """
        SELECT row.document_id, row.quote_id, row.speaker_chain, row.venue_chain, shown.speaker_name
        FROM stored.quotes AS row JOIN published.quotes AS shown USING (quote_id)
        WHERE (row.speaker_chain IS NULL) <> (shown.speaker_entity_id IS NULL)
            OR (row.venue_chain IS NULL) <> (shown.venue_entity_id IS NULL)
            OR (shown.speaker_entity_id IS NULL) <> (shown.speaker_name IS NULL)
        """,
        by_shard=True,
    ),
    BuiltinSqlCheck(
        "quotes_part_of_earlier",
        "quotes",
        "part_of is the first fragment of the utterance: earlier in the same document, and itself without part_of.",
        """
        SELECT part.document_id, part.quote_id, part.part_of
        FROM stored.quotes AS part LEFT JOIN stored.quotes AS first
            ON first.quote_id = part.part_of AND first.document_id = part.document_id
        WHERE part.part_of IS NOT NULL
            AND (first.quote_id IS NULL OR first."start" >= part."start" OR first.part_of IS NOT NULL)
        """,
        scope="document",
    ),
    BuiltinSqlCheck(
        "quotes_have_statement",
        "quotes",
        "Every quotation belongs to a statement.",
        "SELECT document_id, quote_id FROM published.quotes WHERE statement_id IS NULL",
        by_shard=True,
    ),
    BuiltinSqlCheck(
        "statements_counts",
        "statements",
        "quotes and documents equal the number of quotations of the statement and of the articles that contain them.",
        """
        SELECT statement_id, statement.quotes, statement.documents, coalesce(counted.quotes, 0) AS counted_quotes,
            coalesce(counted.documents, 0) AS counted_documents
        FROM stored.statements AS statement LEFT JOIN (
            SELECT statement_id, count(*) AS quotes, count(DISTINCT document_id) AS documents
            FROM stored.utterances GROUP BY statement_id
        ) AS counted USING (statement_id)
        WHERE statement.quotes IS DISTINCT FROM counted.quotes
            OR statement.documents IS DISTINCT FROM counted.documents
        """,
    ),
)
