"""From a fully signed agreement to the one file that is stored: render, seal, check our own work. For the worker."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyhanko.sign.timestamps import TimeStamper

from vetting.documents.agreement import NO_SCANS, executed_pdf
from vetting.documents.check import self_check
from vetting.documents.errors import DocumentIncomplete
from vetting.documents.keys import SealKeys
from vetting.documents.process import Limits
from vetting.documents.seal import seal_pdf


@dataclass(frozen=True, slots=True)
class ExecutedDocument:
    """The sealed file and the SHA-256 (hex) under which it is stored and registered."""

    pdf: bytes
    sha256: str


def execute_agreement(
    content: Mapping[str, Any],
    certificate: Mapping[str, Any],
    audit: object,
    keys: SealKeys,
    *,
    scans: Mapping[str, bytes] = NO_SCANS,
    timestamper: TimeStamper | None = None,
    limits: Limits | None = None,
) -> ExecutedDocument:
    """Make the executed document; nothing is stored here.

    A second call gives another file (a seal has its own time), so the caller stores one and never asks again. Raises
    DocumentIncomplete (also when the certificate page would name another seal than `keys`), the errors of `render_pdf`,
    SealFailed or SelfCheckFailed.
    """
    if certificate.get("seal_fingerprint") != keys.fingerprint or certificate.get("development") != keys.development:
        raise DocumentIncomplete("The certificate page names another seal than the one to be used.")
    unsealed = executed_pdf(content, certificate, audit, scans=scans, limits=limits)
    sealed = seal_pdf(
        unsealed,
        keys,
        reason=f"Executed agreement {content['reference']}, version {content['version']}",
        location=content["district"]["name"],
        timestamper=timestamper,
    )
    self_check(sealed, keys, certificate["content_sha256"])
    return ExecutedDocument(sealed, hashlib.sha256(sealed).hexdigest())
