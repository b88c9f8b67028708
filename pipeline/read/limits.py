"""Limits of reading."""

from __future__ import annotations

# 2 MB: thirty times a long article, and twice what the language model takes. Larger texts are no articles and would
# cost memory in every stage.
MAX_BYTES = 2_000_000
# 50 MB: a PDF or Word file with pictures and fonts; the bound above applies to its text.
MAX_DOCUMENT_BYTES = 50_000_000
# Characters of a metadata field. The longest headlines and lists of authors have some hundreds; longer values are no
# title, author, address or day.
MAX_FIELD = 10_000
# Enough to distinguish binary files, records and archives.
HEAD_BYTES = 4_096
# Compressed text grows three- to tenfold, rarely more than fiftyfold. Beyond this ratio and the size of one article it
# is a decompression bomb.
MAX_RATIO = 200
