"""The demonstration district, loaded once for all tests of this folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.conftest import let_go
from vetting.extensions import db
from vetting.jobs.demo import load
from vetting.workflows.verify import check


class Stopped(Exception):
    """The load was ended in the middle, as by a kill."""


@pytest.fixture(scope="session")
def load_into(built_app: Flask) -> Callable[..., bool]:
    """Loads into the database at hand; ``stop_after`` ends the load after so many steps."""

    def loading(stop_after: int | None = None, now: datetime | None = None) -> bool:
        def progress(done: int) -> None:
            if stop_after is not None and done >= stop_after:
                raise Stopped

        with built_app.app_context():
            return load(
                db.session(),
                built_app.extensions["store"],
                built_app.config["SETTINGS"],
                password="not a real hash",
                progress=progress,
                now=now,
            )

    return loading


@pytest.fixture(scope="module")
def district(built_app: Flask, put_back: Callable[[], None], load_into: Callable[..., bool]) -> Iterator[Flask]:
    """The application with the whole demonstration; the load is ended once in the middle and goes on."""
    put_back()
    with pytest.raises(Stopped):
        load_into(stop_after=45)
    with built_app.app_context(), Session(db.engine) as half:
        assert list(check(half)) == []
    assert load_into() is True
    yield built_app
    let_go(built_app)


@pytest.fixture
def there(district: Flask) -> Iterator[Session]:
    """A session that reads the loaded district."""
    with district.app_context():
        own = Session(db.engine, expire_on_commit=False)
    yield own
    own.close()
