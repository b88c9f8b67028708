"""A withdrawn article is refused under other names and in other forms; its neighbours are not."""

from __future__ import annotations

import gzip
import html
import json
import logging
import shutil
import textwrap
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.build.incremental import update_from_raw_folder
from assets.cli import app
from assets.settings import Settings
from pipeline.contract import ids
from tests.integration.test_withdrawal import run
from tests.support.factory import copy, templates
from warehouse.backup import backup, restore
from warehouse.sql import StoreError
from warehouse.store import Store
from warehouse.withdrawal import lists, texts
from warehouse.withdrawal.lists import Withdrawal

LEAD = (
    "The harbour board of Quarrow voted on Tuesday to close the eastern pier, after engineers found that the piles "
    "under it had rotted through. “Nobody will walk on it again before it is safe,” said Zebulon Quuxington, who has "
    "chaired the board for eleven years. The vote was six to three."
)
MIDDLE = (
    "Fishermen who land their catch at the pier said that they had been told nothing of it. Some forty boats use the "
    "eastern side, and the nearest other berth is nine miles up the coast at Tallow Point. The board will pay for the "
    "fuel until the spring, Mr Quuxington said, and no longer."
)
END = (
    "Repairs are put at 2.4 million crowns. The council has set aside a third of that, and hopes that the province "
    "will give the rest. A decision is due in March, when the assembly meets again after the winter recess."
)
STORY = f"{LEAD}\n\n{MIDDLE}\n\n{END}"
FOOTER = (
    "The Quarrow Gazette is read in twelve towns. Subscribe to our morning letter for news of the coast, the council "
    "and the courts. Write to the desk with corrections, and we will print them."
)
NEIGHBOUR = (
    "A choir of two hundred children sang in the market hall on Sunday, the first concert there since the roof was "
    "mended. The conductor, Olga Brandt, had rehearsed them since the summer in three schools. The mayor sat in the "
    "first row and was seen to hum. Tickets had gone within an hour, and the hall will hold a second evening in May."
)
OTHER = (
    "The price of barley rose again at the exchange in Tallow, to nineteen crowns a sack. Dealers spoke of a dry "
    "autumn and of ships that wait in the south. Millers said they would buy no more before the new year, "
    "whatever was asked."
)

type Change = Callable[[Path], None]


def text(name: str, content: str) -> Change:
    return lambda raw: (raw / name).write_text(content, encoding="utf-8") and None


def lines(name: str, *records: dict[str, str]) -> Change:
    return text(name, "".join(json.dumps(record) + "\n" for record in records))


def page(content: str) -> str:
    paragraphs = "".join(f"<p>{html.escape(part)}</p>" for part in content.split("\n\n"))
    return f"<html><head><title>Pier</title></head><body><article>{paragraphs}</article></body></html>"


def zipped(raw: Path) -> None:
    (raw / "copy.txt.gz").write_bytes(gzip.compress(STORY.encode(), mtime=0))


def renamed(raw: Path) -> None:
    (raw / "story.txt").rename(raw / "story-2.txt")


def straight(content: str) -> str:
    return content.replace("“", '"').replace("”", '"')


@pytest.fixture
def place(tmp_path: Path) -> Settings:
    raw = shutil.copytree(raw_folder(), tmp_path / "raw")
    return Settings(raw=raw, warehouse=tmp_path / "warehouse")


@cache
def raw_folder() -> Path:
    """Return a folder of articles to copy, which keeps the times of the files."""
    raw = templates() / "raw-of-withdrawn-texts"
    raw.mkdir()
    text("story.txt", STORY)(raw)
    text("neighbour.txt", NEIGHBOUR)(raw)
    lines("many.jsonl", {"text": OTHER}, {"text": f"{NEIGHBOUR} It rained."}, {"text": f"{OTHER} It snowed."})(raw)
    return raw


@cache
def without_story() -> Store:
    """Return a store of these articles, of which story.txt was withdrawn."""
    place = Settings(raw=raw_folder(), warehouse=templates() / "without-story")
    take(place)
    withdraw(place, "story.txt")
    return Store(place.warehouse)


def take(place: Settings) -> None:
    update_from_raw_folder(Store(place.warehouse), replace(place, accept_removals=True), lambda _: None)


def withdraw(place: Settings, *words: str) -> str:
    code, said = run("withdraw", *words, "--raw", place.raw, "--warehouse", place.warehouse)
    assert code == 0, said
    return said


