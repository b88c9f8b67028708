"""Regular expressions of the days and times in page stamps."""

from pipeline.data import meanings

_NAMES = "months_and_weekdays.tsv"
_MONTHS = ("May", *meanings(_NAMES, "month-short"), *meanings(_NAMES, "month-rare"))
# Mon, Monday, Tue, Tues, Tuesday: short names, and full ones without "day".
_DAYS = {*meanings(_NAMES, "weekday-short"), *(name.removesuffix("day") for name in meanings(_NAMES, "weekday"))}

WEEKDAY = rf"(?:{'|'.join(sorted(_DAYS, reverse=True))})(?:day)?"
MONTH = rf"(?:{'|'.join(_MONTHS)})[a-z]{{0,6}}\.?"
DAY = (
    rf"(?:\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}|\d{{1,2}}[-/.]\d{{1,2}}[-/.]\d{{2,4}}"
    rf"|{MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}}|\d{{1,2}}(?:st|nd|rd|th)? {MONTH},? \d{{4}})"
)
STAMP = rf"{DAY}(?:[ ,T|–-]{{1,3}}\d{{1,2}}[:.]\d{{2}}(?::\d{{2}})?(?: ?[AaPp]\.?[Mm]\.?)?)?"
