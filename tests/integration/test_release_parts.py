"""Releases in parts: what is in which file, what every reader sees, and which files a later release shares."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from assets.cli import app
from assets.settings import Settings
from pipeline.contract import BY_NAME, PUBLISHED, REFUSALS
from tests.integration.test_descriptions import croissant, run
from tests.integration.test_release import DAY, REQUIRED, SECRET, judge, judged_store, planted
from tests.support import factory
from warehouse import backup
from warehouse.release import diff, parquet, parts, verification, versions
from warehouse.release.formats.snippets import SNIPPETS, Snippet
from warehouse.release.publish import Release, publish
from warehouse.release.rights import Terms
from warehouse.release.tasks import Staged
from warehouse.store import Store
from warehouse.withdrawal import lists
from warehouse.withdrawal.lists import Withdrawal
from warehouse.writes import delete

NEXT_DAY = date(2026, 11, 23)


def release(store: Store, part_rows: int, day: date = DAY, terms: Terms | None = None) -> Release:
    return publish(store, terms or Terms("all"), REQUIRED, day, "0.1.0", part_rows=part_rows)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Return a release of which every table is one file."""
    return release(judged_store(tmp_path_factory.mktemp("whole")), versions.PART_ROWS)


@pytest.fixture(scope="module")
def parted_template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, Release]:
    """Return a store with a release of a part for each id, without descriptions, to copy."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("warehouse.release.publish.describe_release", lambda *_: None)
        store = judged_store(tmp_path_factory.mktemp("parted"))
        return store, release(store, 1)


@pytest.fixture
def parted(parted_template: tuple[Store, Release], tmp_path: Path) -> tuple[Store, Release]:
    """Return a copy of a store with a release of a part for each id, without descriptions."""
    template, made = parted_template
    store = factory.copy(template, Store(tmp_path / "made"))
    return store, replace(made, folder=store.releases / made.version)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Return the same release with a part for each id. DuckDB's list of folders divides at a comma."""
    return release(judged_store(tmp_path_factory.mktemp("made, in parts")), 1)


def sorted_by_id(table: str) -> bool:
    return BY_NAME[table].sort[0].endswith("_id")


def part_files(made: Release) -> list[str]:
    return [name for names in versions.record(made.folder).files.values() for name in names if "/" in name]


# --- which rows are in which part

IDS = st.dictionaries(st.text("0123456789abcdef", min_size=4, max_size=4), st.integers(1, 9), min_size=1)


@given(IDS, st.integers(1, 20))
def test_parts_hold_every_id_once_and_no_more_rows_than_asked(rows: dict[str, int], limit: int) -> None:
    found = parts.divided("", rows, limit)
    assert found == sorted(found)
    for name in rows:
        assert sum(name.startswith(prefix) for prefix in found) == 1
    for prefix in found:
        inside = sum(n for name, n in rows.items() if name.startswith(prefix))
        assert 0 < inside <= limit or len(prefix) == parts.DIGITS


@given(IDS, st.integers(1, 20), st.text("0123456789abcdef", min_size=4, max_size=4))
def test_an_added_id_divides_its_own_part_at_most(rows: dict[str, int], limit: int, added: str) -> None:
    before, after = parts.divided("", rows, limit), parts.divided("", {**rows, added: rows.get(added, 0) + 1}, limit)
    assert all(added.startswith(prefix) for prefix in {*before} - {*after})
    if before != [""]:
        # The new parts are those of the added id, or halves of the part that it was in.
        assert all(
            any(p.startswith(old) for old in {*before} - {*after}) or added.startswith(p) for p in {*after} - {*before}
        )


@pytest.mark.parametrize(
    ("names", "good"),
    [
        (["quotes.parquet"], True),
        (["quotes.parquet/0.parquet", "quotes.parquet/1f.parquet"], True),
        ([], False),
        (["quotes.parquet/0.parquet"], False),
        (["quotes.parquet/1.parquet", "quotes.parquet/0.parquet"], False),
        (["quotes.parquet/0.parquet", "quotes.parquet/0.parquet"], False),
        (["quotes.parquet/0.parquet", "quotes.parquet/../1.parquet"], False),
        (["quotes.parquet/0.parquet", "dates.parquet/1.parquet"], False),
        (["quotes.parquet", "quotes.parquet/1.parquet"], False),
        (["quotes.parquet/0.parquet", "quotes.parquet/12345.parquet"], False),
    ],
)
def test_names_of_parts(names: list[str], good: bool) -> None:
    assert parts.well_named("quotes", names) is good


