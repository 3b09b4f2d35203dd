"""A store on a disk of this machine.

A file is written under a temporary name, hashed and synced to disk while it is written, and gets its final name in
one step.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from vetting.storage.base import (
    CHUNK,
    NO_ROOM,
    Held,
    Missing,
    Stored,
    StoreFull,
    StoreUnreachable,
    TooLarge,
    hash_in,
    key_of,
)

LOCK = ".lock"
NO_LINK = frozenset({errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP, errno.ENOSYS})
ROOM = 32 * 1024 * 1024
"""Bytes: with less than this left, the next large file may find no room."""


class LocalStore:
    """Files below one folder, named by their SHA-256."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._sure: set[Path] = set()
        missing = [folder for folder in (root, *root.parents) if not folder.exists()]
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        for folder in reversed(missing):
            # What is above the root may be somebody else's.
            with suppress(PermissionError):
                _sync_folder(folder.parent)

    def put(self, stream: BinaryIO, *, area: str, limit: int | None = None, file: Path | None = None) -> Stored:
        """See ``Store.put``. A file on the same disk becomes ours without another copy."""
        digest = hashlib.sha256()
        size = 0
        folder = self.root / area
        temporary = folder / f".incoming-{secrets.token_hex(8)}"
        try:
            with _told():
                self._be_sure_of(folder)
                ours = file is not None and _linked(file, temporary)
                how = os.O_RDONLY if ours else os.O_WRONLY | os.O_CREAT | os.O_EXCL
                handle = os.open(temporary, how, 0o600)
            # Unbuffered: a piece that finds no room is told at once, and closing has nothing left to write.
            with open(handle, "rb" if ours else "wb", buffering=0) as out:  # noqa: PTH123 - a handle, not a path
                source = out if ours else stream
                while chunk := source.read(CHUNK):
                    size += len(chunk)
                    if limit is not None and size > limit:
                        raise TooLarge(limit)
                    digest.update(chunk)
                    if not ours:
                        with _told():
                            _write(out.fileno(), chunk)
                with _told():
                    os.fsync(out.fileno())
            key = key_of(area, digest.hexdigest())
            with _told():
                self._name(temporary, self.root / key)
        finally:
            # A disk that fails here has failed above already; what stays is reported and reaped.
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
        return Stored(key=key, sha256=digest.hexdigest(), size=size)

    def _name(self, temporary: Path, final: Path) -> None:
        self._be_sure_of(final.parent)
        with self._lock(fcntl.LOCK_SH):
            temporary.rename(final)
        _sync_folder(final.parent)

    def _be_sure_of(self, folder: Path) -> None:
        """Make a folder below the root; its own name is on the disk before anything in it counts.

        Each process sees to that once, also for a folder that another has made a moment ago.
        """
        if folder in self._sure and folder.is_dir():
            return
        if folder.parent != self.root:
            self._be_sure_of(folder.parent)
        folder.mkdir(exist_ok=True, mode=0o700)
        _sync_folder(folder.parent)
        self._sure.add(folder)

    @contextmanager
    def _lock(self, how: int) -> Iterator[None]:
        """Between the one who names files and the one who reaps them; ends with the process however that ends."""
        with (self.root / LOCK).open("ab") as lock:
            fcntl.flock(lock, how)
            yield

    def _path(self, key: str) -> Path:
        hash_in(key)
        found = self.root / key
        if not found.is_file():
            if not self.root.is_dir():
                raise StoreUnreachable(f"{self.root} is gone")
            raise Missing(key)
        return found

    def open(self, key: str) -> BinaryIO:
        """See ``Store.open``."""
        hash_in(key)
        with _told(key):
            try:
                return (self.root / key).open("rb")
            except FileNotFoundError:
                # Which of the two is gone, the file or the disk, is only asked when one is.
                return self._path(key).open("rb")

    @contextmanager
    def local(self, key: str) -> Iterator[Path]:
        """See ``Store.local``: the file itself."""
        yield self._path(key)

    def size(self, key: str) -> int:
        """See ``Store.size``."""
        with _told(key):
            return self._path(key).stat().st_size

    def keys(self, area: str) -> Iterator[str]:
        """See ``Store.keys``."""
        for path in sorted((self.root / area).glob("??/*")):
            yield f"{area}/{path.parent.name}/{path.name}"

    def remove(self, key: str) -> None:
        """See ``Store.remove``."""
        with _told(), suppress(Missing):
            self._path(key).unlink(missing_ok=True)

    def reap(self, name: str, before: datetime) -> bool:
        """See ``Store.reap``."""
        path = self.root / name
        with _told(), self._lock(fcntl.LOCK_EX):
            try:
                old = path.lstat().st_mtime < before.timestamp()
            except FileNotFoundError:
                return True
            if old:
                path.unlink()
            return old

    def everything(self) -> Iterator[Held]:
        """See ``Store.everything``."""
        for folder, folders, files in os.walk(self.root):
            folders.sort()
            for file in sorted(files):
                path = Path(folder, file)
                name = path.relative_to(self.root).as_posix()
                if name == LOCK:
                    continue
                with suppress(FileNotFoundError):
                    known = path.lstat()
                    yield Held(name, known.st_size, datetime.fromtimestamp(known.st_mtime, UTC))

    def check(self) -> None:
        """See ``Store.check``. Writes nothing, for it is asked often."""
        if not os.access(self.root, os.W_OK):
            raise StoreUnreachable(f"{self.root} is not writable")
        with _told():
            free = shutil.disk_usage(self.root).free
        if free < ROOM:
            raise StoreFull(f"{self.root} has {free} bytes left")


def _linked(file: Path, name: Path) -> bool:
    """Give a file a second name; False where the disk is another one, or knows no such thing."""
    try:
        name.hardlink_to(file)
    except OSError as error:
        if error.errno in NO_LINK:
            return False
        raise
    return True


def _write(handle: int, chunk: bytes) -> None:
    """All of it: a disk that is nearly full takes a part first."""
    view = memoryview(chunk)
    while view:
        view = view[os.write(handle, view) :]


@contextmanager
def _told(key: str = "") -> Iterator[None]:
    """The disk's errors in the words of a store."""
    try:
        yield
    except FileNotFoundError as error:
        if key:
            raise Missing(key) from error
        raise StoreUnreachable(str(error)) from error
    except OSError as error:
        raise (StoreFull if error.errno in NO_ROOM else StoreUnreachable)(str(error)) from error


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
