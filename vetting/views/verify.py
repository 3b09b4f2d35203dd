"""Check a document: by the code printed on it, by its SHA-256, or by looking at it. Nothing that is sent is kept."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting.documents.check import LARGEST_FILE, Outcome, RegisterEntry, Verdict, by_hash, examine
from vetting.documents.keys import roots
from vetting.documents.process import ChildKilled
from vetting.documents.revocation import published_lists, withdrawn
from vetting.documents.slots import NoneFree, place
from vetting.extensions import db
from vetting.jobs.seal_keys import KEYS
from vetting.models import Agreement, AgreementState, PaperRecord
from vetting.policy import Permission
from vetting.queries import agreements, paper, seals
from vetting.views.agreements import ROLES
from vetting.views.guard import guarded
from vetting.views.schools import TONES
from vetting.workflows.registry import WORKFLOWS

bp = Blueprint("verify", __name__)

AT_ONCE = 2
"""How many files are looked at together on one machine: each costs a process of its own for about a second."""
BUSY_SECONDS = 10

KINDS = {
    Outcome.EXACT_COPY: "success",
    Outcome.SUPERSEDED: "warning",
    Outcome.SEAL_UNCONFIRMED: "warning",
    Outcome.UNSEALED_DRAFT: "warning",
    Outcome.NOT_REGISTERED: "warning",
}
"""How a verdict is shown; every other one is an error."""


def load(session: Session, code: str) -> Agreement | None:
    """An executed agreement by the code on its certificate page."""
    return agreements.by_verify_code(session, code.strip().lower()) if len(code) <= 64 else None


@bp.get("/verify")
@guarded(Permission.PUBLIC_READ)
def index() -> str | Response | tuple[str, int]:
    """Ask for the file, its SHA-256 or the code; an SHA-256 or a code in the address is looked up at once."""
    sha256 = "".join(request.args.get("sha256", "").split()).lower()
    code = request.args.get("code", "").strip().lower()
    if sha256:
        if not re.fullmatch(r"[0-9a-f]{64}", sha256):
            return _asked("sha256", _("An SHA-256 has 64 characters, each 0 to 9 or a to f."))
        return render_template("verify/result.html", **_words(by_hash(sha256, _entry(sha256)), stayed=True))
    if code:
        if load(db.session(), code) is None:
            return _asked("code", _("No sealed agreement has this code. Compare it with the one on the document."))
        return redirect(url_for("verify.code", code=code), 303)
    return _form()


@bp.post("/verify")
@guarded(Permission.PUBLIC_READ)
def check() -> str | tuple[str, int] | tuple[str, int, dict[str, str]]:
    """Look at a file and say what it is, with every check. The file is read in a limited process and forgotten."""
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        return _asked("file", _("Choose the PDF that you want to check."))
    body = upload.stream.read(LARGEST_FILE + 1)
    if not body:
        return _asked("file", _("This file is empty. Choose the PDF that you want to check."))
    if len(body) > LARGEST_FILE:
        too_large = _("This file is larger than %(n)s MB, so it is none of ours.", n=LARGEST_FILE // 1_000_000)
        return _asked("file", too_large)
    settings = current_app.config["SETTINGS"]
    sha256 = hashlib.sha256(body).hexdigest()
    entry = _entry(sha256)
    chains = [seal.chain for seal in seals.on_record(db.session(), production=settings.production)]
    # The file is looked at for seconds; no transaction may be open meanwhile.
    db.session.rollback()
    try:
        with place(settings.instance / "work" / "verify", AT_ONCE):
            verdict = examine(
                body,
                trusted=list(dict.fromkeys(root for chain in chains for root in roots(chain))),
                register=lambda _: entry,
                withdrawn=withdrawn(published_lists(settings.instance / KEYS).values(), chains),
            )
    except NoneFree:
        busy = _("Other people's files are being checked right now. Please try again in %(n)s seconds.", n=BUSY_SECONDS)
        return _form("file", busy), 503, {"Retry-After": str(BUSY_SECONDS)}
    except ChildKilled:
        ended = _("Your file could not be checked just now. Please try again in %(n)s seconds.", n=BUSY_SECONDS)
        return _form("file", ended), 503, {"Retry-After": str(BUSY_SECONDS)}
    return render_template("verify/result.html", **_words(verdict, stayed=False))


def _asked(field: str, problem: str) -> tuple[str, int]:
    return _form(field, problem), 422


def _form(field: str = "", problem: str = "") -> str:
    return render_template(
        "verify/index.html",
        wrong=field,
        problem=problem,
        limit=LARGEST_FILE // 1_000_000,
        typed={name: request.args.get(name, "")[:200] for name in ("sha256", "code")},
    )


def _entry(sha256: str) -> RegisterEntry | None:
    """What our register has under an SHA-256."""
    found = agreements.executed_by_hash(db.session(), sha256)
    if found is None:
        return None
    agreement = found.agreement_version.agreement
    return RegisterEntry(
        sha256=sha256,
        reference=agreement.reference,
        title=found.agreement_version.content["title"],
        superseded=agreement.state is AgreementState.SUPERSEDED,
        content_sha256=found.agreement_version.content_sha256,
        seal_fingerprint=found.seal_fingerprint,
        sealed_at=found.sealed_at,
    )


def _words(verdict: Verdict, *, stayed: bool) -> Mapping[str, Any]:
    """``stayed``: the file itself was not sent, only its SHA-256."""
    agreement = agreements.by_reference(db.session(), verdict.entry.reference) if verdict.entry else None
    known = _public(agreement) if agreement else {}
    return {
        "verdict": verdict,
        "kind": KINDS.get(verdict.outcome, "error"),
        "agreement": agreement,
        "stayed": stayed,
        "stamped": datetime.fromisoformat(verdict.time_stamp) if verdict.time_stamp else None,
        **known,
    }


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
    papers = paper.of_version(db.session(), agreement)
    return {
        "words": WORKFLOWS["agreement"].words[agreement.state].public,
        "tone": TONES.get(agreement.state.value, "neutral"),
        "version": agreement.versions[-1],
        "document": agreements.executed(db.session(), agreement),
        "signed": _signed(agreement, papers),
        "scans": [one.document_version.sha256 for one in papers],
        "contract": "contract" in agreement.versions[-1].content,
    }


def _signed(agreement: Agreement, papers: Sequence[PaperRecord]) -> list[dict[str, Any]]:
    """Who signed, by role: the instant here, or the day that stands on the paper."""
    on_paper = {mark.role: mark.signed_on for one in papers for mark in one.signatures}
    here = {
        signer.role: signer.signature.signed_at if signer.signature else None
        for signer in agreements.signers(agreement)
    }
    return [
        {
            "role": _(ROLES[role.value]),
            "at": here.get(role),
            "on_paper": on_paper.get(role),
        }
        for role in (here or on_paper)
    ]
