"""What documents of the vault say about themselves, the same on every page that shows one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from vetting import clock
from vetting.data.evidence_types import Asked, EvidenceType, Expiry, Group, Sensitivity
from vetting.extensions import db
from vetting.forms.evidence import LABELS
from vetting.models import (
    CLOSED_STATES,
    Application,
    DocumentVersion,
    EvidenceState,
    ReferenceKind,
    ScanResult,
    UseSaidBy,
)
from vetting.policy import Permission, sees_identity
from vetting.queries import references
from vetting.queries.vault import Uses
from vetting.views.applicant.blueprint import title_of
from vetting.views.chrome import cents, localdate
from vetting.views.desk_words import kind_words
from vetting.views.expertise_words import lanes
from vetting.views.guard import actor, may

GROUPS: Mapping[Group, Any] = {
    Group.LEGAL: _l("Legal standing"),
    Group.MONEY: _l("Money"),
    Group.INSURANCE: _l("Insurance"),
    Group.PEOPLE: _l("People"),
    Group.SAFETY: _l("Safety and fairness"),
    Group.DATA: _l("Data"),
    Group.PROGRAM: _l("Program"),
    Group.AGREEMENT: _l("Agreements"),
}

TONES: Mapping[EvidenceState, str] = {
    EvidenceState.ACCEPTED: "good",
    EvidenceState.RETURNED: "warn",
    EvidenceState.EXPIRED: "bad",
}

SCAN_TONES: Mapping[ScanResult, str] = {ScanResult.CLEAN: "good", ScanResult.INFECTED: "bad"}

EXPIRY: Mapping[Expiry, Any] = {
    Expiry.NEVER: _l("Does not run out."),
    Expiry.ON_CHANGE: _l("Good until something in it changes."),
    Expiry.PRINTED_DATE: _l("Good until the date printed on it."),
    Expiry.FISCAL_YEAR_END: _l("Good until the end of its fiscal year."),
    Expiry.SCHOOL_YEAR_END: _l("Good until the end of the school year."),
    Expiry.PROGRAM_END: _l("Good until the program ends."),
    Expiry.ROUND_END: _l("Good for its round."),
    Expiry.PER_CONTRACT: _l("Good for its contract."),
}

SENSITIVITY: Mapping[Sensitivity, Any] = {
    Sensitivity.ORDINARY: _l("Read by everybody who works on your case."),
    Sensitivity.RESTRICTED: _l(
        "Restricted: read only by those in charge of your case and by people who check this kind of document."
    ),
    Sensitivity.HIGH: _l(
        "May hold a personal number: cover it before you send it. Read only by the director and by people who check"
        " this kind of document."
    ),
}


def closed_words(kind: EvidenceType | None) -> str:
    """Who opens a document, for a colleague who sees only that it is there."""
    lane = dict(lanes()).get(kind.lane, "") if kind is not None else ""
    if kind is not None and kind.sensitivity is Sensitivity.HIGH:
        who = _("It may hold a personal number. Only the director opens it")
    else:
        who = _("It is restricted. Only those in charge of cases open it")
    return str(_("%(who)s, and people of “%(lane)s”.", who=who, lane=lane) if lane else f"{who}.")


def scan_words(result: ScanResult) -> str:
    """What the virus scanner said."""
    known = {
        "unscanned": _("Not checked for viruses"),
        "waiting": _("Waiting for the virus check"),
        "clean": _("No virus found"),
        "unscannable": _("Could not be checked for viruses"),
        "infected": _("Virus found"),
    }
    return str(known.get(result.value, result.value.replace("_", " ").capitalize()))


def expiry_words(kind: EvidenceType) -> str:
    """When a document of this kind runs out."""
    months = kind.expiry.months
    if kind.expiry.rule is Expiry.MONTHS_FROM_FISCAL_YEAR_END:
        return str(_("Good for %(months)s months after the end of its fiscal year.", months=months))
    if kind.expiry.rule in EXPIRY:
        return str(EXPIRY[kind.expiry.rule])
    return str(_("Good for %(months)s months from its date.", months=months))


def good_words(version: DocumentVersion, today: date | None = None) -> tuple[str, str]:
    """How long a version is good, in words, with its tone."""
    until, today = version.valid_until, today or clock.today()
    if until is None:
        return str(_("No end date")), "neutral"
    if until < today:
        return str(_("Ran out on %(day)s", day=localdate(until))), "bad"
    soon = (until - today).days <= 60
    return str(_("Good until %(day)s", day=localdate(until))), "warn" if soon else "good"


def typed_rows(version: DocumentVersion, kind: EvidenceType) -> list[dict[str, str]]:
    """What was typed about a version, fact by fact; never changed by anybody."""
    values: dict[Asked, str] = {
        Asked.ISSUER: version.issuer,
        Asked.VALID_FROM: localdate(version.typed_valid_from),
        Asked.VALID_UNTIL: localdate(version.typed_valid_until),
        Asked.AMOUNT_PER_OCCURRENCE: cents(version.typed_amount_cents),
    }
    for asked in (Asked.POLICY_NUMBER, Asked.ISSUED_ON, Asked.FISCAL_YEAR_END):
        text = str(version.details.get(asked.value, ""))
        values[asked] = text if asked is Asked.POLICY_NUMBER else localdate(date.fromisoformat(text)) if text else ""
    rows = [{"key": str(LABELS[asked][0]), "value": values[asked]} for asked in kind.asks if values[asked]]
    if version.typed_valid_until is not None and Asked.VALID_UNTIL not in kind.asks:
        rows.append({"key": str(_("Last good day by the rule")), "value": values[Asked.VALID_UNTIL]})
    return rows


def office_rows(version: DocumentVersion) -> list[dict[str, str]]:
    """What the office read otherwise than it was typed."""
    values = (
        (Asked.VALID_FROM, localdate(version.office_valid_from)),
        (Asked.VALID_UNTIL, localdate(version.office_valid_until)),
        (Asked.AMOUNT_PER_OCCURRENCE, cents(version.office_amount_cents)),
    )
    return [{"key": str(LABELS[asked][0]), "value": value} for asked, value in values if value]


def use_rows(uses: Uses | None, *, office: bool = False) -> list[dict[str, str]]:
    """Where a version is used: cases with a link, then standards, programs and years.

    What reviewers cited is for the office, once every case that it serves in is closed: a review is independent until
    then.
    """
    if uses is None:
        return []
    rows = [_case(a, office=office) for a in uses.cases if not office or _shown_to_the_office(a)]
    names = standard_names() if uses.purposes else {}
    closed = all(application.state in CLOSED_STATES for application in uses.cases)
    for use in uses.purposes:
        cited = use.said_by is UseSaidBy.REVIEWER
        if cited and not (office and closed):
            continue
        what = [names.get(use.standard_key, use.standard_key)] if use.standard_key else []
        what += [use.program.name] if use.program is not None else []
        note = [use.school_year, *([_("cited by a reviewer")] if cited else [])]
        rows.append({"name": ": ".join(what), "note": " · ".join(note)})
    return rows


def _shown_to_the_office(application: Application) -> bool:
    """A case the reader may open; a blind reviewer must not find their case beside the name of who applies."""
    return may(Permission.CASE_VIEW, application) and sees_identity(actor(), application)


def _case(application: Application, *, office: bool) -> dict[str, str]:
    if not office:
        href = url_for("applicant.case", reference=application.reference)
        return {"name": title_of(application), "note": application.reference, "href": href}
    href = url_for("cases.show", reference=application.reference)
    return {"name": kind_words(application.kind), "note": application.reference, "href": href}


def standard_names() -> dict[str, str]:
    """What the standards in force are called, by their keys."""
    version = references.current(db.session(), ReferenceKind.STANDARDS, "quality-standards")
    return {standard.key: str(_(standard.name)) for standard in references.framework(version).standards}