def standing(place: Settings) -> list[str]:
    return Store(place.warehouse).read("SELECT origin FROM stored.raws ORDER BY 1")["origin"].to_list()


def held(place: Settings) -> dict[str, str]:
    frame = Store(place.warehouse).read("SELECT source, detail FROM stored.refusals WHERE reason = 'withdrawn'")
    return dict(frame.iter_rows())


# What becomes of story.txt or its copies, the record that must be held back, and whether a user has to decide.
VARIATIONS: dict[str, tuple[Change, str, bool]] = {
    "renamed": (renamed, "story-2.txt", False),
    "url added": (lines("story.json", {"url": "https://example.org/pier"}), "story.txt", False),
    "same name, other text": (text("story.txt", OTHER + " Now another."), "story.txt", False),
    "blanks edited": (text("copy.txt", STORY.replace(" ", "  ").replace("\n\n", "\r\n")), "copy.txt", False),
    "capitals": (text("copy.txt", STORY.upper()), "copy.txt", False),
    "straight quotes": (text("copy.txt", straight(STORY)), "copy.txt", False),
    "web page": (text("copy.html", page(STORY)), "copy.html", False),
    "packed": (zipped, "copy.txt.gz", False),
    "record": (lines("copy.jsonl", {"text": STORY, "id": "7"}), "copy.jsonl#line-1", False),
    "lines wrapped": (text("copy.txt", textwrap.fill(STORY, 60)), "copy.txt", False),
    "soft hyphens": (text("copy.txt", STORY.replace("er", "\u00ader").replace("th", "t\u200bh")), "copy.txt", False),
    "UTF-16": (lambda raw: (raw / "copy.txt").write_bytes(STORY.encode("utf-16")) and None, "copy.txt", False),
    "record with headline": (
        lines("copy.jsonl", {"title": "Pier", "text": f"Pier shut\n{STORY}"}),
        "copy.jsonl#line-1",
        False,
    ),
    "among others": (text("copy.txt", f"{STORY}\n\n{NEIGHBOUR}"), "copy.txt", True),
    "headline changed": (text("copy.txt", f"Quarrow pier shut\n\n{STORY}"), "copy.txt", False),
    "cut to half": (text("copy.txt", f"{LEAD}\n\n{MIDDLE[: len(MIDDLE) // 2]}"), "copy.txt", True),
    "footer added": (text("copy.txt", f"{STORY}\n\n{FOOTER}"), "copy.txt", True),
    "edited": (text("copy.txt", STORY.replace("Tuesday", "Monday").replace("forty", "fifty")), "copy.txt", True),
    "record with footer": (lines("copy.jsonl", {"text": f"{STORY} {FOOTER}"}), "copy.jsonl#line-1", True),
}


# Copies that are quick tests also where they were stored before: one of each kind of match.
QUICK = {"record", "cut to half"}


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        *(pytest.param(name, False, id=f"{name}, comes later") for name in VARIATIONS),
        *(
            pytest.param(name, True, id=f"{name}, is there already", marks=() if name in QUICK else pytest.mark.slow)
            for name, (_, origin, _) in VARIATIONS.items()
            if origin.startswith("copy")
        ),
    ],
)
def test_a_copy_of_a_withdrawn_article_is_held_back(place: Settings, name: str, stored: bool) -> None:
    change, origin, near = VARIATIONS[name]
    if stored:
        change(place.raw)
        take(place)
        withdraw(place, "story.txt")
    else:
        copy(without_story(), Store(place.warehouse))
        change(place.raw)
    others = [one for one in standing(place) if one not in ("story.txt", origin)]
    take(place)
    assert standing(place) == others
    assert origin in held(place)
    assert ("--also" in held(place)[origin]) is near
    assert "Quuxington" not in " ".join(held(place).values())


NEIGHBOURS: dict[str, Change] = {
    "another story": text("new.txt", f"{OTHER} The market is closed on Monday."),
    "the same footer": text("new.txt", f"{NEIGHBOUR}\n\n{FOOTER}"),
    "the same subject": text(
        "new.txt",
        "Three weeks after its vote on the eastern pier the harbour board of Quarrow met again, and heard from the "
        "fishermen. Zebulon Quuxington, its chairman, asked them for patience. They left the room before he had ended, "
        "and their lawyer spoke of a suit. The minutes will be public next week, the clerk said.",
    ),
}


