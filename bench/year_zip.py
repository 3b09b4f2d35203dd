"""All documents of a school year in one file: asked for by the school's leader, made by the worker's job."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from bench.district import District
from bench.measuring import Result, Unexpected, percentile
from vetting.jobs import year_files as job
from vetting.models import Agreement, User, YearFile, YearFileState
from vetting.queries import year_files
from vetting.queries.actors import actor_for
from vetting.refs import new_reference
from vetting.unit_of_work import unit_of_work
from vetting.workflows import anchors, engine
from vetting.workflows.registry import workflow_named

NAME = "year_zip"
TIMES = 7
GROWTH = 1.2


def made(district: District, scale: int, smallest: Result | None) -> Iterator[Result]:
    """Make the file of one school's year a few times, after once to warm up; it has as many documents at each scale."""
    database = district.database
    anchors.use(database.instance / "anchors")
    sessions = sessionmaker(database.engine, expire_on_commit=False)
    walls, processors = [], []
    for number in range(TIMES + 1):
        file_id, documents = _asked(sessions, district)
        begun, before = time.perf_counter(), time.process_time()
        job.make(sessions, database.store, file_id, "http://localhost")
        if number:
            walls.append((time.perf_counter() - begun) * 1000)
            processors.append((time.process_time() - before) * 1000)
        with sessions() as session:
            kept = session.get_one(YearFile, file_id)
            if kept.state is not YearFileState.READY:
                raise Unexpected(f"{NAME}: {kept.state}")
    p50, processor = statistics.median(walls), statistics.median(processors)
    yield Result(
        NAME,
        database.name,
        scale,
        round(p50, 1),
        round(percentile(walls, 0.95), 1),
        growth_ratio=round(p50 / smallest.p50_ms, 2) if smallest else None,
        more={
            "documents": documents,
            "processor_ms": round(processor, 1),
            "growth_of_processor": round(processor / smallest.more["processor_ms"], 2) if smallest else None,
        },
    )


def beyond(result: Result) -> list[str]:
    """What is above its bound, in words; by processor time, because each document is told in a commit of its own."""
    growth = result.more["growth_of_processor"]
    return [f"{growth} of the smallest scale (at most {GROWTH})"] if growth and growth > GROWTH else []


def _asked(sessions: sessionmaker[Session], district: District) -> tuple[int, int]:
    """A file that waits for the worker, and how many documents go in."""
    with sessions() as session, unit_of_work(session):
        person = actor_for(session, session.get_one(User, district.leader.id))
        year = session.scalars(sa.select(Agreement.school_year).where(Agreement.reference == district.agreement)).one()
        listed = year_files.entries(session, person, district.school.id, year)
        asked = YearFile(
            reference=new_reference("YRF"),
            school_id=district.school.id,
            school_year=year,
            asked_by_id=district.leader.id,
            fingerprint=year_files.fingerprint(listed),
            total=len(listed),
        )
        engine.run(session, workflow_named("year_file"), asked, "ask", person)
        session.flush()
        return asked.id, len(listed)
