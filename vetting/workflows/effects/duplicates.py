"""Looking for other records of the same organization when an application of it is received."""

from __future__ import annotations

from collections.abc import Mapping

from vetting import outbox
from vetting.events import Event
from vetting.models import Application, ApplicationKind, PartnerState
from vetting.queries import tasklist
from vetting.workflows.definition import Context
from vetting.workflows.effects import profiles

UNKNOWN_YET = frozenset({PartnerState.POTENTIAL})


def seek(application: Application, context: Context) -> None:
    """Let the worker look: comparing with every record takes longer than a person should wait for a receipt."""
    if application.kind is ApplicationKind.PORTFOLIO:
        return
    _introduce(application)
    outbox.record(
        context.session,
        key=f"{Event.DUPLICATES_SOUGHT}:{application.id}",
        topic=Event.DUPLICATES_SOUGHT,
        recipient="worker",
        payload={"subject_type": "application", "subject_id": application.id},
    )


def _introduce(application: Application) -> None:
    """What a newcomer says about itself is kept where others are compared with it; a partner's facts wait for a decision.

    A tax id that belongs to the fiscal sponsor says nothing about who the group is.
    """
    organization = application.organization
    if organization.state not in UNKNOWN_YET or organization.listed:
        return
    answers = tasklist.answers_of(application)
    for key, column in (("website", "website"), ("organization_phone", "phone"), ("organization_email", "email")):
        if answers.get(key) and not getattr(organization, column):
            setattr(organization, column, str(answers[key]))
    if not organization.address:
        organization.address = profiles.address_in(answers)
    tax_id = answers.get("ein")
    own = answers.get("nonprofit_status") != "fiscal_sponsor"
    if own and isinstance(tax_id, Mapping) and organization.ein_digest is None:
        profiles.keep_tax_id(organization, tax_id)
