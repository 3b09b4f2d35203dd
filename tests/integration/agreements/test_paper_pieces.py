"""The scan of a signed paper comes in pieces, as the browser of the office sends it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from sqlalchemy.orm import Session

from tests.factories import Factory
from tests.integration.agreements.conftest import looking
from tests.integration.agreements.paper_office import PARTNER, SCAN, Office, signed, text_of
from tests.integration.applicant.test_uploads import Sender
from tests.support.client import CheckingClient
from vetting.models import PaperRecord, Role


def test_a_scan_in_pieces_becomes_the_record(
    make: Factory, session: Session, browser_for: Callable[..., CheckingClient]
) -> None:
    office, agreement = Office(make, session, browser_for), make.sent()
    sender = Sender(office.browsers[0], f"/agreements/{agreement.reference}/paper", SCAN, "signed.pdf")

    assert sender.all(size=len(SCAN) // 3).status_code == 200
    answer = office.record(agreement, scan=b"", held=sender.said["note"], **signed(PARTNER))

    assert answer.status_code == 303, text_of(answer)
    with looking(session):
        record = session.query(PaperRecord).one()
        assert record.document_version.sha256 == hashlib.sha256(SCAN).hexdigest()


def test_nobody_else_goes_on_with_it_and_neither_does_who_got_an_interest(
    make: Factory, session: Session, browser_for: Callable[..., CheckingClient]
) -> None:
    office, agreement = Office(make, session, browser_for), make.sent()
    page = f"/agreements/{agreement.reference}/paper"
    sender = Sender(office.browsers[0], page, SCAN, "signed.pdf")
    assert sender.begin().status_code == 200

    other = Sender(office.browsers[1], page, SCAN, "signed.pdf", dict(sender.said))
    assert other.piece(0, len(SCAN)).status_code == 404
    make.grant(office.people[0], Role.ORG_VIEWER, organization=agreement.organization)
    session.commit()
    assert sender.piece(0, len(SCAN)).status_code == 404
