"""The facts a mail is filled with, read from the database when it is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from babel.dates import format_date, format_datetime
from sqlalchemy.orm import Session, object_session

from vetting.clock import DISTRICT_ZONE
from vetting.data.evidence_types import load_evidence_types
from vetting.events import Event
from vetting.models import (
    Agreement,
    Application,
    ApplicationKind,
    Cover,
    Delegation,
    Designation,
    DocumentVersion,
    DuplicatePair,
    EmailChange,
    Extension,
    HistoryEntry,
    InformationRequest,
    Invitation,
    Notice,
    OwnershipOffer,
    Partnership,
    RequestItem,
    RequestState,
    RoleGrant,
    Signer,
    SigningHold,
    Sponsorship,
    Suspension,
)
from vetting.notifications.facts_clearances import of_clearance
from vetting.notifications.facts_lapses import of_lapse, of_waiver
from vetting.queries import deadlines, signing_days, tasklist
from vetting.text import unlinked

Facts = dict[str, str]


def day(value: date | None) -> str:
    """A date in words, or a dash where there is none."""
    return str(format_date(value, "long", locale="en")) if value else "—"


def moment(value: datetime | None) -> str:
    """An instant in the district's zone, with the zone named; a dash where there is none."""
    if value is None:
        return "—"
    local = value.astimezone(DISTRICT_ZONE)
    return f"{format_datetime(local.replace(tzinfo=None), 'MMMM d, y, h:mm a', locale='en')} {local.tzname()}"


def _session(subject: Any) -> Session:
    session = object_session(subject)
    if session is None:
        raise RuntimeError("facts are read from a row of a session")
    return session


def title_of(application: Application) -> str:
    """What the case is called in lists and letters."""
    if application.program is not None:
        return application.program.name
    if application.kind is ApplicationKind.RENEWAL:
        return f"Renewal of {application.organization.legal_name}"
    return f"Registration of {application.organization.legal_name}"


def _application(subject: Any) -> Facts:
    application: Application = getattr(subject, "application", subject)
    received = moment(application.received_at) if application.received_at is not None else ""
    wanted = [request for request in application.requests if request.state is RequestState.OPEN]
    return {
        "reference": application.reference,
        "title": title_of(application),
        "organization": application.organization.legal_name,
        "received": received,
        "due": day(getattr(subject, "due_on", None) or application.due_on),
        "items": "; ".join(_item(application, request) for request in wanted) or "—",
    }


def _case(application: Application) -> Facts:
    deadline = deadlines.deadline_of(_session(application), application)
    return {**_application(application), "closes": moment(deadline.shown if deadline else None)}


def _request(request: InformationRequest) -> Facts:
    """What one request is about, and why its day moved or it was taken back."""
    why = _session(request).scalars(
        sa.select(HistoryEntry.reason)
        .where(
            HistoryEntry.subject_type == "information_request",
            HistoryEntry.subject_id == request.id,
            HistoryEntry.step.in_(("extend", "take_back")),
        )
        .order_by(HistoryEntry.sequence.desc())
        .limit(1)
    )
    return {
        **_application(request),
        "item": _item(request.application, request),
        "due": day(request.due_on),
        "reason": why.first() or "—",
    }


