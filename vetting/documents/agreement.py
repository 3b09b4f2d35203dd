"""The scope-of-service agreement as a page and as PDF: the draft, and the executed form with its certificate page."""

import hashlib
import io
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import segno
from markupsafe import Markup

from vetting import fonts
from vetting.canonical import canonical_json, digest
from vetting.documents.content import require_agreement, require_certificate
from vetting.documents.errors import DocumentIncomplete
from vetting.documents.pages import page, style
from vetting.documents.process import Limits
from vetting.documents.render import Asset, Attachment, render_pdf

TEMPLATE_VERSION = "scope-of-service/1"
SEAL_FIELD = "DistrictSeal"
LANGUAGE = "en"
NO_SCANS: Mapping[str, bytes] = MappingProxyType({})
PRINTED_WHOLE = ("name", "title", "organization", "typed_name", "intent")


def agreement_body(content: Mapping[str, Any]) -> Markup:
    """The text to be signed, for a page on the screen: the same words as in the PDF, headings from level 2."""
    require_agreement(content)
    body = page("_agreement_body.html", {"content": content, "language": LANGUAGE})
    return Markup(body)  # noqa: S704 - the template has escaped every value


def agreement_html(content: Mapping[str, Any], certificate: Mapping[str, Any] | None) -> str:
    """The whole printed document; without a certificate it is a draft and says so on every page.

    Raises DocumentIncomplete when something is missing or the certificate belongs to another text.
    """
    require_agreement(content)
    if certificate is not None:
        require_certificate(certificate, content)
    return page(
        "agreement.html",
        {"content": content, "certificate": certificate, "language": LANGUAGE, "seal_field": SEAL_FIELD},
    )


def executed_pdf(
    content: Mapping[str, Any],
    certificate: Mapping[str, Any],
    audit: object,
    *,
    scans: Mapping[str, bytes] = NO_SCANS,
    limits: Limits | None = None,
) -> bytes:
    """The executed agreement, ready to be sealed. `audit` is its history as JSON data, attached as audit.json.

    `scans` are the signed papers that the certificate names, by their file names; they are attached as they came. The
    same arguments give the same bytes. Raises DocumentIncomplete or the errors of `render_pdf`.
    """
    _require_scans(certificate, scans)
    _require_glyphs(content, certificate)
    executed_at = datetime.fromisoformat(certificate["executed_at"]).astimezone(UTC)
    html = agreement_html(content, certificate)
    return render_pdf(
        html,
        title=content["title"],
        lang=LANGUAGE,
        attachments=[
            _content_file(content, executed_at),
            Attachment(
                "audit.json", canonical_json(audit), "History of the agreement", "Supplement", created=executed_at
            ),
            *(
                Attachment(name, body, "Scan of the signed paper", "Supplement", created=executed_at)
                for name, body in scans.items()
            ),
        ],
        identifier=_identifier(content, certificate["chain_head"]),
        assets={"verify-code.png": Asset(_qr(certificate["verify_url"]), "image/png")},
        styles=[style()],
        seal_field=SEAL_FIELD,
        limits=limits,
    )


def _require_scans(certificate: Mapping[str, Any], scans: Mapping[str, bytes]) -> None:
    """The papers that the certificate names are attached, byte for byte, and no others."""
    named = {scan["file"]: scan["sha256"] for scan in certificate.get("scans", [])}
    if named != {name: hashlib.sha256(body).hexdigest() for name, body in scans.items()}:
        raise DocumentIncomplete("A scan of the signed paper is missing, or is not the one that was compared.")


def _require_glyphs(content: Mapping[str, Any], certificate: Mapping[str, Any]) -> None:
    """What people agreed to and who they are is printed whole or not at all; a browser's name may show codes."""
    people = [
        [{key: signer[key] for key in PRINTED_WHOLE}, *(signer.get(part, {}) for part in ("paper", "delegation"))]
        for signer in certificate["signers"]
    ]
    missing = fonts.uncovered("".join(fonts.texts([content, people])))
    if missing:
        raise DocumentIncomplete(f"No packaged font can print {fonts.named(missing)}, so nothing was sealed.")


def draft_pdf(content: Mapping[str, Any], made_at: datetime, *, limits: Limits | None = None) -> bytes:
    """A version before execution: marked as a draft on every page, nothing to seal. `made_at` is UTC."""
    return render_pdf(
        agreement_html(content, None),
        title=content["title"],
        lang=LANGUAGE,
        attachments=[_content_file(content, made_at)],
        identifier=_identifier(content, ""),
        assets={},
        styles=[style()],
        limits=limits,
    )


def _content_file(content: Mapping[str, Any], created: datetime) -> Attachment:
    return Attachment("agreement.json", canonical_json(content), "Agreement data", "Source", created=created)


def _identifier(content: Mapping[str, Any], chain_head: str) -> bytes:
    return bytes.fromhex(digest("identifier.v1", [content, chain_head]))[:16]


def _qr(text: str) -> bytes:
    picture = io.BytesIO()
    segno.make(text, error="m", micro=False).save(picture, kind="png", scale=8, border=4)
    return picture.getvalue()
