"""Odd texts of any length, and the CPU time that each article-wise stage needs for one.

`python -m tests.support.linear [KIND...]` measures the kinds (all) at two lengths and prints which are slow or not
linear.
"""

from __future__ import annotations

import gc
import multiprocessing
import resource
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from assets.settings import Settings
from pipeline import parses
from pipeline.article import Article
from pipeline.contract import RAWS
from pipeline.stages import DOCUMENT_STAGES

# Lengths to compare.
SIZES = (25_000, 100_000)
# CPU seconds that all stages together may need for 100,000 characters.
BUDGET = 10.0
PROSE = "The minister told the Harbour Gazette on Monday that the bridge over the river would stay shut until 2027. "

# Name -> the unit that is repeated up to the length.
UNITS: dict[str, str] = {
    "prose": PROSE,
    **{f"mark {mark}": mark for mark in "\"'“”‘’`´«»„‹›()[]{}<>.,;:!?-–—_*/\\|&%$#@^~+=§©™°•·…€£¥"},
    **{f"two {mark}": mark + " " for mark in "\"“”'’()[]-–—.,:;*$&…"},
    "letter": "a",
    "capital": "A",
    "capital and small": "Aa",
    "digit": "7",
    "CJK": "漢字",
    "CJK with stops": "漢字。「はい」と言った、",
    "kana": "ア",
    "Thai": "ประเทศ",
    "Arabic": "عربي",
    "Hebrew": "עִבְרִית",
    "Cyrillic words": "министр сказал ",
    "combining": "e\u0301",
    "marks on one letter": "\u0301",
    "zero width": "\u200b",
    "zero width between": "a\u200b",
    "byte order mark": "\ufeff",
    "soft hyphen": "a\u00ad",
    "bidi": "\u2066a\u2069",
    "emoji": "🚢",
    "emoji family": "👩\u200d👩\u200d👧",
    "flags": "🇳🇴",
    "emoji and word": "ship🚢",
    "private use": "\ue000",
    "not a character": "\ufffd",
    "control": "\x07",
    "tab": "\t",
    "tab and letter": "a\t",
    "newline": "\n",
    "newline and letter": "a\n",
    "paragraphs of a word": "Word\n\n",
    "carriage returns": "a\r\n",
    "blank": " ",
    "no-break space": "\u00a0a",
    "ideographic space": "\u3000a",
    "line separator": "a\u2028",
    "alternating marks": "\"('",
    "alternating brackets": "([{<",
    "closed brackets": "()[]",
    "brackets and letter": "(a",
    "closing brackets and letter": "a)",
    "brackets around words": "(one (two ",
    "quotes glued": "“x",
    "quotes glued closed": "x”",
    "quote pairs": "“x” ",
    "straight quote pairs": '"x" ',
    "open quotes": "“He said so, ",
    "open single quotes": "‘He said so, ",
    "quotes in quotes": "“She said ‘he said ",
    "quotations said": "“It is shut,” said Anna Berg. ",
    "quotations without a stop": "“It is shut,” said Anna Berg, ",
    "quotations alone": "“It is shut.” ",
    "quotation paragraphs": "“It is shut.\n\n",
    "said X": "said Anna Berg ",
    "X said": "Anna Berg said ",
    "X said that": "Anna Berg said that ",
    "he said she said": "he said she said ",
    "said": "said ",
    "according to": "according to Anna Berg ",
    "told reporters": "told reporters ",
    "and": "and ",
    "and names": "Anna and ",
    "the": "the ",
    "of the": "of the ",
    "that": "that ",
    "who": "who ",
    "he": "he ",
    "unnamed persons": "A neighbour came. He left. ",
    "his minister": "his minister ",
    "the minister": "the minister ",
    "president": "President ",
    "the president said": "the president said. ",
    "Mr.": "Mr. ",
    "Mr": "Mr ",
    "Dr. Smith": "Dr. Smith ",
    "initials": "J. ",
    "initials glued": "J.K.",
    "U.S.": "U.S. ",
    "capital words": "Harbour ",
    "capital words of two": "Harbour Board ",
    "body heads": "Ministry ",
    "Ministry of": "Ministry of ",
    "University of": "University of the ",
    "Creative Commons": "Creative Commons ",
    "White House": "White House ",
    "New York": "New York ",
    "New York, ": "New York, ",
    "country": "Norway ",
    "countries": "Norway, Sweden, ",
    "country's": "Norway's ",
    "acronyms": "NATO ",
    "acronyms in brackets": "Harbour Board (HB) ",
    "name list": "Anna Berg, ",
    "name list of others": "Anna Berg, John Smith, Maria Lopez, ",
    "names with and": "Anna Berg and John Smith and ",
    "names glued": "AnnaBerg",
    "particles": "van der ",
    "de la": "Anna de la ",
    "resolution": "Resolution 2231 ",
    "act": "Harbour Act of ",
    "weapons": "S-400 air defense ",
    "sport": "goal striker match Norway ",
    "surname": "Berg. ",
    "possessives": "Berg's ",
    "possessive chain": "'s ",
    "apostrophes": "don't ",
    "apostrophes glued": "n't",
    "double contraction": "she'd've ",
    "hyphen chain": "a-",
    "hyphen words": "state-of-the-art-",
    "slashes": "and/or/",
    "underscores": "a_b_",
    "dots between": "a.",
    "dots spaced": ". . . . ",
    "ellipses": "... ... ",
    "ellipses glued": "...a",
    "dashes": "-- ",
    "dash chain": "— he said — ",
    "bullets": "• one\n",
    "question marks": "What? ",
    "exclamations": "No! ",
    "short sentences": "It is. ",
    "commas and words": "one, two, ",
    "semicolons": "one; ",
    "colons": "one: ",
    "time colons": "12:",
    "numbers": "1 ",
    "numbers with commas": "1,000 ",
    "numbers glued": "1,",
    "decimals": "3.14 ",
    "decimals glued": "3.",
    "money": "$5 million ",
    "per cent": "12% ",
    "units": "5km",
    "table of numbers": "12\t3.4\t1,000\t-5\n",
    "table of figures": "| 12 | 3.4 | 1,000 |\n",
    "years": "2021 ",
    "year dashes": "2021-",
    "years joined": "2021, ",
    "ISO dates": "2021-03-04 ",
    "slashed dates": "3/4/2021 ",
    "dates": "March 3, 2021 ",
    "dates joined": "March 3, 2021, ",
    "days": "Monday ",
    "on days": "on Monday ",
    "days and": "Monday and ",
    "months": "May ",
    "months and days": "May 3 ",
    "days of months": "3 May ",
    "ordinals": "1st ",
    "of the first": "the first of ",
    "ago": "two years ago ",
    "years of": "years of ",
    "last": "last ",
    "last week": "last week ",
    "the 1990s": "the 1990s ",
    "seasons": "summer ",
    "quarters": "first quarter ",
    "from to": "from 2012 to ",
    "between": "between May and ",
    "hours": "12:30 p.m. ",
    "number words": "twenty-one ",
    "number words and": "hundred and ",
    "a million": "million ",
    "updated": "Updated: ",
    "published": "Published: 3 May ",
    "by": "By Anna Berg ",
    "bylines": "By Anna Berg\n",
    "datelines": "LISBON (AP) — ",
    "datelines of lines": "LISBON, March 3 —\n",
    "licensed": "This work is licensed under ",
    "licence words": "licensed under CC BY 4.0. ",
    "share": "Share this article ",
    "share lines": "Share on Facebook\n",
    "read more": "Read more: ",
    "advertisement": "Advertisement\n",
    "image": "Image: ",
    "URLs": "http://a.b/c ",
    "URLs of paths": "https://www.example.org/2021/03/04/a-b-c?d=e&f=g#h ",
    "URLs glued": "http://a.b/c",
    "www": "www.example.org ",
    "www glued": "www.",
    "schemes": "http://",
    "query": "a=b&",
    "e-mails": "anna.berg@example.org ",
    "e-mails glued": "anna@berg.",
    "mentions": "@anna ",
    "hashtags": "#harbour ",
    "hashtags glued": "#harbour",
    "smileys": ":-) ",
    "smileys glued": ":-)",
    "entity &amp;": "&amp;",
    "entity &amp;amp;": "&amp;amp;",
    "entity &quot;": "&quot;",
    "entity &nbsp;": "&nbsp;",
    "entity &#8220;": "&#8220;",
    "entity without end": "&amp",
    "entities and words": "a &amp; b ",
    "mojibake quote": "â€œ",
    "mojibake quotes": "â€œsaidâ€\u009d ",
    "mojibake letters": "Ã©",
    "mojibake twice": "Ã\x83Â©",
    "mojibake words": "FranÃ§ois saidâ€¦ ",
    "mojibake spaces": "Â ",
    "mojibake half": "Ã",
    "tags": "<p>",
    "tags closed": "<b>a</b> ",
    "comments": "<!-- ",
    "markdown links": "[a](http://a.b) ",
    "JSON": '{"a": ["b", ',
    "Python": "def f(x): return x\n",
    "backslashes": "\\n",
    "regular expression": "(a+)+$",
    "star names": "**Anna Berg** ",
    "footnotes": "word[1] ",
    "superscripts": "m² ",
    "fractions": "½ ",
    "Roman numerals": "IV ",
    "Roman numerals glued": "XIV",
    "wide letters": "ＡＢＣ ",
    "ligatures": "ﬁ",
    "mathematical letters": "𝒯𝒽ℯ ",
    "mixed scripts": "aаα漢",
    "quoted words": "so-called “peace” and ",
    "Q and A": "Q: Who? A: Anna Berg. ",
    "speaker lines": "BERG: It is shut.\n",
    "lists of offices": "minister, secretary, ",
    "because": "because it was said that ",
    "if": "if he ",
    "prepositions": "in of at by ",
    "adjectives": "very ",
    "verbs": "go went gone ",
    "compound nouns": "harbour board member ",
    "hex": "0x7fffffff ",
    "base64": "aGVsbG8gd29ybGQh",
    "percent escapes": "%20",
    "paths": "/usr/bin/",
    "versions": "1.2.3.",
    "IP addresses": "10.0.0.1 ",
    "telephone numbers": "+47 22 33 44 55 ",
    "scores": "3-2 ",
    "relayed quotations": "“It is shut,” Anna Berg said, according to TASS. ",
    "remarks elsewhere": "“It is shut.” Anna Berg made the remarks in Oslo. ",
    "added": "“It is shut,” Berg told reporters in Oslo. “It is,” she added. ",
    "said with a colon": "Anna Berg said: ",
    "headlines with a colon": "Berg: It is shut\n",
    "statement saying": "a statement saying that ",
    "called it": "called it a hoax and ",
    "told that": "Anna Berg told the Gazette that ",
    "words in marks in a clause": "Anna Berg said that the “plan” is “dead” and ",
    "after an event": "after the election ",
    "two days after": "two days after the vote on Monday, ",
    "treaty of": "Treaty of Harbour Berg ",
    "datelined quotations": "OSLO, May 3 (AP) — “It is shut,” Anna Berg said. ",
    "bodies of one acronym": "the Harbour Board of Norway and HBN ",
    "owned offices": "Norway's foreign minister Anna Berg, ",
    "spellings": "Anna Berg. Ana Berg. Anne Burg. ",
    "surname lists": "Berg, Smith, Lopez and ",
    "no sentence end": "it is shut and he said so on Monday, ",
    "en dashes of years": "2019–",
}


