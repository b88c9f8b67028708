"""The bounds that articles give for each other's days, and where they contradict each other."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from assets.build.incremental import derive_corpus, update_article_stages, update_from_raw_folder
from assets.settings import Settings
from pipeline.contract import BY_NAME, ids
from pipeline.stages import CORPUS_STAGES, DOCUMENT_STAGES, STAGES
from warehouse.corpus import date_conflicts
from warehouse.sql import query
from warehouse.store import Store

DATED = (
    "{0} counts its boats\n\n"
    "The fishing embargo on {0} ended on Sunday, October 18, 2020. Boats from {1} had left long before.\n"
)
UNDATED = "Boats of {1} sail again\n\nThe embargo on {0} ended on Sunday. “We sail,” Ana Lume said on Saturday.\n"
AHEAD = "Boats wait\n\nThe embargo on {0}, which {1} imposed, is due to expire on October 18.\n"
OTHERWISE = "A look back at {1}\n\nThe embargo on {0} expired on October 21, 2020, and {1} was silent.\n"
BRIDGE = "“We shall never again close the bridge of our town for so long,” Ben Orrin said{}.\n"
CRANE = "“The crane by the old pier will be painted green and white again,” Cora Venn said{}.\n"
TOWER = "“No tower of this town was ever as high as the one of Kiel,” Dan Weill said{}.\n"
QUAY = "“The old quay has to be closed to heavy lorries for good,” Finn Aske said{}.\n"
FOG = "“{},” Anna Holt told Reuters{}.\n"
# Two translations of one sentence.
FOGS = (
    "The harbour remains closed while thick morning weather makes every landing dangerous for sailors",
    "While thick weather makes landing dangerous for our sailors, the harbour remains closed every morning",
)
PRIMARY = "A look at {0}\n\n{1} won the primary in {0} on Tuesday, March 8, 2016. Voters were many.\n"
# Each group of articles names other countries or has another speaker: it is a separate corpus.
TEXTS = {
    "dated": DATED.format("Iceland", "Norway"),
    "undated": UNDATED.format("Iceland", "Norway"),
    "ahead-dated": DATED.format("Peru", "Chile"),
    "ahead": AHEAD.format("Peru", "Chile"),
    "event-dated": DATED.format("Kenya", "Uganda"),
    "event-other": UNDATED.format("Kenya", "Uganda").replace("embargo", "festival"),
    "weekday-dated": DATED.format("Cuba", "Mexico"),
    "weekday-other": UNDATED.format("Cuba", "Mexico").replace("on Sunday", "on Thursday"),
    "two-first": DATED.format("Greece", "Turkey"),
    "two-second": DATED.format("Greece", "Turkey").replace("October 18", "October 25").replace("counts", "has"),
    "two-undated": UNDATED.format("Greece", "Turkey"),
    "stated-dated": DATED.format("Ghana", "Nigeria"),
    "stated": UNDATED.format("Ghana", "Nigeria").replace("\n\n", "\n\nPublished: 26 October 2020\n\n"),
    "conflict-dated": DATED.format("Spain", "Portugal"),
    "conflict-other": OTHERWISE.format("Spain", "Portugal"),
    "far-dated": DATED.format("India", "Nepal"),
    "far-other": OTHERWISE.format("India", "Nepal").replace("2020", "2009"),
    "bridge-dated": "At the bridge\n\n" + BRIDGE.format(" on October 17, 2020"),
    "bridge": "Over the river\n\n" + BRIDGE.format(""),
    "crane-day": "At the pier\n\n" + CRANE.format(" on October 17, 2020"),
    "crane-month": "Paint\n\n" + CRANE.format(" in October 2020"),
    "yesterday-dated": DATED.format("Libya", "Tunisia"),
    "yesterday": UNDATED.format("Libya", "Tunisia").replace("on Sunday", "yesterday"),
    "week-dated": DATED.format("Brazil", "Bolivia"),
    "week": UNDATED.format("Brazil", "Bolivia").replace("on Sunday", "last week"),
    "spoken-dated": DATED.format("Japan", "Korea"),
    "spoken": "Boats\n\n“The embargo on Japan ended yesterday, and Korea is glad,” Ana Lume said.\n",
    "primary-dated": PRIMARY.format("Ohio", "Kim Ode"),
    "primary": "Polls\n\nKim Ode faces Tuesday’s primary in Ohio without fear.\n",
    "stated-primary-dated": PRIMARY.format("Utah", "Kim Ode"),
    "stated-primary": "Published: 5 March 2016\n\nKim Ode saw Tuesday’s primary in Utah without fear.\n",
    "suspend-first": "In Rome\n\nAda Bruhn suspended her campaign on March 1, 2016. Carl Dorn is glad.\n",
    "suspend-second": "In Pisa\n\nCarl Dorn suspended his campaign on March 8, 2016. Ada Bruhn is glad.\n",
    "voters-first": "In Malta\n\nThe residents of Malta will vote on the harbour on October 18, 2020.\n",
    "voters-second": "Malta again\n\nThe residents of Malta will vote on the harbour on October 25, 2020.\n",
    "council-first": "In Cyprus\n\nThe council of Cyprus will vote on the harbour on October 18, 2020.\n",
    "council-second": "Cyprus again\n\nThe council of Cyprus will vote on the harbour on October 25, 2020.\n",
    "ads-dated": PRIMARY.format("Idaho", "Kim Ode"),
    "ads": "Ads\n\nKim Ode is facing new ads ahead of the March 8 primary in Idaho.\n",
    "through-dated": PRIMARY.format("Nevada", "Kim Ode"),
    "through": "Polls\n\nKim Ode triumphed in the Nevada primary Tuesday without fear.\n",
    "beside-dated": DATED.format("Latvia", "Estonia"),
    "beside": "Estonia\n\nThe embargo on Latvia ended on October 20. “We sail,” Ida Roth said on October 20.\n",
    "quay-dated": "By the quay\n\n" + QUAY.format(" on Saturday, October 17, 2020"),
    "quay": "Lorries\n\n" + QUAY.format(" on Saturday"),
    "fog-dated": "Fog\n\n" + FOG.format(FOGS[0], " on October 17, 2020"),
    "fog": "No boats\n\n" + FOG.format(FOGS[1], ""),
    "fog-other": "No ships\n\n"
    + FOG.format("The harbour will get a third crane, two ferries and new lamps by next summer", ""),
    "tower-first": "High above\n\n" + TOWER.format(" on October 17, 2020"),
    "tower-second": "Stones\n\n" + TOWER.format(" on October 19, 2020"),
}


class Corpus:
    """A warehouse with the stages run on some texts, by file name."""

    def __init__(self, folder: Path, texts: Mapping[str, str]) -> None:
        self.raw = folder / "raw"
        self.raw.mkdir()
        self.settings = Settings(raw=self.raw, warehouse=folder / "warehouse")
        self.store = Store(self.settings.warehouse)
        self.put(texts)

    def put(self, texts: Mapping[str, str | None]) -> None:
        """Add, change or remove (None) these files; then run all stages."""
        for name, text in texts.items():
            file = self.raw / f"{name}.txt"
            file.unlink() if text is None else file.write_text(text, encoding="utf-8")
        update_from_raw_folder(self.store, self.settings, lambda _: None)
        update_article_stages(self.store, DOCUMENT_STAGES, STAGES, self.settings, lambda _: None)
        for stage in CORPUS_STAGES:
            derive_corpus(self.store, stage, self.settings, lambda _: None)

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """Return a query's rows."""
        with self.store.open() as connection:
            return query(connection, sql).to_dicts()

    def document(self, name: str) -> dict[str, Any]:
        """Return the published row of a document."""
        (row,) = self.rows(f"FROM published.documents WHERE source = '{name}.txt'")
        return row

    def bounds(self, *names: str) -> list[dict[str, Any]]:
        """Return the bounds of some documents, in order."""
        found = self.rows("FROM published.date_bounds ORDER BY ALL")
        return [row for row in found if row["document_id"] in {ids.document_id(f"{name}.txt") for name in names}]

    def conflicts(self, *names: str) -> list[dict[str, Any]]:
        """Return the conflicts of some documents, in order."""
        found = self.rows("FROM published.date_conflicts ORDER BY ALL")
        wanted = {ids.document_id(f"{name}.txt") for name in names}
        return [row for row in found if row["first_document_id"] in wanted]

    def said(self, name: str) -> tuple[Any, ...]:
        """Return the published days of saying of a document's one direct quotation, and their basis."""
        (row,) = self.rows(
            "SELECT said_earliest, said_latest, said_basis FROM published.quotes WHERE kind = 'direct' "  # noqa: S608
            f"AND document_id = '{ids.document_id(f'{name}.txt')}'"
        )
        return tuple(row.values())


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return Corpus(tmp_path_factory.mktemp("corpus"), TEXTS)


