"""The PDF of a version before anybody signs it: marked as not signed on each page, drawn once by the worker."""

from __future__ import annotations

import io

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from vetting import clock
from vetting.documents.agreement import draft_pdf
from vetting.models import AgreementVersion, UnsignedCopy
from vetting.storage import Store
from vetting.unit_of_work import unit_of_work

AREA = "unsigned"


def make(sessions: sessionmaker[Session], store: Store, version_id: int) -> bool:
    """Draw and keep the copy of a version. False when it is there already, or the version is not.

    Raises ``DocumentError`` when it cannot be drawn, and ``LostRace`` when another worker was faster.
    """
    with sessions() as session:
        version = session.get(AgreementVersion, version_id)
        if version is None or _there(session, version_id):
            return False
        content, fixed_at = version.content, version.frozen_at
    stored = store.put(io.BytesIO(draft_pdf(content, fixed_at)), area=AREA)
    with sessions() as session, unit_of_work(session):
        session.add(
            UnsignedCopy(
                agreement_version_id=version_id,
                sha256=stored.sha256,
                size=stored.size,
                storage_key=stored.key,
                made_at=clock.now(),
            )
        )
    return True


def _there(session: Session, version_id: int) -> bool:
    found = sa.select(UnsignedCopy.id).where(UnsignedCopy.agreement_version_id == version_id)
    return session.scalars(found).first() is not None
