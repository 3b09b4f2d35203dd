"""Published reference data, read from the database and kept parsed by its hash (content never changes)."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vetting.models import ReferenceKind, ReferenceState, ReferenceVersion
from vetting.standards.effectiveness import EffectivenessFramework, effectiveness_from
from vetting.standards.framework import Framework
from vetting.standards.loading import framework_from

Parsed = TypeVar("Parsed")


class ReferenceMissing(LookupError):
    """A set that the product cannot work without has no published version."""


def current(session: Session, kind: ReferenceKind, key: str) -> ReferenceVersion:
    """The published version of a set. Raises ``ReferenceMissing``."""
    found = session.scalars(
        sa.select(ReferenceVersion).where(
            ReferenceVersion.kind == kind,
            ReferenceVersion.key == key,
            ReferenceVersion.state == ReferenceState.PUBLISHED,
        )
    ).first()
    if found is None:
        raise ReferenceMissing(f"No published {kind.value} called {key}. Run: flask --app wsgi vetting migrate")
    return found


def keeper(parse: Callable[[Any, str], Parsed], size: int = 32) -> Callable[[ReferenceVersion], Parsed]:
    """A reader that parses each distinct content once per process."""
    contents: dict[str, Any] = {}

    @lru_cache(maxsize=size)
    def parsed(sha256: str, source: str) -> Parsed:
        return parse(contents.pop(sha256), source)

    def read(version: ReferenceVersion) -> Parsed:
        contents[version.content_sha256] = version.content
        value = parsed(version.content_sha256, f"{version.key} version {version.number}")
        contents.pop(version.content_sha256, None)
        return value

    return read


framework: Callable[[ReferenceVersion], Framework] = keeper(framework_from)
effectiveness: Callable[[ReferenceVersion], EffectivenessFramework] = keeper(effectiveness_from)
