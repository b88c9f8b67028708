"""What a model that finds names is known by, and what it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.sentences import Sentence

# Code points [start, end) of the text, and a label.
type Span = tuple[int, int, str]
# A text and its sentences -> its names with the model's own labels, without BIO's letters.
type Find = Callable[[str, Sequence[Sentence]], list[Span]]


@dataclass(frozen=True, slots=True)
class Source:
    """A model that finds names, as far as it is known without loading it.

    version  its name, version and a hash of its files, and the libraries that run it
    labels   each of its labels -> ours: none where it marks no name, several where it does not tell them apart, the
             most frequent first
    """

    version: str
    labels: Mapping[str, tuple[str, ...]]
