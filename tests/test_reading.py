"""`onrecord show`: the article as its readers see it, and nothing that a terminal would obey."""

from pathlib import Path

import pytest
from rich.console import Console

from assets.reading import ArticleNotFound, find, print_article
from tests.factory import filled_store
from warehouse.store import Store


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
        ("no such article", "no article is called"),
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
