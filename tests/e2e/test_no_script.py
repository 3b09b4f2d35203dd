"""On a phone whose browser runs no scripts, an organization registers, answers and sends a document all the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.e2e.conftest import District
from tests.e2e.people import Person
from tests.e2e.test_journey import add_documents, fill_the_form, register, send


@pytest.mark.browser
@pytest.mark.sqlite
@pytest.mark.timeout(600)
def test_a_registration_is_sent_without_script(district: District, chromium: Browser, tmp_path: Path) -> None:
    spool = district.instance / "mail"
    ana = Person(chromium, district.url, spool, "Ana Applicant", "ana@harbor-strings.example", width=320, scripts=False)

    reference = register(ana)
    fill_the_form(ana, reference)
    add_documents(ana, reference, tmp_path)
    send(ana, reference)
