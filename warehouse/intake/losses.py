"""Find the articles that the raw folder no longer has, and why, and decide whether a build may go on without them.

An article is lost if the store has a record of it and would have none after the staged rows are applied. The same
`document_id` in any other record keeps the article: it has moved or is superseded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import duckdb

from warehouse.sql import StoreError, fetch_one
from warehouse.text import counted

# A lost mount loses everything or a subtree; an editor rarely removes more than a few articles. A loss of more than
# this share of the articles (and more than one) must be confirmed.
MAX_LOST = 0.1
# Limits of a message: names per cause, characters per name.
NAMES, NAME_LENGTH = 2, 40

GONE, CUT, RENAMED, UNREADABLE, LANGUAGES, READER = "gone", "cut", "renamed", "unreadable", "languages", "reader"


class SourcesVanished(StoreError):
    """More articles of the raw folder are lost than an editor would remove. Nothing was removed."""


@dataclass(frozen=True, slots=True)
class Loss:
    """Articles lost for one cause: a constant of this module, or the reason of their refusal."""

    cause: str
    count: int
    first: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Losses:
    """What applying the staged rows would lose, of how many articles; whether none would be left; languages and readers
    of the lost articles."""

    total: int
    by_cause: tuple[Loss, ...]
    empty: bool
    read_versions: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """Number of lost articles."""
        return sum(loss.count for loss in self.by_cause)

    @property
    def too_many(self) -> bool:
        """Whether a user must confirm the loss."""
        return self.count > 0 and (self.empty or self.count > max(1, MAX_LOST * self.total))


def _stage_leaving_paths(
    connection: duckdb.DuckDBPyConnection, removed: Iterable[str], read: Iterable[str], *, accept: bool
) -> None:
    """Create the temporary table `leaving`: each path whose rows are to be replaced, and how (`gone`, `read`, `partial`
    if `--limit` ended it, `unreadable` if its rows stay), and the views `replaced` and `unread` of it."""
    connection.execute("CREATE OR REPLACE TEMP TABLE leaving (path VARCHAR, how VARCHAR)")
    connection.execute("INSERT INTO leaving SELECT unnest(?), 'gone'", [sorted(removed)])
    connection.execute("INSERT INTO leaving SELECT unnest(?), 'read'", [sorted(read)])
    connection.execute(
        "UPDATE leaving SET how = 'partial' WHERE how = 'read' AND path NOT IN (SELECT path FROM staged.files)"
    )
    if not accept:
        failed = connection.execute("SELECT DISTINCT path FROM staged.refusals WHERE reason = 'unreadable'").fetchall()
        names = [str(row[0]) for row in failed]
        connection.execute(
            "UPDATE leaving SET how = 'unreadable' WHERE path IN (SELECT unnest($hidden)) OR path IN "
            "(SELECT path FROM stored.raws WHERE standing AND path IN (SELECT unnest($names)))",
            {"hidden": list(nearest_folder(names, removed)), "names": names},
        )
    connection.execute("CREATE OR REPLACE TEMP VIEW replaced AS SELECT path FROM leaving WHERE how <> 'unreadable'")
    connection.execute("CREATE OR REPLACE TEMP VIEW unread AS SELECT path FROM leaving WHERE how = 'unreadable'")


def nearest_folder(folders: Iterable[str], paths: Iterable[str]) -> dict[str, str]:
    """Return path -> the nearest of these folders above it, for the paths that have one. An entry with files beneath it
    is a folder that could not be listed."""
    known = set(folders)
    found = {}
    for path in paths:
        for parent in PurePosixPath(path).parents:
            if str(parent) in known:
                found[path] = str(parent)
                break
    return found


# Documents of records that stay or are added.
_REMAINING = """
CREATE OR REPLACE TEMP TABLE remaining AS
SELECT document_id FROM stored.raws
WHERE path NOT IN (SELECT path FROM leaving)
UNION
SELECT document_id FROM staged.raws
WHERE path NOT IN (FROM unread)
"""
# Records that are removed, and why.
_LOST = f"""
CREATE OR REPLACE TEMP TABLE lost AS
SELECT row.document_id, row.origin, row.path, row.source, leaving.how, before.read_version, CASE
    WHEN leaving.how = 'unreadable' THEN '{UNREADABLE}'
    WHEN row.content_sha256 IN (SELECT content_sha256 FROM staged.raws) THEN '{RENAMED}'
    WHEN leaving.how = 'gone' THEN '{GONE}'
    WHEN own.reason = 'language' AND before.read_version IS NOT NULL
        AND split_part(before.read_version, '/', -1) <> $languages THEN '{LANGUAGES}'
    WHEN before.read_version <> now.read_version AND (before.content_sha256 = now.content_sha256
        OR now.content_sha256 IS NULL AND before.bytes = now.bytes AND before.modified_ns = now.modified_ns)
        THEN '{READER}'
    ELSE coalesce(own.reason, whole.reason, '{CUT}')
