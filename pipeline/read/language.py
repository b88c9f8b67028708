"""Identify the language of an article, and admit or refuse it."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache
from itertools import islice
from typing import Any

from pipeline.data import meanings
from pipeline.read.rows import Record, Refusal, refusal

ENGLISH = frozenset({"en"})
# Characters sampled from the head and again from the middle, since a page may begin in another language.
SAMPLE = 4_000
# Fewer letters give no certain answer.
MIN_LETTERS = 40
# The identifier's probability. None of 112,000 pieces of English news with 40 letters or more got 0.65 for a language
# that counts (headlines of foreign names come nearest); a line in another language gets 0.9 or more.
MIN_SURE = 0.9
# A sixth of the words of English news are in this list (lowest of 633 articles: 8 of 100), but hardly any of another
# language's. It omits words that other languages have too (Dutch "in", "is", "was", "of", "had").
_COMMON = (
    "the and that it with his from they which you were she there would their when out said what its about into "
    "other this after how could did our your because where while"
)
COMMON = frozenset(_COMMON.split())
# Text with a smaller share goes to the identifier. Text with this share is English, even if half is in another.
MIN_COMMON = 0.06
# Answers to ignore (ISO 639-3): text without language, such as addresses and markup; Nigerian Pidgin, a common answer
# for scraps of English.
IGNORED_CODES = frozenset({"zxx", "pcm"})
# Languages so close that the identifier splits its probability among them, even in running text: Arabic and its spoken
# forms, Indonesian and Malay, Norwegian and Danish, Croatian, Bosnian and Serbian, Chinese, Czech and Slovak.
CLOSE_LANGUAGES = tuple(
    frozenset(codes.split()) for codes in ("ar ary arz", "id ms", "no nb nn da", "hr bs sr", "zh wuu yue", "cs sk")
)
# Languages that a user can ask for: those with a two-letter code (ISO 639-1) that the identifier knows, or that are
# close to one that it knows.
_KNOWN = (
    "af am an ar as az ba be bg bn br bs ca cs cy da de dz el en eo es et eu fa fi fo fr fy ga gd gl gu ha he hi hr "
    "ht hu hy id ig is it ja jv ka kk km kn ko ku ky la lb lg ln lo lt lv mg mk ml mn mr ms mt my nb ne nl nn no oc "
    "om or pa pl ps pt qu ro ru rw sa se si sk sl sn so sq sr st sv sw ta te tg th tk tl tr tt ug uk ur uz vi vo wa "
    "xh yo zh zu"
)
KNOWN = frozenset(_KNOWN.split())


def check_language(record: Record, languages: Collection[str]) -> Record | Refusal:
    """Return the record, or a refusal if its language is certain and neither in `languages` (ISO 639-1) nor close to
    one of them. If its text is inconclusive (a teaser of six words), use the language that the record names."""
    code = language(record.text) or named(record.known_language)
    if code is None or not _close_languages(code).isdisjoint(languages):
        return record
    why = f"its language is not one of --languages: {code}"
    return refusal(record.origin, record.path, "language", why, record.text.encode("utf-8"))


def language(text: str) -> str | None:
    """Return the language that a text is surely in (ISO 639-1, else a three-letter code); None if uncertain. Decided by
    common English words, else by py3langid. Deterministic."""
    middle = len(text) // 2
    sample = text[:SAMPLE] if len(text) <= 2 * SAMPLE else f"{text[:SAMPLE]}\n{text[middle : middle + SAMPLE]}"
    if not has_min_letters(sample, MIN_LETTERS):
        return None
    # A cheap test that nearly all English articles pass; the identifier is slow.
    if english(sample):
        return "en"
    likely = {str(code): float(probability) for code, probability in identifier().rank(sample)}
    code = max(likely, key=lambda code: likely[code])
    sure = sum(likely.get(kin, 0.0) for kin in _close_languages(code))
    return code if sure >= MIN_SURE and code not in IGNORED_CODES else None


def named(given: str | None) -> str | None:
    """Return the language (ISO 639-1) that a record names by a tag (`en-GB`), a three-letter code or an English name
    (language_names.tsv); None if it is unknown."""
    tag = re.split(r"[-_]", given.strip().casefold(), maxsplit=1)[0] if given else ""
    return tag if tag in KNOWN else meanings("language_names.tsv", "language").get(tag)


def _close_languages(code: str) -> frozenset[str]:
    """Return the languages that cannot be distinguished from this one, including it."""
    return next((kin for kin in CLOSE_LANGUAGES if code in kin), frozenset({code}))


def english(text: str) -> bool:
    """Whether the words of a text are English."""
    words = text.lower().split()
    return bool(words) and sum(map(COMMON.__contains__, words)) >= MIN_COMMON * len(words)


def has_min_letters(text: str, least: int) -> bool:
    """Whether a text has at least `least` letters. Stops reading when it has found them."""
    return next(islice(filter(str.isalpha, text), least - 1, None), None) is not None


@cache
def identifier() -> Any:
    """Load py3langid (Naive Bayes on byte n-grams) with probabilities. Deterministic."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
