"""All settings: default, flag, environment variable, and whether a warehouse remembers it.

Belongs here: the declarations and how a value is parsed. Does not belong here: which value applies
(assets.settings.resolve), the file in the warehouse folder (assets.settings.file), what a setting does (the code that
receives its value).
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import model_files, read
from pipeline.read.field_names import parsed_names
from pipeline.read.language import KNOWN
from warehouse.object_store import check_address
from warehouse.text import printable

if TYPE_CHECKING:
    from warehouse.release.rights import Terms

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "warehouse" / "sample"
SAMPLE_TITLE = "Who said what in invented news: the sample of onrecord"
ENGINES = ("process", "inline", "ray")
PUBLISH_TEXT = ("licensed", "all", "none")
PARSE_SENTENCES = ("all", "quoted")
# Secrets, therefore not settings with flags: from the environment only, never printed. The address for failure reports
# (assets.runs.notifications), and the PostgreSQL database for Dagster's runs (assets.runs.instance).
WEBHOOK, POSTGRES = "ONRECORD_WEBHOOK", "ONRECORD_POSTGRES"
# Replaces our Dagster configuration: it can run code, so only the environment names it (assets.runs.instance).
DAGSTER_YAML = "ONRECORD_DAGSTER_YAML"


class SettingError(ValueError):
    """An unusable setting; the message names it and says why in one line."""


# Scope of a setting: the dataset and its maintenance (stored in the warehouse's onrecord.toml), one run, or the machine
# (both never stored).
WAREHOUSE, RUN, MACHINE = "warehouse", "run", "machine"


def _setting(default: Any, help: str, parse: Callable[[str], Any], scope: str = RUN) -> Any:
    return field(default=default, metadata={"help": help, "parse": parse, "scope": scope})


def _truth(value: str) -> bool:
    if value.lower() in {"1", "true", "yes", "on"}:
        return True
    if value.lower() in {"", "0", "false", "no", "off"}:
        return False
    raise ValueError("not yes or no (1 or 0, true or false, on or off)")


def _path(value: str) -> Path:
    """Parse an absolute path. `~` is the home folder; links are followed only as far as a `..` needs it."""
    if not value or "\0" in value:
        raise ValueError("not a path")
    try:
        return absolute(Path(value).expanduser())
    except RuntimeError as error:  # ~ without a home folder, circular links
        raise ValueError(str(error)) from None
    except FileNotFoundError:
        raise ValueError("is relative, and the working directory no longer exists; give an absolute path") from None


def absolute(path: Path) -> Path:
    """Return the absolute path without `..`. Links before a `..` are followed, as the file system does; later ones are
    kept, so that a link can be changed later."""
    parts = path.absolute().parts
    last = max((place for place, part in enumerate(parts) if part == ".."), default=-1) + 1
    return Path(*parts[:last]).resolve().joinpath(*parts[last:]) if last else Path(*parts)


def is_folder(path: Path) -> bool:
    """Return whether the folder exists; False if the name is too long or access is denied."""
    try:
        return path.is_dir()
    except OSError:
        return False


def is_there(path: Path) -> bool:
    """Return whether the file or folder exists; False if the name is too long or access is denied."""
    try:
        return path.exists()
    except OSError:
        return False


def _choice(*choices: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if value not in choices:
            raise ValueError(f"not one of {', '.join(choices)}")
        return value

    return parse


def _count(value: str) -> int:
    # int() rejects longer ones with a message about Python, or they are too large for a number of seconds.
    if not re.fullmatch(r"[0-9]{1,9}", value.strip()) or int(value) < 1:
        raise ValueError("not a whole number from 1 to 999999999, as in 100")
    return int(value)


def _day(value: str) -> date:
    try:
        return date.fromisoformat(value.strip())
    except ValueError:
        raise ValueError("not a calendar day such as 2026-11-28") from None


def _model(value: str) -> str:
    return model_files.pipeline_choice(value, _path)


def _names(value: str) -> str:
    return model_files.names_choice(value, _path)


def _share(value: str) -> float:
    try:
        number = float(value.removesuffix("%")) / (100 if value.endswith("%") else 1)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise ValueError("not a share from 0% to 100%, as in 1% or 0.01")
    return number


def _line(value: str) -> str:
    if len(value) > 200 or not value.isprintable():
        raise ValueError("not one line of at most 200 characters")
    return value.strip()


def _languages(value: str) -> str:
    codes = sorted({code.strip().lower() for code in value.split(",")})
    if not all(len(code) == 2 and code.isascii() and code.isalpha() for code in codes):
        raise ValueError("not language codes (ISO 639-1) separated by commas, such as en,de")
    unknown = [code for code in codes if code not in KNOWN]
    if unknown:
        raise ValueError(f"{', '.join(unknown)}: cannot be identified; known languages are {' '.join(sorted(KNOWN))}")
    return ",".join(codes)


def _columns(value: str) -> str:
    return ",".join(f"{field}={name}" for field, name in parsed_names(_line(value)))


def _bounds(value: str) -> str:
    from expectations.check_runner import definitions

    names = sorted({name.strip() for name in value.split(",")} - {""})
    try:
        definitions(names)
    except KeyError as error:
        raise ValueError(printable(error.args[0], "?")) from None
    return ",".join(names)


def _module(value: str) -> str:
    if value.endswith(".py"):
        return str(_path(value))
    if not re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", value, re.ASCII):
        raise ValueError("neither a Python module's name, as in newsroom.checks, nor a file that ends in .py")
    return value


def _hour(value: str) -> str:
    try:
        return datetime.strptime(value.strip(), "%H:%M").strftime("%H:%M")
    except ValueError:
        raise ValueError("not a time of day from 00:00 to 23:59, as in 05:00") from None


def _address(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        raise ValueError("not an address of http or https, as in https://news.example.org")
    return value.rstrip("/")


def _storage(value: str) -> str:
    return check_address(value).rstrip("/")


# A name, an address, or every name below a domain, as in a Host header without its port. `*` alone is refused: it would
# disable the check.
_HOST = re.compile(r"(\*\.)?[a-z0-9]([a-z0-9._-]*[a-z0-9])?|\[[0-9a-f:.]+\]")


def _hosts(value: str) -> str:
    names = sorted({name.strip().lower() for name in value.split(",")} - {""})
    if not all(_HOST.fullmatch(name) for name in names):
        raise ValueError("not host names without ports, separated by commas, such as news.example,*.news.example")
    return ",".join(names)


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a build. Each field is the flag `--name` and the variable `ONRECORD_NAME`; paths are absolute."""

    raw: Path = _setting(SAMPLE, "the raw folder", _path, WAREHOUSE)
    warehouse: Path = _setting(
        ROOT / "warehouse" / "data",
        "the warehouse folder: database, releases, data docs, Dagster's instance",
        _path,
        MACHINE,
    )
    publish_text: str = _setting(
        "licensed",
        "which articles' full text a release includes: those with an open licence, all, or none",
        _choice(*PUBLISH_TEXT),
        WAREHOUSE,
    )
    languages: str = _setting(
        "en",
        "languages to take in (ISO 639-1, such as en,de); articles in other languages are refused",
        _languages,
        WAREHOUSE,
    )
    columns: str = _setting(
        "",
        "names of record fields in your files, if onrecord does not know them, such as text=body,published=date",
        _columns,
        WAREHOUSE,
    )
    model: str = _setting(
        "sm",
        "the language model for parsing: sm, md, another package or folder of an English spaCy pipeline "
        "(docs/models.md)",
        _model,
        WAREHOUSE,
    )
    names: str = _setting(
        "sm",
        "the model that finds names: sm (the language model), spacy:PACKAGE, spacy:FOLDER, onnx:FOLDER, "
        "gliner:FOLDER (docs/models.md)",
        _names,
        WAREHOUSE,
    )
    parse_sentences: str = _setting(
        "all",
        "which sentences are parsed: all, or those with quotation marks, a verb of saying or a date (docs/models.md)",
        _choice(*PARSE_SENTENCES),
        WAREHOUSE,
    )
    aliases: Path | None = _setting(
        None,
        "a file of alternative names (aliases), in the format explained in pipeline/data/en/names.tsv",
        _path,
        WAREHOUSE,
    )
    title: str = _setting(
        "",
        "the title of the dataset, on its page, its card and in citations (default: from its outlets)",
        _line,
        WAREHOUSE,
    )
    issuer: str = _setting("", "the issuer of the releases, as it should be cited", _line, WAREHOUSE)
    contact: str = _setting(
        "", "where readers report errors: an address or a page, shown on the card", _line, WAREHOUSE
    )
    engine: str = _setting(
        "process",
        "where the work runs: process (processes of this machine), inline (this process), ray",
        _choice(*ENGINES),
        MACHINE,
    )
    workers: int | None = _setting(
        None, "how many processes work (default: as many as cores and memory allow; on Ray, its CPUs)", _count, MACHINE
    )
    shard_storage: str = _setting(
        "",
        "an object store for shards, such as s3://bucket/prefix, through which workers exchange them that share no "
        "folder with this machine (docs/shards.md)",
        _storage,
        MACHINE,
    )
    ray_address: str | None = _setting(None, "the Ray cluster (default: one of this machine's own)", str, MACHINE)
    article_seconds: int = _setting(300, "time limit of a stage for one article, in seconds", _count, WAREHOUSE)
    verify: bool = _setting(
        False,
        "read every file again, even if size and time are unchanged, and compare every stored row with its digest",
        _truth,
        RUN,
    )
    force: bool = _setting(
        False,
        "compute the rows of every stage again, even if their inputs are unchanged",
        _truth,
        RUN,
    )
    redo: bool = _setting(
        False,
        "delete stored rows that another program has changed, and compute them again from the raw folder",
        _truth,
        RUN,
    )
    corrections: Path | None = _setting(
        None,
        "a file of manual corrections: not a quote, speaker, date, names (docs/corrections.md)",
        _path,
        WAREHOUSE,
    )
    limit: int | None = _setting(None, "take in at most this many new records, for a first look", _count, RUN)
    accept_removals: bool = _setting(
        False, "remove articles that are gone from the raw folder, even if there are many", _truth, RUN
    )
    keep_removed: bool = _setting(
        False,
        "keep articles that are gone from the raw folder, or from their file (for an inbox folder)",
        _truth,
        WAREHOUSE,
    )
    retry_failed: bool = _setting(
        False,
        "retry articles that exceeded the time limit or crashed a worker; other builds skip them until their "
        "text or the code changes",
        _truth,
        RUN,
    )
    max_quarantined: float = _setting(
        0.01,
        "the largest share of the articles that may be quarantined, as in 1%; 5 articles are always allowed, more than "
        "half never (docs/checks.md)",
        _share,
        WAREHOUSE,
    )
    as_of: date | None = _setting(None, "the day after which a date counts as future (default: today, UTC)", _day, RUN)
    accept: str = _setting(
        "",
        "threshold checks that only warn instead of stopping the release, separated by commas: for articles "
        "that are unusual but correct",
        _bounds,
        RUN,
    )

    daily_at: str = _setting(
        "05:00", "time of the daily build, if the schedule has been started (UTC)", _hour, WAREHOUSE
    )
    keep_releases: int = _setting(
        30, "how many releases are kept, the newest; the last one of every month stays as well", _count, WAREHOUSE
    )
    release_part_rows: int = _setting(
        10_000_000,
        "a table of more rows is released in parts, which later releases share while their rows stay the same "
        "(docs/publishing.md)",
        _count,
        WAREHOUSE,
    )
    keep_runs: int = _setting(200, "how many ended runs Dagster's instance keeps", _count, WAREHOUSE)
    feeds: Path | None = _setting(
        None,
        "the file with the list of feeds, which `onrecord feeds add` writes (default: one of this account's "
        "configuration folder; docs/feeds.md)",
        _path,
        MACHINE,
    )
    allow_private: bool = _setting(
        False, "also fetch from addresses in private networks, such as an intranet", _truth, MACHINE
    )
    extension: str = _setting(
        "",
        "a Python module of yours with further checks and assets: its name, or a file that ends in .py "
        "(docs/extending.md)",
        _module,
        MACHINE,
    )
    pages_url: str | None = _setting(
        None,
        "where data docs and releases are served, for links in the UI (`onrecord ui` serves them itself)",
        _address,
        MACHINE,
    )
    allowed_hosts: str = _setting(
        "",
        "additional host names for the UI, separated by commas, such as a proxy's (always allowed: localhost, "
        "127.0.0.1, [::1] and --host)",
        _hosts,
        MACHINE,
    )

    def __post_init__(self) -> None:
        """Make paths absolute once: later code may run in another working directory."""
        for f in fields(self):
            value = getattr(self, f.name)
            if isinstance(value, Path):
                object.__setattr__(self, f.name, absolute(value))

    @property
    def accepted(self) -> frozenset[str]:
        """The checks whose failure is accepted."""
        return frozenset(self.accept.split(",")) if self.accept else frozenset()

    @property
    def terms(self) -> Terms:
        """The settings that show in a release."""
        from warehouse.release.rights import Terms

        title = self.title or (SAMPLE_TITLE if self.raw == SAMPLE else "")
        return Terms(publish_text=self.publish_text, title=title, issuer=self.issuer, contact=self.contact)

    @property
    def read_version(self) -> str:
        """Version of the reader under these settings: with a file's bytes, it determines what is read."""
        return read.read_version(self.languages.split(","), self.field_names)

    @property
    def field_names(self) -> read.FieldNames:
        """The names under which records hold their fields."""
        return read.FieldNames(parsed_names(self.columns))

    @property
    def judged_on(self) -> date:
        """The as-of day."""
        return self.as_of or datetime.now(UTC).date()


