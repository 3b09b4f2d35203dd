"""A new e-mail address for one's own account: both the present and the new address have to agree."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting import clock, tokens
from vetting.extensions import db
from vetting.forms.organization import NewAddressForm
from vetting.models import EmailChange, EmailChangeState
from vetting.policy import SYSTEM, Permission
from vetting.unit_of_work import unit_of_work
from vetting.views.account import attempts
from vetting.views.account.blueprint import keys
from vetting.views.account.own import bp
from vetting.views.account.proof import fresh_first
from vetting.views.errors import translated
from vetting.views.guard import actor, guarded
from vetting.workflows import engine
from vetting.workflows.commands import AgreeToAddress
from vetting.workflows.engine import StepRefused
from vetting.workflows.registry import workflow_named

LIFE = timedelta(days=2)
Answer = str | Response | tuple[str, int]


def _pending(session: Session, user_id: int) -> EmailChange | None:
    return session.scalars(
        sa.select(EmailChange).where(EmailChange.user_id == user_id, EmailChange.state == EmailChangeState.PENDING)
    ).first()


@bp.route("/email", methods=["GET", "POST"])
@guarded(Permission.ACCOUNT_OWN)
@fresh_first
def email() -> Answer:
    """Ask for another address. A change that waits is replaced by the next one."""
    form = NewAddressForm()
    if request.method == "POST" and form.validate():
        if form.email.data == current_user.email:
            form.email.errors = [_("This is your address already")]
        elif not attempts.charge("mail", current_user.email):
            form.email.errors = [_("You asked several times. Please wait some minutes")]
        else:
            new = form.email.data or ""
            _ask(current_user.id, current_user.email, new)
            flash(_("We wrote to %(old)s and to %(new)s. Open both links.", old=current_user.email, new=new), "success")
            return redirect(url_for("account.email"), code=303)
    page = render_template("account/email.html", form=form, change=_pending(db.session(), current_user.id))
    return page, 422 if request.method == "POST" else 200


def _ask(user_id: int, old: str, new: str) -> None:
    old_nonce, new_nonce = tokens.new_nonce(), tokens.new_nonce()
    with unit_of_work(db.session) as session:
        table = workflow_named("email_change")
        before = _pending(session, user_id)
        if before is not None:
            engine.run(session, table, before, "cancel", actor())
        change = EmailChange(
            user_id=user_id,
            old_email=old,
            new_email=new,
            old_nonce=old_nonce,
            new_nonce=new_nonce,
            old_digest=tokens.digest(tokens.invitation_token(keys(), old_nonce)),
            new_digest=tokens.digest(tokens.invitation_token(keys(), new_nonce)),
            expires_at=clock.now() + LIFE,
        )
        engine.run(session, table, change, "ask", actor())


def load_change(session: Session, token: str) -> EmailChange | None:
    """The change that a link belongs to, for the person whose account it is."""
    mark = tokens.digest(token)
    return session.scalars(
        sa.select(EmailChange).where(sa.or_(EmailChange.old_digest == mark, EmailChange.new_digest == mark))
    ).first()


def _is_new(change: EmailChange) -> bool:
    """Which of the two addresses the link in hand was sent to."""
    return tokens.digest((request.view_args or {})["token"]) == change.new_digest


@bp.get("/email/<token>")
@guarded(Permission.EMAIL_CHANGE, load_change)
def email_link(change: EmailChange) -> Answer:
    """Say what would change. Opening the page changes nothing."""
    return _page(change, [])


def _page(change: EmailChange, problems: list[str]) -> Answer:
    over = change.state is not EmailChangeState.PENDING or change.expires_at <= clock.now()
    new = _is_new(change)
    page = render_template(
        "account/email_link.html",
        change=change,
        here=change.new_email if new else change.old_email,
        agreed=change.new_agreed_at if new else change.old_agreed_at,
        other_waits=(change.old_agreed_at if new else change.new_agreed_at) is None,
        done=change.state is EmailChangeState.DONE,
        over=over,
        problems=problems,
    )
    return page, 422 if problems else 410 if over and change.state is not EmailChangeState.DONE else 200


def _agree(change: EmailChange, command: AgreeToAddress) -> None:
    """The second of the two addresses makes the change, in the act in which it agrees."""
    table = workflow_named("email_change")
    with unit_of_work(db.session) as session:
        engine.run(session, table, change, "agree", actor(), data=command)
        if change.old_agreed_at is not None and change.new_agreed_at is not None:
            engine.run(session, table, change, "finish", SYSTEM)


@bp.post("/email/<token>")
@guarded(Permission.EMAIL_CHANGE, load_change)
def agree_to_email(change: EmailChange) -> Answer:
    """One address agrees; with the second, the change is made."""
    here = url_for("account.email_link", token=(request.view_args or {})["token"])
    if change.state is not EmailChangeState.PENDING:
        return redirect(here, code=303)
    try:
        _agree(change, AgreeToAddress(new=_is_new(change)))
    except StepRefused as refused:
        return _page(change, [translated(reason) for reason in refused.reasons])
    if change.user.email == change.new_email:
        flash(_("Your address is now %(email)s.", email=change.new_email), "success")
        return redirect(url_for("account.index"), code=303)
    flash(_("Thank you. We wait for the other address."), "success")
    return redirect(here, code=303)
