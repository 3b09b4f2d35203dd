"""A year later: everything known is used again, and no day is missing between two approvals."""

from __future__ import annotations

import copy
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from markupsafe import escape
from sqlalchemy.orm import Session, sessionmaker

from vetting import clock
from vetting.calendar_days import end_of_local_day_utc
from vetting.data.reading import Provenance, content_hash, content_of
from vetting.extensions import db
from vetting.jobs import calendar_day
from vetting.models import (
    Application,
    ApplicationKind,
    ApplicationState,
    BroughtAlong,
    Designation,
    DesignationState,
    EvidenceState,
    HistoryEntry,
    Organization,
    OutboxMessage,
    Outcome,
    PartnerImport,
    PartnerState,
    ProgramState,
    ReferenceKind,
    ReferenceVersion,
    Requirement,
    Role,
)
from vetting.policy import SYSTEM
from vetting.queries import letters, readable, renewals, tasklist
from vetting.unit_of_work import unit_of_work
from vetting.workflows import engine
from vetting.workflows.commands import BringOver, SaveAnswers
from vetting.workflows.effects.suspensions import drafted
from vetting.workflows.registry import workflow_named

TITLE = "What we brought over"


@pytest.fixture
def partner(make: Any) -> Organization:
    """A partner whose approval ends in thirty days."""
    found: Organization = make.partner("Harbor Strings")
    ends(make, found, 30)
    return found


class Person:
    """Somebody at a browser; the test's own session lets go of what it holds before each request."""

    def __init__(self, make: Any, browser: Any) -> None:
        self.make, self.browser = make, browser

    def get(self, path: str) -> Any:
        self.make.session.rollback()
        return self.browser.get(path)

    def post(self, path: str, **more: Any) -> Any:
        self.make.session.rollback()
        return self.browser.post(path, **more)


@pytest.fixture
def at_browser(make: Any, browser_for: Any) -> Any:
    """A person at a browser."""
    return lambda user: Person(make, browser_for(user))


def ends(make: Any, organization: Organization, days: int) -> None:
    """Move the end of the approval, as if the year were nearly over."""
    with unit_of_work(make.session):
        held = renewals.last_held(organization.designations)
        assert held is not None
        held.ends_on = clock.today() + timedelta(days=days)
        held.starts_on = held.ends_on - timedelta(days=365)


def second_form(session: Session) -> None:
    """Version 2 of the registration: one question in other words, one gone, one new."""
    content = copy.deepcopy(dict(content_of("forms/registration-1.yaml")))
    content["version"] = 2
    questions = content["sections"][0]["questions"]
    city = next(q for q in questions if q["key"] == "city")
    city["label"] = "Town or city of your main office"
    people = content["sections"][1]
    people["questions"] = [q for q in people["questions"] if q["key"] != "finance_name"]
    questions.append(
        {"key": "board_size", "kind": "number", "label": "How many people sit on your board?", "min": 1, "max": 200}
    )
    version = ReferenceVersion(
        kind=ReferenceKind.FORM,
        key="registration",
        number=2,
        title=content["title"],
        provenance=Provenance.EXAMPLE,
        provenance_note="Example set, not the district's.",
        content=content,
        content_sha256=content_hash(content),
    )
    with unit_of_work(session):
        engine.run(session, workflow_named("reference"), version, "draft", SYSTEM)
        engine.run(session, workflow_named("reference"), version, "publish", SYSTEM)


def begin(make: Any, at_browser: Any, organization: Organization) -> tuple[Any, Application]:
    """The owner starts the renewal on the first page; their browser and the case."""
    owner = at_browser(make.owner_of(organization))
    answer = owner.post(f"/apply/renew/{organization.reference}")
    assert answer.status_code == 303, answer.text
    found = renewals.live_renewal(make.session, organization.id)
    assert found is not None
    assert answer.headers["Location"].endswith(f"/apply/{found.reference}/brought-over")
    return owner, found


