"""What was brought along, as it stands now, in the shape of the template: to look at, to mend, to load again.

Tax ids show their last four digits; a cell that says only these leaves the number as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from vetting.imports.partner_columns import ACTIVE, COLUMNS, CONFIRMED, NO, YES, Column, words_of
from vetting.jobs.partner_plan import LIVE, from_a_list
from vetting.models import (
    BroughtAlong,
    Designation,
    DesignationKind,
    DesignationState,
    Organization,
    Partnership,
    PartnershipState,
    PartnerState,
    Program,
    Sheet,
)
from vetting.questionnaires.ein import masked_ein

AT_ONCE = 500
KEPT = LIVE | {DesignationState.ENDED}
GONE = frozenset({PartnerState.EXITED, PartnerState.MERGED})


def rows(session: Session) -> dict[Sheet, Iterator[list[str]]]:
    """The rows of each sheet, read as they are used."""
    return {
        Sheet.PARTNERS: _partners(session),
        Sheet.PROGRAMS: _programs(session),
        Sheet.PARTNERSHIPS: _partnerships(session),
    }


def _records(session: Session, *, programs: bool) -> Iterator[tuple[Organization, BroughtAlong]]:
    after = 0
    while True:
        query = (
            sa.select(Organization, BroughtAlong)
            .join(BroughtAlong, BroughtAlong.organization_id == Organization.id)
            .where(
                BroughtAlong.id > after,
                BroughtAlong.program_id.is_not(None) if programs else BroughtAlong.program_id.is_(None),
                Organization.import_key.is_not(None),
                Organization.state.not_in(GONE),
            )
            .options(selectinload(Organization.designations))
            .order_by(BroughtAlong.id)
            .limit(AT_ONCE)
        )
        found = session.execute(query).all()
        if not found:
            return
        yield from ((row[0], row[1]) for row in found)
        after = found[-1][1].id


def _partners(session: Session) -> Iterator[list[str]]:
    for organization, record in _records(session, programs=False):
        held = _held(organization, kind=DesignationKind.PARTNER)
        own = {
            "partner_key": organization.import_key or "",
            "contact_language": str(record.answers.get("contact_language", "")),
            **_days("partner_since", "partner_until", held),
        }
        yield _row(Sheet.PARTNERS, record.answers, own)


def _programs(session: Session) -> Iterator[list[str]]:
    for organization, record in _records(session, programs=True):
        held = _held(organization, kind=DesignationKind.PORTFOLIO, program_id=record.program_id)
        own = {
            "program_key": record.program_key or "",
            "partner_key": organization.import_key or "",
            "portfolio_category": held.category_key if held is not None else "",
            **_days("portfolio_from", "portfolio_until", held),
        }
        yield _row(Sheet.PROGRAMS, record.answers, own)


def _partnerships(session: Session) -> Iterator[list[str]]:
    query = (
        sa.select(Partnership, BroughtAlong.program_key)
        .join(BroughtAlong, BroughtAlong.program_id == Partnership.program_id)
        .join(Program, Program.id == Partnership.program_id)
        .where(Partnership.state.in_([PartnershipState.CONFIRMED, PartnershipState.ACTIVE]))
        .options(
            joinedload(Partnership.school),
            joinedload(Partnership.program).joinedload(Program.organization).selectinload(Organization.designations),
        )
        .order_by(Partnership.id)
    )
    for partnership, key in session.execute(query):
        held = _held(
            partnership.program.organization,
            kind=DesignationKind.FUNDED,
            school_id=partnership.school_id,
            program_id=partnership.program_id,
        )
        own = {
            "program_key": key or "",
            "dese_id": partnership.school.dese_id,
            "school_year": partnership.school_year,
            "state": ACTIVE if partnership.state is PartnershipState.ACTIVE else CONFIRMED,
            "district_money": YES if held is not None else NO,
            **_days("money_from", "money_until", held),
        }
        yield _row(Sheet.PARTNERSHIPS, {}, own)


def _held(organization: Organization, **scope: Any) -> Designation | None:
    """The newest of what a list brought, in force, to come, or over."""
    ours = [
        held
        for held in organization.designations
        if from_a_list(held)
        and held.state in KEPT
        and held.ends_on is not None
        and all(getattr(held, name) == value for name, value in scope.items())
    ]
    return max(ours, key=lambda held: (held.state in LIVE, held.id), default=None)


def _days(first: str, last: str, held: Designation | None) -> dict[str, str]:
    if held is None or held.ends_on is None:
        return {}
    return {first: held.starts_on.isoformat(), last: held.ends_on.isoformat()}


def _row(sheet: Sheet, answers: Mapping[str, Any], own: Mapping[str, str]) -> list[str]:
    return [_cell(column, own.get(column.key, answers.get(column.question))) for column in COLUMNS[sheet]]


def _cell(column: Column, value: Any) -> str:
    if value in (None, ""):
        return ""
    if isinstance(value, Mapping):
        return masked_ein(str(value.get("last4", "")))
    words = dict(words_of(column))
    parts = [str(part) for part in value] if isinstance(value, list) else [str(value)]
    return "; ".join(words.get(part, part) for part in parts)
