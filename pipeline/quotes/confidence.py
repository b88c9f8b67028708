"""How sure the rules are of a quotation: how often its like is right.

Belongs here: one figure for each rule, as measured. Does not belong here: the rules.

The figures are the share of quotations with right words and right speaker that `benchmarks/quotes.py --rules` counts
on the PolNeAR training sample, rounded; a rule seen too seldom there takes the figure of its like. Run it again when
a rule changes.
"""

from __future__ import annotations

# Words in marks, by the rule that attributes them (`Attribution.how`).
MARKED: dict[str, float] = {
    "after": 0.92,
    "before": 0.86,
    "colon": 0.9,
    "label": 0.85,
    "dash": 0.8,
    "same": 0.92,
    "continued": 0.85,
    "told": 0.6,
    "clause": 0.6,
    "inside": 0.6,
    "beside": 0.45,
    "carried": 0.45,
    "alone": 0.3,
}
# Reported speech, by construction (`Reported.how`), for cues of speech and writing.
REPORTED: dict[str, float] = {
    "behind": 0.74,
    "ahead": 0.6,
    "parenthesis": 0.6,
    "according": 0.7,
    "naming": 0.5,
    "infinitive": 0.5,
    "noun": 0.3,
    "object": 0.4,
    "clause": 0.6,
    "headline": 0.6,
}
# An attitude is less often what the article reports as uttered.
ATTITUDE = 0.65
# Nobody found to have said it, and somebody found whom the article does not otherwise name.
NO_SPEAKER = 0.5


def confidence(how: str, reported: bool, attitude: bool, speaker: bool) -> float:
    """0 to 1, for a rule by name. Raises KeyError for a rule without a figure."""
    value = (REPORTED if reported else MARKED)[how]
    if attitude:
        value *= ATTITUDE
    if not speaker:
        value *= NO_SPEAKER
    return round(value, 2)
