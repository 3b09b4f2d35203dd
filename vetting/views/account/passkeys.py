"""Passkeys: sign in with the lock of one's phone or computer. The relying party is the host of PUBLIC_URL.

A passkey is asked to verify its user, so it counts as both steps at once. The browser's script fills a form; everything
else is an ordinary POST.
"""

from __future__ import annotations

import json
import secrets
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask import Response, current_app, flash, redirect, request, session, url_for
from flask_babel import gettext as _
from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from werkzeug.wrappers import Response as BaseResponse

from vetting import clock
from vetting.extensions import db
from vetting.models import User, WebAuthn
from vetting.policy import Permission
from vetting.unit_of_work import unit_of_work
from vetting.views.account import attempts
from vetting.views.account.blueprint import bp, remember_next
from vetting.views.account.entering import finish
from vetting.views.guard import guarded

CHALLENGE = "passkey_challenge"
NAME_MAX = 64


class PasskeyRefused(Exception):
    """The browser's answer does not prove what was asked."""


def _place() -> tuple[str, str]:
    """The relying party's id and the origin."""
    url = urlsplit(current_app.config["SETTINGS"].public_url)
    return url.hostname or "localhost", f"{url.scheme}://{url.netloc}"


def _asked(options: Any) -> Response:
    session[CHALLENGE] = bytes_to_base64url(options.challenge)
    return Response(options_to_json(options), mimetype="application/json")


def _challenge() -> bytes:
    """The challenge this browser was given; it is good for one answer."""
    kept = session.pop(CHALLENGE, None)
    if not isinstance(kept, str):
        raise PasskeyRefused
    return base64url_to_bytes(kept)


def _credential() -> dict[str, Any]:
    try:
        read = json.loads(request.form.get("credential", ""))
    except ValueError as error:
        raise PasskeyRefused from error
    if not isinstance(read, dict) or not isinstance(read.get("rawId"), str):
        raise PasskeyRefused
    return read


@bp.post("/sign-in/passkey/options")
@guarded(Permission.PUBLIC_READ)
def passkey_options() -> Response:
    """What the browser needs to ask for any passkey of this site; it names no account."""
    rp_id, _origin = _place()
    return _asked(generate_authentication_options(rp_id=rp_id, user_verification=UserVerificationRequirement.REQUIRED))


@bp.post("/sign-in/passkey")
@guarded(Permission.PUBLIC_READ)
def passkey() -> BaseResponse:
    """Sign in with a passkey."""
    try:
        user = _user_of_passkey()
    except (PasskeyRefused, WebAuthnException):
        flash(_("This passkey does not work here. Sign in another way."), "error")
        return redirect(url_for("security.login"), code=303)
    remember_next()
    return finish(user, "passkey")


def bound_options(user: User, bound_to: str) -> Response:
    """What the browser needs to ask for a passkey of this account; the challenge it signs carries a SHA-256."""
    rp_id, _origin = _place()
    known = [PublicKeyCredentialDescriptor(id=kept.credential_id) for kept in user.webauthn]
    return _asked(
        generate_authentication_options(
            rp_id=rp_id,
            challenge=secrets.token_bytes(32) + bytes.fromhex(bound_to),
            allow_credentials=known,
            user_verification=UserVerificationRequirement.REQUIRED,
        )
    )


def answers_for(user: User, bound_to: str) -> bool:
    """Whether the browser's answer was signed by a passkey of this account over a challenge with this SHA-256."""
    kept = session.get(CHALLENGE)
    if not isinstance(kept, str) or not base64url_to_bytes(kept).endswith(bytes.fromhex(bound_to)):
        return False
    try:
        return _user_of_passkey().id == user.id
    except (PasskeyRefused, WebAuthnException):
        return False


def _user_of_passkey() -> User:
    challenge, credential = _challenge(), _credential()
    rp_id, origin = _place()
    allowed = attempts.charge("passkey", credential["rawId"][:200])
    with unit_of_work(db.session()) as database:
        kept = database.scalars(
            sa.select(WebAuthn)
            .where(WebAuthn.credential_id == _bytes(credential["rawId"]))
            .with_for_update()
            .execution_options(populate_existing=True)
        ).first()
        if not allowed or kept is None or not kept.user.active or kept.user.confirmed_at is None:
            raise PasskeyRefused
        verified = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=rp_id,
            expected_origin=origin,
            credential_public_key=kept.public_key,
            credential_current_sign_count=kept.sign_count or 0,
            require_user_verification=True,
        )
        kept.sign_count = verified.new_sign_count
        kept.lastuse_datetime = clock.now()
        attempts.forgive(database, credential["rawId"][:200], "passkey")
        return kept.user


def _bytes(text: str) -> bytes:
    try:
        return base64url_to_bytes(text)
    except ValueError as error:
        raise PasskeyRefused from error


def registration_options(user: User) -> Response:
    """What the browser needs to make a passkey for this account."""
    rp_id, _origin = _place()
    known = [PublicKeyCredentialDescriptor(id=kept.credential_id) for kept in user.webauthn]
    return _asked(
        generate_registration_options(
            rp_id=rp_id,
            rp_name=str(_("Partner Vetting")),
            user_name=user.email,
            user_id=(user.fs_webauthn_user_handle or user.fs_uniquifier).encode(),
            user_display_name=user.name or user.email,
            exclude_credentials=known,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
            ),
        )
    )


def registered(user: User, name: str) -> WebAuthn:
    """The new passkey from the browser's answer, not yet in the session. Raises ``PasskeyRefused``."""
    challenge, credential = _challenge(), _credential()
    rp_id, origin = _place()
    try:
        verified = verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=rp_id,
            expected_origin=origin,
            require_user_verification=True,
        )
    except WebAuthnException as error:
        raise PasskeyRefused from error
    return WebAuthn(
        user_id=user.id,
        credential_id=verified.credential_id,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        transports=[],
        backup_state=verified.credential_backed_up,
        device_type=verified.credential_device_type.value,
        extensions=None,
        lastuse_datetime=clock.now(),
        name=" ".join(name.split())[:NAME_MAX] or str(_("Passkey")),
        usage="first",
    )
