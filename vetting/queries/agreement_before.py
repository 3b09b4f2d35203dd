"""Which agreement a reader compares one with: what it replaces or follows, or else the last on the same program."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from vetting.models import Agreement, Partnership


def of(session: Session, agreement: Agreement) -> Agreement | None:
    """The agreement before this one, with its versions; None where there was none.

    Where nothing is named, it is the newest on the same program at the same school that was executed and began before.
    """
    query = sa.select(Agreement).options(selectinload(Agreement.versions))
    named = agreement.supersedes_id or agreement.follows_id
    if named is not None:
        return session.scalars(query.where(Agreement.id == named)).first()
    if agreement.starts_on is None:
        return None
    program = sa.select(Partnership.program_id).where(Partnership.id == agreement.partnership_id).scalar_subquery()
    return session.scalars(
        query.join(Partnership, Partnership.id == Agreement.partnership_id)
        .where(
            Agreement.school_id == agreement.school_id,
            Partnership.program_id == program,
            Agreement.id != agreement.id,
            Agreement.executed_at.is_not(None),
            Agreement.starts_on < agreement.starts_on,
        )
        .order_by(Agreement.starts_on.desc(), Agreement.id.desc())
        .limit(1)
    ).first()
