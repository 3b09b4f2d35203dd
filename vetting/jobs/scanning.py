"""Show files to the virus scanner, and keep what it says. The scanner is asked while no transaction is open."""

from __future__ import annotations

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session, sessionmaker

from vetting import clock
from vetting.models import DocumentVersion, EvidenceState, ScanResult
from vetting.policy import SYSTEM
from vetting.queries import scans as read
from vetting.scanning import Scanner, Verdict
from vetting.storage import Missing, Store
from vetting.text import N_
from vetting.unit_of_work import unit_of_work
from vetting.workflows import engine
from vetting.workflows.effects import scans
from vetting.workflows.evidence import EVIDENCE

FOUND = N_(
    "The virus scanner found something in this file, so nobody can open it. "
    "Check your device, save the document anew, and send it again."
)
NOT_LOOKED_AT = N_(
    "The virus scanner could not look at this file, so nobody can open it. Send a smaller one, saved as PDF."
)
REASONS = {ScanResult.INFECTED: FOUND, ScanResult.UNSCANNABLE: NOT_LOOKED_AT}
LIVE = frozenset({EvidenceState.RECEIVED, EvidenceState.ACCEPTED})
AT_A_TIME = 500

log = structlog.get_logger()


def scan(sessions: sessionmaker[Session], store: Store, scanner: Scanner, version_id: int) -> str:
    """Show one file to the scanner and keep its verdict. Raises ``ScannerUnreachable``; then nothing is changed."""
    with sessions() as session:
        version = session.get(DocumentVersion, version_id)
        if version is None or version.state is EvidenceState.DISPOSED:
            return "no longer kept"
        key = version.storage_key
    try:
        with store.open(key) as stream:
            verdict = scanner.scan(stream)
    except Missing:
        return "missing"
    _keep(sessions, version_id, verdict)
    return str(verdict.result)


def _keep(sessions: sessionmaker[Session], version_id: int, verdict: Verdict) -> None:
    at = clock.now() if verdict.result is not ScanResult.UNSCANNED else None
    with sessions() as session, unit_of_work(session):
        # Beside the version that pages remember: who reads the case meanwhile has not lost a race.
        session.execute(
            sa.update(DocumentVersion)
            .where(DocumentVersion.id == version_id)
            .values(scan=verdict.result, scan_finding=verdict.finding, scanned_at=at)
            .execution_options(synchronize_session=False)
        )
        version = session.get_one(DocumentVersion, version_id)
        reason = REASONS.get(verdict.result)
        if reason is not None and version.state in LIVE:
            engine.run(session, EVIDENCE, version, "set_aside", SYSTEM, reason=reason)
    if verdict.result is ScanResult.INFECTED:
        log.warning("virus_found", version=version_id, finding=verdict.finding)


def ask_for_all(sessions: sessionmaker[Session], results: frozenset[ScanResult]) -> int:
    """Let the worker show every file with one of these results to the scanner (again). Returns how many.

    A clean one stays readable meanwhile; one that was never looked at waits.
    """
    with sessions() as session:
        numbers = read.numbers(session, results)
    moment = clock.now().isoformat(timespec="microseconds")
    for first in range(0, len(numbers), AT_A_TIME):
        with sessions() as session, unit_of_work(session):
            chosen = numbers[first : first + AT_A_TIME]
            session.execute(
                sa.update(DocumentVersion)
                .where(DocumentVersion.id.in_(chosen), DocumentVersion.scan == ScanResult.UNSCANNED)
                .values(scan=ScanResult.WAITING)
                .execution_options(synchronize_session=False)
            )
            for version in session.scalars(sa.select(DocumentVersion).where(DocumentVersion.id.in_(chosen))):
                scans.want(session, version, moment)
    return len(numbers)
