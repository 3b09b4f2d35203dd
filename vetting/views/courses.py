"""The course of an agreement: begin one, change it, renew it, end it before its time, and the yes it needs before."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting import clock, refs, rehearsal
from vetting.extensions import db
from vetting.forms.agreements import BeginForm, EndForm
from vetting.models import (
    Agreement,
    AgreementActivity,
    AgreementState,
    AgreementTerms,
    Partnership,
    PartnershipState,
    Role,
)
from vetting.policy import Permission, allows
from vetting.queries import agreement_starts, agreements, approvals, estimates, schools
from vetting.queries.agreement_types import in_use, parsed, type_of
from vetting.unit_of_work import unit_of_work
from vetting.views import previews
from vetting.views.errors import translated
from vetting.views.guard import actor, guarded
from vetting.views.partnerships import load as load_partnership
from vetting.views.steps import take, version_seen
from vetting.workflows import engine
from vetting.workflows.engine import StepRefused
from vetting.workflows.registry import workflow_named

bp = Blueprint("courses", __name__)


def load(session: Session, reference: str) -> Agreement | None:
    """An agreement by its public reference."""
    return agreements.by_reference(session, reference)


DRAFT = guarded(Permission.AGREEMENT_DRAFT, load_partnership, sees=Permission.PARTNERSHIP_VIEW)
MANAGE = guarded(Permission.AGREEMENT_MANAGE, load, sees=Permission.AGREEMENT_VIEW)


@bp.get("/partnerships/<reference>/agreements/new")
@DRAFT
def begin(subject: Partnership) -> str:
    """Three questions that choose the kind of agreement."""
    return _begin_page(BeginForm(data={"activity": "service", "terms": "fixed"}), subject)


def _begin_page(form: BeginForm, partnership: Partnership) -> str:
    kinds = parsed(in_use(db.session()))
    return render_template("agreements/begin.html", form=form, partnership=partnership, kinds=kinds)


@bp.post("/partnerships/<reference>/agreements")
@DRAFT
def draft(subject: Partnership) -> str | Response | tuple[str, int]:
    """Begin a draft of the kind that applies, filled with what is known."""
    form = BeginForm()
    if not form.validate():
        return _begin_page(form, subject), 422
    agreement = agreement_starts.fresh(db.session(), subject, clock.today(), _me())
    agreement.activity = AgreementActivity(form.activity.data)
    agreement.terms = AgreementTerms(form.terms.data)
    agreement.funding_source = "partnership_fund" if form.paid.data == "yes" else "none"
    try:
        take("agreement", agreement, "draft")
    except StepRefused as refused:
        db.session.rollback()
        form.activity.errors = [translated(reason) for reason in refused.reasons]
        again = load_partnership(db.session(), subject.reference) or subject
        return _begin_page(form, again), 409
    kind = type_of(db.session(), agreement)
    flash(_("This is written as: %(kind)s. %(why)s", kind=_(kind.name), why=_(kind.summary)), "info")
    return redirect(url_for("drafting.tasks", reference=agreement.reference), code=303)


def _me() -> int:
    number = actor().user_id
    if number is None:
        raise RuntimeError("a draft is begun by a person")
    return number


@bp.get("/agreements/<reference>/change")
@MANAGE
def changing(subject: Agreement) -> str:
    """What changing an agreement that is in force means."""
    return _asked_page(subject, "courses.change", CHANGE)


@bp.post("/agreements/<reference>/change")
@MANAGE
def change(subject: Agreement) -> str | Response | tuple[str, int]:
    """Begin the agreement that replaces this one once it is in force itself."""

    def begun() -> str:
        made = agreement_starts.amendment(db.session(), subject, clock.today(), _me())
        take("agreement", made, "draft")
        return made.reference

    return _begun(subject, begun, "courses.change", CHANGE)


CHANGE = "change"
RENEW = "renew"


@bp.get("/agreements/<reference>/renew")
@MANAGE
def renewing(subject: Agreement) -> str:
    """What renewing an agreement means."""
    return _asked_page(subject, "courses.renew", RENEW)


@bp.post("/agreements/<reference>/renew")
@MANAGE
def renew(subject: Agreement) -> str | Response | tuple[str, int]:
    """Begin the agreement that follows this one: its words, with every date a year later."""
    session = db.session()
    year = agreement_starts.school_year_after(subject)
    program_id, school_id = subject.partnership.program_id, subject.school_id
    there = schools.live_partnership(session, program_id, school_id, year)
    wanted = there or Partnership(
        reference=refs.new_reference("PSH"),
        program_id=program_id,
        program=subject.partnership.program,
        school_id=school_id,
        school=subject.school,
        school_year=year,
        proposed_by_id=_me(),
        note="",
    )

    def begun() -> str:
        # A leader who renews says yes to the partnership of the next year with it.
        with unit_of_work(db.session) as work:
            person = actor()
            if there is None:
                engine.run(work, workflow_named("partnership"), wanted, "propose", person)
            if wanted.state is PartnershipState.PROPOSED:
                engine.run(work, workflow_named("partnership"), wanted, "confirm", person)
            made = agreement_starts.renewal(work, subject, wanted, clock.today(), _me())
            engine.run(work, workflow_named("agreement"), made, "draft", person)
            return made.reference

    return _begun(subject, begun, "courses.renew", RENEW)


def _begun(before: Agreement, act: Callable[[], str], endpoint: str, what: str) -> str | Response | tuple[str, int]:
    reference = before.reference
    try:
        made = act()
    except (StepRefused, engine.NotAllowed) as refused:
        db.session.rollback()
        reasons = (
            [translated(reason) for reason in refused.reasons]
            if isinstance(refused, StepRefused)
            else [_("The school leader proposes and confirms the partnership for the next school year first.")]
        )
        return _asked_page(load(db.session(), reference) or before, endpoint, what, reasons), 409
    return redirect(url_for("drafting.tasks", reference=made), code=303)


def _asked_page(agreement: Agreement, endpoint: str, what: str, reasons: list[str] | None = None) -> str:
    return render_template(
        "agreements/succeed.html", agreement=agreement, action=endpoint, what=what, reasons=reasons or []
    )


@bp.route("/agreements/<reference>/end", methods=["GET", "POST"])
@MANAGE
def end(subject: Agreement) -> str | Response | tuple[str, int]:
    """End an agreement on a day before its last: choose the day, see the mail, then do it."""
    form = EndForm() if request.method == "POST" else EndForm(data={"last_day": clock.today()})
    if subject.state not in {AgreementState.IN_FORCE, AgreementState.SUSPENDED}:
        return redirect(url_for("agreements.show", reference=subject.reference), code=303)
    if request.method == "GET" or previews.wants_edit():
        return _end_page(form, subject)
    if not form.validate():
        return _end_page(form, subject), 422
    reference, title = subject.reference, _("End it on a day")
    try:
        if previews.wants_look():
            act = rehearsal.step(
                "agreement", subject.id, "plan_end", actor(), data=form.command(), reason=form.reason.data or ""
            )
            back = url_for("courses.end", reference=reference)
            return previews.page(previews.letters(act), title=title, submit=title, back_href=back)
        take(
            "agreement", subject, "plan_end", data=form.command(), reason=form.reason.data or "", version=version_seen()
        )
    except StepRefused as refused:
        db.session.rollback()
        form.last_day.errors = [translated(reason) for reason in refused.reasons]
        return _end_page(form, load(db.session(), reference) or subject), 409
    flash(_("Everybody involved is told."), "success")
    return redirect(url_for("agreements.show", reference=reference), code=303)


def _end_page(form: EndForm, agreement: Agreement) -> str:
    return render_template("agreements/end.html", form=form, agreement=agreement)


@bp.get("/agreements/to-approve")
@guarded(Permission.ACCOUNT_OWN)
def to_approve() -> str:
    """Agreements that wait for a yes of the person, the one that waits longest first."""
    person, session, today = actor(), db.session(), clock.today()
    mine = approvals.waiting_for(session, person, [*person.roles, *_leads()])
    shown = [one for one in mine if allows(Permission.AGREEMENT_APPROVE, person, one)]
    since = approvals.waiting_since(session, shown)
    rows = [
        {
            "agreement": one.agreement,
            "since": since[one.id],
            "today": clock.local_date(since[one.id]) == today,
            "days": estimates.waited(since[one.id], today),
        }
        for one in sorted(shown, key=lambda one: (since[one.id], one.id))
    ]
    return render_template("agreements/to_approve.html", rows=rows)


def _leads() -> list[Role]:
    return [Role.SCHOOL_LEADER] if any(Role.SCHOOL_LEADER in held for held in actor().schools.values()) else []