def days(row: Mapping[str, Any], name: str) -> tuple[date | None, date | None]:
    return row[f"{name}_earliest"], row[f"{name}_latest"]


def test_an_event_dated_elsewhere_dates_a_bare_weekday_and_its_article(corpus: Corpus) -> None:
    row = corpus.document("undated")
    assert days(row, "published") == (date(2020, 10, 18), date(2020, 10, 24))
    assert row["published_basis"] == "corpus"
    (sunday,) = corpus.rows(f"FROM published.dates WHERE text = 'Sunday' AND document_id = '{row['document_id']}'")
    assert (sunday["value"], sunday["basis"]) == ("2020-10-18", "corpus")
    # The article is read again with the publication that is now known.
    assert corpus.said("undated") == (date(2020, 10, 17), date(2020, 10, 24), "corpus")
    found = [bound for bound in corpus.bounds("undated") if bound["target"] == "publication"]
    text = corpus.document("dated")["text"]
    assert [(b["side"], b["evidence"], text[b["evidence_start"] : b["evidence_end"]]) for b in found] == [
        (side, "event", "Sunday, October 18, 2020") for side in ("earliest", "latest")
    ]


def test_what_is_to_come_bounds_the_publication_from_above(corpus: Corpus) -> None:
    row = corpus.document("ahead")
    assert (row["published_latest"], row["published_basis"]) == (date(2020, 10, 18), "corpus")


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("yesterday", date(2020, 10, 19), date(2020, 10, 19)),
        # The 18th was a Sunday: weeks begin on a Sunday or a Monday.
        ("week", date(2020, 10, 18), date(2020, 10, 25)),
        # No word says whether before or after it.
        ("primary", date(2016, 3, 2), date(2016, 3, 14)),
        ("quay", date(2020, 10, 17), date(2020, 10, 23)),
    ],
)
def test_words_counted_from_the_publication_bound_it(corpus: Corpus, name: str, first: date, last: date) -> None:
    assert days(corpus.document(name), "published") == (first, last)


