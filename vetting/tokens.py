"""Links that prove something: signed and dated, or random with only a digest kept.

Pure functions of their keys, so that the worker builds the same links as the web process. ``keys`` are the secret in
use first, then former ones: the first signs, all of them are accepted.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import timedelta

from itsdangerous import BadData, URLSafeTimedSerializer


def new_token() -> str:
    """A random 256-bit token for an address or a cookie."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """What is kept of a token. The token is random and long, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def keyed(keys: Sequence[str], purpose: str, text: str) -> str:
    """A keyed digest, for texts short enough to be guessed."""
    return hmac.new(keys[0].encode(), f"{purpose}\0{text}".encode(), hashlib.sha256).hexdigest()


def sign(keys: Sequence[str], purpose: str, parts: Sequence[str]) -> str:
    """A signed, dated token that carries ``parts`` in the open. A token for one purpose opens nothing else."""
    return _serializer(keys, purpose).dumps(list(parts))


def read(keys: Sequence[str], purpose: str, token: str, life: timedelta) -> list[str] | None:
    """The parts of a token, or None when it was changed, is for something else, or is too old."""
    try:
        parts = _serializer(keys, purpose).loads(token, max_age=int(life.total_seconds()))
    except BadData:
        return None
    return parts if isinstance(parts, list) and all(isinstance(part, str) for part in parts) else None


def _serializer(keys: Sequence[str], purpose: str) -> URLSafeTimedSerializer:
    # The library signs with the last key of its list.
    return URLSafeTimedSerializer(list(reversed(keys)), salt=f"vetting.{purpose}")


def new_nonce() -> str:
    """The stored half of an invitation's token."""
    return secrets.token_hex(16)


def invitation_token(keys: Sequence[str], nonce: str, kept_digest: str = "") -> str:
    """The token of an invitation's link, rebuilt from the stored nonce and the secret.

    Neither the database nor the outbox holds it, so reading them opens no invitation. ``kept_digest`` chooses the
    secret the invitation was made with when the secret has changed since.
    """
    return _from_nonce(keys, "invitation", nonce, kept_digest)


def feed_token(keys: Sequence[str], nonce: str, kept_digest: str = "") -> str:
    """The token in the address of a person's calendar, rebuilt like an invitation's."""
    return _from_nonce(keys, "calendar", nonce, kept_digest)


def _from_nonce(keys: Sequence[str], purpose: str, nonce: str, kept_digest: str) -> str:
    tokens = [hmac.new(key.encode(), f"{purpose}\0{nonce}".encode(), hashlib.sha256).hexdigest() for key in keys]
    return next((token for token in tokens if digest(token) == kept_digest), tokens[0])
