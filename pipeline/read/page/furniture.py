"""Remove what a page shows between the paragraphs of its article: boxes, labels, captions, marks of notes.

What belongs to the article and what does not is described in docs/cleaning.md; page_furniture.tsv tells it by classes,
headings and prompts. An element with much of the page's text is never removed, whatever its class says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice, takewhile
from typing import Any

from pipeline.data import load
from pipeline.read.layout import LINK_SHARE, SENTENCE_END, is_prose
from pipeline.read.page.parts import HEADINGS, Parts
from pipeline.read.page.site import same
from pipeline.read.page.words import line_of, short_line

# A line of at least this many characters with the end of a sentence is a paragraph; teasers and prompts are shorter.
PARAGRAPH = 100
# A box with more than this share of the page's paragraphs is the article, not furniture.
MAX_SHARE = 1 / 3
MAX_HEADING, MAX_PROMPT, MAX_CAPTION, MAX_CONTROLS, MAX_HIDDEN = 90, 400, 250, 200, 40
MAX_LETTER, MAX_LETTERS, MAX_TOOLBAR = 5, 50, 120
CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
SIGNS = re.compile(r"[^a-z0-9]+")
BOXES = frozenset({"div", "section", "aside", "figure", "ul", "ol", "dl", "table", "td", "blockquote", "details"})
CONTROLS = ("button", "input", "form", "select", "textarea")
TOOLS = frozenset({*CONTROLS, "label", "option", "svg"})
# Elements whose class may mark a word within a sentence.
INLINE = frozenset({"a", "abbr", "b", "cite", "em", "font", "i", "small", "span", "strong", "sub", "sup", "u"})
KEPT = frozenset({"html", "body", "main", "h1", "br", "hr", "img", "input"})
MARK = re.compile(r"\[\d{1,3}\]")
NUMBER = re.compile(r"\d{1,3}")
# Before the mark of a note, not before a power: a word of four letters that is no unit, or a stop.
NOTED = re.compile(
    r"(?:(?<![^\W\d_])(?!(?:(?:kilo|centi)?met(?:re|er)|mile|feet|foot|inch|inche|yard)s?$)[^\W\d_]{4,18}"
    r"|[.,;:!?”’\")\]])$"
)
# In a box, words that somebody says.
QUOTED = re.compile(r"“[^“”]{20,400}[,.!?]”|\"[^\"]{20,400}[,.!?]\"")
# Words that a narrator gives to somebody: behind them the sentence goes on. A letter of a reader is signed instead.
ATTRIBUTED = re.compile(r"“[^“”]{10,400},” ?\w|(?<!\w)\"[^\"]{10,400},\" ?\w")
# Words of a prompt to the reader.
ADDRESS = re.compile(r"\b(?:you|your|our|us|we|me|my)\b", re.IGNORECASE)
# Large first letters, with the marks before them; the rest of the word or of the sentence follows.
FIRST_LETTER = re.compile(r"[“‘\"'«¡¿]{0,2}[^\W\d_]{1,3}")
# Of these kinds, marks and captions may be within a line; a pull quote repeats the article, or it is a part of it.
WITHIN, REPEATING = frozenset({"note", "caption"}), "pull-quote"
# Of these kinds, a single sentence may be marked.
LINES = frozenset({"author", "caption", "correction", "note", "masthead", "standards", "video", "pull-quote"})
# Kinds of boxes by their heading: with at most one paragraph; the others have none, and those of links mostly links.
WITH_PARAGRAPH, WITH_LINKS = frozenset({"author", "contact", "newsletter", "facts"}), frozenset({"related"})


@dataclass(frozen=True, slots=True)
class Furniture:
    """A line of page_furniture.tsv: what is `kind` of furniture, by a pattern `where` it is marked: `class`, `heading`,
    `prompt`, `button`, `foot`, `short foot`, `inline`."""

    kind: str
    where: str
    pattern: str
    kept: str
    example: str
    source: str


def without_furniture(tree: Any, parts: Parts) -> None:
    """Remove furniture from the tree in place, except around the headline and the article's element."""
    body = tree.find(".//body")
    if body is None:
        return
    _join_first_letters(body)
    _keep_openings(body)
    paragraphs = _paragraphs(body)
    words = same(line_of(body))
    for mark in _numbered(body):
        _remove(mark)
    for element in list(body.iter()):
        if isinstance(element.tag, str) and element.tag not in KEPT and element not in parts.around:
            kind = _marked(element)
            if kind and _is_whole(element, kind) and _is_small(element, paragraphs):
                if kind != REPEATING or _repeats(element, words):
                    _remove(element)
            elif _is_mark(element) or _is_captioned_picture(element):
                _remove(element)
    for element, kind in [*_headed(body, parts), *_prompts(body, parts)]:
        if _is_small(element, paragraphs) and _has_form(element, kind):
            _remove(element)
    for foot in _feet(body, parts, MAX_SHARE * paragraphs):
        for element in foot:
            _remove(element, tail=False)


