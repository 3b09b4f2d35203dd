"""What holds of every store: the same bytes come back, whole or not at all, under a name that is their hash."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from vetting import clock
from vetting.storage import Missing, Store, TooLarge
from vetting.storage.opening import WrongAddress, open_store

LARGE = bytes(range(256)) * 4096 * 12
ANOTHER_DISK = "/dev/shm"
"""A file system of its own on every Linux."""

NOWHERE = "evidence/ab/ab" + "0" * 62


def put(store: Store, content: bytes, area: str = "evidence", **how: Any) -> Any:
    return store.put(io.BytesIO(content), area=area, **how)


@pytest.mark.parametrize("content", [b"", b"a paper", LARGE], ids=["nothing", "little", "much"])
def test_what_is_kept_comes_back_under_its_hash(store: Store, content: bytes) -> None:
    stored = put(store, content)
    assert stored.sha256 == hashlib.sha256(content).hexdigest()
    assert (stored.size, store.size(stored.key)) == (len(content), len(content))
    with store.open(stored.key) as stream:
        assert stream.read() == content
    with store.local(stored.key) as path:
        assert path.read_bytes() == content
    assert list(store.keys("evidence")) == [stored.key]
    assert [(held.name, held.size) for held in store.everything()] == [(stored.key, len(content))]


@pytest.mark.parametrize("elsewhere", [False, True], ids=["the same disk", "another disk"])
def test_a_file_that_is_given_away_is_kept_when_its_own_name_goes(
    store: Store, tmp_path: Path, elsewhere: bool
) -> None:
    with tempfile.NamedTemporaryFile(dir=ANOTHER_DISK if elsewhere else tmp_path) as given:
        given.write(LARGE)
        given.seek(0)
        path = Path(given.name)
        with path.open("rb") as stream, pytest.raises(TooLarge):
            store.put(stream, area="evidence", limit=len(LARGE) - 1, file=path)
        assert list(store.everything()) == []
        with path.open("rb") as stream:
            stored = store.put(stream, area="evidence", limit=len(LARGE), file=path)
        # The same again is harmless, as it is for a stream.
        with path.open("rb") as stream:
            assert store.put(stream, area="evidence", file=path) == stored
    assert stored.sha256 == hashlib.sha256(LARGE).hexdigest()
    with store.open(stored.key) as kept:
        assert kept.read() == LARGE
    assert [held.name for held in store.everything()] == [stored.key]


def test_a_part_is_read_from_any_place(store: Store) -> None:
    key = put(store, LARGE).key
    with store.open(key) as stream:
        assert stream.seek(0, os.SEEK_END) == len(LARGE)
        assert stream.read(1) == b""
        stream.seek(5_000_001)
        assert stream.read(3_000_000) == LARGE[5_000_001:8_000_001]
        assert stream.tell() == 8_000_001
        stream.seek(-4, os.SEEK_END)
        assert stream.read() == LARGE[-4:]


def test_a_stream_that_cannot_be_read_twice_is_kept_as_well(store: Store) -> None:
    read, write = os.pipe()
    os.write(write, b"piped")
    os.close(write)
    with os.fdopen(read, "rb") as stream:
        stored = store.put(stream, area="evidence", limit=5)
    with store.open(stored.key) as kept:
        assert kept.read() == b"piped"


@pytest.mark.parametrize("seekable", [True, False])
def test_too_much_leaves_nothing(store: Store, seekable: bool) -> None:
    class Stream(io.BytesIO):
        def seekable(self) -> bool:
            return seekable

    with pytest.raises(TooLarge):
        store.put(Stream(LARGE), area="evidence", limit=len(LARGE) - 1)
    assert list(store.everything()) == []
    assert store.put(Stream(LARGE), area="evidence", limit=len(LARGE)).size == len(LARGE)


def test_a_repeat_is_one_file(store: Store) -> None:
    first = put(store, b"twice")
    assert put(store, b"twice") == first
    assert [held.name for held in store.everything()] == [first.key]


def test_areas_are_apart_and_listed_in_order(store: Store) -> None:
    kept = sorted(put(store, bytes([number])).key for number in range(5))
    other = put(store, b"\0", "copies").key
    assert list(store.keys("evidence")) == kept
    assert list(store.keys("copies")) == [other]
    assert list(store.keys("executed")) == []


@pytest.mark.parametrize(
    "key", [NOWHERE, "", "evidence", "../etc/passwd", "evidence/../ab", "/etc/passwd", "evidence/ab/.incoming", "a/b/c"]
)
def test_a_key_that_is_not_ours_is_missing(store: Store, key: str) -> None:
    put(store, b"something")
    with pytest.raises(Missing):
        store.open(key)
    with pytest.raises(Missing):
        store.size(key)
    with pytest.raises(Missing), store.local(key):
        pass
    store.remove(key)
    assert len(list(store.everything())) == 1


def test_what_was_removed_is_gone_and_can_come_back(store: Store) -> None:
    stored = put(store, b"for a while")
    store.remove(stored.key)
    store.remove(stored.key)
    with pytest.raises(Missing):
        store.open(stored.key)
    assert put(store, b"for a while") == stored


def test_only_what_is_old_is_reaped(store: Store) -> None:
    stored = put(store, b"an orphan")
    assert store.reap(stored.key, clock.now() - timedelta(days=7)) is False
    assert store.size(stored.key) == 9
    soon = clock.now() + timedelta(days=8)
    assert store.reap(stored.key, soon) is True
    assert store.reap(stored.key, soon) is True
    assert list(store.everything()) == []
    store.check()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("ftp://somewhere", "must begin with file: or s3://, not 'ftp'"),
        ("s3:///prefix", "must name a bucket"),
        ("s3://Bad_Bucket", "must name a bucket"),
        ("s3://bucket/a%20b", "prefix of letters"),
        ("s3://bucket/../b", "prefix of letters"),
        ("s3://bucket?endpint=https://s3.example", "not endpint"),
        ("s3://bucket?endpoint=s3.example", "begins with https://"),
        ("s3://bucket?endpoint=http://s3.example", "unless it is on this machine"),
        ("s3://bucket?style=other", "path or host"),
        ("s3://bucket?seconds=0", "between 0.1 and 60"),
        ("s3://bucket?seconds=soon", "between 0.1 and 60"),
        ("file:relative", "folder from the root"),
        ("file://host/folder", "folder from the root"),
    ],
)
def test_a_wrong_address_is_named(tmp_path: Any, url: str, said: str) -> None:
    with pytest.raises(WrongAddress, match=f"STORE_URL .*{said}"):
        open_store(url, tmp_path, "key", "secret")


@pytest.mark.parametrize(("access", "secret", "named"), [("", "s", "STORE_ACCESS_KEY"), ("a", "", "STORE_SECRET_KEY")])
def test_a_missing_key_is_named(tmp_path: Any, access: str, secret: str, named: str) -> None:
    with pytest.raises(WrongAddress, match=f"{named} must be set"):
        open_store("s3://bucket", tmp_path, access, secret)


def test_no_secret_is_printed(tmp_path: Any) -> None:
    store = open_store("s3://bucket?endpoint=https://s3.example", tmp_path, "access", "very-secret")
    assert "very-secret" not in repr(store) + repr(vars(store))
