"""The vault: everything an organization has given us, how long it is good, where it serves, and each version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting import clock
from vetting.calendar_days import next_school_year, school_year_of
from vetting.data.evidence_types import EvidenceType, Instead, Uploader, load_evidence_types
from vetting.extensions import db
from vetting.forms.vault import PurposesForm
from vetting.models import Application, Document, DocumentVersion, EvidenceState, Organization, UseSaidBy
from vetting.policy import Permission
from vetting.queries import evidence, tasklist, vault, waivers
from vetting.queries.uploads import space_of
from vetting.views import findings, vault_words
from vetting.views.applicant.blueprint import bp
from vetting.views.applicant.organization import load_own
from vetting.views.chrome import cents, localdate
from vetting.views.desk_words import document_href, size_words
from vetting.views.guard import guarded, may
from vetting.views.steps import take
from vetting.workflows.registry import WORKFLOWS
from vetting.workflows.vault_commands import SayPurposes

ADDRESS = "/apply/organizations/<reference>/documents"


@dataclass(frozen=True)
class Shelf:
    """A kind of document in the vault of an organization, with the document that gets a new version, if one does."""

    organization: Organization
    kind: EvidenceType
    document: Document | None = None

    @property
    def organization_id(self) -> int:
        """Lets the policy ask which organization it belongs to."""
        return self.organization.id


def load_shelf(session: Session, reference: str, document: str) -> Shelf | None:
    """A document of the organization by its public reference."""
    organization = load_own(session, reference)
    found = vault.find(session, organization.id, document) if organization is not None else None
    kind = evidence.kind_named(found.type_key) if found is not None else None
    if organization is None or found is None or kind is None or not found.versions:
        return None
    return Shelf(organization, kind, found)


@bp.get(ADDRESS)
@guarded(Permission.ORGANIZATION_OWN, load_own)
def vault_documents(organization: Organization) -> str:
    """Every document by group, with what is missing nowhere asked twice."""
    return render_template("applicant/vault.html", **shelves(organization))


def shelves(organization: Organization, *, office: bool = False) -> dict[str, Any]:
    """The vault as its pages show it."""
    session, today = db.session(), clock.today()
    documents = vault.documents(session, organization.id)
    stands = [vault.newest(document) for document in documents]
    uses = vault.uses_of(session, [version.id for version in stands])
    checks = findings.alone(stands)
    groups: dict[str, list[dict[str, Any]]] = {}
    for version in stands:
        kind = evidence.kind_named(version.document.type_key)
        if kind is None or version.state is EvidenceState.REMOVED:
            continue
        row = _row(organization, version, kind, office=office)
        row["checks"] = None if row["closed"] else checks.get(version.id)
        row["uses"] = vault_words.use_rows(uses.get(version.id), office=office)
        groups.setdefault(str(vault_words.GROUPS[kind.group]), []).append(row)
    return {
        "organization": organization,
        "groups": groups,
        "people": vault.cleared(session, organization.id, today)
        if may(Permission.CLEARANCE_VIEW, organization)
        else None,
        "adds": may(Permission.EVIDENCE_ADD, organization),
        "space": space_of(session, organization.id),
        "office": office,
    }


def _row(organization: Organization, version: DocumentVersion, kind: EvidenceType, *, office: bool) -> dict[str, Any]:
    good, tone = vault_words.good_words(version)
    words = WORKFLOWS["evidence"].words[version.state]
    opens = may(Permission.EVIDENCE_OPEN, version)
    known = opens or not office
    return {
        "name": _(kind.name),
        "closed": "" if known else vault_words.closed_words(kind),
        "href": (document_href(version) if opens else "")
        if office
        else url_for("applicant.vault_document", reference=organization.reference, document=version.document.reference),
        "filename": version.filename if known else "",
        "issuer": version.issuer if known else "",
        "amount": cents(version.amount_cents) if known else "",
        "good": good,
        "good_tone": tone,
        "state": _(words.office if office else words.public),
        "tone": vault_words.TONES.get(version.state, "neutral"),
        "returned": version.state is EvidenceState.RETURNED,
        "reason": version.return_reason,
        "versions": len(version.document.versions),
        "kind": kind,
        "new_href": url_for(
            "applicant.vault_new", reference=organization.reference, document=version.document.reference
        )
        if kind.uploaded_by is Uploader.APPLICANT
        else "",
    }


@bp.get(f"{ADDRESS}/<document>")
@guarded(Permission.ORGANIZATION_OWN, load_shelf)
def vault_document(shelf: Shelf) -> str:
    """One document with its versions, what it serves and what happened to it."""
    return _document_page(shelf, purposes_form(shelf))


def _document_page(shelf: Shelf, form: PurposesForm) -> str:
    session, document = db.session(), _document(shelf)
    stands = vault.newest(document)
    uses = vault.uses_of(session, [version.id for version in document.versions])
    good, tone = vault_words.good_words(stands)
    return render_template(
        "applicant/vault_document.html",
        organization=shelf.organization,
        document=document,
        kind=shelf.kind,
        stands=stands,
        facts=_facts(stands, shelf.kind),
        read=vault_words.office_rows(stands),
        good=good,
        good_tone=tone,
        state=_(WORKFLOWS["evidence"].words[stands.state].public),
        tone=vault_words.TONES.get(stands.state, "neutral"),
        returned=stands.state is EvidenceState.RETURNED,
        checks=findings.alone([stands]).get(stands.id),
        uses=vault_words.use_rows(uses.get(stands.id)),
        versions=[_version(version, uses.get(version.id)) for version in reversed(document.versions)],
        entries=_entries(session, document),
        adds=may(Permission.EVIDENCE_ADD, shelf) and shelf.kind.uploaded_by is Uploader.APPLICANT,
        form=form if stands.state in evidence.USABLE and may(Permission.EVIDENCE_ADD, shelf) else None,
        waiver=waiver_of(shelf.organization, shelf.kind),
    )


def _document(shelf: Shelf) -> Document:
    if shelf.document is None:
        raise LookupError("this shelf holds no document")
    return shelf.document


def _facts(version: DocumentVersion, kind: EvidenceType) -> list[dict[str, str]]:
    return [
        *vault_words.typed_rows(version, kind),
        {"key": str(_("How long it is good")), "value": vault_words.expiry_words(kind)},
        {"key": str(_("Who reads it")), "value": str(vault_words.SENSITIVITY[kind.sensitivity])},
    ]


def _version(version: DocumentVersion, uses: vault.Uses | None) -> dict[str, Any]:
    good, tone = vault_words.good_words(version)
    return {
        "number": version.number,
        "filename": version.filename,
        "size": size_words(version.size),
        "sent_at": version.created_at,
        "sent_by": (version.uploaded_by.name or version.uploaded_by.email) if version.uploaded_by else "",
        "state": _(WORKFLOWS["evidence"].words[version.state].public),
        "tone": vault_words.TONES.get(version.state, "neutral"),
        "good": good,
        "good_tone": tone,
        "said": version.return_reason,
        "sha256": version.sha256,
        "href": document_href(version),
        "uses": vault_words.use_rows(uses),
    }


def _entries(session: Session, document: Document) -> list[dict[str, Any]]:
    """What both sides did to it, in public words, without names of office people."""
    found = []
    for version in document.versions:
        for entry in vault.history(session, version.id):
            rows = WORKFLOWS["evidence"].by_name.get(entry.step, ())
            words = rows[0].public if rows else ""
            if words:
                what = _("%(what)s (version %(number)s)", what=_(words), number=version.number)
                found.append({"what": what, "at": entry.at, "said": entry.reason})
    return sorted(found, key=lambda entry: entry["at"])


def waiver_of(organization: Organization, kind: EvidenceType) -> dict[str, Any] | None:
    """Where a waiver is asked for instead of this document, who decides, and how many business days it takes; None for
    a document that is never waived."""
    if not kind.waivable:
        return None
    asks = may(Permission.WAIVER_ASK, organization)
    return {
        "href": url_for("waivers.ask", reference=organization.reference, kind=kind.key) if asks else "",
        "days": waivers.days_to_answer(db.session()),
    }


def instead_words(application: Application) -> dict[str, str]:
    """What stands in the place of a document of a case, in words: a vendor number, or the list of cleared people."""
    answered = tasklist.answered_instead(application)
    found: dict[str, str] = {}
    for key in answered:
        kind = evidence.kind_named(key)
        if kind is None:
            continue
        if kind.instead is Instead.VENDOR_NUMBER:
            found[key] = str(_("We have your city vendor number, so no form is needed."))
        else:
            people = vault.cleared(db.session(), application.organization_id, clock.today())
            number = ngettext("%(num)s person on the list", "%(num)s people on the list", people.number)
            due = localdate(people.next_due_on)
            found[key] = str(_("%(people)s, next due %(day)s. No file is needed.", people=number, day=due))
    return found


def purposes_form(shelf: Shelf) -> PurposesForm:
    """What the organization says the document speaks for this school year and the next."""
    version = vault.newest(_document(shelf))
    form = PurposesForm()
    today = clock.today()
    years = [school_year_of(today), next_school_year(school_year_of(today))]
    form.offer(
        list(vault_words.standard_names().items()),
        [(str(program.id), program.name) for program in shelf.organization.programs],
        years,
    )
    if request.method == "GET":
        form.show(
            [use for use in version.uses if use.said_by is UseSaidBy.APPLICANT],
            request.args.get("year", years[0]),
        )
    return form


@bp.post(f"{ADDRESS}/<document>/purposes")
@guarded(Permission.EVIDENCE_ADD, load_shelf, sees=Permission.ORGANIZATION_OWN)
def vault_purposes(shelf: Shelf) -> str | Response | tuple[str, int]:
    """Keep what the organization says the document speaks for."""
    form = purposes_form(shelf)
    if not form.validate():
        return _document_page(shelf, form), 422
    version = vault.newest(_document(shelf))
    command = SayPurposes(form.purposes(), form.year.data or "")
    take("evidence", version, "say_purposes", data=command)
    flash(_("Saved."), "success")
    home = url_for(
        "applicant.vault_document", reference=shelf.organization.reference, document=_document(shelf).reference
    )
    return redirect(home, code=303)


def kinds_to_add() -> list[EvidenceType]:
    """Kinds of document that an organization can add by itself."""
    return [kind for kind in load_evidence_types().documents.values() if kind.uploaded_by is Uploader.APPLICANT]
