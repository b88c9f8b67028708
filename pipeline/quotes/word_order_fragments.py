"""Find by word order the speaker of fragments in marks that no rule of the tree attributed.

The parser often attaches words in marks wrongly: then the reported clause ends before them. If a cue is before them in
their sentence, and nothing between begins a clause of the narrator, they are its words: she told the fair on Monday
that the lock might be shut “if it floods”.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from pipeline.data import words as listed
from pipeline.document import Document
from pipeline.marks import Paragraph, QuotedSpan
from pipeline.mentions.spans import PLACES
from pipeline.mentions.words import person_nouns
from pipeline.quotes.context import QuoteContext
from pipeline.quotes.cues import FARTHEST, verbal
from pipeline.quotes.fragments import BETWEEN
from pipeline.quotes.non_assertive_cues import REFUSING, is_hypothetical_cue, is_negated_cue
from pipeline.quotes.phrases import FINITE, SUBJECTS, phrase, subject, top
from pipeline.quotes.reported_utterance import Reported
from pipeline.quotes.words import AUXILIARIES, DOCUMENTS, PLAIN, CueEntry, cue_nouns, cue_verbs
from pipeline.quotes.works import titled

# Most tokens between a cue and a fragment.
MAX_DISTANCE = 45
# ... if the fragment belongs to the cue's object.
MAX_OBJECT = 12
# Marks that begin something else.
STOPS = frozenset((";", ":", "(", ")", "[", "]", "--", "–", "—", "―"))
# Behind a comma these begin a clause of the narrator.
CLAUSES = frozenset(
    ("which", "who", "whose", "whom", "while", "whereas", "although", "though", "but", "as", "after", "before", "when")
)
CONTRASTS = frozenset(("but", "while", "whereas", "although", "though"))
# Somebody IS “sad”.
FELT = frozenset(("felt", "feels"))
BEING = FELT | {"is", "was", "are", "were", "been"}
FEELINGS = listed("statement_words.tsv", "feeling")
PERSONS = person_nouns() | frozenset(("he", "she", "they", "we", "i", "one", "another"))
# A word that is also a wound: was “hurt” in the second half; not: felt “hurt”.
BODILY = frozenset(("hurt",))
# A town, which can be read as a body, is “devastated” by a flood.
DAMAGE = frozenset(("devastated",))
DAMAGED = PLACES | {"ORG"}
FEELING = PERSONS | listed("statement_words.tsv", "body") | frozenset(("it",))
# Most tokens from "as" to a fragment: described it as a plan that “works”.
MAX_NAME = 14
# Cries OF “Shame”.
SHOUTS = listed("statement_words.tsv", "shout")
# "said IN his remarks"
VENUES = frozenset(("in", "at", "during"))
# Two words that take what is said as an object: HIT OUT at “faceless men”.
PHRASES = listed("reporting_verbs.tsv", "phrase")
OF_OBJECT = CueEntry("", "speech", ("object",))
# What finds in words: the REPORT found “grave faults”.
FINDERS = DOCUMENTS | listed("statement_words.tsv", "finder")
# Beliefs and wishes in the words of those who have them.
TOLD = frozenset(("believe", "consider", "fear", "feel", "hope", "think", "want"))
# Behind "with": greeted them with the WORDS “go home”.
WITH = frozenset(("caption", "message", "words"))
# What is written on something: with the words “go home” ON it, DAUBED on it.
WRITTEN_ON = frozenset(("on", "across", "above", "over", "under", "along", "in"))
PARTICIPLES = frozenset(("VBN", "VBD"))
# Most tokens from "known" to "as": the bakery KNOWN to locals as “The Hut”.
MAX_KNOWN = 6
WORDS_OF = listed("statement_words.tsv", "words of")
NO_CUE = CueEntry("", "speech", ())
SEEING = listed("reporting_verbs.tsv", "seeing")
SEEN_AS = CueEntry("", "attitude", ("name",))
HABITS = listed("reporting_verbs.tsv", "habit")
# They DID post that: the tagger takes the verb for a noun.
DID = frozenset(("did", "does", "do"))
HAVE = frozenset(("have", "has", "had", "having", "’ve", "'ve"))


def word_order_fragments(
    context: QuoteContext, known: Collection[int]
) -> Iterator[tuple[QuotedSpan, Reported | QuotedSpan]]:
    """Yield the fragments whose opening offset is not in `known`, in text order, each with what reports it, or with the
    quoted span before, whose list it continues."""
    for paragraph in context.paragraphs:
        before: QuotedSpan | None = None
        for quoted_span in paragraph.quoted_spans:
            if quoted_span.outer_start in known:
                before = quoted_span
                continue
            if quoted_span.outer_start in context.non_quotation_starts or not quoted_span.closed:
                before = None
                continue
            found = _listed(context, before, quoted_span) or _reporting(context, paragraph, quoted_span)
            found = found or _without_cue(context, paragraph, quoted_span)
            before = quoted_span if found is not None else None
            if found is not None:
                yield quoted_span, found


def _listed(context: QuoteContext, before: QuotedSpan | None, quoted_span: QuotedSpan) -> QuotedSpan | None:
    """Return the quoted span before, if this one continues its list: chanted “Out” and “Now”."""
    if before is None or not BETWEEN.fullmatch(context.doc.text, before.outer_end, quoted_span.outer_start):
        return None
    return before


def _reporting(context: QuoteContext, paragraph: Paragraph, quoted_span: QuotedSpan) -> Reported | None:
    """Return what reports a fragment: the last cue before it in its sentence that tells that words were said."""
    doc = context.doc
    start = context.sentence_start(quoted_span.outer_start, max(paragraph.start, quoted_span.outer_start - FARTHEST))
    between: list[int] = []
    tokens = context.narrator_tokens(start, quoted_span.outer_start)[-MAX_DISTANCE:]
    if [doc.lower[t] for t in tokens[-3:-1]] == ["with", "the"] and doc.lower[tokens[-1]] in WITH:
        return _with_words(context, quoted_span, tokens)
    if tokens and doc.lower[tokens[-1]] == "as" and any(doc.lower[t] == "known" for t in tokens[-1 - MAX_KNOWN : -1]):
        return None
    for token in reversed(tokens):
        entry = _entry(context, token)
        if entry is not None and (entry.lemma in REFUSING or is_negated_cue(context, token)):
            return None
        if (entry is SEEN_AS or entry is OF_OBJECT) and _is_thing(context, quoted_span, entry, between):
            return None
        if entry is not None:
            reports = _names(context, entry, between) or _contains(context, quoted_span, entry, between)
            if reports and (agent := _agent_behind(context, quoted_span, token)) is not None:
                return _reported(context, quoted_span, token, entry, agent)
            if reports and _asserts(context, token):
                return _by_cue(context, quoted_span, token, entry, between)
            if doc.dep[token] not in ("acl", "relcl") and doc.tag[token] != "VB":
                return None
        elif between and (found := _by_noun(context, quoted_span, token, between)) is not None:
            return found
        if doc.lower[token] in STOPS or _begins_clause(context, token, between):
            return None
        between.insert(0, token)
    return None


def _with_words(context: QuoteContext, quoted_span: QuotedSpan, tokens: Sequence[int]) -> Reported | None:
    """Parse "she left with the words “too late”" and "posted a picture with the caption “late”": the subject of the
    last verb says them. None if no person does, or if they are written on something: a van with the words “Lund” on
    it."""
    doc, noun = context.doc, tokens[-1]
    verb = next((t for t in reversed(tokens) if doc.is_verb(t) and doc.dep[t] not in ("amod", "aux", "auxpass")), None)
    head = None if verb is None else subject(doc, verb)
    person = head is not None and (doc.tag[head].startswith("NNP") or doc.lower[head] in PERSONS)
    if doc.lower[noun] == "caption":
        return _reported(context, quoted_span, noun, NO_CUE, head if person else None)
    end = context.sentence_end(quoted_span.outer_end, len(doc.text))
    behind = context.narrator_tokens(quoted_span.outer_end, end)[:1]
    written = any(doc.lower[t] in WRITTEN_ON or doc.tag[t] in PARTICIPLES for t in behind)
    return _reported(context, quoted_span, noun, NO_CUE, head) if person and not written else None


def _is_thing(context: QuoteContext, quoted_span: QuotedSpan, entry: CueEntry, between: Sequence[int]) -> bool:
    """Whether the words are a name or a thing: cast him as “Ned”, found a tin of “Old Salt” paint, found “blood”."""
    words = context.doc.tokens(quoted_span.start, quoted_span.end)
    lone = entry is OF_OBJECT and not between and len(words) == 1 and context.doc.tag[words[0]].startswith("NN")
    return lone or titled(context.doc.text, quoted_span)


def _without_cue(context: QuoteContext, paragraph: Paragraph, quoted_span: QuotedSpan) -> Reported | None:
    """Parse what a text says (The resolution “condemns the attack”), and how somebody feels (Lume was “very sad”)."""
    doc = context.doc
    start = context.sentence_start(quoted_span.outer_start, max(paragraph.start, quoted_span.outer_start - FARTHEST))
    tokens = context.narrator_tokens(start, quoted_span.outer_start)
    words = doc.tokens(quoted_span.start, quoted_span.end)
    if not tokens or not words:
        return None
    states = doc.tag[words[0]] in FINITE and doc.words[words[0]].islower()
    # "A resolution, drafted by Lund and adopted on Monday, “condemns ...”": the tagger takes participles for verbs.
    verbs = FINITE - {"VBD"} if doc.lower[tokens[-1]] == "," else FINITE
    if states and not any(doc.tag[t] in verbs for t in tokens):
        text = next((t for t in tokens if doc.is_noun(t) and doc.tag[t] != "DT"), None)
        text = None if text is None else top(doc, text, tokens[0], tokens[-1] + 1)
        if text is not None and doc.lower[text] in DOCUMENTS:
            return _reported(context, quoted_span, -1, NO_CUE, text)
    verb = next((t for t in reversed(tokens) if doc.tag[t] != "RB"), tokens[-1])
    wound = doc.lower[words[0]] in BODILY and doc.lower[verb] not in FELT
    feels = any(doc.lower[t] in FEELINGS for t in words[:2]) and not wound
    if doc.lower[verb] not in BEING or not feels:
        return None
    # The name nearest to the verb: the campaign group LUND FUTURE is “confident”.
    named = verb > 0 and doc.tag[verb - 1].startswith("NNP")
    who = verb - 1 if named else doc.child(verb, *SUBJECTS) or doc.child(doc.head[verb], *SUBJECTS)
    if who is None or who >= verb or not (doc.tag[who].startswith("NNP") or doc.lower[who] in FEELING):
        return None
    name = doc.entity_at(doc.start[who])
    if name is not None and name[2] in (DAMAGED if doc.lower[words[0]] in DAMAGE else PLACES):
        return None
    return _reported(context, quoted_span, -1, NO_CUE, who)


def _entry(context: QuoteContext, token: int) -> CueEntry | None:
    """Return the entry of a cue, or of a verb of seeing."""
    doc = context.doc
    did = token > 0 and doc.lower[token - 1] in DID
    if doc.dep[token] in ("amod", "aux", "auxpass", "compound") or not (verbal(doc, token) or did):
        return None
    if doc.lower[token] in SEEING:
        return SEEN_AS
    if " ".join(doc.lower[token : token + 2]) in PHRASES:
        return OF_OBJECT
    entry = cue_verbs().get(doc.lower[token])
    if entry is not None and entry.lemma == "find":
        head = subject(doc, token)
        return OF_OBJECT if head is not None and doc.lower[head] in FINDERS else None
    return entry


def _by_noun(context: QuoteContext, quoted_span: QuotedSpan, noun: int, between: Sequence[int]) -> Reported | None:
    """Parse "cries of “Shame”", and "his promise that it would be “free”"; the speaker is the noun's owner."""
    doc = context.doc
    if doc.lower[noun] in WORDS_OF and doc.child(noun, "poss") is not None and doc.lower[between[0]] in BEING:
        # Her answer was a blunt “no”.
        name = titled(doc.text, quoted_span) and len(doc.tokens(quoted_span.start, quoted_span.end)) > 1
        only = not name and all(doc.tag[t].startswith(("DT", "JJ", "RB")) for t in between[1:])
        return _reported(context, quoted_span, noun, NO_CUE, doc.child(noun, "poss")) if only else None
    if doc.lower[noun] in SHOUTS and [doc.lower[t] for t in between] == ["of"]:
        return _reported(context, quoted_span, noun, NO_CUE, doc.child(noun, "poss"))
    entry = cue_nouns().get(doc.lower[noun])
    owner = _owner(doc, noun)
    if doc.lower[doc.head[noun]] in VENUES and doc.lower[doc.head[doc.head[noun]]] in cue_verbs():
        # "said in her remarks that it was “late”": the cue is the verb.
        return None
    if entry is None or entry.cue_class != "speech" or not doc.tag[noun].startswith("NN"):
        return None
    if owner is None:
        # "the admission that he was “late”": nobody is named.
        clause = _has_that(doc, between[:1]) and all(doc.lower[t] != "," for t in between)
    else:
        clause = doc.lower[between[0]] in ("that", "to") or _has_that(doc, between)
    return _reported(context, quoted_span, noun, entry, owner) if clause else None


