"""Signatures raced against each other: what the proofs of signing share."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.documents.papers import pdf_of
from tests.factories import Factory
from tests.integration.agreements.conftest import looking
from tests.support.client import CheckingClient
from vetting import clock
from vetting.models import Agreement, LoginSession, OutboxMessage, PaperRecord, Role, Signature, Signer, User
from vetting.models.signing import SigningProof

SCAN = pdf_of("Signed by hand")
TWICE = {"agreement.signature_invited", "agreement.fully_signed", "agreement.executed", "agreement.paper_confirmed"}
"""What people or the worker would be told twice if a race were won twice."""


@dataclass
class Racers:
    """The people of one agreement after another, each at one browser that stays open."""

    make: Factory
    session: Session
    browser_for: Callable[..., CheckingClient]
    browsers: dict[int, CheckingClient] = field(default_factory=dict)

    def fresh(self) -> None:
        """See what others did meanwhile."""
        self.session.commit()
        self.session.expire_all()

    def browser(self, user: User) -> CheckingClient:
        if user.id not in self.browsers:
            self.browsers[user.id] = self.browser_for(user)
        return self.browsers[user.id]

    def twin(self, user: User) -> CheckingClient:
        """Another tab of the same browser: the same cookies."""
        first = self.browser(user)
        second: Any = first.application.test_client()
        with first.session_transaction() as kept, second.session_transaction() as cookie:
            cookie.update(kept)
        return second  # type: ignore[no-any-return]

    def ready(self, signer: Signer) -> None:
        """This person agreed to sign electronically and has just shown who they are, once."""
        self.fresh()
        self.browser(signer.user)
        self.make.consent(signer)
        with looking(self.session):
            browser = self.session.scalars(
                sa.select(LoginSession.id)
                .where(LoginSession.user_id == signer.user_id)
                .order_by(LoginSession.id.desc())
            ).first()
            self.session.add(
                SigningProof(
                    user_id=signer.user_id,
                    login_session_id=browser,
                    bound_to=signer.agreement_version.content_sha256,
                    method="email",
                    proven_at=clock.now(),
                    expires_at=clock.now() + timedelta(minutes=10),
                )
            )

    def form(self, signer: Signer) -> dict[str, str]:
        """What the page of this signer sends."""
        with looking(self.session):
            self.session.refresh(signer)
            return {
                "content_sha256": signer.agreement_version.content_sha256,
                "title": "Title",
                "authority": "y",
                "typed_name": signer.name,
                "version": str(signer.version),
            }

    def signs(self, signer: Signer, browser: CheckingClient | None = None) -> Callable[[], int]:
        """The act of signing in a browser, to be done when the others are ready too."""
        at = f"/agreements/{signer.agreement_version.agreement.reference}/sign"
        tab = browser or self.browser(signer.user)
        data = {**self.form(signer), "csrf_token": tab.csrf_token()}

        def press() -> int:
            answer = tab.open(at, method="POST", data=data, csrf=False)
            # Somebody who is sent to show who they are has not signed.
            asked = answer.status_code == 303 and "before-signing" in answer.location
            return 403 if asked else int(answer.status_code)

        return press

    def office(self, number: int) -> CheckingClient:
        """One of two people of the office."""
        name = f"Office {number}"
        known = self.session.scalars(sa.select(User).where(User.name == name)).first()
        return self.browser(known or self.make.person(name, Role.COORDINATOR))

    def compared(self, agreement: Agreement, signer: Signer) -> PaperRecord:
        """A scan with this signature, compared by the first person."""
        role = signer.role.value
        typed = {
            "number": "1",
            f"{role}_signed": "y",
            f"{role}_name": signer.name,
            f"{role}_on": clock.today().isoformat(),
            "files": (io.BytesIO(SCAN), "signed.pdf"),
        }
        self.session.commit()
        first = self.office(1)
        self.session.commit()
        answer = first.post(f"/agreements/{agreement.reference}/paper", data=typed, content_type="multipart/form-data")
        assert answer.status_code == 303, answer.get_data(as_text=True)
        with looking(self.session):
            record = self.session.scalars(sa.select(PaperRecord).order_by(PaperRecord.id.desc()).limit(1)).one()
        assert first.post(f"{answer.location}/compare", data=self.seen(record)).status_code == 303
        return record

    def seen(self, record: PaperRecord) -> dict[str, str]:
        with looking(self.session):
            self.session.refresh(record)
            return {"same": "y", "words": record.words_sha256, "version": str(record.version)}

    def confirms(self, record: PaperRecord) -> Callable[[], int]:
        """The second person's yes, to be given when the others are ready too."""
        second = self.office(2)
        self.session.commit()
        data = {**self.seen(record), "csrf_token": second.csrf_token()}
        at = f"/agreements/papers/{record.reference}/confirm"
        return lambda: int(second.open(at, method="POST", data=data, csrf=False).status_code)


def at_once(acts: Sequence[Callable[[], int]]) -> list[int]:
    """What each is answered when all are done at the same time."""
    with ThreadPoolExecutor(len(acts)) as pool:
        return [future.result() for future in [pool.submit(act) for act in acts]]


def once_each(session: Session, agreement: Agreement) -> None:
    """One signature for each place at most, and nobody is told anything twice."""
    places = [signer.id for signer in agreement.versions[-1].signers]
    given = session.scalars(sa.select(Signature.signer_id).where(Signature.signer_id.in_(places))).all()
    assert len(given) == len(set(given))
    ours = [("agreement", {agreement.id}), ("signer", set(places))]
    told: list[tuple[str, str, int]] = []
    for message in session.scalars(sa.select(OutboxMessage).where(OutboxMessage.topic.in_(TWICE))):
        about = message.payload
        if any(about.get("subject_type") == kind and about.get("subject_id") in ids for kind, ids in ours):
            told.append((message.topic, message.recipient, about["subject_id"]))
    assert len(told) == len(set(told)), told