def decided(make: Any, case: Application, *, approve: bool = True) -> None:
    """Walk a sent case to its released decision."""
    drafted = make.decision_drafted(case) if approve else make.decision_drafted(case, outcome=Outcome.NOT_SELECT)
    step = "release_approval" if approve else "release_not_selected"
    make.take("application", drafted, step, make.actor(make.director("Rita Releaser")))


def send(make: Any, case: Application) -> None:
    owner = make.actor(make.owner_of(case.organization))
    make.take("application", case, "submit", owner)


def held(organization: Organization) -> list[Designation]:
    states = {DesignationState.IN_FORCE, DesignationState.SCHEDULED, DesignationState.ENDED}
    return sorted((d for d in organization.designations if d.state in states), key=lambda d: d.starts_on)


def test_nothing_is_asked_again(make: Any, at_browser: Any, partner: Organization) -> None:
    owner, case = begin(make, at_browser, partner)
    found = renewals.left(case)
    assert (found.to_check, found.new, found.asked_for) == ([], [], [])
    assert found.carried == found.total > 30
    assert tasklist.missing(case) == []
    page = owner.get(f"/apply/{case.reference}/brought-over").text
    assert f"{found.carried} of {found.carried} answers carried over." in page
    assert "Certify that nothing has changed" in page
    send(make, case)
    assert case.state is ApplicationState.SUBMITTED
    assert case.previous_id is not None


def test_only_what_the_form_changed_is_asked(make: Any, at_browser: Any, partner: Organization) -> None:
    second_form(make.session)
    owner, case = begin(make, at_browser, partner)
    found = renewals.left(case)
    assert [item.place for item in found.to_check] == [(0, "city")]
    assert [item.place for item in found.new] == [(0, "board_size")]
    assert [item.question.key for item in found.dropped] == ["finance_name"]
    page = owner.get(f"/apply/{case.reference}/brought-over").text
    assert "1 changed question to check" in page
    assert "1 question to answer" in page
    assert page.index("Check these first") < page.index("Answer these")
    assert "Last time: “City”" in page
    assert "Certify that nothing has changed" not in page

    # Sending waits for a look at the changed one, and for the new one.
    reasons = [str(r) for r in engine.obstacles(make.session, workflow_named("application"), case, "submit", SYSTEM)]
    assert "Check the answers we brought over that are marked: 1." in reasons
    section = owner.get(f"/apply/{case.reference}/sections/organization").text
    assert "Please check: the question changed" in section
    answer = owner.post(f"/apply/{case.reference}/brought-over", data={"program": "0", "question": "city"})
    assert answer.status_code == 303
    assert renewals.unchecked(case) == []
    person = make.actor(make.owner_of(partner))
    make.take("application", case, "save_answers", person, data=SaveAnswers({"board_size": 9}))
    send(make, case)
    assert case.state is ApplicationState.SUBMITTED


def test_a_changed_answer_needs_no_second_look(make: Any, at_browser: Any, partner: Organization) -> None:
    second_form(make.session)
    _owner, case = begin(make, at_browser, partner)
    person = make.actor(make.owner_of(partner))
    make.take("application", case, "save_answers", person, data=SaveAnswers({"city": "Quincy"}))
    assert renewals.unchecked(case) == []


def test_a_renewal_opens_sixty_days_before_the_end(make: Any, at_browser: Any) -> None:
    organization = make.partner("Early Birds")
    for days, opens in ((61, False), (60, True)):
        ends(make, organization, days)
        owner = at_browser(make.owner_of(organization))
        page = owner.get("/apply").text
        assert ("Renew it now." in page) is opens
        owner.post(f"/apply/renew/{organization.reference}")
        assert (renewals.live_renewal(make.session, organization.id) is not None) is opens


