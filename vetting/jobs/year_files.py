"""Make the file of a school year: read who may see what, let go of the database, write it piece by piece, store it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from vetting import clock
from vetting.documents import own_copy
from vetting.documents import year_file as documents
from vetting.jobs.own_copy.archive import Archive
from vetting.jobs.own_copy.making import AREA
from vetting.jobs.spreadsheets import csv_pieces
from vetting.models import YearFile, YearFileState
from vetting.policy import SYSTEM, Permission, allows
from vetting.queries import people_at_work, year_files
from vetting.queries.year_files import Entry
from vetting.storage import Missing, Store
from vetting.unit_of_work import unit_of_work
from vetting.workflows import engine
from vetting.workflows.registry import WORKFLOWS, workflow_named

COLUMNS = (
    "Program",
    "Partner",
    "Agreement",
    "State",
    "First day",
    "Last day",
    "Price in dollars",
    "Code for checking it",
    "Page for checking it",
    "SHA-256",
    "Size in bytes",
    "File",
)


class Changed(Exception):
    """What the reader may see is not what they asked for any more."""


def make(sessions: sessionmaker[Session], store: Store, file_id: int, base_url: str) -> bool:
    """Make the file with this number, unless it is made. Returns whether this call made it.

    What goes in is asked of the policy again, as the person is now. Raises ``Changed`` when that is something else
    than they asked for. No transaction is open while the file is written.
    """
    with sessions() as session:
        asked = session.get(YearFile, file_id)
        if asked is None or asked.state is not YearFileState.ASKED:
            return False
        person = people_at_work.actor_of(session, asked.asked_by_id)
        if person is None or not allows(Permission.YEAR_FILE_TAKE, person, asked):
            raise Changed
        listed = year_files.entries(session, person, asked.school_id, asked.school_year)
        if year_files.fingerprint(listed) != asked.fingerprint:
            raise Changed
        facts = {
            "school": asked.school.name,
            "school_year": asked.school_year,
            "for_name": person.name,
            "at": clock.now(),
            "base_url": base_url,
        }

    def tell(done: int) -> None:
        with sessions() as session, unit_of_work(session):
            # How far it is must not make the page of whoever waits an old one, so the version stays.
            session.execute(sa.update(YearFile).where(YearFile.id == file_id).values(done=done))

    with tempfile.TemporaryDirectory(prefix="vetting-year-") as folder:
        path = Path(folder, "year.zip")
        write(path, facts, listed, store, tell)
        with path.open("rb") as source:
            stored = store.put(source, area=AREA)
    with sessions() as session, unit_of_work(session):
        made = session.get_one(YearFile, file_id)
        if made.state is not YearFileState.ASKED:
            return False
        engine.run(session, workflow_named("year_file"), made, "ready", SYSTEM, data=stored)
    return True


def give_up(sessions: sessionmaker[Session], file_id: int) -> None:
    """Say on its page that the file could not be made."""
    with sessions() as session, unit_of_work(session):
        asked = session.get_one(YearFile, file_id)
        if asked.state is YearFileState.ASKED:
            engine.run(session, workflow_named("year_file"), asked, "fail", SYSTEM)


def write(
    path: Path, facts: Mapping[str, Any], listed: Sequence[Entry], store: Store, tell: Callable[[int], None]
) -> None:
    """Write the zip: a first page, the same as a table, and every document under a safe and unique name.

    ``facts``: the school, its year, for whom, when (UTC), and where our pages are; ``tell`` hears how many are in.
    """
    with Archive(path, facts["at"]) as archive:
        archive.text("style.css", own_copy.sheet())
        archive.names.taken.update({"index.html", "index.csv"})
        rows = []
        for number, entry in enumerate(listed, 1):
            rows.append(_row(entry, _add(archive, entry, store), facts["base_url"]))
            tell(number)
        archive.text("index.csv", table(rows))
        archive.text("index.html", documents.index_html({**facts, "made_at": facts["at"].isoformat()}, rows))


def _add(archive: Archive, entry: Entry, store: Store) -> str:
    """Put a document in. Returns its name there; empty when the store does not have it."""
    try:
        source = store.open(entry.storage_key)
    except Missing:
        return ""
    path = archive.names.unique("documents/", f"{entry.program[:60]} {entry.reference}.pdf")
    with source:
        archive.stream(path, source)
    return path


def _row(entry: Entry, path: str, base_url: str) -> dict[str, Any]:
    return {
        "program": entry.program,
        "organization": entry.organization,
        "reference": entry.reference,
        "state": WORKFLOWS["agreement"].words[entry.state].public,
        "starts_on": entry.starts_on.isoformat() if entry.starts_on else "",
        "ends_on": entry.ends_on.isoformat() if entry.ends_on else "",
        "amount_cents": entry.amount_cents,
        "verify_code": entry.verify_code,
        "verify_url": f"{base_url}/verify/{entry.verify_code}",
        "sha256": entry.sha256,
        "size": entry.size,
        "path": path,
    }


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """The list for a spreadsheet. No cell can become a formula there."""
    return "".join(csv_pieces(COLUMNS, [_cells(row) for row in rows]))


def _cells(row: Mapping[str, Any]) -> list[str | int]:
    whole, rest = divmod(row["amount_cents"], 100)
    names = [row[key] for key in ("program", "organization", "reference", "state", "starts_on", "ends_on")]
    checks = [row[key] for key in ("verify_code", "verify_url", "sha256", "size", "path")]
    return [*names, f"{whole}.{rest:02d}", *checks]
