"""The demonstration shows what it is like to need more time."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from vetting.models import Extension, ExtensionState, InformationRequest, RequestState, User
from vetting.queries import deadlines

pytestmark = pytest.mark.timeout(900)


def test_one_application_has_more_time_and_another_waits(there: Session) -> None:
    rows = {row.state: row for row in there.query(Extension)}
    assert set(rows) == {ExtensionState.GIVEN, ExtensionState.ASKED}
    given = rows[ExtensionState.GIVEN]
    deadline = deadlines.deadline_of(there, given.application)
    assert deadline is not None
    assert deadline.shown == given.ends_at > deadline.closes_at


def test_a_request_of_two_things_is_open_and_somebody_reads_one_mail_a_day(there: Session) -> None:
    open_ones = there.query(InformationRequest).filter(InformationRequest.state == RequestState.OPEN)
    cases = [row.application_id for row in open_ones]
    assert any(cases.count(case) >= 2 for case in cases)
    assert any(person.preferences.get("mail") for person in there.query(User))
