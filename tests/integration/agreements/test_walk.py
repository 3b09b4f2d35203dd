"""From the directory to a sealed agreement, as the people involved click it."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.integration.agreements.conftest import Place, looking
from tests.support.client import CheckingClient
from tests.support.proving import prove
from vetting import clock
from vetting.calendar_days import fiscal_year_bounds, fiscal_year_of
from vetting.models import Agreement, AgreementState, ExecutedDocument, Partnership, PartnerState, Signature, User

Browser = Callable[[User], CheckingClient]

YEAR_END = fiscal_year_bounds(fiscal_year_of(clock.today()))[1]
NOT_YET = "Services may not start until this is in force"

BEGIN = {"activity": "service", "paid": "yes", "terms": "fixed"}

SCOPE: dict[str, dict[str, str]] = {
    "service": {
        "services": "Small-group lessons.\r\nA rehearsal each week.",
        "sites-0-name": "Room 114",
        "sessions-0-days": "mon",
        "sessions-0-starts": "3 pm",
        "sessions-0-ends": "5:00 p.m.",
        "students_planned": "48",
        "grades": "3 to 5",
        "starts_on": clock.today().isoformat(),
        "ends_on": min(clock.today() + timedelta(days=200), YEAR_END).isoformat(),
    },
    "purpose": {
        "improvement_goal": "More students feel that they belong.",
        "goals-0-goal": "Steady attendance",
        "goals-0-measure": "Share of sessions",
        "goals-0-target": "85 percent",
        "reporting_dates-0-day": "2027-01-15",
    },
    "roles": {
        "roles_school": "Gives the room.",
        "roles_partner": "Brings teachers.",
        "communication_rhythm": "A call every second Friday",
    },
    "money": {
        "funding_source": "partnership_fund",
        "amount": "$8,500.00",
        "payments-0-due_on": "2027-01-31",
        "payments-0-amount": "8,500",
        "payments-0-what": "all sessions",
    },
    "information": {"data_basis": "none", "data_terms": "Counts only."},
    "ending": {"termination": "Thirty days."},
}


def write(browser: CheckingClient, agreement: Agreement, sections: dict[str, dict[str, str]] = SCOPE) -> None:
    """Fill in the sections of a draft, as a person does one after another."""
    for key, fields in sections.items():
        at = f"/agreements/{agreement.reference}/edit/{key}"
        seen = hidden(browser.get(at).get_data(as_text=True), "seen")
        answer = browser.post(at, data={**fields, "seen": seen})
        assert answer.status_code == 303, answer.get_data(as_text=True)


def state(session: Session, agreement: Agreement) -> AgreementState:
    """Where the agreement stands now."""
    with looking(session):
        session.refresh(agreement)
        return agreement.state


def signatures(session: Session) -> int:
    """How many signatures there are."""
    with looking(session):
        return session.scalar(sa.select(sa.func.count()).select_from(Signature)) or 0


def version_on(page: str) -> str:
    return page.split('name="version" value="')[1].split('"', maxsplit=1)[0]


def hidden(page: str, name: str) -> str:
    piece = page.split(f'name="{name}"')[1].split(">", maxsplit=1)[0]
    return piece.split('value="')[1].split('"')[0]


def start(place: Place, browser_for: Browser, session: Session) -> tuple[CheckingClient, Agreement]:
    """Propose, confirm, and begin a draft by clicking."""
    leader = browser_for(place.leader)
    with looking(session):
        program = place.organization.programs[0]
    answer = leader.post(
        f"/directory/programs/{program.reference}/propose",
        data={"school": place.school.dese_id, "school_year": "2026-27", "note": "An orchestra"},
    )
    assert answer.status_code == 303
    with looking(session):
        partnership = session.scalars(sa.select(Partnership)).one()
    page = leader.get(answer.location).get_data(as_text=True)
    assert NOT_YET in page
    leader.post(f"/steps/partnership/{partnership.reference}/confirm", data={"version": version_on(page)})
    answer = leader.post(f"/partnerships/{partnership.reference}/agreements", data=BEGIN)
    assert answer.status_code == 303
    with looking(session):
        return leader, session.scalars(sa.select(Agreement)).one()


def sign(browser: CheckingClient, session: Session, agreement: Agreement, user: User) -> str:
    """Consent, show who is there and sign as one person; returns where that led."""
    at = f"/agreements/{agreement.reference}"
    page = browser.get(f"{at}/sign").get_data(as_text=True)
    assert NOT_YET in page
    assert "checked" not in page
    browser.post(
        f"{at}/consent",
        data={
            "agree": "y",
            "text_version": hidden(page, "text_version"),
            "text_sha256": hidden(page, "text_sha256"),
        },
    )
    with looking(session):
        sha256 = agreement.versions[-1].content_sha256
    prove(browser, session, user.email, sha256, f"{at}/sign")
    page = browser.get(f"{at}/sign").get_data(as_text=True)
    answer = browser.post(
        f"{at}/sign",
        data={
            "content_sha256": hidden(page, "content_sha256"),
            "version": version_on(page),
            "authority": "y",
            "title": "Chief",
            "typed_name": user.name,
        },
    )
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return answer.location


def test_a_school_leader_gets_from_the_directory_to_a_sealed_agreement(
    place: Place, browser_for: Browser, session: Session, execute: Callable[[int], None], client: CheckingClient
) -> None:
    leader, agreement = start(place, browser_for, session)
    at = f"/agreements/{agreement.reference}"
    page = leader.get(f"{at}/edit").get_data(as_text=True)
    assert NOT_YET in page
    assert "Something is missing" in page
    write(leader, agreement)
    assert "Nothing. Read the text once more" in leader.get(f"{at}/edit").get_data(as_text=True)
    text = leader.get(f"{at}/text").get_data(as_text=True)
    assert "A rehearsal each week." in text
    assert "$8,500" in text
    page = leader.get(f"{at}/send").get_data(as_text=True)
    assert "Kofi Asante" in page
    leader.post(f"{at}/send", data={"version": version_on(page), "words": hidden(page, "words")})
    for user in (place.partner_signer, place.leader, place.signatory):
        waiting = browser_for(user).get("/agreements/to-sign").get_data(as_text=True)
        assert "Read and sign" in waiting
        sign(browser_for(user), session, agreement, user)
    assert state(session, agreement) is AgreementState.EXECUTING
    page = leader.get(at).get_data(as_text=True)
    assert NOT_YET in page
    assert f'data-poll="{at}/progress"' in page
    assert leader.get(f"{at}/progress").json == {
        "ready": False,
        "text": "Everyone has signed. The document is being drawn up, sealed and checked, in seconds.",
    }
    assert leader.get(f"{at}/document.pdf").status_code == 404

    execute(agreement.id)

    assert state(session, agreement) is AgreementState.IN_FORCE
    assert leader.get(f"{at}/progress").json["ready"] is True
    page = leader.get(at).get_data(as_text=True)
    assert NOT_YET not in page
    download = leader.get(f"{at}/document.pdf")
    with looking(session):
        document = session.scalars(sa.select(ExecutedDocument)).one()
        session.refresh(place.organization)
    assert hashlib.sha256(download.data).hexdigest() == document.sha256
    assert download.headers["ETag"] == f'"{document.sha256}"'
    assert f"{agreement.reference}.pdf" in download.headers["Content-Disposition"]
    part = leader.get(f"{at}/document.pdf", headers={"Range": "bytes=0-7"})
    assert (part.status_code, part.data) == (206, download.data[:8])
    same = leader.get(f"{at}/document.pdf", headers={"If-None-Match": f'"{document.sha256}"'})
    assert same.status_code == 304
    for answer in (download, part, same):
        answer.close()
    assert place.organization.state is PartnerState.FUNDED
    school_page = leader.get(f"/schools/{place.school.dese_id}").get_data(as_text=True)
    for amount in ("$84,120", "$8,500", "$75,620"):
        assert amount in school_page
    _check_by_anybody(client, agreement, download.data)


def _check_by_anybody(client: CheckingClient, agreement: Agreement, pdf: bytes) -> None:
    """The public page knows the file and not a changed one, and names roles instead of people."""

    def verdict(body: bytes) -> str:
        data = {"file": (io.BytesIO(body), "agreement.pdf"), "csrf_token": client.csrf_token()}
        answer = client.open("/verify", method="POST", data=data, csrf=False, content_type="multipart/form-data")
        return str(answer.get_data(as_text=True))

    exact = verdict(pdf)
    assert "This is an exact copy of the executed agreement." in exact
    assert "NOT VALID" in exact
    assert "bytes were added or changed afterwards" in verdict(pdf + b"\n")
    assert "cannot be read as a PDF" in verdict(b"hello")
    page = client.get(f"/verify/{agreement.verify_code}").get_data(as_text=True)
    assert "Harbor Strings" in page
    assert "Mather Elementary" in page
    assert "Kofi Asante" not in page
    assert client.get("/verify/0123456789abcdef").status_code == 404


def test_signing_twice_leads_to_one_signature_and_one_receipt(
    place: Place, browser_for: Browser, session: Session
) -> None:
    agreement = _sent(place, browser_for, session)
    browser = browser_for(place.partner_signer)
    first = sign(browser, session, agreement, place.partner_signer)
    with looking(session):
        version = agreement.versions[-1]
    again = browser.post(
        f"/agreements/{agreement.reference}/sign",
        data={
            "content_sha256": version.content_sha256,
            "authority": "y",
            "title": "Chief",
            "typed_name": "Kofi Asante",
        },
    )
    assert again.location == first
    assert signatures(session) == 1
    assert "You have signed" in browser.get(first).get_data(as_text=True)
    assert browser.get(f"/agreements/{agreement.reference}/sign").location == first


def _sent(place: Place, browser_for: Browser, session: Session) -> Agreement:
    leader, agreement = start(place, browser_for, session)
    at = f"/agreements/{agreement.reference}"
    write(leader, agreement)
    page = leader.get(f"{at}/send").get_data(as_text=True)
    leader.post(f"{at}/send", data={"version": version_on(page), "words": hidden(page, "words")})
    assert state(session, agreement) is AgreementState.OUT_FOR_SIGNATURE
    return agreement


def test_a_wrong_name_an_unread_text_and_no_consent_sign_nothing(
    place: Place, browser_for: Browser, session: Session
) -> None:
    agreement = _sent(place, browser_for, session)
    at = f"/agreements/{agreement.reference}"
    browser = browser_for(place.partner_signer)
    unread = browser.post(
        f"{at}/sign",
        data={"content_sha256": "0" * 64, "authority": "y", "title": "Chief", "typed_name": "Kofi Asante"},
    )
    assert unread.status_code == 409
    page = browser.get(f"{at}/sign").get_data(as_text=True)
    wrong = {"agree": "y", "text_version": "older", "text_sha256": hidden(page, "text_sha256")}
    assert browser.post(f"{at}/consent", data=wrong).status_code == 422
    assert browser.post(f"{at}/consent", data={"text_version": hidden(page, "text_version")}).status_code == 422
    ok = {"agree": "y", "text_version": hidden(page, "text_version"), "text_sha256": hidden(page, "text_sha256")}
    assert browser.post(f"{at}/consent", data=ok).status_code == 303
    with looking(session):
        version = agreement.versions[-1]
    answer = browser.post(
        f"{at}/sign",
        data={
            "content_sha256": version.content_sha256,
            "authority": "y",
            "title": "Head of strings",
            "typed_name": "Somebody Else",
        },
    )
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Your account has: Kofi Asante" in page
    assert "Head of strings" in page
    assert signatures(session) == 0


def test_only_the_named_signer_may_open_the_signing_page(place: Place, browser_for: Browser, session: Session) -> None:
    agreement = _sent(place, browser_for, session)
    at = f"/agreements/{agreement.reference}/sign"
    assert browser_for(place.partner_signer).get(at).status_code == 200
    assert "Kofi Asante signs first" in browser_for(place.signatory).get(at).get_data(as_text=True)


def test_declining_needs_a_reason_and_voids_the_round(place: Place, browser_for: Browser, session: Session) -> None:
    agreement = _sent(place, browser_for, session)
    at = f"/agreements/{agreement.reference}/decline"
    browser = browser_for(place.partner_signer)
    assert browser.post(at, data={"reason": " "}).status_code == 422
    assert browser.post(at, data={"reason": "The dates do not fit."}).status_code == 303
    assert state(session, agreement) is AgreementState.DECLINED


def test_changing_the_text_makes_signatures_void(place: Place, browser_for: Browser, session: Session) -> None:
    agreement = _sent(place, browser_for, session)
    sign(browser_for(place.partner_signer), session, agreement, place.partner_signer)
    leader = browser_for(place.leader)
    at = f"/agreements/{agreement.reference}"
    state(session, agreement)
    data = {"version": str(agreement.version), "reason": "Wednesday instead", "next": at}
    assert leader.post(f"/steps/agreement/{agreement.reference}/change_text", data=data).status_code == 303
    assert "Go on writing" in leader.get(at).get_data(as_text=True)
    assert state(session, agreement) is AgreementState.DRAFT
    assert browser_for(place.partner_signer).get(f"{at}/sign").status_code in (200, 404)
    unsigned = browser_for(place.partner_signer).get("/agreements/to-sign").get_data(as_text=True)
    assert "Nothing to sign" in unsigned
