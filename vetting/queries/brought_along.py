"""What is known of the organizations, programs and schools that rows of the office's list speak of."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from vetting.data.conditions import Answers
from vetting.models import (
    Application,
    BroughtAlong,
    Organization,
    PairChoice,
    PartnerImportPair,
    Partnership,
    PartnershipState,
    PartnerState,
    Program,
    School,
)
from vetting.questionnaires.form import Form
from vetting.questionnaires.sections import visible_questions

Item = TypeVar("Item")

AT_ONCE = 400
"""How many values one question to the database names."""
LIVE = (PartnershipState.PROPOSED, PartnershipState.CONFIRMED, PartnershipState.ACTIVE)


@dataclass
class World:
    """What the database knows of some rows. ``own`` are organizations that have sent us an application themselves."""

    by_key: dict[str, Organization] = field(default_factory=dict)
    by_id: dict[int, Organization] = field(default_factory=dict)
    by_digest: dict[str, list[Organization]] = field(default_factory=dict)
    own: set[int] = field(default_factory=set)
    told: dict[tuple[int, int | None], BroughtAlong] = field(default_factory=dict)
    programs: dict[str, Program] = field(default_factory=dict)
    schools: dict[str, School] = field(default_factory=dict)
    partnerships: dict[tuple[int, int, str], Partnership] = field(default_factory=dict)

    def told_of(self, organization: Organization, program: Program | None = None) -> BroughtAlong | None:
        """What an earlier list said."""
        return self.told.get((organization.id, program.id if program is not None else None))


@dataclass(frozen=True)
class Asked:
    """What rows name: keys of partners and programs, digests of tax ids, ids of organizations and of schools."""

    keys: Collection[str] = ()
    digests: Collection[str] = ()
    organizations: Collection[int] = ()
    programs: Collection[str] = ()
    schools: Collection[str] = ()


def _parts(values: Collection[Item]) -> Iterator[list[Item]]:
    ordered = list(dict.fromkeys(values))
    for start in range(0, len(ordered), AT_ONCE):
        yield ordered[start : start + AT_ONCE]


def world(session: Session, asked: Asked) -> World:
    """Everything about these rows, in a number of questions that grows with the rows only by hundreds."""
    found = World()
    _programs(session, found, asked)
    named: tuple[tuple[Any, Collection[Any]], ...] = (
        (Organization.import_key, asked.keys),
        (Organization.ein_digest, asked.digests),
        (Organization.id, {*asked.organizations, *(program.organization_id for program in found.programs.values())}),
    )
    for column, values in named:
        for part in _parts(values):
            for organization in session.scalars(_organizations().where(column.in_(part))):
                found.by_id[organization.id] = organization
    for organization in found.by_id.values():
        if organization.import_key is not None:
            found.by_key[organization.import_key] = organization
        if organization.ein_digest is not None:
            found.by_digest.setdefault(organization.ein_digest, []).append(organization)
    _about(session, found)
    for schools in _parts(asked.schools):
        for school in session.scalars(sa.select(School).where(School.dese_id.in_(schools))):
            found.schools[school.dese_id] = school
    _partnerships(session, found)
    return found


def _about(session: Session, found: World) -> None:
    for part in _parts(found.by_id):
        found.own.update(
            session.scalars(
                sa.select(Application.organization_id)
                .where(Application.organization_id.in_(part), Application.received_at.is_not(None))
                .distinct()
            )
        )
        for record in session.scalars(sa.select(BroughtAlong).where(BroughtAlong.organization_id.in_(part))):
            found.told[(record.organization_id, record.program_id)] = record


def _organizations() -> sa.Select[Organization]:
    return sa.select(Organization).options(
        selectinload(Organization.designations),
        selectinload(Organization.suspensions),
        selectinload(Organization.programs),
    )


def _programs(session: Session, found: World, asked: Asked) -> None:
    for part in _parts(asked.programs):
        rows = session.execute(
            sa.select(BroughtAlong.program_key, Program)
            .join(Program, Program.id == BroughtAlong.program_id)
            .where(BroughtAlong.program_key.in_(part))
        )
        for key, program in rows:
            found.programs[str(key)] = program


def _partnerships(session: Session, found: World) -> None:
    if not found.schools:
        return
    schools = {school.id for school in found.schools.values()}
    for part in _parts([program.id for organization in found.by_id.values() for program in organization.programs]):
        query = sa.select(Partnership).where(
            Partnership.program_id.in_(part), Partnership.school_id.in_(schools), Partnership.state.in_(LIVE)
        )
        for partnership in session.scalars(query):
            key = (partnership.program_id, partnership.school_id, partnership.school_year)
            found.partnerships[key] = partnership


def names(session: Session) -> Mapping[int, tuple[str, str]]:
    """The reference and the folded name of every organization that has not gone into another, by its id."""
    rows = session.execute(
        sa.select(Organization.id, Organization.reference, Organization.name_folded).where(
            Organization.state != PartnerState.MERGED
        )
    )
    return {number: (reference, name) for number, reference, name in rows}


def choices(session: Session, marks: Collection[str]) -> Mapping[str, PartnerImportPair]:
    """What people said last of pairs with these marks, in this upload or an earlier one."""
    found: dict[str, PartnerImportPair] = {}
    for part in _parts(marks):
        query = (
            sa.select(PartnerImportPair)
            .where(PartnerImportPair.mark.in_(part), PartnerImportPair.choice.is_not(None))
            .order_by(PartnerImportPair.chosen_at, PartnerImportPair.id)
        )
        for pair in session.scalars(query):
            found[pair.mark] = pair
    return found


def chosen(pair: PartnerImportPair | None) -> PairChoice | None:
    """What was said of a pair, if anything."""
    return pair.choice if pair is not None else None


def records(session: Session, organization_id: int) -> Sequence[BroughtAlong]:
    """What lists said about an organization and its programs: its own record first."""
    return session.scalars(
        sa.select(BroughtAlong)
        .where(BroughtAlong.organization_id == organization_id)
        .options(selectinload(BroughtAlong.upload))
        .order_by(BroughtAlong.program_id.is_not(None), BroughtAlong.program_id)
    ).all()


def answers(session: Session, organization_id: int) -> Mapping[int, Mapping[str, Any]]:
    """Answers that a list brought: the organization's own under 0, each program's under its id.

    Something to fill a form in with; nobody of the organization has said it.
    """
    return {record.program_id or 0: record.answers for record in records(session, organization_id)}


def missing(form: Form, own: Answers, program: Answers | None = None) -> list[str]:
    """Labels of the questions that the form asks of an organization, or of a program, and that no list answered."""
    known = {**own, **(program or {})}
    return [
        question.label
        for section in form.sections
        if section.per_program is (program is not None)
        for question in visible_questions(section, known)
        if question.required and known.get(question.key) in (None, "", [])
    ]
