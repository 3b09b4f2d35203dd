"""Check a document: by the code printed on it, or by looking at the file itself. Nothing that is sent is kept."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, current_app, render_template, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from vetting.documents.check import LARGEST_FILE, Outcome, RegisterEntry, Verdict, examine
from vetting.extensions import db
from vetting.jobs.seal_keys import trusted_roots
from vetting.models import Agreement, AgreementState
from vetting.policy import Permission
from vetting.queries import agreements
from vetting.views.agreements import ROLES
from vetting.views.guard import guarded
from vetting.views.schools import TONES
from vetting.workflows.registry import WORKFLOWS

bp = Blueprint("verify", __name__)

KINDS = {
    Outcome.EXACT_COPY: "success",
    Outcome.SUPERSEDED: "warning",
    Outcome.SEAL_UNCONFIRMED: "warning",
    Outcome.UNSEALED_DRAFT: "warning",
}
"""How a verdict is shown; every other one is an error."""


def load(session: Session, code: str) -> Agreement | None:
    """An executed agreement by the code on its certificate page."""
    return agreements.by_verify_code(session, code.strip().lower()) if len(code) <= 64 else None


@bp.get("/verify")
@guarded(Permission.PUBLIC_READ)
def index() -> str:
    """Ask for the file, or for the code."""
    return render_template("verify/index.html", problem="", limit=LARGEST_FILE // 1_000_000)


@bp.post("/verify")
@guarded(Permission.PUBLIC_READ)
def check() -> str | tuple[str, int]:
    """Look at a file and say what it is, with every check. The file is read in a limited process and forgotten."""
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        return _asked(_("Choose the PDF that you want to check."))
    body = upload.stream.read(LARGEST_FILE + 1)
    if not body:
        return _asked(_("This file is empty. Choose the PDF that you want to check."))
    if len(body) > LARGEST_FILE:
        return _asked(_("This file is larger than %(n)s MB, so it is none of ours.", n=LARGEST_FILE // 1_000_000))
    settings = current_app.config["SETTINGS"]
    entry = _register(body)
    # The file is looked at for seconds; no transaction may be open meanwhile.
    db.session.rollback()
    verdict = examine(body, trusted=trusted_roots(settings), register=entry.get)
    return render_template("verify/result.html", **_words(verdict))


def _asked(problem: str) -> tuple[str, int]:
    return render_template("verify/index.html", problem=problem, limit=LARGEST_FILE // 1_000_000), 422


def _register(body: bytes) -> dict[str, RegisterEntry]:
    """What our register has under the SHA-256 of this file."""
    sha256 = hashlib.sha256(body).hexdigest()
    found = agreements.executed_by_hash(db.session(), sha256)
    if found is None:
        return {}
    agreement = found.agreement_version.agreement
    return {
        sha256: RegisterEntry(
            sha256=sha256,
            reference=agreement.reference,
            title=found.agreement_version.content["title"],
            superseded=agreement.state is AgreementState.SUPERSEDED,
            content_sha256=found.agreement_version.content_sha256,
            seal_fingerprint=found.seal_fingerprint,
            sealed_at=found.sealed_at,
        )
    }


def _words(verdict: Verdict) -> Mapping[str, Any]:
    agreement = agreements.by_reference(db.session(), verdict.entry.reference) if verdict.entry else None
    known = _public(agreement) if agreement else {}
    return {"verdict": verdict, "kind": KINDS.get(verdict.outcome, "error"), "agreement": agreement, **known}


@bp.get("/verify/<code>")
@guarded(Permission.PUBLIC_READ, load)
def code(subject: Agreement) -> str:
    """What the district's record says of the document that carries this code."""
    return render_template(
        "verify/code.html",
        agreement=subject,
        **_public(subject),
    )


def _public(agreement: Agreement) -> dict[str, Any]:
    """What anybody may know of an executed agreement: parties, dates, status, and roles instead of names."""
    signers = agreements.signers(agreement)
    return {
        "words": WORKFLOWS["agreement"].words[agreement.state].public,
        "tone": TONES.get(agreement.state.value, "neutral"),
        "version": agreement.versions[-1],
        "document": agreements.executed(db.session(), agreement),
        "signed": [
            {"role": _(ROLES[signer.role.value]), "at": signer.signature.signed_at if signer.signature else None}
            for signer in signers
        ],
    }
