"""What happens beside and after: assessments of schools, endings, an emergency, invitations, and old mail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vetting import canonical, tokens
from vetting.calendar_days import school_year_of
from vetting.events import Event
from vetting.jobs.demo.cast import ADMIN, DIRECTORS, REVIEWERS, SHOWN_SCHOOL, leader_email
from vetting.jobs.demo.contracts import find
from vetting.jobs.demo.plans import agreements, dealt, organization, reference, texts
from vetting.jobs.demo.scene import House, Scene
from vetting.models import (
    CLOSED_STATES,
    Agreement,
    AgreementVersion,
    Application,
    Assessment,
    Conflict,
    Document,
    DocumentVersion,
    EvidenceLink,
    HistoryEntry,
    Invitation,
    OutboxMessage,
    ReferenceKind,
    RetentionSchedule,
    Role,
)
from vetting.queries import retention
from vetting.queries.agreements import OUT
from vetting.queries.references import current, effectiveness
from vetting.workflows.commands import PlannedAction, SaveAssessment
from vetting.workflows.effects.accounts import INVITATION_LIFE
from vetting.workflows.effects.suspensions import drafted

STILL_NEWS_DAYS = 3
PAST = "Not sent: part of the demonstration's past."

ASSESSED = (("00350390", True), (SHOWN_SCHOOL, False))
"""Schools with an assessment of this year, and whether it is complete."""


def end_agreements(scene: Scene) -> None:
    """One agreement ends before its time, by word of the school's leader."""
    for plan in agreements():
        if plan.state == "ended":
            scene.take(
                "agreement",
                find(scene, plan),
                "end",
                scene.acting(leader_email(plan.school)),
                scene.house.moment(plan.age - 60),
                reason="The building closes for repairs this summer. Both sides agreed to stop.",
            )


def leave(scene: Scene) -> None:
    """One partner leaves."""
    plan = organization("glass_slipper_dance")
    scene.take(
        "partner",
        scene.organization(plan),
        "exit",
        scene.acting(plan.owner_email),
        scene.house.moment(31),
        reason="We are moving to another made-up city. Thank you for a good year.",
    )


def propose_how_long(scene: Scene) -> None:
    """A director proposes how long files are kept; the records officer has not looked at it yet."""
    director = scene.acting(DIRECTORS[0])
    assert director.user_id is not None  # noqa: S101 - for the type checker
    content = retention.shipped()
    schedule = RetentionSchedule(
        number=retention.next_number(scene.session),
        content=content,
        content_sha256=canonical.digest("retention-schedule", content),
        reason="The periods that came with the program, for our records officer to check.",
        proposed_by_id=director.user_id,
    )
    scene.take("retention_schedule", schedule, "propose", director, scene.house.moment(2, 15))


def suspend(scene: Scene) -> None:
    """An emergency that a second person still has to look at."""
    at = scene.house.moment(1, 16)
    director = scene.acting(DIRECTORS[0])
    assert director.user_id is not None  # noqa: S101 - for the type checker
    plan = organization("dragonfly_debate")
    reason = "A school reports that a group was without an adult on Tuesday. We stop services until we know more."
    suspension = drafted(scene.session, scene.organization(plan), director.user_id, reason, at)
    scene.take("suspension", suspension, "impose", director, at, reason=reason)


