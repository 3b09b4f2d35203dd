"""One's own account: who one is to others, roles, and the first page after signing in."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from vetting.extensions import db
from vetting.forms.account import ProfileForm
from vetting.models import Feature, Role
from vetting.policy import Actor, Permission
from vetting.queries import people
from vetting.unit_of_work import unit_of_work
from vetting.views.features import in_use
from vetting.views.guard import actor, guarded, may

bp = Blueprint("account", __name__, url_prefix="/account")


def _first_places(person: Actor) -> list[str]:
    """Endpoints that could be the person's first page, the likeliest first."""
    held = person.roles
    places = [
        ("queue.index", bool(held & {Role.COORDINATOR, Role.DIRECTOR, Role.REVIEWER, Role.RISK, Role.DATA_PRIVACY})),
        ("countersigning.index", Role.DISTRICT_SIGNATORY in held),
        ("fund.index", Role.FINANCE in held),
        ("admin.people", Role.SYSTEM_ADMIN in held),
        ("queue.index", person.in_office),
        ("schools.index", bool(person.schools)),
        ("applicant.home", True),
        ("account.index", True),
    ]
    return [endpoint for endpoint, fits in places if fits]


@bp.get("/start")
@guarded(Permission.ACCOUNT_OWN)
def start() -> Response:
    """Go to the page a person most likely came for."""
    place = next(end for end in _first_places(actor()) if end in current_app.view_functions)
    return redirect(url_for(place))


@bp.route("/", methods=["GET", "POST"])
@guarded(Permission.ACCOUNT_OWN)
def index() -> Response | tuple[str, int]:
    """Name and job title, and the roles one holds."""
    form = ProfileForm(obj=current_user)
    if form.validate_on_submit():
        with unit_of_work(db.session()):
            current_user.name = form.name.data
            current_user.title = form.title.data or ""
        flash(_("Saved."), "success")
        return redirect(url_for("account.index"), code=303)
    grants = people.roles_of(db.session(), current_user.id)
    page = render_template(
        "account/index.html",
        form=form,
        grants=grants,
        role_names=people.ROLE_NAMES,
        covers=may(Permission.COVER_VIEW) and in_use(Feature.COVER),
    )
    return page, 422 if form.is_submitted() else 200
