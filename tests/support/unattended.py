"""onrecord's definitions with a short breath, for the test that leaves the daemon alone with them."""

from assets.automation import Cadence
from assets.definitions import build_definitions

defs = build_definitions(cadence=Cadence("* * * * *", 3))
