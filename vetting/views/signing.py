"""Signing: read the exact text, agree to do business electronically, then sign or decline. A GET never signs."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting.canonical import digest
from vetting.documents.agreement import agreement_body
from vetting.extensions import db
from vetting.forms.agreements import ConsentForm, ReasonForm, SignForm
from vetting.models import AgreementState, Signer, SignerRole, SignerState
from vetting.policy import Permission
from vetting.queries import agreements
from vetting.unit_of_work import LostRace
from vetting.views.account import sessions
from vetting.views.agreements import progress_words, signature_line
from vetting.views.errors import translated
from vetting.views.guard import actor, guarded
from vetting.views.steps import possible, take, version_seen
from vetting.workflows.engine import StaleVersion, StepRefused

bp = Blueprint("signing", __name__)

# How we knew who it was, in the words of the certificate page. Documents are in English, so these are not translated.
METHODS = {
    "password": "Password",
    "email_code": "Code sent by e-mail",
    "email_link": "Link sent by e-mail",
    "invitation": "Link sent by e-mail",
    "setup_link": "Set-up link",
    "passkey": "Passkey",
    "authenticator": "Code from an app",
    "recovery_code": "Recovery code",
}


def method_words(method: str) -> str:
    """How this person signed in: ``password+authenticator`` becomes ``Password, then code from an app``."""
    first, *rest = [METHODS.get(part, part.replace("_", " ")) for part in method.split("+")]
    return ", then ".join([first, *(part[:1].lower() + part[1:] for part in rest)])


def load(session: Session, reference: str) -> Signer | None:
    """The reader's own place among the signers of an agreement; None for everybody else."""
    agreement = agreements.by_reference(session, reference)
    return agreements.signer_of(agreement, actor().user_id) if agreement else None


def intent_of(signer: Signer) -> str:
    """The statement this signer makes by signing, kept word for word with the signature."""
    content = signer.agreement_version.content
    named = next(item for item in content["signers"] if item["order"] == signer.position)
    template: dict[str, Any] = signer.agreement_version.agreement.template_version.content
    words: str = template["intent"]["text"]
    return words % {"role": named["role_label"], "organization": named["organization"]}


def consent_text(signer: Signer) -> dict[str, str]:
    """The consent of the agreement's own template version, with the hash that is recorded."""
    consent = signer.agreement_version.agreement.template_version.content["consent"]
    return {
        "version": consent["version"],
        "text": consent["text"],
        "sha256": digest("consent.v1", {"version": consent["version"], "text": consent["text"]}),
    }


@bp.get("/agreements/<reference>/sign")
@guarded(Permission.AGREEMENT_SIGN, load)
def page(subject: Signer) -> str | Response:
    """The exact text, and the next thing asked of this signer."""
    if subject.state is SignerState.SIGNED:
        return redirect(url_for("signing.receipt", reference=_reference(subject)), code=303)
    return _page(subject)


def _page(signer: Signer, *, consent: ConsentForm | None = None, sign: SignForm | None = None) -> str:
    version = signer.agreement_version
    text = consent_text(signer)
    shown = {"text_version": text["version"], "text_sha256": text["sha256"]}
    consent = consent or ConsentForm(formdata=None, data=shown)
    sign = sign or SignForm(formdata=None, data={"content_sha256": version.content_sha256, "title": signer.title})
    steps = possible("signer", signer)
    step = steps.get("sign")
    reasons = [translated(reason) for reason in step.reasons] if step and signer.consent else []
    turn = steps.get("consent")
    if turn and not signer.consent:
        reasons = [translated(reason) for reason in turn.reasons]
    if signer.state is SignerState.WAITING:
        first = next((item.name for item in version.signers if item.state is SignerState.INVITED), "")
        reasons = [_("%(name)s signs first. We write to you when it is your turn.", name=first)] if first else []
    form = sign if signer.consent else consent
    return render_template(
        "agreements/sign.html",
        signer=signer,
        agreement=version.agreement,
        version=version,
        body=agreement_body(version.content),
        signatures=[signature_line(item) for item in version.signers],
        consented=signer.consent is not None,
        consent_text=text,
        intent=intent_of(signer),
        form=form,
        reasons=reasons,
        open=signer.state is SignerState.INVITED and version.agreement.state in agreements.OUT and not reasons,
        may_decline="decline" in steps and steps["decline"].open,
        fresh=sessions.fresh(),
    )