def test_an_event_ahead_of_which_something_is_bounds_the_publication_from_above(corpus: Corpus) -> None:
    assert days(corpus.document("ads"), "published")[1] == date(2016, 3, 8)


def test_what_is_done_in_an_event_is_of_its_day(corpus: Corpus) -> None:
    assert days(corpus.document("through"), "published") == (date(2016, 3, 8), date(2016, 3, 14))


def test_what_is_counted_from_a_saying_does_not_bound_the_publication(corpus: Corpus) -> None:
    assert corpus.document("spoken")["published_latest"] is None


def test_a_day_without_its_year_is_of_the_year_of_the_same_event(corpus: Corpus) -> None:
    """This also holds if the day is another one, and at any place of the article."""
    assert corpus.said("beside") == (date(2020, 10, 20), date(2020, 10, 20), "corpus")
    assert [row["days_apart"] for row in corpus.conflicts("beside", "beside-dated")] == [2]


def test_a_weekday_that_is_read_a_week_off_is_no_conflict(corpus: Corpus) -> None:
    (tuesday,) = corpus.rows(
        f"FROM stored.dates WHERE text LIKE 'Tuesday%' AND document_id = '{ids.document_id('stated-primary.txt')}'"
    )
    assert tuesday["earliest"] == date(2016, 3, 1)
    assert corpus.conflicts("stated-primary-dated", "stated-primary") == []


def test_what_two_people_did_is_two_events(corpus: Corpus) -> None:
    """This holds although both articles name both people."""
    assert corpus.conflicts("suspend-first", "suspend-second") == []


def test_voters_vote_on_many_days_a_council_once(corpus: Corpus) -> None:
    assert corpus.conflicts("voters-first", "voters-second") == []
    assert [row["days_apart"] for row in corpus.conflicts("council-first", "council-second")] == [7]


def test_two_wordings_of_what_one_outlet_was_told_are_one_utterance(corpus: Corpus) -> None:
    assert corpus.said("fog") == (date(2020, 10, 17), date(2020, 10, 17), "corpus")
    assert corpus.bounds("fog-other") == []


@pytest.mark.parametrize("name", ["event-other", "weekday-other"])
def test_another_event_or_weekday_is_no_evidence(corpus: Corpus, name: str) -> None:
    assert corpus.bounds(name) == []
    assert corpus.document(name)["published_basis"] == "unknown"


