"""Copy every executed agreement to a folder that can be checked without this system."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session, sessionmaker

import config
from vetting import clock
from vetting.documents.export import ManifestEntry, signed_manifest
from vetting.jobs.seal_keys import district_keys, trusted_roots
from vetting.queries import agreements
from vetting.storage import Missing, Store

MANIFEST, SIGNATURE, CERTIFICATES, ROOTS = "manifest.json", "manifest.sig", "certificates.pem", "trusted-roots.pem"


class ExportFailed(Exception):
    """The export was not made; the message says what is wrong in one sentence."""


@dataclass(frozen=True)
class Exported:
    """How many documents were written, and where."""

    documents: int
    folder: Path


@dataclass(frozen=True)
class _Listed:
    reference: str
    sha256: str
    storage_key: str
    executed_at: str

    @property
    def file(self) -> str:
        return f"{self.reference}.pdf"


def export(
    sessions: sessionmaker[Session],
    store: Store,
    settings: config.Settings,
    folder: Path,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Exported:
    """Write each sealed PDF, a signed manifest of their SHA-256, and the certificates needed to check them.

    ``progress`` is told how many of how many are done. The manifest is written last, so a folder without one is not
    complete. Raises ``ExportFailed`` for a folder that is not empty, and for a stored file that is missing or changed.
    """
    _ready(folder)
    listed = _listed(sessions)
    keys = district_keys(settings)
    entries = []
    progress(0, len(listed))
    for done, item in enumerate(listed, start=1):
        (folder / item.file).write_bytes(_bytes_of(store, item))
        entries.append(ManifestEntry(item.file, item.sha256, item.reference, item.executed_at))
        progress(done, len(listed))
    signed = signed_manifest(entries, keys, clock.now())
    (folder / ROOTS).write_text("".join(trusted_roots(settings)), "ascii")
    (folder / CERTIFICATES).write_bytes(signed.certificates)
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


def _listed(sessions: sessionmaker[Session]) -> list[_Listed]:
    with sessions() as session:
        return [
            _Listed(
                reference=row.agreement_version.agreement.reference,
                sha256=row.sha256,
                storage_key=row.storage_key,
                executed_at=row.sealed_at.isoformat(),
            )
            for row in agreements.all_executed(session)
        ]


def _bytes_of(store: Store, item: _Listed) -> bytes:
    try:
        with store.open(item.storage_key) as stream:
            body = stream.read()
    except Missing:
        raise ExportFailed(f"The document of {item.reference} is missing from the store.") from None
    if hashlib.sha256(body).hexdigest() != item.sha256:
        raise ExportFailed(f"The stored document of {item.reference} was changed after it was sealed.")
    return body
