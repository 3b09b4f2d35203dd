"""What the checks before sending notice in made-up packets, 100 clean ones and 300 with a fault, and what they stop.

Each document goes the way of an upload: examined as what it claims to be, read in the limited child, held against what
was typed. Then the packet lies in a complete draft, and the real step of sending is taken and rolled back.
"""

from __future__ import annotations

import hashlib
import io
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from bench.databases import Database
from bench.measuring import Result, percentile
from tests.factories import Factory
from tests.support.packets import FAULTS, Packet, Paper, clean, faulty
from tests.support.packets.looking import look
from vetting import clock, filetypes, refs
from vetting.data.evidence_types import load_evidence_types
from vetting.documents.process import run_child
from vetting.jobs.preflight import LIMITS
from vetting.models import Application, Document, DocumentCheck, DocumentVersion
from vetting.policy import Actor
from vetting.preflight.finding import Finding, is_warning
from vetting.preflight.reading import Reading, reading_from
from vetting.preflight.rules import RULES_VERSION
from vetting.workflows import anchors, engine
from vetting.workflows.commands import AttachEvidence
from vetting.workflows.engine import StepRefused
from vetting.workflows.registry import workflow_named

NAME = "preflight"
CLEAN, FAULTY, QUICK = 100, 300, 40
COLUMNS = frozenset({"issuer", "valid_from", "valid_until", "amount_cents"})

Found = Mapping[str, Sequence[Finding]]


def checked(database: Database, *, quick: bool = False) -> Iterator[Result]:
    """One line for each kind of fault and one for all of them.

    ``recall`` is the share of faults that were noticed on their document, ``false_blocks`` how many clean packets could
    not be sent, ``false_warnings`` how many of them drew a warning, ``blocks`` the same as ``false_blocks`` for faulty
    packets whose documents were taken in.
    """
    today = clock.today()
    with database.session() as session:
        sending = _Sending(session, database)
        seconds, warned, stopped = [], 0, 0
        for seed in range(QUICK // 4 if quick else CLEAN):
            packet = clean(seed, today)
            begun = time.perf_counter()
            found = look(packet, read, today)
            seconds.append(time.perf_counter() - begun)
            warned += any(_warns(finding) for several in found.values() for finding in several)
            stopped += not sending.goes_out(packet, found)
        made: Counter[str] = Counter()
        noticed: Counter[str] = Counter()
        blocks = 0
        names = islice(cycle(FAULTS), QUICK if quick else FAULTY)
        for number, fault in enumerate(names):
            packet = faulty(10_000 + number, fault, today)
            found = look(packet, read, today)
            keys = {finding.key for finding in found.get(packet.on, ())}
            made[fault] += 1
            noticed[fault] += bool(keys & packet.expects)
            if not any(finding.key == "refused" for several in found.values() for finding in several):
                blocks += not sending.goes_out(packet, found)
    for fault in FAULTS:
        if made[fault]:
            yield _result(
                database, seconds, {"fault": fault, "of": made[fault], "recall": noticed[fault] / made[fault]}
            )
    whole = {
        "fault": "all",
        "of": made.total(),
        "recall": round(noticed.total() / made.total(), 4),
        "clean": len(seconds),
        "false_blocks": stopped,
        "false_warnings": warned,
        "blocks": blocks,
        "seconds_per_packet": round(sum(seconds) / len(seconds), 2),
    }
    yield _result(database, seconds, whole)


def read(paper: Paper) -> Reading | None:
    """A document as the upload and the worker read it; None where the upload refuses it."""
    kind = load_evidence_types().documents[paper.type_key]
    with tempfile.TemporaryDirectory(prefix="vetting-packet-") as folder:
        path = Path(folder, "file")
        path.write_bytes(paper.content)
        if isinstance(filetypes.examine(path, f"document.{paper.kind}", kind.formats), filetypes.Refused):
            return None
    data = {"media_type": paper.media_type}
    return reading_from(run_child("read", data, {"document": paper.content}, LIMITS).data)


def _warns(finding: Finding) -> bool:
    return finding.key == "refused" or is_warning(finding)


def _result(database: Database, seconds: Sequence[float], more: Mapping[str, Any]) -> Result:
    milliseconds = [each * 1000 for each in seconds]
    middle, late = percentile(milliseconds, 0.5), percentile(milliseconds, 0.95)
    return Result(NAME, database.name, 0, round(middle, 1), round(late, 1), more=more)


class _Sending:
    """A complete draft that packets are laid into, one after the other; what is done with one is rolled back."""

    def __init__(self, session: Session, database: Database) -> None:
        self.session, self.store = session, database.store
        make = Factory(session, database.store)
        application = make.registration()
        make.fill(application)
        self.application_id = application.id
        self.person: Actor = make.actor(make.owner_of(application.organization))
        session.commit()

    def goes_out(self, packet: Packet, found: Found) -> bool:
        """Whether the draft can be sent with the documents of the packet and what was found in them."""
        application = self.session.get_one(Application, self.application_id)
        try:
            for paper in packet.papers:
                self._lay_in(application, paper, found.get(paper.type_key, ()))
            engine.run(self.session, workflow_named("application"), application, "submit", self.person)
        except StepRefused:
            return False
        else:
            return True
        finally:
            self.session.rollback()
            anchors.take_pending(self.session)

    def _lay_in(self, application: Application, paper: Paper, findings: Sequence[Finding]) -> None:
        stored = self.store.put(io.BytesIO(paper.content), area="evidence")
        document = Document(
            reference=refs.new_reference("DOC"), organization=application.organization, type_key=paper.type_key
        )
        document.organization_id = application.organization_id
        version = DocumentVersion(
            document=document,
            number=1,
            filename=f"document.{paper.kind}",
            media_type=paper.media_type,
            size=stored.size,
            sha256=hashlib.sha256(paper.content).hexdigest(),
            storage_key=stored.key,
            details={key: _plain(value) for key, value in paper.typed.items() if key not in COLUMNS},
            **{key: value for key, value in paper.typed.items() if key in COLUMNS},
        )
        engine.run(self.session, workflow_named("evidence"), version, "receive", self.person)
        command = AttachEvidence(version, paper.type_key)
        engine.run(
            self.session, workflow_named("application"), application, "attach_evidence", self.person, data=command
        )
        row = DocumentCheck(
            document_version_id=version.id,
            rules_version=RULES_VERSION,
            facts_sha256="0" * 64,
            outcome="done",
            findings=[finding.as_data() for finding in findings],
            checked_at=clock.now(),
        )
        self.session.add(row)
        self.session.flush()


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
