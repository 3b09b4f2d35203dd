"""What people of the demonstration say about open cases: a call, a visit, comments, messages, flags. All made up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from vetting import clock
from vetting.jobs.demo.scene import Scene
from vetting.models import (
    OPEN_STATES,
    Application,
    Flag,
    GrantState,
    Note,
    NoteKind,
    Role,
    RoleGrant,
    SeenBy,
    User,
)

CASES = 3
"""So many cases have something written about them; the first of them has it all."""


def talk(scene: Scene) -> None:
    """Write about the open cases that somebody is in charge of, the oldest first."""
    for number, case in enumerate(_cases(scene)):
        _talk_about(scene, case, whole=number == 0)


def _cases(scene: Scene) -> Sequence[Application]:
    return scene.session.scalars(
        sa.select(Application)
        .where(Application.state.in_(OPEN_STATES), Application.coordinator_id.is_not(None))
        .order_by(Application.id)
        .limit(CASES)
    ).all()


def _talk_about(scene: Scene, case: Application, *, whole: bool) -> None:
    boss, owner = scene.session.get_one(User, case.coordinator_id), _owner(scene, case)
    morning, noon = scene.house.moment(1, 9, 20), scene.house.moment(1, 12, 5)
    call = _note(case, boss, NoteKind.CALL, "They ask when the visit is. We agreed on a morning next week.", morning)
    call.happened_on, call.with_whom = clock.local_date(morning), f"{owner.name}, {case.organization.legal_name}"
    scene.take("note", call, "write", scene.acting(boss.email), morning)
    text = "Thank you for your application. On which mornings next week could we visit you?"
    message = _note(case, boss, NoteKind.MESSAGE, text, noon)
    scene.take("note", message, "send", scene.acting(boss.email), noon)
    if not whole:
        return
    later = scene.house.moment(1, 15, 40)
    answer = _note(case, owner, NoteKind.MESSAGE, "Tuesday or Thursday, from nine o'clock on.", later)
    answer.from_applicant = True
    scene.take("note", answer, "reply", scene.acting(owner.email), later)
    comment = _note(case, boss, NoteKind.COMMENT, "Tuesday fits. I take the checklist for safety along.", later)
    comment.parent = call
    scene.take("note", comment, "write", scene.acting(boss.email), later)
    flag = Flag(
        application=case,
        reason="The insurance certificate names another address than the application.",
        section="",
        owner_id=boss.id,
        raised_by_id=boss.id,
        created_at=later,
    )
    scene.take("flag", flag, "raise", scene.acting(boss.email), later)


def _owner(scene: Scene, case: Application) -> User:
    query = sa.select(User).join(RoleGrant, RoleGrant.user_id == User.id)
    return scene.session.scalars(
        query.where(
            RoleGrant.organization_id == case.organization_id,
            RoleGrant.role == Role.ORG_OWNER,
            RoleGrant.state == GrantState.ACTIVE,
        )
        .order_by(User.id)
        .limit(1)
    ).one()


def _note(case: Application, author: User, kind: NoteKind, body: str, at: datetime) -> Note:
    seen_by = SeenBy.APPLICANT if kind is NoteKind.MESSAGE else SeenBy.OFFICE
    return Note(application=case, author_id=author.id, kind=kind, seen_by=seen_by, body=body, created_at=at)
