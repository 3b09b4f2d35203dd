"""The partnership landscape in numbers: only what is public, only counts, no student data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vetting.data.vocabulary import load_categories, load_vocabulary
from vetting.models import (
    Agreement,
    AgreementState,
    Organization,
    PartnerState,
    Program,
    ProgramFacet,
    ProgramState,
    School,
)

PUBLIC_STATES = (PartnerState.PARTNER, PartnerState.PORTFOLIO, PartnerState.FUNDED)
SCHOOLS_SHOWN = 15


@dataclass(frozen=True)
class Count:
    """One line of a chart: words and a whole number."""

    label: str
    value: int


@dataclass(frozen=True)
class Headline:
    """The figures of the home page. ``made_up`` tells that demonstration organizations are among them."""

    partners: int
    programs: int
    schools: int
    schools_in_district: int
    made_up: bool


@dataclass(frozen=True)
class Landscape:
    """The charts of the landscape page, largest first."""

    categories: tuple[Count, ...]
    neighborhoods: tuple[Count, ...]
    kinds: tuple[Count, ...]
    standings: tuple[Count, ...]
    schools: tuple[Count, ...]
    schools_without: int


def _listed() -> sa.ColumnElement[bool]:
    return sa.and_(Organization.listed.is_(True), Organization.state.in_(PUBLIC_STATES))


def headline(session: Session) -> Headline:
    """Partners in the directory, their approved programs, and schools with an agreement in force."""
    partners = sa.select(sa.func.count()).select_from(Organization).where(_listed()).scalar_subquery()
    programs = (
        sa.select(sa.func.count())
        .select_from(Program)
        .join(Organization, Organization.id == Program.organization_id)
        .where(_listed(), Program.state == ProgramState.APPROVED)
        .scalar_subquery()
    )
    schools = (
        sa.select(sa.func.count(sa.distinct(Agreement.school_id)))
        .where(Agreement.state == AgreementState.IN_FORCE)
        .scalar_subquery()
    )
    every = sa.select(sa.func.count()).select_from(School).scalar_subquery()
    made_up = sa.select(sa.exists().where(Organization.made_up.is_(True))).scalar_subquery()
    row = session.execute(sa.select(partners, programs, schools, every, made_up)).one()
    return Headline(int(row[0]), int(row[1]), int(row[2]), int(row[3]), bool(row[4]))


def landscape(session: Session) -> Landscape:
    """Counts by category, neighborhood, kind of organization, standing and school."""
    words = load_vocabulary()
    schools = _by_school(session)
    in_district = session.scalar(sa.select(sa.func.count()).select_from(School)) or 0
    return Landscape(
        categories=_named(_categories(session), {c.key: c.name for c in load_categories().categories}),
        neighborhoods=_named(_facets(session, "neighborhood"), {w.key: w.name for w in words["neighborhoods"].items}),
        kinds=_named(_column(session, Organization.kind), {w.key: w.name for w in words["organization_kinds"].items}),
        standings=_named(_column(session, Organization.state), {w.key: w.name for w in words["partner_types"].items}),
        schools=schools[:SCHOOLS_SHOWN],
        schools_without=in_district - len(schools),
    )


Pairs = Sequence[tuple[str, int]]


def _categories(session: Session) -> Pairs:
    rows = session.execute(
        sa.select(Program.category_key, sa.func.count())
        .join(Organization, Organization.id == Program.organization_id)
        .where(_listed(), Program.state == ProgramState.APPROVED, Program.category_key != "")
        .group_by(Program.category_key)
    )
    return [(key, number) for key, number in rows]


def _facets(session: Session, facet: str) -> Pairs:
    rows = session.execute(
        sa.select(ProgramFacet.value, sa.func.count())
        .join(Program, Program.id == ProgramFacet.program_id)
        .join(Organization, Organization.id == Program.organization_id)
        .where(_listed(), Program.state == ProgramState.APPROVED, ProgramFacet.facet == facet)
        .group_by(ProgramFacet.value)
    )
    return [(value, number) for value, number in rows]


def _column(session: Session, column: sa.ColumnElement[str] | sa.orm.InstrumentedAttribute[str]) -> Pairs:
    rows = session.execute(sa.select(column, sa.func.count()).where(_listed()).group_by(column))
    return [(str(getattr(value, "value", value)), number) for value, number in rows]


def _by_school(session: Session) -> tuple[Count, ...]:
    number = sa.func.count(sa.distinct(Agreement.partnership_id))
    rows = session.execute(
        sa.select(School.name, number)
        .join(Agreement, Agreement.school_id == School.id)
        .where(Agreement.state == AgreementState.IN_FORCE)
        .group_by(School.id, School.name)
        .order_by(number.desc(), School.name)
    )
    return tuple(Count(name, count) for name, count in rows)


def _named(pairs: Pairs, names: dict[str, str]) -> tuple[Count, ...]:
    counts = [Count(names.get(key, key), number) for key, number in pairs]
    return tuple(sorted(counts, key=lambda count: (-count.value, count.label)))
