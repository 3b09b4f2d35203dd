"""Something of an organization that ran out, a waiver that waits, a hold, a schedule and a planned removal."""

from __future__ import annotations

from datetime import timedelta

from tests.factories import Factory
from vetting import clock, refs
from vetting.models import (
    Disposal,
    Lapse,
    LegalHold,
    Organization,
    RetentionSchedule,
    Role,
    User,
    Waiver,
)
from vetting.workflows.lapse_commands import Foresee

GENERAL, AUTO = "coi_general_liability", "coi_auto"


def add(make: Factory, organization: Organization, asker: User) -> dict[str, str]:
    """References of all of them, by the name of the workflow; ``asker`` edits for the organization."""
    today = clock.today()
    records, director = make.person("Ria Records", Role.RECORDS_OFFICER), make.person("Dell Director", Role.DIRECTOR)
    lapse = Lapse(
        reference=refs.new_reference("LAP"),
        organization_id=organization.id,
        type_key=GENERAL,
        out_from=today + timedelta(days=3),
        foreseen_on=today,
    )
    make.take("lapse", lapse, "foresee", data=Foresee(lapse.out_from))
    waiver = Waiver(
        reference=refs.new_reference("WVR"),
        organization=organization,
        type_key=AUTO,
        reason="School staff are always there.",
        starts_on=today,
        ends_on=today + timedelta(days=7),
        asked_by_id=asker.id,
    )
    make.take("waiver", waiver, "ask", make.actor(asker))
    hold = LegalHold(
        reference=refs.new_reference("HLD"),
        organization=organization,
        reason="A records request.",
        placed_by_id=records.id,
        placed_on=today,
    )
    make.take("legal_hold", hold, "place", make.actor(records))
    schedules = []
    for number, step in ((1, "approve"), (2, "")):
        schedule = RetentionSchedule(
            number=number,
            content={"application_selected": {"years": 7, "from": "listing_end"}},
            content_sha256="1" * 64,
            reason="The state's schedule.",
            proposed_by_id=director.id,
        )
        make.take("retention_schedule", schedule, "propose", make.actor(director))
        if step:
            make.take("retention_schedule", schedule, step, make.actor(records))
        schedules.append(schedule)
    run = Disposal(
        reference=refs.new_reference("RMV"), schedule=schedules[0], planned_by_id=records.id, planned_on=today
    )
    make.take("disposal", run, "plan", make.actor(records))
    return {
        "lapse": lapse.reference,
        "waiver": waiver.reference,
        "hold": hold.reference,
        "schedule": str(schedules[1].number),
        "schedule_key": str(schedules[1].id),
        "removal": run.reference,
    }
