"""An old file is not removed while somebody stores the same bytes again."""

from __future__ import annotations

import fcntl
import io
import os
import threading
from datetime import timedelta
from pathlib import Path

import obstore
import pytest

from tests.support import bucket
from tests.support.bucket import Buckets
from vetting import clock
from vetting.storage import LocalStore, StoreUnreachable
from vetting.storage.s3 import S3Bucket

WEEK = timedelta(days=7)


def aged(path: Path) -> None:
    then = (clock.now() - 2 * WEEK).timestamp()
    os.utime(path, (then, then))


def test_on_a_disk_an_old_file_that_comes_again_is_young(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    key = store.put(io.BytesIO(b"again"), area="evidence").key
    aged(tmp_path / key)
    store.put(io.BytesIO(b"again"), area="evidence")
    assert store.reap(key, clock.now() - WEEK) is False
    aged(tmp_path / key)
    assert store.reap(key, clock.now() - WEEK) is True


def test_on_a_disk_nothing_is_reaped_while_a_file_gets_its_name(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    key = store.put(io.BytesIO(b"again"), area="evidence").key
    aged(tmp_path / key)
    answers: list[bool] = []
    with (tmp_path / ".lock").open("ab") as naming:
        fcntl.flock(naming, fcntl.LOCK_SH)
        reaping = threading.Thread(target=lambda: answers.append(store.reap(key, clock.now() - WEEK)))
        reaping.start()
        # What the one who holds the lock does: the bytes are there again, under the same name.
        os.utime(tmp_path / key)
    reaping.join(10)
    assert answers == [False]
    assert store.size(key) == 5


def test_on_a_disk_what_was_left_half_written_is_listed_and_reaped(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    (tmp_path / "evidence").mkdir()
    left = tmp_path / "evidence" / ".incoming-0011223344556677"
    left.write_bytes(b"half")
    aged(left)
    (held,) = store.everything()
    assert (held.name, held.size) == ("evidence/.incoming-0011223344556677", 4)
    assert list(store.keys("evidence")) == []
    assert store.reap(held.name, clock.now() - WEEK) is True
    assert list(store.everything()) == []


def test_in_a_bucket_a_file_that_is_being_removed_is_not_said_to_be_kept(buckets: Buckets) -> None:
    store = bucket.connect(buckets.url())
    assert isinstance(store, S3Bucket)
    content = b"stored while its older self goes"
    key = store.put(io.BytesIO(content), area="evidence").key
    obstore.put(store._client, f"reaping/{key}", b"-")
    with pytest.raises(StoreUnreachable, match="just being removed"):
        store.put(io.BytesIO(content), area="evidence")
    # The one who removes has finished, and taken the mark away.
    assert store.reap(key, clock.now() - WEEK) is False
    assert store.put(io.BytesIO(content), area="evidence").key == key
    assert [held.name for held in store.everything()] == [key]


def test_in_a_bucket_a_mark_that_was_left_counts_for_two_minutes(
    buckets: Buckets, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = bucket.connect(buckets.url())
    assert isinstance(store, S3Bucket)
    key = store.put(io.BytesIO(b"x"), area="evidence").key
    obstore.put(store._client, f"reaping/{key}", b"-")
    monkeypatch.setattr("vetting.storage.s3.REAPING_SECONDS", 0)
    assert store.put(io.BytesIO(b"x"), area="evidence").key == key