def test_two_clicks_make_one_renewal(make: Any, at_browser: Any, partner: Organization) -> None:
    owner, case = begin(make, at_browser, partner)
    again = owner.post(f"/apply/renew/{partner.reference}")
    assert again.headers["Location"].endswith(f"/apply/{case.reference}")
    cases = make.session.query(Application).filter(Application.kind == ApplicationKind.RENEWAL).all()
    assert len(cases) == 1


def test_the_next_approval_begins_the_day_after(make: Any, at_browser: Any, partner: Organization) -> None:
    _owner, case = begin(make, at_browser, partner)
    send(make, case)
    decided(make, case)
    old, new = held(partner)
    assert old.ends_on is not None
    assert new.starts_on == old.ends_on + timedelta(days=1)
    assert (old.state, new.state) == (DesignationState.IN_FORCE, DesignationState.SCHEDULED)
    assert (partner.state, partner.listed) == (PartnerState.PARTNER, True)
    letter = letters.content(case, case.decisions[-1], "District")
    assert "renewed" in letter["outcome_sentence"]


@pytest.mark.parametrize("last", [date(2028, 2, 29), date(2027, 2, 28), date(2027, 10, 31), date(2028, 3, 11)])
def test_the_night_between_two_approvals_shows_nothing(
    make: Any, at_browser: Any, app: Flask, partner: Organization, last: date
) -> None:
    """Leap day, month ends and the changes of the clock: the badge stays, the listing stays, nothing lapses."""
    _owner, case = begin(make, at_browser, partner)
    send(make, case)
    decided(make, case)
    old, new = held(partner)
    with unit_of_work(make.session):
        old.ends_on = last
        new.starts_on, new.ends_on = renewals.next_term(last, over=False, months=12, today=last)
        # What runs out on the way there is another matter.
        make.session.query(Requirement).delete()
    with app.app_context():
        sessions = sessionmaker(db.engine, expire_on_commit=False)
    for away, states in (
        (0, (DesignationState.IN_FORCE, DesignationState.SCHEDULED)),
        (1, (DesignationState.ENDED, DesignationState.IN_FORCE)),
    ):
        make.session.rollback()
        # The first minute of the local day, as the worker meets it.
        morning = end_of_local_day_utc(last + timedelta(days=away - 1)) + timedelta(minutes=1)
        calendar_day.settle(sessions, morning)
        make.session.expire_all()
        assert (old.state, new.state) == states
        assert (partner.state, partner.listed) == (PartnerState.PARTNER, True)
    moves = make.session.query(HistoryEntry).filter(HistoryEntry.subject_type == "partner").all()
    assert "lapse" not in {entry.step for entry in moves}


def test_sent_in_time_and_decided_late_leaves_no_gap(make: Any, at_browser: Any, partner: Organization) -> None:
    ends(make, partner, 0)
    _owner, case = begin(make, at_browser, partner)
    send(make, case)
    held_ = held(partner)[0]
    with unit_of_work(make.session):
        # Two weeks pass.
        held_.ends_on = clock.today() - timedelta(days=14)
        case.received_at = clock.now() - timedelta(days=15)
    against = engine.obstacles(make.session, workflow_named("designation"), held_, "end", SYSTEM)
    assert [str(reason) for reason in against] == ["A renewal that came in time is not decided yet."]
    decided(make, case)
    old, new = held(partner)
    assert old.ends_on is not None
    assert new.starts_on == old.ends_on + timedelta(days=1)
    assert (old.state, new.state) == (DesignationState.ENDED, DesignationState.IN_FORCE)
    assert partner.state is PartnerState.PARTNER
    steps = [e.step for e in engine.changes_since(make.session, "partner", partner, 0)]
    assert "lapse" not in steps


def test_without_approval_the_old_one_ends(make: Any, at_browser: Any, partner: Organization) -> None:
    ends(make, partner, 0)
    _owner, case = begin(make, at_browser, partner)
    send(make, case)
    with unit_of_work(make.session):
        held(partner)[0].ends_on = clock.today() - timedelta(days=3)
        case.received_at = clock.now() - timedelta(days=4)
    decided(make, case, approve=False)
    assert held(partner)[0].state is DesignationState.ENDED
    assert (partner.state, partner.listed) == (PartnerState.LAPSED, False)


