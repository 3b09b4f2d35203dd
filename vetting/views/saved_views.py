"""Views of the queue under a name: keep one, rename it, offer it to the team, remove it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting.extensions import db
from vetting.forms.saved_views import ViewForm
from vetting.models import Role, SavedView
from vetting.policy import Permission
from vetting.queries import saved_views
from vetting.queries.queue_filters import Filters
from vetting.refs import new_reference
from vetting.unit_of_work import unit_of_work
from vetting.views import queue_filters
from vetting.views.guard import actor, guarded
from vetting.views.queue import filters_from_request, order_words, pile_labels

bp = Blueprint("saved_views", __name__, url_prefix="/desk/views")


def _load(session: Session, reference: str) -> SavedView | None:
    """A view this person may change: their own; a director also tidies up what is offered to the team."""
    found = saved_views.find(session, reference)
    if found is None:
        return None
    person = actor()
    own = found.owner_id == person.user_id
    return found if own or (found.team and Role.DIRECTOR in person.roles) else None


def _form(reference: str = "", **data: Any) -> ViewForm:
    offered = saved_views.offered_to(db.session(), actor().user_id)
    return ViewForm(is_taken=lambda name: saved_views.is_taken(offered, name, but=reference), data=data or None)


def _listing(form: ViewForm, filters: Filters) -> str:
    """The page: what there is, and a form to keep the view the person came from."""
    session, person = db.session(), actor()
    offered = saved_views.offered_to(session, person.user_id)
    choices = queue_filters.choices(session, further=True)
    return render_template(
        "queue/views.html",
        form=form,
        described=_described(filters, choices),
        args=filters.as_args(),
        full=sum(view.own for view in offered) >= saved_views.MOST_OWN,
        views=[
            {
                "name": view.name,
                "href": url_for("queue.index", **view.filters.as_args()),
                "about": ", ".join(_described(view.filters, choices)),
                "whose": _team_words(view),
                "edit_href": url_for("saved_views.edit", reference=view.reference)
                if view.own or Role.DIRECTOR in person.roles
                else "",
            }
            for view in offered
        ],
        queue_href=url_for("queue.index", **filters.as_args()),
    )


def _team_words(view: saved_views.Offered) -> str:
    if not view.own:
        return str(_("Offered by %(name)s", name=view.owner))
    return str(_("Yours, offered to the team") if view.team else _("Yours"))


def _described(filters: Filters, choices: Any) -> list[str]:
    """What a view shows: its pile, its filters, its order."""
    used = [item["label"] for item in queue_filters.active(filters, choices)]
    order = [order_words(filters).split(". ", maxsplit=1)[0]] if filters.sort else []
    return [pile_labels()[filters.pile], *used, *order]


@bp.get("")
@guarded(Permission.DESK_OPEN)
def index() -> str:
    """The views this person may open, and a form to keep the one they came from."""
    return _listing(_form(), filters_from_request())


@bp.post("")
@guarded(Permission.DESK_OPEN)
def keep() -> Response | tuple[str, int]:
    """Keep a view under a name. Its address arguments come with the form; what they do not know is left out."""
    form, filters, person = _form(), Filters.from_args(request.form), actor()
    own = [view for view in saved_views.offered_to(db.session(), person.user_id) if view.own]
    if len(own) >= saved_views.MOST_OWN:
        flash(_("You have %(num)s views, which is the most. Remove one first.", num=len(own)), "error")
        return redirect(url_for("saved_views.index", **filters.as_args()), code=303)
    if not form.validate_on_submit():
        return _listing(form, filters), 422
    with unit_of_work(db.session) as session:
        session.add(
            SavedView(
                reference=new_reference("VIEW"),
                owner_id=person.user_id,
                name=form.name.data,
                arguments=filters.as_args(),
                team=form.team.data,
            )
        )
    flash(_("The view “%(name)s” is kept.", name=form.name.data), "success")
    return redirect(url_for("queue.index", **filters.as_args()), code=303)


def _editing(view: SavedView, form: ViewForm) -> str:
    return render_template(
        "queue/view.html", form=form, view=view, own=view.owner_id == actor().user_id, back_href=url_for(".index")
    )


@bp.get("/<reference>")
@guarded(Permission.DESK_OPEN, _load)
def edit(view: SavedView) -> str:
    """Rename a view, or offer it to the team."""
    return _editing(view, _form(view.reference, name=view.name, team=view.team))


@bp.post("/<reference>")
@guarded(Permission.DESK_OPEN, _load)
def change(view: SavedView) -> Response | tuple[str, int]:
    """Keep the new name."""
    form = _form(view.reference)
    if not form.validate_on_submit():
        return _editing(view, form), 422
    with unit_of_work(db.session):
        view.name, view.team = str(form.name.data), bool(form.team.data)
    flash(_("The view “%(name)s” is kept.", name=view.name), "success")
    return redirect(url_for("saved_views.index"), code=303)


@bp.post("/<reference>/remove")
@guarded(Permission.DESK_OPEN, _load)
def remove(view: SavedView) -> Response:
    """Remove a view. The cases in it are not touched."""
    with unit_of_work(db.session) as session:
        session.delete(view)
    flash(_("The view “%(name)s” is removed.", name=view.name), "success")
    return redirect(url_for("saved_views.index"), code=303)
