"""The public directory: approved programs of partners in good standing, and nothing else about anybody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
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
    School,
)
from vetting.queries import directory_question as question
from vetting.queries.directory_question import EXACT_UP_TO, LISTED, TOTAL, Place, Shape, Wanted
from vetting.refs import folded

PAGE = 20


@dataclass(frozen=True)
class Standing:
    """A designation in force as the public sees it."""

    kind: DesignationKind
    since: Any
    until: Any


@dataclass(frozen=True)
class Listing:
    """A program as a list shows it, with the names of its organization."""

    id: int
    reference: str
    name: str
    summary: str
    grade_from: int | None
    grade_to: int | None
    organization_id: int
    organization: str
    organization_name: str


@dataclass(frozen=True)
class Card:
    """One program of the list."""

    program: Listing
    standings: tuple[Standing, ...]
    schools: int
    place: Place
    facets: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def values(self, facet: str) -> Sequence[str]:
        """The program's values of one facet."""
        return self.facets.get(facet, ())


@dataclass(frozen=True)
class Results:
    """One page of the list with the counts beside the filters.

    ``total`` is exact to a thousand and one more when there are more; then ``counts`` is None, and so is the number of
    each school.
    """

    cards: tuple[Card, ...]
    total: int
    counts: Mapping[str, Mapping[str, int]] | None
    schools: tuple[tuple[str, str, int | None], ...]
    earlier: Place | None
    later: Place | None


_LISTINGS = sa.select(
    Program.id,
    Program.reference,
    Program.name,
    Program.summary,
    Program.grade_from,
    Program.grade_to,
    Program.organization_id,
    Organization.reference,
    sa.func.coalesce(sa.func.nullif(Organization.doing_business_as, ""), Organization.legal_name),
).join(Organization, Organization.id == Program.organization_id)


def _listing(row: Any) -> Listing:
    return Listing(*row[:9])


def find(session: Session, wanted: Wanted) -> Results:
    """One page of programs, those with the words in their name first, with counts for every filter."""
    shape, values = Shape.of(wanted), question.parameters(wanted)
    backwards = wanted.before is not None
    beside = backwards or wanted.after is not None
    rows = session.execute(_page(shape, beside=beside, backwards=backwards), values).all()
    more = len(rows) > PAGE
    rows = rows[:PAGE][::-1] if backwards else rows[:PAGE]
    cards = _cards(session, [(_listing(row), (int(row[9]), str(row[10]), row[0])) for row in rows])
    counts: dict[str, dict[str, int]] = {facet: {} for facet in (*question.FACETS, *_COUNTED)}
    for facet, value, count in session.execute(_counting(shape), values):
        counts[facet][value] = count
    total = counts[TOTAL][""]
    few = total <= EXACT_UP_TO
    at = counts[question.SCHOOL]
    return Results(
        cards=cards,
        total=total,
        counts=counts if few else None,
        schools=tuple(
            (dese_id, name, at[dese_id] if few else None)
            for dese_id, name in session.execute(_SCHOOLS)
            if not few or dese_id in at
        ),
        earlier=cards[0].place if cards and (more if backwards else beside) else None,
        later=cards[-1].place if cards and (backwards or more) else None,
    )


_COUNTED = (question.CATEGORY, question.BADGE, question.SCHOOL, TOTAL)
_SCHOOLS = (
    sa.select(School.dese_id, School.name)
    .where(sa.exists().where(Partnership.school_id == School.id, Partnership.state == PartnershipState.ACTIVE))
    .order_by(School.name, School.id)
)
_counting = lru_cache(question.counting)


