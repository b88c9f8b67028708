"""Resolve "it", "the ministry" or "the paper" to a body of the article.

A body is called by the nouns in its name ("Norfolk Airlines": the airline) and by those that the article gives it
("Lume Ltd, a clothing chain"). If no body is called so, "the company" is the topic of the sentences before. The result
is None if uncertain: another body of that noun without a name came since, or two are possible.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property

from pipeline.data import meanings
from pipeline.data import words as listed
from pipeline.mentions import Mention
from pipeline.mentions.antecedents import ResolvedChain
from pipeline.mentions.label_rules import COMPANY_POSSESSED_NOUNS
from pipeline.mentions.words import LEGAL_FORMS, OF_PERSONS, TITLES, is_given_name, person_nouns
from pipeline.quotes.context import QuoteContext
from pipeline.quotes.phrases import SUBJECTS, Phrase
from pipeline.quotes.words import (
    ANAPHORIC_BODY_NOUNS,
    DOCUMENTS,
    INDEFINITE,
    OUTLETS,
    PAPERS,
    constructions_of,
)

NAMED = frozenset(("name", "alias", "acronym"))
ORGANISATION_NOUNS = listed("statement_words.tsv", "body")
# Nouns for places that speak.
PLACE_NOUNS = frozenset(("government", "regime", "country", "kingdom", "city", "town", "state", "county"))
# Subjects that "it" does not take up.
NOT_IT = frozenset({"they", "we", "he", "she", "i", "you", "who", "there", "these", "those", "all", "both", "some"})
# Of these, the writers of a text.
OURS = frozenset({"we", "i"})
# Words before those who hear or carry words: told Norfolk Radio, in an interview WITH it.
HEARD = frozenset(("told", "tells", "with", "on", "via", "to"))
# Outlets that are no papers.
NOT_PRINTED = frozenset(
    ("agency", "blog", "broadcaster", "channel", "magazine", "network", "service", "site", "station")
)
FIRMS = frozenset(("company", "firm", "corporation", "business"))
# Words in the names of bodies that are no firms.
NOT_FIRMS = frozenset(
    (
        "union",
        "federation",
        "association",
        "alliance",
        "league",
        "society",
        "party",
        "charity",
        "foundation",
        "movement",
    )
)
# Nouns that fit bodies of any name.
GENERIC = frozenset(("company", "firm", "group", "organization", "organisation", "agency"))
# Nouns for one outlet: "Lume, a newspaper, ... the paper".
PAPER_NOUNS = frozenset(("paper", "newspaper", "daily"))
# Words in the name of a body that is no company or group.
OFFICIAL = listed("statement_words.tsv", "official body")
PUBLIC = listed("statement_words.tsv", "public body")
# "It" reaches back over NEAR sentences, "the company" over FAR; a noun given to a body over MAX_CALLED mentions.
NEAR, FAR = 2, 4
MAX_CALLED = 200
# Another body of the noun is searched for in this many tokens before; a body farther above has a lower confidence.
REACH = 200
# First letters that a noun must share with a name: "airline" and "Norfolk Airlines".
MIN_SHARED = 4
# Words of names -> other nouns for such a body: "Norfolk Airways" is an airline.
_CALLED, _IN_LONG = (
    {word: tuple(means.split("; ")) for word, means in meanings("body_nouns.tsv", kind).items()}
    for kind in ("called", "called in long names")
)
_CALLED_LONG = _CALLED | _IN_LONG
# Words of a long name: "Indian National Congress" is a party, "US Congress" is none.
MIN_LONG = 3
# Confidence: a noun of the name or given by the article; the latest of several such bodies; the topic of sentences.
# Checked by eye in US news of 2015 and 2016 (PolNeAR dev, half of the training sample): see the table in the tests.
BY_NOUN, OF_SEVERAL, SAYING, ABOUT = 0.92, 0.7, 0.85, 0.7


class OrganisationResolver:
    """The bodies of an article by the nouns that refer to them."""

    def __init__(self, context: QuoteContext, mentions: Sequence[Mention]) -> None:
        self.doc = context.doc
        # Leave out titles: they need not name what the text is about, and can be a menu.
        named = (m for m in mentions if m.resolution in NAMED and self._in_body(m))
        self.named = [m for m in named if m.label == "ORG" or (m.label == "FAC" and self._may_speak(m))]
        self.starts = [m.start for m in self.named]
        known = {m.chain for m in mentions if m.resolution == "pronoun"}
        # What the model takes for a person without a given name, and nobody calls he or she.
        self._like_bodies = {
            self.doc.tokens(m.start, m.end)[-1]: m
            for m in mentions
            if m.label == "PERSON" and m.resolution == "name" and m.chain not in known and self._like_body(m)
        }
        lands = [m for m in mentions if m.label in ("GPE", "NORP") and m.resolution != "description"]
        self._persons = [m for m in mentions if m.label == "PERSON" and m.resolution in NAMED]
        self._lands = {m.start: m for m in lands if m.label == "GPE"}
        self._places = {word for m in lands for word in self.doc.text[m.start : m.end].lower().split()}

    def _in_body(self, m: Mention) -> bool:
        return self.doc.sentences[self.doc.sentence_at(m.start)].role == "body"

    def _may_speak(self, m: Mention) -> bool:
        """Whether a building is a body as well: "Norfolk Airport"."""
        return self.doc.lower[self.doc.tokens(m.start, m.end)[-1]] in ANAPHORIC_BODY_NOUNS

    def _like_body(self, m: Mention) -> bool:
        first, *others = self.doc.text[m.start : m.end].split()
        return (
            bool(others) and self._in_body(m) and not is_given_name(first) and first.lower().rstrip(".") not in TITLES
        )

    def noun(self, phrase: Phrase) -> ResolvedChain | None:
        """Return the body that "the (modifiers) noun" means."""
        doc, head = self.doc, phrase.head
        noun = doc.lower[head]
        owner = doc.child(head, "poss")
        if owner is not None and doc.lower[owner] in OUTLETS and doc.lower[head - 1] == "editorial":
            # "the paper's editorial board"
            return self.noun(Phrase(doc.left[owner], owner, owner))
        if (
            doc.lower[phrase.first] != "the"
            or phrase.last != head
            or (
                noun not in ORGANISATION_NOUNS | ANAPHORIC_BODY_NOUNS | OUTLETS | {"tank", "editorial"}
                and noun not in self._last_words
                and noun not in self._by_noun
            )
        ):
            return None
        # "co" of "the co-op" tells nothing.
        before = (t for t in range(phrase.first + 1, head) if doc.lower[t + 1] != "-")
        telling = [doc.lower[t] for t in before if doc.tag[t][:2] in ("NN", "JJ")]
        if (telling == ["super"] and noun == "pac") or (telling == ["news"] and noun in OUTLETS):
            telling = []
        if telling == ["think"] and noun == "tank":
            noun, telling = "think-tank", []
        if telling == ["editorial"] and noun in ("board", "page"):
            noun, telling = "paper", []
        if noun == "editorial":
            noun = "paper"
        return self._resolve_by_name_words(head, noun, telling)

    def _resolve_by_name_words(self, token: int, noun: str, telling: Sequence[str]) -> ResolvedChain | None:
        at = self.doc.start[token]
        known = self._by_noun.get(noun, {})
        found: list[int] = []
        since = last = 0
        for m in reversed(self.named[: bisect_left(self.starts, at)][-MAX_CALLED:]):
            if known.get(m.chain, at) < at and m.chain not in found and self._fits(m.chain, telling):
                since, last = since or m.end, last or m.start
                if found and self.doc.sentence_at(m.start) == self.doc.sentence_at(last):
                    # "Norfolk Bank and Harrow Bank"; in "Norfolk Bank sued Harrow Bank" the subject is meant
                    topic = self._about(token, noun) if self._acts_on(m, last) else None
                    return topic if topic is not None and topic.chain in (*found, m.chain) else None
                found.append(m.chain)
        if found and self._is_called_beside(last, noun):
            # "Norfolk Rovers met Kiel City. The side said", if the model takes Kiel City for a place
            return None
        if found and noun in GENERIC and self._is_one_of_two(last):
            # "Norfolk and Harrow Foods recalled it. The company said"
            return None
        topic = self._about(token, noun) if found and noun in GENERIC else None
        if topic is not None and topic.chain not in found and self._last_named(topic.chain, at) > since:
            # The topic of the sentences before is nearer than a body of another name.
            return topic
        if found:
            if self._another(since, token, noun):
                return None
            if noun in OF_PERSONS and self._other_owner(found[0], since, at):
                # "Lume's campaign attacked Berg. “...,” the campaign said."
                topic = self._about(token, noun)
                beside = self.doc.sentence_at(last) >= self.doc.sentence_of[token] - 1
                return topic if beside and topic is not None and topic.chain == found[0] else None
            far = token - self.doc.tokens(since - 1, since).start > REACH
            return ResolvedChain(found[0], OF_SEVERAL if far or len(found) > 1 else BY_NOUN)
        if noun not in ANAPHORIC_BODY_NOUNS | OUTLETS or self._another(0, token, noun):
            return None
        found_about = self._about(token, noun)
        elsewhere = any(word in self._places for word in telling)
        if elsewhere and found_about and {m.chain for m in self.named if m.start < at} != {found_about.chain}:
            # "The German carmaker" is not surely the body before if others are named.
            return None
        return found_about

    def _acts_on(self, m: Mention, start: int) -> bool:
        """Whether a body is the subject of a verb whose object is the body named at an offset."""
        doc = self.doc
        other = self.named[bisect_left(self.starts, start)]
        subject, acted_on = (doc.head_of(doc.tokens(each.start, each.end)) for each in (m, other))
        together = doc.head[subject] == doc.head[acted_on]
        return together and doc.dep[subject] in SUBJECTS and doc.dep[acted_on] == "dobj"

    def _is_called_beside(self, start: int, noun: str) -> bool:
        """Whether the sentence at an offset has another name that the noun fits, and that is no body to the model."""
        sentence = self.doc.sentence_tokens[self.doc.sentence_at(start)]
        return any(noun in _CALLED.get(self.doc.words[t], ()) and self._at(t) is None for t in sentence)

    def _is_one_of_two(self, start: int) -> bool:
        """Whether the body named at an offset is joined to another one."""
        doc = self.doc
        m = self.named[bisect_left(self.starts, start)]
        head = doc.head_of(doc.tokens(m.start, m.end))
        joined = (
            [doc.head[head]] if doc.dep[head] == "conj" else [c for c in doc.children[head] if doc.dep[c] == "conj"]
        )
        return any((other := self._at(t)) is not None and other.chain != m.chain for t in joined)

    def _last_named(self, chain: int, at: int) -> int:
        """Return where the last name of a body before the offset `at` ends."""
        before = reversed(self.named[: bisect_left(self.starts, at)])
        return next((m.end for m in before if m.chain == chain), -1)

    def _other_owner(self, chain: int, since: int, at: int) -> bool:
        """Whether another person was named since a campaign or office: it can be that person's."""
        own = {word.removesuffix("'s").removesuffix("’s") for word in self._words[chain]}
        first = bisect_left(self._persons, since, key=lambda m: m.start)
        last = bisect_left(self._persons, at, key=lambda m: m.start)
        between = self._persons[first : min(last, first + MAX_CALLED)]
        return any(own.isdisjoint(self.doc.text[m.start : m.end].lower().split()) for m in between)

    def _fits(self, chain: int, telling: Sequence[str]) -> bool:
        """Whether the words before a noun are among the words for the body: "the foreign ministry"."""
        return all(any(word[:MIN_SHARED] == said[:MIN_SHARED] for said in self._words[chain]) for word in telling)

    def _another(self, since: int, token: int, noun: str) -> bool:
        """Whether an unnamed body of the noun came between: "a Leeds charity ... the charity"."""
        doc = self.doc
        named = self._named_by
        return any(
            doc.lower[i] == noun
            and i not in named
            and not doc.in_marks[i]
            and (doc.dep[i] == "appos" or any(doc.lower[c] in INDEFINITE for c in doc.children[i]))
            for i in range(max(bisect_left(doc.start, since), token - REACH), token)
        )

    @cached_property
    def _words(self) -> dict[int, set[str]]:
        """The words of the names of each chain."""
        found: defaultdict[int, set[str]] = defaultdict(set)
        for m in self.named:
            found[m.chain].update(self.doc.text[m.start : m.end].lower().split()[:MAX_CALLED])
        return found

    @cached_property
    def _named_by(self) -> set[int]:
        """The nouns beside names that describe a body."""
        return {i for m in self.named for i in self._beside(m)}

    @cached_property
    def _by_noun(self) -> dict[str, dict[int, int]]:
        """Noun -> chain -> the offset from which on the noun can mean the chain."""
        found: defaultdict[str, dict[int, int]] = defaultdict(dict)
        doc = self.doc
        for m in self.named:
            tokens = doc.tokens(m.start, m.end)
            for noun in {doc.lower[i] for i in self._beside(m)}:
                for same in PAPER_NOUNS if noun in PAPER_NOUNS else (noun,):
                    found[same].setdefault(m.chain, m.end)
            for word in (doc.lower[i] for i in tokens if len(tokens) > 1):
                # "Airlines", "Motors"
                noun = word if word in ORGANISATION_NOUNS else word.removesuffix("s")
                if noun in ORGANISATION_NOUNS:
                    found[noun].setdefault(m.chain, m.end)
            called = _CALLED_LONG if len(tokens) >= MIN_LONG else _CALLED
            for noun in (noun for i in tokens if len(tokens) > 1 for noun in called.get(doc.words[i], ())):
                found[noun].setdefault(m.chain, m.end)
            if len(tokens) > 1:
                # "Norfolk Creamery": the creamery
                found[self._last_word(tokens)].setdefault(m.chain, m.end)
            if len(tokens) > 1 and doc.words[tokens[-1]].rstrip(".") in LEGAL_FORMS:
                found["company"].setdefault(m.chain, m.end)
            if len(tokens) > 1 and doc.words[tokens[-1]] in PAPERS:
                for noun in OUTLETS - NOT_PRINTED:
                    found[noun].setdefault(m.chain, m.end)
        return found

    def _last_word(self, tokens: Sequence[int]) -> str:
        """Return the last word of a name in small letters, before "of" and before a company's form: "creamery" of
        "Norfolk Creamery Inc", "division" of "Division of Roads"."""
        doc = self.doc
        tokens = next((tokens[:k] for k in range(1, len(tokens)) if doc.words[tokens[k]] in ("of", "for")), tokens)
        formed = len(tokens) > 2 and doc.words[tokens[-1]].rstrip(".") in LEGAL_FORMS
        return doc.lower[tokens[-2] if formed else tokens[-1]]

    @cached_property
    def _last_words(self) -> frozenset[str]:
        """The last words of the names of several words."""
        spans = (self.doc.tokens(m.start, m.end) for m in self.named if m.label == "ORG")
        return frozenset(self._last_word(tokens) for tokens in spans if len(tokens) > 1)

    def _beside(self, m: Mention) -> Iterator[int]:
        """Yield the nouns that the words around a name give it: "the ferry company Lume", "Lume, a clothing chain"."""
        doc = self.doc
        tokens = doc.tokens(m.start, m.end)
        if not len(tokens):
            return
        head = doc.head_of(tokens)
        candidates = [tokens[0] - 1] if tokens[0] else []
        candidates += [c for c in doc.children[head] if doc.dep[c] == "appos" and doc.left[c] == tokens[-1] + 2]
        if doc.dep[head] == "appos" and doc.head[head] == tokens[0] - 2:
            # "a charity, Warm Homes,"
            candidates.append(doc.head[head])
        verb = doc.head[head]
        if doc.dep[head] == "nsubj" and doc.lower[verb] in ("is", "was"):
            candidates += [c for c in doc.children[verb] if doc.dep[c] == "attr"]
        for noun in candidates:
            called = doc.lower[noun] in ORGANISATION_NOUNS | ANAPHORIC_BODY_NOUNS | OUTLETS
            # "the brewery Norfolk & Sons"
            before = (doc.head[noun] == head and doc.dep[noun] == "compound") or doc.head[head] == noun == tokens[0] - 1
            called = called or (m.label == "ORG" and before and doc.lower[noun] not in person_nouns())
            written = (doc.words[noun].islower() and doc.tag[noun] == "NN") or doc.words[noun] == "PAC"
            if written and called:
                yield noun

    def it(self, token: int) -> ResolvedChain | None:
        """Return the body that a speaking "it" means: the subject of the sentence before."""
        return self._about(token, None)

    def _about(self, token: int, noun: str | None) -> ResolvedChain | None:
        """Return the topic of the sentences before: their subject; for a noun also the only body that they name."""
        here = self.doc.sentence_of[token]
        if noun is None and (met := self._met(here, token, OURS)) is not None:
            return met
        passed: list[int] = []
        for sentence in range(here, max(-1, here - (NEAR if noun is None else FAR) - 1), -1):
            for head in self._subjects(sentence, token):
                if any(self.doc.lower[c] == "its" for c in self.doc.children[head]):
                    # "Its leaflet names nobody. It said ...": the body of a sentence before
                    continue
                head = self._owner_of_shares(head)
                if noun is None and self._is_several(head):
                    # "Two were hurt. It said ..."; not "Auditors sent a letter. It said"
                    if self._has_text(sentence, token):
                        return None
                    passed.append(sentence)
                    continue
                if (noun is not None or passed) and any(self.doc.dep[c] == "conj" for c in self.doc.children[head]):
                    # "Harrow Foods and Norfolk Dairy recalled it. The company said": one of two.
                    return None
                found = self._speaks(head, sentence, noun is None)
                fits = (
                    found is not None
                    and self._may_be(found.chain, noun)
                    and not any(self._names_other(k, found.chain, token) for k in passed)
                )
                if noun is None or fits or (found is not None and noun in FIRMS):
                    return ResolvedChain(found.chain, min(found.confidence, SAYING)) if found and fits else None
            if noun is not None and noun not in FIRMS and sentence == here - 1:
                # In business news another firm is often the object.
                chains = self._named_in(sentence, noun, token)
                if len(chains) == 1:
                    return ResolvedChain(chains.pop(), ABOUT)
        if noun is None:
            # "They went to the Harbour Tribunal. It found ..."
            return self._met(here, token, NOT_IT)
        chains = {chain for k in range(max(0, here - NEAR), here + 1) for chain in self._named_in(k, noun, token)}
        if len(chains) != 1 or chains != self._most_mentioned(token, noun):
            return None
        return ResolvedChain(chains.pop(), ABOUT)

    def _met(self, here: int, token: int, subjects: AbstractSet[str]) -> ResolvedChain | None:
        """Return the only body of the sentence before, if its main subjects are among `subjects`: "We went to the
        Harbour Tribunal. It found ..."."""
        doc = self.doc
        before = doc.sentence_tokens[here - 1] if here else range(0)
        main = [t for t in before if doc.dep[t] in SUBJECTS and doc.head[doc.head[t]] == doc.head[t]]
        chains = self._named_in(here - 1, None, token, met=subjects is OURS) if here else set()
        ours = bool(main) and all(doc.lower[t] in subjects for t in main)
        return ResolvedChain(chains.pop(), ABOUT) if ours and len(chains) == 1 else None

    def _named_in(self, sentence: int, noun: str | None, before: int, *, met: bool = False) -> set[int]:
        """Return the bodies that the narrator names in a sentence before a token, and that the noun fits; not those who
        only hear or carry the words of others ("told Norfolk Radio") unless the noun is for an outlet, or it is the
        writer who went to them (`met`)."""
        doc, tokens = self.doc, self.doc.sentence_tokens[sentence]
        first = bisect_left(self.starts, doc.start[tokens.start])
        found = set()
        for m in self.named[first : first + MAX_CALLED]:
            here = doc.tokens(m.start, m.end)
            if here.start >= min(tokens.stop, before):
                break
            head = doc.head_of(here)
            hears = doc.lower[doc.head[head]] in HEARD and noun not in OUTLETS and not met
            if not doc.in_marks[here.start] and not hears and self._may_be(m.chain, noun):
                found.add(m.chain)
        return found

    def _most_mentioned(self, token: int, noun: str) -> set[int]:
        """Return the body named most often up to here of those that the noun fits."""
        named = self.named[: bisect_left(self.starts, self.doc.start[token])]
        times = Counter(m.chain for m in named if self._may_be(m.chain, noun))
        return {chain for chain, _ in times.most_common(1)}

    def _may_be(self, chain: int, noun: str | None) -> bool:
        """Whether the noun fits a body: no word of its name contradicts it."""
        own = self._words[chain]
        if noun is None or noun in own:
            return True
        if noun in FIRMS and not own.isdisjoint(NOT_FIRMS):
            return False
        paper = any(word.title() in PAPERS for word in own)
        return own.isdisjoint(OFFICIAL | PUBLIC) and noun not in OFFICIAL and (noun in OUTLETS or not paper)

    def _subjects(self, sentence: int, before: int) -> Iterator[int]:
        """Yield the narrator's main subject in a sentence before a token, and the source behind "according to", then
        the subject of a reported clause in front; not "it" and quoted words."""
        doc = self.doc
        here = sentence == doc.sentence_of[before]
        if here and doc.dep[doc.head[before]] == "parataxis":
            # "The board was paid for by gifts, it said"
            return
        told: list[int] = []
        for token in doc.sentence_tokens[sentence]:
            if token >= before:
                break
            head = doc.head[token]
            if doc.in_marks[token]:
                continue
            subject = doc.dep[token] in SUBJECTS and doc.lower[token] != "it"
            if head == token and doc.tag[token] == "NNP" and any(doc.dep[c] == "acl" for c in doc.children[token]):
                # The parser reads "offered" of "Norfolk Council, a regional body, offered to help" as a participle.
                yield token
            according = doc.lower[head] == "to" and doc.lower[doc.head[head]] == "according"
            if (subject and doc.head[head] == head) or (doc.dep[token] == "pobj" and according):
                yield token
            elif subject and doc.dep[head] == "ccomp" and head < doc.head[head] and not here:
                told.append(token)
        # "The company will cut prices, she said": the company
        yield from told[:1]

    def _is_several(self, head: int) -> bool:
        """Whether a subject cannot be "it": several things or persons, he or she; not a body that the tagger reads as a
        plural."""
        doc = self.doc
        return (doc.tag[head] in ("NNS", "CD") and self._at(head) is None) or doc.lower[head] in NOT_IT

    def _has_text(self, sentence: int, before: int) -> bool:
        """Whether a sentence has a text before a token, which "it" can be."""
        doc = self.doc
        tokens = (t for t in doc.sentence_tokens[sentence] if t < before and not doc.in_marks[t])
        return any(doc.lower[t] in DOCUMENTS and doc.tag[t] == "NN" for t in tokens)

    def _names_other(self, sentence: int, chain: int, before: int) -> bool:
        """Whether a sentence names a body other than a chain before a token."""
        span = self.doc.sentences[sentence]
        first = bisect_left(self.starts, span.start)
        last = bisect_left(self.starts, min(span.end, self.doc.start[before]))
        return any(m.chain != chain for m in self.named[first : min(last, first + MAX_CALLED)])

    def _owner_of_shares(self, head: int) -> int:
        """Return the firm of a subject that only firms have: "shares in Norfolk fell", "Norfolk's profits rose"."""
        doc = self.doc
        if doc.lower[head] not in COMPANY_POSSESSED_NOUNS:
            return head
        owner = doc.child(head, "poss")
        preps = [c for c in doc.children[head] if doc.lower[c] in ("in", "of", "at")]
        if owner is None and preps:
            owner = doc.child(preps[0], "pobj")
        return head if owner is None or self._at(owner) is None else owner

    def place(self, token: int) -> ResolvedChain | None:
        """Return the place that "the government" or "the city" at `token` means: the only one that is the subject of a
        sentence before; None if a later sentence has another place."""
        doc, here = self.doc, self.doc.sentence_of[token]
        for sentence in range(here - 1, max(-1, here - FAR - 1), -1):
            tokens = doc.sentence_tokens[sentence]
            lands = {t: m.chain for t in tokens if (m := self._lands.get(doc.start[t])) and not doc.in_marks[t]}
            subjects = {chain for t, chain in lands.items() if doc.dep[self._head(t)] in SUBJECTS}
            if lands:
                return ResolvedChain(subjects.pop(), ABOUT) if len(subjects) == 1 else None
        return None

    def _head(self, first: int) -> int:
        """Return the head of the place that begins at a token."""
        m = self._lands[self.doc.start[first]]
        return self.doc.head_of(self.doc.tokens(m.start, m.end))

    def _speaks(self, head: int, sentence: int, before_it: bool) -> ResolvedChain | None:
        """Return the body that a subject names or refers to. `before_it`: "it" speaks next, so the subject is none of
        those who are he or she."""
        doc = self.doc
        held = self._at(head)
        speaks = "quotation" in constructions_of(doc.lower[doc.head[head]])
        land = self._lands.get(doc.start[head])
        if held is None and land is not None:
            # "India said ..., it added"
            return ResolvedChain(land.chain, SAYING) if speaks else None
        if held is None and before_it and speaks and (like := self._like_bodies.get(head)) is not None:
            return ResolvedChain(like.chain, ABOUT)
        if held is None:
            # "The firm, Calder Foods, denies it. It says ..."
            apposed = (self._at(c) for c in doc.children[head] if doc.dep[c] == "appos")
            held = next((m for m in apposed if m is not None), None)
        if held is None:
            first = doc.left[head]
            again = (
                doc.lower[head] in ORGANISATION_NOUNS | ANAPHORIC_BODY_NOUNS | OUTLETS | self._last_words
                and doc.lower[head] not in DOCUMENTS
            )
            return self.noun(Phrase(first, head, head)) if again and sentence and first < head else None
        return ResolvedChain(held.chain, SAYING if speaks else ABOUT)

    def _at(self, token: int) -> Mention | None:
        i = bisect_left(self.starts, self.doc.end[token]) - 1
        m = self.named[i] if i >= 0 else None
        return m if m is not None and m.end > self.doc.start[token] else None