def mark_article(tree: Any) -> None:
    """Mark the smallest element with all sentences of the page as the article, if it has lists or subheads between its
    paragraphs and trafilatura knows no article: of such a page it reads nothing but paragraphs."""
    from trafilatura.xpaths import BODY_XPATH

    body = tree.find(".//body")
    if body is None or any(path(tree) for path in BODY_XPATH):
        return
    sentences = _sentences(body)
    found = inner = body
    while inner is not None:
        found = inner
        boxes = (one for one in found if one.tag in {"div", "section", "form"})
        inner = next((one for one in boxes if 0 < sentences == _sentences(one)), None)
    if found.tag in {"div", "section"} and any(map(_is_between_paragraphs, found.iter("ul", "ol", *HEADINGS))):
        found.set("itemprop", "articleBody")


def _sentences(element: Any) -> int:
    return sum(map(is_prose, _lines(element)))


def _is_between_paragraphs(element: Any) -> bool:
    """Whether a list or heading without links is between paragraphs."""
    sides = (element.getprevious(), element.getnext())
    return all(one is not None and one.tag == "p" for one in sides) and next(element.iter("a"), None) is None


def _join_first_letters(body: Any) -> None:
    """Make a first letter with an element or a picture of its own ("<span>T</span>he ferry") a part of its word."""
    found = 0
    for element in list(body.iter(*INLINE, "img")):
        letter = (element.get("alt") or "").strip() if element.tag == "img" else short_line(element, MAX_LETTER)
        # A picture of two letters or more may show a whole word, and the blank behind it.
        first = FIRST_LETTER.fullmatch(letter) and (element.tag != "img" or sum(map(str.isalpha, letter)) == 1)
        if (element.tail or "")[:1].isalpha() and len(element) == 0 and first:
            element.tail = letter + (element.tail or "")
            _remove(element)
            found += 1
        if found == MAX_LETTERS:
            return


def _keep_openings(body: Any) -> None:
    """Take the class and the id from blocks whose class says "teaser" and that hold the beginning of the article: a
    paragraph, no heading and no link to another article. trafilatura removes blocks of that name."""
    for element in body.iter("div", "section", "p"):
        named = f"{element.get('class') or ''} {element.get('id') or ''}".casefold()
        if "teaser" not in named or not _long(element) or next(element.iter("a", "img", *HEADINGS), None) is not None:
            continue
        if not any(one.tag == "a" or one.get("onclick") for one in (element, *element.iterancestors())):
            element.attrib.pop("class", None)
            element.attrib.pop("id", None)


