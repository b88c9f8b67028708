"""`onrecord show`: the article as its readers see it, without escape sequences that a terminal would run."""

from pathlib import Path

import pytest
from rich.console import Console

from assets.cli.article_view import ArticleNotFound, find, print_article
from tests.support.factory import HARBOUR, document_id, filled_store
from warehouse.store import Store
from warehouse.withdrawal import lists
from warehouse.withdrawal.lists import Withdrawal


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return filled_store(tmp_path_factory.mktemp("store"))


def shown(store: Store, name: str) -> str:
    console = Console(width=160, record=True, force_terminal=True, highlight=False)
    with console.capture() as capture:
        print_article(store.folder, name, console)
    return capture.get()


def test_an_article_shows_its_edits_names_and_speakers(store: Store) -> None:
    out = shown(store, "harbour.txt")
    assert "Leave a comment" in out, "what was removed is shown on the raw side"
    assert "Ana Lume" in out
    assert "We open again" in out
    assert "cue: told (speech)" in out


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("no such article", "no article with the id, source or URL"),
        (".txt", "names several articles"),
        ("feed.jsonl#line-3", "it is refused as broken-record: Line 3 is not JSON."),
    ],
)
def test_a_name_that_is_not_one_article(store: Store, name: str, message: str) -> None:
    with pytest.raises(ArticleNotFound, match=message):
        find(store, name)


def test_there_is_no_warehouse(tmp_path: Path) -> None:
    with pytest.raises(ArticleNotFound, match="onrecord build"):
        find(Store(tmp_path), "a")


def test_hostile_text_is_not_obeyed(tmp_path: Path) -> None:
    store = filled_store(tmp_path)
    hostile = "\x1b]0;owned\x07 [bold red]not markup[/] \u202e"
    with store.open() as connection:
        connection.execute("UPDATE stored.documents SET title = ? WHERE source = 'harbour.txt'", [hostile])
        connection.execute("UPDATE stored.quotes SET text = ?", [hostile])
    out = shown(store, "harbour.txt")
    assert "\x1b]0" not in out
    assert "\u202e" not in out
    assert "[bold red]not markup[/]" in out


ID = document_id(HARBOUR)
UNPUBLISHED = "DELETE FROM stored.documents WHERE source = 'harbour.txt'; "
NOT_READ = "DELETE FROM stored.raws WHERE source = 'harbour.txt'"
FAILED = (
    "INSERT INTO stored.failures (stage, document_id, reason) "
    "SELECT 'documents', document_id, 'oops' FROM stored.raws WHERE source = 'harbour.txt'"
)
WITHDRAWN = Withdrawal(ID, "harbour.txt", "2026-01-02", "")
REFUSAL = (
    "INSERT INTO stored.refusals (source, path, bytes, reason, detail, document_id) "
    "VALUES ('{source}', 'harbour.txt', 1, '{reason}', '{source}: told', {document})"
)
# What was done to the article, the names under which it is requested, and what the command must print.
ABSENT = {
    "withdrawn, not yet built": (NOT_READ, True, "withdrawn.*next build"),
    "gone, not yet built": (NOT_READ, False, "raw folder.*next build"),
    "only an earlier edition": (
        "UPDATE stored.raws SET standing = false WHERE source = 'harbour.txt'",
        False,
        "raw folder.*next build",
    ),
    "withdrawn": (UNPUBLISHED + NOT_READ, True, "withdrawn.*2026-01-02"),
    "quarantined": (
        UNPUBLISHED + REFUSAL.format(source="harbour.txt", reason="quarantined", document=f"'{ID}'"),
        False,
        "quarantined.*told",
    ),
    "failed": (
        UNPUBLISHED + FAILED,
        False,
        "failed in documents.*oops",
    ),
    "not yet worked on": (UNPUBLISHED, False, "not yet processed"),
}


@pytest.mark.parametrize("name", ["harbour.txt", ID])
@pytest.mark.parametrize("case", ABSENT)
def test_of_an_article_that_is_not_published_the_reason_is_said(tmp_path: Path, case: str, name: str) -> None:
    sql, withdrawn, message = ABSENT[case]
    store = filled_store(tmp_path)
    with store.open() as connection:
        connection.execute(sql)
    if withdrawn:
        lists.write_withdrawn_list(store.folder, {ID: WITHDRAWN})
    with pytest.raises(ArticleNotFound, match=message):
        print_article(store.folder, name)


@pytest.mark.parametrize("reason", ["empty", "language", "repeated", "superseded"])
def test_of_a_refused_file_the_reason_is_said(tmp_path: Path, reason: str) -> None:
    store = filled_store(tmp_path)
    with store.open() as connection:
        connection.execute(REFUSAL.format(source="other.md", reason=reason, document="NULL"))
    with pytest.raises(ArticleNotFound, match=f"{reason}.*told"):
        print_article(store.folder, "other.md")


def test_a_list_that_is_cut_says_so(tmp_path: Path) -> None:
    store = filled_store(tmp_path)
    with store.open() as connection:
        connection.execute(
            "INSERT INTO stored.documents BY NAME SELECT d.* REPLACE (d.document_id || n AS document_id, "
            "'many-' || n AS source) FROM stored.documents AS d, range(7) AS r(n) WHERE d.source = 'harbour.txt'"
        )
    with pytest.raises(ArticleNotFound, match=r"many-5, …$"):
        find(store, "many-")
    with store.open() as connection:
        connection.execute("DELETE FROM stored.documents WHERE source = 'many-6'")
    with pytest.raises(ArticleNotFound, match=r"many-5$"):
        find(store, "many-")
