"""Files on their way in: measured, examined and stored before any transaction, then made evidence by the engine.

A file that was good stays ours while its other facts are corrected: the page carries a signed note of what was stored.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from flask import current_app, request
from flask_babel import gettext as _
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy.orm import Session

from vetting import filetypes
from vetting.data.evidence_types import EvidenceType
from vetting.forms.base import HIDDEN
from vetting.forms.evidence import DocumentFacts, UploadForm
from vetting.models import Application, Document, DocumentVersion
from vetting.policy import Permission
from vetting.refs import new_reference
from vetting.storage import CHUNK
from vetting.views import pages
from vetting.views.errors import translated
from vetting.views.guard import actor, may
from vetting.views.stored import store
from vetting.workflows import engine
from vetting.workflows.registry import workflow_named

NAME_LIMIT = 200
HELD_SECONDS = 24 * 60 * 60


@dataclass(frozen=True)
class Incoming:
    """A stored file that is not evidence yet."""

    filename: str
    media_type: str
    size: int
    sha256: str
    key: str


def take_in(form: UploadForm, kind: EvidenceType, reference: str, most: int) -> tuple[list[Incoming], list[str]]:
    """Examine and store the chosen files, and take up those that an earlier try already stored.

    Returns what is stored and one sentence for each file that was not taken. Talks to no database.
    """
    good = _held(reference, kind)
    mistakes = []
    chosen = form.chosen()
    if len(chosen) + len(good) > most:
        return good, [_("Choose %(limit)s files or fewer at a time.", limit=most)]
    for item in chosen:
        name = display_name(item.filename)
        found = _examined(item.stream, name, kind)
        if isinstance(found, Incoming):
            good = [*(each for each in good if each.sha256 != found.sha256), found]
        else:
            mistakes.append(f"{name}: {found}")
    if not good and not mistakes:
        mistakes.append(_("Choose a file"))
    return good, mistakes


def display_name(filename: str) -> str:
    """The name as people will see it: only text, never a path, short enough to store."""
    plain = HIDDEN.sub("", filename.replace("\\", "/").rpartition("/")[2])
    plain = " ".join(plain.split()) or _("file")
    stem, dot, end = plain.rpartition(".")
    if len(plain) <= NAME_LIMIT:
        return plain
    return f"{stem[: NAME_LIMIT - len(end) - 1]}.{end}" if dot and len(end) < 10 else plain[:NAME_LIMIT]


def _examined(stream: Any, name: str, kind: EvidenceType) -> Incoming | str:
    with tempfile.TemporaryDirectory(prefix="vetting-upload-") as folder:
        path = Path(folder, "file")
        size = 0
        with path.open("wb") as out:
            while chunk := stream.read(CHUNK):
                size += len(chunk)
                if size > kind.max_bytes:
                    limit = kind.max_bytes // (1024 * 1024)
                    return str(_("This file is larger than %(limit)s MB. Choose a smaller file.", limit=limit))
                out.write(chunk)
        verdict = filetypes.examine(path, name, kind.formats)
        if isinstance(verdict, filetypes.Refused):
            return translated(verdict.message)
        with path.open("rb") as source:
            stored = store().put(source, area="evidence", limit=kind.max_bytes)
    return Incoming(name, verdict.media_type, stored.size, stored.sha256, stored.key)


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="held-file")


def notes(files: Iterable[Incoming], kind: EvidenceType, reference: str) -> list[dict[str, str]]:
    """What a page carries so that stored files need not be sent again: a name to read and a signed note."""
    signer = _signer()
    return [{"name": f.filename, "note": str(signer.dumps([reference, kind.key, asdict(f)]))} for f in files]


def _held(reference: str, kind: EvidenceType) -> list[Incoming]:
    found = []
    for note in request.form.getlist("held"):
        try:
            case, type_key, facts = _signer().loads(note, max_age=HELD_SECONDS)
        except BadSignature:
            continue
        if case == reference and type_key == kind.key:
            found.append(Incoming(**facts))
    return found


def receive(
    session: Session,
    application: Application,
    kind: EvidenceType,
    incoming: Incoming,
    facts: DocumentFacts,
    *,
    replaces: Document | None = None,
) -> DocumentVersion:
    """Make a stored file a document version of the organization, through the engine."""
    document = replaces or Document(
        reference=new_reference("DOC"),
        organization_id=application.organization_id,
        organization=application.organization,
        type_key=kind.key,
    )
    version = DocumentVersion(
        document=document,
        number=max((old.number for old in document.versions), default=0) + 1,
        filename=incoming.filename,
        media_type=incoming.media_type,
        size=incoming.size,
        sha256=incoming.sha256,
        storage_key=incoming.key,
        issuer=facts.issuer,
        valid_from=facts.valid_from,
        valid_until=facts.valid_until,
        amount_cents=facts.amount_cents,
        details=dict(facts.details),
        uploaded_by_id=actor().user_id,
    )
    # The office may bring the papers of somebody it enters an application for.
    step = "receive" if may(Permission.APPLICATION_START, application) else "receive_for"
    engine.run(session, workflow_named("evidence"), version, step, actor())
    # Whoever reads it later finds its pages drawn. Should this transaction fail, they are drawn for nobody.
    pages.want(version)
    return version
