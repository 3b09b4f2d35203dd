"""All documents of a school year in one file: complete, checkable without us, and for the one reader only."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from tests.factories import Factory
from tests.integration.agreements.conftest import Place, looking
from tests.support.client import CheckingClient
from vetting import clock
from vetting.jobs import calendar_day
from vetting.models import Agreement, Conflict, ExecutedDocument, Program, Role, User, YearFile, YearFileState
from vetting.worker import Worker

Browser = Callable[[User], CheckingClient]
ODD = '=HYPERLINK("x")/..\\\u202eevil'


@pytest.fixture
def worker(app: Flask) -> Any:
    with app.app_context():
        return Worker(app)


@pytest.fixture
def year(make: Factory, place: Place, session: Session) -> list[Agreement]:
    """Three agreements of the year in force, one of them of another partner, and one that is a draft."""
    partnership = make.partnership(place.organization, place.school)
    found = [make.in_force(make.agreement(partnership)) for _ in range(2)]
    other = make.partner("Paper Moons")
    found.append(make.in_force(make.agreement(make.partnership(other, place.school))))
    make.agreement(partnership)
    session.execute(sa.update(Program).where(Program.organization_id == other.id).values(name=ODD))
    session.commit()
    return found


def fetched(browser: CheckingClient, at: str) -> bytes:
    answer = browser.get(f"{at}/file")
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    assert answer.headers["Cache-Control"] == "private, no-store"
    body = answer.get_data()
    answer.close()
    return body


def asked_for(browser: CheckingClient, dese_id: str, year: str = "2026-27") -> str:
    answer = browser.post(f"/schools/{dese_id}/documents", data={"of": year})
    assert answer.status_code == 303
    return str(answer.location)


def test_a_year_is_one_file_that_can_be_checked_without_us(
    place: Place, year: list[Agreement], worker: Any, browser_for: Browser, session: Session
) -> None:
    dese_id = place.school.dese_id
    expected = {agreement.reference: agreement.verify_code for agreement in year}
    rows = session.execute(sa.select(ExecutedDocument.sha256)).scalars()
    sealed = set(rows)
    session.commit()
    leader = browser_for(place.leader)
    at = asked_for(leader, dese_id)
    assert "0 of 3 are in" in leader.get(at).get_data(as_text=True)
    assert leader.get(f"{at}/state").json == {
        "ready": False,
        "text": "We are putting the documents together. 0 of 3 are in.",
    }
    assert leader.get(f"{at}/file").status_code == 302
    worker.drain()
    with looking(session):
        made = session.scalars(sa.select(YearFile)).one()
        assert (made.state, made.done, made.total) == (YearFileState.READY, 3, 3)
    assert asked_for(leader, dese_id) == at, "while nothing changed, it is the same file"
    with zipfile.ZipFile(io.BytesIO(fetched(leader, at))) as box:
        names = box.namelist()
        documents = [name for name in names if name.startswith("documents/")]
        assert sorted(set(names) - set(documents)) == ["index.csv", "index.html", "manifest.json", "style.css"]
        assert {hashlib.sha256(box.read(name)).hexdigest() for name in documents} == sealed
        assert not any(".." in name or "\u202e" in name or name.count("/") != 1 for name in documents)
        for told in json.loads(box.read("manifest.json"))["files"]:
            assert hashlib.sha256(box.read(told["file"])).hexdigest() == told["sha256"]
        table = list(csv.DictReader(io.StringIO(box.read("index.csv").decode("utf-8-sig"))))
        assert {row["Agreement"]: row["Code for checking it"] for row in table} == expected
        assert {row["SHA-256"] for row in table} == sealed
        assert {row["File"] for row in table} == set(documents)
        assert not any(row["Program"].startswith("=") for row in table)
        page = box.read("index.html").decode()
    assert page.count("<h3>") == 3
    assert '<html lang="en">' in page
    assert all(code in page for code in expected.values())
    assert "HYPERLINK(&#34;x&#34;)" in page


def test_only_what_the_reader_may_see_is_in_it_and_only_for_them(
    make: Factory, place: Place, year: list[Agreement], worker: Any, browser_for: Browser, session: Session
) -> None:
    dese_id, other_id = place.school.dese_id, year[2].organization_id
    coordinator = make.person("Cora Coordinator", Role.COORDINATOR)
    session.commit()
    browser = browser_for(coordinator)
    at = asked_for(browser, dese_id)
    worker.drain()
    assert browser_for(place.leader).get(f"{at}/file").status_code == 404
    assert fetched(browser, at)
    conflict = Conflict(user_id=coordinator.id, organization_id=other_id, reason="I know them.")
    make.take("conflict", conflict, "declare", make.actor(coordinator))
    session.commit()
    assert browser.get(f"{at}/file").status_code == 302, "what they may not see any more is not handed out"
    assert "Something changed since this file was made" in browser.get(at).get_data(as_text=True)
    later = asked_for(browser, dese_id)
    assert later != at
    worker.drain()
    with zipfile.ZipFile(io.BytesIO(fetched(browser, later))) as box:
        assert sum(name.startswith("documents/") for name in box.namelist()) == 2
        assert "Paper Moons" not in box.read("index.html").decode()


def test_a_role_that_ended_meanwhile_gets_nothing(
    make: Factory, place: Place, year: list[Agreement], worker: Any, browser_for: Browser, session: Session
) -> None:
    at = asked_for(browser_for(place.leader), place.school.dese_id)
    make.end_grant(place.leader.grants[0])
    session.commit()
    worker.drain()
    with looking(session):
        assert session.scalars(sa.select(YearFile.state)).one() is YearFileState.FAILED
    assert browser_for(place.leader).get(at).status_code == 404


def test_a_year_without_documents_and_a_year_that_is_none(place: Place, browser_for: Browser) -> None:
    leader, at = browser_for(place.leader), f"/schools/{place.school.dese_id}/documents"
    answer = leader.post(at, data={"of": "2026-27"}, follow_redirects=True)
    assert "There is no sealed document of this school year." in answer.get_data(as_text=True)
    for wrong in ("", "2026", "2026-99", "x" * 99):
        assert leader.post(at, data={"of": wrong}).status_code == 400


def test_a_file_is_kept_for_a_week(
    place: Place, year: list[Agreement], worker: Any, browser_for: Browser, session: Session
) -> None:
    leader = browser_for(place.leader)
    at = asked_for(leader, place.school.dese_id)
    worker.drain()
    calendar_day.settle(worker.sessions, clock.now() + timedelta(days=6))
    assert leader.get(at).status_code == 200
    calendar_day.settle(worker.sessions, clock.now() + timedelta(days=8))
    assert leader.get(at).status_code == 404
