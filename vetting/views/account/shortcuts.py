"""Keyboard shortcuts as a person wants them: off until switched on, every key of one's own choice."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from vetting.extensions import db
from vetting.forms.shortcuts import KEY, SHORTCUTS, field_name, shortcuts_form
from vetting.policy import Permission
from vetting.unit_of_work import unit_of_work
from vetting.views.account.own import bp
from vetting.views.guard import guarded


@bp.route("/shortcuts", methods=["GET", "POST"])
@guarded(Permission.DESK_OPEN)
def shortcuts() -> Response | tuple[str, int]:
    """The list of shortcuts with their keys."""
    form = shortcuts_form(current_user.preferences)
    if request.method == "POST" and request.form.get("usual"):
        _keep({"on": bool(form.on.data), "keys": {}})
        flash(_("The usual keys are back."), "success")
        return redirect(url_for("account.shortcuts"), code=303)
    if form.validate_on_submit():
        _keep(form.preference())
        flash(_("Saved. The shortcuts are on.") if form.on.data else _("Saved. The shortcuts are off."), "success")
        return redirect(url_for("account.shortcuts"), code=303)
    names = [field_name(name) for name in SHORTCUTS]
    page = render_template("account/shortcuts.html", form=form, names=names)
    return page, 422 if form.is_submitted() else 200


def _keep(preference: dict[str, object]) -> None:
    with unit_of_work(db.session()):
        current_user.preferences = {**current_user.preferences, KEY: preference}
