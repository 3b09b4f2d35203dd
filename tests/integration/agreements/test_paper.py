"""Signed on paper: recorded, compared by two people, sealed with its scan, and part of everything else."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable
from datetime import date, timedelta

import pikepdf
import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from tests.factories import Factory
from tests.integration.agreements.conftest import looking
from tests.integration.agreements.paper_office import EVERYBODY, LEADER, PARTNER, SCAN, Office, signed, text_of
from tests.support.client import CheckingClient
from tests.support.stored import body_of
from vetting import clock
from vetting.models import (
    AgreementState,
    Document,
    DocumentVersion,
    ExecutedDocument,
    LedgerEntry,
    OutboxMessage,
    PaperRecord,
    PaperState,
    Role,
    RoleGrant,
    ScanResult,
    Signer,
    SignerState,
)
from vetting.queries import agreement_days, fund
from vetting.queries.paper import SCAN_KIND
from vetting.unit_of_work import unit_of_work

Browser = Callable[..., CheckingClient]


@pytest.fixture
def office(make: Factory, session: Session, browser_for: Browser) -> Office:
    return Office(make, session, browser_for)


def test_everybody_signed_on_paper_and_it_takes_part_in_everything(
    app: Flask,
    office: Office,
    make: Factory,
    session: Session,
    client: CheckingClient,
    execute: Callable[[int], None],
) -> None:
    partnership = make.partnership()
    make.money(partnership.school, cents=5_000_00)
    agreement = make.sent(make.agreement(partnership, cents=2_000_00, source="partnership_fund"))
    printed = office.browsers[0].get(f"/agreements/{agreement.reference}/print").get_data(as_text=True)
    assert "Signed by hand" in printed
    assert agreement.versions[-1].content_sha256 in printed
    session.commit()

    record = office.recorded(agreement, **signed(*EVERYBODY))
    page = text_of(office.browsers[0].get(f"/agreements/papers/{record.reference}"))
    assert "Compare the paper, word for word" in page
    assert "Sam Signer" in page
    assert office.said(record, "compare", 0).status_code == 303
    refused = office.said(record, "confirm", 0)
    assert refused.status_code == 409
    assert "Somebody else in the office confirms" in text_of(refused)
    assert office.said(record, "confirm", 1).status_code == 303
    execute(agreement.id)

    with looking(session):
        session.expire_all()
        assert agreement.state is AgreementState.IN_FORCE
        assert agreement.on_paper
        assert {signer.state for signer in agreement.versions[-1].signers} == {SignerState.SIGNED}
        assert agreement in agreement_days.in_force_at(session, agreement.school_id, agreement.starts_on)
        assert fund.available_cents(session, agreement.school_id, "FY27") == 3_000_00
        document = session.scalars(sa.select(ExecutedDocument)).one()
        told = session.scalars(
            sa.select(OutboxMessage.recipient).where(OutboxMessage.topic == "agreement.paper_confirmed")
        ).all()
        assert len(told) == len(set(told)) >= 3
        sha256 = session.get_one(DocumentVersion, record.document_version_id).sha256
    assert sha256 == hashlib.sha256(SCAN).hexdigest()
    sealed = body_of(app.extensions["store"], document.storage_key)
    with pikepdf.open(io.BytesIO(sealed)) as pdf:
        assert sorted(pdf.attachments) == ["agreement.json", "audit.json", "signed-on-paper-1.pdf"]
        assert pdf.attachments["signed-on-paper-1.pdf"].get_file().read_bytes() == SCAN
    for page in (
        text_of(client.get(f"/verify/{agreement.verify_code}")),
        text_of(office.browsers[2].get(f"/agreements/{agreement.reference}")),
    ):
        assert "Signed on paper" in page
        assert sha256 in page
    looked_at = client.open(
        "/verify",
        method="POST",
        data={"file": (io.BytesIO(sealed), "a.pdf"), "csrf_token": client.csrf_token()},
        csrf=False,
        content_type="multipart/form-data",
    )
    assert "This is an exact copy of the executed agreement." in looked_at.get_data(as_text=True)


def test_paper_and_electronic_signatures_stand_side_by_side(
    office: Office, make: Factory, session: Session, execute: Callable[[int], None], browser_for: Browser
) -> None:
    agreement = make.sent()
    office.counted(agreement, **signed(PARTNER))
    with looking(session):
        session.expire_all()
        assert agreement.state is AgreementState.PARTLY_SIGNED
        _partner, leader, district = agreement.versions[-1].signers
        assert leader.state is SignerState.INVITED
    make.sign(leader)
    make.sign(district)
    session.commit()
    execute(agreement.id)
    page = text_of(office.browsers[0].get(f"/agreements/{agreement.reference}"))
    assert "Date on the paper" in page
    assert page.count("Signed on paper") >= 1
    with looking(session):
        session.expire_all()
        assert agreement.state is AgreementState.IN_FORCE
        partner = agreement.versions[-1].signers[0].user
    # Whoever signed by hand is led to the agreement, not round in circles.
    answer = browser_for(partner).get(f"/agreements/{agreement.reference}/sign", follow_redirects=True)
    assert answer.status_code == 200
    assert agreement.reference in text_of(answer)


def test_a_contract_written_elsewhere_is_entered_and_counts_from_its_signature(
    app: Flask,
    office: Office,
    make: Factory,
    session: Session,
    client: CheckingClient,
    execute: Callable[[int], None],
) -> None:
    agreement = make.agreement()
    session.commit()
    before = clock.today() - timedelta(days=40)
    typed = {
        "partner_signer_signed": "y", "partner_signer_name": "Old Director", "partner_signer_on": before.isoformat(),
        "school_leader_signed": "y", "school_leader_name": "Former Principal", "school_leader_title": "Principal",
        "school_leader_on": (before - timedelta(days=2)).isoformat(),
    }  # fmt: skip
    with unit_of_work(session):
        agreement.starts_on = before - timedelta(days=5)
    record = office.counted(agreement, **typed)
    assert record.number == 0
    execute(agreement.id)
    with looking(session):
        session.expire_all()
        assert agreement.state is AgreementState.IN_FORCE
        content = agreement.versions[-1].content
        assert content["clauses"] == []
        assert [signer["name"] for signer in content["signers"]] == ["Old Director", "Former Principal"]
        for day, there in ((before - timedelta(days=1), False), (before, True), (clock.today(), True)):
            assert (agreement in agreement_days.in_force_at(session, agreement.school_id, day)) is there
        document = session.scalars(sa.select(ExecutedDocument)).one()
    with pikepdf.open(io.BytesIO(body_of(app.extensions["store"], document.storage_key))) as pdf:
        assert pdf.attachments["signed-on-paper-1.pdf"].get_file().read_bytes() == SCAN
    for page in (
        text_of(client.get(f"/verify/{agreement.verify_code}")),
        text_of(office.browsers[0].get(f"/agreements/{agreement.reference}")),
    ):
        assert re.search("contract( that was)? signed on paper", page)
    assert "Former Principal" in text_of(office.browsers[0].get(f"/agreements/{agreement.reference}"))


BAD: dict[str, tuple[dict[str, str], str, int]] = {
    "another version": (signed(PARTNER, number="2"), "The paper says version 2.", 409),
    "no version": (signed(PARTNER, number=""), "Enter the version that is printed", 422),
    "before the text": (signed(PARTNER, on=date(2020, 1, 2)), "signed before this text was fixed on", 409),
    "a day to come": (signed(PARTNER, on=date(2999, 1, 2)), "is still to come", 409),
    "no day at all": (signed(PARTNER, partner_signer_on="soon"), "Enter a day as year-month-day", 422),
    "no name": (signed(PARTNER, partner_signer_name=""), "Type the name as it stands on the paper", 422),
    "no date": (signed(PARTNER, partner_signer_on=""), "Enter the date beside the signature", 422),
    "nobody": ({"number": "1"}, "Tick everybody who signed on the paper", 422),
    "out of order": (signed(LEADER), "Sam Signer signs first.", 409),
    "one person twice": (
        signed(PARTNER, LEADER, school_leader_name="sam  SIGNER", school_leader_why="They are one"),
        "stands on the paper twice",
        409,
    ),
    "a date without a tick": (
        signed(PARTNER, school_leader_on="2026-10-01", school_leader_name="Lee Leader"),
        "Tick this if Lee Leader signed",
        422,
    ),
    "a sign that cannot be printed": (
        signed(PARTNER, partner_signer_name="Sam \U0001f3bb", partner_signer_why="A nickname"),
        "cannot print",
        409,
    ),
    "another name": (
        signed(PARTNER, partner_signer_name="Ana Nother"),
        "The text names Sam Signer, the paper says Ana Nother.",
        422,
    ),
}


def test_what_cannot_be_is_refused_in_words_and_nothing_typed_is_lost(
    office: Office, make: Factory, session: Session
) -> None:
    agreement = make.sent()
    session.commit()
    for name, (typed, words, status) in BAD.items():
        answer = office.record(agreement, **typed)
        page = answer.get_data(as_text=True)
        assert answer.status_code == status, name
        assert words in page, name
        # The scan stays with us, and so does what was typed.
        assert 'name="held"' in page, name
        assert typed.get("partner_signer_name", "").split("\U0001f3bb")[0] in page, name
    no_scan = office.record(agreement, scan=b"", **signed(PARTNER))
    assert "Choose a file" in no_scan.get_data(as_text=True)
    no_pdf = office.record(agreement, scan=b"just words", **signed(PARTNER))
    assert no_pdf.status_code == 422
    with looking(session):
        assert session.scalars(sa.select(PaperRecord)).all() == []
        assert session.scalars(sa.select(Document).where(Document.type_key == SCAN_KIND)).all() == []


@pytest.mark.parametrize("result", [ScanResult.WAITING, ScanResult.UNSCANNABLE, ScanResult.INFECTED])
def test_a_scan_that_nobody_may_open_cannot_have_been_compared(
    result: ScanResult, office: Office, make: Factory, session: Session
) -> None:
    agreement = make.sent()
    record = office.recorded(agreement, **signed(PARTNER))
    with unit_of_work(session):
        session.get_one(DocumentVersion, record.document_version_id).scan = result
    refused = office.said(record, "compare", 0)
    assert refused.status_code == 409
    assert "virus" in text_of(refused)


def test_sent_back_it_does_not_count_and_is_recorded_anew(office: Office, make: Factory, session: Session) -> None:
    agreement = make.sent()
    record = office.recorded(agreement, **signed(PARTNER))
    second = office.record(agreement, **signed(PARTNER))
    assert "Another scan for this agreement is being compared" in second.get_data(as_text=True)
    assert office.said(record, "compare", 0).status_code == 303
    without = office.browsers[1].post(
        f"/steps/paper_record/{record.reference}/send_back", data={"reason": "", "version": "2"}
    )
    assert "Give a reason" in without.get_data(as_text=True)
    back = office.browsers[1].post(
        f"/steps/paper_record/{record.reference}/send_back", data={"reason": "Page 2 is missing.", "version": "2"}
    )
    assert back.status_code == 303
    with looking(session):
        session.refresh(record)
        assert record.state is PaperState.SENT_BACK
        told = session.scalars(
            sa.select(OutboxMessage.recipient).where(OutboxMessage.topic == "agreement.paper_sent_back")
        ).all()
        assert told == [f"user:{office.people[0].id}"]
        session.expire_all()
        assert not agreement.on_paper
    assert "Page 2 is missing." in text_of(office.browsers[0].get(f"/agreements/papers/{record.reference}"))
    assert office.counted(agreement, **signed(PARTNER)).state is PaperState.CONFIRMED


def test_whatever_changed_in_between_stops_it(office: Office, make: Factory, session: Session) -> None:
    """The text is replaced, somebody signs electronically meanwhile, or a contract's draft is written on."""
    agreement = make.sent()
    record = office.recorded(agreement, **signed(PARTNER))
    assert office.said(record, "compare", 0).status_code == 303
    make.sign(agreement.versions[-1].signers[0])
    session.commit()
    refused = office.said(record, "confirm", 1)
    assert (refused.status_code, "Sam Signer has signed already." in text_of(refused)) == (409, True)
    leader = make._holder(Role.SCHOOL_LEADER, school=agreement.school)
    assert leader is not None
    make.take("agreement", agreement, "change_text", make.actor(leader), reason="A mistake")
    session.commit()
    refused = office.said(record, "confirm", 1)
    assert (refused.status_code, "not out for signature" in text_of(refused)) == (409, True)

    draft = make.agreement(agreement.partnership)
    session.commit()
    today = clock.today().isoformat()
    contract = office.recorded(
        draft,
        partner_signer_signed="y", partner_signer_name="A", partner_signer_on=today,
        district_signatory_signed="y", district_signatory_name="B", district_signatory_on=today,
    )  # fmt: skip
    assert office.said(contract, "compare", 0).status_code == 303
    with unit_of_work(session):
        draft.draft = {**draft.draft, "services": "Something else"}
    refused = office.said(contract, "confirm", 1)
    assert (refused.status_code, "was changed after the scan was recorded" in text_of(refused)) == (409, True)


