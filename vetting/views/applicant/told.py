"""Who gets mail when people of an organization send something, said before they send it.

People of the organization are named to each other with their addresses. The office is one reader: how many people of
it get the mail is said, and neither who they are nor where.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from vetting import clock
from vetting.extensions import db
from vetting.models import ORGANIZATION_ROLES, Application, GrantState, RoleGrant, User
from vetting.views.guard import actor
from vetting.workflows.definition import Context
from vetting.workflows.registry import workflow_named


@dataclass(frozen=True)
class Told:
    """The readers of the mail of a step: how many in the office, and the people of the organization."""

    office: int
    people: tuple[tuple[str, str], ...]


def office(workflow: str, application: Application, step: str) -> Told:
    """Who would be told now if the person behind the request took this step about ``application``."""
    context = Context(session=db.session(), actor=actor(), now=clock.now())
    subject: Any = application
    names: dict[str, None] = {}
    for audience in workflow_named(workflow).by_name[step][0].tells:
        names |= dict.fromkeys(audience(subject, context))
    ids = [int(name.removeprefix("user:")) for name in names if name.startswith("user:")]
    own = {
        grant.user_id
        for grant in db.session.query(RoleGrant).filter(
            RoleGrant.user_id.in_(ids),
            RoleGrant.organization_id == application.organization_id,
            RoleGrant.state == GrantState.ACTIVE,
            RoleGrant.role.in_(ORGANIZATION_ROLES),
        )
    }
    people = db.session.query(User).filter(User.id.in_(own)).order_by(User.name, User.id)
    return Told(len(ids) - len(own), tuple((person.name or person.email, person.email) for person in people))
