"""Browsers beside a test that looks at the database itself: before each request, the test's own look ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.support.client import CheckingClient
from vetting.models import User


def taking_turns(browser: CheckingClient, session: Session) -> CheckingClient:
    """The browser, which finds the database free and whose changes the test then reads."""
    opened = browser.open

    def open_(*args: Any, **kwargs: Any) -> Any:
        session.commit()
        session.expire_all()
        answer = opened(*args, **kwargs)
        answer.get_data()
        answer.close()
        return answer

    browser.open = open_  # type: ignore[method-assign]
    return browser


@pytest.fixture
def browser_for(browser_for: Callable[[User], CheckingClient], session: Session) -> Callable[[User], CheckingClient]:
    """A signed-in browser that takes turns with the test."""
    return lambda user: taking_turns(browser_for(user), session)


@pytest.fixture
def client(client: CheckingClient, session: Session) -> CheckingClient:
    """A visitor's browser that takes turns with the test."""
    return taking_turns(client, session)
