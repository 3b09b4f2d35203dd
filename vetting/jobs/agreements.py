"""Execute an agreement that everyone has signed: draw it once, seal it, check it, keep it, and put it in force.

The work may be killed at any point and done again. A checked file is put aside before anything else is done with it,
so a later attempt goes on with the same bytes. Nothing counts before the last transaction, which records the one
document and moves the agreement.
"""

from __future__ import annotations

import io
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.orm import Session, sessionmaker

import config
from vetting import clock
from vetting.documents.check import self_check
from vetting.documents.content import SignerRecord
from vetting.documents.errors import DocumentError
from vetting.documents.keys import SealKeys
from vetting.jobs.seal_keys import district_keys, enter
from vetting.models import (
    Agreement,
    AgreementState,
    AgreementVersion,
    HistoryEntry,
    PaperRecord,
    PaperSignature,
    Signer,
    SignerDelegation,
)
from vetting.policy import SYSTEM
from vetting.queries import agreements, paper
from vetting.storage import Store
from vetting.unit_of_work import unit_of_work
from vetting.workflows import engine
from vetting.workflows.agreement import AGREEMENT
from vetting.workflows.commands import RecordExecution

AREA = "executed"
ASIDE = "work"

NOTHING_RECORDED = dict.fromkeys(SignerRecord.__required_keys__)
"""Of somebody who signed a contract elsewhere the system itself saw nothing."""


@dataclass(frozen=True)
class _Sealed:
    """A sealed and checked file, and the moment of execution that is printed in it."""

    pdf: bytes
    executed_at: datetime


@dataclass(frozen=True)
class _Facts:
    """Everything the document shows, read in one short transaction."""

    content: Mapping[str, Any]
    content_sha256: str
    certificate: Mapping[str, Any]
    audit: list[dict[str, Any]]
    chain_head: str
    executed_at: datetime
    scans: Mapping[str, str]
    """Storage keys of the signed papers, by the names they are attached as."""


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
    facts = _read(sessions, settings, keys, agreement_id, at or clock.now())
    if facts is None:
        return
    enter(sessions, keys, facts.executed_at)
    # The history's last hash names this text with these signatures, and nothing else ever.
    aside = settings.instance / ASIDE / f"{agreement_id}-{facts.chain_head}.sealed"
    sealed = _taken_up(aside, facts, keys) or _sealed(store, aside, facts, keys, settings.timestamp_url)
    stored = store.put(io.BytesIO(sealed.pdf), area=AREA)
    record = RecordExecution(
        sha256=stored.sha256,
        size=stored.size,
        storage_key=stored.key,
        seal_fingerprint=keys.fingerprint,
        development_seal=keys.development,
        chain_head=facts.chain_head,
    )
    with sessions() as session, unit_of_work(session):
        agreement = agreements.by_id(session, agreement_id)
        if agreement is not None and agreement.state is AgreementState.EXECUTING:
            engine.run(session, AGREEMENT, agreement, "execute", SYSTEM, data=record, at=sealed.executed_at)
    for left in aside.parent.glob(f"{agreement_id}-*.sealed"):
        left.unlink(missing_ok=True)


def _read(
    sessions: sessionmaker[Session], settings: config.Settings, keys: SealKeys, agreement_id: int, moment: datetime
) -> _Facts | None:
    with sessions() as session:
        agreement = agreements.by_id(session, agreement_id)
        if agreement is None or agreement.state is not AgreementState.EXECUTING:
            return None
        entries = agreements.history(session, agreement)
        version = agreement.versions[-1]
        head = entries[-1].hash
        papers = paper.of_version(session, agreement)
        return _Facts(
            content=version.content,
            content_sha256=version.content_sha256,
            certificate=_certificate(agreement, papers, settings, keys, head, moment),
            audit=[_audited(entry) for entry in entries],
            chain_head=head,
            executed_at=moment,
            scans={scan_name(place): one.document_version.storage_key for place, one in enumerate(papers, start=1)},
        )


def _taken_up(aside: Path, facts: _Facts, keys: SealKeys) -> _Sealed | None:
    """What an attempt that was killed had put aside; None when there is nothing, or not what it should be."""
    try:
        moment, _, pdf = aside.read_bytes().partition(b"\n")
        self_check(pdf, keys, facts.content_sha256)
        return _Sealed(pdf, datetime.fromisoformat(moment.decode("ascii")))
    except (FileNotFoundError, DocumentError, ValueError):
        return None


