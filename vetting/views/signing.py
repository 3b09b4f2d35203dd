"""Signing: read the exact text, agree to do business electronically, then sign or decline. A GET never signs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask import session as flask_session
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting.canonical import digest
from vetting.documents.agreement import agreement_body
from vetting.extensions import db
from vetting.forms.agreements import ConsentForm, ReasonForm, SignForm
from vetting.forms.fields import LINE
from vetting.models import Agreement, AgreementState, Signer, SignerRole, SignerState, SigningProof
from vetting.policy import Permission
from vetting.queries import agreements, schools
from vetting.text import N_
from vetting.unit_of_work import LostRace
from vetting.views import signing_proof
from vetting.views.agreements import progress_words, signature_line
from vetting.views.errors import translated
from vetting.views.guard import actor, guarded
from vetting.views.steps import possible, take, version_seen
from vetting.workflows import engine, terms_told
from vetting.workflows.agreement import SIGNER
from vetting.workflows.commands import Sign
from vetting.workflows.engine import StaleVersion, StepRefused
from vetting.workflows.typed_name import resembles

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


# Kept with signatures, and printed: in English.
IN_PLACE = "I sign in the place of %(name)s, who asked me to."
AUTHORITY = "I may sign for %(organization)s as %(role)s. My title: %(title)s."

NOT_YOUR_NAME = N_("Type your own first and last name. Your account has: %(name)s.")

SIDES = {
    SignerRole.PARTNER_SIGNER: "partner",
    SignerRole.SCHOOL_LEADER: "school",
    SignerRole.DISTRICT_SIGNATORY: "district",
}
"""Whose duties are those of the reader, where the terms are told in short."""

TYPED = "typed_signature"
"""What was typed and not signed yet, so that nobody types it twice: the signer's number, the title, the name."""


def method_words(method: str) -> str:
    """How this person signed in: ``password+authenticator`` becomes ``Password, then code from an app``."""
    first, *rest = [METHODS.get(part, part.replace("_", " ")) for part in method.split("+")]
    return ", then ".join([first, *(part[:1].lower() + part[1:] for part in rest)])


ENDED_UNSIGNED: Mapping[AgreementState, str] = {
    AgreementState.DECLINED: N_("A signer declined, so this text cannot be signed. The school can begin a new one."),
    AgreementState.VOIDED: N_("This agreement was voided, so it cannot be signed. The school can begin a new one."),
    AgreementState.EXPIRED: N_("The time to sign is over. The school can begin a new agreement."),
}
"""Why nobody can sign any more, and who can begin again."""


def load(session: Session, reference: str) -> Signer | None:
    """The reader's own place among the signers of an agreement; None for everybody else."""
    agreement = agreements.by_reference(session, reference)
    return agreements.signer_of(agreement, actor().user_id) if agreement else None


def intent_of(signer: Signer) -> str:
    """The statement this signer makes by signing, kept word for word with the signature."""
    named = _named(signer)
    template: dict[str, Any] = signer.agreement_version.agreement.template_version.content
    words: str = template["intent"]["text"] % {"role": named["role_label"], "organization": named["organization"]}
    handed = signer.delegation
    return f"{words} {IN_PLACE % {'name': handed.from_name}}" if handed else words


def authority_of(signer: Signer, title: str) -> str:
    """What this signer confirms about the right to sign, kept word for word with the signature."""
    named = _named(signer)
    return AUTHORITY % {"role": named["role_label"], "organization": named["organization"], "title": title}


def _named(signer: Signer) -> dict[str, Any]:
    """The place as it stands in the frozen text."""
    found: dict[str, Any] = next(
        item for item in signer.agreement_version.content["signers"] if item["order"] == signer.position
    )
    return found


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


