"""Around a signature: the unsigned PDF, consent taken back, somebody else who signs, more time, and who left."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from vetting import clock, rehearsal
from vetting.extensions import db
from vetting.forms.signing import DelegateForm, GiveTimeForm, ReplaceForm, WithdrawForm, listed
from vetting.models import Agreement, Signer, SignerState
from vetting.policy import Permission
from vetting.queries import agreements
from vetting.queries.signing_days import days_to_sign, last_day
from vetting.text import Message
from vetting.views import previews
from vetting.views.courses import MANAGE
from vetting.views.courses import load as load_agreement
from vetting.views.errors import translated
from vetting.views.guard import actor, guarded
from vetting.views.signing import load, standing
from vetting.views.steps import possible, take, version_seen
from vetting.views.stored import send_stored
from vetting.workflows.engine import StepRefused
from vetting.workflows.scope_of_service import Place, signers_of

bp = Blueprint("signing_places", __name__)

A_WEEK = timedelta(days=7)

SIGN = guarded(Permission.AGREEMENT_SIGN, load)


@bp.get("/agreements/<reference>/unsigned.pdf")
@guarded(Permission.AGREEMENT_VIEW, load_agreement)
def unsigned(subject: Agreement) -> Response:
    """The PDF of the newest version before it was signed: the same words as on the page, marked as not signed."""
    copy = subject.versions[-1].unsigned_copy if subject.versions else None
    if copy is None:
        abort(404)
    answer = send_stored(
        copy.storage_key, mimetype="application/pdf", name=f"{subject.reference}-not-signed.pdf", etag=copy.sha256
    )
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


@bp.route("/agreements/<reference>/withdraw-consent", methods=["GET", "POST"])
@SIGN
def withdraw(subject: Signer) -> str | Response | tuple[str, int]:
    """Take consent to electronic business back: what it means, before and after signing."""
    reference = subject.agreement_version.agreement.reference
    if subject.consent is None:
        return redirect(url_for("signing.page", reference=reference), code=303)
    form = WithdrawForm()
    if request.method == "GET":
        return _withdraw_page(form, subject)
    if not form.validate():
        return _withdraw_page(form, subject), 422
    try:
        take("signer", subject, "withdraw_consent", reason=form.reason.data or "", version=version_seen())
    except StepRefused as refused:
        db.session.rollback()
        form.sure.errors = [translated(reason) for reason in refused.reasons]
        return _withdraw_page(form, subject), 409
    flash(_("Your consent is taken back. The partnerships office sends paper from now on."), "success")
    return redirect(url_for("agreements.show", reference=reference), code=303)


def _withdraw_page(form: WithdrawForm, signer: Signer) -> str:
    return render_template(
        "agreements/withdraw.html",
        form=form,
        signer=signer,
        agreement=signer.agreement_version.agreement,
        signed=signer.state is SignerState.SIGNED,
    )


@bp.route("/agreements/<reference>/delegate", methods=["GET", "POST"])
@SIGN
def delegate(subject: Signer) -> str | Response | tuple[str, int]:
    """Have somebody else of the same role sign, until a day, with a reason that everybody can read."""
    form = DelegateForm() if request.method == "POST" else DelegateForm(data={"until": clock.today() + A_WEEK})
    people = _who_could(subject)
    form.person.choices = listed(people)
    if request.method == "GET":
        return _delegate_page(form, subject, people)
    if not form.validate():
        return _delegate_page(form, subject, people), 422
    reference, reason = subject.agreement_version.agreement.reference, form.reason.data or ""
    try:
        take("signer", subject, "delegate", data=form.command(), reason=reason, version=version_seen())
    except StepRefused as refused:
        db.session.rollback()
        again = load(db.session(), reference)
        if again is None:
            return redirect(url_for("agreements.show", reference=reference), code=303)
        form.person.errors = standing(again) or [translated(one) for one in refused.reasons]
        return _delegate_page(form, again, people), 409
    flash(_("Handed on. Everybody involved is told."), "success")
    return redirect(url_for("agreements.to_sign"), code=303)


def _who_could(signer: Signer) -> list[Any]:
    """People who hold the role now and do not sign this already."""
    agreement = signer.agreement_version.agreement
    taken = {other.user_id for other in signer.agreement_version.signers}
    places = [place for place in signers_of(db.session(), agreement) if place.role is signer.role]
    return [user for place in places for user in place.able if user.id not in taken]


def _delegate_page(form: DelegateForm, signer: Signer, people: list[Any]) -> str:
    step = possible("signer", signer).get("delegate")
    reasons = [translated(reason) for reason in step.reasons] if step else standing(signer)
    return render_template(
        "agreements/delegate.html",
        form=form,
        signer=signer,
        agreement=signer.agreement_version.agreement,
        people=people,
        reasons=[] if form.errors else reasons,
    )


@bp.route("/agreements/<reference>/more-time", methods=["GET", "POST"])
@MANAGE
def more_time(subject: Agreement) -> str | Response | tuple[str, int]:
    """Give everybody more time to sign: choose the day, see the mail, then do it."""
    if subject.state not in agreements.OUT:
        return redirect(url_for("agreements.show", reference=subject.reference), code=303)
    now = last_day(subject.versions[-1], days_to_sign(db.session()))
    form = GiveTimeForm() if request.method == "POST" else GiveTimeForm(data={"until": now + 2 * A_WEEK})
    template = "agreements/more_time.html"
    if request.method == "GET" or previews.wants_edit():
        return render_template(template, form=form, agreement=subject, until=now)
    if not form.validate():
        return render_template(template, form=form, agreement=subject, until=now), 422
    back = url_for(".more_time", reference=subject.reference)
    reasons, done = _take_or_look(subject, "extend", form.command(), form.reason.data or "", back)
    if done is not None:
        return done
    form.until.errors = [translated(reason) for reason in reasons]
    again = load_agreement(db.session(), subject.reference) or subject
    return render_template(template, form=form, agreement=again, until=now), 409


@bp.route("/agreements/<reference>/signers", methods=["GET", "POST"])
@MANAGE
def replace(subject: Agreement) -> str | Response | tuple[str, int]:
    """Name somebody in the place of a signer who left: a new version of the same words, which everybody signs."""
    if subject.state not in agreements.OUT:
        return redirect(url_for("agreements.show", reference=subject.reference), code=303)
    places = signers_of(db.session(), subject)
    form = ReplaceForm() if request.method == "POST" else ReplaceForm(data=_seated(subject, places))
    form.offer(places)
    if request.method == "GET" or previews.wants_edit():
        return _replace_page(form, subject)
    if not form.validate():
        return _replace_page(form, subject), 422
    reasons, done = _take_or_look(
        subject,
        "replace_signers",
        form.command(),
        form.reason.data or "",
        url_for(".replace", reference=subject.reference),
    )
    if done is not None:
        return done
    form.reason.errors = [translated(reason) for reason in reasons]
    return _replace_page(form, load_agreement(db.session(), subject.reference) or subject), 409


def _seated(agreement: Agreement, places: list[Place]) -> dict[str, str]:
    """Who signs now, where they still may; else the only one who could."""
    now = {signer.role: signer.user_id for signer in agreement.versions[-1].signers}
    chosen = {}
    for place in places:
        able = [user.id for user in place.eligible]
        kept = now.get(place.role) if now.get(place.role) in able else None
        chosen[place.role.value] = str(kept or (able[0] if len(able) == 1 else ""))
    return chosen


def _replace_page(form: ReplaceForm, agreement: Agreement) -> str:
    step = possible("agreement", agreement).get("replace_signers")
    return render_template(
        "agreements/replace.html",
        form=form,
        agreement=agreement,
        reasons=[translated(reason) for reason in step.reasons] if step and not form.errors else [],
    )


def _take_or_look(
    agreement: Agreement, name: str, data: Any, reason: str, back: str
) -> tuple[list[Message], str | Response | None]:
    """Show the mail, or take the step; else the reasons against it."""
    number, reference = agreement.id, agreement.reference
    title = _("Give more time to sign") if name == "extend" else _("Name another signer")
    try:
        if previews.wants_look():
            act = rehearsal.step("agreement", number, name, actor(), data=data, reason=reason)
            return [], previews.page(previews.letters(act), title=title, submit=title, back_href=back, said=reason)
        take("agreement", agreement, name, data=data, reason=reason, version=version_seen())
    except StepRefused as refused:
        db.session.rollback()
        return refused.reasons, None
    flash(_("Everybody involved is told."), "success")
    return [], redirect(url_for("agreements.show", reference=reference), code=303)
