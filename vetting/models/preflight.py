"""What the checks before sending found in a document, and what its sender says about it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vetting.models.base import Base, Identified

if TYPE_CHECKING:
    from vetting.models.accounts import User


class DocumentCheck(Base, Identified):
    """The findings of one document version. ``facts_sha256`` is the digest of everything they were made from, so that
    a check whose facts changed is seen to be old; ``outcome`` is ``done`` or says why the file could not be read."""

    __tablename__ = "document_check"

    document_version_id: Mapped[int] = mapped_column(sa.ForeignKey("document_version.id"), unique=True)
    rules_version: Mapped[int]
    facts_sha256: Mapped[str] = mapped_column(sa.String(64))
    outcome: Mapped[str] = mapped_column(sa.String(20))
    findings: Mapped[list[Any]] = mapped_column(default=list)
    checked_at: Mapped[datetime]


class FindingNote(Base, Identified):
    """Why the sender thinks that a finding is fine. One for each finding; the newest words stand."""

    __tablename__ = "finding_note"
    __table_args__ = (sa.UniqueConstraint("document_version_id", "finding_key"),)

    document_version_id: Mapped[int] = mapped_column(sa.ForeignKey("document_version.id"))
    finding_key: Mapped[str] = mapped_column(sa.String(60))
    text: Mapped[str] = mapped_column(sa.Text)
    author_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))

    author: Mapped[User | None] = relationship()
