"""What the tests of deadlines and reminders share: a case that is asked for two things, and the worker's hands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from sqlalchemy.orm import Session, sessionmaker

from vetting import clock
from vetting.calendar_days import local_moment_utc
from vetting.models import Application, RequestItem
from vetting.worker import Worker
from vetting.workflows.commands import RequestedItem, RequestInformation


@pytest.fixture
def sessions(session: Session) -> sessionmaker[Session]:
    """Sessions of the kind that the worker's jobs open."""
    return sessionmaker(session.get_bind(), expire_on_commit=False)


@pytest.fixture
def noon() -> Callable[[int], datetime]:
    """Noon in the district so many days from today."""

    def at(days: int) -> datetime:
        return local_moment_utc(clock.today() + timedelta(days=days), time(12))

    return at


@pytest.fixture
def due_on() -> date:
    """The local day by which the applicant is asked to answer."""
    return clock.today() + timedelta(days=10)


@pytest.fixture
def asked(make: Any, due_on: date) -> Application:
    """A case in which the office asks for a document and an answer."""
    case: Application = make.submitted(make.registration())
    boss = make.actor(make.coordinator())
    make.take("application", case, "screen", boss)
    items = (
        RequestedItem(RequestItem.DOCUMENT, "safety_plan", "The plan has no page on emergencies."),
        RequestedItem(RequestItem.QUESTION, "mission", "Say whom you serve."),
    )
    make.take("application", case, "request_information", boss, data=RequestInformation(items, due_on))
    return case


class Hands:
    """The worker at an instant of the test's choosing, and the mail it leaves in the spool."""

    def __init__(self, app: Any, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
        self.session = session
        self.monkeypatch = monkeypatch
        self.worker = Worker(app)

    def deliver(self, at: datetime | None = None) -> list[EmailMessage]:
        """Deliver everything that is due at an instant, and read the mail that is new in the spool."""
        # A session of the tests holds the write lock until it lets go.
        self.session.rollback()
        before = set(self.worker.settings.instance.glob("mail/*.eml"))
        with self.monkeypatch.context() as patch:
            if at is not None:
                patch.setattr(clock, "now", lambda: at)
            self.worker.drain()
        new = sorted(set(self.worker.settings.instance.glob("mail/*.eml")) - before)
        return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in new]


@pytest.fixture
def hands(app: Any, session: Session, monkeypatch: pytest.MonkeyPatch) -> Hands:
    """The worker's hands."""
    with app.app_context():
        return Hands(app, session, monkeypatch)
