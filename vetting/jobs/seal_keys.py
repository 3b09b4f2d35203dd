"""The district's seal as the settings name it, and every seal that documents of former years were sealed with."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session, sessionmaker

import config
from vetting.documents.development_keys import ensure_development_keys
from vetting.documents.keys import SealKeys, TokenKey, load_seal_keys, require_not_development, token_seal
from vetting.models import SealCertificate
from vetting.queries import seals
from vetting.unit_of_work import LostRace, unit_of_work

KEYS = "keys"


def district_keys(settings: config.Settings) -> SealKeys:
    """The seal in use: the configured one, or one made here on first use. Raises ``KeysUnusable``."""
    if settings.seal_module:
        place = TokenKey(settings.seal_module, settings.seal_token, settings.seal_label, settings.seal_pin)
        keys = token_seal(place, Path(settings.seal_certificates))
    elif settings.seal_key:
        keys = load_seal_keys(Path(settings.seal_key), settings.seal_passphrase)
    else:
        ensure_development_keys(settings.instance / KEYS)
        keys = load_seal_keys(settings.instance / KEYS)
    require_not_development(keys, settings.production)
    return keys


def enter(sessions: sessionmaker[Session], keys: SealKeys, at: datetime) -> None:
    """Put a seal on record before it is used for the first time; one that is there stays as it is."""
    with sessions() as session:
        if seals.by_fingerprint(session, keys.fingerprint) is not None:
            return
    fresh = SealCertificate(
        fingerprint=keys.fingerprint,
        subject=keys.subject,
        chain="".join(keys.chain_pem),
        development=keys.development,
        first_used_at=at,
    )
    try:
        with sessions() as session, unit_of_work(session):
            session.add(fresh)
    except LostRace:
        # Another worker entered the same seal a moment ago.
        return
