"""What a visitor asks of the directory, as statements that are built once for each shape of a question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

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

Place = tuple[int, str, int]


@dataclass(frozen=True)
class Wanted:
    """What a visitor asked for: words, one value per facet, and the place in the list to go on from."""

    text: str = ""
    facets: Mapping[str, str] = field(default_factory=dict)
    after: Place | None = None
    before: Place | None = None


@dataclass(frozen=True)
class Shape:
    """What decides how the statements of a question read; the words and values themselves are parameters."""

    words: int
    facets: frozenset[str]
    badge: str = ""

    @staticmethod
    def of(wanted: Wanted) -> Shape:
        return Shape(len(search.words_of(wanted.text)), frozenset(wanted.facets), wanted.facets.get(BADGE, ""))


def parameters(wanted: Wanted) -> dict[str, Any]:
    """The words and the values of a question."""
    words = search.words_of(wanted.text)
    rank, name, number = wanted.after or wanted.before or (0, "", 0)
    return {
        **search.matching_parameters(words),
        **{f"word_{place}": word for place, word in enumerate(words)},
        **{f"facet_{name}": value for name, value in wanted.facets.items()},
        "place_rank": rank,
        "place_name": name,
        "place_number": number,
    }


def _in_force(kind: DesignationKind) -> sa.Exists:
    return sa.exists().where(
        Designation.state == DesignationState.IN_FORCE,
        Designation.kind == kind,
        Designation.organization_id == Program.organization_id,
    )


BADGES: Mapping[str, sa.ColumnElement[bool]] = {
    "partner": _in_force(DesignationKind.PARTNER),
    # No index leads from a program to its designations, so theirs are gathered once.
    "portfolio": Program.id.in_(
        sa.select(Designation.program_id).where(
            Designation.state == DesignationState.IN_FORCE, Designation.kind == DesignationKind.PORTFOLIO
        )
    ),
    "funded": _in_force(DesignationKind.FUNDED),
}


def _condition(facet: str, badge: str) -> sa.ColumnElement[bool]:
    if facet == BADGE:
        return BADGES.get(badge, sa.false())
    value = sa.bindparam(f"facet_{facet}", type_=sa.String)
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


def asked(shape: Shape, *, without: str = "") -> list[sa.ColumnElement[bool]]:
    """What a listed program and its organization must be like, apart from words; ``without`` leaves one facet open."""
    return [*LISTED, *(_condition(facet, shape.badge) for facet in sorted(shape.facets - {without}))]


def in_name(shape: Shape) -> list[sa.ColumnElement[bool]]:
    """Every word in the program's own name: such programs come first."""
    return [ProgramSearch.name.contains(sa.bindparam(f"word_{place}", type_=sa.String)) for place in range(shape.words)]


def rank(shape: Shape) -> sa.ColumnElement[int]:
    """Programs with every word in their name come first."""
    named = in_name(shape)
    return sa.case((sa.and_(*named), 0), else_=1) if named else sa.literal_column("0", sa.Integer)


def candidates(shape: Shape) -> sa.CompoundSelect[Any]:
    """Programs that fit, one more than are counted: what is left open, id, category, name and facets.

    The rows with nothing left open are what was asked for. A facet in use is counted as if it were open, so for each
    there are the rows that would fit without it.
    """
    return sa.union_all(*(_fitting(shape, facet) for facet in ("", *sorted(shape.facets))))


def _fitting(shape: Shape, facet: str) -> sa.Select[Any]:
    some = (
        sa.select(Program.id, Program.category_key, ProgramSearch.name, ProgramSearch.facets)
        .join(Organization, Organization.id == Program.organization_id)
        .join(ProgramSearch, ProgramSearch.program_id == Program.id)
        .where(*asked(shape, without=facet), *([search.matching()] if shape.words else []))
        # Written out, because PostgreSQL plans for a tenth of all programs when the limit is a parameter.
        .limit(sa.literal_column(str(EXACT_UP_TO + 1), sa.Integer))
        .subquery()
    )
    return sa.select(sa.literal_column(f"'{facet}'", sa.String), *some.c)


def _held(kind: DesignationKind, weight: int) -> sa.ColumnElement[int]:
    held = Designation.kind == kind
    if kind is DesignationKind.PORTFOLIO:
        held = held & (Designation.program_id == Program.id)
    return sa.func.coalesce(sa.func.max(sa.case((held, weight), else_=0)), 0)


def _all_held() -> sa.ScalarSelect[int]:
    """The badges of one program as bits, in one look at its organization's designations."""
    bits: Any = sum(_held(DesignationKind(name), 1 << place) for place, name in enumerate(BADGES))
    return (
        sa.select(bits)
        .where(Designation.state == DesignationState.IN_FORCE, Designation.organization_id == Program.organization_id)
        .correlate(Program)
        .scalar_subquery()
    )


_EACH = sa.select(_all_held().label("bits")).where(search.among(Program.id, "ids")).subquery()
BADGES_HELD = sa.select(_EACH.c.bits, sa.func.count()).group_by(_EACH.c.bits)
"""How many of some programs hold which badges: bits in the order of ``BADGES``, and the number."""

SCHOOLS_AT = (
    sa.select(School.dese_id, School.name, sa.func.count(sa.distinct(Partnership.program_id)))
    .join(Partnership, Partnership.school_id == School.id)
    .where(Partnership.state == PartnershipState.ACTIVE, search.among(Partnership.program_id, "ids"))
    .group_by(School.id, School.dese_id, School.name)
    .order_by(School.name, School.id)
)
"""Schools where some programs run: state id, name, how many."""

SCHOOLS = (
    sa.select(School.dese_id, School.name, sa.null())
    .where(sa.exists().where(Partnership.school_id == School.id, Partnership.state == PartnershipState.ACTIVE))
    .order_by(School.name, School.id)
)
"""Schools where any program runs."""
