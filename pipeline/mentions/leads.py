"""Persons whom the first sentence of an article announces and a later one names: "A carer who stole ... Ana Lume, 38,",
"a judge ... Judge Ana Lume"."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pipeline.data import words as listed
from pipeline.document import Document
from pipeline.mentions.chains import LinkedMention
from pipeline.mentions.office_holders import Office
from pipeline.mentions.sentence_ranks import SUBJECTS
from pipeline.mentions.words import OFFICES, PRONOUNS_OF, person_nouns

# Confidence of such a person: low, because few were seen (5 speakers in 144 articles written for this, all right).
ANNOUNCED = 0.7
# What happens to those to whom others did something: "A driver told an inquest ... Ana Lume, 38, DIED".
_OF_VICTIMS = listed("name_words.tsv", "verb of a victim")
_OF_DEFENDANTS = listed("name_words.tsv", "done to a defendant") | listed("name_words.tsv", "done by a defendant")
# In a first sentence that tells what a court did, "a judge" is the one of the article.
_SENTENCED = frozenset(("fined", "imprisoned", "jailed", "sentenced"))
INDEFINITE_ARTICLES = frozenset(("a", "an"))


def announced(
    doc: Document,
    names: Sequence[LinkedMention],
    offices: Mapping[int, Sequence[Office]],
    pronouns: Mapping[int, str],
) -> dict[int, int]:
    """Return the persons meant by nouns of the first sentence, by the noun's token."""
    sentences = doc.sentences
    body = [tokens for i, tokens in enumerate(doc.sentence_tokens) if not sentences or sentences[i].role == "body"]
    if len(body) < 2:
        return {}
    lead, following, third = body[0], body[1], body[2] if len(body) > 2 else body[1]
    if any(lead.start <= m.first < lead.stop for m in names):
        return {}
    found = {}
    person = next((m for m in names if m.first == following.start and _has_age(doc, m)), None)
    judges = {chain for chain, held in offices.items() if any(OFFICES.get(office) == "judge" for office, _ in held)}
    # "The order overturns a ruling by Judge Ana Lume": another one
    reach = len(doc) if any(doc.lower[t] in _SENTENCED for t in lead) else third.stop
    acting = {m.chain for m in names if m.first < reach and doc.dep[_head(doc, m)] in SUBJECTS}
    others = sum(doc.lower[t] in person_nouns() and not doc.in_marks[t] for t in lead) > 1
    verb = doc.lower[doc.head[_head(doc, person)]] if person is not None else ""
    if verb in _OF_VICTIMS or (others and verb not in _OF_DEFENDANTS):
        person = None
    for noun in _announcing(doc, lead):
        if OFFICES.get(doc.lower[noun]) == "judge":
            if len(judges) == 1 and judges <= acting:
                found[noun] = next(iter(judges))
        elif person is not None and doc.dep[noun] in SUBJECTS and doc.left[noun] == lead.start:
            pronoun = PRONOUNS_OF.get(doc.lower[noun])
            if pronoun is None or pronouns.get(person.chain, pronoun) == pronoun:
                found[noun] = person.chain
    return found


def _head(doc: Document, m: LinkedMention) -> int:
    return doc.head_of(range(m.first, m.last))


def _announcing(doc: Document, sentence: range) -> Iterable[int]:
    """Yield the nouns for one unnamed person in a sentence: "a CARER"."""
    for token in sentence:
        begins = doc.lower[doc.left[token]] in INDEFINITE_ARTICLES and doc.left[token] < token
        if doc.tag[token] == "NN" and begins and doc.lower[token] in person_nouns() and not doc.in_marks[token]:
            yield token


def _has_age(doc: Document, m: LinkedMention) -> bool:
    """Whether an age in commas is behind a name of two words or more: "Ana Lume, 38,"."""
    after = doc.words[m.last : m.last + 3]
    return m.last - m.first > 1 and len(after) == 3 and after[0] == after[2] == "," and after[1].isdigit()
