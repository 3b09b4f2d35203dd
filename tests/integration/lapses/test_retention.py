"""Nothing is removed before a records officer approved the schedule, nothing under a hold, and only the file goes."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import sessionmaker

from vetting import clock, refs
from vetting.extensions import db
from vetting.jobs import disposals
from vetting.models import (
    Application,
    Decision,
    Disposal,
    DisposalItemState,
    DocumentVersion,
    EvidenceState,
    HistoryEntry,
    LegalHold,
    Outcome,
    RetentionSchedule,
    Role,
)
from vetting.queries import retention
from vetting.queries.retention import shipped
from vetting.storage import Missing
from vetting.unit_of_work import unit_of_work
from vetting.workflows.commands import AttachEvidence
from vetting.workflows.engine import NotAllowed, StepRefused


@pytest.fixture
def old_case(make: Any, session: Any) -> Application:
    """A case that was not selected four years ago."""
    case: Application = make.decision_drafted(outcome=Outcome.NOT_SELECT)
    make.take("application", case, "release_not_selected", make.actor(make.director("Rae Releases")))
    before = clock.now() - timedelta(days=4 * 366)
    _date_back(session, case, before)
    return case


def _date_back(session: Any, case: Application, at: datetime) -> None:
    with unit_of_work(session):
        session.execute(sa.update(Decision).where(Decision.application_id == case.id).values(released_at=at))
        numbers = [link.document_version_id for link in case.evidence]
        session.execute(sa.update(DocumentVersion).where(DocumentVersion.id.in_(numbers)).values(created_at=at))
    session.expire_all()


@pytest.fixture
def schedule(make: Any) -> RetentionSchedule:
    """The example, proposed by a director."""
    director = make.director("Pat Proposes")
    schedule = RetentionSchedule(
        number=1, content=shipped(), content_sha256="1" * 64, reason="The state's.", proposed_by_id=director.id
    )
    make.take("retention_schedule", schedule, "propose", make.actor(director))
    return schedule


@pytest.fixture
def officer(make: Any) -> Any:
    return make.person("Ria Records", Role.RECORDS_OFFICER)


def run_of(make: Any, schedule: RetentionSchedule, officer: Any) -> Disposal:
    run = Disposal(
        reference=refs.new_reference("RMV"), schedule=schedule, planned_by_id=officer.id, planned_on=clock.today()
    )
    make.take("disposal", run, "plan", make.actor(officer))
    return run


def carry_out(app: Flask, make: Any, run: Disposal, officer: Any, *, sent_again: str = "") -> int:
    """Carry a run out on files that have lain there for years, but for one that somebody sends again just now."""
    make.take("disposal", run, "start", make.actor(officer))
    make.session.rollback()
    store = app.extensions["store"]
    for held in store.everything():
        if held.name != sent_again:
            os.utime(store.root / held.name, (0, 0))
    with app.app_context():
        gone = disposals.work(sessionmaker(db.engine, expire_on_commit=False), app.extensions["store"], run.id)
    make.session.expire_all()
    return gone


def test_without_approval_nothing_can_be_planned(
    make: Any, browser_for: Any, old_case: Application, schedule: RetentionSchedule, officer: Any
) -> None:
    session = make.session
    with pytest.raises(StepRefused, match="no records officer has approved"):
        run_of(make, schedule, officer)
    session.rollback()
    browser = browser_for(officer)
    assert "Nothing can be removed" in browser.get("/desk/retention").text
    refused = browser.post("/desk/retention/runs/new")
    assert refused.status_code == 409
    assert "no records officer has approved" in refused.text
    assert session.query(Disposal).count() == 0


def test_a_second_person_who_is_a_records_officer_approves(
    make: Any, browser_for: Any, schedule: RetentionSchedule, officer: Any
) -> None:
    session = make.session
    with pytest.raises(NotAllowed):
        make.take("retention_schedule", schedule, "approve", make.actor(make.director()))
    session.rollback()
    own = make.person("Olga Officer", Role.RECORDS_OFFICER)
    page = browser_for(own).get("/desk/retention/schedules/1").text
    assert "Approve the schedule" in page
    sent = browser_for(officer).post(
        "/desk/retention/schedules/1", data={"act": "approve", "reason": "It fits.", "version": "1"}
    )
    assert sent.status_code == 303
    session.expire_all()
    current = retention.approved(session)
    assert current is not None
    assert current.decided_by_id == officer.id


def test_the_file_goes_and_the_row_stays(
    app: Flask, make: Any, browser_for: Any, old_case: Application, schedule: Any, officer: Any
) -> None:
    session = make.session
    make.take("retention_schedule", schedule, "approve", make.actor(officer))
    kept = make.approved()
    versions = [link.document_version for link in old_case.evidence]
    run = run_of(make, schedule, officer)
    assert {item.document_version_id for item in run.items} == {version.id for version in versions}
    page, browser, number = f"/desk/retention/runs/{run.reference}", browser_for(officer), run.id
    session.commit()
    name = old_case.organization.legal_name
    preview = browser.get(page).text
    assert "This cannot be taken back" in preview
    # One row for the organization, its documents under it, and the number before the button that removes them.
    assert f"Remove {len(versions)} files" in preview
    assert preview.count(f"<bdi>{name}</bdi>") == 1
    assert carry_out(app, make, run, officer) == len(versions)
    store = app.extensions["store"]
    for version in versions:
        assert version.state is EvidenceState.DISPOSED
        assert version.sha256
        with pytest.raises(Missing):
            store.open(version.storage_key)
    entry = session.scalars(
        sa.select(HistoryEntry).where(HistoryEntry.subject_type == "disposal_item", HistoryEntry.step == "remove")
    ).first()
    assert entry is not None
    assert entry.data["schedule"] == 1
    for link in kept.evidence:
        with store.open(link.document_version.storage_key) as file:
            assert file.read(4) == b"%PDF"
    session.commit()
    receipt = browser.get(page).text
    assert "was removed" in receipt or "were removed" in receipt
    assert disposals_again(app, number) == 0


def test_bytes_that_somebody_sends_again_meanwhile_are_not_taken_away(
    app: Flask, make: Any, old_case: Application, schedule: RetentionSchedule, officer: Any
) -> None:
    first, second = sorted({link.document_version.storage_key for link in old_case.evidence})[:2]
    make.take("retention_schedule", schedule, "approve", make.actor(officer))
    assert carry_out(app, make, run_of(make, schedule, officer), officer, sent_again=first) > 1
    store = app.extensions["store"]
    with store.open(first) as file:
        assert file.read(4) == b"%PDF"
    with pytest.raises(Missing):
        store.open(second)


def disposals_again(app: Flask, number: int) -> int:
    """Whoever takes the message a second time finds nothing to do."""
    with app.app_context():
        return disposals.work(sessionmaker(db.engine), app.extensions["store"], number)


def test_a_hold_wins_also_when_it_comes_after_the_plan(
    app: Flask, make: Any, browser_for: Any, old_case: Application, schedule: Any, officer: Any
) -> None:
    session = make.session
    make.take("retention_schedule", schedule, "approve", make.actor(officer))
    run = run_of(make, schedule, officer)
    form, browser = {"scope": old_case.reference, "reason": "A lawsuit."}, browser_for(officer)
    address = f"/desk/retention/holds/new/{old_case.organization.reference}"
    session.commit()
    sent = browser.post(address, data=form)
    assert sent.status_code == 303
    session.expire_all()
    assert carry_out(app, make, run, officer) == 0
    assert {item.state for item in run.items} == {DisposalItemState.KEPT}
    assert {item.why_kept for item in run.items} == {"A legal hold keeps it."}
    hold = session.query(LegalHold).one()
    assert hold.application_id == old_case.id
    with pytest.raises(StepRefused, match="Another person lifts"):
        make.take("legal_hold", hold, "lift", make.actor(officer), reason="It is over.")
    session.rollback()
    browser, address = browser_for(make.coordinator()), f"/desk/cases/{old_case.reference}"
    session.commit()
    assert "Under a legal hold" in browser.get(address).text
    make.take("legal_hold", hold, "lift", make.actor(make.director()), reason="It is over.")
    assert carry_out(app, make, run_of(make, schedule, officer), officer) == len(old_case.evidence)


def test_a_file_that_another_case_uses_stays(make: Any, old_case: Application, schedule: Any, officer: Any) -> None:
    session = make.session
    make.take("retention_schedule", schedule, "approve", make.actor(officer))
    again = make.registration(old_case.organization)
    version = old_case.evidence[0].document_version
    owner = make.actor(make.owner_of(old_case.organization))
    make.take("application", again, "attach_evidence", owner, data=AttachEvidence(version, version.document.type_key))
    due = {row.version.id for row in retention.due_files(session, schedule, clock.today())}
    assert version.id not in due
    assert due == {link.document_version_id for link in old_case.evidence[1:]}
