"""The demonstration district, there for all tests of a module of this folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.support import demonstration
from vetting.extensions import db


@pytest.fixture(scope="session")
def load_into(built_app: Flask) -> Callable[..., bool]:
    """Loads into the database at hand; ``stop_after`` ends the load after so many steps."""
    return partial(demonstration.load_into, built_app)


@pytest.fixture(scope="module")
def district(demonstrated: Flask) -> Flask:
    """The application with the whole demonstration, whose load was ended once in the middle and went on."""
    return demonstrated


@pytest.fixture
def there(district: Flask) -> Iterator[Session]:
    """A session that reads the loaded district."""
    with district.app_context():
        own = Session(db.engine, expire_on_commit=False)
    yield own
    own.close()
