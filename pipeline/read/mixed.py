"""UTF-8 with a few bytes of Windows' Western code page in it, as pages have that were pasted together."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.read.language import english

REPLACEMENT = "\ufffd"
WESTERN = "cp1252"
# Marks that are read wherever they stand: those of word processors, 0x80-0x9F in the code page (in other encodings
# controls or rare letters). Examples: `\x93Yes\x94`, `it\x92s`, `40 \x80`, `wait\x85\x94`.
OFFICE_MARKS = frozenset("€‚„…†‡‰‹‘’“”•–—™›")
# Marks that are read beside a letter or none, not between two. Examples: `20 \xb0C`, `\xa350`, `\xabOui\xbb`.
OTHER_MARKS = frozenset("\xa0¡¢£¥§©«\xad®°±²³·¹º»¼½¾¿")
# Half of `surrogateescape`: bytes that are no UTF-8 come as these.
STRAY = re.compile("[\udc80-\udcff]+")
# A curly mark, sign or emoji of UTF-8 that lost its last byte, which would read `â€`, `â„` or `ðŸ`; half a surrogate
# pair, `í\xa0½`.
HALF = re.compile(rb"\xe2[\x80-\x84]|\xf0\x9f[\x80-\xbf]?|\xed[\xa0-\xbf][\x80-\xbf]")
# So many stand together at most, as in `caf\xe9\x94\x97`: a longer run is in another encoding.
MOST_RUN = 4
# Broken characters: one for so many good ones beyond ASCII, or for so many characters.
GOOD_FOR_BAD, SIZE_FOR_BAD = 10, 1_000
# Letters and other marks of the code page, where there are no more than so many for each good character, or than this
# share of the text. English has one in a thousand characters, Dutch three, German twenty to thirty, Polish and Czech
# over fifty: beyond, the file may be in one code page throughout, and in which has to be told first. Text that is
# surely English is in the Western one.
MOST_FOR_GOOD = 3
MOST_SHARE, MOST_SHARE_ENGLISH = 0.01, 0.05


@dataclass(frozen=True, slots=True)
class Mixed:
    """A text, and how many of its characters beyond ASCII are UTF-8, were read in the Western code page, stay broken
    (U+FFFD)."""

    text: str
    good: int
    western: int
    broken: int

    @property
    def encoding(self) -> str:
        """The encoding in words."""
        if not self.good:
            return f"{WESTERN} ({self.broken} broken characters replaced)" if self.broken else WESTERN
        said = [f"{self.western} bytes read as {WESTERN}"] if self.western else []
        said += [f"{self.broken} broken characters replaced"] if self.broken else []
        return f"utf-8 ({', '.join(said)})"


def mixed(data: bytes) -> Mixed | None:
    """The text of bytes that are not UTF-8 throughout, or that are ASCII but for a few bytes; None where so many are
    neither that they are likelier in another encoding. Linear in the length."""
    escaped = data.decode("utf-8", "surrogateescape")
    parts: list[str] = []
    end = western = rare = broken = 0
    for run in STRAY.finditer(escaped):
        before, after = escaped[run.start() - 1 : run.start()], escaped[run.end() : run.end() + 1]
        read = _western(run[0].encode("utf-8", "surrogateescape"), before, after)
        parts += [escaped[end : run.start()], read]
        end = run.end()
        lost = read.count(REPLACEMENT)
        broken += lost
        western += len(read) - lost
        rare += sum(ch not in OFFICE_MARKS for ch in read) - lost
    text = "".join([*parts, escaped[end:]])
    size, good = len(text), sum(ch > "\x7f" for ch in text) - western - broken
    few = rare <= max(MOST_FOR_GOOD * good, MOST_SHARE * size) or (rare <= MOST_SHARE_ENGLISH * size and english(text))
    if not few or broken > max(good / GOOD_FOR_BAD, size / SIZE_FOR_BAD):
        return None
    return Mixed(text, good, western, broken)


def _western(run: bytes, before: str, after: str) -> str:
    """Bytes that stand together, between these characters, in the Western code page; as U+FFFD where that is
    implausible."""
    lost = run.decode("utf-8", "replace")
    if len(run) > MOST_RUN or HALF.fullmatch(run):
        return lost
    read = run.decode(WESTERN, "replace")
    around = f"{before or ' '}{read}{after}"
    return read if all(_plausible(*around[at : at + 3]) for at in range(len(read))) else lost


def _plausible(before: str, ch: str, after: str = "") -> bool:
    """Whether a character is one that a writer puts there. `after` is empty at the end of the file, which may have been
    cut off within a character."""
    if ch in OFFICE_MARKS:
        return True
    if ch in OTHER_MARKS:
        return not (before.isalpha() and after.isalpha())
    if not ch.isalpha() or not after:
        return False
    if ch.isupper():
        # `Ångström`, `ÉLAN`; not `cafÉ`, which is half of another letter.
        return (before.isalpha() or after.isalpha()) and not before.islower()
    return before.isalpha() or after.isalpha() or (before.isspace() and after.isspace())
