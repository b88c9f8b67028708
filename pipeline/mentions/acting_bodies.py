"""Bodies that the language model misses, or takes for persons, and that act as only bodies do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet

from pipeline.data import meanings
from pipeline.data import words as listed
from pipeline.document import Document
from pipeline.mentions.name_boundaries import after_time
from pipeline.mentions.person_context import NO_SURNAMES, SHARED_COMPANY_HEAD_NOUNS
from pipeline.mentions.spans import Name, capital, named, of_letters
from pipeline.mentions.words import (
    BODY_HEADS,
    LEGAL_FORMS,
    OFFICES,
    TITLES,
    government_verbs,
    is_given_name,
    person_nouns,
)
from pipeline.reference import MAX_WORDS, Reference, key

# Nouns for bodies: the CHARITY Rooftop; and those of them that are no noun for a person.
BODY_NOUNS = listed("statement_words.tsv", "led back")
NOUNS = BODY_NOUNS - SHARED_COMPANY_HEAD_NOUNS
# Last words of firms and teams: "Rovers".
ACTING = listed("bodies.tsv", "acting")
# Days that open a sentence before a name: "Yesterday Norfolk Foods Inc. said".
NEAR_DAYS = frozenset({"yesterday", "today", "tonight", "tomorrow"})
# Shorter legal forms are other letters, too: "SA".
MIN_FORM = 3
# Points of the compass, which can be the last word of a name or precede a country's: "Fire Service Northern".
POINTS = listed("place_words.tsv", "point of the compass")
# Forms of verbs that a singular name has no part in: "Norfolk HAVE won".
PLURAL_FORMS = frozenset({"have", "are", "were", "do"})
# Those whom only firms have, and most tokens up to them.
CHIEFS = ("ceo", "cfo", "co - founder", "co-founder", "chief executive", "managing director", "sporting director")
MAX_TO_CHIEFS = 6
# Labels that the model gives such bodies.
_LABELS = frozenset({"PERSON", "GPE", "LOC", "PRODUCT", "WORK_OF_ART", "NORP", "FAC"})
# Of these, the labels of names that are bodies by their last word: not songs, halls and peoples.
_OFTEN_BODIES = frozenset({"PERSON", "GPE", "LOC", "PRODUCT"})
# Words right behind a body's name.
SPOKESPERSONS = frozenset({("spokesman",), ("spokeswoman",), ("spokesperson",)})
_SUBJECTS = frozenset({"nsubj", "nsubjpass"})
# Beside a part of a longer name: "Federation of Harbour WORKERS", "the Harbour FARMERS' Union".
_BEFORE_PART = {(word,) for word in ("of", "for", "and", "&", "'s", "’s")}
_BEHIND_PART = {("'",), ("’",), ("'s",), ("’s",), ("of",), ("for",)}
_PLACES_OF_NAMES = _SUBJECTS | {"pobj", "dobj", "conj", "appos", "poss"}
# Last words of clubs, also of places: "City".
_CLUBS = frozenset(word for word, means in meanings("body_nouns.tsv", "called").items() if "club" in means.split("; "))
_SAYING = frozenset({"posting", "saying", "adding", "writing", "calling", "warning", "arguing"})
_THEY = frozenset({"they", "their", "them"})
MAX_TO_THEY = 8
# Before "were" of one person: "as IF she were".
_SUBJUNCTIVE = frozenset({"if", "though", "although", "as", "unless", "lest", "whether", "than"})
# Most tokens before a subject in which another one is searched for.
MAX_BEFORE = 60
_IN = {(word,) for word in listed("place_words.tsv", "before a place")}
# What is held in a firm.
_HELD = {("shares",), ("stake",), ("stakes",), ("stock",)}
_JOINING = frozenset({"and", "or", "nor", "&"})


def acting(doc: Document) -> Iterator[Name]:
    """Yield two or more capitalised words that end like a firm's or a team's name: "Norfolk Rovers lost", "South
    Western Rail has posted"; in a heading, which may have capitals everywhere, only a subject."""
    for token, word in enumerate(doc.words):
        if word not in ACTING or not doc.tag[token].startswith("NNP") or doc.tag[token + 1 : token + 2] == ("NNP",):
            continue
        body = doc.sentences[doc.sentence_of[token]].role == "body"
        if doc.dep[token] not in (_PLACES_OF_NAMES if body else _SUBJECTS):
            continue
        first = _start(doc, token)
        if first < token and not is_given_name(doc.words[first]) and not _is_part(doc, first, token + 1):
            yield named(doc, first, token + 1, "ORG")


