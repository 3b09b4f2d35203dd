"""Checks before sending: made by the worker, told where people act, explained by the sender, and never in the way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO
from random import Random
from typing import Any

import pytest

from tests.support.packets.insurance import WORDING, Policy, own_table
from tests.support.packets.paper import Sheet
from tests.support.packets.paper import pdf as printed
from tests.support.pages import form_fields, text_of
from vetting import clock
from vetting.jobs.preflight import again
from vetting.models import DocumentCheck, DocumentVersion, FindingNote, HistoryEntry, OutboxMessage, RequestItem
from vetting.unit_of_work import unit_of_work
from vetting.worker import Worker
from vetting.workflows.commands import AttachEvidence, RequestedItem, RequestInformation, SaveAnswers
from vetting.workflows.vault_commands import VendorNumber

COI = "coi_general_liability"


@pytest.fixture
def check(app: Any) -> Callable[[], int]:
    """Let the worker check everything that waits; how many looks it took."""

    def work() -> int:
        with app.app_context():
            worker, looks = Worker(app), 0
            while worker.look_next():
                looks += 1
        return looks

    return work


def policy(insured: str, **changes: Any) -> Policy:
    today = clock.today()
    facts: dict[str, Any] = {
        "insured": insured,
        "address": "12 Warren St; Boston, MA 02119",
        "number": "GL-4471190",
        "first": today - timedelta(days=40),
        "last": today + timedelta(days=325),
        "made": today - timedelta(days=3),
    }
    return Policy(**{**facts, **changes})


def certificate(insured: str, **changes: Any) -> bytes:
    return printed(own_table(policy(insured, **changes), Random(5)))


def facts(**changes: str) -> dict[str, str]:
    today = clock.today()

    def typed(day: date) -> str:
        return f"{day:%m/%d/%Y}"

    return {
        "issuer": "Beacon Specialty Insurance",
        "policy_number": "GL-4471190",
        "valid_from": typed(today - timedelta(days=40)),
        "valid_until": typed(today + timedelta(days=325)),
        "amount_per_occurrence": "1,000,000",
        **changes,
    }


@pytest.fixture
def url(draft: Any) -> str:
    return f"/apply/{draft.reference}/documents/{COI}"


def put(browser: Any, url: str, content: bytes, **changes: str) -> None:
    data = {**facts(**changes), "files": (BytesIO(content), "certificate.pdf")}
    assert browser.post(url, data=data, content_type="multipart/form-data").status_code == 303


def test_a_good_certificate_is_told_to_be_fine(draft: Any, owner: Any, url: str, check: Callable[[], int]) -> None:
    put(owner, url, certificate(draft.organization.legal_name))
    waiting = owner.get(url).text
    assert "We are checking this document." in text_of(waiting)
    assert "You can go on and send" in text_of(waiting)
    poll = next(part.split('"')[1] for part in waiting.split("data-poll=")[1:])
    assert owner.get(poll).json["ready"] is False
    assert check() == 2
    assert owner.get(poll).json["ready"] is True
    assert "Checked, nothing found" in text_of(owner.get(url).text)
    assert "Checked, nothing found" in text_of(owner.get(f"/apply/{draft.reference}/documents").text)


def test_what_was_read_and_expected_is_said_with_how_to_fix_it(
    draft: Any, owner: Any, url: str, check: Callable[[], int]
) -> None:
    content = certificate("Lakeside Fencing Academy", occurrence=500_000, wording="No remarks.")
    put(owner, url, content, policy_number="GL-9999999")
    check()
    for page in (url, f"/apply/{draft.reference}/check"):
        text = text_of(owner.get(page).text)
        assert "made out to “Lakeside Fencing Academy”" in text
        assert "We read a limit of $500,000. We ask for at least $1,000,000." in text
        assert "You typed the policy number GL-9999999. We read GL-4471190." in text
        assert f"Ask your insurer to add these words: “{WORDING}”" in text
    assert "4 things to look at" in text_of(owner.get(f"/apply/{draft.reference}/documents").text)
    assert "never stops you" in text_of(owner.get(f"/apply/{draft.reference}/check").text)


def test_nothing_found_stops_the_sending(
    make: Any, draft: Any, owner: Any, url: str, check: Callable[[], int], session: Any
) -> None:
    with unit_of_work(session):
        make.fill(draft)
    put(owner, url, certificate("Somebody Else", wording="None"))
    check()
    page = owner.get(f"/apply/{draft.reference}/check")
    assert "things to look at" in text_of(page.text)
    answers = form_fields(page.text)
    look = owner.post(f"/apply/{draft.reference}/check", data={**answers, "look": "1"})
    assert "You can send all the same" in text_of(look.text)
    sent = owner.post(f"/apply/{draft.reference}/check", data=answers)
    assert sent.status_code == 303
    assert sent.location.endswith("/receipt")


def test_a_worker_that_is_away_is_no_obstacle(
    app: Any, draft: Any, owner: Any, url: str, session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(owner, url, certificate(draft.organization.legal_name))
    later = clock.now() + timedelta(minutes=5)
    monkeypatch.setattr(clock, "now", lambda: later)
    text = text_of(owner.get(url).text)
    assert "Not checked yet. You can send it all the same" in text
    assert "We are checking" not in text


def test_the_senders_word_stands_beside_the_finding_for_the_reviewer(
    make: Any, draft: Any, owner: Any, browser_for: Any, check: Callable[[], int], session: Any
) -> None:
    case = f"/apply/{draft.reference}"
    at_the_desk = f"/desk/cases/{draft.reference}"
    url = f"{case}/documents/{COI}"
    with unit_of_work(session):
        make.fill(draft)
    desk = browser_for(make.coordinator())
    session.rollback()
    put(owner, url, certificate("Lakeside Fencing Academy"))
    check()
    made = session.query(DocumentCheck).order_by(DocumentCheck.document_version_id.desc()).first()
    assert [finding["key"] for finding in made.findings] == ["name_other", "address_differs"]
    version = made.document_version_id
    document = session.get(DocumentVersion, version).document.reference
    session.rollback()
    where = {"document": document, "finding": "name_other"}
    empty = owner.post(f"{url}/explain", data=where)
    assert empty.status_code == 422
    assert "Say in a few words why it is fine" in text_of(empty.text)
    said = "We share the policy of the Academy & pay half."
    kept = owner.post(f"{url}/explain", data={**where, f"why-{document}-name_other-text": said})
    assert kept.status_code == 303
    assert said in text_of(owner.get(url).text)
    again = "They changed their name in May."
    owner.post(f"{url}/explain", data={**where, f"why-{document}-name_other-text": again})
    assert [note.text for note in session.query(FindingNote)] == [again]
    steps = session.query(HistoryEntry).filter_by(subject_type="evidence", subject_id=version, step="explain")
    assert steps.count() == 2
    session.rollback()
    owner.post(f"{case}/check", data=form_fields(owner.get(f"{case}/check").text))
    page = text_of(desk.get(f"{at_the_desk}?doc={document}.1").text)
    assert again in page
    assert "Checks by the program:" in page
    assert "made out to “Lakeside Fencing Academy”" in page


def test_a_finding_that_is_gone_cannot_be_explained(
    draft: Any, owner: Any, url: str, check: Callable[[], int], session: Any
) -> None:
    put(owner, url, certificate(draft.organization.legal_name))
    check()
    data = {"document": "DOC-NONE-SUCH", "finding": "name_other", "why-DOC-NONE-SUCH-name_other-text": "Hello"}
    response = owner.post(f"{url}/explain", data=data, follow_redirects=True)
    assert "not among the findings any more" in text_of(response.text)
    assert session.query(FindingNote).count() == 0


def test_another_name_in_the_application_is_a_reason_to_look_again(
    make: Any, draft: Any, owner: Any, url: str, check: Callable[[], int], session: Any
) -> None:
    put(owner, url, certificate("Harbour Lights Orchestra"))
    check()
    assert "Harbour Lights Orchestra" in text_of(owner.get(url).text)
    session.expire_all()
    with unit_of_work(session):
        person = make.actor(make.owner_of(draft.organization))
        answers = SaveAnswers({"doing_business_as": "Harbour Lights Orchestra"})
        make.take("application", draft, "save_answers", person, data=answers)
    assert check() == 1
    assert "Checked, nothing found" in text_of(owner.get(url).text)


def test_the_same_facts_are_not_read_twice(
    make: Any, draft: Any, owner: Any, url: str, check: Callable[[], int], session: Any
) -> None:
    put(owner, url, certificate(draft.organization.legal_name))
    check()
    outcomes = [
        message.outcome for message in session.query(OutboxMessage).filter_by(topic="document.check_wanted").all()
    ]
    assert outcomes == ["0 findings", "checked already"]


def test_documents_are_seen_together(
    make: Any, draft: Any, owner: Any, url: str, check: Callable[[], int], session: Any
) -> None:
    put(owner, url, certificate(draft.organization.legal_name))
    session.expire_all()
    with unit_of_work(session):
        version = make.document(draft.organization, "additional_insured_endorsement")
        version.details = {"policy_number": "XS-777"}
        person = make.actor(make.owner_of(draft.organization))
        command = AttachEvidence(version, "additional_insured_endorsement")
        make.take("application", draft, "attach_evidence", person, data=command)
    page = text_of(owner.get(f"/apply/{draft.reference}/check").text)
    assert "Its policy number, XS-777, is not the one of your certificate, GL-4471190" in page


def test_new_rules_are_a_reason_to_look_again(
    app: Any, draft: Any, owner: Any, url: str, check: Callable[[], int], session: Any
) -> None:
    put(owner, url, certificate(draft.organization.legal_name))
    check()
    with unit_of_work(session):
        made = session.query(DocumentCheck).one()
        made.rules_version, made.facts_sha256 = 0, "0" * 64
    with app.app_context():
        sessions = Worker(app).sessions
    assert again(sessions) == 1
    assert again(sessions) == 0
    assert check() == 1
    session.expire_all()
    assert session.query(DocumentCheck).one().rules_version > 0


def test_what_was_read_goes_with_the_file(
    make: Any, draft: Any, owner: Any, url: str, check: Callable[[], int], session: Any
) -> None:
    put(owner, url, certificate("Lakeside Fencing Academy"))
    check()
    version = session.query(DocumentVersion).one()
    make.take("evidence", version, "dispose")
    assert session.query(DocumentCheck).count() == 0


def test_the_vault_and_the_desk_show_the_same_findings_until_somebody_accepts(
    draft: Any, owner: Any, check: Callable[[], int], make: Any, browser_for: Any, session: Any
) -> None:
    home = f"/apply/organizations/{draft.organization.reference}/documents"
    put(owner, f"{home}/add/{COI}", certificate("Lakeside Fencing Academy"))
    check()
    version = session.query(DocumentVersion).one()
    reference = version.document.reference
    said = "made out to “Lakeside Fencing Academy”"
    assert "1 thing to look at" in text_of(owner.get(home).text)
    assert said in text_of(owner.get(f"{home}/{reference}").text)
    desk = browser_for(make.coordinator())
    assert "1 thing to look at" in text_of(desk.get("/desk/documents").text)
    assert said in text_of(desk.get(f"/desk/documents/{reference}/1").text)
    make.take("evidence", version, "accept", make.actor(make.director()))
    session.rollback()
    assert "thing to look at" not in text_of(owner.get(home).text)
    assert said not in text_of(owner.get(f"{home}/{reference}").text)


def test_who_is_asked_for_another_version_reads_what_was_noticed_in_the_last_one(
    draft: Any, owner: Any, url: str, check: Callable[[], int], make: Any, session: Any
) -> None:
    make.fill(draft)
    session.rollback()
    put(owner, url, certificate("Lakeside Fencing Academy"))
    check()
    session.expire_all()
    make.take("application", draft, "submit", make.actor(make.owner_of(draft.organization)))
    boss = make.actor(make.coordinator())
    make.take("application", draft, "screen", boss)
    wanted = RequestedItem(RequestItem.DOCUMENT, COI, "It is made out to somebody else.")
    command = RequestInformation((wanted,), clock.today() + timedelta(days=10))
    make.take("application", draft, "request_information", boss, data=command)
    session.rollback()
    page = text_of(owner.get(f"/apply/{draft.reference}/requests/1").text)
    assert "What the program noticed in the file you sent before" in page
    assert "made out to “Lakeside Fencing Academy”" in page


def test_a_vendor_number_that_comes_later_is_held_against_the_forms(
    draft: Any, owner: Any, check: Callable[[], int], make: Any, session: Any
) -> None:
    home = f"/apply/organizations/{draft.organization.reference}/documents"
    sheet = Sheet()
    lines = ("City of Boston contract form CM-10", draft.organization.legal_name, "Vendor number: VC00077123")
    for place, line in enumerate(lines):
        sheet.text(50, 60 + 20 * place, line, 11)
    data = {"issued_on": f"{clock.today():%m/%d/%Y}", "files": (BytesIO(printed([sheet])), "cm-10.pdf")}
    sent = owner.post(f"{home}/add/city_contract_forms", data=data, content_type="multipart/form-data")
    assert sent.status_code == 303
    check()
    page = sent.location
    assert "vendor number" not in text_of(owner.get(page).text).lower()
    organization = draft.organization
    number = VendorNumber("VC00099999")
    make.take("partner", organization, "save_vendor_number", make.actor(make.owner_of(organization)), data=number)
    session.rollback()
    assert check() == 1, "the form is looked at again"
    assert "The vendor number here is VC00077123. We keep VC00099999." in text_of(owner.get(page).text)
