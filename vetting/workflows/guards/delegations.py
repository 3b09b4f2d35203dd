"""Questions about letting somebody act for a school's leader."""

from __future__ import annotations

import sqlalchemy as sa

from vetting.models import Delegation, School
from vetting.queries import delegations, settings
from vetting.text import N_, Message, say
from vetting.workflows.definition import Context


def days_make_sense(delegation: Delegation, context: Context) -> Message | None:
    if delegation.ends_on < context.today:
        return say(N_("Give a last day that is not before today."))
    if delegation.ends_on < delegation.starts_on:
        return say(N_("The last day cannot be before the first."))
    if delegation.ends_on - delegation.starts_on > delegations.LONGEST:
        return say(N_("Somebody can act for you for a year at most."))
    return None


def one_of_the_school(delegation: Delegation, context: Context) -> Message | None:
    """The person belongs to the school already and does not lead it; leaders speak only for themselves."""
    if delegation.leader_id != context.actor.user_id:
        return say(N_("You can only let somebody act for yourself."))
    known = {user.id for user in delegations.people_of(context.session, delegation.school_id)}
    if delegation.delegate_id not in known:
        return say(N_("Choose a person who has a role at your school."))
    return None


def signing_is_allowed(delegation: Delegation, context: Context) -> Message | None:
    if delegation.may_sign and not settings.delegates_sign(context.session):
        return say(N_("In this district a school leader signs in person, so signing cannot be left to somebody else."))
    return None


def nothing_in_the_way(delegation: Delegation, context: Context) -> Message | None:
    """On one day, a person acts for one leader of a school, so that the history can say for whom."""
    if context.acting:
        # Two who ask at once for the same person would otherwise both be let through.
        context.session.execute(sa.select(School.id).where(School.id == delegation.school_id).with_for_update())
    if any(other.delegate_id == delegation.delegate_id for other in delegations.meanwhile(context.session, delegation)):
        return say(N_("This person acts for a leader of the school on some of these days already. End that first."))
    return None
