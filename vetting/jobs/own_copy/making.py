"""Make a copy that somebody asked for: read, let go of the database, draw, store, and say that it is ready."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from vetting import clock
from vetting.documents import own_copy as documents
from vetting.documents.pages import local_time
from vetting.jobs.own_copy.archive import Archive
from vetting.jobs.own_copy.facts import Case, StoredFile, of_application
from vetting.models import Application, CopyKind, CopyState, OwnCopy
from vetting.policy import SYSTEM
from vetting.queries import applications, copies
from vetting.queries.scans import may_be_read
from vetting.storage import Missing, Store
from vetting.unit_of_work import unit_of_work
from vetting.workflows import engine
from vetting.workflows.registry import workflow_named

AREA = "copies"
FILES_KEPT = timedelta(days=1)
"""A stored file that no copy names goes after this long; before, its copy may just be about to name it."""


def make(sessions: sessionmaker[Session], store: Store, copy_id: int, *, scanner: bool = False) -> bool:
    """Make the copy with this number, unless it is made. Returns whether this call made it.

    With a ``scanner`` only files that it called clean go into it. No transaction is open while pages are drawn and
    files are written. Raises the errors of drawing.
    """
    with sessions() as session:
        asked = session.get(OwnCopy, copy_id)
        if asked is None or asked.state is not CopyState.ASKED:
            return False
        kind, organization = asked.kind, asked.organization.legal_name
        cases = _cases(session, asked)
        whole = asked.covers_everything
    with tempfile.TemporaryDirectory(prefix="vetting-copy-") as folder:
        path = Path(folder, "copy")
        if kind is CopyKind.PDF:
            path.write_bytes(documents.copy_pdf(cases[0].facts))
        else:
            write_zip(path, cases, store, clock.now(), organization if whole else "", scanner=scanner)
        with path.open("rb") as source:
            stored = store.put(source, area=AREA)
    with sessions() as session, unit_of_work(session):
        made = session.get_one(OwnCopy, copy_id)
        if made.state is not CopyState.ASKED:
            return False
        engine.run(session, workflow_named("own_copy"), made, "ready", SYSTEM, data=stored)
    return True


def give_up(sessions: sessionmaker[Session], copy_id: int) -> None:
    """Say on its page that the copy could not be made."""
    with sessions() as session, unit_of_work(session):
        asked = session.get_one(OwnCopy, copy_id)
        if asked.state is CopyState.ASKED:
            engine.run(session, workflow_named("own_copy"), asked, "fail", SYSTEM)


def _cases(session: Session, asked: OwnCopy) -> list[Case]:
    if asked.application is not None:
        references = [asked.application.reference]
    else:
        query = sa.select(Application.reference).where(Application.organization_id == asked.organization_id)
        references = list(session.scalars(query.order_by(Application.id)))
    found = []
    for reference in references:
        application = applications.by_reference(session, reference)
        if application is not None:
            found.append(of_application(session, application))
        session.expire_all()
    return found


def write_zip(
    path: Path, cases: list[Case], store: Store, at: datetime, organization: str = "", *, scanner: bool = False
) -> None:
    """Write the copy of one application, or of all of them in a folder each where an ``organization`` is named."""
    with Archive(path, at) as archive:
        archive.text("style.css", documents.sheet())
        if organization:
            archive.text("index.html", documents.all_html(organization, [case.facts for case in cases]))
        for case in cases:
            _write_case(archive, case, store, f"{case.reference}/" if organization else "", scanner=scanner)


def _write_case(archive: Archive, case: Case, store: Store, folder: str, *, scanner: bool) -> None:
    facts = case.facts
    archive.bytes(f"{folder}application.pdf", documents.copy_pdf(facts))
    archive.text(f"{folder}answers.json", json.dumps(facts, indent=1, ensure_ascii=False))
    archive.text(f"{folder}answers.csv", answers_csv(facts))
    letter = ""
    if facts["letter"] is not None:
        letter = "decision-letter.html"
        archive.text(f"{folder}{letter}", documents.decision_html(facts["letter"]))
    if facts["received_at"]:
        archive.text(f"{folder}receipt.txt", receipt(facts))
    files = [_write_file(archive, file, store, folder, scanner=scanner) for file in case.files]
    archive.text(f"{folder}index.html", documents.index_html(facts, files, letter, up="../" if folder else ""))


def _write_file(archive: Archive, file: StoredFile, store: Store, folder: str, *, scanner: bool) -> Mapping[str, Any]:
    listed = {"type": file.type_name, "filename": file.filename, "sha256": file.sha256, "path": ""}
    if not may_be_read(file.scan, scanner=scanner):
        return listed
    try:
        source = store.open(file.storage_key)
    except Missing:
        return listed
    path = archive.names.unique(f"{folder}documents/", file.filename)
    with source:
        archive.stream(path, source)
    return {**listed, "path": path.removeprefix(folder)}


def answers_csv(facts: Mapping[str, Any]) -> str:
    """Section, question and answer in words, for a spreadsheet. No cell can become a formula there."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["Section", "Question", "Answer"])
    for section in facts["sections"]:
        for row in section["rows"]:
            writer.writerow([_cell(section["title"]), _cell(row["question"]), _cell(row["answer"])])
    # Spreadsheets read UTF-8 by this mark.
    return "\ufeff" + out.getvalue()


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def receipt(facts: Mapping[str, Any]) -> str:
    """What was received, and when by our clock."""
    lines = [
        f"{facts['title']}: {facts['about']}",
        f"Reference: {facts['reference']}",
        f"Received: {local_time(facts['received_at'])}",
        "",
        f"Documents ({len(facts['documents'])}):",
        *(
            f"- {document['type']}: {document['filename']} (SHA-256 {document['sha256']})"
            for document in facts["documents"]
        ),
    ]
    return "\n".join(lines) + "\n"


def sweep(sessions: sessionmaker[Session], store: Store, now: datetime) -> int:
    """Remove stored files that no copy names any more. Returns how many went."""
    with sessions() as session:
        kept = copies.in_use(session)
    left = [key for key in store.keys(AREA) if key not in kept]
    return sum(store.reap(key, now - FILES_KEPT) for key in left)
