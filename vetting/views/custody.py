"""In whose hands a case is: the block on its page, and the forms to give it to a colleague or put it on hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting import clock, rehearsal
from vetting.extensions import db
from vetting.forms.custody import HandOverForm, HoldForm, PoolForm
from vetting.models import OPEN_STATES, Application, Feature
from vetting.policy import Permission
from vetting.queries import cover, custody
from vetting.text import Message
from vetting.views import casefile, previews
from vetting.views.chrome import localdate
from vetting.views.desk_words import state_words
from vetting.views.errors import described, translated
from vetting.views.expertise_words import lanes, pool_words
from vetting.views.features import in_use
from vetting.views.guard import actor, guarded
from vetting.views.steps import possible, step_url, take, tells_somebody, version_seen
from vetting.workflows.commands import HandOver
from vetting.workflows.engine import StaleVersion, StepRefused
from vetting.workflows.registry import WORKFLOWS

bp = Blueprint("custody", __name__, url_prefix="/desk/cases/<reference>")

FORMS = {"hand_over": "custody.hand_over", "hold": "custody.hold", "move_to_pool": "custody.pool"}
SHOWN = ("claim", "wake", "hand_over", "hold", "move_to_pool", "put_back")


def block(application: Application, steps: Any, head: dict[str, Any]) -> dict[str, Any] | None:
    """What the page of a case says about whose it is; None for a closed case."""
    if application.state not in OPEN_STATES:
        return None
    person, today = application.coordinator, clock.today()
    mine = person is not None and person.id == actor().user_id
    away = None
    if person is not None and in_use(Feature.COVER):
        away = cover.absence_of(db.session(), person.id, application.kind, today)
    return {
        "who": _("You") if mine else person.name if person else "",
        "pool": pool_words(application.pool_key) if in_use(Feature.LANES) else "",
        "since": application.in_charge_since if person else None,
        "left": _left(custody.days_left(application, today)),
        "late": custody.is_late(application, today),
        "held": application.held_since,
        "wakes_on": application.wakes_on,
        "due_then": custody.due_after_hold(application, application.wakes_on) if application.wakes_on else None,
        "hold_reason": casefile.colleagues_words(application, application.hold_reason, application.held_by_id),
        "held_by": application.held_by.name if application.held_by else "",
        "escalated_on": application.escalated_on,
        "away": {"name": away.substitute, "until": away.ends_on} if away else None,
        "acts": [_act(application, steps[name].step, head) for name in SHOWN if name in steps and steps[name].open],
        "version": application.version,
        "here": head["href"],
    }


def _act(application: Application, step: Any, head: dict[str, Any]) -> dict[str, Any]:
    """A button or a link to a form; the filter of the queue stays in the address."""
    form = FORMS.get(step.name)
    query = head["href"].partition("?")[2]
    address = ""
    if form:
        address = url_for(form, reference=application.reference) + (f"?{query}" if query else "")
    return {
        "name": step.name,
        "label": _(step.label),
        "href": address,
        "action": "" if form else step_url("application", application, step.name),
        # Whoever gets mail is shown first; taking one's own case off hold tells nobody.
        "look": not form
        and tells_somebody("application", step.name)
        and application.coordinator_id not in {None, actor().user_id},
    }


def _left(days: int | None) -> str:
    if days is None:
        return ""
    if days < 0:
        return str(ngettext("%(num)s business day late", "%(num)s business days late", -days))
    return str(ngettext("%(num)s business day left", "%(num)s business days left", days))


@bp.route("/hand-over", methods=["GET", "POST"])
@guarded(Permission.CASE_CUSTODY, casefile.load, sees=Permission.CASE_VIEW)
def hand_over(application: Application) -> str | Response | tuple[str, int]:
    form = HandOverForm()
    people = custody.colleagues(db.session(), application, clock.today())
    form.offer([(p.user.reference, p.user.name or p.user.email) for p in people if p.objection is None])
    ids = {person.user.reference: person.user.id for person in people}
    names = {person.user.reference: person.user.name for person in people}
    # Only after validation: the choice is one of the people.
    return _form(
        application,
        "hand_over",
        "cases/hand_over.html",
        form,
        data=lambda: HandOver(ids[form.person.data]),
        done=lambda: _("%(name)s has this case now, and gets mail.", name=names[form.person.data]),
        barred=[{"name": p.user.name or p.user.email, "why": translated(p.objection)} for p in people if p.objection],
    )


@bp.route("/hold", methods=["GET", "POST"])
@guarded(Permission.CASE_CUSTODY, casefile.load, sees=Permission.CASE_VIEW)
def hold(application: Application) -> str | Response | tuple[str, int]:
    form = HoldForm()
    form.offer(clock.today(), localdate)
    return _form(
        application,
        "hold",
        "cases/hold.html",
        form,
        data=form.command,
        done=lambda: _("This case comes back on %(day)s.", day=localdate(form.command().wakes_on)),
    )


def load_with_lanes(session: Session, reference: str) -> Application | None:
    """The case, while lanes are in use."""
    return casefile.load(session, reference) if in_use(Feature.LANES) else None


@bp.route("/pool", methods=["GET", "POST"])
@guarded(Permission.CASE_POOL, load_with_lanes, sees=Permission.CASE_VIEW)
def pool(application: Application) -> str | Response | tuple[str, int]:
    form = PoolForm()
    form.offer(lanes(), application.pool_key if application.coordinator_id is None else None)
    return _form(
        application,
        "move_to_pool",
        "cases/pool.html",
        form,
        data=form.command,
        done=lambda: _("This case is in the pool now: %(pool)s.", pool=pool_words(form.command().pool)),
        pool_now=pool_words(application.pool_key),
    )


def _form(
    application: Application,
    step: str,
    template: str,
    form: Any,
    *,
    data: Callable[[], Any],
    done: Callable[[], str],
    **more: Any,
) -> str | Response | tuple[str, int]:
    """Show the form, or take the step. Whatever is refused keeps what was typed; a lost race names who was first."""
    head = casefile.heading(application)
    reasons: list[Message] = _closed(application, step)
    first, status = "", 200
    if request.method == "POST" and not previews.wants_edit():
        status = 422
        if not reasons and form.validate():
            given = {"data": data(), "reason": form.reason.data or ""}
            try:
                if previews.wants_look():
                    return _look(application, step, given)
                take("application", application, step, **given, version=version_seen())
            except StepRefused as refused:
                db.session.rollback()
                reasons = refused.reasons
            except StaleVersion as stale:
                db.session.rollback()
                first, status = first_words(stale), 409
            else:
                flash(done(), "success")
                return redirect(head["href"], code=303)
    problems = [{"text": translated(reason)} for reason in reasons]
    page = render_template(
        template,
        application=application,
        head=head,
        form=form,
        problems=[{"text": first}, *problems] if first else problems,
        **more,
    )
    return page, status


def _look(application: Application, step: str, given: dict[str, Any]) -> str:
    """Who gets which mail, before the step is taken."""
    act = rehearsal.step("application", application.id, step, actor(), **given, seen_version=version_seen())
    letters = previews.letters(act)
    title = _(WORKFLOWS["application"].by_name[step][0].label)
    back = url_for("cases.show", reference=application.reference)
    return previews.page(letters, title=title, caption=application.reference, submit=title, back_href=back)


def first_words(stale: StaleVersion) -> str:
    """Who was first, in a sentence, for the person who came second."""
    change = described(stale.since[0])
    return str(
        _(
            "%(who)s was a moment earlier: “%(what)s”. Nothing of yours was done, and your text is still here. "
            "Look at the case, then decide again.",
            who=change["who"],
            what=change["what"],
        )
    )


def _closed(application: Application, step: str) -> list[Message]:
    """Why the form makes no sense now."""
    found = possible("application", application).get(step)
    if found is None:
        words = state_words("application", application.state)
        return [Message(_("This is not possible now: the case is “%(state)s”.", state=words))]
    return list(found.reasons)
