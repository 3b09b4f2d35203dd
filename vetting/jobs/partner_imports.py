"""The office's list, from the upload to the receipt: read, checked, and loaded row by row by the worker.

Each row is one unit of work that holds its steps and its own result, so that whenever a worker dies a row is done with
everything that follows, or untouched. What was uploaded is sealed; the file goes once it is read, a row once done.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from vetting import clock
from vetting.imports.partners import Line, as_data, read_list
from vetting.jobs import partner_check, partner_load
from vetting.jobs.partner_check import Checked
from vetting.models import (
    PartnerImport,
    PartnerImportFile,
    PartnerImportItem,
    PartnerImportPair,
    PartnerImportState,
    RowPlan,
    RowResult,
)
from vetting.policy import SYSTEM, Actor
from vetting.refs import new_reference
from vetting.sealing import Sealer
from vetting.text import N_, Message, say
from vetting.unit_of_work import LostRace, unit_of_work
from vetting.workflows import engine
from vetting.workflows.import_commands import CheckedFile
from vetting.workflows.imports import PARTNER_IMPORT

ATTEMPTS = 5
AT_ONCE = 500
LOADABLE = (RowPlan.CREATE, RowPlan.UPDATE)

Sessions = sessionmaker[Session]
Progress = Callable[[int, int], None]

log = structlog.get_logger()


def upload(session: Session, sealer: Sealer, actor: Actor, files: Sequence[tuple[str, bytes]]) -> PartnerImport:
    """Keep the files, sealed, and have them checked. Flushed, not committed."""
    made = PartnerImport(
        reference=new_reference("IMP"),
        made_by_id=actor.user_id,
        filename=", ".join(name for name, _data in files)[:200],
    )
    engine.run(session, PARTNER_IMPORT, made, "upload", actor)
    for name, data in files:
        session.add(PartnerImportFile(import_id=made.id, name=name[:200], sealed=sealer.seal_bytes(data)))
    session.flush()
    return made


def check(sessions: Sessions, sealer: Sealer, import_id: int, progress: Progress | None = None) -> None:
    """Read what was uploaded, or take up its rows again, and keep what loading would do. May be killed anywhere."""
    tell = progress or _noted(sessions, import_id)
    with sessions() as session:
        found = session.get_one(PartnerImport, import_id)
        if found.state is not PartnerImportState.CHECKING:
            return
        files = _files(session, sealer, import_id)
        lines, problems = _lines(session, sealer, import_id), []
    if files:
        listed = read_list(files, tell)
        lines = listed.lines
        problems = [
            {
                "sheet": problem.sheet,
                "line": problem.line,
                "column": problem.column,
                **as_data(problem.message),
            }
            for problem in listed.problems
        ]
    with sessions() as session:
        _only_read(session)
        checked = partner_check.check(session, sealer, lines, tell)
        # What was read stays readable when the transaction is over.
        session.expunge_all()
    _keep(sessions, sealer, import_id, checked, problems, "checked")


def _only_read(session: Session) -> None:
    """A long look holds no lock that others who write would wait for."""
    session.connection(execution_options={"writing": False})


def _noted(sessions: Sessions, import_id: int) -> Progress:
    """Writes how far the look is, past the version, for the page that waits."""

    def tell(done: int, total: int) -> None:
        with sessions() as session, unit_of_work(session):
            session.execute(
                sa.update(PartnerImport)
                .where(PartnerImport.id == import_id)
                .values(done=done, total=total, updated_at=PartnerImport.updated_at)
                .execution_options(synchronize_session=False)
            )

    return tell


def _files(session: Session, sealer: Sealer, import_id: int) -> list[tuple[str, bytes]]:
    query = sa.select(PartnerImportFile).where(PartnerImportFile.import_id == import_id).order_by(PartnerImportFile.id)
    return [(file.name, sealer.open_bytes(file.sealed)) for file in session.scalars(query)]


def _lines(session: Session, sealer: Sealer, import_id: int) -> list[Line]:
    query = (
        sa.select(PartnerImportItem)
        .where(PartnerImportItem.import_id == import_id)
        .order_by(PartnerImportItem.position)
    )
    return [line_of(item, sealer) for item in session.scalars(query)]


def line_of(item: PartnerImportItem, sealer: Sealer) -> Line:
    """The row as it was read. Only while it is not settled."""
    kept: dict[str, Any] = json.loads(sealer.open_bytes(item.sealed)) if item.sealed else {}
    line = Line(item.sheet, item.line, item.key, item.title, kept.get("values", {}), kept.get("problems", []))
    line.example = bool(kept.get("example"))
    return line


def _sealed(line: Line, sealer: Sealer) -> bytes:
    kept = {"values": line.values, "problems": line.problems, "example": line.example}
    return sealer.seal_bytes(json.dumps(kept, separators=(",", ":")).encode())


def _keep(
    sessions: Sessions, sealer: Sealer, import_id: int, checked: Checked, problems: list[dict[str, Any]], step: str
) -> None:
    """One transaction with every row, every pair and the step that says so."""
    items = [_item(import_id, row, sealer) for row in checked.rows]
    told = CheckedFile(
        total=len(items),
        problems=tuple(problems),
        plans=checked.counts(),
        fingerprint=checked.fingerprint,
        moved=step == "moved",
    )
    with sessions() as session, unit_of_work(session):
        found = session.get_one(PartnerImport, import_id, with_for_update=True)
        if found.state not in {PartnerImportState.CHECKING, PartnerImportState.LOADING}:
            return
        for table in (PartnerImportPair, PartnerImportItem):
            session.execute(
                sa.delete(table).where(table.import_id == import_id).execution_options(synchronize_session=False)
            )
        for part in _parts(items):
            session.execute(sa.insert(PartnerImportItem), part)
        for part in _parts(_pairs(import_id, checked)):
            session.execute(sa.insert(PartnerImportPair), part)
        engine.run(session, PARTNER_IMPORT, found, step, SYSTEM, data=told)


def _parts(rows: list[dict[str, Any]]) -> Iterable[list[dict[str, Any]]]:
    for start in range(0, len(rows), AT_ONCE):
        yield rows[start : start + AT_ONCE]


def _item(import_id: int, row: partner_check.Planned, sealer: Sealer) -> dict[str, Any]:
    return {
        "import_id": import_id,
        "position": row.position,
        "sheet": row.line.sheet,
        "line": row.line.line,
        "key": row.line.key,
        "title": row.line.title,
        "plan": row.decision.plan,
        "problems": partner_check.as_data(row),
        "changes": row.decision.changes,
        "sealed": _sealed(row.line, sealer),
        "same_as": row.same_as,
        "organization_id": row.about,
    }


def _pairs(import_id: int, checked: Checked) -> list[dict[str, Any]]:
    return [
        {
            "import_id": import_id,
            "mark": pair.mark,
            "position": pair.position,
            "other_position": pair.other,
            "organization_id": pair.organization.id if pair.organization is not None else None,
            "why": pair.why,
            "choice": pair.said.choice if pair.said is not None else None,
            "chosen_by_id": pair.said.chosen_by_id if pair.said is not None else None,
            "chosen_at": pair.said.chosen_at if pair.said is not None else None,
        }
        for pair in {pair.mark: pair for pair in checked.pairs}.values()
    ]


def work(sessions: Sessions, sealer: Sealer, import_id: int, enough: Callable[[], bool]) -> bool:
    """Load until all is done, or until ``enough`` says so. True when nothing is left to do.

    Before the first row the whole list is checked again: where the database has moved since somebody looked, nothing
    is loaded and they look once more. May be killed anywhere and begun again, by several workers at once.
    """
    if not _as_it_was_shown(sessions, sealer, import_id):
        return True
    after = -1
    while not enough():
        # At the end once more from the beginning, where another worker may have left a row.
        found = _next(sessions, import_id, after) or _next(sessions, import_id, -1)
        if found is None:
            return _finish(sessions, import_id)
        item_id, after = found
        _settle(sessions, sealer, item_id)
    return False


def _as_it_was_shown(sessions: Sessions, sealer: Sealer, import_id: int) -> bool:
    with sessions() as session:
        _only_read(session)
        found = session.get_one(PartnerImport, import_id)
        begun = session.scalars(
            sa.select(PartnerImportItem.id)
            .where(PartnerImportItem.import_id == import_id, PartnerImportItem.result.is_not(None))
            .limit(1)
        ).first()
        if found.state is not PartnerImportState.LOADING or begun is not None:
            return found.state is PartnerImportState.LOADING
        checked = partner_check.check(session, sealer, _lines(session, sealer, import_id))
        session.expunge_all()
    if checked.fingerprint == found.fingerprint:
        return True
    _keep(sessions, sealer, import_id, checked, [], "moved")
    return False


def _next(sessions: Sessions, import_id: int, after: int) -> tuple[int, int] | None:
    """The next row to load and its position. Looked for behind the last one, so that no row is passed twice."""
    with sessions() as session:
        row = session.execute(
            sa.select(PartnerImportItem.id, PartnerImportItem.position)
            .where(
                PartnerImportItem.import_id == import_id,
                PartnerImportItem.position > after,
                PartnerImportItem.result.is_(None),
                PartnerImportItem.plan.in_(LOADABLE),
            )
            .order_by(PartnerImportItem.position)
            .limit(1)
        ).first()
        return (row.id, row.position) if row is not None else None


def _settle(sessions: Sessions, sealer: Sealer, item_id: int) -> None:
    """Load one row, or note why it was not loaded."""
    for _attempt in range(ATTEMPTS):
        try:
            refused = _try(sessions, sealer, item_id)
            if refused is not None:
                _note(sessions, item_id, RowResult.REFUSED, refused)
        except LostRace:
            continue
        return
    _note(sessions, item_id, RowResult.REFUSED, say(N_("Other people kept changing this record. Load the list again.")))


def _try(sessions: Sessions, sealer: Sealer, item_id: int) -> Message | None:
    """Everything for one row in one transaction; the sentence that speaks against it, and then nothing of it."""
    try:
        with sessions() as session, unit_of_work(session):
            item = _waiting(session, item_id)
            if item is None:
                return None
            done = partner_load.load_row(session, sealer, item, line_of(item, sealer))
            if isinstance(done, Message):
                return done
            _settled(session, item, done, say(partner_load.SAID[done]))
    except engine.StepError as error:
        return error.reasons[0] if isinstance(error, engine.StepRefused) else Message(str(error))
    except (LostRace, OperationalError, InterfaceError):
        # The database is busy or gone, which says nothing about the row; it is tried again.
        raise
    except Exception as error:  # noqa: BLE001 - one row that cannot be loaded must not keep all others from it
        # Only the kind of error is noted: its words may hold what stood in the row.
        log.error("import_row_failed", item=item_id, kind=type(error).__name__)  # noqa: TRY400
        return say(N_("Something went wrong with this row. Nothing of it was loaded."))
    return None


def _waiting(session: Session, item_id: int) -> PartnerImportItem | None:
    """The row, held for this transaction, while it is to be loaded."""
    item = session.get(PartnerImportItem, item_id, with_for_update={"of": PartnerImportItem})
    if item is None or item.result is not None or item.upload.state is not PartnerImportState.LOADING:
        return None
    return item


def _settled(session: Session, item: PartnerImportItem, result: RowResult, words: Message) -> None:
    item.result, item.outcome, item.settled_at, item.sealed = result, str(words), clock.now(), None
    session.execute(
        sa.update(PartnerImport)
        .where(PartnerImport.id == item.import_id)
        .values(done=PartnerImport.done + 1, updated_at=PartnerImport.updated_at)
        .execution_options(synchronize_session=False)
    )


def _note(sessions: Sessions, item_id: int, result: RowResult, words: Message) -> None:
    with sessions() as session, unit_of_work(session):
        item = _waiting(session, item_id)
        if item is not None:
            _settled(session, item, result, words)


def _finish(sessions: Sessions, import_id: int) -> bool:
    try:
        with sessions() as session, unit_of_work(session):
            found = session.get_one(PartnerImport, import_id)
            if found.state is PartnerImportState.LOADING:
                engine.run(session, PARTNER_IMPORT, found, "finish", SYSTEM)
    except LostRace:
        # Another worker finished it between our look and our commit.
        return True
    return True
