"""Names, and coreference within one article."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.contract import LABELS, QID, RESOLUTIONS
from pipeline.data import load
from pipeline.document import Document
from pipeline.mentions import Mention, holders, mentions
from pipeline.mentions.chains import in_order, is_acronym
from pipeline.mentions.person_linking import ends, generation, in_full, is_spelling_variant, one_first_name
from pipeline.parses import Parse
from pipeline.reference import AliasError, WikidataLine, builtin, extended, key
from pipeline.reference import parse as parse_aliases
from pipeline.sentences import Sentence, split
from tests.support import documents
from tests.support.time_limit import cpu_limit


def words(text: str, found: Sequence[Mention]) -> list[tuple[str, str]]:
    return [(text[m.start : m.end], m.label) for m in found]


@pytest.mark.parametrize(
    ("text", "acronym"), [("WHO", True), ("U.S.", True), ("MINURSO", True), ("Who", False), ("A", False)]
)
def test_acronyms(text: str, acronym: bool) -> None:
    assert is_acronym(text) == acronym


def test_names_compared() -> None:
    assert in_order("NAVO", "Noord-Atlantische Verdragsorganisatie")
    assert is_spelling_variant("sergey", "sergei")
    assert not is_spelling_variant("maria", "mario s")
    assert not is_spelling_variant("anna", "anne")
    assert ends("Martin Luther King Jr.") == ("martin", "king")
    assert generation("Martin Luther King Jr.") == "jr"
    assert generation("George Bell Senior") == "sr"
    assert ends("Vinicius Junior") == ("vinicius", "junior")
    assert one_first_name("bill", "william")
    assert not one_first_name("bill", "walter")
    assert in_full(["Karen Hawk Saylor", "Hawk Saylor", "Saylor"]) == ["Karen Hawk Saylor"]
    assert in_full(["Rosalind Baker Saylor", "Baker Saylor"]) == ["Rosalind Baker Saylor"]


@pytest.mark.parametrize(
    ("a", "b"),
    [("U.S.", "US"), ("the United States", "United States"), ("Iran’s", "Iran"), ("Côte d'Ivoire", "Cote d’Ivoire")],
)
def test_spellings_of_one_name_share_a_key(a: str, b: str) -> None:
    assert key(a) == key(b)


def test_a_short_name_in_capitals_is_not_the_small_word() -> None:
    assert key("US") != key("us")
    assert builtin().known("us") is None


def test_a_users_alias_file() -> None:
    known = extended(["# ours", "", "ORG\tHarbour Pilots\tThe Pilots\tLV\tharbourpilots.example"])
    assert known.known("Pilots") == known.known("the Harbour Pilots")
    text = "The Harbour Pilots met on Monday."
    found = mentions(documents.read(text), known)
    assert ("Harbour Pilots", "ORG") in words(text, found)


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (["ORG\tA\tB\t-\tx", "ORG\tC\tB\t-\tx"], "line 2: B names C here and A elsewhere"),
        (["ORG\tOther Nations\tUN\t-\tx"], "line 1: UN names Other Nations here and United Nations elsewhere"),
        (["# one", "ORG\tA"], "line 2: expected five or six tab-separated fields"),
        (["ORG\tA\tB\t-\tx\tQ7\tQ8"], "line 1: expected five or six tab-separated fields"),
        (["ORG\tA\tB\t-\tx\t30"], "line 1: 30 is neither an item of Wikidata, as in Q30, nor -"),
        (["ORG\tA\tB\t-\tx\tQ07"], "line 1: Q07 is neither"),
        (["ORG\tA\tB\t-\tx\tQ7", "ORG\tA\tC\t-\tx\tQ8"], "line 2: A has the item Q8 here and Q7 elsewhere"),
        (["ORG\tA\tB\t-\tx\tQ7", "LAW\tC\tD\t-\tx\tQ7"], "line 2: Q7 is C (LAW) here and A (ORG) elsewhere"),
        (["GPE\tFrance\tLa France\tFR\tx\tQ30"], "line 1: France has the item Q30 here and Q142 elsewhere"),
        (["ORG\tA\tB\t-\tx\tQ142"], "line 1: Q142 is A (ORG) here and France (GPE) elsewhere"),
        (["THING\tA\tB\t-\tx"], "line 1: THING is not one of"),
        (["ORG\tA\tB\tnowhere\tx"], "line 1: nowhere is neither"),
    ],
)
def test_a_contradiction_is_refused_with_its_line(lines: list[str], problem: str) -> None:
    with pytest.raises(AliasError, match=re.escape(problem)):
        extended(lines)


def test_an_alias_file_gives_items_of_wikidata() -> None:
    lines = [
        "ORG\tHarbour Pilots\tThe Pilots\tLV\tharbourpilots.example\tQ99",
        "ORG\tHarbour Pilots\tPilots of the Harbour\tLV\tharbourpilots.example",
        "GPE\tFrance\tLa France\tFR\tx\tQ142",
        "ORG\tPort Board\tThe Board of the Port\t-\tx\t-",
    ]
    known = extended(lines)
    said = {name: entry and known.item(entry) for name in NAMED for entry in [known.known(name)]}
    assert said == NAMED


NAMED = {"Pilots": "Q99", "Pilots of the Harbour": "Q99", "La France": "Q142", "Germany": "Q183", "Port Board": None}


def test_every_country_has_an_item_of_its_own() -> None:
    known = builtin()
    items = [known.item(country) for country in known.countries.values()]
    assert None not in items
    assert len({*items}) == len(items)
    lines = load("wikidata.tsv", WikidataLine)
    assert [line for line in lines if not re.fullmatch(QID, line.qid)] == []
    named = {entry.name for entry in (*known.names.values(), *known.countries.values())}
    assert [line for line in lines if line.name not in named] == []


def test_our_own_file_has_no_contradiction() -> None:
    assert parse_aliases([]) == {}
    assert len(builtin().countries) > 200


def tokenised(text: str, draw: st.DrawFn | None = None) -> Parse:
    """Split tokens at blanks and marks, without a model; `draw` gives random names and a random tree."""
    spans = [m.span() for m in re.finditer(r"\w+|[^\w\s]", text)]
    n = len(spans)
    heads, entities = list(range(n)), []
    deps, tags = ["dep"] * n, ["NNP"] * n
    if draw and n:
        heads = [draw(st.integers(0, n - 1)) for _ in range(n)]
        deps = [draw(st.sampled_from(["compound", "nsubj", "pobj", "appos", "ROOT"])) for _ in range(n)]
        tags = [draw(st.sampled_from(["NNP", "NN", "VBD", "PRP"])) for _ in range(n)]
        at = 0
        while at < n and draw(st.booleans()):
            size = draw(st.integers(1, 4))
            last = min(n, at + size)
            entities.append((spans[at][0], spans[last - 1][1], draw(st.sampled_from([*LABELS, "DATE"]))))
            at = last + draw(st.integers(0, 2))
    return Parse(
        tuple(s for s, _ in spans), tuple(e for _, e in spans), tuple(heads), tuple(deps), tuple(tags), tuple(entities)
    )


PIECES = [
    *("President ", "Ana ", "Berg", "’s ", "the ", "The ", "minister ", "UN ", "(", ")", "Iran", "ian ", "\n", ", "),
    *(
        ". ",
        "Resolution ",
        "2231 ",
        "he ",
        "said ",
        "Security Council ",
        "US ",
        "\U0001f600",
        "ایران ",
        "-",
        "“",
        "Act ",
    ),
]


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_whatever_the_model_says_mentions_are_in_order_and_apart(data: st.DataObject) -> None:
    text = "".join(data.draw(st.lists(st.sampled_from(PIECES), max_size=25)))
    parse = data.draw(st.composite(lambda draw: tokenised(text, draw))())
    found = mentions(Document.of(text, split(text), parse))
    assert all(a.end <= b.start for a, b in pairwise(found))
    assert all(0 <= m.start < m.end <= len(text) and text[m.start : m.end].strip() for m in found)
    assert {m.label for m in found} <= set(LABELS)
    assert {m.resolution for m in found} <= set(RESOLUTIONS)
    seen: list[int] = []
    for m in found:
        assert m.chain in seen or m.chain == len(seen)
        seen += [m.chain] if m.chain not in seen else []


@pytest.mark.slow
def test_many_people_of_one_office_take_linear_time() -> None:
    count = 5_000
    letters = ["".join(chr(97 + int(digit)) for digit in f"{i:04}") for i in range(count)]
    text = "".join(f"Minister An{name} Be{name} said. The minister left. " for name in letters)
    parse = tokenised(text)
    names = tuple((m.start(), m.end(), "PERSON") for m in re.finditer(r"An[a-j]{4} Be[a-j]{4}", text))
    parse = Parse(parse.start, parse.end, parse.head, ("nsubj",) * len(parse.head), parse.tag, names)
    document = Document.of(text, split(text), parse)
    with cpu_limit():
        assert {m.chain for m in mentions(document)} == set(range(count))


@pytest.mark.parametrize(
    "piece",
    [
        *("Ana Berg, ", "the minister ", "United Nations (UN) ", "A Act ", "he ", "Resolution 1 ", "President "),
        *("Security Council Security ", "Iran’s Foreign Ministry ", "AB (CD) ", "Minister Ana Berg. The minister "),
    ],
)
@pytest.mark.slow
def test_hostile_text_takes_linear_time(piece: str) -> None:
    text = piece * 10_000
    parse = tokenised(text)
    sentences = [Sentence(0, "body", 0, len(text))]
    names = tuple((m.start(), m.end(), "PERSON") for m in re.finditer("Ana Berg", text))
    document = Document.of(text, sentences, Parse(parse.start, parse.end, parse.head, parse.dep, parse.tag, names))
    with cpu_limit():
        mentions(document)


def test_an_article_can_end_in_a_name_and_a_comma() -> None:
    assert mentions(documents.read("The ferry left at nine.\nMoses,")) == []


def test_an_office_of_public_record_counts_only_in_its_years() -> None:
    def named(first: int, last: int) -> list[str]:
        days = (datetime.date(first, 1, 1), datetime.date(last, 12, 31))
        return [held.place for held, over in holders.offices("John Kasich", days) if not over]

    assert named(2016, 2016) == ["Ohio"]
    assert named(2021, 2022) == []
    assert [over for _, over in holders.offices("John Kasich", (None, datetime.date(2022, 1, 1)))] == [False, True]
    assert holders.offices("Kasich", (None, None)) == []


@pytest.mark.parametrize(
    ("other", "confidences"),
    [
        ("Hanna Berg was asked about it. Berg, in her last season, laughed.", []),
        ("Hanna Berg, a nurse, was asked about it.", [0.9]),
    ],
)
def test_a_coach_is_unknown_if_the_last_main_person_may_be_one(other: str, confidences: list[float]) -> None:
    text = f"Coach Tom Okoye was upset about the game. Across the hall, {other} The coach said that it was late."
    coaches = [m for m in mentions(documents.read(text)) if text[m.start : m.end] == "The coach"]
    assert [m.confidence for m in coaches] == confidences
