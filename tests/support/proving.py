"""Showing who is there before something is signed, as a person with only a mailbox does."""

from __future__ import annotations

import re

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.support.client import CheckingClient
from vetting.models import OutboxMessage


def mailed_code(session: Session, email: str) -> str:
    """The newest code for signing that was sent to an address. Read apart from ``session``, which must hold no lock."""
    with Session(session.get_bind()) as other:
        bodies = other.scalars(
            sa.select(OutboxMessage.payload)
            .where(OutboxMessage.recipient == f"mail:{email}")
            .order_by(OutboxMessage.id)
        )
        mails = [body for body in bodies if body["template"] == "signing_code"]
    found = re.search(r"\b(\d{4} \d{4})\b", mails[-1]["body"])
    assert found
    return found[1]


def prove(browser: CheckingClient, session: Session, email: str, bound_to: str, back: str = "/") -> None:
    """Ask for a code by e-mail and enter it, for exactly what has this SHA-256."""
    at = f"/account/before-signing/{bound_to}"
    assert browser.post(f"{at}/code", data={"next": back}).status_code == 303
    answer = browser.post(at, data={"code": mailed_code(session, email), "next": back})
    assert (answer.status_code, answer.location) == (303, back)
