"""One hostile file: how it is made, and what must become of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

GOOD = "good"
"""Taken, because it can be shown without harm: the original is only ever downloaded."""

ANY = "any"
"""Taken or refused, as the libraries find it; never a crash, never beyond the limits."""

REFUSED = "refused"
"""Refused, whatever the reason given."""


@dataclass(frozen=True)
class Hostile:
    """``must``: ``GOOD``, ``ANY``, ``REFUSED``, or the word of the refusal that it must get."""

    name: str
    filename: str
    build: Callable[[], bytes]
    must: str
    slow: bool = False
    """It uses up its time, so it is left to the long run."""


Table = Iterator[Hostile]


def fixed(content: bytes) -> Callable[[], bytes]:
    """A file that is written down as it is."""
    return lambda: content
