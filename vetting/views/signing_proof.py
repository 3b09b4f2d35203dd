"""Who is there at the moment of signing, shown for exactly one text or list of texts.

Signing anything asks for this, however fresh the sign-in is. For a view that binds somebody:

1. ``held(bound_to)`` is the proof that may be used now, or None. ``bound_to`` is the SHA-256 of what is about to be
   signed: a version's ``content_sha256``, or ``digest_of(...)`` over all versions of a batch.
2. Without one, send the person to ``ask(bound_to, back)``, which returns to ``back`` once they have shown who they are.
3. Call ``use(session, proof)`` inside the transaction that signs. A proof works once: of two that race one gets
   ``ProofSpent``, and a transaction that is rolled back leaves it as it was. Keep ``proof.id`` with what was signed.

An account with a passkey or an authenticator app uses that; any other gets a code by e-mail. A password is never
enough, and neither is a code that was sent for signing in. Proof is good for ten minutes, in the browser it was given
in. Tries are limited like those of signing in, over all server processes.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting import clock, tokens
from vetting.canonical import digest
from vetting.extensions import db
from vetting.forms.account import CodeForm, normal_code
from vetting.models import SigningProof, User
from vetting.policy import Permission
from vetting.text import N_
from vetting.unit_of_work import unit_of_work
from vetting.views.account import attempts, codes, mail, passkeys, sessions
from vetting.views.account.blueprint import keys
from vetting.views.account.second_step import app_code_is_right
from vetting.views.guard import guarded
from vetting.views.steps import back_to

bp = Blueprint("signing_proof", __name__, url_prefix="/account/before-signing")

LIFE = timedelta(minutes=10)
LIST_DOMAIN = "signing-list.v1"
SHA256 = re.compile(r"[0-9a-f]{64}")

PASSKEY, APP, EMAIL = "passkey", "app", "email_code"

WORDS = {PASSKEY: N_("Passkey"), APP: N_("Code from an app"), EMAIL: N_("Code sent by e-mail")}
"""How the certificate page names the ways. Documents are in English."""


class ProofSpent(Exception):
    """The proof was used, or ran out, before this transaction could use it. Ask for another."""


def digest_of(hashes: Sequence[str]) -> str:
    """What a proof for several texts is bound to: their SHA-256 in the order in which they are shown."""
    return digest(LIST_DOMAIN, {"texts": list(hashes)})


def ways_of(user: User) -> tuple[str, ...]:
    """How this account shows who it is. What reads e-mail alone does not count beside a stronger way."""
    strong = [PASSKEY] if user.webauthn else []
    if user.tf_totp_secret:
        strong.append(APP)
    return tuple(strong) or (EMAIL,)


def ask(bound_to: str, back: str) -> Response:
    """Send the person to show who they are, and then to ``back`` (a path of ours)."""
    return redirect(address(bound_to, back), code=303)


def address(bound_to: str, back: str) -> str:
    """Where a person shows who they are before signing; for a link on a page."""
    return url_for("signing_proof.page", bound_to=bound_to, next=back)


def held(bound_to: str) -> SigningProof | None:
    """The proof of the person in this browser for exactly this, while it can still be used."""
    browser = sessions.current_id()
    if browser is None:
        return None
    return db.session.scalars(
        sa.select(SigningProof)
        .where(
            SigningProof.user_id == current_user.id,
            SigningProof.login_session_id == browser,
            SigningProof.bound_to == bound_to,
            SigningProof.proven_at.is_not(None),
            SigningProof.used_at.is_(None),
            SigningProof.expires_at > clock.now(),
        )
        .order_by(SigningProof.id.desc())
        .limit(1)
    ).first()


def use(session: Session, proof: SigningProof) -> None:
    """Use a proof up, inside the transaction that signs. Raises ``ProofSpent``; then nothing may be signed with it."""
    moment = clock.now()
    spent = session.execute(
        sa.update(SigningProof)
        .where(SigningProof.id == proof.id, SigningProof.used_at.is_(None), SigningProof.expires_at > moment)
        .values(used_at=moment)
        .execution_options(synchronize_session=False)
    )
    if getattr(spent, "rowcount", 0) != 1:
        raise ProofSpent
    session.expire(proof, ["used_at"])


@bp.get("/<bound_to>")
@guarded(Permission.ACCOUNT_OWN)
def page(bound_to: str) -> str | Response:
    """What to do to show who is there. Opening the page sends nothing and proves nothing."""
    _checked(bound_to)
    if held(bound_to):
        return redirect(back_to(url_for("agreements.to_sign")), code=303)
    return _page(bound_to, CodeForm(formdata=None))


@bp.post("/<bound_to>")
@guarded(Permission.ACCOUNT_OWN)
def give(bound_to: str) -> Response | tuple[str, int]:
    """Take the code or the passkey's answer."""
    _checked(bound_to)
    form = CodeForm()
    if request.form.get("credential"):
        if PASSKEY in ways_of(current_user) and passkeys.answers_for(current_user, bound_to):
            return _proven(bound_to, PASSKEY)
        flash(_("This passkey does not work here. Try again."), "error")
        return _page(bound_to, CodeForm(formdata=None)), 422
    if form.validate():
        way = APP if APP in ways_of(current_user) else EMAIL
        if way in ways_of(current_user) and (_app(bound_to, form) if way == APP else _mailed(bound_to, form)):
            return redirect(back_to(url_for("agreements.to_sign")), code=303)
        form.code.errors = [_("This code does not work. It may be mistyped, used, or older than ten minutes.")]
    return _page(bound_to, form), 422


