"""Rights: every published column of text, for articles that are open, closed, of unknown licence, or absent."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from pipeline.contract import BY_NAME, PUBLISHED, Column
from tests.integration.test_release import DAY, judged_store, read, release, secretive
from tests.support import factory
from tests.support.contents import contents
from warehouse.release import rights
from warehouse.release.rights import Terms
from warehouse.store import Store, preview
from warehouse.withdrawal import lists

# The possible states of an article, with its licence.
STATES: dict[str, str | None] = {
    "open": "CC-BY-4.0",
    "closed": "CC-BY-NC-4.0",
    "unknown": None,
    "deleted": "CC0-1.0",
    "withdrawn": "CC0-1.0",
    "quarantined": "CC0-1.0",
}
# The columns of an article's own words, by table.
PROSE = [(table.name, column.name) for table in PUBLISHED for column in table.published if column.prose]


def words(state: str) -> str:
    return f"The {state} clerk keeps a ledger that nobody reads"


def correction(line: int, kind: str, document: str, target: str, value: str) -> dict[str, Any]:
    return {"line": line, "kind": kind, "document_id": document, "target": target, "value": value, "note": "The desk."}


def filled(folder: Path) -> Store:
    """Return a store with an article of each state, each with a correction whose value is its words. Removed articles
    have left corrections behind, and a line of refusals if a build leaves one."""
    articles = {state: secretive(licence, "indirect", words(state)) for state, licence in STATES.items()}
    articles = {state: dataclasses.replace(one, source=f"{state}.txt") for state, one in articles.items()}
    present = [articles[state] for state in ("open", "closed", "unknown")]
    rows = factory.rows((*factory.ARTICLES, *present))
    rows["corrections"] += [
        correction(10 + n, "not-a-quote", factory.document_id(one), "0" * 16, words(state))
        for n, (state, one) in enumerate(articles.items())
    ]
    rows["corrections"].append(correction(90, "same", "PERSON", "A. Lume", "Ana Lume"))
    rows["corrections"].append(correction(91, "same", "PERSON", "B. Lume", words("long") * 5))
    for state, identity in (("withdrawn", None), ("quarantined", factory.document_id(articles["quarantined"]))):
        rows["refusals"].append(
            {
                "source": f"{state}.txt",
                "content_sha256": None,
                "bytes": 9,
                "reason": state,
                "detail": f"{state}.txt: {state}",
                "document_id": identity,
                "check": None,
                "path": f"{state}.txt",
            }
        )
    gone = factory.document_id(articles["withdrawn"])
    folder.mkdir(exist_ok=True)
    lists.write_withdrawn_list(folder, {gone: lists.Withdrawal(gone, "withdrawn.txt", DAY.isoformat(), "")})
    return judged_store(folder, rows)


@pytest.fixture(scope="module", params=["licensed", "none", "all"])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Any]:
    mode = str(request.param)
    return mode, release(filled(tmp_path_factory.mktemp(mode)), Terms(mode))


@pytest.mark.parametrize(("table", "column"), PROSE)
def test_prose_is_shown_of_open_articles_alone(made: tuple[str, Any], table: str, column: str) -> None:
    mode, published = made
    values = " ".join(value or "" for value in read(published, table)[column])
    shown = {state for state in STATES if words(state) in values}
    expected = {"licensed": {"open"}, "none": set(), "all": {"open", "closed", "unknown"}}[mode]
    assert shown == expected


def test_words_of_no_other_article_are_in_any_file(made: tuple[str, Any]) -> None:
    mode, published = made
    hidden = {"licensed": set(STATES) - {"open"}, "none": set(STATES), "all": {"deleted", "withdrawn", "quarantined"}}
    for name, content in contents(published.folder):
        assert [state for state in hidden[mode] if words(state).encode() in content] == [], name


def test_names_that_are_the_same_are_shown_unless_they_are_long(made: tuple[str, Any]) -> None:
    rows = read(made[1], "corrections").to_dicts()
    assert {row["line"]: row["value"] for row in rows if row["kind"] == "same"} == {90: "Ana Lume", 91: None}


def test_withheld_values_are_counted(made: tuple[str, Any]) -> None:
    mode, published = made
    values = read(published, "corrections")["value"]
    assert published.withheld["corrections.value"] == values.null_count() > 0, mode


def test_the_preview_of_corrections_shows_no_words_of_articles_that_have_gone(tmp_path: Path) -> None:
    with filled(tmp_path).open() as connection:
        rows = preview(connection, BY_NAME["corrections"], 100)
    shown = {state for state in STATES if any(row["value"] == words(state) for row in rows)}
    assert (shown, rows[-2]["value"]) == ({"open", "closed", "unknown"}, "Ana Lume")


@pytest.mark.parametrize("kind", ["string", "strings"])
def test_a_column_of_text_that_nobody_declared_is_found(kind: Any) -> None:
    column = Column("whispers", kind, "Words.")
    planted = dataclasses.replace(BY_NAME["quotes"], columns=(*BY_NAME["quotes"].columns, column))
    assert rights.undeclared([planted]) == ["quotes.whispers"]
    assert rights.undeclared([dataclasses.replace(planted, name="whispers")])[-1] == "whispers.whispers"


@pytest.mark.parametrize(
    "column",
    [
        Column("whispers", "string", "Words.", pattern=".*"),
        Column("whispers", "string", "Words.", refers_to="documents.text"),
        Column("whispers", "string", "Words.", required=True),
    ],
    ids=["pattern", "refers_to", "required"],
)
def test_no_promise_of_a_column_says_that_it_holds_no_prose(column: Column) -> None:
    planted = dataclasses.replace(BY_NAME["quotes"], columns=(column,))
    assert rights.undeclared([planted]) == ["quotes.whispers"]


def test_every_declaration_is_of_a_column() -> None:
    known = {f"{t.name}.{c.name}" for t in PUBLISHED for c in t.published if not c.prose and not c.enum}
    assert sorted(set(rights.NON_PROSE_COLUMNS) - known) == []


def test_a_row_without_an_article_is_not_open(tmp_path: Path) -> None:
    store = filled(tmp_path)
    with store.open() as connection:
        rights.prepare(connection, Terms("all"))
        sql = f"SELECT {rights.CLOSED} FROM (VALUES (NULL), ('nobody')) AS row(document_id)"  # noqa: S608 - a rule of ours
        assert connection.execute(sql).fetchall() == [(True,), (True,)]
