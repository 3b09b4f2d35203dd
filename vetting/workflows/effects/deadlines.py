"""What steps about time change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vetting.data.process_settings import reminders_from
from vetting.models import ApplicationState, Extension, InformationRequest, RequestState, Round
from vetting.queries import settings
from vetting.workflows.commands import ExtendRequest, GiveExtension
from vetting.workflows.definition import Context


def pin_rules(round_: Round, context: Context) -> Mapping[str, Any]:
    """The rules of the deadline are those of the day the round opens, whatever the settings say later."""
    rules = reminders_from(settings.process_settings(context.session).content)
    round_.grace_minutes = rules.deadline_grace_minutes
    round_.extension_days = rules.extension_days
    return {"grace_minutes": round_.grace_minutes, "extension_days": round_.extension_days}


def asked(extension: Extension, context: Context) -> Mapping[str, Any]:
    extension.asked_by_id = context.actor.user_id
    return {"application": extension.application_id}


def given(extension: Extension, context: Context) -> Mapping[str, Any]:
    command: GiveExtension = context.data
    extension.ends_at = command.ends_at
    _answered(extension, context)
    return {"ends_at": command.ends_at.isoformat()}


def not_given(extension: Extension, context: Context) -> None:
    _answered(extension, context)


def _answered(extension: Extension, context: Context) -> None:
    extension.reason = context.reason
    extension.answered_by_id = context.actor.user_id
    extension.answered_at = context.now


def request_extended(request: InformationRequest, context: Context) -> Mapping[str, Any]:
    """The case is due when the last of its open requests is."""
    command: ExtendRequest = context.data
    before, request.due_on = request.due_on, command.due_on
    request.application.due_on = max(r.due_on for r in request.application.requests if r.state is RequestState.OPEN)
    request.application.escalated_on = None
    return {"before": before.isoformat(), "due_on": request.due_on.isoformat()}


def request_taken_back(request: InformationRequest, context: Context) -> None:
    """When nothing is left to answer, the case returns to the office."""
    application = request.application
    left = [r for r in application.requests if r is not request and r.state is RequestState.OPEN]
    if left:
        application.due_on = max(other.due_on for other in left)
    elif application.state is ApplicationState.INFORMATION_REQUESTED:
        context.then("application", application, "nothing_more_needed")