def test_the_default_is_the_same_everywhere() -> None:
    assert Settings().release_part_rows == versions.PART_ROWS


# --- readers

READERS: dict[str, Callable[[str], list[dict[str, Any]]]] = {
    "duckdb": lambda path: duckdb.connect().execute(f"FROM '{path}'").to_arrow_table().to_pylist(),
    "duckdb pattern": lambda path: duckdb.connect().execute(f"FROM '{path}/*.parquet'").to_arrow_table().to_pylist(),
    "polars": lambda path: pl.read_parquet(path).to_dicts(),
    "polars pattern": lambda path: pl.scan_parquet(f"{path}/*.parquet").collect().to_dicts(),
    "pandas": lambda path: [{"quote_id": name} for name in pd.read_parquet(path)["quote_id"]],
    "arrow": lambda path: ds.dataset(path).to_table().to_pylist(),
}


@pytest.mark.parametrize("reader", READERS)
def test_readers_see_one_table_in_its_order(
    made: Release, whole: Release, monkeypatch: pytest.MonkeyPatch, reader: str
) -> None:
    monkeypatch.chdir(made.folder)
    found = [row["quote_id"] for row in READERS[reader]("quotes.parquet")]
    assert found == pl.read_parquet(whole.folder / "quotes.parquet")["quote_id"].to_list()


@pytest.mark.parametrize("part_rows", [1, 2, 5])
@pytest.mark.usefixtures("bare")
def test_the_parts_of_every_table_are_its_rows_in_order(tmp_path: Path, whole: Release, part_rows: int) -> None:
    made = release(judged_store(tmp_path), part_rows)
    record = versions.record(made.folder)
    assert made.rows == whole.rows
    for table in PUBLISHED:
        names = record.files[table.name]
        alone = pq.read_table(whole.folder / f"{table.name}.parquet")
        assert ds.dataset([made.folder / name for name in names]).to_table().equals(alone), table.name
        assert len(names) == 1 or all(pq.read_metadata(made.folder / name).num_rows for name in names)
        many = made.rows[table.name] > (1 if table.name == "documents" else part_rows)
        assert parts.in_parts(names) is (sorted_by_id(table.name) and many)
    assert record.files["refusals"] == ["refusals.parquet"]


@pytest.mark.usefixtures("bare")
def test_parts_read_in_ranges_have_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at_once = digests(release(judged_store(tmp_path / "one"), 4))
    monkeypatch.setattr(parquet, "SORTED", 1)
    assert digests(release(judged_store(tmp_path / "two"), 4)) == at_once != {}


def test_one_part_is_the_file_of_today(whole: Release, tmp_path: Path) -> None:
    """A table with as many rows as a part may have is one file, with the same bytes."""
    many = whole.rows["quotes"]
    made = release(judged_store(tmp_path), many)
    for table in PUBLISHED:
        if made.rows[table.name] <= many and table.name != "documents":
            assert versions.record(made.folder).files[table.name] == [f"{table.name}.parquet"]
            assert versions.sha256(made.folder / f"{table.name}.parquet") == versions.sha256(
                whole.folder / f"{table.name}.parquet"
            )


