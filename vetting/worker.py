"""The worker: leases outbox rows and carries them out, draws pages of documents for the screen, and does what falls due
on the district's local day.

Every effect is idempotent by its key: a worker that is killed leaves a lease behind, and whoever takes the row next
does the same work to the same result. No transaction is open while a mail is sent or a document is drawn.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from types import FrameType

import structlog
from flask import Flask
from sqlalchemy.orm import sessionmaker

from vetting import clock, outbox
from vetting.documents.preview import draw_next
from vetting.documents.renditions import Source
from vetting.events import Event
from vetting.extensions import db
from vetting.jobs import (
    agreements,
    bulk,
    calendar_day,
    disposals,
    duplicates,
    estimates,
    partner_imports,
    partner_invitations,
    preflight,
    reconcile,
    scanning,
    stay_figures,
)
from vetting.jobs.own_copy import making
from vetting.jobs.reminders import remind
from vetting.jobs.sweep import sweep, sweep_uploads
from vetting.models import DocumentVersion, OutboxMessage
from vetting.notifications import daily, delivery
from vetting.notifications.mail import Place, make
from vetting.queries.scans import may_be_read
from vetting.scanning import ScannerUnreachable
from vetting.storage import StoreProblem
from vetting.unit_of_work import LostRace, unit_of_work

IDLE_SECONDS = 0.5
STOPPING_SECONDS = 5.0
"""How long a stop waits for pages in hand; what is cut off is drawn again, from its beginning."""
BATCH = 10
PAGES_KEPT = timedelta(days=90)
"""Drawn pages go after this long; whoever opens the document then waits a moment."""

log = structlog.get_logger()

SLICE_SECONDS = 5.0
"""How long a run over many cases goes on before everything else that is due gets its turn."""

COPY_ATTEMPTS = 3

COUNTING_SECONDS = 60.0
"""How long finished stays may wait at most to be counted for the lead's page."""

TIDYING_SECONDS = 600.0
"""How long a store that did not answer is left alone before its files are looked through again."""

SCANNER_AWAY = timedelta(seconds=30)
"""How long a file waits at least when the scanner did not answer; the others wait with it."""

Handler = Callable[["Worker", OutboxMessage], str]


class HalfDone(Exception):
    """The work goes on at a later turn."""


