"""Tax ids at rest: encrypted, recognisable as the same again by a keyed digest, shown by their last four digits.

What holds tax ids for a while, such as an uploaded list of partners, is encrypted whole with the same secret.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class CannotOpen(Exception):
    """Sealed with a secret that is no longer among ours."""


class Sealer:
    """Seals with the first secret and opens with any, so that a secret can be replaced while values stay readable."""

    def __init__(self, secret: str, before: Sequence[str] = ()) -> None:
        self._box = MultiFernet([Fernet(urlsafe_b64encode(_key(each, b"seal"))) for each in (secret, *before)])
        self._digest_key = _key(secret, b"digest")

    def seal(self, text: str) -> dict[str, str]:
        """What is stored for ``text``: the ciphertext, a digest that finds duplicates, and the last four characters."""
        return {
            "last4": text[-4:],
            "digest": self.digest(text),
            "sealed": self._box.encrypt(text.encode()).decode("ascii"),
        }

    def seal_bytes(self, data: bytes) -> bytes:
        """Any bytes as ciphertext, a third larger. In memory whole, so meant for some megabytes at most."""
        return self._box.encrypt(data)

    def open_bytes(self, sealed: bytes) -> bytes:
        """The bytes again. Raises ``CannotOpen``."""
        try:
            return self._box.decrypt(sealed)
        except InvalidToken:
            raise CannotOpen("No known secret opens this value.") from None

    def digest(self, text: str) -> str:
        """The same for the same text under the same secret, and no way back without it."""
        return hmac.new(self._digest_key, text.encode(), hashlib.sha256).hexdigest()

    def open(self, sealed: str | bytes) -> str:
        """The text again. Raises ``CannotOpen``."""
        try:
            return self._box.decrypt(sealed).decode()
        except InvalidToken:
            raise CannotOpen("No known secret opens this value.") from None


def _key(secret: str, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"vetting.tax-id." + purpose).derive(secret.encode())
