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
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import FrameType

import structlog
from flask import Flask
from sqlalchemy.orm import sessionmaker

from vetting import clock, outbox
from vetting.documents.preview import draw_next
from vetting.events import Event
from vetting.extensions import db
from vetting.jobs import (
    agreements,
    calendar_day,
    estimates,
    preflight,
    reconcile,
    stay_figures,
)
from vetting.jobs.carrying import BESIDE, HANDLERS, HalfDone, mail
from vetting.jobs.own_copy import making
from vetting.jobs.reminders import remind
from vetting.jobs.sweep import sweep, sweep_uploads
from vetting.models import OutboxMessage
from vetting.notifications import delivery
from vetting.notifications.mail import Place
from vetting.queries import retention
from vetting.scanning import ScannerUnreachable
from vetting.storage import StoreProblem
from vetting.unit_of_work import unit_of_work

IDLE_SECONDS = 0.5
STOPPING_SECONDS = 5.0
"""How long a stop waits for pages in hand; what is cut off is drawn again, from its beginning."""
BATCH = 10
PAGES_KEPT = timedelta(days=90)
"""Drawn pages go after this long; whoever opens the document then waits a moment."""

log = structlog.get_logger()

COUNTING_SECONDS = 60.0
"""How long finished stays may wait at most to be counted for the lead's page."""

TIDYING_SECONDS = 600.0
"""How long a store that did not answer is left alone before its files are looked through again."""

SCANNER_AWAY = timedelta(seconds=30)
"""How long a file waits at least when the scanner did not answer; the others wait with it."""


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
            preflight.again(self.sessions)
            sweep(self.sessions, self.settings.instance / agreements.ASIDE, clock.now())
            sweep_uploads(self.sessions, self.app.extensions["spool"], clock.now())
            with self.sessions() as session:
                held = retention.held_hashes(session)
            self.app.extensions["renditions"].sweep(clock.now() - PAGES_KEPT, held)
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
            outcome = HANDLERS.get(message.topic, mail)(self, message)
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