def _owner(doc: Document, noun: int) -> int | None:
    """Return whose saying a noun names: HER claim, a claim by the UNION, a UNION claim."""
    by = next((c for c in doc.children[noun] if c > noun and doc.lower[c] == "by" and doc.dep[c] == "prep"), None)
    agent = doc.child(by, "pobj") if by is not None else None
    name = doc.head[noun - 1] == noun and doc.dep[noun - 1] == "compound" and doc.tag[noun - 1] == "NNP"
    return doc.child(noun, "poss") or agent or (noun - 1 if name else None)


def _begins_clause(context: QuoteContext, token: int, after: Sequence[int]) -> bool:
    """Whether a token begins a clause of the narrator's own; not right behind a cue: said ALTHOUGH it was late."""
    doc = context.doc
    if doc.lower[token] in CONTRASTS and doc.tag[token] in ("CC", "IN"):
        return token == 0 or doc.lower[token - 1] not in cue_verbs()
    if doc.lower[token] != "," or not after:
        return False
    return doc.lower[after[0]] in CLAUSES or doc.tag[after[0]] == "VBG"


def _asserts(context: QuoteContext, cue: int) -> bool:
    """Whether the article says that somebody says, calls or describes something: not a bare infinitive, nor a passive
    without an agent."""
    doc = context.doc
    if is_hypothetical_cue(doc, cue):
        return False
    before = cue - 1
    while before > 0 and doc.tag[before] == "RB":
        before -= 1
    if doc.tag[cue] == "VB" and doc.lower[before] == "to":
        return doc.lower[doc.head[cue]] in HABITS
    perfect = doc.lower[before] in HAVE or any(doc.lower[c] in HAVE for c in doc.children[cue])
    passive = doc.lower[before] in AUXILIARIES - HAVE
    if doc.tag[cue] != "VBN" or (perfect and not passive) or doc.child(cue, "agent") is not None:
        return True
    # "A voice over the film called them “traitors”": the only verb of its sentence is no passive.
    start = context.sentence_start(doc.start[cue] + 1, context.paragraph_start(doc.start[cue]))
    narrated = context.narrator_tokens(start, context.sentence_end(doc.start[cue], len(doc.text)))
    return not passive and not any(doc.tag[t] in FINITE for t in narrated)


