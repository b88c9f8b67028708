"""Days and times as pages stamp them, as regular expressions."""

MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec)[a-z]{0,6}\.?"
DAY = (
    rf"(?:\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}|\d{{1,2}}[-/.]\d{{1,2}}[-/.]\d{{2,4}}"
    rf"|{MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}}|\d{{1,2}}(?:st|nd|rd|th)? {MONTH},? \d{{4}})"
)
STAMP = rf"{DAY}(?:[ ,T|–-]{{1,3}}\d{{1,2}}[:.]\d{{2}}(?::\d{{2}})?(?: ?[AaPp]\.?[Mm]\.?)?)?"
