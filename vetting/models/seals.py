"""The seals the district has used: what a document of any year is checked against."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from vetting.models.base import Base, Identified


class SealCertificate(Base, Identified):
    """One certificate that sealed at least one document. Never changed: documents outlive their seals.

    ``fingerprint`` is the SHA-256 of the certificate (DER, hex); ``chain`` is PEM, the seal first, its root last.
    """

    __tablename__ = "seal_certificate"

    fingerprint: Mapped[str] = mapped_column(sa.String(64), unique=True)
    subject: Mapped[str] = mapped_column(sa.String(500))
    chain: Mapped[str] = mapped_column(sa.Text)
    development: Mapped[bool]
    first_used_at: Mapped[datetime]
