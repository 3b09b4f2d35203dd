"""Reading the mail that would leave, and walking through sign-in as a person does."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

import config
from tests.factories import Factory
from tests.support.client import CheckingClient
from vetting import create_app
from vetting.extensions import db
from vetting.models import OutboxMessage, User
from vetting.views.account.passwords import hashed

PASSWORD = "four words in a row"


@pytest.fixture
def look(session: Session) -> Callable[[Any], list[Any]]:
    """What a query finds now, read apart from the test's own session, which must not hold a lock meanwhile."""

    def read(query: Any) -> list[Any]:
        with Session(session.get_bind()) as other:
            return list(other.scalars(query))

    return read


@pytest.fixture
def mails(look: Callable[[Any], list[Any]]) -> Callable[[str], list[dict[str, str]]]:
    """What is waiting to be sent to an address, the oldest first."""

    def read(address: str) -> list[dict[str, str]]:
        query = sa.select(OutboxMessage.payload).where(OutboxMessage.recipient == f"mail:{address}")
        return look(query.order_by(OutboxMessage.id))

    return read


@pytest.fixture
def person(app: Flask, session: Session, make: Factory) -> User:
    """Somebody with an account, a password and no role."""
    user = make.person("Noor Haddad", email="noor@people.example")
    with app.app_context():
        user.password = hashed(PASSWORD)
    session.commit()
    return user


@pytest.fixture
def process(app: Flask) -> Iterator[Callable[[config.Settings], Flask]]:
    """Further server processes on the same database."""
    started: list[Flask] = []

    def start(settings: config.Settings) -> Flask:
        another = create_app(settings)
        another.test_client_class = CheckingClient
        started.append(another)
        return another

    yield start
    for another in started:
        with another.app_context():
            db.engine.dispose()


def code_in(body: str) -> str:
    """The code of a mail, as it is printed there."""
    found = re.search(r"^ {4}(\d{4} \d{4})$", body, re.MULTILINE)
    assert found, body
    return found.group(1)


def path_in(body: str) -> str:
    """The path of the one link of a mail that carries a token."""
    found = re.search(r"http://localhost(/\S+/[\w.-]{30,})", body)
    assert found, body
    return found.group(1)
