"""Rules that moved from Python into tables: the values of two checkouts, compared.

RULES is the table: where the value was in the other checkout, and where it is now. Both are `module:expression`; the
expression is evaluated inside the module. Sets and mappings are compared without regard to order.

    python -m benchmarks.same_results ../before --rules

Runs as a script too, under the code of a checkout: prints the values of the expressions that it gets on stdin.
"""

from __future__ import annotations

import dataclasses
import importlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

# Expressions, dates, sentences, documents, pages.
_OF_TIME_AND_TEXTS: tuple[tuple[str, str], ...] = (
    ("pipeline.expressions.words:MONTHS", "pipeline.expressions.words:MONTHS"),
    ("pipeline.expressions.words:ONES", "pipeline.expressions.words:ONES"),
    ("pipeline.expressions.words:TENS", "pipeline.expressions.words:TENS"),
    ("pipeline.expressions.words:POWERS", "pipeline.expressions.words:POWERS"),
    ("pipeline.expressions.words:ORDINALS", "pipeline.expressions.words:ORDINALS"),
    ("pipeline.expressions.words:PLURAL_TENS", "pipeline.expressions.words:PLURAL_TENS"),
    ("pipeline.expressions.words:UNITS", "pipeline.expressions.words:UNITS"),
    ("pipeline.expressions.words:UNIT_PLURALS", "pipeline.expressions.words:UNIT_PLURALS"),
    ("pipeline.expressions.words:SEASONS", "pipeline.expressions.words:SEASONS"),
    ("pipeline.expressions.words:DAYPARTS", "pipeline.expressions.words:DAYPARTS"),
    ("pipeline.expressions.words:RELATIVE", "pipeline.expressions.words:RELATIVE"),
    ("pipeline.expressions.words:QUANTIFIERS", "pipeline.expressions.words:QUANTIFIERS"),
    ("pipeline.expressions.words:GLUE", "pipeline.expressions.words:GLUE"),
    ("pipeline.expressions.words:ZONES", "pipeline.expressions.words:set(meanings('zone'))"),
    ("pipeline.expressions.words:COUNTED", "pipeline.expressions.words:set(meanings('counted'))"),
    ("pipeline.expressions.words:NUMBERED", "pipeline.expressions.words:set(meanings('numbered'))"),
    ("pipeline.expressions.words:FREQUENCIES", "pipeline.expressions.words:meanings('frequency')"),
    ("pipeline.expressions.words:EDGES", "pipeline.expressions.words:meanings('edge')"),
    ("pipeline.expressions.words:PARTS_OF", "pipeline.expressions.words:meanings('partof')"),
    ("pipeline.expressions.words:DAYS_FROM_TODAY", "pipeline.expressions.words:numbers('dayfrom')"),
    ("pipeline.expressions.words:CAPITAL_ONLY", "pipeline.expressions.words:CAPITAL_ONLY"),
    (
        "pipeline.expressions.words:{**WEEKDAYS, **WEEKDAY_PLURALS}",
        "pipeline.expressions.words:{name: number - 1 for name, number in WEEKDAYS.items()}",
    ),
    (
        "pipeline.expressions.words:{name: set(words) for name, words in CLASSES.items()}",
        "pipeline.expressions.words:{name: set(words) for name, words in CLASSES.items()}",
    ),
    ("pipeline.expressions.quantities:_BOUNDS", "pipeline.expressions.words:BOUNDS"),
    ("pipeline.expressions.quantities:_LENGTH_BEFORE", "pipeline.expressions.quantities:set(_LENGTH_BEFORE)"),
    ("pipeline.expressions.quantities:_LENGTH_AFTER", "pipeline.expressions.quantities:set(_LENGTH_AFTER)"),
    ("pipeline.expressions.relative:_POSITIONS", "pipeline.expressions.words:meanings('position')"),
    ("pipeline.expressions.relative:_FROM_CONTEXT", "pipeline.expressions.words:set(meanings('from-context'))"),
    ("pipeline.expressions.absolute:_CENTURY_BEFORE", "pipeline.expressions.absolute:set(_CENTURY_BEFORE)"),
    ("pipeline.expressions.absolute:_BETWEEN_LISTED", "pipeline.expressions.absolute:_BETWEEN_LISTED"),
    ("pipeline.expressions.fragments:_BEFORE_CHRIST", "pipeline.expressions.words:set(meanings('before-christ'))"),
    ("pipeline.expressions.fragments:_VAGUE", "pipeline.expressions.words:set(meanings('vague'))"),
    (
        "pipeline.expressions.calendar:{n: [holiday(n, y) for y in range(1900, 2100)] for n in HOLIDAYS}",
        "pipeline.expressions.calendar:{n: [holiday(n, y) for y in range(1900, 2100)] for n in HOLIDAYS}",
    ),
    (
        "pipeline.expressions:[(r.name, p.pattern) for r, p in zip(_GRAMMAR.rules, _GRAMMAR._patterns, strict=True)]",
        "pipeline.expressions:[(r.name, p.pattern) for r, p in zip(_GRAMMAR.rules, _GRAMMAR._patterns, strict=True)]",
    ),
    (
        "pipeline.expressions:[_GRAMMAR._lexicon, _GRAMMAR._capitals]",
        "pipeline.expressions:[_GRAMMAR._lexicon, _GRAMMAR._capitals]",
    ),
    ("pipeline.sentences.words:BEFORE_NAMES", "pipeline.sentences.words:BEFORE_NAMES"),
    ("pipeline.sentences.words:BEFORE_NUMBERS", "pipeline.sentences.words:BEFORE_NUMBERS"),
    ("pipeline.sentences.words:MAY_END", "pipeline.sentences.words:MAY_END"),
    ("pipeline.sentences.words:STARTERS", "pipeline.sentences.words:STARTERS"),
    ("pipeline.sentences.words:ZONES", "pipeline.sentences.words:ZONES"),
    (
        "pipeline.read.page_words:words()",
        "pipeline.data:[w for w in load('page_words.tsv', Word) if not w.kind.endswith('-label')]",
    ),
    (
        "pipeline.read.page_words:list(dict.fromkeys((p.field, p.place, p.name) for p in places()))",
        "pipeline.read.page.words:[(p.field, p.place, p.name) for p in places()]",
    ),
    ("pipeline.clean.licences:table('licences.tsv')", "pipeline.documents.clean.licences:load('licences.tsv', Rule)"),
    (
        "pipeline.clean.notices:table('notices.tsv')",
        "pipeline.documents.clean.notices:load('licence_notices.tsv', Rule)",
    ),
    (
        "pipeline.clean.notices:[(place, named, p.pattern) for place, named, p in _forms()]",
        "pipeline.documents.clean.notices:[(place, named, p.pattern) for place, named, p in _forms()]",
    ),
    (
        "pipeline.publication.offices:[(t.title, t.name, t.first, t.former, t.last) for t in terms()]",
        "pipeline.documents.metadata.offices:[(t.title, t.name, t.first, t.former, t.last) for t in terms()]",
    ),
    (
        "expectations.beliefs.times:{*MONTHS[3:-1].split('|')}",
        "expectations.sql_checks.times:{*MONTHS[3:-1].split('|')}",
    ),
    (
        "pipeline.clean.boilerplate:[rule for rule, _ in AT_END]",
        "pipeline.documents.clean.boilerplate:[*patterns('end')][:-1]",
    ),
    (
        "pipeline.clean.boilerplate:{rule for rule, _ in ANYWHERE}",
        "pipeline.documents.clean.boilerplate:{*patterns('anywhere')}",
    ),
    ("pipeline.dates.tense:AHEAD", "pipeline.dates.tense:AHEAD"),
    ("pipeline.dates.tense:_SCHEDULED", "pipeline.dates.tense:_SCHEDULED"),
    ("pipeline.dates.tense:_PLANNED", "pipeline.dates.tense:_PLANNED"),
    ("pipeline.dates.tense:_SAYING", "pipeline.dates.tense:_SAYING"),
    ("pipeline.dates.tense:_SAME_IN_PAST", "pipeline.dates.tense:_SAME_IN_PAST"),
    ("pipeline.dates.tense:_MODALS_OF_PAST", "pipeline.dates.tense:_MODALS_OF_PAST"),
    ("pipeline.dates.tense:_BE", "pipeline.dates.tense:_BE"),
    ("pipeline.dates.tense:_HAVE", "pipeline.dates.tense:_HAVE"),
    (
        "pipeline.dates.tense:_AHEAD_BEFORE | {' '.join(words) for words in _AHEAD_PHRASES}",
        "pipeline.dates.tense:_AHEAD_BEFORE",
    ),
    ("pipeline.dates.tense:{word for word, in _BOUNDS}", "pipeline.dates.tense:_BOUNDS"),
    ("pipeline.dates.tense:set(_SET_BEFORE)", "pipeline.dates.tense:_SET_BEFORE"),
    ("pipeline.dates.events:_SIDES", "pipeline.dates.events:_SIDES"),
    ("pipeline.dates.events:_LENGTHS", "pipeline.dates.events:set(_LENGTHS)"),
    ("pipeline.dates.events:_LIGHT", "pipeline.dates.events:set(_LIGHT)"),
    ("pipeline.dates.events:_KIND", "pipeline.dates.events:_KIND"),
    ("pipeline.dates.events:_ENDINGS", "pipeline.dates.events:_ENDINGS"),
    ("pipeline.publication.credits:AGENCIES", "pipeline.documents.metadata.credits:AGENCIES"),
)
# The letters by which constructions were named. `n` and six verbs made what is now `calling`.
_CALLING = 'e.lemma in ("call", "dub", "brand", "label", "term", "deem", "nickname")'
_NAMES = 'dict(q="quotation", c="clause", t="infinitive", p="infinitive", o="object", n="name")'
_DESIGNATIONS = (
    "COVID Covid SARS MERS CoV G N GN I US Route Section Title Article Form Type Psalm Rule UNSCR UNGAR S Su"
)
_MATCHED = (
    f"[(w, bool(_NO_WEAPON.fullmatch(w)), bool(_RESOLUTION_WORD.fullmatch(w)))"
    f" for head in {_DESIGNATIONS!r}.split() for w in (head, head + '-19', head + '19', head + '-x', head + '-19b')]"
)
_FOLDED = "[skeleton(w) for w in 'khk phf ckk kph zelenskyy qasem wladimir jusuf ckh'.split()]"
RULES: tuple[tuple[str, str], ...] = (
    (
        "pipeline.quotes.words:{form: (e.lemma, e.cue_class, frozenset(PREPOSITIONAL.get(e.lemma, ())),"
        f" frozenset([*map({_NAMES}.get, e.frames), *(['calling'] if {_CALLING} else [])]))"
        " for form, e in BY_FORM.items()}",
        "pipeline.quotes.words:{form: (e.lemma, e.cue_class, frozenset(e.prepositions), frozenset(e.constructions))"
        " for form, e in cue_verbs().items()}",
    ),
    ("pipeline.quotes.words:NOUNS", "pipeline.quotes.words:{noun: e.cue_class for noun, e in cue_nouns().items()}"),
    ("pipeline.quotes.reported:CUES", "pipeline.quotes.words:cues()"),
    ("pipeline.quotes.selection:_TELLING", "pipeline.quotes.selection:cues() | _DATES"),
    *((f"pipeline.quotes.words:{name}", f"pipeline.quotes.words:{name}") for name in (
        "QUOTING", "MAKING", "CARRYING", "RELAYING", "ALWAYS", "AUXILIARIES", "TALKS", "REMARKS", "DOCUMENTS",
        "OUTLETS", "MEDIA", "OUTLET_NOUNS", "CALENDAR",
    )),
    ("pipeline.quotes.venues:HEARD", "pipeline.quotes.words:HEARD"),
    ("pipeline.mentions.words:TITLES", "pipeline.mentions.words:TITLES"),
    ("pipeline.mentions.words:ROYAL", "pipeline.mentions.words:ROYAL"),
    ("pipeline.mentions.words:OFFICES", "pipeline.mentions.words:OFFICES"),
    ("pipeline.mentions.words:MALE", "pipeline.mentions.words:{w for w, p in PRONOUNS_OF.items() if p == 'he'}"),
    ("pipeline.mentions.words:FEMALE", "pipeline.mentions.words:{w for w, p in PRONOUNS_OF.items() if p == 'she'}"),
    (
        "pipeline.quotes.words:ROLES | __import__('pipeline.mentions.words').mentions.words.OFFICES.keys()",
        "pipeline.mentions.words:ROLES | OFFICES.keys()",
    ),
    (
        "pipeline.mentions.words:{**dict.fromkeys(MALE_NAMES, 'he'), **dict.fromkeys(FEMALE_NAMES, 'she')}",
        "pipeline.mentions.words:first_names('mentions')",
    ),
    (
        "pipeline.quotes.firstnames:{**dict.fromkeys(MALE, 'he'), **dict.fromkeys(FEMALE, 'she')}",
        "pipeline.mentions.words:first_names('speakers')",
    ),
    ("pipeline.mentions.words:WILL", "pipeline.mentions.words:government_verbs()"),
    *((f"pipeline.mentions.words:{name}", f"pipeline.mentions.words:{name}") for name in (
        "BODY_HEADS", "BODY_STARTS", "OWNED_HEADS", "GOVERNING",
    )),
    *((f"pipeline.mentions.words:{name}", f"pipeline.mentions.spans:{name}") for name in (
        "OPENING", "PORTFOLIO_BEFORE", "AMBIGUOUS",
    )),
    *((f"pipeline.mentions.words:{name}", f"pipeline.mentions.patterns:{name}") for name in (
        "ARMS", "ARMS_KINDS", "LAW_HEADS",
    )),
    ("pipeline.mentions.words:SPORT", "pipeline.mentions.names:SPORT"),
    ("pipeline.mentions.words:AMBIGUOUS_CAPITALS", "pipeline.mentions.names:AMBIGUOUS_CAPITALS"),
    ("pipeline.mentions.words:DIPLOMATIC", "pipeline.mentions.described:DIPLOMATIC"),
    *((rule, rule) for rule in (
        "pipeline.mentions.spans:CONNECTING", "pipeline.mentions.spans:ARTICLES", "pipeline.mentions.spans:PARTICLES",
        "pipeline.mentions.spans:CAPTIONS", "pipeline.mentions.patterns:BODIES_OF_UN",
        "pipeline.mentions.patterns:PARTISAN", "pipeline.mentions.patterns:NAMED_BEHIND",
        "pipeline.mentions.patterns:_RESOLUTION_BEGINNINGS", "pipeline.mentions.described:IDLE",
        "pipeline.mentions.names:NATIONS", "pipeline.mentions.chains:SUFFIXES",
        "pipeline.mentions.chains:NO_SHORT_FORM",
        "pipeline.reference:SMALL", "pipeline.statements.likeness:NEGATIONS", "pipeline.quotes.marks:ELIDED",
        "pipeline.quotes.speakers:PERSONAL", "pipeline.quotes.speakers:PRONOUNS", "pipeline.quotes.speakers:INDEFINITE",
        "pipeline.quotes.phrases:TIGHT", "pipeline.quotes.phrases:RELATIVES", "pipeline.quotes.venues:LEADING",
        "pipeline.quotes.selection:_PERIODS",
    )),
    *((f"pipeline.entities.profiles:{name}", f"pipeline.chains.profiles:{name}") for name in (
        "GENERIC", "GENERIC_PLACES", "GENERIC_LAWS", "UNSAID", "_FOLDED",
    )),
    # What regular expressions and conditions held: words that they match, and words that they do not.
    (f"pipeline.mentions.patterns:{_MATCHED}", f"pipeline.mentions.patterns:{_MATCHED}"),
    (f"pipeline.entities.profiles:{_FOLDED}", f"pipeline.chains.profiles:{_FOLDED}"),
    *(
        (f"pipeline.mentions.words:set({words!r})", f"pipeline.data:words({table!r}, {kind!r})")
        for table, kind, words in (
            ("name_words.tsv", "portfolio", ["home", "state", "education", "health", "defense", "defence", "justice"]),
            ("name_words.tsv", "office behind portfolio", ["Secretary", "Minister", "Secretaries"]),
            ("laws.tsv", "number", ["no.", "no", "nr.", "nr", "number", "numbered", "nos.", "#"]),
            ("laws.tsv", "resolution", ["UNSCR", "UNGAR"]),
            ("ambiguous_names.tsv", "with article", ["United", "Netherlands", "Philippines"]),
            ("ambiguous_names.tsv", "with article inside", ["Republic"]),
            ("function_words.tsv", "to outlet", ["to", "on", "via", "through"]),
            ("function_words.tsv", "with outlet", ["with", "to", "on", "for", "by"]),
        )
    ),
    ("pipeline.reference:builtin()", "pipeline.reference:builtin()"),
    (
        "pipeline.reference:parse((files('pipeline.reference') / 'names.tsv').read_text('utf-8').splitlines())",
        "pipeline.reference:parse('\\t'.join((a.label, a.name, a.alias, a.country, a.source))"
        " for a in load('names.tsv', Alias))",
    ),
    *_OF_TIME_AND_TEXTS,
)  # fmt: skip


