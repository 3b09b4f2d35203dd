"""Schools and index scores from files: look first, then all or nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vetting import clock
from vetting.imports.index import parse_index
from vetting.imports.schools import parse_schools
from vetting.imports.table import Problem
from vetting.models import IndexScore, School, SchoolYear

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Imported:
    """What an import did or, for a dry run, would do. With problems, nothing was done."""

    rows: int
    added: int
    changed: int
    problems: tuple[Problem, ...]


def import_schools(session: Session, data: bytes, *, progress: Progress = lambda done: None) -> Imported:
    """Add or update schools and their yearly figures. The newest year's name is the school's name."""
    parsed = parse_schools(data)
    if parsed.problems:
        return Imported(len(parsed.rows), 0, 0, parsed.problems)
    schools = {school.dese_id: school for school in session.scalars(sa.select(School))}
    years = {(y.school_id, y.school_year): y for y in session.scalars(sa.select(SchoolYear))}
    added = changed = 0
    for done, row in enumerate(sorted(parsed.rows, key=lambda r: (r.school_year, r.dese_id)), start=1):
        school = schools.get(row.dese_id)
        if school is None:
            school = schools[row.dese_id] = School(dese_id=row.dese_id, name=row.name)
            session.add(school)
            session.flush()
        school.name = row.name
        school.address = row.address or school.address or ""
        school.zip = row.zip or school.zip or ""
        school.neighborhood = row.neighborhood or school.neighborhood or ""
        facts = {
            "name": row.name,
            "lowest_grade": row.lowest_grade,
            "highest_grade": row.highest_grade,
            "enrollment": row.enrollment,
            "chronically_absent_tenths": row.chronically_absent_tenths,
        }
        year = years.get((school.id, row.school_year))
        if year is None:
            session.add(SchoolYear(school_id=school.id, school_year=row.school_year, **facts))
            added += 1
        elif any(getattr(year, key) != value for key, value in facts.items()):
            for key, value in facts.items():
                setattr(year, key, value)
            changed += 1
        progress(done)
    session.flush()
    return Imported(len(parsed.rows), added, changed, ())


def import_index(
    session: Session, data: bytes, *, made_up: bool = False, progress: Progress = lambda done: None
) -> Imported:
    """Add or update Opportunity Index scores of schools that are known for the year."""
    known = {
        (dese_id, year)
        for dese_id, year in session.execute(
            sa.select(School.dese_id, SchoolYear.school_year).join(SchoolYear, SchoolYear.school_id == School.id)
        )
    }
    parsed = parse_index(data, known_schools=known)
    if parsed.problems:
        return Imported(len(parsed.rows), 0, 0, parsed.problems)
    ids = dict(session.execute(sa.select(School.dese_id, School.id)).all())
    scores = {(s.school_id, s.school_year): s for s in session.scalars(sa.select(IndexScore))}
    added = changed = 0
    for done, row in enumerate(parsed.rows, start=1):
        school_id = ids[row.dese_id]
        score = scores.get((school_id, row.school_year))
        if score is None:
            session.add(
                IndexScore(
                    school_id=school_id,
                    school_year=row.school_year,
                    hundredths=row.index,
                    made_up=made_up,
                    imported_at=clock.now(),
                )
            )
            added += 1
        elif score.hundredths != row.index or score.made_up != made_up:
            score.hundredths, score.made_up, score.imported_at = row.index, made_up, clock.now()
            changed += 1
        progress(done)
    session.flush()
    return Imported(len(parsed.rows), added, changed, ())
