"""A decision rests on the versions that were looked at, and a later version changes nothing about that."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from tests.factories import Factory
from tests.support.client import CheckingClient
from vetting.models import Document


def test_a_later_version_leaves_what_was_decided_on_as_it_was(
    make: Factory, session: Session, browser_for: Callable[..., CheckingClient], read: Callable[..., str]
) -> None:
    case = make.approved()
    looked_at = case.evidence[0].document_version
    sha256, document = looked_at.sha256, looked_at.document_id
    kept = session.get_one(Document, document)
    newer = make.document(case.organization, kept.type_key, b"%PDF-1.4 something else\n", of=kept)
    assert newer.sha256 != sha256
    page = browser_for(make.director("Rita Reader")).get(f"/desk/cases/{case.reference}")
    text = page.get_data(as_text=True)
    assert sha256 in text
    assert newer.sha256 not in text
    assert "Newer version since" in read(page)
    pins = {pin["version"]: pin["sha256"] for pin in case.decisions[-1].evidence_pins}
    assert pins[looked_at.id] == sha256
    assert len(pins) == len(case.evidence)
