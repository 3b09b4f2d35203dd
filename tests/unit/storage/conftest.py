"""Stores of every kind, each empty."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support import bucket
from tests.support.bucket import BadLine, Buckets
from vetting.storage import LocalStore, Store


@pytest.fixture(scope="session")
def buckets() -> Iterator[Buckets]:
    with bucket.running() as server:
        yield server


@pytest.fixture(params=["disk", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """An empty store; every test that takes it runs against each kind."""
    if request.param == "disk":
        return LocalStore(tmp_path / "store")
    server: Buckets = request.getfixturevalue("buckets")
    return bucket.connect(server.url())


@pytest.fixture
def line(buckets: Buckets) -> Iterator[BadLine]:
    """A line to the buckets that can be made bad."""
    made = BadLine(buckets.port)
    yield made
    made.close()


@pytest.fixture
def behind(buckets: Buckets, line: BadLine) -> Callable[..., Store]:
    """A store at the other end of that line."""
    return lambda seconds=0.5: bucket.connect(buckets.url(port=line.port, seconds=seconds))