def _extension(extension: Extension) -> Facts:
    return {
        **_case(extension.application),
        "extension": extension.reference,
        "wish": extension.wish,
        "ends": moment(extension.ends_at),
        "reason": extension.reason,
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
    newest = agreement.versions[-1] if agreement.versions else None
    until = signing_days.last_day(newest, signing_days.days_to_sign(_session(agreement))) if newest else None
    return {
        "sign_by": day(until),
        "last": day(agreement.ending_on or agreement.ends_on),
        "reference": agreement.reference,
        "title": f"{agreement.partnership.program.name} at {agreement.school.name}",
        "organization": agreement.organization.legal_name,
        "starts": day(agreement.starts_on),
        "ends": day(agreement.ends_on),
    }


def _signer(signer: Signer) -> Facts:
    """With the last local day on which the text can be signed."""
    until = signing_days.last_day(signer.agreement_version, signing_days.days_to_sign(_session(signer)))
    handed = signer.delegations[-1] if signer.delegations else None
    return {
        **_agreement(signer),
        "until": day(until),
        "signer": signer.name,
        "from": handed.from_name if handed else "—",
        "to": handed.to_name if handed else "—",
        "handed_until": day(handed.until if handed else None),
    }


def _hold(hold: SigningHold) -> Facts:
    return {
        **_agreement(hold.agreement),
        "signer": hold.signer.name,
        "reason": hold.reason,
        "wakes": day(hold.wakes_on),
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
    return {
        "document": kind.name if kind else version.filename,
        "document_reference": version.document.reference,
        "good": kind.good_example if kind else "",
        "organization": version.document.organization.legal_name,
        "organization_reference": version.document.organization.reference,
        "reason": version.return_reason,
        "ends": day(version.valid_until),
    }


def _invitation(invitation: Invitation) -> Facts:
    place = ""
    if invitation.organization is not None:
        place = f", {unlinked(invitation.organization.legal_name)}"
    elif invitation.school is not None:
        place = f", {invitation.school.name}"
    role = invitation.role.value.replace("org_", "").replace("_", " ")
    return {
        "role": role,
        "place": place,
        "organization": unlinked(invitation.organization.legal_name) if invitation.organization is not None else "",
        "expires": day(invitation.expires_at.astimezone(DISTRICT_ZONE).date()),
    }


def _role_grant(grant: RoleGrant) -> Facts:
    return {"organization": grant.organization.legal_name if grant.organization is not None else ""}


NOTICES: Mapping[Event, str] = {Event.DRAFT_LAPSING: "application", Event.PARTNER_LAPSING: "partner"}
"""Mail about a notice, and what the notice is kept under."""


def lapse_day(session: Session, event: Event, subject: Any) -> Facts:
    """The day on which the thing lapses, as the newest notice about it says; nothing for mail about anything else."""
    if event not in NOTICES:
        return {}
    said = sa.select(Notice.about).where(Notice.subject_type == NOTICES[event], Notice.subject_id == subject.id)
    return {"lapses": day(session.scalars(said.order_by(Notice.id.desc()).limit(1)).first())}


def _designation(designation: Designation) -> Facts:
    organization = designation.organization
    return {
        "organization": organization.legal_name,
        "reference": organization.reference,
        "program": designation.program.name if designation.program is not None else "—",
        "ends": day(designation.ends_on),
    }


def _offer(offer: OwnershipOffer) -> Facts:
    return {
        "organization": offer.organization.legal_name,
        "reference": offer.organization.reference,
        "by": offer.from_user.name or offer.from_user.email,
        "to": offer.to_user.name or offer.to_user.email,
        "until": day(offer.answer_by),
    }


def _sponsorship(sponsorship: Sponsorship) -> Facts:
    return {
        # Anybody may register a group and name a partner as its sponsor: neither name may lead that partner astray.
        "group": unlinked(sponsorship.organization.legal_name),
        "reference": sponsorship.organization.reference,
        "sponsor": unlinked(sponsorship.sponsor_name),
        "number": sponsorship.reference,
    }


def _pair(pair: DuplicatePair) -> Facts:
    stays = pair.first if pair.first.merged_into_id is None else pair.second
    return {"organization": stays.legal_name, "reference": stays.reference}


def _email_change(change: EmailChange) -> Facts:
    return {
        "old": change.old_email,
        "new": change.new_email,
        "expires": day(change.expires_at.astimezone(DISTRICT_ZONE).date()),
    }


def _cover(cover: Cover) -> Facts:
    return {"absent": cover.absent.name, "starts": day(cover.starts_on), "ends": day(cover.ends_on)}


def _delegation(delegation: Delegation) -> Facts:
    return {
        "leader": delegation.leader.name or delegation.leader.email,
        "delegate": delegation.delegate.name or delegation.delegate.email,
        "school": delegation.school.name,
        "starts": day(delegation.starts_on),
        "ends": day(delegation.ends_on),
        "reference": delegation.reference,
    }


FACTS: Mapping[str, Callable[[Any], Facts]] = {
    "application": _case,
    "information_request": _request,
    "extension": _extension,
    "review": _application,
    "decision": _application,
    "note": _application,
    "flag": _application,
    "cover": _cover,
    "delegation": _delegation,
    "designation": _designation,
    "bulk_run": lambda run: {"reference": run.reference},
    "evidence": _document,
    "clearance": of_clearance,
    "partnership": _partnership,
    "agreement": _agreement,
    "signer": _signer,
    "signing_hold": _hold,
    "paper_record": lambda record: {**_agreement(record.agreement), "paper": record.reference},
    "agreement_approval": lambda approval: _agreement(approval.agreement),
    "agreement_remark": lambda remark: _agreement(remark.agreement),
    "suspension": _suspension,
    "invitation": _invitation,
    "ownership_offer": _offer,
    "sponsorship": _sponsorship,
    "duplicate_pair": _pair,
    "email_change": _email_change,
    "role_grant": _role_grant,
    "lapse": of_lapse,
    "waiver": of_waiver,
}
"""How to read the facts of a workflow's subject."""
