"""The demonstration is whole: honest history, work for everybody, files that open, and nothing that looks real."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from tests.support.stored import body_of
from vetting import clock
from vetting.data.evidence_types import load_evidence_types
from vetting.data.schools import BOSTON_SCHOOLS, file_bytes
from vetting.events import Event
from vetting.extensions import db
from vetting.filetypes.check import Accepted, examine
from vetting.jobs.demo import DemoRefused, load
from vetting.models import (
    Agreement,
    AgreementState,
    Answer,
    Application,
    ApplicationKind,
    ApplicationState,
    BulkItemState,
    BulkRun,
    BulkRunState,
    Clearance,
    Designation,
    DesignationKind,
    DocumentVersion,
    EvidenceState,
    ExecutedDocument,
    Feature,
    Flag,
    FlagState,
    HistoryEntry,
    Lapse,
    Note,
    NoteKind,
    Organization,
    OutboxMessage,
    Partnership,
    PartnershipState,
    PartnerState,
    Role,
    School,
    Signer,
    SignerState,
    Upload,
    User,
    Waiver,
    WaiverState,
)
from vetting.queries import fund, people, people_at_work, queue, saved_views, standing
from vetting.queries.actors import actor_for
from vetting.spool import Spool
from vetting.workflows.audiences import WORKER
from vetting.workflows.verify import check

pytestmark = [pytest.mark.xdist_group("demo"), pytest.mark.timeout(900)]

S = ApplicationState


def test_history_is_honest(there: Session) -> None:
    assert [str(finding) for finding in check(there)] == []


def test_there_is_something_to_see_around_documents(there: Session, district: Flask) -> None:
    tomorrow = clock.today() + timedelta(days=1)
    biting = there.scalars(sa.select(Lapse).where(Lapse.hides_on == tomorrow, Lapse.hiding.is_(False))).all()
    assert [lapse.organization.legal_name for lapse in biting], "something bites tomorrow"
    waiting = there.scalars(sa.select(Waiver).where(Waiver.state == WaiverState.ASKED)).all()
    assert len(waiting) == 1
    returned = there.scalars(sa.select(DocumentVersion).where(DocumentVersion.state == EvidenceState.RETURNED)).all()
    kinds = load_evidence_types().documents
    assert any(version.return_reason and kinds[version.document.type_key].good_example for version in returned)
    soon = clock.today() + timedelta(days=30)
    due = there.scalars(sa.select(Clearance).where(Clearance.next_due_on.between(clock.today(), soon))).all()
    assert [person.name for person in due] == ["Timpani Brown"]
    half = there.scalars(sa.select(Upload)).one()
    assert 0 < half.received < half.size
    spool: Spool = district.extensions["spool"]
    assert (spool.root / half.reference).stat().st_size == half.received


def test_a_second_load_does_nothing(load_into: Callable[..., bool], there: Session) -> None:
    before = there.scalar(sa.select(sa.func.count()).select_from(HistoryEntry))
    there.rollback()
    assert load_into() is False
    assert there.scalar(sa.select(sa.func.count()).select_from(HistoryEntry)) == before


def test_history_is_a_year_old_and_never_in_the_future(there: Session) -> None:
    first, last = there.execute(sa.select(sa.func.min(HistoryEntry.at), sa.func.max(HistoryEntry.at))).one()
    own = there.execute(sa.select(HistoryEntry.at).where(HistoryEntry.step == "register")).scalars().all()
    assert last <= clock.now()
    assert (clock.now() - min(own)).days > 365
    assert first < last


def test_every_state_of_a_case_is_there(there: Session) -> None:
    cases = {(case.kind, case.state) for case in there.scalars(sa.select(Application))}
    for kind in (ApplicationKind.REGISTRATION, ApplicationKind.PORTFOLIO):
        for state in set(S) - {S.EXPIRED}:
            assert (kind, state) in cases, f"no {kind} in {state}"


def test_every_standing_is_there_and_money_without_the_portfolio(there: Session) -> None:
    standings = Counter(there.scalars(sa.select(Organization.state)))
    assert set(standings) == set(PartnerState) - {PartnerState.MERGED}
    funded = there.scalars(sa.select(Organization).where(Organization.state == PartnerState.FUNDED)).all()
    kinds = [{d.kind for d in o.designations} for o in funded]
    assert any(DesignationKind.PORTFOLIO not in held for held in kinds)
    assert any(DesignationKind.PORTFOLIO in held for held in kinds)


def test_made_up_organizations_and_all_real_schools(there: Session) -> None:
    organizations = there.scalars(sa.select(Organization)).all()
    assert len(organizations) == 50
    assert all(organization.made_up for organization in organizations)
    published = list(csv.DictReader(io.StringIO(file_bytes(BOSTON_SCHOOLS).decode())))
    assert set(there.scalars(sa.select(School.dese_id))) == {row["dese_id"] for row in published}


def test_one_case_shows_what_history_says_and_another_the_target(there: Session) -> None:
    def kinds_told(kind: ApplicationKind) -> set[str]:
        cases = there.scalars(
            sa.select(Application).where(Application.kind == kind, Application.state == ApplicationState.SUBMITTED)
        )
        found = [standing.times(there, case, clock.today()) for case in cases]
        return {"history" if times.expected else "target" for times in found if times.expected or times.target}

    assert kinds_told(ApplicationKind.REGISTRATION) == {"history"}
    assert kinds_told(ApplicationKind.PORTFOLIO) == {"target"}


@pytest.mark.parametrize("pile", [p for p in queue.Pile if p is not queue.Pile.MINE])
def test_every_pile_of_the_queue_has_work(there: Session, pile: queue.Pile) -> None:
    coordinator = _sign_in(there, "Coordinator")
    counts = queue.counts(there, actor_for(there, coordinator), queue.Filters(), clock.today())
    assert counts[pile] > 0


@pytest.mark.parametrize("words", ["Coordinator", "Reviewer", "Second reviewer", "Director", "Second director"])
def test_everybody_in_the_office_finds_something_to_do(there: Session, words: str) -> None:
    person = _sign_in(there, words)
    counts = queue.counts(there, actor_for(there, person), queue.Filters(), clock.today())
    assert counts[queue.Pile.MINE] > 0


def test_a_run_over_many_cases_left_its_receipt(there: Session) -> None:
    run = there.scalars(sa.select(BulkRun)).one()
    assert run.state is BulkRunState.FINISHED
    assert [item.state for item in run.items] == [BulkItemState.DONE, BulkItemState.DONE, BulkItemState.REFUSED]
    assert all(item.outcome for item in run.items)
    taken = {item.application.coordinator_id for item in run.items if item.state is BulkItemState.DONE}
    assert taken == {run.made_by_id}


def test_the_desk_shows_what_it_can_do(there: Session) -> None:
    coordinator = _sign_in(there, "Coordinator")
    assert set(people_at_work.features_on(there)) == {
        Feature.AUTOMATIC_ASSIGNMENT,
        Feature.COVER,
        Feature.CROSS_CASE_RATING,
    }
    assert any(view.team and view.filters.as_args() for view in saved_views.offered_to(there, coordinator.id))
    assert set(there.scalars(sa.select(Note.kind))) == set(NoteKind)
    assert set(there.scalars(sa.select(Flag.state))) == set(FlagState)
    assert there.scalars(sa.select(Note).where(Note.from_applicant)).first() is not None


def test_signers_and_the_applicant_are_waited_for(there: Session) -> None:
    invited = sa.select(User.email).join(Signer, Signer.user_id == User.id).where(Signer.state == SignerState.INVITED)
    waiting = set(there.scalars(invited))
    for words in ("Partner, authorized signer", "School leader", "District signatory"):
        assert _sign_in(there, words).email in waiting, words
    applicant = actor_for(there, _sign_in(there, "Applicant, asked for more"))
    asked = there.scalars(
        sa.select(Application).where(
            Application.organization_id.in_(applicant.organizations), Application.state == S.INFORMATION_REQUESTED
        )
    ).all()
    assert len(asked) == 1
    assert asked[0].due_on is not None
    assert asked[0].due_on > clock.today()


def test_one_sign_in_for_each_role(there: Session) -> None:
    emails = [email for _, email, _ in people.demo_sign_ins(there)]
    held: set[Role] = set()
    for user in there.scalars(sa.select(User).where(User.email.in_(emails))):
        held |= {grant.role for grant in user.grants}
    assert held == set(Role) - {Role.ORG_EDITOR, Role.ORG_VIEWER, Role.SCHOOL_LIAISON}
    assert len(emails) == len(set(emails))


def _sign_in(session: Session, words: str) -> User:
    email = next(email for role, email, _ in people.demo_sign_ins(session) if role == words)
    return session.scalars(sa.select(User).where(User.email == email)).one()


def test_agreements_stand_at_every_point(there: Session) -> None:
    states = set(there.scalars(sa.select(Agreement.state)))
    assert states >= {
        AgreementState.DRAFT,
        AgreementState.IN_REVIEW,
        AgreementState.OUT_FOR_SIGNATURE,
        AgreementState.PARTLY_SIGNED,
        AgreementState.IN_FORCE,
        AgreementState.COMPLETED,
        AgreementState.ENDED,
        AgreementState.DECLINED,
        AgreementState.SUSPENDED,
        AgreementState.SUPERSEDED,
        AgreementState.VOIDED,
        AgreementState.EXPIRED,
    }
    assert AgreementState.EXECUTING not in states
    assert set(there.scalars(sa.select(Partnership.state))) >= set(PartnershipState) - {PartnershipState.ENDED}


def test_sealed_documents_are_the_registered_bytes(there: Session, district: Flask) -> None:
    executed = there.scalars(sa.select(ExecutedDocument)).all()
    assert len(executed) >= 6
    for document in executed:
        body = body_of(district.extensions["store"], document.storage_key)
        assert hashlib.sha256(body).hexdigest() == document.sha256
        assert body.startswith(b"%PDF")
        assert document.development_seal


def test_no_school_spends_more_than_it_has(there: Session) -> None:
    year = fund.years(there)[0]
    lines = fund.share_lines(there, year)
    assert sum(line.share.amount_cents for line in lines) == year.total_cents
    assert any(line.committed for line in lines)
    assert all(line.left >= 0 for line in lines)


def test_every_file_opens_as_what_its_type_takes(there: Session, district: Flask, tmp_path: Path) -> None:
    """One of each kind of document, examined as an upload would be; the bytes of all of them are there."""
    seen: dict[str, DocumentVersion] = {}
    store = district.extensions["store"]
    for version in there.scalars(sa.select(DocumentVersion).order_by(DocumentVersion.id)):
        assert hashlib.sha256(body_of(store, version.storage_key)).hexdigest() == version.sha256
        seen.setdefault(version.document.type_key, version)
    assert len(seen) >= 18
    for type_key, version in seen.items():
        kind = load_evidence_types().documents[type_key]
        with store.local(version.storage_key) as path:
            verdict = examine(path, version.filename, kind.formats)
        assert isinstance(verdict, Accepted), (type_key, verdict)
        assert verdict.media_type == version.media_type
    media = {version.media_type for version in seen.values()}
    assert len(media) == 5


def test_evidence_is_accepted_returned_and_soon_to_expire(there: Session) -> None:
    states = set(there.scalars(sa.select(DocumentVersion.state)))
    assert states >= {EvidenceState.RECEIVED, EvidenceState.ACCEPTED, EvidenceState.RETURNED, EvidenceState.REPLACED}
    ahead = DocumentVersion.valid_until >= clock.today()
    soon = there.scalars(sa.select(DocumentVersion.valid_until).where(ahead)).all()
    assert any(day is not None and (day - clock.today()).days <= 60 for day in soon)


def test_designations_end_when_they_should(there: Session) -> None:
    ended = there.scalars(
        sa.select(Designation).join(Designation.organization).where(Organization.state == PartnerState.LAPSED)
    ).all()
    assert ended
    assert all(d.ends_on is not None and d.ends_on < clock.today() for d in ended)


ADDRESS = re.compile(r"[\w.+-]+@[\w.-]+")
TELEPHONE = re.compile(r"\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}")


def test_no_address_or_telephone_could_be_somebodys(there: Session) -> None:
    texts = [str(value) for value in there.scalars(sa.select(Answer.value))]
    texts += there.scalars(sa.select(User.email)).all()
    texts += [str(agreement.draft) for agreement in there.scalars(sa.select(Agreement))]
    for text in texts:
        for address in ADDRESS.findall(text):
            assert address.endswith(".example"), address
        for number in TELEPHONE.findall(text):
            assert re.fullmatch(r"617-555-01\d\d", number), number


def test_only_fresh_news_waits_to_be_mailed(there: Session) -> None:
    waiting = there.scalars(sa.select(OutboxMessage).where(OutboxMessage.delivered_at.is_(None))).all()
    everything = there.scalar(sa.select(sa.func.count()).select_from(OutboxMessage)) or 0
    assert 0 < len(waiting) < everything // 4
    # Looking for doubles, reading the papers of open cases and drawing what is out for signature is left to the first
    # minutes of the worker.
    left = {Event.DUPLICATES_SOUGHT, Event.DOCUMENT_CHECK_WANTED, Event.UNSIGNED_COPY_WANTED}
    assert {message.topic for message in waiting if message.recipient == WORKER} <= left


def test_never_into_production(district: Flask) -> None:
    settings = replace(district.config["SETTINGS"], production=True)
    with district.app_context(), pytest.raises(DemoRefused, match="production"):
        load(db.session(), district.extensions["store"], settings, password="")
