"""Bytes of evidence, executed documents and copies: one interface, local disk by default, S3-compatible by setting."""

from vetting.storage.base import (
    CHUNK,
    NO_ROOM,
    Held,
    Missing,
    Store,
    Stored,
    StoreFull,
    StoreProblem,
    StoreUnreachable,
    TooLarge,
    hash_in,
    is_key,
    is_leftover,
)
from vetting.storage.local import LocalStore

__all__ = [
    "CHUNK",
    "NO_ROOM",
    "Held",
    "LocalStore",
    "Missing",
    "Store",
    "StoreFull",
    "StoreProblem",
    "StoreUnreachable",
    "Stored",
    "TooLarge",
    "hash_in",
    "is_key",
    "is_leftover",
]
