"""Check one document: read it in a limited child, hold its words against what was typed, keep the findings.

Its words are not kept. Nothing of the database is held while a file is read.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date

import structlog
from sqlalchemy.orm import Session

from vetting import clock, outbox
from vetting.data.evidence_types import Asked, load_evidence_types
from vetting.documents.kinds import SHOWN
from vetting.documents.process import ChildDied, ChildTimedOut, Limits, run_child
from vetting.events import Event
from vetting.models import DocumentCheck, DocumentVersion, ScanResult
from vetting.preflight.finding import Finding
from vetting.preflight.given import District, Given
from vetting.preflight.reading import Reading, reading_from
from vetting.preflight.rules import RULES_VERSION, check
from vetting.queries import preflight
from vetting.sealing import Sealer
from vetting.storage import Missing, Store
from vetting.unit_of_work import unit_of_work

MOST_AGAIN = 2000
"""Documents that are asked for anew in one day after the rules changed."""

LIMITS = Limits(wall_seconds=30.0, cpu_seconds=20, memory_bytes=1_200_000_000)

log = structlog.get_logger()


def look(sessions: Callable[[], Session], store: Store, sealer: Sealer, reference: str, number: int) -> str:
    """Check the version with this reference and number, unless that was done from the same facts."""
    with sessions() as session:
        version = preflight.version_of(session, reference, number)
        if version is None or version.scan is ScanResult.INFECTED or version.media_type not in SHOWN:
            return "nothing to check"
        facts = preflight.facts_of(session, version)
        kept = preflight.found_alone(session, [version.id])[version.id].check
        if kept is not None and kept.facts_sha256 == facts.sha256:
            return "checked already"
    if facts.type_key not in load_evidence_types().documents:
        return "nothing to check"
    began = time.monotonic()
    try:
        reading = read(store, version)
    except Missing:
        return "missing"
    findings = check(reading, given(facts, sealer))
    with sessions() as session, unit_of_work(session):
        _keep(session, version.id, facts, reading, findings)
    log.info(
        "document_checked", type=facts.type_key, findings=len(findings), seconds=round(time.monotonic() - began, 2)
    )
    return f"{len(findings)} findings"


def again(sessions: Callable[[], Session]) -> int:
    """Ask anew for checks that older rules made, where the sender can still act. Returns how many."""
    asked = 0
    with sessions() as session, unit_of_work(session):
        for reference, number in preflight.outdated(session, MOST_AGAIN):
            key = f"{Event.DOCUMENT_CHECK_WANTED}:{reference}.{number}:rules-{RULES_VERSION}"
            if not outbox.known(session, key):
                payload = {"reference": reference, "number": number}
                topic = Event.DOCUMENT_CHECK_WANTED
                outbox.record(session, key=key, topic=topic, recipient="worker", payload=payload)
                asked += 1
    return asked


def read(store: Store, version: DocumentVersion) -> Reading:
    """The words of a version, or why there are none. Raises Missing; never for what is in the file.

    Raises ChildKilled when somebody else ended the child that read them; the worker then tries again later.
    """
    with store.open(version.storage_key) as stream:
        content = stream.read()
    try:
        return reading_from(run_child("read", {"media_type": version.media_type}, {"document": content}, LIMITS).data)
    except (ChildTimedOut, ChildDied) as error:
        log.warning("document_not_read", document=version.sha256[:12], why=str(error)[-300:])
        return Reading("too_hard")


def given(facts: preflight.Facts, sealer: Sealer) -> Given:
    """The facts as the rules take them."""
    names, wording = preflight.district()
    typed = facts.typed

    def same(digits: str) -> bool:
        return sealer.digest(f"{digits[:2]}-{digits[2:]}") in facts.tax_ids

    return Given(
        kind=load_evidence_types().documents[facts.type_key],
        today=clock.today(),
        names=facts.names,
        district=District(names, wording),
        same_tax_id=same if facts.tax_ids else None,
        issuer=typed["issuer"],
        policy_number=typed[Asked.POLICY_NUMBER],
        issued_on=_day(typed[Asked.ISSUED_ON]),
        valid_from=_day(typed["valid_from"]),
        valid_until=_day(typed["valid_until"]),
        fiscal_year_end=_day(typed[Asked.FISCAL_YEAR_END]),
        amount_cents=typed["amount_cents"],
        addresses=facts.addresses,
        vendor_number=facts.vendor_number,
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _keep(session: Session, version_id: int, facts: preflight.Facts, reading: Reading, findings: list[Finding]) -> None:
    row = preflight.found_alone(session, [version_id])[version_id].check
    if row is None:
        row = DocumentCheck(document_version_id=version_id)
        session.add(row)
    row.rules_version = RULES_VERSION
    row.facts_sha256 = facts.sha256
    row.outcome = reading.outcome[:20]
    row.findings = [finding.as_data() for finding in findings]
    row.checked_at = clock.now()
