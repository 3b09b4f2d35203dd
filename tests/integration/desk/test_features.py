"""Parts of the desk are off until somebody switches them on, and who did stays on record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories import Factory
from tests.support.client import CheckingClient
from vetting.models import Feature, HistoryEntry, Role
from vetting.queries.people_at_work import features_on

Browser = Callable[..., CheckingClient]


@pytest.mark.parametrize("role", [Role.SYSTEM_ADMIN, Role.DIRECTOR])
def test_a_part_is_switched_on_and_off_at_once(
    make: Factory, session: Session, browser_for: Browser, read: Any, sent: Any, role: Role
) -> None:
    browser = browser_for(make.person("Ada Boss", role))
    assert "Parts of the desk" in read(browser.get("/admin/features"))
    assert features_on(session) == frozenset()
    for wanted, state in (("on", {Feature.COVER}), ("off", set()), ("on", {Feature.COVER})):
        version = "" if features_on(session) == frozenset() and wanted == "on" else None
        browser.post("/admin/features/cover", data={"switch": wanted, **({"version": version} if version else {})})
        session.rollback()
        assert features_on(session) == state
    page = read(browser.get("/admin/features"))
    assert "Cover for absence On" in page
    assert "Who switched it" in page
    assert "Ada Boss" in page
    steps = session.scalars(
        sa.select(HistoryEntry.step).where(HistoryEntry.subject_type == "desk_feature").order_by(HistoryEntry.id)
    )
    assert list(steps) == ["begin", "switch_off", "switch_on"]


def test_a_second_click_changes_nothing(make: Factory, session: Session, browser_for: Browser) -> None:
    browser = browser_for(make.director())
    for _click in range(2):
        assert browser.post("/admin/features/lanes", data={"switch": "on"}).status_code == 303
    session.rollback()
    count = sa.select(sa.func.count()).where(HistoryEntry.subject_type == "desk_feature")
    assert session.scalar(count) == 1


def test_what_does_not_exist_cannot_be_switched(make: Factory, browser_for: Browser) -> None:
    browser = browser_for(make.director())
    assert browser.post("/admin/features/time_travel", data={"switch": "on"}).status_code == 404
    assert browser.post("/admin/features/cover", data={"switch": "perhaps"}).status_code == 400
    assert browser_for(make.coordinator()).post("/admin/features/cover", data={"switch": "on"}).status_code in {
        403,
        404,
    }