@pytest.mark.parametrize("name", NEIGHBOURS)
def test_an_article_that_is_no_copy_is_taken_in(place: Settings, name: str) -> None:
    text("story.txt", f"{STORY}\n\n{FOOTER}")(place.raw)
    take(place)
    withdraw(place, "story.txt")
    NEIGHBOURS[name](place.raw)
    take(place)
    assert "new.txt" in standing(place)
    assert set(held(place)) == {"story.txt"}


def test_the_next_record_is_not_refused_when_lines_move_up(place: Settings) -> None:
    records = [{"text": OTHER}, {"text": STORY}, {"text": NEIGHBOUR}]
    lines("moved.jsonl", *records)(place.raw)
    take(place)
    withdraw(place, "moved.jsonl#line-2")
    lines("moved.jsonl", *records[1:])(place.raw)
    take(place)
    assert "moved.jsonl#line-1" in held(place)
    assert "moved.jsonl#line-2" in standing(place)
    take(place)
    assert "moved.jsonl#line-2" in standing(place)


def test_two_records_that_changed_places_are_told_by_their_text(place: Settings) -> None:
    lines("pair.jsonl", {"text": STORY}, {"text": NEIGHBOUR})(place.raw)
    take(place)
    withdraw(place, "pair.jsonl#line-1")
    lines("pair.jsonl", {"text": NEIGHBOUR}, {"text": STORY})(place.raw)
    take(place)
    assert [one for one in standing(place) if one.startswith("pair")] == ["pair.jsonl#line-1"]
    assert "pair.jsonl#line-2" in held(place)


def test_a_place_that_is_withdrawn_twice_holds_both_texts(place: Settings) -> None:
    lines("moved.jsonl", {"text": OTHER}, {"text": STORY}, {"text": NEIGHBOUR})(place.raw)
    take(place)
    withdraw(place, "moved.jsonl#line-2")
    lines("moved.jsonl", {"text": STORY}, {"text": NEIGHBOUR})(place.raw)
    take(place)
    withdraw(place, "moved.jsonl#line-2")
    take(replace(place, verify=True))
    assert [one for one in standing(place) if one.startswith("moved")] == []


def test_a_restored_backup_with_todays_lists_takes_it_out_again(place: Settings, tmp_path: Path) -> None:
    take(place)
    backup(Store(place.warehouse), tmp_path / "backup")
    withdraw(place, "story.txt")
    text("copy.txt", straight(STORY))(place.raw)
    restored = replace(place, warehouse=tmp_path / "restored")
    restore(tmp_path / "backup", restored.warehouse)
    assert "story.txt" in standing(restored)
    for name in (lists.FILE, texts.KEY_FILE):
        shutil.copy(place.warehouse / name, restored.warehouse / name)
    take(restored)
    assert not {"story.txt", "copy.txt"} & set(standing(restored))


def test_what_is_taken_back_comes_back_with_its_copies(place: Settings) -> None:
    text("copy.txt", straight(STORY))(place.raw)
    take(place)
    before = standing(place)
    withdraw(place, "story.txt")
    take(place)
    withdraw(place, "story.txt", "--undo")
    take(place)
    assert (standing(place), held(place)) == (before, {})


def test_a_copy_is_found_again_after_withdrawing_twice(place: Settings) -> None:
    text("copy.txt", straight(STORY))(place.raw)
    for words in (("story.txt",), ("story.txt", "--undo"), ("story.txt",)):
        take(place)
        withdraw(place, *words)
    take(place)
    assert not {"story.txt", "copy.txt"} & set(standing(place))


@pytest.fixture
def pending(place: Settings) -> Settings:
    """Hold back a near copy."""
    text("copy.txt", f"{STORY}\n\n{FOOTER}")(place.raw)
    take(place)
    withdraw(place, "story.txt")
    take(place)
    assert "--also" in held(place)["copy.txt"]
    return place


def test_a_near_copy_is_withdrawn_too(pending: Settings) -> None:
    withdraw(pending, "copy.txt", "--also", "--reason", "the same")
    take(pending)
    assert held(pending)["copy.txt"].endswith(": the same")
    assert ids.document_id("copy.txt") in lists.withdrawn(pending.warehouse)


