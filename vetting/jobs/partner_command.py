"""Bring the office's list along from the command line: the same check and the same load as by the page."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from vetting.jobs import partner_imports
from vetting.models import PartnerImport, PartnerImportItem, PartnerImportState, RowPlan, RowResult
from vetting.policy import SYSTEM
from vetting.queries import imports as found_imports
from vetting.sealing import Sealer
from vetting.text import say
from vetting.unit_of_work import unit_of_work
from vetting.workflows import engine
from vetting.workflows.imports import PARTNER_IMPORT

LOADED, WRONG, UNDECIDED = 0, 1, 3
"""How the command ends. 2 is for a command that was written wrongly."""

Sessions = sessionmaker[Session]


@dataclass(frozen=True)
class Brought:
    """What came of it: the import, a line for each thing that is wrong, a summary, and how the command ends."""

    reference: str
    problems: tuple[str, ...]
    summary: str
    status: int


def bring(
    sessions: Sessions,
    sealer: Sealer,
    files: Iterable[Path],
    *,
    load: bool,
    progress: Callable[[int], None] = lambda done: None,
) -> Brought:
    """Check a list and, with ``load``, load it when nothing is wrong with it. Without, nothing of it is kept."""
    with sessions() as session, unit_of_work(session):
        given = [(path.name, path.read_bytes()) for path in files]
        number = partner_imports.upload(session, sealer, SYSTEM, given).id
    partner_imports.check(sessions, sealer, number, lambda done, total: progress(done))
    with sessions() as session:
        upload = session.get_one(PartnerImport, number)
        problems, plans = tuple(_problems(session, upload)), found_imports.plans(upload)
        reference = upload.reference
    if problems or plans[RowPlan.ASK] or not load:
        status = WRONG if problems else UNDECIDED if plans[RowPlan.ASK] else LOADED
        if status is not UNDECIDED or not load:
            _take(sessions, number, "discard")
        return Brought(reference, problems, _would(plans, status), status)
    if not plans[RowPlan.CREATE] + plans[RowPlan.UPDATE]:
        _take(sessions, number, "discard")
        return Brought(reference, (), "There is nothing new in this list.", LOADED)
    _take(sessions, number, "load")
    return _loaded(sessions, sealer, number, reference, progress)


def _would(plans: Any, status: int) -> str:
    if status == WRONG:
        return "Nothing was loaded. Mend the list and try again."
    words = f"{plans[RowPlan.CREATE]} rows are new, {plans[RowPlan.UPDATE]} change something. Nothing was loaded."
    if status == UNDECIDED:
        return f"{plans[RowPlan.ASK]} rows look like other partners. Say on the page of this import what they are."
    return words


def _problems(session: Session, upload: PartnerImport) -> Iterable[str]:
    for kept in upload.problems:
        where = " ".join(str(part) for part in (kept["sheet"], kept["line"] or "", kept["column"]) if part)
        yield f"{where}: {say(kept['text'], **kept['values'])}"
    query = sa.select(PartnerImportItem).where(
        PartnerImportItem.import_id == upload.id, PartnerImportItem.plan == RowPlan.BAD
    )
    for item in session.scalars(query.order_by(PartnerImportItem.position)):
        for kept in item.problems:
            where = f"{item.sheet.value}, row {item.line}{', ' + kept['column'] if kept['column'] else ''}"
            yield f"{where}: {say(kept['text'], **kept['values'])}"


def _take(sessions: Sessions, number: int, step: str) -> None:
    with sessions() as session, unit_of_work(session):
        engine.run(session, PARTNER_IMPORT, session.get_one(PartnerImport, number), step, SYSTEM)


def _loaded(
    sessions: Sessions, sealer: Sealer, number: int, reference: str, progress: Callable[[int], None]
) -> Brought:
    done = 0

    def told() -> bool:
        nonlocal done
        done += 1
        progress(done)
        return False

    partner_imports.work(sessions, sealer, number, told)
    with sessions() as session:
        upload = session.get_one(PartnerImport, number)
        if upload.state is not PartnerImportState.LOADED:
            return Brought(reference, (), "The records changed meanwhile. Nothing was loaded. Try again.", WRONG)
        results = found_imports.results(session, upload)
        refused = session.scalars(
            sa.select(PartnerImportItem)
            .where(PartnerImportItem.import_id == number, PartnerImportItem.result == RowResult.REFUSED)
            .order_by(PartnerImportItem.position)
        )
        problems = tuple(f"{item.sheet.value}, row {item.line}: {item.outcome}" for item in refused)
    summary = (
        f"{results[RowResult.CREATED]} rows added, {results[RowResult.UPDATED]} brought up to date, "
        f"{results[RowResult.LEFT]} had nothing new, {results[RowResult.REFUSED]} not loaded."
    )
    return Brought(reference, problems, summary, WRONG if problems else LOADED)
