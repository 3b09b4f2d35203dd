"""The public directory: approved programs of partners in good standing, and nothing else about anybody."""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections import Counter
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
    ProgramSearch,
    School,
)
from vetting.queries import directory_question as question
from vetting.queries import duplicates
from vetting.queries.directory_question import EXACT_UP_TO, LISTED, Place, Shape, Wanted
from vetting.queries.search import matching, words_of

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


_LISTINGS = (
    sa.select(
        Program.id,
        Program.reference,
        Program.name,
        Program.summary,
        Program.grade_from,
        Program.grade_to,
        Program.organization_id,
        Organization.reference,
        sa.func.coalesce(sa.func.nullif(Organization.doing_business_as, ""), Organization.legal_name),
        ProgramSearch.name,
        ProgramSearch.facets,
    )
    .join(Organization, Organization.id == Program.organization_id)
    .join(ProgramSearch, ProgramSearch.program_id == Program.id)
)
_IDS = sa.bindparam("ids", type_=sa.BigInteger, expanding=True)
_NAMED = _LISTINGS.where(Program.id.in_(_IDS))
_candidates = lru_cache(question.candidates)


def find(session: Session, wanted: Wanted) -> Results:
    """One page of programs, those with the words in their name first, with counts for every filter.

    Among more than a thousand programs nothing is counted: the numbers would tell little and cost more than the page.
    """
    shape, values = Shape.of(wanted), question.parameters(wanted)
    fitting: dict[str, list[Any]] = {facet: [] for facet in ("", *shape.facets)}
    for row in session.execute(_candidates(shape), values).all():
        fitting[row[0]].append(row)
    total = len(fitting[""])
    if total > EXACT_UP_TO:
        rows, more = _read_page(session, shape, wanted, values)
        counts, schools = None, _schools(session, None)
    else:
        rows, more = _cut_page(session, wanted, fitting[""])
        counts = _counts(session, fitting)
        schools = _schools(session, fitting.get(question.SCHOOL, fitting[""]))
    cards = _cards(session, rows)
    backwards, beside = wanted.before is not None, wanted.before is not None or wanted.after is not None
    return Results(
        cards=cards,
        total=total,
        counts=counts,
        schools=schools,
        earlier=cards[0].place if cards and (more if backwards else beside) else None,
        later=cards[-1].place if cards and (backwards or more) else None,
    )


def _counts(session: Session, fitting: Mapping[str, Sequence[Any]]) -> dict[str, dict[str, int]]:
    """How many programs each choice would leave."""
    whole = fitting[""]
    found: dict[str, dict[str, int]] = {facet: {} for facet in question.FACETS}
    for facet, counted in ((name, _tally(fitting[name])) for name in fitting if name in ("", *found)):
        for pair, number in counted.items():
            name, _, value = pair.partition("=")
            # A facet in use is counted among what fits without it, every other among what fits.
            if name in found and (name == facet or (not facet and name not in fitting)):
                found[name][value] = number
    by_category = Counter(row.category_key for row in fitting.get(question.CATEGORY, whole))
    found[question.CATEGORY] = {key: number for key, number in by_category.items() if key}
    held = session.execute(question.BADGES_HELD, _ids(fitting.get(question.BADGE, whole))).all()
    found[question.BADGE] = {
        name: sum(number for bits, number in held if bits & 1 << place) for place, name in enumerate(question.BADGES)
    }
    return found


def _tally(rows: Sequence[Any]) -> Counter[str]:
    """How often each `facet=value` stands in the lines of these programs."""
    return Counter(" ".join(row.facets for row in rows).split())


def _schools(session: Session, rows: Sequence[Any] | None) -> tuple[tuple[str, str, int | None], ...]:
    """Schools where these programs run, or any where there are too many to count."""
    found = session.execute(question.SCHOOLS) if rows is None else session.execute(question.SCHOOLS_AT, _ids(rows))
    return tuple((dese_id, name, number) for dese_id, name, number in found)


def _ids(rows: Sequence[Any]) -> dict[str, str]:
    return {"ids": json.dumps([row.id for row in rows])}


def _cut_page(session: Session, wanted: Wanted, fitting: Sequence[Any]) -> tuple[list[tuple[Any, Place]], bool]:
    """The rows of a page out of few programs, with their places, and whether there are more in the way it was read."""
    words = words_of(wanted.text)
    places: list[Place] = sorted(
        (0 if all(word in name for word in words) else 1, name, number)
        for _open, number, _key, name, _facets in fitting
    )
    if wanted.before is not None:
        end = bisect_left(places, wanted.before)
        chosen, more = places[max(0, end - PAGE) : end], end > PAGE
    else:
        start = bisect_right(places, wanted.after) if wanted.after is not None else 0
        chosen, more = places[start : start + PAGE], len(places) > start + PAGE
    rows = {row.id: row for row in session.execute(_NAMED, {"ids": [place[2] for place in chosen]})}
    return [(rows[place[2]], place) for place in chosen if place[2] in rows], more