def variable(name: str) -> str:
    """Return the environment variable of a setting."""
    return f"ONRECORD_{name.upper()}"


def flag(name: str) -> str:
    """Return the command-line flag of a setting."""
    return f"--{name.replace('_', '-')}"


def from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """Return settings from ONRECORD_* variables alone, without the warehouse's file. Raises SettingError."""
    return with_values(Settings(), variables(environment))


def variables(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the values in the environment, as text, by the setting's name; without empty variables."""
    return {f.name: environment[variable(f.name)] for f in fields(Settings) if environment.get(variable(f.name))}


def with_values(settings: Settings, given: Mapping[str, str]) -> Settings:
    """Return settings with some fields parsed from text. Raises SettingError that names the setting."""
    parsed = {}
    for name, text in given.items():
        try:
            parsed[name] = parse(name, text)
        except ValueError as error:
            raise SettingError(f"{flag(name)} {_without_credentials(text)!r}: {error}") from None
    return replace(settings, **parsed)


def _without_credentials(text: str) -> str:
    """Replace what an address has before a host and after a question mark."""
    return re.sub(r"(://[^?]*)\?.*", r"\1?(secret)", re.sub(r"://[^/@]*@", "://(secret)@", text))


def parse(name: str, text: str) -> Any:
    """Parse the text of a setting. Raises ValueError."""
    return Settings.__dataclass_fields__[name].metadata["parse"](text)


def is_path(name: str) -> bool:
    """Return whether the setting is a file or a folder."""
    return Settings.__dataclass_fields__[name].metadata["parse"] is _path


def is_model(name: str) -> bool:
    """Return whether the setting names a language model. It may be a folder, which a warehouse's file never names."""
    return Settings.__dataclass_fields__[name].metadata["parse"] in (_model, _names)


def scope(name: str) -> str:
    """Return the scope of a setting: WAREHOUSE, RUN or MACHINE."""
    return str(Settings.__dataclass_fields__[name].metadata["scope"])


def to_environment(settings: Settings, names: Collection[str] | None = None) -> dict[str, str]:
    """Return the variables that pass these settings to another process: the named ones (default: those that differ from
    their defaults). Values of a warehouse's file are left out: a variable would override the file."""
    out = {}
    for f in fields(Settings):
        value = getattr(settings, f.name)
        wanted = value != f.default if names is None else f.name in names
        if value is not None and wanted:
            out[variable(f.name)] = str(int(value) if isinstance(value, bool) else value)
    return out