def _is_part(doc: Document, first: int, last: int) -> bool:
    """Whether the tokens [first, last) are part of a longer name: "Harbour Workers" of "Harbour Workers of Lund"."""
    if doc.folded[first - 1 : first] in _BEFORE_PART or doc.words[last : last + 1] in _BEHIND_PART:
        return True
    longer = doc.entity_at(doc.start[first]) or doc.entity_at(doc.start[last - 1])
    if longer is None:
        return False
    tokens = doc.tokens(longer[0], longer[1])
    before = tokens.start < first and doc.folded[tokens.start : first] != ("the",)
    return before or tokens.stop > last


def of_country(doc: Document, reference_data: Reference) -> Iterator[Name]:
    """Yield the body of a trade that is named with its country: "Farmers Kenya said"."""
    for token, dep in enumerate(doc.dep):
        trade = token - 1
        named_so = dep == "nsubj" and trade >= 0 and doc.words[trade] in ACTING and doc.words[trade].endswith("s")
        if not named_so or doc.head[trade] != token or doc.folded[doc.head[token]] not in government_verbs():
            continue
        if reference_data.country_of(doc.words[token]) is not None and doc.tag[token] == "NNP":
            yield named(doc, trade, token + 1, "ORG")


def with_form(doc: Document) -> Iterator[Name]:
    """Yield capitalised words up to the legal form of a company: "Norfolk & Harrow Foods Inc."."""
    for i, word in enumerate(doc.words):
        if word.rstrip(".") not in LEGAL_FORMS or len(word) < MIN_FORM or not doc.tag[i].startswith("NNP"):
            continue
        first = i
        while first > 0 and i - first < MAX_WORDS and _before_form(doc, first - 1):
            first -= 1
        first = after_time(doc, first + (doc.folded[first] in NEAR_DAYS), i + 1)
        part = doc.folded[first - 1 : first] in _BEFORE_PART
        if first < i and doc.words[first] != "&" and doc.folded[first] not in TITLES and not part:
            yield named(doc, first, i + 1, "ORG")


def _before_form(doc: Document, i: int) -> bool:
    word = doc.words[i]
    return (
        (word == "&" or (capital(word) and word[0].isalpha() and doc.tag[i].startswith("NN")))
        and doc.sentence_of[i] == doc.sentence_of[i + 1]
        and doc.text[doc.end[i] : doc.start[i + 1]] == " "
    )


def beside_noun(doc: Document) -> Iterator[Name]:
    """Yield proper nouns that a noun for bodies introduces: "the housing charity Rooftop", "the agency, Te Awa
    Rural,"."""
    for token, tag in enumerate(doc.tag):
        if tag != "NNP":
            continue
        first = _start(doc, token)
        noun = first - 1 - (first > 1 and doc.words[first - 1] == ",")
        introduced = noun >= 0 and doc.lower[noun] in NOUNS and doc.words[noun].islower() and doc.tag[noun] == "NN"
        if noun == first - 1:
            joined = introduced and doc.head[noun] == token and doc.dep[noun] == "compound"
        else:
            # "the health agency, Te Awa Rural,"
            joined = introduced and doc.head[token] == noun and doc.dep[token] == "appos" and first < token
        ends = doc.tag[token + 1 : token + 2] not in (("NNP",), ("NNPS",), ("HYPH",), ("NN",), ("NNS",))
        if joined and ends and doc.sentence_of[noun] == doc.sentence_of[token] and not is_given_name(doc.words[first]):
            yield named(doc, first, token + 1, "ORG")


