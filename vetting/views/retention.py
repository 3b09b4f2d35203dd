"""How long files are kept: the schedule, who approves it, what is due, removals with their receipts, and holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting import canonical, clock
from vetting.data.kept import Goes, Place, load_kept
from vetting.extensions import db
from vetting.forms.lapses import HoldRecordsForm, ReasonForm, schedule_form
from vetting.lapses.keeping import RULES
from vetting.models import (
    Disposal,
    DisposalItemState,
    DisposalState,
    HoldState,
    LegalHold,
    Organization,
    RetentionSchedule,
    ScheduleState,
)
from vetting.policy import Permission
from vetting.queries import organizations, retention
from vetting.queries.forecast import not_for
from vetting.refs import new_reference
from vetting.text import say
from vetting.views.desk_words import state_words
from vetting.views.errors import refusal_texts, translated
from vetting.views.guard import actor, guarded, may
from vetting.views.lapses import kind_name
from vetting.views.retention_rows import together
from vetting.views.steps import possible, step_url, take, version_seen
from vetting.workflows.engine import StepRefused
from vetting.workflows.guards.retention import NOT_APPROVED

bp = Blueprint("retention", __name__, url_prefix="/desk/retention")

TONES: Mapping[ScheduleState, str] = {ScheduleState.PROPOSED: "warn", ScheduleState.APPROVED: "good"}


def rule_words(key: str) -> str:
    """A row of the schedule in words."""
    words = {
        "procurement_contract_file": _("Purchasing and contract files"),
        "signed_agreement": _("Signed agreements"),
        "application_selected": _("Documents of approved applications"),
        "application_not_selected": _("Documents of applications that were not selected"),
        "reviewer_scores": _("Reviews and scores"),
        "audit_log": _("History"),
        "clearance_attestation": _("Background-check attestations that were replaced"),
    }
    return str(words.get(key, key))


def start_words(key: str) -> str:
    """From when years are counted, in words."""
    words = {
        "final_payment": _("the final payment"),
        "term_end": _("the end of the agreement"),
        "listing_end": _("the end of the approval"),
        "decision": _("the decision"),
        "event": _("the event"),
        "replaced": _("the day it was replaced"),
    }
    return str(words.get(key, key))


def _rows(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "key": key,
            "what": rule_words(key),
            "years": row["years"],
            "start": start_words(str(row["from"])),
            "verified": bool(row.get("verified")),
            "removes": key in RULES,
        }
        for key, row in content.items()
    ]


def _place(place: Place, content: Mapping[str, Any], *, approved: bool) -> dict[str, Any]:
    """One place where files lie: the rows that decide about it, and how its files go."""
    goes = {
        Goes.RUN: _("By a removal that a records officer starts")
        if approved
        else _("Not before a schedule is approved"),
        Goes.NEVER: _("Never removed here"),
        Goes.BY_ITSELF: _("By themselves: they are no records"),
        Goes.ELSEWHERE: _("Kept outside this program"),
    }
    rows = [(rule_words(key), content[key]["years"]) for key in place.rows if key in content]
    return {
        "name": _(place.name),
        "about": _(place.help),
        "rows": [ngettext("%(row)s: %(num)s year", "%(row)s: %(num)s years", years, row=row) for row, years in rows],
        "goes": goes[place.goes],
    }


@bp.get("")
@guarded(Permission.RETENTION_VIEW)
def index() -> str:
    """The schedule in force or proposed, what is due under it, and the runs."""
    session, today = db.session(), clock.today()
    current, waiting = retention.approved(session), retention.proposed(session)
    shown = current or waiting
    content = shown.content if shown is not None else retention.shipped()
    preview = shown or RetentionSchedule(content=content)
    due = retention.due_files(session, preview, today, without=sorted(not_for(actor())))
    return render_template(
        "retention/index.html",
        current=current,
        waiting=waiting,
        rows=_rows(content),
        places=[_place(place, content, approved=current is not None) for place in load_kept()],
        due=together([_due(row) for row in due]),
        due_number=len(due),
        held_number=sum(row.held for row in due),
        versions=[_version(one) for one in retention.schedules(session)],
        runs=[_run(run) for run in retention.runs(session)],
        may_propose=may(Permission.RETENTION_PROPOSE) and waiting is None,
        may_run=may(Permission.RETENTION_RUN) and current is not None,
    )


def _due(row: retention.DueFile) -> dict[str, Any]:
    document = row.version.document
    return {
        "document": kind_name(document.type_key),
        "reference": document.reference,
        "organization": document.organization.legal_name,
        "rule": rule_words(row.due.rule),
        "day": row.due.day,
        "state": _("Kept by a legal hold") if row.held else "",
        "why": "",
    }


def _version(one: RetentionSchedule) -> dict[str, Any]:
    return {
        "number": one.number,
        "state": state_words("retention_schedule", one.state),
        "tone": TONES.get(one.state, "neutral"),
        "proposed_by": one.proposed_by.name,
        "decided_by": one.decided_by.name if one.decided_by else "",
        "decided_at": one.decided_at,
        "href": url_for("retention.schedule", number=str(one.number)),
    }


def _run(run: Disposal) -> dict[str, Any]:
    return {
        "reference": run.reference,
        "state": state_words("disposal", run.state),
        "planned_by": run.planned_by.name,
        "planned_on": run.planned_on,
        "number": run.schedule.number,
        "href": url_for("retention.run", reference=run.reference),
    }


@bp.route("/propose", methods=["GET", "POST"])
@guarded(Permission.RETENTION_PROPOSE)
def propose() -> str | Response | tuple[str, int]:
    """A new version, from the one in force or from the example."""
    session = db.session()
    current = retention.approved(session)
    content = dict(current.content) if current is not None else retention.shipped()
    form = schedule_form(content)()
    problems: list[dict[str, str]] = []
    status = 200
    if request.method == "POST":
        status = 422
        if form.validate():
            years = {key: int(form[f"years_{key}"].data) for key in content}
            fresh = {
                key: {**row, "years": years[key], "verified": _same(row, years[key])} for key, row in content.items()
            }
            proposal = RetentionSchedule(
                number=retention.next_number(session),
                content=fresh,
                content_sha256=canonical.digest("retention-schedule", fresh),
                reason=form["reason"].data or "",
                proposed_by_id=actor().user_id,
            )
            try:
                take("retention_schedule", proposal, "propose")
            except StepRefused as refused:
                db.session.rollback()
                problems = refusal_texts(refused.reasons)
            else:
                flash(_("The schedule is proposed. A records officer who did not propose it approves it."), "success")
                return redirect(url_for("retention.schedule", number=str(proposal.number)), code=303)
    return render_template("retention/propose.html", form=form, rows=_rows(content), problems=problems), status


def _same(row: Mapping[str, Any], years: int) -> bool:
    return bool(row.get("verified")) and int(row["years"]) == years


def load_schedule(session: Session, number: str) -> RetentionSchedule | None:
    if not number.isdecimal() or len(number) > 6:
        return None
    return session.query(RetentionSchedule).filter_by(number=int(number)).one_or_none()


@bp.route("/schedules/<number>", methods=["GET", "POST"])
@guarded(Permission.RETENTION_VIEW, load_schedule)
def schedule(found: RetentionSchedule) -> str | Response | tuple[str, int]:
    """One version; a records officer approves it here, or says why not."""
    form = ReasonForm()
    problems: list[dict[str, str]] = []
    status = 200
    if request.method == "POST":
        status = 422
        if form.validate():
            step = "approve" if request.form.get("act") == "approve" else "turn_down"
            try:
                take("retention_schedule", found, step, reason=form.reason.data or "", version=version_seen())
            except StepRefused as refused:
                db.session.rollback()
                problems = refusal_texts(refused.reasons)
            else:
                done = _("The schedule is in force.") if step == "approve" else _("The schedule is not approved.")
                flash(done, "success")
                return redirect(url_for("retention.index"), code=303)
    acts = possible("retention_schedule", found)
    page = render_template(
        "retention/schedule.html",
        schedule=found,
        version=_version(found),
        rows=_rows(found.content),
        form=form,
        problems=problems,
        approves="approve" in acts and acts["approve"].open,
        turns_down="turn_down" in acts,
        why_not=[translated(reason) for step in acts.values() for reason in step.reasons][:1],
    )
    return page, status


@bp.post("/runs/new")
@guarded(Permission.RETENTION_RUN)
def plan() -> Response:
    """Plan a removal of what is due today. Without an approved schedule this is refused, and says so."""
    current = retention.approved(db.session())
    if current is None:
        raise StepRefused([say(NOT_APPROVED)])
    run = Disposal(
        reference=new_reference("RMV"), schedule=current, planned_by_id=actor().user_id, planned_on=clock.today()
    )
    take("disposal", run, "plan")
    return redirect(url_for("retention.run", reference=run.reference), code=303)


def load_run(session: Session, reference: str) -> Disposal | None:
    return session.query(Disposal).filter_by(reference=reference).one_or_none()


@bp.get("/runs/<reference>")
@guarded(Permission.RETENTION_VIEW, load_run)
def run(found: Disposal) -> str:
    """The preview of a planned removal, and afterwards its receipt."""
    acts = possible("disposal", found)
    hidden = not_for(actor())
    planned = found.state is DisposalState.PLANNED
    items = [item for item in found.items if item.document_version.organization_id not in hidden]
    return render_template(
        "retention/run.html",
        run=_run(found),
        disposal=found,
        planned=planned,
        number=len(items),
        done=sum(item.state is not DisposalItemState.WAITING for item in items),
        groups=together(
            {
                "document": kind_name(item.document_version.document.type_key),
                "reference": item.document_version.document.reference,
                "organization": item.document_version.document.organization.legal_name,
                "rule": rule_words(item.rule),
                "day": item.due_on,
                "state": "" if planned else state_words("disposal_item", item.state),
                "why": item.why_kept,
            }
            for item in items
        ),
        removed=sum(item.state is DisposalItemState.REMOVED for item in items),
        start=step_url("disposal", found, "start") if "start" in acts and acts["start"].open else "",
        cancel=step_url("disposal", found, "cancel") if "cancel" in acts else "",
    )


@bp.get("/holds")
@guarded(Permission.RETENTION_VIEW)
def holds() -> str:
    """Legal holds, those in force first."""
    found = [_hold(one) for one in retention.holds(db.session(), sorted(not_for(actor())))]
    return render_template("retention/holds.html", rows=found)


def _hold(one: LegalHold) -> dict[str, Any]:
    return {
        "reference": one.reference,
        "organization": one.organization.legal_name,
        "what": one.application.reference if one.application else _("Everything"),
        "reason": one.reason,
        "placed_by": one.placed_by.name,
        "placed_on": one.placed_on,
        "state": state_words("legal_hold", one.state),
        "in_force": one.state is HoldState.IN_FORCE,
        "lift": url_for("retention.lift", reference=one.reference) if may(Permission.HOLD_LIFT, one) else "",
    }


def load_organization(session: Session, reference: str) -> Organization | None:
    return organizations.find(session, reference)


@bp.route("/holds/new/<reference>", methods=["GET", "POST"])
@guarded(Permission.HOLD_PLACE, load_organization, sees=Permission.ORGANIZATION_FILE)
def place(organization: Organization) -> str | Response | tuple[str, int]:
    """Nothing of this organization, or of one of its cases, is removed from now on."""
    cases = organizations.applications(db.session(), actor(), organization.id)
    form = HoldRecordsForm()
    form.offer([(case.reference, _("Only the case %(reference)s", reference=case.reference)) for case in cases])
    if request.method == "GET":
        form.scope.data = request.args.get("case", "all")
    problems: list[dict[str, str]] = []
    status = 200
    if request.method == "POST":
        status = 422
        if form.validate():
            hold = LegalHold(
                reference=new_reference("HLD"),
                organization=organization,
                application=next((case for case in cases if case.reference == form.scope.data), None),
                reason=form.reason.data or "",
                placed_by_id=actor().user_id,
                placed_on=clock.today(),
            )
            try:
                take("legal_hold", hold, "place", reason=form.reason.data or "")
            except StepRefused as refused:
                db.session.rollback()
                problems = refusal_texts(refused.reasons)
            else:
                flash(_("The hold is in force. Another person can lift it."), "success")
                return redirect(url_for("retention.holds"), code=303)
    return render_template("retention/place.html", organization=organization, form=form, problems=problems), status


def load_hold(session: Session, reference: str) -> LegalHold | None:
    return session.query(LegalHold).filter_by(reference=reference).one_or_none()


@bp.route("/holds/<reference>/lift", methods=["GET", "POST"])
@guarded(Permission.HOLD_LIFT, load_hold)
def lift(hold: LegalHold) -> str | Response | tuple[str, int]:
    """A second person lifts it."""
    form = ReasonForm()
    problems: list[dict[str, str]] = []
    status = 200
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                take("legal_hold", hold, "lift", reason=form.reason.data or "", version=version_seen())
            except StepRefused as refused:
                db.session.rollback()
                problems = refusal_texts(refused.reasons)
            else:
                flash(_("The hold is lifted."), "success")
                return redirect(url_for("retention.holds"), code=303)
    acts = possible("legal_hold", hold)
    against = [translated(reason) for step in acts.values() for reason in step.reasons][:1]
    page = render_template(
        "retention/lift.html",
        hold=hold,
        row=_hold(hold),
        form=form,
        against=against,
        closed="lift" not in acts,
        problems=problems,
    )
    return page, status
