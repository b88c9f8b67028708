"""Find reported speech: what somebody said, in the reporter's words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from pipeline.data import words as listed
from pipeline.document import Document
from pipeline.quotes.clauses import (
    CLAUSE_END_TAGS,
    after_day,
    clause_end,
    finite,
    first_word,
    infinitive_end,
    listed_verbs,
    object_end,
    that_after,
    whole_clause,
)
from pipeline.quotes.context import QuoteContext
from pipeline.quotes.non_assertive_cues import (
    is_hypothetical_cue,
    is_negated_cue,
    is_refusal_to_comment,
    reports_action,
)
from pipeline.quotes.phrases import FINITE, RELATIVES, SUBJECTS, Phrase, nearest_subject, phrase, subject
from pipeline.quotes.reported_utterance import Reported, make_utterance
from pipeline.quotes.word_order_clauses import (
    extend_over_parser_gap,
    first_token,
    inverted_subject,
    last_token,
    span_after_cue,
    spans_around_cue,
)
from pipeline.quotes.words import (
    ADVISING,
    ANY_VERB,
    AUXILIARIES,
    DOCUMENTS,
    PLAIN,
    QUOTING,
    SPEAKERS,
    THINGS,
    CueEntry,
    constructions_of,
    cue_nouns,
    cue_verbs,
    cues,
)

# Most tokens of a parenthesis ("..., he said, ...") with its speaker and adverbs.
PARENTHESIS = 14
# At most this many tokens behind a parenthesis are read.
MAX_AFTER_PARENTHESIS = 300
# Most tokens of a headline's name; its words have more.
MAX_NAME_LENGTH = 3
IDIOM = re.compile(r"\bhe[ -]said,?[ -]she[ -]said\b", re.IGNORECASE)
# Words that are no content by themselves: WHAT he said, he said SO.
EMPTY = frozenset(("what", "which", "that", "so", "how", "why"))
# "Urged EVERY swimmer to stay": those to whom it is said. Of other nouns annotators count most as part of the words.
EVERYONE = frozenset(("all", "every", "each", "any", "both"))
ANYBODY = frozenset(("everyone", "everybody", "anyone", "anybody", "someone", "somebody"))
# Verbs that mean "say" only of somebody who can speak: nouns of persons, bodies and texts.
SHOWING = listed("reporting_verbs.tsv", "showing")
# Verbs of wanting something: in front of a main verb of saying they only lead in what is said.
DEMANDING = listed("reporting_verbs.tsv", "demanding")
# Verbs whose object can be a person who is chosen or greeted: the senate confirmed Ana Lume.
OF_PERSONS = listed("statement_words.tsv", "of persons")


def reported(context: QuoteContext) -> list[Reported]:
    """Return the reported utterances of the narrator's text, in the order of cues. Linear except nested clauses."""
    found: list[Reported] = []
    reporting = cues()
    headings = iter(context.crossheads)
    heading = next(headings, None)
    for token, word in enumerate(context.doc.lower):
        while heading is not None and heading[1] <= context.doc.start[token]:
            heading = next(headings, None)
        if (
            word in reporting
            and not context.token_in_marks[token]
            and not _idiom(context.doc, token)
            and (heading is None or context.doc.start[token] < heading[0])
        ):
            found.extend(
                r
                for r in _at(context, token)
                if context.doc.text[slice(*r.spans[0])].lower() not in EMPTY or r.spans[1:]
            )
    for start, end in context.titles:
        headline = _headline(context, start, end)
        if headline is not None:
            found.append(headline)
    return found


def _idiom(doc: Document, cue: int) -> bool:
    """Whether the cue is one of "he said, she said", which reports nothing."""
    most = len("he said, she said")
    return IDIOM.search(doc.text, max(0, doc.start[cue] - most), doc.end[cue] + most) is not None


