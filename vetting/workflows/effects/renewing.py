"""How a renewal ends: the next designation without a day between, or the end of the one it kept in force."""

from __future__ import annotations

from vetting.models import Application, DesignationKind, DesignationState, ProgramState
from vetting.queries import tasklist
from vetting.workflows.definition import Context
from vetting.workflows.effects import designations, profiles


def grant(application: Application, context: Context) -> None:
    """An approved renewal: facts and programs as they are now, and the next designation without a day between."""
    profiles.publish(application, context)
    leaving = tasklist.leaving_out(application)
    for program in application.organization.programs:
        if program.id in leaving:
            if program.state is ProgramState.APPROVED:
                context.then("program", program, "hide")
            if program.state in {ProgramState.HIDDEN, ProgramState.DRAFT}:
                context.then("program", program, "archive")
    designations.renew_partner(application, context)
    designations.follow(application.organization, context)


def settle_overdue(application: Application, context: Context) -> None:
    """A renewal that came in time kept the old designation in force; when it ends without approval, that is over."""
    for designation in application.organization.designations:
        over = designation.ends_on is not None and designation.ends_on < context.today
        held = designation.state is DesignationState.IN_FORCE and designation.kind is DesignationKind.PARTNER
        if held and over:
            context.then("designation", designation, "end")
