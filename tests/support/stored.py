"""Bytes in a store, as tests look at them and as the world treats them."""

from __future__ import annotations

from pathlib import Path

from vetting.storage import LocalStore, Store


def body_of(store: Store, key: str) -> bytes:
    """All that is behind a key."""
    with store.open(key) as stream:
        return stream.read()


def file_of(store: Store, key: str) -> Path:
    """The file on the disk behind a key, to be damaged."""
    assert isinstance(store, LocalStore)
    return store.root / key
