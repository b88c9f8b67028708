"""Numbers in messages agree with their nouns: "1 article", not "1 articles"."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.build.incremental import StageSummary
from assets.cli.backup import _counted
from assets.cli.build_output import RunOutput
from assets.cli.build_summary import plain_console, refused, skipped_articles_line, totals, withheld
from assets.cli.check import report
from assets.runs import purge
from expectations.check_runner import Verdict
from tests.support import factory
from warehouse import quarantine
from warehouse.intake.losses import GONE, Loss, Losses, message
from warehouse.refusals import Reason
from warehouse.release.publish import Release
from warehouse.text import counted

# A 1 that does not end a larger number, before a plural noun; "1 of 2 articles" is correct.
ONES = re.compile(r"(?<![\d.,])1 (?:more |old |raw |withdrawn )?(?!corpus|pass)[a-z]+s\b")


@given(st.integers(0, 10**9), st.sampled_from(["article", "run"]))
def test_a_number_goes_with_its_noun(number: int, noun: str) -> None:
    said = counted(number, noun)
    assert int(said.split()[0].replace(",", "")) == number
    assert said.endswith(noun) == (number == 1)
    assert counted(number, noun, "many") == f"{number:,} {noun if number == 1 else 'many'}"


class _Backup:
    articles = releases = files = 1
    bytes = 1_000


def _stage(capsys: pytest.CaptureFixture[str]) -> str:
    told = RunOutput(plain_console(), None, 0.0)  # type: ignore[arg-type]
    told.done(StageSummary("sentences", 1, 0, 0, 0.1))
    return capsys.readouterr().out


def test_messages_about_one_thing_have_no_plural(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    release = Release("1", tmp_path, True, {"quotes": 1}, {"quotes.text": 1}, {"all": 1, "closed": 1})
    verdict = Verdict("key", "raws", "promise", "error", False, 1, 1, "1 of 1 row violates it", (), "state", "x")
    lines = [
        _stage(capsys),
        _counted(_Backup()),
        purge.purge_message(1),
        totals({"documents": 1, "quotes": 1, "entities": 1, "refusals": 1}, []),
        *refused(tmp_path, [Reason("empty", 1, "a.txt", "a.txt: is empty")]),
        *withheld(release, "licensed"),
        *skipped_articles_line(1),
        *map(str, report([verdict])),
        message(Losses(1, (Loss(GONE, 1, ("a.txt",)),), True), tmp_path, "en"),
    ]
    assert [line for line in lines if ONES.search(line)] == []


def test_of_one_quarantined_article_no_plural_is_said(tmp_path: Path) -> None:
    store = factory.filled_store(tmp_path)
    with store.open() as connection:
        connection.execute("DELETE FROM stored.raws WHERE source <> 'harbour.txt'")
        connection.execute(
            'INSERT INTO stored.quarantine (document_id, "check", "table", "row", found, root, made_with) '
            "SELECT document_id, 'key', 'quotes', 'x', 1, repeat('0', 64), '' FROM stored.raws"
        )
        line = quarantine.excess_message(connection, 0.0)
    assert line is not None
    assert ONES.search(line) is None
