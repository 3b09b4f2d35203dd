"""Registering: three facts make an organization, a program and a registration together, or nothing."""

from __future__ import annotations

from typing import Any

from tests.support.pages import text_of
from vetting.models import Application, ApplicationKind, Organization, Program, Role, RoleGrant

FACTS = {"legal_name": "Blue Hills Chess Club, Inc.", "kind": "community_based_organization", "program_name": "Chess"}


def test_three_facts_make_everything_at_once(make: Any, browser_for: Any, session: Any) -> None:
    person = make.person("Dana Ortiz")
    browser = browser_for(person)
    response = browser.post("/apply/register", data=FACTS)
    assert response.status_code == 303
    organization = session.query(Organization).one()
    assert organization.legal_name == "Blue Hills Chess Club, Inc."
    assert [p.name for p in session.query(Program)] == ["Chess"]
    application = session.query(Application).one()
    assert application.kind is ApplicationKind.REGISTRATION
    grant = session.query(RoleGrant).one()
    assert (grant.user_id, grant.role, grant.organization_id) == (person.id, Role.ORG_OWNER, organization.id)
    text = text_of(browser.get(response.location).text)
    assert "Chess" in text
    assert "Cannot start yet" in text
    assert "Complete “About your organization” first." in text


def test_mistakes_are_named_and_typed_text_stays(make: Any, browser_for: Any, session: Any) -> None:
    browser = browser_for(make.person())
    response = browser.post("/apply/register", data={"legal_name": "Blue Hills", "kind": "", "program_name": ""})
    assert response.status_code == 422
    assert "Choose the kind of organization" in response.text
    assert "Enter the name of the program" in response.text
    assert 'value="Blue Hills"' in response.text
    listed = [response.text.index(f'<a href="#{name}">') for name in ("kind", "program_name")]
    assert listed == sorted(listed), "mistakes are listed in the order of the page"
    assert session.query(Organization).count() == 0


def test_hidden_characters_in_a_name_are_refused(make: Any, browser_for: Any, session: Any) -> None:
    browser = browser_for(make.person())
    response = browser.post("/apply/register", data={**FACTS, "legal_name": "Blue \u202ellew Hills"})
    assert response.status_code == 422
    assert "hidden characters" in response.text
    assert session.query(Organization).count() == 0


def test_a_look_alike_is_asked_about_without_telling_on_the_other(make: Any, browser_for: Any, session: Any) -> None:
    other = make.organization(name="The Blue Hills Chess Club")
    browser = browser_for(make.person())
    response = browser.post("/apply/register", data=FACTS)
    assert response.status_code == 422
    text = text_of(response.text)
    assert "very like it" in text
    assert other.reference not in text
    assert session.query(Organization).count() == 1
    session.rollback()
    again = browser.post("/apply/register", data={**FACTS, "another": "y"})
    assert again.status_code == 303
    assert session.query(Organization).count() == 2


def test_visitors_sign_in_first(client: Any) -> None:
    response = client.get("/apply/register")
    assert response.status_code == 302
    assert "next=" in response.location


def test_one_more_program_joins_the_list(owner: Any, draft: Any, session: Any) -> None:
    response = owner.post(f"/apply/{draft.reference}/programs/add", data={"program_name": "Summer robotics"})
    assert response.status_code == 303
    assert "Summer robotics" in text_of(owner.get(response.location).text)
    assert session.query(Program).count() == 2
