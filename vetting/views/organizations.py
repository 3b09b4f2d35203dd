"""Organizations as the office knows them, emergency suspensions, and declared interests."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting import clock, rehearsal
from vetting.extensions import db
from vetting.forms.base import HIDDEN
from vetting.forms.desk import InterestForm, SuspendForm, SuspensionReviewForm
from vetting.models import (
    Conflict,
    Designation,
    DesignationKind,
    Organization,
    PartnerState,
    Suspension,
    SuspensionState,
)
from vetting.policy import Permission
from vetting.queries import cases, duplicates, organizations, sponsors
from vetting.views import brought_along, previews
from vetting.views import duplicates as look_alikes
from vetting.views.desk_words import (
    STATE_TONES,
    category_words,
    document_href,
    due_words,
    kind_words,
    state_words,
    timeline_entries,
)
from vetting.views.errors import refusal_texts, translated
from vetting.views.guard import actor, guarded, may
from vetting.views.steps import possible, step_url, take, version_seen
from vetting.workflows.effects.suspensions import drafted
from vetting.workflows.engine import StepRefused

bp = Blueprint("organizations", __name__, url_prefix="/desk")

PARTNER_TONES = {
    PartnerState.PARTNER: "good",
    PartnerState.PORTFOLIO: "good",
    PartnerState.FUNDED: "good",
    PartnerState.LAPSED: "warn",
    PartnerState.SUSPENDED: "bad",
}


def load(session: Session, reference: str) -> Organization | None:
    """The organization that the address names; one that was merged leads to where everything of it is now."""
    found = organizations.find(session, reference)
    return duplicates.survivor(session, found) if found is not None else None


def _text(name: str) -> str:
    return HIDDEN.sub("", request.args.get(name, ""))[:100].strip()


@bp.get("/organizations")
@guarded(Permission.DESK_OPEN)
def index() -> str:
    q, state = _text("q"), _text("state")
    found = organizations.page(
        db.session(), actor(), q=q, state=state, after=_text("after")[:20], before=_text("before")[:20]
    )
    keep: dict[str, Any] = {name: value for name, value in (("q", q), ("state", state)) if value}
    stages = [("", _("All")), *((s.value, state_words("partner", s)) for s in PartnerState)]
    return render_template(
        "organizations/index.html",
        rows=[_row(organization) for organization in found.rows],
        q=q,
        state=state,
        stages=stages,
        active=[
            {
                "label": label,
                "remove_href": url_for("organizations.index", **{k: v for k, v in keep.items() if k != name}),
            }
            for name, label in (("q", q), ("state", dict(stages).get(state, state)))
            if name in keep
        ],
        clear_href=url_for("organizations.index"),
        previous_href=url_for("organizations.index", before=found.before, **keep) if found.before else None,
        next_href=url_for("organizations.index", after=found.after, **keep) if found.after else None,
    )


def _row(organization: Organization) -> dict[str, Any]:
    return {
        "name": organization.legal_name,
        "reference": organization.reference,
        "href": url_for("organizations.show", reference=organization.reference),
        "stage": state_words("partner", organization.state),
        "tone": PARTNER_TONES.get(organization.state, "neutral"),
        "programs": len(organization.programs),
        "holds": [_designation(d) for d in organization.designations if d.state == "in_force"],
        "waits": any(s.state is SuspensionState.AWAITING_REVIEW for s in organization.suspensions),
    }


def _designation(designation: Designation) -> dict[str, Any]:
    names = {
        DesignationKind.PARTNER: _("School-Community Partner"),
        DesignationKind.PORTFOLIO: _("Opportunity Portfolio"),
        DesignationKind.FUNDED: _("Funded Partner"),
    }
    about = []
    if designation.program is not None:
        about.append(designation.program.name)
    if designation.category_key:
        about.append(category_words(designation.category_key))
    if designation.kind is DesignationKind.FUNDED and designation.school is not None:
        about += [designation.school.name, designation.fiscal_year]
    return {
        "name": names[designation.kind],
        "about": ", ".join(about),
        "state": state_words("designation", designation.state),
        "tone": {"in_force": "good", "scheduled": "info"}.get(designation.state.value, "neutral"),
        "starts_on": designation.starts_on,
        "ends_on": designation.ends_on,
    }


@bp.get("/organizations/<reference>")
@guarded(Permission.ORGANIZATION_FILE, load)
def show(organization: Organization) -> str | Response:
    if (request.view_args or {}).get("reference") != organization.reference:
        flash(_("The record you asked for was merged into this one."), "info")
        return redirect(url_for("organizations.show", reference=organization.reference), code=302)
    today = clock.today()
    has = current_app.view_functions.__contains__
    agreements = organizations.agreements(db.session(), organization.id) if _sees_agreements(organization) else []
    return render_template(
        "organizations/show.html",
        organization=organization,
        stage=state_words("partner", organization.state),
        tone=PARTNER_TONES.get(organization.state, "neutral"),
        suspension=_open_suspension(organization),
        suspension_words=state_words,
        programs=[
            {"name": p.name, "category": category_words(p.category_key), "state": state_words("program", p.state)}
            for p in organization.programs
        ],
        designations=[_designation(d) for d in reversed(organization.designations)],
        brought_along=brought_along.card(organization),
        applications=[
            {
                "reference": a.reference,
                "href": url_for("cases.show", reference=a.reference),
                "what": kind_words(a.kind),
                "about": a.program.name if a.program else "",
                "state": state_words("application", a.state),
                "tone": STATE_TONES.get(a.state, "neutral"),
                "received": a.received_at,
            }
            for a in organizations.applications(db.session(), actor(), organization.id)
        ],
        documents=[
            {
                "name": cases.document_name(v.document.type_key),
                "href": document_href(v) if may(Permission.EVIDENCE_OPEN, v) else "",
                "until": v.valid_until,
                "expired": v.valid_until is not None and v.valid_until < today,
                "state": state_words("evidence", v.state),
            }
            for v in organizations.documents(db.session(), organization.id)
        ],
        sponsorship=sponsors.current(db.session(), organization.id),
        look_alikes=look_alikes.of(organization.id),
        merged=organizations.merged_into(db.session(), organization.id),
        agreements=[
            {
                "reference": a.reference,
                "href": url_for("agreements.show", reference=a.reference) if has("agreements.show") else "",
                "school": a.school.name,
                "state": state_words("agreement", a.state),
                "starts_on": a.starts_on,
                "ends_on": a.ends_on,
            }
            for a in agreements
        ],
        timeline=timeline_entries(organizations.history(db.session(), organization.id))
        if may(Permission.HISTORY_VIEW, organization)
        else None,
    )


def _sees_agreements(organization: Organization) -> bool:
    return may(Permission.AGREEMENT_VIEW, organization)


def _open_suspension(organization: Organization) -> Suspension | None:
    return next((s for s in reversed(organization.suspensions) if s.state is not SuspensionState.LIFTED), None)


@bp.route("/organizations/<reference>/suspend", methods=["GET", "POST"])
@guarded(Permission.ORGANIZATION_SUSPEND, load, sees=Permission.ORGANIZATION_FILE)
def suspend(organization: Organization) -> str | Response | tuple[str, int]:
    form = SuspendForm()
    problems: list[dict[str, str]] = []
    status = 200
    if request.method == "POST" and not previews.wants_edit():
        if form.validate():
            reason = form.reason.data or ""
            person = actor().user_id or 0
            try:
                if previews.wants_look():
                    return _look_at_suspension(organization.id, person, reason)
                suspension = drafted(db.session(), organization, person, reason, clock.now())
                take("suspension", suspension, "impose", reason=reason)
            except StepRefused as refused:
                db.session.rollback()
                problems = refusal_texts(refused.reasons)
            else:
                flash(_("The organization is suspended. A second person reviews this."), "success")
                return redirect(url_for("organizations.show", reference=organization.reference), code=303)
        status = 422
    page = render_template(
        "organizations/suspend.html",
        organization=organization,
        form=form,
        problems=problems,
    )
    return page, status


def _look_at_suspension(organization_id: int, person: int, reason: str) -> str:
    def imposed(session: Session) -> Suspension:
        return drafted(session, session.get_one(Organization, organization_id), person, reason, clock.now())

    found = previews.letters(rehearsal.step("suspension", imposed, "impose", actor(), reason=reason))
    organization = db.session.get_one(Organization, organization_id)
    return previews.page(
        found,
        title=_("Suspend at once"),
        caption=f"{organization.legal_name} · {organization.reference}",
        submit=_("Suspend now"),
        back_href=url_for("organizations.show", reference=organization.reference),
        consequences=[
            _("The organization leaves the public directory at once."),
            _("Its agreements in force rest until the suspension is lifted."),
            _("A second person reviews it within two business days."),
        ],
    )


def load_suspension(session: Session, reference: str) -> Suspension | None:
    """The suspension of the organization that has not been lifted."""
    organization = organizations.find(session, reference)
    return _open_suspension(organization) if organization is not None else None


@bp.route("/organizations/<reference>/suspension", methods=["GET", "POST"])
@guarded(Permission.SUSPENSION_REVIEW, load_suspension)
def suspension(suspended: Suspension) -> str | Response | tuple[str, int]:
    form = SuspensionReviewForm()
    steps = possible("suspension", suspended)
    against = [translated(reason) for step in steps.values() for reason in step.reasons][:1]
    problems: list[dict[str, str]] = []
    status = 200
    if request.method == "POST" and not previews.wants_edit():
        if form.validate():
            try:
                reason = form.reason.data or ""
                if previews.wants_look():
                    return _look_at_review(suspended, str(form.choice.data), reason)
                take("suspension", suspended, str(form.choice.data), reason=reason, version=version_seen())
            except StepRefused as refused:
                db.session.rollback()
                problems = refusal_texts(refused.reasons)
            else:
                lifted = form.choice.data == "lift"
                flash(_("The suspension is lifted.") if lifted else _("The suspension stays."), "success")
                return redirect(url_for("organizations.show", reference=suspended.organization.reference), code=303)
        status = 422
    words, late = due_words(suspended.review_due_on)
    page = render_template(
        "organizations/suspension.html",
        suspension=suspended,
        organization=suspended.organization,
        state=state_words("suspension", suspended.state),
        confirmed=suspended.state is SuspensionState.CONFIRMED,
        form=form,
        against=against,
        due_words=words,
        late=late,
        problems=problems,
    )
    return page, status


def _look_at_review(suspended: Suspension, step: str, reason: str) -> str:
    act = rehearsal.step("suspension", suspended.id, step, actor(), reason=reason, seen_version=version_seen())
    found = previews.letters(act)
    organization = suspended.organization
    return previews.page(
        found,
        title=_("Lift the suspension") if step == "lift" else _("Keep the suspension"),
        caption=f"{organization.legal_name} · {organization.reference}",
        submit=_("Lift the suspension") if step == "lift" else _("Keep the suspension"),
        back_href=url_for("organizations.show", reference=organization.reference),
    )


@bp.route("/organizations/<reference>/interest", methods=["GET", "POST"])
@guarded(Permission.ORGANIZATION_FILE, load)
def interest(organization: Organization) -> str | Response | tuple[str, int]:
    form = InterestForm()
    status = 200
    if request.method == "POST":
        if form.validate():
            reason = form.reason.data or ""
            conflict = Conflict(user_id=actor().user_id, organization_id=organization.id, reason=reason)
            take("conflict", conflict, "declare", reason=reason)
            flash(_("Your interest is declared. The organization and its cases are no longer on your desk."), "success")
            return redirect(url_for("organizations.recusals"), code=303)
        status = 422
    return render_template("organizations/interest.html", organization=organization, form=form), status


@bp.get("/recusals")
@guarded(Permission.DESK_OPEN)
def recusals() -> str:
    others = organizations.others_conflicts(db.session(), actor()) if may(Permission.CONFLICT_LIFT) else []
    return render_template(
        "organizations/recusals.html",
        own=[
            {"reference": o.reference, "since": c.created_at}
            for c, o in organizations.own_conflicts(db.session(), actor().user_id or 0)
        ],
        others=[
            {
                "who": c.user.name or c.user.email,
                "name": o.legal_name,
                "since": c.created_at,
                "reason": c.reason,
                "action": step_url("conflict", c, "lift"),
                "version": c.version,
                "id": f"lift-{c.user.reference}-{o.reference}",
            }
            for c, o in others
        ],
        may_lift=may(Permission.CONFLICT_LIFT),
    )
