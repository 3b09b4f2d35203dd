"""More programs than are counted are read a page at a time, those with the words in their name first."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories import Factory
from vetting.models import Program
from vetting.queries import directory, search
from vetting.queries.directory_question import Wanted

NAMED, DESCRIBED = 45, 30


@pytest.fixture
def many(session: Session, make: Factory, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Programs with *harbor* in their name or in their summary, in the order of the list; and one with neither."""
    organization = make.partner("Many Programs")
    first = session.scalars(sa.select(Program).where(Program.organization_id == organization.id)).first()
    assert first is not None
    columns = [column.name for column in Program.__table__.columns if column.name not in {"id", "reference"}]
    kept = {name: getattr(first, name) for name in columns}
    added = []
    for number in range(NAMED + DESCRIBED):
        name = f"Harbor {number % 40:02}" if number < NAMED else f"Anchor {number}"
        values = {**kept, "reference": f"PRG-TEST-{number:04}", "name": name, "summary": "By the harbor."}
        added.append(session.scalars(sa.insert(Program).values(**values).returning(Program)).one())
    search.refresh(session, added)
    session.commit()
    monkeypatch.setattr(directory, "EXACT_UP_TO", 10)
    return [
        program.id for program in sorted(added, key=lambda one: ("Harbor" not in one.name, one.name.lower(), one.id))
    ]


def test_pages_of_many_follow_each_other_there_and_back(session: Session, many: list[int]) -> None:
    there, found = [], directory.find(session, Wanted("harbor"))
    assert found.counts is None
    assert found.earlier is None
    while True:
        there.append([card.program.id for card in found.cards])
        if found.later is None:
            break
        found = directory.find(session, Wanted("harbor", after=found.later))
    assert [number for page in there for number in page] == many
    back = [[card.program.id for card in found.cards]]
    while found.earlier is not None:
        found = directory.find(session, Wanted("harbor", before=found.earlier))
        back.append([card.program.id for card in found.cards])
    assert [number for page in reversed(back) for number in page] == many