def assess(scene: Scene) -> None:
    """Two schools look at their partnerships; one is done."""
    version = current(scene.session, ReferenceKind.EFFECTIVENESS, "partnership-effectiveness")
    indicators = list(effectiveness(version).indicators)
    notes = texts()["assessment"]
    for dese_id, complete in ASSESSED:
        leader = scene.acting(leader_email(dese_id))
        at = scene.house.moment(26 if complete else 4)
        assessment = Assessment(
            school=scene.school(dese_id),
            school_year=school_year_of(scene.house.today),
            framework_version=version,
            started_by_id=leader.user_id,
            created_at=at,
        )
        scene.take("assessment", assessment, "start", leader, at)
        wanted = indicators if complete else indicators[: len(indicators) // 2]
        levels = {i.key: 1 + dealt(f"{dese_id}{i.key}", 4) for i in wanted}
        actions = (
            PlannedAction(
                "Name one contact for each partner and tell all staff", "Principal", "DL1", scene.house.day(30)
            ),
            PlannedAction("Meet all partners together before winter break", "Liaison", "EC1", scene.house.day(21)),
        )
        command = SaveAssessment({key: (level, notes[level]) for key, level in levels.items()}, actions)
        scene.take("assessment", assessment, "save", leader, at, data=command)
        if complete:
            scene.take("assessment", assessment, "submit", leader, scene.house.moment(25))


def declare_interest(scene: Scene) -> None:
    """A reviewer says in advance that they know somebody."""
    reviewer = scene.acting(REVIEWERS[2])
    conflict = Conflict(
        user_id=reviewer.user_id,
        organization_id=scene.organization(organization("mermaid_makerspace")).id,
        reason="I was on the board until last year.",
    )
    scene.take("conflict", conflict, "declare", reviewer, scene.house.moment(40))


def invite(scene: Scene) -> None:
    """People who have not answered yet."""
    partner = organization("seven_moons_science")
    keys = (scene.house.settings.secret_key, *scene.house.settings.secret_keys_before)
    school = scene.school("00350374")
    rows: tuple[tuple[str, str, str, Role, Mapping[str, Any]], ...] = (
        (ADMIN, "rina.reviewer@district.example", "Rina Reviewer", Role.REVIEWER, {}),
        (ADMIN, "leader.00350374@schools.example", "Linus Leader", Role.SCHOOL_LEADER, {"school": school}),
        (
            partner.owner_email,
            f"editor@{partner.host}",
            "Edda Editor",
            Role.ORG_EDITOR,
            {"organization": scene.organization(partner)},
        ),
    )
    for days_ago, (by, email, name, role, place) in enumerate(rows, start=1):
        at = scene.house.moment(days_ago)
        nonce = tokens.new_nonce()
        invitation = Invitation(
            reference=reference("INV", email),
            email=email,
            name=name,
            role=role,
            organization_id=place["organization"].id if "organization" in place else None,
            school_id=place["school"].id if "school" in place else None,
            nonce=nonce,
            token_digest=tokens.digest(tokens.invitation_token(keys, nonce)),
            expires_at=at + INVITATION_LIFE,
            invited_by_id=scene.acting(by).user_id,
            created_at=at,
        )
        scene.take("invitation", invitation, "invite", scene.acting(by), at)


def keep_old_mail(session: Session, house: House) -> None:
    """Mail about what is long past is not sent: only the news of the last days still waits for the worker."""
    news = house.moment(STILL_NEWS_DAYS)
    when = {
        (kind, subject_id, sequence): at
        for kind, subject_id, sequence, at in session.execute(
            sa.select(HistoryEntry.subject_type, HistoryEntry.subject_id, HistoryEntry.sequence, HistoryEntry.at)
        )
    }
    open_papers = _papers_of_open_cases(session)
    to_sign = _versions_out_for_signature(session)
    for message in session.scalars(sa.select(OutboxMessage).where(OutboxMessage.delivered_at.is_(None))):
        payload = message.payload
        if message.topic == Event.DOCUMENT_CHECK_WANTED:
            paper = (payload["reference"], payload["number"])
            if paper not in open_papers:
                message.delivered_at, message.outcome = message.available_at, PAST
            # One look at each is enough.
            open_papers.discard(paper)
            continue
        if message.topic == Event.UNSIGNED_COPY_WANTED:
            if payload["version_id"] not in to_sign:
                message.delivered_at, message.outcome = message.available_at, PAST
            continue
        at = when.get((payload.get("subject_type", ""), payload.get("subject_id", 0), payload.get("sequence", 0)))
        if at is not None and (at < news or message.recipient == "worker"):
            message.available_at = message.delivered_at = at
            message.outcome = PAST


def _versions_out_for_signature(session: Session) -> set[int]:
    """Texts that somebody may still read before signing; nobody opens the unsigned copy of the others."""
    found = sa.select(AgreementVersion.id).join(AgreementVersion.agreement).where(Agreement.state.in_(OUT))
    return set(session.scalars(found))


def _papers_of_open_cases(session: Session) -> set[tuple[str, int]]:
    """Documents that somebody may still act on; to read all the others would keep a visitor's machine busy."""
    found = session.execute(
        sa.select(Document.reference, DocumentVersion.number)
        .join(DocumentVersion.document)
        .join(EvidenceLink, EvidenceLink.document_version_id == DocumentVersion.id)
        .join(EvidenceLink.application)
        .where(Application.state.not_in(CLOSED_STATES))
    )
    return {(reference, number) for reference, number in found}
