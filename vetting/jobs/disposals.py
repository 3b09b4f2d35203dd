"""Carries out a removal of files: one file after the other, the row first and then the bytes.

A worker that dies in between leaves a file without a reason to be there; whoever takes the run again removes it.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session, sessionmaker

from vetting import clock
from vetting.models import (
    Disposal,
    DisposalItem,
    DisposalItemState,
    DisposalState,
)
from vetting.policy import SYSTEM
from vetting.queries.promises import still_promised
from vetting.storage import Store
from vetting.unit_of_work import unit_of_work
from vetting.workflows import engine
from vetting.workflows.engine import StepRefused
from vetting.workflows.registry import workflow_named

SENDING = timedelta(days=2)
"""Longer than any file is on its way from the store to its row."""


def work(sessions: sessionmaker[Session], store: Store, disposal_id: int) -> int:
    """Go through the files of a run that was started. Returns how many files are gone."""
    with sessions() as session:
        run = session.get_one(Disposal, disposal_id)
        if run.state is not DisposalState.RUNNING:
            return 0
        ids = [item.id for item in run.items]
    gone = sum(_one(sessions, store, item_id) for item_id in ids)
    with sessions() as session, unit_of_work(session):
        engine.run(session, workflow_named("disposal"), session.get_one(Disposal, disposal_id), "finish", SYSTEM)
    return gone


def _one(sessions: sessionmaker[Session], store: Store, item_id: int) -> int:
    workflow = workflow_named("disposal_item")
    with sessions() as session:
        waiting = session.get_one(DisposalItem, item_id).state is DisposalItemState.WAITING
    if waiting:
        try:
            with sessions() as session, unit_of_work(session):
                engine.run(session, workflow, session.get_one(DisposalItem, item_id), "remove", SYSTEM)
        except StepRefused as refused:
            why = " ".join(str(reason) for reason in refused.reasons)
            _keep(sessions, item_id, why)
            return 0
    with sessions() as session:
        item = session.get_one(DisposalItem, item_id)
        if item.state is not DisposalItemState.REMOVED:
            return 0
        key = item.document_version.storage_key
        still_used = still_promised(session, key)
    if not still_used:
        # Somebody may be sending the same bytes now, with no row yet. What they make young stays; orphans are reaped.
        store.reap(key, clock.now() - SENDING)
    return 1


def _keep(sessions: sessionmaker[Session], item_id: int, why: str) -> None:
    with sessions() as session, unit_of_work(session):
        item = session.get_one(DisposalItem, item_id)
        engine.run(session, workflow_named("disposal_item"), item, "keep", SYSTEM, reason=why)
