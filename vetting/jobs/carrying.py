"""What the worker does for each topic of the outbox: one short function that calls the job and says what came of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import structlog
from sqlalchemy.orm import Session, sessionmaker

import config
from vetting import clock
from vetting.documents.renditions import Source
from vetting.events import Event
from vetting.jobs import (
    agreements,
    bulk,
    disposals,
    duplicates,
    partner_imports,
    partner_invitations,
    preflight,
    renewal_run,
    scanning,
    signing_batch,
    unsigned_copies,
    year_files,
)
from vetting.jobs.own_copy import making
from vetting.models import DocumentVersion, OutboxMessage
from vetting.notifications import daily, delivery
from vetting.notifications.mail import Place, make
from vetting.queries.scans import may_be_read
from vetting.unit_of_work import LostRace, unit_of_work

SLICE_SECONDS = 5.0
"""How long a run over many cases goes on before everything else that is due gets its turn."""

COPY_ATTEMPTS = 3

log = structlog.get_logger()


class Worker(Protocol):
    """What the functions here need of the worker that calls them."""

    app: Any
    settings: config.Settings
    sessions: sessionmaker[Session]
    stopping: threading.Event
    place: Place
    carrier: delivery.Carrier


Handler = Callable[[Worker, OutboxMessage], str]


class HalfDone(Exception):
    """The work goes on at a later turn."""


def mail(worker: Worker, message: OutboxMessage) -> str:
    """Whatever is not in the table is a mail."""
    with worker.sessions() as session:
        way = daily.way_of(session, message)
        letter = make(session, message, worker.place) if way is daily.Way.AT_ONCE else None
    if way is daily.Way.DAILY:
        with worker.sessions() as session, unit_of_work(session):
            daily.put_in(session, session.get_one(OutboxMessage, message.id), clock.now())
    if way is not daily.Way.AT_ONCE:
        return str(way)
    return worker.carrier.send(letter) if letter is not None else "no longer needed"


def _execute_agreement(worker: Worker, message: OutboxMessage) -> str:
    try:
        agreements.execute(
            worker.sessions, worker.app.extensions["store"], worker.settings, message.payload["subject_id"]
        )
    except LostRace:
        # Another worker finished it between our look and our commit; its result stands.
        return "done by another worker"
    return "executed"


def _make_unsigned_copy(worker: Worker, message: OutboxMessage) -> str:
    try:
        made = unsigned_copies.make(worker.sessions, worker.app.extensions["store"], message.payload["version_id"])
    except LostRace:
        made = False
    return "made" if made else "was made already"


def _carry_out_run(worker: Worker, message: OutboxMessage) -> str:
    if not bulk.work(worker.sessions, message.payload["subject_id"], _slice(worker)):
        raise HalfDone
    return "carried out"


def _sign_together(worker: Worker, message: OutboxMessage) -> str:
    if not signing_batch.work(worker.sessions, message.payload["subject_id"], _slice(worker)):
        raise HalfDone
    return "signed"


def _renew_the_year(worker: Worker, message: OutboxMessage) -> str:
    if not renewal_run.work(worker.sessions, message.payload["subject_id"], _slice(worker)):
        raise HalfDone
    return "carried out"


def _slice(worker: Worker) -> Callable[[], bool]:
    """Says when a long run gives everything else its turn."""
    end = time.monotonic() + SLICE_SECONDS
    return lambda: worker.stopping.is_set() or time.monotonic() > end


def _dispose(worker: Worker, message: OutboxMessage) -> str:
    gone = disposals.work(worker.sessions, worker.app.extensions["store"], message.payload["subject_id"])
    return f"{gone} files removed"


def _check_import(worker: Worker, message: OutboxMessage) -> str:
    partner_imports.check(worker.sessions, worker.app.extensions["sealer"], message.payload["subject_id"])
    return "checked"


def _load_import(worker: Worker, message: OutboxMessage) -> str:
    sealer = worker.app.extensions["sealer"]
    if not partner_imports.work(worker.sessions, sealer, message.payload["subject_id"], _slice(worker)):
        raise HalfDone
    return "loaded"


def _send_invitations(worker: Worker, message: OutboxMessage) -> str:
    keys = worker.place.secret_keys
    if not partner_invitations.work(worker.sessions, keys, message.payload["subject_id"], _slice(worker)):
        raise HalfDone
    return "sent"


def _look_for_duplicates(worker: Worker, message: OutboxMessage) -> str:
    return f"{duplicates.look(worker.sessions, message.payload['subject_id'])} found"


def _make_copy(worker: Worker, message: OutboxMessage) -> str:
    kept, number = worker.app.extensions, message.payload["subject_id"]
    try:
        made = making.make(worker.sessions, kept["store"], number, scanner=kept["scanner"].active)
    except Exception:
        if message.attempts < COPY_ATTEMPTS:
            raise
        # Somebody waits on a page; they are told rather than kept waiting for days.
        log.exception("copy_not_made", copy=number)
        making.give_up(worker.sessions, number)
        return "given up"
    return "made" if made else "was made already"


def _make_year_file(worker: Worker, message: OutboxMessage) -> str:
    number = message.payload["subject_id"]
    try:
        made = year_files.make(worker.sessions, worker.app.extensions["store"], number, worker.settings.public_url)
    except year_files.Changed:
        year_files.give_up(worker.sessions, number)
        return "something changed meanwhile"
    except Exception:
        if message.attempts < COPY_ATTEMPTS:
            raise
        log.exception("year_file_not_made", file=number)
        year_files.give_up(worker.sessions, number)
        return "given up"
    return "made" if made else "was made already"


def _check_document(worker: Worker, message: OutboxMessage) -> str:
    kept, payload = worker.app.extensions, message.payload
    return preflight.look(worker.sessions, kept["store"], kept["sealer"], payload["reference"], payload["number"])


def _scan(worker: Worker, message: OutboxMessage) -> str:
    kept = worker.app.extensions
    number = message.payload["subject_id"]
    outcome = scanning.scan(worker.sessions, kept["store"], kept["scanner"], number)
    with worker.sessions() as session:
        version = session.get(DocumentVersion, number)
        if version is not None and may_be_read(version.scan, scanner=kept["scanner"].active):
            kept["renditions"].want(Source(version.sha256, version.storage_key, version.media_type))
    return outcome


HANDLERS: Mapping[str, Handler] = {
    Event.COPY_ASKED: _make_copy,
    Event.YEAR_FILE_ASKED: _make_year_file,
    Event.DOCUMENT_CHECK_WANTED: _check_document,
    Event.SCAN_WANTED: _scan,
    Event.DUPLICATES_SOUGHT: _look_for_duplicates,
    Event.AGREEMENT_FULLY_SIGNED: _execute_agreement,
    Event.UNSIGNED_COPY_WANTED: _make_unsigned_copy,
    Event.BULK_STARTED: _carry_out_run,
    Event.SIGNING_BATCH_STARTED: _sign_together,
    Event.RENEWAL_RUN_STARTED: _renew_the_year,
    Event.DISPOSAL_STARTED: _dispose,
    Event.PARTNER_IMPORT_UPLOADED: _check_import,
    Event.PARTNER_IMPORT_STARTED: _load_import,
    Event.INVITATIONS_STARTED: _send_invitations,
}
"""Topics that are not mail."""

BESIDE = frozenset({Event.DOCUMENT_CHECK_WANTED})
"""Those that take a long look at one document, so they are done beside everything else; no mail waits for them."""
