"""onrecord's definitions with short intervals, for the test that runs the daemon unattended."""

from assets.automation import Cadence
from assets.definitions import build_definitions

defs = build_definitions(cadence=Cadence("* * * * *", 3))
