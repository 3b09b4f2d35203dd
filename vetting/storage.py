"""Bytes of evidence and executed documents: one interface, local disk by default, S3-compatible by setting.

A file is written under a temporary name, hashed and synced to disk while it is written, and gets its final name in
one step. Keys are made by the server from the hash; nothing a person types becomes part of a path.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

CHUNK = 1024 * 1024


@dataclass(frozen=True)
class Stored:
    """What is known of stored bytes: their key, SHA-256 in hex, and size in bytes."""

    key: str
    sha256: str
    size: int


class TooLarge(Exception):
    """More bytes came than were allowed. Nothing was kept."""


class Missing(Exception):
    """There is nothing under this key."""


class Store(Protocol):
    """Where bytes are kept."""

    def put(self, stream: BinaryIO, *, area: str, limit: int | None = None) -> Stored: ...

    def path(self, key: str) -> Path: ...

    def read(self, key: str) -> bytes: ...

    def keys(self, area: str) -> Iterator[str]: ...

    def remove(self, key: str) -> None: ...


class LocalStore:
    """Files below one folder, named by their SHA-256."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)

    def put(self, stream: BinaryIO, *, area: str, limit: int | None = None) -> Stored:
        """Keep all of ``stream``. The same bytes give the same key, so a repeat is harmless. Raises ``TooLarge``."""
        folder = self.root / area
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = folder / f".incoming-{secrets.token_hex(8)}"
        digest = hashlib.sha256()
        size = 0
        try:
            with temporary.open("xb") as out:
                while chunk := stream.read(CHUNK):
                    size += len(chunk)
                    if limit is not None and size > limit:
                        raise TooLarge(limit)
                    digest.update(chunk)
                    out.write(chunk)
                out.flush()
                os.fsync(out.fileno())
            name = digest.hexdigest()
            final = folder / name[:2] / name
            final.parent.mkdir(exist_ok=True, mode=0o700)
            temporary.rename(final)
            _sync_folder(final.parent)
        finally:
            temporary.unlink(missing_ok=True)
        return Stored(key=f"{area}/{name[:2]}/{name}", sha256=name, size=size)

    def path(self, key: str) -> Path:
        """The file behind a key. Raises ``Missing`` for a key that is not one of ours or has no file."""
        parts = key.split("/")
        if len(parts) != 3 or any(not part or part.startswith(".") for part in parts):
            raise Missing(key)
        found = self.root.joinpath(*parts)
        if not found.is_file():
            raise Missing(key)
        return found

    def read(self, key: str) -> bytes:
        return self.path(key).read_bytes()

    def keys(self, area: str) -> Iterator[str]:
        """Every key in an area, in order."""
        for path in sorted((self.root / area).glob("??/*")):
            yield f"{area}/{path.parent.name}/{path.name}"

    def remove(self, key: str) -> None:
        """Let go of what is under a key; nothing happens where there is nothing."""
        try:
            self.path(key).unlink(missing_ok=True)
        except Missing:
            return


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
