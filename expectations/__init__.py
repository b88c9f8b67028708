"""Checks of the tables: the contract as Great Expectations suites, and SQL checks across tables.

Belongs here: checks derived from the contract, SQL that returns violating rows, the verdicts. Only this package
imports great_expectations, inside functions because the import is slow. Does not belong here: what a violation stops
(warehouse.release.publish) or where it is shown (assets.checks).
"""
