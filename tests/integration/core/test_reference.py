"""Published reference data: one version at a time, and never changed."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from vetting.data.reading import Provenance
from vetting.models import ReferenceKind, ReferenceState, ReferenceVersion
from vetting.queries import references
from vetting.unit_of_work import unit_of_work


def test_a_new_version_retires_the_one_before(make, session):
    former = references.current(session, ReferenceKind.VOCABULARY, "vocabulary")
    fresh = ReferenceVersion(
        kind=former.kind,
        key=former.key,
        number=2,
        title=former.title,
        provenance=Provenance.DISTRICT,
        content={"lists": []},
        content_sha256="0" * 64,
    )
    make.take("reference", fresh, "draft")
    make.take("reference", fresh, "publish")

    assert references.current(session, ReferenceKind.VOCABULARY, "vocabulary") is fresh
    session.refresh(former)
    assert former.state is ReferenceState.RETIRED


def test_the_database_refuses_to_change_a_published_version(make, session):
    version = references.current(session, ReferenceKind.STANDARDS, "quality-standards")
    with pytest.raises(sa.exc.DBAPIError, match="never changed"), unit_of_work(session):
        session.execute(sa.update(ReferenceVersion).where(ReferenceVersion.id == version.id).values(content={}))
