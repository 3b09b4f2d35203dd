"""A page that is only read needs no transaction of its own; whatever writes has one, whoever asked for it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from tests.factories import Factory
from tests.support.client import CheckingClient
from vetting import extensions
from vetting.extensions import db
from vetting.models import User
from vetting.unit_of_work import unit_of_work

PREPARED_AFTER = 5
"""How often the driver sends a statement before it keeps its plan."""

Browsing = Callable[[User], CheckingClient]


def only_read(app: Flask) -> None:
    """As at the beginning of a request that is only read."""
    app.preprocess_request()
    assert not extensions.writing.get()


def test_plans_of_a_page_that_is_read_are_kept(
    app: Flask, session: Session, make: Factory, browser_for: Browsing
) -> None:
    if session.get_bind().dialect.name == "sqlite":
        pytest.skip("SQLite has no server to plan for")
    desk = browser_for(make.coordinator())
    for _time in range(PREPARED_AFTER + 3):
        assert desk.get("/desk/queue").status_code == 200
    with app.app_context(), db.engine.connect() as connection:
        kept = connection.scalar(sa.text("SELECT count(*) FROM pg_prepared_statements"))
    assert kept >= 5


def test_work_begun_by_a_page_that_is_read_is_done_whole_or_not_at_all(
    app: Flask, session: Session, make: Factory
) -> None:
    person = make.person("Before")
    with app.test_request_context("/"):
        only_read(app)
        found = db.session.get_one(User, person.id)
        with pytest.raises(RuntimeError, match="second half"):
            _fail_halfway(found)
    session.rollback()
    assert session.scalar(sa.select(User.name).where(User.id == person.id)) == "Before"


def _fail_halfway(person: User) -> None:
    with unit_of_work(db.session):
        person.name = "Halfway"
        db.session.flush()
        asked = sa.select(User.name).where(User.id == person.id)
        assert db.session.scalar(asked) == "Halfway", "work must see what it changed"
        raise RuntimeError("the second half fails")


def test_work_begun_by_a_page_that_is_read_is_kept(app: Flask, session: Session, make: Factory) -> None:
    person = make.person("Before")
    with app.test_request_context("/"):
        only_read(app)
        with unit_of_work(db.session):
            db.session.get_one(User, person.id).name = "After"
        db.session.expire_all()
        assert db.session.scalar(sa.select(User.name).where(User.id == person.id)) == "After"
    session.rollback()
    assert session.scalar(sa.select(User.name).where(User.id == person.id)) == "After"


def test_a_statement_that_changes_something_is_never_sent_alone(app: Flask, session: Session, make: Factory) -> None:
    person = make.person("Before")
    with app.test_request_context("/"):
        only_read(app)
        db.session.execute(sa.update(User).where(User.id == person.id).values(name="Nobody commits this"))
        db.session.connection().execute(sa.text("UPDATE account SET title = 'Nor this'"))
    session.rollback()
    assert session.scalar(sa.select(User.name).where(User.id == person.id)) == "Before"
    assert not session.scalars(sa.select(User.id).where(User.title == "Nor this")).all()
