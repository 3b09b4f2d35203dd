"""The yearly renewal: choose the year that ends, read the plan, leave some out, see mail and drafts, carry it out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Any

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting import clock
from vetting.calendar_days import next_school_year, school_year_of
from vetting.canonical import LARGEST_INTEGER
from vetting.documents.agreement import agreement_body
from vetting.extensions import db
from vetting.forms.countersigning import LeaveOutForm, PlanRenewalsForm
from vetting.jobs import renewal_run as job
from vetting.jobs.spreadsheets import csv_pieces
from vetting.models import RenewalItem, RenewalItemState, RenewalRun, RenewalRunState, RenewalWay
from vetting.policy import Permission
from vetting.queries import renewal_runs as runs
from vetting.rehearsal import Letter
from vetting.text import Message
from vetting.unit_of_work import unit_of_work
from vetting.views import previews
from vetting.views.chrome import localdate
from vetting.views.errors import translated
from vetting.views.guard import actor, guarded
from vetting.views.steps import possible, step_url
from vetting.workflows import engine
from vetting.workflows.engine import StepError, StepRefused
from vetting.workflows.registry import WORKFLOWS
from vetting.workflows.renewal_runs import RENEWAL_ITEM
from vetting.workflows.scope_of_service import draft_content

bp = Blueprint("renewal_runs", __name__, url_prefix="/desk/renewal-runs")

MAIL_OF = 25
"""The mail of so many agreements is shown in full before a run; the rest is of the same kind."""

ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)

TONES = {RenewalItemState.DONE: "good", RenewalItemState.REFUSED: "warn", RenewalItemState.LEFT_OUT: "neutral"}
GOES_ON = (RenewalItemState.WAITING, RenewalItemState.LEFT_OUT)


def load(session: Session, reference: str) -> RenewalRun | None:
    """The run that the address names."""
    return runs.find(session, reference)


SEES = guarded(Permission.RENEWAL_RUN, load)


@bp.route("", methods=["GET", "POST"])
@guarded(Permission.RENEWAL_RUN)
def index() -> str | Response | tuple[str, int]:
    """The runs there were, and a plan for another year."""
    this = school_year_of(clock.today())
    form = PlanRenewalsForm() if request.method == "POST" else PlanRenewalsForm(data={"school_year": this})
    form.offer((this, next_school_year(this)))
    if request.method == "POST" and form.validate():
        with unit_of_work(db.session) as session:
            run = job.plan(session, actor(), form.school_year.data)
        return redirect(url_for(".show", reference=run.reference), code=303)
    page = render_template(
        "renewal_runs/index.html",
        form=form,
        runs=runs.recent(db.session()),
        words=WORKFLOWS["renewal_run"].words,
    )
    return (page, 422) if form.errors else page


@bp.get("/<reference>")
@SEES
def show(run: RenewalRun) -> str:
    """The plan, the progress or the receipt, as far as the run has come."""
    return _page(run)


@bp.post("/<reference>/mail")
@SEES
def mail(run: RenewalRun) -> str | Response:
    """The plan with the mail that it would send: asked for, because finding that out keeps others from writing."""
    if not _plans(run):
        return redirect(url_for(".show", reference=run.reference), code=303)
    # First of all, because it ends the transaction in which the page was read.
    found = previews.letters_one_by_one(job.rehearsals(db.session(), run.id, MAIL_OF))
    return _page(_fresh(run), letters=found)


def _plans(run: RenewalRun) -> bool:
    """Whether it is a plan still, and the reader's own."""
    return run.state is RenewalRunState.PLANNED and run.made_by_id == actor().user_id


