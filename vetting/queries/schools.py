"""Schools as their leaders and the office see them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from vetting.models import (
    Agreement,
    AgreementState,
    Assessment,
    GrantState,
    HistoryEntry,
    IndexScore,
    Partnership,
    PartnershipState,
    Program,
    Role,
    RoleGrant,
    School,
    SchoolYear,
    User,
)
from vetting.policy import Actor

PAGE = 50

SEES_ALL = frozenset({Role.DIRECTOR, Role.COORDINATOR, Role.FINANCE, Role.AUDITOR, Role.DISTRICT_SIGNATORY})


@dataclass(frozen=True)
class Line:
    """A school in the list: its newest published numbers and how many agreements are in force."""

    school: School
    year: SchoolYear | None
    score: IndexScore | None
    in_force: int


def visible_to(actor: Actor) -> sa.ColumnElement[bool]:
    """The condition on schools that a person may see."""
    return sa.true() if actor.roles & SEES_ALL else School.id.in_(list(actor.schools))


def school(session: Session, dese_id: str) -> School | None:
    """A school with its years and scores, by the state's id."""
    return session.scalars(
        sa.select(School)
        .where(School.dese_id == dese_id)
        .options(selectinload(School.years), selectinload(School.scores))
    ).first()


def find(
    session: Session, actor: Actor, text: str = "", after: tuple[str, int] | None = None
) -> tuple[list[Line], tuple[str, int] | None]:
    """One page of the schools a person may see, by name, and where the next page begins (None on the last one)."""
    query = (
        sa.select(School)
        .where(visible_to(actor))
        .options(selectinload(School.years), selectinload(School.scores))
        .order_by(School.name, School.id)
        .limit(PAGE + 1)
    )
    if text:
        query = query.where(
            sa.or_(sa.func.lower(School.name).contains(text.lower(), autoescape=True), School.dese_id == text)
        )
    if after is not None:
        query = query.where(sa.tuple_(School.name, School.id) > sa.tuple_(*(sa.literal(value) for value in after)))
    rows = list(session.scalars(query))
    later = (rows[PAGE - 1].name, rows[PAGE - 1].id) if len(rows) > PAGE else None
    rows = rows[:PAGE]
    counts = _in_force(session, [row.id for row in rows])
    lines = [
        Line(row, row.years[-1] if row.years else None, row.scores[-1] if row.scores else None, counts.get(row.id, 0))
        for row in rows
    ]
    return lines, later


def _in_force(session: Session, ids: Iterable[int]) -> dict[int, int]:
    rows = session.execute(
        sa.select(Agreement.school_id, sa.func.count())
        .where(Agreement.school_id.in_(list(ids)), Agreement.state == AgreementState.IN_FORCE)
        .group_by(Agreement.school_id)
    )
    return {row[0]: row[1] for row in rows}


def led_by(session: Session, actor: Actor) -> list[School]:
    """The schools where a person may propose a partnership, by name."""
    return list(
        session.scalars(sa.select(School).where(School.id.in_(list(actor.schools))).order_by(School.name, School.id))
    )


def leaders_of(session: Session, school_id: int) -> list[User]:
    """The leaders of a school, by name."""
    return list(
        session.scalars(
            sa.select(User)
            .join(RoleGrant, RoleGrant.user_id == User.id)
            .where(
                RoleGrant.school_id == school_id,
                RoleGrant.role == Role.SCHOOL_LEADER,
                RoleGrant.state == GrantState.ACTIVE,
                User.active.is_(True),
            )
            .order_by(User.name, User.id)
        )
    )


def partnerships(session: Session, school_id: int) -> list[Partnership]:
    """The partnerships of a school, open ones and those of the newest years first."""
    ended = sa.case(
        (Partnership.state.in_([PartnershipState.DECLINED, PartnershipState.ENDED]), 1),
        else_=0,
    )
    return list(
        session.scalars(
            sa.select(Partnership)
            .where(Partnership.school_id == school_id)
            .options(
                joinedload(Partnership.program).joinedload(Program.organization),
                joinedload(Partnership.school),
            )
            .order_by(ended, Partnership.school_year.desc(), Partnership.id.desc())
        )
    )


def partnership(session: Session, reference: str) -> Partnership | None:
    """A partnership by its reference."""
    return session.scalars(
        sa.select(Partnership)
        .where(Partnership.reference == reference)
        .options(
            joinedload(Partnership.program).joinedload(Program.organization),
            joinedload(Partnership.school),
            selectinload(Partnership.agreements),
        )
    ).first()


def partnership_history(session: Session, partnership_id: int) -> list[HistoryEntry]:
    """Everything that happened to a partnership, newest first."""
    return list(
        session.scalars(
            sa.select(HistoryEntry)
            .where(HistoryEntry.subject_type == "partnership", HistoryEntry.subject_id == partnership_id)
            .order_by(HistoryEntry.sequence.desc())
        )
    )


def live_partnership(session: Session, program_id: int, school_id: int, school_year: str) -> Partnership | None:
    """The partnership that already stands for a program at a school in a school year."""
    return session.scalars(
        sa.select(Partnership).where(
            Partnership.program_id == program_id,
            Partnership.school_id == school_id,
            Partnership.school_year == school_year,
            Partnership.state.in_([PartnershipState.PROPOSED, PartnershipState.CONFIRMED, PartnershipState.ACTIVE]),
        )
    ).first()


def assessment(session: Session, school_id: int, school_year: str) -> Assessment | None:
    """A school's assessment of one school year."""
    return session.scalars(
        sa.select(Assessment)
        .where(Assessment.school_id == school_id, Assessment.school_year == school_year)
        .options(
            selectinload(Assessment.ratings), selectinload(Assessment.actions), joinedload(Assessment.framework_version)
        )
    ).first()
