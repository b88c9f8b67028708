"""spaCy's tokenizer in time that is linear in the text.

spaCy takes marks off both ends of a run of characters without a blank one by one, and looks at all that is left each
time. So long runs are cut before it sees them, and suffixes are searched in the end of a run only.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

# Searches that are looked up, of each of the four kinds.
SEARCHES = 4_096
# Characters without a blank that are tokenized together at most: more than the addresses that news has.
RUN = 1_000
# Last characters of a run in which a suffix is searched. A longer one, a row of dots, is taken off in parts.
SUFFIX = 100

_RUN = re.compile(r"\S+")


def remember(nlp: Language, words: int) -> None:
    """Let the tokenizer look up what it has searched before, and so many words: it keeps no word that holds one of its
    special cases, such as a genitive's ending."""
    tokenizer = nlp.tokenizer
    # Each search that is set makes it read its special cases again: they are set once, at the end.
    special, tokenizer.rules = tokenizer.rules, {}
    tokenizer.max_cache_size = words
    for name in ("prefix_search", "suffix_search", "url_match"):
        setattr(tokenizer, name, lru_cache(SEARCHES)(getattr(tokenizer, name)))
    suffixes, infixes = tokenizer.suffix_search, tokenizer.infix_finditer
    tokenizer.suffix_search = lambda text: suffixes(text[-SUFFIX:])
    tokenizer.infix_finditer = lru_cache(SEARCHES)(lambda text: tuple(infixes(text)))
    tokenizer.rules = special


def tokenized(nlp: Language, text: str) -> Doc:
    """The tokens of a text; a run without a blank is cut after each RUN characters."""
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
