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

CATEGORY, SCHOOL, BADGE, TOTAL = "category", "school", "badge", "total"

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
    """What a listed program and its organization must be like; ``without`` leaves one facet open."""
    conditions: list[sa.ColumnElement[bool]] = [*LISTED]
    if shape.words:
        conditions.append(search.matching())
    return conditions + [_condition(facet, shape.badge) for facet in sorted(shape.facets - {without})]


def rank(shape: Shape) -> sa.ColumnElement[int]:
    """Programs with every word in their name come first."""
    in_name = [
        ProgramSearch.name.contains(sa.bindparam(f"word_{place}", type_=sa.String)) for place in range(shape.words)
    ]
    return sa.case((sa.and_(*in_name), 0), else_=1) if in_name else sa.literal_column("0", sa.Integer)


def matching(shape: Shape, *, without: str = "") -> sa.Select[int]:
    """Ids of programs that fit, one more than are counted."""
    return (
        sa.select(Program.id)
        .join(Organization, Organization.id == Program.organization_id)
        .where(*asked(shape, without=without))
        .limit(EXACT_UP_TO + 1)
    )


def counting(shape: Shape) -> sa.CompoundSelect[str, str, int]:
    """Facet, value and how many programs it would leave, with the total first. A facet in use is counted as if open.

    What fits is found once for all choices that are still open. Among more than a thousand nothing but the total is
    counted: the numbers would tell little and cost more than the page.
    """
    fits = matching(shape).cte("fits")
    few = sa.select(sa.func.count()).select_from(fits).scalar_subquery() <= EXACT_UP_TO

    def left(facet: str) -> sa.Select[int]:
        return matching(shape, without=facet) if facet in shape.facets else sa.select(fits.c.id)

    def counted(facet: str, value: Any, ids: sa.Select[int]) -> Any:
        chosen = sa.select(sa.literal(facet), value, sa.func.count())
        return chosen.where(Program.id.in_(ids), few)

    open_facets = [facet for facet in FACETS if facet not in shape.facets]
    parts: list[Any] = [sa.select(sa.literal(TOTAL), sa.literal(""), sa.func.count()).select_from(fits)]
    parts.append(_facet_counts(sa.select(fits.c.id), ProgramFacet.facet.in_(open_facets), few))
    parts += [_facet_counts(left(facet), ProgramFacet.facet == facet, few) for facet in FACETS if facet in shape.facets]
    parts.append(
        counted(CATEGORY, Program.category_key, left(CATEGORY))
        .where(Program.category_key != "")
        .group_by(Program.category_key)
    )
    parts += [counted(BADGE, sa.literal(kind), left(BADGE)).where(held) for kind, held in BADGES.items()]
    parts.append(
        sa.select(sa.literal(SCHOOL), School.dese_id, sa.func.count(sa.distinct(Partnership.program_id)))
        .join(Partnership, Partnership.school_id == School.id)
        .where(Partnership.state == PartnershipState.ACTIVE, Partnership.program_id.in_(left(SCHOOL)), few)
        .group_by(School.dese_id)
    )
    return sa.union_all(*parts)


def _facet_counts(ids: sa.Select[int], condition: Any, few: Any) -> Any:
    return (
        sa.select(ProgramFacet.facet, ProgramFacet.value, sa.func.count())
        .where(ProgramFacet.program_id.in_(ids), condition, few)
        .group_by(ProgramFacet.facet, ProgramFacet.value)
    )
