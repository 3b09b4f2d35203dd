"""Documents to check: who finds which, what the office reads beside what was typed, and what goes back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories import Factory
from tests.support.client import CheckingClient
from vetting import clock
from vetting.models import (
    Application,
    Conflict,
    DeskFeature,
    Document,
    DocumentVersion,
    EvidenceState,
    Expertise,
    Feature,
    HistoryEntry,
    Role,
    ScanResult,
    User,
)
from vetting.queries import evidence_queue
from vetting.queries.evidence_queue import Filters
from vetting.unit_of_work import unit_of_work

Browser = Callable[..., CheckingClient]
PILE = "/desk/documents"


def waiting(make: Factory, session: Session, person: User, **filters: str) -> set[str]:
    """Kinds of document in a person's pile."""
    pile = evidence_queue.pile(session, make.actor(person), Filters(**filters), clock.today())
    return {row.version.document.type_key for row in pile.rows}


def address(version: DocumentVersion, more: str = "") -> str:
    return f"{PILE}/{version.document.reference}/{version.number}{more}"


@pytest.fixture
def lanes(make: Factory) -> None:
    make.take("desk_feature", DeskFeature(feature=Feature.LANES), "begin")


def test_documents_of_sent_cases_wait_and_those_of_drafts_do_not(
    make: Factory, session: Session, screening: Application, coordinator: User
) -> None:
    draft = make.registration()
    hidden = make.attach(draft, "board_roster")
    pile = evidence_queue.pile(session, make.actor(coordinator), Filters(), clock.today())
    shown = {row.version.id for row in pile.rows}
    assert {link.document_version_id for link in screening.evidence} <= shown
    assert hidden.id not in shown
    assert pile.total == len(shown)


def test_with_lanes_each_document_is_for_those_who_know_it(
    make: Factory, session: Session, screening: Application, coordinator: User, lanes: None
) -> None:
    make.document(screening.organization, "coi_auto")
    make.document(screening.organization, "w9")
    make.document(screening.organization, "board_roster")
    risk, finance = make.person("Rita Risk", Role.RISK), make.person("Finn Finance", Role.FINANCE)
    assert "coi_auto" in waiting(make, session, risk)
    assert "w9" not in waiting(make, session, risk)
    assert "w9" in waiting(make, session, finance)
    assert "board_roster" in waiting(make, session, coordinator)
    assert "coi_auto" not in waiting(make, session, coordinator)
    with unit_of_work(session):
        session.add(Expertise(user_id=coordinator.id, facet="lane", value="risk"))
    assert "coi_auto" in waiting(make, session, coordinator)
    assert waiting(make, session, coordinator, lane="none") & {"coi_auto"} == set()


def test_the_page_of_another_lane_is_refused(
    make: Factory, session: Session, screening: Application, coordinator: User, lanes: None, browser_for: Browser
) -> None:
    policy = make.document(screening.organization, "coi_auto")
    assert browser_for(coordinator).get(address(policy)).status_code == 403
    assert browser_for(make.person("Rita Risk", Role.RISK)).get(address(policy)).status_code == 200


def test_nobody_checks_what_they_sent_and_a_conflict_closes_the_page(
    make: Factory, session: Session, screening: Application, coordinator: User, browser_for: Browser
) -> None:
    own = make.document(screening.organization, "board_roster")
    with unit_of_work(session):
        own.uploaded_by_id = coordinator.id
    assert own.id not in {
        row.version.id for row in evidence_queue.pile(session, make.actor(coordinator), Filters(), clock.today()).rows
    }
    assert browser_for(coordinator).get(address(own)).status_code == 403
    other = make.coordinator("Otto Other")
    assert browser_for(other).get(address(own)).status_code == 200
    make.take(
        "conflict",
        Conflict(user_id=other.id, organization_id=screening.organization_id, reason="I was on its board."),
        "declare",
        make.actor(other),
    )
    assert browser_for(other).get(address(own)).status_code == 404
    assert waiting(make, session, other) == set()


def test_what_the_office_reads_counts_and_what_was_typed_stays(
    make: Factory, session: Session, screening: Application, coordinator: User, browser_for: Browser, *, sent, read
) -> None:
    version = make.document(screening.organization, "coi_auto")
    typed, office = version.typed_valid_until, clock.today() + timedelta(days=20)
    browser = browser_for(coordinator)
    page = browser.get(address(version))
    form = {**sent(page), "valid_until": office.isoformat(), "amount_per_occurrence": "500,000"}
    assert browser.post(address(version), data=form).status_code == 303
    session.expire_all()
    kept = session.get_one(DocumentVersion, version.id)
    assert (kept.state, kept.typed_valid_until, kept.valid_until) == (EvidenceState.ACCEPTED, typed, office)
    assert (kept.amount_cents, kept.checked_by_id) == (50_000_000, coordinator.id)
    good = session.scalars(sa.select(DocumentVersion.id).where(DocumentVersion.valid_until == office)).all()
    assert kept.id in good, "every list that asks for the last good day follows the office's reading"
    row = session.scalars(
        sa.select(HistoryEntry).where(HistoryEntry.subject_type == "evidence", HistoryEntry.step == "accept")
    ).one()
    assert row.data["reading"]["valid_until"] == office.isoformat()
    assert "What the office read" in read(browser.get(address(version)))


