"""Run spaCy's tokenizer in linear time.

spaCy strips marks one by one from both ends of a run without blanks, and scans the whole rest each time. So long runs
are cut first, and suffixes are searched for only at the end of a run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

# Cached searches of each of the four kinds.
SEARCHES = 4_096
# Most characters without a blank tokenized together: more than the addresses in news have.
RUN = 1_000
# Last characters of a run searched for a suffix. A longer suffix (a row of dots) is stripped in parts.
SUFFIX = 100

_RUN = re.compile(r"\S+")


def remember(nlp: Language, words: int) -> None:
    """Cache the tokenizer's searches, and the tokenization of `words` words: spaCy caches no word with a special case,
    such as a genitive ending."""
    tokenizer = nlp.tokenizer
    spared = letters_are_whole(nlp)
    # Each assigned search reloads the special cases: assign them once, at the end.
    special, tokenizer.rules = tokenizer.rules, {}
    tokenizer.max_cache_size = words
    for name in ("prefix_search", "suffix_search", "url_match"):
        setattr(tokenizer, name, lru_cache(SEARCHES)(getattr(tokenizer, name)))
    suffixes, infixes = tokenizer.suffix_search, tokenizer.infix_finditer
    tokenizer.suffix_search = lambda text: suffixes(text[-SUFFIX:])
    tokenizer.infix_finditer = lru_cache(SEARCHES)(lambda text: tuple(infixes(text)))
    if spared:
        for name, found in (
            ("prefix_search", None),
            ("suffix_search", None),
            ("infix_finditer", ()),
            ("url_match", None),
        ):
            setattr(tokenizer, name, _of_marks(getattr(tokenizer, name), found))
    tokenizer.rules = special


def letters_are_whole(nlp: Language) -> bool:
    """Whether a run of ASCII letters has no prefix, suffix or infix and is no URL. True for spaCy's default patterns:
    each matches a mark or a digit, or needs one beside its match."""
    from spacy.util import compile_infix_regex, compile_prefix_regex, compile_suffix_regex

    tokenizer, own = nlp.tokenizer, nlp.Defaults
    searches = (tokenizer.prefix_search, tokenizer.suffix_search, tokenizer.infix_finditer, tokenizer.url_match)
    if not all((*searches, own.prefixes, own.suffixes, own.infixes, own.url_match)):
        return False
    expected = (
        compile_prefix_regex(own.prefixes),
        compile_suffix_regex(own.suffixes),
        compile_infix_regex(own.infixes),
        own.url_match.__self__,
    )
    # The patterns' texts: equal patterns are different objects once the cache of `re` is full.
    patterns = [getattr(getattr(search, "__self__", None), "pattern", None) for search in searches]
    return patterns == [getattr(pattern, "pattern", None) for pattern in expected]


def _of_marks(search: Callable[[str], Any], found: Any) -> Callable[[str], Any]:
    """Wrap a search to return `found` for a run of ASCII letters."""
    return lambda run: found if run.isalpha() and run.isascii() else search(run)


def note_only(nlp: Language, attributes: Collection[int]) -> None:
    """Make the vocabulary compute only these attributes of a new word, of some twenty."""
    getters = nlp.vocab.lex_attr_getters
    nlp.vocab.lex_attr_getters = {number: getters[number] for number in attributes if number in getters}


def tokenized(nlp: Language, text: str) -> Doc:
    """Tokenize a text. Cut a run without blanks after each RUN characters."""
    if max(map(len, text.split()), default=0) <= RUN:
        return nlp.make_doc(text)
    from spacy.attrs import NORM, ORTH, SPACY
    from spacy.tokens import Doc

    cuts = [at for run in _RUN.finditer(text) for at in range(run.start() + RUN, run.end(), RUN)]
    pieces = (text[start:end] for start, end in pairwise([0, *cuts, len(text)]))
    table = np.concatenate([nlp.make_doc(piece).to_array([ORTH, SPACY, NORM]) for piece in pieces])
    doc = Doc(nlp.vocab, words=table[:, 0].tolist(), spaces=table[:, 1].tolist())
    doc.from_array([NORM], table[:, 2:])
    return doc
