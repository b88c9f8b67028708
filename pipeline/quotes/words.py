"""Words of saying, from the tables of `pipeline.data`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from pipeline.data import load, meanings, words
from pipeline.people import person_nouns

VOWELS = frozenset("aeiou")


@dataclass(frozen=True, slots=True)
class Verb:
    """A line of `cue_verbs.tsv`."""

    verb: str
    cue_class: str
    constructions: tuple[str, ...]
    prepositions: tuple[str, ...]
    forms: tuple[str, ...]
    example: str
    source: str


@dataclass(frozen=True, slots=True)
class Noun:
    """A line of `cue_nouns.tsv`."""

    noun: str
    cue_class: str
    example: str
    source: str


@dataclass(frozen=True, slots=True)
class CueEntry:
    """A cue's class, the constructions in which it reports, and its prepositions before what was said.
    `cue_verbs.tsv` explains them."""

    lemma: str
    cue_class: str
    constructions: tuple[str, ...]
    prepositions: tuple[str, ...] = ()


# Any verb in place of a verb of saying: "...," exhorted the actress.
ANY_VERB = CueEntry("", "speech", ("quotation",))


@cache
def cue_verbs() -> Mapping[str, CueEntry]:
    """Map verb forms to entries. "found" is a form of find here, never of found."""
    entries: dict[str, CueEntry] = {}
    for line in load("cue_verbs.tsv", Verb):
        entry = CueEntry(line.verb, line.cue_class, line.constructions, line.prepositions)
        for form in (line.verb, *(line.forms or regular_forms(line.verb))):
            entries.setdefault(form, entry)
    return entries


def constructions_of(word: str) -> tuple[str, ...]:
    """Return the constructions of a form of a verb of saying; () for other words."""
    entry = cue_verbs().get(word)
    return () if entry is None else entry.constructions


def regular_forms(verb: str) -> tuple[str, ...]:
    """Return the third person, past and participle of a verb, by the rules of English spelling."""
    if verb.endswith("e"):
        return (verb + "s", verb + "d", verb[:-1] + "ing")
    if verb.endswith("y") and verb[-2] not in VOWELS:
        return (verb[:-1] + "ies", verb[:-1] + "ied", verb + "ing")
    third = verb + ("es" if verb.endswith(("s", "sh", "ch", "x", "z")) else "s")
    return (third, verb + "ed", verb + "ing")


@cache
def cue_nouns() -> Mapping[str, CueEntry]:
    """Map nouns, also in the plural, to entries: "his claim that ..."."""
    entries: dict[str, CueEntry] = {}
    for line in load("cue_nouns.tsv", Noun):
        entry = CueEntry(line.noun, line.cue_class, ("clause",))
        plural = f"{line.noun[:-1]}ies" if line.noun.endswith("y") else f"{line.noun}s"
        entries[line.noun] = entries[plural] = entry
    return entries


@cache
def cues() -> frozenset[str]:
    """Return all words that can report."""
    return frozenset((*cue_verbs(), *cue_nouns(), "according"))


# Forms of verbs of reporting, by the rule that needs them.
QUOTING = words("reporting_verbs.tsv", "quoting")
MAKING = words("reporting_verbs.tsv", "making")
CONTINUATION_VERBS = words("reporting_verbs.tsv", "carrying on")
RELAYING = words("reporting_verbs.tsv", "relaying")
VERBS_WITH_ADDRESSEE = words("reporting_verbs.tsv", "with hearer")
ADVISING = words("reporting_verbs.tsv", "advising")
ALWAYS = words("reporting_verbs.tsv", "always a verb")
AUXILIARIES = words("reporting_verbs.tsv", "auxiliary")
# Verbs, not forms: quoted words beside them were only thought; the rest of their sentence was said.
THINKING = words("reporting_verbs.tsv", "thinking")
PLAIN = words("reporting_verbs.tsv", "plain")

# Nouns of media: texts and channels that carry words, and those who read or hear them.
TALKS = words("media.tsv", "talk")
REMARKS = words("media.tsv", "remark")
DOCUMENTS = words("media.tsv", "document")
OUTLETS = words("media.tsv", "outlet")
MEDIA = words("media.tsv", "medium")
OUTLET_NOUNS = words("media.tsv", "hearer")
# Nouns of persons, bodies and texts, whose words can be reported.
SPEAKERS = person_nouns() | words("statement_words.tsv", "body") | DOCUMENTS | OUTLETS | REMARKS | TALKS | MEDIA
# Last words of names of papers, which "the paper" can mean.
PAPERS = words("media.tsv", "paper")
# Nouns for a body even if no word of its name is one.
ANAPHORIC_BODY_NOUNS = words("statement_words.tsv", "led back")
# Subjects that do not speak, and nouns for what somebody said: "the WORDS of Lume", "his REPLY".
THINGS = words("statement_words.tsv", "thing")
WORDS_OF = words("statement_words.tsv", "words of")
# Before somebody who was not named: A neighbour.
INDEFINITE = words("function_words.tsv", "indefinite")
_DAYS = "months_and_weekdays.tsv"
# Months and days of the week; short forms of months have their full stop.
CALENDAR = frozenset(
    {word.lower() for kind in ("month", "weekday") for word in meanings(_DAYS, kind)}
    | {f"{word.lower()}." for word in meanings(_DAYS, "month-short")}
)