def owned_beside_noun(doc: Document) -> Iterator[Name]:
    """Yield names with an owner that a noun for bodies introduces: "the campaign group America's Lume Future"."""
    for noun, tag in enumerate(doc.tag[:-3]):
        if tag != "NN" or doc.lower[noun] not in NOUNS or doc.words[noun + 2] not in ("'s", "’s"):
            continue
        last = noun + 3
        while (
            last < len(doc)
            and last - noun < MAX_WORDS
            and doc.tag[last][:2] in ("NN", "JJ")
            and capital(doc.words[last])
        ):
            last += 1
        last -= doc.tag[last - 1] == "JJ"
        owner = doc.tag[noun + 1] == "NNP" and capital(doc.words[noun + 1])
        inner = doc.entity_at(doc.start[noun + 3])
        if is_given_name(doc.words[noun + 3]) or (inner is not None and inner[2] == "PERSON"):
            # "the party Norfolk Forward's Ana Lume"
            continue
        if owner and last > noun + 3 and doc.sentence_of[noun] == doc.sentence_of[last - 1]:
            yield named(doc, noun + 1, last, "ORG")


def before_spokesperson(doc: Document) -> Iterator[Name]:
    """Yield two or more proper nouns before a spokesperson: "a Harbour Link spokeswoman"."""
    for token, word in enumerate(doc.lower):
        if (word,) not in SPOKESPERSONS or token < 2 or doc.head[token - 1] != token:
            continue
        first = _start(doc, token - 1)
        if first < token - 1 and doc.tag[token - 1] == "NNP" and not is_given_name(doc.words[first]):
            yield named(doc, first, token, "ORG")


def with_which(doc: Document) -> Iterator[Name]:
    """Yield proper nouns that the model did not find, that say something and that "which" takes up: "Basinworks, which
    sued the city, said"."""
    for token, dep in enumerate(doc.dep):
        if dep != "nsubj" or doc.tag[token] != "NNP" or doc.folded[token + 1 : token + 3] != (",", "which"):
            continue
        verb = doc.head[token]
        says = doc.folded[verb] in government_verbs() or any(
            doc.dep[c] == "advcl" and doc.lower[c] in _SAYING for c in doc.children[verb]
        )
        first = _start(doc, token)
        if says and not any(doc.dep[c] == "det" for c in doc.children[token]) and of_letters(doc.words[token]):
            yield named(doc, first, token + 1, "ORG")


def joined(doc: Document, reference_data: Reference) -> Iterator[Name]:
    """Yield a body of two fields, of which the tree makes two bodies: "the Philippine Weather and Typhoon Bureau"."""
    for token, word in enumerate(doc.words):
        if word not in BODY_HEADS or doc.dep[token] != "conj" or not doc.tag[token].startswith("NNP"):
            continue
        second, head = _start(doc, token), doc.head[token]
        first = _start(doc, head)
        adjoin = head + 1 == second - 1 and doc.lower[second - 1] == "and" and doc.folded[first - 1 : first] == ("the",)
        text = doc.text[doc.start[first] : doc.end[head]]
        whole = doc.words[head] in BODY_HEADS or len(text.split()) < 2 or reference_data.known(text) is not None
        if adjoin and capital(doc.words[first]) and not whole and doc.dep[head] in _SUBJECTS:
            yield named(doc, first, token + 1, "ORG")


def without_noun(doc: Document, name: Name) -> Name:
    """Return a body's name without the noun that introduces it: "Rooftop" of "Housing charity Rooftop"."""
    nouns = range(name.first + 1, name.last - 1)
    noun = next((k for k in nouns if doc.words[k] in NOUNS and capital(doc.words[k + 1])), None)
    begins = name.first == 0 or doc.sentence_of[name.first - 1] != doc.sentence_of[name.first]
    plain = noun is not None and begins and all(doc.words[k].islower() for k in range(name.first + 1, noun))
    return named(doc, noun + 1, name.last, "ORG") if noun is not None and plain else name


