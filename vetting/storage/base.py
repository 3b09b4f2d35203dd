"""What every store does, whatever it keeps its bytes on.

Keys are made by the server from the hash; nothing a person types becomes part of one. The same bytes have the same
key, so a repeat is harmless and makes what is there young again.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from vetting.text import N_

CHUNK = 1024 * 1024

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""What a disk says that has no room."""

_LEFT = re.compile(r"[a-z][a-z-]*/\.incoming-[0-9a-f]{16}|reaping/[a-z].*")
_KEY = re.compile(r"([a-z][a-z-]*)/([0-9a-f]{2})/(\2[0-9a-f]{62})")


@dataclass(frozen=True)
class Stored:
    """What is known of stored bytes: their key, SHA-256 in hex, and size in bytes."""

    key: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Held:
    """What a store says of something it keeps: its name, its size in bytes, and when it was last written (UTC)."""

    name: str
    size: int
    written_at: datetime


class TooLarge(Exception):
    """More bytes came than were allowed. Nothing was kept."""


class Missing(Exception):
    """There is nothing under this key."""


class StoreProblem(Exception):
    """The store cannot do its work now. Nothing was kept; ``plain`` is the sentence for the person who waits."""

    plain = ""


class StoreFull(StoreProblem):
    """There is no room for more bytes."""

    plain = N_("There is no room for more files right now. Nothing was saved. Tell the office, and try again later.")


class StoreUnreachable(StoreProblem):
    """The place where files are kept does not answer, or answers wrongly."""

    plain = N_(
        "The place where files are kept does not answer right now. Nothing was saved. Try again in a few minutes."
    )


class Store(Protocol):
    """Where bytes are kept. Every call may raise ``StoreUnreachable``; none may be made inside a transaction."""

    def put(self, stream: BinaryIO, *, area: str, limit: int | None = None, file: Path | None = None) -> Stored:
        """Keep all of ``stream``; on return it outlives the machine. Raises ``TooLarge`` and ``StoreFull``.

        ``file`` is what ``stream`` reads, from its beginning, when nobody will ever write to it again: it may become
        the store's own.
        """

    def open(self, key: str) -> BinaryIO:
        """The bytes behind a key, read piece by piece from any place in them. Raises ``Missing``."""

    def local(self, key: str) -> AbstractContextManager[Path]:
        """A file with the bytes, to be read only, for as long as the block lasts. Raises ``Missing``."""

    def size(self, key: str) -> int:
        """How many bytes are behind a key. Raises ``Missing``."""

    def keys(self, area: str) -> Iterator[str]:
        """Every key in an area, in order."""

    def remove(self, key: str) -> None:
        """Let go of what is under a key; nothing happens where there is nothing."""

    def reap(self, name: str, before: datetime) -> bool:
        """Remove what ``everything`` named unless it was written since ``before``, by a ``put`` that runs now as well.

        Returns whether it is gone.
        """

    def everything(self) -> Iterator[Held]:
        """All that is kept, in order, what is not ours or was left half written as well."""

    def check(self) -> None:
        """Ask whether bytes could be kept now. Raises ``StoreProblem``."""


def key_of(area: str, sha256: str) -> str:
    """The key of bytes in an area."""
    return f"{area}/{sha256[:2]}/{sha256}"


def is_key(name: str) -> bool:
    """Whether this is how a key looks."""
    return _KEY.fullmatch(name) is not None


def is_leftover(name: str) -> bool:
    """Whether this is how something looks that a store of ours leaves when its process is killed."""
    return _LEFT.fullmatch(name) is not None


def hash_in(key: str) -> str:
    """The SHA-256 that a key stands for. Raises ``Missing`` for what is not a key of ours."""
    found = _KEY.fullmatch(key)
    if found is None:
        raise Missing(key)
    return found[3]
