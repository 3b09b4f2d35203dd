"""Questions about documents that run out, and about waivers."""

from __future__ import annotations

from datetime import date, timedelta

import sqlalchemy as sa

from vetting.calendar_days import school_year_bounds, school_year_of
from vetting.models import Lapse, Waiver, WaiverState
from vetting.queries import lapses
from vetting.text import N_, Message, say
from vetting.workflows.definition import Context
from vetting.workflows.lapse_commands import GiveGrace, GiveWaiver, HoldLapse

MOST_GRACE = 60
MOST_HOLD = timedelta(days=180)


def it_is_out(lapse: Lapse, context: Context) -> Message | None:
    """Looked at again in the transaction, because a document may have come a moment ago."""
    if lapses.standing_of(context.session, lapse, context.today).in_force:
        return say(N_("A good document is there by now."))
    return None


def it_is_good_again(lapse: Lapse, context: Context) -> Message | None:
    if not lapses.standing_of(context.session, lapse, context.today).in_force:
        return say(N_("There is no document yet that is good today."))
    return None


def stood_on_the_page(lapse: Lapse, context: Context) -> Message | None:
    """Nothing happens that the office could not see coming for at least a day."""
    if lapse.foreseen_on >= context.today:
        return say(N_("The office has not seen this coming for a day yet."))
    return None


def something_is_due(lapse: Lapse, context: Context) -> Message | None:
    """A consequence whose day has come, is not in force yet, and is not held off."""
    if lapses.held(lapse, context.today):
        return say(N_("Somebody holds this off until a later day."))
    blocks = lapse.blocks_on is not None and lapse.blocks_on <= context.today and not lapse.blocking
    hides = lapse.hides_on is not None and lapse.hides_on <= context.today and not lapse.hiding
    return None if blocks or hides else say(N_("Nothing is due yet."))


def grace_is_short(lapse: Lapse, context: Context) -> Message | None:
    if isinstance(context.data, GiveGrace) and not 1 <= context.data.days <= MOST_GRACE:
        return say(N_("Give between 1 and %(most)s days."), most=MOST_GRACE)
    return None


def hold_ends(lapse: Lapse, context: Context) -> Message | None:
    if not isinstance(context.data, HoldLapse):
        return None
    if context.data.until < context.today:
        return say(N_("Choose a day that is not over."))
    if context.data.until > context.today + MOST_HOLD:
        return say(N_("Hold it for 180 days at most. You can do so again later."))
    return None


def has_consequences(lapse: Lapse, context: Context) -> Message | None:
    if lapse.blocks_on is None and lapse.hides_on is None:
        return say(N_("Nothing happens when this document runs out, so there is nothing to put off."))
    return None


def can_be_waived(waiver: Waiver, context: Context) -> Message | None:
    kind = lapses.kind_of(waiver.type_key)
    if kind is None or not kind.waivable:
        return say(N_("The district cannot waive this kind of document."))
    return None


def days_fit(waiver: Waiver, context: Context) -> Message | None:
    """From first to last day inside one school year, and not over."""
    return _fit(waiver.starts_on, waiver.ends_on, context)


def given_days_fit(waiver: Waiver, context: Context) -> Message | None:
    given = context.data
    return _fit(given.starts_on, given.ends_on, context) if isinstance(given, GiveWaiver) else None


def _fit(starts_on: object, ends_on: object, context: Context) -> Message | None:
    if not isinstance(starts_on, date) or not isinstance(ends_on, date):
        return say(N_("Give the first and the last day."))
    if ends_on < starts_on:
        return say(N_("The last day cannot be before the first."))
    if ends_on < context.today:
        return say(N_("The last day is already past."))
    if ends_on > school_year_bounds(school_year_of(max(starts_on, context.today)))[1]:
        return say(N_("A waiver ends with the school year at the latest. Ask again for the next one."))
    return None


def none_is_asked_for(waiver: Waiver, context: Context) -> Message | None:
    same = sa.select(Waiver.id).where(
        Waiver.organization_id == (waiver.organization_id or waiver.organization.id),
        Waiver.type_key == waiver.type_key,
        Waiver.state == WaiverState.ASKED,
    )
    if context.session.scalars(same.limit(1)).first() is not None:
        return say(N_("A waiver for this document is already asked for."))
    return None


def has_a_reason(waiver: Waiver, context: Context) -> Message | None:
    return None if waiver.reason.strip() else say(N_("Say why."))


def somebody_else_decides(waiver: Waiver, context: Context) -> Message | None:
    if waiver.asked_by_id == context.actor.user_id:
        return say(N_("Somebody else decides, because you asked for it."))
    return None


def has_conditions(waiver: Waiver, context: Context) -> Message | None:
    given = context.data
    if isinstance(given, GiveWaiver) and not given.conditions.strip():
        return say(N_("Say under which conditions, for example who supervises."))
    return None
