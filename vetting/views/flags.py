"""Flags: something about a case that a named person settles, with everything that happened to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting import rehearsal
from vetting.extensions import db
from vetting.forms.notes import FlagForm, HandFlagForm, SettleForm
from vetting.models import Application, Flag, FlagState, User
from vetting.policy import Permission
from vetting.queries import cases, flags, tasklist
from vetting.views import casefile, previews
from vetting.views.errors import described, refusal_texts
from vetting.views.guard import actor, guarded, may
from vetting.views.steps import take, version_seen
from vetting.workflows.commands import HandOver
from vetting.workflows.engine import StepRefused

bp = Blueprint("flags", __name__, url_prefix="/desk/cases/<reference>/flags")


def block(application: Application) -> dict[str, Any]:
    """What the page of the case shows: the flags that are open."""
    found = flags.of_case(db.session(), application, actor()) if application.open_flags else []
    return {
        "open": [_shown(application, flag) for flag in found if flag.state is FlagState.RAISED],
        "all_href": url_for("flags.index", reference=application.reference),
        "raise_href": url_for("flags.raise_one", reference=application.reference)
        if may(Permission.CASE_FLAG, application)
        else "",
    }


def section_words(application: Application, key: str) -> str:
    """The part of the form a flag is about."""
    titles = {section.key: section.title for section in tasklist.form_of(application).sections}
    return str(_(titles[key])) if key in titles else _("The whole application")


def _shown(application: Application, flag: Flag) -> dict[str, Any]:
    return {
        "number": flag.id,
        "reason": casefile.colleagues_words(application, flag.reason, flag.raised_by_id),
        "section": section_words(application, flag.section),
        "owner": _("You") if flag.owner_id == actor().user_id else flag.owner.name or flag.owner.email,
        "raised_by": flag.raised_by.name or flag.raised_by.email,
        "at": flag.created_at,
        "open": flag.state is FlagState.RAISED,
        "resolution": casefile.colleagues_words(application, flag.resolution, flag.resolved_by_id),
    }


@bp.get("")
@guarded(Permission.CASE_VIEW, casefile.load)
def index(application: Application) -> str:
    found = flags.stories(db.session(), application, actor())
    return render_template(
        "cases/flags.html",
        application=application,
        head=casefile.heading(application),
        flags=[
            {
                **_shown(application, story.flag),
                "entries": [
                    {
                        **described(entry),
                        "said": casefile.colleagues_words(application, entry.reason, entry.actor_id),
                    }
                    for entry in reversed(story.entries)
                ],
            }
            for story in found
        ],
        acts=may(Permission.CASE_FLAG, application),
    )


@bp.route("/raise", methods=["GET", "POST"])
@guarded(Permission.CASE_FLAG, casefile.load, sees=Permission.CASE_VIEW)
def raise_one(application: Application) -> str | Response | tuple[str, int]:
    form = FlagForm()
    people = flags.possible_owners(db.session(), application)
    form.offer_people(_offered(people))
    form.offer_sections([(section.key, _(section.title)) for section in tasklist.form_of(application).sections])
    if request.method == "GET":
        form.section.data = request.args.get("section", "")
    draft = FlagDraft(application.id, actor().user_id or 0, form, people)
    problems: list[dict[str, str]] = []
    status = 200
    if request.method == "POST" and not previews.wants_edit():
        if form.validate():
            try:
                if previews.wants_look():
                    return _look(
                        application,
                        rehearsal.step("flag", draft.flag, "raise", actor()),
                        title=_("Raise a flag"),
                        says=draft.reason,
                    )
                take("flag", draft.flag(db.session()), "raise")
            except StepRefused as refused:
                db.session.rollback()
                problems = refusal_texts(refused.reasons)
            else:
                flash(_("The flag is raised."), "success")
                return redirect(url_for("flags.index", reference=application.reference), code=303)
        status = 422
    page = render_template(
        "cases/flag.html",
        application=application,
        head=casefile.heading(application),
        form=form,
        problems=problems,
        title=_("Raise a flag"),
        flag=None,
        tells=True,
    )
    return page, status


class FlagDraft:
    """A flag about to be raised, made anew for each session that needs it."""

    def __init__(self, application_id: int, raised_by_id: int, form: FlagForm, people: Sequence[User]) -> None:
        self.application_id = application_id
        self.raised_by_id = raised_by_id
        self.reason = form.reason.data or ""
        self.section = form.section.data or ""
        self.owner_id = next((person.id for person in people if person.reference == form.owner.data), 0)

    def flag(self, session: Session) -> Flag:
        """The flag as a row that is not stored yet."""
        return Flag(
            application=session.get_one(Application, self.application_id),
            reason=self.reason,
            section=self.section,
            owner_id=self.owner_id,
            raised_by_id=self.raised_by_id,
        )


def _offered(people: Sequence[User]) -> list[tuple[str, str]]:
    return [(person.reference, person.name or person.email) for person in people]


def _look(application: Application, act: rehearsal.Act, *, title: str, says: str) -> str:
    found = previews.letters(act)
    return previews.page(
        found,
        title=title,
        caption=application.reference,
        submit=title,
        back_href=url_for("flags.index", reference=application.reference),
        said=says,
        consequences=[_("Only people in the district's offices see it.")],
    )


def load_flag(session: Session, reference: str, number: int, act: str) -> Flag | None:
    """A flag of the case that the address names."""
    application = cases.find(session, reference)
    if application is None or act not in ACTS:
        return None
    return flags.find(session, application, number, actor())


ACTS = {"hand": FlagState.RAISED, "resolve": FlagState.RAISED, "reopen": FlagState.RESOLVED}
"""What can be done with a flag, and in which state."""


@bp.route("/<int:number>/<act>", methods=["GET", "POST"])
@guarded(Permission.CASE_FLAG, load_flag, sees=Permission.CASE_VIEW)
def settle(flag: Flag) -> str | Response | tuple[str, int]:
    """Give a flag to somebody else, say how it was settled, or raise it again."""
    act = (request.view_args or {})["act"]
    application = flag.application
    if flag.state is not ACTS[act] and request.method == "GET":
        abort(404)
    form: Any = HandFlagForm() if act == "hand" else SettleForm()
    title = {"hand": _("Give to somebody else"), "resolve": _("Resolve"), "reopen": _("Raise again")}[act]
    data = None
    if act == "hand":
        people = flags.possible_owners(db.session(), application)
        form.offer_people(_offered([person for person in people if person.id != flag.owner_id]))
        chosen = next((person.id for person in people if person.reference == form.owner.data), 0)
        data = HandOver(chosen)
    problems: list[dict[str, str]] = []
    status = 200
    if request.method == "POST" and not previews.wants_edit():
        if form.validate():
            reason = "" if act == "hand" else form.reason.data or ""
            try:
                if previews.wants_look():
                    step = rehearsal.step(
                        "flag", flag.id, act, actor(), data=data, reason=reason, seen_version=version_seen()
                    )
                    says = casefile.colleagues_words(application, flag.reason, flag.raised_by_id)
                    return _look(application, step, title=title, says=says)
                take("flag", flag, act, data=data, reason=reason, version=version_seen())
            except StepRefused as refused:
                db.session.rollback()
                problems = refusal_texts(refused.reasons)
            else:
                flash(_("Done: %(step)s.", step=title), "success")
                return redirect(url_for("flags.index", reference=application.reference), code=303)
        status = 422
    page = render_template(
        "cases/flag.html",
        application=application,
        head=casefile.heading(application),
        form=form,
        problems=problems,
        title=title,
        flag=flag,
        says=casefile.colleagues_words(application, flag.reason, flag.raised_by_id),
        tells=act != "resolve",
        label=_("Why is it raised again?") if act == "reopen" else "",
    )
    return page, status
