"""Quotation marks: which words are in them, in every style, and the effect of a stray mark."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.marks import MARK, SINGLE, QuotedSpan, paragraphs
from tests.support.time_limit import cpu_limit

PIECES = st.sampled_from(
    ["“", "”", '"', "''", "``", "‘", "’", "'", "«", "»", "„", " ", ", ", ". ", "he said", "It's", "the boys' hats",
     "Ann", "5", "\n", "\n\n", "?", "!", "(", ")", "—", "é", "😀"]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=40).map("".join)


def stretches(text: str) -> list[QuotedSpan]:
    return [s for p in paragraphs(text) for s in p.quoted_spans]


def words(text: str) -> list[str]:
    return [text[s.start : s.end] for s in stretches(text)]


@given(TEXTS)
def test_spans_hold_words_without_their_marks(text: str) -> None:
    for p in paragraphs(text):
        end = p.start
        for s in p.quoted_spans:
            inside = text[s.start : s.end]
            assert inside and inside == inside.strip()
            assert p.start <= s.outer_start <= s.start < s.end <= s.outer_end <= p.end
            assert end <= s.outer_start
            end = s.outer_end
            for mark in (s.opening, s.closing):
                assert mark < 0 or not s.start <= mark < s.end


@given(TEXTS)
def test_every_mark_is_used_at_most_once(text: str) -> None:
    used = [mark for s in stretches(text) for mark in (s.opening, s.closing) if mark >= 0]
    assert len(used) == len(set(used))


@given(st.lists(st.lists(PIECES, max_size=15).map("".join), min_size=2, max_size=5), st.data())
def test_a_deleted_mark_stays_local(lines: list[str], data: st.DataObject) -> None:
    lines = [line.replace("\n", " ") for line in lines]
    which = data.draw(st.integers(0, len(lines) - 1))
    marks = [m.span() for pattern in (MARK, SINGLE) for m in pattern.finditer(lines[which])]
    if not marks:
        return
    start, end = data.draw(st.sampled_from(marks))
    changed = [*lines]
    changed[which] = lines[which][:start] + lines[which][end:]
    others = [w for i, line in enumerate(lines) if i != which for w in words(line)]
    rest = words("\n".join(changed))
    for w in words(changed[which]):
        rest.remove(w)
    assert sorted(rest) == sorted(others)


@pytest.mark.parametrize(
    "piece",
    ['"', "“", "”", "'", "‘", "``", "''", "«", "“a” ", "'b ", "“a “b ", "boys' 'x ", "\n“"],
)
@pytest.mark.slow
def test_time_is_linear_in_marks(piece: str) -> None:
    with cpu_limit():
        for s in stretches(piece * 100_000):
            assert s.start < s.end


def test_a_megabyte_in_marks() -> None:
    text = "“" + "word " * 200_000 + "”"
    assert len(words(text)) == 1
