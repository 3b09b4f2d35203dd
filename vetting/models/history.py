"""History: one append-only row per change, chained per subject by hash."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from vetting.canonical import digest
from vetting.models.base import Base

GENESIS = "0" * 64


class HistoryEntry(Base):
    """What changed, who changed it, when, and why.

    ``application_id``, ``organization_id``, ``agreement_id`` and ``school_id`` say what the change is about, so that a
    timeline is one indexed read. They carry no foreign key: history outlives its subjects.
    """

    __tablename__ = "history_entry"
    __table_args__ = (
        sa.UniqueConstraint("subject_type", "subject_id", "sequence"),
        sa.Index("ix_history_application", "application_id", "id"),
        sa.Index("ix_history_organization", "organization_id", "id"),
        sa.Index("ix_history_agreement", "agreement_id", "id"),
        sa.Index("ix_history_school", "school_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    subject_type: Mapped[str] = mapped_column(sa.String(40))
    subject_id: Mapped[int]
    sequence: Mapped[int]
    step: Mapped[str] = mapped_column(sa.String(60))
    from_state: Mapped[str | None] = mapped_column(sa.String(48))
    to_state: Mapped[str] = mapped_column(sa.String(48))
    actor_id: Mapped[int | None]
    actor_kind: Mapped[str] = mapped_column(sa.String(20))
    actor_name: Mapped[str] = mapped_column(sa.String(200))
    at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    application_id: Mapped[int | None]
    organization_id: Mapped[int | None]
    agreement_id: Mapped[int | None]
    school_id: Mapped[int | None]
    previous_hash: Mapped[str] = mapped_column(sa.String(64))
    hash: Mapped[str] = mapped_column(sa.String(64))

    def sealed_content(self) -> dict[str, Any]:
        """Everything the hash covers, in canonical form."""
        return {
            "subject": [self.subject_type, self.subject_id, self.sequence],
            "step": self.step,
            "from": self.from_state,
            "to": self.to_state,
            "actor": [self.actor_kind, self.actor_id, self.actor_name],
            "at": self.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "reason": self.reason,
            "data": self.data,
            "about": [self.application_id, self.organization_id, self.agreement_id, self.school_id],
            "previous": self.previous_hash,
        }

    def computed_hash(self) -> str:
        """SHA-256 over the canonical content, which includes the hash before it."""
        return digest("history.v1", self.sealed_content())
