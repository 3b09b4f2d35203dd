"""Files on their way in: measured, examined and stored before any transaction, then made evidence by the engine.

A file that was good stays ours while its other facts are corrected: the page carries a signed note of what was stored.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Protocol, cast

from flask import current_app, request
from flask_babel import gettext as _
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy.orm import Session

from vetting import filetypes
from vetting.data.evidence_types import EvidenceType
from vetting.extensions import db
from vetting.forms.base import HIDDEN
from vetting.forms.evidence import DocumentFacts, UploadForm
from vetting.models import Application, Document, DocumentVersion, Organization, Upload
from vetting.policy import Permission
from vetting.queries import uploads as queries
from vetting.queries.uploads import Space
from vetting.refs import new_reference
from vetting.storage import StoreProblem
from vetting.text import size_words
from vetting.views import pages, scans
from vetting.views.arriving import ArrivingFile
from vetting.views.errors import translated
from vetting.views.guard import actor, may
from vetting.views.stored import store
from vetting.workflows import engine
from vetting.workflows.registry import workflow_named

NAME_LIMIT = 200
EXAMINING = threading.BoundedSemaphore(2)
"""Examining takes a processor each; more at once would be slower for all, and for whoever only reads a page."""

HELD_SECONDS = 24 * 60 * 60


@dataclass(frozen=True)
class Incoming:
    """A stored file that is not evidence yet."""

    filename: str
    media_type: str
    size: int
    sha256: str
    key: str


class NoRoom(Exception):
    """An organization may not keep so much. ``str`` of it is the sentence for the page."""


def take_in(
    form: UploadForm, kind: EvidenceType, reference: str, most: int, space: Space | None = None
) -> tuple[list[Incoming], list[str]]:
    """Examine and store the chosen files, and take up those that an earlier try already stored.

    Returns what is stored and one sentence for each file that was not taken: a limit that is met late costs only the
    files beyond it. Talks to no database.
    """
    # Where one file is asked for, a new choice takes the place of what was held.
    good = [] if most == 1 and form.chosen() else _held(reference, kind)
    mistakes = []
    for item in form.chosen():
        name = display_name(item.filename)
        if len(good) >= most:
            mistakes.append(f"{name}: {_('Choose %(limit)s files or fewer at a time.', limit=most)}")
            continue
        arriving = cast(ArrivingFile, item.stream)
        found = _examined(arriving, name, kind, request_limit() - sum(each.size for each in good), space)
        if isinstance(found, Incoming):
            space = space and replace(space, used=space.used + found.size)
            good = [*(each for each in good if each.sha256 != found.sha256), found]
        else:
            mistakes.append(f"{name}: {found}")
    if not good and not mistakes:
        mistakes.append(_("Choose a file"))
    return good, mistakes


def request_limit() -> int:
    """Bytes that all files of one form may have together."""
    return int(current_app.config["MAX_UPLOAD_BYTES"])


def too_large(kind: EvidenceType) -> str:
    """Said of a file beyond the limit of its type."""
    limit = kind.max_bytes // (1024 * 1024)
    return str(_("This file is larger than %(limit)s MB. Choose a smaller file.", limit=limit))


def too_much() -> str:
    """Said of a file that is one too many for a form."""
    limit = size_words(request_limit())
    return str(_("All files together may have %(limit)s at a time. Save the others first, then add this.", limit=limit))


def no_room(space: Space) -> str:
    """Said when an organization has used up what it may keep."""
    return str(
        _(
            "Your organization may keep %(limit)s of files with us. %(used)s are used and %(left)s are left. "
            "Write to the office if you need more.",
            limit=size_words(space.limit),
            used=size_words(space.used),
            left=size_words(space.left),
        )
    )


def display_name(filename: str) -> str:
    """The name as people will see it: only text, never a path, short enough to store."""
    plain = HIDDEN.sub("", filename.replace("\\", "/").rpartition("/")[2])
    plain = " ".join(plain.split()) or _("file")
    stem, dot, end = plain.rpartition(".")
    if not any(letter.isprintable() and letter != "." for letter in (stem if dot else plain)):
        # Of a name that nobody can see only its kind is left.
        return f"{_('file')}.{end}" if dot and end.isalnum() else _("file")
    if len(plain) <= NAME_LIMIT:
        return plain
    return f"{stem[: NAME_LIMIT - len(end) - 1]}.{end}" if dot and len(end) < 10 else plain[:NAME_LIMIT]


def _examined(arriving: ArrivingFile, name: str, kind: EvidenceType, room: int, space: Space | None) -> Incoming | str:
    if arriving.size > kind.max_bytes:
        return too_large(kind)
    if arriving.size > room:
        return too_much()
    if space is not None and arriving.size > space.left:
        return no_room(space)
    try:
        return taken(arriving.kept(), name, kind, for_good=True)
    except (StoreProblem, filetypes.NotChecked) as problem:
        return translated(problem.plain)


def taken(path: Path, name: str, kind: EvidenceType, *, for_good: bool = False) -> Incoming | str:
    """Examine the whole file at ``path`` and store it, or say why not.

    Raises ``StoreProblem`` and ``filetypes.NotChecked``, after which the same file may be tried again.

    With ``for_good`` nobody will write to this file again, so that it need not be copied.

    Talks to no database, and is what every way for a file to come in ends with.
    """
    with EXAMINING:
        verdict = filetypes.examine(path, name, kind.formats)
    if isinstance(verdict, filetypes.Refused):
        return translated(verdict.message)
    with path.open("rb") as source:
        stored = store().put(source, area="evidence", limit=kind.max_bytes, file=path if for_good else None)
    return Incoming(name, verdict.media_type, stored.size, stored.sha256, stored.key)


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="held-file")


def notes(files: Iterable[Incoming], kind: EvidenceType, reference: str) -> list[dict[str, str]]:
    """What a page carries so that stored files need not be sent again: a name to read and a signed note."""
    signer = _signer()
    return [
        {
            "name": f.filename,
            "size": size_words(f.size),
            "bytes": str(f.size),
            "sha256": f.sha256,
            "note": str(signer.dumps([reference, kind.key, asdict(f)])),
        }
        for f in files
    ]


def sent(application: Application, kind: EvidenceType) -> list[Upload]:
    """What this person has on its way for one kind of document of a case."""
    return queries.of_page(db.session(), actor().user_id, application.reference, kind.key)


def note_of(row: Upload, kind: EvidenceType) -> str:
    """The signed note of a file that arrived whole in pieces."""
    return notes([_arrived(row)], kind, row.scope)[0]["note"]


def _arrived(row: Upload) -> Incoming:
    return Incoming(row.filename, row.media_type, row.size, row.sha256, row.storage_key)


def with_ready(files: list[Incoming], sent: Iterable[Upload]) -> list[Incoming]:
    """``files`` and what arrived whole in pieces before, on another page or before this one was loaded again."""
    known = {each.sha256 for each in files}
    return files + [_arrived(row) for row in sent if row.finished_at is not None and row.sha256 not in known]


def settle(session: Session, scope: str, kind: EvidenceType, files: Iterable[Incoming], before: Space) -> None:
    """Forget how files arrived that are evidence now; the last act of the transaction that makes them so.

    Raises ``NoRoom`` when the organization would keep more than it may; ``before`` is what it kept.
    """
    known = {each.sha256 for each in files}
    for row in queries.of_page(session, actor().user_id, scope, kind.key):
        if row.finished_at is not None and row.sha256 in known:
            session.delete(row)
    session.flush()
    after = queries.space_of(session, before.organization_id)
    if after.used > max(after.limit, before.used):
        raise NoRoom(no_room(before))


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


class Keeper(Protocol):
    """Whom a file belongs to: a case, or a place in the vault of an organization."""

    @property
    def organization_id(self) -> int: ...

    @property
    def organization(self) -> Organization: ...


def receive(
    session: Session,
    keeper: Keeper,
    kind: EvidenceType,
    incoming: Incoming,
    facts: DocumentFacts,
    *,
    replaces: Document | None = None,
) -> DocumentVersion:
    """Make a stored file a document version of the organization, through the engine."""
    document = replaces or Document(
        reference=new_reference("DOC"),
        organization_id=keeper.organization_id,
        organization=keeper.organization,
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
        scan=scans.on_arrival(),
        uploaded_by_id=actor().user_id,
    )
    # The office may bring the papers of somebody it enters an application for.
    step = "receive" if may(Permission.APPLICATION_START, keeper) else "receive_for"
    engine.run(session, workflow_named("evidence"), version, step, actor())
    # Whoever reads it later finds its pages drawn. Should this transaction fail, they are drawn for nobody.
    pages.want(version)
    return version