def _page(
    signer: Signer,
    *,
    consent: ConsentForm | None = None,
    sign: SignForm | None = None,
    refused: Sequence[str] = (),
) -> str:
    version = signer.agreement_version
    text, proof = consent_text(signer), signing_proof.held(version.content_sha256)
    shown = {"text_version": text["version"], "text_sha256": text["sha256"]}
    consent = consent or consent_form(signer, ConsentForm(formdata=None, data=shown))
    sign = sign or SignForm(formdata=None, data=_typed(signer))
    reasons = list(refused) or standing(signer)
    return render_template(
        "agreements/sign.html",
        told=terms_told.told(db.session(), version.agreement, version.content),
        side=SIDES[signer.role],
        signer=signer,
        agreement=version.agreement,
        version=version,
        body=agreement_body(version.content),
        signatures=[signature_line(item) for item in version.signers],
        consented=signer.consent is not None,
        consent_text=text,
        intent=intent_of(signer),
        authority=_named(signer),
        form=sign if signer.consent else consent,
        refused=bool(refused),
        reasons=reasons,
        kept=sign.typed_name.data if refused else "",
        next_people=who_can_act(version.agreement) if reasons else (),
        open=signer.state is SignerState.INVITED and version.agreement.state in agreements.OUT and not reasons,
        steps=possible("signer", signer),
        proven=proof is not None,
        prove_url=signing_proof.address(version.content_sha256, _here(signer)),
    )


def consent_form(signer: Signer, form: ConsentForm) -> ConsentForm:
    """Without the check of the PDF while there is no PDF to open."""
    if signer.agreement_version.unsigned_copy is None:
        del form.opened
    return form


def _typed(signer: Signer) -> dict[str, str]:
    """What the sign form starts with: the person's title, or what they had typed before they showed who they are."""
    kept = flask_session.get(TYPED)
    shown = {"content_sha256": signer.agreement_version.content_sha256, "title": signer.title}
    if isinstance(kept, list) and kept[:1] == [signer.id]:
        return {**shown, "title": kept[1], "typed_name": kept[2]}
    return shown


def standing(signer: Signer) -> list[str]:
    """Why this person cannot go on now, and when they can; nothing while they can."""
    agreement = signer.agreement_version.agreement
    if agreement.state in agreements.UNSIGNED:
        return [_("The text is being changed. We write to you when the new text is ready to sign.")]
    if agreement.state in ENDED_UNSIGNED:
        return [_(ENDED_UNSIGNED[agreement.state])]
    if signer.state is SignerState.WAITING:
        first = next((item.name for item in signer.agreement_version.signers if item.state is SignerState.INVITED), "")
        return [_("%(name)s signs first. We write to you when it is your turn.", name=first)] if first else []
    step = possible("signer", signer).get("sign" if signer.consent else "consent")
    return [translated(reason) for reason in step.reasons] if step else []


def who_can_act(agreement: Agreement) -> list[str]:
    """Who can settle what stands in the way, by name; the office is named by its address on the page."""
    return [leader.name for leader in schools.leaders_of(db.session(), agreement.school_id)]


@bp.post("/agreements/<reference>/consent")
@guarded(Permission.AGREEMENT_SIGN, load)
def consent(subject: Signer) -> str | Response | tuple[str, int]:
    """Consent to do business electronically, to exactly the text that was on the page."""
    reference = _reference(subject)
    form, text = consent_form(subject, ConsentForm()), consent_text(subject)
    if subject.consent is not None:
        return redirect(url_for("signing.page", reference=reference, _anchor="sign"), code=303)
    fits = form.validate()
    if (form.text_version.data, form.text_sha256.data) != (text["version"], text["sha256"]):
        form.agree.errors = [_("The consent text is not the one you saw. Read it again, then tick the box.")]
        form.text_version.data, form.text_sha256.data = text["version"], text["sha256"]
        fits = False
    if not fits:
        return _page(subject, consent=form), 422
    copy = subject.agreement_version.unsigned_copy
    try:
        take("signer", subject, "consent", data=form.command(copy.sha256 if copy else ""))
    except StepRefused as refused:
        subject = _again(reference)
        if subject.consent is None:
            return _page(subject, refused=standing(subject) or [translated(one) for one in refused.reasons]), 409
    return redirect(url_for("signing.page", reference=reference, _anchor="sign"), code=303)