def _headline(context: QuoteContext, start: int, end: int) -> Reported | None:
    """Parse a headline "NAME: what was said" or "what was said: NAME"."""
    doc = context.doc
    tokens = [t for t in doc.tokens(start, end) if doc.tag[t] not in (".", "_SP")]
    colons = [t for t in tokens if doc.lower[t] == ":"]
    if len(colons) != 1 or context.token_in_marks[colons[0]]:
        return None
    [colon] = colons
    left, right = [t for t in tokens if t < colon], [t for t in tokens if t > colon]
    for name, words in ((left, right), (right, left)):
        named = 0 < len(name) <= MAX_NAME_LENGTH and all(doc.tag[t].startswith(("NNP", "POS")) for t in name)
        if named and len(words) > MAX_NAME_LENGTH and any(doc.is_verb(t) for t in words):
            speaker = Phrase(name[0], name[-1], name[-1])
            return make_utterance(context, colon, colon, ANY_VERB, (words[0], words[-1]), "headline", speaker)
    return None


def _at(context: QuoteContext, token: int) -> Iterator[Reported]:
    doc = context.doc
    word = doc.lower[token]
    entry = cue_verbs().get(word)
    if entry is not None and doc.is_verb(token) and doc.dep[token] not in ("amod", "aux", "auxpass", "compound"):
        found = _verb(context, token, entry)
        if found is not None:
            yield found
    elif word == "according" and token + 1 < len(doc) and doc.lower[token + 1] == "to":
        found = _according(context, token)
        if found is not None:
            yield found
    elif word in cue_nouns() and doc.tag[token].startswith("NN"):
        found = _noun(context, token)
        if found is not None:
            yield found


def _verb(context: QuoteContext, verb: int, entry: CueEntry) -> Reported | None:
    constructions = entry.constructions
    if entry.cue_class != "attitude" and is_negated_cue(context, verb):
        return None
    if entry.cue_class == "speech" and is_hypothetical_cue(context.doc, verb):
        return None
    if "clause" in constructions:
        found = _clause(context, verb, entry)
        if found is not None:
            return found
    if "name" in constructions:
        found = _naming(context, verb, entry)
        if found is not None:
            return found
    if "infinitive" in constructions:
        found = _infinitive(context, verb, entry)
        if found is not None:
            return found
    return _object(context, verb, entry)