def speaking(doc: Document, reference_data: Reference) -> Iterator[Name]:
    """Yield two or more capitalised words that say something, with a word that no person's name has: "Te Awa Health
    says", "Fire Service Northern has posted"."""
    for token, dep in enumerate(doc.dep):
        if (
            dep != "nsubj"
            or not doc.tag[token].startswith("NNP")
            or doc.folded[doc.head[token]] not in government_verbs()
        ):
            continue
        first = _start(doc, token)
        words = doc.words[first : token + 1]
        body = words[-1] in NO_SURNAMES or not BODY_HEADS.isdisjoint(words) or words[-1].casefold() in POINTS
        if first < token and body and reference_data.known(doc.text[doc.start[first] : doc.end[token]]) is None:
            yield named(doc, first, token + 1, "ORG")


def _start(doc: Document, last: int) -> int:
    """Return where the run of capitalised words that the tree joins to its last word starts."""
    first = last
    while first > 0 and last - first < MAX_WORDS and _joined(doc, first - 1, last):
        first -= 1
    while first < last and (doc.folded[first] in TITLES or doc.folded[first] in OFFICES):
        first += 1
    return first


def _joined(doc: Document, i: int, last: int) -> bool:
    return (
        i < doc.head[i] <= last
        and doc.dep[i] in ("compound", "nmod", "amod")
        and capital(doc.words[i])
        and doc.words[i][0].isalpha()
        and doc.sentence_of[i] == doc.sentence_of[last]
        and doc.text[doc.end[i] : doc.start[i + 1]] == " "
    )


def bodies_by_context(doc: Document, names: Sequence[Name], surnames: AbstractSet[str]) -> Iterator[Name]:
    """Yield the names that the model takes for persons or places and that act as only bodies do.

    `surnames`: keys of the first and last words of the article's persons.
    """
    in_form, in_action = list(with_form(doc)), list(acting(doc))
    formed = {doc.folded[n.first] for n in in_form}
    firms = formed | {doc.folded[n.first] for n in names if n.label == "ORG" and _is_private(doc, n)}
    placed = {doc.folded[n.first] for n in names if n.label == "GPE" and _is_placed(doc, n)}
    spokes = {doc.words[n.first : n.last] for n in before_spokesperson(doc)}
    teams = {doc.folded[n.last - 1] for n in in_action}
    bodies = [*(n for n in names if n.label == "ORG"), *in_form, *in_action]
    starts = {doc.words[n.first : k] for n in bodies for k in range(n.first + 2, _end(n))}
    # "Torvald Axle" of "Torvald Axle Corp." is no person.
    firm_parts = {key(doc.words[k]) for n in names if doc.folded[n.first] in formed for k in (n.first, n.last - 1)}
    for n in names:
        single = n.last - n.first == 1
        if n.label not in _LABELS or _addressed(doc, n):
            continue
        if is_given_name(doc.words[n.first]) and not (single and doc.folded[n.first] in formed):
            # "Torvald", if "Torvald Axle Corp." is in the article, is no person
            continue
        if single and key(doc.words[n.first]) in surnames - firm_parts:
            continue
        person = n.label == "PERSON"
        if (
            # "Norfolk", if "Norfolk Ferry Inc." is in the article, and nothing is "in Norfolk"
            (single and n.label == "PERSON" and doc.folded[n.first] in formed)
            or (single and n.label == "GPE" and doc.folded[n.first] in formed - placed)
            # "Goldrand disputes it", if "Goldrand Deep" is in the article
            or (single and n.label == "GPE" and doc.folded[n.first] in firms - placed and _speaks(doc, n))
            # "the Stars", if "Norfolk Stars" are
            or (single and doc.folded[n.first] in teams)
            # "Norfolk's co-founder and chief executive"
            or (person and _has_chiefs(doc, n))
            # "Western Sound said", if "Western Sound Ferries" is in the article
            or (doc.words[n.first : n.last] in starts and _speaks(doc, n))
            # "Umkhomazi City forward Ana Lume"
            or (not single and doc.words[n.last - 1] in _CLUBS and _has_player(doc, n))
            # "a Harbour Link spokeswoman"
            or doc.words[n.first : n.last] in spokes
            or (not single and n.label in _OFTEN_BODIES and doc.words[n.last - 1] in ACTING)
            or (person and _in_plural(doc, n))
        ):
            yield n


