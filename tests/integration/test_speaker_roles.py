"""The role of a speaker on the day of the saying, from the article of the quotation and from others."""

from datetime import date
from pathlib import Path

import duckdb
import pytest

from tests.support.factory import filled_store
from warehouse import states
from warehouse.store import Store

WORDS = "We open again,"
PUBLISHED = date(2026, 3, 14)


def role(store: Store, *changes: str) -> tuple[str | None, str | None]:
    """Return the published role of the quotation, after these changes of the store. Its article is of `PUBLISHED`."""
    with duckdb.connect(str(store.database)) as connection:
        for sql in (
            OWN_ROLE,
            *changes,
        ):
            connection.execute(sql, {"words": WORDS} if "$words" in sql else None)
        states.fill(connection)
    with store.open() as connection:
        sql = (
            "SELECT speaker_role, speaker_role_basis FROM published.quotes JOIN published.documents "
            "USING (document_id) WHERE quotes.text = ? AND source = 'harbour.txt'"
        )
        ((found, basis),) = connection.execute(sql, [WORDS]).fetchall()
    return found, basis


_SAID = (
    "UPDATE stored.said_days SET earliest = DATE '{}', latest = DATE '{}' "
    "WHERE quote_id IN (SELECT quote_id FROM stored.quotes WHERE text = $words)"
)


def said_on(first: str, last: str) -> str:
    return _SAID.format(first, last)


_SET = "UPDATE stored.quotes SET speaker_role = {}, speaker_role_basis = {} WHERE text = $words"
OWN_ROLE, NO_ROLE = _SET.format("'harbour master'", "'sentence'"), _SET.format("NULL", "NULL")


_ENTITY = (
    "UPDATE stored.entities SET roles = {}, roles_mentions = {}, roles_first = [{}]::DATE[], roles_last = [{}]::DATE[] "
    "WHERE name = 'Ana Lume'"
)


def other_articles(*roles: tuple[str, str | None, str | None]) -> str:
    """Return the roles that all articles together give: name, first and last day."""

    def days(at: int) -> str:
        return ", ".join("NULL" if r[at] is None else f"DATE '{r[at]}'" for r in roles)

    return _ENTITY.format([r[0] for r in roles], [1] * len(roles), days(1), days(2))


def test_the_articles_own_role_is_that_of_the_day(tmp_path: Path) -> None:
    assert role(filled_store(tmp_path), said_on("2026-03-13", "2026-03-13")) == ("harbour master", "sentence")


def test_words_of_another_time_have_no_role_of_today(tmp_path: Path) -> None:
    assert role(filled_store(tmp_path), said_on("2019-05-01", "2019-05-02")) == (None, None)


def test_a_role_of_that_time_stays_with_the_words(tmp_path: Path) -> None:
    then = "UPDATE stored.quotes SET speaker_role_basis = 'then' WHERE text = $words"
    assert role(filled_store(tmp_path), said_on("2019-05-01", "2019-05-02"), then) == ("harbour master", "then")


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (("2026-03-01", "2026-03-01"), ("pilot", "corpus")),
        (("2020-01-01", "2026-03-01"), ("pilot", "corpus")),
        # Between two days that are years apart, a person may have had another role.
        (("2020-01-01", "2030-01-01"), (None, None)),
        (("2019-01-01", "2019-02-01"), (None, None)),
        ((None, None), (None, None)),
    ],
)
def test_another_article_of_a_day_near_gives_the_role(
    tmp_path: Path, days: tuple[str | None, str | None], expected: tuple[str | None, str | None]
) -> None:
    store = filled_store(tmp_path)
    assert role(store, said_on("2026-03-13", "2026-03-13"), NO_ROLE, other_articles(("pilot", *days))) == expected


def test_a_role_that_some_article_calls_over_is_not_taken_from_another(tmp_path: Path) -> None:
    near = ("2026-03-01", "2026-03-01")
    roles = other_articles(("Pilot", *near), ("Former pilot", *near))
    found = role(filled_store(tmp_path), said_on("2026-03-13", "2026-03-13"), NO_ROLE, roles)
    assert found == ("Former pilot", "corpus")


def test_a_warehouse_without_roles_opens_and_makes_its_quotations_again(tmp_path: Path) -> None:
    store = filled_store(tmp_path)
    with duckdb.connect(str(store.database)) as connection:
        connection.execute("DROP SCHEMA published CASCADE")
        for name in ("speaker_role", "speaker_role_basis"):
            connection.execute(f"ALTER TABLE stored.quotes DROP COLUMN {name}")
        connection.execute("UPDATE main.onrecord SET contract = '1.4.0'")
    assert store.read("FROM stored.raws").height > 0
    assert {"speaker_role", "speaker_role_basis"} <= set(store.read("FROM stored.quotes").columns)
    assert "quotes" not in set(store.read("SELECT DISTINCT stage FROM stored.ledger")["stage"])
    assert store.read("FROM published.quotes").columns == store.read("FROM published.quotes LIMIT 0").columns
