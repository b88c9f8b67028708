"""assets conducts: what runs, when and where, and what people see of it.

Belongs here: Dagster's definitions, the settings, the command `onrecord`. The only code that imports dagster.
Does not belong here: rules about text (pipeline), SQL (warehouse), promises (expectations). An asset reads its
inputs from the store, calls one pipeline function, writes, and returns its metadata through one helper.
"""

import time

# When this process began: a build says how long it took, loading included.
STARTED = time.monotonic()