def _end(name: Name) -> int:
    """Return the last token of a name of at most MAX_WORDS words."""
    return min(name.last, name.first + MAX_WORDS)


def _has_player(doc: Document, name: Name) -> bool:
    """Whether the position of a player and a name are right behind: "Norfolk City STRIKER Ana Lume"."""
    position, person = (*doc.lower[name.last : name.last + 1], ""), (*doc.words[name.last + 1 : name.last + 2], "")
    return OFFICES.get(position[0]) == "sport" and capital(person[0])


def _is_placed(doc: Document, name: Name) -> bool:
    """Whether something is in or near a name: not "shares in Norfolk"."""
    return doc.folded[name.first - 1 : name.first] in _IN and doc.folded[name.first - 2 : name.first - 1] not in _HELD


def _addressed(doc: Document, name: Name) -> bool:
    """Whether a title or a person's noun is right before."""
    before = doc.folded[name.first - 1].rstrip(".") if name.first else ""
    return before in TITLES or before in person_nouns()


def _is_private(doc: Document, name: Name) -> bool:
    """Whether a body of several words is not called by its place as a council is: "Goldrand Deep"."""
    words = doc.words[name.first : name.last]
    return len(words) > 1 and BODY_HEADS.isdisjoint(words) and words[-1] not in NO_SURNAMES


def _speaks(doc: Document, name: Name) -> bool:
    """Whether a name is the subject of a verb of will or speech."""
    return doc.dep[name.last - 1] == "nsubj" and doc.folded[doc.head[name.last - 1]] in government_verbs()


def _has_chiefs(doc: Document, name: Name) -> bool:
    """Whether those who lead a firm are named as a name's: "Norfolk’s co-founder and CEO"."""
    behind = doc.lower[name.last : name.last + 1 + MAX_TO_CHIEFS]
    return behind[:1] in (("'s",), ("’s",)) and any(chief in " ".join(behind) for chief in CHIEFS)


def _in_plural(doc: Document, name: Name) -> bool:
    """Whether a name alone is the subject of a verb in the plural, like a team: "Norfolk have won"."""
    head = doc.head_of(range(name.first, name.last))
    verb = doc.head[head]
    alone = doc.dep[head] in _SUBJECTS and not any(doc.dep[c] in ("cc", "conj") for c in doc.children[head])
    if not alone or head > verb or doc.in_marks[head] or doc.tag[name.last - 1] in ("NNPS", "NNS"):
        return False
    if doc.folded[name.first - 1 : name.first] in (("and",), ("or",), ("the",), ("nor",), (",",)):
        return False
    begin = max(doc.sentence_tokens[doc.sentence_of[head]].start, name.first - MAX_BEFORE)
    before = doc.folded[begin : name.first]
    if not _JOINING.isdisjoint(before):
        # "Ana Lume of Norfolk and the group's Jon Berg were elected"
        return False
    helpers = [c for c in doc.children[verb] if doc.dep[c] in ("aux", "auxpass") and head < c < verb]
    finite = helpers[0] if helpers else verb
    # A verb without a form of its own ("insist") needs another sign: in "God save her" it is no plural.
    several = not _THEY.isdisjoint(doc.lower[verb : verb + MAX_TO_THEY])
    before_verb = [c for c in doc.children[verb] if c < head]
    if any(doc.dep[c] == "aux" or (doc.lower[c] in _SUBJUNCTIVE and doc.lower[finite] == "were") for c in before_verb):
        # "Does Ana Lume have", "if Ana Lume were to leave"
        return False
    shaped = doc.lower[finite] in PLURAL_FORMS or (doc.tag[finite] == "VBP" and finite == verb and several)
    return shaped and doc.sentences[doc.sentence_of[head]].role == "body"
