"""A file that records disk and network errors.

Readers of compressed files and of tables treat a failed read as damage in the file. A damaged file is refused; a file
that cannot be read at the moment is handled elsewhere (warehouse.intake.losses).
"""

from __future__ import annotations

import io
from typing import Any, BinaryIO

BUFFER = 1 << 17


class ErrorRecordingFile(io.BufferedReader):
    """A buffered binary file that records the first OSError of a read or seek."""

    def __init__(self, file: BinaryIO) -> None:
        self._noting = _ErrorRecordingRaw(file)
        super().__init__(self._noting, BUFFER)

    def check(self) -> None:
        """Raise the first error again, if there was one."""
        if self._noting.failed is not None:
            raise self._noting.failed


class _ErrorRecordingRaw(io.RawIOBase):
    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.failed: OSError | None = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self.file.seekable()

    def fileno(self) -> int:
        return self.file.fileno()

    def readinto(self, buffer: Any, /) -> int:
        try:
            data = self.file.read(len(buffer))
        except OSError as error:
            self.failed = self.failed or error
            raise
        buffer[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        try:
            return self.file.seek(offset, whence)
        except OSError as error:
            self.failed = self.failed or error
            raise

    def tell(self) -> int:
        return self.file.tell()

    def close(self) -> None:
        self.file.close()
        super().close()
