"""One signer at the page: what is kept of a signature, what never signs, and what each refusal says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories import Factory, unsigned_copy
from tests.integration.agreements.conftest import looking
from tests.support.client import CheckingClient
from tests.support.proving import prove
from vetting import clock
from vetting.models import (
    Agreement,
    AgreementActivity,
    AgreementState,
    Consent,
    Document,
    DocumentVersion,
    HistoryEntry,
    OutboxMessage,
    PartnerState,
    RoleGrant,
    Signature,
    Signer,
    SignerState,
    SigningProof,
    User,
)
from vetting.unit_of_work import unit_of_work

Browser = Callable[[User], CheckingClient]


class Desk:
    """The first signer of an agreement that is out, at a browser."""

    def __init__(self, make: Factory, session: Session, browser_for: Browser, agreement: Agreement) -> None:
        self.make, self.session = make, session
        self.agreement = agreement
        self.signer: Signer = agreement.versions[-1].signers[0]
        self.user: User = self.signer.user
        self.email, self.name = self.user.email, self.user.name
        self.sha256 = agreement.versions[-1].content_sha256
        self.at = f"/agreements/{agreement.reference}"
        session.commit()
        self.browser = browser_for(self.user)

    def hidden(self, name: str) -> str:
        piece = self.browser.get(f"{self.at}/sign").text.split(f'name="{name}"')[1].split(">", maxsplit=1)[0]
        return piece.split('value="')[1].split('"')[0]

    def consent(self, **more: str) -> Any:
        shown = {name: self.hidden(name) for name in ("text_version", "text_sha256")}
        return self.browser.post(f"{self.at}/consent", data={"agree": "y", **shown, **more})

    def prove(self) -> None:
        prove(self.browser, self.session, self.email, self.sha256, f"{self.at}/sign")

    def sign(self, **more: str) -> Any:
        data = {"content_sha256": self.sha256, "authority": "y", "title": "Head of strings", "typed_name": self.name}
        return self.browser.post(f"{self.at}/sign", data={**data, **more}, headers=more.pop("headers", None))

    def ready(self) -> Desk:
        assert self.consent().status_code == 303
        self.prove()
        self.session.expire_all()
        return self

    def count(self, what: Any) -> int:
        with looking(self.session):
            return self.session.scalar(sa.select(sa.func.count()).select_from(what)) or 0


@pytest.fixture
def desk(make: Factory, session: Session, browser_for: Browser) -> Desk:
    return Desk(make, session, browser_for, make.sent())


def test_a_signature_keeps_what_the_server_saw_and_nothing_from_the_browser(desk: Desk) -> None:
    desk.ready()
    forged = {
        "signed_at": "1999-01-01T00:00:00",
        "method": "passkey",
        "proof_id": "999",
        "address": "198.51.100.1",
        "agent": "forged",
        "intent": "I promise nothing.",
        "authority_text": "none",
        "user_id": "1",
    }
    headers = {"X-Forwarded-For": "198.51.100.1", "X-Real-IP": "198.51.100.1", "Date": "Fri, 01 Jan 1999 00:00:00 GMT"}
    answer = desk.browser.post(
        f"{desk.at}/sign",
        data={
            **forged,
            "content_sha256": desk.sha256,
            "authority": "y",
            "title": "Head of strings",
            "typed_name": desk.name,
        },
        headers=headers,
    )
    assert answer.location.endswith("/signed")
    with looking(desk.session):
        kept = desk.session.scalars(sa.select(Signature)).one()
        proof = desk.session.scalars(sa.select(SigningProof)).one()
        assert kept.proof_id == proof.id
        assert proof.used_at is not None
        assert (kept.method, kept.address) == ("Password", "127.0.0.1")
        assert kept.agent != "forged"
        assert kept.signed_at.year > 2000
        assert kept.content_sha256 == desk.sha256
        assert "I sign this agreement as Authorized signer of the partner for" in kept.intent
        assert kept.authority == (
            f"I may sign for {desk.agreement.organization.legal_name} as Authorized signer of the partner. "
            "My title: Head of strings."
        )
    page = desk.browser.get(answer.location).text
    assert "Code sent by e-mail" in page


def test_without_proof_nothing_is_signed_and_nothing_typed_is_lost(desk: Desk) -> None:
    desk.consent()
    asked = desk.sign(typed_name=desk.name.upper(), title="Head of brass")
    assert asked.status_code == 303
    assert asked.location.startswith(f"/account/before-signing/{desk.sha256}")
    assert desk.count(Signature) == 0
    desk.prove()
    page = desk.browser.get(f"{desk.at}/sign").text
    assert f'value="{desk.name.upper()}"' in page
    assert 'value="Head of brass"' in page
    assert "checked" not in page
    assert desk.sign().status_code == 303
    assert desk.count(Signature) == 1


def test_proof_for_another_text_signs_nothing(desk: Desk) -> None:
    desk.consent()
    prove(desk.browser, desk.session, desk.email, "ab" * 32)
    assert "/account/before-signing/" in desk.sign().location
    assert desk.count(Signature) == 0


def test_looking_signs_nothing_and_uses_nothing_up(desk: Desk, client: CheckingClient) -> None:
    desk.ready()
    prefetch = {"Purpose": "prefetch", "Sec-Purpose": "prefetch;prerender", "X-Moz": "prefetch"}
    with looking(desk.session):
        before = desk.session.scalars(sa.select(HistoryEntry.id)).all()
        mails = desk.session.scalars(sa.select(OutboxMessage.id)).all()
    for path in ("sign", "consent", "decline", "signed", "delegate", "withdraw-consent"):
        for _ in range(3):
            desk.browser.get(f"{desk.at}/{path}", headers=prefetch)
            desk.browser.head(f"{desk.at}/{path}")
            # A mail scanner has no cookies at all.
            assert client.get(f"{desk.at}/{path}", headers=prefetch).status_code in {302, 404, 405}
            assert client.head(f"{desk.at}/{path}").status_code in {302, 404, 405}
    with looking(desk.session):
        assert desk.session.scalars(sa.select(HistoryEntry.id)).all() == before
        assert desk.session.scalars(sa.select(OutboxMessage.id)).all() == mails
        assert desk.session.scalars(sa.select(SigningProof.used_at)).all() == [None]
    assert desk.sign().location.endswith("/signed")


def test_whatever_is_sent_again_there_is_one_signature(desk: Desk) -> None:
    desk.ready()
    places = {desk.sign().location for _ in range(3)}
    assert places == {f"{desk.at}/signed"}
    assert desk.count(Signature) == 1
    with looking(desk.session):
        invited = OutboxMessage.topic == "agreement.signature_invited"
        assert len(desk.session.scalars(sa.select(OutboxMessage.id).where(invited)).all()) == 2


def test_nobody_signs_before_it_is_their_turn(desk: Desk, browser_for: Browser) -> None:
    with looking(desk.session):
        people = [signer.user for signer in desk.agreement.versions[-1].signers[1:]]
        later = [(person.email, person.name, browser_for(person)) for person in people]
    assert later
    for desk.email, desk.name, desk.browser in later:
        desk.prove()
        assert "signs first" in desk.browser.get(f"{desk.at}/sign").text
        assert desk.sign().status_code == 409
    assert desk.count(Signature) == 0


def test_the_pdf_that_is_there_has_to_be_opened_and_is_kept_with_the_consent(
    make: Factory, session: Session, browser_for: Browser
) -> None:
    agreement = make.sent()
    copy = unsigned_copy(make, agreement)
    sha256 = copy.sha256
    desk = Desk(make, session, browser_for, agreement)
    pdf = desk.browser.get(f"{desk.at}/unsigned.pdf")
    assert (pdf.status_code, pdf.mimetype) == (200, "application/pdf")
    pdf.close()
    refused = desk.consent()
    assert refused.status_code == 422
    assert "Open the PDF, then tick the box" in refused.text
    assert desk.consent(opened="y", opened_copy="0" * 64).status_code == 303
    with looking(session):
        assert session.scalars(sa.select(Consent.opened_copy)).all() == [sha256]


def test_consent_taken_back_before_signing_stops_it_and_is_kept(desk: Desk, make: Factory) -> None:
    office = make.coordinator().id
    desk.session.commit()
    desk.ready()
    page = desk.browser.get(f"{desk.at}/withdraw-consent").text
    assert "at no cost" in page
    assert desk.browser.post(f"{desk.at}/withdraw-consent", data={"reason": "Paper, please"}).status_code == 422
    done = desk.browser.post(f"{desk.at}/withdraw-consent", data={"sure": "y", "reason": "Paper, please"})
    assert done.status_code == 303
    refused = desk.sign()
    assert refused.status_code == 409
    assert "Agree to sign electronically first" in refused.text
    assert desk.count(Signature) == 0
    assert desk.consent().status_code == 303
    with looking(desk.session):
        consents = desk.session.scalars(sa.select(Consent).order_by(Consent.id)).all()
        assert [one.withdrawal.reason if one.withdrawal else None for one in consents] == ["Paper, please", None]
        told = sa.select(OutboxMessage.recipient).where(OutboxMessage.topic == "agreement.consent_withdrawn")
        recipients = desk.session.scalars(told).all()
    assert f"user:{office}" in recipients
    assert len(recipients) == len(set(recipients))
    assert desk.sign().location.endswith("/signed")


def test_consent_taken_back_after_signing_leaves_the_signature(desk: Desk) -> None:
    desk.ready()
    desk.sign()
    page = desk.browser.get(f"{desk.at}/withdraw-consent").text
    assert "Your signature stands" in page
    assert desk.browser.post(f"{desk.at}/withdraw-consent", data={"sure": "y"}).status_code == 303
    assert desk.count(Signature) == 1
    with looking(desk.session):
        desk.session.refresh(desk.signer)
        assert desk.signer.state is SignerState.SIGNED


def _partner_suspended(desk: Desk) -> None:
    with unit_of_work(desk.session):
        desk.session.execute(
            sa.text("UPDATE organization SET state = :state WHERE id = :id"),
            {"state": PartnerState.SUSPENDED.value, "id": desk.agreement.organization_id},
        )


def _insurance_lapsed(desk: Desk) -> None:
    yesterday = clock.today() - timedelta(days=1)
    with unit_of_work(desk.session):
        desk.session.execute(sa.update(Agreement).values(activity=AgreementActivity.SPACE))
        general = sa.select(Document.id).where(Document.type_key == "coi_general_liability")
        for paper in desk.session.scalars(sa.select(DocumentVersion).where(DocumentVersion.document_id.in_(general))):
            paper.valid_from, paper.valid_until = yesterday - timedelta(days=365), yesterday
    desk.session.expire_all()


def _text_replaced(desk: Desk) -> None:
    desk.make.take("agreement", desk.agreement, "change_text", _boss(desk), reason="Another day.")


def _voided(desk: Desk) -> None:
    desk.make.take("agreement", desk.agreement, "void", _boss(desk), reason="Not needed.")


def _role_ended(desk: Desk) -> None:
    grant = desk.session.scalars(sa.select(RoleGrant).where(RoleGrant.user_id == desk.signer.user_id)).one()
    desk.make.take("role_grant", grant, "end")


def _boss(desk: Desk) -> Any:
    return desk.make.actor(desk.make.coordinator())


@pytest.mark.parametrize(
    ("happens", "says"),
    [
        (_partner_suspended, "not an approved partner now"),
        (_insurance_lapsed, "general liability” of the partner is not good on this day"),
        (_text_replaced, "The text is being changed. We write to you when the new text is ready"),
        (_voided, "This agreement was voided"),
        (_role_ended, "no longer holds this role"),
    ],
)
def test_what_happens_between_page_and_signature_is_refused_in_words(
    desk: Desk, happens: Callable[[Desk], None], says: str
) -> None:
    desk.ready()
    happens(desk)
    desk.session.commit()
    refused = desk.sign(title="Head of brass")
    assert refused.status_code == 409
    assert says in refused.text
    assert "Who can settle this" in refused.text
    assert f"What you typed is kept: {desk.name}" in refused.text
    assert desk.count(Signature) == 0
    with looking(desk.session):
        assert desk.session.scalars(sa.select(SigningProof.used_at)).all() == [None]


def test_money_that_is_gone_meanwhile_is_said(make: Factory, session: Session, browser_for: Browser) -> None:
    partnership = make.partnership()
    make.money(partnership.school, cents=1_000_00)
    mine = make.sent(make.agreement(partnership, cents=700_00, source="partnership_fund"))
    other = make.sent(make.agreement(partnership, cents=700_00, source="partnership_fund"))
    desk = Desk(make, session, browser_for, mine).ready()
    make.signed(other)
    session.commit()
    refused = desk.sign()
    assert refused.status_code == 409
    assert "The Partnership Fund has $300.00 left for this school" in refused.text
    assert desk.count(Signature) == 3
    with looking(session):
        session.refresh(mine)
        assert mine.state is AgreementState.OUT_FOR_SIGNATURE


def test_a_new_text_with_the_same_people_needs_its_own_proof(desk: Desk, make: Factory) -> None:
    desk.ready()
    boss = _boss(desk)
    make.take("agreement", desk.agreement, "change_text", boss, reason="Another day.")
    make.sent(desk.agreement)
    desk.session.commit()
    refused = desk.sign()
    assert refused.status_code == 409
    assert desk.count(Signature) == 0
    with looking(desk.session):
        desk.sha256 = desk.agreement.versions[-1].content_sha256
    assert desk.consent().status_code == 303
    assert "/account/before-signing/" in desk.sign().location
    assert desk.count(Signature) == 0


def test_a_text_that_changes_after_a_signature_is_signed_anew_by_everybody(desk: Desk, make: Factory) -> None:
    desk.ready()
    assert desk.sign().location.endswith("/signed")
    with looking(desk.session):
        first = desk.agreement.versions[-1]
        everybody = {f"user:{signer.user_id}" for signer in first.signers}
        kept = (first.content_sha256, str(first.content))
    make.take("agreement", desk.agreement, "change_text", _boss(desk), reason="Another day.")
    with unit_of_work(desk.session):
        desk.agreement.draft = {**desk.agreement.draft, "services": "A choir instead."}
    make.sent(desk.agreement)
    desk.session.commit()
    with looking(desk.session):
        told = sa.select(OutboxMessage.recipient).where(OutboxMessage.topic == "agreement.voided")
        assert sorted(desk.session.scalars(told)) == sorted(everybody)
        desk.session.expire_all()
        old, new = desk.agreement.versions
        assert (old.content_sha256, str(old.content)) == kept
        assert new.content_sha256 != old.content_sha256
        assert {signer.state for signer in old.signers} == {SignerState.VOIDED}
        assert SignerState.SIGNED not in {signer.state for signer in new.signers}
        fresh = new.content_sha256
    # The form of the earlier text, sent once more, signs neither of the two.
    assert desk.sign().status_code == 409
    assert "A choir instead." in desk.browser.get(f"{desk.at}/sign").text
    desk.sha256 = fresh
    desk.ready()
    assert desk.sign().location.endswith("/signed")
    with looking(desk.session):
        desk.session.refresh(desk.agreement)
        signatures = desk.session.scalars(sa.select(Signature.content_sha256).order_by(Signature.id)).all()
        assert signatures == [kept[0], fresh]
        assert desk.agreement.state is AgreementState.PARTLY_SIGNED


def test_tokens_and_codes_are_nowhere_but_in_the_mail(desk: Desk, make: Factory, browser_for: Browser) -> None:
    from tests.support.proving import mailed_code

    desk.ready()
    code = mailed_code(desk.session, desk.email)
    office = browser_for(make.coordinator())
    desk.sign()
    seen = [
        browser.get(path).text
        for browser in (desk.browser, office)
        for path in (desk.at, f"{desk.at}/text", "/agreements/to-sign", "/account/security")
    ]
    with looking(desk.session):
        seen += [str(row) for row in desk.session.execute(sa.select(HistoryEntry.data, HistoryEntry.reason)).all()]
        others = OutboxMessage.recipient != f"mail:{desk.email}"
        seen += [str(row) for row in desk.session.execute(sa.select(OutboxMessage.payload).where(others)).all()]
        seen += desk.session.scalars(sa.select(SigningProof.code_digest)).all()
    for text in seen:
        assert code not in text
        assert code.replace(" ", "") not in text
    assert office.get(f"{desk.at}/sign").status_code == 404
