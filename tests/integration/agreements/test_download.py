"""The sealed document leaves in few reads: a download asks the policy, and not for the whole agreement."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from sqlalchemy.orm import Session

from tests.factories import Factory
from tests.support.client import CheckingClient


def test_a_download_reads_three_times(
    make: Factory,
    session: Session,
    execute: Callable[[int], None],
    browser_for: Callable[..., CheckingClient],
    statements: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    school = make.school("Mather Elementary")
    leader = make.leader(school)
    agreement = make.signed(make.agreement(make.partnership(school=school)))
    session.commit()
    execute(agreement.id)
    browser = browser_for(leader)
    path = f"/agreements/{agreement.reference}/document.pdf"
    with statements() as sent:
        answer = browser.get(path)
    assert answer.status_code == 200
    assert sum(1 for text in sent if text.lstrip().upper().startswith("SELECT")) <= 3
    answer.close()
    stranger = make.leader(make.school("Elsewhere"))
    session.commit()
    assert browser_for(stranger).get(path).status_code == 404