@lru_cache
def _page(shape: Shape, *, beside: bool, backwards: bool) -> sa.Select[Any]:
    rank = question.rank(shape)
    # The key of the search rows' own index, so that a page of the whole list is read without sorting all of it.
    keys: list[tuple[Any, str, Any]] = [
        (ProgramSearch.name, "place_name", sa.String),
        (ProgramSearch.program_id, "place_number", sa.BigInteger),
    ]
    if shape.words:
        keys.insert(0, (rank, "place_rank", sa.Integer))
    query: Any = (
        _LISTINGS.add_columns(rank, ProgramSearch.name)
        .join(ProgramSearch, ProgramSearch.program_id == Program.id)
        .where(*question.asked(shape))
        .order_by(*(key.desc() if backwards else key.asc() for key, _name, _kind in keys))
        .limit(PAGE + 1)
    )
    if beside:
        place = sa.tuple_(*(key for key, _name, _kind in keys))
        edge = sa.tuple_(*(sa.bindparam(name, type_=kind) for _key, name, kind in keys))
        query = query.where(place < edge if backwards else place > edge)
    placed: sa.Select[Any] = query
    return placed


def _cards(session: Session, found: Iterable[tuple[Listing, Place]]) -> tuple[Card, ...]:
    found = list(found)
    programs = [program for program, _ in found]
    ids = {"ids": [program.id for program in programs]}
    standings = standings_of(session, programs)
    at: dict[int, int] = dict(session.execute(_AT_SCHOOLS, ids).all())
    facets: dict[int, dict[str, list[str]]] = {}
    for number, facet, value in session.execute(_FACETS, ids):
        facets.setdefault(number, {}).setdefault(facet, []).append(value)
    return tuple(
        Card(p, tuple(standings.get(p.id, ())), at.get(p.id, 0), place, facets.get(p.id, {})) for p, place in found
    )


_IDS = sa.bindparam("ids", type_=sa.BigInteger, expanding=True)
_FACETS = (
    sa.select(ProgramFacet.program_id, ProgramFacet.facet, ProgramFacet.value)
    .where(ProgramFacet.program_id.in_(_IDS))
    .order_by(ProgramFacet.program_id, ProgramFacet.facet, ProgramFacet.value)
)
_AT_SCHOOLS = (
    sa.select(Partnership.program_id, sa.func.count(sa.distinct(Partnership.school_id)))
    .where(Partnership.program_id.in_(_IDS), Partnership.state == PartnershipState.ACTIVE)
    .group_by(Partnership.program_id)
)
_STANDINGS = (
    sa.select(
        Designation.organization_id,
        Designation.program_id,
        Designation.kind,
        Designation.starts_on,
        Designation.ends_on,
    )
    .where(Designation.organization_id.in_(_IDS), Designation.state == DesignationState.IN_FORCE)
    .order_by(Designation.starts_on, Designation.id)
)


def standings_of(session: Session, programs: Iterable[Program | Listing]) -> dict[int, list[Standing]]:
    """Designations in force by program: the program's own Portfolio places, and its organization's others."""
    programs = list(programs)
    rows: dict[int, list[Any]] = {}
    for row in session.execute(_STANDINGS, {"ids": sorted({program.organization_id for program in programs})}):
        rows.setdefault(row.organization_id, []).append(row)
    found: dict[int, list[Standing]] = {}
    for program in programs:
        kinds: dict[DesignationKind, Standing] = {}
        for row in rows.get(program.organization_id, ()):
            if row.kind is DesignationKind.PORTFOLIO and row.program_id != program.id:
                continue
            first = kinds.get(row.kind)
            since = first.since if first else row.starts_on
            kinds[row.kind] = Standing(row.kind, since, row.ends_on)
        order = (DesignationKind.FUNDED, DesignationKind.PORTFOLIO, DesignationKind.PARTNER)
        found[program.id] = [kinds[kind] for kind in order if kind in kinds]
    return found


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
    query = _LISTINGS.where(Program.organization_id == organization.id, *LISTED).order_by(Program.name, Program.id)
    found = [_listing(row) for row in session.execute(query)]
    return _cards(session, [(item, (0, folded(item.name), item.id)) for item in found])


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
