"""Questions about whose a case is, and whether it waits."""

from __future__ import annotations

from vetting.models import Application, Role
from vetting.policy import Permission, allows
from vetting.queries import people_at_work
from vetting.text import N_, Message, say
from vetting.workflows.commands import HandOver, HoldCase
from vetting.workflows.definition import Context


def nobody_has_it(application: Application, context: Context) -> Message | None:
    if application.coordinator_id is None:
        return None
    if application.coordinator_id == context.actor.user_id:
        return say(N_("This case is yours already."))
    name = application.coordinator.name if application.coordinator else ""
    return say(N_("%(name)s took this case."), name=name)


def somebody_has_it(application: Application, context: Context) -> Message | None:
    """A case is given back by whoever has it, or by a director."""
    if application.coordinator_id is None:
        return say(N_("This case is in the pool already."))
    if application.coordinator_id != context.actor.user_id and Role.DIRECTOR not in context.actor.roles:
        return say(N_("Only the person in charge, or a director, can put this case back."))
    return None


def colleague_can_take_it(application: Application, context: Context) -> Message | None:
    """The chosen person coordinates, and has no interest in the organization."""
    chosen = context.data
    if not isinstance(chosen, HandOver):
        return None
    person = people_at_work.actor_of(context.session, chosen.person_id)
    if person is None or not allows(Permission.CASE_CUSTODY, person, application):
        return say(N_("Choose a colleague who can be in charge of this case."))
    if chosen.person_id == application.coordinator_id:
        return say(N_("This person has the case already."))
    return None


def not_on_hold(application: Application, context: Context) -> Message | None:
    return say(N_("This case is on hold.")) if application.held_since is not None else None


def on_hold(application: Application, context: Context) -> Message | None:
    return say(N_("This case is not on hold.")) if application.held_since is None else None


def wakes_later(application: Application, context: Context) -> Message | None:
    chosen = context.data
    if isinstance(chosen, HoldCase) and chosen.wakes_on <= context.today:
        return say(N_("Give a day after today on which the case comes back."))
    return None
