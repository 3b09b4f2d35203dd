"""Questions about whose a case is, and whether it waits."""

from __future__ import annotations

from vetting.data.lanes import load_lanes
from vetting.models import Application, Role
from vetting.queries import custody
from vetting.text import N_, Message, say
from vetting.workflows.commands import ChoosePool, HandOver, HoldCase
from vetting.workflows.definition import Context


def nobody_has_it(application: Application, context: Context) -> Message | None:
    if application.coordinator_id is None:
        return None
    if application.coordinator_id == context.actor.user_id:
        return say(N_("This case is yours already."))
    name = application.coordinator.name if application.coordinator else ""
    return say(N_("%(name)s took this case."), name=name)


def somebody_has_it(application: Application, context: Context) -> Message | None:
    """A case is given back by whoever has it, by a director, or because its person may no longer have it."""
    if application.coordinator_id is None:
        return say(N_("This case is in the pool already."))
    return given_away_by_its_own_person(application, context)


def given_away_by_its_own_person(application: Application, context: Context) -> Message | None:
    """Nobody takes a case out of a colleague's hands, but for a director or the system."""
    if application.coordinator_id in {None, context.actor.user_id} or context.actor.kind == "system":
        return None
    if Role.DIRECTOR not in context.actor.roles:
        return say(N_("Only the person in charge, or a director, can put this case back."))
    return None


def pool_is_another(application: Application, context: Context) -> Message | None:
    """The chosen pool exists, and the case does not lie there already."""
    chosen = context.data
    if not isinstance(chosen, ChoosePool):
        return None
    if chosen.pool and chosen.pool not in load_lanes():
        return say(N_("Choose one of the pools."))
    if application.coordinator_id is None and application.pool_key == chosen.pool:
        return say(N_("This case lies in this pool already."))
    return None


def colleague_can_take_it(application: Application, context: Context) -> Message | None:
    """The chosen person coordinates, has no interest in the organization, does not have the case, and is not away."""
    chosen = context.data
    if not isinstance(chosen, HandOver):
        return None
    return custody.objection(context.session, application, chosen.person_id, context.today)


def not_on_hold(application: Application, context: Context) -> Message | None:
    if application.held_since is None:
        return None
    if application.held_by is None:
        return say(N_("This case is on hold."))
    return say(N_("%(name)s put this case on hold."), name=application.held_by.name)


def on_hold(application: Application, context: Context) -> Message | None:
    return say(N_("This case is not on hold.")) if application.held_since is None else None


def wakes_later(application: Application, context: Context) -> Message | None:
    """A case comes back on a day to come, within a year, on which somebody is there."""
    chosen = context.data
    return custody.wake_objection(chosen.wakes_on, context.today) if isinstance(chosen, HoldCase) else None
