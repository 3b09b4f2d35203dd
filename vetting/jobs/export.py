"""Copy every executed agreement to a folder that can be checked without this system."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session, sessionmaker

import config
from vetting import clock
from vetting.documents.export import CHECKER, README, ManifestEntry, signed_manifest
from vetting.documents.keys import roots
from vetting.jobs.seal_keys import district_keys, enter
from vetting.models import ExecutedDocument
from vetting.queries import agreements, seals
from vetting.storage import Missing, Store

MANIFEST, SIGNATURE, ROOTS = "manifest.jsonl", "manifest.p7s", "district-roots.pem"


class ExportFailed(Exception):
    """The export was not made; the message says what is wrong in one sentence."""


@dataclass(frozen=True)
class Exported:
    """How many documents were written, and where."""

    documents: int
    folder: Path


@dataclass(frozen=True)
class _Listed:
    entry: ManifestEntry
    storage_key: str


def export(
    sessions: sessionmaker[Session],
    store: Store,
    settings: config.Settings,
    folder: Path,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Exported:
    """Write each sealed PDF, a signed list of them, the roots of every seal, and the program that checks it all.

    ``progress`` is told how many of how many are done. The list is written last, so a folder without one is not
    complete. Raises ``ExportFailed`` for a folder that is not empty, and for a stored file that is missing or changed.
    """
    _ready(folder)
    listed = _listed(sessions)
    keys = district_keys(settings)
    entries = []
    progress(0, len(listed))
    for done, item in enumerate(listed, start=1):
        (folder / item.entry.file).write_bytes(_bytes_of(store, item))
        entries.append(item.entry)
        progress(done, len(listed))
    # The list is signed by today's seal, so that one is among those a reader is told to trust.
    enter(sessions, keys, clock.now())
    signed = signed_manifest(entries, keys, clock.now())
    (folder / ROOTS).write_text("".join(_roots(sessions, settings)), "ascii")
    for own in (CHECKER, README):
        (folder / own.name).write_bytes(own.read_bytes())
    (folder / SIGNATURE).write_bytes(signed.signature)
    (folder / MANIFEST).write_bytes(signed.manifest)
    return Exported(len(listed), folder)


def _ready(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise ExportFailed(f"{folder} is not empty. Name a new folder.")
    except OSError as error:
        raise ExportFailed(f"{folder} cannot be written: {error.strerror}.") from None


def _roots(sessions: sessionmaker[Session], settings: config.Settings) -> list[str]:
    with sessions() as session:
        chains = [seal.chain for seal in seals.on_record(session, production=settings.production)]
    return list(dict.fromkeys(root for chain in chains for root in roots(chain)))


def _listed(sessions: sessionmaker[Session]) -> list[_Listed]:
    with sessions() as session:
        return [_entry(row) for row in agreements.all_executed(session)]


def _entry(document: ExecutedDocument) -> _Listed:
    version = document.agreement_version
    agreement = version.agreement
    return _Listed(
        ManifestEntry(
            file=f"{agreement.reference}-v{version.number}.pdf",
            reference=agreement.reference,
            version=version.number,
            sha256=document.sha256,
            size=document.size,
            content_sha256=version.content_sha256,
            chain_head=document.chain_head,
            executed_at=document.sealed_at.isoformat(),
            seal_fingerprint=document.seal_fingerprint,
            state=agreement.state.value,
        ),
        document.storage_key,
    )


def _bytes_of(store: Store, item: _Listed) -> bytes:
    try:
        with store.open(item.storage_key) as stream:
            body = stream.read()
    except Missing:
        raise ExportFailed(f"The document of {item.entry.reference} is missing from the store.") from None
    if hashlib.sha256(body).hexdigest() != item.entry.sha256:
        raise ExportFailed(f"The stored document of {item.entry.reference} was changed after it was sealed.")
    return body
