"""Words that say that something was said, as data.

The lists were put together from English reporting verbs in reference grammars and style books (Quirk et al. 1985,
16.30-33 and appendix on verbs with that-clauses; Levin 1993, classes 37, 29, 30-32) and looked through against the
training part of PolNeAR for verbs that were missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

type CueClass = Literal["speech", "writing", "attitude"]

# q  introduces words in marks          "...," he SAID
# c  takes a reported clause            he SAID that ...
# t  takes a reported infinitive        he PROMISED to ...
# p  takes person and infinitive        he URGED them to ...
# o  takes what was said as its object  he CRITICIZED the plan
# n  names something in marks           he CALLED it "a hoax"
type Frames = frozenset[str]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


@dataclass(frozen=True, slots=True)
class Entry:
    """A lemma of the cue list: its class and the constructions in which it reports."""

    lemma: str
    cue_class: CueClass
    frames: Frames


VERBS: tuple[tuple[CueClass, str, str], ...] = (
    ("speech", "qc", "say tell add state note explain argue claim assert declare insist maintain contend reply respond "
                     "remark observe comment stress emphasize emphasise reiterate repeat recall recount continue "
                     "conclude concede admit acknowledge confess allege complain joke quip warn caution predict "
                     "suggest affirm confirm reveal disclose announce proclaim report indicate mention counter retort "
                     "exclaim shout yell scream whisper mutter murmur cry sigh interject volunteer confide lament "
                     "boast brag vow swear testify opine posit underscore underline point clarify elaborate "
                     "answer rejoin snap shoot fire interrupt chime begin start finish intone deadpan riff muse "
                     "reason relate summarize sum elucidate plead pray preach protest rant rail lecture gush "
                     "crow echo agree disagree grouse grumble gripe fume bemoan marvel relay bristle scoff chant "
                     "advise inform notify remind assure promise pledge signal concur object estimate theorize "
                     "hypothesize narrate recite read go open close offer explode sniff growl bark laugh ask wonder "
                     "inquire demand query press urge order beg instruct hint imply stipulate specify sing charge"),
    ("writing", "qc", "write tweet retweet post blog text email e-mail cable type publish document scribble scrawl "
                      "pen"),
    ("speech", "tp", "promise vow pledge threaten offer agree refuse decline ask urge order beg demand instruct "
                     "encourage advise warn tell call direct command implore entreat exhort invite request plead press "
                     "challenge claim swear volunteer"),
    ("speech", "o", "criticize criticise praise denounce condemn attack blast slam rip mock ridicule deride defend "
                    "endorse tout hail laud applaud decry bash assail dismiss reject deny discuss "
                    "mention cite announce propose question confirm describe explain recount "
                    "express voice urge demand emphasize stress highlight outline "
                    "detail reiterate repeat acknowledge admit suggest recommend "
                    "allege predict disclose reveal advocate oppose "
                    "welcome accuse blame taunt insult promise pledge threaten berate scold chide rebuke "
                    "chastise castigate excoriate lambaste lambast belittle disparage disavow renounce repudiate "
                    "rebut refute protest invoke reference "
                    "liken compare thank congratulate"),
    ("speech", "n", "call describe dub brand label term deem characterize characterise portray denounce deride "
                    "dismiss condemn praise accuse slam blast refer decry hail attack criticize criticise mock "
                    "liken compare nickname ridicule use quote cite label"),
    ("attitude", "c", "believe think feel know hope fear expect doubt worry suspect assume imagine understand realize "
                      "realise guess figure wish anticipate decide determine forget remember regret consider "
                      "conclude see learn fret reckon hold presume dream recognize "
                      "recognise discover"),
    ("attitude", "tp", "want hope plan intend expect seek wish prefer aim decide like love hate "
                       "mean"),
    ("attitude", "o", "support favor favour want believe like love hate fear consider prefer "
                      "admire blame doubt hope expect"),
    # What documents, polls and films do: they speak, too.
    ("writing", "c", "show suggest indicate reveal demonstrate find prove conclude allege stipulate mandate"),
)  # fmt: skip

IRREGULAR: dict[str, tuple[str, ...]] = {
    "say": ("says", "said", "saying"),
    "tell": ("tells", "told", "telling"),
    "write": ("writes", "wrote", "written", "writing"),
    "think": ("thinks", "thought", "thinking"),
    "feel": ("feels", "felt", "feeling"),
    "know": ("knows", "knew", "known", "knowing"),
    "go": ("goes", "went", "gone", "going"),
    "begin": ("begins", "began", "begun", "beginning"),
    "swear": ("swears", "swore", "sworn", "swearing"),
    "shoot": ("shoots", "shot", "shooting"),
    "sing": ("sings", "sang", "sung", "singing"),
    "read": ("reads", "read", "reading"),
    "put": ("puts", "put", "putting"),
    "understand": ("understands", "understood", "understanding"),
    "see": ("sees", "saw", "seen", "seeing"),
    "find": ("finds", "found", "finding"),
    "forget": ("forgets", "forgot", "forgotten", "forgetting"),
    "hold": ("holds", "held", "holding"),
    "seek": ("seeks", "sought", "seeking"),
    "mean": ("means", "meant", "meaning"),
    "beg": ("begs", "begged", "begging"),
    "quip": ("quips", "quipped", "quipping"),
    "admit": ("admits", "admitted", "admitting"),
    "brag": ("brags", "bragged", "bragging"),
    "snap": ("snaps", "snapped", "snapping"),
    "grin": ("grins", "grinned", "grinning"),
    "chat": ("chats", "chatted", "chatting"),
    "blog": ("blogs", "blogged", "blogging"),
    "plan": ("plans", "planned", "planning"),
    "rip": ("rips", "ripped", "ripping"),
    "slam": ("slams", "slammed", "slamming"),
    "pen": ("pens", "penned", "penning"),
    "sum": ("sums", "summed", "summing"),
    "dub": ("dubs", "dubbed", "dubbing"),
    "prefer": ("prefers", "preferred", "preferring"),
    "refer": ("refers", "referred", "referring"),
    "regret": ("regrets", "regretted", "regretting"),
    "concur": ("concurs", "concurred", "concurring"),
    "deadpan": ("deadpans", "deadpanned", "deadpanning"),
    "rebut": ("rebuts", "rebutted", "rebutting"),
    "fret": ("frets", "fretted", "fretting"),
    "show": ("shows", "showed", "shown", "showing"),
    "disagree": ("disagrees", "disagreed", "disagreeing"),
    "agree": ("agrees", "agreed", "agreeing"),
    "label": ("labels", "labeled", "labelled", "labeling", "labelling"),
}
VOWELS = frozenset("aeiou")

# Nouns with what was said as their clause or phrase: "his claim that ...", "a statement saying ...".
NOUNS: dict[str, CueClass] = {
    **dict.fromkeys(
        _words(
            "accusation admission allegation announcement argument assertion assurance call claim comment complaint "
            "conclusion confession contention criticism declaration demand denial explanation insistence message "
            "notion objection offer order pledge plea prediction promise proposal question recommendation remark "
            "reminder reply "
            "report request response speech statement suggestion testimony threat threats vow warning word words"
        ),
        "speech",
    ),
    **dict.fromkeys(_words("article book editorial email e-mail letter memo note post tweet op-ed column"), "writing"),
    **dict.fromkeys(
        _words(
            "belief desire doubt expectation fear feeling hope idea impression intention opinion sense suspicion "
            "theory thought view wish worry"
        ),
        "attitude",
    ),
}

# Talks that somebody holds with somebody or some outlet; texts and channels that carry words; who reads or hears them.
TALKS = _words("interview interviews conversation call talk chat meeting debate session appearance exchange")
# Verbs whose object is the one who speaks: "IRNA quoted him as saying".
QUOTING = _words("quote quoted quotes quoting cite cited cites citing")
# "X made the remarks in ..."; cues that carry the one before on, to the same hearer.
REMARKS = _words("remark remarks comment comments statement statements announcement")
MAKING = _words("make makes made making delivered gave")
CARRYING = _words("added adds adding continued continues continuing went concluded")
# Verbs by which an outlet stands behind another's words: "..., TASS reported".
RELAYING = _words("report reported reports")
# Documents that stand as the speaker of a quotation ("the statement said"), for those who issued them.
DOCUMENTS = _words(
    "statement letter report memo email e-mail tweet post resolution paper release declaration communique communiqué "
    "study poll survey lawsuit complaint ruling filing indictment ad advertisement video sign editorial message "
    "transcript order agreement note"
)
# Roles, beside the offices of `mentions`, by which a person is taken up again.
ROLES = _words(
    "adviser advisor aide nominee candidate businessman businesswoman billionaire pollster strategist veteran"
)
# Outlets by kind, beside their name or instead of it.
OUTLETS = _words(
    "agency newspaper paper website site outlet network channel broadcaster magazine station service daily weekly "
    "publication journal blog"
)
MEDIA = _words(
    "statement letter report memo email e-mail tweet tweets post posts message note speech address remarks testimony "
    "conference briefing press-conference newsletter editorial op-ed article column book blog video ad podcast show "
    "broadcast program programme release communique communiqué resolution ruling filing lawsuit text telegram "
    "facebook twitter instagram telegram television tv radio newspaper hearing rally event town-hall forum"
)
CALENDAR = _words(
    "january february march april may june july august september october november december "
    "jan. feb. mar. apr. jun. jul. aug. sept. oct. nov. dec. "
    "monday tuesday wednesday thursday friday saturday sunday"
)
OUTLET_NOUNS = _words(
    "reporters journalists lawmakers supporters audience crowd newspaper agency channel network magazine station "
    "parliament court committee jury council assembly"
)


def _forms(lemma: str) -> tuple[str, ...]:
    """The third person, past and participles of a verb, by the rules of English spelling."""
    if lemma in IRREGULAR:
        return (lemma, *IRREGULAR[lemma])
    if lemma.endswith("e"):
        return (lemma, lemma + "s", lemma + "d", lemma[:-1] + "ing")
    if lemma.endswith("y") and lemma[-2] not in VOWELS:
        return (lemma, lemma[:-1] + "ies", lemma[:-1] + "ied", lemma + "ing")
    third = lemma + ("es" if lemma.endswith(("s", "sh", "ch", "x", "z")) else "s")
    return (lemma, third, lemma + "ed", lemma + "ing")


def _entries() -> dict[str, Entry]:
    classes: dict[str, CueClass] = {}
    frames: dict[str, set[str]] = {}
    for cue_class, letters, lemmas in VERBS:
        for lemma in lemmas.split():
            classes.setdefault(lemma, cue_class)
            frames.setdefault(lemma, set()).update(letters)
    entries: dict[str, Entry] = {}
    for lemma, cue_class in classes.items():
        entry = Entry(lemma, cue_class, frozenset(frames[lemma]))
        for form in _forms(lemma):
            entries.setdefault(form, entry)
    return entries


# Form -> entry. "found" is a form of find here, never of found.
BY_FORM: dict[str, Entry] = _entries()
# Any verb that stands where a verb of saying stands: "...," exhorted the actress.
ANY_VERB = Entry("", "speech", frozenset("q"))
AUXILIARIES = _words("is was are were be been being has had have does did do 's ’s")
# Forms that the tagger takes for nouns or participles, and that are verbs of saying beside a quotation.
ALWAYS = _words("said says tweeted tweets read reads")

# Verbs whose object of saying stands behind a preposition.
PREPOSITIONAL: dict[str, frozenset[str]] = {
    lemma: frozenset(particles.split())
    for lemma, particles in {
        "call": "for on",
        "point": "to out",
        "respond": "to",
        "object": "to",
        "agree": "with on to",
        "disagree": "with on",
        "complain": "about of",
        "worry": "about",
        "warn": "of about against",
        "ask": "about for",
        "argue": "for against",
        "refer": "to",
        "testify": "about to",
        "protest": "against",
        "insist": "on upon",
        "comment": "on",
        "hint": "at",
        "boast": "of about",
        "brag": "about",
        "joke": "about",
        "rail": "against",
        "press": "for",
        "plead": "for",
        "think": "about of",
        "know": "about of",
        "hope": "for",
        "opine": "on about",
        "echo": "",
        "preach": "",
    }.items()
}
