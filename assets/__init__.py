"""Orchestration: what runs, when and where, and what users see.

Belongs here: Dagster's definitions, the settings, the command `onrecord`. Only this package imports dagster.
Does not belong here: rules about text (pipeline), SQL (warehouse), checks (expectations). An asset reads its inputs
from the store, calls one pipeline function, writes, and returns its metadata through one helper.
"""

import time

# Start of this process: a build reports its duration, loading included.
STARTED = time.monotonic()
