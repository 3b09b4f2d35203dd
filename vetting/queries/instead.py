"""What is kept here in the place of a document, and on which days it counts: a vendor number, a list of cleared people.

A list counts through the first day on which a new check of anybody on it is due. All days are local.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vetting.clock import local_date
from vetting.data.evidence_types import Instead, kinds_answered_by
from vetting.lapses.standing import DAY, Cover
from vetting.models import Clearance, ClearanceState, HistoryEntry, Organization, Requirement

Item = tuple[int, str]
"""An organization and a kind of document."""


def covers(
    session: Session, organizations: Collection[int], type_keys: Collection[str] = ()
) -> dict[Item, list[Cover]]:
    """What counts for these organizations in the place of documents, of these kinds where some are named.

    One read for each of the two, and none where no kind asks for it.
    """
    found: dict[Item, list[Cover]] = defaultdict(list)
    for instead, read in ((Instead.VENDOR_NUMBER, _numbers), (Instead.CLEARED_PEOPLE, _lists)):
        kinds = [key for key in kinds_answered_by(instead) if not type_keys or key in type_keys]
        if not kinds or not organizations:
            continue
        for number, cover in read(session, organizations).items():
            for key in kinds:
                found[number, key].append(cover)
    return found


def _numbers(session: Session, organizations: Collection[int]) -> dict[int, Cover]:
    query = sa.select(Organization.id, Organization.vendor_number_gone_on).where(
        Organization.id.in_(organizations),
        sa.or_(Organization.vendor_number != "", Organization.vendor_number_gone_on.is_not(None)),
    )
    return {number: Cover(None, None if gone is None else gone - DAY) for number, gone in session.execute(query)}


def _lists(session: Session, organizations: Collection[int]) -> dict[int, Cover]:
    """Lists with somebody on them; of one that is empty by now, until the day on which the last person left."""
    listed = Clearance.state == ClearanceState.LISTED
    # When somebody left is what the history says: an entry may be written to later, as when organizations are merged.
    left = sa.and_(
        HistoryEntry.subject_type == "clearance",
        HistoryEntry.subject_id == Clearance.id,
        HistoryEntry.to_state == ClearanceState.TAKEN_OFF,
        ~listed,
    )
    query = (
        sa.select(
            Clearance.organization_id,
            sa.func.min(sa.case((listed, Clearance.next_due_on))),
            # The step that takes somebody off is not in the history while it looks what follows from it.
            sa.func.max(sa.case((~listed, sa.func.coalesce(HistoryEntry.at, Clearance.updated_at)))),
        )
        .outerjoin(HistoryEntry, left)
        .where(Clearance.organization_id.in_(organizations))
        .group_by(Clearance.organization_id)
    )
    found = {}
    for number, due, left_at in session.execute(query):
        found[number] = Cover(None, due if due is not None else local_date(left_at) - DAY)
    return found


def stands_in(last: date) -> sa.ColumnElement[bool]:
    """That something counts through this day in the place of a required document, in SQL about ``Requirement``."""
    number = (
        sa.select(sa.literal(1))
        .select_from(Organization)
        .where(Organization.id == Requirement.organization_id, Organization.vendor_number != "")
        .correlate(Requirement)
        .exists()
    )
    people = (
        sa.select(sa.func.min(Clearance.next_due_on))
        .where(
            Clearance.organization_id == Requirement.organization_id,
            Clearance.state == ClearanceState.LISTED,
        )
        .correlate(Requirement)
        .scalar_subquery()
    )
    return sa.or_(
        sa.and_(Requirement.type_key.in_(kinds_answered_by(Instead.VENDOR_NUMBER)), number),
        sa.and_(
            Requirement.type_key.in_(kinds_answered_by(Instead.CLEARED_PEOPLE)), sa.func.coalesce(people >= last, False)
        ),
    )
