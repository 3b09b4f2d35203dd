"""The public directory: approved programs of partners in good standing, and nothing else about anybody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager, selectinload

from vetting.models import (
    Designation,
    DesignationKind,
    DesignationState,
    Organization,
    Partnership,
    PartnershipState,
    PartnerState,
    Program,
    ProgramFacet,
    ProgramSearch,
    ProgramState,
    School,
)
from vetting.queries import search
from vetting.refs import folded

PAGE = 20
EXACT_UP_TO = 1000

FACETS = (
    "grade",
    "neighborhood",
    "day",
    "time",
    "season",
    "language",
    "cost",
    "delivery_mode",
    "target_group",
    "organization_kind",
)
"""Facets kept with each program, in the order of the page."""

CATEGORY, SCHOOL, BADGE = "category", "school", "badge"

LISTED = (
    Program.state == ProgramState.APPROVED,
    Organization.listed.is_(True),
    Organization.state.in_([PartnerState.PARTNER, PartnerState.PORTFOLIO, PartnerState.FUNDED]),
)
"""What makes a program public at this moment. The path moves with suspensions and lapses, so they act at once."""


@dataclass(frozen=True)
class Wanted:
    """What a visitor asked for: words, one value per facet, and the place in the list to go on from."""

    text: str = ""
    facets: Mapping[str, str] = field(default_factory=dict)
    after: tuple[int, str, int] | None = None
    before: tuple[int, str, int] | None = None


@dataclass(frozen=True)
class Standing:
    """A designation in force as the public sees it."""

    kind: DesignationKind
    since: Any
    until: Any


@dataclass(frozen=True)
class Card:
    """One program of the list."""

    program: Program
    standings: tuple[Standing, ...]
    schools: int
    place: tuple[int, str, int]

    def values(self, facet: str) -> list[str]:
        """The program's values of one facet."""
        return [item.value for item in self.program.facets if item.facet == facet]


@dataclass(frozen=True)
class Results:
    """One page of the list with the counts beside the filters.

    ``total`` is exact to a thousand and one more when there are more; then ``counts`` is None.
    """

    cards: tuple[Card, ...]
    total: int
    counts: Mapping[str, Mapping[str, int]] | None
    schools: tuple[tuple[str, str, int], ...]
    earlier: tuple[int, str, int] | None
    later: tuple[int, str, int] | None


def _in_force(*conditions: Any) -> sa.Exists:
    return sa.exists().where(Designation.state == DesignationState.IN_FORCE, *conditions)


_BADGES: Mapping[str, sa.ColumnElement[bool]] = {
    "partner": _in_force(
        Designation.kind == DesignationKind.PARTNER, Designation.organization_id == Program.organization_id
    ),
    # No index leads from a program to its designations, so theirs are gathered once.
    "portfolio": Program.id.in_(
        sa.select(Designation.program_id).where(
            Designation.state == DesignationState.IN_FORCE, Designation.kind == DesignationKind.PORTFOLIO
        )
    ),
    "funded": _in_force(
        Designation.kind == DesignationKind.FUNDED, Designation.organization_id == Program.organization_id
    ),
}


def _condition(facet: str, value: str) -> sa.ColumnElement[bool]:
    if facet == BADGE:
        return _BADGES.get(value, sa.false())
    if facet == CATEGORY:
        return Program.category_key == value
    if facet == SCHOOL:
        return sa.exists().where(
            Partnership.program_id == Program.id,
            Partnership.state == PartnershipState.ACTIVE,
            Partnership.school_id == School.id,
            School.dese_id == value,
        )
    return sa.exists().where(
        ProgramFacet.program_id == Program.id, ProgramFacet.facet == facet, ProgramFacet.value == value
    )


def _matching(session: Session, wanted: Wanted, *, without: str = "") -> sa.Select[int]:
    """Ids of listed programs that fit; ``without`` leaves one facet open, to count what it could be changed to."""
    return (
        sa.select(Program.id)
        .join(Organization, Organization.id == Program.organization_id)
        .where(*_asked(session, wanted, without=without))
    )


def _asked(session: Session, wanted: Wanted, *, without: str = "") -> list[sa.ColumnElement[bool]]:
    """What a listed program and its organization must be like to fit."""
    conditions: list[sa.ColumnElement[bool]] = [*LISTED]
    found = search.matching(session, wanted.text)
    if found is not None:
        conditions.append(Program.id.in_(found))
    conditions += [_condition(facet, value) for facet, value in wanted.facets.items() if facet != without]
    return conditions


