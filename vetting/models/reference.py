"""Versioned reference data: standards, frameworks, forms, document types, categories, templates, settings.

A published version never changes. A case pins the versions it was started under, so later versions cannot
move the ground under it.
"""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from vetting.data.reading import Provenance
from vetting.models.base import Base, Versioned, choice


class ReferenceKind(enum.StrEnum):
    STANDARDS = "standards"
    EFFECTIVENESS = "effectiveness"
    FORM = "form"
    EVIDENCE_TYPES = "evidence_types"
    CATEGORIES = "categories"
    VOCABULARY = "vocabulary"
    AGREEMENT_TEMPLATE = "agreement_template"
    AGREEMENT_TYPES = "agreement_types"
    SETTINGS = "settings"
    CALENDAR = "calendar"


class ReferenceState(enum.StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"
    DISCARDED = "discarded"


class ReferenceVersion(Base, Versioned):
    """One version of one set. ``number`` counts up per kind and key; ``content`` is immutable once published."""

    __tablename__ = "reference_version"
    __table_args__ = (
        sa.UniqueConstraint("kind", "key", "number"),
        sa.CheckConstraint("state IN ('draft', 'discarded') OR published_at IS NOT NULL", name="published"),
        sa.Index(
            "uq_reference_version_current",
            "kind",
            "key",
            unique=True,
            sqlite_where=sa.text("state = 'published'"),
            postgresql_where=sa.text("state = 'published'"),
        ),
    )

    kind: Mapped[ReferenceKind] = mapped_column(choice(ReferenceKind))
    key: Mapped[str] = mapped_column(sa.String(80))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(sa.String(200))
    provenance: Mapped[Provenance] = mapped_column(choice(Provenance))
    provenance_note: Mapped[str] = mapped_column(sa.Text, default="")
    content: Mapped[dict[str, Any]]
    content_sha256: Mapped[str] = mapped_column(sa.String(64))
    state: Mapped[ReferenceState] = mapped_column(choice(ReferenceState), default=ReferenceState.DRAFT)
    published_at: Mapped[datetime | None]
