"""Sign-in and security: password, authenticator app, recovery codes, passkeys, browsers."""

from __future__ import annotations

import hmac

import sqlalchemy as sa
from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from vetting import clock
from vetting.extensions import db
from vetting.forms.account import NewPasswordForm
from vetting.models import LoginSession, WebAuthn
from vetting.policy import Permission
from vetting.queries import people
from vetting.unit_of_work import unit_of_work
from vetting.views.account import passkeys, sessions
from vetting.views.account.notices import tell_changed
from vetting.views.account.own import bp
from vetting.views.account.passwords import hashed
from vetting.views.account.proof import fresh_first
from vetting.views.guard import guarded


@bp.get("/security")
@guarded(Permission.ACCOUNT_OWN)
def security() -> str:
    """Every way into the account, and where it is open."""
    return render_template(
        "account/security.html",
        passkeys=people.passkeys(db.session(), current_user.id),
        browsers=people.browsers(db.session(), current_user.id),
        this_browser=sessions.current_id(),
    )


@bp.route("/password", methods=["GET", "POST"])
@guarded(Permission.ACCOUNT_OWN)
@fresh_first
def password() -> Response | tuple[str, int]:
    """Set or change the password. Other browsers are signed out."""
    form = NewPasswordForm()
    if form.validate_on_submit():
        with unit_of_work(db.session()) as database:
            current_user.password = hashed(form.password.data)
            sessions.end_all(database, current_user.id, but=sessions.current_id())
            tell_changed(current_user, _("The password of your account was changed. Other browsers were signed out."))
        flash(_("Your password is set. Other browsers were signed out."), "success")
        return redirect(url_for("account.security"), code=303)
    return render_template("account/password.html", form=form), 422 if form.is_submitted() else 200


@bp.post("/browsers/sign-out")
@guarded(Permission.ACCOUNT_OWN)
def sign_out_browser() -> Response:
    """Sign one browser out. Only one's own: another person's answers like one that is not there."""
    raw = request.form.get("browser", "")
    with unit_of_work(db.session()) as database:
        ended = database.execute(
            sa.update(LoginSession)
            .where(
                LoginSession.id == (int(raw) if raw.isdecimal() and len(raw) < 16 else 0),
                LoginSession.user_id == current_user.id,
                LoginSession.ended_at.is_(None),
            )
            .values(ended_at=clock.now())
            .execution_options(synchronize_session=False)
        )
        found = getattr(ended, "rowcount", 0) == 1
    if not found:
        abort(404)
    flash(_("That browser is signed out."), "success")
    return redirect(url_for("account.security"), code=303)


@bp.post("/browsers/sign-out-others")
@guarded(Permission.ACCOUNT_OWN)
def sign_out_others() -> Response:
    """Sign every other browser out."""
    with unit_of_work(db.session()) as database:
        sessions.end_all(database, current_user.id, but=sessions.current_id())
    flash(_("Every other browser is signed out."), "success")
    return redirect(url_for("account.security"), code=303)


@bp.get("/passkeys/add")
@guarded(Permission.ACCOUNT_OWN)
@fresh_first
def add_passkey() -> str:
    """Name the new passkey; the browser does the rest."""
    return render_template("account/add_passkey.html")


@bp.post("/passkeys/options")
@guarded(Permission.ACCOUNT_OWN)
@fresh_first
def passkey_options() -> Response:
    """What the browser needs to make a passkey."""
    return passkeys.registration_options(current_user)


@bp.post("/passkeys/add")
@guarded(Permission.ACCOUNT_OWN)
@fresh_first
def keep_passkey() -> Response:
    """Keep a new passkey."""
    try:
        kept = passkeys.registered(current_user, request.form.get("name", ""))
    except passkeys.PasskeyRefused:
        flash(_("The passkey was not made. Try again."), "error")
        return redirect(url_for("account.add_passkey"), code=303)
    with unit_of_work(db.session()) as database:
        database.add(kept)
        tell_changed(current_user, _("A passkey was added to your account."))
    flash(_("The passkey is ready. You can sign in with it from now on."), "success")
    return redirect(url_for("account.security"), code=303)


@bp.post("/passkeys/remove")
@guarded(Permission.ACCOUNT_OWN)
@fresh_first
def remove_passkey() -> Response:
    """Remove one's own passkey."""
    wanted = request.form.get("passkey", "")
    kept = next(
        (key for key in people.passkeys(db.session(), current_user.id) if hmac.compare_digest(name_of(key), wanted)),
        None,
    )
    if kept is None:
        abort(404)
    with unit_of_work(db.session()) as database:
        database.delete(kept)
        tell_changed(current_user, _("A passkey was removed from your account."))
    flash(_("The passkey is removed."), "success")
    return redirect(url_for("account.security"), code=303)


def name_of(passkey: WebAuthn) -> str:
    """How a form names a passkey."""
    return passkey.credential_id.hex()
