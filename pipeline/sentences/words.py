"""Words that the boundaries of sentences depend on: abbreviations.tsv, sentence_words.tsv and the names of months and
weekdays, in lower case.
"""

from pipeline.data import meanings, words


def _named(*kinds: str) -> frozenset[str]:
    return frozenset(name.lower() for kind in kinds for name in meanings("months_and_weekdays.tsv", kind))


# Always before a name or a number: a title, "No. 5".
BEFORE_NAMES = words("abbreviations.tsv", "name")
# Before a number only; before a word the sentence is over ("the vote in Sept. The").
BEFORE_NUMBERS = words("abbreviations.tsv", "number") | _named("month-short", "month-rare")
# May be at the end of a sentence, which is over only where the next word begins sentences.
MAY_END = words("abbreviations.tsv", "end")
# Words that begin sentences, and are no part of a name when they are capitalised.
STARTERS = words("sentence_words.tsv", "starter")
# What follows a time of day and belongs to it: "5 p.m. Monday", "9 a.m. Eastern".
ZONES = words("sentence_words.tsv", "zone") | _named("month", "month-short", "weekday")
