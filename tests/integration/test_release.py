"""publish(): the guard, rights, bytes that depend on the rows alone, and a folder that is complete or absent."""

from __future__ import annotations

import copy
import random
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.contract import BY_NAME, PUBLISHED, REFUSALS, VERDICTS
from pipeline.contract.schema import frame
from tests.support import factory
from tests.support.contents import contents
from warehouse import ledger
from warehouse.release import parquet, rights, versions
from warehouse.release.publish import Release, ReleaseRefused, publish
from warehouse.release.rights import Terms
from warehouse.release.versions import verify
from warehouse.store import Store
from warehouse.writes import delete, insert

DAY = date(2026, 11, 22)
REQUIRED = ("documents.schema", "quotes.span_is_text")


def judge(store: Store, **changes: Mapping[str, Any]) -> None:
    """Write verdicts for REQUIRED on the store's state, with `changes` (check with __ for its dot) applied."""
    with store.open() as connection:
        rows = [
            {
                "check": check,
                "table": check.partition(".")[0],
                "promise": "A promise.",
                "severity": "error",
                "passed": True,
                "found": 0,
                "judged": 3,
                "detail": "",
                "examples": '[{"text": "an example that stays in the store"}]',
                "state": ledger.state(connection),
                "made_from": "0" * 64,
                **changes.get(check.replace(".", "__"), {}),
            }
            for check in REQUIRED
        ]
        connection.execute("DELETE FROM stored.verdicts")
        insert(connection, VERDICTS, frame(VERDICTS.stored, rows))


def judged_store(folder: Path, rows: factory.Rows | None = None) -> Store:
    return factory.fill(Store(folder), rows, judge)


def release(store: Store, terms: Terms | None = None, day: date = DAY, version: str = "0.1.0") -> Release:
    return publish(store, terms or Terms(), REQUIRED, day, version)


def read(made: Release, table: str) -> pl.DataFrame:
    return pl.read_parquet(made.folder / f"{table}.parquet")


SECRET = "The tide clerk keeps a ledger that nobody reads"


def planted(licence: str | None, kind: str = "indirect", secret: str = SECRET) -> factory.Rows:
    """Return the factory's rows with one more article, whose only body sentence is the secret, quoted."""
    return factory.rows((*factory.ARTICLES, secretive(licence, kind, secret)))


def secretive(licence: str | None, kind: str, secret: str) -> factory.Article:
    """Return an article whose only body sentence is the secret, quoted; its source is `secret <licence> <kind>`."""
    raw = f"Harbour notes\n{secret} \nShare this {secret}"
    return factory.Article(
        source=f"secret {licence} {kind}",
        raw=raw,
        edits=((f" \nShare this {secret}", "", "share-links"),),
        sentences=(("title", "Harbour notes"), ("body", secret)),
        mentions=(),
        quotes=(
            {
                "words": factory.Words(secret),
                "kind": kind,
                "speaker": None,
                "speaker_basis": "none",
                "cue_class": "speech",
                "class": "statement",
                "confidence": 0.5,
            },
        ),
        dates=(),
        document={
            "title": "Harbour notes",
            "published_basis": "unknown",
            "licence": licence,
            "licence_basis": "unknown" if licence is None else "metadata",
        },
    )