def test_two_days_for_one_weekday_are_no_evidence(corpus: Corpus) -> None:
    assert corpus.bounds("two-undated") == []
    # They contradict each other.
    assert [row["days_apart"] for row in corpus.conflicts("two-first", "two-second")] == [7]


def test_a_stated_publication_is_not_narrowed(corpus: Corpus) -> None:
    row = corpus.document("stated")
    assert (row["published_on"], row["published_basis"]) == (date(2020, 10, 26), "stated")
    assert corpus.bounds("stated") == []


def test_an_utterance_was_said_before_all_articles_that_report_it(corpus: Corpus) -> None:
    row = corpus.document("bridge")
    assert (row["published_earliest"], row["published_basis"]) == (date(2020, 10, 17), "corpus")
    assert corpus.said("bridge-dated") == (date(2020, 10, 17), date(2020, 10, 17), "stated")
    assert corpus.said("bridge") == (date(2020, 10, 17), date(2020, 10, 17), "corpus")


def test_days_of_one_utterance_are_intersected(corpus: Corpus) -> None:
    assert corpus.said("crane-month") == (date(2020, 10, 17), date(2020, 10, 17), "corpus")


def test_days_of_one_utterance_that_contradict_each_other_stay(corpus: Corpus) -> None:
    said = [corpus.said(f"tower-{name}") for name in ("first", "second")]
    assert said == [(date(2020, 10, day), date(2020, 10, day), "stated") for day in (17, 19)]
    (row,) = corpus.conflicts("tower-first", "tower-second")
    assert (row["kind"], row["event"], row["days_apart"], row["entities"]) == ("utterance", None, 2, [])
    assert [row["first_document_id"], row["second_document_id"]] == [
        corpus.document(f"tower-{name}")["document_id"] for name in ("first", "second")
    ]
    statements = corpus.rows("SELECT statement_id FROM published.statements WHERE text LIKE 'No tower%'")
    assert statements == [{"statement_id": row["statement_id"]}]


def test_an_event_that_two_articles_date_differently_is_a_conflict(corpus: Corpus) -> None:
    (row,) = corpus.conflicts("conflict-dated", "conflict-other")
    assert (row["kind"], row["event"], row["days_apart"]) == ("event", "end", 3)
    names = corpus.rows("SELECT entity_id FROM published.entities WHERE name IN ('Spain', 'Portugal')")
    assert row["entities"] == sorted(name["entity_id"] for name in names)
    for side, name in (("first", "conflict-dated"), ("second", "conflict-other")):
        article = corpus.document(name)
        assert row[f"{side}_document_id"] == article["document_id"]
        assert "October" in article["text"][row[f"{side}_start"] : row[f"{side}_end"]]


@pytest.mark.parametrize("statements", ["ab", "ba"])
def test_of_a_conflict_found_twice_the_first_statement_is_kept(statements: str) -> None:
    columns = ", ".join(f"NULL AS {c.name}" for c in BY_NAME["date_conflicts"].stored if c.name != "statement_id")
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        rows = " UNION ALL ".join(f"SELECT '{name}' AS statement_id, {columns}" for name in statements)
        connection.execute(f"CREATE TABLE conflicts AS {rows}")
        assert query(connection, date_conflicts.ROWS)["statement_id"].to_list() == ["a"]


def test_days_far_apart_are_two_events(corpus: Corpus) -> None:
    assert corpus.conflicts("far-dated", "far-other") == []


def test_the_evidence_of_an_article_goes_with_it(tmp_path: Path) -> None:
    other = OTHERWISE.format("Iceland", "Norway")
    folder = tmp_path / "year=2020"  # no column of a Hive partition
    folder.mkdir()
    made = Corpus(folder, {"dated": TEXTS["dated"], "undated": TEXTS["undated"], "other": other})
    assert made.bounds("undated") and made.conflicts("dated")
    made.put({"dated": None})
    assert made.rows("FROM published.date_bounds") == []
    # Sunday is not the 21st, in any week.
    (left,) = made.rows("FROM published.date_conflicts")
    assert {left["first_document_id"], left["second_document_id"]} == {
        ids.document_id(f"{name}.txt") for name in ("undated", "other")
    }
    row = made.document("undated")
    assert (days(row, "published"), row["published_basis"]) == ((None, None), "unknown")
