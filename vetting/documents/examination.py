"""Takes a PDF apart and says what is true of it, without any verdict. Runs in the child for files from outside.

The worker also calls it directly, for the file it has just sealed.
"""

import asyncio
import io
import json
import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pikepdf
from pyhanko.keys import load_certs_from_pemder_data
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.general import find_unique_cms_attribute
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.generic_cms import validate_sig_integrity
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import CertificateValidator, ValidationContext

from vetting.canonical import digest

LARGEST_ATTACHMENT = 5_000_000
CONTENT_FILE = "agreement.json"
SEAL_FIELD = "DistrictSeal"


def examine(data: Mapping[str, Any], parts: Mapping[str, bytes]) -> tuple[dict[str, object], dict[str, bytes]]:
    """The answer of an examine task: facts as plain data (see `facts`)."""
    moment = datetime.fromisoformat(data["moment"]) if data["moment"] else None
    return facts(parts["pdf"], [str(pem) for pem in data["trusted"]], moment), {}


def facts(pdf: bytes, trusted: list[str], moment: datetime | None = None) -> dict[str, object]:
    """What is true of `pdf`: readable, its signatures, its standards, the digest of the agreement data inside.

    Certificates are judged at `moment` (UTC; now when None). Never raises for bad input; a part that cannot be read is
    reported as such.
    """
    logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
    logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL)
    structure = _guarded(lambda: _structure(pdf), {"readable": False})
    signatures = _guarded(lambda: _signatures(pdf, trusted, moment), None)
    return {**structure, "signatures_readable": signatures is not None, "signatures": signatures or []}


def _guarded(read: Any, otherwise: Any) -> Any:
    # Hostile files raise anything at all from deep inside the parsers, recursion included; the limits do the rest.
    try:
        return read()
    except Exception:  # noqa: BLE001 - whatever it was, the answer is "cannot be read"
        return otherwise


def _structure(pdf: bytes) -> dict[str, object]:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        metadata = bytes(document.Root.Metadata.read_bytes()) if "/Metadata" in document.Root else b""
        fields = list(document.Root.AcroForm.get("/Fields", [])) if "/AcroForm" in document.Root else []
        return {
            "readable": True,
            "pages": len(document.pages),
            "tagged": bool("/MarkInfo" in document.Root and document.Root.MarkInfo.get("/Marked", False)),
            "pdfa": b"pdfaid:part" in metadata,
            "pdfua": b"pdfuaid:part" in metadata,
            "seal_field": any(str(field.get("/T", "")) == SEAL_FIELD for field in fields),
            "content_sha256": _guarded(lambda: _content_digest(document), None),
        }


def _content_digest(document: pikepdf.Pdf) -> str | None:
    if CONTENT_FILE not in document.attachments:
        return None
    body = document.attachments[CONTENT_FILE].get_file().read_bytes()
    if len(body) > LARGEST_ATTACHMENT:
        return None
    return digest("content.v1", json.loads(body))


def _signatures(pdf: bytes, trusted: list[str], moment: datetime | None) -> list[dict[str, object]]:
    roots = [item for pem in trusted for item in load_certs_from_pemder_data(pem.encode("ascii"))]
    context = ValidationContext(
        trust_roots=roots, allow_fetching=False, revocation_mode="soft-fail", moment=moment, best_signature_time=moment
    )
    reader = PdfFileReader(io.BytesIO(pdf), strict=False)
    return [_signature(item, context) for item in reader.embedded_signatures]


def _signature(embedded: Any, context: ValidationContext) -> dict[str, object]:
    found: dict[str, object] = {
        "field": str(embedded.field_name),
        "fingerprint": _guarded(lambda: embedded.signer_cert.sha256.hex(), ""),  # noqa: PLW0108 - may raise on access
        "genuine": _guarded(lambda: _genuine(embedded, context), False),
        "intact": False,
        "whole_file": False,
        "unchanged_since": False,
        "no_changes_allowed": _guarded(lambda: embedded.docmdp_level == MDPPerm.NO_CHANGES, False),
        "time_stamp": "",
    }
    return {**found, **_guarded(lambda: _validated(embedded, context), {})}


def _genuine(embedded: Any, context: ValidationContext) -> bool:
    """Whether a trusted key really made this seal, over whatever text: our certificate alone anybody can copy."""
    attributes = embedded.signer_info["signed_attrs"]
    claimed = find_unique_cms_attribute(attributes, "message_digest").native
    _, valid = validate_sig_integrity(embedded.signer_info, embedded.signer_cert, "data", claimed)
    certificate = CertificateValidator(embedded.signer_cert, embedded.other_embedded_certs, context)
    asyncio.run(certificate.async_validate_usage({"digital_signature"}))  # type: ignore[no-untyped-call]
    return bool(valid)


def _validated(embedded: Any, context: ValidationContext) -> dict[str, object]:
    status = validate_pdf_signature(embedded, signer_validation_context=context, ts_validation_context=context)
    stamp = status.timestamp_validity
    return {
        "intact": bool(status.intact and status.valid),
        "whole_file": status.coverage == SignatureCoverageLevel.ENTIRE_FILE,
        "unchanged_since": status.docmdp_ok is not False,
        "time_stamp": stamp.timestamp.isoformat() if stamp is not None and stamp.valid and stamp.intact else "",
    }
