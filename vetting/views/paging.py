"""Where a list goes on, as a token in the address: anybody can write one, so whatever is no place of ours is none."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Any

LARGEST = 2**53


def token(place: Sequence[str | int]) -> str:
    """The token of the last line of a page: what lists are ordered by."""
    return urlsafe_b64encode(json.dumps(list(place)).encode()).decode("ascii")


def place_of(text: str, *kinds: type[str | int]) -> tuple[Any, ...] | None:
    """What a token names, when it has exactly these kinds of part and a database can be asked for them."""
    try:
        found = json.loads(urlsafe_b64decode(text.encode("ascii")))
        fits = isinstance(found, list) and [type(part) for part in found] == list(kinds) and all(map(_askable, found))
    except (ValueError, TypeError, RecursionError):
        return None
    return tuple(found) if fits else None


def _askable(part: str | int) -> bool:
    if isinstance(part, int):
        return 0 <= part < LARGEST
    # Half a character cannot be sent to a database; this raises a ValueError.
    return b"\0" not in part.encode()
