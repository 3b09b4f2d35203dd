"""The one-time link that makes the first administrator of an empty district."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting import clock, tokens
from vetting.extensions import db
from vetting.forms.account import SetupForm
from vetting.models import Role, RoleGrant, SetupLink
from vetting.policy import SYSTEM, Permission
from vetting.queries.people import has_administrator
from vetting.unit_of_work import unit_of_work
from vetting.views.account import sessions
from vetting.views.account.passwords import by_email, hashed, new_user
from vetting.views.guard import guarded
from vetting.workflows import engine
from vetting.workflows.registry import workflow_named

bp = Blueprint("setup_link", __name__)

LIFE = timedelta(hours=24)


class AdministratorExists(Exception):
    """There is an administrator already, who can invite others."""


def make_setup_link(session: Session, *, force: bool = False) -> str:
    """A link that works once, for 24 hours; links made before stop working. The caller's unit of work keeps it.

    Raises ``AdministratorExists`` unless ``force``.
    """
    if not force and has_administrator(session):
        raise AdministratorExists
    session.execute(sa.delete(SetupLink).where(SetupLink.used_at.is_(None)))
    token = tokens.new_token()
    session.add(SetupLink(token_digest=tokens.digest(token), expires_at=clock.now() + LIFE))
    # Made by hand, because the command line has no request to build an address from.
    return f"{current_app.config['SETTINGS'].public_url}/setup/{token}"


def _live(session: Session, token: str) -> SetupLink | None:
    return session.scalars(
        sa.select(SetupLink)
        .where(
            SetupLink.token_digest == tokens.digest(token),
            SetupLink.used_at.is_(None),
            SetupLink.expires_at > clock.now(),
        )
        .with_for_update()
    ).first()


@bp.route("/setup/<token>", methods=["GET", "POST"])
@guarded(Permission.PUBLIC_READ)
def first_administrator(token: str) -> Response | tuple[str, int]:
    """Ask for name, address and password, and make the administrator."""
    session = db.session()
    if _live(session, token) is None:
        return render_template("account/setup_dead.html"), 410
    form = SetupForm()
    if not form.validate_on_submit():
        return render_template("account/setup.html", form=form), 422 if form.is_submitted() else 200
    # Hashing is slow and must not hold the write lock.
    session.rollback()
    kept = hashed(form.password.data)
    with unit_of_work(session):
        link = _live(session, token)
        if link is None:
            return render_template("account/setup_dead.html"), 410
        link.used_at = clock.now()
        user = by_email(session, form.email.data or "")
        if user is None:
            user = new_user(form.email.data or "", form.name.data or "")
            session.add(user)
        user.name, user.password, user.active = form.name.data or "", kept, True
        user.confirmed_at = user.confirmed_at or clock.now()
        session.flush()
        sessions.end_all(session, user.id)
        if not _administers(session, user.id):
            engine.run(
                session,
                workflow_named("role_grant"),
                RoleGrant(user_id=user.id, role=Role.SYSTEM_ADMIN),
                "grant",
                SYSTEM,
            )
        sessions.begin(user, "setup_link")
    flash(_("You are the first administrator. Invite the people who work with you."), "success")
    return redirect(url_for("admin.people"), code=303)


def _administers(session: Session, user_id: int) -> bool:
    return (
        session.scalar(
            sa.select(sa.func.count())
            .select_from(RoleGrant)
            .where(RoleGrant.user_id == user_id, RoleGrant.role == Role.SYSTEM_ADMIN, RoleGrant.ended_at.is_(None))
        )
        != 0
    )
