"""A person's own e-mail address changes once both addresses have agreed."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from tests.factories import Factory
from tests.support.client import CheckingClient
from vetting import clock
from vetting.models import EmailChange, EmailChangeState, OutboxMessage, User
from vetting.notifications.mail import Place
from vetting.notifications.mail import make as make_mail

BrowserFor = Callable[[User], CheckingClient]
NEW = "paula@new.example"


@pytest.fixture
def paula(make: Factory) -> User:
    return make.person("Paula Person", email="paula@old.example")


def links(app: Flask, session: Session) -> dict[str, str]:
    """The link in each address's last mail."""
    session.commit()
    place = Place.of(app.config["SETTINGS"])
    rows = session.scalars(
        sa.select(OutboxMessage).where(OutboxMessage.topic == "email_change.asked").order_by(OutboxMessage.id)
    ).all()
    found = {}
    for row in rows:
        mail = make_mail(session, row, place)
        if mail is not None:
            link = re.search(r"/account/email/[0-9a-f]{64}", mail.text)
            assert link is not None
            found[mail.to] = link[0]
    return found


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_both_addresses_agree(
    app: Flask, make: Factory, session: Session, paula: User, browser_for: BrowserFor, order: tuple[int, int]
) -> None:
    browser = browser_for(paula)
    assert browser.post("/account/email", data={"email": NEW.upper()}).status_code == 303
    both = links(app, session)
    assert set(both) == {"paula@old.example", NEW}
    assert both[NEW] != both["paula@old.example"]
    first, second = (list(both.values())[place] for place in order)
    assert "Both addresses have to agree" in browser.get(first).text
    for _twice in range(2):
        assert browser.post(first).status_code == 303
        assert session.get_one(User, paula.id, populate_existing=True).email == "paula@old.example"
    assert browser.post(second).location == "/account/"
    assert session.get_one(User, paula.id, populate_existing=True).email == NEW
    told = session.scalars(sa.select(OutboxMessage.recipient).where(OutboxMessage.topic == "email_change.done")).all()
    assert told == ["mail:paula@old.example"]
    assert "Your address was changed" in browser.get(first).text


def test_only_the_person_whose_account_it_is_opens_the_link(
    app: Flask, make: Factory, session: Session, paula: User, browser_for: BrowserFor, client: CheckingClient
) -> None:
    browser_for(paula).post("/account/email", data={"email": NEW})
    for link in links(app, session).values():
        assert client.get(link).status_code == 302
        assert browser_for(make.person("Somebody")).get(link).status_code == 404
        assert browser_for(make.person("Somebody")).post(link).status_code == 404
    assert session.scalars(sa.select(EmailChange.old_agreed_at)).one() is None


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Enter an e-mail address"),
        ("nobody", "Enter an e-mail address like"),
        ("Paula@old.example", "your address already"),
    ],
)
def test_what_is_no_new_address_is_said(paula: User, browser_for: BrowserFor, typed: str, said: str) -> None:
    answer = browser_for(paula).post("/account/email", data={"email": typed})
    assert answer.status_code == 422
    assert said in answer.text


def test_a_taken_address_shows_nothing_until_both_mailboxes_were_read(
    app: Flask, make: Factory, session: Session, paula: User, browser_for: BrowserFor
) -> None:
    make.person("Other Owner", email=NEW)
    browser = browser_for(paula)
    answer = browser.post("/account/email", data={"email": NEW}, follow_redirects=True)
    assert "belongs to another account" not in answer.text
    both = links(app, session)
    assert browser.post(both["paula@old.example"]).status_code == 303
    refused = browser.post(both[NEW])
    assert refused.status_code == 422
    assert "belongs to another account" in refused.text
    assert session.get_one(User, paula.id, populate_existing=True).email == "paula@old.example"


def test_a_new_wish_replaces_the_former_and_old_links_die(
    app: Flask, session: Session, paula: User, browser_for: BrowserFor
) -> None:
    browser = browser_for(paula)
    browser.post("/account/email", data={"email": "first@new.example"})
    before = links(app, session)
    browser.post("/account/email", data={"email": NEW})
    for link in before.values():
        assert browser.get(link).status_code == 410
        assert browser.post(link).status_code == 303
    states = session.scalars(sa.select(EmailChange.state).order_by(EmailChange.id)).all()
    assert states == [EmailChangeState.CANCELLED, EmailChangeState.PENDING]
    change = session.scalars(sa.select(EmailChange).where(EmailChange.state == EmailChangeState.PENDING)).one()
    change.expires_at = clock.now() - timedelta(minutes=1)
    session.commit()
    late = browser.post(links(app, session)[NEW])
    assert late.status_code == 422
    assert session.get_one(User, paula.id, populate_existing=True).email == "paula@old.example"


def test_the_wish_is_taken_back(app: Flask, session: Session, paula: User, browser_for: BrowserFor) -> None:
    browser = browser_for(paula)
    browser.post("/account/email", data={"email": NEW})
    reference = session.scalars(sa.select(EmailChange.reference)).one()
    assert browser.post(f"/steps/email_change/{reference}/cancel", data={"next": "/account/email"}).status_code == 303
    assert links(app, session) == {}


def test_an_old_sign_in_is_asked_again_first(
    make: Factory, session: Session, paula: User, browser_for: BrowserFor
) -> None:
    from vetting.models import LoginSession

    browser = browser_for(paula)
    for login in session.scalars(sa.select(LoginSession).where(LoginSession.user_id == paula.id)):
        login.authenticated_at = clock.now() - timedelta(hours=2)
    session.commit()
    assert "/account/its-you" in browser.post("/account/email", data={"email": NEW}).location
    assert session.scalar(sa.select(sa.func.count()).select_from(EmailChange)) == 0
