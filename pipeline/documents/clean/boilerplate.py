"""What stands in the raw text beside the article: rules that remove whole lines, and what is glued to the last one.

The lines are walked upwards from the end as long as a rule knows them, so that nothing is removed above the article's
last sentence, but for lines that can be nothing else wherever they stand. A rule matches a line wholly; one that is not
sure leaves it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pipeline.documents.clean.lines import Line
from pipeline.documents.clean.notices import grants
from pipeline.sentences.stamps import STAMP

type Removal = tuple[int, int, str]

MOST_LINE = 200
BULLET = r"[•·▪◦‣●■►▶»*-]"

# "2 + 7 =": the sum that a comment form asks for.
CAPTCHA = re.compile(r"(?:what is |captcha:? ?)?\d{1,2} ?[+\-−–x×*] ?\d{1,2} ?= ?\??", re.IGNORECASE)
COMMENT_FORM = re.compile(
    r"(?:(?:leave|post|add|write) (?:a|your) (?:comment|reply)s?(?: below)?|leave a reply cancel reply|cancel reply"
    r"|(?:post|submit|send) (?:your )?comment|your email address will not be published\..{0,80}"
    r"|save my name, email,? and website in this browser.{0,60}|(?:log|sign) in to (?:comment|leave a comment|reply)"
    r"|you must be logged in to (?:post|leave) a comment|(?:view |show |read )?(?:all )?comments? \(\d{1,5}\)"
    r"|(?:no|\d{1,5}) comments?(?: yet)?|be the first to comment|comments are closed"
    r"|required fields are marked \*|join the (?:discussion|conversation))[.!:…]?",
    re.IGNORECASE,
)
# Labels of the form's fields: only inside a form that another line gives away.
FORM_FIELD = re.compile(
    r"(?:(?:your )?(?:name|e-?mail(?: address)?|website|url|comment|message|captcha|phone)|submit|send|reply|comments?)"
    r" ?(?:\*|\(required\)|\(optional\)|:)?",
    re.IGNORECASE,
)
SHARE = re.compile(
    r"(?:share(?: this)?(?: (?:article|story|post|page|news|on|via|with|:|facebook|twitter|x|linkedin|whatsapp|telegram"
    r"|email|e-mail|print|reddit|pinterest|friends|your|and|this|,)){1,8}"
    r"|(?:facebook|twitter|linkedin|whatsapp|telegram|pinterest|reddit|instagram|youtube|email|print|copy link|tweet)"
    r"(?:[ ,|/•·]{1,3}(?:facebook|twitter|x|linkedin|whatsapp|telegram|pinterest|reddit|instagram|youtube|e-?mail|print"
    r"|copy link|tweet)){1,8}"
    r"|follow us(?: on [\w ,@&]{1,80})?|like us on facebook"
    r"|follow (?:[\w.’'-]{1,20} ){1,4}on (?:twitter|facebook|instagram|threads|bluesky|x)(?:[ :,]{1,2}@?\w{1,30})?"
    r"|(?:print|email|e-mail|bookmark) this(?: (?:article|page|story))?)"
    r"[.!:]?",
    re.IGNORECASE,
)
NEWSLETTER = re.compile(
    r"(?:(?:sign up|subscribe|register)(?: here| now| today)? (?:for|to) (?:our|the|your)(?: [\w’'&-]{1,20}){0,4}"
    r" (?:newsletters?|updates|alerts|bulletin|channel|briefing|podcast|inbox)(?: here| now| today)?"
    r"|(?:get|receive) (?:our|the) (?:latest |daily |weekly |top )?(?:news|newsletter|stories|headlines)"
    r"(?: (?:delivered )?(?:to|in|straight to) your (?:inbox|phone))?"
    r"|subscribe(?: now| today| here)?|click here to (?:subscribe|sign up|read more|comment))[.!:]?",
    re.IGNORECASE,
)
# "Watch the full interview below:": what it points to is not here.
POINTER = re.compile(
    r"(?:watch|see|view|read|listen to|check out) (?:the |his |her |their )?(?:full |entire |complete |whole )?"
    r"(?:interview|video|clip|speech|statement|segment|transcript|trailer|ad|exchange|results|episode|podcast)"
    r"(?: (?:below|here|above|via [\w ]{1,30}))?[:.!]?",
    re.IGNORECASE,
)
ADVERTISEMENT = re.compile(
    r"\W{0,3}(?:advertisement|advertising|story continues (?:below|after)(?: the| this)?(?: advertisement| ad)?"
    r"|article continues (?:below|after)(?: the| this)?(?: advertisement| ad)?"
    r"|continue reading (?:the main|below)(?: story)?|skip advertisement|sponsored content)\W{0,3}",
    re.IGNORECASE,
)
PAGE = re.compile(
    r"(?:page \d{1,3} (?:of|/) \d{1,3}|page \d{1,3}|\d{1,3} of \d{1,3} pages|[-–—] ?\d{1,3} ?[-–—])", re.IGNORECASE
)
RELATED = re.compile(
    r"(?:read (?:more|also|next)|also read|see also"
    r"|related(?: (?:articles?|stories|news|topics|links?|posts?|content))?"
    r"|more on this(?: story| topic)?|more (?:from|in) [\w ]{1,30}|you (?:may|might) also like"
    r"|recommended(?: for you)?|most (?:read|popular|viewed))(?::.{0,150})?",
    re.IGNORECASE,
)
DATED_LINK = re.compile(rf"{BULLET} ?{STAMP}(?P<title> .{{1,180}})?")
COPYRIGHT = re.compile(
    r"(?:©|\(c\) ?\d{4}|copyright (?:©|\(c\)|\d{4}|by )).{0,160}|all rights reserved\.?", re.IGNORECASE
)
SOURCE = re.compile(r"source ?: ?[^\s].{0,60}", re.IGNORECASE)
# "SM/PA": who wrote and who edited. Two to four capitals on each side.
INITIALS = re.compile(r"\(?[A-Z]{2,4}(?:/[A-Z]{2,4}){1,3}\)?")
END_MARK = re.compile(
    r"[-*#/ ]{0,4}(?:ends?|30)[-*#/ ]{1,4}|[-*#]{1,3} ?(?:ends?|30|##) ?[-*#]{0,3}|#{2,3}", re.IGNORECASE
)
SENTENCE_END = re.compile(r"[.!?…][\"”’)\]]{0,2}$")

# (rule, what the whole line matches): at the end of the text.
AT_END: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("captcha", CAPTCHA),
    ("comment-form", COMMENT_FORM),
    ("share-prompt", SHARE),
    ("newsletter-prompt", NEWSLETTER),
    ("media-pointer", POINTER),
    ("advertisement", ADVERTISEMENT),
    ("page-counter", PAGE),
    ("copyright-line", COPYRIGHT),
    ("source-line", SOURCE),
    ("author-initials", INITIALS),
    ("end-mark", END_MARK),
)
# Labels that news databases put above the parts of an article; lines of strokes between parts; whose picture it was.
LABEL = re.compile(r"(?:ABSTRACT|FULL TEXT|LEAD PARAGRAPH)[.:]?")
DIVIDER = re.compile(r"[_*=~–—-]{3,80}\.?")
CREDIT = re.compile(r"(?:[A-Z][\w.’'-]{1,20} ){1,4}(?:via|/) (?:Getty Images|Shutterstock|Reuters|AFP|AP)\.?")

# These can be nothing else, wherever they stand.
ANYWHERE: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("section-label", LABEL),
    ("divider", DIVIDER),
    ("picture-credit", CREDIT),
    ("comment-form", re.compile(r"leave a (?:comment|reply)", re.IGNORECASE)),
    (
        "share-prompt",
        re.compile(r"share this (?:article|story|post)|share on (?:facebook|twitter|whatsapp)", re.IGNORECASE),
    ),
    (
        "newsletter-prompt",
        re.compile(r"sign up (?:for|to) our (?:daily |weekly |free )?newsletters?[.!]?", re.IGNORECASE),
    ),
    ("advertisement", ADVERTISEMENT),
    ("page-counter", re.compile(r"page \d{1,3} of \d{1,3}", re.IGNORECASE)),
)


def removals(raw: str, lines: Sequence[Line]) -> list[Removal]:
    """(raw start, raw end, rule) in order, without overlap."""
    licences = [(grant.start, grant.end, "licence-footer") for grant in grants(raw)]
    kept = [line for line in lines if not _inside(line, licences)]
    below, kept = _below(kept, licences)
    out = [*licences, *below, *_anywhere(kept)]
    if kept:
        out.extend(_glued_initials(raw, kept[-1], licences))
    return _merged(sorted(out))


def _inside(line: Line, spans: Sequence[Removal]) -> bool:
    return any(start <= line.start and line.end <= end for start, end, _ in spans)


def _below(lines: list[Line], licences: Sequence[Removal]) -> tuple[list[Removal], list[Line]]:
    """What stands below the article, and the lines above that."""
    out: list[Removal] = []
    fields: list[Removal] = []
    form = False
    left = list(lines)
    while left:
        line = left[-1]
        # What is left of a line when its licence is gone, "© 2025 Olhao Courier.".
        cut = next((start for start, end, _ in licences if line.start < start and end == line.end), line.end)
        shown = line.text[: cut - line.start].rstrip()
        if len(left) > 1 and _link_title(left[-2], line):
            # "• 2021-01-04 17:50" and the title that it links to.
            out.extend((one.start, one.end, "related-link") for one in left[-2:])
            del left[-2:]
            continue
        rule = _rule(shown)
        if rule:
            out.append((line.start, line.start + len(shown), rule))
            if rule in {"comment-form", "captcha"}:
                form = True
                out.extend(fields)
                fields = []
        elif FORM_FIELD.fullmatch(shown):
            # Held back until another line gives the form away.
            (out if form else fields).append((line.start, line.end, "comment-form"))
        else:
            break
        left.pop()
    # Fields that no form claimed are lines of the article.
    if fields:
        gone = {start for start, _, _ in out}
        left = [line for line in lines if line.start not in gone]
    return out, left


def _rule(text: str) -> str | None:
    if not text or len(text) > MOST_LINE:
        return None
    for rule, pattern in AT_END:
        if pattern.fullmatch(text):
            return rule
    if RELATED.fullmatch(text) or DATED_LINK.fullmatch(text):
        return "related-link"
    return None


def _link_title(above: Line, line: Line) -> bool:
    """Whether a line is the title below a dated bullet: "• 2021-01-04 17:50", then an indented line or a headline."""
    if len(above.text) > MOST_LINE or len(line.text) > MOST_LINE:
        return False
    dated = DATED_LINK.fullmatch(above.text)
    return bool(dated) and not (dated and dated["title"]) and (line.indented or not SENTENCE_END.search(line.text))


def _anywhere(lines: Sequence[Line]) -> Iterator[Removal]:
    for line in lines:
        if len(line.text) <= MOST_LINE:
            for rule, pattern in ANYWHERE:
                if pattern.fullmatch(line.text):
                    yield line.start, line.end, rule
                    break


def _glued_initials(raw: str, last: Line, licences: Sequence[Removal]) -> Iterator[Removal]:
    """ "... will be more.” SM/PA": initials behind the last sentence, on its line."""
    stop = next((start for start, end, _ in licences if last.start < start and end <= last.end), last.end)
    shown = raw[last.start : stop].rstrip()
    begin = shown.rfind(" ") + 1
    if begin and INITIALS.fullmatch(shown, begin) and SENTENCE_END.search(shown[:begin].rstrip()[-4:]):
        yield last.start + begin, last.start + len(shown), "author-initials"


def _merged(removals: Sequence[Removal]) -> list[Removal]:
    """Without overlap: of two that overlap the one that starts first stands."""
    out: list[Removal] = []
    for start, end, rule in removals:
        if not out or start >= out[-1][1]:
            out.append((start, end, rule))
    return out