def _agent_behind(context: QuoteContext, quoted_span: QuotedSpan, cue: int) -> int | None:
    """Return the agent of a passive right behind the mark: was accused of “theft” by the UNION."""
    doc = context.doc
    if doc.tag[cue] != "VBN" or doc.child(cue, "agent") is not None:
        return None
    end = context.sentence_end(quoted_span.outer_end, len(doc.text))
    behind = context.narrator_tokens(quoted_span.outer_end, end)[:MAX_OBJECT]
    if not behind or doc.lower[behind[0]] != "by":
        return None
    noun = next((t for t in behind[1:] if doc.is_noun(t) and doc.tag[t] != "DT"), None)
    return None if noun is None else top(doc, noun, behind[1], behind[-1] + 1)


def _by_cue(
    context: QuoteContext, quoted_span: QuotedSpan, cue: int, entry: CueEntry, between: Sequence[int]
) -> Reported | None:
    """Return the fragment as words of the cue's subject, or of its agent."""
    doc = context.doc
    head = subject(doc, cue)
    if head is None and cue and doc.lower[cue - 1] in DID:
        head = subject(doc, cue - 1)
    if head is None or (head in between and doc.child(cue, "agent") is None):
        # "declared the plan as “dead”": the parser takes the plan for the subject.
        return None
    return _reported(context, quoted_span, cue, entry, head)


