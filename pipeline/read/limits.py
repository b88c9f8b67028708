"""How much is read at most."""

from __future__ import annotations

# 2 MB: thirty times a long article, and twice what the language model takes. What is larger is no article and
# would cost memory in every stage.
MOST_BYTES = 2_000_000
# 50 MB: a PDF or Word file with its pictures and fonts; its text has the bound above.
MOST_DOCUMENT_BYTES = 50_000_000
# Characters of what a record says of itself. The longest headlines and lists of authors have some hundreds; what is
# longer is no title, author, address or day.
MOST_FIELD = 10_000
# Enough to tell a binary file from records, and an archive from both.
HEAD_BYTES = 4_096
# Packed text grows three- to tenfold, seldom more than fiftyfold. Beyond this ratio, and beyond what one article may
# have, it is a bomb.
MOST_RATIO = 200
