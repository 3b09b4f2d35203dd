"""The benchmark's seed is a district like any other, and its arithmetic is right."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from bench.agreed import AT_ONE_SCHOOL
from bench.databases import ROOT, databases
from bench.district import build, grow
from bench.measuring import Result, percentile
from vetting import clock
from vetting.models import (
    OPEN_STATES,
    Agreement,
    AgreementState,
    Application,
    ExecutedDocument,
    Flag,
    FlagState,
    Note,
    NoteKind,
    Stay,
    StayFigure,
)
from vetting.workflows import anchors


@pytest.mark.sqlite
@pytest.mark.timeout(300)
def test_a_seeded_district_replays_like_one_that_people_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The seed anchors into its own folder; the tests after this one go on with theirs.
    monkeypatch.setattr(anchors, "_folder", None)
    with databases(tmp_path, ["sqlite"]) as (database,):
        _districts, seed = build([database], 1)
        grow([database], seed, 300, lambda done: None)
        with database.session() as session:
            states = session.scalars(sa.select(Application.state)).all()
            references = session.scalars(sa.select(Application.reference)).all()
            ended = session.scalars(sa.select(Stay.counted).where(Stay.ended_at.is_not(None))).all()
            figures = session.execute(sa.select(StayFigure.business_days, StayFigure.cases)).all()
            held = session.scalars(sa.select(Application.wakes_on).where(Application.held_since.is_not(None))).all()
            kinds = set(session.scalars(sa.select(Note.kind)))
            flags = set(session.scalars(sa.select(Flag.state)))
            in_force = session.scalar(sa.select(sa.func.count()).where(Agreement.state == AgreementState.IN_FORCE))
            kept = session.scalars(sa.select(ExecutedDocument)).all()
            sizes = [database.store.size(document.storage_key) for document in kept]
        verified = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", "vetting", "verify"],
            cwd=ROOT,
            env=database.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
    assert verified.returncode == 0, verified.stderr
    assert 300 <= len(states) <= 301
    assert 0.04 <= sum(state in OPEN_STATES for state in states) / len(states) <= 0.06
    assert len(set(references)) == len(references)
    assert all(ended)
    assert sum(cases for _days, cases in figures) == len(ended)
    assert len({days for days, _cases in figures}) > 5
    assert held
    assert all(day is not None and day > clock.today() for day in held)
    assert kinds == {NoteKind.COMMENT, NoteKind.CALL, NoteKind.MESSAGE}
    assert flags == set(FlagState)
    assert in_force == len(kept) == AT_ONE_SCHOOL + 1
    assert sizes == [document.size for document in kept]


def test_the_slowest_in_twenty_is_the_95th_percentile() -> None:
    assert percentile([float(number) for number in range(1, 21)], 0.95) == 19.0
    assert percentile([3.0], 0.95) == 3.0


def test_a_result_is_one_line_of_json() -> None:
    line = Result("case_page", "sqlite", 1000, 12.5, 20.0, 13, 25_000, 3.1, None, {"stage": "all"}).line()
    assert "\n" not in line
    assert json.loads(line) == {
        "figure": "case_page",
        "database": "sqlite",
        "scale": 1000,
        "p50_ms": 12.5,
        "p95_ms": 20.0,
        "queries": 13,
        "bytes": 25000,
        "floor_ratio": 3.1,
        "growth_ratio": None,
        "stage": "all",
    }
