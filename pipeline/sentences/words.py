"""Words that the boundaries of sentences turn on."""

# Always before a name or a number: a title, "No. 5".
# fmt: off
BEFORE_NAMES = frozenset({
    "adm", "ald", "amb", "assoc", "asst", "atty", "brig", "bros", "ca", "capt", "cf", "cmdr", "col", "comdr", "cpl",
    "cpt", "dep", "det", "dir", "dr", "drs", "ens", "esq", "fr", "ft", "gen", "gov", "hon", "insp", "lt", "maj",
    "messrs", "mlle", "mme", "mr", "mrs", "ms", "msgr", "mt", "mts", "pfc", "ph", "phd", "pres", "prof", "pte",
    "pvt", "rep", "reps", "rev", "rt", "secy", "sen", "sens", "sgt", "spc", "spec", "sr", "sra", "srta", "st",
    "ste", "supt", "treas", "univ", "vice", "viz", "vs",
})
# fmt: on
# Before a number only; before a word the sentence is over ("the vote in Sept. The").
# fmt: off
BEFORE_NUMBERS = frozenset({
    "apr", "art", "aug", "ch", "dec", "eq", "feb", "fig", "jan", "jul", "jun", "mar", "no", "nos", "nov", "oct",
    "op", "para", "pp", "res", "sec", "sep", "sept", "vol",
})
# fmt: on
# May stand at the end of a sentence, which is over only where the next word begins sentences.
# fmt: off
MAY_END = frozenset({
    "al", "ala", "ariz", "ark", "assn", "ave", "bhd", "blvd", "calif", "co", "colo", "conn", "corp", "cos", "del",
    "dept", "est", "etc", "fla", "ga", "gmbh", "ill", "inc", "ind", "intl", "jr", "kan", "kans", "ky", "la", "llc",
    "ltd", "mass", "md", "mfg", "mich", "minn", "miss", "mo", "mont", "natl", "neb", "nev", "okla", "ore", "pa",
    "plc", "pty", "rd", "tenn", "tex", "va", "vt", "wash", "wis", "wyo",
})
# fmt: on
# Words that begin sentences, and are no part of a name when they are capitalised.
# fmt: off
STARTERS = frozenset({
    "a", "about", "according", "after", "all", "also", "although", "an", "and", "another", "any", "are", "as",
    "asked", "at", "back", "because", "before", "but", "by", "can", "critics", "despite", "did", "do", "does",
    "during", "each", "earlier", "even", "every", "few", "first", "following", "for", "from", "given", "had", "has",
    "have", "he", "her", "here", "his", "how", "however", "i", "if", "in", "indeed", "instead", "into", "is", "it",
    "its", "just", "last", "later", "like", "many", "may", "meanwhile", "more", "moreover", "most", "much", "my",
    "neither", "no", "nobody", "none", "nor", "not", "nothing", "now", "of", "officials", "on", "once", "one",
    "only", "or", "other", "others", "our", "over", "people", "perhaps", "police", "rather", "residents", "she",
    "should", "since", "so", "some", "sources", "still", "such", "supporters", "than", "that", "the", "their",
    "then", "there", "therefore", "these", "they", "this", "those", "though", "thus", "to", "today", "together",
    "two", "under", "unlike", "until", "was", "we", "well", "were", "what", "when", "where", "whether", "which",
    "while", "who", "whose", "why", "will", "with", "without", "would", "yesterday", "yet", "you", "your",
})
# fmt: on
# What follows a time of day and belongs to it: "5 p.m. Monday", "9 a.m. Eastern".
# fmt: off
ZONES = frozenset({
    "apr", "april", "aug", "august", "bst", "cdt", "central", "cet", "cst", "ct", "dec", "december", "eastern",
    "edt", "est", "et", "feb", "february", "friday", "gmt", "jan", "january", "jul", "july", "jun", "june", "local",
    "mar", "march", "may", "mdt", "monday", "moscow", "mountain", "mst", "mt", "nov", "november", "oct", "october",
    "pacific", "pdt", "pst", "pt", "saturday", "sept", "september", "sunday", "tehran", "thursday", "tuesday",
    "utc", "wednesday",
})
# fmt: on
