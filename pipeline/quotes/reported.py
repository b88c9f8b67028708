"""Reported speech: what somebody is said to have said, in the reporter's words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.quotes.attribution import Page
from pipeline.quotes.phrases import RELATIVES, SUBJECTS, Phrase, phrase, subject
from pipeline.quotes.syntax import FINITE, Tree
from pipeline.quotes.words import ANY_VERB, BY_FORM, NOUNS, PREPOSITIONAL, QUOTING, Entry

SHUT = frozenset((",", ".", ":", "-RRB-", "-LRB-", "``", "''", "HYPH", "_SP", "NFP"))
# Words that may report; all others are passed by.
CUES = frozenset((*BY_FORM, *NOUNS, "according"))
# Verbs that lend a noun of saying its speaker: "he made the claim that ...", "issued a statement saying ...".
# A parenthesis ("..., he said, ...") with its speaker and adverbs is no longer than this many tokens.
PARENTHESIS = 14
# What follows a parenthesis is read no farther than this many tokens.
LONGEST = 300
# Constructions that report even where nobody is named ("it was agreed that", "they are expected to"). Of the others
# fewer than one in five were right without a speaker (PolNeAR, training sample).
SPEAKERLESS = frozenset(("behind", "infinitive"))
# A headline's name has no more tokens than this, its words have more.
LONGEST_NAME = 3
# Place and dash before the first sentence: "TEHRAN – ..." within this many tokens.
DATELINE = 5


@dataclass(frozen=True, slots=True)
class Reported:
    """One reported utterance: the character spans of what was said (two where the cue breaks in), cue and speaker.
    `how` names the construction: behind, ahead, parenthesis, infinitive, object, naming, noun, according."""

    spans: tuple[tuple[int, int], ...]
    cue: int
    cue_end: int
    entry: Entry
    speaker: Phrase | None
    how: str


def reported(page: Page) -> list[Reported]:
    """The reported utterances of the narrator's text, in the order of their cues. Linear but for nested clauses."""
    found: list[Reported] = []
    for token, word in enumerate(page.tree.words):
        if word in CUES and not page.inside[token]:
            found.extend(_at(page, token))
    for start, end in page.titles:
        headline = _headline(page, start, end)
        if headline is not None:
            found.append(headline)
    return found


def _headline(page: Page, start: int, end: int) -> Reported | None:
    """NAME: what was said; what was said: NAME."""
    tree = page.tree
    tokens = [t for t in tree.tokens(start, end) if tree.tag(t) not in (".", "_SP")]
    colons = [t for t in tokens if tree.words[t] == ":"]
    if len(colons) != 1 or page.inside[colons[0]]:
        return None
    [colon] = colons
    left, right = [t for t in tokens if t < colon], [t for t in tokens if t > colon]
    for name, words in ((left, right), (right, left)):
        named = 0 < len(name) <= LONGEST_NAME and all(tree.tag(t).startswith(("NNP", "POS")) for t in name)
        if named and len(words) > LONGEST_NAME and any(tree.verb(t) for t in words):
            speaker = Phrase(name[0], name[-1], name[-1])
            return _made(page, colon, colon, ANY_VERB, (words[0], words[-1]), "headline", speaker)
    return None


def _at(page: Page, token: int) -> Iterator[Reported]:
    tree = page.tree
    word = tree.words[token]
    entry = BY_FORM.get(word)
    if entry is not None and tree.verb(token) and tree.dep(token) not in ("amod", "aux", "auxpass", "compound"):
        found = _verb(page, token, entry)
        if found is not None:
            yield found
    elif word == "according" and token + 1 < len(tree) and tree.words[token + 1] == "to":
        found = _according(page, token)
        if found is not None:
            yield found
    elif word in NOUNS and tree.tag(token).startswith("NN"):
        found = _noun(page, token)
        if found is not None:
            yield found


def _verb(page: Page, verb: int, entry: Entry) -> Reported | None:
    tree = page.tree
    frames = entry.frames
    if "c" in frames:
        found = _clause(page, verb, entry)
        if found is not None:
            return found
    if "n" in frames:
        found = _naming(page, verb, entry)
        if found is not None:
            return found
    if frames & {"t", "p"}:
        found = _infinitive(page, verb, entry)
        if found is not None:
            return found
    particles = PREPOSITIONAL.get(entry.lemma)
    if particles:
        for child in tree.children[verb]:
            if child > verb and tree.words[child] in particles and tree.dep(child) in ("prep", "prt"):
                inner = tree.child(child, "pobj", "pcomp")
                if inner is not None and child <= verb + 3:
                    return _made(page, verb, child, entry, _tokens(tree, inner), "object")
    if "o" in frames:
        target = tree.child(verb, "dobj")
        if target is not None and target > verb:
            return _made(page, verb, verb, entry, _tokens(tree, target), "object")
    return None