@bp.post("/agreements/<reference>/consent")
@guarded(Permission.AGREEMENT_SIGN, load)
def consent(subject: Signer) -> str | Response | tuple[str, int]:
    """Consent to do business electronically, to exactly the text that was on the page."""
    reference = _reference(subject)
    form, text = ConsentForm(), consent_text(subject)
    if subject.consent is not None:
        return redirect(url_for("signing.page", reference=reference, _anchor="sign"), code=303)
    fits = form.validate()
    if (form.text_version.data, form.text_sha256.data) != (text["version"], text["sha256"]):
        form.agree.errors = [_("The consent text is not the one you saw. Read it again, then tick the box.")]
        form.text_version.data, form.text_sha256.data = text["version"], text["sha256"]
        fits = False
    if not fits:
        return _page(subject, consent=form), 422
    try:
        take("signer", subject, "consent", data=form.command())
    except StepRefused as refused:
        subject = _again(reference)
        if subject.consent is None:
            form.agree.errors = [translated(reason) for reason in refused.reasons]
            return _page(subject, consent=form), 409
    return redirect(url_for("signing.page", reference=reference, _anchor="sign"), code=303)


@bp.post("/agreements/<reference>/sign")
@guarded(Permission.AGREEMENT_SIGN, load)
def sign(subject: Signer) -> str | Response | tuple[str, int]:
    """Sign. Sending the same form twice, or from a second tab, leads to the one receipt."""
    reference = _reference(subject)
    receipt_url = url_for("signing.receipt", reference=reference)
    if subject.state is SignerState.SIGNED:
        return redirect(receipt_url, code=303)
    form = SignForm()
    if not form.validate():
        return _page(subject, sign=form), 422
    if not sessions.fresh():
        form.typed_name.errors = [_("Show that it is you first. It has been a while since you signed in.")]
        return _page(subject, sign=form), 403
    method = method_words(actor().method)
    try:
        take("signer", subject, "sign", data=form.command(intent_of(subject), method), version=version_seen())
    except (StepRefused, StaleVersion, LostRace) as problem:
        db.session.rollback()
        subject = _again(reference)
        if subject.state is SignerState.SIGNED:
            return redirect(receipt_url, code=303)
        if not isinstance(problem, StepRefused):
            raise
        form.typed_name.errors = [translated(reason) for reason in problem.reasons]
        return _page(subject, sign=form), 409
    return redirect(receipt_url, code=303)


@bp.get("/agreements/<reference>/signed")
@guarded(Permission.AGREEMENT_SIGN, load)
def receipt(subject: Signer) -> str | Response:
    """The receipt of a signature: what was signed, when, and what happens next."""
    if subject.state is not SignerState.SIGNED or subject.signature is None:
        return redirect(url_for("signing.page", reference=_reference(subject)), code=303)
    agreement = subject.agreement_version.agreement
    waiting = [item.name for item in subject.agreement_version.signers if item.state is not SignerState.SIGNED]
    return render_template(
        "agreements/signed.html",
        signer=subject,
        agreement=agreement,
        signature=subject.signature,
        waiting=waiting,
        executing=agreement.state is AgreementState.EXECUTING,
        before_force=agreement.state in agreements.BEFORE_FORCE,
        in_force=agreement.executed_at is not None,
        progress=progress_words(agreement),
    )


@bp.route("/agreements/<reference>/decline", methods=["GET", "POST"])
@guarded(Permission.AGREEMENT_SIGN, load)
def decline(subject: Signer) -> str | Response | tuple[str, int]:
    """Decline with a reason. That ends this round of signing for everyone."""
    reference = _reference(subject)
    if subject.state is SignerState.DECLINED:
        return redirect(url_for("agreements.show", reference=reference), code=303)
    form = ReasonForm()
    if not form.is_submitted():
        return _decline_page(form, subject)
    if not form.validate():
        return _decline_page(form, subject), 422
    try:
        take("signer", subject, "decline", reason=form.reason.data or "", version=version_seen())
    except StepRefused as refused:
        subject = _again(reference)
        form.reason.errors = [translated(reason) for reason in refused.reasons]
        return _decline_page(form, subject), 409
    return redirect(url_for("agreements.show", reference=reference), code=303)


def _decline_page(form: ReasonForm, signer: Signer) -> str:
    return render_template(
        "agreements/decline.html",
        form=form,
        signer=signer,
        agreement=signer.agreement_version.agreement,
        district_signs=signer.role is SignerRole.DISTRICT_SIGNATORY,
    )


def _reference(signer: Signer) -> str:
    return signer.agreement_version.agreement.reference


def _again(reference: str) -> Signer:
    """The signer as they stand now, after a step that was not taken."""
    db.session.rollback()
    found = load(db.session(), reference)
    if found is None:
        raise LostRace("the version was replaced")
    return found
