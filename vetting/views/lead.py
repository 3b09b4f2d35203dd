"""The lead's page: workload, funnel, waiting times, lateness and rounds, each number with the list behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from flask_babel import format_date
from flask_babel import gettext as _

from vetting import clock
from vetting.calendar_days import add_months, local_moment_utc, school_year_bounds, school_year_of
from vetting.extensions import db
from vetting.models import CLOSED_STATES, OPEN_STATES, ApplicationKind, ApplicationState, RoundState
from vetting.policy import Permission
from vetting.queries import lead, lead_lists, queue_choices, settings, waiting
from vetting.queries.lead import FUNNEL, REVIEWED, Scope
from vetting.queries.piles import Pile
from vetting.views.chrome import localdate
from vetting.views.desk_words import STATE_TONES, due_words, kind_words, state_words
from vetting.views.guard import actor, guarded

bp = Blueprint("lead", __name__, url_prefix="/desk")

S = ApplicationState
LONGEST_RANGE = timedelta(days=3 * 366)

TARGETS: Mapping[ApplicationState, str] = {
    S.SUBMITTED: "screening",
    S.SCREENING: "screening",
    S.READY_TO_DECIDE: "decision",
    S.DECISION_DRAFTED: "release",
    S.INFORMATION_REQUESTED: "applicant_answer",
}
"""Which of the process settings' targets a state is measured against; a review's depends on what is reviewed."""

ROUND_PARTS: Mapping[str, frozenset[ApplicationState]] = {
    "sent": OPEN_STATES | CLOSED_STATES,
    "in_review": frozenset({S.IN_REVIEW}),
    "reviewed": REVIEWED,
    "decided": frozenset({S.APPROVED, S.NOT_SELECTED}),
}


def scope_from_request() -> Scope:
    """What the address names; this school year where it names nothing that can be understood."""
    today = clock.today()
    usual = school_year_bounds(school_year_of(today))
    first, last = _day("from") or usual[0], _day("to") or min(usual[1], today)
    if last < first or last - first > LONGEST_RANGE:
        first, last = usual[0], today
    kind = request.args.get("kind", "")
    return Scope(first, last, kind if kind in set(ApplicationKind) else "", _reference("round"))


def _reference(name: str) -> str:
    """A reference in the address; signs that none has, and that PostgreSQL does not take, are left out."""
    return "".join(letter for letter in request.args.get(name, "") if letter.isprintable() and letter != " ")[:20]


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


def _args(scope: Scope) -> dict[str, Any]:
    found = {"from": scope.first.isoformat(), "to": scope.last.isoformat(), "kind": scope.kind, "round": scope.round}
    return {name: value for name, value in found.items() if value}


@bp.get("/lead")
@guarded(Permission.LEAD_VIEW)
def index() -> str:
    scope, today, session = scope_from_request(), clock.today(), db.session()
    times, targets = figures_of(scope), targets_of()
    found = lead.funnel(session, actor(), scope)
    cases = lead.open_cases(session, actor(), today)
    late, loads = lead.lateness(cases), lead.workload(session, actor(), today, cases)
    return render_template(
        "lead/index.html",
        scope=scope,
        args=_args(scope),
        bar=_bar(scope, queue_choices.rounds(session)),
        days=[
            {"name": "from", "label": _("Received from"), "value": scope.first.isoformat()},
            {"name": "to", "label": _("to"), "value": scope.last.isoformat()},
        ],
        figures=_headline(late, loads),
        loads=[_load(row) for row in loads],
        most_carried=max((row.cases + row.reviews for row in loads), default=0),
        funnel=funnel_rows(found, scope),
        endings=ending_rows(found, scope),
        times=[time_row(row, scope, targets) for row in waiting.times_in_state(times)],
        uncounted=waiting.uncounted(session),
        months=_months(times, targets),
        lateness=[_late(row) for row in late],
        rounds=[_round(row, today) for row in lead.rounds(session, actor(), today)],
        range_words=_("%(first)s to %(last)s", first=localdate(scope.first), last=localdate(scope.last)),
    )


def _bar(scope: Scope, rounds: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    kinds = [(kind.value, kind_words(kind)) for kind in ApplicationKind]
    return [
        {"name": "kind", "label": _("Stage"), "value": scope.kind, "options": [("", _("All")), *kinds]},
        {"name": "round", "label": _("Round"), "value": scope.round, "options": [("", _("All")), *rounds]},
    ]


def _queue(pile: Pile, **more: Any) -> str:
    return url_for("queue.index", pile=pile.value, **more)


def _headline(late: Sequence[lead.Lateness], loads: Sequence[lead.Load]) -> list[dict[str, Any]]:
    pool = next((row.cases for row in loads if row.person is None), 0)
    return [
        {"label": _("Open cases"), "value": sum(row.open for row in late), "href": _queue(Pile.OPEN)},
        {"label": _("Overdue"), "value": sum(row.late for row in late), "href": _queue(Pile.OVERDUE)},
        {"label": _("On hold"), "value": sum(row.held for row in loads), "href": _queue(Pile.HOLD)},
        {"label": _("In the pool"), "value": pool, "href": _queue(Pile.POOL)},
    ]


def _load(row: lead.Load) -> dict[str, Any]:
    assignee = row.reference or "nobody"
    reviews = partial(url_for, "lead.cases", list="reviews", person=row.reference)
    return {
        "name": row.person or _("The pool: nobody yet"),
        "cases": (row.cases, _queue(Pile.OPEN, assignee=assignee)),
        "late": (row.late, _queue(Pile.OVERDUE, assignee=assignee)),
        "held": (row.held, _queue(Pile.HOLD, assignee=assignee)),
        "reviews": (row.reviews, reviews()) if row.reference else (None, ""),
        "reviews_late": (row.reviews_late, reviews(late="1")) if row.reference else (None, ""),
        "most": "" if row.most is None else str(row.most),
    }


def funnel_words() -> dict[str, str]:
    """The steps of the funnel."""
    return {
        "sent": _("Received"),
        "in_review": _("Screened and sent to review"),
        "reviewed": _("Reviews complete"),
        "decided": _("Decided"),
        "approved": _("Approved"),
    }


def _listed(scope: Scope, step: str) -> str:
    return url_for("lead.cases", list="funnel", step=step, **_args(scope))


def funnel_rows(found: lead.Funnel, scope: Scope) -> list[dict[str, Any]]:
    words = funnel_words()
    rows = []
    for step, states in FUNNEL:
        value = found.among(*states)
        share = f"{100 * value // found.sent} %" if found.sent else ""
        rows.append({"label": words[step], "value": value, "text": value, "share": share, "href": _listed(scope, step)})
    return rows


def ending_rows(found: lead.Funnel, scope: Scope) -> list[dict[str, Any]]:
    """Ways off the path."""
    return [
        {"label": state_words("application", state), "value": found.among(state), "href": _listed(scope, state.value)}
        for state in (S.NOT_SELECTED, S.WITHDRAWN, S.EXPIRED)
    ]


def figures_of(scope: Scope) -> waiting.Figures:
    return waiting.figures(db.session(), scope.first, scope.last, kind=scope.kind, round_reference=scope.round)


def targets_of() -> dict[waiting.Stage, int]:
    """Business days that each state of each kind of application should take, by the settings of today."""
    days = settings.process_settings(db.session()).content["due_business_days"]
    found = {}
    for kind in ApplicationKind:
        review = "portfolio_review" if kind is ApplicationKind.PORTFOLIO else "registration_review"
        for state, target in {**TARGETS, S.IN_REVIEW: review}.items():
            found[state, kind.value] = int(days[target])
    return found


def _target(state: ApplicationState, scope: Scope, targets: Mapping[waiting.Stage, int]) -> int | None:
    """The target of a state, unless it differs between the kinds that are looked at."""
    kinds = [scope.kind] if scope.kind else [kind.value for kind in ApplicationKind]
    found = {targets.get((state, kind)) for kind in kinds}
    return found.pop() if len(found) == 1 else None


def time_row(row: waiting.Waiting, scope: Scope, targets: Mapping[waiting.Stage, int]) -> dict[str, Any]:
    return {
        "state": state_words("application", row.state),
        "median": row.median,
        "nine": row.nine_in_ten,
        "target": _target(row.state, scope, targets),
        "few": row.few,
        "cases": row.cases,
        "href": url_for("lead.cases", list="times", state=row.state.value, **_args(scope)),
    }


def _months(found: waiting.Figures, targets: Mapping[waiting.Stage, int]) -> list[dict[str, Any]]:
    return [
        {
            "label": format_date(month, "MMM y"),
            "short": format_date(month, "MMM"),
            "kept": kept,
            "every": every,
            "value": 100 * kept // every,
            "text": f"{100 * kept // every} %",
        }
        for month, (kept, every) in sorted(waiting.in_time(found, targets).items())
    ]


def _late(row: lead.Lateness) -> dict[str, Any]:
    return {
        "state": state_words("application", row.state),
        "open": (row.open, _queue(Pile.OPEN, state=row.state.value)),
        "late": (row.late, _queue(Pile.OVERDUE, state=row.state.value)),
        "in_time": row.open - row.late,
    }


def _round(row: lead.RoundProgress, today: date) -> dict[str, Any]:
    closing = clock.local_date(row.closes_at)
    return {
        "title": row.title,
        "href": url_for("rounds.show", reference=row.reference),
        "closes": localdate(closing),
        "is_open": row.state is RoundState.OPEN,
        "days_left": (row.decision_by - today).days,
        "decision_by": localdate(row.decision_by),
        "drafts": row.among(frozenset({S.DRAFT})),
        "parts": [
            (row.among(states), url_for("lead.cases", list="round", round=row.reference, step=step))
            for step, states in ROUND_PARTS.items()
        ],
    }


@bp.get("/lead/cases")
@guarded(Permission.LEAD_VIEW)
def cases() -> str:
    """The cases behind one number."""
    title, conditions = _conditions(scope_from_request())
    after = request.args.get("after", 0, type=int)
    part = lead_lists.part(db.session(), actor(), conditions, max(0, min(after, 2**62)))
    args: dict[str, Any] = request.args.to_dict()
    return render_template(
        "lead/cases.html",
        title=title,
        number=lead_lists.number(db.session(), conditions),
        rows=[_row(line) for line in part.lines],
        next_href=url_for("lead.cases", **{**args, "after": part.after}) if part.after else None,
        back=url_for("lead.index", **_args(scope_from_request())),
    )


def _row(line: lead_lists.Line) -> dict[str, Any]:
    words, late = due_words(line.due_on)
    hidden = _("Application %(reference)s", reference=line.reference)
    return {
        "href": url_for("cases.show", reference=line.reference),
        "organization": hidden if line.hidden else line.organization,
        "about": line.reference if line.hidden or not line.program else line.program,
        "kind": kind_words(line.kind),
        "state": state_words("application", line.state),
        "tone": STATE_TONES.get(line.state, "neutral"),
        "received": localdate(clock.local_date(line.received_at), "short") if line.received_at else "",
        "due": words if line.state in OPEN_STATES else "",
        "late": late and line.state in OPEN_STATES and not line.on_hold,
    }


Listing = tuple[str, list[lead_lists.Condition]]


def _conditions(scope: Scope) -> Listing:
    make = LISTS.get(request.args.get("list", ""))
    if make is None:
        abort(404)
    return make(scope)


def _funnel_list(scope: Scope) -> Listing:
    step = request.args.get("step", "")
    words = dict(funnel_words()) | {
        state.value: state_words("application", state) for state in (S.NOT_SELECTED, S.WITHDRAWN, S.EXPIRED)
    }
    if step not in words:
        abort(404)
    return words[step], lead_lists.of_funnel(actor(), scope, step)


def _review_list(scope: Scope) -> Listing:
    late = clock.today() if request.args.get("late") else None
    person = _reference("person")
    name = lead_lists.name_of(db.session(), person)
    if name is None:
        abort(404)
    title = _("Late reviews of %(name)s", name=name) if late else _("Reviews owed by %(name)s", name=name)
    return title, lead_lists.owed_reviews(actor(), person, late)


def _round_list(scope: Scope) -> Listing:
    states = ROUND_PARTS.get(request.args.get("step", ""))
    if states is None or not scope.round:
        abort(404)
    words = funnel_words() | {"in_review": _("In review now")}
    return words[request.args["step"]], lead_lists.of_round(actor(), scope.round, states)


def _time_list(scope: Scope) -> Listing:
    state = request.args.get("state", "")
    if state not in set(ApplicationState):
        abort(404)
    words = state_words("application", ApplicationState(state))
    return _("Left “%(state)s”", state=words), lead_lists.finished(actor(), scope, state, _months_of(scope))


def _months_of(scope: Scope) -> tuple[datetime, datetime]:
    """The whole local months of the scope, as the figures count them."""
    after = add_months(scope.last.replace(day=1), 1)
    return local_moment_utc(scope.first.replace(day=1), time.min), local_moment_utc(after, time.min)


LISTS: Mapping[str, Callable[[Scope], Listing]] = {
    "funnel": _funnel_list,
    "reviews": _review_list,
    "round": _round_list,
    "times": _time_list,
}