def _object(context: QuoteContext, verb: int, entry: CueEntry) -> Reported | None:
    """Parse "criticized the plan", "warned of delays". None if the subject is a thing, which does not speak."""
    doc = context.doc
    head = subject(doc, verb)
    noun = None if head is None else doc.lower[head].removesuffix("s") if doc.tag[head] == "NNS" else doc.lower[head]
    if entry.lemma in SHOWING and head is not None and doc.tag[head] in ("NN", "NNS") and noun not in SPEAKERS:
        # "The ceiling suggests neglect"
        return None
    if noun in THINGS or (entry.cue_class == "writing" and noun not in DOCUMENTS):
        return None
    main = doc.head[verb]
    leads_in = entry.lemma in DEMANDING and doc.tag[verb] == "VBG" and doc.dep[verb] == "advcl" and verb < main
    if leads_in and "quotation" in constructions_of(doc.lower[main]) and not context.token_in_marks[main]:
        # "Calling for a replay, she said so": what she said follows.
        return None
    if doc.dep[verb] == "acl" and doc.dep[doc.head[verb]] == "pobj":
        above = doc.head[doc.head[doc.head[verb]]]
        if "quotation" in constructions_of(doc.lower[above]) and not context.token_in_marks[above]:
            # "In a letter calling for the hearing, she said so": the letter is only the venue.
            return None
    target = doc.child(verb, "dobj")
    for child in doc.children[verb] if entry.prepositions else ():
        if child > verb and doc.lower[child] in entry.prepositions and doc.dep[child] in ("prep", "prt"):
            inner = doc.child(child, "pobj", "pcomp")
            # "referred the file to the police" hands over a thing.
            handed = target is not None and target < child and doc.lower[child] == "to"
            if inner is not None and child <= verb + 3 and not handed:
                return make_utterance(context, verb, child, entry, _tokens(doc, inner), "object")
    clause = next((c for c in doc.children[verb] if c > verb and doc.dep[c] in ("advcl", "ccomp")), None)
    if (
        clause is not None
        and doc.left[clause] == verb + 1
        and doc.lower[verb + 1] in entry.prepositions
        and target is None
    ):
        # "calling for the lock to be closed": the parser tags "for" as a conjunction.
        return make_utterance(context, verb, verb + 1, entry, (verb + 2, doc.right[clause]), "object")
    gerund = next((c for c in doc.children[verb] if c > verb and doc.tag[c] == "VBG" and doc.dep[c] == "xcomp"), None)
    if "object" in entry.constructions and target is None and gerund is not None:
        # "suggested looking at the bridge"
        return make_utterance(context, verb, verb, entry, (doc.left[gerund], doc.right[gerund]), "object")
    if "object" not in entry.constructions or target is None or target < verb:
        return None
    if doc.tag[target].startswith(("NNP", "PRP")) and entry.lemma in OF_PERSONS:
        return None
    infinitive = doc.child(verb, "xcomp") or (
        doc.child(target, "relcl", "acl") if doc.tag[target] == "NN" and doc.lower[target] in ANYBODY else None
    )
    if infinitive is not None and infinitive > target and doc.tag[infinitive] == "VB":
        # "proposes all to eat plums": what is proposed is to eat them.
        span = _infinitive_start(doc, target, infinitive), doc.right[infinitive]
        return make_utterance(context, verb, verb, entry, span, "infinitive")
    return make_utterance(context, verb, verb, entry, (doc.left[target], object_end(doc, verb, target)), "object")


def _infinitive_start(doc: Document, target: int, infinitive: int) -> int:
    """Return the first token of an infinitive behind an object: its "to", if the parser attached that to it."""
    return max(doc.left[infinitive], doc.right[target] + 1)


def _clause(context: QuoteContext, verb: int, entry: CueEntry) -> Reported | None:
    """Return a finite clause: behind the cue, before it, or around it."""
    doc = context.doc
    after = ahead = None
    for child in doc.children[verb]:
        if doc.dep[child] == "ccomp" and not (
            context.token_in_marks[child] and context.token_in_marks[first_word(doc, child)]
        ):
            if child > verb and after is None:
                after = child
            elif child < verb:
                ahead = child
    if (
        after is not None
        and doc.dep[verb] in ("relcl", "csubj", "acl")
        and context.token_in_marks[first_word(doc, after)]
        and not context.token_in_marks[after]
    ):
        # "A sign that read “No Dogs” hung on the gate": the verb behind the marks is that of the sentence.
        return None
    own = doc.child(after, *SUBJECTS) if after is not None else None
    if after is not None and own is None and nearest_subject(doc, verb) != doc.child(verb, *SUBJECTS):
        # "The ship, the ministry said, was old": the parser gives both subjects to "said".
        found = _by_order(context, verb, entry)
        if found is not None:
            return found
    if own is not None and doc.lower[own].endswith(("self", "selves")):
        # "They found themselves alone"
        return None
    if after is not None and doc.left[after] > verb:
        if finite(doc, after) or doc.child(after, "aux", "mark", *SUBJECTS) is not None:
            end = extend_over_parser_gap(context, verb, clause_end(doc, verb, after))
            return make_utterance(context, verb, verb, entry, (after_day(doc, after), end), "after")
    elif after is not None:
        return _around(context, verb, entry, doc.left[after], doc.right[after])
    if ahead is not None:
        return _around(context, verb, entry, doc.left[ahead], doc.right[verb])
    that = that_after(context, verb) if after is None else None
    if that is not None:
        clause = doc.head[that]
        end = clause_end(doc, verb, clause) if clause > that else doc.right[that]
        return make_utterance(context, verb, verb, entry, (that, end), "after")
    if doc.dep[verb] in ("parataxis", "ccomp", "advcl", "conj", "dep") and _parenthesis(doc, verb):
        head = doc.head[verb]
        if doc.left[head] < doc.left[verb] and doc.right[verb] - doc.left[verb] <= PARENTHESIS:
            return _around(context, verb, entry, doc.left[head], doc.right[head])
    return _by_order(context, verb, entry) if entry.lemma in PLAIN else None


