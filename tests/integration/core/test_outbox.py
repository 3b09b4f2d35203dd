"""Effects leave once: leases, retries, the local spool, and a mail server that misbehaves."""

from __future__ import annotations

import email
import email.policy
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller
from flask import Flask
from sqlalchemy.orm import Session

from tests.factories import Factory
from vetting import clock, outbox
from vetting.jobs.carrying import BESIDE
from vetting.models import Invitation, OutboxMessage, Role
from vetting.notifications import delivery
from vetting.notifications.mail import Mail
from vetting.unit_of_work import unit_of_work
from vetting.worker import Worker
from vetting.workflows.audiences import WORKER

MAIL = Mail("a:key:1", "reader@people.example", "About your application", "Hello", "<p>Hello</p>")


def queue(session: Session, *keys: str, **more: Any) -> list[OutboxMessage]:
    with unit_of_work(session):
        return [
            outbox.record(session, key=key, topic="account.mail", recipient="mail:a@b.example", payload=LETTER, **more)
            for key in keys
        ]


LETTER = {"subject": "A code", "body": "Your code.", "html": "<p>Your code.</p>"}


def claim(session: Session, worker: str, **more: Any) -> list[str]:
    with unit_of_work(session):
        return [message.key for message in outbox.claim(session, worker=worker, **more)]


# Leases


def test_two_workers_do_not_get_the_same_message(app: Flask, session: Session) -> None:
    queue(session, "a", "b", "c")
    assert claim(session, "one", limit=2) == ["a", "b"]
    assert claim(session, "two") == ["c"]
    assert claim(session, "two") == []


def test_a_lease_that_ran_out_is_taken_by_the_next(app: Flask, session: Session) -> None:
    (message,) = queue(session, "a")
    assert claim(session, "killed") == ["a"]
    with unit_of_work(session):
        message.leased_until = clock.now() - timedelta(seconds=1)
    assert claim(session, "next") == ["a"]
    assert (message.leased_by, message.attempts) == ("next", 2)


def test_what_is_not_due_waits(app: Flask, session: Session) -> None:
    queue(session, "later", available_at=clock.now() + timedelta(minutes=5))
    assert claim(session, "one") == []


def test_pauses_grow_and_end(app: Flask, session: Session) -> None:
    (message,) = queue(session, "a")
    pauses = []
    for _ in range(outbox.MAX_ATTEMPTS):
        with unit_of_work(session):
            message.available_at = clock.now() - timedelta(seconds=1)
        assert claim(session, "one") == ["a"]
        before = clock.now()
        with unit_of_work(session):
            outbox.retry_later(message, "no answer")
        pauses.append(round((message.available_at - before).total_seconds()))
    assert pauses[:-1] == [10, 60, 600, 3600, 21600, 21600, 21600]
    assert message.failed_at is not None
    with unit_of_work(session):
        message.available_at = clock.now() - timedelta(days=1)
    assert claim(session, "one") == []


# The worker


@pytest.fixture
def worker(app: Flask) -> Iterator[Worker]:
    with app.app_context():
        yield Worker(app)


TO_PEOPLE = OutboxMessage.recipient != WORKER


def spooled(app: Flask) -> list[EmailMessage]:
    folder: Path = app.config["SETTINGS"].instance / "mail"
    found = []
    for path in sorted(folder.glob("*.eml")):
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        found.append(message)
    return found


def test_every_event_is_spooled_once_for_each_recipient(
    app: Flask, worker: Worker, make: Factory, session: Session
) -> None:
    make.approved(make.portfolio())
    session.commit()
    queued = session.scalars(sa.select(OutboxMessage.key).where(TO_PEOPLE)).all()
    session.commit()
    worker.drain()
    first = [message["Message-ID"] for message in spooled(app)]
    assert len(first) == len(set(first)) == len(queued) > 5
    session.expire_all()
    in_turn = sa.select(OutboxMessage).where(OutboxMessage.topic.not_in(BESIDE))
    assert {row.delivered_at is not None for row in session.scalars(in_turn)} == {True}
    session.commit()
    assert worker.drain() == 0
    # Documents are looked at beside, one at a time, until there is none left.
    while worker.look_next():
        pass
    assert {row.delivered_at is not None for row in session.scalars(sa.select(OutboxMessage))} == {True}


