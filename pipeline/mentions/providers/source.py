"""The description of a model that finds names, and the type of its finder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.sentences import Sentence

# Code points [start, end) of the text, and a label.
type Span = tuple[int, int, str]
# A text and its sentences -> its names with the model's own labels, without BIO prefixes.
type Find = Callable[[str, Sequence[Sentence]], list[Span]]


@dataclass(frozen=True, slots=True)
class Source:
    """A model that finds names, described without loading it.

    version  its name, version, a hash of its files, and the versions of its libraries
    labels   each of its labels -> ours: none if it marks no name, several (the most frequent first) if it does not
             distinguish them
    """

    version: str
    labels: Mapping[str, tuple[str, ...]]
