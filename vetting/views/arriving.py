"""Files of a form while it is read: each goes straight to a file of its own, where it can be examined.

A disk without room must not cost the person what was typed: the rest of the form is read all the same, and the file
says itself that it could not be kept.
"""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, cast

from flask import Request

from vetting import filetypes
from vetting.storage import NO_ROOM, StoreFull


class ArrivingFile:
    """One file of a form. Reading it raises ``StoreFull`` when there was no room for it."""

    def __init__(self) -> None:
        self.size = 0
        self._file: Any = None
        self._full = False

    def write(self, piece: bytes) -> int:
        """Take the next bytes; those that find no room are counted and let go."""
        self.size += len(piece)
        if not self._full:
            try:
                self._keep(piece)
            except OSError as error:
                if error.errno not in NO_ROOM:
                    raise
                self._full = True
                with suppress(OSError):
                    self._opened().truncate(0)
        return len(piece)

    def _keep(self, piece: bytes) -> None:
        rest = memoryview(piece)
        while rest:
            rest = rest[self._opened().write(rest) :]

    def _opened(self) -> Any:
        if self._file is None:
            filetypes.expect()
            # Unbuffered: what finds no room is told at once, and whoever reads the path sees all of it.
            self._file = tempfile.NamedTemporaryFile(prefix="vetting-upload-", buffering=0)  # noqa: SIM115 - see close
        return self._file

    def kept(self) -> Path:
        """The file on the disk, for as long as the request lasts. Raises ``StoreFull``."""
        if self._full:
            raise StoreFull("there was no room for a file of a form")
        return Path(self._opened().name)

    def read(self, size: int = -1) -> bytes:
        self.kept()
        return cast(bytes, self._opened().read(size))

    def readline(self, size: int = -1) -> bytes:
        self.kept()
        return cast(bytes, self._opened().readline(size))

    def seek(self, offset: int, whence: int = 0) -> int:
        # An input without a file is set to its beginning as well, and needs none on the disk.
        return 0 if self._file is None else int(self._file.seek(offset, whence))

    def tell(self) -> int:
        return 0 if self._file is None else int(self._file.tell())

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


class ArrivingRequest(Request):
    """A request whose files arrive like that."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        return cast(IO[bytes], ArrivingFile())
