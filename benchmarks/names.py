"""Generate the names of articles, without text or a model, for benchmarks.resolution.

People have first names and surnames from a small stock, so that surnames are shared; some people and bodies are in many
articles, most in one. A full name comes before the surname; some articles have only the surname, some another spelling,
some a namesake. Every article depends only on its number, so a bigger corpus contains the smaller.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from pipeline import reference


def _listed(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST_NAMES = _listed(
    """
    Ahmed Aisha Aleksei Alexei Ali Amir Ana Andrei Andrey Anna Boris Carlos Carmen Catherine Katherine Chen
    Daniel David Dmitri Dmitry Elena Elizabeth Emma Erik Eric Fatima Fatemeh George Georges Hassan Hasan Hans
    Helen Henrik Hossein Hussein Ibrahim Ines Irina Isabel Ivan James Javad Jean John Jonas Jose Juan Julia
    Karim Kim Laura Lena Leila Leyla Li Linda Lucas Lukas Luis Luiz Maria Mariam Mark Marc Martin Mary Michael
    Mikhail Mohammad Mohammed Natalia Nataliya Nikolai Nikolay Olga Omar Paul Pavel Pedro Peter Petra Rachel
    Reza Richard Robert Rosa Samuel Sara Sarah Sergei Sergey Sofia Sophia Stefan Stephan Susan Tariq Thomas
    Tomas Victor Viktor Vladimir Wei William Yusuf Yousef Zainab
    """
)
SURNAMES = _listed(
    """
    Abbasi Adams Ahmadi Ahmed Akhtar Ali Allen Alvarez Andersen Andersson Anderson Antonov Araghchi Araqchi
    Bailey Baker Barbosa Becker Bennett Berg Bianchi Brown Campbell Carter Castro Chen Clark Cohen Collins Costa
    Cruz Dahl Davies Davis Diaz Dubois Duarte Edwards Eriksen Evans Fischer Fernandes Fernandez Fontaine Foster
    Garcia Ghani Gomes Gomez Gonzalez Gray Green Haddad Hagen Hall Hansen Hanssen Harris Hassan Hatami Hill
    Hoffmann Horvath Hughes Hussein Ibrahim Ivanov Jackson Jansen Jensen Johansson Johnson Jones Kamal Karimi
    Kaya Kelly Khan Kim King Klein Kovac Kovacs Kowalski Kumar Kuznetsov Larsen Larsson Laurent Lavrov Lee
    Lehmann Lewis Lopez Lopes Lukin Mahmoud Marino Martin Martinez Mendes Mendez Meyer Miller Mitchell Moore
    Morales Morris Mousavi Moussavi Murphy Nagy Nasser Nguyen Nielsen Nilsen Nilsson Novak Nowak Olsen Olsson
    Orlov Orlovsky Ortiz Park Patel Pavlov Pereira Perez Petrov Petrova Phillips Popov Popescu Ramirez Ramos
    Reed Reyes Rezaei Ricci Richter Rivera Roberts Robinson Rodrigues Rodriguez Rossi Rouhani Roy Russo Sadeghi
    Salazar Santos Sanchez Sato Schmidt Schneider Shah Silva Singh Smirnov Smith Sokolov Soleimani Stewart
    Suzuki Tanaka Tanner Taylor Thomas Thompson Torres Turner Varga Vargas Vasquez Volkov Wagner Walker Wang
    Ward Watson Weber White Williams Wilson Wong Wood Wright Yamada Yilmaz Young Zarif Zelensky Zelenskyy Zhang
    Zimmermann
    """
)
# Rarer surnames are made of two parts. A quarter of the people in the United States have one of the 200 most frequent
# surnames there (Census Bureau, 2010); in news of all countries the share is smaller.
STEMS = _listed(
    """
    Abram Alder Ander Aster Bald Barr Beck Bell Berg Bor Brand Brod Cald Car Chern Col Dan Dol Dorn Eber Ed Fal
    Fen Gal Gar Gold Gor Gran Had Hal Hart Hein Hol Ist Jan Kal Kar Kell Kor Kram Lang Lem Lin Lor Mal Mar Mel
    Mor Nor Ost Pal Per Pol Ras Rom Rosen Sal Sand Sel Stan Star Strat Tal Tor Tur Vald Var Vik Wal Wend Win Zel
    """
)
ENDINGS = _listed(
    """
    adze aki alis an ani ano arez ari auer bach beck berg bergen borg by dahl dotter enko er es escu field ford
    holm house ian ic idis ini inski ishi kin land ley lund man mann more moto nen ner off oglu ois olli onen
    oglou opoulos os ovic ow quist sen shvili sky son stad stein stone strom svili ton ts uk ura vale vich ville
    wala ward well wood yan zadeh
    """
)
COMMON = 0.3
OFFICES = (
    "Defense Minister", "Foreign Minister", "foreign ministry spokesman", "President", "Prime Minister", "ambassador",
    "lawmaker", "analyst", "professor", "mayor", "police chief", "coach", "chief executive", "prosecutor",
)  # fmt: skip
BODY_WORDS = (
    "Harbour", "Baltic", "Northern", "National", "Central", "Valley", "River", "Coast", "Mountain", "United", "People",
    "Energy", "Water", "Health", "Transport", "Housing", "Climate", "Border", "Trade", "Labour", "Research", "Steel",
)  # fmt: skip
BODY_HEADS = ("Council", "Agency", "Union", "Institute", "Bank", "Association", "Party", "University", "Company")
WEAPONS = ("S-400", "F-35", "THAAD", "Patriot", "Bayraktar TB2", "Leopard 2")
# Number of people, and of bodies, named in many articles.
FREQUENT_PERSONS = 600


@dataclass(frozen=True, slots=True)
class _Person:
    first: str
    last: str
    office: str
    code: int


class World:
    """The countries, people and bodies that articles are made of."""

    def __init__(self) -> None:
        known = reference.builtin()
        demonyms: dict[str, str] = {}
        for word, code in known.demonyms.items():
            demonyms.setdefault(code, word.title())
        self.countries = [(c.name, demonyms[code]) for code, c in sorted(known.countries.items()) if code in demonyms]
        random = Random(7)
        random.shuffle(self.countries)
        self.people = [self.person(random) for _ in range(FREQUENT_PERSONS)]
        self.bodies = [self.body(random) for _ in range(FREQUENT_PERSONS)]

    def person(self, random: Random) -> _Person:
        """Return a person; surnames and countries early in the lists are more frequent."""
        return _Person(
            random.choice(FIRST_NAMES),
            self.surname(random),
            random.choice(OFFICES),
            _low(random, len(self.countries)),
        )

    def surname(self, random: Random) -> str:
        """Return a common surname, or one of some 5,000 rarer ones."""
        if random.random() < COMMON:
            return SURNAMES[_low(random, len(SURNAMES))]
        return random.choice(STEMS) + random.choice(ENDINGS)

    def body(self, random: Random) -> str:
        """Return the name of a body: three words and a head."""
        return " ".join([*random.sample(BODY_WORDS, 3), random.choice(BODY_HEADS)])

    def mentions(self, number: int) -> Iterator[tuple[str, str, int, str]]:
        """Yield (text, label, chain, resolution) of an article's mentions, in text order."""
        random = Random(number)
        chain = 0
        # An article's topic: neighbours in the lists appear together.
        topic = _low(random, FREQUENT_PERSONS)
        near = [min(FREQUENT_PERSONS - 1, max(0, topic + random.randint(-8, 8))) for _ in range(6)]
        people = [self.people[i] for i in dict.fromkeys(near[: random.randint(1, 4)])]
        people += [self.person(random) for _ in range(random.randint(1, 3))]
        places: dict[int, int] = {}
        for person in people:
            name, demonym = self.countries[person.code]
            at = places.setdefault(person.code, len(places) + 100)
            yield (demonym, "NORP", at, "demonym") if random.random() < 0.6 else (name, "GPE", at, "name")
            yield person.office, "PERSON", chain, "description"
            first = person.first + " " + random.choice("ABCDE") + "." if random.random() < 0.1 else person.first
            alone = random.random() < 0.12
            yield person.last if alone else f"{first} {person.last}", "PERSON", chain, "name"
            for _ in range(random.randint(0, 4)):
                yield (person.last, "PERSON", chain, "alias") if random.random() < 0.6 else (
                    "he", "PERSON", chain, "pronoun"
                )  # fmt: skip
            chain += 1
        for name in [self.bodies[i] for i in dict.fromkeys(near[3:])] + [self.body(random)]:
            letters = "".join(word[0] for word in name.split())
            yield (letters, "ORG", chain, "name") if random.random() < 0.1 else (name, "ORG", chain, "name")
            if random.random() < 0.5:
                yield letters, "ORG", chain, "acronym"
            chain += 1
        for name, label in (("Foreign Ministry", "ORG"), ("Parliament", "ORG"), (random.choice(WEAPONS), "PRODUCT")):
            if random.random() < 0.5:
                yield name, label, chain, "name"
                chain += 1


def _low(random: Random, size: int) -> int:
    """Return a number below size; low ones are frequent, like frequent names in the news."""
    return int(size * random.random() ** 3)