END AS cause
FROM stored.raws AS row JOIN leaving USING (path)
LEFT JOIN stored.files AS before USING (path) LEFT JOIN staged.files AS now USING (path)
LEFT JOIN staged.refusals AS own ON own.source = row.origin
LEFT JOIN staged.refusals AS whole ON whole.source = row.path
WHERE row.standing AND row.document_id NOT IN (FROM remaining) AND own.reason IS DISTINCT FROM 'withdrawn'
"""  # noqa: S608 - constants of this module


def measure_losses(
    connection: duckdb.DuckDBPyConnection,
    removed: Iterable[str],
    read: Iterable[str],
    languages: str,
    *,
    accept: bool = False,
) -> Losses:
    """Return what would be lost if the staged rows replaced those of the paths `removed` and `read`. `languages` are
    those that the paths were read with; staged rows (warehouse.intake.staging) are attached.

    Paths that could not be read keep their rows, unless a user accepts the loss (`accept`). Withdrawn articles are not
    lost, nor what `--limit` has left unread: it stays. Leaves temporary tables for
    `warehouse.intake.apply_staged_rows`: `leaving`, and the records `lost` (document_id, origin, path, source, how,
    cause).
    """
    _stage_leaving_paths(connection, removed, read, accept=accept)
    connection.execute(_REMAINING)
    connection.execute(_LOST, {"languages": languages})
    return Losses(
        total=_count(connection, "SELECT count(*) FROM stored.raws WHERE standing"),
        by_cause=tuple(
            Loss(str(cause), int(count), tuple(map(str, first)))
            for cause, count, first in connection.execute(
                "SELECT cause, count(*), list(source ORDER BY source)[:?] FROM lost WHERE how <> 'partial' "
                "GROUP BY cause ORDER BY count(*) DESC, cause",
                [NAMES],
            ).fetchall()
        ),
        empty=not _count(connection, "SELECT count(*) FROM remaining"),
        read_versions=tuple(
            str(row[0])
            for row in connection.execute(
                "SELECT DISTINCT read_version FROM lost WHERE how <> 'partial' AND read_version IS NOT NULL ORDER BY 1"
            ).fetchall()
        ),
    )


def _count(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = fetch_one(connection, sql)
    assert row is not None
    return int(row[0])


def message(losses: Losses, raw: Path, languages: str) -> str:
    """Return one line that says why a build stopped: how many of how many, what to do, each cause with its first
    names."""
    causes = {loss.cause for loss in losses.by_cause}
    last = f"Raw folder {raw}: {'; '.join(map(_format_loss, losses.by_cause))}"
    of = f"{losses.count:,} of {counted(losses.total, 'article')}"
    if causes == {LANGUAGES}:
        before = ",".join(sorted({code for v in losses.read_versions for code in v.rpartition("/")[2].split(",")}))
        return (
            f"--languages {languages} excludes {of} that were read under {before}; nothing was removed. Build "
            f"with --languages {before}, or remove them with --accept-removals, or keep them with "
            f"--keep-removed. {last}"
        )
    if causes == {READER}:
        return (
            f"this version excludes {of} that an earlier version read from the same files; nothing was "
            "removed. Build with --accept-removals to remove them or with --keep-removed to keep them; or "
            f"return to the earlier version and report the files. {last}"
        )
    return (
        f"{of} are missing; nothing was removed. If a disk or share is disconnected, reconnect it and build "
        f"again. To remove them, build with --accept-removals; to keep them, with --keep-removed. {last}"
    )


_WORDS: Mapping[str, str] = {
    GONE: "gone",
    CUT: "cut from a file",
    RENAMED: "under another name or id, with the same text",
    UNREADABLE: "unreadable",
    LANGUAGES: "left out by --languages",
    READER: "left out by the new reader",
}


def _format_loss(loss: Loss) -> str:
    words = _WORDS.get(loss.cause, f"now refused as {loss.cause}")
    return f"{loss.count:,} {words} ({_names(loss.first, loss.count)})"


def _names(first: Sequence[str], count: int) -> str:
    short = [name if len(name) <= NAME_LENGTH else f"...{name[3 - NAME_LENGTH :]}" for name in first]
    return ", ".join([*short, "..."] if count > len(first) else short)
