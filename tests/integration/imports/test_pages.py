"""The pages of an import, from the template to the receipt and the invitations."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from tests.factories import Factory
from tests.integration.imports.conftest import Loaded, csv_file, partner, program, workbook
from tests.support.client import CheckingClient
from vetting.imports.partners import read_list
from vetting.jobs import partner_imports, partner_invitations
from vetting.models import (
    GrantState,
    Invitation,
    InvitationBatch,
    InvitationBatchItem,
    Organization,
    OutboxMessage,
    PartnerImport,
    PartnerImportItem,
    PartnerImportState,
    Role,
    RoleGrant,
    Sheet,
    User,
)
from vetting.sealing import Sealer

P, G = Sheet.PARTNERS, Sheet.PROGRAMS


@pytest.fixture
def browser(browser_for: Callable[[User], CheckingClient], director: User) -> CheckingClient:
    """A browser in which the director is signed in."""
    return browser_for(director)


def upload(browser: CheckingClient, *files: tuple[str, bytes]) -> str:
    """Choose files on the page; the address that follows."""
    chosen = [(io.BytesIO(data), name) for name, data in files]
    answer = browser.post("/desk/imports", data={"files": chosen}, content_type="multipart/form-data")
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return str(answer.location)


def fetched(browser: CheckingClient, address: str) -> bytes:
    """A file that the page offers."""
    answer = browser.get(address)
    data: bytes = answer.data
    answer.close()
    return data


def test_the_template_is_a_list_that_brings_nothing(browser: CheckingClient) -> None:
    data = fetched(browser, "/desk/imports/template.xlsx")
    listed = read_list([("template.xlsx", data)])
    assert listed.problems == []
    assert [line.example for line in listed.lines] == [True, True, True]
    for sheet in Sheet:
        table = fetched(browser, f"/desk/imports/template/{sheet.value}.csv")
        listed = read_list([(f"{sheet.value}.csv", table)])
        assert listed.problems == []
        assert [line.example for line in listed.lines] == [True]
    assert browser.get("/desk/imports/template/people.csv").status_code == 404


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("list.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000), "old Excel file"),
        ("list.pdf", b"%PDF-1.7 something", "This is a PDF"),
        ("list.csv", b"", "is empty"),
    ],
)
def test_what_can_never_be_read_is_refused_at_once(browser: CheckingClient, name: str, data: bytes, words: str) -> None:
    chosen = [(io.BytesIO(data), name)]
    answer = browser.post("/desk/imports", data={"files": chosen}, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert words in answer.get_data(as_text=True)


def test_from_the_file_to_the_receipt(
    browser: CheckingClient, session: Session, sessions: sessionmaker[Session], sealer: Sealer, tmp_path: Path
) -> None:
    book = workbook(tmp_path, {P: [partner(tax_id="04-1234567"), partner("P-002", zip="2119")], G: [program()]})
    here = upload(browser, book)
    assert "being checked" in browser.get(here).get_data(as_text=True)
    assert browser.get(f"{here}/progress").json is not None
    number = session.scalars(sa.select(PartnerImport.id)).one()
    session.rollback()
    partner_imports.check(sessions, sealer, number)
    page = browser.get(here).get_data(as_text=True)
    assert "Look before you load" in page
    assert "lost its leading zero" in page
    assert "1234567" not in page
    problems = fetched(browser, f"{here}/rows.csv?rows=bad").decode()
    assert "Partners,3,P-002" in problems
    refused = browser.post(f"{here}/load")
    assert refused.status_code == 422
    assert "Check the box" in refused.get_data(as_text=True)
    version = session.get_one(PartnerImport, number).version
    session.rollback()
    assert browser.post(f"{here}/load", data={"understood": "y", "version": version}).status_code == 303
    assert partner_imports.work(sessions, sealer, number, lambda: False)
    page = browser.get(here).get_data(as_text=True)
    assert "What came of the list" in page
    assert "1234567" not in fetched(browser, f"{here}/rows.csv").decode().replace("-", "")
    key, reference = session.execute(sa.select(Organization.import_key, Organization.reference)).one()
    session.rollback()
    assert key == "P-001"
    card = browser.get(f"/desk/organizations/{reference}").get_data(as_text=True)
    assert "Brought along" in card
    assert "To be completed by the partner" in card
    assert browser.get("/desk/imports").status_code == 200


def test_a_list_can_be_thrown_away(
    browser: CheckingClient, session: Session, sessions: sessionmaker[Session], sealer: Sealer
) -> None:
    here = upload(browser, csv_file(P, [partner()]))
    number = session.scalars(sa.select(PartnerImport.id)).one()
    session.rollback()
    partner_imports.check(sessions, sealer, number)
    reference = here.rpartition("/")[2]
    assert browser.post(f"/steps/partner_import/{reference}/discard", data={"next": here}).status_code == 303
    assert "thrown away" in browser.get(here).get_data(as_text=True)
    assert session.scalars(sa.select(PartnerImportItem)).all() == []
    assert session.get_one(PartnerImport, number).state is PartnerImportState.DISCARDED


def test_look_alikes_stand_side_by_side_and_the_choice_is_kept(
    browser: CheckingClient, session: Session, sessions: sessionmaker[Session], sealer: Sealer
) -> None:
    two = [
        partner(legal_name="Harbor Lights Theater", tax_id="04-1234567"),
        partner("P-002", legal_name="Harbour Lights Theatre"),
    ]
    here = upload(browser, csv_file(P, two))
    number = session.scalars(sa.select(PartnerImport.id)).one()
    session.rollback()
    partner_imports.check(sessions, sealer, number)
    assert "1 pair waits" in browser.get(here).get_data(as_text=True)
    page = browser.get(f"{here}/look-alikes").get_data(as_text=True)
    assert "Harbor Lights Theater" in page
    assert "Harbour Lights Theatre" in page
    assert "**-***4567" in page
    field = page.split('name="pair_')[1].split('"')[0]
    assert browser.post(f"{here}/look-alikes", data={f"pair_{field}": "different"}).location.endswith(here)
    partner_imports.check(sessions, sealer, number)
    page = browser.get(here).get_data(as_text=True)
    assert "You have said for every pair" in page
    assert "2 rows bring something new" in page


def test_invitations_are_looked_at_sent_once_and_sent_again(
    app: Flask,
    browser: CheckingClient,
    make: Factory,
    session: Session,
    sessions: sessionmaker[Session],
    loaded: Loaded,
) -> None:
    known = make.person("Kim Known", email="kim@lantern.example")
    loaded(
        {
            P: [
                partner(contact_email="Alex@Lantern.example", contact_name="Alex", contact_language="Spanish"),
                partner("P-002", contact_email="kim@lantern.example", contact_name="Kim"),
                partner("P-003"),
            ]
        }
    )
    reference = session.scalars(sa.select(PartnerImport.reference)).one()
    session.rollback()
    batch_page = str(browser.post(f"/desk/imports/{reference}/invitations").location)
    page = browser.get(batch_page).get_data(as_text=True)
    assert "alex@lantern.example" in page
    assert "is there already" in page, "every mail is shown in full"
    assert session.scalars(sa.select(Invitation)).all() == [], "looking sends nothing"
    batch_id, batch_reference = session.execute(sa.select(InvitationBatch.id, InvitationBatch.reference)).one()
    session.rollback()
    browser.post(f"/steps/invitation_batch/{batch_reference}/start", data={"next": batch_page})
    keys = (app.config["SETTINGS"].secret_key,)
    assert partner_invitations.work(sessions, keys, batch_id, lambda: False)
    session.expire_all()
    invitation = session.scalars(sa.select(Invitation)).one()
    assert (invitation.email, invitation.language, invitation.role) == ("alex@lantern.example", "es", Role.ORG_OWNER)
    grant = session.scalars(sa.select(RoleGrant).where(RoleGrant.user_id == known.id)).one()
    assert (grant.role, grant.state) == (Role.ORG_OWNER, GrantState.ACTIVE)
    known_id = known.id
    told = session.scalars(sa.select(OutboxMessage.recipient).where(OutboxMessage.topic == "role.given")).all()
    assert told == [f"user:{known_id}"]
    former = invitation.token_digest
    session.rollback()
    page = browser.get(batch_page).get_data(as_text=True)
    assert "Got the role" in page
    assert browser.post(f"{batch_page}/1/send-again").status_code == 303
    session.expire_all()
    assert session.scalars(sa.select(Invitation)).one().token_digest != former
    session.rollback()
    again = str(browser.post(f"/desk/imports/{reference}/invitations").location)
    rows = session.execute(sa.select(InvitationBatch.id, InvitationBatch.reference).order_by(InvitationBatch.id))
    second_id, second_reference = rows.all()[-1]
    session.rollback()
    browser.post(f"/steps/invitation_batch/{second_reference}/start", data={"next": again})
    assert partner_invitations.work(sessions, keys, second_id, lambda: False)
    session.expire_all()
    items = session.scalars(sa.select(InvitationBatchItem).where(InvitationBatchItem.batch_id == second_id)).all()
    assert [item.result for item in items] == ["sent_again"], "one live invitation for an address and an organization"
    assert len(session.scalars(sa.select(Invitation)).all()) == 1
