"""Cut names of the model that run on into other words: "Lume assured Berg", "Ana Lume of Norfolk Rail"."""

from __future__ import annotations

from pipeline.document import Document
from pipeline.mentions.spans import Name, capital, named


def without_run_on(doc: Document, name: Name) -> Name:
    """Return a name without a verb inside it and what follows; a person's name also without the body before it
    ("Norfolk Radio's") and without what follows a colon or "of"."""
    words, first, last = doc.words, name.first, name.last
    for k in range(first + 1, last):
        if words[k].islower() and doc.tag[k] in ("VBD", "VBZ") and doc.child(k, "nsubj") in range(first, k):
            # "Lume assured Berg"
            return without_run_on(doc, named(doc, first, k, name.label))
    for k in range(first + 1, last - 1) if name.label == "PERSON" else ():
        before, after = k - first, last - k - 1
        if words[k] in ("'s", "’s") and after > 1 and all(map(capital, words[k + 1 : last])):
            # "Norfolk Radio's Ana Lume"
            return without_run_on(doc, named(doc, k + 1, last, "PERSON"))
        if words[k] == ":" or (words[k] == "of" and before > 1 and after > 1):
            return named(doc, first, k, "PERSON")
    return name
