"""Publish the reference data that ships with the program, where a district has none of its own yet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vetting.data.agreement_template import agreement_template_from
from vetting.data.agreement_types import agreement_types_from
from vetting.data.reading import Node, content_hash, content_of, read_header
from vetting.models import ReferenceKind, ReferenceVersion
from vetting.policy import SYSTEM
from vetting.workflows import engine
from vetting.workflows.reference import REFERENCE

SHIPPED: tuple[tuple[ReferenceKind, str], ...] = (
    (ReferenceKind.SETTINGS, "settings-1.yaml"),
    (ReferenceKind.VOCABULARY, "vocabulary-1.yaml"),
    (ReferenceKind.CALENDAR, "calendar-1.yaml"),
    (ReferenceKind.CATEGORIES, "categories/service-categories-1.yaml"),
    (ReferenceKind.EVIDENCE_TYPES, "documents/evidence-types-1.yaml"),
    (ReferenceKind.STANDARDS, "standards/quality-standards-1.yaml"),
    (ReferenceKind.EFFECTIVENESS, "frameworks/partnership-effectiveness-1.yaml"),
    (ReferenceKind.FORM, "forms/registration-1.yaml"),
    (ReferenceKind.FORM, "forms/portfolio-1.yaml"),
    (ReferenceKind.AGREEMENT_TEMPLATE, "agreements/scope-of-service-1.yaml"),
    (ReferenceKind.AGREEMENT_TYPES, "agreements/types-1.yaml"),
)
"""Every shipped set by kind and file."""

READERS: Mapping[ReferenceKind, Callable[[Mapping[str, Any], str], object]] = {
    ReferenceKind.AGREEMENT_TEMPLATE: agreement_template_from,
    ReferenceKind.AGREEMENT_TYPES: agreement_types_from,
}
"""Sets that are read as a whole before they are published, so that a wrong row is named at the start."""


def publish_shipped(session: Session) -> list[str]:
    """Publish each shipped set whose key and number the database does not know. Returns their titles."""
    published = []
    for kind, name in SHIPPED:
        content = content_of(name)
        if kind in READERS:
            READERS[kind](content, name)
        header = read_header(Node(content, name))
        known = session.scalar(
            sa.select(ReferenceVersion.id).where(
                ReferenceVersion.kind == kind,
                ReferenceVersion.key == header.key,
                ReferenceVersion.number == header.version,
            )
        )
        if known is not None:
            continue
        version = ReferenceVersion(
            kind=kind,
            key=header.key,
            number=header.version,
            title=header.title,
            provenance=header.provenance,
            provenance_note=header.provenance_note,
            content=content,
            content_sha256=content_hash(content),
        )
        engine.run(session, REFERENCE, version, "draft", SYSTEM)
        engine.run(session, REFERENCE, version, "publish", SYSTEM)
        published.append(header.title)
    return published
