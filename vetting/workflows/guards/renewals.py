"""Questions before something is renewed, certified, or lapses because nobody acts."""

from __future__ import annotations

from babel.dates import format_date

from vetting.clock import local_date
from vetting.data.certificate import load_certificate
from vetting.models import (
    OPEN_STATES,
    Application,
    ApplicationKind,
    Designation,
    DesignationKind,
    Program,
    ProgramState,
)
from vetting.queries import lapsing, renewals, settings, tasklist
from vetting.text import N_, Message, say
from vetting.workflows.commands import BringOver, Certify, ChoosePrograms
from vetting.workflows.definition import Context

RENEWED = frozenset({ProgramState.APPROVED, ProgramState.HIDDEN})


def renewal_is_due(application: Application, context: Context) -> Message | None:
    """Only an approval can be renewed, from some weeks before its end, and by one renewal at a time."""
    if application.kind is not ApplicationKind.RENEWAL:
        return None
    organization = application.organization
    if organization.state in renewals.NOT_NOW:
        return say(N_("This cannot be renewed now. Write to the partnerships office."))
    days = renewals.window_days(settings.process_settings(context.session).content)
    term = renewals.term_of(organization.designations, days)
    if term is None:
        return say(N_("There is nothing to renew. Register as a School-Community Partner first."))
    if not term.is_open(context.today):
        return say(N_("You can renew from %(day)s on."), day=str(format_date(term.opens_on, "long", locale="en")))
    if renewals.live_renewal(context.session, organization.id) is not None:
        return say(N_("A renewal is under way already."))
    return None


def can_be_brought(application: Application, context: Context) -> Message | None:
    """Only what the same organization gave before, and only once."""
    command = context.data
    if application.carryover is not None:
        return say(N_("The answers were brought over already."))
    if not isinstance(command, BringOver) or command.source is None:
        return None
    source = command.source
    same = source.organization_id == application.organization_id and source.id != application.id
    alike = (source.kind is ApplicationKind.PORTFOLIO) is (application.kind is ApplicationKind.PORTFOLIO)
    if not same or not alike or source.program_id != application.program_id:
        return say(N_("These answers belong to another application."))
    return None


def a_program_stays(application: Application, context: Context) -> Message | None:
    """A renewal is for at least one program, and can only leave out programs of the organization."""
    command = context.data
    if application.kind is not ApplicationKind.RENEWAL or application.carryover is None:
        return say(N_("Programs are chosen in a renewal."))
    if not isinstance(command, ChoosePrograms):
        return None
    own: dict[int, Program] = {
        p.id: p for p in application.organization.programs if p.state is not ProgramState.ARCHIVED
    }
    if not set(command.leaving) <= set(own):
        return say(N_("Choose among your own programs."))
    return None if set(own) - set(command.leaving) else say(N_("Keep at least one program."))


def something_to_check(application: Application, context: Context) -> Message | None:
    return None if application.carryover is not None else say(N_("Nothing was brought over into this application."))


def answers_checked(application: Application, context: Context) -> Message | None:
    """Answers whose question was changed, or that somebody else gave, are looked at before they are sent."""
    count = len(renewals.unchecked(application))
    return say(N_("Check the answers we brought over that are marked: %(count)s."), count=count) if count else None


def nothing_changed(application: Application, context: Context) -> Message | None:
    """A certificate says that everything stands; then it must."""
    kept = application.carryover
    if application.kind is not ApplicationKind.RENEWAL or kept is None or kept.source is None:
        return say(N_("Only a renewal of answers you gave before can be certified."))
    if kept.asked or kept.to_check:
        return say(N_("The questions have changed since last time, so answer the new ones and send the renewal."))
    if tasklist.missing(application):
        return say(N_("Something is missing or has ended. Complete it and send the renewal."))
    changed = renewals.differences(application) + renewals.new_documents(application) + len(kept.leaving)
    new = [p for p in tasklist.programs_of(application) if p.state not in RENEWED]
    if changed or new:
        return say(N_("You changed something, so send the renewal with your changes."))
    return None


def statement_is_current(application: Application, context: Context) -> Message | None:
    command = context.data
    if isinstance(command, Certify) and command.statement != load_certificate().header.name:
        return say(N_("The statement changed. Read it again, and then certify."))
    return None


def no_renewal_waits(designation: Designation, context: Context) -> Message | None:
    """A renewal that came in time keeps an approval in force until it is decided."""
    if designation.kind is not DesignationKind.PARTNER or designation.ends_on is None:
        return None
    renewal = renewals.live_renewal(context.session, designation.organization_id)
    if renewal is None or renewal.state not in OPEN_STATES or renewal.received_at is None:
        return None
    if local_date(renewal.received_at) > designation.ends_on:
        return None
    return say(N_("A renewal that came in time is not decided yet."))


def draft_notice_is_due(application: Application, context: Context) -> Message | None:
    if lapsing.idle_draft(context.session, application).due(context.today) is None:
        return say(N_("No notice is due."))
    return None


def partner_notice_is_due(designation: Designation, context: Context) -> Message | None:
    if lapsing.idle_partner(context.session, designation).due(context.today) is None:
        return say(N_("No notice is due."))
    return None


def both_notices_given(designation: Designation, context: Context) -> Message | None:
    if not lapsing.idle_partner(context.session, designation).over(context.today):
        return say(N_("Nothing lapses without two notices."))
    return None
