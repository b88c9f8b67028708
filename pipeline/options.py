"""The settings that stages read: the model, and the user's files of corrections and aliases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Protocol

from pipeline import reference
from pipeline.contract import ids
from pipeline.corrections import Correction, aliases, by_document, parse
from pipeline.reference import Reference


class Options(Protocol):
    """The settings that stages read."""

    @property
    def model(self) -> str: ...
    @property
    def names(self) -> str: ...
    @property
    def parse_sentences(self) -> str: ...
    @property
    def aliases(self) -> Path | None: ...
    @property
    def corrections(self) -> Path | None: ...


def corrections(options: Options) -> Sequence[Correction]:
    """Return the user's corrections. Raises OSError, UnicodeDecodeError, or CorrectionError, which names the line."""
    return () if options.corrections is None else _parsed(options.corrections.read_text(encoding="utf-8"))


def corrections_by_document(options: Options) -> Mapping[str, Sequence[Correction]]:
    """Return the user's corrections of each article. Raises as `corrections` does."""
    return by_document(corrections(options))


def known_names(options: Options) -> Reference:
    """Return the reference data with the user's aliases. Raises OSError or AliasError, which names the line."""
    own, same = _own_names(options)
    return _extended(own, "\n".join(same)) if own or same else reference.builtin()


def names_key(options: Options) -> Sequence[str]:
    """Return the texts that `known_names` depends on. Raises as it does, before any document is read."""
    known_names(options)
    own, same = _own_names(options)
    return [text for text in (own, "\n".join(filter(None, same))) if text]


def names_digest(options: Options) -> str:
    """Return a digest of `names_key` for the ledger. Raises as it does."""
    return "\n".join(map(ids.digest, names_key(options)))


def _own_names(options: Options) -> tuple[str, Sequence[str]]:
    """Return the user's alias file, and the lines for names that corrections declare the same."""
    own = "" if options.aliases is None else options.aliases.read_text(encoding="utf-8")
    return own, aliases(corrections(options))


@cache
def _parsed(text: str) -> tuple[Correction, ...]:
    return tuple(parse(text.splitlines()))


@cache
def _extended(own: str, same: str) -> Reference:
    return reference.extended(own.splitlines(), same.splitlines())