def _page(run: RenewalRun, form: LeaveOutForm | None = None, letters: Sequence[Letter] | None = None) -> str:
    session, person = db.session(), actor()
    planned, own = run.state is RenewalRunState.PLANNED, run.made_by_id == person.user_id
    counts = runs.counts(session, run, person)
    after = max(-1, min(request.args.get("after", -1, type=int), LARGEST_INTEGER))
    states = GOES_ON if planned else ()
    found = runs.items(session, run, person, states, after=after, most=runs.PAGE_SIZE + 1)
    page, more = found[: runs.PAGE_SIZE], len(found) > runs.PAGE_SIZE
    steps = {
        name: step_url("renewal_run", run, name) for name, step in possible("renewal_run", run).items() if step.open
    }
    return render_template(
        "renewal_runs/plan.html" if planned else "renewal_runs/receipt.html",
        run=run,
        own=own,
        rows=[_row(item) for item in page],
        passed_over=_passed_over(run) if planned else [],
        form=form or LeaveOutForm(formdata=None),
        figures=_figures(counts, planned=planned),
        able=counts[RenewalItemState.WAITING],
        progress=_progress(counts),
        letters=letters,
        more_mail=counts[RenewalItemState.WAITING] > MAIL_OF,
        steps=steps,
        first_href=url_for(".show", reference=run.reference) if after >= 0 else None,
        next_href=url_for(".show", reference=run.reference, after=page[-1].position) if more else None,
    )


def _row(item: RenewalItem) -> dict[str, Any]:
    agreement = item.agreement
    draft = item.way is RenewalWay.DRAFT
    return {
        "item": item,
        "agreement": agreement,
        "how": way_words(item.way),
        "plan": said(item.plan["words"]),
        "term": _term(item.plan),
        "draft_href": url_for(".draft", reference=item.run.reference, agreement=agreement.reference) if draft else "",
        "taken": item.state is RenewalItemState.WAITING,
        "state": translated(WORKFLOWS["renewal_item"].words[item.state].office),
        "tone": TONES.get(item.state, "neutral"),
        "outcome": said(item.outcome) if item.outcome else "",
    }


def way_words(way: RenewalWay) -> str:
    """How an agreement goes on, as a word for lists."""
    words = {
        RenewalWay.NOTICE: _("Renews by itself, with notice"),
        RenewalWay.DRAFT: _("Draft for the next year"),
        RenewalWay.NONE: _("Not renewed"),
    }
    return str(words[way])


def said(kept: Mapping[str, Any]) -> str:
    """A kept sentence in the reader's language; days in it as days are written."""
    message = Message.of_data(kept)
    values = {key: _shown(value) for key, value in message.values.items()}
    return translated(Message(message.text, values))


def _shown(value: str | int | Message) -> str | int | Message:
    if isinstance(value, str) and ISO_DAY.fullmatch(value):
        with suppress(ValueError):
            return localdate(date.fromisoformat(value))
    return value


def _term(plan: Mapping[str, Any]) -> str:
    if "starts_on" not in plan:
        return ""
    first, last = (localdate(date.fromisoformat(plan[key]), "short") for key in ("starts_on", "ends_on"))
    return str(_("%(first)s to %(last)s", first=first, last=last))


def _passed_over(run: RenewalRun) -> list[dict[str, Any]]:
    """Agreements to which nothing happens, under the reason they share."""
    found: dict[str, list[RenewalItem]] = {}
    for item in runs.items(db.session(), run, actor(), (RenewalItemState.PASSED_OVER,)):
        found.setdefault(said(item.plan["words"]), []).append(item)
    return [{"why": why, "items": items} for why, items in found.items()]


def _figures(counts: Mapping[RenewalItemState, int], *, planned: bool) -> list[dict[str, Any]]:
    shown = (
        (RenewalItemState.DONE, _("Done")),
        (RenewalItemState.WAITING, _("To renew") if planned else _("Waiting")),
        (RenewalItemState.REFUSED, _("Not possible")),
        (RenewalItemState.LEFT_OUT, _("Left out")),
        (RenewalItemState.PASSED_OVER, _("Not renewed")),
        (RenewalItemState.CANCELLED, _("Stopped before")),
    )
    first = RenewalItemState.WAITING if planned else RenewalItemState.DONE
    return [{"label": words, "value": counts[state]} for state, words in shown if counts[state] or state is first]


def _progress(counts: Mapping[RenewalItemState, int]) -> str:
    kept = sum(counts.values()) - counts[RenewalItemState.PASSED_OVER] - counts[RenewalItemState.LEFT_OUT]
    done = kept - counts[RenewalItemState.WAITING]
    return str(_("%(done)s of %(total)s agreements are settled.", done=done, total=kept))


