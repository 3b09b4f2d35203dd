"""Looking for a case by a part of its reference, its organization's or a program's name."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories import Factory
from vetting.models import Application
from vetting.queries import search
from vetting.unit_of_work import unit_of_work


def found(session: Session, text: str) -> set[str]:
    query = sa.select(Application.reference).where(search.search_condition())
    return set(session.scalars(query, search.search_parameters(text)))


def test_parts_of_any_length_are_found_as_they_are(make: Factory, session: Session) -> None:
    case = make.submitted(make.registration(make.organization(name='Ñandú "Q" 50%_off')))
    other = make.submitted(make.registration(make.organization(name="Harbor Arts")))
    for text in ("dú", "ÑA", '"', "NANDU", '"q"', "50%_", "%_", "andu", case.reference[4:].lower()):
        assert found(session, text) == {case.reference}, text
    for text in ("5_%", "nandu harbor", "u~", "q 50"):
        assert found(session, text) == set(), text
    assert found(session, "ha") == {other.reference}


def test_a_draft_is_not_found_and_an_approved_name_is(make: Factory, session: Session) -> None:
    draft = make.registration(make.organization(name="Quiet Draft"))
    assert found(session, "quiet") == set()
    approved = make.approved()
    with unit_of_work(session):
        approved.organization.legal_name = "Renamed Riverside"
        search.refresh_cases_of(session, approved.organization)
    assert found(session, "renamed river") == {approved.reference}
    assert found(session, draft.reference) == set()
