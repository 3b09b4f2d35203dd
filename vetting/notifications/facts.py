"""The facts a mail is filled with, read from the database when it is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from babel.dates import format_date, format_datetime

from vetting.clock import DISTRICT_ZONE
from vetting.data.evidence_types import load_evidence_types
from vetting.models import (
    Agreement,
    Application,
    Cover,
    DocumentVersion,
    InformationRequest,
    Invitation,
    Partnership,
    RequestItem,
    RequestState,
    RoleGrant,
    Signer,
    Suspension,
)
from vetting.queries import tasklist

Facts = dict[str, str]


def day(value: date | None) -> str:
    """A date in words, or a dash where there is none."""
    return str(format_date(value, "long", locale="en")) if value else "—"


def title_of(application: Application) -> str:
    """What the case is called in lists and letters."""
    if application.program is not None:
        return application.program.name
    return f"Registration of {application.organization.legal_name}"


def _application(subject: Any) -> Facts:
    application: Application = getattr(subject, "application", subject)
    received = ""
    if application.received_at is not None:
        local = application.received_at.astimezone(DISTRICT_ZONE)
        received = f"{format_datetime(local, 'MMMM d, y, h:mm a', locale='en')} {local.tzname()}"
    wanted = [request for request in application.requests if request.state is RequestState.OPEN]
    return {
        "reference": application.reference,
        "title": title_of(application),
        "organization": application.organization.legal_name,
        "received": received,
        "due": day(getattr(subject, "due_on", None) or application.due_on),
        "items": "; ".join(_item(application, request) for request in wanted) or "—",
    }


def nameless(facts: Facts) -> Facts:
    """What stands in the place of names in mail to a blind reviewer."""
    return {"title": f"Application {facts['reference']}", "organization": f"Application {facts['reference']}"}


def _item(application: Application, request: InformationRequest) -> str:
    if request.item is RequestItem.DOCUMENT:
        kind = load_evidence_types().documents.get(request.item_key)
        return kind.name if kind else request.item_key
    form = tasklist.form_of(application)
    if request.item is RequestItem.SECTION:
        return next((s.title for s in form.sections if s.key == request.item_key), request.item_key)
    return next((q.label for q in form.questions if q.key == request.item_key), request.item_key)


def _agreement(subject: Any) -> Facts:
    agreement: Agreement = subject.agreement_version.agreement if isinstance(subject, Signer) else subject
    return {
        "reference": agreement.reference,
        "title": f"{agreement.partnership.program.name} at {agreement.school.name}",
        "organization": agreement.organization.legal_name,
        "starts": day(agreement.starts_on),
    }


def _partnership(partnership: Partnership) -> Facts:
    return {
        "school": partnership.school.name,
        "program": partnership.program.name,
        "year": partnership.school_year,
        "organization": partnership.program.organization.legal_name,
    }


def _suspension(suspension: Suspension) -> Facts:
    return {
        "organization": suspension.organization.legal_name,
        "reference": suspension.organization.reference,
        "reason": suspension.reason,
        "due": day(suspension.review_due_on),
    }


def _document(version: DocumentVersion) -> Facts:
    kind = load_evidence_types().documents.get(version.document.type_key)
    return {"document": kind.name if kind else version.filename, "reason": version.return_reason}


def _invitation(invitation: Invitation) -> Facts:
    place = ""
    if invitation.organization is not None:
        place = f", {invitation.organization.legal_name}"
    elif invitation.school is not None:
        place = f", {invitation.school.name}"
    role = invitation.role.value.replace("org_", "").replace("_", " ")
    return {
        "role": role,
        "place": place,
        "organization": invitation.organization.legal_name if invitation.organization is not None else "",
        "expires": day(invitation.expires_at.astimezone(DISTRICT_ZONE).date()),
    }


def _role_grant(grant: RoleGrant) -> Facts:
    return {"organization": grant.organization.legal_name if grant.organization is not None else ""}


def _cover(cover: Cover) -> Facts:
    return {"absent": cover.absent.name, "starts": day(cover.starts_on), "ends": day(cover.ends_on)}


FACTS: Mapping[str, Callable[[Any], Facts]] = {
    "application": _application,
    "information_request": _application,
    "review": _application,
    "decision": _application,
    "note": _application,
    "flag": _application,
    "cover": _cover,
    "bulk_run": lambda run: {"reference": run.reference},
    "evidence": _document,
    "partnership": _partnership,
    "agreement": _agreement,
    "signer": _agreement,
    "suspension": _suspension,
    "invitation": _invitation,
    "role_grant": _role_grant,
}
"""How to read the facts of a workflow's subject."""
