"""Where files wait while they arrive in pieces: one file for each, used by one request at a time.

Several processes share one folder. Who holds a part holds a lock of the operating system, which goes with the process,
so that a server that is killed blocks nobody.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
from collections.abc import Container, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from vetting.text import N_

CHUNK = 1024 * 1024
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class SpoolFull(Exception):
    """There is no room for another piece. What came before it is kept."""

    plain = N_("There is no room for more files right now. What you sent so far is kept. Try again in a few minutes.")


class SpoolBroken(Exception):
    """The disk refused for another reason. What came before is kept."""

    plain = N_("We could not keep this part of the file. What you sent so far is kept. Try again in a few minutes.")


class Part:
    """One file while a single request holds it."""

    def __init__(self, path: Path, handle: int) -> None:
        self.path = path
        self._handle = handle

    def size(self) -> int:
        """How many bytes the file has."""
        return os.fstat(self._handle).st_size

    def write(self, offset: int, piece: bytes) -> None:
        """Put ``piece`` at ``offset``, the end of the file; on return it outlives the machine.

        What a request that died left behind ``offset`` goes. Raises ``SpoolFull`` and ``SpoolBroken``, and then the
        file is as it was.
        """
        with _told():
            os.ftruncate(self._handle, offset)
            try:
                rest = memoryview(piece)
                while rest:
                    rest = rest[os.pwrite(self._handle, rest, offset + len(piece) - len(rest)) :]
                os.fsync(self._handle)
            except OSError:
                with suppress(OSError):
                    os.ftruncate(self._handle, offset)
                raise

    def cut(self, size: int) -> None:
        """Drop what a request that died left behind ``size``. Raises ``SpoolBroken``."""
        with _told():
            os.ftruncate(self._handle, size)

    def sha256(self) -> str:
        """The hash of the whole file in hex."""
        with self.path.open("rb") as source:
            return hashlib.file_digest(source, "sha256").hexdigest()

    def remove(self) -> None:
        """Let go of the file."""
        self.path.unlink(missing_ok=True)


class Spool:
    """A folder of parts, readable by its owner alone."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @contextmanager
    def held(self, name: str) -> Iterator[Part]:
        """The part called ``name``, which is made if need be; whoever else wants it waits. Raises as ``write`` does."""
        with _told():
            self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self.root / name
        handle = self._lock(path)
        try:
            yield Part(path, handle)
        finally:
            os.close(handle)

    def _lock(self, path: Path) -> int:
        while True:
            with _told():
                handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX)
                # Whoever had it before may have removed it; then this is a file without a name.
                if os.fstat(handle).st_ino == path.stat().st_ino:
                    return handle
            except FileNotFoundError:
                pass
            except BaseException:
                os.close(handle)
                raise
            os.close(handle)

    def sweep(self, before: datetime, keep: Container[str] = frozenset()) -> int:
        """Remove parts that nobody has added to since ``before``, but for those in ``keep``. Returns how many."""
        gone = 0
        for path in sorted(self.root.glob("*")):
            with suppress(FileNotFoundError):
                if path.is_file() and path.name not in keep and path.stat().st_mtime < before.timestamp():
                    with self.held(path.name) as part:
                        part.remove()
                    gone += 1
        return gone


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise (SpoolFull if error.errno in FULL else SpoolBroken) from error