def _by_order(context: QuoteContext, verb: int, entry: CueEntry) -> Reported | None:
    """Find by word order what was said, if the cue has no clause in the tree."""
    cut = spans_around_cue(context, verb)
    if cut is None:
        span = span_after_cue(context, verb)
        return make_utterance(context, verb, verb, entry, span, "after") if span is not None else None
    who = inverted_subject(context, verb)
    found = make_utterance(context, verb, verb, entry, cut[0], "ahead", who)
    rest = make_utterance(context, verb, verb, entry, cut[1], "parenthesis", who) if cut[1] is not None else None
    return _joined(context.doc, found, rest) if found is not None and rest is not None else found


def _parenthesis(doc: Document, verb: int) -> bool:
    """Whether the verb has only its speaker: a comma before, no complement."""
    left = doc.left[verb]
    comma = doc.lower[left] == "," or (left > 0 and doc.lower[left - 1] == ",")
    return comma and doc.child(verb, "ccomp", "dobj", "xcomp") is None


def _around(context: QuoteContext, verb: int, entry: CueEntry, low: int, high: int) -> Reported | None:
    """Return the tokens [low, high] without the cue, its subject and its adverbs: one span or two."""
    doc = context.doc
    subj = doc.child(verb, *SUBJECTS)
    own_low, own_high = verb, verb
    if subj is not None:
        own_low, own_high = min(own_low, doc.left[subj]), max(own_high, doc.right[subj])
    # Dependents next to the cue belong to it: adverbs, "on Monday", "in a statement".
    for child in doc.children[verb]:
        if child == subj or doc.dep[child] in ("ccomp", "punct") or doc.left[child] < own_low - 3:
            continue
        if doc.left[child] > verb or doc.right[child] < verb:
            own_low, own_high = min(own_low, doc.left[child]), max(own_high, doc.right[child])
    pronoun = own_low - low == 1 and doc.lower[low] in RELATIVES
    first = make_utterance(context, verb, verb, entry, (low, own_low - 1), "ahead") if low < own_low else None
    if first is None:
        return None
    sentence_end = context.sentence_end(doc.start[verb], len(doc.text))
    cut = spans_around_cue(context, verb) if entry.lemma in PLAIN else None
    high = max(high, cut[1][1]) if cut is not None and cut[1] is not None else high
    rest = range(own_high + 1, min(high, own_high + MAX_AFTER_PARENTHESIS) + 1)
    rest_tokens = [t for t in rest if doc.end[t] <= sentence_end]
    relative = doc.lower[own_low - 1] in RELATIVES
    if len([t for t in rest_tokens if doc.tag[t] not in CLAUSE_END_TAGS]) >= 2 and (
        relative or doc.lower[own_high + 1] == ","
    ):
        second = make_utterance(context, verb, verb, entry, (rest_tokens[0], rest_tokens[-1]), "parenthesis")
        if second is not None and pronoun:
            return second
        if second is not None:
            return _joined(doc, first, second)
    return None if pronoun else first


def _joined(doc: Document, first: Reported, second: Reported) -> Reported:
    """Join the parts before and behind a cue in commas; only the latter if the former is a mere adverbial."""
    before, following = (doc.tokens(*r.spans[0]) for r in (first, second))
    main = any(doc.tag[t][:2] in ("VB", "MD") for t in before) or doc.tag[following[0]] in FINITE
    return replace(first, spans=first.spans + second.spans, construction="parenthesis") if main else second


