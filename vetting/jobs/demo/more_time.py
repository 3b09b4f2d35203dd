"""More time for one application of the demonstration, somebody who waits for an answer, and a daily mail."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from vetting.jobs.demo.cast import COORDINATORS
from vetting.jobs.demo.plans import reference
from vetting.jobs.demo.scene import Scene
from vetting.models import (
    Application,
    ApplicationKind,
    ApplicationState,
    Extension,
    GrantState,
    Role,
    RoleGrant,
    User,
)
from vetting.notifications.choices import Choice, with_choice
from vetting.queries import deadlines
from vetting.workflows.commands import GiveExtension

WISHES = (
    "Our audit firm sends the financial statement two days after the round closes.",
    "Our program director is back next Monday and signs the letter of reference.",
)


def more_time(scene: Scene) -> None:
    """The first unsent application gets two days more; the people of the second wait for an answer."""
    drafts = scene.session.scalars(
        sa.select(Application)
        .where(Application.kind == ApplicationKind.PORTFOLIO, Application.state == ApplicationState.DRAFT)
        .order_by(Application.id)
        .limit(len(WISHES))
    ).all()
    for number, (draft, wish) in enumerate(zip(drafts, WISHES, strict=False)):
        asked = scene.house.moment(1, 10 + number, 15)
        extension = Extension(
            reference=reference("EXT", draft.reference), application=draft, wish=wish, created_at=asked
        )
        owner = _owner(scene, draft)
        scene.take("extension", extension, "ask", scene.acting(owner.email), asked)
        if number == 0:
            _give(scene, extension)
            owner.preferences = with_choice(owner.preferences, draft.organization_id, Choice(daily=True))


def _give(scene: Scene, extension: Extension) -> None:
    deadline = deadlines.deadline_of(scene.session, extension.application)
    if deadline is not None:
        scene.take(
            "extension",
            extension,
            "give",
            scene.acting(COORDINATORS[0]),
            scene.house.moment(1, 14, 30),
            data=GiveExtension(deadline.shown + timedelta(days=2)),
            reason="The statement comes from somebody else, and everything else is here.",
        )


def _owner(scene: Scene, draft: Application) -> User:
    return scene.session.scalars(
        sa.select(User)
        .join(RoleGrant, RoleGrant.user_id == User.id)
        .where(
            RoleGrant.organization_id == draft.organization_id,
            RoleGrant.role == Role.ORG_OWNER,
            RoleGrant.state == GrantState.ACTIVE,
        )
        .order_by(User.id)
        .limit(1)
    ).one()