# --- the guard


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"quotes__span_is_text": {"passed": False, "found": 2}}, "quotes.span_is_text: failed (2 of 3 rows)"),
        ({"quotes__span_is_text": {"state": "0" * 64}}, "quotes.span_is_text: stale"),
        ({"quotes__span_is_text": {"check": "another"}}, "quotes.span_is_text: missing"),
    ],
    ids=["failed", "stale", "missing"],
)
def test_a_check_that_does_not_hold_stops_the_release_before_a_byte(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    store = judged_store(tmp_path)
    judge(store, **changes)
    with pytest.raises(ReleaseRefused, match="^" + said.replace("(", r"\(").replace(")", r"\)")) as caught:
        release(store)
    assert len(str(caught.value).splitlines()) == 1
    assert not (tmp_path / "releases").exists()


@pytest.mark.usefixtures("bare")
def test_a_failed_warning_lets_the_release_pass_but_a_stale_one_does_not(tmp_path: Path) -> None:
    store = judged_store(tmp_path)
    judge(store, quotes__span_is_text={"passed": False, "found": 1, "severity": "warn"})
    assert release(store).new
    judge(store, quotes__span_is_text={"severity": "warn", "state": "1" * 64})
    with pytest.raises(ReleaseRefused, match="stale"):
        release(store)


def test_every_problem_is_named(tmp_path: Path) -> None:
    store = factory.filled_store(tmp_path)
    with pytest.raises(ReleaseRefused) as caught:
        release(store)
    assert [line.partition(":")[0] for line in str(caught.value).splitlines()] == sorted(REQUIRED)


def test_verdicts_on_what_stood_before_a_change_are_stale(tmp_path: Path) -> None:
    store = judged_store(tmp_path)
    with store.open() as connection:
        delete(connection, REFUSALS, "reason = 'empty'")
    with pytest.raises(ReleaseRefused, match="stale"):
        release(store)


# --- the folder


def test_a_release_is_there_whole(tmp_path: Path) -> None:
    made = release(judged_store(tmp_path))
    assert (made.version, made.new) == ("2026.11.22", True)
    assert made.folder == tmp_path / "releases" / "2026.11.22"
    assert (tmp_path / "releases" / "latest").readlink() == Path("2026.11.22")
    assert verify(made.folder) == []
    assert made.rows == {t.name: read(made, t.name).height for t in PUBLISHED}
    assert sorted(p.name for p in (tmp_path / "releases").iterdir()) == ["2026.11.22", "latest"]


@pytest.mark.usefixtures("bare")
def test_nothing_changed_makes_no_release(tmp_path: Path) -> None:
    store = judged_store(tmp_path)
    first = release(store)
    before = {p: p.stat().st_mtime_ns for p in first.folder.rglob("*")}
    again = release(store, day=date(2027, 1, 1))
    assert (again.new, again.version, again.rows) == (False, first.version, first.rows)
    assert (again.withheld, again.articles) == (first.withheld, first.articles)
    assert {p: p.stat().st_mtime_ns for p in first.folder.rglob("*")} == before


@pytest.mark.parametrize(
    "change",
    [{"terms": Terms("none")}, {"terms": Terms(longest_quote=10)}, {"version": "0.2.0"}],
    ids=["mode", "length", "program"],
)
@pytest.mark.usefixtures("bare")
def test_other_terms_or_another_program_make_a_release(tmp_path: Path, change: dict[str, Any]) -> None:
    store = judged_store(tmp_path)
    release(store)
    again = release(store, **change)
    assert (again.new, again.version) == (True, "2026.11.22.1")
    assert (tmp_path / "releases" / "latest").readlink() == Path("2026.11.22.1")


@pytest.mark.usefixtures("bare")
def test_a_changed_store_makes_a_release(tmp_path: Path) -> None:
    store = judged_store(tmp_path)
    release(store)
    with store.open() as connection:
        delete(connection, REFUSALS, "reason = 'empty'")
    judge(store)
    again = release(store, day=date(2026, 11, 23))
    assert (again.new, again.version, again.rows["refusals"]) == (True, "2026.11.23", 1)


@pytest.mark.usefixtures("bare")
def test_an_interrupted_release_leaves_nothing_to_see(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = judged_store(tmp_path)
    first = release(store)

    def dies(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(versions, "write_sums", dies)
        with pytest.raises(KeyboardInterrupt):
            release(store, Terms("none"))
    assert sorted(p.name for p in (tmp_path / "releases").iterdir()) == [first.version, "latest"]
    assert release(store, Terms("none")).new


@pytest.mark.usefixtures("bare")
def test_leftovers_of_a_killed_process_are_removed_and_latest_is_mended(tmp_path: Path) -> None:
    store = judged_store(tmp_path)
    made = release(store)
    releases = tmp_path / "releases"
    (releases / ".2026.11.23.partial-4711").mkdir()
    (releases / ".2026.11.23.partial-4711" / "quotes.parquet").write_bytes(b"half")
    (releases / ".latest-4711").symlink_to("nowhere")
    (releases / "latest").unlink()
    (releases / "notes kept by hand").mkdir()
    assert not release(store).new
    assert sorted(p.name for p in releases.iterdir()) == [made.version, "latest", "notes kept by hand"]
    assert (releases / "latest").readlink() == Path(made.version)


@pytest.mark.usefixtures("bare")
def test_a_planted_byte_a_lost_file_and_a_stranger_are_found(tmp_path: Path) -> None:
    made = release(judged_store(tmp_path))
    victim = made.folder / "quotes.parquet"
    victim.chmod(0o644)
    content = bytearray(victim.read_bytes())
    content[len(content) // 2] ^= 1
    victim.write_bytes(bytes(content))
    (made.folder / "dates.parquet").unlink()
    (made.folder / "stranger.txt").write_text("hello")
    assert verify(made.folder) == [
        "dates.parquet: missing",
        "quotes.parquet: changed since the release",
        "stranger.txt: not listed in SHA256SUMS",
    ]


@pytest.mark.usefixtures("bare")
def test_a_damaged_record_is_named_and_nothing_written(tmp_path: Path) -> None:
    store = judged_store(tmp_path)
    made = release(store)
    (made.folder / "release.json").chmod(0o644)
    (made.folder / "release.json").write_text("{")
    with pytest.raises(ReleaseRefused, match=r"^the newest release is damaged; move .*2026\.11\.22 away"):
        release(store, Terms("none"))
    assert sorted(p.name for p in (tmp_path / "releases").iterdir()) == [made.version, "latest"]


def test_checksums_that_cannot_be_read_are_a_problem(tmp_path: Path) -> None:
    assert len(verify(tmp_path)) == 1
    (tmp_path / "SHA256SUMS").write_text("nonsense\n")
    assert verify(tmp_path) == ["SHA256SUMS: line 1 is not a checksum and a name"]


@given(st.lists(st.dates(date(2020, 1, 1), date(2020, 1, 9)), min_size=1, max_size=12))
def test_versions_only_grow(days: list[date]) -> None:
    known: list[str] = []
    for day in days:
        known.append(versions.next_version(known, day))
    places = [versions.order(version) for version in known]
    assert places == sorted(places)
    assert len(set(known)) == len(known)


@pytest.mark.parametrize(
    ("known", "day", "expected"),
    [
        ([], date(2026, 3, 4), "2026.3.4"),
        (["2026.3.4"], date(2026, 3, 4), "2026.3.4.1"),
        (["2026.3.4.9", "2026.3.4.10"], date(2026, 3, 4), "2026.3.4.11"),
        (["2026.3.4.2"], date(2026, 3, 5), "2026.3.5"),
        (["2026.3.4"], date(2026, 3, 1), "2026.3.4.1"),
    ],
)
def test_next_version(known: list[str], day: date, expected: str) -> None:
    assert versions.next_version(known, day) == expected


# --- the bytes


@pytest.mark.usefixtures("bare")
def test_the_same_rows_give_the_same_bytes_whatever_their_order(tmp_path: Path) -> None:
    rows = factory.rows()
    mixed = {name: random.Random(7).sample(content, len(content)) for name, content in copy.deepcopy(rows).items()}
    one = release(judged_store(tmp_path / "one", rows))
    store = judged_store(tmp_path / "two", mixed)
    # A document removed and put back: the store's history differs.
    gone = mixed["sentences"][0]["document_id"]
    with store.open() as connection:
        kept = connection.sql("SELECT * FROM stored.sentences WHERE document_id = ?", params=[gone]).to_arrow_table()
        connection.execute("DELETE FROM stored.sentences WHERE document_id = ?", [gone])
        again = pl.from_arrow(kept)
        assert isinstance(again, pl.DataFrame)
        insert(connection, BY_NAME["sentences"], again)
    two = release(store)
    for table in PUBLISHED:
        name = f"{table.name}.parquet"
        assert (one.folder / name).read_bytes() == (two.folder / name).read_bytes(), name


@pytest.mark.usefixtures("bare")
def test_files_keep_the_contract(tmp_path: Path) -> None:
    made = release(judged_store(tmp_path))
    for table in PUBLISHED:
        file = pq.ParquetFile(made.folder / f"{table.name}.parquet")
        schema = file.schema_arrow
        assert schema.names == [c.name for c in table.published]
        for column in table.published:
            field = schema.field(column.name)
            assert field.metadata[b"description"].decode() == column.description
            assert field.nullable == (not column.required or column.prose)
        assert schema.metadata[b"grain"].decode() == table.grain
        group = file.metadata.row_group(0)
        assert [s.column_index for s in group.sorting_columns] == [schema.get_field_index(n) for n in table.sort]
        assert all(group.column(i).compression == "ZSTD" for i in range(group.num_columns))
        assert all(group.column(i).has_offset_index for i in range(group.num_columns))
        rows = file.read().select(list(table.sort)).to_pylist()
        keys = [
            tuple(row[name].encode() if isinstance(row[name], str) else row[name] for name in table.sort)
            for row in rows
        ]
        assert keys == sorted(keys)


@pytest.mark.parametrize(
    "table",
    [
        "quotes",
        "refusals",
        *(pytest.param(n, marks=pytest.mark.slow) for n in ("documents", "sentences", "statements")),
    ],
)
def test_a_table_read_in_ranges_has_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, table: str) -> None:
    store = judged_store(tmp_path)
    made = release(store)
    monkeypatch.setattr(parquet, "SORTED", 1)
    (tmp_path / "ranges").mkdir()
    with store.open() as connection:
        rights.prepare(connection, Terms())
        hidden = rights.rules(Terms())[table]
        total = connection.execute(f"SELECT count(*) FROM stored.{table}").fetchone()  # noqa: S608 - a name of ours
        ranges = parquet._ranges(connection, BY_NAME[table])
        written = parquet.write(connection, BY_NAME[table], hidden, tmp_path / "ranges")
    assert total and total[0] > 1
    assert len(ranges) > 1
    assert (tmp_path / "ranges" / f"{table}.parquet").read_bytes() == (made.folder / f"{table}.parquet").read_bytes()
    assert {f"{table}.{name}": n for name, n in written.withheld.items()} == {
        name: n for name, n in made.withheld.items() if name.startswith(f"{table}.")
    }


def test_a_null_where_the_contract_wants_a_value_is_named(tmp_path: Path) -> None:
    store = judged_store(tmp_path)
    with store.open() as connection:
        rights.prepare(connection, Terms())
        with pytest.raises(parquet.BrokenTable, match=r"sentences\.position is null"):
            parquet.write(connection, BY_NAME["sentences"], {"position": "true"}, tmp_path)


def test_an_empty_store_can_be_released(tmp_path: Path) -> None:
    made = release(judged_store(tmp_path, {table: [] for table in factory.rows()}))
    assert set(made.rows.values()) == {0}
    assert made.articles == {"all": 0, "closed": 0}
    assert verify(made.folder) == []


# --- rights


CLOSED = (None, "CC-BY-NC-4.0", "CC-BY-ND-4.0", "LicenseRef-own", "CC-BY-4.0 OR MIT")
FREE = ("CC-BY-4.0", "cc0-1.0", "OGL-UK-3.0")


@pytest.mark.parametrize(
    ("mode", "closed", "free"),
    [("licensed", CLOSED, FREE), ("none", (*CLOSED, *FREE), ()), ("all", (), (*CLOSED, *FREE))],
    ids=["licensed", "none", "all"],
)
def test_prose_is_all_there_or_nowhere_in_the_folder(
    tmp_path: Path, mode: str, closed: tuple[str | None, ...], free: tuple[str | None, ...]
) -> None:
    secrets = {licence: f"{SECRET} under {number}" for number, licence in enumerate((*closed, *free))}
    articles = [secretive(licence, "indirect", secret) for licence, secret in secrets.items()]
    made = release(judged_store(tmp_path, factory.rows((*factory.ARTICLES, *articles))), Terms(mode))
    for name, content in contents(made.folder):
        assert b"an example that stays in the store" not in content, name
        for licence in closed:
            assert secrets[licence].encode() not in content, (name, licence)
    for licence in free:
        for table, column in (("documents", "text"), ("sentences", "text"), ("edits", "original"), ("quotes", "text")):
            assert any(secrets[licence] in (value or "") for value in read(made, table)[column]), (table, licence)
        assert secrets[licence] in read(made, "statements")["text"].to_list()
    hidden = read(made, "documents").filter(pl.col("source").is_in([f"secret {name} indirect" for name in closed]))
    assert hidden["text"].null_count() == len(closed)
    assert set(hidden["characters"].to_list()) <= {len("Harbour notes\n" + SECRET + " under 0")}
    for key in ("documents.text", "sentences.text", "edits.original", "quotes.text", "statements.text"):
        assert made.withheld.get(key, 0) >= len(closed)
    if mode == "all":
        assert (made.withheld, made.articles["closed"]) == ({}, 0)


@pytest.mark.usefixtures("bare")
def test_mode_none_withholds_open_articles_too(tmp_path: Path) -> None:
    made = release(judged_store(tmp_path), Terms("none"))
    assert made.articles == {"all": 3, "closed": 3}
    assert read(made, "documents")["text"].null_count() == 3


@pytest.mark.parametrize(("longest", "shown"), [(len(SECRET) + 2, True), (len(SECRET) + 1, False), (0, False)])
@pytest.mark.usefixtures("bare")
def test_quoted_words_stay_up_to_the_length_of_the_terms(tmp_path: Path, longest: int, shown: bool) -> None:
    secrets = {"direct": f"{SECRET} d", "mixed": f"{SECRET} m"}
    articles = [secretive(None, kind, secret) for kind, secret in secrets.items()]
    rows = factory.rows((*factory.ARTICLES, *articles))
    made = release(judged_store(tmp_path, rows), Terms(longest_quote=longest))
    for secret in secrets.values():
        assert (secret in read(made, "quotes")["text"].to_list()) == shown
        assert (secret in read(made, "statements")["text"].to_list()) == shown
        assert secret not in read(made, "sentences")["text"].to_list()


@pytest.mark.usefixtures("bare")
def test_what_is_shown_is_the_text_at_its_span(tmp_path: Path) -> None:
    made = release(judged_store(tmp_path, planted("CC-BY-4.0")))
    texts = dict(read(made, "documents").select("document_id", "text").iter_rows())
    for table in ("sentences", "mentions", "quotes", "dates"):
        for row in read(made, table).iter_rows(named=True):
            if texts[row["document_id"]] is not None and row["text"] is not None:
                assert texts[row["document_id"]][row["start"] : row["end"]] == row["text"]


def test_a_statement_shows_only_words_that_one_of_its_quotes_shows(tmp_path: Path) -> None:
    rows = planted(None)
    hidden = next(s for s in rows["statements"] if s["text"] == SECRET)
    direct = next(q for q in rows["quotes"] if q["text"] == "We open again,")
    for row in rows["utterances"]:
        if row["quote_id"] == direct["quote_id"]:
            row["statement_id"] = hidden["statement_id"]
    made = release(judged_store(tmp_path, rows))
    shown = dict(read(made, "statements").select("statement_id", "text").iter_rows())
    assert shown[hidden["statement_id"]] is None
    assert all(SECRET.encode() not in content for _, content in contents(made.folder))


@pytest.mark.parametrize(
    ("table", "column", "most"),
    [
        ("documents", "title", rights.MAX_HEADLINE_LENGTH),
        pytest.param("documents", "published_text", rights.MAX_HEADLINE_LENGTH, marks=pytest.mark.slow),
        ("quotes", "speaker", rights.MAX_NAME_LENGTH),
        pytest.param("quotes", "venue", rights.MAX_NAME_LENGTH, marks=pytest.mark.slow),
    ],
)
def test_a_paragraph_taken_for_a_headline_or_a_speaker_is_withheld(
    tmp_path: Path, table: str, column: str, most: int
) -> None:
    rows = planted(None)
    long, short = "w" * (most + 1), "v" * most
    rows[table][-1][column] = long
    rows[table][0][column] = short
    made = release(judged_store(tmp_path, rows))
    assert made.withheld[f"{table}.{column}"] == 1
    assert all(long.encode() not in content for _, content in contents(made.folder))
    assert short in read(made, table)[column].to_list()


@pytest.mark.usefixtures("bare")
def test_counts_of_withheld_values_are_those_of_the_files(tmp_path: Path) -> None:
    store = judged_store(tmp_path, planted(None))
    whole, made = release(store, Terms("all")), release(store, Terms())
    for table in PUBLISHED:
        before, after = read(whole, table.name), read(made, table.name)
        for column in before.columns:
            lost = after[column].null_count() - before[column].null_count()
            assert made.withheld.get(f"{table.name}.{column}", 0) == lost
            assert after.filter(pl.col(column).is_not_null())[column].is_in(before[column].implode()).all() or (
                before[column].dtype == pl.List(pl.String)
            )


def test_every_prose_column_of_the_contract_has_a_rule() -> None:
    found = rights.rules(Terms())
    for table in PUBLISHED:
        for column in table.published:
            if column.prose:
                assert column.name in found[table.name], f"{table.name}.{column.name}"


@pytest.mark.parametrize(
    ("licence", "expected"),
    [
        *((name, True) for name in ("CC0-1.0", "CC-BY-4.0", "cc-by-sa-3.0", "OGL-UK-3.0", "ODC-By-1.0", "PDDL-1.0")),
        *((name, False) for name in ("CC-BY-NC-4.0", "CC-BY-ND-4.0", "CC-BY-NC-SA-3.0", "MIT-ish", "", "CC-BY", None)),
    ],
)
def test_open_licences(licence: str | None, expected: bool) -> None:
    assert rights.is_open(licence) is expected


@pytest.mark.parametrize("wrong", [{"publish_text": "some"}, {"longest_quote": -1}])
def test_terms_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must be"):
        Terms(**wrong)


@pytest.mark.usefixtures("bare")
def test_the_record_says_what_the_release_is(tmp_path: Path) -> None:
    made = release(judged_store(tmp_path))
    kept = versions.record(made.folder)
    assert (kept.version, kept.terms, kept.rows) == (made.version, asdict(Terms()), made.rows)
    assert kept.files["quotes"] == ["quotes.parquet"]
    with pytest.raises(ValueError, match=r"release\.json cannot be read"):
        versions.record(tmp_path)
