"""Execute an agreement that everyone has signed: draw it once, seal it, check it, keep it, and put it in force.

The work may be killed at any point and done again. A checked file is put aside before anything else is done with it,
so a later attempt goes on with the same bytes. Nothing counts before the last transaction, which records the one
document and moves the agreement.
"""

from __future__ import annotations

import io
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.orm import Session, sessionmaker

import config
from vetting import clock
from vetting.documents.check import self_check
from vetting.documents.errors import DocumentError
from vetting.documents.keys import SealKeys
from vetting.jobs.seal_keys import district_keys, enter
from vetting.models import Agreement, AgreementState, HistoryEntry, Signer
from vetting.policy import SYSTEM
from vetting.queries import agreements
from vetting.storage import Store
from vetting.unit_of_work import unit_of_work
from vetting.workflows import engine
from vetting.workflows.agreement import AGREEMENT
from vetting.workflows.commands import RecordExecution

AREA = "executed"
ASIDE = "work"


@dataclass(frozen=True)
class _Sealed:
    """A sealed and checked file, and the moment of execution that is printed in it."""

    pdf: bytes
    executed_at: datetime


@dataclass(frozen=True)
class _Paper:
    """Everything the document shows, read in one short transaction."""

    content: Mapping[str, Any]
    content_sha256: str
    certificate: Mapping[str, Any]
    audit: list[dict[str, Any]]
    chain_head: str
    executed_at: datetime


def execute(
    sessions: sessionmaker[Session],
    store: Store,
    settings: config.Settings,
    agreement_id: int,
    *,
    at: datetime | None = None,
) -> None:
    """Put a fully signed agreement in force with its sealed document; one that is not being executed is left alone.

    ``at`` lets the demonstration tell a past; everything else happens now. No transaction is open while the document
    is drawn and sealed. Raises ``DocumentError`` when it cannot be made, and ``LostRace`` when another worker was
    faster.
    """
    keys = district_keys(settings)
    paper = _read(sessions, settings, keys, agreement_id, at or clock.now())
    if paper is None:
        return
    enter(sessions, keys, paper.executed_at)
    # The history's last hash names this text with these signatures, and nothing else ever.
    aside = settings.instance / ASIDE / f"{agreement_id}-{paper.chain_head}.sealed"
    sealed = _taken_up(aside, paper, keys) or _sealed(aside, paper, keys, settings.timestamp_url)
    stored = store.put(io.BytesIO(sealed.pdf), area=AREA)
    record = RecordExecution(
        sha256=stored.sha256,
        size=stored.size,
        storage_key=stored.key,
        seal_fingerprint=keys.fingerprint,
        development_seal=keys.development,
        chain_head=paper.chain_head,
    )
    with sessions() as session, unit_of_work(session):
        agreement = agreements.by_id(session, agreement_id)
        if agreement is not None and agreement.state is AgreementState.EXECUTING:
            engine.run(session, AGREEMENT, agreement, "execute", SYSTEM, data=record, at=sealed.executed_at)
    for left in aside.parent.glob(f"{agreement_id}-*.sealed"):
        left.unlink(missing_ok=True)


def _read(
    sessions: sessionmaker[Session], settings: config.Settings, keys: SealKeys, agreement_id: int, moment: datetime
) -> _Paper | None:
    with sessions() as session:
        agreement = agreements.by_id(session, agreement_id)
        if agreement is None or agreement.state is not AgreementState.EXECUTING:
            return None
        entries = agreements.history(session, agreement)
        version = agreement.versions[-1]
        head = entries[-1].hash
        return _Paper(
            content=version.content,
            content_sha256=version.content_sha256,
            certificate=_certificate(agreement, settings, keys, head, moment),
            audit=[_audited(entry) for entry in entries],
            chain_head=head,
            executed_at=moment,
        )


def _taken_up(aside: Path, paper: _Paper, keys: SealKeys) -> _Sealed | None:
    """What an attempt that was killed had put aside; None when there is nothing, or not what it should be."""
    try:
        moment, _, pdf = aside.read_bytes().partition(b"\n")
        self_check(pdf, keys, paper.content_sha256)
        return _Sealed(pdf, datetime.fromisoformat(moment.decode("ascii")))
    except (FileNotFoundError, DocumentError, ValueError):
        return None


def _sealed(aside: Path, paper: _Paper, keys: SealKeys, timestamp_url: str) -> _Sealed:
    from vetting.documents.execute import execute_agreement
    from vetting.documents.seal import timestamper_at

    stamper = timestamper_at(timestamp_url) if timestamp_url else None
    pdf = execute_agreement(paper.content, paper.certificate, paper.audit, keys, timestamper=stamper).pdf
    _put_aside(aside, paper.executed_at.isoformat().encode("ascii") + b"\n" + pdf)
    return _Sealed(pdf, paper.executed_at)


def _put_aside(aside: Path, body: bytes) -> None:
    """Write the whole file or none of it, readable by its owner alone."""
    aside.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = aside.with_suffix(f".{secrets.token_hex(4)}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(body)
        out.flush()
        os.fsync(out.fileno())
    fresh.rename(aside)


def _certificate(
    agreement: Agreement, settings: config.Settings, keys: SealKeys, head: str, moment: datetime
) -> dict[str, Any]:
    version = agreement.versions[-1]
    template = agreement.template_version
    named = {item["order"]: item for item in version.content["signers"]}
    return {
        "verify_code": agreement.verify_code,
        "verify_url": f"{settings.public_url}/verify/{agreement.verify_code}",
        "content_sha256": version.content_sha256,
        "chain_head": head,
        "template_version": f"{template.key}/{template.number}",
        "executed_at": moment.isoformat(),
        "seal_subject": keys.subject,
        "seal_fingerprint": keys.fingerprint,
        "development": keys.development,
        "time_stamp": _authority(settings.timestamp_url),
        "signers": [_signer(signer, named[signer.position]) for signer in version.signers],
    }


def _authority(url: str) -> str | None:
    """Who stamps the time, as the certificate page names them; a clock of our own is no witness."""
    host = urlsplit(url).hostname
    return f"{host} (local: this system's own clock, not an independent one)" if host in config.LOOPBACK else host


def _signer(signer: Signer, named: Mapping[str, Any]) -> dict[str, Any]:
    consent, signature = signer.consent, signer.signature
    return {
        **{key: named[key] for key in ("order", "role_label", "organization")},
        "name": signer.name,
        "title": (signature.title if signature else "") or signer.title,
        "email": signer.email,
        "method": signature.method if signature else None,
        "consent_version": consent.text_version if consent else None,
        "invited_at": _instant(signer.invited_at),
        "opened_at": _instant(signer.opened_at),
        "consented_at": _instant(consent.given_at if consent else None),
        "signed_at": _instant(signature.signed_at if signature else None),
        "ip": (signature.address if signature else "") or None,
        "agent": (signature.agent if signature else "") or None,
        "intent": signature.intent if signature else None,
        "typed_name": signature.typed_name if signature else None,
    }


def _instant(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _audited(entry: HistoryEntry) -> dict[str, Any]:
    return {**entry.sealed_content(), "hash": entry.hash}
