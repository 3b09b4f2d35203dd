"""What an approval rests on is kept when it is given; what steps of lapses and waivers change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from vetting.data.evidence_types import Instead, Risk, kinds_answered_by
from vetting.lapses.standing import bites
from vetting.models import Application, ApplicationKind, DocumentVersion, Lapse, LapseState, Requirement, Waiver
from vetting.queries import lapses, tasklist
from vetting.workflows.definition import Context
from vetting.workflows.effects import designations
from vetting.workflows.lapse_commands import Foresee, GiveGrace, GiveWaiver, HoldLapse


def pin(application: Application, context: Context) -> None:
    """The approval rests on the documents that the decided application asked for; a renewal takes their place.

    What a number or a list kept here answered for is among them: either may be gone one day.
    """
    organization_id = application.organization_id
    listings = sa.select(Application.id).where(
        Application.organization_id == organization_id, Application.kind == ApplicationKind.PORTFOLIO
    )
    context.session.execute(
        sa.delete(Requirement).where(
            Requirement.organization_id == organization_id, Requirement.application_id.not_in(listings)
        )
    )
    for program_id, type_key in tasklist.documents_required(application):
        _rest_on(application, program_id, type_key, context)


def pin_listing(application: Application, context: Context) -> None:
    """A listing rests on what it asked for about safety as long as it lasts; the papers of a round are read once."""
    for _program_id, type_key in tasklist.documents_required(application):
        if lapses.risk_of(type_key) is not Risk.LOW:
            _rest_on(application, application.program_id, type_key, context)


def _rest_on(application: Application, program_id: int | None, type_key: str, context: Context) -> None:
    context.session.add(
        Requirement(
            organization_id=application.organization_id,
            program_id=program_id,
            type_key=type_key,
            application_id=application.id,
            since=context.today,
        )
    )


def look_again(version: DocumentVersion, context: Context) -> None:
    """A document came or was accepted: what it mends is mended in the same transaction."""
    lapse = lapses.open_lapses(context.session, version.organization_id).get(version.document.type_key)
    if lapse is not None:
        _close_if_good(lapse, context)


def look_again_at(organization_id: int, instead: Instead, context: Context) -> None:
    """What stands in the place of some documents changed: what that mends is mended in the same transaction."""
    context.session.flush()
    out = lapses.open_lapses(context.session, organization_id)
    for kind in kinds_answered_by(instead):
        if kind in out:
            _close_if_good(out[kind], context)


def _close_if_good(lapse: Lapse, context: Context) -> None:
    now = lapses.standing_of(context.session, lapse, context.today)
    # What will run out in spite of it stays where the office sees it coming.
    if not now.in_force or (
        lapse.state is LapseState.FORESEEN and now.out_from is not None and _near(now.out_from, context)
    ):
        return
    context.then("lapse", lapse, "waive" if now.waived else "mend")


def _near(day: Any, context: Context) -> bool:
    return bool(day <= context.today + timedelta(days=lapses.rules(context.session).foresee_days))


def foresee(lapse: Lapse, context: Context) -> Mapping[str, Any]:
    """What will happen when, under the settings in force."""
    if isinstance(context.data, Foresee):
        if context.data.out_from > lapse.out_from:
            # Days of grace were given for an end that a newer document has put off.
            lapse.grace_days = 0
        lapse.out_from = context.data.out_from
    lapse.foreseen_on = context.today
    grace = lapses.rules(context.session).grace[lapses.risk_of(lapse.type_key)]
    days = bites(grace, lapse.out_from, context.today, lapse.grace_days)
    lapse.blocks_on = lapse.blocks_on if lapse.blocking else days.blocks_on
    lapse.hides_on = lapse.hides_on if lapse.hiding else days.hides_on
    return _days(lapse)


def _days(lapse: Lapse) -> Mapping[str, Any]:
    found = {"type": lapse.type_key, "out_from": lapse.out_from.isoformat()}
    for name in ("blocks_on", "hides_on", "held_until"):
        day = getattr(lapse, name)
        if day is not None:
            found[name] = day.isoformat()
    return found


def bite(lapse: Lapse, context: Context) -> Mapping[str, Any]:
    """Whatever is due by now is in force."""
    lapse.blocking = lapse.blocks_on is not None and lapse.blocks_on <= context.today
    lapse.hiding = lapse.hides_on is not None and lapse.hides_on <= context.today
    context.session.flush()
    designations.follow(lapse.organization, context)
    return {**_days(lapse), "blocking": lapse.blocking, "hiding": lapse.hiding}


def close(lapse: Lapse, context: Context) -> Mapping[str, Any]:
    """Nothing of it is in force any more."""
    lapse.closed_on = context.today
    release(lapse, context)
    return _days(lapse)


def release(lapse: Lapse, context: Context) -> None:
    """Take the consequences back; the listing comes back unless something else keeps it off."""
    lapse.blocking = lapse.hiding = False
    context.session.flush()
    designations.follow(lapse.organization, context)


def give_grace(lapse: Lapse, context: Context) -> Mapping[str, Any]:
    given: GiveGrace = context.data
    more = timedelta(days=given.days)
    for name in ("blocks_on", "hides_on"):
        planned = getattr(lapse, name)
        if planned is not None:
            setattr(lapse, name, max(planned, context.today) + more)
    lapse.grace_days += given.days
    release(lapse, context)
    return {**_days(lapse), "days": given.days}


def hold(lapse: Lapse, context: Context) -> Mapping[str, Any]:
    given: HoldLapse = context.data
    lapse.held_until = given.until
    release(lapse, context)
    return _days(lapse)


def give_waiver(waiver: Waiver, context: Context) -> Mapping[str, Any]:
    """It counts at once for what it waives."""
    given: GiveWaiver = context.data
    waiver.conditions, waiver.starts_on, waiver.ends_on = given.conditions.strip(), given.starts_on, given.ends_on
    _decided(waiver, context)
    context.session.flush()
    lapse = lapses.open_lapses(context.session, waiver.organization_id).get(waiver.type_key)
    if lapse is not None:
        _close_if_good(lapse, context)
    return {
        "type": waiver.type_key,
        "starts_on": waiver.starts_on.isoformat(),
        "ends_on": waiver.ends_on.isoformat(),
        "conditions": waiver.conditions,
    }


def decline_waiver(waiver: Waiver, context: Context) -> Mapping[str, Any]:
    _decided(waiver, context)
    return {"type": waiver.type_key}


def take_back_waiver(waiver: Waiver, context: Context) -> Mapping[str, Any]:
    """From today on it no longer counts; its earlier days did."""
    waiver.taken_back_on = context.today
    return {"type": waiver.type_key}


def _decided(waiver: Waiver, context: Context) -> None:
    waiver.decided_by_id = context.actor.user_id
    waiver.decided_at = context.now
    waiver.answer = context.reason