@bp.post("/<reference>")
@SEES
def choose(run: RenewalRun) -> str | Response | tuple[str, int]:
    """Leave out what is not ticked any more, with the reason, and take in again what is."""
    reference, form = run.reference, LeaveOutForm()
    shown, ticked = set(request.form.getlist("shown")), set(request.form.getlist("agreement"))
    lines = [item for item in runs.items(db.session(), run, actor(), GOES_ON) if item.agreement.reference in shown]
    out = [i for i in lines if i.state is RenewalItemState.WAITING and i.agreement.reference not in ticked]
    back = [i for i in lines if i.state is RenewalItemState.LEFT_OUT and i.agreement.reference in ticked]
    fits = form.validate()
    if out and not (form.reason.data or "").strip():
        form.reason.errors = [_("Say why they are left out")]
        fits = False
    if not fits:
        return _page(_fresh(run), form), 422
    try:
        with unit_of_work(db.session) as session:
            for item in out:
                engine.run(session, RENEWAL_ITEM, item, "leave_out", actor(), reason=form.reason.data or "")
            for item in back:
                engine.run(session, RENEWAL_ITEM, item, "take_in", actor())
    except StepRefused as refused:
        db.session.rollback()
        form.reason.errors = [translated(reason) for reason in refused.reasons]
        return _page(_fresh(run), form), 409
    if out or back:
        flash(_("The plan is changed."), "success")
    return redirect(url_for(".show", reference=reference), code=303)


def _fresh(run: RenewalRun) -> RenewalRun:
    return runs.find(db.session(), run.reference) or run


def load_line(session: Session, reference: str, agreement: str) -> RenewalItem | None:
    """The line of a run about one agreement."""
    run = runs.find(session, reference)
    return runs.item(session, run, actor(), agreement) if run is not None else None


@bp.get("/<reference>/drafts/<agreement>")
@guarded(Permission.RENEWAL_RUN, load_line)
def draft(item: RenewalItem) -> str:
    """The draft that the run would begin, made and thrown away; the school leader reads each part before it is sent."""
    if item.way is not RenewalWay.DRAFT:
        abort(404)
    run_reference, title, number = item.run.reference, item.agreement.partnership.program.name, item.id
    school, person = item.agreement.school.name, actor()
    content: dict[str, Any] = {}

    def act(session: Session) -> None:
        line = session.get_one(RenewalItem, number)
        content.update(draft_content(session, job.draft(session, line.agreement, person)))

    reasons: list[str] = []
    try:
        previews.letters(act)
    except StepError as error:
        reasons = (
            [translated(one) for one in error.reasons] if isinstance(error, StepRefused) else [translated(str(error))]
        )
    return render_template(
        "renewal_runs/draft.html",
        run_reference=run_reference,
        title=title,
        school=school,
        body=agreement_body(content) if content else None,
        reasons=reasons,
    )


@bp.get("/<reference>/progress")
@SEES
def progress(run: RenewalRun) -> Response:
    """How far a run has come, for the page that waits."""
    if run.state is RenewalRunState.PLANNED:
        abort(404)
    counts = runs.counts(db.session(), run, actor())
    return jsonify(ready=run.state is not RenewalRunState.RUNNING, text=_progress(counts))


@bp.get("/<reference>/result.csv")
@SEES
def as_csv(run: RenewalRun) -> Response:
    """Every agreement of the run with what was planned and what came of it."""
    head = [
        _("Agreement"), _("School"), _("Partner"), _("Program"), _("Last day of service"), _("How"), _("Plan"),
        _("Result"), _("What came of it"), _("Why it was left out"), _("New agreement"),
    ]  # fmt: skip
    lines = runs.items(db.session(), run, actor())
    name = f"renewals-{run.reference}.csv"
    return Response(
        "".join(csv_pieces(head, _lines(lines))),
        mimetype="text/csv",
        headers={"Content-Disposition": f"attachment; filename={name}"},
    )


def _lines(items: Sequence[RenewalItem]) -> Iterator[Sequence[str | int | date]]:
    for item in items:
        agreement = item.agreement
        yield (
            agreement.reference,
            agreement.school.name,
            agreement.organization.legal_name,
            agreement.partnership.program.name,
            agreement.ends_on or "",
            way_words(item.way),
            said(item.plan["words"]),
            translated(WORKFLOWS["renewal_item"].words[item.state].office),
            said(item.outcome) if item.outcome else "",
            item.left_out_reason,
            item.made.reference if item.made is not None else "",
        )