def test_paper_signed_after_its_signer_left_does_not_count(office: Office, make: Factory, session: Session) -> None:
    agreement = make.sent()
    district = agreement.versions[-1].signers[-1]
    make.take(
        "role_grant", session.scalars(sa.select(RoleGrant).where(RoleGrant.user_id == district.user_id)).one(), "end"
    )
    assert district.left_on == clock.today()
    session.commit()
    with looking(session):
        earlier = clock.today() - timedelta(days=1)
        session.execute(sa.update(Signer).where(Signer.id == district.id).values(left_on=earlier))
        session.commit()
    refused = office.record(agreement, **signed(*EVERYBODY))
    assert refused.status_code == 409
    assert "Dee Signatory no longer holds this role" in text_of(refused)
    with looking(session):
        session.execute(sa.update(Signer).where(Signer.id == district.id).values(left_on=clock.today()))
        session.commit()
    assert office.record(agreement, **signed(*EVERYBODY)).status_code == 303, "signed on the last day it counts"


def test_no_paper_takes_more_money_than_there_is(office: Office, make: Factory, session: Session) -> None:
    partnership = make.partnership()
    make.money(partnership.school, cents=3_000_00)
    first = make.sent(make.agreement(partnership, cents=2_000_00, source="partnership_fund"))
    second = make.sent(make.agreement(partnership, cents=2_000_00, source="partnership_fund"))
    session.commit()
    office.counted(first, **signed(*EVERYBODY))
    record = office.recorded(second, **signed(*EVERYBODY))
    assert office.said(record, "compare", 0).status_code == 303
    refused = office.said(record, "confirm", 1)
    assert refused.status_code == 409
    assert "has $1,000.00 left for this school" in text_of(refused)
    with looking(session):
        committed = session.scalars(sa.select(LedgerEntry).where(LedgerEntry.kind == "commitment")).all()
        assert [entry.agreement_id for entry in committed] == [first.id]


