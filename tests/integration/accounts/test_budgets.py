"""How many reads a page costs: the same for one row and for many."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.factories import Factory
from tests.support.client import CheckingClient
from vetting.models import Role, User

BrowserFor = Callable[[User], CheckingClient]
Statements = Callable[[], Any]


def reads(browser: CheckingClient, path: str, statements: Statements) -> int:
    """Statements one page sends, the opening of the transaction left out."""
    with statements() as sent:
        assert browser.get(path).status_code == 200
    return len([line for line in sent if not line.startswith("BEGIN")])


def test_the_security_page(browser_for: BrowserFor, person: User, statements: Statements) -> None:
    browser = browser_for(person)
    few = reads(browser, "/account/security", statements)
    for _number in range(12):
        browser_for(person)
    # The session with its account, the roles, passkeys, browsers.
    assert (few, reads(browser, "/account/security", statements)) == (4, 4)


def test_the_account_page(browser_for: BrowserFor, person: User, make: Factory, statements: Statements) -> None:
    browser = browser_for(person)
    make.grant(person, Role.ORG_VIEWER, organization=make.organization())
    few = reads(browser, "/account/", statements)
    for _number in range(6):
        make.grant(person, Role.ORG_VIEWER, organization=make.organization())
    # The session with its account, the roles twice (rights, then the list), the organizations.
    assert (few, reads(browser, "/account/", statements)) == (4, 4)


def test_the_people_of_an_organization(browser_for: BrowserFor, make: Factory, statements: Statements) -> None:
    ours = make.organization()
    owner = make.person("Olu Owner")
    make.grant(owner, Role.ORG_OWNER, organization=ours)
    browser = browser_for(owner)
    path = f"/apply/organizations/{ours.reference}/people"
    few = reads(browser, path, statements)
    for _number in range(15):
        make.grant(make.person(), Role.ORG_VIEWER, organization=ours)
    # The session with its account, the roles, the organization, its members and their accounts, an offer to hand it
    # over, the invitations.
    assert (few, reads(browser, path, statements)) == (7, 7)


def test_signing_in_reads_nothing_before_it_is_asked(client: CheckingClient, statements: Statements) -> None:
    assert reads(client, "/sign-in", statements) == 0
