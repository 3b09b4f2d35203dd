"""Set an authenticator app up or off, and make recovery codes."""

from __future__ import annotations

import secrets

from flask import flash, redirect, render_template, session, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from vetting.extensions import db
from vetting.forms.account import CodeForm, normal_code
from vetting.models import User
from vetting.policy import Permission
from vetting.unit_of_work import unit_of_work
from vetting.views.account import attempts
from vetting.views.account.binding import security
from vetting.views.account.notices import tell_changed
from vetting.views.account.own import bp
from vetting.views.account.proof import fresh_first
from vetting.views.account.second_step import app_code_is_right, recovery_digest
from vetting.views.guard import guarded

NEW_SECRET = "new_app_secret"  # noqa: S105 - the name of a cookie value; the value in it is encrypted
HOW_MANY = 10


def _new_recovery_codes(user: User) -> list[str]:
    """Ten fresh codes; former ones stop working. Only digests are kept, so they are shown this once."""
    codes = [f"{secrets.token_hex(2)}-{secrets.token_hex(2)}-{secrets.token_hex(2)}" for _number in range(HOW_MANY)]
    user.mf_recovery_codes = [recovery_digest(user, code) for code in codes]
    return codes


@bp.route("/app", methods=["GET", "POST"])
@guarded(Permission.ACCOUNT_OWN)
@fresh_first
def app_setup() -> Response | str | tuple[str, int]:
    """Scan, enter the first code, done. The secret waits encrypted in the cookie until the code proves the app."""
    form = CodeForm()
    waiting = session.get(NEW_SECRET)
    if form.is_submitted() and isinstance(waiting, str) and form.validate():
        allowed = attempts.charge("second", current_user.email)
        with unit_of_work(db.session()) as database:
            good = allowed and app_code_is_right(current_user, waiting, normal_code(form.code.data or ""))
            if good:
                attempts.forgive(database, current_user.email, "second")
                current_user.tf_totp_secret = waiting
                current_user.tf_primary_method = "authenticator"
                codes = _new_recovery_codes(current_user)
                tell_changed(current_user, _("An authenticator app was set up for your account."))
        if good:
            session.pop(NEW_SECRET)
            return render_template("account/recovery_codes.html", codes=codes, after_setup=True)
        form.code.errors = [_("This code does not fit. Wait for the next one in your app and try again.")]
    if not isinstance(waiting, str):
        waiting = session[NEW_SECRET] = security().totp_factory.generate_totp_secret()
    values = security().totp_factory.fetch_setup_values(waiting, current_user)
    return render_template("account/app.html", form=form, values=values), 422 if form.is_submitted() else 200


@bp.post("/app/off")
@guarded(Permission.ACCOUNT_OWN)
@fresh_first
def app_off() -> Response:
    """Sign in without a second step again."""
    with unit_of_work(db.session()):
        current_user.tf_totp_secret = None
        current_user.tf_primary_method = None
        current_user.tf_last_counter = None
        current_user.mf_recovery_codes = None
        tell_changed(current_user, _("The authenticator app of your account was switched off."))
    flash(_("The authenticator app is switched off."), "success")
    return redirect(url_for("account.security"), code=303)


@bp.post("/recovery-codes")
@guarded(Permission.ACCOUNT_OWN)
@fresh_first
def recovery_codes() -> Response | str:
    """Make new recovery codes and show them once."""
    if not current_user.tf_primary_method:
        return redirect(url_for("account.security"), code=303)
    with unit_of_work(db.session()):
        codes = _new_recovery_codes(current_user)
        tell_changed(current_user, _("New recovery codes were made for your account."))
    return render_template("account/recovery_codes.html", codes=codes, after_setup=False)
