"""Decode UTF-8 that contains a few bytes of Windows' Western code page, as in pages pasted from several sources."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.read.language import english

REPLACEMENT = "\ufffd"
WESTERN = "cp1252"
# Marks of word processors, accepted anywhere: 0x80-0x9F in the code page (controls or rare letters in other encodings).
# Examples: `\x93Yes\x94`, `it\x92s`, `40 \x80`, `wait\x85\x94`.
OFFICE_MARKS = frozenset("€‚„…†‡‰‹‘’“”•–—™›")
# Marks accepted except between two letters. Examples: `20 \xb0C`, `\xa350`, `\xabOui\xbb`.
OTHER_MARKS = frozenset("\xa0¡¢£¥§©«\xad®°±²³·¹º»¼½¾¿")
# `surrogateescape` maps bytes that are not UTF-8 to these.
STRAY = re.compile("[\udc80-\udcff]+")
# A curly mark, sign or emoji of UTF-8 without its last byte (would read `â€`, `â„` or `ðŸ`); half a surrogate pair,
# `í\xa0½`.
HALF = re.compile(rb"\xe2[\x80-\x84]|\xf0\x9f[\x80-\xbf]?|\xed[\xa0-\xbf][\x80-\xbf]")
# The longest run of such bytes, as in `caf\xe9\x94\x97`; a longer run is in another encoding.
MAX_RUN = 4
# Broken characters: at most one per this many good ones beyond ASCII, or per this many characters.
GOOD_FOR_BAD, SIZE_FOR_BAD = 10, 1_000
# Letters and other marks of the code page: at most this many per good character, or this share of the text. English has
# one in a thousand characters, Dutch three, German twenty to thirty, Polish and Czech over fifty. Beyond the bound the
# whole file may be in one code page, which must be detected. Text that is surely English is in the Western one.
MAX_STRAY_PER_VALID = 3
MAX_SHARE, MAX_SHARE_ENGLISH = 0.01, 0.05


@dataclass(frozen=True, slots=True)
class Mixed:
    """A text, and how many of its characters beyond ASCII were read as UTF-8, in the Western code page, or remain
    broken (U+FFFD)."""

    text: str
    good: int
    western: int
    broken: int

    @property
    def encoding(self) -> str:
        """The encoding in words."""
        if not self.good:
            return f"{WESTERN} ({self.broken} broken characters replaced)" if self.broken else WESTERN
        parts = [f"{self.western} bytes read as {WESTERN}"] if self.western else []
        parts += [f"{self.broken} broken characters replaced"] if self.broken else []
        return f"utf-8 ({', '.join(parts)})"


def mixed(data: bytes) -> Mixed | None:
    """Decode bytes that are UTF-8 or ASCII except for a few; None if so many are neither that another encoding is
    likelier. Linear in the length."""
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
    few = rare <= max(MAX_STRAY_PER_VALID * good, MAX_SHARE * size) or (
        rare <= MAX_SHARE_ENGLISH * size and english(text)
    )
    if not few or broken > max(good / GOOD_FOR_BAD, size / SIZE_FOR_BAD):
        return None
    return Mixed(text, good, western, broken)


def _western(run: bytes, before: str, after: str) -> str:
    """Decode a run of bytes between two characters in the Western code page; as U+FFFD if that is implausible."""
    lost = run.decode("utf-8", "replace")
    if len(run) > MAX_RUN or HALF.fullmatch(run):
        return lost
    read = run.decode(WESTERN, "replace")
    around = f"{before or ' '}{read}{after}"
    return read if all(_plausible(*around[at : at + 3]) for at in range(len(read))) else lost


def _plausible(before: str, ch: str, after: str = "") -> bool:
    """Whether a writer would put a character there. `after` is empty at the end of the file, which may be cut off
    within a character."""
    if ch in OFFICE_MARKS:
        return True
    if ch in OTHER_MARKS:
        return not (before.isalpha() and after.isalpha())
    if not ch.isalpha() or not after:
        return False
    if ch.isupper():
        # `Ångström`, `ÉLAN`; not `cafÉ`, where the byte is half of another letter.
        return (before.isalpha() or after.isalpha()) and not before.islower()
    return before.isalpha() or after.isalpha() or (before.isspace() and after.isspace())