def test_everything_that_describes_a_release_describes_the_parts(made: Release, whole: Release) -> None:
    import yaml
    from frictionless import Package

    files = versions.record(made.folder).files
    assert verification.verify(made.folder).problems == ()
    assert diff.changes(whole.folder, made.folder).empty
    report = Package(str(made.folder / "datapackage.json")).validate()
    assert report.flatten(["type", "message"]) == []
    assert report.stats["tasks"] == sum(map(len, files.values())) + 1  # and changes
    dataset = croissant().Dataset(str(made.folder / "croissant.json"))
    assert not dataset.metadata.ctx.issues.errors
    assert sum(1 for _ in dataset.records("quotes")) == whole.rows["quotes"]
    _, front, card = (made.folder / "README.md").read_text(encoding="utf-8").split("---\n", 2)
    configs = {c["config_name"]: c["data_files"] for c in yaml.safe_load(front)["configs"]}
    assert configs["quotes"] == ["quotes.parquet/*.parquet"]
    for table, (pattern,) in configs.items():
        if table != "changes":
            assert sorted(p.relative_to(made.folder).as_posix() for p in made.folder.glob(pattern)) == files[table]
    assert "| `quotes.parquet/` | one row is one quotation" in card
    assert f" ({len(files['quotes'])} parts) | {made.rows['quotes']} |" in card
    assert "| [refusals.parquet](refusals.parquet) |" in card
    page = (made.folder / "index.html").read_text(encoding="utf-8")
    assert f"{len(files['quotes'])} parts" in page
    listed = json.loads(page.partition('<script type="application/ld+json">')[2].partition("</script>")[0])
    named = {entry["contentUrl"] for entry in listed["distribution"]}
    assert {"refusals.parquet", "croissant.json"} <= named
    assert all((made.folder / name).is_file() for name in named)
    assert 'href="quotes.parquet" download' not in page


@pytest.mark.parametrize("page", ["exports/quotations.csv", "search/index.json", "index.html"])
def test_pages_and_exports_are_those_of_one_file(made: Release, whole: Release, page: str) -> None:
    """The page differs in the list of files and the version's digests only."""
    if page == "index.html":
        texts = [(r.folder / page).read_text(encoding="utf-8").partition('id="find"')[2][:5_000] for r in (made, whole)]
        assert texts[0] == texts[1] != ""
        return
    for path in sorted((whole.folder / page).parent.iterdir()):
        assert (made.folder / path.relative_to(whole.folder)).read_bytes() == path.read_bytes()


def test_the_database_reads_the_parts(made: Release, whole: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    def said(folder: Path) -> list[Any]:
        with duckdb.connect(str(folder / "onrecord.duckdb"), read_only=True) as connection:
            rows = [connection.execute(f"FROM {name} ORDER BY ALL").fetchall() for name in ("who_said_what", "quotes")]
            comments = connection.execute(
                "SELECT column_name, comment FROM duckdb_columns() WHERE table_name = 'quotes'"
            )
            return [*rows, comments.fetchall(), connection.execute("FROM said_by('Ana Lume') ORDER BY ALL").fetchall()]

    monkeypatch.chdir(made.folder)
    assert said(made.folder) == said(whole.folder)
    monkeypatch.chdir("/")
    with duckdb.connect(str(made.folder / "onrecord.duckdb"), read_only=True) as connection:
        with pytest.raises(duckdb.IOException, match=r"quotes\.parquet"):
            connection.execute("FROM quotes")
        connection.execute("SELECT count(*) FROM refusals").fetchall()  # one file: a table


@pytest.mark.parametrize("snippet", [s for s in SNIPPETS if s.language != "r"], ids=lambda s: s.tool)
def test_snippets_run_on_parts(
    made: Release, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], snippet: Snippet
) -> None:
    monkeypatch.chdir(made.folder)
    run(snippet.language, snippet.code)
    assert "Ana Lume" in capsys.readouterr().out or snippet.language != "python"


def test_released_articles_are_found_in_parts(made: Release) -> None:
    for article in factory.rows()["documents"]:
        (found,) = lists.released(made.folder.parent, str(article["source"]))
        assert found[:2] == (article["document_id"], article["source"])


def gone(folder: Path, first: Path, _: Path) -> None:
    first.unlink()


def swapped(folder: Path, first: Path, second: Path) -> None:
    kept = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(kept)


def linked(folder: Path, first: Path, second: Path) -> None:
    first.unlink()
    first.symlink_to(second.name)


def added(folder: Path, first: Path, _: Path) -> None:
    shutil.copyfile(first, first.with_name("0.parquet"))


