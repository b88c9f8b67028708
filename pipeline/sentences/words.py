"""Lower-case words for sentence boundaries: abbreviations.tsv, sentence_words.tsv, names of months and weekdays."""

from pipeline.data import meanings, words


def _named(*kinds: str) -> frozenset[str]:
    return frozenset(name.lower() for kind in kinds for name in meanings("months_and_weekdays.tsv", kind))


# Always before a name or a number: a title, "No. 5".
BEFORE_NAMES = words("abbreviations.tsv", "name")
# Only before a number; before a word the sentence ends ("the vote in Sept. The").
BEFORE_NUMBERS = words("abbreviations.tsv", "number") | _named("month-short", "month-rare")
# May end a sentence, if the next word is a starter.
MAY_END = words("abbreviations.tsv", "end")
# Words that begin sentences, and when capitalised are no part of a name.
STARTERS = words("sentence_words.tsv", "starter")
# Words that follow a time of day and belong to it: "5 p.m. Monday", "9 a.m. Eastern".
ZONES = words("sentence_words.tsv", "zone") | _named("month", "month-short", "weekday")
