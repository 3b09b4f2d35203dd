"""Files on their way, and how much room an organization has left."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vetting.data.process_settings import ORGANIZATION_BYTES
from vetting.models import Document, DocumentVersion, Organization, Upload
from vetting.policy import Actor
from vetting.queries.organizations import visible_organizations
from vetting.queries.settings import process_settings

NEAR_PERCENT = 80
SHOWN = 50


@dataclass(frozen=True)
class Space:
    """How many bytes an organization may keep with us and how many it does, those on their way included."""

    organization_id: int
    limit: int
    used: int

    @property
    def left(self) -> int:
        return max(self.limit - self.used, 0)

    @property
    def percent(self) -> int:
        """Whole percent in use, rounded down."""
        return self.used * 100 // self.limit

    @property
    def near(self) -> bool:
        """Whether it is time to speak about it."""
        return self.percent >= NEAR_PERCENT


def limit_of(session: Session) -> int:
    """Bytes that one organization may keep under the settings of today."""
    uploads = process_settings(session).content["uploads"]
    return int(uploads.get("organization_bytes", ORGANIZATION_BYTES))


def space_of(session: Session, organization_id: int) -> Space:
    """The room of one organization."""
    used = session.scalar(sa.select(sa.func.coalesce(sa.func.sum(_kept(organization_id).c.size), 0)))
    return Space(organization_id, limit_of(session), int(used or 0))


def fullest(session: Session, actor: Actor) -> list[tuple[Organization, Space]]:
    """The organizations that keep the most with us, of those this person may read about."""
    limit, kept = limit_of(session), _kept()
    used = sa.func.sum(kept.c.size)
    rows = session.execute(
        sa.select(Organization, used)
        .join(kept, kept.c.organization_id == Organization.id)
        .where(visible_organizations(actor))
        .group_by(Organization.id)
        .order_by(used.desc(), Organization.id)
        .limit(SHOWN)
    )
    return [(organization, Space(organization.id, limit, int(size))) for organization, size in rows]


def _kept(organization_id: int | None = None) -> sa.Subquery:
    """One row for each file an organization keeps: the same bytes count once."""
    stored = sa.select(Document.organization_id, DocumentVersion.sha256, DocumentVersion.size).join(
        Document, Document.id == DocumentVersion.document_id
    )
    coming = sa.select(Upload.organization_id, Upload.sha256, Upload.size)
    if organization_id is not None:
        stored = stored.where(Document.organization_id == organization_id)
        coming = coming.where(Upload.organization_id == organization_id)
    return sa.union(stored, coming).subquery()


def by_reference(session: Session, reference: str) -> Upload | None:
    """A file on its way."""
    return session.scalars(sa.select(Upload).where(Upload.reference == reference)).first()


def begun(session: Session, account_id: int, scope: str, type_key: str, sha256: str) -> Upload | None:
    """What this person began to send before, for the same purpose and with the same content."""
    return session.scalars(
        sa.select(Upload).where(
            Upload.account_id == account_id,
            Upload.scope == scope,
            Upload.type_key == type_key,
            Upload.sha256 == sha256,
        )
    ).first()


def of_page(session: Session, account_id: int | None, scope: str, type_key: str) -> list[Upload]:
    """Everything this person has on its way for one purpose, in the order it was begun."""
    return list(
        session.scalars(
            sa.select(Upload)
            .where(Upload.account_id == account_id, Upload.scope == scope, Upload.type_key == type_key)
            .order_by(Upload.id)
        )
    )


def count_of(session: Session, account_id: int) -> int:
    """How many files this person has on its way, for whatever purpose."""
    return session.scalar(sa.select(sa.func.count()).where(Upload.account_id == account_id)) or 0
