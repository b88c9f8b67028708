"""Find the parts of a page: the headline, the article element, and what is outside the article."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipeline.read.page.site import Site, is_front_page_link, same
from pipeline.read.page.words import has_class_prefix, has_class_word, line_of, of_kind, short_line, tokens

# Elements that are never part of the article's head or text (HTML Standard, 4.3 and 4.10), and pictures.
OUTSIDE = frozenset(
    {"aside", "nav", "footer", "form", "script", "style", "noscript", "template", "button", "select", "iframe"}
)
PICTURES = frozenset({"figure", "figcaption", "picture"})
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
# What holds the headline of pages without headings.
MAX_TITLE = 500
LINES = ("div", "span", "p", "b", "strong", "big", "font")


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
        if element.tag == "aside" and has_class_word(element, "dated") and self.article in element.iterancestors():
            # So does the aside below the headline in Joomla's templates.
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


def parts(tree: Any, titles: tuple[str, ...], site: Site) -> Parts:
    """Find the parts of a page. `titles` are those in its head; of several `h1`, the one that begins a title counts. If
    there is no `h1` but the site's name, the one heading or line that is a title counts."""
    whole = _forms(tree)
    articles = [one for one in tree.iter("article") if not _aside(one, whole)]
    headings = [one for one in tree.iter("h1") if not _aside(one, whole) and not _names_site(one, site)]
    if not headings:
        headings = _titled(tree, titles, whole) or _headlines(tree, whole)
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
    around |= {*tree.iter("html", "body"), *whole}
    return Parts(headline, article, article is None and len(articles) > 0, frozenset(around))


def names_page(heading: Any, titles: tuple[str, ...]) -> bool:
    """Whether one of the page's titles begins with the words of a heading."""
    words = line_of(heading).casefold()
    return bool(words) and any(title.casefold().startswith(words) for title in titles)


def _titled(tree: Any, titles: tuple[str, ...], whole: frozenset[Any]) -> list[Any]:
    """Return the one heading whose words are one of the page's titles, else the one such line."""
    wanted = {same(title) for title in titles} - {""}
    for tags in (HEADINGS, LINES):
        shown = (one for one in tree.iter(*tags) if tags is HEADINGS or (one.text or "").strip())
        found = [one for one in shown if same(short_line(one, MAX_TITLE)) in wanted and not _aside(one, whole)]
        if len(found) == 1:
            return found
    return []


def _headlines(tree: Any, whole: frozenset[Any]) -> list[Any]:
    """Return the one line that its class marks as a headline."""
    found = [one for one in tree.iter(*LINES, "td") if tokens(one) & of_kind("headline") and short_line(one, MAX_TITLE)]
    return found if len(found) == 1 and not _aside(found[0], whole) and found[0].find(".//a") is None else []


def _names_site(heading: Any, site: Site) -> bool:
    return site.is_name(line_of(heading)) or is_front_page_link(heading)


def _forms(tree: Any) -> frozenset[Any]:
    """Return the forms that hold most of the page, as those of ASP.NET do."""
    body = tree.find(".//body")
    forms = [one for one in tree.iter("form") if not any(up.tag == "form" for up in one.iterancestors())]
    if not forms or body is None:
        return frozenset()
    most = sum(map(len, body.itertext())) / 2
    return frozenset(one for one in forms if sum(map(len, one.itertext())) > most)


def _aside(element: Any, whole: frozenset[Any] = frozenset()) -> bool:
    """Whether an element is in a part that is not the article's, or is an article within an article. `whole`: forms
    around the page."""
    return any(
        (one.tag in OUTSIDE and one not in whole)
        or one.tag == "article"
        or (one.tag not in {"html", "body"} and one not in whole and has_class_prefix(one, "outside"))
        for one in element.iterancestors()
        if element.tag == "article" or one.tag != "article"
    )