def test_a_lapsed_partner_comes_back_by_a_renewal(make: Any, at_browser: Any, partner: Organization) -> None:
    ends(make, partner, -2)
    make.take("designation", held(partner)[0], "end")
    assert partner.state is PartnerState.LAPSED
    owner, case = begin(make, at_browser, partner)
    send(make, case)
    decided(make, case)
    new = held(partner)[-1]
    assert new.starts_on == clock.today()
    assert (partner.state, partner.listed) == (PartnerState.PARTNER, True)
    assert "Your approval ended" not in owner.get("/apply").text


def test_a_program_that_is_left_out_leaves_when_the_renewal_is_approved(
    make: Any, at_browser: Any, partner: Organization
) -> None:
    owner, case = begin(make, at_browser, partner)
    only = partner.programs[0]
    nobody = owner.post(f"/apply/{case.reference}/brought-over/programs", data={})
    assert nobody.status_code == 422
    assert "Keep at least one program" in nobody.text
    owner.post(f"/apply/{case.reference}/programs/add", data={"program_name": "Summer strings"})
    new = partner.programs[-1]
    answer = owner.post(f"/apply/{case.reference}/brought-over/programs", data={"programs": [new.reference]})
    assert answer.status_code == 303
    assert only.state is ProgramState.APPROVED
    make.fill(case)
    send(make, case)
    assert (only.state, new.state) == (ProgramState.APPROVED, ProgramState.IN_REVIEW)
    decided(make, case)
    assert (only.state, new.state) == (ProgramState.ARCHIVED, ProgramState.APPROVED)
    assert partner.listed


def test_documents_are_used_again_asked_for_or_marked(make: Any, at_browser: Any, partner: Organization) -> None:
    last = renewals.last_approved(make.session, partner.id)
    assert last is not None
    versions = [link.document_version for link in last.evidence]
    assert len(versions) >= 3
    with unit_of_work(make.session):
        versions[0].valid_until = clock.today() - timedelta(days=1)
        versions[1].valid_until = clock.today() + timedelta(days=100)
        versions[2].valid_until = clock.today() + timedelta(days=3000)
    owner, case = begin(make, at_browser, partner)
    page = owner.get(f"/apply/{case.reference}/brought-over").text
    assert "1 document to renew" in page
    assert "The last one ended on" in page
    assert page.count("Needs a newer one by") >= 1
    used = {link.document_version_id for link in case.evidence}
    assert versions[0].id not in used
    assert {versions[1].id, versions[2].id} <= used
    assert all(link.document_version.state is not EvidenceState.RETURNED for link in case.evidence)


def test_a_suspended_partner_is_offered_no_renewal(make: Any, at_browser: Any, partner: Organization) -> None:
    director = make.director()
    found = drafted(make.session, partner, director.id, "Insurance ended.", clock.now())
    make.take("suspension", found, "impose", make.actor(director), reason="Insurance ended.")
    owner = at_browser(make.owner_of(partner))
    assert "Renew it now" not in owner.get("/apply").text
    answer = owner.post(f"/apply/renew/{partner.reference}", follow_redirects=True)
    assert "This cannot be renewed now" in answer.text
    assert renewals.live_renewal(make.session, partner.id) is None


def test_somebody_elses_organization_is_not_there(make: Any, at_browser: Any, partner: Organization) -> None:
    stranger = at_browser(make.person("Sam Stranger"))
    assert stranger.post(f"/apply/renew/{partner.reference}").status_code == 404


