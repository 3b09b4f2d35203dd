"""Files on their way: what a browser has begun to send in pieces, and how much of it is safe with us."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vetting import clock
from vetting.models.base import Base, Identified

if TYPE_CHECKING:
    from vetting.models.applications import Application
    from vetting.models.organizations import Organization


class Upload(Base, Identified):
    """One file that one person sends for one purpose.

    ``received`` bytes are on disk for good; the next piece begins there and nowhere else. ``sha256`` is the browser's
    word for the whole file, and the file is taken only if it comes true. ``scope`` is the public reference of what it
    is for. The row goes when the file has become evidence, or a day after the last piece.
    """

    __tablename__ = "upload"
    __table_args__ = (
        sa.UniqueConstraint("account_id", "scope", "type_key", "sha256"),
        sa.CheckConstraint("size > 0 AND received >= 0 AND received <= size", name="received"),
        sa.CheckConstraint("(finished_at IS NULL) = (storage_key = '')", name="finished"),
    )

    reference: Mapped[str] = mapped_column(sa.String(20), unique=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    organization_id: Mapped[int] = mapped_column(sa.ForeignKey("organization.id"), index=True)
    application_id: Mapped[int | None] = mapped_column(sa.ForeignKey("application.id"), index=True)
    scope: Mapped[str] = mapped_column(sa.String(20))
    type_key: Mapped[str] = mapped_column(sa.String(60))
    filename: Mapped[str] = mapped_column(sa.String(255))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(sa.String(64))
    received: Mapped[int] = mapped_column(default=0)
    touched_at: Mapped[datetime] = mapped_column(default=clock.now, index=True)
    finished_at: Mapped[datetime | None]
    media_type: Mapped[str] = mapped_column(sa.String(120), default="")
    storage_key: Mapped[str] = mapped_column(sa.String(200), default="")

    application: Mapped[Application | None] = relationship()
    organization: Mapped[Organization] = relationship()