def _reported(
    context: QuoteContext, quoted_span: QuotedSpan, cue: int, entry: CueEntry, head: int | None
) -> Reported | None:
    if head is not None and context.token_in_marks[head]:
        return None
    speaker = None if head is None else phrase(context.doc, head)
    return Reported(((quoted_span.start, quoted_span.end),), cue, cue, entry, speaker, "fragment")


def _names(context: QuoteContext, entry: CueEntry, between: Sequence[int]) -> bool:
    """Whether the fragment is in a name that the cue gives: called the plan “a gift”, described it as “mad”."""
    doc = context.doc
    named = next((i for i in range(len(between) - 1, -1, -1) if doc.lower[between[i]] == "as"), None)
    finite = [t for t in between if doc.tag[t] in FINITE]
    if named is not None:
        own = "name" in entry.constructions and doc.dep[between[named]] != "mark"
        near = len(between) - named <= MAX_NAME
        return own and near and not any(t < between[named] for t in finite)
    if "calling" not in entry.constructions or any(doc.lower[t] == "," for t in between):
        return False
    return not finite or doc.lower[between[-1]] in ("a", "an")


def _contains(context: QuoteContext, quoted_span: QuotedSpan, entry: CueEntry, between: Sequence[int]) -> bool:
    """Whether the fragment is in the clause, infinitive or object of the cue."""
    doc = context.doc
    if entry.cue_class == "attitude" and entry.lemma not in TOLD:
        return False
    verbs = [t for t in between if doc.tag[t] in FINITE]
    if _has_that(doc, between):
        return True
    if "clause" in entry.constructions:
        # “is safe”: the fragment has the verb of the clause.
        opening = doc.tokens(quoted_span.start, quoted_span.end)[:1]
        every = [*verbs, *(t for t in opening if doc.tag[t] in FINITE)]
        if entry.lemma in PLAIN | TOLD and any(_has_subject(doc, between, t) for t in every):
            return True
    if verbs or (entry.cue_class != "speech" and entry.lemma not in TOLD):
        return False
    if "infinitive" in entry.constructions and any(doc.lower[t] == "to" and doc.tag[t] == "TO" for t in between):
        return True
    comma = any(doc.lower[t] == "," for t in between)
    near = len(between) <= MAX_OBJECT and (bool(between) or not titled(doc.text, quoted_span))
    return bool({"object", "name"} & set(entry.constructions)) and not comma and near


def _has_subject(doc: Document, between: Sequence[int], verb: int) -> bool:
    """Whether a noun is before a finite verb behind a cue."""
    return any(doc.is_noun(t) for t in between if t < verb) and doc.tag[verb - 1] != "CC"


def _has_that(doc: Document, between: Sequence[int]) -> bool:
    return any(doc.lower[t] == "that" and doc.tag[t] == "IN" for t in between)
