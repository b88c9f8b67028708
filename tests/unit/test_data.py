"""Tables of words and rules: every file can be read, and errors name the wrong line."""

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

import pipeline.data as data
from pipeline.mentions.words import FirstName, GivenName
from pipeline.quotes.words import Verb, cue_verbs, regular_forms

FILES = sorted(path for path in (Path(data.__file__).parent).rglob("*.tsv"))


@dataclass(frozen=True)
class Office:
    noun: str
    rank: int
    since: date | None
    also: tuple[str, ...]
    example: str
    source: str


HEADER = "noun\trank\tsince\talso\texample\tsource"


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "en").mkdir()
    monkeypatch.setattr(data, "FOLDER", tmp_path)

    def write(*lines: str) -> tuple[Office, ...]:
        (tmp_path / "en" / "offices.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return data.load.__wrapped__("offices.tsv", Office)

    return write


def test_a_line_becomes_a_row(write) -> None:
    found = write("# Offices.", HEADER, "mayor\t2\t-\tburgomaster; provost\tMayor Ana Lume\tstyle books")
    assert found == (Office("mayor", 2, None, ("burgomaster", "provost"), "Mayor Ana Lume", "style books"),)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("mayor\t2\t-\t-\tMayor Ana Lume", "line 2: 5 fields instead of 6"),
        ("mayor\ttwo\t-\t-\tMayor Ana Lume\tstyle books", "line 2: rank: invalid literal"),
        ("mayor\t2\tMay\t-\tMayor Ana Lume\tstyle books", "line 2: since: Invalid isoformat"),
        ("mayor\t2\t-\t-\t\tstyle books", "line 2: example is empty"),
        ("mayor \t2\t-\t-\tMayor Ana Lume\tstyle books", "line 2: noun is empty or has blanks around it"),
    ],
)
def test_a_wrong_line_is_named(write, line: str, reason: str) -> None:
    with pytest.raises(data.DataError, match=f"^pipeline/data/en/offices.tsv, {reason}"):
        write(HEADER, line)


def test_a_fact_is_there_once(write) -> None:
    line = "mayor\t2\t-\t-\tMayor Ana Lume\tstyle books"
    with pytest.raises(data.DataError, match="line 3: duplicates an earlier line"):
        write(HEADER, line, line)


def test_the_columns_are_named(write) -> None:
    with pytest.raises(data.DataError, match="line 1: the columns must be noun, rank"):
        write("noun\texample\tsource")


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.name)
def test_a_table_says_what_it_is_for_and_where_its_facts_are_from(file: Path) -> None:
    first, *lines = file.read_text(encoding="utf-8").splitlines()
    header = next(line for line in lines if line and not line.startswith("#")).split("\t")
    assert first.startswith("# ")
    assert header[-2:] == ["example", "source"]


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.name)
def test_an_example_shows_its_word(file: Path) -> None:
    lines = [line.split("\t") for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    if "word" in lines[0]:
        word, example = lines[0].index("word"), lines[0].index("example")
        missing = [line[word] for line in lines[1:] if line[word].casefold() not in line[example].casefold()]
        assert missing == []


def test_a_given_name_is_in_one_table() -> None:
    known = {line.name for line in data.load("first_names.tsv", FirstName) if line.used_for != "pronoun"}
    assert known.isdisjoint(line.name for line in data.load("given_names.tsv", GivenName))


def test_a_word_has_one_meaning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "en").mkdir()
    monkeypatch.setattr(data, "FOLDER", tmp_path)

    def write(name: str, *facts: str) -> None:
        lines = ("kind\tword\tmeans\texample\tsource", *(f"{fact}\tAn example.\tusage" for fact in facts))
        (tmp_path / "en" / name).write_text("\n".join(lines) + "\n", encoding="utf-8")

    write("units.tsv", "unit\tday\tD", "unit\tweek\tW", "season\tspring\tSP")
    assert data.meanings.__wrapped__("units.tsv", "unit") == {"day": "D", "week": "W"}
    write("others.tsv", "unit\tday\tD", "unit\tday\tDAY")
    for name, kind in (("others.tsv", "unit"), ("units.tsv", "zone")):
        with pytest.raises(data.DataError, match=f"{name} must have words of the kind {kind}"):
            data.meanings.__wrapped__(name, kind)


def test_a_pattern_of_words_takes_the_longest() -> None:
    pattern = re.compile(data.any_of(data.words("publication_words.tsv", "named-by-year")))
    assert pattern.findall("campaign trail, campaign") == ["campaign trail", "campaign"]


def test_a_form_of_a_verb_is_in_one_line() -> None:
    lines = data.load("cue_verbs.tsv", Verb)
    forms = Counter(form for line in lines for form in {line.verb, *(line.forms or regular_forms(line.verb))})
    assert [form for form, lines in forms.items() if lines > 1] == [], "the second line has no effect"


def test_a_verb_has_the_form_of_its_example() -> None:
    forms: dict[str, set[str]] = {}
    for form, entry in cue_verbs().items():
        forms.setdefault(entry.lemma, set()).add(form)
    wrong = [
        line.verb
        for line in data.load("cue_verbs.tsv", Verb)
        if not any(re.search(rf"\b{form}\b", line.example, re.IGNORECASE) for form in forms.get(line.verb, ()))
    ]
    assert wrong == [], "list the forms: the spelling rules double no consonant"