def test_delivering_again_after_a_crash_replaces_the_same_file(app: Flask, worker: Worker, session: Session) -> None:
    """Killed between the spool file and the mark: the next worker writes the same file."""
    (message,) = queue(session, "a")
    worker.drain()
    before = [(m["Message-ID"], m.get_body(("plain",)).get_content()) for m in spooled(app)]  # type: ignore[union-attr]
    with unit_of_work(session):
        session.refresh(message)
        message.delivered_at = message.leased_until = None
    worker.drain()
    after = [(m["Message-ID"], m.get_body(("plain",)).get_content()) for m in spooled(app)]  # type: ignore[union-attr]
    assert before == after
    assert len(after) == 1


def test_a_closed_account_is_written_to_no_more(app: Flask, worker: Worker, make: Factory, session: Session) -> None:
    case = make.submitted()
    owner = make.owner_of(case.organization)
    with unit_of_work(session):
        owner.active = False
    worker.drain()
    assert spooled(app) == []
    assert session.scalars(sa.select(OutboxMessage.outcome).where(TO_PEOPLE)).all() == ["no longer needed"]


def test_an_invitation_taken_back_is_not_sent(app: Flask, worker: Worker, make: Factory, session: Session) -> None:
    admin = make.person("Ada Admin", Role.SYSTEM_ADMIN)
    invitation = Invitation(
        email="new@people.example",
        role=Role.REVIEWER,
        nonce="n" * 20,
        token_digest="d" * 64,
        expires_at=clock.now() + timedelta(days=3),
    )
    make.take("invitation", invitation, "invite", make.actor(admin))
    make.take("invitation", invitation, "revoke", make.actor(admin))
    session.commit()
    worker.drain()
    assert spooled(app) == []


def test_the_address_is_read_when_the_mail_leaves(app: Flask, worker: Worker, make: Factory, session: Session) -> None:
    case = make.submitted()
    with unit_of_work(session):
        make.owner_of(case.organization).email = "moved@people.example"
    worker.drain()
    assert [message["To"] for message in spooled(app)] == ["moved@people.example"]


@pytest.mark.parametrize(
    "name", ["Evil\r\nBcc: all@people.example", "Evil\nSubject: other", "A\u2028B\x85C", "E" * 200]
)
def test_a_name_cannot_add_a_header(app: Flask, worker: Worker, make: Factory, session: Session, name: str) -> None:
    organization = make.partner()
    suspension_reason = "A reason."
    with unit_of_work(session):
        organization.legal_name = name
    from vetting.workflows.effects.suspensions import drafted

    director = make.director()
    suspension = drafted(session, organization, director.id, suspension_reason, clock.now())
    make.take("suspension", suspension, "impose", make.actor(director), reason=suspension_reason)
    session.commit()
    worker.drain()
    mails = [
        message for message in spooled(app) if "is suspended" in str(message["Subject"]) or "E" * 50 in str(message)
    ]
    assert mails
    for message in mails:
        assert message["Bcc"] is None
        assert len(message.get_all("Subject")) == 1
        assert len(str(message["Subject"])) <= 180


def test_one_bad_message_does_not_hold_up_the_others(app: Flask, worker: Worker, session: Session) -> None:
    with unit_of_work(session):
        for key, topic in (("bad", "no.such.topic"), ("good", "account.mail")):
            outbox.record(session, key=key, topic=topic, recipient="mail:a@b.example", payload=LETTER)
    assert worker.drain() == 1
    session.expire_all()
    bad = session.scalars(sa.select(OutboxMessage).where(OutboxMessage.key == "bad")).one()
    assert bad.delivered_at is None
    assert bad.available_at > clock.now()
    assert bad.outcome


# A mail server


