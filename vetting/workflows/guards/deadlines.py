"""Questions about time: whether something came in time, and whether more may be asked for or given."""

from __future__ import annotations

import sqlalchemy as sa

from vetting.models import Application, Extension, ExtensionState, InformationRequest
from vetting.queries import deadlines
from vetting.questionnaires.refused import refused_content
from vetting.text import N_, Message, say
from vetting.workflows.commands import ExtendRequest, GiveExtension
from vetting.workflows.definition import Context


def came_in_time(application: Application, context: Context) -> Message | None:
    """A Portfolio application and its documents are taken until its deadline; the server's receipt counts."""
    if not deadlines.takes(context.session, application, context.arrived):
        return say(N_("This round is not open for applications now."))
    return None


def more_time_is_possible(extension: Extension, context: Context) -> Message | None:
    """While an application is not sent, and for the days after its end that the round sets."""
    if not deadlines.may_have_more_time(context.session, extension.application, context.now):
        return say(N_("More time can no longer be given for this application."))
    return None


def says_why(extension: Extension, context: Context) -> Message | None:
    if not extension.wish.strip():
        return say(N_("Say why you need more time."))
    return refused_content(extension.wish)


def not_asked_yet(extension: Extension, context: Context) -> Message | None:
    waiting = context.session.scalar(
        sa.select(Extension.id).where(
            Extension.application_id == extension.application.id, Extension.state == ExtensionState.ASKED
        )
    )
    return say(N_("You asked for more time already. The office answers soon.")) if waiting else None


def end_is_later(extension: Extension, context: Context) -> Message | None:
    """An extension never makes a deadline earlier, and never ends in the past."""
    command = context.data
    if not isinstance(command, GiveExtension):
        return None
    deadline = deadlines.deadline_of(context.session, extension.application)
    if deadline is not None and command.ends_at <= deadline.shown:
        return say(N_("Give a time after the one that holds now."))
    if command.ends_at <= context.now:
        return say(N_("Give a time that is still to come."))
    return None


def reason_is_allowed(subject: object, context: Context) -> Message | None:
    return refused_content(context.reason)


def due_day_is_later(request: InformationRequest, context: Context) -> Message | None:
    command = context.data
    if not isinstance(command, ExtendRequest):
        return None
    if command.due_on <= request.due_on or command.due_on < context.today:
        return say(N_("Give a day after the one that holds now, and not in the past."))
    return None
