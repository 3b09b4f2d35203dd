"""What runs out: the forecast, what is about to bite, and what the office can do about each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting import clock
from vetting.data.evidence_types import Risk, load_evidence_types
from vetting.extensions import db
from vetting.forms.lapses import GraceForm, HoldOffForm
from vetting.models import HistoryEntry, Lapse, LapseState
from vetting.policy import Permission
from vetting.queries import forecast, lapses
from vetting.views import lapse_piles
from vetting.views.chrome import localdate
from vetting.views.desk_words import state_words
from vetting.views.errors import described, refusal_texts
from vetting.views.expertise_words import lanes
from vetting.views.guard import actor, guarded, may
from vetting.views.steps import possible, step_url, take, version_seen
from vetting.workflows import engine
from vetting.workflows.engine import StepRefused

bp = Blueprint("lapses", __name__, url_prefix="/desk/lapses")

TONES: Mapping[LapseState, str] = {
    LapseState.FORESEEN: "info",
    LapseState.IN_GRACE: "warn",
    LapseState.BITING: "bad",
    LapseState.MENDED: "good",
    LapseState.WAIVED: "good",
}
MOST_DAYS = 30


def risk_words(risk: Risk) -> str:
    """How much hangs on a kind of document."""
    words = {Risk.HIGH: _("High"), Risk.MEDIUM: _("Medium"), Risk.LOW: _("Low")}
    return str(words[risk])


def kind_name(type_key: str) -> str:
    """What a kind of document is called."""
    kind = lapses.kind_of(type_key)
    return kind.name if kind is not None else type_key


def plan_words(lapse: Lapse) -> list[str]:
    """What is in force and what follows when, in sentences."""
    said = []
    if lapse.blocking:
        said.append(_("New agreements are blocked."))
    elif lapse.blocks_on is not None:
        said.append(_("Blocks new agreements from %(day)s.", day=localdate(_from(lapse, lapse.blocks_on))))
    if lapse.hiding:
        said.append(_("The directory does not show the organization."))
    elif lapse.hides_on is not None:
        said.append(_("Hides the listing from %(day)s.", day=localdate(_from(lapse, lapse.hides_on))))
    return [str(line) for line in said] or [str(_("Shown to the office and schools. Nothing else happens."))]


def _from(lapse: Lapse, day: date) -> date:
    return day if lapse.held_until is None else max(day, lapse.held_until + timedelta(days=1))


@bp.get("")
@guarded(Permission.LAPSE_VIEW)
def index() -> str:
    """Running out: what is out already and what will be within thirteen weeks, the most urgent first."""
    session, today = db.session(), clock.today()
    asked = lapse_piles.Asked.of(request.args)
    chosen = {name: asked.filters.get(name, "") for name in lapse_piles.NAMED}
    everything = forecast.endings(session, actor(), today)
    schools = sorted(
        {
            pair
            for served in forecast.schools_served(session, {one.organization_id for one in everything}).values()
            for pair in served.items()
        },
        key=lambda pair: pair[1],
    )
    found = everything
    if chosen["type"] or chosen["lane"] or chosen["school"]:
        found = forecast.endings(
            session, actor(), today, type_key=chosen["type"], lane=chosen["lane"], school=chosen["school"]
        )
    found = [one for one in found if lapse_piles.fits(one, kind_name(one.type_key), chosen["q"])]
    weeks = forecast.weeks(found, today)
    shown = lapse_piles.shown(found, asked, today)
    bar = _bar(chosen, sorted({one.type_key for one in everything}, key=kind_name), schools)
    return render_template(
        "lapses/index.html",
        shown=shown,
        rows=[_line(one) for one in shown.rows],
        weeks=[(week, asked.href(week=week.monday.isoformat(), when="")) for week in weeks],
        week=asked.week,
        most=max((week.number for week in weeks), default=0),
        ahead=sum(week.number for week in weeks),
        bar=bar,
        search=chosen["q"],
        keep={"when": asked.pile} if asked.pile else {"week": asked.week.isoformat()} if asked.week else {},
        active=_active(asked, bar),
        clear_href=url_for("lapses.index", when=asked.pile),
    )


def _bar(chosen: Mapping[str, str], kinds: Sequence[str], schools: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """The filters, each with what there is to choose from."""
    types = load_evidence_types().documents
    options = {
        "type": (_("Document"), [(key, types[key].name) for key in kinds if key in types]),
        "lane": (_("Lane"), lanes()),
        "school": (_("School served"), schools),
    }
    return [
        {"name": name, "label": label, "value": chosen[name], "options": [("", _("All")), *choices]}
        for name, (label, choices) in options.items()
    ]


def _active(asked: lapse_piles.Asked, bar: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """The filters in use, each with the address of the list without it."""
    used = [("q", _("Search"), asked.filters.get("q", ""))]
    used += [(one["name"], one["label"], dict(one["options"]).get(one["value"], one["value"])) for one in bar]
    words = {name: f"{label}: {value}" for name, label, value in used if name in asked.filters}
    return [{"label": label, "remove_href": asked.href(**{name: ""})} for name, label in words.items()]


def _line(one: forecast.Ending) -> dict[str, Any]:
    lapse = one.lapse
    return {
        "organization": one.organization,
        "href": url_for("lapses.show", reference=lapse.reference)
        if lapse is not None
        else url_for("organizations.show", reference=one.reference),
        "document": kind_name(one.type_key),
        "risk": risk_words(one.risk),
        "last": one.day - timedelta(days=1),
        "blocks_on": one.plan.blocks_on,
        "hides_on": one.plan.hides_on,
        "state": state_words("lapse", lapse.state) if lapse is not None else _("Not due yet"),
        "tone": TONES.get(lapse.state, "neutral") if lapse is not None else "neutral",
        "schools": one.schools,
    }


@bp.get("/tomorrow")
@guarded(Permission.LAPSE_VIEW)
def tomorrow() -> str:
    """What bites within some days, what it does, who gets mail, and what can be done before."""
    session, today = db.session(), clock.today()
    wanted = request.args.get("days", "")
    days = min(max(int(wanted), 1), MOST_DAYS) if wanted.isdecimal() and len(wanted) < 4 else 7
    soon = forecast.biting_soon(session, actor(), today, days)
    now = [lapse for lapse in forecast.biting_now(session, actor()) if lapse not in soon]
    told = forecast.told(session, {lapse.organization_id for lapse in [*soon, *now]})
    return render_template(
        "lapses/tomorrow.html",
        days=days,
        choices=(1, 3, 7, 14, 30),
        soon=[_card(lapse, told, today) for lapse in soon],
        now=[_card(lapse, told, today) for lapse in now],
    )


def _card(lapse: Lapse, told: Mapping[int, forecast.Told], today: date) -> dict[str, Any]:
    people = told[lapse.organization_id]
    return {
        "lapse": lapse,
        "organization": lapse.organization.legal_name,
        "document": kind_name(lapse.type_key),
        "state": state_words("lapse", lapse.state),
        "tone": TONES.get(lapse.state, "neutral"),
        "last": lapse.out_from - timedelta(days=1),
        "plan": plan_words(lapse),
        "held_until": lapse.held_until if lapses.held(lapse, today) else None,
        "people": people.people,
        "leaders": people.leaders,
        "href": url_for("lapses.show", reference=lapse.reference),
        "acts": _acts(lapse),
    }


def _acts(lapse: Lapse) -> dict[str, str]:
    """Where each act that the person may take now is done."""
    if not may(Permission.LAPSE_MANAGE, lapse):
        return {}
    found = {name for name, step in possible("lapse", lapse).items() if step.open}
    acts = {}
    if "remind" in found:
        acts["remind"] = step_url("lapse", lapse, "remind")
    if "give_grace" in found:
        acts["grace"] = url_for("lapses.grace", reference=lapse.reference)
    if "hold" in found:
        acts["hold"] = url_for("lapses.hold", reference=lapse.reference)
    kind = lapses.kind_of(lapse.type_key)
    if found and kind is not None and kind.waivable and may(Permission.WAIVER_OPEN, lapse):
        acts["waive"] = url_for("waivers.open_for", reference=lapse.organization.reference, kind=lapse.type_key)
    return acts


def load(session: Session, reference: str) -> Lapse | None:
    return forecast.find(session, reference)


@bp.get("/<reference>")
@guarded(Permission.LAPSE_VIEW, load)
def show(lapse: Lapse) -> str:
    told = forecast.told(db.session(), {lapse.organization_id})
    return render_template(
        "lapses/show.html",
        card=_card(lapse, told, clock.today()),
        lapse=lapse,
        risk=risk_words(lapses.risk_of(lapse.type_key)),
        timeline=[_entry(entry) for entry in _history(db.session(), lapse)],
    )


def _history(session: Session, lapse: Lapse) -> Sequence[HistoryEntry]:
    return engine.changes_since(session, "lapse", lapse, max(lapse.version - 10, 0))


def _entry(entry: HistoryEntry) -> dict[str, Any]:
    return {**described(entry), "said": entry.reason}


@bp.route("/<reference>/grace", methods=["GET", "POST"])
@guarded(Permission.LAPSE_MANAGE, load, sees=Permission.LAPSE_VIEW)
def grace(lapse: Lapse) -> str | Response | tuple[str, int]:
    form = GraceForm()
    page = {
        "title": _("Give days of grace"),
        "meaning": _(
            "The days count from today, or from the planned day where that is later. "
            "What is in force already ends until then."
        ),
        "first": "days",
    }
    return _form(lapse, "give_grace", form, page, lambda: _grace_words(form.number))


def _grace_words(days: int) -> str:
    return str(ngettext("%(num)s more day is given.", "%(num)s more days are given.", days))


@bp.route("/<reference>/hold", methods=["GET", "POST"])
@guarded(Permission.LAPSE_MANAGE, load, sees=Permission.LAPSE_VIEW)
def hold(lapse: Lapse) -> str | Response | tuple[str, int]:
    form = HoldOffForm()
    page = {
        "title": _("Hold off until a day"),
        "meaning": _(
            "Nothing happens through that day. What is in force already ends until then, "
            "and comes back on the next day unless a good document is here."
        ),
        "first": "until",
    }
    return _form(
        lapse, "hold", form, page, lambda: str(_("Nothing happens through %(day)s.", day=localdate(form.until.data)))
    )


def _form(
    lapse: Lapse, step: str, form: Any, page: Mapping[str, str], done: Callable[[], str]
) -> str | Response | tuple[str, int]:
    """Show the form or take the step; what is refused keeps what was typed."""
    problems: list[dict[str, str]] = []
    status = 200
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                take("lapse", lapse, step, data=form.command(), reason=form.reason.data or "", version=version_seen())
            except StepRefused as refused:
                db.session.rollback()
                problems = refusal_texts(refused.reasons)
            else:
                flash(done(), "success")
                return redirect(url_for("lapses.show", reference=lapse.reference), code=303)
    card = _card(lapse, forecast.told(db.session(), {lapse.organization_id}), clock.today())
    shown = render_template("lapses/put_off.html", lapse=lapse, card=card, form=form, problems=problems, **page)
    return shown, status
