"""Acts on many cases: choose, look at the plan, carry out, read the receipt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from flask import Blueprint, abort, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting import clock
from vetting.canonical import LARGEST_INTEGER
from vetting.extensions import db
from vetting.forms.bulk import FORMS, PERSON, ActForm
from vetting.jobs import bulk as job
from vetting.models import Application, BulkAct, BulkItemState, BulkRun, BulkRunState
from vetting.policy import Permission
from vetting.queries import queue, runs, workload
from vetting.queries.queue_filters import Filters
from vetting.unit_of_work import unit_of_work
from vetting.views import bulk_forms, bulk_rows, previews
from vetting.views.guard import actor, guarded
from vetting.views.steps import possible, step_url

bp = Blueprint("bulk", __name__, url_prefix="/desk/bulk")

MOST_CASES = 1000
MAIL_OF = 50
"""The mail of so many cases is shown in full before a run; the rest is of the same kind."""


def _wanted() -> list[str]:
    """The cases that were chosen one by one, or by a view of the queue; each once."""
    view = request.form.get("view", "")
    if view:
        filters = Filters.from_args(dict(parse_qsl(view.lstrip("?"))))
        return queue.references(db.session(), actor(), filters, clock.today(), MOST_CASES)
    named = request.form.getlist("case") or request.form.get("cases", "").split()
    return list(dict.fromkeys(reference[:20] for reference in named))[:MOST_CASES]


@bp.post("/new")
@guarded(Permission.BULK_RUN)
def new() -> str | Response | tuple[str, int]:
    """First which act, then what it needs to know, then the plan."""
    cases = workload.chosen(db.session(), actor(), _wanted())
    if not cases:
        return render_template("bulk/nothing.html"), 422
    about = {
        "cases": " ".join(case.reference for case in cases),
        "count": ngettext("%(num)s case chosen", "%(num)s cases chosen", len(cases)),
        "capped": len(cases) == MOST_CASES,
    }
    chosen = request.form.get("act", "")
    if chosen not in set(BulkAct):
        return _which_act(about)
    return _what(BulkAct(chosen), cases, about)


def _which_act(about: dict[str, Any]) -> str | tuple[str, int]:
    asked = "choose" in request.form
    form = ActForm() if asked else ActForm(formdata=None)
    form.offer([(act.value, words) for act, words in bulk_forms.act_words().items()])
    if asked:
        form.validate()
    page = render_template("bulk/new.html", form=form, hints=bulk_forms.act_hints(), **about)
    return (page, 422) if asked else page


def _what(act: BulkAct, cases: list[Application], about: dict[str, Any]) -> str | Response | tuple[str, int]:
    filled = "plan" in request.form
    form = FORMS[act]() if filled else FORMS[act](formdata=None)
    bulk_forms.offer(form, cases)
    if filled and form.validate():
        planned = bulk_forms.planned(form, cases)
        with unit_of_work(db.session) as session:
            run = job.plan(session, actor(), act, planned.parameters, planned.actions)
        return redirect(url_for("bulk.show", reference=run.reference), code=303)
    page = render_template("bulk/act.html", form=form, act=act.value, title=bulk_forms.act_words()[act], **about)
    return (page, 422) if filled else page


def load(session: Session, reference: str) -> BulkRun | None:
    """The run that the address names."""
    return runs.find(session, reference)


@bp.get("/<reference>")
@guarded(Permission.BULK_RUN, load)
def show(run: BulkRun) -> str:
    """The plan, the progress or the receipt, as far as the run has come."""
    waiting, own = run.state is BulkRunState.PLANNED, run.made_by_id == actor().user_id
    # First of all, because it ends the transaction in which the page was read.
    letters = previews.letters(job.rehearsal(run.id, MAIL_OF)) if waiting and own else []
    steps = possible("bulk_run", run)
    actions = runs.planned(db.session(), run, actor())
    able = [number for number, action in actions.items() if "against" not in action]
    after = min(request.args.get("after", -1, type=int), LARGEST_INTEGER)
    found = runs.page(db.session(), run, actor(), after, only=able if waiting else ())
    counts = runs.counts(db.session(), run, actor())
    here, further = url_for(".show", reference=run.reference), found.next_after
    return render_template(
        "bulk/plan.html" if waiting else "bulk/receipt.html",
        run=run,
        title=bulk_forms.act_words()[run.act],
        what=bulk_rows.parameters_in_words(run),
        shared_out=run.parameters.get("mode", PERSON) != PERSON,
        rows=bulk_rows.rows(run, found.items) if able or not waiting else [],
        troubled=bulk_rows.troubled(run, actions, actor()) if waiting else [],
        loads=bulk_rows.loads(run, actions.values()),
        next_href=None if further is None else url_for(".show", reference=run.reference, after=further),
        first_href=here if after >= 0 else None,
        total=len(actions),
        able=len(able),
        figures=_figures(counts),
        progress=_progress(counts),
        letters=letters,
        more_mail=len(able) > MAIL_OF,
        steps={name: step_url("bulk_run", run, name) for name, step in steps.items() if step.open},
    )


def _figures(counts: Mapping[BulkItemState, int]) -> list[dict[str, Any]]:
    shown = (
        (BulkItemState.DONE, _("Done")),
        (BulkItemState.REFUSED, _("Not possible")),
        (BulkItemState.CANCELLED, _("Stopped before")),
        (BulkItemState.WAITING, _("Waiting")),
    )
    used = [(state, words) for state, words in shown if counts[state] or state is BulkItemState.DONE]
    return [{"label": words, "value": counts[state]} for state, words in used]


def _progress(counts: Mapping[BulkItemState, int]) -> str:
    total = sum(counts.values())
    return str(_("%(done)s of %(total)s cases are settled.", done=total - counts[BulkItemState.WAITING], total=total))


@bp.get("/<reference>/progress")
@guarded(Permission.BULK_RUN, load)
def progress(run: BulkRun) -> Response:
    """How far a run has come, for the page that waits."""
    if run.state is BulkRunState.PLANNED:
        abort(404)
    counts = runs.counts(db.session(), run, actor())
    return jsonify(ready=run.state is not BulkRunState.RUNNING, text=_progress(counts))
