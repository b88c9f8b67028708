"""Text for people: one line, no control characters, and numbers with their units."""

import pytest

from warehouse.text import counted, one_line, printable, shortened, size, visible


@pytest.mark.parametrize(
    ("message", "line"),
    [
        ("plain", "plain"),
        ("  two\n\tlines \r\n", "two lines"),
        ("\x1b[31mred\x1b[0m", "?[31mred?[0m"),
        ("turned \N{RIGHT-TO-LEFT OVERRIDE}round", "turned ?round"),
        (ValueError("of an\nerror"), "of an error"),
        (TimeoutError(), "TimeoutError"),
        ("", ""),
    ],
)
def test_a_message_is_one_line_that_a_terminal_only_shows(message: object, line: str) -> None:
    assert one_line(message) == line


def test_a_message_is_cut() -> None:
    assert len(one_line("x" * 1_000)) == 500
    assert one_line("long words", 6) == "long w"


def test_what_a_terminal_would_obey_is_replaced_one_for_one() -> None:
    assert printable("a\x07b\nc\N{ZERO WIDTH SPACE}d") == "a·b·c·d"
    assert printable("a\x07b\nc", keep="\n") == "a·b\nc"
    assert printable("a\x07b", "?") == "a?b"


def test_invisible_characters_go_but_joiners_stay() -> None:
    assert visible("a\N{LEFT-TO-RIGHT EMBEDDING}b \n c") == "a b c"
    assert visible("می\N{ZERO WIDTH NON-JOINER}خواهم") == "می\N{ZERO WIDTH NON-JOINER}خواهم"


def test_long_text_ends_with_an_ellipsis() -> None:
    assert shortened("twelve chars", 12) == "twelve chars"
    assert shortened("twelve chars more", 8) == "twelve…"


def test_numbers_for_people() -> None:
    assert [counted(n, "row") for n in (0, 1, 12_345)] == ["0 rows", "1 row", "12,345 rows"]
    assert counted(2, "entry", "entries") == "2 entries"
    assert [size(n) for n in (0, 999, 1_500, 5_600_000, 7_000_000_000)] == [
        "0 B",
        "999 B",
        "1.5 kB",
        "5.6 MB",
        "7.0 GB",
    ]
