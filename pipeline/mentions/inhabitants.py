"""Descriptions of a person by where he is from that the name model takes for names: "the Ulsterman", "the Scot".

The words are listed: an ombudsman ends like an Irishman.
"""

from __future__ import annotations

from pipeline.data import words as listed
from pipeline.document import Document
from pipeline.mentions.spans import Name

_INHABITANTS = listed("name_words.tsv", "inhabitant")


def is_inhabitant(doc: Document, name: Name) -> bool:
    """Whether a "name" of a person is such a description."""
    return name.label == "PERSON" and name.last - name.first == 1 and inhabits(doc, name.first)


def inhabits(doc: Document, token: int) -> bool:
    """Whether the token is such a word behind "the"."""
    word = doc.lower[token]
    one = token > 0 and doc.lower[token - 1] == "the" and doc.words[token].istitle()
    return one and word in _INHABITANTS