def _sealed(store: Store, aside: Path, facts: _Facts, keys: SealKeys, timestamp_url: str) -> _Sealed:
    from vetting.documents.execute import execute_agreement
    from vetting.documents.seal import timestamper_at

    stamper = timestamper_at(timestamp_url) if timestamp_url else None
    scans = {name: _whole(store, key) for name, key in facts.scans.items()}
    made = execute_agreement(facts.content, facts.certificate, facts.audit, keys, scans=scans, timestamper=stamper)
    pdf = made.pdf
    _put_aside(aside, facts.executed_at.isoformat().encode("ascii") + b"\n" + pdf)
    return _Sealed(pdf, facts.executed_at)


def _whole(store: Store, key: str) -> bytes:
    with store.open(key) as body:
        return body.read()


def _put_aside(aside: Path, body: bytes) -> None:
    """Write the whole file or none of it, readable by its owner alone."""
    aside.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = aside.with_suffix(f".{secrets.token_hex(4)}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(body)
        out.flush()
        os.fsync(out.fileno())
    fresh.rename(aside)


PROOFS = {"passkey": "Passkey", "app": "Code from an app", "email_code": "Code sent by e-mail"}
"""How a signer showed at the moment of signing who they are. Documents are in English."""


def scan_name(place: int) -> str:
    """What the scan of a signed paper is called inside the sealed document, by its place from 1."""
    return f"signed-on-paper-{place}.pdf"


def _certificate(
    agreement: Agreement,
    papers: Sequence[PaperRecord],
    settings: config.Settings,
    keys: SealKeys,
    head: str,
    moment: datetime,
) -> dict[str, Any]:
    version = agreement.versions[-1]
    template = agreement.template_version
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
        "signers": _signers(version, papers),
        **({"scans": [_scan(place, one) for place, one in enumerate(papers, start=1)]} if papers else {}),
    }


def _authority(url: str) -> str | None:
    """Who stamps the time, as the certificate page names them; a clock of our own is no witness."""
    host = urlsplit(url).hostname
    return f"{host} (local: this system's own clock, not an independent one)" if host in config.LOOPBACK else host


def _signers(version: AgreementVersion, papers: Sequence[PaperRecord]) -> list[dict[str, Any]]:
    """Everybody who signed, electronically or on paper, as the certificate names them."""
    marks = {mark.position: mark for one in papers for mark in one.signatures}
    places = {signer.position: signer for signer in version.signers}
    return [
        {
            **(_signer(places[order], named) if order in places else {**NOTHING_RECORDED, **named}),
            **({"paper": _mark(marks[order])} if order in marks else {}),
        }
        for named in version.content["signers"]
        for order in (named["order"],)
    ]


def _mark(mark: PaperSignature) -> dict[str, str]:
    reason = {"name_reason": mark.name_reason} if mark.name_reason else {}
    return {"name": mark.name, "title": mark.title, "signed_on": mark.signed_on.isoformat(), **reason}


def _scan(place: int, record: PaperRecord) -> dict[str, Any]:
    return {
        "file": scan_name(place),
        "sha256": record.document_version.sha256,
        "recorded_by": record.recorded_by.name,
        "recorded_at": _instant(record.recorded_at),
        "compared_by": record.compared_by.name if record.compared_by else None,
        "compared_at": _instant(record.compared_at),
        "confirmed_by": record.confirmed_by.name if record.confirmed_by else None,
        "confirmed_at": _instant(record.confirmed_at),
    }


def _signer(signer: Signer, named: Mapping[str, Any]) -> dict[str, Any]:
    signature = signer.signature
    # Consent that was taken back after the signature was there when it counted.
    consent = next((one for one in reversed(signer.consents) if one.user_id == signer.user_id), None)
    proof = signature.proof if signature else None
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
        "proof": PROOFS.get(proof.method) if proof else None,
        "proven_at": _instant(proof.proven_at if proof else None),
        "authority": (signature.authority if signature else "") or None,
        "opened_copy": (consent.opened_copy if consent else "") or None,
        **({"delegation": _handed(signer.delegation)} if signer.delegation else {}),
    }


def _handed(delegation: SignerDelegation) -> dict[str, Any]:
    return {
        "name": delegation.from_name,
        "title": delegation.from_title or None,
        "reason": delegation.reason,
        "until": delegation.until.isoformat(),
        "made_at": _instant(delegation.made_at),
    }


def _instant(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _audited(entry: HistoryEntry) -> dict[str, Any]:
    return {**entry.sealed_content(), "hash": entry.hash}