def different_rules(before: Path, now: Path) -> list[str]:
    """The rules whose values differ, as lines that say how. Raises CalledProcessError."""
    old = _evaluated(before, [rule for rule, _ in RULES])
    new = _evaluated(now, [rule for _, rule in RULES])
    return [
        f"{was} -> {is_now}: {_difference(a, b)}" for (was, is_now), a, b in zip(RULES, old, new, strict=True) if a != b
    ]


def python_of(checkout: Path) -> str:
    """The Python of a checkout: that of its `.venv`, else the one that runs this."""
    own = checkout / ".venv" / "bin" / "python"
    return str(own) if own.exists() else sys.executable


def _evaluated(checkout: Path, rules: Sequence[str]) -> list[Any]:
    # -P: this folder's modules must not hide those of the checkout or of the standard library.
    done = subprocess.run(
        [python_of(checkout), "-P", __file__],
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": str(checkout)},
        input=json.dumps(rules),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    values: list[Any] = json.loads(done.stdout)
    return values


def evaluate(rule: str) -> Any:
    """The value of a rule `module:expression` in a form that JSON can hold and that two checkouts share."""
    module, expression = rule.split(":", 1)
    return plain(eval(expression, dict(vars(importlib.import_module(module)))))


def plain(value: Any) -> Any:
    """A value without order where it has none, and without the names of classes."""
    if dataclasses.is_dataclass(value):
        return [plain(getattr(value, field.name)) for field in dataclasses.fields(value)]
    if isinstance(value, Mapping):
        return sorted(([plain(key), plain(item)] for key, item in value.items()), key=json.dumps)
    if isinstance(value, AbstractSet):
        return sorted(map(plain, value), key=json.dumps)
    if isinstance(value, list | tuple):
        return list(map(plain, value))
    return value if value is None or isinstance(value, bool | int | float | str) else repr(value)


def _difference(old: Any, new: Any) -> str:
    if not (isinstance(old, list) and isinstance(new, list)):
        return f"{old!r} was, {new!r} is"
    gone, come = [item for item in old if item not in new], [item for item in new if item not in old]
    return f"only before: {gone[:5]}, only now: {come[:5]}" if gone or come else "another order"


if __name__ == "__main__":
    print(json.dumps([evaluate(rule) for rule in json.load(sys.stdin)]))
