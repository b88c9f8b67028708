"""Estimate the confidence of a quotation: the share of similar ones that is right.

The figures are the share of quotations with the right words (half of them or more in common) and the right speaker in
the PolNeAR training sample (`python -m benchmarks.quotes polnear_train_sample.jsonl` prints the results), rounded. A
rule seen fewer than 20 times has a similar rule's figure. They hold for US news of 2015 and 2016. In the development
part, bins of a tenth with more than 50 quotations were compared with the share that was right: it was within 0.05 of a
bin's mean above 0.6, and up to 0.11 higher below.
"""

from __future__ import annotations

# Quoted words that are all that is said, by the rule that attributes them (`Attribution.construction`).
DIRECT: dict[str, float] = {
    "after": 0.95,
    # The same with a verb in no table. With only seven verbs listed, sample and development part have 36 such rows, 33
    # of them right; verbs that nobody listed are further from saying.
    "any verb": 0.9,
    # The same behind a question or an exclamation, without a name: “Never!” huffled the mayor. Not in the sample; the
    # verb may tell what happened next.
    "any verb of a description": 0.5,
    "same": 0.95,
    "before": 0.85,
    "colon": 0.9,
    "dash": 0.9,
    "label": 0.75,
    "continued": 0.75,
    "carried": 0.6,
    "told": 0.6,
    "clause": 0.6,
    "inside": 0.5,
    "beside": 0.4,
    # Not in the training sample; as words whose speaker is in a sentence beside them.
    "answer": 0.4,
    "reply": 0.4,
    "alone": 0.3,
}
# Quoted words inside the reporter's clause, if no clause was found that contains them.
MIXED: dict[str, float] = {
    **dict.fromkeys(DIRECT, 0.4),
    "inside": 0.5,
    "after": 0.2,
    "any verb": 0.2,
    "any verb of a description": 0.2,
    "beside": 0.2,
    "answer": 0.2,
    "reply": 0.2,
    "alone": 0.2,
}
# Reported speech, by construction (`Reported.construction`): for cues of speech and writing, and for attitudes.
REPORTED: dict[str, tuple[float, float]] = {
    "after": (0.84, 0.58),
    "parenthesis": (0.7, 0.4),
    "according": (0.75, 0.6),
    "infinitive": (0.72, 0.47),
    "deed": (0.45, 0.45),
    "ahead": (0.6, 0.4),
    "headline": (0.6, 0.6),
    "clause": (0.55, 0.4),
    "naming": (0.58, 0.4),
    "object": (0.52, 0.36),
    "noun": (0.46, 0.3),
    # By word order (`word_order_fragments`): 22 of 24 in half of the training sample, on which the rules were written.
    "fragment": (0.7, 0.6),
    # Not in the training sample; as a label before quoted words.
    "label": (0.75, 0.75),
}
# No speaker found.
NO_SPEAKER = 0.35


def of_marked(construction: str, whole: bool, named: float | None) -> float:
    """Return 0 to 1 for quoted words. `whole`: direct, not mixed. `named`: the confidence in the speaker, None without
    one. Raises KeyError for a rule without a figure."""
    return _with_name((DIRECT if whole else MIXED)[construction], named)


def of_reported(construction: str, attitude: bool, named: float | None) -> float:
    """Return 0 to 1 for reported speech; `named` as for quoted words. Raises KeyError for a construction without a
    figure."""
    return _with_name(REPORTED[construction][attitude], named)


def _with_name(words: float, named: float | None) -> float:
    """Return the lower confidence of the two: that these are the speaker's words, and who the speaker is."""
    return round(words * NO_SPEAKER if named is None else min(words, named), 2)