def _read_page(
    session: Session, shape: Shape, wanted: Wanted, values: Mapping[str, Any]
) -> tuple[list[tuple[Any, Place]], bool]:
    """The same out of many, in the order of the database.

    Those with the words in their name come first, and where they fill the page, they are read off the index of names.
    """
    edge = wanted.before or wanted.after
    backwards, beside = wanted.before is not None, edge is not None
    rows: Sequence[Any] = []
    if shape.words and (edge is None or not edge[0]):
        rows = session.execute(_page(shape, beside=beside, backwards=backwards, named=True), values).all()
    if not (rows and (backwards or len(rows) > PAGE)):
        rows = session.execute(_page(shape, beside=beside, backwards=backwards), values).all()
    chosen = rows[:PAGE][::-1] if backwards else rows[:PAGE]
    return [(row, (int(row[-1]), row[9], row[0])) for row in chosen], len(rows) > PAGE


@lru_cache
def _page(shape: Shape, *, beside: bool, backwards: bool, named: bool = False) -> sa.Select[Any]:
    """A page and one more; with ``named`` of those alone that have every word in their name."""
    ranked = shape.words and not named
    rank = question.rank(shape) if ranked else sa.literal_column("0", sa.Integer)
    keys: list[tuple[Any, str, Any]] = [
        (ProgramSearch.name, "place_name", sa.String),
        (ProgramSearch.program_id, "place_number", sa.BigInteger),
    ]
    if ranked:
        keys.insert(0, (rank, "place_rank", sa.Integer))
    order = [key.desc() if backwards else key.asc() for key, _name, _kind in keys]
    place = sa.tuple_(*(key for key, _name, _kind in keys))
    edge = sa.tuple_(*(sa.bindparam(name, type_=kind) for _key, name, kind in keys))
    beyond = [place < edge if backwards else place > edge] if beside else []
    query: Any = _LISTINGS.add_columns(rank)
    if ranked:
        query = query.where(*question.asked(shape), matching(), *beyond).limit(PAGE + 1)
    else:
        # Each program is asked about in the order of the names' index; a join would gather and sort all of them.
        fits = (
            sa.select(Program.id)
            .join(Organization, Organization.id == Program.organization_id)
            .where(Program.id == ProgramSearch.program_id, *question.asked(shape))
        )
        wanted = [*question.in_name(shape), matching(row_by_row=True)] if named else []
        some = sa.select(ProgramSearch.program_id).where(*wanted, fits.correlate(ProgramSearch).exists(), *beyond)
        page = some.order_by(*order).limit(sa.literal_column(str(PAGE + 1), sa.Integer)).subquery()
        query = query.join(page, page.c.program_id == Program.id)
    placed: sa.Select[Any] = query.order_by(*order)
    return placed


def _cards(session: Session, found: Sequence[tuple[Any, Place]]) -> tuple[Card, ...]:
    programs = [Listing(*row[:9]) for row, _place in found]
    standings = standings_of(session, programs)
    at: dict[int, int] = dict(session.execute(_AT_SCHOOLS, {"ids": [program.id for program in programs]}).all())
    return tuple(
        Card(program, tuple(standings.get(program.id, ())), at.get(program.id, 0), place, _facets(row[10]))
        for program, (row, place) in zip(programs, found, strict=True)
    )


def _facets(line: str) -> dict[str, list[str]]:
    """The values of each facet out of the line that is kept with the words."""
    found: dict[str, list[str]] = {}
    for pair in line.split(" "):
        facet, _, value = pair.partition("=")
        found.setdefault(facet, []).append(value)
    return found


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


def survivor(session: Session, reference: str) -> Organization | None:
    """The listed organization that a merged record is part of now."""
    merged = session.scalars(
        sa.select(Organization).where(Organization.reference == reference, Organization.state == PartnerState.MERGED)
    ).first()
    if merged is None:
        return None
    return organization(session, duplicates.survivor(session, merged).reference)


def programs_of(session: Session, organization: Organization) -> tuple[Card, ...]:
    """The listed programs of an organization by name."""
    query = _LISTINGS.where(Program.organization_id == organization.id, *LISTED).order_by(Program.name, Program.id)
    return _cards(session, [(row, (0, row[9], row[0])) for row in session.execute(query)])


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
