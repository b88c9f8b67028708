"""Which articles are taken, by the language that they are in."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache
from itertools import islice
from typing import Any

from pipeline.data import meanings
from pipeline.read.rows import Record, Refusal, refusal

ENGLISH = frozenset({"en"})
# What is looked at: the head, and as much from the middle, since a page may begin in another language.
SAMPLE = 4_000
# With fewer letters nobody is sure.
LEAST_LETTERS = 40
# The identifier's probability. Of 112,000 pieces of English news with 40 letters or more none got 0.65 for a language
# that counts here (headlines of foreign names come nearest); a line in another language gets 0.9 and more.
LEAST_SURE = 0.9
# A sixth of the words of English news are from this list (the least of 633 articles: 8 of 100), and hardly any of
# another language's: words that happen to be words elsewhere are left out (Dutch "in", "is", "was", "of", "had").
_COMMON = (
    "the and that it with his from they which you were she there would their when out said what its about into "
    "other this after how could did our your because where while"
)
COMMON = frozenset(_COMMON.split())
# Text with fewer of them is left to the identifier; text with as many, which may be half in another, is English.
LEAST_COMMON = 0.06
# Answers of the identifier that say nothing: text without language, such as addresses and markup; Nigerian Pidgin,
# which it takes scraps of English for (codes of ISO 639-3).
NO_ANSWER = frozenset({"zxx", "pcm"})
# Languages so close that the identifier shares its probability among them, in running text as well: Arabic and its
# spoken forms, Indonesian and Malay, Norwegian and Danish, Croatian, Bosnian and Serbian, Chinese, Czech and Slovak.
KIN = tuple(
    frozenset(codes.split()) for codes in ("ar ary arz", "id ms", "no nb nn da", "hr bs sr", "zh wuu yue", "cs sk")
)
# Languages that can be asked for: those with a code of two letters (ISO 639-1) that the identifier tells, or that are
# close to one that it tells.
_KNOWN = (
    "af am an ar as az ba be bg bn br bs ca cs cy da de dz el en eo es et eu fa fi fo fr fy ga gd gl gu ha he hi hr "
    "ht hu hy id ig is it ja jv ka kk km kn ko ku ky la lb lg ln lo lt lv mg mk ml mn mr ms mt my nb ne nl nn no oc "
    "om or pa pl ps pt qu ro ru rw sa se si sk sl sn so sq sr st sv sw ta te tg th tk tl tr tt ug uk ur uz vi vo wa "
    "xh yo zh zu"
)
KNOWN = frozenset(_KNOWN.split())


def admitted(record: Record, languages: Collection[str]) -> Record | Refusal:
    """The record, or its refusal where it is surely in a language that is not among `languages` (ISO 639-1), nor close
    to one of them. Where its text does not tell, the record itself does: a teaser of six words is in the language that
    is given with it."""
    code = language(record.text) or named(record.known_language)
    if code is None or not _kin(code).isdisjoint(languages):
        return record
    why = f"is in another language than asked for: {code}"
    return refusal(record.origin, record.path, "language", why, record.text.encode("utf-8"))


def language(text: str) -> str | None:
    """The language that a text is surely in (ISO 639-1, or of three letters where that has none); None where nobody can
    be sure. By common English words, else by py3langid. The same text always gives the same answer."""
    middle = len(text) // 2
    sample = text[:SAMPLE] if len(text) <= 2 * SAMPLE else f"{text[:SAMPLE]}\n{text[middle : middle + SAMPLE]}"
    if not lettered(sample, LEAST_LETTERS):
        return None
    # A cheap look that nearly all English articles pass; the identifier is dear.
    if english(sample):
        return "en"
    likely = {str(code): float(probability) for code, probability in identifier().rank(sample)}
    code = max(likely, key=lambda code: likely[code])
    sure = sum(likely.get(kin, 0.0) for kin in _kin(code))
    return code if sure >= LEAST_SURE and code not in NO_ANSWER else None


def named(given: str | None) -> str | None:
    """The language (ISO 639-1) that a record names: by a tag (`en-GB`), a code of three letters or an English name
    (language_names.tsv); None where it names none that we know."""
    tag = re.split(r"[-_]", given.strip().casefold(), maxsplit=1)[0] if given else ""
    return tag if tag in KNOWN else meanings("language_names.tsv", "language").get(tag)


def _kin(code: str) -> frozenset[str]:
    """The languages that cannot be told from this one, with itself."""
    return next((kin for kin in KIN if code in kin), frozenset({code}))


def english(text: str) -> bool:
    """Whether the words of a text are English."""
    words = text.lower().split()
    return bool(words) and sum(map(COMMON.__contains__, words)) >= LEAST_COMMON * len(words)


def lettered(text: str, least: int) -> bool:
    """Whether a text has so many letters; it is read no further than needed to tell."""
    return next(islice(filter(str.isalpha, text), least - 1, None), None) is not None


@cache
def identifier() -> Any:
    """py3langid (Naive Bayes on byte n-grams) with probabilities: the same text always gives the same answer."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
