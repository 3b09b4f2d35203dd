"""The list of cleared people: several at a time, only the cleared, nobody's reason, and few readers."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests.support.pages import form_fields, text_of
from vetting import clock
from vetting.calendar_days import add_months
from vetting.forms.clearances import Row, statement_of
from vetting.models import Clearance, ClearanceState, HistoryEntry, Role
from vetting.queries import tasklist

TODAY = clock.today()


@pytest.fixture
def home(draft: Any) -> str:
    return f"/apply/organizations/{draft.organization.reference}/cleared-people"


def person(number: int, name: str, **more: str) -> dict[str, str]:
    facts = {
        "name": name,
        "role": "Instructor",
        "checked_by": "Harbor Arts",
        "checked_on": (TODAY - timedelta(days=30)).isoformat(),
        **more,
    }
    return {f"people-{number}-{key}": value for key, value in facts.items()}


def listed(session: Any) -> list[Clearance]:
    session.expire_all()
    return list(session.scalars(sa.select(Clearance).order_by(Clearance.id)))


def test_several_people_are_listed_in_one_go_and_empty_rows_left_out(owner: Any, home: str, session: Any) -> None:
    data = {**person(0, "Ana Example"), **person(3, "Ben Example"), "agree": "y"}
    answer = owner.post(f"{home}/add", data=data)
    assert answer.status_code == 303, text_of(answer.text)
    found = listed(session)
    assert [row.name for row in found] == ["Ana Example", "Ben Example"]
    checked = TODAY - timedelta(days=30)
    assert {row.next_due_on for row in found} == {add_months(checked, 36)}
    first = found[0]
    row = Row(first.name, first.role, first.checked_by, first.checked_on, first.next_due_on)
    assert first.statement_sha256 == statement_of(row)
    page = text_of(owner.get(home).text)
    assert "2 people on the list" in page


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"name": ""}, "Enter the name"),
        ({"role": "not cleared"}, "cleared people only"),
        ({"checked_by": "Court: charged in 2019"}, "cleared people only"),
        ({"name": "Ana (denied)"}, "cleared people only"),
        ({"checked_on": (TODAY + timedelta(days=1)).isoformat()}, "not here yet"),
        ({"checked_on": (TODAY - timedelta(days=1200)).isoformat()}, "too old"),
        ({"checked_on": "last May"}, "date"),
        ({"name": "A" * 121}, "120 characters"),
        ({"name": "Ana\u202eExample"}, "hidden characters"),
    ],
)
def test_one_wrong_row_keeps_all_typed_and_lists_nobody(
    owner: Any, home: str, session: Any, wrong: dict[str, str], words: str
) -> None:
    data = {**person(0, "Good Example"), **person(1, **{"name": "Ana Example", **wrong}), "agree": "y"}
    answer = owner.post(f"{home}/add", data=data)
    assert answer.status_code == 422
    assert words in text_of(answer.text)
    assert 'value="Good Example"' in answer.text
    assert listed(session) == []


def test_without_the_statement_or_anybody_nothing_is_kept(owner: Any, home: str, session: Any) -> None:
    unsaid = owner.post(f"{home}/add", data=person(0, "Ana Example"))
    assert unsaid.status_code == 422
    assert "Read the statement" in text_of(unsaid.text)
    assert "at least one person" in text_of(owner.post(f"{home}/add", data={"agree": "y"}).text)
    assert listed(session) == []


def test_more_rows_keep_what_was_typed(owner: Any, home: str) -> None:
    page = owner.post(f"{home}/add", data={**person(4, "Ana Example"), "more": "1"})
    assert page.status_code == 200
    assert 'value="Ana Example"' in page.text
    assert 'name="people-9-name"' in page.text


def test_the_same_person_is_listed_once_and_renewed_there(owner: Any, home: str, session: Any) -> None:
    data = {**person(0, "Ana Example"), "agree": "y"}
    owner.post(f"{home}/add", data=data)
    again = owner.post(f"{home}/add", data={**person(0, "ANA example"), "agree": "y"})
    assert again.status_code == 422
    assert "on the list already" in text_of(again.text)
    row = listed(session)[0]
    url, before = f"{home}/{row.reference}/check", row.next_due_on
    session.rollback()
    form = form_fields(owner.get(url).text)
    same = owner.post(url, data={**form, "checked_on": (TODAY - timedelta(days=30)).isoformat(), "agree": "y"})
    assert same.status_code == 422
    done = owner.post(url, data={**form, "checked_on": TODAY.isoformat(), "agree": "y"})
    assert done.status_code == 303
    assert listed(session)[0].next_due_on > before


def test_whoever_leaves_the_list_leaves_no_name_and_no_reason(owner: Any, home: str, session: Any) -> None:
    owner.post(f"{home}/add", data={**person(0, "Ana Example"), "agree": "y"})
    row = listed(session)[0]
    reference, version = row.reference, row.version
    session.rollback()
    step = f"/steps/clearance/{reference}/take_off"
    assert owner.post(step, data={"version": version, "reason": "She failed.", "next": home}).status_code == 303
    gone = listed(session)[0]
    assert (gone.state, gone.name, gone.role, gone.checked_by) == (ClearanceState.TAKEN_OFF, "", "", "")
    entries = session.scalars(sa.select(HistoryEntry).where(HistoryEntry.subject_type == "clearance")).all()
    assert [entry.step for entry in entries] == ["list", "take_off"]
    for entry in entries:
        assert "Ana" not in f"{entry.data} {entry.reason}"
        assert "failed" not in f"{entry.data} {entry.reason}"
    assert "Nobody is listed yet" in text_of(owner.get(home).text)


def test_few_people_read_the_list(owner: Any, make: Any, draft: Any, home: str, browser_for: Any) -> None:
    owner.post(f"{home}/add", data={**person(0, "Ana Example"), "agree": "y"})
    organization = draft.organization
    allowed = {"coordinator": make.coordinator(), "director": make.director()}
    closed = {
        "editor": Role.ORG_EDITOR,
        "viewer": Role.ORG_VIEWER,
        "signer": Role.ORG_SIGNER,
    }
    for name, user in allowed.items():
        assert "Ana Example" in browser_for(user).get(home).text, name
    for name, role in closed.items():
        user = make.person(f"Some {name}")
        make.grant(user, role, organization=organization)
        assert browser_for(user).get(home).status_code == 404, name
    for role in (Role.REVIEWER, Role.AUDITOR, Role.FINANCE, Role.RISK):
        assert browser_for(make.person(f"Office {role.value}", role)).get(home).status_code == 404, role
    stranger = make.owner_of(make.registration().organization)
    assert browser_for(stranger).get(home).status_code == 404


def test_a_name_of_the_list_stands_on_no_public_page(owner: Any, make: Any, browser_for: Any, session: Any) -> None:
    partner = make.partner()
    member = browser_for(make.owner_of(partner))
    home = f"/apply/organizations/{partner.reference}/cleared-people"
    assert member.post(f"{home}/add", data={**person(0, "Zelda Unlikely"), "agree": "y"}).status_code == 303
    reader = browser_for(make.person("Somebody Else"))
    for url in ("/find", f"/find/{partner.reference}", "/directory", f"/directory/{partner.reference}"):
        page = reader.get(url, follow_redirects=True)
        assert "Zelda" not in page.text


def test_the_list_answers_for_the_attestation_and_the_approval_rests_on_it(
    owner: Any, make: Any, session: Any, browser_for: Any
) -> None:
    case = make.portfolio()
    organization = case.organization
    member = browser_for(make.owner_of(organization))
    key = "clearance_attestation"
    assert (None, key) in tasklist.documents_required(case)
    assert key not in tasklist.documents_in(case)
    home = f"/apply/organizations/{organization.reference}/cleared-people"
    reference = case.reference
    session.rollback()
    assert member.post(f"{home}/add", data={**person(0, "Ana Example"), "agree": "y"}).status_code == 303
    page = text_of(member.get(f"/apply/{reference}/documents").text)
    assert re.search(r"1 person on the list, next due \w+ \d+, \d{4}", page)
    session.expire_all()
    case = session.get_one(type(case), case.id)
    assert key in tasklist.documents_in(case)
    assert (None, key) in tasklist.documents_required(case), "an approval rests on it all the same"


def test_one_check_that_is_due_keeps_the_whole_list_from_answering(make: Any, session: Any) -> None:
    case = make.portfolio()
    make.cleared(case.organization, TODAY + timedelta(days=10))
    assert "clearance_attestation" in tasklist.documents_in(case)
    make.cleared(case.organization, TODAY - timedelta(days=1))
    session.expire_all()
    assert "clearance_attestation" not in tasklist.documents_in(case)