def _infinitive(context: QuoteContext, verb: int, entry: CueEntry) -> Reported | None:
    """Parse "promised to ...", "urged them to ..."."""
    doc = context.doc
    for child in doc.children[verb]:
        if child > verb and doc.dep[child] in ("xcomp", "ccomp") and doc.lower[doc.left[child]] != "that":
            to = [c for c in doc.children[child] if doc.lower[c] == "to" and doc.tag[c] == "TO"]
            if not to:
                continue
            if is_refusal_to_comment(doc, verb, child) or (
                doc.right[child] == child and (doc.lower[child] in PLAIN or doc.lower[child] == "know")
            ):
                # "likes to say" says nothing by itself.
                return None
            # The hearer is no part of the content.
            objects = [c for c in doc.children[verb] if doc.dep[c] == "dobj"]
            # "warning them to “wait”", "urged every swimmer to stay"
            quoted = context.token_in_marks[min(to[0] + 1, len(doc) - 1)]
            is_hearer = entry.lemma in ADVISING or any(
                (doc.tag[c] == "PRP" and quoted) or doc.lower[doc.left[c]] in EVERYONE for c in objects
            )
            low = to[0] if is_hearer else min(doc.left[child], *(doc.left[c] for c in objects), to[0])
            high = listed_verbs(doc, infinitive_end(doc, child), context.sentence_end(doc.start[verb], len(doc.text)))
            construction = "deed" if reports_action(doc, verb, entry.lemma) else "infinitive"
            upon = next((c for c in doc.children[verb] if c == verb + 1 and doc.lower[c] in entry.prepositions), None)
            if upon is not None and doc.dep[upon] == "prep" and doc.right[upon] == low - 1:
                # "called on the minister to resign"
                return make_utterance(context, verb, upon, entry, (upon + 1, high), construction)
            return make_utterance(context, verb, verb, entry, (max(low, verb + 1), high), construction)
    return None


def _naming(context: QuoteContext, verb: int, entry: CueEntry) -> Reported | None:
    """Parse "called it a hoax", "described him as weak", "accused them of lying"."""
    doc = context.doc
    if doc.lower[verb] in QUOTING or doc.lower[verb + 1 : verb + 2] == ("on",):
        return None
    small = next((c for c in doc.children[verb] if c > verb and doc.dep[c] in ("ccomp", "oprd", "xcomp")), None)
    target = doc.child(verb, "dobj")
    if small is None and target is not None and target > verb and not context.token_in_marks[target]:
        # "called the drill “a violation”": the parser reads an apposition.
        small = next((c for c in doc.children[target] if doc.dep[c] == "appos" and context.token_in_marks[c]), None)
    if small is not None and "calling" in entry.constructions:
        low = doc.left[small]
        obj = doc.child(verb, "dobj")
        if any(doc.lower[t].endswith(("self", "selves")) for t in range(verb + 1, small)) and doc.tag[small] == "NNP":
            # "a group that calls itself the Free Ferry League": a name
            return None
        if obj is not None and obj > verb:
            low = min(low, doc.left[obj])
        # "called Lume a quack": the parser reads both as the complement.
        high = doc.right[small]
        beside = next((c for c in doc.children[verb] if doc.dep[c] == "oprd" and doc.left[c] == high + 1), small)
        high = doc.right[beside]
        if low > verb:
            return _named(context, verb, make_utterance(context, verb, verb, entry, (low, high), "naming"))
    for child in doc.children[verb]:
        if child > verb and doc.lower[child] in ("as", "of", "for", "to") and doc.dep[child] == "prep":
            obj = doc.child(verb, "dobj")
            handed = entry.lemma == "refer"
            if obj is not None and verb < obj < child and not handed:
                return make_utterance(context, verb, verb, entry, (doc.left[obj], doc.right[child]), "naming")
            named = doc.child(child, "pobj")
            relative = obj is not None and obj < verb and doc.tag[obj] in ("WDT", "WP")
            if relative and doc.lower[child] == "as" and named is not None and context.token_in_marks[named]:
                # "a plan that Lume described as “a gift”"
                return make_utterance(context, verb, verb, entry, (doc.left[named], doc.right[child]), "naming")
    return None


