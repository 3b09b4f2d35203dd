"""A restricted document of a case, for colleagues who may know of it and not read it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.factories import Factory
from tests.support.client import CheckingClient
from vetting.models import Application, DeskFeature, DocumentVersion, Feature, Role, User

Browser = Callable[..., CheckingClient]


@pytest.fixture
def screening(make: Factory, coordinator: User) -> Application:
    """A case that the office works on, with a tax form."""
    draft = make.registration()
    make.attach(draft, "w9")
    return make.screening(coordinator, draft)


@pytest.fixture
def w9(screening: Application) -> DocumentVersion:
    return next(link.document_version for link in screening.evidence if link.type_key == "w9")


def pane(case: Application, version: DocumentVersion) -> str:
    return f"/desk/cases/{case.reference}?doc={version.document.reference}.{version.number}"


def addresses(version: DocumentVersion) -> list[str]:
    here = f"/evidence/{version.document.reference}/{version.number}"
    return [here, f"{here}/copy", f"{here}/check", f"{here}/pages/1", f"{here}/pages/1/base"]


def test_a_coordinator_sees_that_a_tax_form_is_there_and_cannot_open_it(
    make: Factory, screening: Application, coordinator: User, w9: DocumentVersion, browser_for: Browser, *, read
) -> None:
    make.take("desk_feature", DeskFeature(feature=Feature.LANES), "begin")
    browser = browser_for(coordinator)
    page = browser.get(pane(screening, w9))
    words = read(page)
    assert "IRS Form W-9" in words
    assert "Valid from" in words, "until when it is good is not what is kept back"
    assert "Only the director opens it, and people of “Finance and purchasing”" in words
    assert addresses(w9)[0] not in page.get_data(as_text=True), "nothing on the page leads to it"
    for told in (w9.filename, w9.sha256):
        assert told not in page.get_data(as_text=True), "a name or a hash may say as much as the pages"
    for address in addresses(w9):
        assert browser.get(address).status_code == 403, address
    assert browser.get(f"/desk/documents/{w9.document.reference}/1").status_code == 403


def test_finance_reads_the_tax_form_and_not_the_health_papers_of_people(
    make: Factory, screening: Application, w9: DocumentVersion, browser_for: Browser, *, read
) -> None:
    make.take("desk_feature", DeskFeature(feature=Feature.LANES), "begin")
    tested = make.document(screening.organization, "tb_clearance", filename="Ana Lima, chest X-ray.pdf")
    browser = browser_for(make.person("Finn Finance", Role.FINANCE))
    with browser.get(addresses(w9)[0]) as file:
        assert file.status_code == 200
    assert browser.get(addresses(tested)[0]).status_code == 403
    vault = browser.get(f"/desk/organizations/{screening.organization.reference}/documents")
    assert "Only those in charge of cases open it, and people of “Risk and insurance”" in read(vault)
    for told in (addresses(tested)[0], "Ana Lima"):
        assert told not in vault.get_data(as_text=True)
    assert addresses(w9)[0] in vault.get_data(as_text=True)
