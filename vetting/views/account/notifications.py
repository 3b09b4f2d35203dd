"""Which mail a person gets about each of their organizations, and how often."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from vetting.extensions import db
from vetting.forms.notifications import Place, read_choices
from vetting.notifications.choices import choice_of, with_choice
from vetting.policy import Permission
from vetting.queries import applications
from vetting.unit_of_work import unit_of_work
from vetting.views.account.own import bp
from vetting.views.guard import actor, guarded


@bp.route("/notifications", methods=["GET", "POST"])
@guarded(Permission.ACCOUNT_OWN)
def notifications() -> str | Response:
    """One choice for each organization. What must be known at once is listed, and cannot be switched off."""
    places = [
        Place(organization.id, organization.reference, organization.legal_name)
        for organization in applications.organizations(db.session(), list(actor().organizations))
    ]
    if request.method == "POST":
        with unit_of_work(db.session()):
            kept = current_user.preferences
            for number, choice in read_choices(request.form, places).items():
                kept = with_choice(kept, number, choice)
            current_user.preferences = kept
        flash(_("Saved."), "success")
        return redirect(url_for("account.notifications"), code=303)
    rows = [(place, choice_of(current_user.preferences, place.number)) for place in places]
    return render_template("account/notifications.html", rows=rows)