def test_a_near_copy_is_allowed_as_long_as_it_has_its_text(pending: Settings) -> None:
    withdraw(pending, "copy.txt", "--allow")
    take(pending)
    assert "copy.txt" in standing(pending)
    take(replace(pending, verify=True))
    assert "copy.txt" in standing(pending)
    text("copy.txt", f"{STORY} {NEIGHBOUR[:90]}")(pending.raw)
    take(pending)
    assert "copy.txt" in held(pending)


def test_what_was_allowed_can_be_withdrawn(pending: Settings) -> None:
    withdraw(pending, "copy.txt", "--allow")
    take(pending)
    withdraw(pending, "copy.txt")
    take(pending)
    assert "copy.txt" in held(pending)
    assert lists.allowed(pending.warehouse) == {}


def test_near_copies_are_said_in_the_log(place: Settings, caplog: pytest.LogCaptureFixture) -> None:
    take(place)
    withdraw(place, "story.txt")
    text("copy.txt", f"{STORY}\n\n{FOOTER}")(place.raw)
    with caplog.at_level(logging.WARNING, "onrecord"):
        take(place)
    assert [r for r in caplog.records if "copy.txt" in r.getMessage() and "--allow" in r.getMessage()]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("story.txt", "--allow"), "itself is withdrawn"),
        (("neighbour.txt", "--allow"), "was not refused as a copy"),
        (("nobody.txt", "--also"), "no article with the id, source or URL"),
    ],
)
def test_a_decision_that_makes_no_sense_is_refused(place: Settings, words: tuple[str, ...], said: str) -> None:
    take(place)
    withdraw(place, "story.txt")
    result = CliRunner().invoke(app, ["withdraw", *words, "--raw", str(place.raw), "--warehouse", str(place.warehouse)])
    assert (result.exit_code, said in result.output) == (1, True), result.output


def test_an_old_list_holds_by_name(place: Settings) -> None:
    name = ids.document_id("story.txt")
    place.warehouse.mkdir()
    old = f"document_id,source,withdrawn_on,reason\n{name},story.txt,2026-01-02,asked\n"
    (place.warehouse / lists.FILE).write_text(old, encoding="utf-8")
    take(place)
    assert held(place) == {"story.txt": "story.txt: withdrawn on 2026-01-02: asked"}
    withdraw(place, "neighbour.txt")
    assert [w.document_id for w in lists.withdrawn(place.warehouse).values() if not w.made_with] == [name]


def test_no_word_is_in_the_lists_and_the_key_is_the_owners(place: Settings) -> None:
    take(place)
    withdraw(place, "story.txt")
    key = place.warehouse / texts.KEY_FILE
    assert key.stat().st_mode & 0o077 == 0
    assert key.read_bytes() not in (place.warehouse / lists.FILE).read_bytes()
    assert b"Quuxington" not in (place.warehouse / lists.FILE).read_bytes()


def test_a_lost_key_stops_the_build(place: Settings) -> None:
    take(place)
    withdraw(place, "story.txt")
    (place.warehouse / texts.KEY_FILE).unlink()
    with pytest.raises(StoreError, match="Restore it"):
        take(place)


def test_marks_under_another_key_are_not_compared() -> None:
    one = Withdrawal("0" * 16, "a.txt", "2026-01-02", "", **texts.text_fingerprints([STORY], b"a" * 32))
    same = texts.Index({one.document_id: one}, {}, b"a" * 32)
    other = texts.Index({one.document_id: one}, {}, b"b" * 32)
    asked = ("b.txt", "1" * 16, "b.txt", None, STORY)
    assert (same.by_name_only, bool(same.held(*asked))) == (0, True)
    assert (other.by_name_only, other.held(*asked)) == (1, None)


WITHDRAWN = Withdrawal("0" * 16, "a.txt", "2026-01-02", "", **texts.text_fingerprints([STORY], b"a" * 32))
INDEX = texts.Index({WITHDRAWN.document_id: WITHDRAWN}, {}, b"a" * 32)


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_blanks_marks_and_case_never_matter(data: st.DataObject) -> None:
    gaps = st.sampled_from([" ", "  ", "\t", " \n", ", ", " – ", "\N{NO-BREAK SPACE}"])
    words = [data.draw(st.sampled_from([str, str.upper, str.title]))(word) for word in LEAD.split()]
    changed = "".join(word + data.draw(gaps) for word in words) + MIDDLE + END
    assert INDEX.held("b.txt", "1" * 16, "b.txt", None, changed)


