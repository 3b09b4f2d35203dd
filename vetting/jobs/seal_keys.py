"""The district's seal as the settings name it, and every certificate that our documents may be checked against."""

from __future__ import annotations

from pathlib import Path

import config
from vetting.documents.development_keys import ensure_development_keys
from vetting.documents.keys import SealKeys, load_seal_keys, require_not_development

KEYS = "keys"
FORMER = "former"


def district_keys(settings: config.Settings) -> SealKeys:
    """The seal in use: the configured one, or one made here on first use. Raises ``KeysUnusable``."""
    if settings.seal_key:
        keys = load_seal_keys(Path(settings.seal_key), settings.seal_passphrase)
    else:
        ensure_development_keys(settings.instance / KEYS)
        keys = load_seal_keys(settings.instance / KEYS)
    require_not_development(keys, settings.production)
    return keys


def trusted_roots(settings: config.Settings) -> list[str]:
    """PEM certificates that a genuine seal leads back to: today's, and former ones kept as files in keys/former."""
    former = sorted((settings.instance / KEYS / FORMER).glob("*.pem"))
    return [*district_keys(settings).trusted_pem, *(path.read_text("ascii") for path in former)]
