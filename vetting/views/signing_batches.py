"""Agreements of identical terms, signed by one act: choose, read each one, show who you are, sign, read the receipt.

The address of a list is its page before, while and after it is signed. What is signed is the list of texts that was on
the page: the proof of identity and the form are bound to its digest, each signature to its own text.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting import refs
from vetting.extensions import db
from vetting.forms.countersigning import SignTogetherForm
from vetting.models import SigningBatch, SigningBatchState, SigningItem, SigningItemState, SigningProof
from vetting.policy import Permission
from vetting.queries import countersigning as waiting
from vetting.text import Message
from vetting.unit_of_work import LostRace, unit_of_work
from vetting.views import signing, signing_proof
from vetting.views.batch_words import compared
from vetting.views.errors import translated
from vetting.views.guard import actor, guarded
from vetting.views.steps import possible, step_url, take, version_seen
from vetting.workflows import engine
from vetting.workflows.countersign_commands import DrawUpBatch, SignTogether
from vetting.workflows.countersigning import SIGNING_BATCH
from vetting.workflows.engine import StaleVersion, StepRefused
from vetting.workflows.guards.countersigning import most_in, waits
from vetting.workflows.registry import WORKFLOWS
from vetting.workflows.typed_name import resembles

bp = Blueprint("signing_batches", __name__, url_prefix="/countersigning/together")

TONES = {SigningItemState.SIGNED: "good", SigningItemState.REFUSED: "warn"}


def load(session: Session, reference: str) -> SigningBatch | None:
    """The list that the address names."""
    return waiting.batch(session, reference)


OWN = guarded(Permission.AGREEMENT_SIGN, load)


@bp.get("/new")
@guarded(Permission.AGREEMENT_COUNTERSIGN)
def choose() -> str | Response:
    """Which agreements of identical terms are to be signed together; all of them unless some are taken out."""
    lines = _alike(request.args.get("terms", ""))
    if len(lines) < 2:
        flash(_("No other agreement with these terms waits for you now."), "info")
        return redirect(url_for("countersigning.index"), code=303)
    return _choose_page(lines)


def _alike(terms: str) -> list[waiting.Line]:
    lines = waiting.outline(db.session(), actor())
    return [line for line in lines if terms and line.terms == terms and not line.held]


def _choose_page(lines: list[waiting.Line], error: str = "") -> str:
    most = most_in(db.session())
    places = waiting.places(db.session(), [line.signer_id for line in lines])
    since = {line.signer_id: line.since for line in lines}
    return render_template(
        "countersigning/choose.html",
        rows=[{"signer": p, "agreement": p.agreement_version.agreement, "since": since[p.id]} for p in places],
        terms=lines[0].terms,
        most=most,
        error=error,
        opened=waiting.opened(db.session(), [p.id for p in places]),
    )


@bp.post("/new")
@guarded(Permission.AGREEMENT_COUNTERSIGN)
def draw_up() -> str | Response | tuple[str, int]:
    """Fix the list. Nothing is signed by this."""
    terms = request.form.get("terms", "")[:64]
    named = set(request.form.getlist("agreement"))
    lines = _alike(terms)
    if not lines:
        return _nothing_waits()
    ids = [line.signer_id for line in lines if line.reference in named]
    made = SigningBatch(
        reference=refs.new_reference("SGN"), user_id=actor().user_id, terms_sha256=terms, digest="", given={}
    )
    try:
        with unit_of_work(db.session) as session:
            command = DrawUpBatch(tuple(waiting.places(session, ids)))
            engine.run(session, SIGNING_BATCH, made, "draw_up", actor(), data=command)
    except StepRefused as refused:
        db.session.rollback()
        lines = _alike(terms)
        if not lines:
            return _nothing_waits()
        return _choose_page(lines, " ".join(translated(reason) for reason in refused.reasons)), 422
    return redirect(url_for(".show", reference=made.reference), code=303)


def _nothing_waits() -> Response:
    flash(_("These agreements do not wait for you any more."), "info")
    return redirect(url_for("countersigning.index"), code=303)


@bp.get("/<reference>")
@OWN
def show(batch: SigningBatch) -> str:
    """The list to be read and signed, its progress, or its receipt."""
    if batch.state is SigningBatchState.DRAWN_UP:
        return _sign_page(batch)
    return _receipt(batch)


def _items(batch: SigningBatch) -> list[SigningItem]:
    return waiting.shown_items(batch, actor())


def _consents(batch: SigningBatch) -> dict[str, str] | None:
    """The consent text, where a text of the list still needs it. Identical terms have one template, so one text."""
    missing = [item.signer for item in _items(batch) if item.signer.consent is None and waits(item.signer)]
    return signing.consent_text(missing[0]) if missing else None


def _copies(batch: SigningBatch) -> bool:
    """Whether there is a PDF to be opened of a text that still needs consent."""
    return any(
        item.signer.agreement_version.unsigned_copy is not None for item in _items(batch) if item.signer.consent is None
    )


def _sign_page(batch: SigningBatch, form: SignTogetherForm | None = None) -> str:
    items, consent = _items(batch), _consents(batch)
    opened = waiting.opened(db.session(), [item.signer_id for item in items])
    words = compared([item.signer.agreement_version.content for item in items])
    here = url_for(".show", reference=batch.reference)
    title = items[0].signer.title if items else ""
    form = form or SignTogetherForm(
        formdata=None,
        data={"digest": batch.digest, "consent_sha256": consent["sha256"] if consent else "", "title": title},
    )
    return render_template(
        "countersigning/sign.html",
        batch=batch,
        rows=[
            {
                "item": item,
                "agreement": item.signer.agreement_version.agreement,
                "own": own,
                "opened": item.signer_id in opened,
                "waits": waits(item.signer),
            }
            for item, own in zip(items, words.own, strict=True)
        ],
        common=words.common,
        opened_count=len(opened),
        total=len(items),
        form=form,
        consent=consent,
        copies=consent is not None and _copies(batch),
        intent=signing.intent_of(items[0].signer) if items else "",
        proven=signing_proof.held(batch.digest) is not None,
        prove_href=signing_proof.address(batch.digest, f"{here}#sign"),
        name=items[0].signer.name if items else "",
        steps=_steps(batch),
    )


def _steps(batch: SigningBatch) -> dict[str, str]:
    return {
        name: step_url("signing_batch", batch, name)
        for name, step in possible("signing_batch", batch).items()
        if step.open
    }


@bp.post("/<reference>")
@OWN
def sign(batch: SigningBatch) -> str | Response | tuple[str, int]:
    """Sign the list. Sending the form twice leads to the one receipt."""
    reference = batch.reference
    # A list is empty when the reader has declared an interest in everybody on it since it was drawn up.
    if batch.state is not SigningBatchState.DRAWN_UP or not _items(batch):
        return redirect(url_for(".show", reference=reference), code=303)
    form, consent = SignTogetherForm(), _consents(batch)
    form.ask(consent=consent is not None, copies=consent is not None and _copies(batch))
    if not _valid(form, batch, consent):
        return _sign_page(batch, form), 422
    proof = signing_proof.held(batch.digest)
    if proof is None:
        form.typed_name.errors = [_("Show that it is you first. The last time was too long ago, or for another list.")]
        return _sign_page(batch, form), 403
    command = SignTogether(form.digest.data or "", _given(form, batch, consent, proof.id))
    try:
        take(
            "signing_batch",
            batch,
            "sign",
            data=command,
            version=version_seen(),
            before=lambda: signing_proof.use(db.session(), proof),
        )
    except (StepRefused, StaleVersion, LostRace, signing_proof.ProofSpent) as problem:
        db.session.rollback()
        again = load(db.session(), reference)
        if again is None or isinstance(problem, LostRace):
            raise
        if again.state is not SigningBatchState.DRAWN_UP:
            return redirect(url_for(".show", reference=reference), code=303)
        form.typed_name.errors = _why(problem)
        return _sign_page(again, form), 409
    return redirect(url_for(".show", reference=reference), code=303)


def _why(problem: Exception) -> list[str]:
    if isinstance(problem, StepRefused):
        return [translated(reason) for reason in problem.reasons]
    return [_("This could not be signed as it was shown. Read the list again, and show once more that it is you.")]


def _valid(form: SignTogetherForm, batch: SigningBatch, consent: dict[str, str] | None) -> bool:
    good = form.validate()
    if consent is not None and form.consent_sha256.data != consent["sha256"]:
        form.agree.errors = [_("The consent text is not the one you saw. Read it again, then tick the box.")]
        form.consent_sha256.data = consent["sha256"]
        good = False
    items = _items(batch)
    if form.typed_name.data and not all(resembles(form.typed_name.data, item.signer.name) for item in items):
        name = items[0].signer.name if items else ""
        form.typed_name.errors = [_("Type your own first and last name. Your account has: %(name)s.", name=name)]
        good = False
    return good


def _given(
    form: SignTogetherForm, batch: SigningBatch, consent: dict[str, str] | None, proof_id: int
) -> dict[str, Any]:
    """What each signature will record of this one act."""
    signers = [item.signer for item in _items(batch)]
    return {
        "typed_name": form.typed_name.data or "",
        "title": form.title.data or "",
        "authority": signing.authority_of(signers[0], form.title.data or ""),
        "method": signing.method_words(actor().method),
        "proof": proof_id,
        "intents": {str(signer.id): signing.intent_of(signer) for signer in signers},
        "consent": {"version": consent["version"], "sha256": consent["sha256"]} if consent else {},
        "opened": {
            str(signer.id): copy.sha256
            for signer in signers
            if signer.consent is None and (copy := signer.agreement_version.unsigned_copy) is not None
        },
    }


def _receipt(batch: SigningBatch) -> str:
    items = _items(batch)
    counts = waiting.item_counts(items)
    proof = db.session.get(SigningProof, batch.given["proof"]) if batch.given.get("proof") else None
    return render_template(
        "countersigning/receipt.html",
        batch=batch,
        proof=_(signing_proof.WORDS[proof.method]) if proof else _("Not recorded"),
        running=batch.state is SigningBatchState.RUNNING,
        dropped=batch.state is SigningBatchState.DROPPED,
        rows=[_result(item) for item in items],
        counts=counts,
        figures=_figures(counts),
        progress=_progress(items),
        steps=_steps(batch),
    )


def _result(item: SigningItem) -> dict[str, Any]:
    return {
        "item": item,
        "agreement": item.signer.agreement_version.agreement,
        "state": translated(WORKFLOWS["signing_item"].words[item.state].office),
        "tone": TONES.get(item.state, "neutral"),
        "outcome": translated(Message.of_data(item.outcome)) if item.outcome else "",
    }


def _figures(counts: Any) -> list[dict[str, Any]]:
    shown = (
        (SigningItemState.SIGNED, _("Signed")),
        (SigningItemState.REFUSED, _("Not signed")),
        (SigningItemState.DROPPED, _("Dropped")),
        (SigningItemState.WAITING, _("Waiting")),
    )
    return [
        {"label": words, "value": counts[state]}
        for state, words in shown
        if counts[state] or state is SigningItemState.SIGNED
    ]


def _progress(items: list[SigningItem]) -> str:
    settled = sum(item.state is not SigningItemState.WAITING for item in items)
    return str(_("%(done)s of %(total)s agreements are settled.", done=settled, total=len(items)))


@bp.get("/<reference>/progress")
@OWN
def progress(batch: SigningBatch) -> Response:
    """How far a list has come, for the page that waits."""
    return jsonify(ready=batch.state is not SigningBatchState.RUNNING, text=_progress(_items(batch)))
