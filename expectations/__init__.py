"""expectations judges: what the contract promises, as Great Expectations suites and beliefs that span tables.

Belongs here: promises derived from the contract, beliefs as SQL that returns offending rows, the verdicts. The
only code that imports great_expectations, and that inside functions (it is slow to import). Does not belong
here: what a promise's breach stops (warehouse.release.publish) or where it is shown (assets.checks).
"""