def _clause(page: Page, verb: int, entry: Entry) -> Reported | None:
    """A finite clause: behind the cue, before it, or around it."""
    tree = page.tree
    behind = ahead = None
    for child in tree.children[verb]:
        if tree.dep(child) == "ccomp" and not (page.inside[child] and page.inside[_first_word(tree, child)]):
            if child > verb and behind is None:
                behind = child
            elif child < verb:
                ahead = child
    if behind is not None and tree.left[behind] > verb:
        if _finite(tree, behind) or tree.child(behind, "aux", "mark", *SUBJECTS) is not None:
            return _made(page, verb, verb, entry, (tree.left[behind], _clause_end(tree, verb, behind)), "behind")
    elif behind is not None:
        return _around(page, verb, entry, tree.left[behind], tree.right[behind])
    if ahead is not None:
        return _around(page, verb, entry, tree.left[ahead], tree.right[verb])
    if tree.dep(verb) in ("parataxis", "ccomp", "advcl", "conj", "dep") and _parenthesis(tree, verb):
        head = tree.head(verb)
        if tree.left[head] < tree.left[verb] and tree.right[verb] - tree.left[verb] <= PARENTHESIS:
            return _around(page, verb, entry, tree.left[head], tree.right[head])
    return None


def _clause_end(tree: Tree, verb: int, clause: int) -> int:
    """The last token of a reported clause behind its cue.

    What the parser hangs on the cue behind the clause belongs to it mostly: adverbials, and a second clause with a
    subject or modal of its own ("and would go on"). A second cue ("and noted that") ends it.
    """
    high = tree.right[clause]
    for child in tree.children[clause]:
        if child > clause and tree.dep(child) == "conj" and tree.child(child, *SUBJECTS) is None:
            entry = BY_FORM.get(tree.words[child])
            if entry is not None and "q" in entry.frames and tree.child(child, "ccomp") is not None:
                high = tree.left[child] - 1
                return high - 1 if tree.tag(high) == "CC" else high
    for child in tree.children[verb]:
        adverbial = tree.dep(child) in ("advcl", "prep")
        second = tree.dep(child) == "conj" and tree.words[child] not in BY_FORM and (
            tree.child(child, *SUBJECTS) is not None or any(tree.tag(c) == "MD" for c in tree.children[child])
        )  # fmt: skip
        if child > high and (second or (adverbial and tree.left[child] == high + 1)):
            high = tree.right[child]
    return high


def _first_word(tree: Tree, head: int) -> int:
    """The first token of a subtree that is no mark."""
    first = tree.left[head]
    while first < head and tree.tag(first) in SHUT:
        first += 1
    return first


def _finite(tree: Tree, verb: int) -> bool:
    return tree.tag(verb) in FINITE or any(
        tree.tag(c) in FINITE or tree.words[c] in ("’s", "'s", "’re", "'re", "’ll", "’d") for c in tree.children[verb]
    )


def _parenthesis(tree: Tree, verb: int) -> bool:
    """Whether the verb stands with nothing but its speaker: a comma before, no complement."""
    left = tree.left[verb]
    comma = tree.words[left] == "," or (left > 0 and tree.words[left - 1] == ",")
    return comma and tree.child(verb, "ccomp", "dobj", "xcomp") is None


def _around(page: Page, verb: int, entry: Entry, low: int, high: int) -> Reported | None:
    """The tokens [low, high] without the cue, its subject and its adverbs: one span or two."""
    tree = page.tree
    subj = tree.child(verb, *SUBJECTS)
    own_low, own_high = verb, verb
    if subj is not None:
        own_low, own_high = min(own_low, tree.left[subj]), max(own_high, tree.right[subj])
    # What hangs on the cue and stands next to it belongs to it: adverbs, "on Monday", "in a statement".
    for child in tree.children[verb]:
        if child == subj or tree.dep(child) in ("ccomp", "punct") or tree.left[child] < own_low - 3:
            continue
        if tree.left[child] > verb or tree.right[child] < verb:
            own_low, own_high = min(own_low, tree.left[child]), max(own_high, tree.right[child])
    first = _made(page, verb, verb, entry, (low, own_low - 1), "ahead") if low < own_low else None
    if first is None:
        return None
    sentence_end = page.sentence_end(tree.start(verb), len(tree.text))
    rest = range(own_high + 1, min(high, own_high + LONGEST) + 1)
    rest_tokens = [t for t in rest if tree.end(t) <= sentence_end]
    relative = tree.words[own_low - 1] in RELATIVES
    if len([t for t in rest_tokens if tree.tag(t) not in SHUT]) >= 2 and (relative or tree.words[own_high + 1] == ","):
        second = _made(page, verb, verb, entry, (rest_tokens[0], rest_tokens[-1]), "parenthesis")
        if second is not None:
            return Reported(first.spans + second.spans, verb, first.cue_end, entry, first.speaker, "parenthesis")
    return first