def test_what_only_the_offices_list_said_is_looked_at_first(make: Any, at_browser: Any, partner: Organization) -> None:
    with unit_of_work(make.session) as session:
        upload = PartnerImport(reference="IMP-TEST-0001", filename="partners.xlsx")
        session.add(upload)
        session.flush()
        session.add(
            BroughtAlong(
                organization_id=partner.id,
                import_id=upload.id,
                answers={"city": "Boston", "mission": "Music for all."},
                brought_at=clock.now(),
            )
        )
    owner, person = at_browser(make.owner_of(partner)), make.actor(make.owner_of(partner))
    case = make._application(partner, ApplicationKind.RENEWAL, "registration")
    make.take("application", case, "bring_over", person, data=BringOver(None))
    assert {item.place for item in renewals.left(case).to_check} == {(0, "city"), (0, "mission")}
    page = owner.get(f"/apply/{case.reference}/brought-over").text
    assert "2 answers to check" in page
    assert "had this on its list" in page
    owner.post(f"/apply/{case.reference}/brought-over", data={"program": "0", "question": "city"})
    make.take("application", case, "save_answers", person, data=SaveAnswers({"mission": "Music for everyone."}))
    assert renewals.unchecked(case) == []


# The certificate


def certify(owner: Any, case: Application, **more: str) -> Any:
    page = owner.get(f"/apply/{case.reference}/certificate")
    assert page.status_code == 200
    data = {"statement": "no-change-certificate-1", "agree": "y", "version": str(case.version)} | more
    return owner.post(f"/apply/{case.reference}/certificate", data=data)


def test_one_page_certifies_that_nothing_changed(make: Any, at_browser: Any, partner: Organization) -> None:
    owner, case = begin(make, at_browser, partner)
    page = owner.get(f"/apply/{case.reference}/certificate").text
    for part in readable.sections(case):
        assert all(escape(answer.question.label) in page for answer in part.answers)
    refused = owner.post(f"/apply/{case.reference}/certificate", data={"statement": "no-change-certificate-1"})
    assert refused.status_code == 422
    assert "Check the box" in refused.text
    answer = certify(owner, case)
    assert answer.headers["Location"].endswith("/receipt")
    assert case.no_change
    assert case.state is ApplicationState.SUBMITTED
    assert case.carryover is not None
    assert case.carryover.certified_by_id == make.owner_of(partner).id
    assert case.carryover.statement == "no-change-certificate-1"


def test_the_signer_may_certify_and_an_editor_may_not(make: Any, at_browser: Any, partner: Organization) -> None:
    _owner, case = begin(make, at_browser, partner)
    editor, signer = make.person("Edda Editor"), make.person("Sia Signer")
    make.grant(editor, Role.ORG_EDITOR, organization=partner)
    make.grant(signer, Role.ORG_SIGNER, organization=partner)
    assert at_browser(editor).get(f"/apply/{case.reference}/certificate").status_code == 403
    assert certify(at_browser(signer), case).status_code == 303


def test_a_change_closes_the_short_way(make: Any, at_browser: Any, partner: Organization) -> None:
    owner, case = begin(make, at_browser, partner)
    person = make.actor(make.owner_of(partner))
    make.take("application", case, "save_answers", person, data=SaveAnswers({"city": "Quincy"}))
    page = owner.get(f"/apply/{case.reference}/certificate").text
    assert "You changed something" in page
    answer = certify(owner, case)
    assert answer.status_code == 422
    assert case.state is ApplicationState.DRAFT


def test_a_document_that_ended_closes_the_short_way(make: Any, at_browser: Any, partner: Organization) -> None:
    last = renewals.last_approved(make.session, partner.id)
    assert last is not None
    with unit_of_work(make.session):
        last.evidence[0].document_version.valid_until = clock.today() - timedelta(days=1)
    owner, case = begin(make, at_browser, partner)
    assert "Something is missing or has ended" in owner.get(f"/apply/{case.reference}/certificate").text


def test_words_that_changed_meanwhile_are_read_again(make: Any, at_browser: Any, partner: Organization) -> None:
    owner, case = begin(make, at_browser, partner)
    answer = certify(owner, case, statement="no-change-certificate-0")
    assert answer.status_code == 422
    assert "The statement changed" in answer.text


