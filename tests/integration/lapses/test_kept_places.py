"""Every place where files lie has its rows of the schedule, and a legal hold keeps what is in it."""

from __future__ import annotations

import os
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.support.pages import text_of
from vetting import clock
from vetting.data.kept import Goes, load_kept
from vetting.documents.kinds import PDF
from vetting.documents.renditions import Renditions, Source, Wish
from vetting.jobs.sweep import sweep_uploads
from vetting.lapses.keeping import RULES
from vetting.models import (
    CopyKind,
    CopyState,
    LegalHold,
    Organization,
    OwnCopy,
    Role,
    Upload,
    YearFile,
    YearFileState,
)
from vetting.queries import copies, retention, year_files
from vetting.queries.promises import AREAS
from vetting.spool import Spool
from vetting.unit_of_work import unit_of_work

LATER = timedelta(days=400)


def test_every_area_of_the_store_is_listed_and_only_rows_that_remove_files_can() -> None:
    places = load_kept()
    assert {area for place in places for area in place.areas} == set(AREAS)
    for place in places:
        if place.goes is Goes.RUN:
            assert set(place.rows) <= set(RULES), place.key


def test_the_page_lists_every_place_with_its_rows(make: Any, browser_for: Any) -> None:
    page = text_of(browser_for(make.person("Ria Records", Role.RECORDS_OFFICER)).get("/desk/retention").text)
    for place in load_kept():
        assert place.name in page
        assert place.help in page
    assert "Not before a schedule is approved" in page
    assert "Signed agreements: 7 years" in page


@pytest.fixture
def held(make: Any) -> tuple[Organization, Organization, LegalHold]:
    """An organization under a legal hold, another without one, and the hold."""
    organization, other = make.organization(), make.organization()
    officer = make.person("Ria Records", Role.RECORDS_OFFICER)
    hold = LegalHold(
        reference="HLD-TEST-0001",
        organization=organization,
        reason="A lawsuit.",
        placed_by_id=officer.id,
        placed_on=date(2026, 1, 1),
    )
    make.take("legal_hold", hold, "place", make.actor(officer))
    return organization, other, hold


def test_a_hold_keeps_copies_until_it_is_lifted(make: Any, session: Any, held: Any) -> None:
    organization, other, hold = held
    made = [_copy(make, session, one) for one in (organization, other)]
    later = clock.now() + LATER
    assert set(session.scalars(copies.old(later))) == {made[1]}
    make.take("legal_hold", hold, "lift", make.actor(make.director()), reason="It is over.")
    assert set(session.scalars(copies.old(later))) == set(made)


def _copy(make: Any, session: Any, organization: Organization) -> int:
    copy = OwnCopy(
        reference=f"CPY-{organization.id}",
        kind=CopyKind.ZIP,
        state=CopyState.READY,
        organization_id=organization.id,
        fingerprint="1",
        asked_by_id=make.owner_of(organization).id,
        made_at=clock.now(),
        storage_key=f"copies/{organization.id}",
    )
    with unit_of_work(session):
        session.add(copy)
    return copy.id


def test_a_hold_keeps_the_file_of_a_year_that_its_agreement_is_in(make: Any, session: Any) -> None:
    agreement = make.agreement()
    officer = make.person("Ria Records", Role.RECORDS_OFFICER)
    file = YearFile(
        reference="YRF-TEST-0001",
        state=YearFileState.READY,
        school_id=agreement.school_id,
        school_year=agreement.school_year,
        fingerprint="1",
        asked_by_id=officer.id,
        made_at=clock.now(),
        storage_key="copies/1",
    )
    with unit_of_work(session):
        session.add(file)
    later = clock.now() + LATER
    assert list(session.scalars(year_files.old(later))) == [file.id]
    hold = LegalHold(
        reference="HLD-TEST-0002",
        organization=agreement.organization,
        reason="A lawsuit.",
        placed_by_id=officer.id,
        placed_on=clock.today(),
    )
    make.take("legal_hold", hold, "place", make.actor(officer))
    assert list(session.scalars(year_files.old(later))) == []


def test_a_hold_keeps_what_was_half_sent(world: Any, make: Any, session: Any, held: Any, tmp_path: Path) -> None:
    spool = Spool(tmp_path / "uploads")
    names = []
    for organization in held[:2]:
        name = f"UPL-{organization.id}"
        with spool.held(name) as part:
            part.write(0, b"%PDF")
        os.utime(spool.root / name, (0, 0))
        row = Upload(
            reference=name,
            account_id=make.owner_of(organization).id,
            organization_id=organization.id,
            scope=organization.reference,
            type_key="board_roster",
            filename="board.pdf",
            size=100,
            sha256="0" * 64,
            received=4,
            touched_at=clock.now() - timedelta(days=3),
        )
        with unit_of_work(session):
            session.add(row)
        names.append(name)
    session.rollback()
    sweep_uploads(world.sessions, spool, clock.now())
    session.rollback()
    assert [row.reference for row in session.query(Upload)] == names[:1]
    assert [path.name for path in spool.root.iterdir()] == names[:1]


def test_a_hold_keeps_drawn_pages(app: Flask, make: Any, session: Any, held: Any, tmp_path: Path) -> None:
    kept, gone = (make.document(organization, "board_roster") for organization in held[:2])
    renditions = Renditions(tmp_path / "previews")
    for version in (kept, gone):
        wish = Wish(Source(version.sha256, version.storage_key, PDF), 0)
        renditions.publish(wish, {"outcome": "done", "pages": 1, "sheets": []}, {})
    renditions.sweep(clock.now() + LATER, retention.held_hashes(session))
    assert {folder.parent.name for folder in renditions.root.glob("??/*/*-*")} == {kept.sha256}