class Worker:
    """One worker process. Several may run against one database."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.settings = app.config["SETTINGS"]
        self.host = socket.gethostname()
        self.name = f"{self.host}-{os.getpid()}"
        self.stopping = threading.Event()
        self.carrier = delivery.carrier(
            self.settings.smtp_url, self.settings.instance / "mail", self.settings.mail_from
        )
        self.place = Place.of(self.settings)
        self.sessions = sessionmaker(db.engine, expire_on_commit=False)
        self.last_day = ""
        self.estimated_on = ""
        self.tidied_on = ""
        self.tidying_at = time.monotonic()
        self.counting_at = time.monotonic()

    def run(self) -> None:
        """Work until told to stop (SIGTERM or SIGINT); what is in hand is finished first."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        log.info("worker_started", worker=self.name)
        self.take_over()
        # Pages are drawn beside everything else, so that no mail waits for a long document.
        drawing = threading.Thread(target=self.draw, name="pages", daemon=True)
        drawing.start()
        # So are files shown to the scanner, so that a slow one holds up neither mail nor pages.
        scans = threading.Thread(target=self.scan, name="scans", daemon=True)
        scans.start()
        while not self.stopping.is_set():
            try:
                self.new_day()
                busy = self.drain()
                self.count()
                self.estimate()
                self.tidy()
            except Exception:
                log.exception("worker_round_failed")
                busy = 0
            if not busy:
                self.stopping.wait(IDLE_SECONDS)
        drawing.join(STOPPING_SECONDS)
        scans.join(STOPPING_SECONDS)
        log.info("worker_stopped", worker=self.name)

    def draw(self) -> None:
        """Draw pages of documents and check them as they are asked for, until told to stop."""
        while not self.stopping.is_set():
            try:
                busy = self.draw_next()
                busy = self.look_next() or busy
            except Exception:
                log.exception("drawing_failed")
                busy = False
            if not busy:
                self.stopping.wait(IDLE_SECONDS)

    def draw_next(self) -> bool:
        """Draw the pages that were asked for first; False when nobody waits."""
        return draw_next(self.app.extensions["renditions"], self.app.extensions["store"])

    def look_next(self) -> bool:
        """Carry out the oldest effect that takes a long look at one document; False when there is none."""
        with self.sessions() as session, unit_of_work(session):
            leased = [message.id for message in outbox.claim(session, worker=self.name, limit=1, topics=tuple(BESIDE))]
        for message_id in leased:
            self._deliver(message_id)
        return bool(leased)

    def scan(self) -> None:
        """Show files to the virus scanner, until told to stop. One that is away is asked again after a pause."""
        while not self.stopping.is_set():
            pause = IDLE_SECONDS
            try:
                while not self.stopping.is_set() and self.scan_next():
                    continue
            except ScannerUnreachable:
                pause = SCANNER_AWAY.total_seconds()
            except Exception:
                log.exception("scanning_failed")
            self.stopping.wait(pause)

    def scan_next(self) -> bool:
        """Show the file that waits longest to the scanner; False when none waits. Raises ``ScannerUnreachable``."""
        with self.sessions() as session, unit_of_work(session):
            leased = outbox.claim(session, worker=self.name, limit=1, topics=(Event.SCAN_WANTED,))
            waiting = [message.id for message in leased]
        for message_id in waiting:
            self._deliver(message_id)
        return bool(waiting)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping.set()

    def take_over(self) -> int:
        """Give back what workers that died on this machine had in hand, so that no lease has to run out first."""
        taken = 0
        with self.sessions() as session, unit_of_work(session):
            for message in outbox.leased_on(session, self.host):
                if message.leased_by != self.name and not _alive(message.leased_by or ""):
                    message.leased_until = None
                    taken += 1
        return taken

    def new_day(self) -> None:
        """Once per local day (and at start): begin and end what the date says, and remind of what is near."""
        today = clock.today()
        if self.last_day != today.isoformat():
            calendar_day.settle(self.sessions, clock.now())
            remind(self.sessions, clock.now())
            sweep(self.sessions, self.settings.instance / agreements.ASIDE, clock.now())
            sweep_uploads(self.sessions, self.app.extensions["spool"], clock.now())
            self.app.extensions["renditions"].sweep(clock.now() - PAGES_KEPT)
            self.last_day = today.isoformat()

    def count(self) -> int:
        """At start and then once a minute, after what is due: count the stays that ended. Returns how many."""
        if time.monotonic() < self.counting_at:
            return 0
        self.counting_at = time.monotonic() + COUNTING_SECONDS
        return stay_figures.fold(self.sessions)

    def estimate(self) -> bool:
        """Once per local day (and at start), after what is due: learn from the days before how long cases take."""
        today = clock.today()
        if self.estimated_on == today.isoformat():
            return False
        estimates.learn(self.sessions, today)
        self.estimated_on = today.isoformat()
        return True

    def tidy(self) -> bool:
        """Once per local day (and at start), after what is due: remove stored files that nobody came for.

        A store that does not answer is asked again later, and holds up nothing else.
        """
        today = clock.today().isoformat()
        if self.tidied_on == today or time.monotonic() < self.tidying_at:
            return False
        store, before = self.app.extensions["store"], clock.now() - timedelta(days=self.settings.orphan_days)
        try:
            making.sweep(self.sessions, store, clock.now())
            report = reconcile.reconcile(self.sessions, store, before, reap=True)
        except StoreProblem as problem:
            log.warning("store_not_tidied", problem=str(problem))
            self.tidying_at = time.monotonic() + TIDYING_SECONDS
            return False
        tell = log.error if report.losses else log.info
        tell("store_tidied", report=report.summary, findings=[str(each) for each in report.findings[:10]])
        self.tidied_on = today
        return True

    def drain(self) -> int:
        """Carry out everything due now but what is done beside. Returns how many effects were delivered."""
        done = 0
        while not self.stopping.is_set():
            with self.sessions() as session, unit_of_work(session):
                due = outbox.claim(session, worker=self.name, limit=BATCH, but_not=BESIDE | {Event.SCAN_WANTED})
                leased = [message.id for message in due]
            if not leased:
                return done
            for message_id in leased:
                done += self._deliver(message_id)
        return done

    def _deliver(self, message_id: int) -> int:
        with self.sessions() as session:
            message = session.get(OutboxMessage, message_id)
        if message is None:
            return 0
        try:
            outcome = HANDLERS.get(message.topic, _mail)(self, message)
        except HalfDone:
            self._mark(message_id, outbox.hand_back)
            return 1
        except ScannerUnreachable as error:
            away = f"The scanner did not answer: {error}"
            log.warning("scanner_unreachable", key=message.key, problem=str(error))
            self._mark(message_id, lambda row: outbox.wait_for(row, away, SCANNER_AWAY))
            raise
        except delivery.SenderRefused as error:
            refused = str(error)
            self._mark(message_id, lambda row: _give_up(row, refused))
            return 0
        except Exception as error:
            log.exception("effect_failed", key=message.key, attempt=message.attempts)
            problem = f"{type(error).__name__}: {error}"
            self._mark(message_id, lambda row: outbox.retry_later(row, problem))
            return 0
        self._mark(message_id, lambda row: outbox.delivered(row, outcome))
        return 1

    def _mark(self, message_id: int, change: Callable[[OutboxMessage], None]) -> None:
        with self.sessions() as session, unit_of_work(session):
            row = session.get(OutboxMessage, message_id)
            if row is not None:
                change(row)


