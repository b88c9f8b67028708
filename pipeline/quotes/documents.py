"""Resolve a document that speaks to its issuer: "the report said", "it continued"."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pipeline.mentions import Mention
from pipeline.mentions.antecedents import ResolvedChain
from pipeline.quotes.context import QuoteContext
from pipeline.quotes.phrases import SUBJECTS, Phrase, is_last_named, phrase, subject
from pipeline.quotes.words import DOCUMENTS, INDEFINITE, cue_verbs

ISSUERS = frozenset(("PERSON", "ORG", "GPE"))
# Verbs -> documents that they make: Lume SUED ... the lawsuit.
MADE_BY = {
    "emailed": frozenset(("email", "e-mail", "message")),
    "reported": frozenset(("report", "article", "story")),
    "sued": frozenset(("lawsuit", "complaint", "filing", "petition")),
    "tweeted": frozenset(("tweet", "post", "message")),
    "wrote": frozenset(("letter", "book", "article", "memoir", "column", "post", "note", "memo")),
}
# Verbs that make a document known.
PUBLISHING = frozenset(
    ("circulated", "distributed", "had", "issued", "posted", "published", "put", "released", "sent", "shared", "wrote")
)
# Those of them that often make another's text known, but not such a text.
PASSING_ON = frozenset(("circulated", "distributed", "had", "posted", "put", "shared"))
OWN_TEXTS = frozenset(("message", "notice", "statement"))
# What others do with a document.
OBTAINED = frozenset(("leaked", "obtained", "quoted", "read", "reported", "reviewed", "seen", "verified", "viewed"))
# A document's issuer is searched for in this many tokens before.
ISSUED_WITHIN = 150
# "It" takes up a document of this many tokens before.
IT_WITHIN = 60
# Verbs of documents only: it READ.
READ = frozenset(("read", "reads"))
# Confidence of the issuer of the document that "it" takes up.
TAKEN_UP = 0.7


class IssuerResolver:
    """The documents of an article. `named_at` returns the names at a token, `body` the body that a noun phrase without
    a name means, `topic` the body that "it" means."""

    def __init__(
        self,
        context: QuoteContext,
        named_at: Callable[[int], Sequence[Mention]],
        body: Callable[[Phrase], ResolvedChain | None],
        topic: Callable[[int], ResolvedChain | None],
    ) -> None:
        self.doc = context.doc
        self._named_at = named_at
        self._body = body
        self._topic = topic

    def issuer(self, document: Phrase) -> int | None:
        """Return the issuer of a document: its owner, or the issuer of one of that name shortly before."""
        doc, noun = self.doc, self.doc.lower[document.head]
        known = doc.lower[document.first] not in INDEFINITE
        for token in range(document.head, max(-1, document.head - ISSUED_WITHIN), -1):
            if known and noun in MADE_BY.get(doc.lower[token], ()) and not doc.in_marks[token]:
                maker = subject(doc, token)
                chain = None if maker is None else self._chain(maker)
                if chain is not None:
                    return chain
            if doc.lower[token] != noun or (token != document.head and self.doc.in_marks[token]):
                continue
            owner = self._owner(token, alone=token == document.head)
            chain = None if owner is None or owner == token else self._chain(owner)
            if chain is not None:
                return chain
        return None

    def it(self, token: int) -> ResolvedChain | None:
        """Return the issuer of the document that a speaking "it" takes up: Lume wrote in the report. IT added ..."""
        doc = self.doc
        clause = doc.head[token]
        document = doc.head[clause]
        if doc.dep[clause] == "relcl" and doc.lower[document] in DOCUMENTS and document < token:
            # "a statement issued by Lume, in which it claimed"
            chain = self.issuer(phrase(doc, document))
            return None if chain is None else ResolvedChain(chain, TAKEN_UP)
        reads = doc.lower[clause] in READ
        for noun in range(token - 1, max(-1, token - IT_WITHIN), -1):
            if (
                doc.lower[noun] not in DOCUMENTS
                or doc.in_marks[noun]
                or doc.sentence_of[noun] == doc.sentence_of[token]
            ):
                continue
            head = doc.head[noun]
            told_in = doc.dep[noun] == "pobj" and doc.lower[head] == "in"
            verb = doc.head[head] if told_in else head
            if reads:
                # "Lume issued a statement. It read ...", not "... A student held up a banner. It read ..."
                writer = subject(doc, verb) if told_in else None
                if not is_last_named(doc, noun, token, writer):
                    return None
                # "In a statement signed by Lume, the agency urged ... It read"
                owner = self._owner(noun, alone=False) if writer is None else writer
                chain = self.issuer(phrase(doc, noun)) if owner is None else self._chain(owner)
                return None if chain is None else ResolvedChain(chain, TAKEN_UP)
            if doc.dep[noun] == "dobj" and doc.lower[head] in PUBLISHING and self._next_sentence(noun, token):
                # "Lume put a notice in the window. It says ..."
                maker = self._maker(noun, head)
                chain = None if maker is None or not is_last_named(doc, noun, token) else self._chain(maker)
                return None if chain is None else ResolvedChain(chain, TAKEN_UP)
            # The parser can take "read" of "the email read" for a noun.
            speaks = doc.dep[noun] in SUBJECTS or (doc.dep[noun] == "compound" and doc.lower[head] in READ)
            if (told_in or speaks) and doc.lower[verb] in cue_verbs():
                if self._others_speak(doc.sentence_of[noun] + 1, doc.sentence_of[token]):
                    return None
                writer = subject(doc, verb) if told_in else None
                chain = self.issuer(phrase(doc, noun)) if writer is None else self._chain(writer)
                return None if chain is None else ResolvedChain(chain, TAKEN_UP)
        return None

    def _maker(self, noun: int, verb: int) -> int | None:
        """Return whose words a document has that a verb of PUBLISHING makes known: its owner, else the verb's
        subject; None if it has an owner without a name, or is passed on ("Lume shared a post")."""
        doc = self.doc
        owner = self._owner(noun, alone=True)
        if owner is not None and any(m.label in ("PERSON", "ORG") for m in self._named_at(owner)):
            return owner
        sourced = any(doc.lower[c] in ("by", "from") and c > noun for t in (noun, verb) for c in doc.children[t])
        if sourced or (owner is not None and doc.lower[doc.head[owner]] != "of"):
            # "Lume issued a letter from a reader", not "issued a statement of regret"
            return None
        own = doc.lower[noun] in OWN_TEXTS or doc.child(noun, "poss") is not None
        return subject(doc, verb) if own or doc.lower[verb] not in PASSING_ON else None

    def _next_sentence(self, noun: int, token: int) -> bool:
        """Whether "it" begins the sentence behind that of a document."""
        doc = self.doc
        sentence = doc.sentence_of[token]
        return doc.sentence_of[noun] == sentence - 1 and token == doc.sentence_tokens[sentence].start

    def _others_speak(self, first: int, last: int) -> bool:
        """Whether somebody speaks in the sentences [first, last): a subject other than he, she and it."""
        doc = self.doc
        return any(
            doc.dep[t] == "nsubj"
            and doc.head[doc.head[t]] == doc.head[t]
            and doc.lower[doc.head[t]] in cue_verbs()
            and doc.tag[t].startswith("NN")
            and not doc.in_marks[t]
            for sentence in range(first, last)
            for t in doc.sentence_tokens[sentence]
        )

    def _chain(self, owner: int) -> int | None:
        held = [m for m in self._named_at(owner) if m.label in ISSUERS]
        if held:
            joined = (c for c in self.doc.children[owner] if self.doc.dep[c] == "conj")
            # "Lume and Berg sent a letter": two issuers, unless one name has both words
            two = any(m.chain != held[0].chain for c in joined for m in self._named_at(c) if m.label in ISSUERS)
            return None if two else held[0].chain
        if self.doc.lower[owner] == "it":
            # "In a notice, it said ...": the notice
            found = self._topic(owner)
            return found.chain if found else None
        body = self._body(phrase(self.doc, owner))
        return body.chain if body else None

    def _owner(self, token: int, alone: bool) -> int | None:
        """Return who owns, wrote or published the document at a token. `alone`: it is the subject that speaks."""
        doc = self.doc
        owner = doc.child(token, "poss")
        if owner is not None and doc.tag[owner] != "PRP$":
            # Not "published its report".
            return owner
        beside = self._named_at(token - 1) if token else ()
        if any(m.label == "ORG" and doc.end[token - 1] == m.end for m in beside):
            # "the Norfolk Rail report"
            return token - 1
        sources = ("by", "from", "of", "in") if doc.lower[token] == "editorial" else ("by", "from", "of")
        by = [c for c in doc.children[token] if doc.lower[c] in sources]
        if by:
            return doc.child(by[0], "pobj")
        made = [c for c in doc.children[token] if doc.dep[c] == "acl" and doc.tag[c] == "VBN"]
        if made and doc.lower[made[0]] in OBTAINED:
            # "a letter seen by Norfolk News"
            return None
        if made and (maker := self._agent(made[0])) is not None:
            # "a letter signed by Ana Lume"
            return maker
        head = doc.head[token]
        head = doc.head[head] if doc.dep[head] == "prep" else head
        if alone or not doc.is_verb(head):
            return None
        return subject(doc, head) if doc.dep[token] != "nsubjpass" else self._agent(head)

    def _agent(self, verb: int) -> int | None:
        """Return who did it, after a passive verb: "sent by Ana Lume", "sent by the director, Ana Lume"."""
        doc = self.doc
        by = [c for c in doc.children[verb] if doc.lower[c] in ("by", "from") and c > verb]
        agent = doc.child(by[0], "pobj") if by else None
        apposed = doc.child(agent, "appos") if agent is not None else None
        return agent if apposed is None or doc.tag[agent or 0].startswith("NNP") else apposed