def left_out(folder: Path, first: Path, _: Path) -> None:
    """Take a part out of every list."""
    first.unlink()
    name = first.relative_to(folder).as_posix()
    record = versions.record(folder)
    files = {table: [n for n in names if n != name] for table, names in record.files.items()}
    digests = {n: digest for n, digest in record.digests.items() if n != name}
    versions.write_record(folder, replace(record, files=files, digests=digests))
    for path in (folder / "datapackage.json", folder / "croissant.json"):
        described = versions.read_json(path)
        for entries, key in (("resources", "path"), ("distribution", "contentUrl")):
            if entries in described:
                described[entries] = [entry for entry in described[entries] if entry.get(key) != name]
        versions.write_json(path, described)
    versions.write_sums(folder)


@pytest.mark.parametrize(
    ("tamper", "said"),
    [
        (gone, "missing"),
        (swapped, "changed since the release"),
        (linked, "a link, not a file"),
        (added, "not listed in SHA256SUMS"),
        (left_out, "quotes: has 5 rows, and release.json says 8"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_changed_part_is_found(
    made: Release, tmp_path: Path, tamper: Callable[[Path, Path, Path], None], said: str
) -> None:
    folder = tmp_path / made.version
    shutil.copytree(made.folder, folder)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755)
    tamper(folder, *sorted((folder / "quotes.parquet").iterdir())[:2])
    problems = verification.verify(folder).problems
    assert any(said in problem for problem in problems), problems


def test_commands_read_parts(made: Release, whole: Release) -> None:
    for arguments in (["verify", str(made.folder)], ["diff", str(whole.folder), str(made.folder)]):
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 0, result.output
    assert "The data are identical." in result.output


# --- what later releases share


@pytest.mark.usefixtures("bare")
def test_another_size_of_parts_makes_a_release_of_the_same_rows(tmp_path: Path) -> None:
    store = judged_store(tmp_path)
    one = release(store, versions.PART_ROWS)
    cut = release(store, 1)
    assert (one.new, cut.new, release(store, 1).new) == (True, True, False)
    assert diff.changes(one.folder, cut.folder).empty


def test_a_release_of_a_program_without_parts_is_not_made_again(tmp_path: Path) -> None:
    store = judged_store(tmp_path)
    made = release(store, versions.PART_ROWS)
    for path in (made.folder, *made.folder.iterdir()):
        path.chmod(0o755)
    record = versions.read_json(made.folder / versions.RECORD)
    del record["part_rows"]
    versions.write_json(made.folder / versions.RECORD, record)
    versions.write_sums(made.folder)
    assert verification.verify(made.folder).problems == ()
    assert not release(store, versions.PART_ROWS).new
    assert release(store, 1).new


def shared(new: Release, old: Release) -> set[str]:
    """Return the parts of which both releases have the same file on the disk."""
    return {
        name
        for name in part_files(new)
        if (old.folder / name).exists() and (old.folder / name).stat().st_ino == (new.folder / name).stat().st_ino
    }


def digests(made: Release) -> dict[str, str]:
    return {name: versions.sha256(made.folder / name) for name in part_files(made)}


def retitled(store: Store) -> str:
    """Change a title in the store, and delete a refusal, which changes the state. Returns the first document's id."""
    with store.open() as connection:
        row = connection.execute("SELECT min(document_id) FROM stored.documents").fetchone()
        connection.execute("UPDATE stored.documents SET title = 'Another' WHERE document_id = ?", row)
        delete(connection, REFUSALS, "reason = 'empty'")
    judge(store)
    assert row
    return str(row[0])


def part_of(made: Release, table: str, document_id: str) -> str:
    """Return the part of the table that has the document's rows."""
    names = [name for name in part_files(made) if Path(name).parent.name == f"{table}.parquet"]
    (found,) = [name for name in names if document_id.startswith(Path(name).stem)]
    return found


@pytest.mark.usefixtures("bare")
def test_parts_with_the_same_rows_are_linked(parted: tuple[Store, Release]) -> None:
    store, old = parted
    changed = retitled(store)
    new = release(store, 1, NEXT_DAY)
    assert shared(new, old) == {*part_files(new)} - {part_of(new, "documents", changed)}
    assert all((new.folder / name).stat().st_mode & 0o777 == 0o444 for name in part_files(new))
    with_links = digests(new)
    shutil.rmtree(store.releases)
    assert digests(release(store, 1, NEXT_DAY)) == with_links


@pytest.mark.usefixtures("bare")
def test_parts_are_copied_where_files_cannot_be_linked(
    parted: tuple[Store, Release], monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_links(*_: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    store, old = parted
    changed = retitled(store)
    monkeypatch.setattr(os, "link", without_links)
    new = release(store, 1, NEXT_DAY)
    assert shared(new, old) == set()
    assert {name for name, digest in digests(new).items() if digests(old).get(name) != digest} == {
        part_of(new, "documents", changed)
    }
    assert versions.verify(new.folder) == []


@pytest.mark.parametrize("spoiled", ["another program", "a changed byte", "another version of Arrow"])
@pytest.mark.usefixtures("bare")
def test_parts_that_may_differ_are_written(
    parted: tuple[Store, Release], monkeypatch: pytest.MonkeyPatch, spoiled: str
) -> None:
    store, old = parted
    retitled(store)
    if spoiled == "another program":
        monkeypatch.setattr("warehouse.release.publish.RELEASE_FORMAT", "none")
    elif spoiled == "another version of Arrow":
        monkeypatch.setattr(parts.pa, "__version__", "1.0")
    elif spoiled == "a changed byte":
        # A build hashes small files only: in a large one it does not see the damage.
        monkeypatch.setattr("warehouse.release.damage_check.first_damage", lambda *_: None)
        for name in part_files(old):
            content = (old.folder / name).read_bytes()
            (old.folder / name).chmod(0o644)
            (old.folder / name).write_bytes(content.replace(b"PAR1", b"PAR2", 1))
    new = release(store, 1, NEXT_DAY)
    assert shared(new, old) == set()
    assert all((new.folder / name).read_bytes()[:4] == b"PAR1" for name in part_files(new))


@pytest.mark.usefixtures("bare")
def test_parts_of_a_table_that_was_one_file_are_written(tmp_path: Path) -> None:
    store = judged_store(tmp_path)
    old = release(store, versions.PART_ROWS)
    retitled(store)
    new = release(store, 1, NEXT_DAY)
    assert part_files(new) and shared(new, old) == set()
    assert versions.verify(new.folder) == []


@pytest.mark.usefixtures("bare")
def test_a_withdrawn_article_leaves_the_other_parts_shared(tmp_path: Path) -> None:
    """Its own parts are gone, and no file of the release holds its words."""
    store = judged_store(tmp_path / "made", planted("CC0-1.0"))
    old = release(store, 1)
    assert any(SECRET in str(pq.read_table(old.folder / name).to_pylist()) for name in part_files(old))
    (article,) = [d for d in planted("CC0-1.0")["documents"] if str(d["source"]).startswith("secret")]
    name = str(article["document_id"])
    folder = tmp_path / "after"
    shutil.copytree(store.releases, folder / "releases", symlinks=True)
    lists.write_withdrawn_list(folder, {name: Withdrawal(name, str(article["source"]), "2026-11-22", "asked")})
    old = replace(old, folder=folder / "releases" / old.version)
    had = {file: (old.folder / file).stat().st_ino for file in part_files(old)}
    after = factory.filled_store(folder)
    judge(after)
    new = release(after, 1, NEXT_DAY)
    assert (old.folder / versions.TOMBSTONE).exists()
    kept = [file for file in part_files(new) if had.get(file) == (new.folder / file).stat().st_ino]
    assert len(kept) > len(part_files(new)) / 2
    kept_ids = {str(row["document_id"])[: parts.DIGITS] for row in factory.rows()["documents"]}
    assert {Path(file).stem for file in part_files(new) if file.startswith("sentences.parquet/")} == kept_ids
    assert verification.verify(new.folder).sums.problems == ()
    assert not any(
        SECRET in str(pq.read_table(file).to_pylist()) for file in new.folder.rglob("*.parquet") if file.is_file()
    )


@pytest.mark.usefixtures("bare")
def test_an_interrupted_release_leaves_the_files_that_it_shares(
    parted: tuple[Store, Release], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, old = parted
    retitled(store)

    def interrupted(staged: Staged, *_: object) -> None:
        assert (staged.folder / part_files(old)[-1]).stat().st_nlink == 2
        raise KeyboardInterrupt

    monkeypatch.setattr("warehouse.release.publish.describe_release", interrupted)
    with pytest.raises(KeyboardInterrupt):
        release(store, 1, NEXT_DAY)
    assert versions.verify(old.folder) == []
    assert versions.names(store.releases) == [old.version]


@pytest.mark.usefixtures("bare")
def test_an_empty_table_is_one_file_without_rows(tmp_path: Path) -> None:
    rows = factory.rows()
    rows["dates"] = rows["date_conflicts"] = rows["date_bounds"] = []
    store = judged_store(tmp_path, rows)
    made = release(store, 1)
    assert versions.record(made.folder).files["dates"] == ["dates.parquet"]
    assert pl.read_parquet(made.folder / "dates.parquet").height == 0


@pytest.mark.usefixtures("bare")
def test_rows_whose_id_no_part_has_are_not_lost(tmp_path: Path) -> None:
    store = judged_store(tmp_path)
    with store.open() as connection:
        connection.execute("UPDATE stored.entities SET entity_id = 'zz' || entity_id[3:] WHERE name = 'Ana Lume'")
    with pytest.raises(parquet.BrokenTable, match="entities has 5 rows, of which 4 "):
        release(store, 1)


GROUPS = pa.schema({"id": pa.string(), "names": pa.list_(pa.string())})


def groups_of(rows: str, size: int = 3) -> list[pa.Table]:
    """Return row groups of a table."""
    cut = [list(rows[at : at + size]) for at in range(0, len(rows), size)]
    return [pa.table({"id": ids, "names": [[name, None] for name in ids]}, GROUPS) for ids in cut]


@pytest.mark.parametrize(
    ("before", "after", "linked"),
    [
        ("aaabbbccc", "aaabbbccc", True),
        ("aaabbbccc", "aaabbbccd", False),
        ("aaabbbccc", "xaabbbccc", False),
        ("aaabbbccc", "aaabbb", False),
        ("aaabbbccc", "aaabbbcccd", False),
        ("aaabbbcc", "aaabbbcc", True),
        ("", "", True),
        ("", "a", False),
        ("aaa", "", False),
    ],
)
def test_a_file_is_linked_if_it_has_the_same_groups_else_written(
    tmp_path: Path, before: str, after: str, linked: bool
) -> None:
    def writer(sink: Any) -> pq.ParquetWriter:
        return pq.ParquetWriter(sink, GROUPS, **parquet.CODEC)

    old, new, fresh = (tmp_path / name for name in ("old", "new", "fresh"))
    parts.write_file(iter(groups_of(before)), old, writer)
    parts.write_file(iter(groups_of(after)), fresh, writer)
    with pq.ParquetFile(old) as found:
        assert parts.write_file(iter(groups_of(after)), new, writer, parts.OpenPart(old, found)) == len(after)
    assert new.read_bytes() == fresh.read_bytes()
    assert (new.stat().st_ino == old.stat().st_ino) is linked


@pytest.mark.usefixtures("bare")
def test_a_backup_keeps_links_and_a_restore_has_the_same_releases(
    parted: tuple[Store, Release], tmp_path: Path
) -> None:
    store, old = parted
    retitled(store)
    new = release(store, 1, NEXT_DAY)
    backup.backup(store, tmp_path / "backup")
    backup.restore(tmp_path / "backup", tmp_path / "restored")
    for folder in (tmp_path / "backup", tmp_path / "restored"):
        moved = [replace(made, folder=folder / "releases" / made.version) for made in (new, old)]
        assert shared(*moved) == shared(new, old) != set()
        assert [verification.verify(made.folder).sums.problems for made in moved] == [(), ()]