def _alive(name: str) -> bool:
    """Whether the process in a worker's name still runs; a number that is used again only means waiting longer."""
    number = name.rpartition("-")[2]
    return not number.isdecimal() or Path("/proc", number).exists()


def _give_up(row: OutboxMessage, problem: str) -> None:
    row.failed_at = clock.now()
    row.leased_until = None
    row.outcome = problem[:2000]


def _mail(worker: Worker, message: OutboxMessage) -> str:
    with worker.sessions() as session:
        way = daily.way_of(session, message)
        mail = make(session, message, worker.place) if way is daily.Way.AT_ONCE else None
    if way is daily.Way.DAILY:
        with worker.sessions() as session, unit_of_work(session):
            daily.put_in(session, session.get_one(OutboxMessage, message.id), clock.now())
    if way is not daily.Way.AT_ONCE:
        return str(way)
    return worker.carrier.send(mail) if mail is not None else "no longer needed"


def _execute_agreement(worker: Worker, message: OutboxMessage) -> str:
    try:
        agreements.execute(
            worker.sessions, worker.app.extensions["store"], worker.settings, message.payload["subject_id"]
        )
    except LostRace:
        # Another worker finished it between our look and our commit; its result stands.
        return "done by another worker"
    return "executed"


def _carry_out_run(worker: Worker, message: OutboxMessage) -> str:
    if not bulk.work(worker.sessions, message.payload["subject_id"], _slice(worker)):
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
    number = message.payload["subject_id"]
    try:
        made = making.make(worker.sessions, worker.app.extensions["store"], number)
    except Exception:
        if message.attempts < COPY_ATTEMPTS:
            raise
        # Somebody waits on a page; they are told rather than kept waiting for days.
        log.exception("copy_not_made", copy=number)
        making.give_up(worker.sessions, number)
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
    Event.DOCUMENT_CHECK_WANTED: _check_document,
    Event.SCAN_WANTED: _scan,
    Event.DUPLICATES_SOUGHT: _look_for_duplicates,
    Event.AGREEMENT_FULLY_SIGNED: _execute_agreement,
    Event.BULK_STARTED: _carry_out_run,
    Event.DISPOSAL_STARTED: _dispose,
    Event.PARTNER_IMPORT_UPLOADED: _check_import,
    Event.PARTNER_IMPORT_STARTED: _load_import,
    Event.INVITATIONS_STARTED: _send_invitations,
}
"""Topics that are not mail."""

BESIDE = frozenset({Event.DOCUMENT_CHECK_WANTED})
"""Those that take a long look at one document, so they are done beside everything else; no mail waits for them."""