class Server:
    """Takes mail, or answers as it is told to."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.refuse_recipient = ""
        self.drop_after_data = False

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if self.refuse_recipient:
            return self.refuse_recipient
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.taken.append(message)
        if self.drop_after_data:
            server.transport.close()
        return "250 Taken"


@pytest.fixture
def server() -> Iterator[tuple[Server, str]]:
    handler = Server()
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()  # type: ignore[no-untyped-call]
    yield handler, f"smtp://127.0.0.1:{port}"
    controller.stop()  # type: ignore[no-untyped-call]


@pytest.fixture
def posting(app: Flask, server: tuple[Server, str]) -> Iterator[tuple[Worker, Server]]:
    """A worker that hands its mail to the server."""
    handler, url = server
    settings = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(settings, smtp_url=url)
    with app.app_context():
        yield Worker(app), handler
    app.config["SETTINGS"] = settings


def test_mail_goes_to_the_server(posting: tuple[Worker, Server], session: Session) -> None:
    worker, server = posting
    queue(session, "a")
    assert worker.drain() == 1
    (mail,) = server.taken
    assert (mail["To"], mail["Subject"]) == ("a@b.example", "A code")
    assert mail.get_body(("plain",)).get_content().strip() == "Your code."  # type: ignore[union-attr]


def test_a_lasting_refusal_is_not_tried_again(posting: tuple[Worker, Server], session: Session) -> None:
    worker, server = posting
    server.refuse_recipient = "550 No such person"
    (message,) = queue(session, "a")
    assert worker.drain() == 0
    session.refresh(message)
    assert message.failed_at is not None
    assert "refused" in message.outcome


def test_a_passing_refusal_is_tried_again_later(posting: tuple[Worker, Server], session: Session) -> None:
    worker, server = posting
    server.refuse_recipient = "451 Try again later"
    (message,) = queue(session, "a")
    worker.drain()
    session.refresh(message)
    assert message.failed_at is None
    assert message.available_at > clock.now()
    server.refuse_recipient = ""
    with unit_of_work(session):
        message.available_at = clock.now() - timedelta(seconds=1)
    assert worker.drain() == 1
    assert len(server.taken) == 1


def test_a_repeat_after_a_lost_answer_carries_the_same_id(posting: tuple[Worker, Server], session: Session) -> None:
    """The one window in which mail can come twice: the server took it and the line dropped. Readers see one."""
    worker, server = posting
    server.drop_after_data = True
    (message,) = queue(session, "a")
    worker.drain()
    session.refresh(message)
    assert message.delivered_at is None
    assert message.attempts == 1
    server.drop_after_data = False
    with unit_of_work(session):
        message.available_at = clock.now() - timedelta(seconds=1)
    assert worker.drain() == 1
    first, second = (mail["Message-ID"] for mail in server.taken)
    assert first == second
    assert first.endswith("@" + worker.settings.mail_from.rpartition("@")[2] + ">")


def test_a_server_that_is_away_costs_nothing_but_time(app: Flask, session: Session) -> None:
    settings = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(settings, smtp_url="smtp://127.0.0.1:9")
    (message,) = queue(session, "a")
    try:
        with app.app_context():
            assert Worker(app).drain() == 0
    finally:
        app.config["SETTINGS"] = settings
    session.refresh(message)
    assert (message.delivered_at, message.failed_at, message.leased_until) == (None, None, None)


# Composing


def test_each_key_has_a_spool_name_of_its_own() -> None:
    keys = ["a:1", "a-1", "A:1", "x" * 200, "x" * 201, "../../etc/passwd", ""]
    names = [delivery.spool_name(key) for key in keys]
    assert len(set(names)) == len(keys)
    assert all("/" not in name and ".." not in name and len(name) < 120 for name in names)


def test_a_header_with_a_line_end_is_refused_at_the_last() -> None:
    with pytest.raises(ValueError, match=r"(?i)linefeed|newline|header"):
        delivery.composed(replace(MAIL, subject="One\r\nBcc: two@people.example"), "office@district.example")