@bp.post("/agreements/<reference>/sign")
@guarded(Permission.AGREEMENT_SIGN, load)
def sign(subject: Signer) -> str | Response | tuple[str, int]:
    """Sign. Sending the same form twice, or from a second tab, leads to the one receipt.

    Whatever the browser says about time, address or method is not looked at.
    """
    if subject.state is SignerState.SIGNED:
        return redirect(url_for("signing.receipt", reference=_reference(subject)), code=303)
    form = SignForm()
    title, name = (form.title.data or "")[:LINE], (form.typed_name.data or "")[:LINE]
    flask_session[TYPED] = [subject.id, title, name]
    fits = form.validate()
    if fits and not resembles(name, subject.name):
        form.typed_name.errors = [_(NOT_YOUR_NAME, name=subject.name)]
        fits = False
    if not fits:
        return _page(subject, sign=form), 422
    proof = signing_proof.held(subject.agreement_version.content_sha256)
    command = Sign(
        typed_name=name,
        title=title,
        intent=intent_of(subject),
        content_sha256=form.content_sha256.data or "",
        method=method_words(actor().method),
        authority=authority_of(subject, title),
        proof_id=proof.id if proof else None,
    )
    if proof is None:
        against = engine.obstacles(db.session(), SIGNER, subject, "sign", actor(), command)
        return _not_signed(subject, StepRefused(against) if against else signing_proof.ProofSpent())
    return _signed(subject, command, proof)


def _signed(signer: Signer, command: Sign, proof: SigningProof) -> str | Response | tuple[str, int]:
    """Take the step with the proof; or the page that says why not, with what was typed."""
    reference = _reference(signer)

    def spend() -> None:
        signing_proof.use(db.session(), proof)

    try:
        take("signer", signer, "sign", data=command, version=version_seen(), before=spend)
    except (StepRefused, StaleVersion, LostRace, signing_proof.ProofSpent) as problem:
        signer = _again(reference)
        if signer.state is not SignerState.SIGNED:
            return _not_signed(signer, problem)
    flask_session.pop(TYPED, None)
    return redirect(url_for("signing.receipt", reference=reference), code=303)


def _not_signed(signer: Signer, problem: Exception) -> str | Response | tuple[str, int]:
    if isinstance(problem, signing_proof.ProofSpent):
        return signing_proof.ask(signer.agreement_version.content_sha256, _here(signer))
    if not isinstance(problem, StepRefused):
        raise problem
    form = SignForm(formdata=None, data=_typed(signer))
    return _page(signer, sign=form, refused=standing(signer) or [translated(one) for one in problem.reasons]), 409


@bp.get("/agreements/<reference>/signed")
@guarded(Permission.AGREEMENT_SIGN, load)
def receipt(subject: Signer) -> str | Response:
    """The receipt of a signature: what was signed, when, and what happens next."""
    if subject.state is SignerState.SIGNED and subject.signature is None:
        # Signed on paper: what is known of it stands on the agreement's own page.
        return redirect(url_for("agreements.show", reference=_reference(subject)), code=303)
    if subject.state is not SignerState.SIGNED or subject.signature is None:
        return redirect(url_for("signing.page", reference=_reference(subject)), code=303)
    agreement = subject.agreement_version.agreement
    waiting = [item.name for item in subject.agreement_version.signers if item.state is not SignerState.SIGNED]
    return render_template(
        "agreements/signed.html",
        signer=subject,
        agreement=agreement,
        signature=subject.signature,
        proof=_(signing_proof.WORDS[subject.signature.proof.method]) if subject.signature.proof else _("Not recorded"),
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
    if request.method == "GET":
        return _decline_page(form, subject)
    if not form.validate():
        return _decline_page(form, subject), 422
    try:
        take("signer", subject, "decline", reason=form.reason.data or "", version=version_seen())
    except StepRefused as refused:
        subject = _again(reference)
        form.reason.errors = standing(subject) or [translated(reason) for reason in refused.reasons]
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


def _here(signer: Signer) -> str:
    return url_for("signing.page", reference=_reference(signer), _anchor="sign")


def _reference(signer: Signer) -> str:
    return signer.agreement_version.agreement.reference


def _again(reference: str) -> Signer:
    """The signer as they stand now, after a step that was not taken."""
    db.session.rollback()
    found = load(db.session(), reference)
    if found is None:
        raise LostRace("the version was replaced")
    return found