def test_dates_that_cannot_be_are_said_and_nothing_is_decided(
    make: Factory, session: Session, screening: Application, coordinator: User, browser_for: Browser, *, sent, read
) -> None:
    version = make.document(screening.organization, "coi_auto")
    browser = browser_for(coordinator)
    form = sent(browser.get(address(version)))
    answer = browser.post(address(version), data={**form, "valid_until": "2020-01-01"})
    assert answer.status_code == 422
    assert "must not be before the first day" in read(answer)
    answer = browser.post(address(version), data={**form, "valid_until": "soon"})
    assert answer.status_code == 422
    assert 'value="soon"' in answer.get_data(as_text=True)
    session.expire_all()
    assert session.get_one(DocumentVersion, version.id).state is EvidenceState.RECEIVED


def test_an_infected_file_is_not_accepted(
    make: Factory, session: Session, screening: Application, coordinator: User, browser_for: Browser, *, sent, read
) -> None:
    version = make.document(screening.organization, "board_roster")
    with unit_of_work(session):
        version.scan = ScanResult.INFECTED
    browser = browser_for(coordinator)
    answer = browser.post(address(version), data=sent(browser.get(address(version))))
    assert answer.status_code == 422
    assert "found a virus" in read(answer)


def test_after_a_decision_comes_the_next_document_under_the_same_filters(
    make: Factory, session: Session, screening: Application, coordinator: User, browser_for: Browser, *, sent
) -> None:
    first = make.document(screening.organization, "board_roster")
    second = make.document(screening.organization, "board_roster")
    browser = browser_for(coordinator)
    page = browser.get(address(second, "?kind=board_roster"))
    done = browser.post(address(second, "?kind=board_roster"), data=sent(page))
    assert done.location.endswith(address(first, "?kind=board_roster"))


def test_a_ready_reason_is_enough_and_the_new_version_joins_the_open_case(
    make: Factory, session: Session, screening: Application, coordinator: User, browser_for: Browser, *, sent, read
) -> None:
    version = screening.evidence[0].document_version
    number, document = version.id, version.document
    browser = browser_for(coordinator)
    path = address(version, "/return")
    nothing = browser.post(path, data={"version": version.version})
    assert nothing.status_code == 422
    assert "Check a reason" in read(nothing)
    form = {"version": str(session.get_one(DocumentVersion, number).version), "ready": "0"}
    look = browser.post(path, data={**form, "look": "1"})
    assert "Nothing has been sent yet" in read(look)
    assert browser.post(path, data=form).status_code == 303
    session.expire_all()
    returned = session.get_one(DocumentVersion, number)
    assert returned.state is EvidenceState.RETURNED
    assert returned.return_reason
    kept = session.get_one(Document, document.id)
    newer = make.document(screening.organization, kept.type_key, of=kept)
    session.expire_all()
    case = session.get_one(Application, screening.id)
    assert newer.id in {link.document_version_id for link in case.evidence}
    assert session.get_one(DocumentVersion, number).state is EvidenceState.REPLACED
    steps = session.scalars(sa.select(HistoryEntry.step).where(HistoryEntry.application_id == case.id)).all()
    assert "take_new_version" in steps


def test_the_pile_is_walked_page_by_page_without_a_gap(
    make: Factory, session: Session, screening: Application, coordinator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _number in range(5):
        make.document(screening.organization, "board_roster")
    monkeypatch.setattr(evidence_queue, "PAGE_SIZE", 2)
    reader, today = make.actor(coordinator), clock.today()
    seen: list[int] = []
    after = 0
    while True:
        page = evidence_queue.pile(session, reader, Filters(), today, after=after)
        seen += [row.version.id for row in page.rows]
        if page.after is None:
            break
        after = page.after
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == len(set(seen)) == page.total
    back = evidence_queue.pile(session, reader, Filters(), today, before=seen[2])
    assert [row.version.id for row in back.rows] == seen[:2]


def test_age_is_counted_in_business_days_from_the_day_it_came(
    make: Factory, session: Session, screening: Application, coordinator: User
) -> None:
    version = make.document(screening.organization, "board_roster")
    due = evidence_queue.due_of(session, version)
    reader = make.actor(coordinator)

    def late(day) -> set[int]:
        found = evidence_queue.pile(session, reader, Filters(age="late"), day)
        return {row.version.id for row in found.rows}

    assert version.id not in late(due), "the day itself is in time"
    assert version.id in late(due + timedelta(days=4))


def test_the_page_counts_by_lane_and_says_nothing_of_lanes_that_are_off(
    make: Factory, screening: Application, coordinator: User, browser_for: Browser, *, read
) -> None:
    make.document(screening.organization, "coi_auto")
    off = read(browser_for(coordinator).get(PILE))
    assert "Certificate of insurance: auto" in off
    assert "No special knowledge" not in off
    make.take("desk_feature", DeskFeature(feature=Feature.LANES), "begin")
    risk = read(browser_for(make.person("Rita Risk", Role.RISK)).get(PILE))
    assert "Risk and insurance" in risk
    assert "Data privacy" not in risk
