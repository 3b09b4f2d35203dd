"""An import survives a kill at any point: each row is done with everything that follows, or untouched."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from tests.factories import Factory
from tests.integration.imports.conftest import files, partner, partnership, program
from tests.support import soak
from vetting.jobs import partner_imports
from vetting.models import (
    BroughtAlong,
    Designation,
    DesignationKind,
    HistoryEntry,
    Organization,
    PartnerImport,
    PartnerImportFile,
    PartnerImportItem,
    PartnerImportState,
    Partnership,
    Program,
    RowResult,
    Sheet,
    User,
)
from vetting.sealing import Sealer
from vetting.unit_of_work import unit_of_work
from vetting.workflows import engine
from vetting.workflows.imports import PARTNER_IMPORT
from vetting.workflows.verify import check as verify

SCRIPT = Path(__file__).with_name("killed_import.py")
ROOT = Path(__file__).resolve().parents[3]
KILLS = 40 if soak.FULL else 4
PARTNERS = 12 if soak.FULL else 3


def work(app: Flask, import_id: int, act: str, points: int = 0) -> int:
    """The exit status of a worker that dies after so many points."""
    settings = app.config["SETTINGS"]
    environment = {
        **os.environ,
        "VETTING_INSTANCE": str(settings.instance),
        "DATABASE_URL": settings.database_url,
        "SECRET_KEY": settings.secret_key,
        "PASSWORD_SALT": settings.password_salt,
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(import_id), act, *([str(points)] if points else [])],
        env=environment,
        capture_output=True,
        check=False,
    )
    assert done.returncode in (0, -signal.SIGKILL), done.stderr.decode()[-2000:]
    return done.returncode


def check(session: Session, import_id: int) -> int:
    """Every row is done with everything that follows, or untouched; returns how many are done."""
    session.rollback()
    session.expire_all()
    there = {
        o.import_key: o for o in session.scalars(sa.select(Organization).where(Organization.import_key.is_not(None)))
    }
    programs = set(session.scalars(sa.select(BroughtAlong.program_key).where(BroughtAlong.program_key.is_not(None))))
    done = 0
    for item in session.scalars(sa.select(PartnerImportItem).where(PartnerImportItem.import_id == import_id)):
        assert item.result in {None, RowResult.CREATED}, item.outcome
        done += item.result is not None
        assert (item.sealed is None) is (item.result is not None)
        if item.sheet is Sheet.PARTNERS:
            assert (item.key in there) is (item.result is not None)
            if item.result is not None:
                assert there[item.key].state == "partner"
                kinds = [held.kind for held in there[item.key].designations if held.kind is DesignationKind.PARTNER]
                assert len(kinds) == 1
        elif item.sheet is Sheet.PROGRAMS:
            assert (item.key in programs) is (item.result is not None)
    session.rollback()
    return done


@pytest.mark.soak
@pytest.mark.timeout(1800 if soak.FULL else 300)
def test_killed_anywhere_every_row_is_loaded_once(
    app: Flask, make: Factory, session: Session, sealer: Sealer, director: User
) -> None:
    school = make.school()
    keys = [f"P-{number:03d}" for number in range(PARTNERS)]
    rows = {
        Sheet.PARTNERS: [partner(key) for key in keys],
        Sheet.PROGRAMS: [program(f"{key}A", key) for key in keys],
        Sheet.PARTNERSHIPS: [partnership(school.dese_id, f"{key}A") for key in keys],
    }
    with unit_of_work(session):
        import_id = partner_imports.upload(session, sealer, make.actor(director), files(rows)).id
    chance = random.Random(soak.SEED)
    for _kill in range(KILLS // 2):
        if work(app, import_id, "check", chance.randint(1, 40)) == 0:
            break
    assert work(app, import_id, "check") == 0
    session.expire_all()
    upload = session.get_one(PartnerImport, import_id)
    assert upload.state is PartnerImportState.CHECKED
    assert session.scalars(sa.select(PartnerImportFile)).all() == []
    with unit_of_work(session):
        engine.run(session, PARTNER_IMPORT, upload, "load", make.actor(director))
    killed = 0
    for _kill in range(KILLS):
        if work(app, import_id, "load", chance.randint(5, 40)) == 0:
            break
        killed += 1
        check(session, import_id)
    assert killed >= KILLS // 2
    assert work(app, import_id, "load") == 0
    assert check(session, import_id) == 3 * PARTNERS
    assert session.get_one(PartnerImport, import_id).state is PartnerImportState.LOADED
    counted = [session.scalar(sa.select(sa.func.count()).select_from(t)) for t in (Program, Partnership, Designation)]
    assert counted == [PARTNERS] * 3
    born = sa.select(sa.func.count()).where(HistoryEntry.subject_type == "partner", HistoryEntry.sequence == 1)
    assert session.scalar(born) == PARTNERS
    assert list(verify(session)) == []
