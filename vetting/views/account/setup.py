"""Flask-Security, bound to our accounts, our sessions and our pages."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Flask

import config
from vetting.views.account import passkeys, recovery, registration, second_step, sessions, sign_in, words
from vetting.views.account.binding import bind
from vetting.views.account.blueprint import bp

PAGES = (sign_in, registration, recovery, second_step, passkeys)
"""The modules whose routes the blueprint has; they are there once they are imported."""


def init_security(app: Flask) -> None:
    """Bind Flask-Security. Its routes stay off: our blueprint of the same name has the pages we need, each guarded."""
    settings: config.Settings = app.config["SETTINGS"]
    app.config.from_mapping(_settings(settings))
    bind(app)
    manager = app.login_manager  # type: ignore[attr-defined]
    manager.user_loader(sessions.load_user)
    # Nobody signs in by a token in the address or a header.
    manager.request_loader(lambda request: None)
    manager.session_protection = None
    app.jinja_env.filters.update(browser_name=words.browser_name, method_name=words.method_name)
    app.register_blueprint(bp)


def _settings(settings: config.Settings) -> dict[str, Any]:
    return {
        "PERMANENT_SESSION_LIFETIME": sessions.LIFE,
        # A page that is only read must not set a cookie each time.
        "SESSION_REFRESH_EACH_REQUEST": False,
        "SECURITY_PASSWORD_SALT": settings.password_salt,
        "SECURITY_PASSWORD_HASH": "argon2",
        "SECURITY_PASSWORD_SCHEMES": ["argon2"],
        "SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS": {
            "argon2__type": "ID",
            "argon2__time_cost": 2,
            "argon2__memory_cost": 19 * 1024,
            "argon2__parallelism": 1,
        },
        "SECURITY_PASSWORD_LENGTH_MIN": 12,
        "SECURITY_EMAIL_VALIDATOR_ARGS": {"check_deliverability": False, "test_environment": True},
        "SECURITY_JOIN_USER_ROLES": False,
        "SECURITY_RETURN_GENERIC_RESPONSES": True,
        "SECURITY_TWO_FACTOR": True,
        "SECURITY_TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES": True,
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_N": 10,
        "SECURITY_TOTP_ISSUER": urlsplit(settings.public_url).hostname,
        "SECURITY_TOTP_SECRETS": _totp_secrets(settings),
        "SECURITY_FRESHNESS": timedelta(minutes=30),
        "SECURITY_FRESHNESS_GRACE_PERIOD": timedelta(0),
    }


def _totp_secrets(settings: config.Settings) -> dict[str, str]:
    """Keys that encrypt the secrets of authenticator apps, the one in use first.

    Each is named after itself, so that a stored secret finds its key however the list has changed.
    """
    made = [
        hashlib.sha256(f"totp\0{key}".encode()).hexdigest()
        for key in (settings.secret_key, *settings.secret_keys_before)
    ]
    return {hashlib.sha256(key.encode()).hexdigest()[:12]: key for key in made}