# Once more, after an application that ended without approval


def test_a_withdrawn_registration_is_the_start_of_the_next(make: Any, at_browser: Any) -> None:
    case = make.submitted()
    organization = case.organization
    owner = at_browser(make.owner_of(organization))
    make.take("application", case, "withdraw", make.actor(make.owner_of(organization)))
    assert "Start again from this one" in owner.get(f"/apply/{case.reference}").text
    answer = owner.post(f"/apply/{case.reference}/again")
    new = renewals.live_registration(make.session, organization.id)
    assert new is not None
    assert answer.headers["Location"].endswith(f"/apply/{new.reference}/brought-over")
    assert tasklist.missing(new) == []
    assert new.previous_id == case.id


def test_a_draft_that_expired_keeps_its_answers_for_the_next(make: Any, at_browser: Any, draft: Application) -> None:
    organization = draft.organization
    person = make.actor(make.owner_of(organization))
    make.take("application", draft, "save_answers", person, data=SaveAnswers({"city": "Boston"}))
    make.take("application", draft, "expire")
    owner = at_browser(make.owner_of(organization))
    owner.post(f"/apply/{draft.reference}/again")
    new = renewals.live_registration(make.session, organization.id)
    assert new is not None
    assert tasklist.answers_of(new)["city"] == "Boston"


def test_a_program_applies_again_in_the_next_round(make: Any, at_browser: Any, partner: Organization) -> None:
    first = make.submitted(make.portfolio(partner, make.round(title="First round")))
    decided(make, first, approve=False)
    owner = at_browser(make.owner_of(partner))
    answer = owner.post(f"/apply/{first.reference}/again", follow_redirects=True)
    assert "No round of this category takes applications now" in answer.text
    round_ = make.round(title="Second round")
    owner.post(f"/apply/{first.reference}/again")
    new = make.session.query(Application).filter(Application.round_id == round_.id).one()
    assert renewals.left(new).new == []
    assert new.carryover is not None
    assert new.carryover.source_id == first.id
    assert tasklist.missing(new) == []


def test_withdrawing_says_who_is_told_and_tells_the_office_nothing_of_a_draft(
    make: Any, at_browser: Any, draft: Application
) -> None:
    make.coordinator()
    boss = make.owner_of(draft.organization)
    owner = at_browser(boss)
    page = owner.get(f"/apply/{draft.reference}/withdraw").text
    assert "has not seen it and is not told" in page
    assert boss.name in page
    owner.post(f"/apply/{draft.reference}/withdraw", data={"version": str(draft.version)})
    sent = make.session.query(OutboxMessage).filter(OutboxMessage.topic == "application.withdrawn").all()
    assert [message.recipient for message in sent] == [f"user:{boss.id}"]


# The office


def test_the_office_sees_a_certificate_as_one(make: Any, at_browser: Any, partner: Organization) -> None:
    owner, case = begin(make, at_browser, partner)
    certify(owner, case)
    boss = at_browser(make.coordinator())
    page = boss.get(f"/desk/cases/{case.reference}").text
    assert "Nothing has changed, says the partner" in page
    assert f"Certified by {make.owner_of(partner).name}" in page
    assert "0 answers differ" in page
    assert case.previous is not None
    assert case.previous.reference in page


def test_the_office_sees_how_much_of_a_renewal_is_new(make: Any, at_browser: Any, partner: Organization) -> None:
    _owner, case = begin(make, at_browser, partner)
    person = make.actor(make.owner_of(partner))
    make.take("application", case, "save_answers", person, data=SaveAnswers({"city": "Quincy"}))
    send(make, case)
    boss = at_browser(make.coordinator())
    page = boss.get(f"/desk/cases/{case.reference}").text
    assert "1 answer differs" in page
    assert "Nothing has changed" not in page
    changes = boss.get(f"/desk/cases/{case.reference}/changes?since=last-case").text
    assert "Quincy" in changes
    assert changes.count("Changed</span>") == 1
