"""Files that arrive in pieces over a bad network: begin, add a piece, ask how far it is, finish, give up.

What counts is what is on our disk. A piece that does not begin there is answered with the right place and never
written elsewhere; one that comes twice changes nothing; those that come at once wait for each other. Nothing of the
database is held while bytes are read or written. A finished file is no evidence yet: the page gets the same signed
note that a plain form would carry, and the form is what attaches it.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from flask import current_app, jsonify, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from vetting import clock, filetypes
from vetting.data.evidence_types import EvidenceType
from vetting.extensions import db
from vetting.models import Application, Upload
from vetting.policy import Permission
from vetting.queries import evidence
from vetting.queries import uploads as queries
from vetting.refs import new_reference
from vetting.spool import Part, Spool, SpoolBroken, SpoolFull
from vetting.storage import StoreFull, StoreProblem
from vetting.text import size_words
from vetting.unit_of_work import LostRace, unit_of_work
from vetting.views.applicant import uploads
from vetting.views.applicant.blueprint import bp
from vetting.views.arrival import PIECE_BYTES, PIECE_TYPE
from vetting.views.errors import translated
from vetting.views.guard import actor, guarded

ADDRESS = "/apply/uploads/<upload>"
MOST_AT_ONCE = 40
"""Files that one person may have on their way, for whatever purpose."""

DIGEST = re.compile(r"sha-256=:([A-Za-z0-9+/=]{44}):")
HASH = re.compile(r"[0-9a-f]{64}")

Answer = tuple[Response, int]


def load_upload(session: Session, upload: str) -> Upload | None:
    """A file on its way, by the name it has here."""
    return queries.by_reference(session, upload)


SEND = guarded(Permission.UPLOAD_SEND, load_upload)


def sending(application: Application, kind: EvidenceType, sent: Iterable[Upload], begin: str) -> dict[str, Any]:
    """What the upload part of a page of a case says: limits before choosing, where to send, and what is half here."""
    return {
        **sending_of(application.organization_id, sent, begin),
        "files_left": evidence.files_left(application),
        "files_limit": evidence.upload_limits(application)["max_files_per_case"],
    }


def sending_of(organization_id: int, sent: Iterable[Upload], begin: str) -> dict[str, Any]:
    """The same for a page outside any case."""
    space = queries.space_of(db.session(), organization_id)
    return {
        "begin": begin,
        "together": size_words(uploads.request_limit()),
        "together_bytes": uploads.request_limit(),
        "space_left": size_words(space.left),
        "space_limit": size_words(space.limit),
        "cancels": {row.sha256: _address("cancel_upload", row) for row in sent},
        "half": [
            {
                "sha256": row.sha256,
                "name": row.filename,
                "received": size_words(row.received),
                "size": size_words(row.size),
            }
            for row in sent
            if row.finished_at is None and row.received
        ],
    }


def _address(endpoint: str, row: Upload) -> str:
    return url_for(f"applicant.{endpoint}", upload=row.reference)


def begin(organization_id: int, scope: str, kind: EvidenceType, application_id: int | None = None) -> Answer:
    """Take down what somebody is about to send: name, size in bytes, SHA-256. Begun before, it goes on.

    ``scope`` is the public reference of what the file is for.
    """
    name = uploads.display_name(request.form.get("name", ""))
    size, sha256 = request.form.get("size", 0, int), request.form.get("sha256", "")
    if size < 1 or not HASH.fullmatch(sha256):
        return _refused(_("This file is empty. Check it on your device and choose it again."), 422)
    if size > kind.max_bytes:
        return _refused(uploads.too_large(kind), 413)
    if size > uploads.request_limit():
        return _refused(uploads.too_much(), 413)
    session, account_id = db.session(), actor().user_id or 0
    row = queries.begun(session, account_id, scope, kind.key, sha256)
    if row is None:
        if queries.count_of(session, account_id) >= MOST_AT_ONCE:
            return _refused(
                _("You have %(most)s files on their way. Save or remove some first.", most=MOST_AT_ONCE), 429
            )
        space = queries.space_of(session, organization_id)
        if size > space.left:
            return _refused(uploads.no_room(space), 413)
        row = Upload(
            reference=new_reference("UPL"),
            account_id=account_id,
            organization_id=organization_id,
            application_id=application_id,
            scope=scope,
            type_key=kind.key,
            filename=name,
            size=size,
            sha256=sha256,
        )
    try:
        with unit_of_work(session):
            row.filename = name
            session.add(row)
    except LostRace:
        # The same file in another tab was a moment faster.
        row = queries.begun(session, account_id, scope, kind.key, sha256)
        if row is None:
            raise
    filetypes.expect()
    return _told(row)


def plainly(view: Callable[[Upload], Answer]) -> Callable[[Upload], Answer]:
    """What cannot be taken or checked now is said in a sentence; what arrived so far is kept."""

    @wraps(view)
    def told(row: Upload) -> Answer:
        try:
            return view(row)
        except (SpoolFull, SpoolBroken, StoreProblem, filetypes.NotChecked) as error:
            db.session.rollback()
            full = isinstance(error, SpoolFull | StoreFull)
            return _refused(translated(error.plain), 507 if full else 503, again=True)

    return told


@bp.get(ADDRESS)
@SEND
def upload_state(row: Upload) -> Answer:
    """How far a file is, and its note once it is whole."""
    return _told(row)


@bp.post(ADDRESS)
@SEND
@plainly
def take_piece(row: Upload) -> Answer:
    """Add one piece at the end of what is there."""
    piece = request.get_data() if request.mimetype == PIECE_TYPE else b""
    claimed = request.headers.get("Upload-Offset", -1, int)
    digest = DIGEST.fullmatch(request.headers.get("Content-Digest", ""))
    if not piece or claimed < 0 or digest is None or not _is(piece, digest[1]):
        return _refused(_("A part of the file changed on its way. It is sent again."), 422, again=True)
    with _held(row) as (part, now):
        if now is None:
            return _gone(part)
        if now.finished_at is not None:
            return _told(now)
        name, size, offset = now.reference, now.size, min(now.received, part.size())
        if claimed != offset:
            return _told(now, 409, offset)
        if offset + len(piece) > size:
            return _refused(_("More came than this file has. Choose it again."), 422)
        db.session.rollback()
        part.write(offset, piece)
        with unit_of_work(db.session) as session:
            kept = queries.by_reference(session, name)
            if kept is not None:
                kept.received, kept.touched_at = offset + len(piece), clock.now()
        return _gone(part) if kept is None else _told(kept)


@bp.post(f"{ADDRESS}/finish")
@SEND
@plainly
def finish_upload(row: Upload) -> Answer:
    """Examine and store a file that is whole. Asked again, the answer is the same."""
    with _held(row) as (part, now):
        if now is None:
            return _gone(part)
        kind = evidence.kind_named(now.type_key)
        if now.finished_at is not None or kind is None:
            return _told(now)
        name, filename, promised, size = now.reference, now.filename, now.sha256, now.size
        if min(now.received, part.size()) < size:
            return _told(now, 409, min(now.received, part.size()))
        db.session.rollback()
        part.cut(size)
        if part.sha256() != promised:
            _forget(part, name)
            return _refused(_("The file changed while it was sent. Choose it again."), 422)
        found = uploads.taken(part.path, filename, kind)
        if isinstance(found, str):
            _forget(part, name)
            return _refused(found, 422)
        with unit_of_work(db.session) as session:
            kept = queries.by_reference(session, name)
            if kept is not None:
                kept.finished_at = kept.touched_at = clock.now()
                kept.media_type, kept.storage_key = found.media_type, found.key
        part.remove()
        return _gone(part) if kept is None else _told(kept)


@bp.post(f"{ADDRESS}/cancel")
@SEND
@plainly
def cancel_upload(row: Upload) -> Answer:
    """Let go of a file that is no longer wanted. What it was stored as goes with everything that nothing points to."""
    with _held(row) as (part, now):
        if now is not None:
            _forget(part, now.reference)
        part.remove()
    return jsonify(gone=True), 200


def closed() -> Answer:
    """Nothing more is taken for this."""
    return _refused(_("This was sent already. Load the page again to see where it stands."), 409)


@contextmanager
def _held(row: Upload) -> Iterator[tuple[Part, Upload | None]]:
    """The part of a file for this request alone, and its row as it is now; None when the row went meanwhile."""
    name = row.reference
    # Whoever waits for the part holds nothing of the database meanwhile.
    db.session.rollback()
    spool: Spool = current_app.extensions["spool"]
    with spool.held(name) as part:
        yield part, queries.by_reference(db.session(), name)


def _forget(part: Part, name: str) -> None:
    db.session.rollback()
    with unit_of_work(db.session) as session:
        row = queries.by_reference(session, name)
        if row is not None:
            session.delete(row)
    part.remove()


def _gone(part: Part) -> Answer:
    part.remove()
    return _refused(_("This file is no longer on its way. Choose it again."), 404)


def _is(piece: bytes, digest: str) -> bool:
    return base64.b64encode(hashlib.sha256(piece).digest()).decode() == digest


def _told(row: Upload, status: int = 200, offset: int | None = None) -> Answer:
    kind = evidence.kind_named(row.type_key)
    ready = row.finished_at is not None and kind is not None
    answer = jsonify(
        address=_address("take_piece", row),
        finish=_address("finish_upload", row),
        cancel=_address("cancel_upload", row),
        offset=row.received if offset is None else offset,
        size=row.size,
        most=PIECE_BYTES,
        note=uploads.note_of(row, kind) if ready and kind is not None else "",
    )
    return answer, status


def _refused(message: str, status: int, *, again: bool = False) -> Answer:
    """``again``: the same try may well succeed."""
    return jsonify(message=message, again=again), status