def test_whoever_signed_the_paper_does_not_compare_it(office: Office, make: Factory, session: Session) -> None:
    agreement = make.sent()
    record = office.recorded(agreement, **signed(*EVERYBODY))
    with looking(session):
        signatory = agreement.versions[-1].signers[-1].user
    make.grant(signatory, Role.COORDINATOR)
    session.commit()
    own = office.browser_for(signatory)
    with looking(session):
        data = {"same": "y", "words": record.words_sha256, "version": str(record.version)}
    refused = own.post(f"/agreements/papers/{record.reference}/compare", data=data)
    assert refused.status_code == 409
    assert "Your own signature is on this paper" in text_of(refused)
    assert office.said(record, "compare", 1).status_code == 303


def test_only_the_office_without_an_interest_keeps_papers(
    office: Office, make: Factory, session: Session, browser_for: Browser
) -> None:
    agreement = make.sent()
    record = office.recorded(agreement, **signed(PARTNER))
    with looking(session):
        leader = make._holder(Role.SCHOOL_LEADER, school=agreement.school)
        auditor = make.person("Audie Tor", Role.AUDITOR)
    for person in (leader, auditor):
        browser = browser_for(person)
        for path in (f"/agreements/{agreement.reference}/paper", f"/agreements/papers/{record.reference}"):
            assert browser.get(path).status_code == 403
    make.grant(office.people[2], Role.ORG_EDITOR, organization=agreement.organization)
    session.commit()
    assert record.reference not in office.browsers[2].get("/agreements/papers").get_data(as_text=True)
    assert office.browsers[2].get(f"/agreements/papers/{record.reference}").status_code == 403
    listed = text_of(office.browsers[1].get("/agreements/papers"))
    assert "Sam Signer" in listed
    assert "To be compared" in listed


def test_the_partner_reads_the_scan_and_cannot_put_another_in_its_place(
    office: Office, make: Factory, session: Session, browser_for: Browser
) -> None:
    agreement = make.sent()
    record = office.recorded(agreement, **signed(PARTNER))
    with looking(session):
        document = session.get_one(DocumentVersion, record.document_version_id).document
        owner = browser_for(make.owner_of(agreement.organization))
        vault = f"/apply/organizations/{agreement.organization.reference}/documents"
    page = text_of(owner.get(f"{vault}/{document.reference}"))
    assert "Scope-of-service agreement signed on paper" in page
    assert "Send a new version" not in page
    assert owner.get(f"{vault}/{document.reference}/new").status_code == 404
    waiting = office.browsers[1].get("/desk/documents").get_data(as_text=True)
    assert document.reference not in waiting