def test_a_footer_that_thousands_share_costs_no_more_than_one(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []
    near = texts.copies.is_near_duplicate
    monkeypatch.setattr(texts.copies, "is_near_duplicate", lambda a, b: looked.append(1) or near(a, b))
    stories = [f"{' '.join(f'{word}{n}' for word in OTHER.split())}\n\n{FOOTER}" for n in range(300)]
    many = {
        f"{n:016x}": Withdrawal(f"{n:016x}", f"{n}.txt", "2026-01-02", "", **texts.text_fingerprints([one], b"a" * 32))
        for n, one in enumerate(stories)
    }
    index = texts.Index(many, {}, b"a" * 32)
    assert index.held("b.txt", "f" * 16, "b.txt", None, f"{NEIGHBOUR}\n\n{FOOTER}") is None
    assert len(looked) <= texts.MAX_SHARING
    assert index.held("b.txt", "f" * 16, "b.txt", None, stories[250].replace("rose250", "fell"))


@pytest.mark.parametrize(
    ("source", "url", "expected"),
    [
        ("a.jsonl#line-2", None, True),
        ("a.parquet#row-2", None, True),
        ("a.warc#record-12", None, True),
        ("a.jsonl#line-2", "https://example.org/", False),
        ("a.jsonl#story-2", None, False),
        ("a.txt", None, False),
        ("odd#line-2.txt", None, False),
    ],
)
def test_names_that_are_places(source: str, url: str | None, expected: bool) -> None:
    assert texts.positional(source, url) is expected


@pytest.mark.parametrize("built", [False, True], ids=["at once", "after a build"])
@pytest.mark.parametrize("name", ["story.txt", pytest.param(ids.document_id("story.txt"), marks=pytest.mark.slow)])
def test_a_second_call_changes_the_reason_alone(place: Settings, name: str, built: bool) -> None:
    take(place)
    withdraw(place, "story.txt", "--reason", "asked")
    (first,) = lists.withdrawn(place.warehouse).values()
    # As if it had been withdrawn on another day.
    first = replace(first, withdrawn_on="2026-01-02")
    lists.write_withdrawn_list(place.warehouse, {first.document_id: first})
    if built:
        take(place)
    said = withdraw(place, name, "--reason", "asked by the court")
    assert lists.withdrawn(place.warehouse) == {first.document_id: replace(first, reason="asked by the court")}
    assert "2026-01-02" in said and "not available" not in said
    renamed(place.raw)
    take(place)
    assert "story-2.txt" not in standing(place)


def test_a_second_call_without_a_reason_changes_nothing(place: Settings) -> None:
    take(place)
    withdraw(place, "story.txt", "--reason", "asked")
    before = lists.withdrawn(place.warehouse)
    withdraw(place, "story.txt")
    assert lists.withdrawn(place.warehouse) == before


def test_the_new_reason_is_in_the_refusals_of_the_next_build(place: Settings) -> None:
    take(place)
    withdraw(place, "story.txt")
    take(place)
    withdraw(place, "story.txt", "--reason", "asked by the court")
    take(place)
    assert held(place)["story.txt"].endswith("asked by the court")


def test_a_withdrawn_article_is_found_by_its_url(place: Settings) -> None:
    url = "https://example.org/pier"
    lines("story.json", {"url": url})(place.raw)
    take(place)
    withdraw(place, url)
    take(place)
    withdraw(place, url, "--reason", "asked")
    assert [one.reason for one in lists.withdrawn(place.warehouse).values()] == ["asked"]
    withdraw(place, url, "--undo")
    assert lists.withdrawn(place.warehouse) == {}


@given(
    st.sampled_from(["", "one", "two"]),
    st.lists(st.tuples(st.sampled_from(["", "first", "second"]), st.booleans()), min_size=1, max_size=4),
)
def test_merging_loses_no_mark_and_keeps_the_day(start: str, calls: list[tuple[str, bool]]) -> None:
    marks = texts.text_fingerprints((STORY,), b"k" * 32)
    old = Withdrawal("a", "a.txt", "2026-01-02", start, **marks)
    for reason, at_hand in calls:
        new = Withdrawal("a", "a.txt", "2026-03-04", reason, **(marks if at_hand else {}))
        merged = texts.merged(old, new)
        assert merged == replace(old, reason=reason or old.reason)
        old = merged