def _around(left: str, unit: str, right: str) -> Callable[[int], str]:
    """Repeat `left` and `right` equally often, with the unit between."""
    return lambda length: left * (length // 2) + unit + right * (length // 2)


def _counted(form: str) -> Callable[[int], str]:
    """Repeat the form with the numbers 0, 1, 2 ... in letters: no two alike."""

    def letters(number: int) -> str:
        out = ""
        for _ in range(4):
            number, rest = divmod(number, 26)
            out = chr(97 + rest) + out
        return out

    def text(length: int) -> str:
        count = length // (len(form) + 2) + 1
        every = enumerate(map(letters, range(count)))
        return "".join(form.format(low=each, name=each.title(), upper=each.upper(), n=i) for i, each in every)

    return text


def _units(unit: str) -> Callable[[int], str]:
    return lambda length: unit * (length // len(unit) + 1)


def _lead(start: str, unit: str, end: str = "") -> Callable[[int], str]:
    return lambda length: start + unit * (length // len(unit) + 1) + end


KINDS: dict[str, Callable[[int], str]] = {
    **{name: _units(unit) for name, unit in UNITS.items()},
    "nested round brackets": _around("(", "a", ")"),
    "nested quotes": _around("“", "a", "”"),
    "nested square brackets": _around("[", "a", "]"),
    "words in deep brackets": _around("(a ", "b", ") "),
    "different words": _counted("{low} "),
    "different words glued": _counted("{low}."),
    "different capital words": _counted("{name} "),
    "different names": _counted("{name} {name}sen, "),
    "different names of sentences": _counted("{name} {name}sen said so. "),
    "one surname": _counted("{name} Berg said so. "),
    "one given name": _counted("Anna {name} said so. "),
    "middle names": _counted("Anna {name} Berg said so. "),
    "different bodies": _counted("The {name} Board said so. "),
    "one body shortened": _counted("The {name} Harbour Board said so. The Harbour Board said. "),
    "different acronyms": _counted("Harbour {name} Board (HB) said. "),
    "different labels in capitals": _counted("{upper}: It is shut?\n"),
    "different numbers": _counted("{n} "),
    "different numbers glued": _counted("{n},"),
    "different quotes": _counted("“{name} is {low},” said {name} Berg. "),
    "different quotes of one": _counted("“{name} is {low},” Anna Berg said. "),
    "different ministers": _counted("The minister {name} Berg said. He said. The minister said. "),
    "pronouns after names": _lead("Anna Berg. " * 500, "She said he said. "),
    "one long quotation": _lead("“", "it is shut and ", "” said Anna Berg."),
    "one long quotation of sentences": _lead("“", "It is shut. ", "” said Anna Berg."),
    "one long clause said": _lead("Anna Berg said that ", "the harbour and the board of "),
    "one long bracket": _lead("Anna Berg (", "the harbour and "),
    "long title": _lead("", "Harbour Board Shuts Bridge ", "\n\nIt is shut.\n"),
    "one opening quote, many closing": _lead("“", "a” "),
    "brackets that stay open": _lead("", "(the harbour ", ""),
    "a stop far away": _lead("", "the harbour is shut and ", "."),
}


def stages(text: str) -> Iterator[tuple[str, float]]:
    """Yield each article-wise stage with the CPU seconds that it needs for a raw text, in order."""
    raw: dict[str, Any] = {
        "document_id": "0" * 16,
        "source": "a.txt",
        "url": None,
        "content_sha256": "",
        "encoding": "utf-8",
        "text": text,
        "extractor": "text",
        **{c.name: None for c in RAWS.stored if c.name.startswith("known_")},
    }
    article = Article({"raws": [raw]})
    for stage in DOCUMENT_STAGES:
        begin = time.process_time()
        list(stage.run([article], Settings()))
        yield stage.name, time.process_time() - begin


def _measure(text: str, send: Any, most: int) -> None:
    gc.freeze()  # a collection over the parent's objects would copy its memory
    resource.setrlimit(resource.RLIMIT_CPU, (most, most))
    for found in stages(text):
        send.send(found)
    send.close()


def measured(text: str, most: int = 60) -> dict[str, float]:
    """Return stage -> CPU seconds, measured in a separate process that may use `most` CPU seconds. A stage that exceeds
    them has infinity; those after it are missing."""
    context = multiprocessing.get_context("fork")
    receive, send = context.Pipe(duplex=False)
    process = context.Process(target=_measure, args=(text, send, most))
    process.start()
    send.close()
    found: dict[str, float] = {}
    try:
        while True:
            name, seconds = receive.recv()
            found[name] = seconds
    except EOFError:
        pass
    process.join()
    if process.exitcode:
        found[DOCUMENT_STAGES[len(found)].name] = float("inf")
    return found


def _print_slow_texts(names: list[str]) -> None:
    parses.load(Settings().model)
    list(stages(PROSE * 20))
    print("kind\tstage\tsmall\tlarge\tfactor\ttotal", flush=True)
    for kind in names or KINDS:
        small = measured(KINDS[kind](SIZES[0]), 30)
        large = measured(KINDS[kind](SIZES[1])) if max(small.values()) < 10 else small
        total = sum(large.values())
        slow = [
            f"{kind}\t{stage}\t{small.get(stage, 0):.2f}\t{seconds:.2f}\t{seconds / max(small.get(stage, 0), 0.02):.1f}"
            for stage, seconds in large.items()
            if seconds > 4 or (seconds > 0.3 and seconds > 6 * small.get(stage, 0) + 0.1)
        ]
        for line in slow or [f"{kind}\t-\t\t\t"]:
            print(f"{line}\t{total:.2f}{'\tOVER' if total > BUDGET else ''}", flush=True)


if __name__ == "__main__":
    _print_slow_texts(sys.argv[1:])
