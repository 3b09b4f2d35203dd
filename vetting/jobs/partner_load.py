"""Load one row of the office's list: look at it once more, then take the steps that bring it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vetting import clock
from vetting.calendar_days import fiscal_year_of, school_year_bounds
from vetting.imports.lookalikes import NEARLY_ALIKE, similarity
from vetting.imports.partner_columns import ACTIVE
from vetting.imports.partners import Line
from vetting.jobs import partner_plan
from vetting.jobs.partner_plan import LIVE, Decision, Period
from vetting.models import (
    Designation,
    DesignationKind,
    DesignationState,
    HistoryEntry,
    Organization,
    PartnerImportItem,
    Partnership,
    PartnershipState,
    Program,
    ProgramState,
    RowPlan,
    RowResult,
    Sheet,
)
from vetting.policy import SYSTEM
from vetting.queries import brought_along
from vetting.queries.brought_along import Asked, World
from vetting.refs import folded, new_reference
from vetting.sealing import Sealer
from vetting.text import N_, Message, say
from vetting.workflows import engine
from vetting.workflows.import_commands import BringPartner, BringProgram, NewDates
from vetting.workflows.registry import workflow_named

SAID: Mapping[RowResult, str] = {
    RowResult.CREATED: N_("Added."),
    RowResult.UPDATED: N_("Brought up to date."),
}
MOVED = N_("What we have on record changed while the list was loading. Upload the list again.")
NOT_LOADED = (RowPlan.BAD, RowPlan.SKIP, RowPlan.ASK)
"""Rows that nothing is taken from, whomever they are about."""

PARTNER_MISSING = N_("Its partner was not loaded, so this was left out.")
PROGRAM_MISSING = N_("Its program was not loaded, so this was left out.")


def load_row(session: Session, sealer: Sealer, item: PartnerImportItem, line: Line) -> RowResult | Message:
    """Take the steps of one row inside the caller's unit of work; or say why it is not loaded, and do nothing.

    Raises ``StepError``.
    """
    decided = _DECIDE[item.sheet](session, sealer, item, line)
    if isinstance(decided, Message):
        return decided
    decision, world = decided
    if decision.plan is RowPlan.BAD and decision.problems:
        return decision.problems[0]
    if decision.plan is not item.plan or decision.changes != item.changes:
        return say(MOVED)
    _DO[item.sheet](_Steps(session, item), line, decision, world)
    return RowResult.CREATED if item.plan is RowPlan.CREATE else RowResult.UPDATED


Decided = tuple[Decision, World] | Message


def _partner(session: Session, sealer: Sealer, item: PartnerImportItem, line: Line) -> Decided:
    number = partner_plan.own_tax_id(line)
    digests = {sealer.digest(number)} if number is not None else set()
    ids = {item.organization_id} if item.organization_id is not None else set()
    world = brought_along.world(session, Asked(keys={line.key}, digests=digests, organizations=ids))
    if item.organization_id is not None:
        return partner_plan.partner(line, world, world.by_id[item.organization_id], sealer), world
    name = folded(str(line.answers["legal_name"]))
    twins = [o for d in digests for o in world.by_digest.get(d, []) if similarity(name, o.name_folded) >= NEARLY_ALIKE]
    if line.key in world.by_key or any(not _of_this_list(session, item, twin) for twin in twins):
        return say(MOVED)
    return partner_plan.partner(line, world, None, sealer), world


def _of_this_list(session: Session, item: PartnerImportItem, organization: Organization) -> bool:
    """Whether another row of the same list brought it; a person has said that the two are different."""
    query = sa.select(PartnerImportItem.id).where(
        PartnerImportItem.import_id == item.import_id,
        PartnerImportItem.organization_id == organization.id,
        PartnerImportItem.plan.not_in(NOT_LOADED),
    )
    return session.scalars(query.limit(1)).first() is not None


def _program(session: Session, sealer: Sealer, item: PartnerImportItem, line: Line) -> Decided:
    organization_id = _partner_of(session, item, str(line.values["partner_key"]))
    if organization_id is None:
        return say(PARTNER_MISSING)
    world = brought_along.world(session, Asked(programs={line.key}, organizations={organization_id}))
    return partner_plan.program(line, world, world.by_id[organization_id]), world


def _partner_of(session: Session, item: PartnerImportItem, key: str) -> int | None:
    """The organization that a key stands for: by the rows of this list, else by what was brought along before."""
    row = session.scalars(
        sa.select(PartnerImportItem).where(
            PartnerImportItem.import_id == item.import_id,
            PartnerImportItem.sheet == Sheet.PARTNERS,
            PartnerImportItem.key == key,
        )
    ).first()
    seen: set[int] = set()
    while row is not None and row.same_as is not None and row.position not in seen:
        seen.add(row.position)
        row = session.scalars(
            sa.select(PartnerImportItem).where(
                PartnerImportItem.import_id == item.import_id, PartnerImportItem.position == row.same_as
            )
        ).first()
    if row is not None:
        return row.organization_id if row.plan not in NOT_LOADED else None
    return session.scalar(sa.select(Organization.id).where(Organization.import_key == key))


def _partnership(session: Session, sealer: Sealer, item: PartnerImportItem, line: Line) -> Decided:
    world = brought_along.world(session, Asked(programs={line.key}, schools={str(line.values["dese_id"])}))
    program = world.programs.get(line.key)
    if program is None:
        return say(PROGRAM_MISSING)
    organization = world.by_id[program.organization_id]
    if not partner_plan.in_good_standing(organization, None):
        return say(N_("Its partner is not a School-Community Partner today."))
    return partner_plan.partnership(line, world, program, organization), world


_DECIDE = {Sheet.PARTNERS: _partner, Sheet.PROGRAMS: _program, Sheet.PARTNERSHIPS: _partnership}


class _Steps:
    """Takes steps as the system, because of the step by which a person had the list loaded."""

    def __init__(self, session: Session, item: PartnerImportItem) -> None:
        self.session = session
        self.item = item
        upload = item.upload
        self.reason = f"Brought along by import {upload.reference}, row {item.line}"
        self.cause: HistoryEntry | None = engine.last_entry(session, "partner_import", upload.id)

    def take(self, workflow: str, subject: Any, step: str, data: Any) -> None:
        engine.run(
            self.session,
            workflow_named(workflow),
            subject,
            step,
            SYSTEM,
            data=data,
            reason=self.reason,
            cause=self.cause,
        )


def _bring_partner(steps: _Steps, line: Line, decision: Decision, world: World) -> None:
    organization = decision.organization
    own = organization is not None and organization.id in world.own
    command = BringPartner(steps.item.import_id, line.key, decision.answers, describes=not own)
    if organization is not None:
        steps.take("partner", organization, "bring_up_to_date", command)
    else:
        name = str(line.answers["legal_name"])
        organization = Organization(
            reference=new_reference("ORG"),
            legal_name=name,
            name_folded=folded(name),
            kind=str(line.answers["organization_kind"]),
            import_key=line.key,
        )
        steps.take("partner", organization, "bring_along", command)
        steps.item.organization_id = organization.id
    _hold(steps, organization, decision.period, kind=DesignationKind.PARTNER)


def _bring_program(steps: _Steps, line: Line, decision: Decision, world: World) -> None:
    organization, program = decision.organization, decision.subject
    if organization is None:
        raise LookupError("a program is loaded after its partner")
    # What partners have said of a program themselves is not written over from a list.
    describes = program is None or organization.id not in world.own
    command = BringProgram(steps.item.import_id, line.key, decision.answers, describes)
    steps.item.organization_id = organization.id
    enough = partner_plan.complete(decision.answers)
    if program is None:
        name = str(line.answers["program_name"])
        program = Program(reference=new_reference("PRG"), organization=organization, name=name)
        steps.take("program", program, "bring_along" if enough else "bring_unfinished", command)
    else:
        steps.take("program", program, "bring_up_to_date", command)
        if describes and enough and program.state is ProgramState.DRAFT:
            steps.take("program", program, "list_brought_along", command)
    category = str(line.values.get("portfolio_category", ""))
    _hold(
        steps,
        organization,
        decision.period,
        kind=DesignationKind.PORTFOLIO,
        program_id=program.id,
        category_key=category,
    )


def _bring_partnership(steps: _Steps, line: Line, decision: Decision, world: World) -> None:
    year = str(line.values["school_year"])
    program, school = world.programs[line.key], world.schools[str(line.values["dese_id"])]
    steps.item.organization_id = program.organization_id
    there = decision.subject
    if there is None:
        there = Partnership(
            reference=new_reference("PSH"),
            program_id=program.id,
            program=program,
            school_id=school.id,
            school=school,
            school_year=year,
        )
        steps.take("partnership", there, "bring_along", steps.item.import_id)
    else:
        steps.take("partnership", there, "bring_up_to_date", steps.item.import_id)
    if line.values["state"] == ACTIVE and there.state is PartnershipState.CONFIRMED:
        steps.take("partnership", there, "activate", None)
    _hold(
        steps,
        program.organization,
        decision.period,
        kind=DesignationKind.FUNDED,
        school_id=school.id,
        fiscal_year=fiscal_year_of(school_year_bounds(year)[0]),
        program_id=program.id,
    )


def _hold(steps: _Steps, organization: Organization, period: Period | None, **scope: Any) -> None:
    """Place the organization for these days, or correct the days of what a list brought before."""
    if period is None:
        return
    starts, ends = period
    ours = [d for d in organization.designations if d.state in LIVE and partner_plan.from_a_list(d)]
    held = next((d for d in ours if all(getattr(d, name) == value for name, value in scope.items())), None)
    if held is None:
        held = Designation(organization=organization, starts_on=starts, ends_on=ends, **scope)
        steps.take("designation", held, "schedule", None)
    elif (held.starts_on, held.ends_on) != period:
        steps.take("designation", held, "correct", NewDates(starts, ends))
    if held.state is DesignationState.SCHEDULED and starts <= clock.today():
        steps.take("designation", held, "begin", None)
    if held.state is DesignationState.IN_FORCE and ends < clock.today():
        steps.take("designation", held, "end", None)


_DO = {Sheet.PARTNERS: _bring_partner, Sheet.PROGRAMS: _bring_program, Sheet.PARTNERSHIPS: _bring_partnership}
