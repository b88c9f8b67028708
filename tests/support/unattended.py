"""onrecord's definitions with short intervals, for the test that runs the daemon unattended."""

from assets.automation import Intervals
from assets.definitions import build_definitions

defs = build_definitions(cadence=Intervals("* * * * *", 3))
