"""Find the parts of a page: the headline, the article element, and what is outside the article."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipeline.read.page.words import has_class_prefix

# Elements that are never part of the article's head or text (HTML Standard, 4.3 and 4.10), and pictures.
OUTSIDE = frozenset(
    {"aside", "nav", "footer", "form", "script", "style", "noscript", "template", "button", "select", "iframe"}
)
PICTURES = frozenset({"figure", "figcaption", "picture"})


@dataclass(frozen=True, slots=True)
class Parts:
    """`headline`: the `h1` of the article, if known. `article`: the page's own `article` element, if there is one.
    `several`: whether there are articles, none of them known to be the page's own. `around`: the headline's and the
    article's ancestors, and the article."""

    headline: Any | None
    article: Any | None
    several: bool
    around: frozenset[Any]

    def outside(self, element: Any) -> bool:
        """Whether the content of the element is not the page's article: other articles, comments, pictures, navigation.
        False for elements around the headline or the article."""
        if element in self.around or not isinstance(element.tag, str):
            return False
        if element.tag == "footer" and self.article is not None and self.article in element.iterancestors():
            # The article's footer names its author and day (HTML Standard, 4.3.9).
            return False
        return (
            element.tag in OUTSIDE
            or element.tag in PICTURES
            or (element.tag == "article" and element is not self.article)
            or has_class_prefix(element, "outside")
            or has_class_prefix(element, "picture")
        )

    def own(self, element: Any) -> bool:
        """Whether the element belongs to the page's article and its head."""
        above = [element, *element.iterancestors()]
        return not any(self.outside(one) for one in above) and (self.article is None or self.article in above)


def parts(tree: Any, titles: tuple[str, ...]) -> Parts:
    """Find the parts of a page. `titles` are those in its head; of several `h1`, the one that begins a title counts."""
    articles = [one for one in tree.iter("article") if not _aside(one)]
    headings = [one for one in tree.iter("h1") if not _aside(one)]
    article = articles[0] if len(articles) == 1 else None
    if article is not None and any(article in one.iterancestors() for one in headings):
        headings = [one for one in headings if article in one.iterancestors()]
    if len(headings) > 1:
        headings = [one for one in headings if names_page(one, titles)]
    headline = headings[0] if len(headings) == 1 else None
    if headline is not None and article is None:
        article = next((one for one in reversed(articles) if one in headline.iterancestors()), None)
    if headline is not None and article is not None and article not in headline.iterancestors():
        # A site's name above the article is not its headline.
        headline = headline if names_page(headline, titles) else None
    around = {*(headline.iterancestors() if headline is not None else ())}
    if article is not None:
        around |= {article, *article.iterancestors()}
    around |= set(tree.iter("html", "body"))
    return Parts(headline, article, article is None and len(articles) > 0, frozenset(around))


def names_page(heading: Any, titles: tuple[str, ...]) -> bool:
    """Whether one of the page's titles begins with the words of a heading."""
    words = line_of(heading).casefold()
    return bool(words) and any(title.casefold().startswith(words) for title in titles)


def line_of(element: Any) -> str:
    """Return the text of an element on one line."""
    return " ".join(" ".join(element.itertext()).split())


def _aside(element: Any) -> bool:
    """Whether an element is in a part that is not the article's, or is an article within an article."""
    return any(
        one.tag in OUTSIDE
        or one.tag == "article"
        or (one.tag not in {"html", "body"} and has_class_prefix(one, "outside"))
        for one in element.iterancestors()
        if element.tag == "article" or one.tag != "article"
    )