def find(session: Session, wanted: Wanted) -> Results:
    """One page of programs, those with the words in their name first, with counts for every filter.

    Among more than a thousand programs nothing is counted: the numbers would tell little and cost more than the page.
    """
    rank = _rank(wanted.text)
    # The key of the search rows' own index, so that a page of the whole list is read without sorting all of it.
    name, number = ProgramSearch.name, ProgramSearch.program_id
    place = sa.tuple_(rank, name, number)
    query = (
        sa.select(Program, rank, name)
        .join(Organization, Organization.id == Program.organization_id)
        .join(ProgramSearch, ProgramSearch.program_id == Program.id)
        .where(*_asked(session, wanted))
        .options(contains_eager(Program.organization), selectinload(Program.facets))
        .limit(PAGE + 1)
    )
    if wanted.before is not None:
        backward = query.where(place < sa.tuple_(*_values(wanted.before)))
        rows = list(session.execute(backward.order_by(rank.desc(), name.desc(), number.desc())))
        more_before, more_after = len(rows) > PAGE, True
        rows = rows[:PAGE][::-1]
    else:
        if wanted.after is not None:
            query = query.where(place > sa.tuple_(*_values(wanted.after)))
        rows = list(session.execute(query.order_by(rank, name, number)))
        more_before, more_after = wanted.after is not None, len(rows) > PAGE
        rows = rows[:PAGE]
    cards = _cards(session, [(row[0], (int(row[1]), str(row[2]), row[0].id)) for row in rows])
    some = _matching(session, wanted).limit(EXACT_UP_TO + 1).subquery()
    total = session.scalar(sa.select(sa.func.count()).select_from(some)) or 0
    return Results(
        cards=cards,
        total=total,
        counts=_counts(session, wanted) if total <= EXACT_UP_TO else None,
        schools=_schools(session, wanted),
        earlier=cards[0].place if cards and more_before else None,
        later=cards[-1].place if cards and more_after else None,
    )


def _rank(text: str) -> sa.ColumnElement[int]:
    words = search.words_of(text)
    if not words:
        return sa.cast(sa.literal(0), sa.Integer)
    in_name = sa.and_(*(ProgramSearch.name.contains(word, autoescape=True) for word in words))
    return sa.case((in_name, 0), else_=1)


def _values(place: tuple[int, str, int]) -> list[sa.ColumnElement[Any]]:
    return [sa.literal(value) for value in place]


def _cards(session: Session, found: Iterable[tuple[Program, tuple[int, str, int]]]) -> tuple[Card, ...]:
    found = list(found)
    programs = [program for program, _ in found]
    standings = standings_of(session, programs)
    at = schools_count(session, [program.id for program in programs])
    return tuple(Card(p, tuple(standings.get(p.id, ())), at.get(p.id, 0), place) for p, place in found)


def standings_of(session: Session, programs: Iterable[Program]) -> dict[int, list[Standing]]:
    """Designations in force by program: the program's own Portfolio places, and its organization's others."""
    programs = list(programs)
    rows = session.scalars(
        sa.select(Designation)
        .where(
            Designation.organization_id.in_({program.organization_id for program in programs}),
            Designation.state == DesignationState.IN_FORCE,
        )
        .order_by(Designation.starts_on, Designation.id)
    ).all()
    found: dict[int, list[Standing]] = {}
    for program in programs:
        kinds: dict[DesignationKind, Standing] = {}
        for row in rows:
            if row.organization_id != program.organization_id:
                continue
            if row.kind is DesignationKind.PORTFOLIO and row.program_id != program.id:
                continue
            first = kinds.get(row.kind)
            since = first.since if first else row.starts_on
            kinds[row.kind] = Standing(row.kind, since, row.ends_on)
        order = (DesignationKind.FUNDED, DesignationKind.PORTFOLIO, DesignationKind.PARTNER)
        found[program.id] = [kinds[kind] for kind in order if kind in kinds]
    return found


def schools_count(session: Session, programs: Iterable[int]) -> dict[int, int]:
    """At how many schools each program runs now."""
    rows = session.execute(
        sa.select(Partnership.program_id, sa.func.count(sa.distinct(Partnership.school_id)))
        .where(Partnership.program_id.in_(list(programs)), Partnership.state == PartnershipState.ACTIVE)
        .group_by(Partnership.program_id)
    )
    return {row[0]: row[1] for row in rows}


