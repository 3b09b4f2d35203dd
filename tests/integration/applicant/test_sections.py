"""Sections: what can be read is saved, what cannot stays on the page, and nobody overwrites anybody unseen."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.pages import form_fields, text_of
from vetting.models import Answer, Role


@pytest.fixture
def url(draft: Any) -> str:
    """The first section of the registration."""
    return f"/apply/{draft.reference}/sections/organization"


GOOD = {
    "q_legal_name": "Harbor Strings, Inc.",
    "q_organization_kind": "community_based_organization",
    "q_nonprofit_status": "nonprofit",
    "q_ein": "04-1234567",
    "q_ein_again": "041234567",
    "q_year_founded": "1999",
    "q_annual_budget": "under_50000",
    "q_organization_phone": "617 555 0100",
    "q_organization_email": "office@harbor.example",
    "q_street": "1 Dock Street",
    "q_city": "Boston",
    "q_state": "MA",
    "q_zip": "02110",
    "q_neighborhoods_served": ["dorchester", "roxbury"],
}


def stored(session: Any) -> dict[str, Any]:
    found = {a.question_key: a.value for a in session.query(Answer)}
    session.rollback()
    return found


def test_a_complete_section_is_saved_and_leads_on(owner: Any, url: str, session: Any) -> None:
    response = owner.post(url, data=form_fields(owner.get(url).text) | GOOD)
    assert response.status_code == 303
    assert "/sections/people" in response.location
    answers = stored(session)
    assert answers["legal_name"] == "Harbor Strings, Inc."
    assert answers["organization_phone"] == "617-555-0100"
    assert answers["neighborhoods_served"] == ["dorchester", "roxbury"]


def test_the_tax_id_is_sealed_and_shown_masked(app: Any, owner: Any, url: str, session: Any) -> None:
    owner.post(url, data=form_fields(owner.get(url).text) | GOOD)
    sealed = stored(session)["ein"]
    assert sealed["last4"] == "4567"
    assert "1234567" not in str(sealed)
    assert app.extensions["sealer"].open(sealed["sealed"]) == "04-1234567"
    page = owner.get(url).text
    assert "**-***4567" in page
    assert "041234567" not in page
    assert "04-1234567" not in page
    kept = owner.post(url, data=form_fields(page))
    assert kept.status_code == 303
    assert stored(session)["ein"] == sealed


def test_two_different_tax_ids_are_not_stored(owner: Any, url: str, session: Any) -> None:
    data = form_fields(owner.get(url).text) | GOOD | {"q_ein_again": "04-7654321"}
    response = owner.post(url, data=data)
    assert response.status_code == 422
    assert "not the same" in response.text
    assert "ein" not in stored(session)
    assert stored(session)["legal_name"] == "Harbor Strings, Inc."


def test_what_cannot_be_read_stays_on_the_page_and_the_rest_is_saved(owner: Any, url: str, session: Any) -> None:
    data = form_fields(owner.get(url).text) | GOOD | {"q_year_founded": "nineteen <b>99</b>"}
    response = owner.post(url, data=data)
    assert response.status_code == 422
    assert "Enter the year as four digits" in response.text
    assert "nineteen &lt;b&gt;99&lt;/b&gt;" in response.text
    assert "Everything that can be read is saved" in response.text
    answers = stored(session)
    assert "year_founded" not in answers
    assert answers["city"] == "Boston"


def test_come_back_later_asks_for_nothing_more(owner: Any, url: str, session: Any) -> None:
    data = form_fields(owner.get(url).text) | {"q_city": "Boston", "then": "later"}
    response = owner.post(url, data=data)
    assert response.status_code == 303
    assert stored(session)["city"] == "Boston"
    text = text_of(owner.get(response.location).text)
    assert "In progress" in text
    assert "You can come back at any time" in text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Our lead's number is 123-45-6789", "Social Security number"),
        ("CORI results: clear for all", "background check"),
        ("Student ID 1234567 improved", "single student"),
    ],
)
def test_what_belongs_elsewhere_is_refused(owner: Any, url: str, session: Any, text: str, words: str) -> None:
    data = form_fields(owner.get(url).text) | {"q_doing_business_as": text, "then": "later"}
    response = owner.post(url, data=data)
    assert response.status_code == 422
    assert words in text_of(response.text)
    assert "doing_business_as" not in stored(session)


def test_a_page_that_never_heard_of_its_own_save_meets_nobody_else(owner: Any, url: str, session: Any) -> None:
    fields = form_fields(owner.get(url).text)
    owner.post(f"{url}/autosave", data=fields | {"q_city": "Bost", "q_zip": "02110"})
    again = owner.post(f"{url}/autosave", data=fields | {"q_city": "Boston", "q_zip": ""})
    assert again.status_code == 200
    # The zip was emptied again, so it says what it said when the page was opened; that is not what is stored.
    assert stored(session) == {"city": "Boston", "zip": None}


def test_a_save_that_was_held_up_on_the_way_undoes_no_later_one(owner: Any, url: str, session: Any) -> None:
    fields = form_fields(owner.get(url).text)
    page = fields["page"]
    for turn, street in ((1, "One Lane"), (3, "Three Lane"), (2, "Two Lane")):
        sent = fields | {"page": f"{page}.{turn}", "q_street": street}
        assert owner.post(f"{url}/autosave", data=sent).status_code == 200
        session.rollback()
    assert stored(session)["street"] == "Three Lane"


def test_saving_by_itself_never_empties_what_a_colleague_wrote_meanwhile(
    make: Any, draft: Any, owner: Any, browser_for: Any, url: str, session: Any
) -> None:
    colleague = make.person("Rosa Colleague")
    make.grant(colleague, Role.ORG_EDITOR, organization=draft.organization)
    other = browser_for(colleague)
    mine, theirs = form_fields(owner.get(url).text), form_fields(other.get(url).text)
    other.post(f"{url}/autosave", data=theirs | {"q_zip": "02110", "q_organization_phone": "617 555 0100"})
    saved = owner.post(f"{url}/autosave", data=mine | {"q_city": "Boston"})
    assert saved.status_code == 200
    owner.post(url, data=mine | saved.json["fields"] | {"q_city": "Boston", "then": "later"})
    assert stored(session) == {"city": "Boston", "zip": "02110", "organization_phone": "617-555-0100"}
    # A number that is stored in another form than it was typed is no news to the page that typed it.
    again = other.post(f"{url}/autosave", data=theirs | {"q_zip": "02110", "q_organization_phone": "617 555 0100"})
    assert again.status_code == 200


def test_two_people_never_overwrite_each_other_unseen(
    make: Any, draft: Any, owner: Any, browser_for: Any, url: str, session: Any
) -> None:
    colleague = make.person("Rosa Colleague")
    make.grant(colleague, Role.ORG_EDITOR, organization=draft.organization)
    other = browser_for(colleague)
    mine, theirs = form_fields(owner.get(url).text), form_fields(other.get(url).text)
    other.post(url, data=theirs | {"q_city": "Quincy", "q_street": "2 Hill Road", "then": "later"})
    response = owner.post(url, data=mine | {"q_city": "Boston", "q_zip": "02110", "then": "later"})
    assert response.status_code == 409
    text = text_of(response.text)
    assert "Quincy" in text
    assert "Boston" in text
    assert "Rosa Colleague" in text
    # The untouched street of the older page is left as the colleague wrote it, and the zip is saved.
    assert stored(session) == {"city": "Quincy", "street": "2 Hill Road", "zip": "02110"}
    settled = owner.post(url, data=form_fields(response.text, url) | {"then": "later"})
    assert settled.status_code == 303
    assert stored(session)["city"] == "Boston"


def test_saving_by_itself_is_honest(owner: Any, url: str, session: Any) -> None:
    fields, older = form_fields(owner.get(url).text), form_fields(owner.get(url).text)
    first = owner.post(f"{url}/autosave", data=fields | {"q_city": "Bost"})
    assert first.status_code == 200
    assert first.json["saved_at"]
    fields |= first.json["fields"]
    second = owner.post(f"{url}/autosave", data=fields | {"q_city": "Boston"})
    assert second.status_code == 200
    assert stored(session)["city"] == "Boston"
    stale = owner.post(f"{url}/autosave", data=older | {"q_city": "Bosnia"})
    assert stale.status_code == 409
    assert "saved_at" not in stale.json
    assert stored(session)["city"] == "Boston"
    wrong = owner.post(
        f"{url}/autosave", data=fields | second.json["fields"] | {"q_city": "Boston", "q_year_founded": "19"}
    )
    assert wrong.status_code == 422
    assert "Not saved yet" in wrong.json["message"]


def test_a_section_of_another_organization_does_not_exist(make: Any, browser_for: Any, url: str, session: Any) -> None:
    stranger = browser_for(make.owner_of(make.organization()))
    assert stranger.get(url).status_code == 404
    assert stranger.post(url, data={"q_city": "Boston", "seen-city": "0.x"}).status_code == 404
    assert stored(session) == {}


def test_a_viewer_reads_but_does_not_write(make: Any, draft: Any, browser_for: Any, url: str) -> None:
    viewer = make.person()
    make.grant(viewer, Role.ORG_VIEWER, organization=draft.organization)
    browser = browser_for(viewer)
    assert browser.get(f"/apply/{draft.reference}").status_code == 200
    assert browser.get(url).status_code == 403


def test_the_page_costs_the_same_for_one_answer_and_for_all(owner: Any, url: str, statements: Any) -> None:
    with statements() as sent:
        page = owner.get(url).text
    few = len(sent)
    owner.post(url, data=form_fields(page) | GOOD)
    with statements() as sent:
        owner.get(url)
    assert len(sent) - few <= 1
    assert len(sent) <= 12
