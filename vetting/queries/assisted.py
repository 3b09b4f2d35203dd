"""Applications that the office enters for somebody and that are not sent yet."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from vetting.models import Application, ApplicationState
from vetting.policy import Actor
from vetting.queries.renewals import live_registration, live_renewal

MOST = 200


def waiting(session: Session, actor: Actor) -> list[Application]:
    """Drafts entered by the office, newest first, of organizations that the person stands apart from."""
    closed = set(actor.conflicts) | set(actor.organizations)
    query = (
        sa.select(Application)
        .where(
            Application.state == ApplicationState.DRAFT,
            Application.assisted_by_id.is_not(None),
            Application.organization_id.not_in(closed) if closed else sa.true(),
        )
        .options(joinedload(Application.organization), joinedload(Application.assisted_by))
        .order_by(Application.id.desc())
        .limit(MOST)
    )
    return list(session.scalars(query))


def registration_under_way(session: Session, organization_id: int) -> Application | None:
    """The registration or renewal of an organization that is not decided yet."""
    return live_registration(session, organization_id) or live_renewal(session, organization_id)