def _infinitive(page: Page, verb: int, entry: Entry) -> Reported | None:
    """promised to ..., urged them to ..."""
    tree = page.tree
    for child in tree.children[verb]:
        if child > verb and tree.dep(child) in ("xcomp", "ccomp") and tree.words[tree.left[child]] != "that":
            to = [c for c in tree.children[child] if tree.words[c] == "to" and tree.tag(c) == "TO"]
            if not to:
                continue
            if "p" in entry.frames:
                low = min(
                    tree.left[child], *(tree.left[c] for c in tree.children[verb] if tree.dep(c) == "dobj"), to[0]
                )
            else:
                low = tree.left[child]
            return _made(page, verb, verb, entry, (max(low, verb + 1), tree.right[child]), "infinitive")
    return None


def _naming(page: Page, verb: int, entry: Entry) -> Reported | None:
    """called it a hoax, described him as weak, accused them of lying."""
    tree = page.tree
    if tree.words[verb] in QUOTING:
        return None
    small = next((c for c in tree.children[verb] if c > verb and tree.dep(c) in ("ccomp", "oprd", "xcomp")), None)
    if small is not None and entry.lemma in ("call", "dub", "brand", "label", "term", "deem", "nickname"):
        low = tree.left[small]
        obj = tree.child(verb, "dobj")
        if obj is not None and obj > verb:
            low = min(low, tree.left[obj])
        if low > verb:
            return _made(page, verb, verb, entry, (low, tree.right[small]), "naming")
    for child in tree.children[verb]:
        if child > verb and tree.words[child] in ("as", "of", "for", "to") and tree.dep(child) == "prep":
            obj = tree.child(verb, "dobj")
            if obj is not None and verb < obj < child:
                return _made(page, verb, verb, entry, (tree.left[obj], tree.right[child]), "naming")
    return None


def _noun(page: Page, noun: int) -> Reported | None:
    """his claim that ..., a statement saying ... (the participle is a cue of its own)."""
    tree = page.tree
    clause = tree.child(noun, "acl", "ccomp", "relcl")
    if tree.words[noun] == "order" and noun > 0 and tree.words[noun - 1] == "in":
        return None
    if clause is None or clause < noun or tree.words[tree.left[clause]] not in ("that", "to", "whether"):
        return None
    if tree.dep(clause) == "relcl" and tree.child(clause, *SUBJECTS) is None:
        return None
    owner = tree.child(noun, "poss")
    head = owner
    if head is None and tree.dep(noun) == "dobj":
        head = subject(tree, tree.head(noun))
    speaker = phrase(tree, head) if head is not None and not page.inside[head] else None
    return _made(page, noun, noun, Entry(tree.words[noun], NOUNS[tree.words[noun]], frozenset("c")),
                 (tree.left[clause], tree.right[clause]), "noun", speaker)  # fmt: skip


def _according(page: Page, token: int) -> Reported | None:
    """According to NAME, ...; ..., according to NAME."""
    tree = page.tree
    to = token + 1
    inner = tree.child(to, "pobj")
    if inner is None or page.inside[inner]:
        return None
    low, high = token, tree.right[inner]
    start = page.sentence_start(tree.start(token) + 1, 0)
    end = page.sentence_end(tree.start(token), len(tree.text))
    head = tree.head(token)
    sentence = tree.tokens(start, end)
    if not len(sentence):
        return None
    if low - sentence[0] <= 1 or tree.words[low - 1] in (";",):
        span = (high + 1, sentence[-1])
    elif tree.verb(head) and tree.left[head] < low:
        span = (max(tree.left[head], sentence[0]), low - 1)
    else:
        span = (sentence[0], low - 1)
    entry = BY_FORM["said"]
    return _made(page, token, to, entry, span, "according", phrase(tree, inner))


def _tokens(tree: Tree, head: int) -> tuple[int, int]:
    return tree.left[head], tree.right[head]


def _made(
    page: Page,
    cue: int,
    cue_end: int,
    entry: Entry,
    span: tuple[int, int],
    how: str,
    speaker: Phrase | None = None,
) -> Reported | None:
    """The utterance over the tokens [first, last], trimmed; None when nothing is left or it crosses a paragraph."""
    tree = page.tree
    first, last = span
    while first <= last and (tree.tag(first) in SHUT or tree.words[first].isspace()):
        first += 1
    while last >= first and (tree.tag(last) in SHUT or tree.words[last].isspace()):
        last -= 1
    if first > last or first <= cue <= last:
        return None
    # A dateline is not part of what was said.
    dateline = [t for t in range(first, min(last, first + DATELINE)) if tree.words[t] in ("-", "–", "—", "--")]
    if dateline and all(tree.text[tree.start(t) : tree.end(t)].isupper() for t in range(first, dateline[0])):
        first = dateline[0] + 1
    start, end = tree.start(first), tree.end(last)
    if speaker is None and how not in ("noun", "headline"):
        head = subject(tree, cue)
        if head is not None and not first <= head <= last:
            speaker = phrase(tree, head)
    if speaker is None and how not in SPEAKERLESS:
        return None
    return Reported(((start, end),), cue, cue_end, entry, speaker, how)
