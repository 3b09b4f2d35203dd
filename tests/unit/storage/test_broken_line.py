"""A bucket that refuses, hangs, answers with errors or is cut off: said in time, and nothing is kept by half."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.bucket import BadLine
from vetting.storage import Missing, Store, StoreFull, StoreProblem, StoreUnreachable

LARGE = bytes(range(256)) * 4096 * 12
SMALL = b"a paper" * 40_000

BAD = ("refuse", "hang", "error", "cut")
WORSE = ("refuse", "hang", "error", "cut_up")


def put(store: Store, content: bytes) -> Any:
    return store.put(io.BytesIO(content), area="evidence")


@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("mode", WORSE)
def test_a_file_that_does_not_get_through_is_not_there(
    behind: Callable[..., Store], line: BadLine, mode: str, content: bytes
) -> None:
    store = behind()
    # Of a large file a part has arrived before the line goes bad.
    line.turn(mode, after=2 if content is LARGE else 0)
    with pytest.raises(StoreUnreachable) as told:
        put(store, content)
    assert told.value.plain.endswith("Try again in a few minutes.")
    line.turn("good")
    assert list(store.everything()) == []
    stored = put(store, content)
    with store.open(stored.key) as stream:
        assert stream.read() == content


@pytest.mark.parametrize("mode", BAD)
def test_reading_over_a_bad_line_says_so(behind: Callable[..., Store], line: BadLine, mode: str) -> None:
    store = behind()
    key = put(store, LARGE).key
    stream = store.open(key)
    line.turn(mode)
    with pytest.raises(StoreUnreachable):
        stream.read()
    with pytest.raises(StoreUnreachable), store.local(key):
        pass
    if mode != "cut":
        with pytest.raises(StoreUnreachable):
            list(store.everything())
    line.turn("good")
    assert stream.read() == LARGE


def test_one_bad_moment_is_not_noticed(behind: Callable[..., Store], line: BadLine) -> None:
    store = behind()
    line.turn("good", after=0)
    stored = put(store, SMALL)

    real = line._now
    moments = iter(["error", "refuse"])
    line._now = lambda: next(moments, None) or real()  # type: ignore[method-assign]
    with store.open(stored.key) as stream:
        assert stream.read() == SMALL


def test_a_bucket_without_room_is_full_and_not_unreachable(behind: Callable[..., Store], line: BadLine) -> None:
    store = behind()
    line.turn("full")
    with pytest.raises(StoreFull) as told:
        put(store, SMALL)
    assert "no room" in told.value.plain


def test_a_bucket_that_is_not_there_is_not_an_empty_one(buckets: Any) -> None:
    from tests.support import bucket

    store = bucket.connect(buckets.url(make=False))
    with pytest.raises(StoreUnreachable, match="NoSuchBucket"):
        put(store, SMALL)
    with pytest.raises(StoreUnreachable):
        store.check()
    with pytest.raises(StoreUnreachable):
        list(store.everything())
    with pytest.raises(Missing):
        store.open("evidence/ab/ab" + "0" * 62)


def test_health_is_told_of_a_bad_line_and_of_its_end(behind: Callable[..., Store], line: BadLine) -> None:
    from vetting.storage import s3

    store = behind()
    store.check()
    line.turn("hang")
    # An answer counts for a few seconds.
    store.check()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(s3, "GLANCE_KEPT_SECONDS", -1.0)
        with pytest.raises(StoreProblem):
            store.check()
        line.turn("good")
        store.check()