def _counts(session: Session, wanted: Wanted) -> dict[str, dict[str, int]]:
    """How many programs each choice would leave, in one statement. A facet in use is counted as if it were open."""
    # What fits is found once for all choices that are still open.
    fits = _matching(session, wanted).cte("fits")

    def left(facet: str) -> sa.Select[int]:
        return _matching(session, wanted, without=facet) if facet in wanted.facets else sa.select(fits.c.id)

    others = [facet for facet in FACETS if facet not in wanted.facets]
    parts: list[sa.Select[*tuple[Any, ...]]] = [_facet_counts(sa.select(fits.c.id), ProgramFacet.facet.in_(others))]
    parts += [_facet_counts(left(facet), ProgramFacet.facet == facet) for facet in FACETS if facet in wanted.facets]
    by_category = (
        sa.select(sa.literal(CATEGORY), Program.category_key, sa.func.count())
        .where(Program.id.in_(left(CATEGORY)), Program.category_key != "")
        .group_by(Program.category_key)
    )
    parts.append(by_category)
    open_badge = left(BADGE)
    for kind, condition in _BADGES.items():
        inner = sa.select(Program.id).where(Program.id.in_(open_badge), condition).subquery()
        label: sa.ColumnElement[str] = sa.literal(BADGE)
        parts.append(sa.select(label, sa.literal(kind), sa.func.count()).select_from(inner))
    counts: dict[str, dict[str, int]] = {facet: {} for facet in (*FACETS, CATEGORY, BADGE)}
    for facet, value, count in session.execute(sa.union_all(*parts)):
        counts[facet][value] = count
    return counts


def _facet_counts(ids: sa.Select[int], condition: sa.ColumnElement[bool]) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(ProgramFacet.facet, ProgramFacet.value, sa.func.count())
        .where(ProgramFacet.program_id.in_(ids), condition)
        .group_by(ProgramFacet.facet, ProgramFacet.value)
    )


def _schools(session: Session, wanted: Wanted) -> tuple[tuple[str, str, int], ...]:
    """Schools with a matching program: state id, name, how many."""
    rows = session.execute(
        sa.select(School.dese_id, School.name, sa.func.count(sa.distinct(Partnership.program_id)))
        .join(Partnership, Partnership.school_id == School.id)
        .where(
            Partnership.state == PartnershipState.ACTIVE,
            Partnership.program_id.in_(_matching(session, wanted, without=SCHOOL)),
        )
        .group_by(School.id, School.dese_id, School.name)
        .order_by(School.name, School.id)
    )
    return tuple((dese_id, name, count) for dese_id, name, count in rows)


def program(session: Session, reference: str) -> Program | None:
    """A listed program by its public reference, with its organization; None for anything not listed now."""
    return session.scalars(
        sa.select(Program)
        .join(Program.organization)
        .options(contains_eager(Program.organization), selectinload(Program.facets))
        .where(Program.reference == reference, *LISTED)
    ).first()


def organization(session: Session, reference: str) -> Organization | None:
    """A listed organization by its public reference; None for anything not listed now."""
    return session.scalars(
        sa.select(Organization).where(
            Organization.reference == reference,
            Organization.listed.is_(True),
            Organization.state.in_([PartnerState.PARTNER, PartnerState.PORTFOLIO, PartnerState.FUNDED]),
        )
    ).first()


def programs_of(session: Session, organization: Organization) -> tuple[Card, ...]:
    """The listed programs of an organization by name."""
    rows = session.scalars(
        sa.select(Program)
        .join(Program.organization)
        .options(contains_eager(Program.organization), selectinload(Program.facets))
        .where(Program.organization_id == organization.id, *LISTED)
        .order_by(Program.name, Program.id)
    ).all()
    return _cards(session, [(row, (0, folded(row.name), row.id)) for row in rows])


def schools_of(session: Session, program: Program) -> list[School]:
    """Schools where a program runs now, by name."""
    return list(
        session.scalars(
            sa.select(School)
            .join(Partnership, Partnership.school_id == School.id)
            .where(Partnership.program_id == program.id, Partnership.state == PartnershipState.ACTIVE)
            .distinct()
            .order_by(School.name, School.id)
        )
    )
