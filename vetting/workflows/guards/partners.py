"""Questions about organizations and suspensions."""

from __future__ import annotations

from vetting.models import Organization, Suspension
from vetting.queries import settings
from vetting.text import N_, Message, say
from vetting.workflows.definition import Context


def name_is_given(organization: Organization, context: Context) -> Message | None:
    return None if organization.legal_name.strip() else say(N_("Enter the legal name of your organization."))


def not_suspended_already(suspension: Suspension, context: Context) -> Message | None:
    others = [s for s in suspension.organization.suspensions if s is not suspension]
    if settings.any_in_force(others):
        return say(N_("This organization is suspended already."))
    return None


def a_second_person(suspension: Suspension, context: Context) -> Message | None:
    """The one who imposed a suspension does not review it."""
    if suspension.imposed_by_id == context.actor.user_id:
        return say(N_("You imposed this suspension. A different person reviews it."))
    return None