@bp.post("/<bound_to>/code")
@guarded(Permission.ACCOUNT_OWN)
def send_code(bound_to: str) -> Response:
    """Send a code by e-mail, where that is this account's way."""
    _checked(bound_to)
    if EMAIL not in ways_of(current_user):
        abort(404)
    if attempts.charge("mail", current_user.email):
        code = codes.new_code()
        with unit_of_work(db.session()) as session:
            _forget(session, bound_to)
            session.add(_new(bound_to, EMAIL, code_digest=_digest(bound_to, code)))
            mail.queue(current_user.email, mail.signing_code(current_user.name, f"{code[:4]} {code[4:]}"))
        flash(_("We have sent a code to %(email)s.", email=current_user.email), "info")
    else:
        flash(_("You asked several times. Please wait some minutes."), "warning")
    return redirect(url_for(".page", bound_to=bound_to, next=back_to(""), _anchor="code"), code=303)


@bp.post("/<bound_to>/passkey")
@guarded(Permission.ACCOUNT_OWN)
def passkey_options(bound_to: str) -> Response:
    """What the browser needs to ask for one of this account's passkeys."""
    _checked(bound_to)
    if PASSKEY not in ways_of(current_user):
        abort(404)
    answer: Response = passkeys.bound_options(current_user, bound_to)
    return answer


def _checked(bound_to: str) -> None:
    if not SHA256.fullmatch(bound_to):
        abort(404)


def _page(bound_to: str, form: CodeForm) -> str:
    return render_template(
        "account/before_signing.html",
        form=form,
        tried=form if form.errors else None,
        ways=ways_of(current_user),
        sent=_sent(bound_to) is not None,
        bound_to=bound_to,
        wanted=back_to(""),
        email=current_user.email,
    )


def _app(bound_to: str, form: CodeForm) -> bool:
    """Check a code of the app under a lock on the account, so that no code works twice."""
    if not attempts.charge("second", current_user.email):
        return False
    with unit_of_work(db.session()) as session:
        session.execute(sa.select(User.id).where(User.id == current_user.id).with_for_update())
        session.refresh(current_user)
        if not app_code_is_right(current_user, current_user.tf_totp_secret or "", normal_code(form.code.data or "")):
            return False
        attempts.forgive(session, current_user.email, "second")
        _keep(session, bound_to, APP)
    return True


def _mailed(bound_to: str, form: CodeForm) -> bool:
    """Check a code sent by e-mail; of two at once only one is taken."""
    if not attempts.charge("signing_code", current_user.email):
        return False
    kept = _sent(bound_to)
    if kept is None or not hmac.compare_digest(kept.code_digest, _digest(bound_to, form.code.data or "")):
        return False
    moment = clock.now()
    with unit_of_work(db.session()) as session:
        taken = session.execute(
            sa.update(SigningProof)
            .where(SigningProof.id == kept.id, SigningProof.proven_at.is_(None))
            .values(proven_at=moment, expires_at=moment + LIFE)
            .execution_options(synchronize_session=False)
        )
        attempts.forgive(session, current_user.email, "signing_code", "mail")
    return getattr(taken, "rowcount", 0) == 1


def _proven(bound_to: str, method: str) -> Response:
    with unit_of_work(db.session()) as session:
        _keep(session, bound_to, method)
    return redirect(back_to(url_for("agreements.to_sign")), code=303)


def _keep(session: Session, bound_to: str, method: str) -> None:
    session.add(_new(bound_to, method, proven=True))


def _new(bound_to: str, method: str, *, code_digest: str = "", proven: bool = False) -> SigningProof:
    browser = sessions.current_id()
    if browser is None:
        abort(403)
    moment = clock.now()
    return SigningProof(
        user_id=current_user.id,
        login_session_id=browser,
        bound_to=bound_to,
        method=method,
        code_digest=code_digest,
        proven_at=moment if proven else None,
        expires_at=moment + LIFE,
        address=request.remote_addr or "",
        agent=(request.user_agent.string or "")[:300],
    )


def _sent(bound_to: str) -> SigningProof | None:
    """The code that waits to be entered in this browser, for exactly this."""
    return db.session.scalars(
        sa.select(SigningProof)
        .where(
            SigningProof.user_id == current_user.id,
            SigningProof.login_session_id == sessions.current_id(),
            SigningProof.bound_to == bound_to,
            SigningProof.proven_at.is_(None),
            SigningProof.expires_at > clock.now(),
        )
        .order_by(SigningProof.id.desc())
        .limit(1)
    ).first()


def _forget(session: Session, bound_to: str) -> None:
    """A new code ends the one before it."""
    session.execute(
        sa.delete(SigningProof)
        .where(
            SigningProof.user_id == current_user.id,
            SigningProof.bound_to == bound_to,
            SigningProof.proven_at.is_(None),
        )
        .execution_options(synchronize_session=False)
    )


def _digest(bound_to: str, code: str) -> str:
    return tokens.keyed(keys(), "signing_code", f"{current_user.fs_uniquifier}:{bound_to}:{normal_code(code)}")
