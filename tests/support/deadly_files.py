"""A task of intake that kills its worker, for tests of engines. Worker processes import this module."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

from assets.build.read_files import ReadFiles, ReadTask


class DeadlyReadTask(ReadTask):
    """Kills its process when it reads a file whose name contains `deadly`, or, once, begins with `unlucky`."""

    def run(self, alive: Callable[[object], None]) -> ReadFiles | ReadTask:
        """Read the files, or die."""
        names = [entry.path for entry in self.entries]
        first_time = self.settings.warehouse / "unlucky"
        if any(name.startswith("unlucky") for name in names) and not first_time.exists():
            first_time.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        if self.crash is None and any("deadly" in name for name in names):
            os.kill(os.getpid(), signal.SIGKILL)
        return super().run(alive)