@cache
def _patterns(where: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return (kind, pattern) of a place; the pattern of a kind is that of all its lines."""
    found: dict[str, list[str]] = {}
    for line in load("page_furniture.tsv", Furniture):
        if line.where == where:
            found.setdefault(line.kind, []).append(line.pattern)
    around = r"(?:^|-)(?:{})(?=-|$)" if where == "class" else "(?:{})"
    return tuple((kind, re.compile(around.format("|".join(each)), re.IGNORECASE)) for kind, each in found.items())


def _marked(element: Any) -> str | None:
    """Return the kind that the classes, the id or the component of an element name, or its own name (`amp-ad`)."""
    values = (element.get(name) for name in ("class", "id", "data-component", "data-testid"))
    named = [element.tag] if "-" in element.tag else []
    return next((kind for value in (*named, *values) if value and (kind := _kind(value))), None)


@lru_cache(2048)
def _kind(value: str) -> str | None:
    for token in value.split()[:30]:
        words = SIGNS.sub("-", CAMEL.sub("-", token[:120]).lower()).strip("-")
        for kind, pattern in _patterns("class"):
            if pattern.search(words):
                return kind
    return None


def _is_whole(element: Any, kind: str) -> bool:
    """Whether an element of that class can be removed: it is no word within a line, no sentence of the article."""
    if element.tag in INLINE:
        return kind in WITHIN and not FIRST_LETTER.fullmatch(short_line(element, MAX_LETTER))
    if element.tag == "p" and kind not in LINES and is_prose(line_of(element)):
        return False
    quoted = {"facts": QUOTED, "letters": ATTRIBUTED}.get(kind)
    if quoted and any(is_prose(line) and quoted.search(line) for line in _lines(element)):
        return False
    # A box of tools holds links and buttons; a paragraph without any is about tools.
    if kind == "share" and sum(map(is_prose, _lines(element))) > sum(1 for _ in element.iter("a", *CONTROLS)):
        return False
    # "Read more" may also unfold the rest of the article: teasers are linked, paragraphs mostly are not.
    return kind not in WITH_LINKS or _long(element) <= sum(1 for _ in element.iter("a"))


def _is_small(element: Any, paragraphs: int) -> bool:
    return _paragraphs(element) <= MAX_SHARE * paragraphs


def _paragraphs(element: Any) -> int:
    """Return the characters of the paragraphs in an element."""
    return sum(map(len, _long_lines(element)))


def _long(element: Any) -> int:
    """Count the paragraphs in an element."""
    return sum(1 for _ in _long_lines(element))


def _long_lines(element: Any) -> Iterator[str]:
    return (line for line in _lines(element) if len(line) >= PARAGRAPH and SENTENCE_END.search(line))


def _lines(element: Any) -> Iterator[str]:
    """Yield the lines of an element, each on one line."""
    line = [element.text or ""]
    stack = [(one, False) for one in reversed(element)]
    while stack:
        one, left = stack.pop()
        shown = isinstance(one.tag, str) and one.tag not in {"script", "style", "noscript"}
        if shown and one.tag not in INLINE and line:
            yield " ".join("".join(line).split())
            line = []
        if left or not shown:
            line.append(one.tail or "")
            continue
        line.append(one.text or "")
        stack.append((one, True))
        stack.extend((child, False) for child in reversed(one))
    if line:
        yield " ".join("".join(line).split())


def _repeats(element: Any, page: str) -> bool:
    """Whether the longest line of an element is also elsewhere in the words of the page."""
    words = same(max(_lines(element), key=len, default=""))
    return bool(words) and page.count(words) > same(line_of(element)).count(words)


def _is_mark(element: Any) -> bool:
    """Whether an element is the mark of a note or of a printed link ("[2]"), or what screens do not show of a link."""
    if element.tag not in {"sup", "strong", "b", "a", "span"} or len(element) > 1:
        return False
    text = short_line(element, MAX_HIDDEN)
    if any(pattern.fullmatch(text) for _, pattern in _patterns("inline")):
        return True
    inside = element if element.tag == "a" else element.find("a") if element.tag == "sup" else None
    linked = inside is not None and (inside.get("href") or "").startswith("#")
    return MARK.fullmatch(text) is not None or (
        linked and NUMBER.fullmatch(text) is not None and not _is_between_words(element)
    )


def _is_between_words(element: Any) -> bool:
    """Whether an element is between blanks in a sentence: behind a word, and before one in small letters, as in "He
    paid 12 times"."""
    before, above = element.getprevious(), element.getparent()
    text = (above.text if before is None else before.tail) or ""
    tail = element.tail or ""
    return text[-1:].isspace() and bool(text.strip()) and tail[:1].isspace() and tail.strip()[:1].islower()


def _numbered(body: Any) -> list[Any]:
    """Return the marks of notes without links: raised numbers behind a word or a stop that count from 1. A power has a
    number or a unit before it, or is the first with a 2."""
    found: list[Any] = []
    last = 0
    for one in body.iter("sup"):
        text = short_line(one, 3)
        before = one.getprevious().tail if one.getprevious() is not None else one.getparent().text
        if NUMBER.fullmatch(text) and NOTED.search((before or "")[-20:]) and 1 <= int(text) <= last + 1:
            found.append(one)
            last = max(last, int(text))
    return found


def _is_captioned_picture(element: Any) -> bool:
    """Whether an element is a layout table with a picture and its caption."""
    if element.tag != "table" or element.find(".//img") is None or element.find(".//a") is not None:
        return False
    texts = [text for cell in element.iter("td") if cell.find(".//td") is None and (text := line_of(cell))]
    return len(texts) == 1 and len(texts[0]) <= MAX_CAPTION and not is_prose(texts[0])


def _headed(body: Any, parts: Parts) -> list[tuple[Any, str]]:
    """Return the boxes that begin with a heading of the table, each with its kind."""
    out = []
    for element in body.iter(*HEADINGS, "p", "span", "strong", "b", "div", "summary", "label"):
        if len(element) > 2 or not (text := short_line(element, MAX_HEADING)):
            continue
        kind = next((kind for kind, pattern in _patterns("heading") if pattern.fullmatch(text)), None)
        box = _box(element, parts, kind) if kind else None
        if box is not None:
            out.append((box, str(kind)))
    return out


def _feet(body: Any, parts: Parts, most: float) -> list[list[Any]]:
    """Return, for each parent of headings that end the article, the largest foot with at most so many characters of
    paragraphs: all elements of the parent from its end up to a heading. A short foot has no paragraph."""
    feet = {}
    for element in body.iter(*HEADINGS):
        text = short_line(element, MAX_HEADING)
        for where in ("foot", "short foot"):
            if element not in parts.around and any(pattern.fullmatch(text) for _, pattern in _patterns(where)):
                feet[element] = where
    found = []
    for parent in dict.fromkeys(element.getparent() for element in feet):
        below: list[Any] = []
        size = length = 0
        for element in reversed(parent):
            length += _paragraphs(element)
            if length > most:
                break
            below.append(element)
            if feet.get(element) == "foot" or (element in feet and not length):
                size = len(below)
        found.append(below[:size])
    return found


def _box(heading: Any, parts: Parts, kind: str | None) -> Any | None:
    """Return the largest box that begins with a heading and has the form of its kind."""
    found = None
    at = heading
    while True:
        above = at.getparent()
        if above is None or above in parts.around or above.tag in KEPT or (above.text or "").strip():
            return found
        if any((one.tail or "").strip() or "".join(one.itertext()).strip() for one in at.itersiblings(preceding=True)):
            return found
        at = above
        boxed = at.tag in BOXES or (at.tag == "p" and kind == "contact")
        if boxed and not _has_form(at, kind):
            return found
        found = at if boxed else found


def _has_form(element: Any, kind: str | None) -> bool:
    """Whether a box has the form of its kind, and is no part of the article that only begins with a label."""
    lines = [line for line in _lines(element) if line]
    long = _long(element)
    if kind in WITH_PARAGRAPH:
        asked = kind != "newsletter" or not long or next(element.iter("a", *CONTROLS), None) is not None
        return asked and long <= 1 and sum(map(len, lines)) <= 3 * MAX_PROMPT
    if kind in WITH_LINKS:
        linked = sum(len(line_of(link)) for link in element.iter("a"))
        # Of cards, only the pictures may be linked.
        cards = 3 <= len(lines) <= 4 * sum(1 for _ in element.iter("a"))
        return not long and (cards or 4 * linked >= LINK_SHARE * sum(map(len, lines)))
    return not long and (kind == "prompt" or not any(map(is_prose, lines)))


def _prompts(body: Any, parts: Parts) -> list[tuple[Any, str]]:
    """Return the small boxes with a control (a button, a field) and a prompt such as "in your inbox"."""
    out = [(box, "share") for box in _toolbars(body)]
    links = (one for one in body.iter("a") if _is_button(one))
    for control in (*islice(body.iter(*CONTROLS), MAX_CONTROLS), *islice(links, MAX_CONTROLS)):
        within = takewhile(lambda one: one.tag not in KEPT and one not in parts.around, control.iterancestors())
        boxes = [one for one in within if one.tag in BOXES and _is_prompt(one, control)]
        if boxes:
            out.append((boxes[-1], "newsletter"))
    return out


def _toolbars(body: Any) -> Iterator[Any]:
    """Yield the short boxes that hold two buttons or more, and beside these at most two words, in no paragraph that is
    a sentence: "All", "Key events", "24 posts"."""
    above = (one.getparent() for one in islice(body.iter("button"), MAX_CONTROLS))
    for box in dict.fromkeys(above):
        if box.tag not in BOXES or sum(1 for one in box if one.tag == "button") < 2 or not short_line(box, MAX_TOOLBAR):
            continue
        if any(SENTENCE_END.search(line_of(one)) for one in box.iter("p")):
            continue
        others = [line_of(one) for one in box if isinstance(one.tag, str) and one.tag not in TOOLS]
        if all(line.count(" ") < 2 for line in (*others, (box.text or "").strip(), *((one.tail or "") for one in box))):
            yield box


def _is_button(link: Any) -> bool:
    """Whether a link is alone in its line and reads like a button: "Sign me up"."""
    above, before = link.getparent(), link.getprevious()
    beside = (link.tail, above.text if before is None else before.tail)
    text = "" if any((one or "").strip() for one in beside) else short_line(link, MAX_HIDDEN)
    return any(pattern.fullmatch(text) for _, pattern in _patterns("button"))


def _is_prompt(box: Any, control: Any) -> bool:
    """Whether a box with a control has a prompt. A post of a live report has a button, too: with a button, a box with a
    paragraph must address the reader, and quotes nobody."""
    text = short_line(box, MAX_PROMPT)
    if not any(pattern.search(text) for _, pattern in _patterns("prompt")):
        return False
    return control.tag != "button" or (not QUOTED.search(text) and (not _long(box) or ADDRESS.search(text) is not None))


def _remove(element: Any, *, tail: bool = True) -> None:
    """Remove an element from its tree; keep the text behind it if it is no part of what is removed."""
    above = element.getparent()
    if above is None:
        return
    before, text = element.getprevious(), element.tail if tail else None
    if text and before is not None:
        before.tail = (before.tail or "") + text
    elif text:
        above.text = (above.text or "") + text
    above.remove(element)