def _named(context: QuoteContext, verb: int, found: Reported | None) -> Reported | None:
    """Add the subject of a passive: LUME has been called A QUACK by doctors."""
    doc = context.doc
    own = doc.child(verb, "nsubjpass")
    if found is None or own is None or own > verb or doc.tag[own] in ("WDT", "WP"):
        return found
    return replace(found, spans=((doc.start[doc.left[own]], doc.end[doc.right[own]]), *found.spans))


def _noun(context: QuoteContext, noun: int) -> Reported | None:
    """Parse "his claim that ...". In "a statement saying ..." the participle is the cue."""
    doc = context.doc
    clause = doc.child(noun, "acl", "ccomp", "relcl")
    if doc.lower[noun] == "order" and noun > 0 and doc.lower[noun - 1] == "in":
        return None
    if clause is None or clause < noun or doc.lower[doc.left[clause]] not in ("that", "to", "whether"):
        return None
    if doc.dep[clause] == "relcl" and doc.child(clause, *SUBJECTS) is None:
        return None
    owner = doc.child(noun, "poss")
    head = owner
    if head is None and doc.dep[noun] == "dobj":
        head = subject(doc, doc.head[noun])
    speaker = phrase(doc, head) if head is not None and not context.token_in_marks[head] else None
    entry = cue_nouns()[doc.lower[noun]]
    return make_utterance(context, noun, noun, entry, (doc.left[clause], doc.right[clause]), "noun", speaker)


def _according(context: QuoteContext, token: int) -> Reported | None:
    """Parse "According to NAME, ..." and "..., according to NAME"."""
    doc = context.doc
    to = token + 1
    inner = doc.child(to, "pobj")
    if inner is None or context.token_in_marks[inner]:
        return None
    low, high = token, doc.right[inner]
    sentence = range(first_token(context, token), last_token(context, token) + 1)
    head = doc.head[token]
    if high >= sentence[-1] - 1:
        # The parser attaches the clause to the name: "According to radio host Ann Lane, the move reeks of fear."
        high = next((t - 1 for t in range(inner + 1, sentence[-1]) if doc.lower[t] == ","), high)
    high -= doc.lower[high] == ","
    rest = None
    if low - sentence[0] <= 1 or doc.lower[low - 1] in (";",):
        span = (high + 1, sentence[-1])
    elif head > high and doc.dep[head] == "ROOT" and doc.lower[low - 1] == doc.lower[high + 1] == ",":
        # "The aim, according to Lume, is to win."
        span, rest = (sentence[0], low - 1), (high + 1, sentence[-1])
    elif doc.is_verb(head) and doc.left[head] < low:
        span = (max(doc.left[whole_clause(doc, head)], sentence[0]), low - 1)
    else:
        span = (sentence[0], low - 1)
    if all(doc.tag[t] in ("DT", "PRP", ".") or doc.lower[t] in AUXILIARIES for t in range(span[0], span[1] + 1)):
        # "That is according to X": what X said is before.
        return None
    entry = cue_verbs()["said"]
    found = make_utterance(context, token, to, entry, span, "according", phrase(doc, inner))
    second = make_utterance(context, token, to, entry, rest, "according", phrase(doc, inner)) if rest else None
    return replace(found, spans=found.spans + second.spans) if found and second else found


def _tokens(doc: Document, head: int) -> tuple[int, int]:
    return doc.left[head], doc.right[head]
